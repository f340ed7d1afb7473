/* node/uplink_bundle.h - a line that is a file: the frames of a bundle made and
 * taken in, by the rules of the line (PROTOCOL 15.2, 15.3).
 *
 * Inside the caller's transaction, whether the node serves or not.
 */
#ifndef LIENXA_NODE_UPLINK_BUNDLE_H
#define LIENXA_NODE_UPLINK_BUNDLE_H

#include "common/bundle/parcel.h"
#include "node/node.h"

/* Appends the frames of the next block and moves the cursor behind them. At the
 * first call the cursor's heads are set; `after[0]` is where `up` begins. A
 * stream that cannot be read on ends there: `damaged`. */
int node_uplink_bundle_make(struct node *node, struct bundle_cursor *cursor,
                            struct buf *frames, bool *damaged);

/* The position of `up` up to which everything is in the blocks made so far. */
uint64_t node_uplink_bundle_reached(const struct bundle_cursor *cursor);

/* The frames of a block that the hub signed, made at `made_ms`. ERR_REFUSED or
 * ERR_INVALID: something in it is not allowed; the caller takes back what was
 * stored. World errors as they are. */
int node_uplink_bundle_take(struct node *node, struct bytes frames,
                            int64_t made_ms, struct bundle_count *count,
                            struct error *err);

/* A bundle changed what is here: a conversation that is on begins anew. */
void node_uplink_bundle_taken(struct node *node);

#endif
