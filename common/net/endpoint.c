/* common/net/endpoint.c - the one place where options of sockets are set. The
 * reason of each is a row of the table in the design's chapter on the wire.
 */
#include "common/net/endpoint.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "common/base/mem.h"

enum {
    IO_THREADS = 1,
    MAX_SOCKETS = 64, /* libzmq sockets, not connections */

    /* MAXMSGSIZE counts what CURVE adds to a payload as well: command name 8,
     * nonce 8, authenticator 16, flags 1. */
    CURVE_OVERHEAD_BYTES = 33,

    /* In messages, of one connection. Credit, in bytes, runs out long before;
     * who ignores it, or grants it and never reads, is stopped here: 16 MiB of
     * his that we have not heard, 64 MiB that he has not. */
    HIGH_WATER_HEARD = 64,
    HIGH_WATER_SAID = 256,
    HIGH_WATER_ENROL = 8, /* of each stranger's, and of what he is answered */

    BACKLOG_COUNT = 4096, /* thousands return at one moment, and who finds no
                             place tries again after 1, 3, 7 s */
    HANDSHAKE_MS = 10 * 1000, /* four round trips, and what is lost of them */
    CONNECT_MS = 10 * 1000,   /* else the kernel's two minutes */
    RECONNECT_MS = 1000,
    RECONNECT_MAX_MS = 60 * 1000,
    HEARTBEAT_MS = 30 * 1000,
    KEEPALIVE_IDLE_S = 600,
    HEARTBEAT_TIMEOUT_MS = 90 * 1000,
    /* The peer's libzmq counts it in 16 bits: 90,000 became 24,464, and every
     * idle line was cut between two heartbeats. */
    HEARTBEAT_TTL_MS = 65 * 1000,

    /* ZMQ_ZAP_ENFORCE_DOMAIN: missing from the stable header, though the
     * library may know it. */
    OPTION_ENFORCE_DOMAIN = 93
};

static_assert(HEARTBEAT_TTL_MS <= UINT16_MAX, "16 bits at the other end");

struct net_context *net_context_new(void)
{
    struct net_context *context = mem_new(sizeof *context);

    context->zmq = zmq_ctx_new();
    assert(context->zmq);
    zmq_ctx_set(context->zmq, ZMQ_IO_THREADS, IO_THREADS);
    zmq_ctx_set(context->zmq, ZMQ_MAX_SOCKETS, MAX_SOCKETS);
    return context;
}

void net_context_free(struct net_context **context)
{
    if (!*context)
        return;
    while (zmq_ctx_term((*context)->zmq) != 0 && errno == EINTR)
        ;
    mem_free(context);
}

size_t net_endpoint_limit(enum net_lane lane)
{
    return lane == NET_ENROL ? NET_ENROL_FRAME_BYTES : NET_FRAME_BYTES;
}

void net_endpoint_be_prompt(int fd)
{
    const int yes = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &yes,
                     sizeof yes);
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_text(void *socket, int option, const char *text)
{
    return zmq_setsockopt(socket, option, text, strlen(text)) == 0;
}

static bool set_key(void *socket, int option, const uint8_t *key)
{
    return zmq_setsockopt(socket, option, key, CURVE_BYTES) == 0;
}

/* What every socket that foreign bytes reach has in common. */
static bool set_wire(void *s, const struct net_endpoint *e)
{
    int64_t limit = (int64_t)net_endpoint_limit(e->lane) + CURVE_OVERHEAD_BYTES;
    bool strangers = e->lane == NET_ENROL && e->role == NET_ROLE_SERVER;
    int heard = strangers ? HIGH_WATER_ENROL : HIGH_WATER_HEARD;
    int said = strangers ? HIGH_WATER_ENROL : HIGH_WATER_SAID;

    return zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &limit, sizeof limit) == 0 &&
           set_int(s, ZMQ_SNDHWM, said) && set_int(s, ZMQ_RCVHWM, heard) &&
           set_int(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           /* [::1] and such; a name is looked up as IPv4 */
           set_int(s, ZMQ_IPV6, strchr(e->address, '[') != NULL) &&
           set_key(s, ZMQ_CURVE_PUBLICKEY, e->key->public_key) &&
           set_key(s, ZMQ_CURVE_SECRETKEY, e->key->secret);
}

static bool set_server(void *s, const struct net_endpoint *e)
{
    /* Best effort: where the library takes it, a missing ZAP handler closes
     * the door instead of opening it. */
    if (!e->fail_open)
        (void)set_int(s, OPTION_ENFORCE_DOMAIN, 1);
    return set_int(s, ZMQ_CURVE_SERVER, 1) &&
           set_text(s, ZMQ_ZAP_DOMAIN,
                    e->lane == NET_ENROL ? NET_ZAP_DOMAIN_ENROL
                                         : NET_ZAP_DOMAIN) &&
           set_int(s, ZMQ_ROUTER_MANDATORY, 1) &&
           /* A line a router cut in silence is let go of: bulk has no
            * heartbeat of its own. */
           set_int(s, ZMQ_TCP_KEEPALIVE, 1) &&
           set_int(s, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S) &&
           set_int(s, ZMQ_BACKLOG, BACKLOG_COUNT);
}

static bool set_client(void *s, const struct net_endpoint *e)
{
    bool ok = set_int(s, ZMQ_TCP_KEEPALIVE, 0) &&
              set_key(s, ZMQ_CURVE_SERVERKEY, e->server_key) &&
              set_int(s, ZMQ_CONNECT_TIMEOUT, CONNECT_MS) &&
              set_int(s, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
              set_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
              /* nothing of one connection is sent on the next */
              set_int(s, ZMQ_IMMEDIATE, e->role == NET_ROLE_CLIENT);

    /* TTL makes the hub let go of a node that is silent for as long. */
    if (ok && e->heartbeat)
        ok = set_int(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
             set_int(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
             set_int(s, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TTL_MS);
    return ok;
}

static bool set_options(void *s, const struct net_endpoint *e)
{
    if (!set_int(s, ZMQ_LINGER, 0))
        return false;
    switch (e->role) {
    case NET_ROLE_SERVER:
        return set_wire(s, e) && set_server(s, e);
    case NET_ROLE_CLIENT:
    case NET_ROLE_PROBE:
        return set_wire(s, e) && set_client(s, e);
    case NET_ROLE_GATE:
    case NET_ROLE_MONITOR:
        /* no high-water mark: libzmq's own thread must never wait for us */
        return set_int(s, ZMQ_SNDHWM, 0) && set_int(s, ZMQ_RCVHWM, 0);
    }
    return false;
}

void *net_endpoint_open(struct net_context *context,
                        const struct net_endpoint *endpoint, struct error *err)
{
    static const int types[] = {
        [NET_ROLE_SERVER] = ZMQ_ROUTER, [NET_ROLE_CLIENT] = ZMQ_DEALER,
        [NET_ROLE_PROBE] = ZMQ_DEALER,  [NET_ROLE_GATE] = ZMQ_REP,
        [NET_ROLE_MONITOR] = ZMQ_PAIR,
    };
    void *socket = zmq_socket(context->zmq, types[endpoint->role]);

    if (socket && set_options(socket, endpoint))
        return socket;
    error_set(err, ERR_IO, "cannot make a socket: %s", zmq_strerror(errno));
    if (socket)
        zmq_close(socket);
    return NULL;
}
