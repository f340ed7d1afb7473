/* common/account/desk_session.c - the commands session.*. */
#include "common/account/desk_inside.h"

#include <stdio.h>
#include <string.h>

#include "common/account/password.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/mac.h"
#include "common/crypto/random.h"

struct asking {
    struct account_desk *desk;
    const struct account_call *call;
    struct account_session session; /* of all but salt and open */
    struct json *out;
    struct account_refusal *why;
};

/* ---- what several of them need */

static int log_it(struct asking *a, const char *user, const char *role)
{
    static const char done[] = "{\"ok\":true,\"out\":{}}";
    struct accounts_command command = {.id = random_id(a->desk->wall_ms),
                                       .name = a->call->command,
                                       .actor = user,
                                       .role = role,
                                       .from = a->call->from,
                                       .subject = "",
                                       .at_ms = a->desk->wall_ms,
                                       .reply = bytes_of_text(done)};

    log_info("session.done", "command=%s from=%s", a->call->command,
             a->call->from);
    return accounts_log(a->desk->accounts, &command);
}

/* The disk of the key is not the database's: told, and no reason to stop. */
static int no_key(struct asking *a, int rc, const struct error *err)
{
    return err->text[0] == '\0' ? rc
                                : desk_refuse(a->why, "disk", "%s", err->text);
}

static int wrong(struct asking *a, const struct throttle_try *one,
                 const char *code, const char *words)
{
    throttle_failed(a->desk->throttle, one, a->desk->mono_ms);
    log_warn("session.wrong", "command=%s from=%s", a->call->command,
             a->call->from);
    return desk_refuse(a->why, code, "%s", words);
}

static void new_token(char text[SESSION_TOKEN_TEXT_BYTES], struct hash *hash)
{
    uint8_t token[SESSION_TOKEN_BYTES];

    random_bytes(token, sizeof token);
    hex_encode(text, token, sizeof token);
    (void)account_session_token(hash, text);
    mem_wipe(token, sizeof token);
}

/* ---- salt and open */

/* What nobody of that name has, always the same. */
static int fake_salt(struct account_desk *desk, const char *name,
                     uint8_t out[PASSWORD_SALT_BYTES], struct error *err)
{
    struct buf text = {0};
    struct hash hash;
    int rc = desk_key(desk, err);

    if (rc != 0)
        return rc;
    buf_printf(&text, "lienxa salt of nobody 1\n%s", name);
    hash = mac_sha256(bytes_of(desk->key, sizeof desk->key), buf_bytes(&text));
    memcpy(out, hash.bytes, PASSWORD_SALT_BYTES);
    buf_free(&text);
    return 0;
}

static int run_salt(struct asking *a)
{
    uint8_t salt[PASSWORD_SALT_BYTES];
    char name[ACCOUNT_NAME_BYTES], hex[2 * PASSWORD_SALT_BYTES + 1];
    struct accounts_user user;
    struct error err = {""};
    int rc;

    (void)desk_clean_name(name, a->call->args);
    if ((rc = fake_salt(a->desk, name, salt, &err)) != 0)
        return no_key(a, rc, &err);
    rc = accounts_user(a->desk->accounts, name, &user);
    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    if (rc == 0)
        (void)account_password_salt(salt, user.password);
    hex_encode(hex, salt, sizeof salt);
    json_set_text(a->out, "salt", hex);
    json_set_i64(a->out, "ops", ACCOUNT_PASSWORD_PASSES);
    json_set_i64(a->out, "memory", ACCOUNT_PASSWORD_MEMORY);
    return 0;
}

/* Who may come in with this proof; ERR_MISSING: nobody. It takes as long for a
 * name that nobody has. */
static int who_is_it(struct account_desk *desk, const char *name,
                     const uint8_t proof[ACCOUNT_PROOF_BYTES],
                     struct accounts_user *out)
{
    static const char nobody[] = "proof1$00000000000000000000000000000000$"
                                 "0000000000000000000000000000000000000000"
                                 "000000000000000000000000";
    int found = accounts_user(desk->accounts, name, out);
    bool right =
        account_password_is(found == 0 ? out->password : nobody, proof);

    if (found != 0)
        return found;
    return right && !out->disabled && policy_role(desk->policy, out->role) != 0
               ? 0
               : ERR_MISSING;
}

