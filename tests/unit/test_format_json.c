/* tests/unit/test_format_json.c - for common/format/json.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/format/json.h"

static struct json *parsed(const char *text)
{
    struct error err = {""};
    struct json *value = json_parse(bytes_of_text(text), &err);

    if (value == NULL)
        fail_msg("%s: %s", text, err.text);
    return value;
}

static void expect_refused_bytes(struct bytes text, const char *words)
{
    struct error err = {""};

    assert_null(json_parse(text, &err));
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_memory_equal(err.text, "line ", 5);
    assert_null(json_parse(text, NULL));
}

static void expect_refused(const char *text, const char *words)
{
    expect_refused_bytes(bytes_of_text(text), words);
}

static void expect_written(const struct json *value, const char *expected)
{
    struct buf out = {0};

    json_write(&out, value);
    assert_string_equal(buf_text(&out), expected);
    buf_free(&out);
}

static void text_joins_an_object_as_its_last_member(void **state)
{
    static const char *const said[][3] = {
        {"{\"a\":1}", "[{},\"b\"]", "{\"a\":1,\"rows\":[{},\"b\"]}"},
        {"{}", "[]", "{\"rows\":[]}"},
        {"{\"a\":1}", "", "{\"a\":1}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct json *value = parsed(said[i][0]);
        struct buf out = {0};

        buf_add_text(&out, "before ");
        json_write_more(&out, value, "rows", bytes_of_text(said[i][1]));
        assert_string_equal(buf_text(&out) + 7, said[i][2]);
        buf_free(&out);
        json_free(&value);
    }
}

/* ---- what comes in ---- */

static void what_is_written_is_what_was_read_in_its_order(void **state)
{
    static const char *const texts[] = {
        "{\"z\":1,\"a\":[true,false,null,\"\",{}],\"m\":{\"b\":[],\"a\":-7}}",
        "{\"lat\":16.5333,\"lon\":107.1,\"tenth\":0.1,\"whole\":2.0}",
        "\"Quảng Điền \\\"quoted\\\" \\\\ \\n\\t\\u0001\"",
        "[9223372036854775807,-9223372036854775808]",
        "null",
        "17",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json *value = parsed(texts[i]);

        expect_written(value, texts[i]);
        json_free(&value);
        assert_null(value);
    }
}

static void a_repeated_key_is_refused(void **state)
{
    (void)state;
    expect_refused("{\"id\":1,\"id\":2}", "duplicate");
    expect_refused("{\"id\":1,\"\\u0069d\":2}", "duplicate");
    expect_refused("[{\"a\":{\"b\":1,\"b\":1}}]", "duplicate");
}

static void nested(struct buf *out, size_t depth, const char *open,
                   const char *middle, const char *close)
{
    buf_clear(out);
    for (size_t i = 0; i < depth; i++)
        buf_add_text(out, open);
    buf_add_text(out, middle);
    for (size_t i = 0; i < depth; i++)
        buf_add_text(out, close);
}

static void thirty_two_levels_pass_and_one_more_is_refused(void **state)
{
    struct buf text = {0};
    struct json *value;

    (void)state;
    nested(&text, 32, "[", "", "]");
    value = parsed(buf_text(&text));
    json_free(&value);
    nested(&text, 33, "[", "", "]");
    expect_refused(buf_text(&text), "line 1 column 33: nested too deeply");
    nested(&text, 32, "{\"a\":", "1", "}");
    value = parsed(buf_text(&text));
    json_free(&value);
    nested(&text, 33, "{\"a\":", "1", "}");
    expect_refused(buf_text(&text), "nested too deeply");
    nested(&text, 17, "{\"a\":[", "1", "]}");
    expect_refused(buf_text(&text), "nested too deeply");
    nested(&text, 1000000, "[", "", "");
    expect_refused(buf_text(&text), "nested too deeply");
    buf_free(&text);
}

static void only_open_brackets_outside_of_texts_are_depth(void **state)
{
    struct buf text = {0};
    struct json *value;

    (void)state;
    buf_add_text(&text, "[\"");
    for (int i = 0; i < 40; i++)
        buf_add_text(&text, "[{\\\"");
    buf_add_text(&text, "\"]");
    value = parsed(buf_text(&text));
    json_free(&value);
    buf_clear(&text);
    buf_add_text(&text, "[");
    for (int i = 0; i < 40; i++)
        buf_add_text(&text, "[],{},");
    buf_add_text(&text, "1]");
    value = parsed(buf_text(&text));
    assert_int_equal(json_count(value), 81);
    json_free(&value);
    /* a text that ends in a backslash hides nothing behind it */
    buf_clear(&text);
    buf_add_text(&text, "[\"\\\\\",");
    for (int i = 0; i < 32; i++)
        buf_add_text(&text, "[");
    expect_refused(buf_text(&text), "nested too deeply");
    buf_free(&text);
}

