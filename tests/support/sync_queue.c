#include "tests/support/sync_queue.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

static void *owned_batch(struct msg_batch *batch)
{
    struct block {
        struct hash head;
        struct change changes[];
    } * block;
    size_t changes = batch->count * sizeof(struct change);
    uint8_t *headers;

    block = mem_new(sizeof *block + changes + batch->count * FAKE_HEADER);
    headers = (uint8_t *)block + sizeof *block + changes;
    memcpy(&block->head, batch->head.body.data, sizeof block->head);
    batch->head.body.data = block->head.bytes;
    for (size_t i = 0; i < batch->count; i++) {
        uint8_t *header = headers + i * FAKE_HEADER;

        memcpy(header, batch->changes[i].header_bytes.data, FAKE_HEADER);
        block->changes[i] = batch->changes[i];
        block->changes[i].header_bytes.data = header;
    }
    batch->changes = block->changes;
    return block;
}

struct pair_frame *pair_frame_new(const struct sync_message *message,
                                  size_t bytes, uint32_t route)
{
    struct pair_frame *frame = mem_new(sizeof *frame);
    struct sync_message *copy = &frame->message;

    *copy = *message;
    frame->bytes = bytes;
    frame->route = route;
    if (copy->type == MSG_HELLO) {
        frame->owned =
            mem_copy(copy->hello.claims,
                     copy->hello.claim_count * sizeof *copy->hello.claims);
        copy->hello.claims = frame->owned;
    } else if (copy->type == MSG_EARLY_LIST || copy->type == MSG_WANT) {
        size_t count =
            copy->type == MSG_WANT ? copy->want.count : copy->early_list.count;
        const struct early_ref *refs =
            copy->type == MSG_WANT ? copy->want.refs : copy->early_list.refs;

        frame->owned = mem_copy(refs, count * sizeof *refs);
        if (copy->type == MSG_WANT)
            copy->want.refs = frame->owned;
        else
            copy->early_list.refs = frame->owned;
    } else if (copy->type == MSG_EARLY) {
        frame->owned =
            mem_copy(copy->early.change.header_bytes.data, FAKE_HEADER);
        copy->early.change.header_bytes.data = frame->owned;
    } else if (copy->type == MSG_BATCH) {
        frame->owned = owned_batch(&copy->batch);
    } else if (copy->type == MSG_VAULT && copy->vault.count > 0) {
        frame->owned =
            mem_copy(copy->vault.objects,
                     copy->vault.count * sizeof *copy->vault.objects);
        copy->vault.objects = frame->owned; /* bytes: literals */
    } else if (copy->type == MSG_VAULT_WANT) {
        frame->owned =
            mem_copy(copy->vault_want.refs,
                     copy->vault_want.count * sizeof *copy->vault_want.refs);
        copy->vault_want.refs = frame->owned;
    }
    return frame;
}

void pair_frame_free(struct pair_frame *frame)
{
    mem_free(&frame->owned);
    mem_free(&frame);
}

void pair_queue_put(struct pair_queue *queue, struct pair_frame *frame)
{
    assert(queue->count < PAIR_QUEUE);
    queue->frames[(queue->first + queue->count++) % PAIR_QUEUE] = frame;
}

struct pair_frame *pair_queue_get(struct pair_queue *queue)
{
    struct pair_frame *frame;

    if (queue->count == 0)
        return NULL;
    frame = queue->frames[queue->first];
    queue->first = (queue->first + 1) % PAIR_QUEUE;
    queue->count--;
    return frame;
}

void pair_queue_clear(struct pair_queue *queue)
{
    struct pair_frame *frame;

    while ((frame = pair_queue_get(queue)) != NULL)
        pair_frame_free(frame);
}

void pair_queue_drop(struct pair_queue *queue, uint32_t route)
{
    for (size_t n = queue->count; n > 0; n--) {
        struct pair_frame *frame = pair_queue_get(queue);

        assert(frame != NULL);
        if (frame->route == route)
            pair_frame_free(frame);
        else
            pair_queue_put(queue, frame);
    }
}
