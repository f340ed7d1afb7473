/* hub/reading.c - lists, receipts and the verification. */
#include "hub/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/ledger_vault.h"
#include "hub/alerts.h"
#include "hub/board.h"
#include "hub/machines_words.h"
#include "hub/reading_referral.h"
#include "hub/rotation.h"
#include "hub/settings.h"

static void set_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

static void set_id(struct json *out, const char *key, const struct id *id)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, key, id_text(text, id));
}

/* ---- nodes */

static int add_alarm_text(void *who, const struct alarm_row *row)
{
    json_add_text(who, row->text);
    return 0;
}

static bool is_online(const struct json *online, const char *unit)
{
    for (size_t i = 0; online != NULL && i < json_count(online); i++)
        if (strcmp(json_text(json_at(online, i)), unit) == 0)
            return true;
    return false;
}

static const char *state_text(const struct node_key *key)
{
    if (key == NULL)
        return "absent";
    switch ((enum node_key_state)key->state) {
    case NODE_ENROLLED:
        return "enrolled";
    case NODE_RETIRING:
        return "retiring";
    case NODE_REVOKED:
        return "revoked";
    }
    return "unknown";
}

static void contact_json(struct hub *hub, const char *unit, bool online,
                         uint64_t delivered, struct json *out)
{
    struct contact c;
    bool known = hub_store_contact(hub->store, unit, &c) == 0;

    set_time(out, "last_seen",
             online  ? hub->wall_ms
             : known ? c.last_seen_ms
                     : 0);
    if (!known) {
        json_set_null(out, "clock_offset_ms");
        json_set_null(out, "version");
        json_set_null(out, "backlog");
        json_set_null(out, "backlog_bytes");
        json_set_null(out, "oldest_unsent");
        return;
    }
    if (c.head <= delivered) /* it said so before the rest arrived */
        memset(&c.backlog, 0, sizeof c.backlog);
    json_set_i64(out, "clock_offset_ms", c.clock_offset_ms);
    json_set_text(out, "version", c.software);
    json_set_i64(out, "backlog", (int64_t)c.backlog.records);
    json_set_i64(out, "backlog_bytes", (int64_t)c.backlog.bytes);
    set_time(out, "oldest_unsent", c.backlog.oldest_ms);
}

static int clock_of(void *who, const struct entry *entry)
{
    *(int64_t *)who = entry->change.header.clock_ms;
    return 1;
}

/* To when the commune's words and senders could be given back. */
static void vaulted_json(struct hub *hub, const struct ledger_stream *s,
                         struct json *out)
{
    uint64_t vaulted = ledger_vaulted(hub->ledger, &s->name);
    int64_t clock_ms = 0;

    if (vaulted > 0)
        (void)ledger_read(hub->ledger, &s->name, vaulted, clock_of, &clock_ms);
    set_time(out, "vaulted_until", clock_ms);
    json_set_i64(out, "vault_backlog", (int64_t)(s->head.seq - vaulted));
}

static struct json *node_json(struct hub *hub, const struct unit *unit,
                              const struct json *online)
{
    struct json *out = json_object_new(), *alarms = json_array_new();
    struct stream_name up = stream_name_make(unit->key, STREAM_UP);
    bool here = is_online(online, unit->key);
    struct ledger_stream s;

    if (ledger_stream(hub->ledger, &s, &up, false) != 0)
        memset(&s, 0, sizeof s);
    json_set_text(out, "unit", unit->slug);
    json_set_text(out, "name", unit->name);
    json_set_text(out, "state",
                  state_text(hub_registry_unit(hub->registry, unit->key)));
    json_set_flag(out, "online", here);
    set_time(out, "delivered_until", s.clock_ms);
    vaulted_json(hub, &s, out);
    contact_json(hub, unit->key, here, s.head.seq, out);
    hub_settings_json(hub, unit->key, out);
    (void)hub_store_alarms(hub->store, unit->key, add_alarm_text, alarms);
    json_set(out, "alarms", alarms);
    if (hub_rotation_waits_for(hub, unit->key)) /* while it lasts */
        json_set_text(out, "hub_key", "old");
    json_set(out, "machines", hub_machines_list(hub, unit->key));
    return out;
}

