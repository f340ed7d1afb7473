/* node/read_report.c - one report, for its page: everything that `report show`
 * says, who did what, what can be done next, by when, and what is like it
 * (node/read.h). */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/domain/fold.h"
#include "node/held.h"
#include "node/read.h"
#include "node/reading.h"
#include "node/referral.h"

enum {
    NEAR_MS = 3 * 86400000, /* so near in time may be the same */
    NEAR_ROWS = 150,        /* looked at */
    SIMILAR_ROWS = 5,
    SIMILAR_WORDS = 400 /* of a report that are compared */
};

struct page {
    struct node *node;
    const struct node_query *q;
    struct id id;
    struct held_report held;
    struct json *out;
    struct note { /* as many as the body has */
        int64_t at_ms;
        char *by, *text;
    } * notes;
    size_t note_count;
};

/* ---- every version */

struct version {
    uint64_t number, seq;
    int64_t at_ms, written_ms;
    struct report_fact fact;
    bool tombstone;
};

struct versions {
    struct version *items;
    size_t count, room;
};

static int add_version(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct versions *v = who;
    struct report_fact fact;

    (void)row;
    if (entry == NULL ||
        wire_report_fact_decode(&fact, entry->change.part[PART_FACT].bytes,
                                NULL) != 0)
        return 0;
    if (v->count == v->room) {
        v->room = v->room * 2 + 8;
        v->items = mem_grow(v->items, v->room, sizeof *v->items);
    }
    v->items[v->count++] = (struct version){
        .number = entry->change.header.version,
        .seq = entry->seq,
        .written_ms = entry->change.header.clock_ms,
        .fact = fact,
        .tombstone = (entry->change.header.flags & CHANGE_TOMBSTONE) != 0};
    return 0;
}

/* The commands about it, by their time: when the version was written. */
struct deeds {
    struct deed {
        int64_t at_ms;
        char *by;
    } * items;
    size_t count, room;
};

static int add_deed(void *who, const char *command, const char *actor,
                    int64_t at_ms)
{
    struct deeds *d = who;

    (void)command;
    if (d->count == d->room) {
        d->room = d->room * 2 + 8;
        d->items = mem_grow(d->items, d->room, sizeof *d->items);
    }
    d->items[d->count++] = (struct deed){at_ms, mem_text(actor)};
    return 0;
}

static void deeds_free(struct deeds *d)
{
    for (size_t i = 0; i < d->count; i++)
        mem_free(&d->items[i].by);
    mem_free(&d->items);
}

/* The note that was written with this version, or NULL. */
static const struct note *note_of(const struct page *p, const struct version *v)
{
    for (size_t i = 0; i < p->note_count; i++)
        if (p->notes[i].at_ms == v->at_ms)
            return &p->notes[i];
    return NULL;
}

static struct json *version_json(const struct page *p, const struct version *v,
                                 const struct deeds *d, uint64_t acked)
{
    struct json *one = json_object_new();
    const struct note *note = note_of(p, v);
    const char *by = note == NULL ? NULL : note->by;

    json_set_i64(one, "version", (int64_t)v->number);
    node_read_time(one, "at", v->at_ms);
    json_set_text(one, "state", report_state_text(v->fact.state));
    for (size_t i = 0; i < d->count; i++)
        if (by == NULL && d->items[i].at_ms == v->written_ms)
            by = d->items[i].by;
    json_set_text(one, "by", by);
    json_set_text(one, "note", note == NULL ? NULL : note->text);
    json_set_flag(one, "delivered", v->seq != 0 && v->seq <= acked);
    json_set_flag(one, "erasure", v->tombstone);
    return one;
}

static int set_history(struct page *p)
{
    struct json *list = json_array_new();
    struct versions v = {NULL, 0, 0};
    struct deeds d = {NULL, 0, 0};
    struct ledger_stream up = {.acked = 0};
    char text[ID_TEXT_BYTES];
    int before = 0;
    int rc = ledger_history(p->node->ledger, p->node->keys.unit, &p->id,
                            add_version, &v);

    if (rc == 0)
        rc = desk_store_deeds(p->node->desk.store, id_text(text, &p->id),
                              add_deed, &d);
    (void)ledger_stream(p->node->ledger, &up, &p->node->up, true);
    for (size_t i = v.count; i > 0; i--) {
        struct version *one = &v.items[i - 1];

        one->at_ms = node_reading_when(&one->fact, before, one->written_ms);
        before = one->fact.state;
        json_add(list, version_json(p, one, &d, up.acked));
    }
    json_set(p->out, "history", list);
    mem_free(&v.items);
    deeds_free(&d);
    return rc;
}

/* ---- what can be done next */

static struct json *move_json(const struct report_possible *move)
{
    struct json *one = json_object_new(), *outcomes = json_array_new();

    json_set_text(one, "to", report_state_text(move->to));
    /* what is passed on is handed over by a command of its own */
    json_set_text(one, "command",
                  move->to == REPORT_DA_CHUYEN ? "report.refer"
                                               : "report.move");
    for (int i = OUTCOME_TRUNG_LAP; move->needs_outcome && i < OUTCOME_END; i++)
        json_add_text(outcomes, report_outcome_text(i));
    json_set(one, "outcomes", outcomes);
    json_set_flag(one, "note_needed", move->needs_note);
    return one;
}

