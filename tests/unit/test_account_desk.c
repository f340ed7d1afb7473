/* tests/unit/test_account_desk.c - logging in and out at a real database, with
 * a clock of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/account/desk.h"
#include "common/account/password.h"
#include "common/account/totp.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/policy.h"
#include "node/policy.h"
#include "tests/support/node_world.h"

#define PASSWORD "mật khẩu dài"
#define NOON INT64_C(1795600000000)

struct world {
    struct node_world *node;
    struct accounts *accounts;
    struct account_desk *desk;
    int64_t wall_ms, mono_ms;
    struct account_refusal why;
    char token[SESSION_TOKEN_TEXT_BYTES];
};

static void open_desk(struct world *w, const struct policy *policy)
{
    struct account_desk_config config = {.accounts = w->accounts,
                                         .folder = w->node->folder,
                                         .issuer = "Quảng Thọ",
                                         .policy = policy};

    account_desk_free(&w->desk);
    w->desk = account_desk_new(&config);
    account_desk_set_time(w->desk, w->wall_ms, w->mono_ms);
}

static int set_up(void **state)
{
    struct world *w = mem_new(sizeof *w);

    w->node = node_world_new();
    w->wall_ms = NOON;
    assert_int_equal(accounts_open(&w->accounts,
                                   node_store_db(w->node->node->store),
                                   &w->node->err),
                     0);
    open_desk(w, &node_policy);
    assert_int_equal(db_begin(accounts_db(w->accounts)), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char path[128];

    db_rollback(accounts_db(w->accounts));
    account_desk_free(&w->desk);
    accounts_close(&w->accounts);
    (void)snprintf(path, sizeof path, "%s/keys/account.key", w->node->folder);
    (void)unlink(path);
    node_world_free(w->node);
    mem_free(&w);
    return 0;
}

static void pass(struct world *w, int64_t ms)
{
    w->wall_ms += ms;
    w->mono_ms += ms;
    account_desk_set_time(w->desk, w->wall_ms, w->mono_ms);
}

/* ---- asking */

/* `args` taken. The answer, owned, or NULL with w->why. */
static struct json *ask_with(struct world *w, const char *token,
                             const char *command, struct json *args)
{
    struct account_call call = {.command = command,
                                .args = args,
                                .actor = "",
                                .role = "",
                                .from = "192.0.2.7"};
    struct json *out = json_object_new();
    int rc;

    w->why = (struct account_refusal){.code = NULL};
    rc = account_desk_session(w->desk, &call, token, out, &w->why);
    json_free(&args);
    if (rc == 0)
        return out;
    assert_int_equal(rc, ERR_REFUSED);
    assert_non_null(w->why.code);
    json_free(&out);
    return NULL;
}

static struct json *ask(struct world *w, const char *command, struct json *args)
{
    return ask_with(w, w->token, command, args);
}

static struct json *one(const char *key, const char *value)
{
    struct json *args = json_object_new();

    json_set_text(args, key, value);
    return args;
}

/* The slow stretch once for each salt and password. */
static void stretch(uint8_t out[ACCOUNT_PROOF_BYTES],
                    const uint8_t salt[PASSWORD_SALT_BYTES],
                    const char *password)
{
    static struct done {
        uint8_t salt[PASSWORD_SALT_BYTES], proof[ACCOUNT_PROOF_BYTES];
        char password[64];
    } done[16];
    static size_t count;
    struct done *d = done;

    while (d < done + count && (memcmp(d->salt, salt, sizeof d->salt) != 0 ||
                                strcmp(d->password, password) != 0))
        d++;
    if (d == done + count) {
        count = count + 1 < 16 ? count + 1 : 15;
        memcpy(d->salt, salt, sizeof d->salt);
        (void)snprintf(d->password, sizeof d->password, "%s", password);
        assert_int_equal(account_password_proof(d->proof, salt, password), 0);
    }
    memcpy(out, d->proof, ACCOUNT_PROOF_BYTES);
}

static void make(char stored[PASSWORD_TEXT_BYTES], const char *password)
{
    static const uint8_t salt[PASSWORD_SALT_BYTES] = {7, 1, 7};
    uint8_t proof[ACCOUNT_PROOF_BYTES];

    stretch(proof, salt, password);
    account_password_text(stored, salt, proof);
}

static void add(struct world *w, const char *name, const char *role)
{
    char stored[PASSWORD_TEXT_BYTES];
    struct json *args = one("name", name), *out = json_object_new();
    struct account_call call = {.command = "user.add", .args = args};
    struct error err = {""};

    make(stored, PASSWORD);
    json_set_text(args, "role", role);
    json_set_text(args, "password", stored);
    assert_int_equal(account_desk_add(w->desk, &call, out, &err), 0);
    json_free(&args);
    json_free(&out);
}

