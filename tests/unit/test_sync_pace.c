/* common/sync/pace.h: a line of a known speed and length is played to it; what
 * stands in its queue is what an urgent report would wait for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/sync/pace.h"

enum { MOST = 4096 /* frames under way */ };

/* Frames pass one after the other, then need half a round trip each way. */
struct line {
    struct pace pace;
    uint64_t speed; /* bytes a second */
    int64_t trip_ms;
    int64_t now_ms, wall_ms, free_us; /* when the line has nothing to do */
    struct {
        struct pace_ticket ticket;
        int64_t answer_ms;
    } frames[MOST];
    size_t first, count;
    int64_t queue_ms, queue_most_ms;
    uint64_t sent;
};

/* An evening in Vietnam: 20:00 at the 1st of January 1970. */
enum { EVENING_MS = 13 * 3600 * 1000 };

static void line_make(struct line *line, uint64_t speed, int64_t trip_ms)
{
    memset(line, 0, sizeof *line);
    line->speed = speed;
    line->trip_ms = trip_ms;
    line->now_ms = 1000;
    line->wall_ms = EVENING_MS;
}

static struct pace_now now_of(const struct line *line)
{
    return (struct pace_now){line->now_ms, line->wall_ms};
}

static void line_put(struct line *line, struct pace_ticket ticket)
{
    uint64_t bytes = ticket.bytes;
    int64_t now_us = line->now_ms * 1000;
    size_t place = (line->first + line->count) % MOST;

    assert_in_range(line->count, 0, MOST - 1);
    if (line->free_us < now_us)
        line->free_us = now_us;
    line->free_us += (int64_t)(bytes * 1000000 / line->speed);
    line->frames[place].ticket = ticket;
    line->frames[place].answer_ms = line->free_us / 1000 + line->trip_ms;
    line->count++;
}

static void line_send(struct line *line, uint64_t bytes)
{
    line_put(line, pace_send(&line->pace, bytes, line->now_ms));
    line->sent += bytes;
}

static void line_answer(struct line *line)
{
    while (line->count > 0 &&
           line->frames[line->first].answer_ms <= line->now_ms) {
        pace_land(&line->pace, &line->frames[line->first].ticket, line->now_ms);
        line->first = (line->first + 1) % MOST;
        line->count--;
    }
}

/* More waits than the line can carry; `credit` bounds what is under way. */
static void line_run(struct line *line, int64_t ms, uint64_t credit)
{
    int64_t end = line->now_ms + ms;

    line->queue_most_ms = 0;
    for (; line->now_ms < end; line->now_ms++, line->wall_ms++) {
        struct pace_now now = now_of(line);
        uint64_t room;

        line_answer(line);
        while (pace_under_way(&line->pace) < credit &&
               (room = pace_room(&line->pace, &now)) > 0)
            line_send(line, room);
        line->queue_ms = line->free_us / 1000 - line->now_ms;
        if (line->queue_ms > line->queue_most_ms)
            line->queue_most_ms = line->queue_ms;
    }
}

static void a_slow_line_is_full_and_its_queue_short(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 6250, 800);
    pace_trip(&line.pace, 800, line.now_ms); /* the greeting */
    line_run(&line, 20000, 512 * 1024);
    line.sent = 0;
    line_run(&line, 300000, 512 * 1024);
    assert_in_range(line.queue_most_ms, 0, 1300);
    /* within 5 % of what it can carry */
    assert_in_range(line.sent, 6250 * 300 * 95 / 100, 6250 * 301);
    assert_in_range(pace_frame(&line.pace, UINT64_MAX), 2048, 3125);
}

static void nothing_but_one_frame_leaves_before_the_line_is_known(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 6250, 800);
    line_run(&line, 3000, 512 * 1024);
    assert_int_equal(line.count, 1);
    assert_int_equal(line.sent, 16 * 1024);
    line_run(&line, 2000, 512 * 1024);
    assert_true(line.sent > 16 * 1024);
}

static void without_a_greeting_the_round_trip_is_found_out(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 6250, 800);
    line_run(&line, 130000, 512 * 1024);
    line_run(&line, 300000, 512 * 1024);
    assert_in_range(line.queue_most_ms, 0, 1500);
}

static void a_fast_line_is_left_to_credit(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 12500000, 1);
    pace_trip(&line.pace, 1, line.now_ms);
    line_run(&line, 2000, 512 * 1024);
    assert_true(line.sent > 12500000ULL * 2 * 85 / 100);
    assert_true(pace_frame(&line.pace, UINT64_MAX) > 128 * 1024);
    assert_int_equal(pace_frame(&line.pace, 1000), 1000);
}

