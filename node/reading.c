/* node/reading.c - lists, one report, the search and the verification. */
#include "node/reading.h"
#include "node/media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/fold.h"
#include "common/domain/text.h"
#include "node/alerts.h"
#include "node/reading_referral.h"
#include "node/settings.h"
#include "node/store_keys.h"
#include "node/vault.h"

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

/* ---- status */

static int add_alarm_text(void *who, int64_t id, int code, const char *text,
                          int64_t since_ms)
{
    (void)id;
    (void)code;
    (void)since_ms;
    json_add_text(who, text);
    return 0;
}

struct json *node_reading_status(struct node *node, bool serving)
{
    struct json *out = json_object_new(), *alarms = json_array_new();
    bool online = strcmp(node_store_setting(node->store, "online"), "1") == 0;
    struct ledger_stream up;
    struct vault_plan plan;
    const char *web;

    if (ledger_stream(node->ledger, &up, &node->up, true) != 0)
        memset(&up, 0, sizeof up);
    (void)node_store_alarms(node->store, add_alarm_text, alarms);
    json_set_text(out, "unit", node->keys.unit_slug);
    json_set_flag(out, "online", online && serving);
    set_time(
        out, "last_contact",
        strtoll(node_store_setting(node->store, "last_contact"), NULL, 10));
    json_set_i64(out, "head", (int64_t)up.head.seq);
    json_set_i64(out, "acked", (int64_t)up.acked);
    json_set_i64(out, "backlog", (int64_t)(up.head.seq - up.acked));
    json_set_i64(out, "backlog_bytes", (int64_t)(up.bytes - up.acked_bytes));
    json_set_i64(out, "urgent_waiting",
                 (int64_t)ledger_expedited_waiting(node->ledger, &node->up));
    json_set_i64(out, "vault_backlog", (int64_t)node_vault_backlog(node, &up));
    json_set_i64(out, "vault_locked",
                 (int64_t)ledger_vault_count(node->ledger));
    node_vault_plan(node, &plan);
    json_set_flag(out, "vault_fetching", plan.pull);
    node_settings_json(node, out);
    json_set_flag(
        out, "awaits_hours",
        online && serving &&
            strcmp(node_store_setting(node->store, "awaits_hours"), "1") == 0);
    json_set_flag(out, "retired", node->retired);
    set_time(out, "drained",
             node->retired
                 ? strtoll(node_store_setting(node->store, "drained"), NULL, 10)
                 : 0);
    web = node_store_setting(node->store, "web");
    json_set_text(out, "web", serving && *web != '\0' ? web : NULL);
    json_set(out, "alarms", alarms);
    return out;
}

/* ---- reports */

struct listing {
    struct node *node;
    struct buf *out;          /* the array, or its first part */
    struct buf loose;         /* found without the accents: behind the others */
    struct buf plain, exact;  /* what is looked for: all, those with accents */
    struct buf words, folded; /* of the report at hand */
    bool searching;
};

static bool holds_all(struct buf *text, struct buf *words)
{
    const char *have = buf_text(text);
    char *want = mem_text(buf_text(words));
    bool all = true;

    /* " a b " is looked for as " a ", then " b " */
    for (char *at = want; all && at[1] != '\0';) {
        char *end = strchr(at + 1, ' ');
        char kept = end[1];

        end[1] = '\0';
        all = strstr(have, at) != NULL;
        end[1] = kept;
        at = end;
    }
    mem_free(&want);
    return all;
}

/* Where the report belongs in the answer, or NULL: not found in it. */
static struct buf *place(struct listing *l, const struct report_body *body)
{
    if (!l->searching)
        return l->out;
    buf_clear(&l->words);
    if (body->text != NULL)
        node_desk_words(&l->words, body);
    buf_clear(&l->folded);
    fold_words(&l->folded, buf_text(&l->words), FOLD_PLAIN);
    if (!holds_all(&l->folded, &l->plain))
        return NULL;
    buf_clear(&l->folded);
    fold_words(&l->folded, buf_text(&l->words), FOLD_EXACT);
    return holds_all(&l->folded, &l->exact) ? l->out : &l->loose;
}

