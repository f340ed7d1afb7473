#include "hub/audit.h"

#include <stdio.h>
#include <string.h>

#include "common/crypto/digest.h"
#include "common/peer/audit.h"
#include "hub/registry.h"
#include "hub/restored.h"
#include "hub/store_metrics.h"

/* However often a machine says something of it. */
enum { PAUSE_MS = 10000 };

static const struct hash_function hash_function = {crypto_sha256};

int hub_audit_channel(const struct hub *hub, const struct change *change,
                      struct stream_name *out)
{
    struct audit_fact fact;

    if (wire_audit_decode(&fact, change->part[PART_FACT].bytes, NULL) != 0)
        return ERR_INVALID;
    *out = hub_unit_channel(hub, fact.unit);
    return stream_name_valid(out) ? 0 : ERR_INVALID;
}

static int read_seen(struct hub *hub, const char *unit, struct audit_seen *out)
{
    return audit_read_seen(hub->ledger, &hash_function, hub->keys.home, unit,
                           NULL, NULL, out);
}

/* By a machine of the unit that is not older than the one whose log was signed
 * last: a replaced one that still hands over says nothing new of the present.
 */
static bool counts(const struct hub *hub, const char *unit,
                   const struct canary_fact *said,
                   const struct audit_seen *seen)
{
    return said->machine >= seen->fact.machine &&
           hub_registry_number(hub->registry, unit, said->machine) != NULL;
}

int hub_audit_said(struct hub *hub, const char *unit,
                   const struct canary_fact *said)
{
    struct audit_row row = {.said_ms = hub->wall_ms,
                            .machine = said->machine,
                            .audit = said->audit,
                            .broken = said->broken};
    struct audit_seen seen;
    int rc;

    if (said->audit.count == 0 && !said->broken)
        return 0; /* of a version that says nothing, or an empty one */
    if ((rc = read_seen(hub, unit, &seen)) != 0)
        return rc;
    if (!counts(hub, unit, said, &seen))
        return 0;
    (void)snprintf(row.unit, sizeof row.unit, "%s", unit);
    hub->audits_came = true;
    return metrics_store_say_audit(hub->metrics, &row);
}

/* ---- judging */

/* What speaks against signing it, for people; NULL: nothing. */
static const char *doubt(const struct audit_row *row,
                         const struct audit_seen *seen, char *text, size_t room)
{
    unsigned long long before = seen->fact.audit.count, now = row->audit.count;

    switch (audit_step(&seen->fact.audit, &row->audit)) {
    case AUDIT_GROWN:
        if (!row->broken)
            return NULL;
        (void)snprintf(text, room,
                       "its own looking says that entries were changed, taken "
                       "out or put in: type `lienxa-node audit verify` there");
        return text;
    case AUDIT_OTHER:
        if (row->machine != seen->fact.machine && row->audit.count > 0)
            return NULL; /* another one, or the same with other keys */
        (void)snprintf(text, room,
                       "it begins anew, though the machine is the same: %llu "
                       "entries were there",
                       before);
        return text;
    case AUDIT_CUT:
        (void)snprintf(text, room,
                       "it has %llu entries, and had %llu when the district "
                       "last saw it",
                       now, before);
        return text;
    case AUDIT_CHANGED:
        (void)snprintf(text, room,
                       "its %llu entries are not those which the district saw",
                       now);
        return text;
    }
    return NULL;
}

static int sign(struct hub *hub, const struct audit_row *row,
                const struct audit_seen *seen, struct error *err)
{
    struct audit_fact fact = {
        .audit = row->audit, .at_ms = hub->wall_ms, .machine = row->machine};
    struct stream_name channel = hub_unit_channel(hub, row->unit);
    struct id record = audit_record(&hash_function, row->unit);
    struct buf bytes = {0};
    int rc;

    (void)snprintf(fact.unit, sizeof fact.unit, "%s", row->unit);
    wire_audit_encode(&bytes, &fact);
    rc = hub_append(hub, &channel, KIND_AUDIT, &record,
                    hub_restored_version(hub, seen->version), 0,
                    buf_bytes(&bytes), err);
    buf_free(&bytes);
    return rc;
}

/* What nothing speaks against is signed already, or something of it was just
 * now: the next canary comes. */
static bool may_wait(const struct hub *hub, const struct audit_row *row,
                     const struct audit_seen *seen)
{
    int64_t since_ms = hub->wall_ms - seen->fact.at_ms;

    return seen->fact.audit.count > 0 && row->machine == seen->fact.machine &&
           (row->audit.count == seen->fact.audit.count ||
            (since_ms >= 0 && since_ms < PAUSE_MS));
}

static int find_alarm(void *who, const struct alarm_row *row)
{
    bool *open = who;

    *open = *open || row->code == ALARM_AUDIT;
    return 0;
}

/* The state the row has then (enum audit_row_state), or an error. */
static int judge(struct hub *hub, const struct audit_row *row,
                 struct error *err)
{
    char text[256];
    struct audit_seen seen;
    const char *why;
    bool open = false;
    int rc = read_seen(hub, row->unit, &seen);

    if (rc != 0)
        return rc;
    why = doubt(row, &seen, text, sizeof text);
    if (why == NULL) {
        rc = may_wait(hub, row, &seen) ? 0 : sign(hub, row, &seen, err);
        return rc != 0 ? rc : AUDIT_ROW_SIGNED;
    }
    if (row->before != AUDIT_ROW_DOUBTED) {
        /* at every turn from trust to doubt: one that was kept back for a
         * pause would look like one that somebody has cleared */
        hub_alarm_once(
            hub, row->unit, ALARM_AUDIT,
            "the audit log of this commune's machine: %s. Expected when it was "
            "set back to an older copy; else somebody has put his hand to it. "
            "Clear this when you know: the district then signs what is there",
            why);
        return AUDIT_ROW_DOUBTED;
    }
    rc = hub_store_alarms(hub->store, row->unit, find_alarm, &open);
    if (rc != 0 || open || row->audit.count == 0)
        return rc != 0 ? rc : AUDIT_ROW_DOUBTED;
    rc = sign(hub, row, &seen, err);
    return rc != 0 ? rc : AUDIT_ROW_SIGNED;
}

struct settling {
    struct hub *hub;
    struct error *err;
};

static int judge_one(void *who, const struct audit_row *row)
{
    const struct settling *s = who;
    int state = judge(s->hub, row, s->err);

    return state < 0
               ? state
               : metrics_store_judge_audit(s->hub->metrics, row->unit, state);
}

int hub_audit_settle(struct hub *hub, struct error *err)
{
    struct settling s = {hub, err};

    return metrics_store_unjudged_audits(hub->metrics, judge_one, &s);
}
