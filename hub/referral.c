#include "hub/referral.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/domain/text.h"
#include "hub/carry.h"
#include "hub/notices.h"
#include "hub/store_metrics.h"

enum { ALARM_OFFERED = 160 };

static const struct hash_function hash_function = {crypto_sha256};

/* ---- what the ledger asks */

int hub_referral_judge(struct hub *hub, const struct change *change,
                       struct error *err)
{
    return handover_judge(&hash_function, hub->arena, change, hub->keys.home,
                          err);
}

int hub_referral_judge_own(struct hub *hub, const struct change *change,
                           struct error *err)
{
    struct bytes fact = change->part[PART_FACT].bytes;
    struct carried_fact carried;
    struct unit_fact unit;

    (void)hub;
    return change->header.kind == KIND_CARRIED
               ? wire_carried_decode(&carried, fact, err)
               : wire_unit_decode(&unit, fact, err);
}

static const char *target_of(const struct referral_fact *fact)
{
    return fact->role == REFERRAL_OFFER ? fact->to : fact->report_home;
}

int hub_referral_apply(struct hub *hub, const struct change *change)
{
    const char *home = change->header.home;
    struct referral_fact fact;
    char id[ID_TEXT_BYTES];

    handover_due_add(&hub->due, home, &change->header.record);
    if (strcmp(home, hub->keys.home) == 0)
        return 0;
    if (wire_referral_decode(&fact, change->part[PART_FACT].bytes, NULL) != 0 ||
        fact.role != REFERRAL_OFFER || strcmp(fact.to, hub->keys.home) != 0 ||
        (change->header.flags & CHANGE_TOMBSTONE))
        return 0;
    log_info("referral.offered", "unit=%s report=%s", hub_unit_name(hub, home),
             id_text(id, &fact.report));
    hub_alarm(hub, home, ALARM_OFFERED,
              "%s passes a report on to the district: see `referral list`, "
              "then `referral accept` or `referral refuse`",
              hub_unit_name(hub, home));
    return 0;
}

int hub_referral_channel(const struct hub *hub, const struct change *change,
                         struct stream_name *out)
{
    struct bytes bytes = change->part[PART_FACT].bytes;
    struct carried_fact carried;
    struct referral_fact fact;

    if (change->header.kind == KIND_CARRIED) {
        if (wire_carried_decode(&carried, bytes, NULL) != 0)
            return ERR_INVALID;
        *out = strcmp(carried.to, HANDOVER_EVERYBODY) == 0
                   ? hub->all
                   : hub_unit_channel(hub, carried.to);
    } else {
        if (wire_referral_decode(&fact, bytes, NULL) != 0)
            return ERR_INVALID;
        *out = hub_unit_channel(hub, fact.report_home);
    }
    return stream_name_valid(out) ? 0 : ERR_INVALID;
}

/* ---- what we carried once comes back to us */

int hub_referral_adopted(struct hub *hub, const struct change *change,
                         bool *found, struct error *err)
{
    const struct part *part = change->part;
    struct wire_arena *arena;
    struct carried_fact fact;
    struct entry entry = {0};
    int rc = 0;

    if (change->header.kind != KIND_CARRIED ||
        part[PART_BODY].form != PART_WHOLE ||
        wire_carried_decode(&fact, part[PART_FACT].bytes, NULL) != 0 ||
        strcmp(fact.home, hub->keys.home) == 0)
        return 0;
    arena = wire_arena_new();
    if (wire_change_decode(&entry.change, arena, part[PART_BODY].bytes, NULL) ==
            0 &&
        handover_judge_carried(&hash_function, &fact, &entry.change, NULL) ==
            0) {
        entry.digest = fact.digest;
        rc = ledger_early(hub->ledger, &entry, wire_change_size(&entry.change),
                          err);
        *found = *found || rc == 0;
        /* its home may have erased it since */
        handover_due_add(&hub->due, fact.home, &fact.record);
    }
    wire_arena_free(&arena);
    return rc == ERR_EXISTS ? 0 : rc;
}

/* ---- carrying */

struct piece { /* one version of a referral's record */
    struct hash digest;
    uint64_t version;
    int64_t clock_ms;
    bool tombstone;
    bool proves; /* whoever it is carried to can see whose it is */
    char to[LIMIT_HOME];
    size_t offset, size; /* the change, in `bytes` */
};