static void nul_is_refused_in_every_form(void **state)
{
    (void)state;
    expect_refused_bytes(bytes_of("\"a\0b\"", 5), "column 3: a NUL byte");
    expect_refused_bytes(bytes_of("[\n\n 1\0]", 7), "line 3 column 3: a NUL");
    expect_refused_bytes(bytes_of("{}\0", 3), "a NUL byte");
    expect_refused_bytes(bytes_of("\0", 1), "a NUL byte");
    expect_refused("\"a\\u0000b\"", "u0000");
    expect_refused("{\"a\\u0000b\":1}", "NUL byte in object key");
}

static void bytes_that_are_not_utf_8_are_refused(void **state)
{
    static const char *const bad[] = {
        "\"\xff\"",             /* never in UTF-8 */
        "\"\xc0\xaf\"",         /* overlong */
        "\"\xed\xa0\x80\"",     /* half of a surrogate pair */
        "\"\xf4\x90\x80\x80\"", /* beyond the last character */
        "\"\xe1\xba\"",         /* cut short */
        "{\"\x80\":1}",         /* as a key */
        "\"\\ud800\"",
        "\"\\udc00x\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refused(bad[i], "line 1 column");
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    expect_refused("", "line 1 column 0");
    expect_refused("  ", "line 1 column");
    expect_refused("{\"a\":1} x", "end of file expected");
    expect_refused("1 2", "end of file expected");
    expect_refused("{\n  \"a\": nope\n}", "line 2 column");
    expect_refused("{'a':1}", "line 1");
    expect_refused("[1,]", "line 1");
    expect_refused("{\"a\":1,}", "line 1");
    expect_refused("[01]", "line 1");
    expect_refused("NaN", "line 1");
    expect_refused("[1] // why", "line 1");
    expect_refused("\xef\xbb\xbf{}", "line 1");
    expect_refused("99999999999999999999", "too big");
    expect_refused("1e999", "overflow");
    expect_refused("\"two\nlines\"", "line 1");
}

static void the_reason_never_repeats_what_came_in(void **state)
{
    struct error err = {""};

    (void)state;
    assert_null(json_parse(bytes_of_text("{\"phone\": 0905123456}"), &err));
    assert_null(strstr(err.text, "0905"));
    assert_null(json_parse(bytes_of_text("{\"phone\" \"secret\"}"), &err));
    assert_null(strstr(err.text, "secret"));
    assert_null(
        json_parse(bytes_of_text("{\"a\":1,\"Anh\":1,\"Anh\":2}"), &err));
    assert_null(strstr(err.text, "Anh"));
    assert_null(strchr(err.text, '\n'));
}

static const char document[] =
    "{\"category\":\"flood\",\"text\":\"Nước vào \\u0111ường\",\"lat\":16.5,"
    "\"lon\":-1e2,\"urgent\":true,\"list\":[1,{\"a\":null}]}";

static void no_beginning_of_a_document_is_a_document(void **state)
{
    struct json *whole;

    (void)state;
    for (size_t size = 0; size < sizeof document - 1; size++)
        assert_null(json_parse(bytes_of(document, size), NULL));
    whole = parsed(document);
    assert_int_equal(json_count(whole), 6);
    json_free(&whole);
}

/* Whatever is taken must be written, read again and be the same. */
static void changed_documents_are_refused_or_come_back_the_same(void **state)
{
    char text[sizeof document];
    uint32_t seed = 12345;
    int taken = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct buf once = {0}, twice = {0};
        struct json *value, *again;

        memcpy(text, document, sizeof text);
        for (int i = 0; i < 2; i++) {
            seed = seed * 1664525U + 1013904223U;
            text[(seed >> 16) % (sizeof document - 1)] =
                "\"\\{}[],:0e-9u\xc3\x01t "[(seed >> 8) % 17];
        }
        value = json_parse(bytes_of(text, sizeof text - 1), NULL);
        if (value == NULL)
            continue;
        taken++;
        json_write(&once, value);
        again = json_parse(buf_bytes(&once), NULL);
        assert_non_null(again);
        json_write(&twice, again);
        assert_true(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
        json_free(&value);
        json_free(&again);
        buf_free(&once);
        buf_free(&twice);
    }
    assert_in_range(taken, 100, 19000);
}

/* ---- looking inside ---- */

static void values_know_what_they_are(void **state)
{
    struct json *all = parsed("[{},[],\"t\",1,1.5,true,false,null]");
    bool (*const is[])(const struct json *) = {
        json_is_object, json_is_array, json_is_text, json_is_number,
        json_is_true,   json_is_bool,  json_is_null,
    };
    /* one row per value, one column per question */
    static const char expected[][8] = {"1000000", "0100000", "0010000",
                                       "0001000", "0001000", "0000110",
                                       "0000010", "0000001"};

    (void)state;
    for (size_t v = 0; v < 8; v++)
        for (size_t q = 0; q < 7; q++)
            assert_int_equal(is[q](json_at(all, v)), expected[v][q] == '1');
    for (size_t q = 0; q < 7; q++)
        assert_false(is[q](NULL));
    json_free(&all);
}

static void getters_take_nothing_and_wrong_types_as_not_there(void **state)
{
    struct json *value = parsed("{\"t\":\"x\",\"n\":5,\"r\":1.5,\"f\":true}");
    int64_t number = 77;
    double real = 7.5;

    (void)state;
    assert_null(json_get(NULL, "a"));
    assert_null(json_get(json_get(value, "t"), "a"));
    assert_null(json_get(value, "missing"));
    assert_null(json_at(NULL, 0));
    assert_null(json_at(value, 0));
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_count(json_get(value, "t")), 0);
    assert_null(json_text(NULL));
    assert_null(json_text(json_get(value, "n")));
    assert_null(json_get_text(value, "n"));
    assert_null(json_get_text(NULL, "n"));
    assert_false(json_get_i64(value, "t", &number));
    assert_false(json_get_i64(value, "r", &number));
    assert_false(json_get_i64(value, "missing", &number));
    assert_false(json_get_i64(NULL, "n", &number));
    assert_int_equal(number, 77);
    assert_false(json_get_real(value, "t", &real));
    assert_false(json_get_real(value, "f", &real));
    assert_false(json_get_real(NULL, "r", &real));
    assert_true(real > 7.4 && real < 7.6);
    assert_false(json_get_flag(value, "n"));
    assert_false(json_get_flag(value, "missing"));
    assert_false(json_get_flag(NULL, "f"));
    json_free(&value);
    json_free(&value);
}

