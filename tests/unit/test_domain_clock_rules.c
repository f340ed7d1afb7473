/* tests/unit/test_domain_clock_rules.c - by when a report is due: dated rules,
 * pauses, reopening, working days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/domain/clock_rules.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static int64_t time_of(const char *text)
{
    int64_t ms = 0;

    assert_true(clock_parse(&ms, text));
    return ms;
}

static int32_t day_of(const char *text)
{
    int32_t day = 0;

    assert_true(clock_day_parse(&day, text));
    return day;
}

static struct clock_case report(const char *category, bool urgent,
                                const char *received)
{
    struct clock_case c = {.category = category_find(category),
                           .urgent = urgent,
                           .start_ms = time_of(received)};

    assert_non_null(c.category);
    return c;
}

/* The clock of this kind at `now`; must be there. */
static struct clock_due due(const struct clock_case *c, enum due_what what,
                            int64_t now_ms)
{
    struct clock_due out[DUE_COUNT];
    size_t count = clock_rules_read(&clock_rules_default, c, now_ms, out);

    for (size_t i = 0; i < count; i++)
        if (out[i].what == what)
            return out[i];
    fail_msg("no clock %s", due_what_text(what));
    return out[0];
}

static void expect(struct clock_due got, enum due_state state, int64_t due_ms,
                   int64_t done_ms)
{
    char have[CLOCK_TEXT_BYTES], want[CLOCK_TEXT_BYTES];

    assert_string_equal(due_state_text(got.state), due_state_text(state));
    assert_string_equal(clock_text(have, got.due_ms), clock_text(want, due_ms));
    assert_true(got.done_ms == done_ms);
}