static void a_line_of_the_district_fills_within_a_few_round_trips(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 64000, 300);
    pace_trip(&line.pace, 300, line.now_ms);
    line_run(&line, 6000, 512 * 1024);
    line_answer(&line);
    /* what was answered after six seconds: all but a second or so */
    assert_true(line.pace.flow[LANE_BULK].delivered > 64000 * 48 / 10);
}

static void a_line_that_becomes_slow_is_believed(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 1250000, 50);
    line_run(&line, 30000, 512 * 1024);
    line.speed = 6250;
    line_run(&line, 200000, 512 * 1024);
    line_run(&line, 60000, 512 * 1024);
    assert_in_range(line.queue_most_ms, 0, 1500);
    line.speed = 64000; /* and fast again */
    line_run(&line, 20000, 512 * 1024);
    line.sent = 0;
    line_run(&line, 10000, 512 * 1024);
    assert_true(line.sent > 64000 * 9);
}

static void a_trickle_says_nothing_against_the_line(void **state)
{
    struct line line;
    uint64_t frame;

    (void)state;
    line_make(&line, 64000, 300);
    line_run(&line, 20000, 512 * 1024);
    line_run(&line, 2000, 0);
    frame = pace_frame(&line.pace, UINT64_MAX);
    for (int i = 0; i < 100; i++) {
        line_send(&line, 400);
        line_run(&line, 1000, 0);
    }
    assert_int_equal(pace_frame(&line.pace, UINT64_MAX), frame);
}

/* Copies are under way all the time, so the line is never empty: not when a
 * round trip is looked at anew, and not when it is so slow that a frame is most
 * of what it moves. */
static void copies_that_follow_each_other_stop_no_stream(void **state)
{
    const uint64_t speeds[] = {64000, 1000};
    struct line line;

    (void)state;
    for (int i = 0; i < 2; i++) {
        line_make(&line, speeds[i], 600);
        line_run(&line, 20000, 512 * 1024);
        for (int minute = 0; minute < 3; minute++) {
            line.sent = 0;
            for (int k = 0; k < 200; k++) {
                line_put(&line, pace_send_urgent(&line.pace, 100, line.now_ms));
                line_run(&line, 300, 512 * 1024);
            }
            assert_true(line.sent > speeds[i] * 60 / 4);
        }
    }
}

/* Copies pass the line and stand behind one that was lost: they are answered
 * for all at once, while the stream went on. The line is no faster for that. */
static void what_a_loss_held_up_is_no_speed(void **state)
{
    struct pace_ticket held[12];
    struct line line;

    (void)state;
    line_make(&line, 6250, 800);
    pace_trip(&line.pace, 800, line.now_ms);
    line_run(&line, 60000, 512 * 1024);
    for (size_t i = 0; i < 12; i++) {
        held[i] = pace_send_urgent(&line.pace, 400, line.now_ms);
        line.free_us += 400 * 1000000 / 6250;
        line_run(&line, 250, 512 * 1024);
    }
    for (size_t i = 0; i < 12; i++)
        pace_land(&line.pace, &held[i], line.now_ms);
    line_run(&line, 3000, 512 * 1024);
    assert_in_range(pace_frame(&line.pace, UINT64_MAX), 2048, 3125 * 110 / 100);
}

/* Two lanes share the line for a minute: its speed is what both move. */
static void the_speed_of_a_shared_line_is_that_of_both(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 64000, 300);
    pace_trip(&line.pace, 300, line.now_ms);
    line_run(&line, 10000, 512 * 1024);
    line.pace.urgent_waits = true;
    for (int64_t end = line.now_ms + 60000; line.now_ms < end;) {
        if (pace_urgent_room(&line.pace) > 0)
            line_put(&line, pace_send_urgent(&line.pace, 500, line.now_ms));
        line_run(&line, 1, 512 * 1024);
    }
    assert_in_range(pace_frame(&line.pace, UINT64_MAX), 32000 * 9 / 10,
                    32000 * 12 / 10);
}

/* A tenth of a second of copies beside two seconds of a stream: they count for
 * what they were, not as if they had gone on before and after. */
static void what_one_lane_moved_counts_for_its_time_only(void **state)
{
    struct pace pace = {0};
    struct pace_ticket bulk, copy;

    (void)state;
    pace_trip(&pace, 100, 1000);
    bulk = pace_send(&pace, 10000, 1000);
    copy = pace_send_urgent(&pace, 1000, 2000);
    pace_land(&pace, &copy, 2100);
    pace_land(&pace, &bulk, 3000);
    /* half a second of 11,000 bytes in 1.9 seconds */
    assert_in_range(pace_frame(&pace, UINT64_MAX), 2850, 2950);
}

