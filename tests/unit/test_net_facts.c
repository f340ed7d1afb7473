/* What the design rests on, asked of the library itself: when one of these
 * turns red, a row of the design's table is no longer true.
 */
#include "test_net_relay.h"

enum { QUICK_MS = 300, ENFORCE_DOMAIN = 93, OVERFLOW = 2000 };

static void set_int(void *socket, int option, int value)
{
    assert_int_equal(zmq_setsockopt(socket, option, &value, sizeof value), 0);
}

/* A socket that is closed with the hub. */
static void *bare_socket(struct hub *hub, int type)
{
    void *socket = zmq_socket(hub->context->zmq, type);

    assert_non_null(socket);
    assert_true(hub->peer_count < GUESTS_MAX);
    hub->peers[hub->peer_count++] = socket;
    set_int(socket, ZMQ_LINGER, 0);
    set_int(socket, ZMQ_RCVTIMEO, SOON_MS);
    set_int(socket, ZMQ_SNDTIMEO, SOON_MS);
    return socket;
}

static void bind_any(void *socket, char address[NET_ADDRESS_BYTES])
{
    size_t size = NET_ADDRESS_BYTES;

    assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:0"), 0);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, address, &size),
                     0);
}

static void dial_as(void *socket, const char *id, const char *address)
{
    if (id)
        assert_int_equal(zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, strlen(id)),
                         0);
    assert_int_equal(zmq_connect(socket, address), 0);
}

/* Receives one frame; its size. */
static int hear(void *socket, char out[64])
{
    int size = zmq_recv(socket, out, 63, 0);

    assert_in_range(size, 0, 63);
    out[size] = '\0';
    return size;
}

static bool is_quiet(void *socket, int ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

    return zmq_poll(&item, 1, ms) == 0;
}

static int facts_setup(void **state)
{
    *state = hub_prepare();
    return 0;
}

/* So the server reads it from the payload frame. */
static void after_poll_the_routing_id_frame_does_not_name_the_user(void **state)
{
    struct hub *hub = hub_start();
    struct curve_key key;
    struct net_server_config config = hub_config(hub);
    struct net_endpoint endpoint = {.role = NET_ROLE_SERVER,
                                    .lane = NET_EXPRESS,
                                    .key = &config.key,
                                    .address = "tcp://127.0.0.1:0"};
    void *router = net_endpoint_open(hub->context, &endpoint, NULL);
    char address[NET_ADDRESS_BYTES];
    zmq_msg_t frame;
    int64_t end = clock_mono_ms() + SOON_MS;

    *state = hub;
    hub->peers[hub->peer_count++] = router;
    bind_any(router, address);
    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    assert_int_equal(
        net_link_dial(link_to(hub, NET_EXPRESS, &key, address), NULL), 0);
    assert_int_equal(link_event(hub, hub->links[0]), NET_LINK_OPENED);
    link_says(hub->links[0], "hello");
    while (is_quiet(router, 2)) {
        assert_true(clock_mono_ms() < end);
        hub_turn(hub, 2);
    }
    zmq_msg_init(&frame);
    assert_int_equal(zmq_msg_recv(&frame, router, ZMQ_DONTWAIT), 5);
    assert_null(zmq_msg_gets(&frame, "User-Id"));
    assert_int_equal(zmq_msg_recv(&frame, router, ZMQ_DONTWAIT), 5);
    assert_non_null(zmq_msg_gets(&frame, "User-Id"));
    assert_string_equal(zmq_msg_gets(&frame, "Peer-Address"), "127.0.0.1");
    zmq_msg_close(&frame);
}

/* So HANDOVER is never set and nobody names himself. */
static void
with_handover_a_thief_takes_a_routing_id_and_its_messages(void **state)
{
    struct hub *hub = *state;
    char address[NET_ADDRESS_BYTES];
    char text[64];

    for (int handover = 0; handover < 2; handover++) {
        void *router = bare_socket(hub, ZMQ_ROUTER);
        void *owner = bare_socket(hub, ZMQ_DEALER);
        void *thief = bare_socket(hub, ZMQ_DEALER);
        void *winner = handover ? thief : owner;

        set_int(router, ZMQ_ROUTER_HANDOVER, handover);
        bind_any(router, address);
        dial_as(owner, "node-7", address);
        bare_says(owner, "hello", 0);
        hear(router, text);
        hear(router, text);
        dial_as(thief, "node-7", address);
        bare_says(thief, "me", 0);
        assert_int_equal(is_quiet(router, handover ? SOON_MS : QUICK_MS),
                         !handover);
        bare_says(router, "node-7", ZMQ_SNDMORE);
        bare_says(router, "secret", 0);
        hear(winner, text);
        assert_string_equal(text, "secret");
        assert_true(is_quiet(handover ? owner : thief, 50));
    }
}

/* Fail-open, and whether the draft option closes it in this library. */
static void the_option_that_enforces_zap_is_honoured(void **state)
{
    struct hub *hub = *state;
    char address[NET_ADDRESS_BYTES];
    struct curve_key key;
    int on = 1;

    curve_key_generate(&key);
    for (int enforce = 0; enforce < 2; enforce++) {
        struct net_endpoint client = {.role = NET_ROLE_PROBE,
                                      .key = &key,
                                      .server_key = hub->key.public_key,
                                      .address = address};
        struct net_endpoint server = {.role = NET_ROLE_SERVER,
                                      .key = &hub->key,
                                      .address = "tcp://127.0.0.1:0",
                                      .fail_open = !enforce};
        void *router = net_endpoint_open(hub->context, &server, NULL);
        void *peer;

        hub->peers[hub->peer_count++] = router;
        bind_any(router, address);
        if (enforce &&
            zmq_setsockopt(router, ENFORCE_DOMAIN, &on, sizeof on) != 0)
            skip(); /* a library that does not know it: nothing rests on it */
        peer = net_endpoint_open(hub->context, &client, NULL);
        hub->peers[hub->peer_count++] = peer;
        dial_as(peer, NULL, address);
        bare_says(peer, "let me in", 0);
        assert_int_equal(is_quiet(router, enforce ? QUICK_MS : SOON_MS),
                         enforce);
    }
}