/* The words of a report; "" when they are not here. */
static const char *words_of(struct node *node, const struct entry *entry,
                            struct report_body *body)
{
    const struct part *part = &entry->change.part[PART_BODY];

    memset(body, 0, sizeof *body);
    wire_arena_clear(node->arena);
    if (part->form != PART_WHOLE ||
        wire_report_body_decode(body, node->arena, part->bytes, NULL) != 0)
        return NULL;
    return body->text;
}

static int fact_of(const struct entry *entry, struct report_fact *out)
{
    const struct part *part = &entry->change.part[PART_FACT];

    return part->form != PART_WHOLE
               ? ERR_MISSING
               : wire_report_fact_decode(out, part->bytes, NULL);
}

static int add_report(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct listing *l = who;
    struct report_fact fact;
    struct report_body body;
    const char *text;
    struct json *one;
    struct buf *at;

    if (entry == NULL || fact_of(entry, &fact) != 0)
        return 0;
    text = words_of(l->node, entry, &body);
    if ((at = place(l, &body)) == NULL)
        return 0;
    one = json_object_new();
    set_id(one, "id", &row->id);
    json_set_text(one, "category", fact.category->code);
    json_set_text(one, "state", report_state_text(fact.state));
    json_set_flag(one, "urgent", fact.urgent);
    set_time(one, "received", fact.received_ms);
    json_set_text(one, "text", text);
    if (at->size > (at == l->out))
        buf_add_u8(at, ',');
    json_write(at, one);
    json_free(&one);
    return 0;
}

/* While not all reports are in the index: they are read one by one. */
static int scan(struct listing *l, const char *words)
{
    int rc;

    if (words != NULL) {
        l->searching = true;
        fold_words(&l->plain, words, FOLD_PLAIN);
        fold_words(&l->exact, words, FOLD_ACCENTED);
        if (l->plain.size < 2)
            return ERR_INVALID;
    }
    rc = ledger_records(l->node->ledger, KIND_REPORT, l->node->keys.unit,
                        add_report, l);
    if (l->loose.size > 0 && l->out->size > 1)
        buf_add_u8(l->out, ',');
    buf_add_bytes(l->out, buf_bytes(&l->loose));
    buf_free(&l->loose);
    buf_free(&l->plain);
    buf_free(&l->exact);
    buf_free(&l->words);
    buf_free(&l->folded);
    return rc;
}

static int add_found(void *who, const struct desk_row *row, bool loose)
{
    struct listing *l = who;
    int rc = ledger_record(l->node->ledger, l->node->keys.unit, &row->uid, NULL,
                           add_report, l);

    (void)loose;
    return db_code_is_world(rc) && rc != ERR_DAMAGED ? rc : 0;
}

static int look_up(struct listing *l, const char *words)
{
    const struct desk_filter all = {
        .view = DESK_ALL, .category = -1, .urgent = -1, .hidden = -1};
    const struct desk_cursor first = {0};

    return desk_store_search(l->node->desk.store, &all, words, &first,
                             add_found, l);
}

int node_reading_reports(struct node *node, const char *words, struct buf *out,
                         struct error *err)
{
    struct listing l = {.node = node, .out = out};
    struct buf clean = {0};
    size_t before = out->size;
    int rc = 0;

    buf_add_u8(out, '[');
    if (words != NULL)
        rc = text_nfc(&clean, bytes_of_text(words));
    if (rc == 0)
        rc = words != NULL && node_desk_is_whole(node)
                 ? look_up(&l, buf_text(&clean))
                 : scan(&l, words == NULL ? NULL : buf_text(&clean));
    buf_add_u8(out, ']');
    buf_free(&clean);
    if (rc == 0)
        return 0;
    out->size = before;
    return rc == ERR_INVALID
               ? error_set(err, rc, "--search needs a word")
               : error_set(err, rc, "the database cannot be read");
}

/* ---- one report */

static void set_notes(struct json *out, const struct report_body *body)
{
    struct json *notes = json_array_new();

    for (size_t i = 0; i < body->note_count; i++) {
        struct json *one = json_object_new();

        set_time(one, "at", body->notes[i].at_ms);
        json_set_text(one, "by", body->notes[i].by);
        json_set_text(one, "text", body->notes[i].text);
        json_add(notes, one);
    }
    json_set(out, "notes", notes);
}

