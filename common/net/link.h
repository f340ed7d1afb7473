/* common/net/link.h - a node's socket to its hub: one DEALER that is watched by
 * its monitor and rebuilt when libzmq has given up on it.
 *
 * A link is DOWN, TRYING or UP (handshake done). libzmq itself reconnects after
 * line cuts; what it never does (after a ZAP 400, or when something else than a
 * hub answered) the caller does with net_link_dial, at times its backoff
 * decides: whenever the link is DOWN, nobody is trying.
 */
#ifndef LIENXA_NET_LINK_H
#define LIENXA_NET_LINK_H

#include <poll.h>

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/net/server.h"

struct net_link;

enum net_link_state { NET_DOWN, NET_TRYING, NET_UP };

struct net_link_config {
    struct net_context *context;
    struct curve_key key;
    uint8_t server_key[CURVE_BYTES];
    const char *address; /* copied */
    bool heartbeat;      /* express: ping 30 s, timeout 90 s */
    enum net_lane lane;  /* NET_ENROL: frames of at most 4 KiB */
};

/* Makes a link that is DOWN. Owned. */
int net_link_new(struct net_link **out, const struct net_link_config *config,
                 struct error *err);
void net_link_free(struct net_link **link);

/* (Re)builds the socket and connects: TRYING. */
int net_link_dial(struct net_link *link, struct error *err);
/* Closes the socket: DOWN. What was queued in it is forgotten. */
void net_link_hang_up(struct net_link *link);

enum net_link_state net_link_state(const struct net_link *link);

enum net_link_event {
    NET_LINK_NOTHING,
    NET_LINK_OPENED,  /* handshake done; also after libzmq's own reconnect */
    NET_LINK_LOST,    /* was UP, the connection ended */
    NET_LINK_REFUSED, /* ZAP 400: will not come back by itself; DOWN now */
    NET_LINK_FAILED   /* a try failed (refused, 300, wrong server key); DOWN
                         now if libzmq has given up, which shows within 1 s */
};
/* The next event from the monitor, NOTHING when there is none. */
enum net_link_event net_link_next(struct net_link *link);

bool net_link_receive(struct net_link *link, struct bytes *out); /* borrowed */

/* ERR_AGAIN: not UP, or full. ERR_INVALID: longer than the lane's frames. What
 * was accepted is forgotten when the connection ends. */
int net_link_send(struct net_link *link, struct bytes bytes);
/* The same before the program ends, when nobody would send what still waits:
 * returns when it has left, after `wait_ms` at the latest. */
int net_link_say_last(struct net_link *link, struct bytes bytes, int wait_ms);

/* Waits on several links and descriptors together. NULL links are skipped. */
int net_links_wait(struct net_link *const *links, size_t link_count,
                   struct pollfd *fds, size_t count, int timeout_ms);

#endif