/* As the web does: asks for the salt, stretches. */
static struct json *proof_of(struct world *w, const char *name,
                             const char *password)
{
    uint8_t salt[PASSWORD_SALT_BYTES], proof[ACCOUNT_PROOF_BYTES];
    struct json *out = ask(w, "session.salt", one("name", name)), *args;
    char hex[2 * ACCOUNT_PROOF_BYTES + 1];

    assert_non_null(out);
    assert_true(hex_decode(salt, sizeof salt, json_get_text(out, "salt")));
    json_free(&out);
    stretch(proof, salt, password);
    hex_encode(hex, proof, sizeof proof);
    args = one("name", name);
    json_set_text(args, "proof", hex);
    return args;
}

static struct json *log_in_with(struct world *w, const char *name,
                                const char *password)
{
    struct json *out = ask(w, "session.open", proof_of(w, name, password));

    if (out != NULL)
        (void)snprintf(w->token, sizeof w->token, "%s",
                       json_get_text(out, "session"));
    return out;
}

/* Needs a code, and must one be set up first? */
static void logs_in(struct world *w, const char *name, bool needs, bool enrol)
{
    struct json *out = log_in_with(w, name, PASSWORD);

    if (out == NULL)
        fail_msg("%s: %s", w->why.code, w->why.err.text);
    assert_string_equal(json_get_text(out, "user"), name);
    assert_int_equal(json_get_flag(out, "needs_code"), needs);
    assert_int_equal(json_get_flag(out, "enrol"), enrol);
    json_free(&out);
}

/* What the pages' process finds for a token. */
static int find(struct world *w, const char *text, struct account_session *out)
{
    struct hash token;

    assert_true(account_session_token(&token, text));
    return account_session_find(w->accounts, &token, w->wall_ms, out);
}

static void is_refused(struct world *w, struct json *out, const char *code)
{
    assert_null(out);
    assert_string_equal(w->why.code, code);
}

/* "" is yes, else the word of the refusal. */
static const char *judge(struct world *w, const char *command)
{
    struct account_call call = {.command = command, .role = ""};
    struct account_session session;
    int rc;

    w->why.code = "";
    rc = account_desk_judge(w->desk, &call, w->token, &session, &w->why);
    assert_true(rc == 0 || rc == ERR_REFUSED);
    return w->why.code;
}

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

/* ---- codes */

static void show_code(struct world *w, const char *secret_text, char out[7])
{
    struct buf secret = {0};

    assert_true(base32_decode(&secret, secret_text));
    assert_int_equal(secret.size, TOTP_SECRET_BYTES);
    totp_digits(out, secret.data, totp_step(w->wall_ms));
    buf_free(&secret);
}

/* The new token after a code; false: refused. */
static bool gives_code(struct world *w, const char *code)
{
    struct json *out = ask(w, "session.code", one("code", code));

    if (out == NULL)
        return false;
    (void)snprintf(w->token, sizeof w->token, "%s",
                   json_get_text(out, "session"));
    json_free(&out);
    return true;
}

/* Sets one up and proves it. The secret, owned, and the recovery codes. */
static char *enrols(struct world *w, struct json **codes)
{
    struct json *out = ask(w, "session.totp", json_object_new());
    char code[7], *secret;

    if (out == NULL)
        fail_msg("%s", w->why.err.text);
    secret = mem_text(json_get_text(out, "secret"));
    assert_non_null(strstr(json_get_text(out, "uri"), secret));
    *codes = json_take(out, "codes");
    assert_int_equal(json_count(*codes), TOTP_RECOVERY_CODES);
    json_free(&out);
    show_code(w, secret, code);
    assert_true(gives_code(w, code));
    return secret;
}

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
        TEST(a_district_role_sets_up_a_second_factor_at_its_first_login),
        TEST(a_code_is_good_once_and_for_a_step_to_either_side),
        TEST(each_recovery_code_is_good_once),
        TEST(a_new_factor_is_in_force_when_it_was_proved),
        TEST(an_alert_asks_for_a_code_of_the_last_five_minutes),
        TEST(guesses_meet_a_growing_pause),
        TEST(a_code_cannot_be_guessed),
        TEST(a_new_password_ends_the_sessions_of_the_old_one),
        TEST(who_changes_their_own_shows_the_old_one_and_stays),
        TEST(disabling_ends_sessions_and_bars_the_door),
        TEST(the_command_line_gives_a_factor_a_page_only_takes_it),
        TEST(after_a_restore_nobody_is_in_and_no_old_code_is_good),
        TEST(the_audit_log_names_who_came_in_and_from_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
