/* A node's link: what it says happened, through cuts, refusals and strangers.
 */
#include <sys/wait.h>

#include "test_net_relay.h"

enum { QUICK_MS = 300, CUTS = 5, BURST = 2000, BURST_BYTES = 1024 };

/* A hub, and a line to its express (0) and bulk (1) that can be cut. */
struct far_hub {
    struct hub *hub;
    struct relay relay;
    struct curve_key key; /* an enrolled node's */
};

static int far_setup(void **state)
{
    struct far_hub *far = mem_new(sizeof *far);

    far->hub = hub_start();
    relay_add(&far->relay, hub_at(far->hub, NET_EXPRESS));
    relay_add(&far->relay, hub_at(far->hub, NET_BULK));
    relay_start(&far->relay);
    curve_key_generate(&far->key);
    hub_says(far->hub, &far->key, NET_ADMIT);
    *state = far;
    return 0;
}

static int far_teardown(void **state)
{
    struct far_hub *far = *state;
    void *hub = far->hub;

    hub_teardown(&hub);
    relay_stop(&far->relay);
    mem_free(&far);
    return 0;
}

static struct net_link *far_link(struct far_hub *far, enum net_lane lane)
{
    struct net_link *link =
        link_to(far->hub, lane, &far->key, far->relay.address[lane]);

    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event(far->hub, link), NET_LINK_OPENED);
    return link;
}

static void a_link_is_down_until_it_is_dialled(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;
    struct bytes got;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_to(hub, NET_BULK, &key, hub_at(hub, NET_BULK));
    assert_int_equal(net_link_state(link), NET_DOWN);
    assert_int_equal(net_link_next(link), NET_LINK_NOTHING);
    assert_false(net_link_receive(link, &got));
    assert_int_equal(net_link_send(link, bytes_of_text("x")), ERR_AGAIN);
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(net_link_state(link), NET_TRYING);
    assert_int_equal(net_link_send(link, bytes_of_text("x")), ERR_AGAIN);
    assert_int_equal(link_event(hub, link), NET_LINK_OPENED);
    assert_int_equal(net_link_state(link), NET_UP);
    link_says(link, "x");
    net_link_hang_up(link);
    assert_int_equal(net_link_state(link), NET_DOWN);
    assert_int_equal(net_link_next(link), NET_LINK_NOTHING);
    assert_int_equal(net_link_send(link, bytes_of_text("x")), ERR_AGAIN);
}

/* A program that says its last word and ends. Begun before there is a thread
 * here; it is told where to call. */
static pid_t begin_leaver(int to_child[2])
{
    pid_t pid;

    assert_int_equal(pipe(to_child), 0);
    if ((pid = fork()) == 0) {
        struct net_link_config config = {.lane = NET_EXPRESS};
        char address[NET_ADDRESS_BYTES];
        struct net_link *link = NULL;
        enum net_link_event event;

        (void)close(to_child[1]);
        if (read(to_child[0], &config.key, sizeof config.key) !=
                sizeof config.key ||
            read(to_child[0], config.server_key, CURVE_BYTES) != CURVE_BYTES ||
            read(to_child[0], address, sizeof address) != sizeof address)
            _exit(1);
        config.context = net_context_new();
        config.address = address;
        if (net_link_new(&link, &config, NULL) != 0 ||
            net_link_dial(link, NULL) != 0)
            _exit(1);
        while ((event = net_link_next(link)) != NET_LINK_OPENED)
            (void)poll(NULL, 0, 1);
        _exit(net_link_say_last(link, bytes_of_text("goodbye"), SOON_MS) != 0);
    }
    (void)close(to_child[0]);
    return pid;
}

enum { LEAVERS = 8 };

