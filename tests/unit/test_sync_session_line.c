/* tests/unit/test_sync_session_line.c - what the line bears: credit, urgent
 * copies ahead of the rest, the bulk line's life, the size of batches.
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

/* ---- credit */

static void sending_stops_when_the_credit_is_used_up(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_line(pair, VERY_FAST);
    pair_write_sized(pair, 0, FAKE_UP, 40, 100000, false); /* 4 MB */
    assert_in_range(pair->to_hub[LANE_BULK].count, 2, 20);
    assert_int_equal(sync_session_deadline(pair->hosts[0].session), 10000);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static void what_goes_beyond_its_credit_is_refused(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    assert_int_equal(inject_batch(pair, PAIR_HUB, name_of(pair, FAKE_UP), 9, 1,
                                  CREDIT_BULK + LIMIT_FRAME - 400),
                     0);
    pair_expect_line(pair, "hub > credit\n"); /* much, and no ack */
    assert_int_equal(inject_batch(pair, PAIR_HUB, name_of(pair, FAKE_UP), 9, 1,
                                  CREDIT_BULK + LIMIT_FRAME + 1),
                     ERR_REFUSED);
    pair_expect_line(pair,
                     "hub * alarm protocol: more on bulk than was granted");
    pair_expect_line(pair, "hub > bye restart");
}

static void credit_without_an_ack_is_told_by_itself(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    for (int i = 0; i < 12; i++) /* always the same gap */
        assert_int_equal(inject_batch(pair, PAIR_HUB, name_of(pair, FAKE_UP), 9,
                                      1, CREDIT_BULK / 10),
                         0);
    pair_expect(pair, "0 hub > nak gap up from 2\n"
                      "0 hub > credit\n"
                      "0 hub > credit\n");
    pair_settle(pair);
}

/* The hub's part for this line has changed. */
static void share(struct pair *pair, uint64_t bytes)
{
    sync_session_set_window(pair->hosts[PAIR_HUB].session, bytes);
}

static void a_line_begins_with_little_and_is_told_of_its_part(void **state)
{
    struct pair *pair = *state;
    const struct lane_count *bulk;

    pair->credit_bulk = CREDIT_BULK_LEAST;
    pair_restart(pair, PAIR_HUB);
    share(pair, CREDIT_BULK);
    pair_connect(pair, 0);
    pair_line(pair, VERY_FAST);
    pair->quiet = true;
    pair_write_sized(pair, 0, FAKE_UP, 40, 100000, false);
    while (pair->to_hub[LANE_BULK].count < 2)
        assert_true(pair_step(pair));
    bulk = &pair->hosts[0].session->lanes[LANE_BULK];
    assert_int_equal(bulk->credit, CREDIT_BULK_LEAST);
    pair_settle(pair);
    assert_true(bulk->credit >= bulk->sent + CREDIT_BULK / 2);
    assert_int_equal(bulk->wide, CREDIT_BULK);
    assert_true(pair_converged(pair, 0));
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static void what_was_granted_is_not_taken_back(void **state)
{
    struct pair *pair = *state;
    const struct lane_count *mine, *theirs;
    uint64_t granted;

    connect_fully(pair);
    pair_line(pair, VERY_FAST);
    mine = &pair->hosts[0].session->lanes[LANE_BULK];
    theirs = &pair->hosts[PAIR_HUB].session->lanes[LANE_BULK];
    granted = theirs->granted;
    share(pair, CREDIT_BULK_LEAST);
    pair->quiet = true;
    pair_write_sized(pair, 0, FAKE_UP, 2, 100000, false);
    pair_settle(pair);
    assert_int_equal(theirs->granted, granted);
    pair_write_sized(pair, 0, FAKE_UP, 100, 10000, false);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
    assert_int_equal(theirs->granted, theirs->handled + CREDIT_BULK_LEAST);
    assert_int_equal(mine->credit, theirs->granted);
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static struct sync_message early_of(const struct fake_change *change)
{
    struct sync_message message = {.type = MSG_EARLY};

    message.early.change = fake_change_view(change);
    return message;
}

static void express_has_its_credit_too(void **state)
{
    struct pair *pair = *state;
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, 900, true, 10);
    struct sync_message early = early_of(&change);

    connect_fully(pair);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &early,
                                 CREDIT_EXPRESS + LIMIT_FRAME),
                     0);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &early,
                                 CREDIT_EXPRESS + LIMIT_FRAME + 1),
                     ERR_REFUSED);
    pair_expect_line(pair,
                     "hub * alarm protocol: more on express than was granted");
}

