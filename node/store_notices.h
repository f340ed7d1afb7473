/* node/store_notices.h - notices that are being written. Tables of node.db;
 * writing needs the writing connection and a transaction.
 */
#ifndef LIENXA_NODE_STORE_NOTICES_H
#define LIENXA_NODE_STORE_NOTICES_H

#include "common/base/id.h"
#include "common/store/db.h"

struct notice_store;

/* Statements over `db`, which must outlive it. Owned. */
int node_store_notices_open(struct notice_store **out, struct db *db,
                            struct error *err);
void node_store_notices_close(struct notice_store **store);

struct notice_draft { /* fact and body borrowed until the next call */
    struct id record;
    struct bytes fact, body;
    bool approved; /* by the leader that the body names. Not approved, and it
                      names one all the same: returned, and why */
};
int node_store_put_draft(struct notice_store *s,
                         const struct notice_draft *draft);
int node_store_draft(struct notice_store *s, const struct id *record,
                     struct notice_draft *out); /* ERR_MISSING */
int node_store_drop_draft(struct notice_store *s, const struct id *record);
/* Newest first. */
int node_store_drafts(struct notice_store *s,
                      int (*each)(void *who, const struct notice_draft *draft),
                      void *who);

/* ---- numbers of the commune's own; texts borrowed for the call */
struct own_number {
    int64_t id; /* 0: a new one */
    const char *name, *phone, *note;
};
int node_store_put_number(struct notice_store *s, struct own_number *number);
int node_store_drop_number(struct notice_store *s,
                           int64_t id); /* ERR_MISSING */
/* By name. All of them: `each` cannot end it. */
int node_store_numbers(struct notice_store *s,
                       void (*each)(void *who, const struct own_number *number),
                       void *who);

#endif