static void getters_find_what_is_there(void **state)
{
    struct json *value = parsed("{\"t\":\"x\",\"n\":-5,\"r\":1.5,\"f\":true,"
                                "\"no\":false,\"a\":[10,20]}");
    int64_t number;
    double real;

    (void)state;
    assert_string_equal(json_get_text(value, "t"), "x");
    assert_true(json_get_i64(value, "n", &number));
    assert_int_equal(number, -5);
    assert_true(json_get_real(value, "r", &real));
    assert_true(real > 1.49 && real < 1.51);
    assert_true(json_get_real(value, "n", &real));
    assert_true(real > -5.01 && real < -4.99);
    assert_true(json_get_flag(value, "f"));
    assert_false(json_get_flag(value, "no"));
    assert_int_equal(json_count(value), 6);
    assert_int_equal(json_count(json_get(value, "a")), 2);
    assert_null(json_at(json_get(value, "a"), 2));
    json_free(&value);
}

static int note_key(void *context, const char *key, const struct json *value)
{
    struct buf *seen = context;

    buf_add_text(seen, key);
    json_write(seen, value);
    return strcmp(key, "stop") == 0 ? 42 : 0;
}

static void each_member_is_shown_in_order_until_one_stops(void **state)
{
    struct json *all = parsed("{\"z\":1,\"a\":[2],\"m\":3}");
    struct json *some = parsed("{\"z\":1,\"stop\":2,\"m\":3}");
    struct buf seen = {0};

    (void)state;
    assert_int_equal(json_each(all, note_key, &seen), 0);
    assert_string_equal(buf_text(&seen), "z1a[2]m3");
    buf_clear(&seen);
    assert_int_equal(json_each(some, note_key, &seen), 42);
    assert_string_equal(buf_text(&seen), "z1stop2");
    assert_int_equal(json_each(NULL, note_key, &seen), 0);
    assert_int_equal(json_each(json_get(all, "a"), note_key, &seen), 0);
    assert_string_equal(buf_text(&seen), "z1stop2");
    buf_free(&seen);
    json_free(&all);
    json_free(&some);
}