static void what_was_asked_for_is_never_too_much(void **state)
{
    struct pair *pair = *state;
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, 900, true, 10);
    struct early_ref ref = fake_ref(&change);
    struct sync_message list = {.type = MSG_EARLY_LIST};
    struct sync_message early = early_of(&change);

    early.early.handed_back = true;
    connect_fully(pair);
    list.early_list.count = 1;
    list.early_list.refs = &ref;
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &list, 100);
    pair_expect(pair, "0 node > want #900\n");
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &early,
                                 CREDIT_EXPRESS + LIMIT_FRAME + 1),
                     0);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &early,
                                 CREDIT_EXPRESS + LIMIT_FRAME + 1),
                     ERR_REFUSED);
}

/* ---- urgent copies */

static void an_urgent_change_goes_ahead_of_the_rest(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_line(pair, VERY_FAST);
    pair_write(pair, 0, FAKE_UP, 300, false);
    pair_write(pair, 0, FAKE_UP, 1, true);
    (void)pair_deliver_one(pair, LANE_EXPRESS, true, 0);
    (void)pair_deliver_one(pair, LANE_EXPRESS, false, 0);
    pair_expect(pair, "0 node > up 2..301\n"
                      "0 node > early #302\n"
                      "0 hub > early ack #302\n"
                      "0 node * settled #302\n");
    pair_wait(pair, 100); /* the stream follows */
    pair_expect_line(pair, "node > up 302..302");
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void what_was_not_acknowledged_early_goes_again(void **state)
{
    struct pair *pair = *state;

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, true);
    pair_settle(pair);
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, true);
    pair_cut(pair, 0);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n"
                      "0 hub > welcome up 0 all 0/2 orders 0/0\n"
                      "0 hub > announce all 2\n"
                      "0 hub > early #2\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n"
                      "0 node > early list #1\n"
                      "0 node * dial bulk\n"
                      "0 hub * settled #1\n"
                      "0 node > early ack #2\n"
                      "0 hub * settled #2\n");
}

static void urgent_copies_wait_for_credit_and_the_socket(void **state)
{
    struct pair *pair = *state;

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_line(pair, VERY_FAST);
    pair_forget(pair);
    pair_write_sized(pair, 0, FAKE_UP, 60, 20000, true); /* 1.2 MB */
    assert_in_range(pair->express_bytes, CREDIT_EXPRESS,
                    CREDIT_EXPRESS + LIMIT_FRAME);
    pair_settle(pair);
    assert_in_range(pair->express_bytes, 60 * 20000, 60 * 20200);
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
    pair_forget(pair);
    pair->hosts[0].full_express = true;
    pair_write(pair, 0, FAKE_UP, 1, true);
    pair_write(pair, 0, FAKE_UP, 1, false);
    assert_int_equal(sync_session_deadline(pair->hosts[0].session), 50);
    pair->hosts[0].full_express = false;
    pair_wait(pair, 50);
    pair_expect_line(pair, "50 node > early #61\n");
}

static void a_refused_early_copy_is_not_sent_again(void **state)
{
    struct pair *pair = *state;
    struct sync_message ack = {.type = MSG_EARLY_ACK};

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair->hosts[PAIR_HUB].store_code = NAK_SIGNATURE;
    pair_write(pair, 0, FAKE_UP, 1, true);
    pair_settle(pair);
    pair_expect(pair, "0 node * dial bulk\n"
                      "0 node > early #1\n"
                      "0 hub > early ack #1 refused signature\n"
                      "0 node * settled #1 refused signature\n");
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &ack, 100);
    pair_expect(pair, "0 node * settled #0 refused unsupported\n");
}

static void an_early_copy_of_a_foreign_home_is_refused(void **state)
{
    struct pair *pair = *state;
    struct fake_change change =
        fake_change_make("19873@20040708", FAKE_UP, 900, true, 10);
    struct sync_message early = early_of(&change);

    connect_fully(pair);
    memcpy(early.early.change.header.home, "19873@20040708", 15);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &early, 100),
                     ERR_REFUSED);
    pair_expect(pair,
                "0 hub * alarm protocol: an early copy of a foreign home\n"
                "0 hub > early ack #900 refused foreign\n");
}

static void one_turn_answers_a_bounded_number_of_copies(void **state)
{
    struct pair *pair = *state;
    struct pair_host *hub = &pair->hosts[PAIR_HUB];
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, 900, true, 10);
    struct sync_message early = early_of(&change);
    struct sync_route route;
    struct sync_event event = {
        .type = SYNC_RECEIVED, .message = &early, .route = &route};
    struct sync_event stored = {.type = SYNC_STORED};
    struct sync_event committed = {.type = SYNC_COMMITTED};
    struct sync_actions out = {0};

    connect_fully(pair);
    route = *sync_session_route(hub->session);
    for (int i = 0; i < ANSWER_LIMIT + 5; i++) {
        sync_actions_clear(&out);
        (void)sync_session_step(hub->session, &event, &out);
        (void)sync_session_step(hub->session, &stored, &out);
    }
    sync_actions_clear(&out);
    (void)sync_session_step(hub->session, &committed, &out);
    assert_int_equal(out.count, ANSWER_LIMIT);
    sync_actions_free(&out);
}