static void the_rate_of_the_settings_is_kept(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 1250000, 50);
    line.pace.rule.rate = 32000;
    line_run(&line, 10000, 512 * 1024);
    line.sent = 0;
    line_run(&line, 60000, 512 * 1024);
    assert_in_range(line.sent, 32000 * 58, 32000 * 61);
    assert_int_equal(pace_frame(&line.pace, UINT64_MAX), 16000);
    /* what was saved up is half a second, no more */
    line_run(&line, 600000, 0);
    line.sent = 0;
    line_run(&line, 1000, 512 * 1024);
    assert_in_range(line.sent, 32000, 32000 * 2 + 16000);
}

static void what_was_overdrawn_is_paid(void **state)
{
    struct line line;
    struct pace_now now;

    (void)state;
    line_make(&line, 1250000, 50);
    line.pace.rule.rate = 1000;
    line.pace.allowance_ms = line.now_ms;
    line_run(&line, 10000, 0);
    line_send(&line, 100000); /* one large change: a hundred seconds of it */
    line_run(&line, 90000, 512 * 1024);
    assert_int_equal(line.sent, 100000);
    now = now_of(&line);
    assert_int_equal(pace_room(&line.pace, &now), 0);
    assert_in_range(pace_when(&line.pace, &now), now.mono_ms + 7000,
                    now.mono_ms + 11000);
    pace_set_rule(&line.pace, &line.pace.rule, line.now_ms); /* said again */
    assert_int_equal(pace_room(&line.pace, &now), 0);
    line_run(&line, 12000, 512 * 1024);
    assert_true(line.sent > 100000);
}

/* Ten seconds of the old rate are ten of the new one, not a morning. */
static void a_lower_rate_makes_no_debt_longer(void **state)
{
    const struct pace_rule slow = {.rate = 1000}, fast = {.rate = 100000};
    struct line line;
    struct pace_now now;

    (void)state;
    line_make(&line, 1250000, 50);
    line.pace.rule.rate = 20000;
    line.pace.allowance_ms = line.now_ms;
    line_run(&line, 5000, 0);
    line_send(&line, 210000); /* ten seconds of it, and what was saved up */
    line_run(&line, 500, 0);  /* answered */
    pace_set_rule(&line.pace, &slow, line.now_ms);
    now = now_of(&line);
    assert_int_equal(pace_room(&line.pace, &now), 0);
    assert_in_range(pace_when(&line.pace, &now), now.mono_ms + 9000,
                    now.mono_ms + 10500);
    pace_set_rule(&line.pace, &fast, line.now_ms); /* and here it is shorter */
    assert_in_range(pace_when(&line.pace, &now), now.mono_ms,
                    now.mono_ms + 150);
}

static void a_rule_that_is_said_again_fills_no_bucket(void **state)
{
    struct line line;

    (void)state;
    line_make(&line, 1250000, 50);
    line.pace.rule.rate = 32000;
    line_run(&line, 10000, 512 * 1024);
    line.sent = 0;
    for (int i = 0; i < 600; i++) {
        pace_set_rule(&line.pace, &line.pace.rule, line.now_ms);
        line_run(&line, 100, 512 * 1024);
    }
    assert_in_range(line.sent, 32000 * 58, 32000 * 61);
}

static void when_there_is_room_again_is_known(void **state)
{
    struct line line;
    struct pace_now now;

    (void)state;
    line_make(&line, 1250000, 1);
    line.pace.rule.rate = 10000;
    line_run(&line, 5000, 512 * 1024);
    line_run(&line, 100, 0); /* answered */
    for (int i = 0; i < 20; i++) {
        now = now_of(&line);
        assert_true(pace_when(&line.pace, &now) >= now.mono_ms);
        line.now_ms = pace_when(&line.pace, &now);
        now = now_of(&line);
        assert_true(pace_room(&line.pace, &now) > 0);
        line_send(&line, pace_room(&line.pace, &now));
        line.now_ms += 20;
        line_answer(&line);
    }
}

static void a_full_line_waits_for_answers_only(void **state)
{
    struct line line;
    struct pace_now now;

    (void)state;
    line_make(&line, 6250, 800);
    line_send(&line, 16384);
    now = now_of(&line);
    assert_int_equal(pace_room(&line.pace, &now), 0);
    assert_true(pace_when(&line.pace, &now) == INT64_MAX);
    pace_forget(&line.pace, &line.frames[0].ticket);
    assert_true(pace_room(&line.pace, &now) > 0);
    assert_true(pace_when(&line.pace, &now) == now.mono_ms);
}

static int64_t wall(int hour, int minute)
{
    return ((hour + 17) % 24 * 60 + minute) * 60000; /* UTC+7 */
}

