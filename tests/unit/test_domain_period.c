/* tests/unit/test_domain_period.c - which days a period is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/domain/period.h"

static struct period period;
static struct error err;

static void is(const char *text, const char *first, const char *last)
{
    assert_int_equal(period_parse(&period, text, &err), 0);
    assert_string_equal(period.first, first);
    assert_string_equal(period.last, last);
}

static void a_month_runs_from_the_15th_to_the_14th(void **state)
{
    (void)state;
    is("2026-11", "2026-10-15", "2026-11-14");
    is("2026-01", "2025-12-15", "2026-01-14");
}

static void any_other_stretch_is_said_by_its_days(void **state)
{
    (void)state;
    is("2026-10-01..2026-12-31", "2026-10-01", "2026-12-31");
}

static void what_is_no_period_is_refused_with_the_two_forms(void **state)
{
    static const char *const bad[] = {"",        "2026",     "2026-13",
                                      "2026-00", "2026-11-", "2026-1a",
                                      "0000-01", "11/2026",  "2026-10-01"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(period_parse(&period, bad[i], &err), ERR_INVALID);
    assert_string_equal(err.text,
                        "\"2026-10-01\" is not a period: a month like 2026-11 "
                        "(from the 15th of the month before to the 14th), or "
                        "two days like 2026-10-01..2026-12-31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_runs_from_the_15th_to_the_14th),
        cmocka_unit_test(any_other_stretch_is_said_by_its_days),
        cmocka_unit_test(what_is_no_period_is_refused_with_the_two_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
