/* tests/unit/test_crypto_digest.c - for common/crypto/digest.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/digest.h"

static void expect_digest(const char *text, const char *expected)
{
    struct bytes piece = bytes_of_text(text);
    struct hash hash = crypto_sha256(&piece, 1);
    char hex[HASH_TEXT_BYTES];

    assert_string_equal(hash_text(hex, &hash), expected);
}

/* FIPS 180-4 examples. */
static void the_published_examples_come_out(void **state)
{
    (void)state;
    expect_digest(
        "abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_digest(
        "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_digest(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_letters_in_pieces_are_the_published_example(void **state)
{
    static struct bytes pieces[1000];
    static uint8_t letters[1000];
    char hex[HASH_TEXT_BYTES];
    struct hash hash;

    (void)state;
    memset(letters, 'a', sizeof letters);
    for (size_t i = 0; i < 1000; i++)
        pieces[i] = bytes_of(letters, sizeof letters);
    hash = crypto_sha256(pieces, 1000);
    assert_string_equal(
        hash_text(hex, &hash),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void where_the_pieces_are_cut_does_not_matter(void **state)
{
    uint8_t text[200] = {0};
    struct bytes whole = bytes_of(text, sizeof text);
    struct hash expected;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7);
    expected = crypto_sha256(&whole, 1);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        struct bytes pieces[] = {bytes_of(text, cut), bytes_of(NULL, 0),
                                 bytes_of(text + cut, sizeof text - cut)};
        struct hash hash = crypto_sha256(pieces, 3);

        assert_true(hash_equal(&hash, &expected));
    }
}

static void no_pieces_at_all_are_the_empty_text(void **state)
{
    struct bytes nothing = bytes_of(NULL, 0);
    struct hash none = crypto_sha256(NULL, 0);
    struct hash empty = crypto_sha256(&nothing, 1);

    (void)state;
    assert_true(hash_equal(&none, &empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_examples_come_out),
        cmocka_unit_test(a_million_letters_in_pieces_are_the_published_example),
        cmocka_unit_test(where_the_pieces_are_cut_does_not_matter),
        cmocka_unit_test(no_pieces_at_all_are_the_empty_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
