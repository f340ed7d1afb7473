/* tests/unit/test_account_codes.c - the second factor. */
#include "tests/unit/test_account_fixture.h"

static void
a_district_role_sets_up_a_second_factor_at_its_first_login(void **state)
{
    struct world *w = *state;
    char first[SESSION_TOKEN_TEXT_BYTES], code[7], *secret;
    struct account_session session;
    struct json *codes;

    open_desk(w, &hub_policy);
    add(w, "Minh", "duty");
    logs_in(w, "Minh", true, true);
    memcpy(first, w->token, sizeof first);
    assert_int_equal(find(w, first, &session), 0);
    assert_true(session.needs_code && session.enrol);
    assert_string_equal(judge(w, "alarm.clear"), "code");
    assert_false(gives_code(w, "123456"));
    secret = enrols(w, &codes);
    assert_int_equal(find(w, first, &session), ERR_MISSING); /* rotated */
    assert_int_equal(find(w, w->token, &session), 0);
    assert_false(session.needs_code || session.enrol);
    assert_string_equal(judge(w, "alarm.clear"), "");

    pass(w, 60000);
    logs_in(w, "Minh", true, false);
    assert_string_equal(judge(w, "alarm.clear"), "code");
    /* the password alone sets up no other one */
    is_refused(w, ask(w, "session.totp", json_object_new()), "code");
    show_code(w, secret, code);
    assert_true(gives_code(w, code));
    assert_string_equal(judge(w, "alarm.clear"), "");
    mem_free(&secret);
    json_free(&codes);
}

static void a_code_is_good_once_and_for_a_step_to_either_side(void **state)
{
    struct world *w = *state;
    char code[7], later[7], *secret;
    struct json *codes;

    add(w, "Lan", "leader");
    logs_in(w, "Lan", false, false);
    secret = enrols(w, &codes);
    show_code(w, secret, code);
    assert_false(gives_code(w, code)); /* it proved the new one */
    assert_string_equal(w->why.code, "code");
    pass(w, TOTP_STEP_MS);
    show_code(w, secret, code);
    pass(w, TOTP_STEP_MS);
    show_code(w, secret, later);
    assert_true(gives_code(w, code)); /* half a minute late */
    assert_true(gives_code(w, later));
    assert_false(gives_code(w, later));
    pass(w, TOTP_STEP_MS);
    show_code(w, secret, code);
    pass(w, 2 * TOTP_STEP_MS);
    assert_false(gives_code(w, code)); /* a minute late */
    mem_free(&secret);
    json_free(&codes);
}

static void each_recovery_code_is_good_once(void **state)
{
    struct world *w = *state;
    struct json *codes;
    char *secret;

    add(w, "Lan", "leader");
    logs_in(w, "Lan", false, false);
    secret = enrols(w, &codes);
    logs_in(w, "Lan", true, false);
    assert_true(gives_code(w, json_text(json_at(codes, 3))));
    assert_string_equal(judge(w, "close"), "");
    assert_false(gives_code(w, json_text(json_at(codes, 3))));
    assert_true(gives_code(w, json_text(json_at(codes, 4))));
    assert_false(gives_code(w, "AAAA-BBBB-CCCC"));
    mem_free(&secret);
    json_free(&codes);
}

static void a_new_factor_is_in_force_when_it_was_proved(void **state)
{
    struct world *w = *state;
    struct json *codes, *out;
    char code[7], *old, *new;

    add(w, "Lan", "leader");
    logs_in(w, "Lan", false, false);
    old = enrols(w, &codes);
    json_free(&codes);
    pass(w, 60000);
    out = ask(w, "session.totp", json_object_new());
    assert_non_null(out);
    new = mem_text(json_get_text(out, "secret"));
    json_free(&out);
    show_code(w, old, code);
    assert_true(gives_code(w, code)); /* the phone was not read off yet */
    show_code(w, new, code);
    assert_true(gives_code(w, code));
    pass(w, 60000);
    show_code(w, old, code);
    assert_false(gives_code(w, code));
    show_code(w, new, code);
    assert_true(gives_code(w, code));
    pass(w, SESSION_FRESH_CODE_MS + 1000);
    is_refused(w, ask(w, "session.totp", json_object_new()), "code");
    mem_free(&old);
    mem_free(&new);
}

static void an_alert_asks_for_a_code_of_the_last_five_minutes(void **state)
{
    static const char *const commands[] = {"alert.issue", "alert.update",
                                           "alert.cancel"};
    struct world *w = *state;
    struct json *codes;
    char code[7], *secret;

    open_desk(w, &hub_policy);
    add(w, "Minh", "duty");
    logs_in(w, "Minh", true, true);
    secret = enrols(w, &codes);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(judge(w, commands[i]), "");
    pass(w, SESSION_FRESH_CODE_MS);
    assert_string_equal(judge(w, "alert.issue"), "");
    pass(w, 1);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(judge(w, commands[i]), "code");
    assert_string_equal(judge(w, "referral.answer"), "");
    show_code(w, secret, code);
    assert_true(gives_code(w, code));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(judge(w, commands[i]), "");
    pass(w, -3600000); /* a clock that goes back makes nothing fresh */
    pass(w, 3600000 + SESSION_FRESH_CODE_MS + 1);
    assert_string_equal(judge(w, "alert.issue"), "code");
    mem_free(&secret);
    json_free(&codes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_district_role_sets_up_a_second_factor_at_its_first_login),
        TEST(a_code_is_good_once_and_for_a_step_to_either_side),
        TEST(each_recovery_code_is_good_once),
        TEST(a_new_factor_is_in_force_when_it_was_proved),
        TEST(an_alert_asks_for_a_code_of_the_last_five_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
