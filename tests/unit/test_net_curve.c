/* CURVE keys and how they are written. */
#include "test_net_fixture.h"

#include "common/net/curve.h"

static void a_key_survives_being_written_and_read(void **state)
{
    struct curve_key key;
    char text[CURVE_TEXT_BYTES];
    uint8_t back[CURVE_BYTES];

    (void)state;
    curve_key_generate(&key);
    curve_text(text, key.public_key);
    assert_int_equal(strlen(text), CURVE_TEXT_BYTES - 1);
    assert_true(curve_parse(back, text));
    assert_memory_equal(back, key.public_key, CURVE_BYTES);
}

static void no_two_keys_are_the_same(void **state)
{
    struct curve_key a;
    struct curve_key b;

    (void)state;
    curve_key_generate(&a);
    curve_key_generate(&b);
    assert_memory_not_equal(a.public_key, b.public_key, CURVE_BYTES);
    assert_memory_not_equal(a.secret, b.secret, CURVE_BYTES);
    assert_memory_not_equal(a.public_key, a.secret, CURVE_BYTES);
}

static void what_is_not_a_key_is_not_read(void **state)
{
    static const char *const bad[] = {
        "",
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf",   /* 39 */
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf77", /* 41 */
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf\"", /* not a Z85 letter */
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf ",
        "########################################", /* over 32 bits */
    };
    uint8_t key[CURVE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(curve_parse(key, bad[i]));
    assert_true(curve_parse(key, "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_survives_being_written_and_read),
        cmocka_unit_test(no_two_keys_are_the_same),
        cmocka_unit_test(what_is_not_a_key_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
