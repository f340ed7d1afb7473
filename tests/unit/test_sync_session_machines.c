/* tests/unit/test_sync_session_machines.c - who speaks for a unit (PROTOCOL
 * 5.2): restarts, takeovers, clones, stray routes, goodbyes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static enum sync_state state_of(struct pair *pair, unsigned host)
{
    return sync_session_state(pair->hosts[host].session);
}

static bool speaks(struct pair *pair, unsigned node)
{
    const struct sync_route *route =
        sync_session_route(pair->hosts[PAIR_HUB].session);

    return state_of(pair, PAIR_HUB) == SYNC_LIVE &&
           get_u32(route->bytes) == pair->hosts[node].route[LANE_EXPRESS];
}

static void inject(struct pair *pair, unsigned host, unsigned node,
                   enum lane lane, enum message_type type)
{
    struct sync_message message = {.type = type};

    (void)pair_inject(pair, host, node, lane, &message, 100);
}

static void the_same_process_on_a_new_line_is_let_in(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_cut(pair, 0);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n"
                      "0 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n");
    assert_true(speaks(pair, 0));
}

static void another_process_proves_that_it_lives(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_restart(pair, 0);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n"
                      "0 hub > challenge\n"
                      "0 node > hello up 0 all 0 orders 0 nonce\n"
                      "0 hub > bye superseded\n"
                      "0 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n");
    assert_true(speaks(pair, 0));
}

static void a_machine_after_a_lost_one_needs_no_proof(void **state)
{
    struct pair *pair = *state;
    struct sync_event lost = {.type = SYNC_LOST};

    pair_connect(pair, 0);
    pair_settle(pair);
    (void)pair_turn(pair, PAIR_HUB, &lost);
    pair_forget(pair);
    pair_connect(pair, 1);
    pair_settle(pair);
    pair_expect_no_line(pair, "challenge");
    assert_true(speaks(pair, 1));
}

static void a_wrong_nonce_is_challenged_again(void **state)
{
    struct pair *pair = *state;
    struct sync_message message = {.type = MSG_HELLO};

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    memcpy(message.hello.unit, FAKE_UNIT, sizeof FAKE_UNIT);
    message.hello.instance = pair->hosts[1].instance;
    message.hello.nonce = pair->hosts[1].instance;
    pair->hosts[1].route[LANE_EXPRESS] = 77;
    (void)pair_inject(pair, PAIR_HUB, 1, LANE_EXPRESS, &message, 100);
    (void)pair_inject(pair, PAIR_HUB, 1, LANE_EXPRESS, &message, 100);
    pair_expect(pair, "0 hub > challenge\n0 hub > challenge\n");
    message.hello.nonce =
        pair->hosts[1].in[LANE_EXPRESS].frames[0]->message.challenge.nonce;
    message.hello.instance.bytes[9]++; /* the nonce of another */
    pair->now_ms += CHALLENGE_MS;
    (void)pair_inject(pair, PAIR_HUB, 1, LANE_EXPRESS, &message, 100);
    pair_expect(pair, "5000 hub > challenge\n");
    assert_true(speaks(pair, 0));
}

static void two_that_ask_in_step_get_in_one_by_one(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_cut(pair, 0);
    pair_restart(pair, 0);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n"
                      "0 clone > hello up 0 all 0 orders 0\n"
                      "0 hub > challenge\n"
                      "0 node > hello up 0 all 0 orders 0 nonce\n"
                      "0 hub > bye superseded\n"
                      "0 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n");
    assert_true(speaks(pair, 0));
    pair_wait(pair, HELLO_RETRY_MS);
    assert_true(speaks(pair, 1));
}

static void two_machines_with_one_identity_are_an_alarm(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_connect(pair, 1);
    pair_settle(pair);
    pair_expect(pair, "0 clone > hello up 0 all 0 orders 0\n"
                      "0 hub > challenge\n"
                      "0 clone > hello up 0 all 0 orders 0 nonce\n"
                      "0 hub > bye superseded\n"
                      "0 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * drop\n"
                      "0 clone * acked up 0\n"
                      "0 clone * expedite again up 0\n");
    assert_true(speaks(pair, 1));
    pair_connect(pair, 0); /* at once: it must wait its turn */
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n");
    assert_true(speaks(pair, 1));
    pair_wait(pair, HELLO_RETRY_MS);
    pair_expect(pair, "10000 node > hello up 0 all 0 orders 0\n"
                      "10000 hub > challenge\n"
                      "10000 node > hello up 0 all 0 orders 0 nonce\n"
                      "10000 hub > bye superseded\n"
                      "10000 hub * alarm two machines: 10.0.0.3 and 10.0.0.2\n"
                      "10000 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "10000 hub * expedite again all 0\n"
                      "10000 hub * expedite again orders 0\n"
                      "10000 node * acked up 0\n"
                      "10000 node * expedite again up 0\n"
                      "10000 clone * drop\n");
    assert_true(speaks(pair, 0));
    assert_int_equal(pair->alarms[ALARM_TWO_MACHINES], 1);
}