static void what_a_program_says_last_is_heard(void **state)
{
    int pipes[LEAVERS][2], heard = 0, status;
    pid_t pids[LEAVERS];
    struct curve_key key;
    struct hub *hub;
    void *hub_state;

    (void)state;
    for (int i = 0; i < LEAVERS; i++)
        pids[i] = begin_leaver(pipes[i]);
    hub = hub_start();
    hub_state = hub;
    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    for (int i = 0; i < LEAVERS; i++) {
        char address[NET_ADDRESS_BYTES] = "";
        struct net_message message;

        (void)snprintf(address, sizeof address, "%s", hub_at(hub, NET_EXPRESS));
        assert_true(write(pipes[i][1], &key, sizeof key) == sizeof key);
        assert_true(write(pipes[i][1], hub->key.public_key, CURVE_BYTES) ==
                    CURVE_BYTES);
        assert_true(write(pipes[i][1], address, sizeof address) ==
                    sizeof address);
        heard += hub_hears_in(hub, &message, SOON_MS) &&
                 bytes_equal(message.bytes, bytes_of_text("goodbye"));
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
        (void)close(pipes[i][1]);
    }
    (void)hub_teardown(&hub_state);
    assert_int_equal(heard, LEAVERS);
}

static void an_address_that_is_none_is_refused(void **state)
{
    struct hub *hub = *state;
    struct net_link_config config = {.context = hub->context,
                                     .address = "ipc:///etc/passwd"};
    struct net_link *link = NULL;
    struct error err = {""};

    assert_int_equal(net_link_new(&link, &config, &err), ERR_INVALID);
    assert_null(link);
    config.address = "tcp://nowhere";
    assert_int_equal(net_link_new(&link, &config, &err), 0);
    assert_int_equal(net_link_dial(link, &err), ERR_IO);
    assert_int_equal(net_link_state(link), NET_DOWN);
    net_link_free(&link);
    net_link_free(&link);
}

static void
a_revoked_node_is_refused_for_good_and_comes_up_when_dialled_again(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_REVOKED);
    link = link_to(hub, NET_EXPRESS, &key, hub_at(hub, NET_EXPRESS));
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event(hub, link), NET_LINK_REFUSED);
    assert_int_equal(net_link_state(link), NET_DOWN);
    assert_int_equal(hub_counts(hub)->refused, 1);
    hub_says(hub, &key, NET_ADMIT);
    assert_int_equal(link_event_in(hub, link, QUICK_MS), NET_LINK_NOTHING);
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event(hub, link), NET_LINK_OPENED);
}

/* The library lets the node wait for HANDSHAKE_IVL (10 s), then tries again. */
static void
an_unknown_node_fails_and_comes_up_by_itself_once_admitted(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;

    curve_key_generate(&key);
    link = link_to(hub, NET_EXPRESS, &key, hub_at(hub, NET_EXPRESS));
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event_in(hub, link, 3 * SOON_MS), NET_LINK_FAILED);
    assert_int_equal(net_link_state(link), NET_TRYING);
    assert_int_equal(hub_counts(hub)->refused, 1);
    hub_says(hub, &key, NET_ADMIT);
    assert_int_equal(link_event(hub, link), NET_LINK_OPENED);
}

static void a_hub_with_another_key_is_no_hub(void **state)
{
    struct hub *hub = *state;
    struct curve_key right = hub->key;
    struct curve_key key;
    struct net_link *link;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    curve_key_generate(&hub->key);
    link = link_to(hub, NET_EXPRESS, &key, hub_at(hub, NET_EXPRESS));
    hub->key = right;
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event(hub, link), NET_LINK_FAILED);
    assert_int_equal(net_link_state(link), NET_TRYING);
}

static void a_hub_that_is_not_there_fails_each_try(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    char address[NET_ADDRESS_BYTES];
    struct net_link *link;

    curve_key_generate(&key);
    close(tcp_listen(address)); /* a port where nobody listens */
    link = link_to(hub, NET_EXPRESS, &key, address);
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(link_event(hub, link), NET_LINK_FAILED);
    assert_int_equal(net_link_state(link), NET_TRYING);
    assert_int_equal(link_event(hub, link), NET_LINK_FAILED);
    assert_int_equal(net_link_state(link), NET_TRYING);
}

