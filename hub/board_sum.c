/* hub/board_sum.c - the board's counts of sixteen days and a unit, added up.
 *
 * A row of board_day has every day, kind and band of hours of a village: nearly
 * as many counts as there are reports. What is asked of a whole block is known
 * beforehand, so its sums are kept: by day and state, by band, by kind and
 * state, by village and state; once of all kinds as one, and in another row of
 * each kind for itself. That row is a list of kinds: how many kinds further,
 * how many bytes, and the counts as in a row of days.
 */
#include "hub/board_inside.h"

static uint32_t low(int64_t place, unsigned bits)
{
    return (uint32_t)place & ((UINT32_C(1) << bits) - 1);
}

/* Of a bump the kind is in the place: 0 all, else its index + 1. */
static int64_t bump_place(uint32_t group, int64_t day_place)
{
    uint32_t home = low(day_place >> BOARD_WORD_BITS, BOARD_WORD_BITS);
    int32_t block = (int32_t)(day_place >> 2 * BOARD_WORD_BITS);

    return (int64_t)group << 2 * BOARD_WORD_BITS |
           board_sum_place(false, home, block);
}

static void bump(struct buf *out, int64_t place, uint32_t key, int64_t delta)
{
    struct board_bump b = {board_at(BOARD_SUM, place, key), delta};

    buf_add(out, &b, sizeof b);
}

void hub_board_sum_bumps(struct buf *out, const struct board_bump *b)
{
    uint32_t key = board_key_of(b->at), state = low(key, BOARD_STATE_BITS);
    uint32_t cell = key >> BOARD_STATE_BITS;
    uint32_t day = cell / BOARD_DAY_KEYS;
    uint32_t kind = cell % BOARD_DAY_KEYS / BOARD_BANDS;
    uint32_t village = low(board_place(b->at), BOARD_WORD_BITS);
    int64_t all = bump_place(0, board_place(b->at));
    int64_t one = bump_place(kind + 1, board_place(b->at));

    bump(out, all, SUM_KIND + kind * SUM_STATES + state, b->delta);
    for (int i = 0; i < 2; i++) {
        int64_t place = i == 0 ? all : one;

        bump(out, place, day * SUM_STATES + state, b->delta);
        bump(out, place, SUM_BAND + cell % BOARD_BANDS, b->delta);
        bump(out, place, SUM_VILLAGE + village * SUM_STATES + state, b->delta);
    }
}

/* ---- writing */

static uint32_t group_of(const struct board_bump *b)
{
    return (uint32_t)(board_place(b->at) >> 2 * BOARD_WORD_BITS);
}

/* How many are of the group of the first. */
static size_t of_group(const struct board_bump *b, size_t count)
{
    size_t n = 1;

    while (n < count && group_of(&b[n]) == group_of(b))
        n++;
    return n;
}

static int write_all(struct board_store *s, int64_t place,
                     const struct board_bump *b, size_t count)
{
    struct board_writing w = {.last = 0};
    struct bytes held;
    int rc = board_store_sum(s, place, &held);

    if (rc != 0)
        return rc;
    hub_board_merge(&w, held, b, count, 0);
    rc = board_store_put_sum(s, place, buf_bytes(&w.out));
    buf_free(&w.out);
    return rc;
}

/* The next kind of a row and its counts; `*group` is 0 before the first. */
static bool next_kind(struct bytes *row, uint32_t *group, struct bytes *counts)
{
    uint32_t gap, size;

    if (row->size == 0 || !board_number(row, &gap) ||
        !board_number(row, &size) || gap == 0 ||
        gap > BOARD_CATEGORIES - *group || size > row->size)
        return false;
    *group += gap;
    *counts = (struct bytes){row->data, size};
    row->data += size;
    row->size -= size;
    return true;
}

static void write_kind(struct buf *out, uint32_t *last, uint32_t group,
                       struct bytes counts)
{
    if (counts.size == 0)
        return;
    hub_board_write_number(out, group - *last);
    hub_board_write_number(out, (uint32_t)counts.size);
    buf_add_bytes(out, counts);
    *last = group;
}

/* Kinds that did not change are copied as they are. */
static void merge_kinds(struct buf *out, struct bytes row,
                        const struct board_bump *b, size_t count)
{
    uint32_t group = 0, last = 0;
    struct board_writing w = {.last = 0};
    struct bytes held, none = {NULL, 0};
    bool more = next_kind(&row, &group, &held);

    while (more || count > 0) {
        uint32_t next = count > 0 ? group_of(b) : UINT32_MAX;
        size_t n = count > 0 ? of_group(b, count) : 0;

        if (more && group < next) {
            write_kind(out, &last, group, held);
        } else {
            buf_clear(&w.out);
            w.last = 0;
            hub_board_merge(&w, more && group == next ? held : none, b, n, 0);
            write_kind(out, &last, next, buf_bytes(&w.out));
            b += n;
            count -= n;
            if (!more || group > next)
                continue;
        }
        more = next_kind(&row, &group, &held);
    }
    buf_free(&w.out);
}

