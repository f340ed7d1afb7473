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
    struct buf head_body;
};
void receiver_free(struct receiver *receiver);

/* The batch's head, whose signature is the caller's to check. One that came
 * short (PROTOCOL 7.13) is made whole by what is held of the stream; then
 * NAK_GAP, NAK_FORK: it is not what the sender signed, and NAK_LATER. Borrows
 * from `m` and `receiver`. */
int receiver_head(struct receiver *receiver, struct ledger *ledger,
                  const struct msg_batch *m, struct signed_bytes *head);

/* Fills `out`, which borrows from `m`, `head` and `receiver`. The head must
 * name this stream and the last change: else NAK_SIGNATURE. */
int receiver_batch(struct receiver *receiver, const struct msg_batch *m,
                   const struct signed_bytes *head, struct ledger_batch *out);

/* The enum nak_code for a ledger's answer. `*failed` is set when the disk said
 * no: then the whole turn goes back and nothing is answered. */
int receiver_outcome(int rc, bool *failed);

#endif
