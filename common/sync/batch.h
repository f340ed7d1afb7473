/* common/sync/batch.h - copies of changes, gathered until a frame is full.
 *
 * The store lends entries one at a time; a batch outlives that. Pure.
 */
#ifndef LIENXA_SYNC_BATCH_H
#define LIENXA_SYNC_BATCH_H

#include "common/sync/change.h"

struct batch {
    struct change *changes; /* borrow from `bytes` after batch_seal */
    size_t count, room;
    struct buf bytes;
    size_t size; /* sum of the wire sizes given */
};

void batch_clear(struct batch *batch); /* memory kept */
void batch_free(struct batch *batch);

/* Copies `change` (its digest and places are the caller's). `size` = its wire
 * size. What must not leave is withheld before (change_withhold). */
void batch_add(struct batch *batch, const struct change *change, size_t size);

/* Makes the pointers of all changes valid; call once, after the last add. */
void batch_seal(struct batch *batch);

/* Replaces a whole part by its stub; an absent or stubbed one stays. */
void change_withhold(const struct hash_function *f, struct change *change,
                     int part);

#endif