static void set_sealed(struct json *out, const struct part *part,
                       const struct category *category)
{
    bool custodian = category_needs_custodian(category);
    struct report_vault vault;
    struct json *sealed;

    if (part->form == PART_ABSENT) {
        json_set_null(out, "sealed");
        return;
    }
    if (part->form == PART_WHOLE &&
        wire_report_vault_decode(&vault, part->bytes) == 0)
        custodian = vault.custodian;
    sealed = json_object_new();
    json_set_text(sealed, "key", custodian ? "custodian" : "duty");
    json_set(out, "sealed", sealed);
}

static void set_next(struct json *out, const struct report_fact *fact)
{
    struct json *next = json_array_new();
    char text[256], *rest = text, *word;

    (void)report_moves_text(text, fact);
    while ((word = strsep(&rest, ",")) != NULL)
        if (*(word += *word == ' ') != '\0')
            json_add_text(next, word);
    json_set(out, "next", next);
}

static void set_fact(struct json *out, const struct report_fact *fact)
{
    json_set_text(out, "category", fact->category->code);
    json_set_text(out, "state", report_state_text(fact->state));
    json_set_text(out, "outcome",
                  fact->outcome == OUTCOME_NONE
                      ? NULL
                      : report_outcome_text(fact->outcome));
    json_set_flag(out, "urgent", fact->urgent);
    json_set_text(out, "channel", report_channel_text(fact->channel));
    json_set_text(out, "village",
                  fact->village[0] == '\0' ? NULL : fact->village);
    set_time(out, "received", fact->received_ms);
}

/* When, by whom and why; only when, where the commune's machine was replaced
 * since and its own notes went with it. */
static void set_erased(struct node *node, struct json *out,
                       const struct record_row *row, int64_t clock_ms)
{
    struct erasure erasure = {.at_ms = clock_ms};
    struct json *one;

    if (!row->final)
        return;
    (void)node_store_erasure(node->store, &row->id, &erasure);
    one = json_object_new();
    set_time(one, "at", erasure.at_ms);
    json_set_text(one, "by", erasure.by);
    json_set_text(one, "reason", erasure.reason);
    json_set(out, "erased", one);
}

struct showing {
    struct node *node;
    struct report_fact fact;
    struct json *out; /* NULL: not a report that can be read */
};

static int show_state(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct showing *s = who;
    struct report_fact fact;
    struct report_body body;
    const char *text;

    if (row->kind != KIND_REPORT || entry == NULL || fact_of(entry, &fact) != 0)
        return 0;
    s->fact = fact;
    s->out = json_object_new();
    set_id(s->out, "id", &row->id);
    json_set_text(s->out, "unit", s->node->keys.unit_slug);
    set_fact(s->out, &fact);
    text = words_of(s->node, entry, &body);
    set_time(s->out, "occurred", body.occurred_ms);
    json_set_text(s->out, "text", text);
    if (body.has_point) {
        json_set_real(s->out, "lat", body.lat);
        json_set_real(s->out, "lon", body.lon);
    }
    set_notes(s->out, &body);
    json_set(s->out, "attachments",
             node_media_list(s->node, row->home, &row->id, &body));
    json_set_null(s->out, "history"); /* its place; filled in below */
    set_sealed(s->out, &entry->change.part[PART_VAULT], fact.category);
    json_set_flag(s->out, "conflict", row->conflict);
    if (row->final)
        json_set(s->out, "next", json_array_new());
    else
        set_next(s->out, &fact);
    set_erased(s->node, s->out, row, entry->change.header.clock_ms);
    return 0;
}

int64_t node_reading_when(const struct report_fact *fact, int before,
                          int64_t written_ms)
{
    int64_t entered_ms = fact->entered_ms[fact->state];

    return fact->state != before && entered_ms != 0 ? entered_ms : written_ms;
}

struct past {
    struct step {
        uint64_t version;
        struct report_fact fact;
        int64_t written_ms;
    } * steps;
    size_t count, room;
};

