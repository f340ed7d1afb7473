/* common/net/server.h - the hub's sockets: express, bulk, enrolment, and ZAP.
 *
 * ZAP is bound before any endpoint and served inside net_server_work, in the
 * loop's thread (design 5). Identity is the ZAP User-Id read from a payload
 * frame and nothing else: a message without one is dropped and counted. Nobody
 * chooses a routing id; a reply goes to the route its request came from. Every
 * send is DONTWAIT. All options of every socket are set in
 * common/net/endpoint.c.
 *
 * Endpoints: express and bulk admit only keys that `admit` allows; enrolment
 * admits any CURVE key, with frames of at most 4 KiB.
 *
 * A ROUTER holds one CURVE key, so while the hub changes its key it has two
 * sets of the three sockets, each with its own key and addresses: PROTOCOL
 * 8.7. The first set is there from open to close, or until the second becomes
 * the first.
 */
#ifndef LIENXA_NET_SERVER_H
#define LIENXA_NET_SERVER_H

#include <poll.h>

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/net/curve.h"

struct net_context; /* the one libzmq context of the process */
struct net_context *net_context_new(void);
void net_context_free(struct net_context **context);

enum net_lane { NET_EXPRESS, NET_BULK, NET_ENROL, NET_LANES };

enum net_admission {
    NET_ADMIT,   /* 200 */
    NET_UNKNOWN, /* 300: may try again later */
    NET_REVOKED  /* 400: for good */
};

enum { NET_SETS = 2 };
enum { NET_ROUTE_BYTES = 16, NET_ADDRESS_BYTES = 128, NET_PEER_BYTES = 64 };

struct net_route {
    /* libzmq's own routing id, 5 bytes. Tell it to nobody and log it nowhere:
     * libzmq ends the process when a peer takes the id that comes next. */
    uint8_t bytes[NET_ROUTE_BYTES];
    uint8_t size;
    uint8_t set; /* which sockets it belongs to; told to nobody either */
};

struct net_message {
    enum net_lane lane;
    struct net_route route;
    uint8_t key[CURVE_BYTES];  /* the peer's public key, from its User-Id */
    char peer[NET_PEER_BYTES]; /* "192.0.2.7" (Peer-Address), for people */
    bool second;               /* it came over the second set */
    struct bytes bytes;        /* borrowed until the next receive */
};

struct net_server_config {
    struct net_context *context;
    struct curve_key key;
    const char *address[NET_LANES]; /* "tcp://127.0.0.1:0" */
    enum net_admission (*admit)(void *who, const uint8_t key[CURVE_BYTES]);
    void *who;
    /* for tests of what happens without: do not bind ZAP; skip the self-test */
    bool without_zap;
    bool without_self_test;
    size_t strangers; /* places for them on each socket; 0: as many as usual */
};

struct net_counters {
    uint64_t received, sent, unsent; /* unsent: EAGAIN or EHOSTUNREACH */
    uint64_t refused;                /* ZAP said no */
    uint64_t anonymous;              /* dropped: no User-Id */
    uint64_t oversize_or_shape;      /* dropped: wrong number of frames, or a
                                        routing id that the peer chose */
    uint64_t cut; /* connections ended by the fence: too many strangers, or
                     many bytes and no whole message */
};

struct net_server;

/* Binds, then tests itself: a client with a random key must be refused on
 * express and bulk within 5 s, else ERR_CRYPTO (never serve without ZAP). */
int net_server_open(struct net_server **out,
                    const struct net_server_config *config, struct error *err);
void net_server_close(struct net_server **server);

/* The address really bound, with the port the system chose; of the second set:
 * "" when there is none. Borrowed. */
const char *net_server_address(const struct net_server *server,
                               enum net_lane lane);
const char *net_server_second_address(const struct net_server *server,
                                      enum net_lane lane);

/* Opens a second set beside the first, and tests it as net_server_open does;
 * `context`, `admit` and `who` of the config are those of the first.
 * ERR_EXISTS: there is one. */
int net_server_add(struct net_server *server,
                   const struct net_server_config *config, struct error *err);
/* Closes the second set, if there is one: who is on it is cut off. */
void net_server_remove(struct net_server *server);
/* Closes the first set; the second is the first from now on. */
void net_server_promote(struct net_server *server);

/* Waits until a socket or one of `fds` is ready or `timeout_ms` (-1: for ever)
 * is over; fills in the revents. Signals end it early. 0 or ERR_IO. */
int net_server_wait(struct net_server *server, struct pollfd *fds, size_t count,
                    int timeout_ms);

/* Serves what ZAP asks; call after every wait. ERR_IO: the handler is gone, end
 * the process. */
int net_server_work(struct net_server *server);

/* The next message of any lane, express first; false when none is waiting. */
bool net_server_receive(struct net_server *server, struct net_message *out);

/* ERR_AGAIN: not sent (full or gone); it stays in the caller's database.
 * ERR_INVALID: longer than the lane's frames, which would cut the peer off. */
int net_server_send(struct net_server *server, enum net_lane lane,
                    const struct net_route *route, struct bytes bytes);

const struct net_counters *net_server_counters(const struct net_server *server);

#endif
