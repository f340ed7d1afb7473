/* tests/support/swarm_own.h - what a simulated machine has written: the bytes
 * of its changes, made of numbers whenever they are wanted. */
#ifndef LIENXA_TESTS_SWARM_OWN_H
#define LIENXA_TESTS_SWARM_OWN_H

#include "common/sync/batch.h"
#include "tests/support/swarm_node.h"

extern const struct hash_function swarm_hash;

/* Appends it to the machine's stream: digest, size and h(n) are made. */
void swarm_own_add(struct swarm_node *n, struct swarm_own own);
void swarm_own_free(struct swarm_node *n);
/* The change at `seq`, signed when it goes ahead; borrowed until the next call.
 */
const struct change *swarm_own_change(const struct swarm_node *n, uint64_t seq);
/* Our side of the streams, for a hello; `claims` are three. */
void swarm_own_side(const struct swarm_node *n, struct stream_claim claims[3],
                    struct sync_local *out);
/* What of it is not acknowledged. */
struct backlog swarm_own_backlog(const struct swarm_node *n);
/* The hub has to here. */
void swarm_own_acked(struct swarm_node *n, uint64_t seq);
/* The hub has this early copy. */
void swarm_own_settled(struct swarm_node *n, const struct early_ref *ref);
/* It may have lost those after `seq`. */
void swarm_own_unsettle(struct swarm_node *n, uint64_t seq);

#endif