struct pieces {
    char home[LIMIT_HOME];
    struct id record;
    struct referral_fact fact; /* of the newest */
    uint64_t state;            /* the state's version */
    bool final;
    struct piece *items;
    size_t count, room;
    struct buf bytes;
};

static int gather(void *who, const struct record_row *row,
                  const struct entry *entry)
{
    struct pieces *p = who;
    const struct change *c;
    struct referral_fact fact;
    struct piece *piece;

    if (entry == NULL || row->kind != KIND_REFERRAL)
        return 0;
    c = &entry->change;
    if (wire_referral_decode(&fact, c->part[PART_FACT].bytes, NULL) != 0)
        return 0;
    if (p->count == 0)
        p->fact = fact;
    p->state = row->version;
    p->final = row->final;
    if (p->count == p->room) {
        p->room = p->room == 0 ? 4 : p->room * 2;
        p->items = mem_grow(p->items, p->room, sizeof *p->items);
    }
    piece = &p->items[p->count++];
    memset(piece, 0, sizeof *piece);
    piece->digest = entry->digest;
    piece->version = c->header.version;
    piece->clock_ms = c->header.clock_ms;
    piece->tombstone = (c->header.flags & CHANGE_TOMBSTONE) != 0;
    piece->proves = c->is_signed;
    memcpy(piece->to, target_of(&fact), sizeof piece->to);
    piece->offset = p->bytes.size;
    wire_change_encode(&p->bytes, c);
    piece->size = p->bytes.size - piece->offset;
    return 0;
}

static void pieces_free(struct pieces *p)
{
    mem_free(&p->items);
    buf_free(&p->bytes);
}

/* Is this a commune that something can be carried to? */
static bool is_elsewhere(const struct hub *hub, const struct pieces *p,
                         const char *to)
{
    const struct unit *unit = roster_find(&hub->roster, to);

    return unit != NULL && strcmp(to, unit->key) == 0 &&
           strcmp(to, p->home) != 0;
}

static struct hub_carried carried_of(const struct pieces *p,
                                     const struct piece *piece, const char *to)
{
    return (struct hub_carried){.to = to,
                                .home = p->home,
                                .record = p->record,
                                .version = piece->version,
                                .clock_ms = piece->clock_ms,
                                .digest = piece->digest};
}

static int carry(struct hub *hub, const struct pieces *p,
                 const struct piece *piece, const char *to, struct error *err)
{
    struct hub_write write = {
        .version = 1,
        .body = bytes_of(p->bytes.data + piece->offset, piece->size),
        .has_body = true};
    struct hub_carried what = carried_of(p, piece, to);
    struct record_row row;
    int rc;

    if (!is_elsewhere(hub, p, to))
        return 0;
    rc = hub_carry_find(hub, &what, &write.record, &row);
    if (rc != 0 || row.kind != 0)
        return rc;
    rc = hub_carry_write(hub, &what, &write, err);
    if (rc == 0)
        log_info("referral.carried", "from=%s to=%s version=%llu",
                 hub_unit_name(hub, p->home), hub_unit_name(hub, to),
                 (unsigned long long)piece->version);
    return rc;
}

/* What carried words that were erased is erased itself. */
static int uncarry(struct hub *hub, const struct pieces *p,
                   const struct piece *piece, struct error *err)
{
    struct hub_write write = {.flags = CHANGE_TOMBSTONE};
    struct hub_carried what = carried_of(p, piece, piece->to);
    struct record_row row;
    int rc = hub_carry_find(hub, &what, &write.record, &row);

    if (rc != 0 || row.kind == 0 || row.final)
        return rc;
    write.version = row.version + 1;
    return hub_carry_write(hub, &what, &write, err);
}

/* To everybody who ever was sent words of it. */
static int carry_tombstone(struct hub *hub, const struct pieces *p,
                           const struct piece *piece, struct error *err)
{
    const struct roster *roster = &hub->roster;
    bool *told = mem_array(roster->count + 1, sizeof *told);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < p->count; i++) {
        const char *to = p->items[i].to;
        const struct unit *unit =
            is_elsewhere(hub, p, to) ? roster_find(roster, to) : NULL;

        if (unit == NULL || told[unit - roster->units])
            continue;
        told[unit - roster->units] = true;
        rc = carry(hub, p, piece, to, err);
    }
    mem_free(&told);
    return rc;
}

