#include "hub/reading_referral.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "hub/referral.h"

static const struct hash_function hash_function = {crypto_sha256};

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

/* The hub itself is the district. */
static const char *name_of(const struct hub *hub, const char *home)
{
    return strcmp(home, hub->keys.home) == 0 ? "district"
                                             : hub_unit_name(hub, home);
}

/* ---- one referral */

static void set_answer(struct hub *hub, struct json *out,
                       const struct handover *h)
{
    bool answered = h->stage > REFERRAL_STAGE_WAITING;
    struct report_note note = {0, NULL, NULL};

    set_time(out, "answered", answered ? h->answer.at_ms : 0);
    wire_arena_clear(hub->arena);
    if (answered && h->note.size > 0)
        (void)wire_note_decode(&note, hub->arena, buf_bytes(&h->note), NULL);
    json_set_text(out, "by", note.by);
    json_set_text(out, "reason",
                  note.text != NULL && note.text[0] != '\0' ? note.text : NULL);
}

static void set_words(struct hub *hub, struct json *out,
                      const struct handover *h)
{
    const char *from = name_of(hub, h->offer.report_home);
    const char *to = name_of(hub, h->offer.to);
    struct buf words = {0};

    switch (h->stage) {
    case REFERRAL_STAGE_WAITING:
        buf_printf(&words, "%s offers it to %s, which has not answered", from,
                   to);
        break;
    case REFERRAL_STAGE_ACCEPTED:
        buf_printf(&words, "%s took it over from %s: it is theirs", to, from);
        break;
    case REFERRAL_STAGE_REFUSED:
    case REFERRAL_STAGE_RETURNED:
    case REFERRAL_STAGE_DONE:
        buf_printf(&words, "%s: by %s; it is with %s",
                   referral_stage_text(h->stage), to, from);
        break;
    case REFERRAL_STAGE_NONE:
    case REFERRAL_STAGE_END:
        break;
    }
    json_set_text(out, "words", buf_text(&words));
    buf_free(&words);
}

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

static void set_report(struct hub *hub, struct json *out,
                       const struct handover *h, bool whole)
{
    struct report_body body = {.text = NULL, .place = ""};

    json_set_text(out, "category", h->offer.what.category->code);
    json_set_flag(out, "urgent", h->offer.what.urgent);
    json_set_text(out, "village",
                  h->offer.what.village[0] ? h->offer.what.village : NULL);
    set_time(out, "received", h->offer.what.received_ms);
    json_set_flag(out, "erased", h->erased);
    wire_arena_clear(hub->arena);
    if (h->has_words && wire_report_body_decode(
                            &body, hub->arena, buf_bytes(&h->words), NULL) != 0)
        body = (struct report_body){.text = NULL, .place = ""};
    json_set_text(out, "text", body.text);
    if (!whole)
        return;
    json_set_text(out, "place", body.place[0] != '\0' ? body.place : NULL);
    set_time(out, "occurred", body.occurred_ms);
    if (body.has_point) {
        json_set_real(out, "lat", body.lat);
        json_set_real(out, "lon", body.lon);
    }
    set_notes(out, &body);
}

static struct json *referral_json(struct hub *hub, const struct handover *h,
                                  bool whole)
{
    bool theirs = referral_owner(h->stage) == REFERRAL_RECEIVER;
    struct json *out = json_object_new();

    set_id(out, "id", &h->offer_record);
    json_set_text(out, "unit", name_of(hub, h->offer.report_home));
    json_set_text(out, "to", name_of(hub, h->offer.to));
    set_id(out, "report", &h->offer.report);
    json_set_text(out, "stage", referral_stage_text(h->stage));
    json_set_text(out, "owner",
                  name_of(hub, theirs ? h->offer.to : h->offer.report_home));
    json_set_i64(out, "offer", (int64_t)h->offer.offer);
    set_time(out, "offered", h->offer.at_ms);
    set_answer(hub, out, h);
    set_report(hub, out, h, whole);
    set_words(hub, out, h);
    return out;
}

/* ---- all of them */

static int add_name(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct handover_due *names = who;
    struct referral_fact fact;

    (void)row;
    if (entry != NULL &&
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) == 0 &&
        fact.role == REFERRAL_OFFER)
        handover_due_add(names, fact.report_home, &fact.report);
    return 0;
}

