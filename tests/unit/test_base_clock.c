/* tests/unit/test_base_clock.c - times as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"

static int64_t parse(const char *text)
{
    int64_t ms = -1;

    return clock_parse(&ms, text) ? ms : -1;
}

static void one_moment_reads_the_same_in_every_offset(void **state)
{
    const int64_t ms = 1795439701000; /* 2026-11-23T13:15:01Z */

    (void)state;
    assert_int_equal(parse("2026-11-23T13:15:01Z"), ms);
    assert_int_equal(parse("2026-11-23t13:15:01z"), ms);
    assert_int_equal(parse("2026-11-23T20:15:01+07:00"), ms);
    assert_int_equal(parse("2026-11-24T13:14:01+23:59"), ms);
    assert_int_equal(parse("2026-11-23T03:15:01-10:00"), ms);
    assert_int_equal(parse("2026-11-23T13:15:01-00:00"), ms);
    assert_int_equal(parse("2026-11-23T13:15:01.5Z"), ms + 500);
    assert_int_equal(parse("2026-11-23T13:15:01.0459999Z"), ms + 45);
}

static void a_time_is_written_in_vietnam_and_reads_back(void **state)
{
    static const int64_t times[] = {0,
                                    1795439701000,
                                    1709221871000 /* 29 February */,
                                    951782400000,
                                    4107517200000,
                                    253402275599000};
    char text[CLOCK_TEXT_BYTES];

    (void)state;
    assert_string_equal(clock_text(text, 1795439701999),
                        "2026-11-23T20:15:01+07:00");
    assert_string_equal(clock_text(text, 0), "1970-01-01T07:00:00+07:00");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_int_equal(parse(clock_text(text, times[i])), times[i]);
}

static void a_time_out_of_bounds_is_written_as_the_nearest_one(void **state)
{
    char text[CLOCK_TEXT_BYTES];

    (void)state;
    assert_string_equal(clock_text(text, INT64_MIN),
                        "1970-01-01T00:00:00+07:00");
    assert_string_equal(clock_text(text, INT64_MAX),
                        "9999-12-31T23:59:59+07:00");
    assert_int_equal(clock_day(INT64_MIN), 0);
    assert_int_equal(clock_day(INT64_MAX), 2932896);
    assert_int_equal(clock_hour(INT64_MAX), 23);
}