static bool comes_before(const struct piece *a, const struct piece *b)
{
    if (b == NULL || a->proves != b->proves)
        return b == NULL || a->proves;
    return a->version != b->version
               ? a->version < b->version
               : memcmp(&a->digest, &b->digest, sizeof a->digest) < 0;
}

/* The first one that a receiver can check is enough: it is final whatever comes
 * behind it. A machine may write thousands. */
static const struct piece *first_tombstone(const struct pieces *p)
{
    const struct piece *first = NULL;

    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].tombstone && comes_before(&p->items[i], first))
            first = &p->items[i];
    return first;
}

static int settle_erased(struct hub *hub, const struct pieces *p,
                         struct error *err)
{
    const struct piece *tombstone = first_tombstone(p);
    uint64_t erased = UINT64_MAX; /* what comes after it has no words */
    int rc = 0;

    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].tombstone && p->items[i].version < erased)
            erased = p->items[i].version;
    if (tombstone != NULL)
        rc = carry_tombstone(hub, p, tombstone, err);
    for (size_t i = 0; rc == 0 && i < p->count; i++) {
        const struct piece *piece = &p->items[i];

        if (piece->tombstone)
            continue;
        if (piece->version < erased)
            rc = uncarry(hub, p, piece, err);
        else if (piece->version == p->state)
            rc = carry(hub, p, piece, piece->to, err);
    }
    return rc;
}

/* ---- the district's own record of a report: its continuation */

static int note_version(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    uint64_t *most = who;

    (void)row;
    if (entry != NULL && entry->change.header.version > *most)
        *most = entry->change.header.version;
    return 0;
}

/* Its next version; `note` may be empty. */
static int write_continuation(struct hub *hub, const struct referral_fact *what,
                              uint32_t flags, struct bytes note,
                              struct error *err)
{
    struct stream_name channel = hub_unit_channel(hub, what->report_home);
    struct hub_write write = {.kind = KIND_REFERRAL,
                              .flags = CHANGE_EXPEDITED | flags,
                              .body = note,
                              .has_body = note.size > 0};
    struct buf fact = {0};
    int rc;

    write.record = handover_continuation_id(&hash_function, what->report_home,
                                            &what->report);
    rc = ledger_history(hub->ledger, hub->keys.home, &write.record,
                        note_version, &write.version);
    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    write.version++;
    wire_referral_encode(&fact, what);
    write.fact = buf_bytes(&fact);
    rc = hub_write(hub, &channel, &write, err);
    buf_free(&fact);
    return rc;
}

/* The sender erased the report: what was said in answer goes too. */
static int erase_answer(struct hub *hub, const struct pieces *p,
                        struct error *err)
{
    struct handover h;
    int rc;

    if (p->fact.role != REFERRAL_OFFER)
        return 0;
    rc = handover_look(hub->ledger, &hash_function, p->home, &p->fact.report,
                       &h);
    if (rc == 0 && h.continued && !h.continuation_erased &&
        strcmp(h.offer.to, hub->keys.home) == 0)
        rc = write_continuation(hub, &h.answer, CHANGE_TOMBSTONE,
                                bytes_of(NULL, 0), err);
    handover_free(&h);
    return rc;
}

/* ---- settling */

/* For the metrics, which cannot look at all of them. */
static int note_waiting(struct hub *hub, const struct referral_fact *fact)
{
    struct handover h;
    int rc = handover_look(hub->ledger, &hash_function, fact->report_home,
                           &fact->report, &h);

    if (rc == 0)
        rc = metrics_store_set_waiting(
            hub->metrics, fact->report_home, &fact->report,
            h.offered && h.stage == REFERRAL_STAGE_WAITING, h.offer.at_ms);
    handover_free(&h);
    return rc == ERR_DAMAGED ? 0 : rc; /* the answer rotted: fetched again */
}

static int settle_one(struct hub *hub, const struct handover_key *key,
                      struct error *err)
{
    struct pieces p = {.record = key->record};
    struct record_row row = {0};
    int rc;

