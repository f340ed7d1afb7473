/* common/net/server.c - three ROUTER sockets and the gate before them.
 *
 * What it is not for: who a key belongs to and what he may do. It hands over
 * the key that libzmq has proven, and the caller checks it with every message.
 */
#include "common/net/server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/net/endpoint.h"
#include "common/net/fence.h"
#include "common/net/gate.h"
#include "common/net/self_test.h"
#include "common/net/wait.h"

enum {
    /* libzmq's own routing ids: a zero byte and a counter. */
    OWN_ROUTE_BYTES = 5,
    DROP_COUNT = 256, /* messages dropped before a caller gets his turn */
    EXPRESS_RUN = 4,  /* express messages before one of bulk gets its turn */

    /* What a connection may bring without finishing a message: far above the
     * credit of a node. Before its first was read, above all that a node says
     * at once (BULK_OPEN, and its credit), and all that an enrolment says. */
    UNFINISHED_BYTES = 8 * 1024 * 1024,
    STRANGER_BYTES = 1024 * 1024,
    STRANGER_ENROL_BYTES = 64 * 1024,
    STRANGERS_BYTES = 8 * 1024 * 1024, /* all of a socket */

    /* Strangers at once, of a socket. A district's nodes that all come back in
     * the same second get through: a handshake takes a millisecond here and
     * three round trips there. At the enrolment nobody waits long, and each
     * that was let in costs more. */
    STRANGERS = 384,
    STRANGERS_ENROL = 128,
    ENROL_STAY_MS = 60 * 1000,
    ENROL_WORDS = 32,

    FENCE_MS = 100, /* an unfinished message wakes nobody, so look often */
    FENCE_CROWDED_MS = 10,
    CROWD = 32, /* strangers of all sockets, from which we look more often */
    TELL_MS = 60 * 1000, /* between two lines about them, at least */
    TELL_REFUSED = 10    /* keys that nobody knows and a person need not */
};

/* One CURVE key's sockets. */
struct set {
    void *sockets[NET_LANES]; /* NULL: not open */
    struct net_fence *fences[NET_LANES];
    char addresses[NET_LANES][NET_ADDRESS_BYTES];
};

struct net_server {
    struct net_context *context;
    struct net_gate *gate; /* NULL: without_zap */
    struct net_friends *friends;
    struct set sets[NET_SETS];
    size_t first;                      /* which of them is the first set */
    size_t turn;                       /* which of them is looked at first */
    int64_t fences_ms;                 /* seen to last */
    size_t strangers;                  /* there then */
    int64_t told_ms;                   /* a line about them */
    uint64_t told_ended, told_refused; /* up to then */
    zmq_msg_t payload;                 /* of the message handed out last */
    int express_run; /* express messages handed out since one of bulk */
    struct net_counters counters;
};

static struct set *second(struct net_server *server)
{
    return &server->sets[1 - server->first];
}

static int open_fence(const struct net_server *server, struct set *set,
                      enum net_lane lane, size_t strangers, struct error *err)
{
    struct net_fence_config config = {.context = server->context,
                                      .socket = set->sockets[lane],
                                      .friends = server->friends,
                                      .prompt = lane == NET_EXPRESS,
                                      .strangers = STRANGERS,
                                      .unfinished_bytes = UNFINISHED_BYTES,
                                      .stranger_bytes = STRANGER_BYTES,
                                      .strangers_bytes = STRANGERS_BYTES};

    if (lane == NET_ENROL) {
        config.for_ever = true;
        config.strangers = STRANGERS_ENROL;
        config.stranger_bytes = STRANGER_ENROL_BYTES;
        config.stay_ms = ENROL_STAY_MS;
        config.words = ENROL_WORDS;
    }
    if (strangers > 0)
        config.strangers = strangers;
    return net_fence_open(&set->fences[lane], &config, err);
}

static int open_lane(const struct net_server *server, struct set *set,
                     enum net_lane lane, const struct net_server_config *config,
                     struct error *err)
{
    struct net_endpoint endpoint = {.role = NET_ROLE_SERVER,
                                    .lane = lane,
                                    .key = &config->key,
                                    .address = config->address[lane],
                                    .fail_open = config->without_zap};
    size_t size = NET_ADDRESS_BYTES;

