/* How fast strangers may knock: by buckets and dice, and in the kernel. */
#include "test_net_relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>

#include "common/net/sieve.h"

enum {
    ALL = 1024,
    PER_S = 3000,
    NODES = 3321,
    KNOCKS = 100,
    LAG = 40,
    ANSWER_MS = 500,
    HOT = 16, /* addresses of their own dice */
    FRIENDS = 64
};

struct world {
    struct net_sieve *sieve;
    char address[NET_ADDRESS_BYTES];
    int listener;
    int64_t now_ms;
};

static int set_up(void **state)
{
    struct world *w = mem_new(sizeof *w);

    w->sieve = net_sieve_new();
    w->listener = tcp_listen(w->address);
    w->now_ms = 1000;
    *state = w;
    return w->listener < 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    close(w->listener);
    net_sieve_free(&w->sieve);
    assert_null(w->sieve);
    mem_free(&w);
    return 0;
}

/* 127.0.0.N */
static struct net_source at(uint32_t number)
{
    struct net_source s = {{[10] = 0xff, [11] = 0xff, [12] = 127}};

    s.bytes[14] = (uint8_t)(number >> 8);
    s.bytes[15] = (uint8_t)number;
    return s;
}

/* So many SYNs a second, of `count` addresses from `first` on, for `ms`: those
 * that pass come. Returns how many. */
static unsigned knock(struct world *w, uint32_t first, uint32_t count,
                      int per_s, int64_t ms)
{
    int64_t end = w->now_ms + ms;
    unsigned parts[256] = {0}, came = 0;
    uint32_t turn = 0;

    for (; w->now_ms < end; w->now_ms++) {
        for (int i = 0; i < per_s / 1000; i++, turn = (turn + 1) % count) {
            struct net_source s = at(first + turn);

            parts[turn] += net_sieve_passes(w->sieve, &s);
            if (parts[turn] < ALL)
                continue;
            parts[turn] -= ALL;
            net_sieve_came(w->sieve, &s, w->now_ms);
            came++;
        }
        net_sieve_work(w->sieve, w->listener, w->now_ms);
    }
    return came;
}

static unsigned passes(const struct world *w, uint32_t number)
{
    struct net_source s = at(number);

    return net_sieve_passes(w->sieve, &s);
}

static void one_address_that_pours_is_thinned_and_no_other(void **state)
{
    struct world *w = *state;

    assert_in_range(knock(w, 1, 1, PER_S, 5000), 100, 1000);
    assert_in_range(passes(w, 1), 1, ALL / 10);
    assert_int_equal(passes(w, 2), ALL);
}

static void a_few_strangers_pass(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 50; i++) {
        struct net_source s = at(1);

        net_sieve_came(w->sieve, &s, w->now_ms);
        w->now_ms += 100;
        net_sieve_work(w->sieve, w->listener, w->now_ms);
    }
    assert_int_equal(passes(w, 1), ALL);
}

static void many_addresses_are_thinned_but_not_where_nodes_are(void **state)
{
    struct world *w = *state;
    struct net_source node = at(1000);

    net_sieve_came(w->sieve, &node, w->now_ms);
    net_sieve_known(w->sieve, &node, w->now_ms);
    assert_in_range(knock(w, 1, 200, PER_S, 5000), 100, 3500);
    assert_in_range(passes(w, 999), 1, ALL / 4);
    assert_int_equal(passes(w, 1000), ALL);
}

static void a_nation_of_nodes_behind_one_router_comes_back_at_once(void **state)
{
    struct world *w = *state;
    struct net_source s = at(1);

    for (int i = 0; i < NODES + LAG; i++, w->now_ms++) {
        if (i < NODES)
            net_sieve_came(w->sieve, &s, w->now_ms);
        if (i >= LAG)
            net_sieve_known(w->sieve, &s, w->now_ms);
        net_sieve_work(w->sieve, w->listener, w->now_ms);
        assert_int_equal(passes(w, 1), ALL);
    }
}

static void who_calms_down_passes_again(void **state)
{
    struct world *w = *state;

    (void)knock(w, 1, 1, PER_S, 2000);
    assert_in_range(passes(w, 1), 1, ALL - 1);
    (void)knock(w, 1, 1, 0, 200 * 1000);
    assert_int_equal(passes(w, 1), ALL);
}

