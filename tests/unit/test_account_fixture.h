/* tests/unit/test_account_fixture.h - a core with its users, and a browser that
 * asks it. Shared by the tests of common/account/desk.h. */
#ifndef LIENXA_TESTS_ACCOUNT_FIXTURE_H
#define LIENXA_TESTS_ACCOUNT_FIXTURE_H

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
#include "common/crypto/digest.h"
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

static const struct hash_function hash = {crypto_sha256};

static inline void open_desk(struct world *w, const struct policy *policy)
{
    struct account_desk_config config = {.accounts = w->accounts,
                                         .folder = w->node->folder,
                                         .issuer = "Quảng Thọ",
                                         .policy = policy};

    account_desk_free(&w->desk);
    w->desk = account_desk_new(&config);
    account_desk_set_time(w->desk, w->wall_ms, w->mono_ms);
}

static inline int set_up(void **state)
{
    struct world *w = mem_new(sizeof *w);

    w->node = node_world_new();
    w->wall_ms = NOON;
    assert_int_equal(accounts_open(&w->accounts,
                                   node_store_db(w->node->node->store), &hash,
                                   &w->node->err),
                     0);
    open_desk(w, &node_policy);
    assert_int_equal(db_begin(accounts_db(w->accounts)), 0);
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
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

static inline void pass(struct world *w, int64_t ms)
{
    w->wall_ms += ms;
    w->mono_ms += ms;
    account_desk_set_time(w->desk, w->wall_ms, w->mono_ms);
}

/* ---- asking */

/* `args` taken. The answer, owned, or NULL with w->why. */
static inline struct json *ask_with(struct world *w, const char *token,
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

static inline struct json *ask(struct world *w, const char *command,
                               struct json *args)
{
    return ask_with(w, w->token, command, args);
}

static inline struct json *one(const char *key, const char *value)
{
    struct json *args = json_object_new();

    json_set_text(args, key, value);
    return args;
}

/* The slow stretch once for each salt and password. */
static inline void stretch(uint8_t out[ACCOUNT_PROOF_BYTES],
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

static inline void make(char stored[PASSWORD_TEXT_BYTES], const char *password)
{
    static const uint8_t salt[PASSWORD_SALT_BYTES] = {7, 1, 7};
    uint8_t proof[ACCOUNT_PROOF_BYTES];

    stretch(proof, salt, password);
    account_password_text(stored, salt, proof);
}

static inline void add(struct world *w, const char *name, const char *role)
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
static inline struct json *proof_of(struct world *w, const char *name,
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

static inline struct json *log_in_with(struct world *w, const char *name,
                                       const char *password)
{
    struct json *out = ask(w, "session.open", proof_of(w, name, password));

    if (out != NULL)
        (void)snprintf(w->token, sizeof w->token, "%s",
                       json_get_text(out, "session"));
    return out;
}

/* Needs a code, and must one be set up first? */
static inline void logs_in(struct world *w, const char *name, bool needs,
                           bool enrol)
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
static inline int find(struct world *w, const char *text,
                       struct account_session *out)
{
    struct hash token;

    assert_true(account_session_token(&token, text));
    return account_session_find(w->accounts, &token, w->wall_ms, out);
}

static inline void is_refused(struct world *w, struct json *out,
                              const char *code)
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

/* ---- codes */

static inline void show_code(struct world *w, const char *secret_text,
                             char out[7])
{
    struct buf secret = {0};

    assert_true(base32_decode(&secret, secret_text));
    assert_int_equal(secret.size, TOTP_SECRET_BYTES);
    totp_digits(out, secret.data, totp_step(w->wall_ms));
    buf_free(&secret);
}

/* The new token after a code; false: refused. */
static inline bool gives_code(struct world *w, const char *code)
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
static inline char *enrols(struct world *w, struct json **codes)
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

#endif