static int write_kinds(struct board_store *s, int64_t place,
                       const struct board_bump *b, size_t count)
{
    struct buf out = {0};
    struct bytes row;
    int rc = board_store_sum(s, place, &row);

    if (rc != 0)
        return rc;
    merge_kinds(&out, row, b, count);
    rc = board_store_put_sum(s, place, buf_bytes(&out));
    buf_free(&out);
    return rc;
}

int hub_board_sum_write(struct hub_board *board, const struct board_bump *b,
                        size_t count)
{
    int64_t day = board_place(b->at);
    uint32_t home = low(day >> BOARD_WORD_BITS, BOARD_WORD_BITS);
    int32_t block = (int32_t)(day >> 2 * BOARD_WORD_BITS);
    const struct board_bump *sums;
    size_t folded, all;
    int rc = 0;

    buf_clear(&board->sums);
    for (size_t i = 0; i < count; i++)
        hub_board_sum_bumps(&board->sums, &b[i]);
    if ((folded = hub_board_fold(&board->sums)) == 0)
        return 0;
    sums = (const struct board_bump *)(const void *)board->sums.data;
    all = group_of(sums) == 0 ? of_group(sums, folded) : 0;
    if (all > 0)
        rc = write_all(board->store, board_sum_place(false, home, block), sums,
                       all);
    if (rc == 0 && folded > all)
        rc = write_kinds(board->store, board_sum_place(true, home, block),
                         sums + all, folded - all);
    return rc;
}

/* ---- reading */

struct summing {
    int kind; /* asked for */
    int (*each)(void *who, const struct board_sum *sum);
    void *who;
};

static int see_row(void *who, int64_t place, struct bytes row)
{
    const struct summing *s = who;
    struct board_sum sum = {low(place >> BOARD_WORD_BITS, BOARD_WORD_BITS),
                            (int32_t)low(place, BOARD_WORD_BITS), SUM_ALL_KINDS,
                            row};
    uint32_t group = 0;
    int rc = 0;

    if (s->kind == SUM_ALL_KINDS)
        return s->each(s->who, &sum);
    while (rc == 0 && next_kind(&row, &group, &sum.counts)) {
        sum.kind = (int)group - 1;
        if (s->kind == SUM_EACH_KIND || s->kind == sum.kind)
            rc = s->each(s->who, &sum);
        if (s->kind >= 0 && sum.kind >= s->kind)
            break;
    }
    return rc;
}

int hub_board_sums(struct board_store *s, const struct board_sums *q,
                   int (*each)(void *who, const struct board_sum *sum),
                   void *who)
{
    struct summing summing = {q->kind, each, who};
    bool by_kind = q->kind != SUM_ALL_KINDS;
    int32_t last = q->last < BOARD_BLOCK_MOST ? q->last : BOARD_BLOCK_MOST;

    if (q->first > last)
        return 0;
    return board_store_sums(s, board_sum_place(by_kind, q->home, q->first),
                            board_sum_place(by_kind, q->home, last) + 1,
                            see_row, &summing);
}

uint32_t hub_board_sums_home(struct board_store *s, uint32_t home)
{
    int64_t place = board_store_first_sum(s, board_sum_place(false, home, 0));

    return place >= board_sum_place(true, 0, 0)
               ? 0
               : low(place >> BOARD_WORD_BITS, BOARD_WORD_BITS);
}

/* ---- verifying */

static int take_off(void *who, const struct board_sum *sum)
{
    int64_t place = (int64_t)(sum->kind + 1) << 2 * BOARD_WORD_BITS |
                    board_sum_place(false, sum->home, sum->block);
    struct bytes counts = sum->counts;
    uint32_t key = 0, count;

    while (board_next(&counts, &key, &count, SUM_KEYS))
        bump(who, place, key, -(int64_t)count);
    if (counts.size > 0) /* not numbers */
        bump(who, place, 0, -INT64_C(0x7fffffff));
    return 0;
}

int hub_board_sums_less(struct board_store *s, struct buf *bumps)
{
    struct summing all = {SUM_ALL_KINDS, take_off, bumps};
    struct summing each = {SUM_EACH_KIND, take_off, bumps};
    int64_t by_kind = board_sum_place(true, 0, 0);
    int rc = board_store_sums(s, 0, by_kind, see_row, &all);

    return rc != 0 ? rc
                   : board_store_sums(s, by_kind, INT64_MAX, see_row, &each);
}
