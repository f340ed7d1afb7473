/* The hub's sockets: who is heard, who is answered, and what is dropped. */
#include "test_net_fixture.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUICK_MS = 300, OPEN_MS = 1500 };

static void a_node_speaks_and_is_answered_on_every_lane(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    for (int lane = 0; lane < NET_LANES; lane++) {
        struct net_link *link = link_up(hub, (enum net_lane)lane, &key);
        struct net_message message;

        link_says(link, "hello");
        hub_hears(hub, &message, "hello");
        assert_int_equal(message.lane, lane);
        assert_memory_equal(message.key, key.public_key, CURVE_BYTES);
        assert_string_equal(message.peer, "127.0.0.1");
        hub_says_to(hub, &message, "welcome");
        link_hears(hub, link, "welcome");
    }
    assert_int_equal(hub_counts(hub)->received, 3);
    assert_int_equal(hub_counts(hub)->sent, 3);
}

/* Of this process, the hub's and the nodes'. */
static int prompt_sockets(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++) {
        int value = 0;
        socklen_t size = sizeof value;

        if (getsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &value,
                       &size) == 0)
            count += value;
    }
    return count;
}

static void
what_is_lost_on_express_is_not_waited_for_longer_each_time(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_message message;

    /* the test before may have left some that the library is about to close */
    for (int64_t end = clock_mono_ms() + 5000;
         prompt_sockets() > 0 && clock_mono_ms() < end;)
        hub_turn(hub, 10);
    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link_says(link_up(hub, NET_BULK, &key), "slowly");
    hub_hears(hub, &message, "slowly");
    assert_int_equal(prompt_sockets(), 0);
    link_says(link_up(hub, NET_EXPRESS, &key), "quickly");
    hub_hears(hub, &message, "quickly");
    for (int64_t end = clock_mono_ms() + 5000;
         prompt_sockets() < 2 && clock_mono_ms() < end;)
        hub_turn(hub, 10);
    assert_int_equal(prompt_sockets(), 2); /* both ends */
}

static void a_random_key_is_refused_but_may_ask_to_enrol(void **state)
{
    struct hub *hub = *state;
    struct net_message message;

    for (int lane = 0; lane < NET_LANES; lane++) {
        struct curve_key stranger;
        void *peer;

        curve_key_generate(&stranger);
        peer = bare_peer(hub, (enum net_lane)lane, &stranger, NO_ID);
        bare_says(peer, "let me in", 0);
        if (lane == NET_ENROL)
            hub_hears(hub, &message, "let me in");
        else
            assert_false(hub_hears_in(hub, &message, QUICK_MS));
    }
    assert_memory_not_equal(message.key, hub->key.public_key, CURVE_BYTES);
    assert_int_equal(hub_counts(hub)->refused, 2);
    assert_int_equal(hub_counts(hub)->anonymous, 0);
}

static void a_hub_opens_quickly_and_its_own_test_is_not_counted(void **state)
{
    int64_t start = clock_mono_ms();
    struct hub *hub = hub_start();

    *state = hub;
    assert_in_range(clock_mono_ms() - start, 0, OPEN_MS);
    assert_int_equal(hub_counts(hub)->refused, 0);
    assert_int_equal(hub_counts(hub)->received, 0);
    assert_int_equal(hub_counts(hub)->anonymous, 0);
}

static void a_hub_without_zap_does_not_open(void **state)
{
    struct hub *hub = hub_prepare();
    struct net_server_config config = hub_config(hub);
    struct error err = {""};
    int64_t start = clock_mono_ms();

    *state = hub;
    config.without_zap = true;
    assert_int_equal(net_server_open(&hub->server, &config, &err), ERR_CRYPTO);
    assert_in_range(clock_mono_ms() - start, 0, OPEN_MS);
    assert_non_null(strstr(err.text, "strangers"));
    assert_null(hub->server);
}