/* ---- what goes out ---- */

static void an_object_is_built_member_by_member(void **state)
{
    struct json *object = json_object_new();
    struct json *array = json_array_new();

    (void)state;
    json_add_text(array, "một");
    json_add_text(array, NULL);
    json_add(array, json_object_new());
    json_add(array, NULL);
    json_set_text(object, "text", "say \"hi\"\n");
    json_set_text(object, "none", NULL);
    json_set_i64(object, "least", INT64_MIN);
    json_set_real(object, "tenth", 0.1);
    json_set_flag(object, "yes", true);
    json_set_flag(object, "no", false);
    json_set_null(object, "null");
    json_set(object, "array", array);
    expect_written(object, "{\"text\":\"say \\\"hi\\\"\\n\",\"none\":null,"
                           "\"least\":-9223372036854775808,\"tenth\":0.1,"
                           "\"yes\":true,\"no\":false,\"null\":null,"
                           "\"array\":[\"một\",null,{},null]}");
    json_free(&object);
}

static void a_second_value_takes_the_place_of_the_first(void **state)
{
    struct json *object = json_object_new();

    (void)state;
    json_set_i64(object, "a", 1);
    json_set_i64(object, "b", 2);
    json_set_text(object, "a", "new");
    json_set(object, "b", json_array_new());
    expect_written(object, "{\"a\":\"new\",\"b\":[]}");
    json_free(&object);
}

static void numbers_json_cannot_say_become_null(void **state)
{
    struct json *object = json_object_new();

    (void)state;
    json_set_real(object, "a", (double)NAN);
    json_set_real(object, "b", (double)INFINITY);
    json_set_real(object, "c", -(double)INFINITY);
    expect_written(object, "{\"a\":null,\"b\":null,\"c\":null}");
    json_free(&object);
}

static void a_text_that_is_not_utf_8_goes_out_as_ascii(void **state)
{
    struct json *object = json_object_new();

    (void)state;
    json_set_text(object, "a", "caf\xe9 1");
    expect_written(object, "{\"a\":\"caf? 1\"}");
    json_free(&object);
}

static void writing_appends(void **state)
{
    struct json *object = json_object_new();
    struct buf out = {0};

    (void)state;
    json_set_i64(object, "a", 1);
    buf_add_text(&out, "x=");
    json_write(&out, object);
    assert_string_equal(buf_text(&out), "x={\"a\":1}");
    buf_clear(&out);
    json_write_pretty(&out, object);
    assert_string_equal(buf_text(&out), "{\n  \"a\": 1\n}");
    buf_free(&out);
    json_free(&object);
}

static void what_is_wiped_is_gone_wherever_it_is_held(void **state)
{
    struct json *value = parsed("{\"a\":[\"mật khẩu\"],\"n\":1}");
    struct json *held = json_take(value, "a");
    struct json *nothing = NULL;

    (void)state;
    assert_string_equal(json_text(json_at(held, 0)), "mật khẩu");
    json_wipe(&value);
    assert_null(value);
    assert_string_equal(json_text(json_at(held, 0)), "");
    json_free(&held);
    json_wipe(&nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_what_was_read_in_its_order),
        cmocka_unit_test(text_joins_an_object_as_its_last_member),
        cmocka_unit_test(a_repeated_key_is_refused),
        cmocka_unit_test(thirty_two_levels_pass_and_one_more_is_refused),
        cmocka_unit_test(only_open_brackets_outside_of_texts_are_depth),
        cmocka_unit_test(nul_is_refused_in_every_form),
        cmocka_unit_test(bytes_that_are_not_utf_8_are_refused),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(the_reason_never_repeats_what_came_in),
        cmocka_unit_test(no_beginning_of_a_document_is_a_document),
        cmocka_unit_test(changed_documents_are_refused_or_come_back_the_same),
        cmocka_unit_test(values_know_what_they_are),
        cmocka_unit_test(getters_take_nothing_and_wrong_types_as_not_there),
        cmocka_unit_test(getters_find_what_is_there),
        cmocka_unit_test(each_member_is_shown_in_order_until_one_stops),
        cmocka_unit_test(an_object_is_built_member_by_member),
        cmocka_unit_test(a_second_value_takes_the_place_of_the_first),
        cmocka_unit_test(numbers_json_cannot_say_become_null),
        cmocka_unit_test(a_text_that_is_not_utf_8_goes_out_as_ascii),
        cmocka_unit_test(writing_appends),
        cmocka_unit_test(what_is_wiped_is_gone_wherever_it_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