    memcpy(p.home, key->home, sizeof p.home);
    rc = ledger_record(hub->ledger, key->home, &key->record, &row, gather, &p);
    if (rc == 0 && row.kind == KIND_NOTICE)
        return hub_notices_carry(hub, key, err);
    if (rc == 0 && p.count > 0)
        rc = note_waiting(hub, &p.fact);
    if (strcmp(p.home, hub->keys.home) == 0) { /* written where it belongs */
        pieces_free(&p);
        return rc == ERR_MISSING ? 0 : rc;
    }
    if (rc == 0 && p.count > 0 && !p.final)
        rc = carry(hub, &p, &p.items[0], p.items[0].to, err);
    if (rc == 0 && p.final) {
        p.count = 0;
        buf_clear(&p.bytes);
        rc = ledger_history(hub->ledger, key->home, &key->record, gather, &p);
        if (rc == 0)
            rc = settle_erased(hub, &p, err);
        if (rc == 0)
            rc = erase_answer(hub, &p, err);
    }
    pieces_free(&p);
    return rc == ERR_MISSING ? 0 : rc;
}

int hub_referral_settle(struct hub *hub, struct error *err)
{
    struct error why = {""};
    int rc = 0;

    handover_due_once(&hub->due); /* a batch may hold thousands of one */
    for (size_t i = 0; rc == 0 && i < hub->due.count; i++) {
        const struct handover_key key = hub->due.keys[i];

        rc = settle_one(hub, &key, &why);
        if (rc == 0 || db_must_roll_back(hub_store_db(hub->store), rc))
            continue;
        log_error("referral.not_carried", "unit=%s reason=\"%s\"", key.home,
                  why.text);
        rc = 0; /* one bad record holds nothing else back */
    }
    if (rc != 0)
        return error_set(err, rc, "%s", why.text);
    handover_due_clear(&hub->due);
    return 0;
}

static int add_due(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct hub *hub = who;

    (void)entry;
    if (strcmp(row->home, hub->keys.home) != 0)
        handover_due_add(&hub->due, row->home, &row->id);
    return 0;
}

int hub_referral_look_over(struct hub *hub)
{
    int rc = metrics_store_clear_waiting(hub->metrics);

    if (rc == 0)
        rc = ledger_records(hub->ledger, KIND_REFERRAL, NULL, add_due, hub);
    return rc != 0
               ? rc
               : ledger_records(hub->ledger, KIND_NOTICE, NULL, add_due, hub);
}

/* ---- by whichever id people have */

struct visiting {
    struct hub *hub;
    int (*each)(void *who, const struct record_row *row,
                const struct entry *entry, const struct referral_fact *fact);
    void *who;
    int stop;
};

static int visit_offer(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct visiting *v = who;
    struct referral_fact fact;

    if (entry == NULL || row->kind != KIND_REFERRAL ||
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) != 0 ||
        fact.role != REFERRAL_OFFER)
        return 0;
    return v->stop = v->each(v->who, row, entry, &fact);
}

static int visit(struct visiting *v, const char *home, const struct id *id)
{
    int rc = ledger_record(v->hub->ledger, home, id, NULL, visit_offer, v);

    return v->stop != 0                             ? v->stop
           : rc == ERR_MISSING || rc == ERR_DAMAGED ? 0
                                                    : rc;
}

static int visit_report(struct visiting *v, const char *home,
                        const struct id *report)
{
    struct id offer = handover_offer_id(&hash_function, home, report);

    return visit(v, home, &offer);
}

static int add_named(void *who, const struct record_row *row)
{
    handover_due_add(who, row->home, &row->id);
    return 0;
}

static bool is_named(const struct handover_due *named, const char *home)
{
    for (size_t i = 0; i < named->count; i++)
        if (strcmp(named->keys[i].home, home) == 0)
            return true;
    return false;
}

int hub_referral_offers(struct hub *hub, const struct id *id,
                        int (*each)(void *who, const struct record_row *row,
                                    const struct entry *entry,
                                    const struct referral_fact *fact),
                        void *who)
{
    const struct roster *roster = &hub->roster;
    struct visiting v = {hub, each, who, 0};
    struct handover_due named = {NULL, 0, 0};
    int rc = ledger_records_named(hub->ledger, id, add_named, &named);

    for (size_t i = 0; rc == 0 && i < named.count; i++)
        if ((rc = visit(&v, named.keys[i].home, id)) == 0)
            rc = visit_report(&v, named.keys[i].home, id);
    /* an offer may be here before its report */
    for (size_t i = 0; rc == 0 && i < roster->count; i++)
        if (!is_named(&named, roster->units[i].key))
            rc = visit_report(&v, roster->units[i].key, id);
    handover_due_free(&named);
    return rc > 0 ? 0 : rc;
}

