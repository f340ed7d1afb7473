/* tests/unit/test_account_desk.c - logging in and out at a real database, with
 * a clock of the test's. */
#include "tests/unit/test_account_fixture.h"

/* ---- passwords */

static void the_right_password_opens_a_session(void **state)
{
    struct world *w = *state;
    struct account_session session;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    assert_int_equal(strlen(w->token), 64);
    assert_int_equal(find(w, w->token, &session), 0);
    assert_string_equal(session.user, "Lan");
    assert_string_equal(session.role, "officer");
    assert_string_equal(session.from, "192.0.2.7");
    assert_false(session.needs_code);
    assert_string_equal(judge(w, "report.add"), "");
    assert_string_equal(judge(w, "user.add"), "forbidden");
    assert_string_equal(judge(w, "no.such"), "forbidden");
}

static void a_wrong_one_and_a_name_nobody_has_look_alike(void **state)
{
    struct world *w = *state;
    char words[ERROR_TEXT_BYTES];
    struct json *salt, *again;

    add(w, "Lan", "officer");
    is_refused(w, log_in_with(w, "Lan", "mật khẩu khác"), "login");
    memcpy(words, w->why.err.text, sizeof words);
    is_refused(w, log_in_with(w, "Nam", PASSWORD), "login");
    assert_string_equal(w->why.err.text, words);
    salt = ask(w, "session.salt", one("name", "Nam"));
    again = ask(w, "session.salt", one("name", "Nam"));
    assert_string_equal(json_get_text(salt, "salt"),
                        json_get_text(again, "salt"));
    json_free(&again);
    again = ask(w, "session.salt", one("name", "nam"));
    assert_string_not_equal(json_get_text(salt, "salt"),
                            json_get_text(again, "salt"));
    json_free(&salt);
    json_free(&again);
}

static void what_is_stored_lets_nobody_in(void **state)
{
    struct world *w = *state;
    struct accounts_user user;
    struct json *args;

    add(w, "Lan", "officer");
    assert_int_equal(accounts_user(w->accounts, "Lan", &user), 0);
    args = one("name", "Lan");
    json_set_text(args, "proof", strrchr(user.password, '$') + 1);
    is_refused(w, ask(w, "session.open", args), "login");
}

static void
a_text_of_an_earlier_version_is_taken_once_and_replaced(void **state)
{
    struct world *w = *state;
    char stored[PASSWORD_TEXT_BYTES];
    struct accounts_user user;

    add(w, "Lan", "officer");
    assert_int_equal(password_store(stored, PASSWORD), 0);
    assert_int_equal(accounts_set_password(w->accounts, "Lan", stored), 0);
    is_refused(w, log_in_with(w, "Lan", "mật khẩu khác"), "login");
    assert_int_equal(accounts_user(w->accounts, "Lan", &user), 0);
    assert_string_equal(user.password, stored);
    logs_in(w, "Lan", false, false);
    assert_int_equal(accounts_user(w->accounts, "Lan", &user), 0);
    assert_memory_equal(user.password, "proof1$", 7);
    logs_in(w, "Lan", false, false);
}

static void letters_in_pieces_are_the_same_name_and_password(void **state)
{
    struct world *w = *state;
    struct json *out;

    add(w, "L\xe1\xba\xadp", "officer");
    /* a, dot below, circumflex: as a Mac sends them */
    out = log_in_with(w, "La\xcc\xa3\xcc\x82p",
                      "ma\xcc\xa3\xcc\x82t kha\xcc\x82\xcc\x89u da\xcc\x80i");
    assert_non_null(out);
    json_free(&out);
}

/* ---- sessions end */

static void a_session_ends_after_half_an_hour_of_nothing(void **state)
{
    struct world *w = *state;
    struct account_session session;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    pass(w, SESSION_IDLE_MS - 1000);
    assert_string_equal(judge(w, "report.add"), "");
    pass(w, SESSION_IDLE_MS - 1000); /* the last one was a sign of life */
    assert_int_equal(find(w, w->token, &session), 0);
    pass(w, 2000);
    assert_int_equal(find(w, w->token, &session), ERR_REFUSED);
    assert_string_equal(judge(w, "report.add"), "expired");
    is_refused(w, ask(w, "session.touch", json_object_new()), "expired");
}

