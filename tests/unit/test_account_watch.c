/* tests/unit/test_account_watch.c - who is told of what, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/account/watch.h"

enum { BORN = 1000000 };

static int set_up(void **state)
{
    *state = watch_new(BORN);
    return 0;
}

static int tear_down(void **state)
{
    struct watch *watch = *state;

    watch_free(&watch);
    assert_null(watch);
    return 0;
}

static struct watch_answer told(struct watch *w, int64_t now_ms)
{
    struct watch_answer answer;

    assert_true(watch_next(w, now_ms, &answer));
    return answer;
}

static void nobody_is_told(struct watch *w, int64_t now_ms)
{
    struct watch_answer answer;

    assert_false(watch_next(w, now_ms, &answer));
}

static void a_change_is_told_at_once(void **state)
{
    struct watch *w = *state;
    struct watch_answer answer;

    watch_add(w, 7, BORN, 100);
    nobody_is_told(w, 100);
    watch_changed(w, TOPIC_REPORTS | TOPIC_LINK);
    assert_true(watch_deadline(w) <= 100);
    answer = told(w, 100);
    assert_int_equal(answer.client, 7);
    assert_int_equal(answer.revision, BORN + 1);
    assert_int_equal(answer.topics, TOPIC_REPORTS | TOPIC_LINK);
    nobody_is_told(w, 100);
    assert_true(watch_deadline(w) == INT64_MAX);
}

static void what_happened_between_two_watches_is_not_lost(void **state)
{
    struct watch *w = *state;

    watch_changed(w, TOPIC_ALERTS);
    watch_changed(w, TOPIC_ALARMS);
    watch_add(w, 1, BORN, 0);
    assert_int_equal(told(w, 0).topics, TOPIC_ALERTS | TOPIC_ALARMS);
    watch_add(w, 1, BORN + 1, 300);
    assert_int_equal(told(w, 300).topics, TOPIC_ALARMS);
}

static void who_knows_nothing_or_another_process_is_told_all(void **state)
{
    struct watch *w = *state;
    static const int64_t since[] = {0, -5, BORN - 1, BORN + 999};

    for (size_t i = 0; i < sizeof since / sizeof *since; i++) {
        watch_add(w, 1, since[i], 1000 * (int64_t)i);
        assert_int_equal(told(w, 1000 * (int64_t)i).topics, TOPIC_ALL);
    }
}

static void nothing_new_is_told_after_a_while(void **state)
{
    struct watch *w = *state;

    watch_add(w, 1, BORN, 100);
    assert_int_equal(watch_deadline(w), 100 + WATCH_MS);
    nobody_is_told(w, 99 + WATCH_MS);
    assert_int_equal(told(w, 100 + WATCH_MS).topics, 0);
}

static void a_busy_line_wakes_pages_a_few_times_a_second(void **state)
{
    struct watch *w = *state;
    struct watch_answer answer = {.revision = BORN};
    int rounds = 0;

    for (int64_t now = 0; now < 10000; now += 5) {
        watch_changed(w, TOPIC_REPORTS);
        watch_add(w, 1, answer.revision, now);
        watch_add(w, 2, answer.revision, now);
        if (!watch_next(w, now, &answer))
            continue;
        rounds++;
        answer = told(w, now); /* the other one in the same round */
    }
    assert_in_range(rounds, 10000 / WATCH_PAUSE_MS - 2,
                    10000 / WATCH_PAUSE_MS + 1);
}

static void a_client_waits_once_and_all_of_them_are_bounded(void **state)
{
    struct watch *w = *state;
    struct watch_answer answer;
    int count = 0;

    for (int i = 0; i < 3 * WATCH_MOST; i++)
        watch_add(w, i, BORN, i);
    for (int i = 0; i < 3; i++)
        watch_add(w, 3 * WATCH_MOST - 1, BORN, 5000);
    watch_changed(w, TOPIC_NODES);
    while (watch_next(w, 6000, &answer))
        count++;
    assert_int_equal(count, WATCH_MOST);
}

static void a_commit_without_a_topic_is_no_change(void **state)
{
    struct watch *w = *state;

    watch_add(w, 1, BORN, 0);
    watch_changed(w, 0);
    watch_changed(w, 1U << 20);
    nobody_is_told(w, 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_told_at_once),
        TEST(what_happened_between_two_watches_is_not_lost),
        TEST(who_knows_nothing_or_another_process_is_told_all),
        TEST(nothing_new_is_told_after_a_while),
        TEST(a_busy_line_wakes_pages_a_few_times_a_second),
        TEST(a_client_waits_once_and_all_of_them_are_bounded),
        TEST(a_commit_without_a_topic_is_no_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
