/* node/referral_inside.h - what the rooms of referral share. Only for
 * node/referral*.c.
 *
 * referral.c        what comes, and the sender
 * referral_copy.c   the receiver: answers and the working copy
 */
#ifndef LIENXA_NODE_REFERRAL_INSIDE_H
#define LIENXA_NODE_REFERRAL_INSIDE_H

#include "common/peer/handover.h"
#include "node/referral.h"

/* The next version of a record of kind 2 of ours; an empty body is none. */
struct referral_write {
    struct id record;
    const struct referral_fact *fact;
    struct bytes body;
    uint32_t flags; /* beside CHANGE_EXPEDITED */
};
int node_referral_write(struct node *node, const struct referral_write *write,
                        struct error *err);

/* A sender erased what it had passed on to us: our copy of the words and what
 * we answered go as well. */
int node_referral_erase_copy(struct node *node,
                             const struct referral_fact *offer,
                             struct error *err);

#endif