static void the_rule_of_the_day_of_receipt_holds(void **state)
{
    static const struct {
        const char *received;
        int64_t report, refer;
    } rows[] = {
        {"2018-01-01T00:00:00+07:00", 24 * HOUR, 0},
        {"2025-02-26T23:59:59+07:00", 24 * HOUR, 0},
        {"2025-02-27T00:00:00+07:00", 12 * HOUR, 7 * DAY},
        {"2026-11-25T08:00:00+07:00", 12 * HOUR, 7 * DAY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clock_case c = report("trom_cap", false, rows[i].received);
        struct clock_due all[DUE_COUNT];
        int64_t at = c.start_ms;
        size_t count = clock_rules_read(&clock_rules_default, &c, at, all);

        assert_int_equal(count, rows[i].refer ? 4 : 3);
        expect(due(&c, DUE_ACKNOWLEDGE, at), DUE_RUNNING, at + 2 * HOUR, 0);
        expect(due(&c, DUE_REPORT, at), DUE_RUNNING, at + rows[i].report, 0);
        if (rows[i].refer)
            expect(due(&c, DUE_REFER, at), DUE_RUNNING, at + rows[i].refer, 0);
        expect(due(&c, DUE_RESOLVE, at), DUE_RUNNING, at + 20 * DAY, 0);
    }
}

static void before_the_first_rule_nothing_is_due(void **state)
{
    struct clock_case c =
        report("trom_cap", false, "2017-12-31T23:59:59+07:00");
    struct clock_due all[DUE_COUNT];

    (void)state;
    assert_int_equal(
        clock_rules_read(&clock_rules_default, &c, c.start_ms, all), 0);
    assert_null(clock_rules_next(all, 0));
}

static void a_hard_area_has_longer(void **state)
{
    struct clock_rules hard = clock_rules_default;
    const struct clock_rule *rule;

    (void)state;
    hard.area = AREA_HARD;
    rule = clock_rules_on(&hard, CLOCK_24H, day_of("2024-06-01"));
    assert_true(rule->ms[DUE_REPORT] == 48 * HOUR);
    rule = clock_rules_on(&hard, CLOCK_24H, day_of("2025-03-01"));
    assert_true(rule->ms[DUE_REPORT] == 24 * HOUR);
    rule = clock_rules_on(&hard, CLOCK_72H, day_of("2025-03-01"));
    assert_true(rule->ms[DUE_RESOLVE] == 72 * HOUR);
}

static void what_is_urgent_goes_the_serious_lane(void **state)
{
    struct clock_case sand =
        report("cat_trai_phep", true, "2026-11-25T22:00:00+07:00");
    struct clock_case noise =
        report("on_ao", true, "2026-11-25T22:00:00+07:00");
    int64_t at = sand.start_ms;

    (void)state;
    expect(due(&sand, DUE_ACKNOWLEDGE, at), DUE_RUNNING, at + 15 * MINUTE, 0);
    expect(due(&sand, DUE_REPORT, at), DUE_RUNNING, at + 30 * MINUTE, 0);
    sand.urgent = false; /* found the day after */
    expect(due(&sand, DUE_ACKNOWLEDGE, at), DUE_RUNNING, at + 2 * HOUR, 0);
    expect(due(&sand, DUE_REPORT, at), DUE_RUNNING, at + 12 * HOUR, 0);
    expect(due(&noise, DUE_ACKNOWLEDGE, at), DUE_RUNNING, at + 15 * MINUTE, 0);
    expect(due(&noise, DUE_RESOLVE, at), DUE_RUNNING, at + 72 * HOUR, 0);
}

static void a_clock_is_met_or_missed_for_good(void **state)
{
    struct clock_case c =
        report("trom_cap", false, "2026-11-25T08:00:00+07:00");
    int64_t at = c.start_ms;
    const struct clock_step steps[] = {{REPORT_MOI, at},
                                       {REPORT_DA_TIEP_NHAN, at + HOUR},
                                       {REPORT_PHAN_LOAI, at + 3 * HOUR},
                                       {REPORT_XAC_MINH, at + 13 * HOUR}};

    (void)state;
    c.steps = steps;
    c.count = 1;
    expect(due(&c, DUE_ACKNOWLEDGE, at + 2 * HOUR), DUE_RUNNING, at + 2 * HOUR,
           0);
    expect(due(&c, DUE_ACKNOWLEDGE, at + 2 * HOUR + 1), DUE_MISSED,
           at + 2 * HOUR, 0);
    c.count = 4;
    expect(due(&c, DUE_ACKNOWLEDGE, at + DAY), DUE_MET, at + 2 * HOUR,
           at + HOUR);
    expect(due(&c, DUE_REPORT, at + DAY), DUE_MISSED, at + 12 * HOUR,
           at + 13 * HOUR);
    expect(due(&c, DUE_REFER, at + DAY), DUE_RUNNING, at + 7 * DAY, 0);
}

static void a_pause_moves_what_runs_by_its_length(void **state)
{
    struct clock_case c =
        report("trom_cap", false, "2026-11-02T08:00:00+07:00");
    int64_t at = c.start_ms;
    const struct clock_step steps[] = {
        {REPORT_MOI, at},
        {REPORT_PHAN_LOAI, at + HOUR},
        {REPORT_CHO_BO_SUNG, at + 2 * HOUR}, /* a day */
        {REPORT_PHAN_LOAI, at + 2 * HOUR + DAY},
        {REPORT_XAC_MINH, at + 3 * HOUR + DAY},
        {REPORT_CHO_BO_SUNG, at + 4 * DAY}, /* two days */
        {REPORT_XAC_MINH, at + 6 * DAY},
        {REPORT_CHO_BO_SUNG, at + 7 * DAY}}; /* still */

    (void)state;
    c.steps = steps;
    c.count = 3;
    expect(due(&c, DUE_ACKNOWLEDGE, at + 2 * DAY), DUE_MET, at + 2 * HOUR,
           at + HOUR);
    expect(due(&c, DUE_REPORT, at + DAY), DUE_PAUSED,
           at + 12 * HOUR + 22 * HOUR, 0);
    c.count = 5;
    expect(due(&c, DUE_REPORT, at + 9 * DAY), DUE_MET, at + 12 * HOUR + DAY,
           at + 3 * HOUR + DAY);
    c.count = 7;
    expect(due(&c, DUE_REFER, at + 6 * DAY), DUE_RUNNING, at + 10 * DAY, 0);
    expect(due(&c, DUE_RESOLVE, at + 6 * DAY), DUE_RUNNING, at + 23 * DAY, 0);
    c.count = 8;
    expect(due(&c, DUE_REFER, at + 9 * DAY), DUE_PAUSED, at + 12 * DAY, 0);
    expect(due(&c, DUE_RESOLVE, at + 9 * DAY), DUE_PAUSED, at + 25 * DAY, 0);
}

static void a_pause_behind_the_breach_heals_nothing(void **state)
{
    struct clock_case c = report("on_ao", false, "2026-11-02T08:00:00+07:00");
    int64_t at = c.start_ms;
    const struct clock_step steps[] = {{REPORT_MOI, at},
                                       {REPORT_PHAN_LOAI, at + HOUR},
                                       {REPORT_CHO_BO_SUNG, at + 4 * DAY}};

    (void)state;
    c.steps = steps;
    c.count = 3;
    expect(due(&c, DUE_RESOLVE, at + 5 * DAY), DUE_MISSED, at + 3 * DAY, 0);
}

static void what_is_reopened_is_due_anew(void **state)
{
    struct clock_case c =
        report("trom_cap", false, "2026-10-01T08:00:00+07:00");
    int64_t at = c.start_ms;
    const struct clock_step steps[] = {{REPORT_MOI, at},
                                       {REPORT_PHAN_LOAI, at + HOUR},
                                       {REPORT_XAC_MINH, at + 2 * HOUR},
                                       {REPORT_DA_XU_LY, at + DAY},
                                       {REPORT_DONG, at + 2 * DAY},
                                       {REPORT_DANG_XU_LY, at + 40 * DAY}};

    (void)state;
    c.steps = steps;
    c.count = 5;
    expect(due(&c, DUE_RESOLVE, at + 50 * DAY), DUE_MET, at + 20 * DAY,
           at + DAY);
    c.count = 6;
    expect(due(&c, DUE_RESOLVE, at + 50 * DAY), DUE_RUNNING, at + 60 * DAY, 0);
    expect(due(&c, DUE_REFER, at + 50 * DAY), DUE_MET, at + 7 * DAY, at + DAY);
}

static void a_question_is_answered_on_the_next_working_day(void **state)
{
    static const struct {
        const char *received, *due;
    } rows[] = {
        {"2026-11-25T08:00:00+07:00", "2026-11-26T17:00:00+07:00"},
        {"2026-11-25T23:30:00+07:00", "2026-11-26T17:00:00+07:00"},
        {"2026-11-27T08:00:00+07:00", "2026-11-30T17:00:00+07:00"}, /* Friday */
        {"2026-11-28T08:00:00+07:00", "2026-11-30T17:00:00+07:00"},
        {"2025-12-31T08:00:00+07:00", "2026-01-02T17:00:00+07:00"},
        {"2026-04-29T08:00:00+07:00", "2026-05-04T17:00:00+07:00"},
        {"2028-02-28T08:00:00+07:00", "2028-02-29T17:00:00+07:00"},
        {"2026-09-01T08:00:00+07:00", "2026-09-03T17:00:00+07:00"},
    };
    int32_t tet[] = {day_of("2026-11-26")};
    struct clock_rules rules = clock_rules_default;
    struct clock_due all[DUE_COUNT];
    struct clock_case c;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        c = report("hoi_tthc", false, rows[i].received);
        expect(due(&c, DUE_RESOLVE, c.start_ms), DUE_RUNNING,
               time_of(rows[i].due), 0);
    }
    rules.holidays = tet;
    rules.holiday_count = 1;
    c = report("hoi_tthc", false, rows[0].received);
    assert_int_equal(clock_rules_read(&rules, &c, c.start_ms, all), 2);
    expect(all[1], DUE_RUNNING, time_of("2026-11-27T17:00:00+07:00"), 0);
}