/* The library lets anybody in; we hear nobody. */
static void
without_zap_every_key_is_accepted_and_every_message_dropped(void **state)
{
    struct hub *hub = hub_prepare();
    struct net_server_config config = hub_config(hub);
    struct curve_key key;
    struct net_link *link;
    struct net_message message;

    *state = hub;
    config.without_zap = true;
    config.without_self_test = true;
    assert_int_equal(net_server_open(&hub->server, &config, NULL), 0);
    curve_key_generate(&key);
    link = link_up(hub, NET_EXPRESS, &key); /* fail-open, as measured */
    link_says(link, "one");
    link_says(link, "two");
    assert_false(hub_hears_in(hub, &message, QUICK_MS));
    assert_int_equal(hub_counts(hub)->anonymous, 2);
}

static void a_hub_that_listens_everywhere_tests_itself_on_loopback(void **state)
{
    struct hub *hub = hub_prepare();
    struct net_server_config config = hub_config(hub);
    struct error err = {""};

    *state = hub;
    config.address[NET_EXPRESS] = "tcp://0.0.0.0:0";
    config.address[NET_BULK] = "tcp://*:0";
    if (net_server_open(&hub->server, &config, &err) != 0)
        fail_msg("%s", err.text);
    assert_memory_equal(hub_at(hub, NET_EXPRESS), "tcp://0.0.0.0:", 14);
}

static void an_address_in_use_is_named(void **state)
{
    struct hub *hub = *state;
    struct hub *other = hub_prepare();
    struct net_server_config config = hub_config(other);
    struct error err = {""};
    void *teardown = other;

    config.address[NET_BULK] = hub_at(hub, NET_BULK);
    assert_int_equal(net_server_open(&other->server, &config, &err), ERR_IO);
    assert_non_null(strstr(err.text, hub_at(hub, NET_BULK)));
    hub_teardown(&teardown);
}

/* Libzmq never asks again about a connection that is up; so the key comes with
 * every message, and the caller checks it. */
static void
a_revoked_key_goes_on_delivering_and_is_named_each_time(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;
    struct net_message message;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "before");
    hub_hears(hub, &message, "before");
    hub_says(hub, &key, NET_REVOKED);
    link_says(link, "after");
    hub_hears(hub, &message, "after");
    assert_memory_equal(message.key, key.public_key, CURVE_BYTES);
    assert_int_equal(hub_admit(hub, message.key), NET_REVOKED);
}

static void two_connections_of_one_key_have_a_route_each(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *old;
    struct net_link *new;
    struct net_message from_old;
    struct net_message from_new;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    old = link_up(hub, NET_EXPRESS, &key);
    new = link_up(hub, NET_EXPRESS, &key);
    link_says(old, "old");
    hub_hears(hub, &from_old, "old");
    link_says(new, "new");
    hub_hears(hub, &from_new, "new");
    assert_memory_equal(from_old.key, from_new.key, CURVE_BYTES);
    assert_memory_not_equal(from_old.route.bytes, from_new.route.bytes,
                            NET_ROUTE_BYTES);
    hub_says_to(hub, &from_old, "to old");
    hub_says_to(hub, &from_new, "to new");
    link_hears(hub, new, "to new");
    link_hears(hub, old, "to old");
}

static void a_peer_that_names_itself_is_not_heard(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_message message;
    void *first;
    void *second;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    first = bare_peer(hub, NET_EXPRESS, &key, bytes_of_text("commune-7"));
    bare_says(first, "mine", 0);
    assert_false(hub_hears_in(hub, &message, QUICK_MS));
    assert_int_equal(hub_counts(hub)->oversize_or_shape, 1);
    second = bare_peer(hub, NET_EXPRESS, &key,
                       bytes_of_text("a-name-longer-than-any-route"));
    bare_says(second, "mine", 0);
    assert_false(hub_hears_in(hub, &message, QUICK_MS));
    assert_int_equal(hub_counts(hub)->oversize_or_shape, 2);
}

/* Without ROUTER_HANDOVER an id that is in use stays where it is: the thief
 * sees a good handshake, and neither hears nor is heard. */