    set->sockets[lane] = net_endpoint_open(config->context, &endpoint, err);
    if (!set->sockets[lane] ||
        open_fence(server, set, lane, config->strangers, err) != 0)
        return ERR_IO;
    if (zmq_bind(set->sockets[lane], endpoint.address) != 0 ||
        zmq_getsockopt(set->sockets[lane], ZMQ_LAST_ENDPOINT,
                       set->addresses[lane], &size) != 0)
        return error_set(err, ERR_IO, "cannot listen on %s: %s",
                         endpoint.address, zmq_strerror(errno));
    return 0;
}

/* Enrolment is open to strangers, so there is nothing to test. */
static int test_lanes(const struct net_server *server, const struct set *set,
                      const struct net_server_config *config, struct error *err)
{
    static const enum net_lane lanes[] = {NET_EXPRESS, NET_BULK};

    for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) {
        const struct net_self_test test = {.context = config->context,
                                           .gate = server->gate,
                                           .server_key = config->key.public_key,
                                           .socket = set->sockets[lanes[i]],
                                           .address = set->addresses[lanes[i]],
                                           .lane = lanes[i]};
        int rc = net_self_test(&test, err);

        if (rc != 0)
            return rc;
    }
    return 0;
}

static void close_set(struct set *set)
{
    for (int lane = 0; lane < NET_LANES; lane++) {
        net_fence_close(&set->fences[lane]);
        if (set->sockets[lane])
            zmq_close(set->sockets[lane]);
    }
    memset(set, 0, sizeof *set);
}

/* Leaves nothing half open. */
static int open_set(struct net_server *server, struct set *set,
                    const struct net_server_config *config, struct error *err)
{
    int rc = 0;

    for (int lane = 0; lane < NET_LANES && rc == 0; lane++)
        rc = open_lane(server, set, (enum net_lane)lane, config, err);
    if (rc == 0 && !config->without_self_test)
        rc = test_lanes(server, set, config, err);
    if (rc != 0)
        close_set(set);
    return rc;
}

int net_server_open(struct net_server **out,
                    const struct net_server_config *config, struct error *err)
{
    struct net_server *server = mem_new(sizeof *server);
    int rc = 0;

    server->context = config->context;
    server->friends = net_friends_new();
    zmq_msg_init(&server->payload);
    if (!config->without_zap)
        rc = net_gate_open(&server->gate, config, err);
    if (rc == 0)
        rc = open_set(server, &server->sets[0], config, err);
    if (rc != 0) {
        net_server_close(&server);
        return rc;
    }
    if (server->gate)
        net_gate_let_in(server->gate, true);
    *out = server;
    return 0;
}

int net_server_add(struct net_server *server,
                   const struct net_server_config *config, struct error *err)
{
    struct net_server_config own = *config;
    int rc;

    own.context = server->context;
    if (second(server)->sockets[NET_EXPRESS])
        return error_set(err, ERR_EXISTS, "two keys are in use already");
    /* a node that is expected must not look like a stranger let in */
    if (server->gate)
        net_gate_let_in(server->gate, false);
    rc = open_set(server, second(server), &own, err);
    if (server->gate)
        net_gate_let_in(server->gate, true);
    return rc;
}

void net_server_remove(struct net_server *server) { close_set(second(server)); }

void net_server_promote(struct net_server *server)
{
    assert(second(server)->sockets[NET_EXPRESS]);
    close_set(&server->sets[server->first]);
    server->first = 1 - server->first;
}

void net_server_close(struct net_server **server)
{
    if (!*server)
        return;
    zmq_msg_close(&(*server)->payload);
    for (size_t i = 0; i < NET_SETS; i++)
        close_set(&(*server)->sets[i]);
    net_gate_close(&(*server)->gate); /* last: no open door behind it */
    net_friends_free(&(*server)->friends);
    mem_free(server);
}

const char *net_server_address(const struct net_server *server,
                               enum net_lane lane)
{
    return server->sets[server->first].addresses[lane];
}

const char *net_server_second_address(const struct net_server *server,
                                      enum net_lane lane)
{
    return server->sets[1 - server->first].addresses[lane];
}

/* Of all sockets. */
static size_t most_from(const struct net_server *server,
                        struct net_source *source)
{
    size_t most = 0;

    for (size_t i = 0; i < NET_SETS; i++)
        for (int lane = 0; lane < NET_LANES; lane++) {
            const struct net_fence *fence = server->sets[i].fences[lane];
            struct net_source here;
            size_t count = fence == NULL ? 0 : net_fence_most(fence, &here);

            if (count > most) {
                most = count;
                *source = here;
            }
        }
    return most;
}