struct json *hub_reading_nodes(struct hub *hub, const struct json *online)
{
    struct json *out = json_array_new();

    for (size_t i = 0; i < hub->roster.count; i++)
        json_add(out, node_json(hub, &hub->roster.units[i], online));
    return out;
}

/* ---- alerts */

struct listing {
    struct hub *hub;
    struct json *out;
    const char *audience; /* of the alert, or NULL */
};

/* "" is every unit. */
static bool is_addressed(const char *audience, const char *unit)
{
    size_t length = strlen(unit);

    if (audience[0] == '\0')
        return true;
    for (const char *at = audience; (at = strstr(at, unit)) != NULL; at++)
        if ((at == audience || at[-1] == '\n') && at[length] == '\n')
            return true;
    return false;
}

static int add_alert(void *who, const struct alert_row *row)
{
    struct listing *l = who;
    struct json *one, *to;

    if (row->type == ALERT_CANCEL)
        return 0;
    one = json_object_new();
    to = json_array_new();
    set_id(one, "id", &row->id);
    json_set_text(one, "event", row->event);
    json_set_text(one, "headline", row->headline);
    json_set_text(one, "severity", alert_severity_text(row->severity));
    json_set_text(one, "state", hub_alerts_state(row, l->hub->wall_ms));
    set_time(one, "issued", row->issued_ms);
    set_time(one, "expires", row->expires_ms);
    for (size_t i = 0; i < l->hub->roster.count; i++)
        if (is_addressed(row->audience, l->hub->roster.units[i].key))
            json_add_text(to, l->hub->roster.units[i].slug);
    json_set(one, "to", to);
    json_add(l->out, one);
    return 0;
}

struct json *hub_reading_alerts(struct hub *hub)
{
    struct listing l = {hub, json_array_new(), NULL};

    (void)hub_store_alerts(hub->store, add_alert, &l);
    return l.out;
}

struct found {
    struct receipt_row row;
    char by[REPORT_NAME_LIMIT + 1];
};

/* Of one alert, sorted by unit: read once, for there are as many as units. */
struct receipts {
    struct found *items;
    size_t count, room;
};

static int keep_receipt(void *who, const struct receipt_row *row)
{
    struct receipts *r = who;
    struct found *f;

    if (r->count == r->room) {
        r->room = r->room * 2 + 16;
        r->items = mem_grow(r->items, r->room, sizeof *r->items);
    }
    f = &r->items[r->count++];
    f->row = *row;
    f->row.by = NULL; /* it was lent for this call */
    (void)snprintf(f->by, sizeof f->by, "%s", row->by);
    return 0;
}

static int by_unit(const void *a, const void *b)
{
    return strcmp(((const struct found *)a)->row.unit,
                  ((const struct found *)b)->row.unit);
}

/* What came back from the unit; nothing: all 0. */
static struct found receipt_of(const struct receipts *r, const char *unit)
{
    struct found key = {.by = ""};
    const struct found *found = NULL;

    (void)snprintf(key.row.unit, sizeof key.row.unit, "%s", unit);
    if (r->count > 0)
        found = bsearch(&key, r->items, r->count, sizeof *r->items, by_unit);
    return found != NULL ? *found : key;
}

static struct json *receipt_json(const struct unit *unit, const struct found *f)
{
    struct json *one = json_object_new();

    json_set_text(one, "unit", unit->slug);
    set_time(one, "sent", f->row.sent_ms);
    set_time(one, "stored", f->row.stored_ms);
    set_time(one, "shown", f->row.shown_ms);
    set_time(one, "acknowledged", f->row.acknowledged_ms);
    json_set_text(one, "by", f->by[0] == '\0' ? NULL : f->by);
    if (f->row.verdict != 0 && f->row.verdict != ALERT_ACCEPTED)
        json_set_text(one, "refused", alert_verdict_text(f->row.verdict));
    return one;
}

/* One line per unit the alert is meant for, also where nothing came back. */
struct json *hub_reading_receipts(struct hub *hub, const char *id,
                                  struct error *err)
{
    struct receipts receipts = {NULL, 0, 0};
    struct json *out;
    struct alert_row row;
    struct id alert;
    char *audience;

