/* node/disclosure_inside.h - for disclosure*.c only. */
#ifndef LIENXA_NODE_DISCLOSURE_INSIDE_H
#define LIENXA_NODE_DISCLOSURE_INSIDE_H

#include "node/disclosure.h"

/* A disclosure of ours as the ledger holds it. */
struct held_disclosure {
    struct id id;
    uint64_t version;
    struct disclosure d;
    struct buf vault; /* why, why not */
};
/* ERR_MISSING, ERR_DAMAGED. The caller frees `out`, whatever was answered. */
int node_disclosure_load(struct node *node, const struct id *id,
                         struct held_disclosure *out);
void node_disclosure_free(struct held_disclosure *held);

/* The seal of a report of ours. */
struct found_seal {
    bool erased, there, locked; /* locked: waits for `recover` */
    struct report_vault vault;  /* borrows from `bytes` */
    struct buf bytes;
};
int node_disclosure_seal(struct node *node, const struct id *report,
                         struct found_seal *out, struct error *err);
void node_disclosure_seal_free(struct found_seal *seal);

/* The private half with this id, with the keys that whose order it is brought.
 * ERR_REFUSED in words. Wipe it. */
int node_disclosure_unwrap(struct node *node,
                           const struct disclosure_order *order,
                           const uint8_t key_id[8], struct seal_key *out,
                           struct error *err);
/* An enabled user of one of the roles that work with reports. */
bool node_disclosure_user(struct node *node, const char *name);

#endif
