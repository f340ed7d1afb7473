/* node/referral.c - referrals that come and go; the receiver's answers are in
 * referral_copy.c. */
#include "node/referral.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "node/intake.h"
#include "node/media.h"
#include "node/referral_inside.h"
#include "node/units.h"

enum { ALARM_OFFERED = 160, ALARM_REFERRAL = 161 };

static const struct hash_function hash_function = {crypto_sha256};

const char *node_referral_time(char out[24], int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    (void)clock_text(text, wall_ms); /* 2026-11-23T20:15:01+07:00 */
    (void)snprintf(out, 24, "%.2s/%.2s/%.4s %.5s", text + 8, text + 5, text,
                   text + 11);
    return out;
}

/* ---- what the ledger asks */

int node_referral_judge(struct node *node, const struct change *change,
                        struct error *err)
{
    return handover_judge(&hash_function, node->arena, change, node->keys.hub,
                          err);
}

static int judge_carried(struct node *node, const struct change *change,
                         struct error *err)
{
    const struct part *body = &change->part[PART_BODY];
    struct carried_fact fact;
    struct wire_arena *arena;
    struct change inner;
    bool everybody;
    int rc = wire_carried_decode(&fact, change->part[PART_FACT].bytes, err);

    if (rc != 0 || body->form != PART_WHOLE)
        return rc; /* erased: nothing to take out */
    everybody = strcmp(fact.to, HANDOVER_EVERYBODY) == 0;
    if (everybody && strcmp(fact.home, node->keys.unit) == 0)
        return 0; /* our own, for the others */
    if ((!everybody && strcmp(fact.to, node->keys.unit) != 0) ||
        strcmp(fact.home, node->keys.unit) == 0 ||
        strcmp(fact.home, node->keys.hub) == 0)
        return error_set(err, ERR_REFUSED, "carried to the wrong commune");
    arena = wire_arena_new();
    rc = wire_change_decode(&inner, arena, body->bytes, err);
    if (rc == 0)
        rc = handover_judge_carried(&hash_function, &fact, &inner, err);
    if (rc == 0 && !node_units_signed(node, &fact.digest, &inner))
        rc = error_set(err, ERR_REFUSED,
                       "carried from %s, whose signature does not hold or "
                       "whose key is not in the directory yet",
                       fact.home);
    wire_arena_free(&arena);
    return rc;
}

int node_referral_judge_hub(struct node *node, const struct change *change,
                            struct error *err)
{
    struct unit_fact unit;

    return change->header.kind == KIND_CARRIED
               ? judge_carried(node, change, err)
               : wire_unit_decode(&unit, change->part[PART_FACT].bytes, err);
}

static void tell_offered(struct node *node, const struct change *change)
{
    struct referral_fact fact;
    struct unit_fact from;

    if (change->header.kind != KIND_REFERRAL ||
        (change->header.flags & CHANGE_TOMBSTONE) ||
        wire_referral_decode(&fact, change->part[PART_FACT].bytes, NULL) != 0 ||
        fact.role != REFERRAL_OFFER || strcmp(fact.to, node->keys.unit) != 0)
        return;
    node_units_name(node, fact.report_home, &from);
    log_info("referral.offered", "from=%s", from.slug);
    node_alarm(node, ALARM_OFFERED,
               "%s passes a report on to us: see `referral list`, then "
               "`referral accept` or `referral refuse`",
               from.name);
}

void node_referral_apply(struct node *node, const struct change *change)
{
    handover_due_add(&node->due, change->header.home, &change->header.record);
    tell_offered(node, change);
}

/* ---- settling */

struct wrapping {
    struct referral_fact offer; /* when it is one */
    bool offered, erased;
    const char *unit; /* ours: our own changes are taken out of nothing */
    struct buf inner; /* when something is to be taken out */
};

static bool is_of(const struct part *fact, const char *unit)
{
    struct carried_fact carried;

    return wire_carried_decode(&carried, fact->bytes, NULL) == 0 &&
           strcmp(carried.home, unit) == 0;
}

