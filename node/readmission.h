/* node/readmission.h - when the hub does not know this machine any more (it was
 * set back to before its enrolment), the machine shows its certificate at the
 * enrolment endpoint, by itself (PROTOCOL 8.2).
 */
#ifndef LIENXA_NODE_READMISSION_H
#define LIENXA_NODE_READMISSION_H

#include "common/net/link.h"
#include "node/node.h"

struct readmission;

/* NULL when there is nothing to show or nowhere to show it (joined before there
 * was such a thing). Owned. */
struct readmission *node_readmission_new(struct node *node,
                                         struct net_context *context);
void node_readmission_free(struct readmission **readmission); /* NULL is fine */

/* All take NULL. */
/* A try failed: the hub is away, or does not know our key (ZAP 300 looks the
 * same from here); or the line is up. */
void node_readmission_unknown(struct readmission *readmission);
void node_readmission_known(struct readmission *readmission);
/* Nothing can be stored: a try under way is done again later. */
void node_readmission_hush(struct readmission *readmission);
/* To wait on; NULL: nothing. */
struct net_link *node_readmission_link(struct readmission *readmission);
/* Dials, asks, hears, inside the turn's transaction. True once: the hub knows
 * us again, dial now. */
bool node_readmission_work(struct readmission *readmission);
int64_t node_readmission_deadline(const struct readmission *readmission);

#endif
