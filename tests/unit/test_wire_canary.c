/* tests/unit/test_wire_canary.c - common/wire/canary.h and hub/canary.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire/canary.h"
#include "hub/canary.h"

static struct audit_head head_of(uint64_t count)
{
    struct audit_head head = {.count = count};

    memset(head.first.bytes, 1, sizeof head.first.bytes);
    memset(head.last.bytes, 2, sizeof head.last.bytes);
    return head;
}

static void what_is_written_is_read(void **state)
{
    static const int64_t took[] = {0, 1, 25, 86400000};

    (void)state;
    for (size_t i = 0; i < sizeof took / sizeof *took; i++) {
        struct canary_fact said = {.took_ms = took[i]}, read;
        struct buf fact = {0};

        wire_canary_encode(&fact, &said);
        assert_true(fact.size <= 8);
        assert_int_equal(wire_canary_decode(&read, buf_bytes(&fact), NULL), 0);
        assert_int_equal(read.took_ms, took[i]);
        assert_int_equal(read.audit.count, 0);
        assert_false(read.broken);
        buf_free(&fact);
    }
}

static void what_it_says_of_the_audit_log_is_read(void **state)
{
    struct canary_fact said = {.audit = head_of(70000),
                               .broken = true,
                               .machine = 3},
                       read;
    struct buf fact = {0};

    (void)state;
    wire_canary_encode(&fact, &said);
    assert_int_equal(wire_canary_decode(&read, buf_bytes(&fact), NULL), 0);
    assert_int_equal(read.audit.count, 70000);
    assert_memory_equal(&read.audit.first, &said.audit.first, 32);
    assert_memory_equal(&read.audit.last, &said.audit.last, 32);
    assert_true(read.broken);
    assert_int_equal(read.machine, 3);
    buf_free(&fact);
}

static void what_the_hub_signs_is_read(void **state)
{
    struct audit_fact said = {.unit = "quang-an",
                              .audit = head_of(3),
                              .at_ms = 1000,
                              .machine = 2},
                      read;
    struct buf fact = {0};

    (void)state;
    wire_audit_encode(&fact, &said);
    assert_int_equal(wire_audit_decode(&read, buf_bytes(&fact), NULL), 0);
    assert_string_equal(read.unit, "quang-an");
    assert_int_equal(read.audit.count, 3);
    assert_memory_equal(&read.audit.last, &said.audit.last, 32);
    assert_int_equal(read.at_ms, 1000);
    assert_int_equal(read.machine, 2);
    said.audit.count = 0;
    buf_clear(&fact);
    wire_audit_encode(&fact, &said);
    assert_int_equal(wire_audit_decode(&read, buf_bytes(&fact), NULL),
                     ERR_INVALID);
    buf_free(&fact);
}

static void links_of_no_entry_are_refused(void **state)
{
    static const uint8_t cut[] = {0x12, 0x01, 0x07, 0x18, 0x01};
    static const uint8_t none[] = {0x12, 0x01, 0x07};
    struct canary_fact read;

    (void)state;
    assert_int_equal(
        wire_canary_decode(&read, (struct bytes){cut, sizeof cut}, NULL),
        ERR_INVALID);
    assert_int_equal(
        wire_canary_decode(&read, (struct bytes){none, sizeof none}, NULL),
        ERR_INVALID);
}

static void what_says_more_than_is_known_is_refused(void **state)
{
    static const uint8_t more[] = {0x08, 0x05, 0x38, 0x01};
    static const uint8_t broken[] = {0x08};
    struct error err = {""};
    struct canary_fact read;

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
        cmocka_unit_test(what_it_says_of_the_audit_log_is_read),
        cmocka_unit_test(what_the_hub_signs_is_read),
        cmocka_unit_test(links_of_no_entry_are_refused),
        cmocka_unit_test(what_says_more_than_is_known_is_refused),
        cmocka_unit_test(a_canary_is_a_fact_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
