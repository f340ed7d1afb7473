/* node/hub_keys.h - the hub changes its keys: what the node makes of the signed
 * records (PROTOCOL 8.1, 8.7).
 */
#ifndef LIENXA_NODE_HUB_KEYS_H
#define LIENXA_NODE_HUB_KEYS_H

#include "node/node.h"
#include "node/store_keys.h"

enum { HUB_WAYS = 2 }; /* the newest, and one to fall back to */

/* In the first transaction of every start: what `join` pinned is a way to the
 * hub; when it was pinned anew, it is the only one. */
int node_hub_keys_pin(struct node *node);

/* A HUB_KEY record became the state: another way to the hub. */
int node_hub_keys_apply(struct node *node, const struct change *change,
                        struct error *err);

/* The ways worth trying, the newest first; 1 or 2. The former one is kept
 * until the new one has worked for 30 days, or only until it has worked when
 * the former was stolen: a hub that is put back to a backup may know no other.
 */
size_t node_hub_keys_ways(struct node *node, struct hub_way out[HUB_WAYS]);

/* A signing key that the root vouches for was stored as trusted: what it
 * revokes, and whether it is revoked itself. */
int node_hub_keys_revoke(struct node *node, const struct signing_key *key);

#endif
