/* hub/board_inside.h - what hub/board.c and hub/board_read.c share: places and
 * counts. Not for others.
 */
#ifndef LIENXA_HUB_BOARD_INSIDE_H
#define LIENXA_HUB_BOARD_INSIDE_H

#include "hub/board.h"

enum { BOARD_DAY, BOARD_OPEN, BOARD_DUE };
enum { OPEN_ALL, OPEN_URGENT, OPEN_WAITING, OPEN_OVERDUE };
enum {
    BOARD_CATEGORY_BITS = 8,
    BOARD_WORD_BITS = 13,
    BOARD_OPEN_BITS = BOARD_WORD_BITS + BOARD_CATEGORY_BITS,
    BOARD_KEYS = BOARD_CATEGORIES * BOARD_BANDS
};

/* So many reports more (or less) at a key of a place of a table. */
struct board_bump {
    int64_t place, delta;
    int table;
    uint32_t key;
};

static inline int64_t board_open_place(uint32_t home, uint32_t category)
{
    return (int64_t)home << BOARD_CATEGORY_BITS | (int64_t)category;
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

/* The next pair of a day's counts; `*key` is 0 before the first. */
bool board_next_count(struct bytes *counts, uint32_t *key, uint32_t *count);

#endif
