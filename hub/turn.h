/* hub/turn.h - one turn of a serving hub: everything that came in one
 * transaction, then it speaks.
 *
 * What comes and where it goes (sockets, clients) is waited for by
 * hub/serve.c, or by whoever plays the world around a hub.
 */
#ifndef LIENXA_HUB_TURN_H
#define LIENXA_HUB_TURN_H

#include "hub/hub.h"

struct hub_turn;

/* What every start does in one transaction: where hub->server listens is
 * remembered, what is in quarantine is tried again. Makes hub->exchange.
 * Owned. */
int hub_turn_new(struct hub_turn **out, struct hub *hub, struct error *err);
/* Requests of the web process are taken from `web` too; borrowed until the turn
 * is freed. */
void hub_turn_open_web(struct hub_turn *turn, struct control_server *web);
/* The exchange as well. */
void hub_turn_free(struct hub_turn **turn);

/* Frames, commands, what is due; COMMIT; then acknowledgements, frames and
 * replies leave. When the disk says no, nothing of the turn was. */
void hub_turn_run(struct hub_turn *turn, struct control_server *control);

/* How long the next turn may be waited for; 0: not at all. */
int hub_turn_wait_ms(const struct hub_turn *turn);

/* How long to sleep before that, whatever comes: the receipts of an alert come
 * from all nodes at nearly one moment, and few transactions take them. 0 but
 * for a moment after an alert left to all. */
int hub_turn_rest_ms(const struct hub_turn *turn);

struct hub_turn_count {
    uint64_t turns, committed;
    size_t online;      /* units that are on the line */
    bool degraded;      /* the last commit failed */
    int64_t longest_us; /* of a turn, ever */
};
struct hub_turn_count hub_turn_count(const struct hub_turn *turn);

#endif
