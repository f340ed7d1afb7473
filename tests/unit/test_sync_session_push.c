/* tests/unit/test_sync_session_push.c - streams on their way: resuming, acks,
 * gaps, forks, what is not taken. Credit and the line are in
 * test_sync_session_line.c.
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

enum { VERY_FAST = 1000000000 /* bytes a second */ };

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

static struct stream_name name_of(const struct pair *pair, unsigned stream)
{
    return pair->hosts[PAIR_HUB].store.streams[stream].name;
}

/* A pair with both lines open and an empty transcript. */
static void connect_fully(struct pair *pair)
{
    pair_connect(pair, 0);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair_forget(pair);
}

static void until(struct pair *pair, const char *line)
{
    while (strstr(buf_text(&pair->transcript), line) == NULL)
        assert_true(pair_step(pair));
}

static int inject_nak(struct pair *pair, unsigned host, unsigned stream,
                      enum nak_code code, uint64_t expected, uint32_t wait_ms)
{
    struct sync_message message = {.type = MSG_NAK};

    message.nak.name = name_of(pair, stream);
    message.nak.code = code;
    message.nak.expected = expected;
    message.nak.wait_ms = wait_ms;
    return pair_inject(pair, host, 0, LANE_BULK, &message, 100);
}

/* ---- resuming */

static void sending_goes_on_at_every_cut(void **state)
{
    (void)state;
    for (size_t has = 0; has <= 10; has++) {
        struct pair *pair = pair_new();
        char line[64];

        pair_has(pair, 0, FAKE_UP, 10);
        pair_copy(pair, 0, PAIR_HUB, FAKE_UP, has);
        pair_connect(pair, 0);
        pair_settle(pair);
        (void)snprintf(line, sizeof line, "node > up %zu..10\n", has + 1);
        if (has < 10)
            pair_expect_line(pair, line);
        else
            pair_expect_no_line(pair, "bulk");
        assert_true(pair_converged(pair, 0));
        pair_free(&pair);
    }
}

static void a_cut_after_any_message_loses_nothing(void **state)
{
    (void)state;
    for (int steps = 0; steps < 40; steps++) {
        struct pair *pair = pair_new();

        pair_has(pair, 0, FAKE_UP, 300);
        pair_has(pair, PAIR_HUB, FAKE_ALL, 300);
        pair_connect(pair, 0);
        for (int i = 0; i < steps; i++)
            (void)pair_step(pair);
        if (steps % 2 == 0)
            pair_cut(pair, 0);
        else
            pair_cut_bulk(pair, 0);
        if (pair->hosts[0].route[LANE_EXPRESS] == 0)
            pair_connect(pair, 0);
        pair_wait(pair, 1000);
        assert_true(pair_converged(pair, 0));
        assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
        pair_free(&pair);
    }
}

/* ---- acks */

static void an_ack_leaves_after_the_commit(void **state)
{
    struct pair *pair = *state;
    struct pair_host *hub = &pair->hosts[PAIR_HUB];
    struct sync_event event = {.type = SYNC_RECEIVED};
    struct sync_event stored = {.type = SYNC_STORED};
    struct sync_event committed = {.type = SYNC_COMMITTED};
    struct sync_actions out = {0};
    struct pair_frame *frame;
    struct sync_route route;

    connect_fully(pair);
    pair_write(pair, 0, FAKE_UP, 2, false);
    frame = pair->to_hub[LANE_BULK].frames[pair->to_hub[LANE_BULK].first];
    memset(&route, 0, sizeof route);
    put_u32(route.bytes, frame->route);
    event.message = &frame->message;
    event.lane = LANE_BULK;
    event.bytes = frame->bytes;
    event.route = &route;
    assert_int_equal(sync_session_step(hub->session, &event, &out), 0);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.items[0].type, SYNC_STORE);
    assert_int_equal(out.items[0].seq, 2);
    sync_actions_clear(&out);
    stored.seq = 3;
    (void)sync_session_step(hub->session, &stored, &out);
    assert_int_equal(out.count, 0);
    (void)sync_session_step(hub->session, &committed, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.items[0].message->type, MSG_ACK);
    assert_int_equal(out.items[0].message->ack.seq, 3);
    sync_actions_clear(&out);
    (void)sync_session_step(hub->session, &committed, &out);
    assert_int_equal(out.count, 0);
    sync_actions_free(&out);
}

