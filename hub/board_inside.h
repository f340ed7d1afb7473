/* hub/board_inside.h - what the hub/board*.c share: places and counts. Not for
 * others.
 */
#ifndef LIENXA_HUB_BOARD_INSIDE_H
#define LIENXA_HUB_BOARD_INSIDE_H

#include "hub/board.h"

enum { BOARD_DAY, BOARD_OPEN, BOARD_VILLAGE, BOARD_SUM };
enum { OPEN_ALL, OPEN_URGENT, OPEN_WAITING, OPEN_OVERDUE };
enum {
    BOARD_CATEGORY_BITS = 8,
    BOARD_WORD_BITS = 13,
    BOARD_TABLE_SHIFT = 60,
    BOARD_STATE_BITS = 4,
    BOARD_KEY_BITS = 18, /* of a day's with its state, and of a sum's */
    BOARD_BLOCK = 16,    /* days of one row */
    BOARD_BLOCK_MOST = (1 << BOARD_WORD_BITS) - 1,
    BOARD_DAY_KEYS = BOARD_CATEGORIES * BOARD_BANDS,
    BOARD_KEYS = BOARD_BLOCK * BOARD_DAY_KEYS
};

/* The keys of a sum: days by state, bands of hours, kinds by state (only where
 * all kinds are one), villages by state. */
enum {
    SUM_STATES = 1 << BOARD_STATE_BITS,
    SUM_BAND = BOARD_BLOCK * SUM_STATES,
    SUM_KIND = SUM_BAND + SUM_STATES,
    SUM_VILLAGE = SUM_KIND + BOARD_CATEGORIES * SUM_STATES,
    SUM_KEYS = SUM_VILLAGE + (SUM_STATES << BOARD_WORD_BITS),
    SUM_ALL_KINDS = -1,
    SUM_EACH_KIND = -2
};
_Static_assert((int)BOARD_BANDS <= SUM_STATES &&
                   (int)REPORT_STATE_END <= SUM_STATES,
               "bands and states have room");
_Static_assert(SUM_KEYS <= 1 << BOARD_KEY_BITS, "a sum's keys fit");

/* So many reports more (or less) at a key of a place of a table: all three in
 * one number, by which they are sorted. A day's key has the state in its low
 * bits, which its row leaves out. */
struct board_bump {
    uint64_t at;
    int64_t delta;
};

static inline uint64_t board_at(unsigned table, int64_t place, uint32_t key)
{
    return (uint64_t)table << BOARD_TABLE_SHIFT |
           (uint64_t)place << BOARD_KEY_BITS | key;
}

static inline unsigned board_table(uint64_t at)
{
    return (unsigned)(at >> BOARD_TABLE_SHIFT);
}

/* Table and place: bumps of one row have the same. */
static inline uint64_t board_row(uint64_t at) { return at >> BOARD_KEY_BITS; }

static inline int64_t board_place(uint64_t at)
{
    return (int64_t)((at & ((UINT64_C(1) << BOARD_TABLE_SHIFT) - 1)) >>
                     BOARD_KEY_BITS);
}

static inline uint32_t board_key_of(uint64_t at)
{
    return (uint32_t)at & ((1U << BOARD_KEY_BITS) - 1);
}

static inline int64_t board_open_place(uint32_t home, uint32_t category)
{
    return (int64_t)home << BOARD_CATEGORY_BITS | (int64_t)category;
}

static inline int64_t board_day_place(int32_t block, uint32_t home,
                                      uint32_t village)
{
    return ((int64_t)block << BOARD_WORD_BITS | (int64_t)home)
               << BOARD_WORD_BITS |
           (int64_t)village;
}

static inline uint32_t board_key(int32_t day, uint32_t category, uint32_t band)
{
    return (uint32_t)(day % BOARD_BLOCK) * BOARD_DAY_KEYS +
           category * BOARD_BANDS + band;
}

/* What the sums of one block of a unit are found by. */
static inline int64_t board_sum_place(bool by_kind, uint32_t home,
                                      int32_t block)
{
    return ((int64_t)by_kind << BOARD_WORD_BITS | (int64_t)home)
               << BOARD_WORD_BITS |
           (int64_t)block;
}

