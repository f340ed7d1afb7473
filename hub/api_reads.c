/* hub/api_reads.c - the table of reads, the status and the plain lists. */
#include "hub/api_reads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "common/format/notice.h"
#include "hub/board.h"
#include "hub/closings.h"
#include "hub/directory.h"
#include "hub/disclosures.h"
#include "hub/notices.h"
#include "hub/policy.h"
#include "hub/reading.h"
#include "hub/reading_referral.h"

enum { AUDIT_ROWS = 200, TIMELY_DAYS = 5 };

/* ---- parameters */

const char *hub_api_get(const struct hub_query *q, const char *name)
{
    const char *text = q->get(q->who, name);

    return text != NULL && text[0] != '\0' ? text : NULL;
}

int hub_api_day(const struct hub_query *q, const char *name, int32_t *out,
                struct error *err)
{
    const char *text = hub_api_get(q, name);

    if (text == NULL || clock_day_parse(out, text))
        return 0;
    return error_set(err, ERR_INVALID, "%s: not a day like 2026-11-23", name);
}

int hub_api_number(const struct hub_query *q, const char *name, int64_t most,
                   int64_t *out, struct error *err)
{
    const char *text = hub_api_get(q, name);
    char *end = NULL;
    long long value;

    if (text == NULL)
        return 0;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        value > most)
        return error_set(err, ERR_INVALID, "%s: not a number up to %lld", name,
                         (long long)most);
    *out = value;
    return 0;
}

int hub_api_unit(struct hub *hub, const struct hub_query *q,
                 const struct unit **out, struct error *err)
{
    const char *word = hub_api_get(q, "unit");

    *out = NULL;
    if (word == NULL)
        return 0;
    *out = roster_find(&hub->roster, word);
    return *out != NULL
               ? 0
               : error_set(err, ERR_INVALID, "unit: none of that name");
}

int hub_api_category(const struct hub_query *q, int *out, struct error *err)
{
    const char *code = hub_api_get(q, "category");
    const struct category *found;

    *out = -1;
    if (code == NULL)
        return 0;
    if ((found = category_find(code)) == NULL)
        return error_set(err, ERR_INVALID, "category: none of that name");
    *out = (int)(found - categories);
    return 0;
}

bool hub_api_hides_small(const struct hub_query *q)
{
    return !hub_policy_sees(q->role, HUB_SEES_SINGLE);
}

/* ---- pieces of answers */

void hub_api_word(struct json *out, const char *key, const char *text)
{
    json_set_text(out, key, text[0] != '\0' ? text : NULL);
}

void hub_api_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

int64_t hub_api_as_of(struct hub *hub, const struct unit *unit)
{
    struct stream_name up = stream_name_make(unit->key, STREAM_UP);
    struct ledger_stream s;

    return ledger_stream(hub->ledger, &s, &up, false) == 0 ? s.clock_ms : 0;
}

struct json *hub_api_holds(struct hub *hub, const struct unit *only)
{
    struct json *out = json_object_new();
    int64_t oldest = 0, units = 0, of = 0;

    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        int64_t as_of;

        if (only != NULL && only != unit)
            continue;
        of++;
        if ((as_of = hub_api_as_of(hub, unit)) == 0)
            continue;
        units++;
        if (oldest == 0 || as_of < oldest)
            oldest = as_of;
    }
    json_set_i64(out, "units", units);
    json_set_i64(out, "of", of);
    hub_api_time(out, "oldest", oldest);
    return out;
}

/* One a line; the key of one may be the end of another's. */
bool hub_api_is_online(struct hub *hub, const char *key)
{
    const char *all = hub_store_setting(hub->store, HUB_ONLINE);
    size_t length = strlen(key);

    for (const char *at = all; (at = strstr(at, key)) != NULL; at += length)
        if ((at == all || at[-1] == '\n') && at[length] == '\n')
            return true;
    return false;
}

bool hub_api_online(struct hub *hub, const struct hub_query *q,
                    const struct unit *unit)
{
    return q->core_up && hub_api_is_online(hub, unit->key);
}

int hub_api_rows(struct json *out, struct json *rows)
{
    json_set(out, "rows", rows);
    return 0;
}

struct merging {
    const struct json *from;
    struct json *out;
};

static int merge_one(void *who, const char *key, const struct json *value)
{
    struct merging *m = who;

    (void)value;
    json_set(m->out, key, json_take(m->from, key));
    return 0;
}

int hub_api_merge(struct json *out, struct json *from)
{
    struct merging m = {from, out};

    if (from == NULL)
        return ERR_MISSING;
    (void)json_each(from, merge_one, &m);
    json_free(&from);
    return 0;
}