static void three_machines_in_turn_are_noticed_too(void **state)
{
    struct pair *pair = *state;
    struct id first = pair->hosts[0].instance;
    struct sync_config config;

    pair_connect(pair, 0);
    pair_settle(pair);
    for (int i = 0; i < 2 * SUPERSEDED_LIMIT; i++) {
        pair_restart(pair, i % 2 == 0 ? 1 : 0);
        pair_connect(pair, i % 2 == 0 ? 1 : 0);
        pair_settle(pair);
    }
    assert_int_equal(pair->alarms[ALARM_TWO_MACHINES], 0);
    first = pair->hosts[0].instance;
    pair_restart(pair, 0);
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    pair_wait(pair, 3 * HELLO_RETRY_MS);
    pair_restart(pair, 0);
    pair->hosts[0].instance = first;
    config = pair_config(pair, 0);
    sync_session_free(&pair->hosts[0].session);
    pair->hosts[0].session = sync_session_new(&config);
    pair_connect(pair, 0);
    pair_wait(pair, 3 * HELLO_RETRY_MS);
    assert_true(pair->alarms[ALARM_TWO_MACHINES] > 0);
}

static void a_superseded_machine_is_turned_away_once_a_second(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair->hosts[1].route[LANE_EXPRESS] = 99;
    pair_forget(pair);
    inject(pair, PAIR_HUB, 1, LANE_EXPRESS, MSG_STATUS);
    inject(pair, PAIR_HUB, 1, LANE_EXPRESS, MSG_STATUS);
    inject(pair, PAIR_HUB, 1, LANE_EXPRESS, MSG_BYE);
    pair->now_ms += 1000;
    inject(pair, PAIR_HUB, 1, LANE_EXPRESS, MSG_BYE);
    inject(pair, PAIR_HUB, 1, LANE_EXPRESS, MSG_STATUS);
    pair_expect(pair, "0 hub > bye superseded\n1000 hub > bye superseded\n");
    assert_true(speaks(pair, 0));
}

static void a_hub_that_was_not_greeted_asks_for_a_hello(void **state)
{
    struct pair *pair = *state;

    pair->hosts[0].route[LANE_EXPRESS] = 9;
    pair->hosts[0].route[LANE_BULK] = 10;
    inject(pair, PAIR_HUB, 0, LANE_EXPRESS, MSG_STATUS);
    pair->now_ms += 1000;
    inject(pair, PAIR_HUB, 0, LANE_BULK, MSG_HELLO);
    pair_expect(pair, "0 hub > bye restart\n1000 hub > bye restart\n");
}

static void a_bulk_line_says_whose_it_is(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair->hosts[0].route[LANE_BULK] = 60;
    pair_forget(pair);
    inject(pair, PAIR_HUB, 0, LANE_BULK, MSG_BATCH);     /* not opened */
    inject(pair, PAIR_HUB, 0, LANE_BULK, MSG_BULK_OPEN); /* wrong session */
    pair_expect(pair, "0 hub > bye restart\n0 hub > bye restart\n");
    pair->hosts[0].route[LANE_BULK] = 0;
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair->hosts[1].route[LANE_BULK] = 61;
    pair->now_ms += 1000;
    pair_forget(pair);
    inject(pair, PAIR_HUB, 1, LANE_BULK, MSG_BATCH); /* another's */
    pair_expect(pair, "1000 hub > bye restart\n");
}

/* ---- greeting */

static void a_hello_that_nobody_answers_is_said_again(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_lose_one(pair, LANE_EXPRESS, true, 0);
    pair_wait(pair, 9999);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n");
    pair_wait(pair, 1);
    pair_expect(pair, "10000 node > hello up 0 all 0 orders 0\n"
                      "10000 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "10000 hub * expedite again all 0\n"
                      "10000 hub * expedite again orders 0\n"
                      "10000 node * acked up 0\n"
                      "10000 node * expedite again up 0\n");
    assert_int_equal(state_of(pair, 0), SYNC_LIVE);
}