static void each_referral(struct hub *hub,
                          void (*each)(void *who, const struct handover *h),
                          void *who)
{
    struct handover_due names = {NULL, 0, 0}; /* home and report */

    (void)ledger_records(hub->ledger, KIND_REFERRAL, NULL, add_name, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct handover h;

        if (handover_look(hub->ledger, &hash_function, names.keys[i].home,
                          &names.keys[i].record, &h) == 0 &&
            h.offered)
            each(who, &h);
        handover_free(&h);
    }
    handover_due_free(&names);
}

struct listing {
    struct hub *hub;
    struct json *out;
};

static void add_referral(void *who, const struct handover *h)
{
    struct listing *l = who;

    json_add(l->out, referral_json(l->hub, h, false));
}

struct json *hub_reading_referrals(struct hub *hub)
{
    struct listing l = {hub, json_array_new()};

    each_referral(hub, add_referral, &l);
    return l.out;
}

struct json *hub_reading_referral(struct hub *hub, const char *word,
                                  struct error *err)
{
    struct referral_fact offer;
    struct json *out = NULL;
    struct handover h;
    struct id id;

    if (!id_parse(&id, word)) {
        (void)error_set(err, ERR_INVALID, "\"%s\" is not the id of a referral",
                        word);
        return NULL;
    }
    if (hub_referral_find(hub, &id, &offer, err) != 0)
        return NULL;
    if (handover_look(hub->ledger, &hash_function, offer.report_home,
                      &offer.report, &h) == 0 &&
        h.offered)
        out = referral_json(hub, &h, true);
    else
        (void)error_set(err, ERR_DAMAGED, "this cannot be read: run `verify`");
    handover_free(&h);
    return out;
}

/* ---- words for the list of reports */

bool hub_reading_words_of(struct hub *hub, const char *home,
                          const struct id *report, struct json *out)
{
    struct report_body body;
    struct handover h;
    bool found = false;

    if (handover_look(hub->ledger, &hash_function, home, report, &h) == 0 &&
        h.offered && h.has_words) {
        wire_arena_clear(hub->arena);
        found = wire_report_body_decode(&body, hub->arena, buf_bytes(&h.words),
                                        NULL) == 0;
        if (found)
            json_set_text(out, "text", body.text);
    }
    handover_free(&h);
    return found;
}

struct referred {
    struct passed {
        char home[LIMIT_HOME];
        struct id report;
        char *text; /* owned */
    } * items;
    size_t count, room;
    struct hub *hub;
};

static void add_passed(void *who, const struct handover *h)
{
    struct referred *r = who;
    struct report_body body;
    struct passed *one;

    wire_arena_clear(r->hub->arena);
    if (!h->has_words ||
        wire_report_body_decode(&body, r->hub->arena, buf_bytes(&h->words),
                                NULL) != 0)
        return;
    if (r->count == r->room) {
        r->room = r->room == 0 ? 16 : r->room * 2;
        r->items = mem_grow(r->items, r->room, sizeof *r->items);
    }
    one = &r->items[r->count++];
    memcpy(one->home, h->offer.report_home, sizeof one->home);
    one->report = h->offer.report;
    one->text = mem_text(body.text);
}

static int compare(const void *a, const void *b)
{
    const struct passed *x = a, *y = b;
    int order = id_compare(&x->report, &y->report);

    return order != 0 ? order : strcmp(x->home, y->home);
}

struct referred *hub_reading_referred(struct hub *hub)
{
    struct referred *r = mem_new(sizeof *r);

    r->hub = hub;
    each_referral(hub, add_passed, r);
    if (r->count > 0)
        qsort(r->items, r->count, sizeof *r->items, compare);
    return r;
}

void hub_reading_referred_free(struct referred **referred)
{
    struct referred *r = *referred;

    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        mem_free(&r->items[i].text);
    mem_free(&r->items);
    mem_free(referred);
}

void hub_reading_words(const struct referred *referred, const char *home,
                       const struct id *report, struct json *out)
{
    const struct passed *found;
    struct passed key = {.report = *report, .text = NULL};

    if (referred->count == 0)
        return;
    memcpy(key.home, home, strnlen(home, sizeof key.home - 1));
    found = bsearch(&key, referred->items, referred->count,
                    sizeof *referred->items, compare);
    if (found != NULL)
        json_set_text(out, "text", found->text);
}
