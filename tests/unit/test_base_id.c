/* tests/unit/test_base_id.c - identifiers and hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/id.h"

static const uint8_t ones[10] = {255, 255, 255, 255, 255,
                                 255, 255, 255, 255, 255};

static void a_new_id_is_a_version_7_uuid_with_its_time_in_front(void **state)
{
    struct id id = id_make(0x0123456789ab, ones);
    char text[ID_TEXT_BYTES];

    (void)state;
    assert_string_equal(id_text(text, &id),
                        "01234567-89ab-7fff-bfff-ffffffffffff");
    id = id_make(0x0123456789ab, (const uint8_t[10]){0});
    assert_string_equal(id_text(text, &id),
                        "01234567-89ab-7000-8000-000000000000");
}

static void a_later_id_is_greater_whatever_the_dice_say(void **state)
{
    struct id early = id_make(1000, ones);
    struct id late = id_make(1001, (const uint8_t[10]){0});

    (void)state;
    assert_true(id_compare(&early, &late) < 0);
    assert_true(id_compare(&late, &early) > 0);
    assert_int_equal(id_compare(&late, &late), 0);
    assert_false(id_equal(&early, &late));
}

static void a_derived_id_is_version_8_and_follows_the_hash(void **state)
{
    struct hash hash;
    char text[ID_TEXT_BYTES];

    (void)state;
    memset(&hash, 0xff, sizeof hash);
    struct id id = id_derive(&hash);

    assert_string_equal(id_text(text, &id),
                        "ffffffff-ffff-8fff-bfff-ffffffffffff");
    hash.bytes[0] = 0;
    struct id other = id_derive(&hash);

    assert_false(id_equal(&id, &other));
}

static void an_id_reads_back_in_any_case(void **state)
{
    struct id id, again;
    char text[ID_TEXT_BYTES];

    (void)state;
    assert_true(id_parse(&id, "0123ABCD-89ab-7FFF-bfff-0011223344EE"));
    assert_string_equal(id_text(text, &id),
                        "0123abcd-89ab-7fff-bfff-0011223344ee");
    assert_true(id_parse(&again, text));
    assert_true(id_equal(&id, &again));
}

static void any_other_form_of_an_id_is_refused_and_writes_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "0",
        "0123abcd89ab7fffbfff0011223344ee",
        "{0123abcd-89ab-7fff-bfff-0011223344ee}",
        "0123abcd-89ab-7fff-bfff-0011223344e",
        "0123abcd-89ab-7fff-bfff-0011223344ee0",
        "0123abcd-89ab-7fff-bfff-0011223344eg",
        "g123abcd-89ab-7fff-bfff-0011223344ee",
        "0123abc-d89ab-7fff-bfff-0011223344ee",
        "0123abcd-89ab-7fff-bfff+0011223344ee",
        "0123abcd-89ab-7fff-bfff-0011223344ee ",
        "0123abcd--9ab-7fff-bfff-0011223344ee",
    };
    struct id id = {{9}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(id_parse(&id, bad[i]));
    assert_int_equal(id.bytes[0], 9);
    assert_true(id_is_zero(&(struct id){{[1] = 0}}));
    assert_false(id_is_zero(&id));
}

static void hashes_compare_and_print(void **state)
{
    struct hash a = {{0}}, b = {{[31] = 1}};
    char text[HASH_TEXT_BYTES];

    (void)state;
    assert_true(hash_is_zero(&a));
    assert_false(hash_is_zero(&b));
    assert_true(hash_compare(&a, &b) < 0);
    assert_false(hash_equal(&a, &b));
    assert_true(hash_equal(&b, &b));
    assert_string_equal(
        hash_text(text, &b),
        "0000000000000000000000000000000000000000000000000000000000000001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_id_is_a_version_7_uuid_with_its_time_in_front),
        cmocka_unit_test(a_later_id_is_greater_whatever_the_dice_say),
        cmocka_unit_test(a_derived_id_is_version_8_and_follows_the_hash),
        cmocka_unit_test(an_id_reads_back_in_any_case),
        cmocka_unit_test(any_other_form_of_an_id_is_refused_and_writes_nothing),
        cmocka_unit_test(hashes_compare_and_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
