/* Raw bytes from whoever finds the port: they cost little and stop nobody. */
#include "test_net_relay.h"

#include <arpa/inet.h>

enum {
    GREETING_BYTES = 64,
    SILENT_COUNT = 80,
    FLOOD_BYTES = 64 * 1024 * 1024,
    GROWTH_BYTES = 8 * 1024 * 1024,
    PLACES = 40, /* for strangers, of a hub that has few */
    CROWD = 60,  /* more, and not too many to come at once */
    FEW_COUNT = 3,
    WORDS = 32, /* that a stranger may say at the enrolment */
    PATIENCE_MS = 2000
};

/* ZMTP 3.0, mechanism CURVE, as a client. */
static void send_greeting(int fd)
{
    uint8_t greeting[GREETING_BYTES] = {0xff, 0, 0, 0,   0,   0,   0,   0,  1,
                                        0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};

    assert_int_equal(send(fd, greeting, sizeof greeting, MSG_NOSIGNAL),
                     sizeof greeting);
}

static long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long all = 0;
    long resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &all, &resident), 2);
    (void)fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static int dial_from(const char *source, int port)
{
    struct sockaddr_in to = loopback(port), from = loopback(0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail_msg("connect: %s", strerror(errno));
    return fd;
}

/* The greeting of the hub, or nothing, may lie there. */
static bool is_ended(int fd)
{
    char bytes[256];
    ssize_t n;

    do {
        n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    } while (n > 0);
    return n == 0 || errno != EAGAIN;
}

static int few_places(void **state)
{
    struct hub *hub = hub_prepare();
    struct net_server_config config = hub_config(hub);

    config.strangers = PLACES;
    *state = hub;
    return net_server_open(&hub->server, &config, NULL);
}

static void a_crowd_knocks(struct hub *hub, int fds[CROWD])
{
    for (int i = 0; i < CROWD; i++) {
        fds[i] = dial_from("127.0.0.1", port_of(hub_at(hub, NET_EXPRESS)));
        if (i % 10 == 0)
            hub_turn(hub, 1);
    }
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

/* Pushes bytes while the hub works; returns how many it took before the
 * connection was ended, FLOOD_BYTES if it never was. */
static long flood(struct hub *hub, int fd)
{
    static const uint8_t page[64 * 1024];
    int64_t end = clock_mono_ms() + SOON_MS;
    long sent = 0;

    while (sent < FLOOD_BYTES && clock_mono_ms() < end) {
        ssize_t n = send(fd, page, sizeof page, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            return sent;
        if (n > 0)
            sent += n;
        hub_turn(hub, 1);
    }
    return FLOOD_BYTES;
}

static void a_huge_frame_is_cut_before_it_costs_memory(void **state)
{
    /* long command; 1 GiB, and the largest there is */
    static const uint8_t heads[][9] = {
        {6, 0, 0, 0, 0, 0x40, 0, 0, 0},
        {6, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    struct hub *hub = *state;
    long before = resident_bytes();

    for (int lane = 0; lane < NET_LANES; lane++) {
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
            int fd = tcp_dial(port_of(hub_at(hub, (enum net_lane)lane)));

            send_greeting(fd);
            assert_int_equal(send(fd, heads[i], sizeof heads[i], MSG_NOSIGNAL),
                             sizeof heads[i]);
            assert_in_range(flood(hub, fd), 0, FLOOD_BYTES - 1);
            close(fd);
        }
    }
    assert_in_range(resident_bytes() - before + GROWTH_BYTES, 0,
                    2L * GROWTH_BYTES);
    assert_int_equal(hub_counts(hub)->received, 0);
}

static void noise_is_cut_and_an_enrolled_node_is_heard(void **state)
{
    static const char *const noises[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                         "\x16\x03\x01\x02", "SSH-2.0-x\r\n"};
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;
    struct net_message message;
    int fds[sizeof noises / sizeof *noises];

    for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
        fds[i] = tcp_dial(port_of(hub_at(hub, NET_EXPRESS)));
        assert_true(send(fds[i], noises[i], strlen(noises[i]), MSG_NOSIGNAL) >
                    0);
    }
    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    for (size_t i = 0; i < sizeof noises / sizeof *noises; i++)
        close(fds[i]);
}

static void silent_connections_do_not_keep_an_enrolled_node_out(void **state)
{
    struct hub *hub = *state;
    int fds[SILENT_COUNT];
    struct curve_key key;
    struct net_link *link;
    struct net_message message;
    int64_t start;

    for (int i = 0; i < SILENT_COUNT; i++) {
        fds[i] = tcp_dial(port_of(hub_at(hub, NET_EXPRESS)));
        assert_true(fds[i] >= 0);
        if (i % 2)
            send_greeting(fds[i]);
    }
    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    start = clock_mono_ms();
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    assert_in_range(clock_mono_ms() - start, 0, PATIENCE_MS);
    for (int i = 0; i < SILENT_COUNT; i++)
        close(fds[i]);
}

static void
a_crowd_from_one_address_ends_its_own_oldest_and_nobody_elses(void **state)
{
    struct hub *hub = *state;
    int fds[CROWD], others[FEW_COUNT];
    int64_t end = clock_mono_ms() + SOON_MS;
    int ended = 0;

    for (int i = 0; i < FEW_COUNT; i++)
        others[i] = dial_from("127.0.0.2", port_of(hub_at(hub, NET_EXPRESS)));
    a_crowd_knocks(hub, fds);
    while (hub_counts(hub)->cut < CROWD + FEW_COUNT - PLACES &&
           clock_mono_ms() < end)
        hub_turn(hub, 20);
    assert_int_equal(hub_counts(hub)->cut, CROWD + FEW_COUNT - PLACES);
    while (ended < CROWD + FEW_COUNT - PLACES && clock_mono_ms() < end)
        for (ended = 0; ended < CROWD && is_ended(fds[ended]); ended++)
            hub_turn(hub, 1);
    assert_int_equal(ended, CROWD + FEW_COUNT - PLACES);
    for (int i = ended; i < CROWD; i++)
        assert_false(is_ended(fds[i]));
    for (int i = 0; i < FEW_COUNT; i++)
        assert_false(is_ended(others[i]));
    close_all(others, FEW_COUNT);
    close_all(fds, CROWD);
}

static void
who_has_spoken_does_not_notice_a_crowd_from_its_own_address(void **state)
{
    struct hub *hub = *state;
    int fds[CROWD];
    struct curve_key key;
    struct net_link *link;
    struct net_message message;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    a_crowd_knocks(hub, fds);
    hub_turn(hub, 200);
    assert_in_range(hub_counts(hub)->cut, CROWD - PLACES, CROWD);
    assert_int_equal(net_link_next(link), NET_LINK_NOTHING);
    link_says(link, "still here");
    hub_hears(hub, &message, "still here");
    close_all(fds, CROWD);
}

static void who_only_talks_at_the_enrolment_is_ended(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;
    struct net_link *link;
    struct net_message message;
    int64_t end;

    curve_key_generate(&key);
    link = link_up(hub, NET_ENROL, &key);
    for (int i = 0; i <= WORDS; i++) {
        link_says(link, "let me in");
        hub_hears(hub, &message, "let me in");
    }
    end = clock_mono_ms() + SOON_MS;
    while (hub_counts(hub)->cut == 0 && clock_mono_ms() < end)
        hub_turn(hub, 50);
    assert_int_equal(hub_counts(hub)->cut, 1);
}

/* Each frame is small enough, and there is no end of them: no limit of libzmq
 * holds here. The line is slow so that the hub can look before the end. */
static void a_message_of_too_many_frames_cuts_its_sender_off(void **state)
{
    enum { FRAME_BYTES = 4000, FRAMES = 300, RATE = 256 * 1024 };
    struct hub *hub = *state;
    struct relay relay = {.port_count = 0};
    uint8_t bytes[FRAME_BYTES] = {0};
    struct curve_key stranger;
    struct curve_key key;
    struct net_link *link;
    struct net_message message;
    void *peer;
    int64_t end;

    curve_key_generate(&key);
    link = link_up(hub, NET_ENROL, &key);
    relay_add(&relay, hub_at(hub, NET_ENROL));
    relay.bytes_per_s = RATE;
    relay_start(&relay);
    curve_key_generate(&stranger);
    peer = bare_peer_at(hub, NET_ENROL, &stranger, NO_ID, relay.address[0]);
    for (int i = 0; i < FRAMES; i++)
        (void)zmq_send(peer, bytes, sizeof bytes, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    bare_says(peer, "the end", 0);
    end = clock_mono_ms() + SOON_MS;
    while (hub_counts(hub)->cut == 0 && clock_mono_ms() < end)
        hub_turn(hub, 500);
    relay_stop(&relay);
    assert_int_equal(hub_counts(hub)->cut, 1);
    assert_int_equal(hub_counts(hub)->oversize_or_shape, 0);
    assert_int_equal(net_link_next(link), NET_LINK_NOTHING);
    link_says(link, "still here");
    hub_hears(hub, &message, "still here");
}

static void a_node_may_bring_much_in_whole_messages(void **state)
{
    enum { COUNT = 80 }; /* 20 MiB */
    struct hub *hub = *state;
    uint8_t *bytes = mem_new(NET_FRAME_BYTES);
    struct curve_key key;
    struct net_link *link;
    struct net_message message;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_BULK, &key);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(net_link_send(link, bytes_of(bytes, NET_FRAME_BYTES)),
                         0);
        assert_true(hub_hears_in(hub, &message, SOON_MS));
    }
    usleep(300 * 1000); /* let the hub look around once more */
    link_says(link, "done");
    hub_hears(hub, &message, "done");
    assert_int_equal(hub_counts(hub)->cut, 0);
    mem_free(&bytes);
}

/* One machine with a good key, which opens one connection after the other and
 * says something on each; revoking its key ends none of them. */
static void one_key_does_not_take_the_descriptors_of_all(void **state)
{
    enum { LINES = 12, KEPT = 4 };
    struct hub *hub = *state;
    struct curve_key greedy, key;
    struct net_link *lines[LINES], *link;
    struct net_message message;
    int64_t end;
    int up = 0;

    curve_key_generate(&greedy);
    curve_key_generate(&key);
    hub_says(hub, &greedy, NET_ADMIT);
    hub_says(hub, &key, NET_ADMIT);
    link = link_up(hub, NET_EXPRESS, &key);
    link_says(link, "hello");
    hub_hears(hub, &message, "hello");
    for (int i = 0; i < LINES; i++) {
        lines[i] = link_up(hub, NET_EXPRESS, &greedy);
        link_says(lines[i], "more");
        hub_hears(hub, &message, "more");
    }
    end = clock_mono_ms() + PATIENCE_MS;
    while (hub_counts(hub)->cut < LINES - KEPT && clock_mono_ms() < end)
        hub_turn(hub, 20);
    hub_turn(hub, 200);
    assert_int_equal(hub_counts(hub)->cut, LINES - KEPT);
    for (int i = 0; i < LINES; i++)
        up += net_link_next(lines[i]) == NET_LINK_NOTHING;
    assert_int_equal(up, KEPT);
    assert_int_equal(net_link_next(lines[LINES - 1]), NET_LINK_NOTHING);
    link_says(lines[LINES - 1], "the newest");
    hub_hears(hub, &message, "the newest");
    assert_int_equal(net_link_next(link), NET_LINK_NOTHING);
    link_says(link, "still here");
    hub_hears(hub, &message, "still here");
}

#define HUB_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)

#define FEW_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, few_places, hub_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(a_huge_frame_is_cut_before_it_costs_memory),
        HUB_TEST(noise_is_cut_and_an_enrolled_node_is_heard),
        HUB_TEST(a_message_of_too_many_frames_cuts_its_sender_off),
        HUB_TEST(a_node_may_bring_much_in_whole_messages),
        HUB_TEST(silent_connections_do_not_keep_an_enrolled_node_out),
        FEW_TEST(a_crowd_from_one_address_ends_its_own_oldest_and_nobody_elses),
        FEW_TEST(who_has_spoken_does_not_notice_a_crowd_from_its_own_address),
        HUB_TEST(who_only_talks_at_the_enrolment_is_ended),
        HUB_TEST(one_key_does_not_take_the_descriptors_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
