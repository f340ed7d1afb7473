/* tests/unit/test_crypto_seal.c - for common/crypto/seal.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/seal.h"

static const uint8_t box_key[BOX_KEY_BYTES] = {7, 7, 7};

/* RFC 7748, 6.1: Alice. */
static void a_published_secret_gives_the_published_key(void **state)
{
    uint8_t secret[SEAL_SECRET_BYTES];
    char hex[2 * SEAL_PUBLIC_BYTES + 1];
    struct seal_key key;

    (void)state;
    assert_true(hex_decode(secret, sizeof secret,
                           "77076d0a7318a57d3c16c17251b26645"
                           "df4c2f87ebc0992ab177fba51db92c2a"));
    seal_key_from_secret(&key, secret);
    hex_encode(hex, key.public_key, sizeof key.public_key);
    assert_string_equal(hex, "8520f0098930a754748b7ddcb43ef75a"
                             "0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_memory_equal(key.secret, secret, sizeof secret);
}

static void the_owner_opens_what_was_sealed(void **state)
{
    struct seal_key key;
    struct buf box = {0}, open = {0};

    (void)state;
    seal_key_generate(&key);
    buf_add_text(&box, "in front:");
    buf_add_text(&open, "kept:");
    assert_int_equal(
        seal_close(&box, key.public_key, bytes_of_text("0905 123 456")), 0);
    assert_int_equal(box.size, 9 + 12 + SEAL_OVERHEAD);
    assert_int_equal(
        seal_open(&open, &key, bytes_of(box.data + 9, box.size - 9)), 0);
    assert_string_equal(buf_text(&open), "kept:0905 123 456");
    buf_free(&box);
    buf_free(&open);
}

static void nobody_else_opens_it(void **state)
{
    struct seal_key key, other;
    struct buf box = {0}, open = {0};

    (void)state;
    seal_key_generate(&key);
    seal_key_generate(&other);
    assert_int_equal(seal_close(&box, key.public_key, bytes_of_text("x")), 0);
    assert_int_equal(seal_open(&open, &other, buf_bytes(&box)), ERR_DAMAGED);
    assert_int_equal(open.size, 0);
    buf_free(&box);
    buf_free(&open);
}

static void a_changed_or_shortened_seal_does_not_open(void **state)
{
    struct seal_key key;
    struct buf box = {0}, open = {0};

    (void)state;
    seal_key_generate(&key);
    buf_add_text(&open, "kept");
    assert_int_equal(seal_close(&box, key.public_key, bytes_of_text("name")),
                     0);
    for (size_t i = 0; i < box.size; i++) {
        box.data[i] ^= 1;
        assert_int_equal(seal_open(&open, &key, buf_bytes(&box)), ERR_DAMAGED);
        box.data[i] ^= 1;
    }
    for (size_t size = 0; size < box.size; size++)
        assert_int_equal(seal_open(&open, &key, bytes_of(box.data, size)),
                         ERR_DAMAGED);
    assert_string_equal(buf_text(&open), "kept");
    assert_int_equal(seal_open(&open, &key, buf_bytes(&box)), 0);
    assert_string_equal(buf_text(&open), "keptname");
    buf_free(&box);
    buf_free(&open);
}

static void an_empty_message_can_be_sealed(void **state)
{
    struct seal_key key;
    struct buf box = {0}, open = {0};

    (void)state;
    seal_key_generate(&key);
    assert_int_equal(seal_close(&box, key.public_key, bytes_of(NULL, 0)), 0);
    assert_int_equal(box.size, SEAL_OVERHEAD);
    assert_int_equal(seal_open(&open, &key, buf_bytes(&box)), 0);
    assert_int_equal(open.size, 0);
    buf_free(&box);
    buf_free(&open);
}

static void a_public_key_that_is_none_is_refused(void **state)
{
    static const uint8_t zero[SEAL_PUBLIC_BYTES];
    struct buf box = {0};

    (void)state;
    assert_int_equal(seal_close(&box, zero, bytes_of_text("x")), ERR_INVALID);
    assert_int_equal(box.size, 0);
    buf_free(&box);
}

static void a_secret_box_opens_with_its_key_and_context_only(void **state)
{
    uint8_t other[BOX_KEY_BYTES] = {7, 7, 8};
    struct buf box = {0}, open = {0};

    (void)state;
    box_close(&box, box_key, "totp anh", bytes_of_text("secret"));
    assert_int_equal(box_open(&open, other, "totp anh", buf_bytes(&box)),
                     ERR_DAMAGED);
    assert_int_equal(box_open(&open, box_key, "totp an", buf_bytes(&box)),
                     ERR_DAMAGED);
    assert_int_equal(box_open(&open, box_key, "", buf_bytes(&box)),
                     ERR_DAMAGED);
    assert_int_equal(open.size, 0);
    assert_int_equal(box_open(&open, box_key, "totp anh", buf_bytes(&box)), 0);
    assert_string_equal(buf_text(&open), "secret");
    buf_free(&box);
    buf_free(&open);
}

static void a_changed_or_shortened_secret_box_does_not_open(void **state)
{
    struct buf box = {0}, open = {0};

    (void)state;
    box_close(&box, box_key, "c", bytes_of_text("secret"));
    for (size_t i = 0; i < box.size; i++) {
        box.data[i] ^= 0x10;
        assert_int_equal(box_open(&open, box_key, "c", buf_bytes(&box)),
                         ERR_DAMAGED);
        box.data[i] ^= 0x10;
    }
    for (size_t size = 0; size < box.size; size++)
        assert_int_equal(
            box_open(&open, box_key, "c", bytes_of(box.data, size)),
            ERR_DAMAGED);
    assert_int_equal(open.size, 0);
    buf_free(&box);
    buf_free(&open);
}

static void two_boxes_of_one_message_look_different(void **state)
{
    struct buf one = {0}, other = {0};

    (void)state;
    box_close(&one, box_key, "c", bytes_of_text("secret"));
    box_close(&other, box_key, "c", bytes_of_text("secret"));
    assert_int_equal(one.size, other.size);
    assert_memory_not_equal(one.data, other.data, 24);
    assert_memory_not_equal(one.data + 24, other.data + 24, 6);
    buf_free(&one);
    buf_free(&other);
}

static void a_password_is_known_again_and_no_other(void **state)
{
    static const char cost[] = "$argon2id$v=19$m=65536,t=3,p=1$";
    char stored[PASSWORD_TEXT_BYTES], again[PASSWORD_TEXT_BYTES];

    (void)state;
    assert_int_equal(password_store(stored, "mật khẩu"), 0);
    assert_memory_equal(stored, cost, strlen(cost));
    assert_true(password_check(stored, "mật khẩu"));
    assert_false(password_check(stored, "mật khẩu "));
    assert_false(password_check(stored, ""));
    assert_int_equal(password_store(again, "mật khẩu"), 0);
    assert_string_not_equal(stored, again);
}

static void a_password_over_the_limit_is_refused_before_any_work(void **state)
{
    static const uint8_t salt[PASSWORD_SALT_BYTES];
    char stored[PASSWORD_TEXT_BYTES];
    uint8_t key[BOX_KEY_BYTES];
    char *password = mem_new(PASSWORD_LIMIT + 2);

    (void)state;
    memset(password, 'p', PASSWORD_LIMIT + 1);
    assert_int_equal(password_store(stored, password), ERR_INVALID);
    assert_int_equal(password_key(key, salt, password), ERR_INVALID);
    password[PASSWORD_LIMIT] = '\0';
    assert_int_equal(password_store(stored, password), 0);
    assert_true(password_check(stored, password));
    password[PASSWORD_LIMIT] = 'p';
    assert_false(password_check(stored, password));
    mem_free(&password);
}

static void a_stored_text_that_is_none_knows_no_password(void **state)
{
    char longer[PASSWORD_TEXT_BYTES + 10];

    (void)state;
    memset(longer, '$', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_false(password_check("", ""));
    assert_false(password_check("plain", "plain"));
    assert_false(password_check("$argon2id$v=19$m=65536,t=3,p=1$", "x"));
    assert_false(password_check(longer, "x"));
    memset(longer, 'A', sizeof longer - 1);
    memcpy(longer, "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
           54);
    assert_false(password_check(longer, "x"));
}

/* A change here locks everybody out of their keys. libgcrypt 1.10 agrees. */
static void the_key_of_a_password_is_for_ever(void **state)
{
    static const uint8_t salt[PASSWORD_SALT_BYTES] = "0123456789abcde";
    static const uint8_t other_salt[PASSWORD_SALT_BYTES] = "0123456789abcdf";
    uint8_t key[BOX_KEY_BYTES], other[BOX_KEY_BYTES];
    char hex[2 * BOX_KEY_BYTES + 1];

    (void)state;
    assert_int_equal(password_key(key, salt, "mật khẩu"), 0);
    hex_encode(hex, key, sizeof key);
    assert_string_equal(hex, "d2a0b5e94b9f70c2acbafc4ecc6fdf96"
                             "01dd115d09015e76394ab74279ee8be7");
    assert_int_equal(password_key(other, other_salt, "mật khẩu"), 0);
    assert_memory_not_equal(key, other, sizeof key);
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
        cmocka_unit_test(a_published_secret_gives_the_published_key),
        cmocka_unit_test(the_owner_opens_what_was_sealed),
        cmocka_unit_test(nobody_else_opens_it),
        cmocka_unit_test(a_changed_or_shortened_seal_does_not_open),
        cmocka_unit_test(an_empty_message_can_be_sealed),
        cmocka_unit_test(a_public_key_that_is_none_is_refused),
        cmocka_unit_test(a_secret_box_opens_with_its_key_and_context_only),
        cmocka_unit_test(a_changed_or_shortened_secret_box_does_not_open),
        cmocka_unit_test(two_boxes_of_one_message_look_different),
        cmocka_unit_test(a_password_is_known_again_and_no_other),
        cmocka_unit_test(a_password_over_the_limit_is_refused_before_any_work),
        cmocka_unit_test(a_stored_text_that_is_none_knows_no_password),
        cmocka_unit_test(the_key_of_a_password_is_for_ever),
    };

    return cmocka_run_group_tests(tests, open_crypto, NULL);
}
