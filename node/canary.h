/* node/canary.h - once an hour a record that says how far the audit log goes
 * (node/audit.h), and proves that what is written here arrives at the hub
 * (PROTOCOL 4.12).
 *
 * Written while the line is up, never while one is not acknowledged: a commune
 * that is cut off piles up none.
 */
#ifndef LIENXA_NODE_CANARY_H
#define LIENXA_NODE_CANARY_H

#include <stdint.h>

#include "common/base/id.h"

struct node;

struct canary {
    int64_t every_ms; /* 0: none are written */
    int64_t due_ms;   /* monotonic */
    struct id record; /* of this process */
    uint64_t seq;     /* in `up`, of one that is not acknowledged; 0: none */
    int64_t since_ms; /* monotonic: when it was written */
    int64_t took_ms;  /* the last one, to its acknowledgement; 0: not known */
    int64_t
        audit_ms; /* monotonic: before that the log is not looked at again */
};

/* The first one comes within `every_ms` (0: never), at a random moment. */
void node_canary_open(struct node *node, int64_t every_ms);
/* In a turn: looks for the acknowledgement, writes when it is time. 0, or the
 * disk's failure. */
int node_canary_work(struct node *node);
/* Monotonic; INT64_MAX: nothing to do before something else happens. */
int64_t node_canary_deadline(const struct node *node);

#endif