static void a_session_ends_after_twelve_hours_however_busy(void **state)
{
    struct world *w = *state;
    struct json *out;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    for (int i = 0; i < 12 * 4; i++) {
        pass(w, 15 * 60000 - 10);
        out = ask(w, "session.touch", json_object_new());
        assert_non_null(out);
        json_free(&out);
    }
    pass(w, 1000);
    assert_string_equal(judge(w, "report.add"), "expired");
}

static void a_clock_put_back_does_not_keep_a_session(void **state)
{
    struct world *w = *state;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    pass(w, -2 * 86400000);
    assert_string_equal(judge(w, "report.add"), "expired");
}

static void closing_ends_it_for_good(void **state)
{
    struct world *w = *state;
    struct account_session session;
    struct json *out;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    out = ask(w, "session.close", json_object_new());
    assert_non_null(out);
    json_free(&out);
    assert_int_equal(find(w, w->token, &session), ERR_MISSING);
    assert_string_equal(judge(w, "report.add"), "login");
}

static void a_user_has_ten_sessions_at_most(void **state)
{
    struct world *w = *state;
    char tokens[12][SESSION_TOKEN_TEXT_BYTES];
    struct account_session session;
    int live = 0;

    add(w, "Lan", "officer");
    for (int i = 0; i < 12; i++) {
        logs_in(w, "Lan", false, false);
        memcpy(tokens[i], w->token, sizeof tokens[i]);
        pass(w, 1000);
    }
    for (int i = 0; i < 12; i++)
        live += find(w, tokens[i], &session) == 0;
    assert_int_equal(live, ACCOUNT_SESSIONS_MOST);
    assert_int_equal(find(w, tokens[11], &session), 0);
    assert_int_equal(find(w, tokens[0], &session), ERR_MISSING);
}

/* ---- pauses */

static void guesses_meet_a_growing_pause(void **state)
{
    struct world *w = *state;
    struct json *args;

    add(w, "Lan", "officer");
    for (int i = 0; i < 6; i++) {
        args = one("name", "Lan");
        json_set_text(args, "proof",
                      "00000000000000000000000000000000"
                      "00000000000000000000000000000000");
        is_refused(w, ask(w, "session.open", args), "login");
    }
    is_refused(w, log_in_with(w, "Lan", PASSWORD), "busy");
    assert_int_equal(w->why.retry_after_s, 1);
    pass(w, 1000);
    logs_in(w, "Lan", false, false);
}

static void a_code_cannot_be_guessed(void **state)
{
    struct world *w = *state;
    struct json *codes;
    char *secret;
    int tries = 0;

    add(w, "Lan", "leader");
    logs_in(w, "Lan", false, false);
    secret = enrols(w, &codes);
    logs_in(w, "Lan", true, false);
    while (!gives_code(w, "000000") && strcmp(w->why.code, "code") == 0)
        tries++;
    assert_string_equal(w->why.code, "busy");
    assert_in_range(tries, 1, 6);
    mem_free(&secret);
    json_free(&codes);
}

/* ---- accounts */

static int
run_user(struct world *w,
         int (*run)(struct account_desk *desk, const struct account_call *call,
                    struct json *out, struct error *err),
         struct account_call call, struct json *args, struct json **out)
{
    struct json *made = json_object_new();
    struct error err = {""};
    int rc;

    call.args = args;
    rc = run(w->desk, &call, made, &err);
    json_free(&args);
    if (rc != 0)
        assert_true(err.text[0] != '\0');
    if (out != NULL)
        *out = made;
    else
        json_free(&made);
    return rc;
}

static struct json *new_password(const char *name, const char *password)
{
    char stored[PASSWORD_TEXT_BYTES];
    struct json *args = one("name", name);

    make(stored, password);
    json_set_text(args, "password", stored);
    return args;
}

