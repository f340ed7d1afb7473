/* hub/board_cells.c - the board's counts as cells of axes, for statistics over
 * any stretch of days: as many numbers are read as there are days, villages and
 * kinds, not as there are reports.
 *
 * Whole blocks of sixteen days come from their sums (hub/board_sum.c), and so
 * do the two at the ends where days are told apart there. Else their days are
 * read as they are: from the counts of each village, or, by state, from the
 * ledger's figures.
 */
#include <string.h>

#include "common/base/mem.h"
#include "hub/board_inside.h"

enum {
    CELLS = BOARD_BLOCK * BOARD_CATEGORIES,
    DAY_MOST = BOARD_BLOCK_MOST * BOARD_BLOCK + BOARD_BLOCK - 1
};

struct cells {
    struct hub *hub;
    const struct board_cells *q;
    int (*each)(void *who, const struct axes *axes, int64_t count);
    void *who;
    int32_t first, last; /* days: from..to of those there can be */
    /* ---- of rows of days */
    int32_t from, to;      /* days that are read */
    int64_t group;         /* place of the first row of what is being summed */
    bool open;             /* there is one */
    int64_t counts[CELLS]; /* by day of the block and category, as asked */
};

/* Only what is asked for is told. */
static int tell(struct cells *c, struct axes *axes, int64_t count)
{
    if (!c->q->village)
        axes->village = 0;
    if (!c->q->category)
        axes->category = 0;
    if (!c->q->day)
        axes->day = 0;
    if (!c->q->state)
        axes->state = 0;
    return c->each(c->who, axes, count);
}

/* ---- rows of days */

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
    int rc = 0;

    for (size_t i = 0; c->open && i < CELLS && rc == 0; i++) {
        struct axes axes = {
            .home = (uint32_t)(c->group >> BOARD_WORD_BITS) & word,
            .village = (uint32_t)c->group & word,
            .day = block * BOARD_BLOCK + (int32_t)(i / BOARD_CATEGORIES),
            .category = (uint32_t)(i % BOARD_CATEGORIES)};

        if (c->counts[i] != 0)
            rc = tell(c, &axes, c->counts[i]);
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

        if (first + (int32_t)day < c->from || first + (int32_t)day > c->to)
            continue;
        c->counts[(c->q->day ? day * BOARD_CATEGORIES : 0) +
                  (c->q->category ? category : 0)] += count;
    }
    return 0;
}

static int add_figure(void *who, const struct axes *axes, int64_t count)
{
    struct cells *c = who;
    struct axes told = {.day = axes->day,
                        .home = axes->home,
                        .village = axes->village,
                        .category = axes->category,
                        .state = axes->state};

    return tell(c, &told, count);
}

static int read_days(struct cells *c, int32_t from, int32_t to)
{
    int rc;

    if (from > to)
        return 0;
    if (c->q->state)
        return ledger_figures(c->hub->ledger, from, to, add_figure, c);
    c->from = from;
    c->to = to;
    rc = board_store_days(
        c->hub->board.store, board_day_place(from / BOARD_BLOCK, 0, 0),
        board_day_place(to / BOARD_BLOCK + 1, 0, 0), add_row, c);
    return rc != 0 ? rc : flush(c);
}

/* ---- sums */

/* Days and kinds from the days of a sum. */
static int add_sum_days(void *who, const struct board_sum *sum)
{
    struct cells *c = who;
    struct bytes counts = sum->counts;
    uint32_t key = 0, count;
    int rc = 0;

    while (rc == 0 && board_next(&counts, &key, &count, SUM_KEYS) &&
           key < SUM_BAND) {
        struct axes axes = {.home = sum->home,
                            .day = sum->block * BOARD_BLOCK +
                                   (int32_t)(key / SUM_STATES),
                            .category = sum->kind < 0 ? 0 : (uint32_t)sum->kind,
                            .state = key % SUM_STATES};

        if (axes.day >= c->first && axes.day <= c->last)
            rc = tell(c, &axes, count);
    }
    return rc;
}

