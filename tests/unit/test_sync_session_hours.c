/* tests/unit/test_sync_session_hours.c - what a session leaves for the hours of
 * bulk, and what the rate counts (PROTOCOL 4.10, 11.5).
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

static size_t count_of(struct pair *pair, const char *part)
{
    const char *at = buf_text(&pair->transcript);
    size_t count = 0;

    while ((at = strstr(at, part)) != NULL) {
        at += strlen(part);
        count++;
    }
    return count;
}

static void a_pull_waits_for_the_hours_of_bulk(void **state)
{
    struct pair *pair = *state;
    struct pace_rule noon = {.from = 12 * 60, .until = 13 * 60}; /* now: 5:13 */

    pair_has(pair, 0, FAKE_UP, 5);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 5);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    sync_session_set_pace(pair->hosts[0].session, &noon);
    pair_connect(pair, 0);
    pair_wait(pair, 6 * 3600000);
    assert_int_equal(sync_session_state(pair->hosts[0].session), SYNC_REBASING);
    assert_true(sync_session_waits_for_hours(pair->hosts[0].session));
    pair_expect_no_line(pair, "pull up");
    pair_forget(pair);
    pair_wait(pair, 3600000);
    assert_int_equal(count_of(pair, "pull up"), 1);
    assert_false(sync_session_waits_for_hours(pair->hosts[0].session));
    assert_true(pair_converged(pair, 0));
}

static void a_pull_does_not_outlast_the_hours(void **state)
{
    struct pair *pair = *state;
    struct pace_rule noon = {.from = 12 * 60, .until = 13 * 60}; /* now: 5:13 */
    struct pace_rule none = {0};

    pair_has(pair, 0, FAKE_UP, 5);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 5);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect_line(pair, "node > pull up 1");
    pair_forget(pair);
    sync_session_set_pace(pair->hosts[0].session, &noon); /* by express */
    pair_wait(pair, 3600000);
    pair_expect_no_line(pair, "pull");
    sync_session_set_pace(pair->hosts[0].session, &none);
    pair->hold_bulk = false;
    pair_wait(pair, 1000);
    pair_expect_line(pair, "hub > up 2..5"); /* it was asked for */
    assert_true(pair_converged(pair, 0));
}

static void one_rewind_is_one_alarm(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 5);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 5);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    pair->hosts[0].store.acked = 5;
    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_wait(pair, 3600000);
    assert_true(count_of(pair, "pull up 1") > 10);
    assert_int_equal(count_of(pair, "hub * alarm node rewound"), 1);
    pair->hold_bulk = false;
    pair_wait(pair, 100000);
    assert_true(pair_converged(pair, 0));
    pair_forget(pair);
    pair_cut(pair, 0);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_int_equal(count_of(pair, "hub * alarm node rewound"), 1);
    assert_true(pair_converged(pair, 0));
}

/* A line that comes and goes on the way tells nobody anything new. */
static void the_machine_tells_of_one_rewind_once_as_well(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 5);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 5);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    pair->hosts[0].store.acked = 5;
    pair->hold_bulk = true;
    for (int i = 0; i < 3; i++) {
        pair_connect(pair, 0);
        pair_wait(pair, 100000);
        pair_cut(pair, 0);
    }
    assert_int_equal(count_of(pair, "node * alarm node rewound"), 1);
    pair->hold_bulk = false;
    pair_connect(pair, 0);
    pair_wait(pair, 100000);
    assert_true(pair_converged(pair, 0));
    assert_int_equal(count_of(pair, "node * alarm node rewound"), 1);
    pair_cut(pair, 0);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    pair_connect(pair, 0);
    pair_wait(pair, 100000);
    assert_int_equal(count_of(pair, "node * alarm node rewound"), 2);
}

/* .. but what was told in a turn that the disk refused was told to nobody. */
static void a_rewind_told_in_a_turn_that_failed_is_told_again(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 5);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 5);
    pair_copy(pair, 0, 0, FAKE_UP, 2);
    pair->hosts[0].store.acked = 5;
    pair_connect(pair, 0);
    assert_true(pair_deliver_one(pair, LANE_EXPRESS, true, 0));
    pair->hosts[0].fail_turn = true;
    assert_true(pair_deliver_one(pair, LANE_EXPRESS, false, 0));
    assert_int_equal(count_of(pair, "node * alarm node rewound"), 1);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_wait(pair, 100000);
    assert_int_equal(count_of(pair, "node * alarm node rewound"), 1);
    assert_true(pair_converged(pair, 0));
}

