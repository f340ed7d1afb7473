/* A hub's server and nodes' links on loopback, in one thread: every wait serves
 * both sides and has a deadline.
 */
#ifndef LIENXA_TEST_NET_FIXTURE_H
#define LIENXA_TEST_NET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/net/endpoint.h"
#include "common/net/link.h"
#include "common/net/server.h"

enum { SOON_MS = 5000, KNOWN_MAX = 8, GUESTS_MAX = 16 };

struct hub {
    struct net_context *context;
    struct net_server *server;
    struct curve_key key;
    uint8_t known[KNOWN_MAX][CURVE_BYTES];
    enum net_admission admission[KNOWN_MAX];
    size_t known_count;
    /* closed with the hub at the latest, so that a test may fail anywhere */
    struct net_link *links[GUESTS_MAX];
    void *peers[GUESTS_MAX];
    size_t link_count;
    size_t peer_count;
};

static inline enum net_admission hub_admit(void *who,
                                           const uint8_t key[CURVE_BYTES])
{
    const struct hub *hub = who;

    for (size_t i = 0; i < hub->known_count; i++) {
        if (memcmp(hub->known[i], key, CURVE_BYTES) == 0)
            return hub->admission[i];
    }
    return NET_UNKNOWN;
}

static inline void hub_says(struct hub *hub, const struct curve_key *key,
                            enum net_admission admission)
{
    size_t i = 0;

    while (i < hub->known_count &&
           memcmp(hub->known[i], key->public_key, CURVE_BYTES) != 0)
        i++;
    assert_true(i < KNOWN_MAX);
    if (i == hub->known_count)
        hub->known_count++;
    memcpy(hub->known[i], key->public_key, CURVE_BYTES);
    hub->admission[i] = admission;
}

static inline struct net_server_config hub_config(struct hub *hub)
{
    struct net_server_config config = {.context = hub->context,
                                       .key = hub->key,
                                       .address = {"tcp://127.0.0.1:0",
                                                   "tcp://127.0.0.1:0",
                                                   "tcp://127.0.0.1:0"},
                                       .admit = hub_admit,
                                       .who = hub};

    return config;
}

static inline struct hub *hub_prepare(void)
{
    struct hub *hub = mem_new(sizeof *hub);

    hub->context = net_context_new();
    curve_key_generate(&hub->key);
    return hub;
}

static inline struct hub *hub_start(void)
{
    struct hub *hub = hub_prepare();
    struct net_server_config config = hub_config(hub);
    struct error err = {""};

    if (net_server_open(&hub->server, &config, &err) != 0)
        fail_msg("%s", err.text);
    return hub;
}

static inline int hub_setup(void **state)
{
    *state = hub_start();
    return 0;
}

static inline int hub_teardown(void **state)
{
    struct hub *hub = *state;

    for (size_t i = 0; i < hub->link_count; i++)
        net_link_free(&hub->links[i]);
    for (size_t i = 0; i < hub->peer_count; i++)
        zmq_close(hub->peers[i]);
    net_server_close(&hub->server);
    net_context_free(&hub->context);
    mem_free(&hub);
    return 0;
}

static inline const char *hub_at(const struct hub *hub, enum net_lane lane)
{
    return net_server_address(hub->server, lane);
}

static inline void hub_turn(struct hub *hub, int timeout_ms)
{
    assert_int_equal(net_server_wait(hub->server, NULL, 0, timeout_ms), 0);
    assert_int_equal(net_server_work(hub->server), 0);
}

/* A link to one lane of the hub, DOWN. Borrowed: the hub closes it. */
static inline struct net_link *link_to(struct hub *hub, enum net_lane lane,
                                       const struct curve_key *key,
                                       const char *address)
{
    struct net_link_config config = {.context = hub->context,
                                     .key = *key,
                                     .address = address,
                                     .heartbeat = lane == NET_EXPRESS,
                                     .lane = lane};
    struct net_link *link = NULL;

    memcpy(config.server_key, hub->key.public_key, CURVE_BYTES);
    assert_int_equal(net_link_new(&link, &config, NULL), 0);
    assert_true(hub->link_count < GUESTS_MAX);
    hub->links[hub->link_count++] = link;
    return link;
}

