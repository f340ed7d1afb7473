/* tests/unit/test_base_buf.c - bytes, numbers, letters and UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

static void a_zeroed_buffer_is_empty_and_has_a_text(void **state)
{
    struct buf buf = {0};

    (void)state;
    assert_int_equal(buf_bytes(&buf).size, 0);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.size, 0);
    buf_free(&buf);
    buf_free(&buf);
    assert_null(buf.data);
}

static void what_is_added_stands_in_order(void **state)
{
    struct buf buf = {0};
    const uint8_t expected[] = {'a',  'b',  7,    1,    2,    3,
                                4,    0x11, 0x22, 0x33, 0x44, 0x55,
                                0x66, 0x77, 0x88, '4',  '2'};

    (void)state;
    buf_add(&buf, "ab", 2);
    buf_add(&buf, NULL, 0);
    buf_add_u8(&buf, 7);
    buf_add_u32(&buf, 0x01020304);
    buf_add_u64(&buf, 0x1122334455667788);
    buf_printf(&buf, "%d", 42);
    assert_true(
        bytes_equal(buf_bytes(&buf), bytes_of(expected, sizeof expected)));
    buf_clear(&buf);
    buf_add_text(&buf, "xã");
    buf_add_bytes(&buf, bytes_of_text("!"));
    assert_string_equal(buf_text(&buf), "xã!");
    assert_int_equal(buf.size, 4);
    buf_free(&buf);
}

static void a_buffer_grows_and_keeps_what_it_holds(void **state)
{
    struct buf buf = {0};

    (void)state;
    for (uint32_t i = 0; i < 10000; i++)
        buf_add_u32(&buf, i);
    assert_int_equal(buf.size, 40000);
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(get_u32(buf.data + 4 * i), i);
    buf_printf(&buf, "%01000d", 5);
    assert_int_equal(buf.size, 41000);
    assert_int_equal(buf.data[40999], '5');
    buf_free(&buf);
}

static void bytes_are_equal_only_in_size_and_content(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of("x", 0)));
    assert_true(bytes_equal(bytes_of("ab", 2), bytes_of("abc", 2)));
    assert_false(bytes_equal(bytes_of("ab", 2), bytes_of("abc", 3)));
    assert_false(bytes_equal(bytes_of("ab", 2), bytes_of("ac", 2)));
}

static void numbers_are_big_endian(void **state)
{
    uint8_t at[8];

    (void)state;
    put_u64(at, 0x8000000000000001);
    assert_memory_equal(at, "\x80\0\0\0\0\0\0\1", 8);
    assert_true(get_u64(at) == 0x8000000000000001);
    put_u32(at, 0xfffefdfc);
    assert_memory_equal(at, "\xff\xfe\xfd\xfc", 4);
    assert_true(get_u32(at) == 0xfffefdfc);
}

static void hex_is_read_in_any_case_and_exact_length(void **state)
{
    uint8_t out[3];
    char text[7];

    (void)state;
    hex_encode(text, "\x00\xab\xff", 3);
    assert_string_equal(text, "00abff");
    assert_true(hex_decode(out, 3, "00AbfF"));
    assert_memory_equal(out, "\x00\xab\xff", 3);
    assert_false(hex_decode(out, 3, "00abf"));
    assert_false(hex_decode(out, 3, "00abff0"));
    assert_false(hex_decode(out, 3, "00abfg"));
    assert_false(hex_decode(out, 3, ""));
    assert_true(hex_decode(out, 0, ""));
}

/* RFC 4648 section 10, without the padding. */
static const struct {
    const char *bytes, *base64url, *base32;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg", "MY"},
    {"fo", "Zm8", "MZXQ"},
    {"foo", "Zm9v", "MZXW6"},
    {"foob", "Zm9vYg", "MZXW6YQ"},
    {"fooba", "Zm9vYmE", "MZXW6YTB"},
    {"foobar", "Zm9vYmFy", "MZXW6YTBOI"},
};

static void base64url_and_base32_match_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct buf out = {0};

        base64url_encode(&out, bytes_of_text(vectors[i].bytes));
        assert_string_equal(buf_text(&out), vectors[i].base64url);
        buf_clear(&out);
        base32_encode(&out, bytes_of_text(vectors[i].bytes));
        assert_string_equal(buf_text(&out), vectors[i].base32);
        buf_clear(&out);
        assert_true(base64url_decode(&out, vectors[i].base64url));
        assert_true(base32_decode(&out, vectors[i].base32));
        assert_int_equal(out.size, 2 * strlen(vectors[i].bytes));
        assert_memory_equal(buf_text(&out), vectors[i].bytes,
                            strlen(vectors[i].bytes));
        buf_free(&out);
    }
}

