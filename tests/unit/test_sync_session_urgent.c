/* tests/unit/test_sync_session_urgent.c - copies ahead of everything: in what
 * order, and how much of them is under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/sync/session_inside.h"
#include "tests/support/sync_pair.h"

enum {
    SLOW = 6250, /* bytes a second; the pair's line has no length */
    FAST = 1000000000,
    COPY = 500 /* bytes */
};

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

static void line_up(struct pair *pair, uint64_t speed)
{
    pair_connect(pair, 0);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair_line(pair, speed);
    pair_forget(pair);
}

/* The copies in the order they left, in `out`; how many. */
static size_t order_of(struct pair *pair, unsigned out[FAKE_MOST])
{
    const char *at = buf_text(&pair->transcript);
    size_t count = 0;

    while ((at = strstr(at, "> early #")) != NULL && count < FAKE_MOST)
        (void)sscanf(at += strlen("> early #"), "%u", &out[count++]);
    return count;
}

static size_t express(const struct pair *pair)
{
    return pair->to_hub[LANE_EXPRESS].count;
}

static void the_newest_goes_first(void **state)
{
    struct pair *pair = *state;
    unsigned order[FAKE_MOST];
    size_t count;

    pair_has(pair, 0, FAKE_UP, 1);
    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, true); /* 3 .. 102 */
    pair_settle(pair);
    count = order_of(pair, order);
    assert_true(count >= 90); /* the oldest came with the stream */
    for (size_t i = 0; i < count; i++)
        assert_int_equal(order[i], 102 - i);
    pair_wait(pair, 60000);
    assert_true(pair_converged(pair, 0));
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static void what_becomes_urgent_passes_all_that_waits(void **state)
{
    struct pair *pair = *state;
    unsigned order[FAKE_MOST];

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_line(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, true); /* 1 .. 100 */
    assert_in_range(express(pair), 1, 2); /* a tenth of a second */
    pair_forget(pair);
    pair_write_sized(pair, 0, FAKE_UP, 1, COPY, true);
    while (order_of(pair, order) == 0)
        assert_true(pair_step(pair));
    assert_int_equal(order[0], 101);
    for (int i = 0; i < 6; i++) { /* between the others, and then they go on */
        (void)pair_step(pair);
        (void)pair_step(pair);
        pair_write_sized(pair, 0, FAKE_UP, 1, COPY, true);
    }
    pair_settle(pair);
    assert_int_equal(pair->hosts[PAIR_HUB].store.early_count, 107);
    assert_true(order_of(pair, order) <= 107 + URGENT_SPANS * 16);
}

static void what_warns_goes_before_and_in_order(void **state)
{
    struct pair *pair = *state;
    unsigned order[FAKE_MOST];

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_line(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 50, COPY, true);      /* 1 .. 50 */
    pair_write_sized(pair, 0, FAKE_UP, 3, FAKE_FIRST, true); /* .. 53 */
    pair_write_sized(pair, 0, FAKE_UP, 20, COPY, true);      /* .. 73 */
    pair_settle(pair);
    pair_forget(pair);
    pair_cut(pair, 0);
    pair_has(pair, 0, FAKE_UP, 1);               /* written without a line */
    pair->hosts[PAIR_HUB].store.early_count = 0; /* set back: it holds none */
    pair_connect(pair, 0);
    pair_line(pair, SLOW);
    pair_settle(pair);
    assert_true(order_of(pair, order) >= 73);
    assert_int_equal(order[0], 51);
    assert_int_equal(order[1], 52);
    assert_int_equal(order[2], 53);
    assert_int_equal(order[3], 73);
    assert_int_equal(order[4], 72);
}

static void before_the_line_is_known_few_are_under_way(void **state)
{
    struct pair *pair = *state;

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, true);
    assert_in_range(pair->express_bytes, 4096, 4096 + COPY + 200);
    assert_int_equal(
        sync_session_under_way(pair->hosts[0].session, LANE_EXPRESS),
        pair->express_bytes);
    pair_settle(pair);
    assert_int_equal(pair->hosts[PAIR_HUB].store.early_count, 100);
    assert_int_equal(pace_under_way(&pair->hosts[0].session->pace), 0);
}

static void a_large_one_goes_alone(void **state)
{
    struct pair *pair = *state;

    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 2, 90000, true);
    assert_int_equal(express(pair), 1);
    pair_wait(pair, 60000);
    assert_true(pair_converged(pair, 0));
}

static void copies_wait_for_nothing_of_bulk(void **state)
{
    struct pair *pair = *state;

    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, false);
    assert_true(sync_session_under_way(pair->hosts[0].session, LANE_BULK) > 0);
    assert_int_equal(
        sync_session_under_way(pair->hosts[0].session, LANE_EXPRESS), 0);
    pair_write_sized(pair, 0, FAKE_UP, 1, COPY, true);
    assert_int_equal(express(pair), 1);
}

/* The caller was asked for a copy; before he said what he did, a rebase has
 * given the positions to other changes. */