static int replace_old(struct account_desk *desk,
                       const struct accounts_user *user,
                       const uint8_t proof[ACCOUNT_PROOF_BYTES])
{
    uint8_t salt[PASSWORD_SALT_BYTES];
    char text[PASSWORD_TEXT_BYTES];

    if (!account_password_is_old(user->password) ||
        !account_password_salt(salt, user->password))
        return 0;
    account_password_text(text, salt, proof);
    return accounts_set_password(desk->accounts, user->name, text);
}

static int let_in(struct asking *a, const struct accounts_user *user)
{
    struct account_desk *desk = a->desk;
    struct accounts_session session = {.opened_ms = desk->wall_ms,
                                       .seen_ms = desk->wall_ms};
    char token[SESSION_TOKEN_TEXT_BYTES];
    struct accounts_totp totp = {.has_secret = false};
    int rc = accounts_totp(desk->accounts, user->name, &totp);

    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    session.totp = rc == 0 && totp.has_secret;
    session.code_due = desk->policy->codes || session.totp;
    memcpy(session.user, user->name, sizeof session.user);
    (void)snprintf(session.from, sizeof session.from, "%s", a->call->from);
    new_token(token, &session.token);
    rc = accounts_put_session(desk->accounts, &session, SESSION_IDLE_MS,
                              SESSION_LIFE_MS);
    json_set_text(a->out, "session", token);
    json_set_text(a->out, "user", user->name);
    json_set_text(a->out, "role", user->role);
    json_set_flag(a->out, "needs_code", session.code_due);
    json_set_flag(a->out, "enrol", session.code_due && !session.totp);
    mem_wipe(token, sizeof token);
    return rc;
}

static int run_open(struct asking *a)
{
    const char *hex = json_get_text(a->call->args, "proof");
    uint8_t proof[ACCOUNT_PROOF_BYTES];
    char name[ACCOUNT_NAME_BYTES];
    struct throttle_try one = {THROTTLE_PASSWORD, name, a->call->from};
    struct accounts_user user;
    int rc;

    if (hex == NULL || !hex_decode(proof, sizeof proof, hex))
        return desk_refuse(a->why, "invalid",
                           "a proof is 64 hexadecimal digits");
    (void)desk_clean_name(name, a->call->args);
    if ((rc = desk_wait(a->desk, &one, a->why)) != 0)
        return rc;
    rc = who_is_it(a->desk, name, proof, &user);
    if (rc == ERR_MISSING)
        rc = wrong(a, &one, "login", "the name or the password is wrong");
    else if (rc == 0 && (rc = replace_old(a->desk, &user, proof)) == 0 &&
             (rc = let_in(a, &user)) == 0 &&
             (rc = log_it(a, user.name, user.role)) == 0)
        throttle_passed(a->desk->throttle, &one, a->desk->mono_ms);
    mem_wipe(proof, sizeof proof);
    mem_wipe(&user, sizeof user);
    return rc;
}

/* ---- codes */

/* Is it what the user's phone shows now? 1: yes, 0: no, negative: why not
 * known. */
static int try_secret(struct asking *a, const uint8_t box[ACCOUNT_BOX_BYTES],
                      int64_t last, const char *code, struct error *err)
{
    struct account_desk *desk = a->desk;
    uint8_t secret[TOTP_SECRET_BYTES];
    int64_t step;
    int rc = desk_open_totp(desk, a->session.user, box, secret, err);

    if (rc != 0)
        return rc;
    step = totp_match(secret, totp_step(desk->wall_ms), last, code);
    mem_wipe(secret, sizeof secret);
    if (step == 0)
        return 0;
    rc = accounts_totp_used(desk->accounts, a->session.user, step);
    return rc != 0 ? rc : 1;
}

static int try_recovery(struct asking *a, const char *code, struct error *err)
{
    char letters[TOTP_RECOVERY_TEXT_BYTES];
    struct hash hash;
    int rc;

    if (!totp_recovery_clean(letters, code))
        return 0;
    rc = desk_hash_recovery(a->desk, a->session.user, letters, &hash, err);
    if (rc == 0)
        rc = accounts_use_recovery(a->desk->accounts, a->session.user, &hash);
    mem_wipe(letters, sizeof letters);
    return rc == ERR_MISSING ? 0 : rc != 0 ? rc : 1;
}

/* As try_secret, of everything that would do. What is pending may be proved by
 * who was let in fully, or has nothing yet. */
