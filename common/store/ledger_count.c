/* common/store/ledger_count.c - what records count, beside the figures: who
 * waits, the steps of all of them, and counting from nothing.
 */
#include <assert.h>

#include "common/store/ledger_inside.h"

enum { SLICE = 512, STEPS = 1024 };

bool ledger_village_named(struct ledger *l, const char *text)
{
    struct db_stmt *q = use(l, Q_VILLAGE_NAMED);
    bool named;

    db_bind_text(q, text);
    named = db_step(q) == 1;
    db_done(q);
    return named;
}

uint32_t ledger_word_number(struct ledger *l, const char *text)
{
    uint32_t word = 0;

    return ledger_word_id(l, text, WORD_FIND, &word) == 0 ? word : 0;
}

int ledger_waiting(struct ledger *l, int64_t before_ms,
                   int (*each)(void *who, const struct ledger_waiting *w),
                   void *who)
{
    struct db_stmt *q = use(l, Q_WAITING);
    int rc;

    db_bind_i64(q, before_ms);
    while ((rc = db_step(q)) == 1) {
        struct ledger_waiting w;

        if (!db_id(q, 0, &w.id))
            continue; /* verify says so */
        axes_unpack(&w.axes, db_i64(q, 2));
        w.home = ledger_word(l, (uint32_t)db_i64(q, 1));
        w.axes.village_text = ledger_village(l, w.axes.home, w.axes.village);
        w.axes.tag = db_i64(q, 3);
        w.axes.waits_ms = db_i64(q, 4);
        if ((rc = each(who, &w)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int64_t ledger_waits_next(struct ledger *l, int64_t after_ms)
{
    struct db_stmt *q = use(l, Q_WAITS_NEXT);
    int64_t at;

    db_bind_i64(q, after_ms);
    at = db_step(q) == 1 ? db_i64(q, 0) : 0;
    db_done(q);
    return at;
}

int ledger_steps(struct ledger *l,
                 int (*each)(void *who, const struct ledger_step *steps,
                             size_t count),
                 void *who)
{
    struct db_stmt *q = use(l, Q_VERIFY_CELLS);
    struct ledger_step steps[STEPS];
    size_t count = 0;
    int rc;

    while ((rc = db_step(q)) == 1) {
        steps[count++] = (struct ledger_step){db_i64(q, 0), db_i64(q, 1), +1};
        if (count == STEPS) {
            if ((rc = each(who, steps, count)) != 0)
                break;
            count = 0;
        }
    }
    db_done(q);
    return rc == 0 && count > 0 ? each(who, steps, count) : rc;
}

/* ---- counting from nothing */

struct counted {
    int64_t row;
    struct verdict v;
};

/* What cannot be judged counts where it did. */
static int judge_row(struct ledger *l, struct db_stmt *q, struct counted *out)
{
    struct entry e;
    int rc;

    out->row = db_i64(q, 0);
    if (ledger_entry_of(l, q, 4, &e) == 0) {
        rc = ledger_judge(l, &e.change, (uint32_t)db_i64(q, 1), WORD_MAKE,
                          &out->v);
        if (rc != 0 || out->v.code == 0)
            return rc;
    }
    out->v.counts = !db_is_null(q, 2);
    out->v.cell = db_i64(q, 2);
    out->v.tag = db_i64(q, 3);
    out->v.waits_ms = 0;
    return 0;
}

static int judge_slice(struct ledger *l, int64_t after, struct counted *slice,
                       size_t *count)
{
    struct db_stmt *q = use(l, Q_RECOUNT);
    int rc;

    *count = 0;
    db_bind_i64(q, after);
    db_bind_i64(q, SLICE);
    while ((rc = db_step(q)) == 1)
        if ((rc = judge_row(l, q, &slice[(*count)++])) != 0)
            break;
    db_done(q);
    return rc;
}

static int count_one(struct ledger *l, const struct counted *c)
{
    struct db_stmt *q = use(l, Q_RECOUNT_SET);

    bind_or_null(q, c->v.cell, c->v.counts);
    db_bind_i64(q, c->v.tag);
    bind_or_null(q, c->v.waits_ms, c->v.waits_ms != 0);
    db_bind_i64(q, c->row);
    if (c->v.counts)
        ledger_count(l, c->v.cell, c->v.tag, +1);
    return db_run(q);
}

int ledger_recount(struct ledger *l)
{
    static struct counted slice[SLICE];
    int64_t after = 0;
    size_t count;
    int rc;

    assert(db_in_transaction(l->db));
    if ((rc = ledger_flush(l)) != 0 ||
        (rc = db_run(use(l, Q_FIGURE_CLEAR))) != 0)
        return rc;
    do {
        if ((rc = judge_slice(l, after, slice, &count)) != 0)
            return rc;
        for (size_t i = 0; i < count && rc == 0; i++)
            rc = count_one(l, &slice[i]);
        if (rc != 0 || (rc = ledger_flush(l)) != 0)
            return rc;
        if (count > 0)
            after = slice[count - 1].row;
    } while (count == SLICE);
    return 0;
}
