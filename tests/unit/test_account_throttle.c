/* tests/unit/test_account_throttle.c - pauses, by a clock of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/account/throttle.h"
#include "common/crypto/random.h"

#define MINUTE INT64_C(60000)

static int set_up(void **state)
{
    crypto_open();
    *state = throttle_new();
    return 0;
}

static int tear_down(void **state)
{
    struct throttle *throttle = *state;

    throttle_free(&throttle);
    assert_null(throttle);
    return 0;
}

static struct throttle_try at(const char *name, const char *from)
{
    return (struct throttle_try){THROTTLE_PASSWORD, name, from};
}

/* Tries as fast as it is allowed to; how many failures fit into `span_ms`. */
static int guesses(struct throttle *t, struct throttle_try one, int64_t from_ms,
                   int64_t span_ms)
{
    int64_t now = from_ms;
    int count = 0;

    while (now < from_ms + span_ms) {
        int64_t wait = throttle_wait_ms(t, &one, now);

        now += wait;
        if (wait > 0)
            continue;
        throttle_failed(t, &one, now);
        count++;
        now += 100;
    }
    return count;
}

static void pauses_grow_after_five_failures(void **state)
{
    struct throttle *t = *state;
    struct throttle_try one = at("Lan", "192.0.2.1");
    int64_t now = 1000, last = 0;

    for (int i = 0; i < 5; i++) {
        throttle_failed(t, &one, now);
        assert_int_equal(throttle_wait_ms(t, &one, now), 0);
    }
    for (int i = 0; i < 6; i++) {
        int64_t wait;

        throttle_failed(t, &one, now);
        wait = throttle_wait_ms(t, &one, now);
        assert_true(wait > last);
        assert_int_equal(wait, 1000 << i);
        assert_int_equal(throttle_wait_ms(t, &one, now + wait), 0);
        last = wait;
        now += wait;
    }
}

static void a_day_allows_few_guesses_at_a_name(void **state)
{
    assert_in_range(
        guesses(*state, at("Lan", "192.0.2.1"), 1, 24 * 60 * MINUTE), 10, 320);
}

/* Many addresses do not make it faster, many names from one do not either. */
static void neither_many_addresses_nor_many_names_help(void **state)
{
    struct throttle *t = *state;
    int64_t hour = 60 * MINUTE;
    int count = 0;

    for (int64_t now = 1; now < hour; now += 100) {
        char from[32];
        struct throttle_try one = at("Lan", from);

        (void)snprintf(from, sizeof from, "198.51.%d.%d",
                       (int)(now / 100 / 250 % 250), (int)(now / 100 % 250));
        if (throttle_wait_ms(t, &one, now) > 0)
            continue;
        throttle_failed(t, &one, now);
        count++;
    }
    assert_in_range(count, 5, 40);
    count = 0;
    for (int64_t now = hour; now < 2 * hour; now += 100) {
        char name[32];
        struct throttle_try one = at(name, "203.0.113.9");

        (void)snprintf(name, sizeof name, "user%d", (int)(now / 100));
        if (throttle_wait_ms(t, &one, now) > 0)
            continue;
        throttle_failed(t, &one, now);
        count++;
    }
    assert_in_range(count, 20, 120);
}

static void a_neighbour_in_the_same_network_of_ipv6_is_the_same(void **state)
{
    struct throttle *t = *state;

    for (int i = 0; i < 40; i++) {
        char from[64], name[16];
        struct throttle_try one = at(name, from);

        (void)snprintf(from, sizeof from, "2001:db8:1:2::%x", i + 1);
        (void)snprintf(name, sizeof name, "user%d", i);
        throttle_failed(t, &one, 1000);
    }
    struct throttle_try same = at("Lan", "2001:db8:1:2:ffff::1");
    struct throttle_try other = at("Lan", "2001:db8:1:3::1");
    struct throttle_try mapped = at("Lan", "::ffff:192.0.2.1");

    assert_true(throttle_wait_ms(t, &same, 1000) > 0);
    assert_int_equal(throttle_wait_ms(t, &other, 1000), 0);
    assert_int_equal(throttle_wait_ms(t, &mapped, 1000), 0);
}