static void what_is_booked_is_only_acknowledged(void **state)
{
    struct clock_case c =
        report("giao_nop_vu_khi", false, "2026-11-25T08:00:00+07:00");
    const struct clock_step steps[] = {{REPORT_DA_TIEP_NHAN, c.start_ms}};
    struct clock_due all[DUE_COUNT];

    (void)state;
    assert_int_equal(
        clock_rules_read(&clock_rules_default, &c, c.start_ms, all), 1);
    c.steps = steps;
    c.count = 1;
    assert_int_equal(
        clock_rules_read(&clock_rules_default, &c, c.start_ms, all), 1);
    assert_int_equal(all[0].state, DUE_MET);
    assert_null(clock_rules_next(all, 1));
}

static void next_is_what_breaches_first_and_paused_ones_last(void **state)
{
    const struct clock_due dues[] = {
        {DUE_ACKNOWLEDGE, DUE_MET, 1, 1},
        {DUE_REPORT, DUE_PAUSED, 2, 0},
        {DUE_REFER, DUE_RUNNING, 9, 0},
        {DUE_RESOLVE, DUE_MISSED, 8, 0},
    };

    (void)state;
    assert_null(clock_rules_next(dues, 1));
    assert_ptr_equal(clock_rules_next(dues, 2), &dues[1]);
    assert_ptr_equal(clock_rules_next(dues, 3), &dues[2]);
    assert_ptr_equal(clock_rules_next(dues, 4), &dues[3]);
}