/* ---- status */

static int count_live(void *who, const struct alert_row *row)
{
    int64_t *at = who; /* the time, then the count */

    if (row->type != ALERT_CANCEL && !row->replaced && row->expires_ms > at[0])
        at[1]++;
    return 0;
}

static struct json *figures_in_short(struct hub *hub, const struct hub_query *q)
{
    struct board_question ask = {.now_ms = q->now_ms,
                                 .from = clock_day(q->now_ms),
                                 .to = clock_day(q->now_ms),
                                 .category = -1};
    struct json *out = json_object_new();
    struct board_figures figures;

    if (hub_board_read(hub, &ask, &figures) == 0) {
        json_set_i64(out, "open", figures.now.open);
        json_set_i64(out, "urgent", figures.now.urgent);
        json_set_i64(out, "waiting", figures.now.waiting);
        json_set_i64(out, "overdue", figures.now.overdue);
        json_set_i64(out, "today", figures.today);
    }
    hub_board_figures_free(&figures);
    return out;
}

static int add_alarm(void *who, const struct alarm_row *row)
{
    json_add_text(who, row->text);
    return 0;
}

/* The latest sign of life of any commune, and how many are here now. */
static void set_lines(struct hub *hub, const struct hub_query *q,
                      struct json *out)
{
    int64_t latest = 0, heard = 0, here = 0;

    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct contact contact;

        here += hub_api_online(hub, q, unit);
        if (hub_store_contact(hub->store, unit->key, &contact) != 0)
            continue;
        heard++;
        if (contact.last_seen_ms > latest)
            latest = contact.last_seen_ms;
    }
    json_set_i64(out, "units", (int64_t)hub->roster.count);
    json_set_i64(out, "heard", heard);
    json_set_i64(out, "here", here);
    hub_api_time(out, "last_seen", latest);
}

static int read_status(struct hub *hub, const struct hub_query *q,
                       struct json *out, struct error *err)
{
    struct json *alarms = json_array_new();
    int64_t live[2] = {q->now_ms, 0};
    const char *web = hub_store_setting(hub->store, "web");

    (void)err;
    json_set_text(out, "web", *web == '\0' ? NULL : web);
    json_set_text(out, "version", LIENXA_VERSION);
    json_set_text(out, "name", hub_store_setting(hub->store, "name"));
    json_set_flag(out, "online", q->core_up);
    set_lines(hub, q, out);
    json_set(out, "holds", hub_api_holds(hub, NULL));
    if (hub_policy_sees(q->role, HUB_SEES_FIGURES))
        json_set(out, "counts", figures_in_short(hub, q));
    (void)hub_store_alerts(hub->store, count_live, live);
    json_set_i64(out, "alerts", live[1]);
    (void)hub_store_alarms(hub->store, NULL, add_alarm, alarms);
    json_set(out, "alarms", alarms);
    json_set_i64(out, "quarantined",
                 (int64_t)ledger_quarantine_count(hub->ledger));
    json_set_i64(out, "ring_after_ms", hub_board_ring_after_ms(hub));
    hub_api_time(
        out, "backed_up",
        strtoll(hub_store_setting(hub->store, "last_backup_ms"), NULL, 10));
    return 0;
}

/* ---- the plain lists */

static int add_todo(void *who, const struct alarm_row *row)
{
    struct json *one = json_object_new();

    json_set_i64(one, "id", row->id);
    json_set_i64(one, "code", row->code);
    json_set_text(one, "text", row->text); /* ends in what to do */
    hub_api_time(one, "since", row->since_ms);
    json_set_i64(one, "times", row->times);
    json_add(who, one);
    return 0;
}

/* What node list says, the phone, and every alarm with what to do about it. */
static int read_nodes(struct hub *hub, const struct hub_query *q,
                      struct json *out, struct error *err)
{
    struct json *rows;

    (void)err;
    hub_refresh(hub);
    rows = hub_reading_nodes(hub, NULL);
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct json *todo = json_array_new();
        struct json *row = json_take_at(rows, i);

        (void)hub_store_alarms(hub->store, unit->key, add_todo, todo);
        json_set(row, "todo", todo);
        json_set_text(row, "phone", unit->phone);
        json_set_flag(row, "online", hub_api_online(hub, q, unit));
        json_free(&row);
    }
    return hub_api_rows(out, rows);
}

static int read_alarms(struct hub *hub, const struct hub_query *q,
                       struct json *out, struct error *err)
{
    (void)q;
    (void)err;
    return hub_api_rows(out, hub_reading_alarms(hub));
}