static inline int64_t board_village_place(uint32_t home, uint32_t village)
{
    return (int64_t)home << BOARD_WORD_BITS | (int64_t)village;
}

static inline int64_t *board_open_field(struct board_open *open, uint32_t key)
{
    return key == OPEN_ALL       ? &open->open
           : key == OPEN_URGENT  ? &open->urgent
           : key == OPEN_WAITING ? &open->waiting
                                 : &open->overdue;
}

/* Appends the bumps of a step to an array of struct board_bump. */
void hub_board_bumps(struct buf *out, const struct ledger_step *step,
                     int64_t settled);
/* Sorted, one for each key, none of 0. The new count. */
size_t hub_board_fold(struct buf *bumps);

/* Counts in the order of their keys: pairs of numbers, how many keys further
 * and how many reports. Less than nothing is nothing: verify finds it. */
struct board_writing {
    struct buf out;
    uint32_t last; /* key */
};
void hub_board_write_number(struct buf *out, uint32_t value);
/* Merges `count` bumps, sorted, into the counts `held` have; the low `shift`
 * bits of their keys are left out. */
void hub_board_merge(struct board_writing *w, struct bytes held,
                     const struct board_bump *b, size_t count, unsigned shift);

/* ---- sums (hub/board_sum.c) */

/* What the bump of a day says to the sums of its block: bumps again. */
void hub_board_sum_bumps(struct buf *out, const struct board_bump *day);
/* `count` bumps of days of one block and unit go into its sums. */
int hub_board_sum_write(struct hub_board *board, const struct board_bump *b,
                        size_t count);
/* The sums of a unit's blocks `first`..`last`: of all kinds as one, of each, or
 * of one (its index). */
struct board_sums {
    uint32_t home;
    int32_t first, last;
    int kind;
};
struct board_sum {
    uint32_t home;
    int32_t block;
    int kind; /* or SUM_ALL_KINDS */
    struct bytes counts;
};
int hub_board_sums(struct board_store *s, const struct board_sums *q,
                   int (*each)(void *who, const struct board_sum *sum),
                   void *who);
/* The first unit from `home` on that has any; 0: none. */
uint32_t hub_board_sums_home(struct board_store *s, uint32_t home);
/* What is written less than nothing: verify's. */
int hub_board_sums_less(struct board_store *s, struct buf *bumps);

/* LEB128; nearly all are of one byte. */
static inline bool board_number(struct bytes *from, uint32_t *out)
{
    *out = 0;
    for (unsigned shift = 0; from->size > 0 && shift < 32; shift += 7) {
        uint8_t byte = *from->data;

        from->data++;
        from->size--;
        *out |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* The next pair of a row's counts, of less than `most` keys; `*key` is 0 before
 * the first. */
static inline bool board_next(struct bytes *counts, uint32_t *key,
                              uint32_t *count, uint32_t most)
{
    uint32_t gap;

    /* nearly all pairs are two bytes */
    if (counts->size >= 2 && (counts->data[0] | counts->data[1]) < 0x80 &&
        counts->data[0] < most - *key) {
        *key += counts->data[0];
        *count = counts->data[1];
        counts->data += 2;
        counts->size -= 2;
        return true;
    }
    if (counts->size == 0 || !board_number(counts, &gap) ||
        !board_number(counts, count) || gap >= most - *key)
        return false;
    *key += gap;
    return true;
}

static inline bool board_next_count(struct bytes *counts, uint32_t *key,
                                    uint32_t *count)
{
    return board_next(counts, key, count, BOARD_KEYS);
}

/* Passes by pairs that all lead to keys below `until`, four at a time: what is
 * left of them may still do so. */
static inline void board_skip(struct bytes *counts, uint32_t *key,
                              uint32_t until)
{
    for (; counts->size >= 8; counts->data += 8, counts->size -= 8) {
        const uint8_t *at = counts->data;
        unsigned all =
            at[0] | at[1] | at[2] | at[3] | at[4] | at[5] | at[6] | at[7];
        uint32_t gaps = (uint32_t)at[0] + at[2] + at[4] + at[6];

        if (all >= 0x80 || *key + gaps >= until)
            return;
        *key += gaps;
    }
}

#endif