static void a_fact_alone_knows_its_last_steps(void **state)
{
    struct report_fact fact = {.category = category_find("trom_cap"),
                               .state = REPORT_XAC_MINH,
                               .received_ms = time_of("2026-11-02T08:00:00Z")};
    int64_t at = fact.received_ms;
    struct clock_step steps[REPORT_STATE_END];
    struct clock_case c;

    (void)state;
    fact.entered_ms[REPORT_MOI] = at;
    fact.entered_ms[REPORT_PHAN_LOAI] = at + HOUR;
    fact.entered_ms[REPORT_CHO_BO_SUNG] = at + 2 * DAY;
    fact.entered_ms[REPORT_XAC_MINH] = at + 3 * DAY;
    clock_case_of_fact(&c, steps, &fact);
    assert_int_equal(c.count, 4);
    assert_int_equal(steps[2].state, REPORT_CHO_BO_SUNG);
    assert_int_equal(steps[3].state, REPORT_XAC_MINH);
    expect(due(&c, DUE_RESOLVE, at + 4 * DAY), DUE_RUNNING, at + 21 * DAY, 0);

    fact.state = REPORT_CHO_BO_SUNG; /* at a clock set back */
    clock_case_of_fact(&c, steps, &fact);
    assert_int_equal(steps[3].state, REPORT_CHO_BO_SUNG);
    expect(due(&c, DUE_RESOLVE, at + 4 * DAY), DUE_PAUSED, at + 21 * DAY, 0);
}

static void a_working_copy_starts_when_it_was_accepted(void **state)
{
    struct report_fact fact = {.category = category_find("trom_cap"),
                               .state = REPORT_DA_TIEP_NHAN,
                               .received_ms = time_of("2026-11-02T08:00:00Z"),
                               .continues_home = "19897@20040708"};
    struct clock_step steps[REPORT_STATE_END];
    struct clock_case c;
    int64_t at = fact.received_ms + 5 * DAY;

    (void)state;
    fact.entered_ms[REPORT_DA_TIEP_NHAN] = at;
    clock_case_of_fact(&c, steps, &fact);
    expect(due(&c, DUE_REPORT, at), DUE_RUNNING, at + 12 * HOUR, 0);
}

static void an_urgent_report_rings_until_it_is_acknowledged(void **state)
{
    struct report_fact fact = {.state = REPORT_MOI, .urgent = true};

    (void)state;
    assert_true(clock_rules_rings(&fact));
    fact.state = REPORT_DA_TIEP_NHAN;
    assert_false(clock_rules_rings(&fact));
    fact.state = REPORT_MOI;
    fact.urgent = false;
    assert_false(clock_rules_rings(&fact));
}

static void every_class_has_a_rule_and_every_rule_a_source(void **state)
{
    int32_t today = day_of("2026-11-25");

    (void)state;
    for (size_t i = 0; i < category_count; i++)
        if (categories[i].clock != CLOCK_NOW_IF_LIVE)
            assert_non_null(clock_rules_on(&clock_rules_default,
                                           categories[i].clock, today));
    for (size_t i = 0; i < clock_rules_default.count; i++) {
        const struct clock_rule *rule = &clock_rules_default.rules[i];

        (void)day_of(rule->valid_from);
        assert_true(strlen(rule->source) > 0);
        assert_true(rule->ms[DUE_ACKNOWLEDGE] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_of_the_day_of_receipt_holds),
        cmocka_unit_test(before_the_first_rule_nothing_is_due),
        cmocka_unit_test(a_hard_area_has_longer),
        cmocka_unit_test(what_is_urgent_goes_the_serious_lane),
        cmocka_unit_test(a_clock_is_met_or_missed_for_good),
        cmocka_unit_test(a_pause_moves_what_runs_by_its_length),
        cmocka_unit_test(a_pause_behind_the_breach_heals_nothing),
        cmocka_unit_test(what_is_reopened_is_due_anew),
        cmocka_unit_test(a_question_is_answered_on_the_next_working_day),
        cmocka_unit_test(what_is_booked_is_only_acknowledged),
        cmocka_unit_test(next_is_what_breaches_first_and_paused_ones_last),
        cmocka_unit_test(a_fact_alone_knows_its_last_steps),
        cmocka_unit_test(a_working_copy_starts_when_it_was_accepted),
        cmocka_unit_test(an_urgent_report_rings_until_it_is_acknowledged),
        cmocka_unit_test(every_class_has_a_rule_and_every_rule_a_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