static int try_all(struct asking *a, const char *code, struct error *err)
{
    struct accounts_totp totp;
    int rc = accounts_totp(a->desk->accounts, a->session.user, &totp);

    if (rc != 0)
        return rc == ERR_MISSING ? 0 : rc;
    if (totp.has_pending && (!a->session.needs_code || a->session.enrol) &&
        (rc = try_secret(a, totp.pending, 0, code, err)) == 1 &&
        (rc = accounts_confirm_totp(a->desk->accounts, a->session.user)) == 0)
        return 1;
    if (rc == 0 && totp.has_secret)
        rc = try_secret(a, totp.secret, totp.last_step, code, err);
    if (rc == 0 && totp.has_secret)
        rc = try_recovery(a, code, err);
    return rc;
}

static int rotate(struct asking *a)
{
    struct account_desk *desk = a->desk;
    char token[SESSION_TOKEN_TEXT_BYTES];
    struct hash hash;
    int rc;

    new_token(token, &hash);
    json_set_text(a->out, "session", token);
    json_set_text(a->out, "user", a->session.user);
    json_set_text(a->out, "role", a->session.role);
    mem_wipe(token, sizeof token);
    if ((rc = accounts_move_session(desk->accounts, &a->session.token, &hash,
                                    desk->wall_ms)) != 0 ||
        (rc = accounts_touch_session(desk->accounts, &hash, desk->wall_ms)) !=
            0)
        return rc;
    return log_it(a, a->session.user, a->session.role);
}

static int run_code(struct asking *a)
{
    const char *code = json_get_text(a->call->args, "code");
    struct throttle_try one = {THROTTLE_CODE, a->session.user, a->call->from};
    struct error err = {""};
    int rc;

    if (code == NULL || strlen(code) > 64)
        return desk_refuse(a->why, "invalid", "give the code");
    if ((rc = desk_wait(a->desk, &one, a->why)) != 0)
        return rc;
    if ((rc = try_all(a, code, &err)) < 0)
        return no_key(a, rc, &err);
    if (rc == 0)
        return wrong(a, &one, "code",
                     "this code is not right, or was used already: wait for "
                     "the next one");
    throttle_passed(a->desk->throttle, &one, a->desk->mono_ms);
    return rotate(a);
}

static int run_totp(struct asking *a)
{
    const struct account_session *s = &a->session;
    struct error err = {""};
    int rc;

    if ((s->needs_code && !s->enrol) ||
        (s->totp &&
         a->desk->wall_ms - s->code_ms > (int64_t)SESSION_FRESH_CODE_MS))
        return desk_refuse(a->why, "code",
                           "this asks for a new code from your phone first");
    rc = desk_new_totp(a->desk, s->user, true, a->out, &err);
    if (rc != 0)
        return no_key(a, rc, &err);
    return log_it(a, s->user, s->role);
}

/* ---- the rest */

static int run_touch(struct asking *a)
{
    if (a->desk->wall_ms - a->session.seen_ms < SESSION_TOUCH_MS)
        return 0;
    return accounts_touch_session(a->desk->accounts, &a->session.token,
                                  a->desk->wall_ms);
}

static int run_close(struct asking *a)
{
    int rc = accounts_end_session(a->desk->accounts, &a->session.token);

    return rc != 0 ? rc : log_it(a, a->session.user, a->session.role);
}

static const struct {
    const char *name;
    bool inside; /* of somebody who is logged in */
    int (*run)(struct asking *a);
} commands[] = {
    {"session.salt", false, run_salt},  {"session.open", false, run_open},
    {"session.code", true, run_code},   {"session.totp", true, run_totp},
    {"session.touch", true, run_touch}, {"session.close", true, run_close},
};

static int find_session(struct asking *a, const char *token)
{
    struct hash hash;
    int rc = account_session_token(&hash, token)
                 ? account_session_find(a->desk->accounts, &hash,
                                        a->desk->wall_ms, &a->session)
                 : ERR_MISSING;

    if (rc == ERR_MISSING)
        return desk_refuse(a->why, "login", "log in first");
    if (rc == ERR_REFUSED)
        return desk_refuse(a->why, "expired",
                           "you were away for too long: log in again");
    return rc;
}

int account_desk_session(struct account_desk *desk,
                         const struct account_call *call, const char *token,
                         struct json *out, struct account_refusal *why)
{
    struct asking a = {.desk = desk, .call = call, .out = out, .why = why};
    int rc = 0;

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, call->command) != 0)
            continue;
        if (commands[i].inside)
            rc = find_session(&a, token);
        return rc != 0 ? rc : commands[i].run(&a);
    }
    return desk_refuse(why, "forbidden", "there is no such command");
}
