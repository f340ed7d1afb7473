#include "node/desk.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "node/node.h"

enum {
    STEP_US = 8000, /* of a turn, for what is done by and by */
    REST_MS = 20,   /* between two such steps: others want to work too, */
    REST_SENDING_MS = 400, /* and what waits for the hub before all */
    PURGE_US = 5000        /* erased words have no rest between their steps */
};

/* Of the rules, and of how the steps they look at are found: rows that were
 * made by others are made anew. */
static int64_t rules_number(void)
{
    enum { STEPS = 1 }; /* counted up when those are found otherwise */

    return clock_rules_number(&clock_rules_default) ^ STEPS;
}

static int load_fill(struct node *node)
{
    struct desk *desk = &node->desk;
    int64_t number = rules_number();
    int rc = desk_store_fill(desk->store, &desk->fill);

    desk->changed = false;
    if (rc != 0 || (node->mode != NODE_SERVE && node->mode != NODE_COMMAND) ||
        desk->fill.rules == number)
        return rc;
    if (desk->fill.done && (rc = desk_store_is_empty(desk->store)) == 1) {
        desk->fill.rules = number; /* whatever comes is made by ours */
        desk->changed = true;
    } else if (rc == 0 && node->mode == NODE_SERVE) {
        node_desk_again(node); /* another program made these rows */
    }
    return rc < 0 ? rc : 0;
}

int node_desk_open(struct node *node, struct error *err)
{
    int rc =
        desk_store_open(&node->desk.store, node_store_db(node->store), err);

    if (rc == 0 && (rc = load_fill(node)) != 0)
        return error_set(err, rc, "the database cannot be read");
    return rc;
}

void node_desk_close(struct node *node)
{
    desk_store_close(&node->desk.store);
    mem_free(&node->desk.due);
}

void node_desk_touch(struct node *node, const struct id *report)
{
    struct desk *desk = &node->desk;

    if (node->mode == NODE_READ || node->mode == NODE_REBUILD ||
        (desk->count > 0 && id_equal(&desk->due[desk->count - 1], report)))
        return;
    if (desk->count == desk->room) {
        desk->room = desk->room * 2 + 16;
        desk->due = mem_grow(desk->due, desk->room, sizeof *desk->due);
    }
    desk->due[desk->count++] = *report;
}

void node_desk_again(struct node *node)
{
    node->desk.fill.before = INT64_MAX;
    node->desk.fill.done = false;
    node->desk.changed = true;
}

void node_desk_forget(struct node *node)
{
    node->desk.count = 0;
    if (node->desk.store != NULL)
        (void)load_fill(node);
}

bool node_desk_is_whole(struct node *node)
{
    struct desk_fill fill;

    return desk_store_fill(node->desk.store, &fill) == 0 && fill.done;
}

int64_t node_desk_deadline(const struct node *node)
{
    const struct desk_fill *fill = &node->desk.fill;

    return fill->purge ? 0 : fill->done ? INT64_MAX : node->desk.next_ms;
}

/* ---- the steps of one report */

struct past {
    struct clock_step *steps;
    size_t count, room;
};

static void add_step(struct past *past, int state, int64_t at_ms)
{
    size_t at = past->count;

    for (size_t i = 0; i < past->count; i++)
        if (past->steps[i].state == state && past->steps[i].at_ms == at_ms)
            return;
    if (past->count == past->room) {
        past->room = past->room * 2 + 16;
        past->steps = mem_grow(past->steps, past->room, sizeof *past->steps);
    }
    while (at > 0 && past->steps[at - 1].at_ms > at_ms)
        at--;
    memmove(past->steps + at + 1, past->steps + at,
            (past->count - at) * sizeof *past->steps);
    past->steps[at] = (struct clock_step){state, at_ms};
    past->count++;
}

static void add_fact(struct past *past, const struct report_fact *fact)
{
    for (int state = 1; state < REPORT_STATE_END; state++)
        if (fact->entered_ms[state] != 0)
            add_step(past, state, fact->entered_ms[state]);
}

/* Newest first. A working copy that was given back and accepted anew begins
 * anew, as for the district: what was before is no step of it. */
static int add_version(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct report_fact fact;

    (void)row;
    if (entry == NULL || entry->change.part[PART_FACT].form != PART_WHOLE ||
        wire_report_fact_decode(&fact, entry->change.part[PART_FACT].bytes,
                                NULL) != 0)
        return 0;
    add_fact(who, &fact);
    return fact.continues_home[0] != '\0' && fact.state == REPORT_DA_TIEP_NHAN;
}

/* The state it is in comes last, whatever a clock said. */
static void put_last(struct past *past, const struct report_fact *fact)
{
    int64_t at_ms = fact->entered_ms[fact->state];

    for (size_t i = 0; i < past->count; i++)
        if (past->steps[i].state == fact->state &&
            past->steps[i].at_ms == at_ms) {
            memmove(past->steps + i, past->steps + i + 1,
                    (--past->count - i) * sizeof *past->steps);
            break;
        }
    add_step(past, fact->state, INT64_MAX);
    past->steps[past->count - 1].at_ms = at_ms;
}

