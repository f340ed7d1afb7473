/* node/uplink.h - the one line to the hub: both sockets, the session, its
 * doing.
 *
 * Frames made in a turn wait here until the turn's transaction is on disk.
 */
#ifndef LIENXA_NODE_UPLINK_H
#define LIENXA_NODE_UPLINK_H

#include "common/net/link.h"
#include "node/node.h"

struct uplink *node_uplink_new(struct node *node, struct net_context *context,
                               struct error *err);
void node_uplink_free(struct uplink **uplink);

/* The sockets to wait on: express, bulk, a try on the hub's next key (NULL when
 * there is none), and the enrolment endpoint (the same). */
enum { UPLINK_LINKS = 4 };
void node_uplink_links(struct uplink *uplink,
                       struct net_link *out[UPLINK_LINKS]);
/* Monitor events, dialling when the backoff says so, frames that came (at most
 * until `until_ms` monotonic), ticks. Inside the turn's transaction. */
void node_uplink_work(struct uplink *uplink, int64_t until_ms);
/* `up` has grown in this turn: tells the session. Inside the transaction. */
void node_uplink_grew(struct uplink *uplink);
/* The objects of our changes are to be sent again (node/vault.h). Inside it. */
void node_uplink_vault_again(struct uplink *uplink);
/* Asks the hub for files of reports that should be here. Inside it. */
void node_uplink_media(struct uplink *uplink);
int64_t node_uplink_media_deadline(const struct uplink *uplink);
/* The turn is on disk: acknowledge, then send everything that waited; what
 * answers an alert waits for its receipt (node/alerts.h), or the turn before.
 */
void node_uplink_committed(struct uplink *uplink);
/* The turn failed: nothing is sent, the session starts anew. */
void node_uplink_failed(struct uplink *uplink);
/* Nothing can be stored, so nothing is to be heard: hangs up, on every line;
 * they are dialled anew by the next node_uplink_work. Before
 * node_uplink_failed. */
void node_uplink_hush(struct uplink *uplink);
/* A storing action met a full or broken disk: roll the turn back. */
bool node_uplink_has_failed(const struct uplink *uplink);
/* Is anything waiting to be handled without delay? */
bool node_uplink_busy(const struct uplink *uplink);
int64_t node_uplink_deadline(const struct uplink *uplink); /* monotonic ms */
/* The same for vault objects that wait here. */
bool node_uplink_want(struct uplink *uplink, const struct early_ref *refs,
                      size_t count);
/* Asks the hub, if it is there, for changes that are damaged here. */
bool node_uplink_ask(struct uplink *uplink, const struct early_ref *refs,
                     size_t count);
/* Hangs up and says hello again: a copy of ours is not what the session knows.
 */
void node_uplink_again(struct uplink *uplink);
bool node_uplink_online(const struct uplink *uplink);
/* The minor version both sides speak, while it is online. */
uint32_t node_uplink_minor(const struct uplink *uplink);
void node_uplink_goodbye(struct uplink *uplink);

#endif
