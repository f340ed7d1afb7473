/* tests/unit/test_sync_session_refused.c - hellos and welcomes that are not
 * taken (PROTOCOL 5), and those that look as if they should not be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/error.h"
#include "common/sync/session_inside.h"
#include "tests/support/sync_pair.h"

static int set_up(void **state)
{
    *state = pair_new();
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;

    pair_free(&pair);
    return 0;
}

/* The hello a node would say now; inject it with what the test changes. */
static struct sync_message hello_of(struct pair *pair, unsigned node,
                                    struct stream_claim claims[FAKE_STREAMS])
{
    struct sync_message message = {.type = MSG_HELLO};
    struct msg_hello *hello = &message.hello;

    for (size_t i = 0; i < FAKE_STREAMS; i++)
        claims[i] = fake_claim(&pair->hosts[node].store.streams[i]);
    memcpy(hello->unit, FAKE_UNIT, sizeof FAKE_UNIT);
    hello->instance = pair->hosts[node].instance;
    hello->credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    hello->credit[LANE_BULK] = CREDIT_BULK;
    hello->claim_count = FAKE_STREAMS;
    hello->claims = claims;
    return message;
}

static void a_hello_in_anothers_name_is_foreign(void **state)
{
    struct pair *pair = *state;
    struct stream_claim claims[FAKE_STREAMS];
    struct sync_message message = hello_of(pair, 0, claims);

    pair->hosts[0].route[LANE_EXPRESS] = 5;
    memcpy(message.hello.unit, "19873@20040708", 15);
    assert_int_equal(
        pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &message, 100),
        ERR_REFUSED);
    pair_expect(pair,
                "0 hub > nak foreign up\n"
                "0 hub * alarm protocol: a hello in another unit's name\n");
    assert_int_equal(sync_session_state(pair->hosts[PAIR_HUB].session),
                     SYNC_CLOSED);
}

static void a_version_that_is_not_spoken_says_what_to_do(void **state)
{
    struct pair *pair = *state;
    struct stream_claim claims[FAKE_STREAMS];
    struct sync_message message = hello_of(pair, 0, claims);
    char text[LIMIT_TEXT];
    uint32_t minor;

    pair->hosts[0].route[LANE_EXPRESS] = 5;
    message.hello.minor_min = message.hello.minor_max = 9;
    assert_int_equal(
        pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &message, 100), 0);
    pair_expect(
        pair, "0 hub > bye version\n"
              "0 hub * alarm version: this node is newer than its hub: update "
              "the hub first (hub speaks 1.0 to 1.5, node 1.9 to 1.9)\n");
    assert_int_equal(sync_session_state(pair->hosts[PAIR_HUB].session),
                     SYNC_CLOSED);

    message.hello.minor_min = 0;
    assert_true(session_minor(&message.hello, 0, 3, &minor, text));
    assert_int_equal(minor, 3);
    message.hello.minor_max = 2;
    assert_true(session_minor(&message.hello, 0, 3, &minor, text));
    assert_int_equal(minor, 2);
    assert_false(session_minor(&message.hello, 3, 5, &minor, text));
    assert_string_equal(text,
                        "this node is too old: install the release the hub "
                        "runs (hub speaks 1.3 to 1.5, node 1.0 to 1.2)");
}

static void a_hello_with_nonsense_leaves_the_present_one_alone(void **state)
{
    struct pair *pair = *state;
    struct stream_claim claims[FAKE_STREAMS];
    struct sync_message message = hello_of(pair, 1, claims);

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair->hosts[1].route[LANE_EXPRESS] = 50;
    claims[2].sample_count = 0;
    assert_int_equal(
        pair_inject(pair, PAIR_HUB, 1, LANE_EXPRESS, &message, 100),
        ERR_REFUSED);
    pair_expect(pair, "0 hub > bye restart\n"
                      "0 hub * alarm protocol: a claim that makes no sense\n");
    message.hello.claim_count = LIMIT_STREAMS + 1;
    assert_int_equal(
        pair_inject(pair, PAIR_HUB, 1, LANE_EXPRESS, &message, 100),
        ERR_REFUSED);
    assert_int_equal(sync_session_state(pair->hosts[PAIR_HUB].session),
                     SYNC_LIVE);
}

/* A welcome as the hub would say it; the tests spoil it. */
static struct sync_message welcome_of(struct pair *pair)
{
    struct sync_message message = {.type = MSG_WELCOME};
    const struct fake_store *store = &pair->hosts[PAIR_HUB].store;