static void a_thief_does_not_take_another_nodes_route(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct curve_key thief_key;
    struct net_link *link;
    struct net_message message;
    struct net_message other;
    char id[NET_ROUTE_BYTES];
    void *thief;

    curve_key_generate(&key);
    curve_key_generate(&thief_key);
    hub_says(hub, &key, NET_ADMIT);
    hub_says(hub, &thief_key, NET_ADMIT);
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    memcpy(id, message.route.bytes, message.route.size);
    thief = bare_peer(hub, NET_EXPRESS, &thief_key,
                      bytes_of(id, message.route.size));
    bare_says(thief, "I am he", 0);
    assert_false(hub_hears_in(hub, &other, QUICK_MS));
    hub_says_to(hub, &message, "for the first");
    link_hears(hub, link, "for the first");
    assert_int_equal(zmq_recv(thief, id, sizeof id, ZMQ_DONTWAIT), -1);
    link_says(link, "still here");
    hub_hears(hub, &other, "still here");
    assert_memory_equal(other.route.bytes, message.route.bytes,
                        NET_ROUTE_BYTES);
    assert_memory_equal(other.key, key.public_key, CURVE_BYTES);
}

static void a_message_of_many_frames_is_dropped_whole(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_message message;
    void *peer;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    peer = bare_peer(hub, NET_BULK, &key, NO_ID);
    bare_says(peer, "one", ZMQ_SNDMORE);
    bare_says(peer, "two", ZMQ_SNDMORE);
    bare_says(peer, "three", 0);
    bare_says(peer, "", ZMQ_SNDMORE); /* as a REQ would */
    bare_says(peer, "four", 0);
    bare_says(peer, "", 0); /* one frame, empty: well formed */
    hub_hears(hub, &message, "");
    bare_says(peer, "good", 0);
    hub_hears(hub, &message, "good");
    assert_int_equal(hub_counts(hub)->oversize_or_shape, 2);
    assert_int_equal(hub_counts(hub)->received, 2);
}

static void sending_to_a_peer_that_is_gone_fails_at_once(void **state)
{
    struct hub *hub = *state;
    struct net_route nobody = {.bytes = {0, 1, 2, 3, 4}, .size = 5};
    struct curve_key key;
    struct net_link *link;
    struct net_message message;
    int64_t end;
    int rc = 0;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    net_link_hang_up(link);
    for (end = clock_mono_ms() + SOON_MS; rc == 0;) {
        int64_t start = clock_mono_ms();

        rc = net_server_send(hub->server, NET_EXPRESS, &message.route,
                             bytes_of_text("anybody?"));
        assert_in_range(clock_mono_ms() - start, 0, QUICK_MS);
        assert_true(start < end);
        hub_turn(hub, 2);
    }
    assert_int_equal(rc, ERR_AGAIN);
    assert_int_equal(net_server_send(hub->server, NET_EXPRESS, &nobody,
                                     bytes_of_text("anybody?")),
                     ERR_AGAIN);
    assert_int_equal(hub_counts(hub)->unsent, 2);
}

static void
a_reader_that_stalls_makes_sending_fail_and_nothing_block(void **state)
{
    static const uint8_t page[4096];
    enum { PAGES_MAX = 100 * 1000 };
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;
    struct net_message message;
    int64_t start;
    int sent = 0;
    int heard = 0;
    struct bytes got;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_BULK, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    start = clock_mono_ms();
    while (sent < PAGES_MAX &&
           net_server_send(hub->server, NET_BULK, &message.route,
                           bytes_of(page, sizeof page)) == 0)
        sent++;
    assert_in_range(sent, 1, PAGES_MAX - 1);
    assert_in_range(clock_mono_ms() - start, 0, SOON_MS);
    assert_int_equal(net_server_send(hub->server, NET_BULK, &message.route,
                                     bytes_of(page, sizeof page)),
                     ERR_AGAIN);
    while (heard < sent && link_hears_in(hub, link, &got, SOON_MS))
        heard++;
    assert_int_equal(heard, sent); /* MANDATORY: full is said, not swallowed */
    hub_says_to(hub, &message, "again");
    link_hears(hub, link, "again");
}