static void a_machine_without_an_address_is_let_in(void **state)
{
    struct pair *pair = *state;
    struct pair_host *hub = &pair->hosts[PAIR_HUB];
    struct stream_claim claim = fake_claim(&hub->store.streams[FAKE_UP]);
    struct sync_local local = {.claim_count = 1, .claims = &claim};
    struct sync_message message = {.type = MSG_HELLO};
    struct sync_route route = {{1}};
    struct sync_event event = {.type = SYNC_RECEIVED,
                               .message = &message,
                               .route = &route,
                               .local = &local};
    struct sync_actions out = {0};

    memcpy(message.hello.unit, FAKE_UNIT, sizeof FAKE_UNIT);
    assert_int_equal(sync_session_step(hub->session, &event, &out), 0);
    assert_int_equal(sync_session_state(hub->session), SYNC_LIVE);
    sync_actions_free(&out);
}

static void a_hello_twice_on_one_line_is_one_conversation(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 3);
    pair_has(pair, PAIR_HUB, FAKE_ALL, 3);
    pair_connect(pair, 0);
    pair->now_ms += HELLO_RETRY_MS;
    pair_tick(pair, 0, 0); /* the hub was slow */
    while (pair->hosts[0].store.streams[FAKE_ALL].count < 3)
        assert_true(pair_step(pair));
    pair_settle(pair);
    pair_expect_no_line(pair, "bye");
    pair_expect_no_line(pair, "drop");
    assert_true(pair_converged(pair, 0));
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static void a_second_hello_ends_a_loan(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 1, FAKE_UP, 300);
    pair_copy(pair, 1, PAIR_HUB, FAKE_UP, 300);
    pair_connect(pair, 0);
    pair->now_ms += HELLO_RETRY_MS;
    pair_tick(pair, 0, 0);
    (void)pair_deliver_one(pair, LANE_EXPRESS, true, 0);  /* hello */
    (void)pair_deliver_one(pair, LANE_EXPRESS, false, 0); /* welcome */
    pair_repeat_one(pair, LANE_EXPRESS, true, 0); /* hello, pull, hello */
    pair_settle(pair);
    pair_expect_line(pair, "nak later");
    pair_wait(pair, PULL_PAUSE_MS);
    assert_true(pair_converged(pair, 0));
}

static void a_welcome_of_another_conversation_starts_anew(void **state)
{
    struct pair *pair = *state;
    struct sync_message welcome = {.type = MSG_WELCOME};

    pair_connect(pair, 0);
    pair_settle(pair);
    welcome.welcome.up = fake_claim(&pair->hosts[0].store.streams[FAKE_UP]);
    pair_forget(pair);
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &welcome, 100);
    pair_expect(pair, "0 node * drop\n");
    assert_int_equal(state_of(pair, 0), SYNC_CLOSED);
}

static void a_late_challenge_changes_nothing(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    inject(pair, 0, 0, LANE_EXPRESS, MSG_CHALLENGE);
    inject(pair, 0, 0, LANE_EXPRESS, MSG_BEACON);
    pair_expect(pair, "");
}

static void before_the_welcome_only_greetings_are_heard(void **state)
{
    struct pair *pair = *state;

    inject(pair, 0, 0, LANE_EXPRESS, MSG_BYE); /* closed: nothing is */
    pair_connect(pair, 0);
    pair_forget(pair);
    inject(pair, 0, 0, LANE_EXPRESS, MSG_EARLY_ACK);
    inject(pair, 0, 0, LANE_EXPRESS, MSG_BEACON);
    inject(pair, 0, 0, LANE_EXPRESS, MSG_NAK);
    pair_expect(pair, "");
    assert_int_equal(state_of(pair, 0), SYNC_GREETING);
}

static void a_node_that_is_foreign_to_the_hub_asks_later(void **state)
{
    struct pair *pair = *state;
    struct sync_message nak = {.type = MSG_NAK};

    nak.nak.code = NAK_FOREIGN;
    pair_connect(pair, 0);
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &nak, 100);
    assert_int_equal(state_of(pair, 0), SYNC_CLOSED);
    pair_connect(pair, 0);
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &nak, 100);
    assert_int_equal(state_of(pair, 0), SYNC_GREETING);
}

