/* hub/board_inside.h - what hub/board.c and hub/board_read.c share: places and
 * counts. Not for others.
 */
#ifndef LIENXA_HUB_BOARD_INSIDE_H
#define LIENXA_HUB_BOARD_INSIDE_H

#include "hub/board.h"

enum { BOARD_DAY, BOARD_OPEN, BOARD_DUE, BOARD_VILLAGE };
enum { OPEN_ALL, OPEN_URGENT, OPEN_WAITING, OPEN_OVERDUE };
enum {
    BOARD_CATEGORY_BITS = 8,
    BOARD_WORD_BITS = 13,
    BOARD_OPEN_BITS = BOARD_WORD_BITS + BOARD_CATEGORY_BITS,
    BOARD_TABLE_SHIFT = 60,
    BOARD_KEY_BITS = 13, /* BOARD_KEYS are less */
    BOARD_BLOCK = 16,    /* days of one row */
    BOARD_DAY_KEYS = BOARD_CATEGORIES * BOARD_BANDS,
    BOARD_KEYS = BOARD_BLOCK * BOARD_DAY_KEYS
};

/* So many reports more (or less) at a key of a place of a table: all three in
 * one number, by which they are sorted. What falls due has no key. */
struct board_bump {
    uint64_t at;
    int64_t delta;
};

static inline uint64_t board_at(unsigned table, int64_t place, uint32_t key)
{
    uint64_t rest = table == BOARD_DUE
                        ? (uint64_t)place
                        : (uint64_t)place << BOARD_KEY_BITS | key;

    return (uint64_t)table << BOARD_TABLE_SHIFT | rest;
}

static inline unsigned board_table(uint64_t at)
{
    return (unsigned)(at >> BOARD_TABLE_SHIFT);
}

/* Table and place: bumps of one row have the same. */
static inline uint64_t board_row(uint64_t at)
{
    return board_table(at) == BOARD_DUE ? at : at >> BOARD_KEY_BITS;
}

static inline int64_t board_place(uint64_t at)
{
    uint64_t rest = at & ((UINT64_C(1) << BOARD_TABLE_SHIFT) - 1);

    return (int64_t)(board_table(at) == BOARD_DUE ? rest
                                                  : rest >> BOARD_KEY_BITS);
}

static inline uint32_t board_key_of(uint64_t at)
{
    return board_table(at) == BOARD_DUE
               ? 0
               : (uint32_t)at & ((1U << BOARD_KEY_BITS) - 1);
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

/* The next pair of a row's counts; `*key` is 0 before the first. */
static inline bool board_next_count(struct bytes *counts, uint32_t *key,
                                    uint32_t *count)
{
    uint32_t gap;

    /* nearly all pairs are two bytes */
    if (counts->size >= 2 && (counts->data[0] | counts->data[1]) < 0x80 &&
        counts->data[0] < BOARD_KEYS - *key) {
        *key += counts->data[0];
        *count = counts->data[1];
        counts->data += 2;
        counts->size -= 2;
        return true;
    }
    if (counts->size == 0 || !board_number(counts, &gap) ||
        !board_number(counts, count) || gap >= BOARD_KEYS - *key)
        return false;
    *key += gap;
    return true;
}

#endif
