/* common/store/ledger.c - opening, the transaction's events, the figures.
 *
 * What the ledger keeps in memory (words, stream heads, next rows) repeats the
 * database and is dropped whenever something is undone. Only the journal of the
 * figures is ahead of the database: it follows savepoints by marks, so that the
 * caller may undo as he likes.
 */
#include "common/store/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"

enum {
    DAY_BITS = 17,
    WORD_BITS = 13,
    CATEGORY_BITS = 8,
    STATE_BITS = 4,
    CHANNEL_BITS = 4
};

int ledger_failed(struct ledger *l, int rc, struct error *err)
{
    return error_set(err, rc, "database: %s", db_reason(l->db));
}

/* ---- figures */

static uint64_t field(uint64_t value, unsigned bits)
{
    assert(value < (uint64_t)1 << bits);
    return value;
}

int64_t axes_pack(const struct axes *axes)
{
    assert(axes->day >= 0);
    uint64_t cell = field((uint64_t)axes->day, DAY_BITS);

    cell = cell << WORD_BITS | field(axes->home, WORD_BITS);
    cell = cell << WORD_BITS | field(axes->village, WORD_BITS);
    cell = cell << CATEGORY_BITS | field(axes->category, CATEGORY_BITS);
    cell = cell << STATE_BITS | field(axes->state, STATE_BITS);
    cell = cell << CHANNEL_BITS | field(axes->channel, CHANNEL_BITS);
    return (int64_t)(cell << 1 | (axes->urgent ? 1 : 0));
}

static uint32_t take(uint64_t *cell, unsigned bits)
{
    uint32_t value = (uint32_t)(*cell & (((uint64_t)1 << bits) - 1));

    *cell >>= bits;
    return value;
}

void axes_unpack(struct axes *out, int64_t cell)
{
    uint64_t rest = (uint64_t)cell;

    out->urgent = take(&rest, 1) != 0;
    out->channel = take(&rest, CHANNEL_BITS);
    out->state = take(&rest, STATE_BITS);
    out->category = take(&rest, CATEGORY_BITS);
    out->village = take(&rest, WORD_BITS);
    out->home = take(&rest, WORD_BITS);
    out->day = (int32_t)take(&rest, DAY_BITS);
    out->village_text = "";
}

void ledger_count(struct ledger *l, int64_t cell, int64_t tag, int64_t delta)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 1024;
        l->journal = mem_grow(l->journal, l->room, sizeof *l->journal);
    }
    l->journal[l->count++] = (struct ledger_step){cell, tag, delta};
}

static int by_cell(const void *left, const void *right)
{
    const struct ledger_step *a = left, *b = right;

    if (a->cell != b->cell)
        return a->cell > b->cell ? 1 : -1;
    return (a->tag > b->tag) - (a->tag < b->tag);
}

/* Sorted, with one step for each cell and tag. Returns the new count. */
static size_t fold(struct ledger_step *steps, size_t count)
{
    size_t kept = 0;

    qsort(steps, count, sizeof *steps, by_cell);
    for (size_t i = 0; i < count; i++)
        if (kept > 0 && steps[kept - 1].cell == steps[i].cell &&
            steps[kept - 1].tag == steps[i].tag)
            steps[kept - 1].delta += steps[i].delta;
        else
            steps[kept++] = steps[i];
    return kept;
}

static int write_figure(struct ledger *l, int64_t cell, int64_t delta)
{
    struct db_stmt *q;
    int rc;

    if (delta == 0)
        return 0;
    q = use(l, Q_FIGURE_ADD);
    db_bind_i64(q, cell);
    db_bind_i64(q, delta);
    if ((rc = db_run(q)) != 0 || delta > 0)
        return rc;
    q = use(l, Q_FIGURE_DROP);
    db_bind_i64(q, cell);
    return db_run(q);
}

/* Figures that grow: most of a batch, and half the price in one statement. */
struct growing {
    struct {
        int64_t cell, delta;
    } figures[LEDGER_RUN];
    size_t count;
};

static int write_growing(struct ledger *l, struct growing *g)
{
    struct db_stmt *q;
    int rc = 0;

    if (g->count == LEDGER_RUN) {
        q = use(l, Q_FIGURE_ADD_RUN);
        for (size_t i = 0; i < LEDGER_RUN; i++) {
            db_bind_i64(q, g->figures[i].cell);
            db_bind_i64(q, g->figures[i].delta);
        }
        rc = db_run(q);
    } else {
        for (size_t i = 0; i < g->count && rc == 0; i++)
            rc = write_figure(l, g->figures[i].cell, g->figures[i].delta);
    }
    g->count = 0;
    return rc;
}