static int read_quarantine(struct hub *hub, const struct hub_query *q,
                           struct json *out, struct error *err)
{
    (void)q;
    (void)err;
    return hub_api_rows(out, hub_reading_quarantine(hub));
}

static int read_users(struct hub *hub, const struct hub_query *q,
                      struct json *out, struct error *err)
{
    (void)q;
    (void)err;
    return hub_api_rows(out, hub_reading_users(hub));
}

static int read_referrals(struct hub *hub, const struct hub_query *q,
                          struct json *out, struct error *err)
{
    (void)q;
    (void)err;
    return hub_api_rows(out, hub_reading_referrals(hub));
}

struct audit {
    struct json *rows;
    int64_t last;
};

static int add_command(void *who, int64_t place,
                       const struct accounts_command *command)
{
    struct audit *a = who;
    struct json *one = json_object_new();

    json_set_i64(one, "id", place);
    hub_api_time(one, "at", command->at_ms);
    json_set_text(one, "command", command->name);
    hub_api_word(one, "actor", command->actor);
    hub_api_word(one, "role", command->role);
    hub_api_word(one, "from", command->from);
    hub_api_word(one, "subject", command->subject);
    json_add(a->rows, one);
    a->last = place;
    return 0;
}

static int read_audit(struct hub *hub, const struct hub_query *q,
                      struct json *out, struct error *err)
{
    struct audit a = {NULL, 0};
    int64_t before = 0;
    int rc = hub_api_number(q, "before", INT64_MAX - 1, &before, err);

    if (rc != 0)
        return rc;
    a.rows = json_array_new();
    rc = accounts_audit(hub->accounts, before > 0 ? before : INT64_MAX,
                        AUDIT_ROWS, add_command, &a);
    if (json_count(a.rows) == AUDIT_ROWS && a.last > 1)
        json_set_i64(out, "next", a.last);
    else
        json_set_null(out, "next");
    (void)hub_api_rows(out, a.rows);
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

struct inviting {
    struct hub *hub;
    struct json *rows;
    int64_t now_ms;
};

/* Never the token: who has it may join. */
static int add_invite(void *who, const struct invite *invite)
{
    struct inviting *l = who;
    struct json *one = json_object_new();

    json_set_text(one, "unit", hub_unit_name(l->hub, invite->unit));
    hub_api_time(one, "created", invite->created_ms);
    hub_api_time(one, "expires", invite->expires_ms);
    json_set_text(one, "state",
                  invite->used                      ? "used"
                  : invite->expires_ms <= l->now_ms ? "expired"
                                                    : "open");
    json_add(l->rows, one);
    return 0;
}

static int read_invites(struct hub *hub, const struct hub_query *q,
                        struct json *out, struct error *err)
{
    struct inviting l = {hub, json_array_new(), q->now_ms};

    (void)err;
    (void)hub_store_invites(hub->store, add_invite, &l);
    return hub_api_rows(out, l.rows);
}

static int read_closings(struct hub *hub, const struct hub_query *q,
                         struct json *out, struct error *err)
{
    const char *period = hub_api_get(q, "period");

    if (period == NULL)
        return hub_api_rows(out, hub_closings_list(hub));
    return hub_api_merge(out,
                         hub_closings_period(hub, period, TIMELY_DAYS, err));
}

static int read_disclosures(struct hub *hub, const struct hub_query *q,
                            struct json *out, struct error *err)
{
    (void)err;
    return hub_api_rows(out, hub_disclosures_list(hub, q->now_ms));
}

/* ---- notices, procedures, numbers: `?all` what holds no more as well */

static bool is_among(const struct json *list, const char *word)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_at(list, i)), word) == 0)
            return true;
    return json_count(list) == 0;
}

struct refusing {
    const struct id *record;
    bool found;
};

static int is_of_record(void *who, const char *peer,
                        const struct refusal *refusal)
{
    struct refusing *r = who;

    (void)peer;
    r->found = id_equal(&refusal->ref.record, r->record);
    return r->found;
}

/* Has the unit's machine said that it cannot use this record? */
static bool is_refused(struct hub *hub, const char *unit,
                       const struct id *record)
{
    struct refusing r = {record, false};

    (void)ledger_refusals_theirs(hub->ledger, unit, is_of_record, &r);
    return r.found;
}