/* So ROUTER_MANDATORY is set on every ROUTER. */
static void without_mandatory_a_router_swallows_what_is_too_much(void **state)
{
    struct hub *hub = *state;
    char address[NET_ADDRESS_BYTES];
    char text[64];

    for (int mandatory = 0; mandatory < 2; mandatory++) {
        void *router = bare_socket(hub, ZMQ_ROUTER);
        void *node = bare_socket(hub, ZMQ_DEALER);
        uint8_t page[1024 * 8] = {0};
        int accepted = 0;
        int heard = 0;

        set_int(router, ZMQ_SNDHWM, 10);
        set_int(router, ZMQ_ROUTER_MANDATORY, mandatory);
        set_int(node, ZMQ_RCVHWM, 10);
        bind_any(router, address);
        dial_as(node, "node-7", address);
        bare_says(node, "hello", 0);
        hear(router, text);
        hear(router, text);
        for (int i = 0; i < OVERFLOW; i++) {
            if (zmq_send(router, "node-7", 6, ZMQ_SNDMORE | ZMQ_DONTWAIT) > 0 &&
                zmq_send(router, page, sizeof page, ZMQ_DONTWAIT) > 0)
                accepted++;
        }
        while (!is_quiet(node, 100) && zmq_recv(node, page, sizeof page, 0) > 0)
            heard++;
        if (mandatory)
            assert_int_equal(heard, accepted);
        else
            assert_int_equal(accepted, OVERFLOW);
        assert_in_range(heard, 1, OVERFLOW - 1);
    }
}

/* So every send is DONTWAIT: here it would have waited for ever. */
static void with_mandatory_a_send_that_may_wait_waits(void **state)
{
    struct hub *hub = *state;
    char address[NET_ADDRESS_BYTES];
    char text[64];
    void *router = bare_socket(hub, ZMQ_ROUTER);
    void *node = bare_socket(hub, ZMQ_DEALER);
    uint8_t page[1024 * 8] = {0};
    int64_t start;
    int rc = 0;

    set_int(router, ZMQ_SNDHWM, 10);
    set_int(router, ZMQ_ROUTER_MANDATORY, 1);
    set_int(router, ZMQ_SNDTIMEO, QUICK_MS);
    set_int(node, ZMQ_RCVHWM, 10);
    bind_any(router, address);
    dial_as(node, "node-7", address);
    bare_says(node, "hello", 0);
    hear(router, text);
    hear(router, text);
    do {
        start = clock_mono_ms();
        rc = zmq_send(router, "node-7", 6, ZMQ_SNDMORE);
        if (rc > 0)
            rc = zmq_send(router, page, sizeof page, 0);
    } while (rc > 0);
    assert_int_equal(errno, EAGAIN);
    assert_in_range(clock_mono_ms() - start, QUICK_MS - 50, SOON_MS);
}

/* So frames are small: a timeout sees only whole frames. */
static void a_frame_longer_than_the_heartbeat_never_arrives(void **state)
{
    enum { BIG = 64 * 1024, SMALL = 2 * 1024, RATE = 32 * 1024 };
    struct hub *hub = *state;
    static const uint8_t bytes[BIG];
    char address[NET_ADDRESS_BYTES];

    for (int small = 0; small < 2; small++) {
        struct relay relay = {.port_count = 0};
        void *router = bare_socket(hub, ZMQ_ROUTER);
        void *node = bare_socket(hub, ZMQ_DEALER);
        int count = small ? BIG / SMALL : 1;
        int heard = 0;

        set_int(router, ZMQ_HEARTBEAT_IVL, 150);
        set_int(router, ZMQ_HEARTBEAT_TIMEOUT, 600);
        bind_any(router, address);
        relay_add(&relay, address);
        relay.bytes_per_s = RATE;
        relay_start(&relay);
        dial_as(node, NULL, relay.address[0]);
        for (int i = 0; i < count; i++)
            zmq_send(node, bytes, small ? SMALL : BIG, ZMQ_DONTWAIT);
        while (heard < 2 * count && !is_quiet(router, small ? 1500 : 3500)) {
            char text[64];

            (void)zmq_recv(router, text, sizeof text, 0);
            heard++;
        }
        relay_stop(&relay);
        assert_int_equal(heard, small ? 2 * count : 0); /* route, payload */
    }
}

#define FACT(name)                                                             \
    cmocka_unit_test_setup_teardown(name, facts_setup, hub_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            after_poll_the_routing_id_frame_does_not_name_the_user,
            hub_teardown),
        FACT(with_handover_a_thief_takes_a_routing_id_and_its_messages),
        FACT(the_option_that_enforces_zap_is_honoured),
        FACT(without_mandatory_a_router_swallows_what_is_too_much),
        FACT(with_mandatory_a_send_that_may_wait_waits),
        FACT(a_frame_longer_than_the_heartbeat_never_arrives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