static bool may_move(struct page *p, const struct report_possible *move)
{
    if (move->by_leader && strcmp(p->q->role, "leader") != 0)
        return false;
    if (move->to != REPORT_DA_CHUYEN)
        return node_referral_may_move(p->node, &p->held, move->to, NULL) == 0;
    /* asked of another move: is it frozen? */
    return p->held.fact.continues_home[0] == '\0' && p->held.has_body &&
           node_referral_may_move(p->node, &p->held, REPORT_DANG_XU_LY, NULL) ==
               0;
}

static void set_moves(struct page *p)
{
    struct report_possible moves[REPORT_STATE_END];
    struct json *list = json_array_new();
    size_t count =
        p->held.final ? 0 : report_moves_possible(moves, &p->held.fact);

    for (size_t i = 0; i < count; i++)
        if (may_move(p, &moves[i]))
            json_add(list, move_json(&moves[i]));
    json_set(p->out, "moves", list);
}

/* ---- by when */

static void set_clocks(struct page *p)
{
    struct json *list = json_array_new();
    struct clock_due dues[DUE_COUNT];
    struct clock_case c;
    struct clock_step *steps =
        node_desk_steps(p->node, &p->id, &p->held.fact, p->held.version, &c);
    size_t count = p->held.final ? 0
                                 : clock_rules_read(&clock_rules_default, &c,
                                                    p->q->now_ms, dues);
    const struct clock_due *next = clock_rules_next(dues, count);

    for (size_t i = 0; i < count; i++) {
        struct json *one = json_object_new();

        json_set_text(one, "what", due_what_text(dues[i].what));
        node_read_time(one, "at", dues[i].due_ms);
        node_read_time(one, "done", dues[i].done_ms);
        json_set_text(one, "state", due_state_text(dues[i].state));
        json_add(list, one);
    }
    mem_free(&steps);
    json_set(p->out, "clocks", list);
    node_read_due(p->out, next, p->q->now_ms);
}

/* ---- what is like it: the same kind, near in time, from the same village or
 * told in the same words. Perhaps somebody else saw the same. */

struct word_set {
    struct buf text; /* folded: " a b " */
    char *words[SIMILAR_WORDS];
    size_t count;
};