static int add_sum_kinds(void *who, const struct board_sum *sum)
{
    struct bytes counts = sum->counts;
    uint32_t key = 0, count;
    int rc = 0;

    while (rc == 0 && board_next(&counts, &key, &count, SUM_KEYS) &&
           key < SUM_VILLAGE) {
        struct axes axes = {.home = sum->home,
                            .category = (key - SUM_KIND) / SUM_STATES,
                            .state = key % SUM_STATES};

        if (key >= SUM_KIND)
            rc = tell(who, &axes, count);
    }
    return rc;
}

static int add_sum_villages(void *who, const struct board_sum *sum)
{
    struct bytes counts = sum->counts;
    uint32_t key = 0, count;
    int rc = 0;

    while (rc == 0 && board_next(&counts, &key, &count, SUM_KEYS)) {
        struct axes axes = {.home = sum->home,
                            .village = (key - SUM_VILLAGE) / SUM_STATES,
                            .category = sum->kind < 0 ? 0 : (uint32_t)sum->kind,
                            .state = key % SUM_STATES};

        if (key >= SUM_VILLAGE)
            rc = tell(who, &axes, count);
    }
    return rc;
}

/* The blocks `first`..`last` of every unit. */
static int read_sums(struct cells *c, int32_t first, int32_t last, int kind,
                     int (*each)(void *who, const struct board_sum *sum))
{
    struct board_store *s = c->hub->board.store;
    struct board_sums q = {0, first, last, kind};
    int rc;

    do {
        rc = hub_board_sums(s, &q, each, c);
        q.home = rc == 0 ? hub_board_sums_home(s, q.home + 1) : 0;
    } while (q.home != 0);
    return rc;
}

/* Blocks that are touched, and those of which all days are asked for. */
struct stretch {
    int32_t first, last;
    int32_t whole_first, whole_last;
};

static struct stretch stretch_of(int32_t from, int32_t to)
{
    int32_t first = from / BOARD_BLOCK, last = to / BOARD_BLOCK;
    struct stretch s = {first, last, first, last};

    if (from > first * BOARD_BLOCK)
        s.whole_first++;
    if (to < last * BOARD_BLOCK + BOARD_BLOCK - 1)
        s.whole_last--;
    return s;
}

/* The days of a block that is touched: from its sums by kind, or (NULL) one by
 * one. */
static int read_end(struct cells *c, int32_t block,
                    int (*days)(void *who, const struct board_sum *sum))
{
    int32_t from = block * BOARD_BLOCK, to = from + BOARD_BLOCK - 1;

    return days != NULL ? read_sums(c, block, block, SUM_EACH_KIND, days)
                        : read_days(c, from < c->first ? c->first : from,
                                    to > c->last ? c->last : to);
}

static int read_ends(struct cells *c, const struct stretch *s,
                     int (*days)(void *who, const struct board_sum *sum))
{
    bool first = s->whole_first > s->first;
    int rc = first ? read_end(c, s->first, days) : 0;

    return rc != 0 || s->whole_last == s->last || (first && s->first == s->last)
               ? rc
               : read_end(c, s->last, days);
}

static int read_cells(struct cells *c)
{
    const struct board_cells *q = c->q;
    struct stretch s = stretch_of(c->first, c->last);
    int kind = q->category ? SUM_EACH_KIND : SUM_ALL_KINDS;
    int rc;

    if (c->first > c->last)
        return 0;
    if (q->village && q->day)
        return read_days(c, c->first, c->last);
    if (q->village) {
        rc = read_sums(c, s.whole_first, s.whole_last, kind, add_sum_villages);
        return rc != 0 ? rc : read_ends(c, &s, NULL);
    }
    if (q->category && !q->day) {
        rc = read_sums(c, s.whole_first, s.whole_last, SUM_ALL_KINDS,
                       add_sum_kinds);
        return rc != 0 ? rc : read_ends(c, &s, add_sum_days);
    }
    return read_sums(c, s.first, s.last, kind, add_sum_days);
}

int hub_board_cells(struct hub *hub, const struct board_cells *q,
                    int (*each)(void *who, const struct axes *axes,
                                int64_t count),
                    void *who)
{
    struct cells *c = mem_new(sizeof *c);
    int rc;

    c->hub = hub;
    c->q = q;
    c->first = q->from < 0 ? 0 : q->from;
    c->last = q->to < DAY_MOST ? q->to : DAY_MOST;
    c->each = each;
    c->who = who;
    rc = read_cells(c);
    mem_free(&c);
    return rc;
}
