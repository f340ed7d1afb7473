/* tests/unit/test_web_gate.c - common/web: who may ask, by which path, and what
 * is kept of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/web/catalogue.h"
#include "common/web/inside.h"

static void a_page_of_ours_may_change_something(void **state)
{
    static const struct web_origin ours[] = {
        {"POST", "desk:8443", "https://desk:8443", "same-origin", "1"},
        {"POST", "desk:8443", "https://desk:8443", NULL, "1"},
        {"DELETE", "Desk:8443", "https://desk:8443", "same-origin", "1"},
        {"POST", "desk:8443", NULL, "same-origin", "1"},
        {"POST", "desk:8443", NULL, NULL, "1"}, /* no browser */
        {"GET", "desk:8443", NULL, "same-origin", NULL},
        {"GET", "desk:8443", NULL, "none", NULL}, /* typed */
        {"HEAD", "desk:8443", NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        assert_null(web_origin_fault(&ours[i]));
}

static void a_page_of_another_site_may_not(void **state)
{
    static const struct web_origin theirs[] = {
        {"POST", "desk:8443", "https://evil", "cross-site", "1"},
        {"POST", "desk:8443", "https://evil", NULL, "1"},
        {"POST", "desk:8443", "http://desk:8443", NULL, "1"},
        {"POST", "desk:8443", "https://desk:8443.evil", NULL, "1"},
        {"POST", "desk:8443", "https://desk", NULL, "1"},
        {"POST", "desk:8443", "null", NULL, "1"},
        {"POST", NULL, "https://desk:8443", NULL, "1"},
        {"POST", "desk:8443", "https://desk:8443", "same-site", "1"},
        {"POST", "desk:8443", "https://desk:8443", "none", "1"},
        {"POST", "desk:8443", "https://desk:8443", "same-origin", NULL},
        {"POST", "desk:8443", "https://desk:8443", "same-origin", "0"},
        {"DELETE", "desk:8443", NULL, NULL, NULL},
        {"GET", "desk:8443", NULL, "cross-site", NULL},
        {"GET", "desk:8443", NULL, "same-site", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        assert_non_null(web_origin_fault(&theirs[i]));
}

static void a_route_is_a_path_or_a_path_and_one_part(void **state)
{
    (void)state;
    assert_string_equal(web_route_rest("/api/reports", "/api/reports"), "");
    assert_null(web_route_rest("/api/reports", "/api/report"));
    assert_null(web_route_rest("/api/reports", "/api/reports/1"));
    assert_string_equal(web_route_rest("/api/reports/", "/api/reports/1"), "1");
    assert_null(web_route_rest("/api/reports/", "/api/reports"));
    assert_null(web_route_rest("/api/reports/", "/api/reports/"));
    assert_null(web_route_rest("/api/reports/", "/api/reports/1/2"));
}

static void a_token_is_64_small_hex_letters(void **state)
{
    char text[66];

    (void)state;
    memset(text, 'a', 65);
    text[64] = '\0';
    assert_true(web_is_token(text));
    text[3] = 'A';
    assert_false(web_is_token(text));
    text[3] = 'g';
    assert_false(web_is_token(text));
    text[3] = 'a';
    text[64] = 'a';
    text[65] = '\0';
    assert_false(web_is_token(text));
    assert_false(web_is_token(""));
    assert_false(web_is_token(NULL));
}

/* ---- the cache */

static void keep(struct web_cache *cache, const char *role, const char *target,
                 const char *body, uint64_t age)
{
    struct web_kept kept = {.role = role,
                            .target = target,
                            .tag = "\"t\"",
                            .body = bytes_of_text(body),
                            .age = age,
                            .until_ms = 1000};

    web_cache_put(cache, &kept);
}

static bool has(struct web_cache *cache, const char *role, const char *target,
                int64_t now_ms, const char *body)
{
    char tag[WEB_TAG_BYTES];
    struct buf out = {0};
    bool good = web_cache_get(cache, role, target, now_ms, &out, tag) &&
                strcmp(buf_text(&out), body) == 0;

    buf_free(&out);
    return good;
}

static void an_answer_is_kept_for_its_role_until_something_changes(void **state)
{
    struct web_cache *cache = web_cache_new();
    uint64_t age = web_cache_age(cache);

    (void)state;
    keep(cache, "duty", "/api/board?x=1", "1", age);
    assert_true(has(cache, "duty", "/api/board?x=1", 0, "1"));
    assert_false(has(cache, "analyst", "/api/board?x=1", 0, "1"));
    assert_false(has(cache, "duty", "/api/board?x=2", 0, "1"));
    assert_false(has(cache, "duty", "/api/board?x=1", 1000, "1"));
    web_cache_forget(cache);
    assert_false(has(cache, "duty", "/api/board?x=1", 0, "1"));
    web_cache_free(&cache);
}

static void what_was_read_before_a_change_is_not_kept_after_it(void **state)
{
    struct web_cache *cache = web_cache_new();
    uint64_t age = web_cache_age(cache);

    (void)state;
    web_cache_forget(cache); /* while somebody reads */
    keep(cache, "duty", "/api/board", "old", age);
    assert_false(has(cache, "duty", "/api/board", 0, "old"));
    keep(cache, "duty", "/api/board", "new", web_cache_age(cache));
    assert_true(has(cache, "duty", "/api/board", 0, "new"));
    web_cache_free(&cache);
}

static void what_is_kept_is_bounded(void **state)
{
    enum { MANY = 1000, BIG = 500000 };
    struct web_cache *cache = web_cache_new();
    struct buf big = {0};
    char target[32];

    (void)state;
    buf_reserve(&big, BIG);
    memset(big.data, 'x', BIG);
    big.size = BIG;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(target, sizeof target, "/api/%d", i);
        keep(cache, "duty", target, buf_text(&big), 0);
    }
    assert_true(has(cache, "duty", "/api/999", 0, buf_text(&big)));
    assert_true(has(cache, "duty", "/api/990", 0, buf_text(&big)));
    assert_false(has(cache, "duty", "/api/900", 0, buf_text(&big)));
    buf_free(&big);
    web_cache_free(&cache);
}

static void every_code_has_a_status_and_the_catalogue_its_words(void **state)
{
    struct json *out = json_object_new();

    (void)state;
    assert_int_equal(web_status_of("login"), 401);
    assert_int_equal(web_status_of("busy"), 429);
    assert_int_equal(web_status_of("disk"), 507);
    assert_int_equal(web_status_of("core"), 503);
    assert_int_equal(web_status_of("whatever a later core says"), 503);
    web_catalogue(out);
    assert_int_equal(json_count(json_get(out, "categories")), 39);
    assert_int_equal(json_count(json_get(out, "states")), 9);
    assert_int_equal(json_count(json_get(out, "channels")), 9);
    assert_int_equal(json_count(json_get(out, "outcomes")), 6);
    json_free(&out);
}

static void one_address_does_not_fill_the_slow_lane(void **state)
{
    struct web web = {.slow_lock = PTHREAD_MUTEX_INITIALIZER};
    char peer[HTTP_PEER_BYTES];

    (void)state;
    for (int i = 0; i < WEB_SLOW_EACH; i++)
        assert_true(web_slow_enter(&web, "192.0.2.1"));
    assert_false(web_slow_enter(&web, "192.0.2.1"));
    for (int i = WEB_SLOW_EACH; i < WEB_SLOW_MOST; i++) {
        (void)snprintf(peer, sizeof peer, "2001:db8:0:%d::1", i);
        assert_true(web_slow_enter(&web, peer));
    }
    assert_false(web_slow_enter(&web, "192.0.2.2"));
    web_slow_leave(&web, "192.0.2.1");
    assert_true(web_slow_enter(&web, "192.0.2.2"));
    assert_false(web_slow_enter(&web, "192.0.2.1"));
}

/* Nor does one machine that takes another address of its network each time. */
static void one_ipv6_network_does_not_fill_the_slow_lane(void **state)
{
    struct web web = {.slow_lock = PTHREAD_MUTEX_INITIALIZER};
    char peer[HTTP_PEER_BYTES];
    int taken = 0;

    (void)state;
    for (int i = 0; i < WEB_SLOW_MOST; i++) {
        (void)snprintf(peer, sizeof peer, "2001:db8::%d", i + 1);
        taken += web_slow_enter(&web, peer);
    }
    assert_int_equal(taken, WEB_SLOW_EACH);
    assert_true(web_slow_enter(&web, "192.0.2.2"));
    web_slow_leave(&web, "2001:db8::77");
    assert_true(web_slow_enter(&web, "2001:db8::78"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_ours_may_change_something),
        cmocka_unit_test(a_page_of_another_site_may_not),
        cmocka_unit_test(a_route_is_a_path_or_a_path_and_one_part),
        cmocka_unit_test(a_token_is_64_small_hex_letters),
        cmocka_unit_test(
            an_answer_is_kept_for_its_role_until_something_changes),
        cmocka_unit_test(what_was_read_before_a_change_is_not_kept_after_it),
        cmocka_unit_test(what_is_kept_is_bounded),
        cmocka_unit_test(one_address_does_not_fill_the_slow_lane),
        cmocka_unit_test(one_ipv6_network_does_not_fill_the_slow_lane),
        cmocka_unit_test(every_code_has_a_status_and_the_catalogue_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
