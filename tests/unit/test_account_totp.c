/* tests/unit/test_account_totp.c - codes against RFC 6238, appendix B. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/account/totp.h"

static const uint8_t secret[TOTP_SECRET_BYTES] = "12345678901234567890";

static void codes_are_those_of_the_standard(void **state)
{
    static const struct {
        int64_t seconds;
        const char *digits; /* the last six of eight */
    } table[] = {{59, "287082"},         {1111111109, "081804"},
                 {1111111111, "050471"}, {1234567890, "005924"},
                 {2000000000, "279037"}, {20000000000, "353130"}};
    char digits[TOTP_DIGITS + 1];

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        totp_digits(digits, secret, totp_step(table[i].seconds * 1000));
        assert_string_equal(digits, table[i].digits);
    }
}

static void a_code_is_right_for_a_step_to_either_side(void **state)
{
    char digits[TOTP_DIGITS + 1];

    (void)state;
    for (int64_t off = -3; off <= 3; off++) {
        totp_digits(digits, secret, 1000 + off);
        assert_int_equal(totp_match(secret, 1000, 0, digits),
                         off >= -1 && off <= 1 ? 1000 + off : 0);
    }
}

static void a_step_that_was_used_is_over(void **state)
{
    char digits[TOTP_DIGITS + 1];

    (void)state;
    totp_digits(digits, secret, 1000);
    assert_int_equal(totp_match(secret, 1000, 999, digits), 1000);
    assert_int_equal(totp_match(secret, 1000, 1000, digits), 0);
    assert_int_equal(totp_match(secret, 1000, 1002, digits), 0);
    /* of a clock that was years ahead */
    assert_int_equal(totp_match(secret, 1000, 1003, digits), 1000);
}

static void what_is_no_code_is_none(void **state)
{
    static const char *const words[] = {"",       "28708",  "2870820",
                                        "287 82", "abcdef", "28708\n"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_int_equal(totp_match(secret, 1, 0, words[i]), 0);
    assert_int_equal(totp_match(secret, 1, 0, "287082"), 1);
}

static void the_address_for_the_phone_escapes_names(void **state)
{
    struct buf uri = {0};

    (void)state;
    totp_uri(&uri, "Quảng Thọ", "Lan & Co", secret);
    assert_string_equal(
        buf_text(&uri),
        "otpauth://totp/Qu%E1%BA%A3ng%20Th%E1%BB%8D:Lan%20%26%20Co"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Qu%E1%BA%A3ng%20Th%E1%BB%8D&algorithm=SHA1&digits=6"
        "&period=30");
    buf_free(&uri);
}

static void recovery_codes_are_read_as_people_type_them(void **state)
{
    char made[TOTP_RECOVERY_TEXT_BYTES], again[TOTP_RECOVERY_TEXT_BYTES];
    char clean[TOTP_RECOVERY_TEXT_BYTES];

    (void)state;
    totp_recovery_make(made);
    totp_recovery_make(again);
    assert_int_equal(strlen(made), 14);
    assert_string_not_equal(made, again);
    assert_true(totp_recovery_clean(clean, made));
    assert_true(totp_recovery_clean(clean, "abcd efgh-2345"));
    assert_string_equal(clean, "ABCDEFGH2345");
    assert_false(totp_recovery_clean(clean, "abcd efgh-234"));
    assert_false(totp_recovery_clean(clean, "abcd efgh-23456"));
    assert_false(totp_recovery_clean(clean, "abcd efgh-2341"));
    assert_false(totp_recovery_clean(clean, "123456"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_standard),
        cmocka_unit_test(a_code_is_right_for_a_step_to_either_side),
        cmocka_unit_test(a_step_that_was_used_is_over),
        cmocka_unit_test(what_is_no_code_is_none),
        cmocka_unit_test(the_address_for_the_phone_escapes_names),
        cmocka_unit_test(recovery_codes_are_read_as_people_type_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
