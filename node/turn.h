/* node/turn.h - one turn of a serving node: everything that came in one
 * transaction, then it speaks.
 *
 * What comes and where it goes (sockets, clients) is waited for by
 * node/serve.c, or by whoever plays the world around a node.
 */
#ifndef LIENXA_NODE_TURN_H
#define LIENXA_NODE_TURN_H

#include "node/node.h"

struct net_context;
struct node_turn;

/* What every start does in one transaction: what is in quarantine is tried
 * again. Makes node->uplink. `context` is borrowed. Owned. */
int node_turn_new(struct node_turn **out, struct node *node,
                  struct net_context *context, struct error *err);
/* Requests of the web process are taken from `web` too; borrowed until the turn
 * is freed. */
void node_turn_open_web(struct node_turn *turn, struct control_server *web);
/* The uplink as well. */
void node_turn_free(struct node_turn **turn);

/* Events and frames of the lines, commands, what is due; COMMIT; then
 * acknowledgements, frames and replies leave. When the disk says no, nothing of
 * the turn was. */
void node_turn_run(struct node_turn *turn, struct control_server *control);

/* How long the next turn may be waited for; 0: not at all. */
int node_turn_wait_ms(const struct node_turn *turn);

struct node_turn_count {
    uint64_t turns, committed;
    bool degraded; /* the last commit failed */
};
struct node_turn_count node_turn_count(const struct node_turn *turn);

#endif