/* ---- the bulk line */

static void an_idle_bulk_line_is_closed_after_a_minute(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->now_ms = 59999;
    pair_tick(pair, 0, 0);
    pair_forget(pair);
    pair_tick(pair, 0, 1);
    pair_expect(pair, "60000 node * drop bulk\n");
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, false); /* the hub pushes in vain */
    pair_settle(pair);
    pair_expect(pair, "60000 hub > announce all 1\n"
                      "60000 node * dial bulk\n"
                      "60000 node > bulk open\n"
                      "60000 hub > all 1..1\n"
                      "60000 node * stored all 1\n"
                      "60000 node > ack all 1\n"
                      "60000 hub * acked all 1\n");
    assert_true(pair_converged(pair, 0));
}

static void a_bulk_line_that_says_nothing_is_dialled_anew(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, false);
    pair_settle(pair);
    pair_forget(pair);
    pair_lose_one(pair, LANE_BULK, false, 0);
    pair->hosts[0].socket_full = true;
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_wait(pair, BULK_SILENT_MS);
    pair_expect_line(pair, "90000 node * drop bulk\n90000 node * dial bulk\n");
    pair->hosts[0].socket_full = false;
    pair_wait(pair, 1000);
    assert_true(pair_converged(pair, 0));
}

static void a_bulk_line_too_late_is_closed(void **state)
{
    struct pair *pair = *state;
    struct sync_event up = {.type = SYNC_BULK_UP};

    (void)pair_turn(pair, 0, &up);
    pair_expect(pair, "0 node * drop bulk\n");
}

static void a_full_socket_is_tried_again_soon(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair->hosts[0].socket_full = true;
    pair_write(pair, 0, FAKE_UP, 1, false);
    assert_int_equal(sync_session_deadline(pair->hosts[0].session), 50);
    pair->hosts[0].socket_full = false;
    pair_tick(pair, 0, 49);
    pair_expect(pair, "");
    pair_tick(pair, 0, 1);
    pair_expect(pair, "50 node > up 2..2\n");
}