static int look_at(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct wrapping *w = who;
    const struct part *part;

    if (entry == NULL)
        return 0;
    part = entry->change.part;
    if (row->kind == KIND_CARRIED && !row->final &&
        part[PART_BODY].form == PART_WHOLE && !is_of(&part[PART_FACT], w->unit))
        buf_add_bytes(&w->inner, part[PART_BODY].bytes);
    else if (row->kind == KIND_REFERRAL)
        w->offered =
            wire_referral_decode(&w->offer, part[PART_FACT].bytes, NULL) == 0 &&
            w->offer.role == REFERRAL_OFFER;
    w->erased = w->offered && row->final;
    return 0;
}

/* Stored as an early arrival of its own home: judged, applied, kept. */
static int take_out(struct node *node, struct bytes bytes, struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct entry entry = {0};
    int rc = wire_change_decode(&entry.change, arena, bytes, err);

    if (rc == 0) {
        entry.digest = change_digest(&hash_function, &entry.change);
        rc = ledger_early(node->ledger, &entry, wire_change_size(&entry.change),
                          err);
    }
    wire_arena_free(&arena);
    return rc == ERR_EXISTS ? 0 : rc;
}

/* Of what was erased nothing stays, in whichever order it came: of two machines
 * of ours one may have erased a report while the other passed it on. */
static int settle_offer(struct node *node, const char *home,
                        const struct wrapping *w, struct error *err)
{
    bool ours = strcmp(home, node->keys.unit) == 0;
    struct record_row report;
    int rc;

    if (w->erased)
        return ours ? 0 : node_referral_erase_copy(node, &w->offer, err);
    if (!ours)
        return 0;
    rc = ledger_record(node->ledger, node->keys.unit, &w->offer.report, &report,
                       NULL, NULL);
    return rc == 0 && report.final
               ? node_referral_erase(node, &w->offer.report, err)
               : rc;
}

static int settle_one(struct node *node, const struct handover_key *key,
                      struct error *err)
{
    struct wrapping w = {.unit = node->keys.unit};
    int rc =
        ledger_record(node->ledger, key->home, &key->record, NULL, look_at, &w);

    if (rc == 0 && w.inner.size > 0)
        rc = take_out(node, buf_bytes(&w.inner), err);
    if (rc == 0 && w.offered)
        rc = settle_offer(node, key->home, &w, err);
    if (w.inner.size > 0)
        mem_wipe(w.inner.data, w.inner.size);
    buf_free(&w.inner);
    return rc == ERR_MISSING ? 0 : rc;
}

static int settle_all(struct node *node, struct error *err)
{
    int rc = 0;

    /* what is taken out is due itself, so the list may grow */
    handover_due_once(&node->due); /* a batch may hold thousands of one */
    for (size_t i = 0; rc == 0 && i < node->due.count; i++) {
        const struct handover_key key = node->due.keys[i];
        struct error why = {""};

        rc = settle_one(node, &key, &why);
        if (rc != 0 && db_must_roll_back(node_store_db(node->store), rc))
            return error_set(err, rc, "%s", why.text);
        if (rc != 0)
            node_alarm(node, ALARM_REFERRAL,
                       "something that %s passed on could not be taken: %s",
                       key.home, why.text);
        rc = 0; /* one bad record holds nothing else back */
    }
    return rc;
}

int node_referral_settle(struct node *node, struct error *err)
{
    uint64_t settled;
    int rc = 0;

    if (node->keys_came && ledger_quarantine_count(node->ledger) > 0)
        rc = ledger_quarantine_retry_all(node->ledger, &settled);
    if (rc == 0)
        rc = settle_all(node, err);
    if (rc != 0)
        return rc;
    node->keys_came = false;
    handover_due_clear(&node->due);
    return 0;
}

static int add_due(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct node *node = who;

    (void)entry;
    handover_due_add(&node->due, row->home, &row->id);
    return 0;
}

int node_referral_look_over(struct node *node)
{
    int rc = ledger_records(node->ledger, KIND_CARRIED, node->keys.hub, add_due,
                            node);

    return rc != 0 ? rc
                   : ledger_records(node->ledger, KIND_REFERRAL, NULL, add_due,
                                    node);
}

/* ---- writing */