static void every_byte_comes_back_from_both_bases(void **state)
{
    uint8_t bytes[256];
    struct buf text = {0}, back = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(255 - i);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        buf_clear(&text);
        buf_clear(&back);
        base64url_encode(&text, bytes_of(bytes, size));
        assert_true(base64url_decode(&back, buf_text(&text)));
        assert_true(bytes_equal(buf_bytes(&back), bytes_of(bytes, size)));
        buf_clear(&text);
        buf_clear(&back);
        base32_encode(&text, bytes_of(bytes, size));
        assert_true(base32_decode(&back, buf_text(&text)));
        assert_true(bytes_equal(buf_bytes(&back), bytes_of(bytes, size)));
    }
    buf_free(&text);
    buf_free(&back);
}

static void base64url_uses_the_letters_safe_in_addresses(void **state)
{
    struct buf out = {0};

    (void)state;
    base64url_encode(&out, bytes_of("\xfb\xff", 2));
    assert_string_equal(buf_text(&out), "-_8");
    buf_free(&out);
}

static void base32_forgives_case_dashes_and_spaces(void **state)
{
    struct buf out = {0};

    (void)state;
    assert_true(base32_decode(&out, "mzxw-6ytb oi"));
    assert_string_equal(buf_text(&out), "foobar");
    buf_free(&out);
}

static void a_refused_text_leaves_the_output_alone(void **state)
{
    static const char *const bad64[] = {"Zg==", "A",    "Zm9vA", "Zm9+",
                                        "Zm9/", "Z",    "Zm9vY", "Zh",
                                        "Zm9",  "Zm 8", "Zm8\n", "Zm-_é"};
    static const char *const bad32[] = {
        "A",        "AAA", "AAAAAA",   "M",        "MZX", "MZXW6Y",
        "MY======", "MZ",  "MZXW6YT1", "MZXW6YT0", "é"};
    struct buf out = {0};

    (void)state;
    buf_add_text(&out, "kept");
    for (size_t i = 0; i < sizeof bad64 / sizeof *bad64; i++)
        assert_false(base64url_decode(&out, bad64[i]));
    for (size_t i = 0; i < sizeof bad32 / sizeof *bad32; i++)
        assert_false(base32_decode(&out, bad32[i]));
    assert_string_equal(buf_text(&out), "kept");
    buf_free(&out);
}

static bool valid(const char *text) { return utf8_valid(bytes_of_text(text)); }

static void utf8_of_every_length_is_valid(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(valid("Quảng Điền"));
    assert_true(valid("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"));
    assert_true(valid("\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80"));
    assert_true(valid("\xf4\x8f\xbf\xbf"));
}

static void utf8_of_a_wrong_shape_is_refused(void **state)
{
    static const char *const bad[] = {
        "\x80",     /* lone continuation */
        "\xc0\x80", /* overlong */
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3", /* cut */
        "\xe1\xba",
        "\xf0\x9f\x98",
        "\xc3(",
        "\xe1\xba(",
        "\xe1(\xba",
        "\xf0\x9f\x98(",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(valid(bad[i]));
    assert_false(utf8_valid(bytes_of("a\0b", 3)));
}

static void a_secret_grows_and_goes_without_a_trace(void **state)
{
    struct buf buf = {0};

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        buf_reserve_wiping(&buf, 1);
        buf_add_u8(&buf, (uint8_t)i);
    }
    assert_int_equal(buf.size, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(buf.data[i], (uint8_t)i);
    buf_wipe(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.size + buf.room, 0);
    buf_wipe(&buf); /* an empty one as well */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_grows_and_goes_without_a_trace),
        cmocka_unit_test(a_zeroed_buffer_is_empty_and_has_a_text),
        cmocka_unit_test(what_is_added_stands_in_order),
        cmocka_unit_test(a_buffer_grows_and_keeps_what_it_holds),
        cmocka_unit_test(bytes_are_equal_only_in_size_and_content),
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(hex_is_read_in_any_case_and_exact_length),
        cmocka_unit_test(base64url_and_base32_match_the_rfc),
        cmocka_unit_test(every_byte_comes_back_from_both_bases),
        cmocka_unit_test(base64url_uses_the_letters_safe_in_addresses),
        cmocka_unit_test(base32_forgives_case_dashes_and_spaces),
        cmocka_unit_test(a_refused_text_leaves_the_output_alone),
        cmocka_unit_test(utf8_of_every_length_is_valid),
        cmocka_unit_test(utf8_of_a_wrong_shape_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
