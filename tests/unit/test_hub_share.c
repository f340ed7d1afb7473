/* hub/exchange_share.c: what all machines may send at once is one sum, whatever
 * their number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/exchange_inside.h"

static void few_lines_have_all_that_a_line_can_use(void **state)
{
    (void)state;
    assert_int_equal(hub_exchange_part(0), CREDIT_BULK);
    assert_int_equal(hub_exchange_part(1), CREDIT_BULK);
    assert_int_equal(hub_exchange_part(10), CREDIT_BULK);
}

static void the_parts_of_all_are_one_sum(void **state)
{
    uint64_t before = CREDIT_BULK;

    (void)state;
    for (size_t lines = 1; lines <= 4000; lines++) {
        uint64_t part = hub_exchange_part(lines);

        assert_in_range(part, CREDIT_BULK_LEAST, before);
        if (part > CREDIT_BULK_LEAST)
            assert_in_range(lines * part, 1, CREDIT_BULK_SUM);
        before = part;
    }
    /* every commune of the nation on one hub */
    assert_in_range(3321 * hub_exchange_part(3321), 1, 64 * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_lines_have_all_that_a_line_can_use),
        cmocka_unit_test(the_parts_of_all_are_one_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
