/* hub/exchange.h - the conversations of a serving hub with its nodes.
 *
 * One sync session per unit; this module does what the sessions decide: reads
 * the ledger, makes frames, stores what came. Frames wait here until the turn's
 * transaction is on disk.
 */
#ifndef LIENXA_HUB_EXCHANGE_H
#define LIENXA_HUB_EXCHANGE_H

#include "hub/hub.h"

struct exchange *exchange_new(struct hub *hub, struct net_server *server);
void exchange_free(struct exchange **exchange);

/* A frame of express or bulk, its sender's key already known from ZAP. */
void exchange_receive(struct exchange *exchange,
                      const struct net_message *message);
/* Sessions whose deadline has passed. */
void exchange_tick(struct exchange *exchange);
/* Tells sessions of hub channels that grew in this turn. */
void exchange_grew(struct exchange *exchange);
/* The turn is on disk: acknowledge, then send everything that waited. */
void exchange_committed(struct exchange *exchange);
/* The turn failed: nothing is sent, the sessions it touched start anew. */
void exchange_failed(struct exchange *exchange);
/* Sends the signed beacon to every live node. */
void exchange_beacon(struct exchange *exchange);
/* Monotonic ms of the next exchange_tick; INT64_MAX none. */
int64_t exchange_deadline(const struct exchange *exchange);
/* Is a machine of this unit in conversation now? */
bool exchange_online(const struct exchange *exchange, const char *unit);
/* Tells the live nodes that the hub stops in good order. */
void exchange_goodbye(struct exchange *exchange);
/* The unit's machine may say no more (revoked). */
void exchange_cut(struct exchange *exchange, const char *unit);
/* A storing action met a full or broken disk: roll the turn back. */
bool exchange_has_failed(const struct exchange *exchange);

#endif
