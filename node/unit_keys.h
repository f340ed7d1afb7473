/* node/unit_keys.h - the record that tells the commune's public keys, and locks
 * away what must outlive the machine (PROTOCOL 8.5).
 *
 * Its vault part holds the private halves of the sealing keys, sealed to the
 * recovery key, and the people with their copies of them. So they reach the hub
 * as a vault object, and a new machine gets them back.
 */
#ifndef LIENXA_NODE_UNIT_KEYS_H
#define LIENXA_NODE_UNIT_KEYS_H

#include "common/wire/vault.h"
#include "node/node.h"

/* Writes the record's next version when what it says is not what is so. Inside
 * a transaction. ERR_MISSING: this node has no keys yet. */
int node_unit_keys_refresh(struct node *node, struct error *err);

/* Keys of an earlier machine that this one does not have: theirs become ours,
 * older than our own. Counts them. */
int node_unit_keys_take(struct node *node, const struct unit_keys_vault *from,
                        int64_t *count);

/* The people of an earlier machine, as its newest list says that is open here:
 * whoever was shut out there stays out. While `more` may come, only when that
 * is its last one. Counts them. */
int node_unit_keys_people(struct node *node, bool more, int64_t *count);

#endif
