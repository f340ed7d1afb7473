/* hub/store_keys.h - what the hub keeps of its own change of keys.
 *
 * Tables of hub.db; writing needs the writing connection and a transaction.
 */
#ifndef LIENXA_HUB_STORE_KEYS_H
#define LIENXA_HUB_STORE_KEYS_H

#include "common/store/db.h"

struct key_store;

/* Statements over `db`, which must outlive it. Owned. */
int hub_store_keys_open(struct key_store **out, struct db *db,
                        struct error *err);
void hub_store_keys_close(struct key_store **store);

/* The unit's machine has come by this CURVE key of ours; a lower number than
 * was seen before changes nothing. */
int hub_store_key_put_seen(struct key_store *s, const char *unit,
                           uint64_t number, int64_t at_ms);
/* 0: by none since keys are counted. */
uint64_t hub_store_key_seen(struct key_store *s, const char *unit);

/* Tokens made before `made_ms` that may still be used at `now_ms`. */
uint64_t hub_store_key_tokens(struct key_store *s, int64_t made_ms,
                              int64_t now_ms);

#endif