static void
what_left_before_a_rebase_is_no_copy_of_what_stands_there_now(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;
    struct sync_event sent = {.type = SYNC_SENT, .bytes = COPY};
    struct session_step at = {.s = s, .event = &sent};
    struct outgoing *out = &s->out[0];

    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, true);
    assert_true(session_urgent_waits(s));
    sent.name = s->urgent.name = out->name;
    s->urgent.order = URGENT_REST;
    session_urgent_begin(s, out);
    session_urgent_sent(&at); /* none of them is left, it says */
    assert_int_equal(out->rest_count, 1);
    assert_int_equal(out->rest[0].low, out->acked + 1);
    assert_int_equal(out->rest[0].high, out->head);
}

/* The line is full of older ones and more wait: one that is written now waits
 * for none of them, a hundred of them do not all leave for that. */
static void what_is_written_now_waits_for_no_older_one(void **state)
{
    struct pair *pair = *state;
    const struct sync_session *s = pair->hosts[0].session;
    uint64_t full;
    size_t count;

    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, true);
    full = sync_session_under_way(s, LANE_EXPRESS);
    count = express(pair);
    assert_true(session_urgent_waits(s));
    pair_write_sized(pair, 0, FAKE_UP, 1, COPY, true);
    assert_int_equal(express(pair), count + 1);
    for (int i = 0; i < 100; i++)
        pair_write_sized(pair, 0, FAKE_UP, 1, COPY, true);
    assert_in_range(sync_session_under_way(s, LANE_EXPRESS), full + 2 * COPY,
                    full + 2048 + COPY + 200);
    pair_settle(pair);
    pair_wait(pair, 60000);
    assert_true(pair_converged(pair, 0));
}

static void while_copies_wait_the_stream_goes_on_slowly(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;

    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 100, COPY, true);
    pair_tick(pair, 0, 5000);
    assert_true(session_urgent_waits(s));
    assert_in_range(s->pace.flow[LANE_BULK].under_way, 1,
                    SLOW / 4 + PACE_FRAME_LEAST);
    pair_settle(pair);
    pair_wait(pair, 60000);
    assert_true(pair_converged(pair, 0));
    assert_false(session_urgent_waits(s));
}

static void a_cut_takes_nothing_and_leaves_nothing_under_way(void **state)
{
    struct pair *pair = *state;

    line_up(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 30, COPY, true);
    assert_true(sync_session_under_way(pair->hosts[0].session, LANE_EXPRESS) >
                0);
    pair_cut(pair, 0);
    assert_int_equal(pace_under_way(&pair->hosts[0].session->pace), 0);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_wait(pair, 60000);
    assert_true(pair_converged(pair, 0));
}

static void
a_hub_that_tells_no_grant_stops_copies_for_a_while_only(void **state)
{
    struct pair *pair = *state;
    unsigned order[FAKE_MOST];

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_line(pair, SLOW);
    pair_write_sized(pair, 0, FAKE_UP, 20, COPY, true);
    while (express(pair) > 0)
        pair_lose_one(pair, LANE_EXPRESS, true, 0);
    pair_forget(pair);
    pair_wait(pair, 29000);
    assert_int_equal(order_of(pair, order), 0);
    pair_wait(pair, 2000);
    assert_true(order_of(pair, order) > 0);
}

static void what_the_hub_may_hold_waits_a_while_for_its_list(void **state)
{
    struct pair *pair = *state;
    unsigned order[FAKE_MOST];

    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_write_sized(pair, 0, FAKE_UP, 3, COPY, true); /* 1 .. 3 */
    pair_settle(pair);
    pair_cut(pair, 0);
    pair->hosts[PAIR_HUB].store.early_count = 0; /* set back: it holds none */
    pair_connect(pair, 0);
    assert_true(pair_deliver_one(pair, LANE_EXPRESS, true, 0));
    assert_true(pair_deliver_one(pair, LANE_EXPRESS, false, 0)); /* welcome */
    while (pair->hosts[0].in[LANE_EXPRESS].count > 0)
        pair_lose_one(pair, LANE_EXPRESS, false, 0);
    pair_forget(pair);
    pair_write_sized(pair, 0, FAKE_UP, 1, COPY, true);
    pair_wait(pair, 2900);
    assert_int_equal(order_of(pair, order), 1); /* what is new does not wait */
    assert_int_equal(order[0], 4);
    pair_wait(pair, 200);
    assert_int_equal(order_of(pair, order), 4);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[3], 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_goes_first),
        TEST(what_becomes_urgent_passes_all_that_waits),
        TEST(what_warns_goes_before_and_in_order),
        TEST(before_the_line_is_known_few_are_under_way),
        TEST(a_large_one_goes_alone),
        TEST(copies_wait_for_nothing_of_bulk),
        TEST(what_left_before_a_rebase_is_no_copy_of_what_stands_there_now),
        TEST(what_is_written_now_waits_for_no_older_one),
        TEST(while_copies_wait_the_stream_goes_on_slowly),
        TEST(a_cut_takes_nothing_and_leaves_nothing_under_way),
        TEST(a_hub_that_tells_no_grant_stops_copies_for_a_while_only),
        TEST(what_the_hub_may_hold_waits_a_while_for_its_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