/* A captive portal: libzmq gives up for ever after such an answer. */
static void a_link_answered_by_a_web_server_is_seen_to_be_down(void **state)
{
    static const char page[] = "HTTP/1.1 400 Bad Request\r\n"
                               "Connection: close\r\n"
                               "Content-Type: text/plain\r\n"
                               "Content-Length: 0\r\n\r\n";
    struct hub *hub = *state;
    struct curve_key key;
    char address[NET_ADDRESS_BYTES];
    int listener = tcp_listen(address);
    struct net_link *link;
    struct pollfd fd = {.fd = listener, .events = POLLIN};
    int64_t start = clock_mono_ms();
    int client;

    curve_key_generate(&key);
    link = link_to(hub, NET_EXPRESS, &key, address);
    assert_int_equal(net_link_dial(link, NULL), 0);
    assert_int_equal(poll(&fd, 1, SOON_MS), 1);
    client = accept(listener, NULL, NULL);
    assert_int_equal(write(client, page, sizeof page - 1), sizeof page - 1);
    for (;;) {
        struct net_link *const links[] = {NULL, link};
        enum net_link_event event = net_link_next(link);

        assert_true(event == NET_LINK_NOTHING || event == NET_LINK_FAILED);
        if (net_link_state(link) == NET_DOWN)
            break;
        assert_true(clock_mono_ms() - start < SOON_MS);
        assert_int_equal(net_links_wait(links, 2, NULL, 0, -1), 0);
    }
    close(client);
    close(listener);
}

static void after_a_cut_the_link_comes_back_by_itself(void **state)
{
    struct far_hub *far = *state;
    struct net_link *link = far_link(far, NET_EXPRESS);
    struct net_message before;
    struct net_message after;

    link_says(link, "before");
    hub_hears(far->hub, &before, "before");
    relay_cut(&far->relay);
    assert_int_equal(link_event(far->hub, link), NET_LINK_LOST);
    assert_int_equal(net_link_state(link), NET_TRYING);
    assert_int_equal(net_link_send(link, bytes_of_text("x")), ERR_AGAIN);
    assert_int_equal(link_event(far->hub, link), NET_LINK_OPENED);
    link_says(link, "after");
    hub_hears(far->hub, &after, "after");
    assert_memory_equal(after.key, before.key, CURVE_BYTES);
    assert_memory_not_equal(after.route.bytes, before.route.bytes,
                            NET_ROUTE_BYTES);
    assert_int_equal(net_server_send(far->hub->server, NET_EXPRESS,
                                     &before.route, bytes_of_text("late")),
                     ERR_AGAIN);
    hub_says_to(far->hub, &after, "welcome back");
    link_hears(far->hub, link, "welcome back");
}

/* Each cut tears a pipe down on both sides: nothing of libzmq may break. */
static void a_link_survives_many_cuts_and_dials(void **state)
{
    struct far_hub *far = *state;
    struct net_link *link = far_link(far, NET_EXPRESS);

    for (int i = 0; i < CUTS; i++) {
        struct net_message message;

        for (int n = 0; n < 100; n++)
            link_says(link, "noise");
        relay_cut(&far->relay);
        if (i % 2)
            assert_int_equal(link_event(far->hub, link), NET_LINK_LOST);
        assert_int_equal(net_link_dial(link, NULL), 0);
        assert_int_equal(link_event(far->hub, link), NET_LINK_OPENED);
        link_says(link, "signal");
        do
            assert_true(hub_hears_in(far->hub, &message, SOON_MS));
        while (!bytes_equal(message.bytes, bytes_of_text("signal")));
    }
}