static int knocks_that_are_answered(struct world *w, const char *from)
{
    struct sockaddr_in to = loopback(port_of(w->address)), source = loopback(0);
    int64_t end = clock_mono_ms() + ANSWER_MS;
    int fds[KNOCKS], answered = 0;

    assert_int_equal(inet_pton(AF_INET, from, &source.sin_addr), 1);
    for (int i = 0; i < KNOCKS; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_int_equal(
            bind(fds[i], (struct sockaddr *)&source, sizeof source), 0);
        (void)connect(fds[i], (struct sockaddr *)&to, sizeof to);
    }
    while (answered < KNOCKS && clock_mono_ms() < end) {
        answered = 0;
        for (int i = 0; i < KNOCKS; i++) {
            struct pollfd item = {.fd = fds[i], .events = POLLOUT};

            answered += poll(&item, 1, 0) == 1 && item.revents == POLLOUT;
        }
    }
    for (int i = 0; i < KNOCKS; i++)
        close(fds[i]);
    for (int i = 0; i < answered; i++)
        close(accept(w->listener, NULL, NULL));
    return answered;
}

static void the_kernel_does_as_it_is_told(void **state)
{
    struct world *w = *state;
    int before, thin, other, after;

    assert_int_equal(listen(w->listener, 4 * KNOCKS), 0);
    before = knocks_that_are_answered(w, "127.0.0.1");
    (void)knock(w, 1, 1, PER_S, 3000);
    thin = knocks_that_are_answered(w, "127.0.0.1");
    other = knocks_that_are_answered(w, "127.0.0.2");
    (void)knock(w, 1, 1, 0, 200 * 1000);
    after = knocks_that_are_answered(w, "127.0.0.1");
    assert_int_equal(before, KNOCKS);
    assert_in_range(thin, 0, KNOCKS / 4);
    assert_int_equal(other, KNOCKS);
    assert_int_equal(after, KNOCKS);
}

/* Kernels before 6.7 give a socket no more for its filters, and the old one
 * counts until the new one is there. */
static bool is_a_network_with_little_room(void)
{
    static const char least[] = "20480";
    bool done = false;
    int fd;

    if (unshare(CLONE_NEWNET) != 0)
        return false;
    fd = open("/proc/sys/net/core/optmem_max", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        done = write(fd, least, sizeof least - 1) == sizeof least - 1;
        close(fd);
    }
    return done;
}

static struct net_source at6(uint8_t network)
{
    return (struct net_source){{0x20, 0x01, 0x0d, 0xb8, 0xf0, 0, 0, network}};
}

static void pour6(struct world *w, uint8_t count, int fd)
{
    for (int step = 0; step < 100; step++, w->now_ms += 20) {
        for (int i = 0; i < 12 * count; i++) {
            struct net_source s = at6((uint8_t)(i % count));

            net_sieve_came(w->sieve, &s, w->now_ms);
        }
        net_sieve_work(w->sieve, fd, w->now_ms);
    }
}

/* Of the filter that the kernel has. */
static socklen_t lines_of(int fd)
{
    socklen_t lines = 0;

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &lines),
                     0);
    return lines;
}

static void
a_larger_filter_takes_the_place_of_one_where_both_have_no_room(void **state)
{
    struct world *w = *state;
    socklen_t before;
    int fd;

    if (!is_a_network_with_little_room())
        skip();
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    for (int i = 0; i < FRIENDS; i++) {
        struct net_source s = at6((uint8_t)(HOT + i));

        net_sieve_came(w->sieve, &s, w->now_ms);
        net_sieve_known(w->sieve, &s, w->now_ms);
    }
    for (int i = 0; i < PER_S; i++) /* all of them are diced for */
        net_sieve_came(w->sieve, &(struct net_source){{0x20, (uint8_t)i}},
                       w->now_ms);
    pour6(w, HOT / 2, fd);
    before = lines_of(fd);
    assert_true(before > 0);
    pour6(w, HOT, fd);
    assert_true(lines_of(fd) > before);
    close(fd);
}

#define SIEVE_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIEVE_TEST(a_few_strangers_pass),
        SIEVE_TEST(one_address_that_pours_is_thinned_and_no_other),
        SIEVE_TEST(many_addresses_are_thinned_but_not_where_nodes_are),
        SIEVE_TEST(a_nation_of_nodes_behind_one_router_comes_back_at_once),
        SIEVE_TEST(who_calms_down_passes_again),
        SIEVE_TEST(the_kernel_does_as_it_is_told),
        SIEVE_TEST(/* the last: it leaves the network */
                   a_larger_filter_takes_the_place_of_one_where_both_have_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