static int add_step(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct past *past = who;
    struct report_fact fact;

    (void)row;
    if (entry == NULL || fact_of(entry, &fact) != 0)
        return 0;
    if (past->count == past->room) {
        past->room = past->room * 2 + 8;
        past->steps = mem_grow(past->steps, past->room, sizeof *past->steps);
    }
    past->steps[past->count++] = (struct step){
        entry->change.header.version, fact, entry->change.header.clock_ms};
    return 0;
}

/* Oldest first. */
static void set_history(struct node *node, const struct id *id,
                        struct json *out)
{
    struct json *history = json_array_new();
    struct past past = {NULL, 0, 0};
    int before = 0;

    (void)ledger_history(node->ledger, node->keys.unit, id, add_step, &past);
    while (past.count > 0) {
        const struct step *step = &past.steps[--past.count];
        struct json *one = json_object_new();

        json_set_i64(one, "version", (int64_t)step->version);
        json_set_text(one, "state", report_state_text(step->fact.state));
        set_time(one, "at",
                 node_reading_when(&step->fact, before, step->written_ms));
        before = step->fact.state;
        json_add(history, one);
    }
    json_set(out, "history", history);
    mem_free(&past.steps);
}

struct json *node_reading_report(struct node *node, const char *word,
                                 struct error *err)
{
    struct showing s = {.node = node};
    struct id id;
    int rc;

    if (!id_parse(&id, word)) {
        (void)error_set(err, ERR_INVALID, "\"%s\" is not a report's id", word);
        return NULL;
    }
    rc =
        ledger_record(node->ledger, node->keys.unit, &id, NULL, show_state, &s);
    if (s.out == NULL) {
        (void)error_set(err, rc,
                        rc == 0 || rc == ERR_MISSING
                            ? "no report with this id: see `report list`"
                            : "the database cannot be read");
        return NULL;
    }
    set_history(node, &id, s.out);
    node_reading_passed_on(node, &id, &s.fact, s.out);
    return s.out;
}

/* ---- alerts, alarms, quarantine, people */

struct alert_listing {
    struct json *out;
    int64_t now_ms, newest_ms;
    size_t unshown;
};

static int add_alert(void *who, const struct node_alert *alert)
{
    struct alert_listing *l = who;
    struct json *one;

    if (!alert->for_us)
        return 0;
    l->unshown += alert->shown_ms == 0 && !alert->replaced;
    if (alert->stored_ms > l->newest_ms)
        l->newest_ms = alert->stored_ms;
    if (alert->type == ALERT_CANCEL)
        return 0; /* seen as the state of what it takes back */
    one = json_object_new();
    set_id(one, "id", &alert->id);
    json_set_text(one, "event", alert->event);
    json_set_text(one, "headline", alert->headline);
    json_set_text(one, "severity", alert_severity_text(alert->severity));
    json_set_text(one, "state", node_alerts_state(alert, l->now_ms));
    set_time(one, "issued", alert->issued_ms);
    set_time(one, "expires", alert->expires_ms);
    set_time(one, "acknowledged", alert->acknowledged_ms);
    json_set_text(one, "by", alert->by[0] == '\0' ? NULL : alert->by);
    json_set_text(one, "text", alert->text);
    json_set_text(one, "reason",
                  alert->reason[0] == '\0' ? NULL : alert->reason);
    json_add(l->out, one);
    return 0;
}

struct json *node_reading_alerts(struct node *node, size_t *unshown,
                                 int64_t *newest_ms)
{
    struct alert_listing l = {json_array_new(), node_alerts_now_ms(node), 0, 0};

    (void)node_store_alerts(node->store, add_alert, &l);
    *unshown = l.unshown;
    *newest_ms = l.newest_ms;
    return l.out;
}

static int add_alarm(void *who, int64_t id, int code, const char *text,
                     int64_t since_ms)
{
    struct json *one = json_object_new();

    json_set_i64(one, "id", id);
    json_set_i64(one, "code", code);
    set_time(one, "since", since_ms);
    json_set_text(one, "text", text);
    json_add(who, one);
    return 0;
}

struct json *node_reading_alarms(struct node *node)
{
    struct json *out = json_array_new();

    (void)node_store_alarms(node->store, add_alarm, out);
    return out;
}

