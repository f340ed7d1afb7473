/* tests/unit/test_domain_category.c - the kinds of report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/domain/category.h"

static size_t count_seals(enum seal_rule seal)
{
    size_t count = 0;

    for (size_t i = 0; i < category_count; i++)
        count += categories[i].seal == seal;
    return count;
}

static size_t count_clocks(enum clock_class clock)
{
    size_t count = 0;

    for (size_t i = 0; i < category_count; i++)
        count += categories[i].clock == clock;
    return count;
}

/* Counted by hand in the reference taxonomy, 4.1. */
static void the_table_is_whole(void **state)
{
    (void)state;
    assert_int_equal(category_count, 39);
    assert_string_equal(categories[0].code, "trom_cap");
    assert_string_equal(categories[38].code, "khac");
    assert_int_equal(count_seals(SEAL_NO), 1);
    assert_int_equal(count_seals(SEAL_ALWAYS), 8);
    assert_int_equal(count_seals(SEAL_YES), 14);
    assert_int_equal(count_seals(SEAL_OPT), 16);
    assert_int_equal(count_clocks(CLOCK_NOW), 14);
    assert_int_equal(count_clocks(CLOCK_NOW_IF_LIVE), 1);
    assert_int_equal(count_clocks(CLOCK_24H), 17);
    assert_int_equal(count_clocks(CLOCK_72H), 5);
    assert_int_equal(count_clocks(CLOCK_BOOKING), 1);
    assert_int_equal(count_clocks(CLOCK_WORKING_DAY), 1);
}

static void every_category_is_found_by_its_own_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < category_count; i++) {
        assert_ptr_equal(category_find(categories[i].code), &categories[i]);
        assert_true(strlen(categories[i].vi) > 0);
        assert_true(utf8_valid(bytes_of_text(categories[i].vi)));
        assert_true(strlen(categories[i].en) > 0);
        assert_non_null(strchr("HKMGCTNVA-", categories[i].group));
    }
    assert_null(category_find(""));
    assert_null(category_find("trom"));
    assert_null(category_find("TROM_CAP"));
}

static void sand_at_night_is_as_the_reference_says(void **state)
{
    const struct category *sand = category_find("cat_trai_phep");

    (void)state;
    assert_string_equal(sand->vi, "Khai thác cát trái phép");
    assert_string_equal(sand->en, "Illegal sand mining");
    assert_int_equal(sand->group, 'K');
    assert_string_equal(sand->cap, "Env");
    assert_int_equal(sand->seal, SEAL_YES);
    assert_int_equal(sand->clock, CLOCK_NOW_IF_LIVE);
    assert_int_equal(category_find("khac")->group, '-');
    assert_string_equal(category_find("khac")->cap, "Other");
    assert_string_equal(category_find("hoi_tthc")->cap, "");
}

static void only_a_complaint_about_an_officer_bypasses_the_post(void **state)
{
    (void)state;
    for (size_t i = 0; i < category_count; i++)
        assert_int_equal(categories[i].bypasses_post,
                         strcmp(categories[i].code, "can_bo") == 0);
}

static void the_duty_officer_opens_only_what_may_be_open(void **state)
{
    (void)state;
    assert_false(category_needs_custodian(category_find("hoi_tthc")));
    assert_false(category_needs_custodian(category_find("on_ao")));
    assert_true(category_needs_custodian(category_find("trom_cap")));
    assert_true(category_needs_custodian(category_find("can_bo")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test(every_category_is_found_by_its_own_code),
        cmocka_unit_test(sand_at_night_is_as_the_reference_says),
        cmocka_unit_test(only_a_complaint_about_an_officer_bypasses_the_post),
        cmocka_unit_test(the_duty_officer_opens_only_what_may_be_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
