#include "common/peer/handover.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

/* ---- ids */

static struct hash hash_named(const struct hash_function *f, const char *domain,
                              const char *name, struct bytes rest)
{
    struct bytes pieces[] = {bytes_of_text(domain), bytes_of_text(name),
                             bytes_of_text("\n"), rest};

    return f->sha256(pieces, sizeof pieces / sizeof *pieces);
}

static struct id derive(const struct hash_function *f, const char *domain,
                        const char *home, const struct id *report)
{
    struct hash hash = hash_named(
        f, domain, home, bytes_of(report->bytes, sizeof report->bytes));

    return id_derive(&hash);
}

struct id handover_offer_id(const struct hash_function *f, const char *home,
                            const struct id *report)
{
    return derive(f, "lienxa offer 1\n", home, report);
}

struct id handover_continuation_id(const struct hash_function *f,
                                   const char *home, const struct id *report)
{
    return derive(f, "lienxa continuation 1\n", home, report);
}

struct id handover_copy_id(const struct hash_function *f, const char *home,
                           const struct id *report)
{
    return derive(f, "lienxa working copy 1\n", home, report);
}

struct id handover_carried_id(const struct hash_function *f, const char *to,
                              const struct hash *digest)
{
    struct hash hash =
        hash_named(f, "lienxa carried 1\n", to,
                   bytes_of(digest->bytes, sizeof digest->bytes));

    return id_derive(&hash);
}

void handover_carried_salt(const struct hash_function *f, int part,
                           const char *to, const struct hash *digest,
                           uint8_t out[16])
{
    static const char *const domains[PART_COUNT] = {
        [PART_FACT] = "lienxa carried fact 1\n",
        [PART_BODY] = "lienxa carried body 1\n",
        [PART_VAULT] = "lienxa carried vault 1\n",
    };
    struct hash hash = hash_named(
        f, domains[part], to, bytes_of(digest->bytes, sizeof digest->bytes));

    memcpy(out, hash.bytes, 16);
}

/* ---- judging */

static int judge_offer(const struct hash_function *f, const struct change *c,
                       const struct referral_fact *fact, const char *hub,
                       struct error *err)
{
    struct id id = handover_offer_id(f, fact->report_home, &fact->report);

    if (strcmp(c->header.home, hub) == 0 ||
        strcmp(fact->report_home, c->header.home) != 0)
        return error_set(err, ERR_REFUSED,
                         "an offer of a report that is another's");
    if (strcmp(fact->to, c->header.home) == 0)
        return error_set(err, ERR_REFUSED, "an offer to its own commune");
    if (!id_equal(&id, &c->header.record))
        return error_set(err, ERR_INVALID,
                         "an offer under another id than that of its report");
    return 0;
}

static int judge_answer(const struct hash_function *f, const struct change *c,
                        const struct referral_fact *fact, struct error *err)
{
    struct id id =
        handover_continuation_id(f, fact->report_home, &fact->report);

    if (strcmp(fact->report_home, c->header.home) == 0)
        return error_set(err, ERR_REFUSED, "an answer to its own offer");
    if (!id_equal(&id, &c->header.record))
        return error_set(err, ERR_INVALID,
                         "an answer under another id than that of its report");
    return 0;
}

static int judge_body(struct wire_arena *arena, const struct part *body,
                      int role, struct error *err)
{
    struct report_body words;
    struct report_note note;

    if (body->form != PART_WHOLE)
        return 0;
    wire_arena_clear(arena);
    return role == REFERRAL_OFFER
               ? wire_report_body_decode(&words, arena, body->bytes, err)
               : wire_note_decode(&note, arena, body->bytes, err);
}

int handover_judge(const struct hash_function *f, struct wire_arena *arena,
                   const struct change *change, const char *hub,
                   struct error *err)
{
    const struct part *part = change->part;
    struct referral_fact fact;
    int rc;

    if (part[PART_FACT].form != PART_WHOLE)
        return error_set(err, ERR_INVALID, "a referral without its fact");
    if (part[PART_VAULT].form != PART_ABSENT)
        return error_set(err, ERR_REFUSED, "a referral with a sealed part");
    if (!(change->header.flags & CHANGE_EXPEDITED) || !change->is_signed)
        return error_set(err, ERR_REFUSED, "a referral that proves nothing");
    if ((rc = wire_referral_decode(&fact, part[PART_FACT].bytes, err)) != 0)
        return rc;
    rc = fact.role == REFERRAL_OFFER ? judge_offer(f, change, &fact, hub, err)
                                     : judge_answer(f, change, &fact, err);
    return rc != 0 ? rc : judge_body(arena, &part[PART_BODY], fact.role, err);
}

