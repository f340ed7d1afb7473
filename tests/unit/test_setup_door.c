/* tests/unit/test_setup_door.c - common/setup/code.h and door.h: who may set a
 * program up, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/random.h"
#include "common/setup/code.h"
#include "common/setup/door.h"

#define MINUTE INT64_C(60000)

struct fixture {
    struct setup_door *door;
    char code[SETUP_CODE_TEXT_BYTES];
    char session[65]; /* "" : none */
    const char *from;
    int64_t now_ms;
    enum setup_what work; /* of the last request */
};

static void open_door(struct fixture *f, bool keeps, bool again)
{
    struct setup_door_config config = {"node", keeps, again};
    struct hash hash;

    memset(f, 0, sizeof *f);
    f->from = "192.0.2.7";
    f->door = setup_door_new(&config);
    setup_code_make(f->code);
    assert_true(setup_code_hash(&hash, f->code));
    setup_door_code(f->door, &hash);
}

/* The reply; owned. */
static struct json *ask(struct fixture *f, const char *command,
                        const char *args)
{
    struct json *request = json_object_new(), *taken, *reply;
    struct buf text = {0}, said = {0};

    json_set_text(request, "id", "019ab3d4-0000-7000-8000-000000000001");
    json_set_text(request, "command", command);
    json_set_text(request, "from", f->from);
    if (f->session[0] != '\0')
        json_set_text(request, "session", f->session);
    json_set(request, "args", json_parse(bytes_of_text(args), NULL));
    json_write(&text, request);
    json_free(&request);
    f->work =
        setup_door_take(f->door, buf_bytes(&text), f->now_ms, &said, &taken);
    json_wipe(&taken);
    reply = json_parse(buf_bytes(&said), NULL);
    assert_non_null(reply);
    buf_free(&text);
    buf_free(&said);
    return reply;
}

static void expect(struct fixture *f, const char *command, const char *args,
                   const char *code)
{
    struct json *reply = ask(f, command, args);
    const char *got = json_get_text(reply, "code");

    if (code == NULL)
        assert_true(json_get_flag(reply, "ok"));
    else
        assert_string_equal(got == NULL ? "ok" : got, code);
    json_free(&reply);
}

static void enter(struct fixture *f, const char *typed)
{
    char args[96];
    struct json *reply;
    const char *token;

    (void)snprintf(args, sizeof args, "{\"code\":\"%s\"}", typed);
    reply = ask(f, "setup.code", args);
    token = json_get_text(json_get(reply, "out"), "session");
    assert_non_null(token);
    assert_int_equal(strlen(token), 64);
    (void)snprintf(f->session, sizeof f->session, "%s", token);
    json_free(&reply);
}

/* What the work of a step came to. */
static void worked(struct fixture *f, const char *look, bool shares)
{
    struct setup_shares two = {
        .there = shares,
        .first = "share recovery-1 AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH-"
                 "IIII-JJJJ-KKKK-LLLL-MMMM-NNNN-OOOO-PPPP-QQ",
        .second = "share recovery-2 AAAA-BCBC-CDCD-DEDE-EFEF-FGFG-GHGH-HIHI-"
                  "IJIJ-JKJK-KLKL-LMLM-MNMN-NONO-OPOP-PQPQ-QR"};
    struct setup_fault none = {NULL, NULL, NULL};

    setup_door_worked(f->door, json_parse(bytes_of_text(look), NULL), &two,
                      &none);
}

static struct json *state(struct fixture *f)
{
    struct json *reply = ask(f, "setup.state", "{}");
    struct json *out = json_take(reply, "out");

    json_free(&reply);
    assert_non_null(out);
    return out;
}

static void step_is(struct fixture *f, const char *step)
{
    struct json *out = state(f);

    assert_string_equal(json_get_text(out, "step"), step);
    json_free(&out);
}

