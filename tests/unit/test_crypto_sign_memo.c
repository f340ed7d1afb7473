/* tests/unit/test_crypto_sign_memo.c - for common/crypto/sign_memo.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/sign_memo.h"

static const char head[] = "lienxa head 1\n";
static const char alert[] = "lienxa alert 1\n";

static struct sign_key key_of(uint8_t number)
{
    uint8_t seed[SIGN_SEED_BYTES] = {number};
    struct sign_key key;

    sign_key_from_seed(&key, seed);
    return key;
}

struct example {
    struct sign_key key;
    uint8_t signature[SIGN_BYTES];
    struct bytes message;
};

static struct example example_of(const char *message)
{
    struct example e = {.key = key_of(1), .message = bytes_of_text(message)};

    sign_bytes(e.signature, &e.key, head, e.message);
    return e;
}

static bool good(struct sign_memo *memo, const struct example *e)
{
    return sign_memo_verify(memo, e->signature, e->key.public_key, head,
                            e->message);
}

static void what_was_good_is_good_again_without_another_look(void **state)
{
    struct sign_memo memo = {0};
    struct example e = example_of("rows 1 to 7");

    (void)state;
    assert_true(good(&memo, &e));
    assert_int_equal(memo.count, 1);
    assert_true(good(&memo, &e));
    assert_int_equal(memo.count, 1); /* found, not checked and kept again */
}

static void any_other_byte_is_another_signature(void **state)
{
    struct sign_memo memo = {0};
    const struct example e = example_of("rows 1 to 7");
    const struct sign_key other = key_of(2);
    struct example changed;

    (void)state;
    assert_true(good(&memo, &e));
    for (size_t bit = 0; bit < SIGN_BYTES * 8; bit++) {
        changed = e;
        changed.signature[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(good(&memo, &changed));
    }
    changed = e;
    changed.message = bytes_of_text("rows 1 to 8");
    assert_false(good(&memo, &changed));
    changed.message = bytes_of_text("rows 1 to 7 ");
    assert_false(good(&memo, &changed));
    changed = e;
    memcpy(changed.key.public_key, other.public_key, SIGN_PUBLIC_BYTES);
    assert_false(good(&memo, &changed));
    assert_false(sign_memo_verify(&memo, e.signature, e.key.public_key, alert,
                                  e.message));
    assert_int_equal(memo.count, 1);
}

static void a_bad_one_is_never_remembered(void **state)
{
    struct sign_memo memo = {0};
    struct example bad = example_of("rows 1 to 7");

    (void)state;
    bad.signature[3] ^= 1;
    assert_false(good(&memo, &bad));
    assert_false(good(&memo, &bad));
    assert_int_equal(memo.count, 0);
}

static void the_oldest_is_forgotten(void **state)
{
    struct sign_memo memo = {0};
    struct example e[SIGN_MEMO_SLOTS + 1];
    char name[SIGN_MEMO_SLOTS + 1][2];

    (void)state;
    for (size_t i = 0; i <= SIGN_MEMO_SLOTS; i++) {
        name[i][0] = (char)('a' + i);
        name[i][1] = '\0';
        e[i] = example_of(name[i]);
        assert_true(good(&memo, &e[i]));
    }
    assert_int_equal(memo.count, SIGN_MEMO_SLOTS);
    assert_int_equal(memo.next, 1);
    assert_true(good(&memo, &e[1])); /* still there */
    assert_int_equal(memo.next, 1);
    assert_true(good(&memo, &e[0])); /* looked at anew */
    assert_int_equal(memo.next, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_good_is_good_again_without_another_look),
        cmocka_unit_test(any_other_byte_is_another_signature),
        cmocka_unit_test(a_bad_one_is_never_remembered),
        cmocka_unit_test(the_oldest_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
