/* common/setup/child.h - one step of setting up, in a process of its own.
 */
#ifndef LIENXA_SETUP_CHILD_H
#define LIENXA_SETUP_CHILD_H

#include "common/setup/steps.h"

struct setup_child;

struct setup_task {
    const struct setup_steps *steps;
    const char *folder;
    enum setup_what what;
    const struct json *args;           /* may be NULL */
    const struct setup_shares *shares; /* may be NULL */
};

/* Forks; the caller has no other thread. ERR_IO. Owned. */
int setup_child_start(struct setup_child **out, const struct setup_task *task,
                      struct error *err);
/* To be polled for reading. */
int setup_child_fd(const struct setup_child *child);
/* Reads what there is. True: it has ended; then `door` was told of what came of
 * it, and the child is gone (NULL). */
bool setup_child_work(struct setup_child **child, struct setup_door *door);
/* Ends it. NULL is fine. */
void setup_child_kill(struct setup_child **child);

#endif
