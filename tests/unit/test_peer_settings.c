/* common/peer/settings.h: how people write the settings of a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/peer/settings.h"
#include "common/wire/settings.h"

static void what_is_written_is_read_back(void **state)
{
    static const char *const rates[] = {"256k", "8k", "9604", "1500k"};
    static const char *const hours[] = {"19:00-06:00", "00:30-23:59"};
    struct pace_rule rule = {0};
    char text[SETTINGS_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        assert_true(settings_parse_rate(&rule, rates[i]));
        if (i != 2) /* whole bytes */
            assert_string_equal(settings_rate_text(text, &rule), rates[i]);
    }
    assert_true(settings_parse_rate(&rule, "1.5M"));
    assert_int_equal(rule.rate, 187500);
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
        assert_true(settings_parse_hours(&rule, hours[i]));
        assert_string_equal(settings_hours_text(text, &rule), hours[i]);
    }
    assert_int_equal(rule.rate, 187500);
}

static void off_takes_one_bound_away(void **state)
{
    struct pace_rule rule = {0};
    char text[SETTINGS_TEXT_BYTES];

    (void)state;
    assert_true(settings_parse_rate(&rule, "256k"));
    assert_true(settings_parse_hours(&rule, "19:00-06:00"));
    assert_true(settings_parse_rate(&rule, "off"));
    assert_null(settings_rate_text(text, &rule));
    assert_string_equal(settings_hours_text(text, &rule), "19:00-06:00");
    assert_true(settings_parse_hours(&rule, "off"));
    assert_null(settings_hours_text(text, &rule));
}

static void what_makes_no_sense_changes_nothing(void **state)
{
    static const char *const rates[] = {"",     "k",   "-1k", "256kk", "256 k",
                                        "1e9M", "nan", "1",   "7999",  "256x"};
    static const char *const hours[] = {"",
                                        "19:00",
                                        "19:00-19:00",
                                        "24:00-06:00",
                                        "19:60-06:00",
                                        "19.00-06.00",
                                        "9:00-06:00",
                                        "19:00-06:00 "};
    struct pace_rule rule = {.rate = 5000, .from = 60, .until = 90};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        assert_false(settings_parse_rate(&rule, rates[i]));
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++)
        assert_false(settings_parse_hours(&rule, hours[i]));
    assert_int_equal(rule.rate, 5000);
    assert_int_equal(rule.from, 60);
    assert_int_equal(rule.until, 90);
}

static void a_fact_is_read_back_and_bounded(void **state)
{
    struct line_settings in = {"19870@20040708", {32000, 1140, 360}}, out;
    struct buf fact = {0};
    struct error err = {""};

    (void)state;
    wire_settings_encode(&fact, &in);
    assert_int_equal(wire_settings_decode(&out, buf_bytes(&fact), &err), 0);
    assert_string_equal(out.unit, in.unit);
    assert_int_equal(out.rule.rate, 32000);
    assert_int_equal(out.rule.from, 1140);
    assert_int_equal(out.rule.until, 360);
    in.rule.rate = 999;
    buf_clear(&fact);
    wire_settings_encode(&fact, &in);
    assert_int_not_equal(wire_settings_decode(&out, buf_bytes(&fact), &err), 0);
    in.rule.rate = 0;
    in.rule.until = PACE_DAY_MINUTES;
    buf_clear(&fact);
    wire_settings_encode(&fact, &in);
    assert_int_not_equal(wire_settings_decode(&out, buf_bytes(&fact), &err), 0);
    buf_free(&fact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(off_takes_one_bound_away),
        cmocka_unit_test(what_makes_no_sense_changes_nothing),
        cmocka_unit_test(a_fact_is_read_back_and_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