struct clock_step *node_desk_steps(struct node *node, const struct id *report,
                                   const struct report_fact *fact,
                                   uint64_t version, struct clock_case *out)
{
    struct past past = {NULL, 0, 0};

    if (version > 1)
        (void)ledger_history(node->ledger, node->keys.unit, report, add_version,
                             &past);
    add_fact(&past, fact);
    put_last(&past, fact);
    *out = (struct clock_case){.category = fact->category,
                               .urgent = fact->urgent,
                               .start_ms = fact->received_ms,
                               .steps = past.steps,
                               .count = past.count};
    if (fact->continues_home[0] != '\0') /* received here when accepted */
        out->start_ms = past.steps[0].at_ms;
    return past.steps;
}

/* ---- one row */

static void set_due(struct node *node, const struct report_fact *fact,
                    uint64_t version, struct desk_row *out)
{
    struct clock_due dues[DUE_COUNT];
    const struct clock_due *next;
    struct clock_case c;
    struct clock_step *steps =
        node_desk_steps(node, &out->uid, fact, version, &c);

    next = clock_rules_next(
        dues, clock_rules_read(&clock_rules_default, &c, node->wall_ms, dues));
    mem_free(&steps);
    out->what = next == NULL ? -1 : (int)next->what;
    out->due_ms = next == NULL ? 0 : next->due_ms;
    out->paused = next != NULL && next->state == DUE_PAUSED;
    out->place = next == NULL  ? DESK_FAR_MS + DESK_NOTHING
                 : out->paused ? DESK_FAR_MS + DESK_PAUSED
                               : next->due_ms;
}

/* The village is borrowed from `fact`. */
static struct desk_row row_of(struct node *node, const struct record_row *row,
                              const struct entry *entry,
                              const struct report_fact *fact)
{
    struct desk_row out = {.record = row->row,
                           .uid = row->id,
                           .category = (int)(fact->category - categories),
                           .state = fact->state,
                           .urgent = fact->urgent,
                           .open = report_is_open(fact->state) && !row->final,
                           .received_ms = fact->received_ms,
                           .what = -1,
                           .village = fact->village};

    if (out.open) {
        set_due(node, fact, row->version, &out);
        out.rings = clock_rules_rings(fact);
    } else {
        out.place = -(row->final ? entry->change.header.clock_ms
                                 : fact->entered_ms[fact->state]);
    }
    return out;
}

static void add_words(struct buf *out, const char *words)
{
    if (words == NULL || words[0] == '\0')
        return;
    if (out->size > 0)
        buf_add_u8(out, '\n');
    buf_add_text(out, words);
}

void node_desk_words(struct buf *out, const struct report_body *body)
{
    add_words(out, body->text);
    add_words(out, body->place);
    for (size_t i = 0; i < body->note_count; i++)
        add_words(out, body->notes[i].text);
}

/* What is looked for in it; empty when its words are not here. */
static void words_of(struct node *node, const struct record_row *row,
                     const struct entry *entry, struct buf *out)
{
    const struct part *part = &entry->change.part[PART_BODY];
    struct report_body body;

    wire_arena_clear(node->arena);
    if (!row->final && part->form == PART_WHOLE &&
        wire_report_body_decode(&body, node->arena, part->bytes, NULL) == 0)
        node_desk_words(out, &body);
}

static void words_free(struct buf *words)
{
    if (words->size > 0)
        mem_wipe(words->data, words->size);
    buf_free(words);
}

static int put_words(struct node *node, const struct record_row *row,
                     const struct entry *entry)
{
    struct buf words = {0};
    int rc;

    words_of(node, row, entry, &words);
    rc = desk_store_put_words(node->desk.store, row->row, buf_text(&words));
    words_free(&words);
    if (row->final) { /* they still lie in the index */
        node->desk.fill.purge = true;
        node->desk.changed = true;
    }
    return rc;
}

static bool fact_of(const struct record_row *row, const struct entry *entry,
                    struct report_fact *out)
{
    const struct part *part;

    if (row->kind != KIND_REPORT || entry == NULL)
        return false;
    part = &entry->change.part[PART_FACT];
    return part->form == PART_WHOLE &&
           wire_report_fact_decode(out, part->bytes, NULL) == 0;
}

static int put(void *who, const struct record_row *row,
               const struct entry *entry)
{
    struct node *node = who;
    struct report_fact fact;
    struct desk_row out;
    int rc;

    if (!fact_of(row, entry, &fact))
        return 0;
    out = row_of(node, row, entry, &fact);
    rc = desk_store_put(node->desk.store, &out);
    return rc != 0 ? rc : put_words(node, row, entry);
}

/* A tombstone that is quarantined erases all the same, and is no state. */
static int put_one(struct node *node, const struct id *report)
{
    int rc =
        ledger_record(node->ledger, node->keys.unit, report, NULL, put, node);

    return rc == ERR_MISSING || rc == ERR_DAMAGED ? 0 : rc;
}