static void a_new_password_ends_the_sessions_of_the_old_one(void **state)
{
    struct world *w = *state;
    struct account_call call = {.command = "user.passwd"};
    struct json *out;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    assert_int_equal(run_user(w, account_desk_passwd, call,
                              new_password("Lan", "một cái khác hẳn"), NULL),
                     0);
    assert_string_equal(judge(w, "report.add"), "login");
    is_refused(w, log_in_with(w, "Lan", PASSWORD), "login");
    out = log_in_with(w, "Lan", "một cái khác hẳn");
    assert_non_null(out);
    json_free(&out);
    assert_int_equal(run_user(w, account_desk_passwd, call,
                              new_password("Nam", PASSWORD), NULL),
                     ERR_MISSING);
}

static void who_changes_their_own_shows_the_old_one_and_stays(void **state)
{
    struct world *w = *state;
    struct account_session session;
    struct account_call call = {.command = "user.passwd",
                                .actor = "Lan",
                                .role = "officer",
                                .session = &session.token};
    struct json *args = new_password("Lan", "một cái khác hẳn"), *old;

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    assert_int_equal(find(w, w->token, &session), 0);
    assert_int_equal(run_user(w, account_desk_passwd, call,
                              new_password("Lan", "một cái khác hẳn"), NULL),
                     ERR_REFUSED);
    old = proof_of(w, "Lan", PASSWORD);
    json_set_text(args, "old", json_get_text(old, "proof"));
    json_free(&old);
    assert_int_equal(run_user(w, account_desk_passwd, call, args, NULL), 0);
    assert_string_equal(judge(w, "report.add"), "");
}

/* Pages take such spaces away from what is typed at the door: whoever had one
 * in the name would never come in. */
static void a_name_has_no_spaces_at_its_ends(void **state)
{
    static const char *const bad[] = {" Lan", "Lan ", "Lan\xc2\xa0"};
    struct world *w = *state;
    struct account_call call = {.command = "user.add"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json *args = new_password(bad[i], PASSWORD);

        json_set_text(args, "role", "officer");
        assert_int_equal(run_user(w, account_desk_add, call, args, NULL),
                         ERR_INVALID);
    }
}

static void disabling_ends_sessions_and_bars_the_door(void **state)
{
    struct world *w = *state;
    struct account_call call = {.command = "user.disable"};

    add(w, "Lan", "officer");
    logs_in(w, "Lan", false, false);
    assert_int_equal(
        run_user(w, account_desk_disable, call, one("name", "Lan"), NULL), 0);
    assert_string_equal(judge(w, "report.add"), "login");
    is_refused(w, log_in_with(w, "Lan", PASSWORD), "login");
    call.command = "user.enable";
    assert_int_equal(
        run_user(w, account_desk_enable, call, one("name", "Lan"), NULL), 0);
    logs_in(w, "Lan", false, false);
    call = (struct account_call){
        .command = "user.disable", .actor = "Lan", .role = "leader"};
    assert_int_equal(
        run_user(w, account_desk_disable, call, one("name", "Lan"), NULL),
        ERR_REFUSED);
}

/* As whoever adds Lập from a Mac shuts Lập out from there. */
static void letters_in_pieces_mean_the_same_user(void **state)
{
    static const char pieces[] = "La\xcc\xa3\xcc\x82p";
    struct world *w = *state;
    struct account_call call = {.command = "user.disable"};
    struct account_call own = {
        .command = "user.disable", .actor = "L\xe1\xba\xadp", .role = "leader"};
    struct accounts_user user;

    add(w, pieces, "officer");
    assert_int_equal(
        run_user(w, account_desk_disable, own, one("name", pieces), NULL),
        ERR_REFUSED); /* nobody shuts out themselves */
    assert_int_equal(
        run_user(w, account_desk_disable, call, one("name", pieces), NULL), 0);
    assert_int_equal(accounts_user(w->accounts, "L\xe1\xba\xadp", &user), 0);
    assert_true(user.disabled);
}

