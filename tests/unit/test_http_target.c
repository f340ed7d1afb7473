/* tests/unit/test_http_target.c - common/http/target.h, and what answers are
 * chosen by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/http/inside.h"

static void a_path_and_its_parameters_are_decoded_once(void **state)
{
    struct http_target t;

    (void)state;
    assert_int_equal(
        http_target_parse(&t, "/api/b%C3%A1o?q=c%C3%A1t+tr%e1%ba%b7c&a=&b"), 0);
    assert_string_equal(t.path, "/api/báo");
    assert_int_equal(t.query_count, 3);
    assert_string_equal(t.query[0].name, "q");
    assert_string_equal(t.query[0].value, "cát trặc");
    assert_string_equal(t.query[1].value, "");
    assert_string_equal(t.query[2].name, "b");
    assert_string_equal(t.query[2].value, "");
    assert_string_equal(t.raw, "/api/b%C3%A1o?q=c%C3%A1t+tr%e1%ba%b7c&a=&b");
    http_target_free(&t);
    assert_int_equal(http_target_parse(&t, "/"), 0);
    assert_string_equal(t.path, "/");
    assert_int_equal(t.query_count, 0);
    http_target_free(&t);
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "*",
        "api",
        "http://other/api",
        "//api",
        "/api//reports",
        "/api/",
        "/api/../keys",
        "/..",
        "/.",
        "/api/./x",
        "/api/%2e%2e/keys",
        "/%2E%2e",
        "/api%2Freports",
        "/api%5creports",
        "/api\\reports",
        "/api/%252e",
        "/api/%00",
        "/api/%0d%0aSet-Cookie:x",
        "/api/%7f",
        "/api/%",
        "/api/%4",
        "/api/%zz",
        "/api/%ff",
        "/api/x#y",
        "/api/x?a=%",
        "/api/x?a=%00",
        "/api/x?a=%ff",
        "/api/x?a=1&a=2",
        "/api/x?a=1#y",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_target t;
        unsigned status = http_target_parse(&t, bad[i]);

        if (status != 400)
            print_error("accepted: %s\n", bad[i]);
        assert_int_equal(status, 400);
    }
}

static void length_and_number_are_bounded(void **state)
{
    char *raw = mem_new(HTTP_TARGET_LIMIT + 2);
    struct buf many = {0};
    struct http_target t;

    (void)state;
    memset(raw, 'a', HTTP_TARGET_LIMIT + 1);
    raw[0] = '/';
    assert_int_equal(http_target_parse(&t, raw), 414);
    raw[HTTP_TARGET_LIMIT] = '\0';
    assert_int_equal(http_target_parse(&t, raw), 0);
    http_target_free(&t);
    mem_free(&raw);
    buf_add_text(&many, "/x?");
    for (int i = 0; i < HTTP_QUERY_LIMIT; i++)
        buf_printf(&many, "p%d=1&", i);
    assert_int_equal(http_target_parse(&t, buf_text(&many)), 0);
    http_target_free(&t);
    buf_add_text(&many, "one_more=1");
    assert_int_equal(http_target_parse(&t, buf_text(&many)), 400);
    buf_free(&many);
}

static void a_coding_is_taken_when_the_client_says_so(void **state)
{
    (void)state;
    assert_true(http_takes_coding("gzip, deflate, br", "br"));
    assert_true(http_takes_coding("gzip, deflate, br", "gzip"));
    assert_true(http_takes_coding("GZIP;q=0.5", "gzip"));
    assert_true(http_takes_coding("br;q=0.001", "br"));
    assert_false(http_takes_coding("br;q=0", "br"));
    assert_false(http_takes_coding("br; q=0.000, gzip", "br"));
    assert_false(http_takes_coding("brotli", "br"));
    assert_false(http_takes_coding("", "br"));
    assert_false(http_takes_coding(NULL, "br"));
}

static void a_tag_is_found_in_a_list(void **state)
{
    (void)state;
    assert_true(http_tag_matches("\"a\"", "\"a\""));
    assert_true(http_tag_matches("\"x\", W/\"a\" , \"y\"", "\"a\""));
    assert_true(http_tag_matches("*", "\"a\""));
    assert_false(http_tag_matches("\"ab\"", "\"a\""));
    assert_false(http_tag_matches("a", "\"a\""));
    assert_false(http_tag_matches(NULL, "\"a\""));
}

static void a_file_is_found_by_its_path(void **state)
{
    static const struct http_asset list[] = {
        {.path = "/assets/a.1.js"},
        {.path = "/assets/b.1.css"},
        {.path = "/index.html"},
    };
    static const struct http_assets assets = {list, 3};

    (void)state;
    assert_ptr_equal(http_asset_find(&assets, "/assets/a.1.js"), &list[0]);
    assert_ptr_equal(http_asset_find(&assets, "/index.html"), &list[2]);
    assert_null(http_asset_find(&assets, "/assets"));
    assert_null(http_asset_find(&assets, "/z"));
    assert_null(http_asset_find(NULL, "/index.html"));
}

static void only_this_machine_is_here(void **state)
{
    static const char *const here[] = {
        "127.0.0.1",    "127.0.0.1:9471", "127.255.255.255:1", "LocalHost",
        "localhost:80", "[::1]",          "[::1]:9471"};
    static const char *const elsewhere[] = {"",
                                            "evil.example",
                                            "127.evil.example",
                                            "127.0.0.1.evil.example:9471",
                                            "127.0.0.1evil.example",
                                            "127.1",
                                            "128.0.0.1",
                                            "localhost.evil.example",
                                            "localhosted",
                                            "[::1].evil.example",
                                            "[::2]",
                                            "::1"};

    (void)state;
    assert_true(http_host_is_here(NULL));
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (!http_host_is_here(here[i]))
            fail_msg("%s is not here", here[i]);
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (http_host_is_here(elsewhere[i]))
            fail_msg("%s is here", elsewhere[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_and_its_parameters_are_decoded_once),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(length_and_number_are_bounded),
        cmocka_unit_test(a_coding_is_taken_when_the_client_says_so),
        cmocka_unit_test(a_tag_is_found_in_a_list),
        cmocka_unit_test(a_file_is_found_by_its_path),
        cmocka_unit_test(only_this_machine_is_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