/* Strangers do not fill the log, whatever they do. */
static void tell(struct net_server *server, int64_t now)
{
    uint64_t ended = server->counters.cut - server->told_ended;
    uint64_t refused = server->counters.refused - server->told_refused;
    struct net_source source = {{0}};
    char text[NET_SOURCE_TEXT_BYTES];
    size_t most;

    if ((ended == 0 && refused < TELL_REFUSED) ||
        (server->told_ms != 0 && now - server->told_ms < TELL_MS))
        return;
    most = most_from(server, &source);
    log_warn("net.strangers",
             "ended=%llu refused=%llu there=%zu most_from=%s of_it=%zu",
             (unsigned long long)ended, (unsigned long long)refused,
             server->strangers,
             most == 0 ? "nobody" : net_source_text(text, &source), most);
    server->told_ms = now;
    server->told_ended = server->counters.cut;
    server->told_refused = server->counters.refused;
}

static void see_to_fences(struct net_server *server, int64_t now)
{
    server->fences_ms = now;
    server->strangers = 0;
    for (size_t i = 0; i < NET_SETS; i++)
        for (int lane = 0; lane < NET_LANES; lane++) {
            struct net_fence *fence = server->sets[i].fences[lane];

            if (fence == NULL)
                continue;
            server->counters.cut += net_fence_work(fence, now);
            server->strangers += net_fence_strangers(fence);
        }
    tell(server, now);
}

static bool is_crowded(const struct net_server *server)
{
    return server->strangers >= CROWD;
}

/* All that may wake us; first, and `*quiet` of them, those that tell of
 * strangers, as long as these are few. */
static size_t list_sockets(const struct net_server *server,
                           void *out[2 * NET_SETS * NET_LANES + 1],
                           size_t *quiet)
{
    size_t count = 0;

    for (size_t i = 0; i < NET_SETS && !is_crowded(server); i++)
        for (int lane = 0; lane < NET_LANES; lane++)
            if (server->sets[i].fences[lane])
                out[count++] = net_fence_socket(server->sets[i].fences[lane]);
    *quiet = count;
    for (size_t i = 0; i < NET_SETS; i++)
        for (int lane = 0; lane < NET_LANES; lane++)
            if (server->sets[i].sockets[lane])
                out[count++] = server->sets[i].sockets[lane];
    if (server->gate)
        out[count++] = net_gate_socket(server->gate);
    return count;
}

int net_server_wait(struct net_server *server, struct pollfd *fds, size_t count,
                    int timeout_ms)
{
    int64_t now = clock_mono_ms(), end = now + timeout_ms;
    int rc;

    do {
        void *sockets[2 * NET_SETS * NET_LANES + 1];
        size_t quiet, open = list_sockets(server, sockets, &quiet);
        int64_t most = is_crowded(server) ? FENCE_CROWDED_MS : FENCE_MS;
        int64_t left = timeout_ms < 0 ? most : end - now;

        left = left < 0 ? 0 : left > most ? most : left;
        rc = net_wait(sockets, open, quiet, fds, count, (int)left);
        now = clock_mono_ms();
        if ((rc == 0 && left > 0) ||
            now - server->fences_ms >= FENCE_CROWDED_MS)
            see_to_fences(server, now);
    } while (rc == 0 && (timeout_ms < 0 || now < end));
    return rc < 0 ? ERR_IO : 0;
}

int net_server_work(struct net_server *server)
{
    int rc;

    if (!server->gate)
        return 0;
    rc = net_gate_work(server->gate);
    server->counters.refused = net_gate_refused(server->gate);
    return rc;
}

/* Reads one whole message: its first frame to `route`, the second to `payload`.
 * Returns how many frames it had, 0 when none waits. */
static size_t receive_whole(void *socket, zmq_msg_t *route, zmq_msg_t *payload)
{
    zmq_msg_t spare;
    zmq_msg_t *frame = route;
    size_t count = 0;

    zmq_msg_init(&spare);
    while (net_receive_frame(socket, frame)) {
        count++;
        if (!zmq_msg_more(frame))
            break;
        frame = count == 1 ? payload : &spare;
    }
    zmq_msg_close(&spare);
    return count;
}

static bool take_route(struct net_route *out, zmq_msg_t *frame)
{
    const uint8_t *bytes = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame);

    if (size != OWN_ROUTE_BYTES || bytes[0] != 0)
        return false; /* the peer chose it */
    memcpy(out->bytes, bytes, size);
    out->size = (uint8_t)size;
    return true;
}