static int put_due(struct node *node)
{
    struct desk *desk = &node->desk;
    int rc = 0;

    for (size_t i = 0; i < desk->count && rc == 0; i++)
        rc = put_one(node, &desk->due[i]);
    if (rc == 0)
        desk->count = 0;
    return rc;
}

/* ---- by and by */

struct filling {
    struct node *node;
    int64_t end_us;
    bool more; /* it ended for want of time */
};

static int fill_one(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct filling *f = who;
    int rc = put(f->node, row, entry);

    if (rc != 0)
        return rc;
    f->node->desk.fill.before = row->row;
    f->more = clock_mono_us() >= f->end_us;
    return f->more;
}

static bool is_sending(const struct node *node)
{
    struct ledger_stream up;

    return strcmp(node_store_setting(node->store, "online"), "1") == 0 &&
           ledger_stream(node->ledger, &up, &node->up, true) == 0 &&
           up.head.seq > up.acked;
}

static int fill(struct node *node)
{
    struct desk *desk = &node->desk;
    struct filling f = {node, clock_mono_us() + STEP_US, false};
    int rc = ledger_reports_before(node->ledger, node->keys.unit,
                                   desk->fill.before, fill_one, &f);

    if (rc != 0)
        return rc;
    desk->fill.done = !f.more;
    desk->fill.rules = rules_number();
    desk->changed = true;
    desk->next_ms =
        node->mono_ms + (is_sending(node) ? REST_SENDING_MS : REST_MS);
    return 0;
}

/* A step towards it: what was taken out in this transaction is not in the index
 * yet, so it is the next one's. */
static int purge(struct node *node)
{
    int64_t end_us = clock_mono_us() + PURGE_US;
    int rc;

    do
        rc = desk_store_purge(node->desk.store);
    while (rc == 1 && clock_mono_us() < end_us);
    if (rc < 0)
        return rc;
    node->desk.fill.purge = rc == 1;
    /* the pages that held them are in the log; it is cut once, in the end */
    node->erased |= rc == 0;
    node->desk.changed = true;
    return 0;
}

int node_desk_settle(struct node *node)
{
    struct desk *desk = &node->desk;
    int rc = desk->fill.purge ? purge(node) : 0;

    if (rc == 0)
        rc = put_due(node);
    if (rc == 0 && node->mode == NODE_SERVE && !desk->fill.done &&
        !care_is_tight(&node->care) && node->mono_ms >= desk->next_ms)
        rc = fill(node);
    if (rc == 0 && desk->changed)
        rc = desk_store_set_fill(desk->store, &desk->fill);
    if (rc == 0)
        desk->changed = false;
    return rc;
}

/* ---- verify */

enum { VERIFY_ROWS = 500 /* in one read transaction */ };

struct verifying {
    struct node *node;
    void (*fault)(void *who, const struct ledger_fault *fault);
    void *who;
    uint64_t *faults;
    int64_t before;
    size_t count; /* of this slice */
};

static bool is_same(const struct desk_row *a, const struct desk_row *b)
{
    return a->record == b->record && a->category == b->category &&
           a->state == b->state && a->urgent == b->urgent &&
           a->open == b->open && a->place == b->place &&
           a->received_ms == b->received_ms && a->what == b->what &&
           a->paused == b->paused && a->rings == b->rings &&
           /* of a clock that stands still it depends on when it was read */
           (a->paused || a->due_ms == b->due_ms) &&
           strcmp(a->village, b->village) == 0;
}

static int verify_one(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct verifying *v = who;
    struct ledger_fault fault = {
        .what = "desk",
        .record = row->id,
        .detail = "what the duty desk reads of it is not what it says"};
    struct desk_row kept, wanted;
    struct report_fact fact;
    struct buf words = {0};
    char village[128];
    bool same;

    v->before = row->row;
    v->count++;
    if (fact_of(row, entry, &fact)) {
        wanted = row_of(v->node, row, entry, &fact);
        words_of(v->node, row, entry, &words);
        same = desk_store_get(v->node->desk.store, &row->id, &kept, village) ==
                   0 &&
               is_same(&kept, &wanted) &&
               desk_store_has_words(v->node->desk.store, row->row,
                                    buf_text(&words));
        words_free(&words);
        if (!same) {
            (*v->faults)++;
            v->fault(v->who, &fault);
        }
    }
    return v->count == VERIFY_ROWS;
}

int node_desk_verify(void *who,
                     void (*fault)(void *who, const struct ledger_fault *fault),
                     void *fault_who, uint64_t *faults)
{
    struct node *node = who;
    struct verifying v = {node, fault, fault_who, faults, INT64_MAX, 0};
    struct desk_fill fill;
    int rc = desk_store_fill(node->desk.store, &fill);

    if (rc != 0 || !fill.done || fill.rules != rules_number())
        return rc; /* it is being made anew, or never was */
    do {
        v.count = 0;
        if ((rc = db_begin(node_store_db(node->store))) != 0)
            return rc;
        rc = ledger_reports_before(node->ledger, node->keys.unit, v.before,
                                   verify_one, &v);
        db_rollback(node_store_db(node->store));
    } while (rc == 0 && v.count == VERIFY_ROWS);
    return rc;
}