/* Waits in no more than the high-water mark, and what the kernel has between
 * the two: it takes 4 MiB to send and 6 MiB to receive at the most. */
enum { UNHEARD_MAX = 64 + 40 + 4, UNREAD_MAX = 256 + 40 + 4, FULL_MS = 500 };

/* An enrolled machine on bulk, without our manners, that was heard. It keeps no
 * more than one message itself: `water` is the option that says so. */
static void *ill_mannered(struct hub *hub, int water, struct net_message *heard)
{
    const int one = 1;
    struct curve_key key;
    void *peer;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    peer = bare_peer(hub, NET_BULK, &key, NO_ID);
    assert_int_equal(zmq_setsockopt(peer, water, &one, sizeof one), 0);
    bare_says(peer, "hello", 0);
    hub_hears(hub, heard, "hello");
    return peer;
}

/* Frames of the largest size that find room, until none did for FULL_MS: from
 * the hub to the peer or, with `heard` NULL, the other way. */
static int frames_until_full(struct hub *hub, void *peer,
                             const struct net_message *heard, int most)
{
    uint8_t *bytes = mem_new(NET_FRAME_BYTES);
    int64_t last_ms = clock_mono_ms();
    int sent = 0;

    while (sent <= most && clock_mono_ms() - last_ms < FULL_MS) {
        if (heard == NULL
                ? zmq_send(peer, bytes, NET_FRAME_BYTES, ZMQ_DONTWAIT) >= 0
                : net_server_send(hub->server, NET_BULK, &heard->route,
                                  bytes_of(bytes, NET_FRAME_BYTES)) == 0) {
            sent++;
            last_ms = clock_mono_ms();
        } else {
            (void)poll(NULL, 0, 1);
        }
    }
    mem_free(&bytes);
    return sent;
}

static void
what_an_enrolled_machine_floods_the_hub_with_is_bounded(void **state)
{
    struct hub *hub = *state;
    struct net_message heard;
    void *peer = ill_mannered(hub, ZMQ_SNDHWM, &heard);

    assert_in_range(frames_until_full(hub, peer, NULL, UNHEARD_MAX), 1,
                    UNHEARD_MAX);
}

static void what_an_enrolled_machine_never_reads_is_bounded(void **state)
{
    struct hub *hub = *state;
    struct net_message heard;
    void *peer = ill_mannered(hub, ZMQ_RCVHWM, &heard);

    assert_in_range(frames_until_full(hub, peer, &heard, UNREAD_MAX), 1,
                    UNREAD_MAX);
}

static void a_frame_may_be_as_long_as_its_lane_allows(void **state)
{
    struct hub *hub = *state;
    uint8_t *bytes = mem_new(NET_FRAME_BYTES + 1);
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    for (int lane = 0; lane < NET_LANES; lane++) {
        struct net_link *link = link_up(hub, (enum net_lane)lane, &key);
        size_t limit = net_endpoint_limit((enum net_lane)lane);
        struct net_message message;
        struct bytes got;

        assert_int_equal(net_link_send(link, bytes_of(bytes, limit + 1)),
                         ERR_INVALID);
        assert_int_equal(net_link_send(link, bytes_of(bytes, limit)), 0);
        assert_true(hub_hears_in(hub, &message, SOON_MS));
        assert_int_equal(message.bytes.size, limit);
        assert_int_equal(net_server_send(hub->server, message.lane,
                                         &message.route,
                                         bytes_of(bytes, limit + 1)),
                         ERR_INVALID);
        assert_int_equal(net_server_send(hub->server, message.lane,
                                         &message.route,
                                         bytes_of(bytes, limit)),
                         0);
        assert_true(link_hears_in(hub, link, &got, SOON_MS));
        assert_int_equal(got.size, limit);
    }
    mem_free(&bytes);
}

