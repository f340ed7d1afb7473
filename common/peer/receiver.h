/* common/peer/receiver.h - a batch from the wire, made ready for the ledger,
 * and what to answer for what the ledger said.
 */
#ifndef LIENXA_PEER_RECEIVER_H
#define LIENXA_PEER_RECEIVER_H

#include "common/store/ledger.h"
#include "common/sync/message.h"

struct receiver {
    size_t sizes[LIMIT_BATCH_CHANGES];
    struct buf signed_head;
};
void receiver_free(struct receiver *receiver);

/* Fills `out`, which borrows from `m` and `receiver`. The head must name this
 * stream and the last change: else NAK_SIGNATURE. Its signature is the caller's
 * to check. */
int receiver_batch(struct receiver *receiver, const struct msg_batch *m,
                   struct ledger_batch *out);

/* The enum nak_code for a ledger's answer. `*failed` is set when the disk said
 * no: then the whole turn goes back and nothing is answered. */
int receiver_outcome(int rc, bool *failed);

#endif