    message.welcome.up = fake_claim(&store->streams[FAKE_UP]);
    message.welcome.channel_count = 2;
    message.welcome.channels[0].name = store->streams[FAKE_ALL].name;
    message.welcome.channels[1].name = store->streams[FAKE_ORDERS].name;
    return message;
}

static void expect_refused_welcome(struct pair *pair,
                                   const struct sync_message *welcome)
{
    pair_connect(pair, 0);
    pair_forget(pair);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, welcome, 100),
                     ERR_REFUSED);
    pair_expect_line(pair, "node * alarm protocol: ");
    pair_expect_line(pair, "node * drop\n");
    assert_int_equal(sync_session_state(pair->hosts[0].session), SYNC_CLOSED);
}

static void a_welcome_that_makes_no_sense_is_refused(void **state)
{
    struct pair *pair = *state;
    struct sync_message message = welcome_of(pair);

    message.welcome.up.sample_count = 0;
    expect_refused_welcome(pair, &message);
    message = welcome_of(pair);
    message.welcome.up.name = stream_name_make("19873@20040708", STREAM_UP);
    expect_refused_welcome(pair, &message);
    message = welcome_of(pair);
    message.welcome.channel_count = LIMIT_STREAMS + 1;
    expect_refused_welcome(pair, &message);
    message = welcome_of(pair);
    message.welcome.channels[1].name.home[0] = '\0';
    expect_refused_welcome(pair, &message);
    message = welcome_of(pair);
    message.welcome.channels[1].resume = 1; /* beyond its head */
    expect_refused_welcome(pair, &message);
    message.welcome.channels[1].head = 1; /* beyond what the node holds */
    expect_refused_welcome(pair, &message);
    message = welcome_of(pair);
    message.welcome.channels[0].name = stream_name_make("another", STREAM_ALL);
    expect_refused_welcome(pair, &message);
    message = welcome_of(pair);
    memset(&message.welcome.up.samples[0].h, 9, 32); /* another beginning */
    expect_refused_welcome(pair, &message);
}

static void a_node_that_knows_no_hub_takes_any(void **state)
{
    struct pair *pair = *state;
    struct pair_host *node = &pair->hosts[0];
    struct sync_config config = pair_config(pair, 0);
    struct sync_message message = welcome_of(pair);

    config.hub[0] = '\0';
    sync_session_free(&node->session);
    node->session = sync_session_new(&config);
    message.welcome.channels[0].name = message.welcome.up.name;
    expect_refused_welcome(pair, &message);
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_int_equal(sync_session_state(node->session), SYNC_LIVE);
}

/* What was never claimed begins at one; who names ever new streams must not
 * write beyond the room that there is for them. */
static void
a_second_welcome_names_no_more_streams_than_there_is_room_for(void **state)
{
    struct pair *pair = *state;
    struct sync_message message = welcome_of(pair);
    const struct sync_session *node = pair->hosts[0].session;
    int rc = 0;

    pair_connect(pair, 0);
    message.welcome.channel_count = LIMIT_STREAMS;
    for (unsigned round = 0; round < 3 && rc == 0; round++) {
        for (unsigned i = 0; i < LIMIT_STREAMS; i++) {
            char name[LIMIT_CHANNEL];

            (void)snprintf(name, sizeof name, "channel%u.%u", round, i);
            message.welcome.channels[i].name = stream_name_make(
                pair->hosts[0].store.streams[FAKE_ALL].name.home, name);
        }
        rc = pair_inject(pair, 0, 0, LANE_EXPRESS, &message, 100);
        assert_true(node->in_count <= IN_LIMIT);
    }
    assert_int_equal(rc, ERR_REFUSED);
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 1);
    assert_int_equal(sync_session_state(node), SYNC_CLOSED);
}

/* Said again, the same ones are no others. */
static void a_welcome_may_be_said_again(void **state)
{
    struct pair *pair = *state;
    struct sync_message message = welcome_of(pair);

    pair_connect(pair, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &message, 100),
                         0);
    assert_int_equal(sync_session_state(pair->hosts[0].session), SYNC_LIVE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_hello_in_anothers_name_is_foreign),
        TEST(a_version_that_is_not_spoken_says_what_to_do),
        TEST(a_hello_with_nonsense_leaves_the_present_one_alone),
        TEST(a_welcome_that_makes_no_sense_is_refused),
        TEST(a_node_that_knows_no_hub_takes_any),
        TEST(a_second_welcome_names_no_more_streams_than_there_is_room_for),
        TEST(a_welcome_may_be_said_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
