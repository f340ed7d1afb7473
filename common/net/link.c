/* common/net/link.c - one DEALER and the PAIR that hears what becomes of it.
 *
 * What it is not for: when to dial again. It says what happened.
 */
#include "common/net/link.h"

#include <assert.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/net/endpoint.h"
#include "common/net/monitor.h"
#include "common/net/wait.h"

enum {
    WATCHED = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
              ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED |
              ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECTED,
    STATUS_FOR_GOOD = 400, /* of ZAP */
    /* libzmq says at once that it will try again; after a breach of the
     * protocol (a captive portal, say) it does not, and never will. */
    GIVEN_UP_MS = 1000,
    LINKS_MAX = 16
};

struct net_link {
    struct net_context *context;
    struct curve_key key;
    uint8_t server_key[CURVE_BYTES];
    char *address;
    bool heartbeat;
    enum net_lane lane;

    enum net_link_state state;
    int fd;       /* of the last connection; libzmq's own */
    void *socket; /* both NULL when DOWN */
    void *monitor;
    bool in_doubt; /* a connection or try ended at `ended_ms`, and no word */
    int64_t ended_ms;
    zmq_msg_t payload; /* handed out last */
};

int net_link_new(struct net_link **out, const struct net_link_config *config,
                 struct error *err)
{
    struct net_link *link;

    if (strncmp(config->address, "tcp://", 6) != 0)
        return error_set(err, ERR_INVALID, "\"%s\" is not tcp://host:port",
                         config->address);
    link = mem_new(sizeof *link);
    link->context = config->context;
    link->key = config->key;
    memcpy(link->server_key, config->server_key, CURVE_BYTES);
    link->address = mem_text(config->address);
    link->heartbeat = config->heartbeat;
    link->lane = config->lane;
    zmq_msg_init(&link->payload);
    *out = link;
    return 0;
}

void net_link_free(struct net_link **link)
{
    if (!*link)
        return;
    net_link_hang_up(*link);
    zmq_msg_close(&(*link)->payload);
    mem_free(&(*link)->address);
    mem_wipe(*link, sizeof **link);
    mem_free(link);
}

void net_link_hang_up(struct net_link *link)
{
    if (link->socket) {
        net_monitor_close(link->socket, &link->monitor);
        zmq_close(link->socket);
    }
    link->socket = NULL;
    link->in_doubt = false;
    link->state = NET_DOWN;
}

int net_link_dial(struct net_link *link, struct error *err)
{
    const struct net_endpoint endpoint = {.role = NET_ROLE_CLIENT,
                                          .lane = link->lane,
                                          .key = &link->key,
                                          .server_key = link->server_key,
                                          .address = link->address,
                                          .heartbeat = link->heartbeat};

    net_link_hang_up(link);
    link->socket = net_endpoint_open(link->context, &endpoint, err);
    if (!link->socket)
        return ERR_IO;
    link->monitor = net_monitor_open(link->context, link->socket, WATCHED, err);
    if (!link->monitor) {
        net_link_hang_up(link);
        return ERR_IO;
    }
    if (zmq_connect(link->socket, link->address) != 0) {
        error_set(err, ERR_IO, "cannot dial %s: %s", link->address,
                  zmq_strerror(errno));
        net_link_hang_up(link);
        return ERR_IO;
    }
    link->state = NET_TRYING;
    return 0;
}

enum net_link_state net_link_state(const struct net_link *link)
{
    return link->state;
}

static enum net_link_event ended(struct net_link *link)
{
    enum net_link_event event =
        link->state == NET_UP ? NET_LINK_LOST : NET_LINK_FAILED;

    link->state = NET_TRYING;
    link->in_doubt = true;
    link->ended_ms = clock_mono_ms();
    return event;
}

static enum net_link_event take_event(struct net_link *link, uint16_t event,
                                      uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_CONNECTED:
        link->fd = (int)value;
        if (link->lane == NET_EXPRESS)
            net_endpoint_be_prompt((int)value);
        return NET_LINK_NOTHING;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        link->state = NET_UP;
        return NET_LINK_OPENED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        if (value < STATUS_FOR_GOOD)
            return NET_LINK_NOTHING; /* its end follows */
        net_link_hang_up(link);
        return NET_LINK_REFUSED;
    case ZMQ_EVENT_DISCONNECTED:
    case ZMQ_EVENT_CLOSED:
        return ended(link);
    case ZMQ_EVENT_CONNECT_RETRIED:
        link->in_doubt = false;
        return NET_LINK_NOTHING;
    default: /* a monitor may say more than it was asked */
        return NET_LINK_NOTHING;
    }
}

enum net_link_event net_link_next(struct net_link *link)
{
    uint16_t event;
    uint32_t value;

    while (link->monitor && net_monitor_next(link->monitor, &event, &value)) {
        enum net_link_event out = take_event(link, event, value);

        if (out != NET_LINK_NOTHING)
            return out;
    }
    if (link->in_doubt && clock_mono_ms() - link->ended_ms >= GIVEN_UP_MS) {
        net_link_hang_up(link);
        return NET_LINK_FAILED;
    }
    return NET_LINK_NOTHING;
}

bool net_link_receive(struct net_link *link, struct bytes *out)
{
    while (link->socket && net_receive_frame(link->socket, &link->payload)) {
        bool whole = !zmq_msg_more(&link->payload);

        while (zmq_msg_more(&link->payload) &&
               net_receive_frame(link->socket, &link->payload))
            ;
        if (whole) {
            *out = bytes_of(zmq_msg_data(&link->payload),
                            zmq_msg_size(&link->payload));
            return true;
        }
    }
    return false;
}

int net_link_send(struct net_link *link, struct bytes bytes)
{
    int rc;

    if (bytes.size > net_endpoint_limit(link->lane))
        return ERR_INVALID;
    if (link->state != NET_UP)
        return ERR_AGAIN;
    do {
        rc = zmq_send(link->socket, bytes.data, bytes.size, ZMQ_DONTWAIT);
    } while (rc < 0 && errno == EINTR);
    return rc < 0 ? ERR_AGAIN : 0;
}

/* Segments that carried something out, ever. */
static uint32_t segments_out(const struct net_link *link)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    return getsockopt(link->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0
               ? info.tcpi_data_segs_out
               : 0;
}

int net_link_say_last(struct net_link *link, struct bytes bytes, int wait_ms)
{
    int64_t until = clock_mono_ms() + wait_ms;
    uint32_t before = link->state == NET_UP ? segments_out(link) : 0;
    int rc = net_link_send(link, bytes);

    while (rc == 0 && segments_out(link) == before && clock_mono_ms() < until)
        (void)poll(NULL, 0, 1);
    return rc;
}

int net_links_wait(struct net_link *const *links, size_t link_count,
                   struct pollfd *fds, size_t count, int timeout_ms)
{
    void *sockets[2 * LINKS_MAX];
    size_t n = 0;

    assert(link_count <= LINKS_MAX);
    for (size_t i = 0; i < link_count; i++) {
        if (!links[i] || !links[i]->socket)
            continue;
        sockets[n++] = links[i]->socket;
        sockets[n++] = links[i]->monitor;
        if (links[i]->in_doubt && (timeout_ms < 0 || timeout_ms > GIVEN_UP_MS))
            timeout_ms = GIVEN_UP_MS;
    }
    return net_wait(sockets, n, 0, fds, count, timeout_ms) < 0 ? ERR_IO : 0;
}
