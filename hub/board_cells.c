/* hub/board_cells.c - the board's counts as cells of axes, for statistics over
 * any stretch of days: as many numbers are read as there are days, villages and
 * kinds, not as there are reports. */
#include <string.h>

#include "common/base/mem.h"
#include "hub/board_inside.h"

enum { CELLS = BOARD_BLOCK * BOARD_CATEGORIES };

struct cells {
    const struct board_cells *q;
    int (*each)(void *who, const struct axes *axes, int64_t count);
    void *who;
    int64_t group;         /* place of the first row of what is being summed */
    bool open;             /* there is one */
    int64_t counts[CELLS]; /* by day of the block and category, as asked */
};

/* Rows of one group are added up: of one block and unit, and of one village
 * where villages are asked for. */
static int64_t group_of(const struct cells *c, int64_t place)
{
    int64_t village = (INT64_C(1) << BOARD_WORD_BITS) - 1;

    return c->q->village ? place : place & ~village;
}

static int flush(struct cells *c)
{
    uint32_t word = (UINT32_C(1) << BOARD_WORD_BITS) - 1;
    int32_t block = (int32_t)(c->group >> 2 * BOARD_WORD_BITS);
    struct axes axes = {.home = (uint32_t)(c->group >> BOARD_WORD_BITS) & word,
                        .village = (uint32_t)c->group & word};
    int rc = 0;

    for (size_t i = 0; c->open && i < CELLS && rc == 0; i++) {
        if (c->counts[i] == 0)
            continue;
        axes.day = c->q->day
                       ? block * BOARD_BLOCK + (int32_t)(i / BOARD_CATEGORIES)
                       : 0;
        axes.category = c->q->category ? (uint32_t)(i % BOARD_CATEGORIES) : 0;
        rc = c->each(c->who, &axes, c->counts[i]);
    }
    memset(c->counts, 0, sizeof c->counts);
    c->open = false;
    return rc;
}

static int add_row(void *who, int64_t place, struct bytes counts)
{
    struct cells *c = who;
    int32_t first = (int32_t)(place >> 2 * BOARD_WORD_BITS) * BOARD_BLOCK;
    uint32_t key = 0, count;
    int rc;

    if (c->open && group_of(c, place) != c->group && (rc = flush(c)) != 0)
        return rc;
    c->group = group_of(c, place);
    c->open = true;
    while (board_next_count(&counts, &key, &count)) {
        uint32_t day = key / BOARD_DAY_KEYS;
        uint32_t category = key % BOARD_DAY_KEYS / BOARD_BANDS;

        if (first + (int32_t)day < c->q->from ||
            first + (int32_t)day > c->q->to)
            continue;
        c->counts[(c->q->day ? day * BOARD_CATEGORIES : 0) +
                  (c->q->category ? category : 0)] += count;
    }
    return 0;
}

int hub_board_cells(struct hub *hub, const struct board_cells *q,
                    int (*each)(void *who, const struct axes *axes,
                                int64_t count),
                    void *who)
{
    int32_t most = INT32_MAX / BOARD_BLOCK - 1;
    int32_t first = q->from < 0 ? 0 : q->from / BOARD_BLOCK;
    int32_t last = q->to / BOARD_BLOCK < most ? q->to / BOARD_BLOCK : most;
    struct cells *c = mem_new(sizeof *c);
    int rc;

    c->q = q;
    c->each = each;
    c->who = who;
    rc = board_store_days(hub->board.store, board_day_place(first, 0, 0),
                          board_day_place(last + 1, 0, 0), add_row, c);
    if (rc == 0)
        rc = flush(c);
    mem_free(&c);
    return rc;
}