int node_referral_write(struct node *node, const struct referral_write *write,
                        struct error *err)
{
    struct node_write w = {.kind = KIND_REFERRAL,
                           .record = write->record,
                           .flags = CHANGE_EXPEDITED | write->flags};
    struct buf fact = {0};
    int rc = node_held_top(node, &write->record, &w.version);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    w.version++;
    wire_referral_encode(&fact, write->fact);
    w.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    if (write->body.size > 0)
        w.part[PART_BODY] = (struct node_part){true, write->body, NULL};
    rc = node_append(node, &w, err);
    buf_free(&fact);
    return rc;
}

static int note_number(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    uint64_t *most = who;
    struct referral_fact fact;

    (void)row;
    if (entry != NULL &&
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) == 0 &&
        fact.offer > *most)
        *most = fact.offer;
    return 0;
}

/* ---- the sender */

static int say_frozen(struct node *node, const struct handover *h,
                      struct error *err)
{
    struct unit_fact to;
    char at[24];

    node_units_name(node, h->offer.to, &to);
    if (h->stage == REFERRAL_STAGE_WAITING)
        return error_set(err, ERR_REFUSED,
                         "passed on to %s on %s, waits for its answer: nothing "
                         "can be done with it here until then",
                         to.name, node_referral_time(at, h->offer.at_ms));
    return error_set(err, ERR_REFUSED,
                     "passed on to %s, which accepted it on %s: it is theirs "
                     "until they return it or say that it is done",
                     to.name, node_referral_time(at, h->answer.at_ms));
}

static int say_continues(struct node *node, const struct held_report *held,
                         const char *what, struct error *err)
{
    struct unit_fact from;

    node_units_name(node, held->fact.continues_home, &from);
    return error_set(err, ERR_REFUSED, "this report was passed on by %s: %s",
                     from.name, what);
}

/* A working copy moves while we own it, and ends with an answer. */
static int may_move_copy(struct node *node, const struct held_report *held,
                         const struct handover *h, int to, struct error *err)
{
    if (h->stage != REFERRAL_STAGE_ACCEPTED ||
        strcmp(h->offer.to, node->keys.unit) != 0)
        return say_continues(node, held, "it is not ours any more", err);
    if (to == REPORT_DONG)
        return say_continues(node, held,
                             "end it with `referral done ID --note T` or "
                             "`referral return ID --reason T`",
                             err);
    if (to == REPORT_DA_CHUYEN)
        return say_continues(node, held,
                             "it cannot be passed on further; `referral return "
                             "ID --reason T` gives it back",
                             err);
    return 0;
}

static int may_move(struct node *node, const struct held_report *held,
                    const struct handover *h, int to, struct error *err)
{
    if (held->fact.continues_home[0] != '\0')
        return may_move_copy(node, held, h, to, err);
    if (referral_is_frozen(h->stage))
        return say_frozen(node, h, err);
    if (to == REPORT_DA_CHUYEN)
        return error_set(err, ERR_REFUSED,
                         "a report is passed on with `report refer ID [--to "
                         "UNIT]`, which hands it over");
    return referral_check_move(h->stage, &held->fact, to, err);
}

static int look(struct node *node, const struct held_report *held,
                struct handover *h, struct error *err)
{
    bool ours = held->fact.continues_home[0] == '\0';
    int rc = handover_look(node->ledger, &hash_function,
                           ours ? node->keys.unit : held->fact.continues_home,
                           ours ? &held->id : &held->fact.continues_record, h);

    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

int node_referral_may_move(struct node *node, const struct held_report *held,
                           int to, struct error *err)
{
    struct handover h;
    int rc = look(node, held, &h, err);

    if (rc == 0)
        rc = may_move(node, held, &h, to, err);
    handover_free(&h);
    return rc;
}

static int check_offer(struct node *node, const struct held_report *held,
                       const struct handover *h, struct error *err)
{
    if (held->final)
        return error_set(err, ERR_REFUSED, "this report was erased");
    if (held->fact.continues_home[0] != '\0')
        return say_continues(node, held,
                             "it cannot be passed on further; `referral return "
                             "ID --reason T` gives it back",
                             err);
    if (referral_is_frozen(h->stage))
        return say_frozen(node, h, err);
    if (!held->has_body)
        return error_set(err, ERR_REFUSED,
                         "the words of this report are not here, so it cannot "
                         "be passed on: write or call");
    if (held->body.size > HANDOVER_BODY_LIMIT)
        return error_set(err, ERR_INVALID,
                         "the words and notes of this report are too long "
                         "together to be passed on (%zu bytes of %d)",
                         held->body.size, HANDOVER_BODY_LIMIT);
    return referral_check_offer(h->stage, &held->fact, err);
}

/* The report to da_chuyen, where it may be already; and the offer. */
static int write_offer(struct node *node, struct held_report *held,
                       const struct handover *h,
                       const struct refer_order *order, const char *to,
                       struct error *err)
{
    struct intake_move move = {
        .id = held->id, .move.to = REPORT_DA_CHUYEN, .by = order->by};
    struct referral_fact what = {
        .role = REFERRAL_OFFER, .report = held->id, .at_ms = node->wall_ms};
    struct referral_write write = {h->offer_record, &what,
                                   buf_bytes(&held->body), 0};
    int rc = ledger_history(node->ledger, node->keys.unit, &h->offer_record,
                            note_number, &what.offer);

