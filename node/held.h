/* node/held.h - the state of one of our reports, copied out of the ledger, for
 * whoever writes its next version: a move, a referral, an erasure.
 */
#ifndef LIENXA_NODE_HELD_H
#define LIENXA_NODE_HELD_H

#include "node/node.h"

struct held_report {
    struct id id;
    struct report_fact fact;
    uint64_t version; /* of the state */
    bool final;       /* erased */
    bool has_body;    /* the words are here */
    struct buf body;
    struct part keep[PART_COUNT]; /* body and vault, named by their hashes */
};

/* ERR_MISSING: no report with this id. The caller frees `out`, whatever was
 * answered. */
int node_held_load(struct node *node, const struct id *id,
                   struct held_report *out, struct error *err);
void node_held_free(struct held_report *held);

/* The highest version of a record of ours that is held, quarantined ones too;
 * 0 when there is none. The next one is one more. */
int node_held_top(struct node *node, const struct id *record, uint64_t *out);

#endif