    if (!id_parse(&alert, id) ||
        hub_store_alert(hub->store, &alert, &row) != 0) {
        (void)error_set(err, ERR_MISSING, "no alert \"%s\": see `alert list`",
                        id);
        return NULL;
    }
    out = json_array_new();
    audience = mem_text(row.audience);
    (void)hub_store_receipts(hub->store, &alert, keep_receipt, &receipts);
    if (receipts.count > 0)
        qsort(receipts.items, receipts.count, sizeof *receipts.items, by_unit);
    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct found f = receipt_of(&receipts, unit->key);

        /* a copy goes to every unit; only a receipt adds one to the list */
        if (is_addressed(audience, unit->key) || f.row.stored_ms != 0)
            json_add(out, receipt_json(unit, &f));
    }
    mem_free(&receipts.items);
    mem_free(&audience);
    return out;
}

/* ---- reports */

struct report_listing {
    struct hub *hub;
    const struct referred *referred;
    struct buf *out;
    size_t count;
};

static int add_report(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct report_listing *l = who;
    const struct part *part;
    struct report_fact fact;
    struct json *one;

    if (entry == NULL)
        return 0;
    part = &entry->change.part[PART_FACT];
    if (part->form != PART_WHOLE ||
        wire_report_fact_decode(&fact, part->bytes, NULL) != 0)
        return 0;
    one = json_object_new();
    set_id(one, "id", &row->id);
    json_set_text(one, "unit", hub_unit_name(l->hub, row->home));
    json_set_text(one, "category", fact.category->code);
    json_set_text(one, "state", report_state_text(fact.state));
    json_set_flag(one, "urgent", fact.urgent);
    set_time(one, "received", fact.received_ms);
    hub_reading_words(l->referred, row->home, &row->id, one);
    if (l->count++ > 0)
        buf_add_u8(l->out, ',');
    json_write(l->out, one);
    json_free(&one);
    return 0;
}

int hub_reading_reports(struct hub *hub, const char *unit, struct buf *out,
                        struct error *err)
{
    struct referred *referred = hub_reading_referred(hub);
    struct report_listing l = {hub, referred, out, 0};
    const struct unit *found = unit ? roster_find(&hub->roster, unit) : NULL;
    int rc;

    if (unit != NULL && found == NULL) {
        hub_reading_referred_free(&referred);
        return error_set(err, ERR_MISSING, "no unit \"%s\" in the roster",
                         unit);
    }
    buf_add_u8(out, '[');
    rc = ledger_records(hub->ledger, KIND_REPORT, found ? found->key : NULL,
                        add_report, &l);
    buf_add_u8(out, ']');
    hub_reading_referred_free(&referred);
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

/* ---- people, alarms, quarantine */

static int add_user(void *who, const struct accounts_listed *user)
{
    struct json *one = json_object_new();

    json_set_text(one, "name", user->name);
    json_set_text(one, "role", user->role);
    json_set_flag(one, "disabled", user->disabled);
    json_set_flag(one, "totp", user->totp);
    json_set_i64(one, "recovery_codes", user->recovery_codes);
    set_time(one, "seen", user->seen_ms);
    json_add(who, one);
    return 0;
}

struct json *hub_reading_users(struct hub *hub)
{
    struct json *out = json_array_new();

    (void)accounts_users(hub->accounts, add_user, out);
    return out;
}

static int add_alarm(void *who, const struct alarm_row *row)
{
    struct listing *l = who;
    struct json *one = json_object_new();

    json_set_i64(one, "id", row->id);
    json_set_i64(one, "code", row->code);
    json_set_text(one, "unit",
                  row->unit[0] == '\0' ? NULL
                                       : hub_unit_name(l->hub, row->unit));
    json_set_text(one, "text", row->text);
    set_time(one, "since", row->since_ms);
    set_time(one, "last", row->last_ms);
    json_set_i64(one, "times", row->times);
    json_add(l->out, one);
    return 0;
}

struct json *hub_reading_alarms(struct hub *hub)
{
    struct listing l = {hub, json_array_new(), NULL};