static void a_longer_frame_cuts_its_sender_off(void **state)
{
    struct hub *hub = *state;
    uint8_t *bytes = mem_new(NET_FRAME_BYTES + 1);
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    for (int lane = 0; lane < NET_LANES; lane++) {
        void *peer = bare_peer(hub, (enum net_lane)lane, &key, NO_ID);
        size_t size = net_endpoint_limit((enum net_lane)lane) + 1;
        struct net_message message;

        bare_says(peer, "good", 0);
        hub_hears(hub, &message, "good");
        assert_int_equal(zmq_send(peer, bytes, size, 0), (int)size);
        bare_says(peer, "behind it", 0);
        assert_false(hub_hears_in(hub, &message, QUICK_MS));
    }
    assert_int_equal(hub_counts(hub)->received, NET_LANES);
    mem_free(&bytes);
}

static void express_is_heard_before_bulk(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *bulk;
    struct net_link *express;
    struct net_message message;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    bulk = link_up(hub, NET_BULK, &key);
    express = link_up(hub, NET_EXPRESS, &key);
    for (int i = 0; i < 50; i++)
        link_says(bulk, "bulk");
    hub_hears(hub, &message, "bulk");
    link_says(express, "alert");
    usleep(100 * 1000); /* both wait in the hub now */
    hub_hears(hub, &message, "alert");
    hub_hears(hub, &message, "bulk");
}

static void waiting_tells_about_descriptors_as_poll_does(void **state)
{
    struct hub *hub = *state;
    int ends[2];
    struct pollfd fds[2];

    assert_int_equal(pipe(ends), 0);
    fds[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    fds[1] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = POLLIN};
    assert_int_equal(net_server_wait(hub->server, fds, 2, 10), 0);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(fds[1].revents, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(net_server_wait(hub->server, fds, 2, -1), 0);
    assert_int_equal(fds[0].revents, POLLIN);
    close(ends[1]);
    assert_int_equal(net_server_wait(hub->server, fds, 2, -1), 0);
    assert_int_equal(fds[0].revents, POLLIN | POLLHUP);
    close(ends[0]);
}

static void a_hub_whose_library_is_gone_says_so(void **state)
{
    struct hub *hub = *state;
    struct net_message message;

    zmq_ctx_shutdown(hub->context->zmq);
    assert_int_equal(net_server_wait(hub->server, NULL, 0, 10), ERR_IO);
    assert_int_equal(net_server_work(hub->server), ERR_IO);
    assert_false(net_server_receive(hub->server, &message));
}

#define HUB_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)
#define OWN_TEST(name) cmocka_unit_test_teardown(name, hub_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(a_node_speaks_and_is_answered_on_every_lane),
        HUB_TEST(what_is_lost_on_express_is_not_waited_for_longer_each_time),
        HUB_TEST(a_random_key_is_refused_but_may_ask_to_enrol),
        OWN_TEST(a_hub_opens_quickly_and_its_own_test_is_not_counted),
        OWN_TEST(a_hub_without_zap_does_not_open),
        OWN_TEST(without_zap_every_key_is_accepted_and_every_message_dropped),
        OWN_TEST(a_hub_that_listens_everywhere_tests_itself_on_loopback),
        HUB_TEST(an_address_in_use_is_named),
        HUB_TEST(a_revoked_key_goes_on_delivering_and_is_named_each_time),
        HUB_TEST(two_connections_of_one_key_have_a_route_each),
        HUB_TEST(a_peer_that_names_itself_is_not_heard),
        HUB_TEST(a_thief_does_not_take_another_nodes_route),
        HUB_TEST(a_message_of_many_frames_is_dropped_whole),
        HUB_TEST(sending_to_a_peer_that_is_gone_fails_at_once),
        HUB_TEST(a_reader_that_stalls_makes_sending_fail_and_nothing_block),
        HUB_TEST(what_an_enrolled_machine_floods_the_hub_with_is_bounded),
        HUB_TEST(what_an_enrolled_machine_never_reads_is_bounded),
        HUB_TEST(a_frame_may_be_as_long_as_its_lane_allows),
        HUB_TEST(a_longer_frame_cuts_its_sender_off),
        HUB_TEST(express_is_heard_before_bulk),
        HUB_TEST(waiting_tells_about_descriptors_as_poll_does),
        HUB_TEST(a_hub_whose_library_is_gone_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
