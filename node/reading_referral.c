#include "node/reading_referral.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "node/referral.h"
#include "node/units.h"

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

/* ---- one referral */

/* Whose it is, in a sentence. */
static void set_words(struct json *out, const struct handover *h, bool ours,
                      const struct unit_fact *other)
{
    static const char *const sent[REFERRAL_STAGE_END] = {
        [REFERRAL_STAGE_NONE] = "",
        [REFERRAL_STAGE_WAITING] =
            "offered to %s on %s, waits for its answer: frozen here",
        [REFERRAL_STAGE_ACCEPTED] = "%s has it since %s: frozen here",
        [REFERRAL_STAGE_REFUSED] = "%s refused it on %s: it is ours",
        [REFERRAL_STAGE_RETURNED] = "%s returned it on %s: it is ours",
        [REFERRAL_STAGE_DONE] = "%s dealt with it on %s: ours to close",
    };
    static const char *const got[REFERRAL_STAGE_END] = {
        [REFERRAL_STAGE_NONE] = "",
        [REFERRAL_STAGE_WAITING] = "offered by %s on %s: accept or refuse it",
        [REFERRAL_STAGE_ACCEPTED] = "taken over from %s on %s: it is ours",
        [REFERRAL_STAGE_REFUSED] = "it stays with %s: refused on %s",
        [REFERRAL_STAGE_RETURNED] = "back with %s: returned on %s",
        [REFERRAL_STAGE_DONE] = "back with %s: done on %s",
    };
    int64_t at =
        h->stage == REFERRAL_STAGE_WAITING ? h->offer.at_ms : h->answer.at_ms;
    char when[24], text[400] = "";
    struct buf words = {0};
    const char *form = ours ? sent[h->stage] : got[h->stage];
    const char *name = strstr(form, "%s");

    /* the two places of the form are the name, then the time */
    if (name != NULL) {
        const char *time = strstr(name + 2, "%s");

        buf_printf(&words, "%.*s%s%.*s%s%s", (int)(name - form), form,
                   other->name, (int)(time - name - 2), name + 2,
                   node_referral_time(when, at), time + 2);
        (void)snprintf(text, sizeof text, "%s", buf_text(&words));
    }
    buf_free(&words);
    json_set_text(out, "words", text);
}

static void set_answer(struct node *node, struct json *out,
                       const struct handover *h)
{
    bool answered = h->stage > REFERRAL_STAGE_WAITING;
    struct report_note note = {0, NULL, NULL};

    set_time(out, "answered", answered ? h->answer.at_ms : 0);
    wire_arena_clear(node->arena);
    if (answered && h->note.size > 0)
        (void)wire_note_decode(&note, node->arena, buf_bytes(&h->note), NULL);
    json_set_text(out, "by", note.by);
    json_set_text(out, "reason",
                  note.text != NULL && note.text[0] != '\0' ? note.text : NULL);
}

static void set_report(struct node *node, struct json *out,
                       const struct handover *h)
{
    struct report_body body;
    const char *text = NULL;

    json_set_text(out, "category", h->offer.what.category->code);
    json_set_flag(out, "urgent", h->offer.what.urgent);
    json_set_text(out, "village",
                  h->offer.what.village[0] ? h->offer.what.village : NULL);
    set_time(out, "received", h->offer.what.received_ms);
    wire_arena_clear(node->arena);
    if (h->has_words &&
        wire_report_body_decode(&body, node->arena, buf_bytes(&h->words),
                                NULL) == 0)
        text = body.text;
    json_set_text(out, "text", text);
    json_set_flag(out, "erased", h->erased);
}

static struct json *referral_json(struct node *node, const struct handover *h)
{
    bool ours = strcmp(h->offer.report_home, node->keys.unit) == 0;
    bool theirs = referral_owner(h->stage) == REFERRAL_RECEIVER;
    struct json *out = json_object_new();
    struct unit_fact other, owner;
    struct id copy;

    node_units_name(node, ours ? h->offer.to : h->offer.report_home, &other);
    node_units_name(node, theirs ? h->offer.to : h->offer.report_home, &owner);
    set_id(out, "id", &h->offer_record);
    json_set_text(out, "direction", ours ? "out" : "in");
    json_set_text(out, "unit", other.slug);
    set_id(out, "report", &h->offer.report);
    if (!ours && h->continued && h->stage != REFERRAL_STAGE_REFUSED) {
        copy = handover_copy_id(&hash_function, h->offer.report_home,
                                &h->offer.report);
        set_id(out, "copy", &copy);
    } else {
        json_set_null(out, "copy");
    }
    json_set_text(out, "stage", referral_stage_text(h->stage));
    json_set_text(out, "owner", owner.slug);
    json_set_i64(out, "offer", (int64_t)h->offer.offer);
    set_time(out, "offered", h->offer.at_ms);
    set_answer(node, out, h);
    set_report(node, out, h);
    set_words(out, h, ours, &other);
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

struct json *node_reading_referrals(struct node *node)
{
    struct json *out = json_array_new();
    struct handover_due names = {NULL, 0, 0}; /* home and report */