    if (rc != 0 && rc != ERR_MISSING)
        return error_set(err, rc, "the database cannot be read");
    if (held->fact.state != REPORT_DA_CHUYEN &&
        (rc = node_intake_write_move(node, &move, held, err)) != 0)
        return rc;
    what.offer++;
    what.report_version = held->version;
    what.what = held->fact;
    memcpy(what.report_home, node->keys.unit, sizeof what.report_home);
    memcpy(what.to, to, strnlen(to, sizeof what.to - 1));
    return node_referral_write(node, &write, err);
}

int node_referral_offer(struct node *node, const struct refer_order *order,
                        struct id *offer, struct error *err)
{
    struct held_report held = {0};
    struct handover h = {.offered = false};
    struct unit_fact to;
    int rc =
        node_units_find(node, order->to == NULL ? "" : order->to, &to, err);

    if (rc != 0)
        return rc;
    if (strcmp(to.unit, node->keys.unit) == 0)
        return error_set(err, ERR_REFUSED,
                         "--to: this is %s itself; name another commune, or "
                         "leave --to out for the district",
                         to.name);
    if ((rc = node_held_load(node, &order->id, &held, err)) == 0 &&
        (rc = look(node, &held, &h, err)) == 0 &&
        (rc = check_offer(node, &held, &h, err)) == 0 &&
        (!order->with_files ||
         (rc = node_media_let_go(node, &held.body, err)) == 0))
        rc = write_offer(node, &held, &h, order, to.unit, err);
    *offer = h.offer_record;
    handover_free(&h);
    node_held_free(&held);
    return rc;
}

int node_referral_erase(struct node *node, const struct id *report,
                        struct error *err)
{
    struct handover h;
    int rc = handover_look(node->ledger, &hash_function, node->keys.unit,
                           report, &h);

    if (rc != 0)
        rc = error_set(err, rc, "the database cannot be read");
    if (rc == 0 && h.offered && !h.erased) {
        struct referral_write write = {.record = h.offer_record,
                                       .fact = &h.offer,
                                       .flags = CHANGE_TOMBSTONE};

        rc = node_referral_write(node, &write, err);
    }
    handover_free(&h);
    return rc;
}

/* ---- finding */

struct finding {
    const struct node *node;
    const struct id *id;
    bool incoming;
    struct referral_fact *out;
    size_t count;
};

static int find_one(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct finding *f = who;
    struct referral_fact fact;
    bool ours = strcmp(row->home, f->node->keys.unit) == 0;

    if (entry == NULL || ours == f->incoming ||
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) != 0 ||
        fact.role != REFERRAL_OFFER ||
        (!id_equal(&row->id, f->id) && !id_equal(&fact.report, f->id)))
        return 0;
    *f->out = fact;
    f->count++;
    return 0;
}

int node_referral_find(struct node *node, const struct id *id, bool incoming,
                       struct referral_fact *out, struct error *err)
{
    struct finding f = {node, id, incoming, out, 0};
    int rc = ledger_records(node->ledger, KIND_REFERRAL, NULL, find_one, &f);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    if (f.count == 0)
        return error_set(err, ERR_MISSING,
                         "nothing was passed on to us under this id: see "
                         "`referral list`");
    if (f.count > 1)
        return error_set(err, ERR_CONFLICT,
                         "two communes have a report with this id: give the "
                         "id of the referral, see `referral list`");
    return 0;
}
