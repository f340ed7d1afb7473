/* node/erase.h - a report's words and its sealed sender leave for good.
 *
 * Erasing is writing the tombstone (PROTOCOL 7.8): body and vault of every
 * version become stubs, here in the same transaction and wherever copies are
 * when it arrives there. The fact stays, and so do the figures. Who, when and
 * why stays in the commune.
 */
#ifndef LIENXA_NODE_ERASE_H
#define LIENXA_NODE_ERASE_H

#include "node/node.h"

struct erase_order {
    struct id id;
    const char *by;     /* who decided */
    const char *reason; /* as typed, or NULL */
};

/* A report that was erased already stays as it is: 0. ERR_MISSING, ERR_INVALID
 * (no reason, or one that repeats what is to go). */
int node_erase_report(struct node *node, const struct erase_order *order,
                      struct error *err);

#endif