/* The group of a line that the state asks for. */
static void group_of(const struct json *shares, const char *key, size_t place,
                     char out[5])
{
    const char *line = strrchr(json_get_text(shares, key), ' ') + 1;
    int64_t group = 0;

    assert_true(
        json_get_i64(json_at(json_get(shares, "ask"), place), "group", &group));
    assert_in_range(group, 3, 16);
    memcpy(out, line + 5 * (group - 1), 4);
    out[4] = '\0';
}

static void confirm_args(struct fixture *f, char *args, size_t size)
{
    struct json *out = state(f);
    char first[5], second[5];

    group_of(json_get(out, "shares"), "first", 0, first);
    group_of(json_get(out, "shares"), "second", 1, second);
    (void)snprintf(args, size, "{\"first\":\" %s\",\"second\":\"%s\"}", first,
                   second);
    json_free(&out);
}

/* ---- the code */

static void a_code_is_read_as_it_was_meant(void **unused)
{
    struct hash a, b;

    (void)unused;
    assert_true(setup_code_hash(&a, "0123-1QKM-2F9X-ABCD-EFGH"));
    assert_true(setup_code_hash(&b, " o123lqkm 2f9xabcdefgh"));
    assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
    assert_true(setup_code_hash(&b, "0123-1QKM-2F9X-ABCD-EFGJ"));
    assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
    assert_false(setup_code_hash(&a, "0123-1QKM-2F9X-ABCD-EFG"));
    assert_false(setup_code_hash(&a, "0123-1QKM-2F9X-ABCD-EFGHJ"));
    assert_false(setup_code_hash(&a, "0123-1QKM-2F9X-ABCD-EFGU"));
    assert_false(setup_code_hash(&a, ""));
}

static void codes_are_grouped_and_never_the_same(void **unused)
{
    char one[SETUP_CODE_TEXT_BYTES], other[SETUP_CODE_TEXT_BYTES];
    struct hash hash;

    (void)unused;
    setup_code_make(one);
    setup_code_make(other);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), 24);
    assert_int_equal(one[4], '-');
    assert_true(setup_code_hash(&hash, one));
}

/* ---- who */

static void nothing_is_told_and_nothing_done_without_the_code(void **unused)
{
    struct fixture f;

    (void)unused;
    open_door(&f, true, true);
    expect(&f, "setup.state", "{}", "login");
    expect(&f, "setup.make", "{\"token\":\"x\"}", "login");
    memset(f.session, 'a', 64);
    expect(&f, "setup.state", "{}", "login");
    f.session[0] = '\0';
    expect(&f, "setup.code", "{\"code\":\"0123-1QKM-2F9X-ABCD-EFGH\"}",
           "login");
    expect(&f, "setup.code", "{\"code\":7}", "login");
    enter(&f, f.code);
    expect(&f, "setup.state", "{}", NULL);
    f.now_ms += SETUP_SESSION_MS;
    expect(&f, "setup.state", "{}", "login");
    enter(&f, f.code); /* the same code, again */
    expect(&f, "setup.state", "{}", NULL);
    setup_door_free(&f.door);
}

static void who_guesses_waits_and_holds_nobody_else_up(void **unused)
{
    struct fixture f;
    struct json *reply;
    int64_t seconds = 0;

    (void)unused;
    open_door(&f, true, true);
    f.from = "192.0.2.66";
    for (int i = 0; i < 6; i++)
        expect(&f, "setup.code", "{\"code\":\"guess\"}", "login");
    reply = ask(&f, "setup.code", "{\"code\":\"guess\"}");
    assert_string_equal(json_get_text(reply, "code"), "busy");
    assert_true(json_get_i64(reply, "retry_after", &seconds));
    assert_true(seconds > 0);
    json_free(&reply);
    f.from = "192.0.2.7";
    enter(&f, f.code);
    setup_door_free(&f.door);
}

