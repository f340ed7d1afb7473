/* node/vault.h - vault objects: locking what is ours, opening what came back
 * (PROTOCOL 7.10).
 *
 * The hub keeps them and cannot open them. The key of each is wrapped twice:
 * for this machine's at-rest key, so that a machine that was set back needs
 * nobody, and for the commune's recovery key, whose secret is on two sheets of
 * paper. An object proves itself: what is inside must have the hashes that the
 * change it belongs to has always had.
 */
#ifndef LIENXA_NODE_VAULT_H
#define LIENXA_NODE_VAULT_H

#include "common/store/ledger_vault.h"
#include "common/wire/vault.h"
#include "node/node.h"

/* Appends the object of this change of ours: its whole vault part, and with
 * `bodies` its whole body. ERR_MISSING: this node has no recovery key. */
int node_vault_lock(struct node *node, const struct entry *entry, bool bodies,
                    struct buf *out);

/* The object's own key. ERR_DAMAGED: it was locked by another machine, or for
 * another recovery key, or is damaged. */
int node_vault_key_at_rest(const struct node_keys *keys,
                           const struct vault_item *item,
                           uint8_t key[BOX_KEY_BYTES]);
int node_vault_key_by_shares(const struct seal_key *recovery,
                             const struct vault_item *item,
                             uint8_t key[BOX_KEY_BYTES]);
/* What is inside, into `part`, which borrows from `plain`. ERR_DAMAGED. */
int node_vault_open(const struct vault_item *item,
                    const uint8_t key[BOX_KEY_BYTES],
                    struct part part[PART_COUNT], struct buf *plain);
/* Wraps `key` for this machine, as node_vault_put_back takes it: appends
 * NODE_VAULT_BOX bytes. */
enum { NODE_VAULT_BOX = BOX_KEY_BYTES + 40 };
void node_vault_wrap(const struct node_keys *keys,
                     const struct vault_item *item,
                     const uint8_t key[BOX_KEY_BYTES], struct buf *out);

/* Keeps an object that the hub gave back, or puts its content in its place at
 * once when this machine can open it. ERR_MISSING: not of a change that we
 * hold. World errors as they are. */
int node_vault_take(struct node *node, const struct vault_object *object);
/* Puts the content of the waiting object of row `change` in its place, its key
 * wrapped by node_vault_wrap. ERR_MISSING: none waits (that is fine).
 * ERR_DAMAGED: it does not open, or not to what the change says. */
int node_vault_put_back(struct node *node, int64_t change, struct bytes box);

/* Bodies of changes to this position are in the objects; those after it have
 * left whole (setting body = always). */
uint64_t node_vault_bodies_to(struct node *node);
/* The setting becomes `always`: what lies in our stream until now may have left
 * without its body. */
int node_vault_body_always(struct node *node);
/* A rebase took the hub's copy to position `head`. */
int node_vault_rebased(struct node *node, uint64_t head);

/* What is to be done, kept in settings: fetch from the hub what it holds behind
 * `pulled`; send again what lies behind `from`. */
struct vault_plan {
    bool pull, again;
    uint64_t pulled, from, until;
};
void node_vault_plan(struct node *node, struct vault_plan *out);
/* How many of our changes lie behind what the hub holds of the vault. */
uint64_t node_vault_backlog(struct node *node, const struct ledger_stream *up);
int node_vault_pull_from(struct node *node, uint64_t after); /* if not lower */
int node_vault_pulled(struct node *node, uint64_t last);
int node_vault_pull_done(struct node *node);
/* Objects of changes from `from` on may be missing here and come to the hub
 * later (another machine of the commune hands them over). 0: none. */
int node_vault_misses(struct node *node, uint64_t from);
uint64_t node_vault_missing_from(struct node *node);
int node_vault_whole(struct node *node);
int node_vault_again(struct node *node); /* everything, from the beginning */
int node_vault_acked(struct node *node, uint64_t last);

#endif