static void the_hours_go_over_midnight(void **state)
{
    struct pace_rule night = {.from = 19 * 60, .until = 6 * 60};
    struct pace_rule noon = {.from = 12 * 60, .until = 13 * 60 + 30};
    struct pace_rule none = {.rate = 1};

    (void)state;
    assert_true(pace_rule_open(&night, wall(19, 0)));
    assert_true(pace_rule_open(&night, wall(0, 0)));
    assert_true(pace_rule_open(&night, wall(5, 59)));
    assert_false(pace_rule_open(&night, wall(6, 0)));
    assert_false(pace_rule_open(&night, wall(18, 59)));
    assert_int_equal(pace_rule_opens_ms(&night, wall(18, 59) + 1), 59999);
    assert_int_equal(pace_rule_opens_ms(&night, wall(6, 0)), 13 * 3600000);
    assert_int_equal(pace_rule_opens_ms(&night, wall(23, 0)), 0);
    assert_true(pace_rule_open(&noon, wall(13, 29)));
    assert_false(pace_rule_open(&noon, wall(13, 30)));
    assert_int_equal(pace_rule_opens_ms(&noon, wall(13, 30)),
                     (22 * 60 + 30) * 60000);
    assert_true(pace_rule_open(&none, wall(3, 0)));
}

static void nothing_leaves_outside_the_hours(void **state)
{
    struct line line;
    struct pace_now now;

    (void)state;
    line_make(&line, 64000, 10);
    line.pace.rule = (struct pace_rule){.from = 22 * 60, .until = 5 * 60};
    line_run(&line, 5000, 512 * 1024);
    assert_int_equal(line.sent, 0);
    now = now_of(&line);
    assert_int_equal(pace_when(&line.pace, &now),
                     now.mono_ms + 2 * 3600000 - 5000);
    line.now_ms += 2 * 3600000 - 5000;
    line.wall_ms += 2 * 3600000 - 5000;
    line_run(&line, 5000, 512 * 1024);
    assert_true(line.sent > 0);
}

static void a_line_in_doubt_gets_less(void **state)
{
    struct line line;
    uint64_t frame;

    (void)state;
    line_make(&line, 64000, 300);
    line_run(&line, 20000, 512 * 1024);
    frame = pace_frame(&line.pace, UINT64_MAX);
    pace_doubt(&line.pace);
    assert_int_equal(pace_frame(&line.pace, UINT64_MAX), frame / 4);
    pace_open(&line.pace);
    assert_int_equal(pace_under_way(&line.pace), 0);
    assert_int_equal(pace_frame(&line.pace, UINT64_MAX), frame / 4);
}

static void a_line_that_was_dead_is_tried_again_soon(void **state)
{
    struct line line;
    struct pace_ticket lost;
    struct pace_now now;

    (void)state;
    line_make(&line, 64000, 300);
    line_run(&line, 20000, 512 * 1024);
    pace_open(&line.pace);
    for (int i = 0; i < 10; i++)
        pace_doubt(&line.pace);
    lost = pace_send(&line.pace, 96 * 1024, line.now_ms);
    pace_forget(&line.pace, &lost);
    now = now_of(&line);
    assert_in_range(pace_when(&line.pace, &now), now.mono_ms,
                    now.mono_ms + 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_line_is_full_and_its_queue_short),
        cmocka_unit_test(nothing_but_one_frame_leaves_before_the_line_is_known),
        cmocka_unit_test(without_a_greeting_the_round_trip_is_found_out),
        cmocka_unit_test(a_fast_line_is_left_to_credit),
        cmocka_unit_test(a_line_of_the_district_fills_within_a_few_round_trips),
        cmocka_unit_test(a_line_that_becomes_slow_is_believed),
        cmocka_unit_test(a_trickle_says_nothing_against_the_line),
        cmocka_unit_test(copies_that_follow_each_other_stop_no_stream),
        cmocka_unit_test(what_a_loss_held_up_is_no_speed),
        cmocka_unit_test(the_speed_of_a_shared_line_is_that_of_both),
        cmocka_unit_test(what_one_lane_moved_counts_for_its_time_only),
        cmocka_unit_test(the_rate_of_the_settings_is_kept),
        cmocka_unit_test(what_was_overdrawn_is_paid),
        cmocka_unit_test(a_lower_rate_makes_no_debt_longer),
        cmocka_unit_test(a_rule_that_is_said_again_fills_no_bucket),
        cmocka_unit_test(when_there_is_room_again_is_known),
        cmocka_unit_test(a_full_line_waits_for_answers_only),
        cmocka_unit_test(the_hours_go_over_midnight),
        cmocka_unit_test(nothing_leaves_outside_the_hours),
        cmocka_unit_test(a_line_in_doubt_gets_less),
        cmocka_unit_test(a_line_that_was_dead_is_tried_again_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