static void the_latest_four_codes_let_in(void **unused)
{
    struct fixture f;
    struct hash hash;
    char args[64], next[SETUP_CODE_TEXT_BYTES];

    (void)unused;
    open_door(&f, true, true);
    for (int i = 0; i < SETUP_CODES - 1; i++) {
        setup_code_make(next);
        assert_true(setup_code_hash(&hash, next));
        setup_door_code(f.door, &hash);
    }
    enter(&f, f.code);
    enter(&f, next);
    setup_door_code(f.door, &hash);
    (void)snprintf(args, sizeof args, "{\"code\":\"%s\"}", f.code);
    expect(&f, "setup.code", args, "login");
    setup_door_free(&f.door);
}

static void what_is_no_request_is_refused(void **unused)
{
    struct fixture f;
    static const char *const bad[] = {
        "", "[]", "{}", "{\"id\":\"x\",\"command\":\"setup.state\"}",
        "{\"id\":7,\"command\":7,\"from\":\"x\"}"};

    (void)unused;
    open_door(&f, true, true);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf reply = {0};
        struct json *args;

        assert_int_equal(
            setup_door_take(f.door, bytes_of_text(bad[i]), 0, &reply, &args),
            SETUP_NOTHING);
        assert_non_null(strstr(buf_text(&reply), "\"invalid\""));
        buf_free(&reply);
    }
    setup_door_free(&f.door);
}

/* ---- in which order */

static void the_steps_come_in_their_order_and_once(void **unused)
{
    struct fixture f;
    char args[64];

    (void)unused;
    open_door(&f, true, true);
    enter(&f, f.code);
    expect(&f, "setup.make", "{}", "conflict"); /* nobody has looked yet */
    worked(&f, "{\"step\":\"make\"}", false);
    expect(&f, "setup.confirm", "{}", "conflict");
    expect(&f, "setup.people", "{}", "conflict");
    expect(&f, "setup.nonsense", "{}", "missing");
    expect(&f, "setup.make", "{\"token\":\"x\"}", NULL);
    assert_int_equal(f.work, SETUP_MAKE);
    assert_true(setup_door_working(f.door));
    expect(&f, "setup.make", "{\"token\":\"x\"}", "busy"); /* a double click */
    worked(&f, "{\"step\":\"shares\",\"name\":\"X\"}", true);
    expect(&f, "setup.make", "{}", "conflict");
    expect(&f, "setup.shares", "{}",
           "conflict"); /* these are still to be had */
    confirm_args(&f, args, sizeof args);
    expect(&f, "setup.confirm", args, NULL);
    assert_int_equal(f.work, SETUP_SHOWN);
    worked(&f, "{\"step\":\"people\"}", false);
    expect(&f, "setup.people", "{}", NULL);
    assert_int_equal(f.work, SETUP_PEOPLE);
    assert_false(setup_door_done(f.door));
    worked(&f, "{\"step\":\"done\"}", false);
    assert_true(setup_door_done(f.door));
    assert_false(setup_door_told(f.door));
    step_is(&f, "done");
    assert_true(setup_door_told(f.door));
    setup_door_free(&f.door);
}

static void shares_are_shown_until_both_are_proved_to_be_on_paper(void **unused)
{
    struct fixture f;
    struct json *out, *reply;
    char args[64];

    (void)unused;
    open_door(&f, true, true);
    enter(&f, f.code);
    worked(&f, "{\"step\":\"shares\"}", true);
    reply = ask(&f, "setup.confirm", "{\"first\":\"ZZZZ\",\"second\":\"\"}");
    assert_string_equal(json_get_text(reply, "code"), "invalid");
    assert_int_equal(json_count(json_get(reply, "wrong")), 2);
    assert_int_equal(f.work, SETUP_NOTHING);
    json_free(&reply);
    out = state(&f); /* the browser was closed: they are shown again */
    assert_non_null(json_get_text(json_get(out, "shares"), "first"));
    json_free(&out);
    confirm_args(&f, args, sizeof args);
    expect(&f, "setup.confirm", args, NULL);
    worked(&f, "{\"step\":\"people\"}", false);
    out = state(&f);
    assert_true(json_is_null(json_get(out, "shares")));
    assert_false(json_get_flag(out, "need_shares"));
    json_free(&out);
    assert_true(setup_door_shares(f.door)->there); /* for the first users .. */
    worked(&f, "{\"step\":\"done\"}", false);
    assert_false(setup_door_shares(f.door)->there); /* .. and no longer */
    setup_door_free(&f.door);
}