/* ---- the rate */

/* One object of the node's is asked for; its question is the pair's. */
static void ask_for_one(struct pair *pair)
{
    struct sync_message want = {.type = MSG_VAULT_WANT};
    struct early_ref ref =
        fake_ref(&pair->hosts[0].store.streams[FAKE_UP].changes[1]);

    want.vault_want.count = 1;
    want.vault_want.refs = &ref;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &want, 100), 0);
}

static void line_with_objects(struct pair *pair, uint64_t rate)
{
    struct pace_rule rule = {.rate = rate};

    pair->vault = true;
    for (unsigned i = 0; i <= PAIR_HUB; i++)
        pair_restart(pair, i);
    pair_has(pair, 0, FAKE_UP, 2);
    pair_connect(pair, 0);
    pair_wait(pair, 10000);
    sync_session_set_pace(pair->hosts[0].session, &rule);
    pair_forget(pair);
}

static void single_objects_keep_the_rate(void **state)
{
    struct pair *pair = *state;
    struct pace *pace;

    line_with_objects(pair, 1000);
    pace = &pair->hosts[0].session->pace;
    ask_for_one(pair);
    assert_int_equal(count_of(pair, "node > vault 0..0 #2"), 1);
    pace->allowance = -5000; /* it was a large one */
    ask_for_one(pair);
    ask_for_one(pair);
    assert_int_equal(count_of(pair, "node > vault 0..0"), 1);
    pair_wait(pair, 4900);
    assert_int_equal(count_of(pair, "node > vault 0..0"), 1);
    pair_wait(pair, 200); /* nobody asks again, and it comes */
    assert_int_equal(count_of(pair, "node > vault 0..0 #2"), 2);
    pair_wait(pair, 10000);
    assert_int_equal(count_of(pair, "node > vault 0..0"), 2);
}

static void single_objects_are_paid_for(void **state)
{
    struct pair *pair = *state;
    struct pace *pace;
    int64_t before;

    line_with_objects(pair, 1000);
    pace = &pair->hosts[0].session->pace;
    before = pace->allowance;
    ask_for_one(pair);
    assert_true(pace->allowance < before);
    assert_int_equal(pace_under_way(pace), 0); /* nobody acknowledges them */
}

static void questions_without_end_leave_room_for_words(void **state)
{
    struct pair *pair = *state;

    line_with_objects(pair, 1000);
    pair_write(pair, 0, FAKE_UP, 3, false);
    for (int i = 0; i < 1500; i++) { /* five times what the rate allows */
        ask_for_one(pair);
        pair_wait(pair, 20);
    }
    assert_true(pair_converged(pair, 0));
    assert_in_range(count_of(pair, "node > vault 0..0 #2"), 100, 325);
}

static void a_question_is_forgotten_with_its_line(void **state)
{
    struct pair *pair = *state;

    line_with_objects(pair, 1000);
    ask_for_one(pair);
    pair->hosts[0].session->pace.allowance = -5000;
    ask_for_one(pair);
    pair_cut_bulk(pair, 0);
    pair_wait(pair, 30000);
    assert_int_equal(count_of(pair, "node > vault 0..0"), 1);
    ask_for_one(pair);
    pair_settle(pair);
    ask_for_one(pair);
    assert_int_equal(count_of(pair, "node > vault 0..0 #2"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pull_waits_for_the_hours_of_bulk),
        TEST(a_pull_does_not_outlast_the_hours),
        TEST(one_rewind_is_one_alarm),
        TEST(the_machine_tells_of_one_rewind_once_as_well),
        TEST(a_rewind_told_in_a_turn_that_failed_is_told_again),
        TEST(single_objects_keep_the_rate),
        TEST(single_objects_are_paid_for),
        TEST(questions_without_end_leave_room_for_words),
        TEST(a_question_is_forgotten_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