static struct json *reach_of(struct hub *hub, const struct hub_query *q,
                             const struct id *id, const struct json *notice)
{
    struct json *out = json_array_new();
    const char *changed = json_get_text(notice, "at");
    int64_t changed_ms = 0;

    (void)clock_parse(&changed_ms, changed);
    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct json *one;
        struct contact c;
        bool known = hub_store_contact(hub->store, unit->key, &c) == 0;

        if (hub_registry_unit(hub->registry, unit->key) == NULL ||
            !is_among(json_get(notice, "to"), unit->slug))
            continue; /* no machine to show it, or it is not meant to */
        one = json_object_new();
        json_set_text(one, "unit", unit->slug);
        json_set_text(one, "name", unit->name);
        json_set_text(one, "phone", unit->phone);
        json_set_flag(one, "has",
                      (hub_api_online(hub, q, unit) ||
                       (known && c.last_seen_ms > changed_ms)) &&
                          !is_refused(hub, unit->key, id));
        hub_api_time(one, "last_seen", known ? c.last_seen_ms : 0);
        json_add(out, one);
    }
    return out;
}

static int read_notices(struct hub *hub, const struct hub_query *q,
                        struct json *out, struct error *err)
{
    struct json *rows = hub_notices(hub, hub_api_get(q, "all") != NULL);

    (void)err;
    format_notices_brief(rows);
    return hub_api_rows(out, rows);
}

/* One of the district's also with "reach": which communes' machines have been
 * here since it was last changed, and did not say that they cannot use it. What
 * is expedited goes ahead of the rest. */
static int read_notice(struct hub *hub, const struct hub_query *q,
                       struct json *out, struct error *err)
{
    struct json *one = NULL;
    struct id id;

    if (!id_parse(&id, q->rest) || (one = hub_notice(hub, &id)) == NULL)
        return error_set(err, ERR_MISSING, "there is no notice with this id");
    if (json_get_flag(one, "own"))
        json_set(one, "reach", reach_of(hub, q, &id, one));
    return hub_api_merge(out, one);
}

static int read_procedures(struct hub *hub, const struct hub_query *q,
                           struct json *out, struct error *err)
{
    (void)err;
    return hub_api_rows(out,
                        hub_procedures(hub, hub_api_get(q, "all") != NULL));
}

static int read_directory(struct hub *hub, const struct hub_query *q,
                          struct json *out, struct error *err)
{
    (void)q;
    (void)err;
    return hub_api_rows(out, hub_directory(hub));
}

/* ---- the table */

const struct hub_api_read hub_api_reads[] = {
    {"/api/status", read_status},
    {"/api/catalogue", hub_api_catalogue},
    {"/api/board", hub_api_board},
    {"/api/stats", hub_api_stats},
    {"/api/reports", hub_api_reports},
    {"/api/reports/", hub_api_report},
    {"/api/referrals", read_referrals},
    {"/api/nodes", read_nodes},
    {"/api/invites", read_invites},
    {"/api/alerts", hub_api_alerts},
    {"/api/alerts/", hub_api_alert},
    {"/api/alarms", read_alarms},
    {"/api/quarantine", read_quarantine},
    {"/api/audit", read_audit},
    {"/api/users", read_users},
    {"/api/closings", read_closings},
    {"/api/notices", read_notices},
    {"/api/notices/", read_notice},
    {"/api/procedures", read_procedures},
    {"/api/directory", read_directory},
    {"/api/disclosures", read_disclosures},
    {NULL, NULL}};

int hub_api_answer(struct hub *hub, const char *path, const struct hub_query *q,
                   struct buf *out, struct error *err)
{
    struct db *db = hub_store_db(hub->store);
    const struct hub_api_read *route = hub_api_reads;
    bool begun = !db_in_transaction(db);
    struct hub_query asked = *q;
    struct buf rows = {0};
    struct json *answer;
    char now[CLOCK_TEXT_BYTES];
    int rc;

    while (route->path != NULL && strcmp(route->path, path) != 0)
        route++;
    if (route->path == NULL)
        return error_set(err, ERR_MISSING, "there is nothing at %s", path);
    /* its end drops what was remembered: the next one reads afresh */
    if (begun && (rc = db_begin(db)) != 0)
        return error_set(err, rc, "the database cannot be read: %s",
                         db_reason(db));
    hub->wall_ms = q->now_ms;
    hub_directory_refresh(hub);
    answer = json_object_new();
    json_set_text(answer, "now", clock_text(now, q->now_ms));
    asked.rows = &rows;
    rc = route->read(hub, &asked, answer, err);
    if (begun)
        db_rollback(db);
    if (rc == 0)
        json_write_more(out, answer, "rows", buf_bytes(&rows));
    json_free(&answer);
    buf_free(&rows);
    return rc;
}