static void failures_leak_away(void **state)
{
    struct throttle *t = *state;
    struct throttle_try one = at("Lan", "192.0.2.1");

    for (int i = 0; i < 6; i++)
        throttle_failed(t, &one, 1000);
    assert_true(throttle_wait_ms(t, &one, 1000) > 0);
    for (int i = 0; i < 5; i++) {
        throttle_failed(t, &one, 60 * MINUTE + 2000);
        assert_int_equal(throttle_wait_ms(t, &one, 60 * MINUTE + 2000), 0);
    }
}

/* Somebody elsewhere who tries under one's name does not shut one out. */
static void who_was_let_in_before_is_not_held_up_by_others(void **state)
{
    struct throttle *t = *state;
    struct throttle_try mine = at("Lan", "192.0.2.1");
    struct throttle_try theirs = at("Lan", "198.51.100.1");

    throttle_passed(t, &mine, 1000);
    (void)guesses(t, theirs, 2000, 10 * MINUTE);
    assert_true(throttle_wait_ms(t, &theirs, 10 * MINUTE + 2000) > 0);
    assert_int_equal(throttle_wait_ms(t, &mine, 10 * MINUTE + 2000), 0);
    /* nor is that a way to guess */
    assert_in_range(guesses(t, mine, 11 * MINUTE, 24 * 60 * MINUTE), 10, 320);
    /* and letting one in helps nobody elsewhere */
    (void)guesses(t, theirs, 26 * 60 * MINUTE, 60 * MINUTE);
    throttle_passed(t, &mine, 27 * 60 * MINUTE);
    throttle_failed(t, &theirs, 27 * 60 * MINUTE);
    assert_true(throttle_wait_ms(t, &theirs, 27 * 60 * MINUTE) > 1000);
}

static void codes_and_passwords_are_counted_apart(void **state)
{
    struct throttle *t = *state;
    struct throttle_try one = at("Lan", "192.0.2.1");
    struct throttle_try code = {THROTTLE_CODE, "Lan", "192.0.2.1"};

    for (int i = 0; i < 8; i++)
        throttle_failed(t, &one, 1000);
    assert_true(throttle_wait_ms(t, &one, 1000) > 0);
    assert_int_equal(throttle_wait_ms(t, &code, 1000), 0);
}

/* A flood of other names and addresses cannot wash a counter away that says
 * more than theirs. */
static void a_flood_does_not_clear_a_counter(void **state)
{
    struct throttle *t = *state;
    struct throttle_try one = at("Lan", "192.0.2.1");
    int64_t wait;

    for (int i = 0; i < 12; i++)
        throttle_failed(t, &one, 1000);
    wait = throttle_wait_ms(t, &one, 1000);
    for (int i = 0; i < 20 * THROTTLE_PLACES; i++) {
        char name[32], from[32];
        struct throttle_try other = at(name, from);

        (void)snprintf(name, sizeof name, "n%d", i);
        (void)snprintf(from, sizeof from, "10.%d.%d.%d", i >> 16 & 255,
                       i >> 8 & 255, i & 255);
        throttle_failed(t, &other, 1001);
    }
    assert_true(throttle_wait_ms(t, &one, 1001) >= wait - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pauses_grow_after_five_failures),
        TEST(a_day_allows_few_guesses_at_a_name),
        TEST(neither_many_addresses_nor_many_names_help),
        TEST(a_neighbour_in_the_same_network_of_ipv6_is_the_same),
        TEST(failures_leak_away),
        TEST(who_was_let_in_before_is_not_held_up_by_others),
        TEST(codes_and_passwords_are_counted_apart),
        TEST(a_flood_does_not_clear_a_counter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
