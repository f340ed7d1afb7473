/* PROTOCOL 13: which minor version two sides speak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/error.h"
#include "common/sync/session_inside.h"
#include "tests/support/sync_pair.h"

static int setup(void **state)
{
    *state = pair_new();
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;

    pair_free(&pair);
    return 0;
}

static struct stream_claim empty(const char *home, const char *channel)
{

    struct stream_claim claim = {.name = stream_name_make(home, channel),
                                 .sample_count = 1};

    claim.samples[0].h = stream_zero(&fake_hash, &claim.name);
    return claim;
}

/* Another version's machine, at route 5. */
static int greet(struct pair *pair, uint32_t oldest, uint32_t newest)
{
    struct stream_claim claim = empty(FAKE_UNIT, STREAM_UP);
    struct sync_message m = {.type = MSG_HELLO};

    pair->hosts[0].route[LANE_EXPRESS] = 5;
    m.hello.minor_min = oldest;
    m.hello.minor_max = newest;
    memcpy(m.hello.unit, FAKE_UNIT, sizeof FAKE_UNIT);
    m.hello.instance = pair->hosts[0].instance;
    m.hello.credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    m.hello.credit[LANE_BULK] = CREDIT_BULK;
    m.hello.claim_count = 1;
    m.hello.claims = &claim;
    return pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &m, 100);
}

static uint32_t hub_minor(const struct pair *pair)
{
    return sync_session_minor(pair->hosts[PAIR_HUB].session);
}

static void two_of_one_release_speak_its_version(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(hub_minor(pair), 0);
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_int_equal(hub_minor(pair), PROTOCOL_MINOR);
    assert_int_equal(sync_session_minor(pair->hosts[0].session),
                     PROTOCOL_MINOR);
    pair_cut(pair, 0);
    assert_int_equal(sync_session_minor(pair->hosts[0].session), 0);
}

static void the_hub_speaks_as_its_node_does(void **state)
{
    struct pair *pair = *state;

    assert_true(PROTOCOL_MINOR >= 2);
    for (uint32_t minor = PROTOCOL_MINOR - 2; minor <= PROTOCOL_MINOR;
         minor++) {
        assert_int_equal(greet(pair, 0, minor), 0);
        assert_int_equal(sync_session_state(pair->hosts[PAIR_HUB].session),
                         SYNC_LIVE);
        assert_int_equal(hub_minor(pair), minor);
    }
    assert_int_equal(greet(pair, PROTOCOL_MINOR, PROTOCOL_MINOR + 7), 0);
    assert_int_equal(hub_minor(pair), PROTOCOL_MINOR);
}

static void a_node_newer_than_its_hub_is_told_what_to_do(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(greet(pair, PROTOCOL_MINOR + 1, PROTOCOL_MINOR + 3), 0);
    assert_int_equal(sync_session_state(pair->hosts[PAIR_HUB].session),
                     SYNC_CLOSED);
    pair_expect_line(pair, "hub > bye version");
    pair_expect_line(pair, "update the hub first");
}

/* Three minors old: what a hub of 1.3 will say. */
static void a_node_too_old_is_told_what_to_do(void **state)
{
    const struct msg_hello hello = {.minor_min = 0, .minor_max = 0};
    char text[LIMIT_TEXT];
    uint32_t minor;

    (void)state;
    assert_true(session_minor(&hello, 0, 2, &minor, text));
    assert_false(session_minor(&hello, 1, 3, &minor, text));
    assert_string_equal(text,
                        "this node is too old: install the release the hub "
                        "runs (hub speaks 1.1 to 1.3, node 1.0 to 1.0)");
}

static void welcome(struct pair *pair, uint32_t minor, int rc)
{
    struct sync_message m = {.type = MSG_WELCOME};

    m.welcome.minor = minor;
    m.welcome.session.bytes[0] = 1;
    m.welcome.up = empty(FAKE_UNIT, STREAM_UP);
    pair_restart(pair, 0);
    pair_connect(pair, 0);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &m, 100), rc);
}

static void the_node_speaks_as_the_welcome_says(void **state)
{
    struct pair *pair = *state;

    welcome(pair, 0, 0);
    assert_int_equal(sync_session_state(pair->hosts[0].session), SYNC_LIVE);
    assert_int_equal(sync_session_minor(pair->hosts[0].session), 0);
    welcome(pair, 1, 0);
    assert_int_equal(sync_session_minor(pair->hosts[0].session), 1);
    welcome(pair, PROTOCOL_MINOR + 1, ERR_REFUSED);
    assert_int_equal(sync_session_state(pair->hosts[0].session), SYNC_CLOSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_of_one_release_speak_its_version),
        TEST(the_hub_speaks_as_its_node_does),
        TEST(a_node_newer_than_its_hub_is_told_what_to_do),
        TEST(a_node_too_old_is_told_what_to_do),
        TEST(the_node_speaks_as_the_welcome_says),
    };

    return cmocka_run_group_tests_name("sync/versions", tests, NULL, NULL);
}