static int add_quarantined(void *who, const struct quarantined *q)
{
    struct json *one = json_object_new();

    json_set_i64(one, "id", q->id);
    json_set_text(one, "stream",
                  q->name.home[0] == '\0' ? NULL : q->name.channel);
    json_set_i64(one, "position", (int64_t)q->seq);
    set_id(one, "record", &q->record);
    json_set_i64(one, "version", (int64_t)q->version);
    json_set_i64(one, "kind", q->kind);
    set_time(one, "since", q->since_ms);
    json_set_text(one, "reason", q->reason);
    json_set_text(one, "where", "here");
    json_add(who, one);
    return 0;
}

/* What the hub cannot use of ours: nothing here to be tried again. */
static int add_refused(void *who, const char *peer, const struct refusal *r)
{
    struct json *one = json_object_new();

    (void)peer;
    json_set_null(one, "id");
    json_set_text(one, "stream", STREAM_UP);
    json_set_null(one, "position");
    set_id(one, "record", &r->ref.record);
    json_set_i64(one, "version", (int64_t)r->ref.version);
    json_set_i64(one, "kind", r->kind);
    set_time(one, "since", r->since_ms);
    json_set_text(one, "reason", r->reason);
    json_set_text(one, "where", "district");
    json_add(who, one);
    return 0;
}

struct json *node_reading_quarantine(struct node *node)
{
    struct json *out = json_array_new();

    (void)ledger_quarantine_list(node->ledger, add_quarantined, out);
    (void)ledger_refusals_theirs(node->ledger, node->keys.hub, add_refused,
                                 out);
    return out;
}

struct user_listing {
    struct node *node;
    struct json *out;
};

static int add_user(void *who, const struct accounts_listed *user)
{
    struct user_listing *l = who;
    struct json *one = json_object_new();

    json_set_text(one, "name", user->name);
    json_set_text(one, "role", user->role);
    json_set_flag(one, "disabled", user->disabled);
    json_set_i64(one, "keys", node_store_keys_held(l->node->store, user->name));
    json_set_flag(one, "totp", user->totp);
    json_set_i64(one, "recovery_codes", user->recovery_codes);
    set_time(one, "seen", user->seen_ms);
    json_add(l->out, one);
    return 0;
}

struct json *node_reading_users(struct node *node)
{
    struct user_listing l = {node, json_array_new()};

    (void)accounts_users(node->accounts, add_user, &l);
    return l.out;
}

/* ---- verify */

/* Heads of the hub's channels are signed by a key we trust, those of our own
 * stream by this machine. */
bool node_reading_head_good(void *who, const struct stream_name *name,
                            const struct stream_position *at,
                            struct bytes signed_head)
{
    const struct node *node = who;
    struct signed_bytes blob;
    uint8_t public_key[SIGN_PUBLIC_BYTES];
    struct head head;

    if (wire_signed_decode(&blob, signed_head) != 0 ||
        wire_head_decode(&head, blob.body) != 0)
        return false;
    if (strcmp(name->home, node->keys.unit) == 0)
        memcpy(public_key, node->keys.sign.public_key, sizeof public_key);
    else if (node_store_trust_ever(node->hub_keys, blob.key_id, public_key) !=
             0)
        return false;
    return stream_name_equal(&head.name, name) && head.at.seq == at->seq &&
           hash_equal(&head.at.h, &at->h) &&
           sign_verify(blob.signature, public_key, HEAD_SIGN_DOMAIN, blob.body);
}

static const char *name_of(void *who, const char *home)
{
    const struct node *node = who;

    return strcmp(home, node->keys.unit) == 0 ? node->keys.unit_slug
                                              : "the district";
}

int node_reading_check(struct node *node, struct verify_result *out,
                       struct error *err)
{
    struct verify_host host = {.who = node,
                               .head_good = node_reading_head_good,
                               .name = name_of,
                               .program = "lienxa-node",
                               .others = node_desk_verify};

    return verify_run(node->ledger, node_store_db(node->store), &host, out,
                      err);
}

int node_reading_verify(struct node *node, struct error *err)
{
    struct verify_result out = {.other = 0};
    int rc = node_reading_check(node, &out, err);

    verify_free(&out);
    return rc;
}