/* ---- goodbyes and nonsense */

static void a_node_that_is_told_to_starts_again(void **state)
{
    struct pair *pair = *state;
    struct sync_message bye = {.type = MSG_BYE};

    for (uint32_t code = BYE_RESTART; code <= BYE_STOPPING; code++) {
        pair_connect(pair, 0);
        pair_settle(pair);
        pair_write(pair, 0, FAKE_UP, 1, false);
        pair_settle(pair);
        pair_forget(pair);
        bye.bye.code = code;
        memcpy(bye.bye.text, "update", 7);
        (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &bye, 100);
        pair_expect_line(pair, "node * drop bulk\n");
        pair_expect_line(pair, "node * drop\n");
        if (code == BYE_VERSION)
            pair_expect_line(pair, "node * alarm version: update");
    }
    assert_int_equal(pair->alarms[ALARM_VERSION], 1);
}

static void a_node_that_says_goodbye_is_gone(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    inject(pair, PAIR_HUB, 0, LANE_EXPRESS, MSG_BYE);
    assert_int_equal(state_of(pair, PAIR_HUB), SYNC_CLOSED);
}

static void a_message_a_side_never_takes_ends_the_conversation(void **state)
{
    static const struct {
        unsigned host;
        enum lane lane;
        enum message_type type;
    } wrong[] = {
        {PAIR_HUB, LANE_EXPRESS, MSG_WELCOME},
        {PAIR_HUB, LANE_EXPRESS, MSG_CHALLENGE},
        {PAIR_HUB, LANE_EXPRESS, MSG_BEACON},
        {PAIR_HUB, LANE_EXPRESS, MSG_ENROL},
        {PAIR_HUB, LANE_EXPRESS, (enum message_type)0},
        {PAIR_HUB, LANE_EXPRESS, MSG_BATCH},
        {0, LANE_EXPRESS, MSG_HELLO},
        {0, LANE_EXPRESS, MSG_PULL},
        {0, LANE_EXPRESS, MSG_REFUSED},
        {0, LANE_BULK, MSG_EARLY},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pair *pair = pair_new();
        struct sync_message message = {.type = wrong[i].type};

        pair_connect(pair, 0);
        pair_settle(pair);
        assert_int_equal(
            pair_inject(pair, wrong[i].host, 0, wrong[i].lane, &message, 100),
            ERR_REFUSED);
        assert_int_equal(pair->alarms[ALARM_PROTOCOL], 1);
        pair_expect_line(pair, wrong[i].host == PAIR_HUB ? "hub > bye restart"
                                                         : "node * drop");
        assert_int_equal(state_of(pair, wrong[i].host), SYNC_CLOSED);
        pair_settle(pair);
        pair_free(&pair);
    }
    (void)state;
}

static void a_free_of_nothing_is_fine(void **state)
{
    struct sync_session *none = NULL;

    (void)state;
    sync_session_free(&none);
    assert_null(none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_same_process_on_a_new_line_is_let_in),
        TEST(another_process_proves_that_it_lives),
        TEST(a_machine_after_a_lost_one_needs_no_proof),
        TEST(a_wrong_nonce_is_challenged_again),
        TEST(two_that_ask_in_step_get_in_one_by_one),
        TEST(two_machines_with_one_identity_are_an_alarm),
        TEST(three_machines_in_turn_are_noticed_too),
        TEST(a_superseded_machine_is_turned_away_once_a_second),
        TEST(a_hub_that_was_not_greeted_asks_for_a_hello),
        TEST(a_bulk_line_says_whose_it_is),
        TEST(a_hello_that_nobody_answers_is_said_again),
        TEST(a_machine_without_an_address_is_let_in),
        TEST(a_hello_twice_on_one_line_is_one_conversation),
        TEST(a_second_hello_ends_a_loan),
        TEST(a_welcome_of_another_conversation_starts_anew),
        TEST(a_late_challenge_changes_nothing),
        TEST(before_the_welcome_only_greetings_are_heard),
        TEST(a_node_that_is_foreign_to_the_hub_asks_later),
        TEST(a_node_that_is_told_to_starts_again),
        TEST(a_node_that_says_goodbye_is_gone),
        TEST(a_message_a_side_never_takes_ends_the_conversation),
        TEST(a_free_of_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