static void a_turn_that_fails_is_never_acknowledged(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->hosts[PAIR_HUB].fail_turn = true;
    pair_write(pair, 0, FAKE_UP, 2, false);
    pair_settle(pair);
    pair_expect(pair, "0 node > up 2..3\n"
                      "0 hub * stored up 3\n"
                      "0 hub > bye restart\n"
                      "0 node * drop bulk\n"
                      "0 node * drop\n");
    assert_int_equal(pair->hosts[PAIR_HUB].store.streams[FAKE_UP].count, 1);
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void an_early_copy_of_a_failed_turn_is_not_acknowledged(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->hosts[PAIR_HUB].fail_turn = true;
    pair_write(pair, 0, FAKE_UP, 1, true);
    (void)pair_deliver_one(pair, LANE_EXPRESS, true, 0);
    pair_expect_no_line(pair, "early ack");
}

static void what_is_not_acknowledged_in_time_is_sent_again(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write(pair, 0, FAKE_UP, 2, false);
    pair_lose_one(pair, LANE_BULK, true, 0);
    pair_wait(pair, 29999);
    pair_expect_no_line(pair, "ack up");
    pair_wait(pair, 1);
    pair_expect(pair, "0 node > up 2..3\n"
                      "10000 node > status 3 backlog 2\n"
                      "30000 node > up 2..3\n"
                      "30000 hub * stored up 3\n"
                      "30000 hub > ack up 3\n"
                      "30000 node * acked up 3\n"
                      "30000 node > status 3 backlog 0\n");
    assert_true(pair_converged(pair, 0));
}

static void an_ack_of_what_was_never_sent_is_refused(void **state)
{
    struct pair *pair = *state;
    struct sync_message ack = {.type = MSG_ACK};

    connect_fully(pair);
    ack.ack.name = name_of(pair, FAKE_UP);
    ack.ack.seq = 1;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_BULK, &ack, 100), 0);
    ack.ack.seq = 2;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_BULK, &ack, 100),
                     ERR_REFUSED);
    pair_expect(pair,
                "0 node * drop bulk\n"
                "0 node * drop\n"
                "0 node * alarm protocol: an ack of what was never sent\n");
    pair_connect(pair, 0);
    pair_settle(pair);
    ack.ack.name = name_of(pair, FAKE_ALL);
    ack.ack.seq = 0;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_BULK, &ack, 100),
                     ERR_REFUSED);
}

static void a_late_ack_spares_sending_again(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_line(pair, VERY_FAST);
    for (int i = 0; i < 10; i++)
        pair_write(pair, 0, FAKE_UP, 30, false);
    until(pair, "hub > ack up");
    pair_forget(pair);
    inject_nak(pair, 0, FAKE_UP, NAK_LATER, 0, 100); /* all is sent again */
    pair_settle(pair);
    pair_wait(pair, 100);
    pair_expect(pair, "0 hub * stored up 61\n"
                      "0 hub > ack up 61\n"
                      "0 hub * stored up 91\n"
                      "0 hub > ack up 91\n"
                      "0 hub * stored up 121\n"
                      "0 hub > ack up 121\n"
                      "0 hub * stored up 151\n"
                      "0 hub > ack up 151\n"
                      "0 hub * stored up 181\n"
                      "0 hub > ack up 181\n"
                      "0 hub * stored up 211\n"
                      "0 hub > ack up 211\n"
                      "0 hub * stored up 241\n"
                      "0 hub > ack up 241\n"
                      "0 hub * stored up 271\n"
                      "0 hub > ack up 271\n"
                      "0 hub * stored up 301\n"
                      "0 hub > ack up 301\n"
                      "0 node * acked up 31\n"
                      "0 node * acked up 61\n"
                      "0 node * acked up 91\n"
                      "0 node * acked up 121\n"
                      "0 node * acked up 151\n"
                      "0 node * acked up 181\n"
                      "0 node * acked up 211\n"
                      "0 node * acked up 241\n"
                      "0 node * acked up 271\n"
                      "0 node * acked up 301\n");
    assert_true(pair_converged(pair, 0));
}

/* ---- gaps, forks, what is not taken */

static void a_gap_is_told_once_and_filled(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    for (int i = 0; i < 4; i++)
        pair_write(pair, 0, FAKE_UP, 1, false);
    pair_lose_one(pair, LANE_BULK, true, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > up 2..2\n"
                      "0 node > up 3..3\n"
                      "0 node > up 4..4\n"
                      "0 node > up 5..5\n"
                      "0 hub > nak gap up from 2\n"
                      "0 node > up 2..5\n"
                      "0 hub * stored up 5\n"
                      "0 hub > ack up 5\n"
                      "0 node * acked up 5\n");
    assert_true(pair_converged(pair, 0));
}