int handover_judge_carried(const struct hash_function *f,
                           const struct carried_fact *fact,
                           const struct change *inner, struct error *err)
{
    const struct change_header *h = &inner->header;
    struct hash digest = change_digest(f, inner);

    if (strcmp(h->home, fact->home) != 0 ||
        !id_equal(&h->record, &fact->record) || h->version != fact->version ||
        !hash_equal(&digest, &fact->digest))
        return error_set(err, ERR_INVALID,
                         "what is carried is not what it is said to be");
    if (h->kind != (strcmp(fact->to, HANDOVER_EVERYBODY) == 0 ? KIND_NOTICE
                                                              : KIND_REFERRAL))
        return error_set(err, ERR_REFUSED,
                         "kind %u is not carried between communes", h->kind);
    if (!inner->is_signed)
        return error_set(err, ERR_REFUSED, "what is carried is not signed");
    return 0;
}

/* ---- looking */

struct looking {
    struct referral_fact *fact;
    uint64_t *version;
    bool *final, *there;
    struct buf *body;
    bool has_body;
};

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    struct looking *l = who;
    const struct part *body;

    if (entry == NULL || row->kind != KIND_REFERRAL ||
        wire_referral_decode(l->fact, entry->change.part[PART_FACT].bytes,
                             NULL) != 0)
        return 0;
    *l->there = true;
    *l->version = row->version;
    *l->final = row->final;
    body = &entry->change.part[PART_BODY];
    l->has_body = body->form == PART_WHOLE;
    if (l->has_body)
        buf_add_bytes(l->body, body->bytes);
    return 0;
}

static int look(struct ledger *ledger, const char *home,
                const struct id *record, struct looking *l)
{
    int rc = ledger_record(ledger, home, record, NULL, see, l);

    return rc == ERR_MISSING ? 0 : rc;
}

int handover_look(struct ledger *ledger, const struct hash_function *f,
                  const char *home, const struct id *report,
                  struct handover *out)
{
    struct referral r = {0};
    struct looking offer = {.fact = &out->offer,
                            .version = &out->offer_version,
                            .final = &out->erased,
                            .there = &out->offered,
                            .body = &out->words};
    struct looking answer = {.fact = &out->answer,
                             .version = &out->continuation_version,
                             .final = &out->continuation_erased,
                             .there = &out->continued,
                             .body = &out->note};
    int rc;

    memset(out, 0, sizeof *out);
    out->offer_record = handover_offer_id(f, home, report);
    out->continuation = handover_continuation_id(f, home, report);
    if ((rc = look(ledger, home, &out->offer_record, &offer)) != 0 ||
        !out->offered)
        return rc;
    out->has_words = offer.has_body;
    rc = look(ledger, out->offer.to, &out->continuation, &answer);
    r.offer = out->offer.offer;
    if (out->continued) {
        r.answered = out->answer.offer;
        r.answer = out->answer.answer;
    }
    out->stage = referral_stage(&r);
    return rc;
}

void handover_free(struct handover *h)
{
    buf_free(&h->words);
    buf_free(&h->note);
}

/* ---- what is due */

void handover_due_add(struct handover_due *due, const char *home,
                      const struct id *record)
{
    struct handover_key *key;

    if (due->count == due->room) {
        due->room = due->room == 0 ? 16 : due->room * 2;
        due->keys = mem_grow(due->keys, due->room, sizeof *due->keys);
    }
    key = &due->keys[due->count++];
    memset(key, 0, sizeof *key);
    memcpy(key->home, home, strnlen(home, sizeof key->home - 1));
    key->record = *record;
}

static int compare_keys(const struct handover_key *a,
                        const struct handover_key *b)
{
    int order = strcmp(a->home, b->home);

    return order != 0 ? order : id_compare(&a->record, &b->record);
}

static int compare_places(const void *a, const void *b)
{
    const struct handover_key *left = *(const struct handover_key *const *)a;
    const struct handover_key *right = *(const struct handover_key *const *)b;
    int order = compare_keys(left, right);

    return order != 0 ? order : left < right ? -1 : 1;
}

void handover_due_once(struct handover_due *due)
{
    struct handover_key **places = mem_array(due->count + 1, sizeof *places);
    bool *again = mem_array(due->count + 1, sizeof *again);
    size_t kept = 0;

    for (size_t i = 0; i < due->count; i++)
        places[i] = &due->keys[i];
    qsort(places, due->count, sizeof *places, compare_places);
    for (size_t i = 1; i < due->count; i++)
        again[places[i] - due->keys] =
            compare_keys(places[i - 1], places[i]) == 0;
    for (size_t i = 0; i < due->count; i++)
        if (!again[i])
            due->keys[kept++] = due->keys[i];
    due->count = kept;
    mem_free(&places);
    mem_free(&again);
}

void handover_due_clear(struct handover_due *due) { due->count = 0; }

void handover_due_free(struct handover_due *due) { mem_free(&due->keys); }
