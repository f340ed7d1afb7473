/* tests/unit/test_base_error.c - the one line a person reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/error.h"

static void a_failing_function_can_end_in_error_set(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(error_set(&err, ERR_FULL, "%d of %s", 3, "four"),
                     ERR_FULL);
    assert_string_equal(err.text, "3 of four");
    assert_int_equal(error_set(NULL, ERR_IO, "nobody reads this"), ERR_IO);
    error_wrap(NULL, "nor this");
}

static void each_caller_adds_what_it_knows_in_front(void **state)
{
    struct error err;

    (void)state;
    (void)error_set(&err, ERR_IO, "no space");
    error_wrap(&err, "store %s", "hub.db");
    error_wrap(&err, "start");
    assert_string_equal(err.text, "start: store hub.db: no space");
    (void)error_set(&err, ERR_IO, "again: %s", err.text);
    assert_string_equal(err.text, "again: start: store hub.db: no space");
}

static void a_reason_stays_one_line(void **state)
{
    struct error err;

    (void)state;
    (void)error_set(&err, ERR_INVALID,
                    "a\nb\tc\x7f"
                    "d");
    assert_string_equal(err.text, "a b c d");
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    static const char *const letters[] = {"x", "ã", "ộ", "😀"};

    (void)state;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        size_t size = strlen(letters[i]), whole = 0;
        struct error err = {0};

        while (whole + size < ERROR_TEXT_BYTES) {
            memcpy(err.text + whole, letters[i], size + 1);
            whole += size;
        }
        (void)error_set(&err, ERR_INVALID, "%s%s", err.text, letters[i]);
        assert_int_equal(strlen(err.text), whole);
        assert_memory_equal(err.text + whole - size, letters[i], size);
    }
}

static void every_code_has_a_phrase_of_its_own(void **state)
{
    (void)state;
    for (int a = ERR_CRYPTO; a <= ERR_OK; a++)
        for (int b = ERR_CRYPTO; b < a; b++)
            assert_string_not_equal(error_name(a), error_name(b));
    assert_string_equal(error_name(ERR_CONFLICT), "same id, other content");
    assert_string_equal(error_name(-99), "unknown error");
    assert_string_equal(error_name(1), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_function_can_end_in_error_set),
        cmocka_unit_test(each_caller_adds_what_it_knows_in_front),
        cmocka_unit_test(a_reason_stays_one_line),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
        cmocka_unit_test(every_code_has_a_phrase_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