static int by_word(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once; `set` is zeroed. */
static void read_words(struct word_set *set, const char *text)
{
    size_t kept = 0;
    char *rest, *word;

    fold_words(&set->text, text, FOLD_PLAIN);
    rest = (char *)(uintptr_t)buf_text(&set->text);
    while ((word = strsep(&rest, " ")) != NULL && set->count < SIMILAR_WORDS)
        if (*word != '\0')
            set->words[set->count++] = word;
    if (set->count > 0)
        qsort(set->words, set->count, sizeof *set->words, by_word);
    for (size_t i = 0; i < set->count; i++)
        if (kept == 0 || strcmp(set->words[kept - 1], set->words[i]) != 0)
            set->words[kept++] = set->words[i];
    set->count = kept;
}

static size_t shared_words(const struct word_set *a, const struct word_set *b)
{
    size_t i = 0, k = 0, shared = 0;

    while (i < a->count && k < b->count) {
        int order = strcmp(a->words[i], b->words[k]);

        shared += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return shared;
}

struct similar {
    struct page *p;
    struct word_set *ours, *theirs;
    size_t looked;
    struct found {
        double score;
        struct json *row; /* owned */
    } best[SIMILAR_ROWS + 1];
    size_t count;
    const struct desk_row *at;
};

/* 1: told in the same words; half of it for the village, a bit for the hour. */
static double score_of(struct similar *s, const struct report_fact *fact,
                       size_t *shared)
{
    const struct report_fact *ours = &s->p->held.fact;
    int64_t apart_ms = llabs(fact->received_ms - ours->received_ms);
    size_t all;
    double score = 0;

    *shared = shared_words(s->ours, s->theirs);
    all = s->ours->count + s->theirs->count - *shared;
    if (all > 0)
        score = (double)*shared / (double)all;
    if (ours->village[0] != '\0' && strcmp(ours->village, fact->village) == 0)
        score += 0.5;
    return score + 0.3 * (1 - (double)apart_ms / NEAR_MS);
}

static void keep(struct similar *s, double score, struct json *row)
{
    size_t at = s->count;

    while (at > 0 && s->best[at - 1].score < score)
        at--;
    memmove(&s->best[at + 1], &s->best[at], (s->count - at) * sizeof *s->best);
    s->best[at] = (struct found){score, row};
    s->count++;
    if (s->count > SIMILAR_ROWS)
        json_free(&s->best[--s->count].row);
}

static int compare(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct similar *s = who;
    const struct part *part = &entry->change.part[PART_BODY];
    struct report_fact fact;
    struct report_body body;
    struct json *one;
    size_t shared;
    double score;

    if (row->final || part->form != PART_WHOLE ||
        wire_report_fact_decode(&fact, entry->change.part[PART_FACT].bytes,
                                NULL) != 0)
        return 0;
    wire_arena_clear(s->p->node->arena);
    if (wire_report_body_decode(&body, s->p->node->arena, part->bytes, NULL) !=
        0)
        return 0;
    buf_clear(&s->theirs->text);
    s->theirs->count = 0;
    read_words(s->theirs, body.text);
    if ((score = score_of(s, &fact, &shared)) < 0.75)
        return 0;
    one = json_object_new();
    node_read_id(one, "id", &row->id);
    json_set_text(one, "state", report_state_text(fact.state));
    node_read_time(one, "received", fact.received_ms);
    json_set_text(one, "village", fact.village[0] ? fact.village : NULL);
    json_set_i64(one, "shared_words", (int64_t)shared);
    node_read_words(one, body.text, READ_TEXT_CHARACTERS);
    keep(s, score, one);
    return 0;
}

static int look_at(void *who, const struct desk_row *row)
{
    struct similar *s = who;
    int rc;

    if (s->looked++ == NEAR_ROWS)
        return 1;
    if (id_equal(&row->uid, &s->p->id))
        return 0;
    rc = ledger_record(s->p->node->ledger, s->p->node->keys.unit, &row->uid,
                       NULL, compare, s);
    return rc == ERR_MISSING || rc == ERR_DAMAGED ? 0 : rc;
}

static int set_similar(struct page *p)
{
    struct word_set *sets = mem_new(2 * sizeof *sets);
    struct similar s = {.p = p, .ours = &sets[0], .theirs = &sets[1]};
    const struct report_fact *fact = &p->held.fact;
    const char *text = json_get_text(p->out, "text");
    struct json *list = json_array_new();
    int rc = 0;

    if (text != NULL && !p->held.final) {
        read_words(s.ours, text);
        rc = desk_store_near(p->node->desk.store,
                             (int)(fact->category - categories),
                             fact->received_ms - NEAR_MS,
                             fact->received_ms + NEAR_MS, look_at, &s);
    }
    for (size_t i = 0; i < s.count; i++)
        json_add(list, s.best[i].row);
    json_set(p->out, "similar", list);
    buf_free(&sets[0].text);
    buf_free(&sets[1].text);
    mem_free(&sets);
    return rc;
}

/* ---- together */

static void set_sender(struct page *p)
{
    const struct json *sealed = json_get(p->out, "sealed");
    struct json *one = json_object_new();

    json_set_flag(one, "present", json_is_object(sealed));
    json_set_text(one, "key", json_get_text(sealed, "key"));
    json_set(p->out, "sender", one);
}

static void copy_notes(struct page *p, const struct report_body *body)
{
    p->notes = mem_new((body->note_count + 1) * sizeof *p->notes);
    for (size_t i = 0; i < body->note_count; i++)
        p->notes[i] =
            (struct note){body->notes[i].at_ms, mem_text(body->notes[i].by),
                          mem_text(body->notes[i].text)};
    p->note_count = body->note_count;
}

static void notes_free(struct page *p)
{
    for (size_t i = 0; i < p->note_count; i++) {
        mem_free(&p->notes[i].by);
        mem_free(&p->notes[i].text);
    }
    mem_free(&p->notes);
}

static int set_facts(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct page *p = who;
    struct report_body body;

    (void)entry;
    node_read_facts(p->node, row, &p->held.fact, p->out);
    wire_arena_clear(p->node->arena);
    if (p->held.has_body &&
        wire_report_body_decode(&body, p->node->arena, buf_bytes(&p->held.body),
                                NULL) == 0)
        copy_notes(p, &body);
    return 0;
}

static int fill_in(struct page *p, struct error *err)
{
    int rc = ledger_record(p->node->ledger, p->node->keys.unit, &p->id, NULL,
                           set_facts, p);

    if (rc == 0)
        rc = set_history(p);
    set_moves(p);
    set_clocks(p);
    set_sender(p);
    if (rc == 0)
        rc = set_similar(p);
    if (json_get(p->out, "erased") == NULL)
        json_set_null(p->out, "erased");
    if (json_get(p->out, "referral") == NULL)
        json_set_null(p->out, "referral");
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

int node_read_report(struct node *node, const struct node_query *q,
                     struct json **out, struct error *err)
{
    struct page p = {.node = node, .q = q};
    int hidden = node_read_hidden(q);
    int rc;

    if (q->rest == NULL || !id_parse(&p.id, q->rest))
        return error_set(err, ERR_MISSING, "no report with this id");
    rc = node_held_load(node, &p.id, &p.held, err);
    if (rc == 0 && hidden >= 0 && p.held.fact.category == &categories[hidden])
        rc = error_set(err, ERR_MISSING, "no report with this id");
    if (rc == 0 && (p.out = node_reading_report(node, q->rest, err)) == NULL)
        rc = ERR_MISSING;
    if (rc == 0)
        rc = fill_in(&p, err);
    node_held_free(&p.held);
    notes_free(&p);
    *out = p.out;
    return rc;
}
