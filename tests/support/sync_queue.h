/* tests/support/sync_queue.h - messages under way: deep copies in a ring. */
#ifndef LIENXA_TESTS_SYNC_QUEUE_H
#define LIENXA_TESTS_SYNC_QUEUE_H

#include "tests/support/sync_store.h"

enum { PAIR_QUEUE = 4096 };

struct pair_frame { /* one message with all that it points to */
    struct sync_message message;
    size_t bytes;
    uint32_t route; /* where it came from or goes to */
    void *owned;
};

struct pair_queue {
    struct pair_frame *frames[PAIR_QUEUE];
    size_t first, count;
};

struct pair_frame *pair_frame_new(const struct sync_message *message,
                                  size_t bytes, uint32_t route);
void pair_frame_free(struct pair_frame *frame);
/* Takes the frame. */
void pair_queue_put(struct pair_queue *queue, struct pair_frame *frame);
/* The oldest, now the caller's, or NULL. */
struct pair_frame *pair_queue_get(struct pair_queue *queue);
void pair_queue_clear(struct pair_queue *queue);
/* What is under way on one route is lost. */
void pair_queue_drop(struct pair_queue *queue, uint32_t route);

#endif