/* The link's next event while the hub does its work, NOTHING after `limit`. */
static inline enum net_link_event
link_event_in(struct hub *hub, struct net_link *link, int64_t limit_ms)
{
    int64_t end = clock_mono_ms() + limit_ms;

    while (clock_mono_ms() < end) {
        enum net_link_event event = net_link_next(link);

        if (event != NET_LINK_NOTHING)
            return event;
        hub_turn(hub, 2);
    }
    return NET_LINK_NOTHING;
}

static inline enum net_link_event link_event(struct hub *hub,
                                             struct net_link *link)
{
    return link_event_in(hub, link, SOON_MS);
}

/* A link that is UP. */
static inline struct net_link *link_up(struct hub *hub, enum net_lane lane,
                                       const struct curve_key *key)
{
    struct net_link *link = link_to(hub, lane, key, hub_at(hub, lane));

    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event(hub, link), NET_LINK_OPENED);
    return link;
}

static inline void link_says(struct net_link *link, const char *text)
{
    assert_int_equal(net_link_send(link, bytes_of_text(text)), 0);
}

static inline bool hub_hears_in(struct hub *hub, struct net_message *out,
                                int64_t limit_ms)
{
    int64_t end = clock_mono_ms() + limit_ms;

    while (clock_mono_ms() < end) {
        hub_turn(hub, 2);
        if (net_server_receive(hub->server, out))
            return true;
    }
    return false;
}

static inline void hub_hears(struct hub *hub, struct net_message *out,
                             const char *text)
{
    if (!hub_hears_in(hub, out, SOON_MS))
        fail_msg("the hub did not hear \"%s\"", text);
    assert_true(bytes_equal(out->bytes, bytes_of_text(text)));
}

static inline void hub_says_to(struct hub *hub, const struct net_message *to,
                               const char *text)
{
    assert_int_equal(
        net_server_send(hub->server, to->lane, &to->route, bytes_of_text(text)),
        0);
}

static inline bool link_hears_in(struct hub *hub, struct net_link *link,
                                 struct bytes *out, int64_t limit_ms)
{
    int64_t end = clock_mono_ms() + limit_ms;

    while (clock_mono_ms() < end) {
        if (net_link_receive(link, out))
            return true;
        hub_turn(hub, 2);
    }
    return false;
}

static inline void link_hears(struct hub *hub, struct net_link *link,
                              const char *text)
{
    struct bytes got;

    if (!link_hears_in(hub, link, &got, SOON_MS))
        fail_msg("the node did not hear \"%s\"", text);
    assert_true(bytes_equal(got, bytes_of_text(text)));
}

#define NO_ID ((struct bytes){NULL, 0})

/* A peer without our manners: a bare DEALER that may send what it likes. Its
 * own routing id, if it wants one, must be set before it connects. */
static inline void *bare_peer_at(struct hub *hub, enum net_lane lane,
                                 const struct curve_key *key,
                                 struct bytes routing_id, const char *address)
{
    const struct net_endpoint endpoint = {.role = NET_ROLE_PROBE,
                                          .lane = lane,
                                          .key = key,
                                          .server_key = hub->key.public_key,
                                          .address = address};
    void *peer = net_endpoint_open(hub->context, &endpoint, NULL);

    assert_non_null(peer);
    assert_true(hub->peer_count < GUESTS_MAX);
    hub->peers[hub->peer_count++] = peer;
    if (routing_id.size > 0)
        assert_int_equal(zmq_setsockopt(peer, ZMQ_ROUTING_ID, routing_id.data,
                                        routing_id.size),
                         0);
    assert_int_equal(zmq_connect(peer, endpoint.address), 0);
    return peer; /* borrowed: the hub closes it */
}

static inline void *bare_peer(struct hub *hub, enum net_lane lane,
                              const struct curve_key *key,
                              struct bytes routing_id)
{
    return bare_peer_at(hub, lane, key, routing_id, hub_at(hub, lane));
}

static inline void bare_says(void *peer, const char *text, int flags)
{
    assert_int_equal(zmq_send(peer, text, strlen(text), flags),
                     (int)strlen(text));
}

static inline const struct net_counters *hub_counts(const struct hub *hub)
{
    return net_server_counters(hub->server);
}

#endif