static void the_ends_of_the_calendar_are_where_they_should_be(void **state)
{
    (void)state;
    assert_int_equal(parse("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parse("1970-01-01T07:00:00+07:00"), 0);
    assert_int_equal(parse("1970-01-01T06:59:59.999+07:00"), -1);
    assert_int_equal(parse("1969-12-31T23:59:59Z"), -1);
    assert_int_equal(parse("9999-12-31T23:59:59.999Z"), 253402300799999);
    assert_int_equal(parse("9999-12-31T23:59:59-00:01"), -1);
    assert_int_equal(parse("2016-12-31T23:59:60Z"), 1483228800000);
    assert_int_equal(parse("2024-02-29T00:00:00Z"), 1709164800000);
    assert_int_equal(parse("2000-02-29T00:00:00Z"), 951782400000);
}

static void a_malformed_time_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T20:15:01",
        "2026-11-23T20:15Z",
        "2026-11-23 20:15:01Z",
        "2026-11-23T20:15:01+0700",
        "2026-11-23T20:15:01+07",
        "2026-11-23T20:15:01+24:00",
        "2026-11-23T20:15:01+07:60",
        "2026-11-23T20:15:01.Z",
        "2026-11-23T20:15:01,5Z",
        "2026-11-23T20:15:01Z ",
        " 2026-11-23T20:15:01Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T20:60:00Z",
        "2026-11-23T20:15:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-04-00T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-1-23T20:15:01Z",
        "-026-11-23T20:15:01Z",
        "2026/11/23T20:15:01Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i]) != -1)
            fail_msg("accepted: %s", bad[i]);
}

static void the_day_turns_at_midnight_in_vietnam(void **state)
{
    const int64_t midnight = parse("2026-11-23T17:00:00Z");
    char text[CLOCK_TEXT_BYTES];

    (void)state;
    assert_string_equal(clock_day_text(text, clock_day(midnight)),
                        "2026-11-24");
    assert_int_equal(clock_hour(midnight), 0);
    assert_string_equal(clock_day_text(text, clock_day(midnight - 1)),
                        "2026-11-23");
    assert_int_equal(clock_hour(midnight - 1), 23);
    assert_int_equal(clock_hour(0), 7);
}

static void every_day_of_four_centuries_reads_back(void **state)
{
    char text[CLOCK_TEXT_BYTES], before[CLOCK_TEXT_BYTES] = "";

    (void)state;
    for (int32_t day = 0; day < 146097 + 366; day++) {
        int32_t back = -1;

        clock_day_text(text, day);
        assert_true(strcmp(before, text) < 0);
        assert_true(clock_day_parse(&back, text));
        assert_int_equal(back, day);
        memcpy(before, text, sizeof before);
    }
    assert_string_equal(clock_day_text(text, 2932896), "9999-12-31");
    assert_string_equal(clock_day_text(text, INT32_MAX), "9999-12-31");
    assert_string_equal(clock_day_text(text, -1), "1970-01-01");
}

static void a_malformed_day_is_refused(void **state)
{
    static const char *const bad[] = {
        "",           "2026-11-2",  "2026-11-231", "23/11/2026",
        "2026-11-31", "1969-12-31", "2026-11-23T", "20261123"};
    int32_t day = 5;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(clock_day_parse(&day, bad[i]));
    assert_int_equal(day, 5);
}

static void durations_have_one_number_and_one_unit(void **state)
{
    static const char *const bad[] = {
        "",     "s",    "15",    "-1s",    "+1s",
        "1.5h", "1h30", "1h30m", "1 h",    "1ms",
        "1w",   "1S",   "3653d", "87649h", "99999999999999999999s",
        " 1s"};
    int64_t ms = 0;

    (void)state;
    assert_true(clock_duration_parse(&ms, "90s"));
    assert_int_equal(ms, 90000);
    assert_true(clock_duration_parse(&ms, "15m"));
    assert_int_equal(ms, 900000);
    assert_true(clock_duration_parse(&ms, "48h"));
    assert_int_equal(ms, 172800000);
    assert_true(clock_duration_parse(&ms, "7d"));
    assert_int_equal(ms, 604800000);
    assert_true(clock_duration_parse(&ms, "0s"));
    assert_int_equal(ms, 0);
    assert_true(clock_duration_parse(&ms, "3652d"));
    assert_int_equal(ms, 315532800000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (clock_duration_parse(&ms, bad[i]))
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(ms, 315532800000);
}

static void the_clocks_run_forward(void **state)
{
    int64_t us = clock_mono_us(), ms = clock_mono_ms();

    (void)state;
    assert_true(us / 1000 <= ms);
    assert_true(clock_mono_us() >= us);
    assert_true(ms - us / 1000 < 60000);
    assert_true(clock_wall_ms() > 1600000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_moment_reads_the_same_in_every_offset),
        cmocka_unit_test(a_time_is_written_in_vietnam_and_reads_back),
        cmocka_unit_test(a_time_out_of_bounds_is_written_as_the_nearest_one),
        cmocka_unit_test(the_ends_of_the_calendar_are_where_they_should_be),
        cmocka_unit_test(a_malformed_time_is_refused),
        cmocka_unit_test(the_day_turns_at_midnight_in_vietnam),
        cmocka_unit_test(every_day_of_four_centuries_reads_back),
        cmocka_unit_test(a_malformed_day_is_refused),
        cmocka_unit_test(durations_have_one_number_and_one_unit),
        cmocka_unit_test(the_clocks_run_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