static void a_batch_that_comes_twice_is_acknowledged_twice(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write(pair, 0, FAKE_UP, 2, false);
    pair_repeat_one(pair, LANE_BULK, true, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > up 2..3\n"
                      "0 hub * stored up 3\n"
                      "0 hub > ack up 3\n"
                      "0 hub > ack up 3\n"
                      "0 node * acked up 3\n");
}

static void a_gap_that_makes_no_sense_is_refused(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    assert_int_equal(inject_nak(pair, 0, FAKE_UP, NAK_GAP, 0, 0), ERR_REFUSED);
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_int_equal(inject_nak(pair, 0, FAKE_UP, NAK_GAP, 3, 0), ERR_REFUSED);
}

static void a_gap_below_what_was_acknowledged_starts_anew(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    assert_int_equal(inject_nak(pair, 0, FAKE_UP, NAK_GAP, 1, 0), 0);
    pair_expect_line(pair, "node * drop\n");
    pair_connect(pair, 0);
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, false);
    pair_settle(pair);
    pair_forget(pair);
    assert_int_equal(inject_nak(pair, PAIR_HUB, FAKE_ALL, NAK_GAP, 1, 0), 0);
    pair_expect_line(pair, "hub > bye restart\n");
}

static void a_peer_that_is_further_is_believed(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write(pair, 0, FAKE_UP, 300, false);
    pair_settle(pair);
    pair_write(pair, 0, FAKE_UP, 20, false); /* under way */
    inject_nak(pair, 0, FAKE_UP, NAK_LATER, 0, 1000);
    pair_forget(pair);
    assert_int_equal(inject_nak(pair, 0, FAKE_UP, NAK_GAP, 311, 0), 0);
    pair->now_ms += 1000;
    pair_tick(pair, 0, 0);
    pair_expect_line(pair, "node > up 311..321");
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void a_node_whose_stream_is_refused_greets_again(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->hosts[PAIR_HUB].store_code = NAK_FORK;
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair_expect(pair,
                "0 node > up 2..2\n"
                "0 hub > nak fork up\n"
                "0 hub * alarm fork: a batch that does not fit its chain\n"
                "0 node * drop bulk\n"
                "0 node * drop\n");
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair,
                "0 node > hello up 2 all 0 orders 0 acked 1\n"
                "0 hub > welcome up 1 all 0/0 orders 0/0\n"
                "0 node * acked up 1\n"
                "0 node * expedite again up 1\n"
                "0 node * dial bulk\n"
                "0 node > bulk open\n"
                "0 node > up 2..2\n"
                "0 hub > nak fork up\n"
                "0 hub * alarm fork: a batch that does not fit its chain\n");
    pair->hosts[PAIR_HUB].store_code = NAK_NONE;
    pair_wait(pair, FORK_PAUSE_MS);
    pair_expect(pair, "60000 node * drop bulk\n"
                      "60000 node * drop\n");
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void after_a_refusal_the_rest_is_not_looked_at(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair->hosts[PAIR_HUB].store_code = NAK_SIGNATURE;
    (void)pair_deliver_one(pair, LANE_BULK, true, 0);
    (void)pair_deliver_one(pair, LANE_BULK, true, 0);
    pair_expect(
        pair, "0 node > up 2..2\n"
              "0 node > up 3..3\n"
              "0 hub > nak signature up\n"
              "0 hub * alarm protocol: a batch that does not fit its chain\n"
              "0 hub > nak signature up\n"); /* the first may have been lost */
    pair_settle(pair); /* signatures do not get better by themselves */
    pair_expect(pair, "");
    pair->hosts[PAIR_HUB].store_code = NAK_NONE;
    pair_wait(pair, REFUSED_MS - 1);
    pair_expect_no_line(pair, "node * drop\n");
    pair_expect_no_line(pair, "node > up");
    pair_wait(pair, 1);
    pair_expect_line(pair, "600000 node * drop\n");
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void a_refusal_that_was_lost_is_said_again(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair->hosts[PAIR_HUB].store_code = NAK_SIGNATURE;
    (void)pair_deliver_one(pair, LANE_BULK, true, 0);
    pair_lose_one(pair, LANE_BULK, false, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair->hosts[PAIR_HUB].store_code = NAK_NONE;
    pair_wait(pair, 30000); /* the node hears nothing and sends it again */
    pair_expect_line(pair, "node > up 2..2\n");
    pair_expect_line(pair, "hub > nak signature up\n");
    pair_wait(pair, REFUSED_MS);
    pair_settle(pair);
    pair_expect_line(pair, "node * drop\n");
}

static void a_node_refuses_a_fork_of_a_channel(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->hosts[0].store_code = NAK_FORK;
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, false);
    pair_settle(pair);
    pair_expect(pair,
                "0 hub > all 1..1\n"
                "0 node > nak fork all\n"
                "0 node * alarm fork: a batch that does not fit its chain\n"
                "0 hub > bye restart\n"
                "0 node * drop bulk\n"
                "0 node * drop\n");
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_wait(pair, FORK_PAUSE_MS - 1);
    pair_expect(pair, "");
    pair_wait(pair, 1);
    pair_expect_line(pair, "60000 hub > bye restart\n");
    pair_expect_line(pair, "60000 node * drop\n");
}

static void a_store_that_says_later_is_tried_later(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->hosts[PAIR_HUB].store_code = NAK_LATER;
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair->hosts[PAIR_HUB].store_code = NAK_NONE;
    pair_wait(pair, LATER_MS);
    pair_expect(pair, "0 node > up 2..2\n"
                      "0 node > up 3..3\n"
                      "0 hub > nak later up wait 5000\n"
                      "5000 node > up 2..3\n"
                      "5000 hub * stored up 3\n"
                      "5000 hub > ack up 3\n"
                      "5000 node * acked up 3\n");
    assert_true(pair_converged(pair, 0));
}

static int inject_batch(struct pair *pair, unsigned host,
                        struct stream_name name, uint64_t first, size_t count,
                        size_t bytes)
{
    struct sync_message message = {.type = MSG_BATCH};

    message.batch.name = name;
    message.batch.first = first;
    message.batch.count = count;
    return pair_inject(pair, host, 0, LANE_BULK, &message, bytes);
}

static void a_stream_that_is_not_the_peers_is_foreign(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    assert_int_equal(inject_batch(pair, PAIR_HUB,
                                  stream_name_make("19873@20040708", STREAM_UP),
                                  1, 1, 100),
                     ERR_REFUSED);
    pair_expect(pair,
                "0 hub > nak foreign up\n"
                "0 hub * alarm protocol: a stream that is not the peer's\n");
    assert_int_equal(sync_session_state(pair->hosts[PAIR_HUB].session),
                     SYNC_LIVE);
    pair_settle(pair);
    pair_expect(pair, "0 node * drop bulk\n"
                      "0 node * drop\n");
}

static void a_node_takes_of_its_own_stream_only_what_it_pulled(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 1, FAKE_UP, 5);
    pair_copy(pair, 1, PAIR_HUB, FAKE_UP, 5);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    assert_int_equal(inject_batch(pair, 0, name_of(pair, FAKE_UP), 1, 9, 100),
                     0);
    pair_expect(pair, "0 node > ack up 5\n");
    assert_int_equal(inject_batch(pair, 0, name_of(pair, FAKE_UP), 6, 1, 100),
                     ERR_REFUSED);
    pair_expect_line(pair, "node > nak foreign up");
}

static void a_batch_that_makes_no_sense_is_refused(void **state)
{
    static const struct {
        uint64_t first;
        size_t count;
    } wrong[] = {{0, 1}, {1, 0}, {UINT64_MAX, 1}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct pair *pair = pair_new();

        connect_fully(pair);
        assert_int_equal(inject_batch(pair, PAIR_HUB, name_of(pair, FAKE_UP),
                                      wrong[i].first, wrong[i].count, 100),
                         ERR_REFUSED);
        pair_free(&pair);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(sending_goes_on_at_every_cut),
        TEST(a_cut_after_any_message_loses_nothing),
        TEST(an_ack_leaves_after_the_commit),
        TEST(a_turn_that_fails_is_never_acknowledged),
        TEST(an_early_copy_of_a_failed_turn_is_not_acknowledged),
        TEST(what_is_not_acknowledged_in_time_is_sent_again),
        TEST(an_ack_of_what_was_never_sent_is_refused),
        TEST(a_late_ack_spares_sending_again),
        TEST(a_gap_is_told_once_and_filled),
        TEST(a_batch_that_comes_twice_is_acknowledged_twice),
        TEST(a_gap_that_makes_no_sense_is_refused),
        TEST(a_gap_below_what_was_acknowledged_starts_anew),
        TEST(a_peer_that_is_further_is_believed),
        TEST(a_node_whose_stream_is_refused_greets_again),
        TEST(after_a_refusal_the_rest_is_not_looked_at),
        TEST(a_refusal_that_was_lost_is_said_again),
        TEST(a_node_refuses_a_fork_of_a_channel),
        TEST(a_store_that_says_later_is_tried_later),
        TEST(a_stream_that_is_not_the_peers_is_foreign),
        TEST(a_node_takes_of_its_own_stream_only_what_it_pulled),
        TEST(a_batch_that_makes_no_sense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
