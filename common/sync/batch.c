/* common/sync/batch.c - offsets while gathering, pointers once sealed: the
 * buffer moves as it grows. */
#include "common/sync/batch.h"

#include <string.h>

#include "common/base/mem.h"

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->size = 0;
    buf_clear(&batch->bytes);
}

void batch_free(struct batch *batch)
{
    mem_free(&batch->changes);
    buf_free(&batch->bytes);
    memset(batch, 0, sizeof *batch);
}

/* Copies the bytes and leaves their offset where the pointer will be. */
static void keep(struct batch *batch, struct bytes *bytes)
{
    size_t offset = batch->bytes.size;

    if (bytes->size > 0)
        buf_add_bytes(&batch->bytes, *bytes);
    bytes->data = (const uint8_t *)(uintptr_t)offset;
}

void batch_add(struct batch *batch, const struct change *change, size_t size)
{
    struct change *copy;

    if (batch->count == batch->room) {
        batch->room = batch->room == 0 ? 64 : batch->room * 2;
        batch->changes =
            mem_grow(batch->changes, batch->room, sizeof *batch->changes);
    }
    copy = &batch->changes[batch->count++];
    *copy = *change;
    keep(batch, &copy->header_bytes);
    for (int i = 0; i < PART_COUNT; i++)
        if (copy->part[i].form == PART_WHOLE)
            keep(batch, &copy->part[i].bytes);
    batch->size += size;
}

static void place(const struct batch *batch, struct bytes *bytes)
{
    bytes->data = batch->bytes.data + (uintptr_t)bytes->data;
}

void batch_seal(struct batch *batch)
{
    buf_reserve(&batch->bytes, 1); /* so that there is a base to add to */
    for (size_t n = 0; n < batch->count; n++) {
        struct change *change = &batch->changes[n];

        place(batch, &change->header_bytes);
        for (int i = 0; i < PART_COUNT; i++)
            if (change->part[i].form == PART_WHOLE)
                place(batch, &change->part[i].bytes);
    }
}

void change_withhold(const struct hash_function *f, struct change *change,
                     int part)
{
    struct part *p = &change->part[part];

    if (p->form != PART_WHOLE)
        return;
    p->hash = part_hash(f, p);
    p->form = PART_STUB;
    p->bytes = (struct bytes){NULL, 0};
}