/* Only a payload frame carries what the gate said about the peer. */
static bool take_identity(const struct net_server *server,
                          struct net_message *out, const zmq_msg_t *payload)
{
    const char *user_id = zmq_msg_gets(payload, "User-Id");
    const char *peer = zmq_msg_gets(payload, "Peer-Address");

    (void)snprintf(out->peer, sizeof out->peer, "%s", peer ? peer : "");
    return server->gate && user_id &&
           net_gate_key(server->gate, user_id, out->key);
}

/* Takes one message off a lane of a set. False: none was there. `*good`: it is
 * whole, well formed and signed for by the gate. */
static bool take_message(struct net_server *server, size_t of,
                         enum net_lane lane, struct net_message *out,
                         bool *good)
{
    const struct set *set = &server->sets[of];
    zmq_msg_t route;
    size_t count;

    *good = false;
    if (!set->sockets[lane])
        return false;
    zmq_msg_init(&route);
    count = receive_whole(set->sockets[lane], &route, &server->payload);
    if (count > 0 && (count != 2 || !take_route(&out->route, &route)))
        server->counters.oversize_or_shape++;
    else if (count > 0 && !take_identity(server, out, &server->payload))
        server->counters.anonymous++;
    else
        *good = count > 0;
    if (*good)
        net_fence_message(set->fences[lane],
                          zmq_msg_get(&server->payload, ZMQ_SRCFD), out->key);
    out->route.set = (uint8_t)of;
    out->second = of != server->first;
    out->lane = lane;
    zmq_msg_close(&route);
    return count > 0;
}

/* Express first. But the copies of a large backlog must not hold up the stream
 * that makes most of them needless. */
static const enum net_lane *lane_order(const struct net_server *server)
{
    static const enum net_lane usual[] = {NET_EXPRESS, NET_BULK, NET_ENROL};
    static const enum net_lane bulk[] = {NET_BULK, NET_EXPRESS, NET_ENROL};

    return server->express_run < EXPRESS_RUN ? usual : bulk;
}

static void hand_out(struct net_server *server, struct net_message *out)
{
    server->express_run =
        out->lane == NET_EXPRESS ? server->express_run + 1 : 0;
    out->bytes = bytes_of(zmq_msg_data(&server->payload),
                          zmq_msg_size(&server->payload));
    server->counters.received++;
}

bool net_server_receive(struct net_server *server, struct net_message *out)
{
    const enum net_lane *order = lane_order(server);
    int dropped = 0;

    memset(out, 0, sizeof *out);
    server->turn = 1 - server->turn;
    for (size_t i = 0; i < (size_t)NET_LANES * NET_SETS; i++) {
        size_t of = (server->turn + i) % NET_SETS;
        bool good;

        while (take_message(server, of, order[i / NET_SETS], out, &good)) {
            if (good) {
                hand_out(server, out);
                return true;
            }
            if (++dropped == DROP_COUNT)
                return false;
        }
    }
    return false;
}

static bool send_frame(void *socket, zmq_msg_t *frame, int more)
{
    int rc;

    do {
        rc = zmq_msg_send(frame, socket, ZMQ_DONTWAIT | more);
    } while (rc < 0 && errno == EINTR);
    return rc >= 0;
}

static void make_frame(zmq_msg_t *out, const void *data, size_t size)
{
    int rc = zmq_msg_init_size(out, size);

    assert(rc == 0); /* out of memory */
    if (size > 0)
        memcpy(zmq_msg_data(out), data, size);
}

int net_server_send(struct net_server *server, enum net_lane lane,
                    const struct net_route *route, struct bytes bytes)
{
    void *socket = server->sets[route->set % NET_SETS].sockets[lane];
    zmq_msg_t address;
    zmq_msg_t payload;
    bool sent;

    if (bytes.size > net_endpoint_limit(lane))
        return ERR_INVALID;
    if (!socket) { /* closed for good: its key is past */
        server->counters.unsent++;
        return ERR_AGAIN;
    }
    make_frame(&address, route->bytes, route->size);
    make_frame(&payload, bytes.data, bytes.size);
    /* Full (EAGAIN) and gone (EHOSTUNREACH) show at the first frame. */
    sent = send_frame(socket, &address, ZMQ_SNDMORE) &&
           send_frame(socket, &payload, 0);
    zmq_msg_close(&address);
    zmq_msg_close(&payload);
    if (!sent) {
        server->counters.unsent++;
        return ERR_AGAIN;
    }
    server->counters.sent++;
    return 0;
}

const struct net_counters *net_server_counters(const struct net_server *server)
{
    return &server->counters;
}
