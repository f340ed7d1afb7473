/* hub/exchange.h - the conversations of a serving hub with its nodes.
 *
 * One sync session per certificate; this module does what the sessions decide:
 * reads the ledger, makes frames, stores what came. Frames wait here until the
 * turn's transaction is on disk.
 */
#ifndef LIENXA_HUB_EXCHANGE_H
#define LIENXA_HUB_EXCHANGE_H

#include "hub/hub.h"

struct exchange *hub_exchange_new(struct hub *hub, struct net_server *server);
void hub_exchange_free(struct exchange **exchange);

/* A frame of express or bulk, its sender's key already known from ZAP. */
void hub_exchange_receive(struct exchange *exchange,
                          const struct net_message *message);
/* Sessions whose deadline has passed. */
void hub_exchange_tick(struct exchange *exchange);
/* Tells sessions of hub channels that grew in this turn. */
void hub_exchange_grew(struct exchange *exchange);
/* Some are still to be told, in the next turn: it had better be soon. */
bool hub_exchange_is_telling(const struct exchange *exchange);
/* The turn is on disk: acknowledge, then send everything that waited. */
void hub_exchange_committed(struct exchange *exchange);
/* The turn failed: nothing is sent, the sessions it touched start anew. */
void hub_exchange_failed(struct exchange *exchange);
/* Frames were not heard: every conversation starts anew. */
void hub_exchange_restart(struct exchange *exchange);
/* Asks the communes that are here for files of reports: in the turn. */
void hub_exchange_media(struct exchange *exchange);
/* Sends the signed beacon to every live node. */
void hub_exchange_beacon(struct exchange *exchange);
/* Monotonic ms of the next hub_exchange_tick; INT64_MAX none. */
int64_t hub_exchange_deadline(const struct exchange *exchange);
/* Is a machine of this unit in conversation now? */
bool hub_exchange_online(const struct exchange *exchange, const char *unit);
/* Asks the unit's machine, if it is there, for changes that are damaged here.
 */
bool hub_exchange_ask(struct exchange *exchange, const char *unit,
                      const struct early_ref *refs, size_t count);
/* The same for vault objects (of the unit's own changes). */
bool hub_exchange_want(struct exchange *exchange, const char *unit,
                       const struct early_ref *refs, size_t count);

/* The machine with this key is told to make new ones. */
enum hub_exchange_order {
    ORDER_SAID,
    ORDER_WAITS,  /* it is not here: at its next hello */
    ORDER_TOO_OLD /* it would not understand */
};
enum hub_exchange_order hub_exchange_rotate(struct exchange *exchange,
                                            const struct node_key *key);
/* Tells the live nodes that the hub stops in good order. */
void hub_exchange_goodbye(struct exchange *exchange);
/* The unit's machines may say no more (revoked). */
void hub_exchange_cut(struct exchange *exchange, const char *unit);
/* A storing action met a full or broken disk: roll the turn back. */
bool hub_exchange_has_failed(const struct exchange *exchange);

#endif
