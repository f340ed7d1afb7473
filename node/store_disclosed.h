/* node/store_disclosed.h - senders that may be looked at for an hour, sealed to
 * the duty key: nothing on the disk opens without somebody's password.
 *
 * A table of node.db; writing needs the writing connection and a transaction.
 */
#ifndef LIENXA_NODE_STORE_DISCLOSED_H
#define LIENXA_NODE_STORE_DISCLOSED_H

#include "common/store/db.h"

struct disclosed_store;

/* Statements over `db`, which must outlive it. Owned. */
int node_store_disclosed_open(struct disclosed_store **out, struct db *db,
                              struct error *err);
void node_store_disclosed_close(struct disclosed_store **store);

int node_store_disclosed_put(struct disclosed_store *s, const struct id *record,
                             const struct id *report, int64_t until_ms,
                             struct bytes box);
/* Appends the box. ERR_MISSING: none, or it was swept away. */
int node_store_disclosed(struct disclosed_store *s, const struct id *record,
                         struct buf *box);
/* Those whose time is over go, pages included (secure_delete). `*next_ms`: when
 * the next one's is; INT64_MAX: none is left. */
int node_store_disclosed_sweep(struct disclosed_store *s, int64_t now_ms,
                               int64_t *next_ms);
/* The report was erased. */
int node_store_disclosed_drop(struct disclosed_store *s,
                              const struct id *report);

#endif
