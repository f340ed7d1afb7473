/* node/uplink_ways.h - which key and address the lines dial. Only for
 * node/uplink*.c.
 *
 * The newest key first. While the lines run over the former one, the newest is
 * tried on a line of its own beside them (the probe), so that nothing stops
 * until it has answered.
 */
#ifndef LIENXA_NODE_UPLINK_WAYS_H
#define LIENXA_NODE_UPLINK_WAYS_H

#include "node/uplink_inside.h"

/* Makes both lines' links, DOWN, for the first way. */
int node_uplink_ways_open(struct uplink *u, struct net_context *context,
                          struct error *err);
void node_uplink_ways_close(struct uplink *u);

/* A record brought another key in this turn: the probe goes out. */
void node_uplink_ways_changed(struct uplink *u);
/* This machine has new keys: links of the same way with them, DOWN. */
void node_uplink_ways_rekeyed(struct uplink *u);
/* A try on express failed: the other way is next, if there is one. The former
 * one at once, the newest again after a pause (PROTOCOL 11.3). */
void node_uplink_ways_failed(struct uplink *u);
/* The express line was lost: the newest way is next. */
void node_uplink_ways_lost(struct uplink *u);
/* The hub has welcomed us. */
void node_uplink_ways_welcomed(struct uplink *u);

/* The probe's events and when it is due. True: the newest way answers, and the
 * lines were taken down to dial it; the session must hear of the loss. */
bool node_uplink_ways_work(struct uplink *u);
int64_t node_uplink_ways_deadline(const struct uplink *u);

#endif
