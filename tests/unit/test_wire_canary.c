/* tests/unit/test_wire_canary.c - common/wire/canary.h and hub/canary.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/wire/canary.h"
#include "hub/canary.h"

static void what_is_written_is_read(void **state)
{
    static const int64_t took[] = {0, 1, 25, 86400000};

    (void)state;
    for (size_t i = 0; i < sizeof took / sizeof *took; i++) {
        struct buf fact = {0};
        int64_t read = -1;

        wire_canary_encode(&fact, took[i]);
        assert_true(fact.size <= 8);
        assert_int_equal(wire_canary_decode(&read, buf_bytes(&fact), NULL), 0);
        assert_int_equal(read, took[i]);
        buf_free(&fact);
    }
}

static void what_says_more_than_is_known_is_refused(void **state)
{
    static const uint8_t more[] = {0x08, 0x05, 0x10, 0x01};
    static const uint8_t broken[] = {0x08};
    struct error err = {""};
    int64_t read;

    (void)state;
    assert_int_equal(
        wire_canary_decode(&read, (struct bytes){more, sizeof more}, &err),
        ERR_VERSION);
    assert_int_equal(
        wire_canary_decode(&read, (struct bytes){broken, sizeof broken}, &err),
        ERR_INVALID);
}

static void a_canary_is_a_fact_and_no_more(void **state)
{
    struct change change = {.header.kind = KIND_CANARY};
    struct error err = {""};

    (void)state;
    assert_int_equal(hub_canary_judge(&change, &err), ERR_INVALID);
    change.part[PART_FACT].form = PART_WHOLE;
    assert_int_equal(hub_canary_judge(&change, &err), 0);
    change.part[PART_BODY].form = PART_WHOLE;
    assert_int_equal(hub_canary_judge(&change, &err), ERR_INVALID);
    change.part[PART_BODY].form = PART_ABSENT;
    change.part[PART_VAULT].form = PART_STUB;
    assert_int_equal(hub_canary_judge(&change, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_says_more_than_is_known_is_refused),
        cmocka_unit_test(a_canary_is_a_fact_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