    (void)hub_store_alarms(hub->store, NULL, add_alarm, &l);
    return l.out;
}

static int add_quarantined(void *who, const struct quarantined *q)
{
    struct listing *l = who;
    struct json *one = json_object_new();

    json_set_i64(one, "id", q->id);
    json_set_text(
        one, "unit",
        q->name.home[0] == '\0' ? NULL : hub_unit_name(l->hub, q->name.home));
    json_set_i64(one, "position", (int64_t)q->seq);
    set_id(one, "record", &q->record);
    json_set_i64(one, "version", (int64_t)q->version);
    json_set_i64(one, "kind", q->kind);
    json_set_text(one, "reason", q->reason);
    set_time(one, "since", q->since_ms);
    json_set_text(one, "where", "here");
    json_add(l->out, one);
    return 0;
}

/* What a node cannot use of ours: nothing here to be tried again. */
static int add_refused(void *who, const char *peer, const struct refusal *r)
{
    struct listing *l = who;
    struct json *one = json_object_new();

    json_set_null(one, "id");
    json_set_text(one, "unit", hub_unit_name(l->hub, peer));
    json_set_null(one, "position");
    set_id(one, "record", &r->ref.record);
    json_set_i64(one, "version", (int64_t)r->ref.version);
    json_set_i64(one, "kind", r->kind);
    json_set_text(one, "reason", r->reason);
    set_time(one, "since", r->since_ms);
    json_set_text(one, "where", hub_unit_name(l->hub, peer));
    json_add(l->out, one);
    return 0;
}

struct json *hub_reading_quarantine(struct hub *hub)
{
    struct listing l = {hub, json_array_new(), NULL};

    (void)ledger_quarantine_list(hub->ledger, add_quarantined, &l);
    (void)ledger_refusals_theirs(hub->ledger, NULL, add_refused, &l);
    return l.out;
}

/* ---- conflicts */

struct conflicts {
    struct hub *hub;
    struct json *out, *contents; /* of the record seen last */
    struct id last;
};

static int add_conflict(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct conflicts *c = who;
    char at[CLOCK_TEXT_BYTES];

    if (c->contents == NULL || !id_equal(&c->last, &row->id)) {
        struct json *one = json_object_new();

        c->last = row->id;
        c->contents = json_array_new();
        json_set_text(one, "unit", hub_unit_name(c->hub, row->home));
        set_id(one, "id", &row->id);
        json_set_i64(one, "kind", row->kind);
        json_set_i64(one, "version", (int64_t)row->version);
        json_set(one, "written", c->contents);
        json_add(c->out, one);
    }
    json_add_text(c->contents, clock_text(at, entry->change.header.clock_ms));
    return 0;
}

struct json *hub_reading_conflicts(struct hub *hub)
{
    struct conflicts c = {.hub = hub, .out = json_array_new()};

    (void)ledger_conflicts(hub->ledger, NULL, add_conflict, &c);
    return c.out;
}

/* ---- verify */

bool hub_reading_head_good(void *who, const struct stream_name *name,
                           const struct stream_position *at,
                           struct bytes signed_head)
{
    const struct hub *hub = who;
    struct signed_bytes blob;
    const struct node_key *key;
    struct head head;

    if (wire_signed_decode(&blob, signed_head) != 0 ||
        wire_head_decode(&head, blob.body) != 0)
        return false;
    key = hub_registry_signer(hub->registry, name->home, blob.key_id);
    return key != NULL && stream_name_equal(&head.name, name) &&
           head.at.seq == at->seq && hash_equal(&head.at.h, &at->h) &&
           sign_verify(blob.signature, key->sign_public, HEAD_SIGN_DOMAIN,
                       blob.body);
}

static const char *name_of(void *who, const char *home)
{
    return hub_unit_name(who, home);
}

static int others(void *who,
                  void (*fault)(void *fault_who,
                                const struct ledger_fault *fault),
                  void *fault_who, uint64_t *faults)
{
    return hub_board_verify(who, fault, fault_who, faults);
}

int hub_reading_check(struct hub *hub, struct verify_result *out,
                      struct error *err)
{
    struct verify_host host = {.who = hub,
                               .head_good = hub_reading_head_good,
                               .name = name_of,
                               .others = others,
                               .program = "lienxa-hub"};

    return verify_run(hub->ledger, hub_store_db(hub->store), &host, out, err);
}

int hub_reading_verify(struct hub *hub, struct error *err)
{
    struct verify_result out = {.other = 0};
    int rc = hub_reading_check(hub, &out, err);

    verify_free(&out);
    return rc;
}