/* Neighbours of one cell are one figure, whatever their tags. */
static int write_steps(struct ledger *l, const struct ledger_step *steps,
                       size_t count)
{
    struct growing g = {.count = 0};
    int rc = 0;

    for (size_t i = 0, next; i < count && rc == 0; i = next) {
        int64_t delta = 0;

        for (next = i; next < count && steps[next].cell == steps[i].cell;)
            delta += steps[next++].delta;
        if (delta <= 0) {
            rc = write_figure(l, steps[i].cell, delta);
            continue;
        }
        g.figures[g.count].cell = steps[i].cell;
        g.figures[g.count++].delta = delta;
        if (g.count == LEDGER_RUN)
            rc = write_growing(l, &g);
    }
    if (rc == 0)
        rc = write_growing(l, &g);
    if (rc == 0 && l->host.counted != NULL)
        rc = l->host.counted(l->host.who, steps, count);
    return rc;
}

int ledger_flush(struct ledger *l)
{
    bool nested = l->mark_count > 1; /* marks point into the journal */
    int rc;

    if (l->written == l->count)
        return 0;
    if (!nested)
        l->count =
            l->written + fold(l->journal + l->written, l->count - l->written);
    rc = write_steps(l, l->journal + l->written, l->count - l->written);
    if (rc != 0)
        return rc; /* half written: only rolling back helps now */
    l->written = l->count;
    if (!nested)
        l->written = l->count = 0;
    return 0;
}

/* ---- the transaction's events */

static void drop_memory(struct ledger *l)
{
    ledger_words_drop(l);
    ledger_streams_drop(l);
    l->next_change = l->next_record = 0;
    l->damaged = -1;
}

static void push_mark(struct ledger *l)
{
    if (l->mark_count == l->mark_room) {
        l->mark_room = l->mark_room ? 2 * l->mark_room : 8;
        l->marks = mem_grow(l->marks, l->mark_room, sizeof *l->marks);
    }
    l->marks[l->mark_count++] = (struct mark){l->count, l->written, l->rebase};
}

static void return_to(struct ledger *l, const struct mark *mark)
{
    l->count = mark->count;
    l->written = mark->written;
    l->rebase = mark->rebase;
    drop_memory(l);
}

void ledger_forget(struct ledger *l)
{
    if (l->mark_count > 0)
        return_to(l, &l->marks[0]);
    else
        drop_memory(l);
    l->mark_count = 0;
    l->count = l->written = 0;
}

static int happened(void *who, enum db_event event)
{
    struct ledger *l = who;

    switch (event) {
    case DB_BEGUN:
        assert(l->mark_count == 0);
        push_mark(l);
        return 0;
    case DB_SAVED:
        push_mark(l);
        return 0;
    case DB_RELEASED:
        assert(l->mark_count > 1);
        l->mark_count--;
        return 0;
    case DB_UNDONE:
        assert(l->mark_count > 1);
        return_to(l, &l->marks[--l->mark_count]);
        if (l->host.undone != NULL)
            l->host.undone(l->host.who);
        return 0;
    case DB_COMMITTING:
        return ledger_flush(l);
    case DB_COMMITTED:
        assert(l->written == l->count);
        l->mark_count = 0;
        l->count = l->written = 0;
        return 0;
    case DB_ROLLED_BACK:
        ledger_forget(l);
        return 0;
    }
    return 0;
}

/* ---- open and close */

int ledger_open(struct ledger **out, struct db *db,
                const struct hash_function *hash,
                const struct ledger_host *host, struct error *err)
{
    struct ledger *l = mem_new(sizeof *l);
    int rc;

    assert(!db_in_transaction(db));
    l->db = db;
    l->hash = hash;
    l->host = *host;
    l->quarantine_change = 1;
    l->damaged = -1;
    if ((rc = db_prepare(&l->q, db, ledger_queries, QUERY_COUNT, err)) != 0) {
        l->db = NULL;
        ledger_close(&l);
        return rc;
    }
    db_watch(db, (struct db_watch){happened, l});
    *out = l;
    return 0;
}

void ledger_close(struct ledger **ledger)
{
    struct ledger *l = *ledger;

    if (!l)
        return;
    if (l->db)
        db_watch(l->db, (struct db_watch){0});
    drop_memory(l);
    mem_free(&l->journal);
    mem_free(&l->marks);
    buf_free(&l->chain);
    mem_free(ledger);
}

void ledger_set_time(struct ledger *l, int64_t wall_ms)
{
    l->wall_ms = wall_ms;
}