    (void)ledger_records(node->ledger, KIND_REFERRAL, NULL, add_name, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct handover h;

        if (handover_look(node->ledger, &hash_function, names.keys[i].home,
                          &names.keys[i].record, &h) == 0 &&
            h.offered)
            json_add(out, referral_json(node, &h));
        handover_free(&h);
    }
    handover_due_free(&names);
    return out;
}

/* ---- the history of one */

struct event {
    int64_t at_ms;
    uint64_t order; /* among those of one moment */
    const char *what;
    char unit[LIMIT_HOME];
    char *by, *reason; /* owned, may be NULL */
};

struct events {
    struct node *node;
    struct event *items;
    size_t count, room;
};

static struct event *new_event(struct events *e,
                               const struct referral_fact *fact)
{
    struct event *event;

    if (e->count == e->room) {
        e->room = e->room == 0 ? 8 : e->room * 2;
        e->items = mem_grow(e->items, e->room, sizeof *e->items);
    }
    event = &e->items[e->count++];
    memset(event, 0, sizeof *event);
    event->at_ms = fact->at_ms;
    event->order = fact->offer * REFERRAL_ANSWER_END + (uint64_t)fact->answer;
    return event;
}

static int add_event(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct events *e = who;
    const struct part *body;
    struct referral_fact fact;
    struct report_note note;
    struct event *event;

    if (entry == NULL || (entry->change.header.flags & CHANGE_TOMBSTONE) ||
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) != 0)
        return 0;
    event = new_event(e, &fact);
    body = &entry->change.part[PART_BODY];
    if (fact.role == REFERRAL_OFFER) {
        event->what = "offered";
        memcpy(event->unit, fact.to, sizeof event->unit);
        return 0;
    }
    event->what = referral_stage_text(referral_stage_after(fact.answer));
    memcpy(event->unit, row->home, sizeof event->unit);
    wire_arena_clear(e->node->arena);
    if (body->form == PART_WHOLE &&
        wire_note_decode(&note, e->node->arena, body->bytes, NULL) == 0) {
        event->by = note.by[0] != '\0' ? mem_text(note.by) : NULL;
        event->reason = note.text[0] != '\0' ? mem_text(note.text) : NULL;
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms;
}

static void events_json(struct events *e, struct json *out)
{
    struct json *list = json_array_new();

    if (e->count > 0)
        qsort(e->items, e->count, sizeof *e->items, by_time);
    for (size_t i = 0; i < e->count; i++) {
        struct event *event = &e->items[i];
        struct json *one = json_object_new();
        struct unit_fact unit;

        node_units_name(e->node, event->unit, &unit);
        set_time(one, "at", event->at_ms);
        json_set_text(one, "what", event->what);
        json_set_text(one, "unit", unit.slug);
        json_set_text(one, "by", event->by);
        json_set_text(one, "reason", event->reason);
        json_add(list, one);
        mem_free(&event->by);
        mem_free(&event->reason);
    }
    json_set(out, "passed_on", list);
    mem_free(&e->items);
}

/* Offers, and the answers of everybody they were made to. */
static void set_events(struct node *node, const struct handover *h,
                       struct json *out)
{
    struct events e = {node, NULL, 0, 0};
    size_t offers;

    (void)ledger_history(node->ledger, h->offer.report_home, &h->offer_record,
                         add_event, &e);
    offers = e.count;
    for (size_t i = 0; i < offers; i++) {
        char unit[LIMIT_HOME];
        bool first = true;

        memcpy(unit, e.items[i].unit, sizeof unit);
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(e.items[k].unit, unit) != 0;
        if (first)
            (void)ledger_history(node->ledger, unit, &h->continuation,
                                 add_event, &e);
    }
    events_json(&e, out);
}

void node_reading_passed_on(struct node *node, const struct id *report,
                            const struct report_fact *fact, struct json *out)
{
    bool ours = fact->continues_home[0] == '\0';
    struct unit_fact from;
    struct handover h;

    if (handover_look(node->ledger, &hash_function,
                      ours ? node->keys.unit : fact->continues_home,
                      ours ? report : &fact->continues_record, &h) == 0 &&
        h.offered) {
        json_set(out, "referral", referral_json(node, &h));
        set_events(node, &h, out);
    }
    if (!ours) {
        struct json *one = json_object_new();

        node_units_name(node, fact->continues_home, &from);
        json_set_text(one, "unit", from.slug);
        set_id(one, "report", &fact->continues_record);
        json_set(out, "continues", one);
    }
    handover_free(&h);
}
