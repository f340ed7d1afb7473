/* node/store_keys.h - the hub's keys as this node knows them: the CURVE keys it
 * may be reached by, and signing keys that were revoked.
 *
 * Tables of node.db; writing needs the writing connection and a transaction.
 */
#ifndef LIENXA_NODE_STORE_KEYS_H
#define LIENXA_NODE_STORE_KEYS_H

#include "common/store/db.h"
#include "common/wire/record.h"

struct key_store;

/* Statements over `db`, which must outlive it. Owned. */
int node_store_keys_open(struct key_store **out, struct db *db,
                         struct error *err);
void node_store_keys_close(struct key_store **store);

struct hub_way {     /* how the hub is reached */
    uint64_t number; /* of the key; 0: what `join` pinned */
    uint8_t curve[32];
    char express[HUB_ADDRESS_BYTES], bulk[HUB_ADDRESS_BYTES];
    bool stolen;
    int64_t first_ms, last_ms; /* the hub answered; 0: never */
};

/* Adds it; a number that is known stays as it is. */
int node_store_way_add(struct key_store *s, const struct hub_way *way);
int node_store_ways_clear(struct key_store *s);
/* The hub answered on this one. */
int node_store_way_worked(struct key_store *s, uint64_t number, int64_t at_ms);
/* The one with the highest number. ERR_MISSING. */
int node_store_way_newest(struct key_store *s, struct hub_way *out);
/* Of the others the one that last worked, else the highest. ERR_MISSING. */
int node_store_way_former(struct key_store *s, struct hub_way *out);
int node_store_way(struct key_store *s, uint64_t number, struct hub_way *out);

/* This signing key is worth nothing, also when it is met later. */
int node_store_revoke_signer(struct key_store *s, const uint8_t key_id[8]);
/* Marks those among the trusted keys; after every key that was added. */
int node_store_revoke_trust(struct key_store *s);
/* Also a revoked one: what is held was judged when it came. ERR_MISSING. */
int node_store_trust_ever(struct key_store *s, const uint8_t key_id[8],
                          uint8_t public_key[32]);

#endif