/* Why there are acknowledgements: accepted is not delivered. */
static void messages_accepted_before_a_cut_are_lost_in_part(void **state)
{
    struct far_hub *far = *state;
    struct net_link *link = far_link(far, NET_BULK);
    uint8_t bytes[BURST_BYTES] = {0};
    struct net_message message;
    int accepted = 0;
    int heard = 1;
    uint32_t last = 0;

    far->relay.bytes_per_s = 256 * 1024;
    while (accepted < BURST) {
        put_u32(bytes, (uint32_t)accepted);
        if (net_link_send(link, bytes_of(bytes, sizeof bytes)) != 0)
            break;
        accepted++;
    }
    assert_true(hub_hears_in(far->hub, &message, SOON_MS));
    relay_cut(&far->relay);
    far->relay.bytes_per_s = 0;
    assert_int_equal(link_event(far->hub, link), NET_LINK_LOST);
    assert_int_equal(link_event(far->hub, link), NET_LINK_OPENED);
    while (hub_hears_in(far->hub, &message, QUICK_MS)) {
        assert_int_equal(get_u32(message.bytes.data), last + 1);
        last++; /* in order, none twice, nothing of the old after the new */
        heard++;
    }
    assert_in_range(heard, 1, accepted - 1);
}

/* Both lanes share one slow line. */
static void an_alert_does_not_wait_behind_bulk(void **state)
{
    struct far_hub *far = *state;
    struct net_link *bulk = far_link(far, NET_BULK);
    struct net_link *express = far_link(far, NET_EXPRESS);
    uint8_t bytes[BURST_BYTES] = {0};
    struct net_message message;
    int64_t start;
    int before = 0;

    far->relay.bytes_per_s = 64 * 1024;
    for (int i = 0; i < BURST / 8; i++) /* four seconds of line */
        assert_int_equal(net_link_send(bulk, bytes_of(bytes, sizeof bytes)), 0);
    assert_true(hub_hears_in(far->hub, &message, SOON_MS));
    link_says(express, "alert");
    start = clock_mono_ms();
    for (; message.lane != NET_EXPRESS; before++)
        assert_true(hub_hears_in(far->hub, &message, SOON_MS));
    assert_in_range(clock_mono_ms() - start, 0, 1000);
    assert_in_range(before, 0, BURST / 16);
}

static void waiting_watches_several_links_and_descriptors(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *links[3] = {NULL, NULL, NULL};
    struct net_message message;
    struct pollfd fd;
    struct bytes got;
    int ends[2];

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    links[0] = link_up(hub, NET_EXPRESS, &key);
    links[2] = link_up(hub, NET_BULK, &key);
    assert_int_equal(pipe(ends), 0);
    fd = (struct pollfd){.fd = ends[0], .events = POLLIN};
    assert_int_equal(net_links_wait(links, 3, &fd, 1, 10), 0);
    assert_int_equal(fd.revents, 0);
    link_says(links[2], "hello");
    hub_hears(hub, &message, "hello");
    hub_says_to(hub, &message, "welcome");
    assert_int_equal(net_links_wait(links, 3, &fd, 1, -1), 0);
    assert_false(net_link_receive(links[0], &got));
    assert_true(net_link_receive(links[2], &got));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(net_links_wait(links, 3, &fd, 1, -1), 0);
    assert_int_equal(fd.revents, POLLIN);
    close(ends[0]);
    close(ends[1]);
}

#define HUB_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)
#define FAR_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, far_setup, far_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_program_says_last_is_heard), /* first */
        HUB_TEST(a_link_is_down_until_it_is_dialled),
        HUB_TEST(an_address_that_is_none_is_refused),
        HUB_TEST(
            a_revoked_node_is_refused_for_good_and_comes_up_when_dialled_again),
        HUB_TEST(an_unknown_node_fails_and_comes_up_by_itself_once_admitted),
        HUB_TEST(a_hub_with_another_key_is_no_hub),
        HUB_TEST(a_hub_that_is_not_there_fails_each_try),
        HUB_TEST(a_link_answered_by_a_web_server_is_seen_to_be_down),
        FAR_TEST(after_a_cut_the_link_comes_back_by_itself),
        FAR_TEST(a_link_survives_many_cuts_and_dials),
        FAR_TEST(messages_accepted_before_a_cut_are_lost_in_part),
        FAR_TEST(an_alert_does_not_wait_behind_bulk),
        HUB_TEST(waiting_watches_several_links_and_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