static void the_command_line_gives_a_factor_a_page_only_takes_it(void **state)
{
    struct world *w = *state;
    struct account_call call = {.command = "user.totp"};
    struct json *out;
    char code[7];

    open_desk(w, &hub_policy);
    add(w, "Minh", "duty");
    assert_int_equal(
        run_user(w, account_desk_totp, call, one("name", "Minh"), &out), 0);
    logs_in(w, "Minh", true, false);
    show_code(w, json_get_text(out, "secret"), code);
    assert_true(gives_code(w, code));
    json_free(&out);

    call = (struct account_call){
        .command = "user.totp", .actor = "Hoa", .role = "operator"};
    assert_int_equal(
        run_user(w, account_desk_totp, call, one("name", "Minh"), &out), 0);
    assert_null(json_get_text(out, "secret"));
    json_free(&out);
    assert_string_equal(judge(w, "alarm.clear"), "login");
    logs_in(w, "Minh", true, true);
}

static void after_a_restore_nobody_is_in_and_no_old_code_is_good(void **state)
{
    struct world *w = *state;
    struct json *codes;
    char code[7], *secret;

    add(w, "Lan", "leader");
    logs_in(w, "Lan", false, false);
    secret = enrols(w, &codes);
    pass(w, 3 * TOTP_STEP_MS);
    show_code(w, secret, code);
    assert_int_equal(accounts_restored(w->accounts, totp_step(w->wall_ms) + 1),
                     0);
    assert_string_equal(judge(w, "report.add"), "login");
    logs_in(w, "Lan", true, false);
    assert_false(gives_code(w, code));
    pass(w, 2 * TOTP_STEP_MS);
    show_code(w, secret, code);
    assert_true(gives_code(w, code));
    mem_free(&secret);
    json_free(&codes);
}

/* ---- what is written down */

struct seen {
    size_t opens;
    char actor[64], role[16], from[64];
};

static int see(void *who, int64_t place, const struct accounts_command *command)
{
    struct seen *s = who;

    assert_true(place > 0);
    if (strcmp(command->name, "session.open") != 0)
        return 0;
    s->opens++;
    (void)snprintf(s->actor, sizeof s->actor, "%s", command->actor);
    (void)snprintf(s->role, sizeof s->role, "%s", command->role);
    (void)snprintf(s->from, sizeof s->from, "%s", command->from);
    return 0;
}

static void the_audit_log_names_who_came_in_and_from_where(void **state)
{
    struct world *w = *state;
    struct seen seen = {0};

    add(w, "Lan", "officer");
    is_refused(w, log_in_with(w, "Lan", "mật khẩu khác"), "login");
    logs_in(w, "Lan", false, false);
    assert_int_equal(accounts_audit(w->accounts, INT64_MAX, 100, see, &seen),
                     0);
    assert_int_equal(seen.opens, 1);
    assert_string_equal(seen.actor, "Lan");
    assert_string_equal(seen.role, "officer");
    assert_string_equal(seen.from, "192.0.2.7");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_right_password_opens_a_session),
        TEST(a_wrong_one_and_a_name_nobody_has_look_alike),
        TEST(what_is_stored_lets_nobody_in),
        TEST(a_text_of_an_earlier_version_is_taken_once_and_replaced),
        TEST(letters_in_pieces_are_the_same_name_and_password),
        TEST(a_session_ends_after_half_an_hour_of_nothing),
        TEST(a_session_ends_after_twelve_hours_however_busy),
        TEST(a_clock_put_back_does_not_keep_a_session),
        TEST(closing_ends_it_for_good),
        TEST(a_user_has_ten_sessions_at_most),
        TEST(guesses_meet_a_growing_pause),
        TEST(a_code_cannot_be_guessed),
        TEST(a_new_password_ends_the_sessions_of_the_old_one),
        TEST(who_changes_their_own_shows_the_old_one_and_stays),
        TEST(a_name_has_no_spaces_at_its_ends),
        TEST(disabling_ends_sessions_and_bars_the_door),
        TEST(letters_in_pieces_mean_the_same_user),
        TEST(the_command_line_gives_a_factor_a_page_only_takes_it),
        TEST(after_a_restore_nobody_is_in_and_no_old_code_is_good),
        TEST(the_audit_log_names_who_came_in_and_from_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