static void a_hub_forgets_its_shares_as_soon_as_they_are_on_paper(void **unused)
{
    struct fixture f;

    (void)unused;
    open_door(&f, false, false);
    enter(&f, f.code);
    worked(&f, "{\"step\":\"shares\"}", true);
    assert_true(setup_door_shares(f.door)->there);
    worked(&f, "{\"step\":\"people\"}", false);
    assert_false(setup_door_shares(f.door)->there);
    setup_door_free(&f.door);
}

/* A power cut before the shares were proved: nobody has them any more. */
static void after_a_power_cut_shares_are_made_anew(void **unused)
{
    struct fixture f;
    struct json *out;

    (void)unused;
    open_door(&f, true, true);
    enter(&f, f.code);
    worked(&f, "{\"step\":\"shares\"}", false);
    step_is(&f, "shares");
    expect(&f, "setup.confirm", "{\"first\":\"\",\"second\":\"\"}", "conflict");
    expect(&f, "setup.shares", "{}", NULL);
    assert_int_equal(f.work, SETUP_SHARES);
    worked(&f, "{\"step\":\"shares\"}", true);
    out = state(&f);
    assert_non_null(json_get_text(json_get(out, "shares"), "second"));
    json_free(&out);
    setup_door_free(&f.door);
    open_door(&f, false, false); /* a hub starts over */
    enter(&f, f.code);
    worked(&f, "{\"step\":\"shares\"}", false);
    step_is(&f, "make");
    setup_door_free(&f.door);
    open_door(&f, true, true); /* after they were proved: from the paper */
    enter(&f, f.code);
    worked(&f, "{\"step\":\"people\"}", false);
    out = state(&f);
    assert_true(json_get_flag(out, "need_shares"));
    json_free(&out);
    setup_door_free(&f.door);
}

static void what_failed_is_told_until_the_next_try(void **unused)
{
    struct fixture f;
    struct setup_fault fault = {"away", "no hub there", NULL};
    struct json *out;

    (void)unused;
    open_door(&f, true, true);
    enter(&f, f.code);
    worked(&f, "{\"step\":\"make\"}", false);
    expect(&f, "setup.make", "{}", NULL);
    fault.about = json_parse(bytes_of_text("{\"hub\":\"tcp://x:1\"}"), NULL);
    setup_door_worked(f.door,
                      json_parse(bytes_of_text("{\"step\":\"make\"}"), NULL),
                      NULL, &fault);
    out = state(&f);
    assert_string_equal(json_get_text(json_get(out, "failed"), "code"), "away");
    assert_string_equal(
        json_get_text(json_get(json_get(out, "failed"), "about"), "hub"),
        "tcp://x:1");
    json_free(&out);
    expect(&f, "setup.make", "{}", NULL);
    out = state(&f);
    assert_true(json_get_flag(out, "working"));
    assert_true(json_is_null(json_get(out, "failed")));
    json_free(&out);
    setup_door_free(&f.door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_read_as_it_was_meant),
        cmocka_unit_test(codes_are_grouped_and_never_the_same),
        cmocka_unit_test(nothing_is_told_and_nothing_done_without_the_code),
        cmocka_unit_test(who_guesses_waits_and_holds_nobody_else_up),
        cmocka_unit_test(the_latest_four_codes_let_in),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(the_steps_come_in_their_order_and_once),
        cmocka_unit_test(shares_are_shown_until_both_are_proved_to_be_on_paper),
        cmocka_unit_test(a_hub_forgets_its_shares_as_soon_as_they_are_on_paper),
        cmocka_unit_test(after_a_power_cut_shares_are_made_anew),
        cmocka_unit_test(what_failed_is_told_until_the_next_try),
    };

    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
