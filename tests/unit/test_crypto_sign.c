/* tests/unit/test_crypto_sign.c - for common/crypto/sign.c. OpenSSL is the
 * second opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"

static const char head[] = "lienxa head 1\n";

/* RFC 8032, 7.1: tests 1, 2, 3 and SHA(abc). */
static const struct {
    const char *seed, *public_key;
} published[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"},
};

static struct sign_key key_of(size_t number)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct sign_key key;

    assert_true(hex_decode(seed, sizeof seed, published[number].seed));
    sign_key_from_seed(&key, seed);
    return key;
}

static void the_published_seeds_give_the_published_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct sign_key key = key_of(i);
        char hex[2 * SIGN_PUBLIC_BYTES + 1];

        hex_encode(hex, key.public_key, sizeof key.public_key);
        assert_string_equal(hex, published[i].public_key);
        hex_encode(hex, key.seed, sizeof key.seed);
        assert_string_equal(hex, published[i].seed);
    }
}

static void sign_with_openssl(uint8_t out[SIGN_BYTES],
                              const struct sign_key *key, const void *message,
                              size_t size)
{
    EVP_PKEY *other = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
                                                   key->seed, SIGN_SEED_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = SIGN_BYTES;

    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, other), 1);
    assert_int_equal(EVP_DigestSign(context, out, &length, message, size), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(other);
}

static void
a_signature_is_ed25519_of_the_domain_line_and_the_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct sign_key key = key_of(i);
        uint8_t all[sizeof head - 1 + 3] = "lienxa head 1\n\1\2\3";
        uint8_t ours[SIGN_BYTES], theirs[SIGN_BYTES];

        sign_bytes(ours, &key, head, bytes_of("\1\2\3", 3));
        sign_with_openssl(theirs, &key, all, sizeof all);
        assert_memory_equal(ours, theirs, SIGN_BYTES);
        sign_bytes(ours, &key, head, bytes_of(NULL, 0));
        sign_with_openssl(theirs, &key, head, sizeof head - 1);
        assert_memory_equal(ours, theirs, SIGN_BYTES);
    }
}

static void a_signature_of_another_library_is_accepted(void **state)
{
    struct sign_key key = key_of(2);
    uint8_t signature[SIGN_BYTES];

    (void)state;
    sign_with_openssl(signature, &key, "lienxa cert 1\nnode", 18);
    assert_true(sign_verify(signature, key.public_key, "lienxa cert 1\n",
                            bytes_of_text("node")));
}

static void every_changed_bit_of_a_signature_is_noticed(void **state)
{
    struct sign_key key = key_of(0);
    uint8_t signature[SIGN_BYTES];
    struct bytes message = bytes_of_text("rows 1 to 7");

    (void)state;
    sign_bytes(signature, &key, head, message);
    assert_true(sign_verify(signature, key.public_key, head, message));
    for (size_t bit = 0; bit < SIGN_BYTES * 8; bit++) {
        signature[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(sign_verify(signature, key.public_key, head, message));
        signature[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static void a_signature_is_worth_nothing_elsewhere(void **state)
{
    struct sign_key key = key_of(0);
    struct sign_key other = key_of(1);
    uint8_t signature[SIGN_BYTES];

    (void)state;
    sign_bytes(signature, &key, head, bytes_of_text("rows 1 to 7"));
    assert_false(sign_verify(signature, key.public_key, "lienxa alert 1\n",
                             bytes_of_text("rows 1 to 7")));
    assert_false(sign_verify(signature, key.public_key, head,
                             bytes_of_text("rows 1 to 8")));
    assert_false(sign_verify(signature, key.public_key, head,
                             bytes_of_text("rows 1 to 7 ")));
    assert_false(sign_verify(signature, other.public_key, head,
                             bytes_of_text("rows 1 to 7")));
}

/* With the neutral point as public key and R, S = 0 would "sign" anything. */
static void a_public_key_of_small_order_verifies_nothing(void **state)
{
    uint8_t signature[SIGN_BYTES] = {1};
    uint8_t neutral[SIGN_PUBLIC_BYTES] = {1};

    (void)state;
    assert_false(sign_verify(signature, neutral, head, bytes_of_text("x")));
}

static void generated_keys_differ_and_work(void **state)
{
    struct sign_key a, b;
    uint8_t signature[SIGN_BYTES];

    (void)state;
    sign_key_generate(&a);
    sign_key_generate(&b);
    assert_memory_not_equal(a.public_key, b.public_key, SIGN_PUBLIC_BYTES);
    sign_bytes(signature, &a, head, bytes_of_text("x"));
    assert_true(sign_verify(signature, a.public_key, head, bytes_of_text("x")));
}

static void a_wiped_key_is_all_zero(void **state)
{
    struct sign_key key = key_of(0);
    static const struct sign_key zero;

    (void)state;
    sign_key_wipe(&key);
    assert_memory_equal(&key, &zero, sizeof key);
}

static void a_key_id_is_the_beginning_of_a_digest(void **state)
{
    uint8_t expected[32], id[SIGN_KEY_ID_BYTES];
    struct sign_key key = key_of(0);

    (void)state;
    assert_int_equal(EVP_Digest(key.public_key, SIGN_PUBLIC_BYTES, expected,
                                NULL, EVP_sha256(), NULL),
                     1);
    sign_key_id(id, key.public_key);
    assert_memory_equal(id, expected, SIGN_KEY_ID_BYTES);
}

static int open_crypto(void **state)
{
    (void)state;
    crypto_open();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_seeds_give_the_published_keys),
        cmocka_unit_test(
            a_signature_is_ed25519_of_the_domain_line_and_the_bytes),
        cmocka_unit_test(a_signature_of_another_library_is_accepted),
        cmocka_unit_test(every_changed_bit_of_a_signature_is_noticed),
        cmocka_unit_test(a_signature_is_worth_nothing_elsewhere),
        cmocka_unit_test(a_public_key_of_small_order_verifies_nothing),
        cmocka_unit_test(generated_keys_differ_and_work),
        cmocka_unit_test(a_wiped_key_is_all_zero),
        cmocka_unit_test(a_key_id_is_the_beginning_of_a_digest),
    };

    return cmocka_run_group_tests(tests, open_crypto, NULL);
}
