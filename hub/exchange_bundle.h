/* hub/exchange_bundle.h - a line that is a file: the frames of a bundle made
 * and taken in, by the rules of the line (PROTOCOL 15.2, 15.3).
 *
 * Inside the caller's transaction, whether the hub serves or not.
 */
#ifndef LIENXA_HUB_EXCHANGE_BUNDLE_H
#define LIENXA_HUB_EXCHANGE_BUNDLE_H

#include "common/bundle/parcel.h"
#include "hub/hub.h"

/* Appends the frames of the next block for this unit and moves the cursor
 * behind them. `whole`: the channels from their beginning, whatever the node
 * said that it holds. A stream that cannot be read on ends there: `damaged`. */
struct exchange_bundle {
    const char *unit;
    bool whole;
    bool damaged; /* out */
};
int hub_exchange_bundle_make(struct hub *hub, struct exchange_bundle *order,
                             struct bundle_cursor *cursor, struct buf *frames);

/* The frames of a block that a machine of `unit` signed, made at `made_ms`;
 * `number` is that of its certificate. ERR_REFUSED or ERR_INVALID: something in
 * it is not allowed; the caller takes back what was stored. World errors as
 * they are. */
int hub_exchange_bundle_take(struct hub *hub, const struct node_key *key,
                             struct bytes frames, int64_t made_ms,
                             struct bundle_count *count, struct error *err);

/* A bundle changed what is here: conversations of this unit begin anew. */
void hub_exchange_bundle_taken(struct hub *hub, const char *unit);

/* A node's hello, by whatever way: where its next bundle begins. */
int hub_exchange_bundle_heard(struct hub *hub, const char *unit,
                              const struct msg_hello *hello);

#endif