struct finding {
    struct referral_fact *out;
    size_t count;
};

static int find_one(void *who, const struct record_row *row,
                    const struct entry *entry, const struct referral_fact *fact)
{
    struct finding *f = who;

    (void)row;
    (void)entry;
    *f->out = *fact;
    f->count++;
    return 0;
}

int hub_referral_find(struct hub *hub, const struct id *id,
                      struct referral_fact *out, struct error *err)
{
    struct finding f = {out, 0};
    int rc = hub_referral_offers(hub, id, find_one, &f);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    if (f.count == 0)
        return error_set(err, ERR_MISSING,
                         "nothing was passed on under this id: see `referral "
                         "list`");
    if (f.count > 1)
        return error_set(err, ERR_CONFLICT,
                         "two communes have a report with this id: give the "
                         "id of the referral, see `referral list`");
    return 0;
}

/* ---- answering */

/* The reason in NFC. */
static int clean_text(const struct hub_answer *order, struct buf *out,
                      struct error *err)
{
    bool wanted =
        order->answer == REFERRAL_REFUSED || order->answer == REFERRAL_RETURNED;
    const char *text = order->text == NULL ? "" : order->text;

    if (text_nfc(out, bytes_of_text(text)) != 0 ||
        !text_is_clean(buf_bytes(out)))
        return error_set(err, ERR_INVALID,
                         "the reason is not plain text in UTF-8");
    if (out->size > REPORT_NOTE_LIMIT)
        return error_set(err, ERR_INVALID, "the reason is longer than %d bytes",
                         REPORT_NOTE_LIMIT);
    if (wanted && text_is_blank(buf_bytes(out)))
        return error_set(err, ERR_INVALID,
                         "--reason: say why; the commune will read it");
    return 0;
}

static int check_answer(struct hub *hub, const struct handover *h, int answer,
                        struct error *err)
{
    if (strcmp(h->offer.to, hub->keys.home) != 0)
        return error_set(err, ERR_REFUSED,
                         "this was offered to %s, only they can answer",
                         hub_unit_name(hub, h->offer.to));
    if (h->erased && answer == REFERRAL_ACCEPTED)
        return error_set(err, ERR_REFUSED, "%s has erased this report",
                         hub_unit_name(hub, h->offer.report_home));
    return referral_check_answer(h->stage, answer, err);
}

static int answer(struct hub *hub, const struct hub_answer *order,
                  const struct handover *h, struct error *err)
{
    struct referral_fact what = {.role = REFERRAL_CONTINUATION,
                                 .report = h->offer.report,
                                 .offer = h->offer.offer,
                                 .at_ms = hub->wall_ms,
                                 .answer = order->answer};
    struct buf text = {0}, body = {0};
    struct report_note note = {hub->wall_ms, order->by, ""};
    int rc = check_answer(hub, h, order->answer, err);

    if (rc == 0)
        rc = clean_text(order, &text, err);
    if (rc == 0) {
        memcpy(what.report_home, h->offer.report_home, sizeof what.report_home);
        note.text = buf_text(&text);
        if (!h->erased)
            wire_note_encode(&body, &note);
        rc = write_continuation(hub, &what, 0, buf_bytes(&body), err);
    }
    buf_free(&text);
    buf_free(&body);
    return rc;
}

int hub_referral_answer(struct hub *hub, const struct hub_answer *order,
                        struct error *err)
{
    struct referral_fact offer;
    struct handover h;
    int rc = hub_referral_find(hub, &order->id, &offer, err);

    if (rc != 0)
        return rc;
    rc = handover_look(hub->ledger, &hash_function, offer.report_home,
                       &offer.report, &h);
    if (rc != 0)
        (void)error_set(err, rc, "the database cannot be read");
    else
        rc = answer(hub, order, &h, err);
    handover_free(&h);
    return rc;
}
