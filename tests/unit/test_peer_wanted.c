/* tests/unit/test_peer_wanted.c - for common/peer/wanted.c: when is asked. What
 * is asked and comes is seen with real programs (tests/e2e/test_rot.sh). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/peer/wanted.h"

static void pauses_grow_with_what_is_asked_in_vain(void **state)
{
    struct wanted_objects w = {.count = 0};

    (void)state;
    wanted_add(&w, 7);
    wanted_asked(&w, true, 1000);
    assert_int_equal(w.due_ms, 21000);
    wanted_asked(&w, true, 21000);
    assert_int_equal(w.due_ms, 61000);
}

static void who_is_not_there_was_not_asked_in_vain(void **state)
{
    struct wanted_objects w = {.count = 0};

    (void)state;
    wanted_add(&w, 7);
    for (int64_t now = 1000; now < 60000; now = w.due_ms) {
        wanted_asked(&w, false, now);
        assert_true(w.due_ms > now && w.due_ms <= now + 5000);
    }
    wanted_asked(&w, true, 60000);
    assert_int_equal(w.due_ms, 80000);
}

static void without_anything_damaged_more_is_looked_at_in_a_minute(void **state)
{
    struct wanted_objects w = {.count = 0};

    (void)state;
    wanted_asked(&w, false, 1000);
    assert_int_equal(w.due_ms, 61000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_with_what_is_asked_in_vain),
        cmocka_unit_test(who_is_not_there_was_not_asked_in_vain),
        cmocka_unit_test(
            without_anything_damaged_more_is_looked_at_in_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
