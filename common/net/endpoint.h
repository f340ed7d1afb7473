/* common/net/endpoint.h - how a socket of ours is made: every option of every
 * socket and every limit. Only for common/net.
 */
#ifndef LIENXA_NET_ENDPOINT_H
#define LIENXA_NET_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/base/error.h"
#include "common/net/curve.h"
#include "common/net/server.h"

enum {
    NET_FRAME_BYTES = 256 * 1024,    /* payload on express and bulk */
    NET_ENROL_FRAME_BYTES = 4 * 1024 /* payload on enrolment */
};

/* Where libzmq looks for the one ZAP handler of a context. */
#define NET_ZAP_ADDRESS "inproc://zeromq.zap.01"
#define NET_ZAP_DOMAIN "lienxa"      /* express and bulk: enrolled keys */
#define NET_ZAP_DOMAIN_ENROL "enrol" /* any CURVE key */

struct net_context {
    void *zmq;
    atomic_uint names; /* inproc names given out, never twice the same */
};

enum net_role {
    NET_ROLE_SERVER, /* ROUTER of one lane */
    NET_ROLE_CLIENT, /* DEALER of one lane */
    NET_ROLE_PROBE,  /* DEALER that must be refused; queues before the
                        handshake, which a client never does */
    NET_ROLE_GATE,   /* REP that answers ZAP */
    NET_ROLE_MONITOR /* PAIR that hears of a client's connection */
};

struct net_endpoint {
    enum net_role role;
    enum net_lane lane;
    const struct curve_key *key; /* SERVER, CLIENT, PROBE */
    const uint8_t *server_key;   /* CLIENT, PROBE */
    const char *address;         /* SERVER, CLIENT, PROBE */
    bool heartbeat;              /* CLIENT */
    bool fail_open; /* SERVER, for tests: as a library without option 93 */
};

/* An unbound, unconnected socket with all its options, or NULL. Owned: close
 * with zmq_close. */
void *net_endpoint_open(struct net_context *context,
                        const struct net_endpoint *endpoint, struct error *err);

/* For a connection of express: where little is under way, what is lost twice is
 * waited for as long as what is lost once, not twice as long each time (tcp(7):
 * thin streams). Best effort. */
void net_endpoint_be_prompt(int fd);

/* The longest payload of a lane; a longer one would cut the connection. */
size_t net_endpoint_limit(enum net_lane lane);

#endif