static void at_most_so_many_batches_are_under_way(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_line(pair, VERY_FAST);
    for (int i = 0; i < FLIGHT_LIMIT + 8; i++)
        pair_write(pair, 0, FAKE_UP, 1, false);
    assert_int_equal(pair->to_hub[LANE_BULK].count, FLIGHT_LIMIT);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void an_outcome_nobody_waits_for_is_ignored(void **state)
{
    struct pair *pair = *state;
    struct sync_event sent = {.type = SYNC_SENT, .lane = LANE_BULK, .seq = 9};
    struct sync_event stored = {.type = SYNC_STORED, .seq = 9};
    struct sync_event grew = {.type = SYNC_GREW, .seq = 9};

    connect_fully(pair);
    (void)pair_turn(pair, 0, &sent);
    sent.name = name_of(pair, FAKE_UP);
    (void)pair_turn(pair, 0, &sent);
    sent.lane = LANE_EXPRESS;
    (void)pair_turn(pair, 0, &sent);
    (void)pair_turn(pair, 0, &stored);
    grew.name = stream_name_make("19873@20040708", STREAM_UP);
    (void)pair_turn(pair, 0, &grew);
    pair_expect(pair, "");
}

static void a_batch_grows_on_a_fast_line(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write_sized(pair, 0, FAKE_UP, 300, 9000, false);
    pair_settle(pair);
    assert_in_range(pair->pushed_bytes, PACE_FRAME_MOST * 9 / 10,
                    PACE_FRAME_MOST);
}

/* Every batch takes its bytes at `rate` bytes a second to reach the hub, an ack
 * takes a tenth of a second. */
static void drain_slowly(struct pair *pair, uint64_t rate)
{
    while (pair->to_hub[LANE_BULK].count > 0 ||
           pair->hosts[0].in[LANE_BULK].count > 0) {
        struct pair_queue *queue = &pair->to_hub[LANE_BULK];

        if (queue->count > 0)
            pair->now_ms +=
                (int64_t)(queue->frames[queue->first]->bytes * 1000 / rate);
        (void)pair_deliver_one(pair, LANE_BULK, true, 0);
        while (pair_deliver_one(pair, LANE_BULK, false, 0))
            ;
    }
}

static void a_batch_is_half_a_second_on_a_slow_line(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write_sized(pair, 0, FAKE_UP, 390, 1000, false);
    drain_slowly(pair, 64000);
    pair_forget(pair);
    pair_copy(pair, 0, 0, FAKE_UP, 391);
    pair->hosts[0].store.streams[FAKE_UP].count = 391;
    pair_write_sized(pair, 0, FAKE_UP, 9, 20000, false);
    assert_in_range(pair->pushed_bytes, 28000, 36000);
}

static void a_batch_shrinks_when_the_line_does(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_write_sized(pair, 0, FAKE_UP, 390, 1000, false);
    drain_slowly(pair, 2000); /* acks come, but a batch takes eight seconds */
    pair_forget(pair);
    pair_write_sized(pair, 0, FAKE_UP, 1, 1000, false);
    assert_int_equal(pair->pushed_bytes, PACE_FRAME_LEAST);
}

static void what_did_not_arrive_comes_again_in_smaller_batches(void **state)
{
    struct pair *pair = *state;

    connect_fully(pair);
    pair_line(pair, VERY_FAST);
    pair_write_sized(pair, 0, FAKE_UP, 5, 9000, false);
    pair_forget(pair);
    pair_tick(pair, 0, 30000);
    assert_int_equal(pair->pushed_bytes, PACE_FRAME_MOST / 4);
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

/* ---- the rest */

static void a_status_is_said_at_most_every_ten_seconds(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair_expect_no_line(pair, "status");
    pair_wait(pair, 9999);
    pair_expect_no_line(pair, "status");
    pair_wait(pair, 1);
    pair_expect_line(pair, "10000 node > status 1 backlog 0\n");
    pair_forget(pair);
    pair_wait(pair, 30000);
    pair_expect(pair, "");
    pair->hosts[0].no_backlog = true; /* the host does not know: not said */
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_wait(pair, 10000);
    pair_expect_no_line(pair, "status");
}

static void a_node_gives_a_sign_of_life_once_a_minute(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_wait(pair, 120000);
    pair_expect(pair, "60000 node > status 0 backlog 0\n"
                      "120000 node > status 0 backlog 0\n");
    pair->hosts[0].no_backlog = true; /* nor does the clock stand still */
    pair_wait(pair, 120000);
    pair_expect(pair, "");
}

static void announcements_of_the_unknown_are_ignored(void **state)
{
    struct pair *pair = *state;
    struct sync_message announce = {.type = MSG_ANNOUNCE};

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    announce.announce.name = stream_name_make(FAKE_HUB, "new");
    announce.announce.head = 7;
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &announce, 100);
    announce.announce.name = name_of(pair, FAKE_ALL);
    announce.announce.head = 0;
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &announce, 100);
    pair_expect(pair, "");
    announce.announce.head = 1;
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &announce, 100);
    pair_expect(pair, "0 node * dial bulk\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(sending_stops_when_the_credit_is_used_up),
        TEST(what_goes_beyond_its_credit_is_refused),
        TEST(credit_without_an_ack_is_told_by_itself),
        TEST(a_line_begins_with_little_and_is_told_of_its_part),
        TEST(what_was_granted_is_not_taken_back),
        TEST(express_has_its_credit_too),
        TEST(what_was_asked_for_is_never_too_much),
        TEST(an_urgent_change_goes_ahead_of_the_rest),
        TEST(what_was_not_acknowledged_early_goes_again),
        TEST(urgent_copies_wait_for_credit_and_the_socket),
        TEST(a_refused_early_copy_is_not_sent_again),
        TEST(an_early_copy_of_a_foreign_home_is_refused),
        TEST(one_turn_answers_a_bounded_number_of_copies),
        TEST(an_idle_bulk_line_is_closed_after_a_minute),
        TEST(a_bulk_line_that_says_nothing_is_dialled_anew),
        TEST(a_bulk_line_too_late_is_closed),
        TEST(a_full_socket_is_tried_again_soon),
        TEST(at_most_so_many_batches_are_under_way),
        TEST(an_outcome_nobody_waits_for_is_ignored),
        TEST(a_batch_grows_on_a_fast_line),
        TEST(a_batch_is_half_a_second_on_a_slow_line),
        TEST(a_batch_shrinks_when_the_line_does),
        TEST(what_did_not_arrive_comes_again_in_smaller_batches),
        TEST(a_status_is_said_at_most_every_ten_seconds),
        TEST(a_node_gives_a_sign_of_life_once_a_minute),
        TEST(announcements_of_the_unknown_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
