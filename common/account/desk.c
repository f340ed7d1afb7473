/* common/account/desk.c - the desk, its key, and who may do what now. */
#include "common/account/desk_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/keyfile.h"
#include "common/crypto/mac.h"
#include "common/crypto/random.h"
#include "common/crypto/seal.h"
#include "common/domain/text.h"

enum { PATH_BYTES = 4300, CONTEXT_BYTES = ACCOUNT_NAME_BYTES + 32 };

static_assert((int)DESK_KEY_BYTES == (int)BOX_KEY_BYTES,
              "one key for boxes and hashes");

struct account_desk *account_desk_new(const struct account_desk_config *config)
{
    struct account_desk *desk = mem_new(sizeof *desk);

    desk->accounts = config->accounts;
    desk->policy = config->policy;
    desk->folder = mem_text(config->folder);
    desk->issuer = mem_text(config->issuer);
    desk->throttle = throttle_new();
    return desk;
}

void account_desk_free(struct account_desk **desk)
{
    struct account_desk *d = *desk;

    if (d == NULL)
        return;
    mem_free(&d->folder);
    mem_free(&d->issuer);
    throttle_free(&d->throttle);
    mem_wipe(d->key, sizeof d->key);
    mem_free(desk);
}

void account_desk_set_time(struct account_desk *desk, int64_t wall_ms,
                           int64_t mono_ms)
{
    desk->wall_ms = wall_ms;
    desk->mono_ms = mono_ms;
}

int desk_refuse(struct account_refusal *why, const char *code,
                const char *format, ...)
{
    va_list args;

    why->code = code;
    va_start(args, format);
    (void)vsnprintf(why->err.text, sizeof why->err.text, format, args);
    va_end(args);
    return ERR_REFUSED;
}

/* ---- what only this machine can open */

int desk_key(struct account_desk *desk, struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    if (desk->has_key)
        return 0;
    (void)snprintf(path, sizeof path, "%s/keys/account.key", desk->folder);
    rc = keyfile_load(desk->key, sizeof desk->key, path, err);
    if (rc == ERR_MISSING) {
        random_bytes(desk->key, sizeof desk->key);
        rc = keyfile_save(path, desk->key, sizeof desk->key, err);
    }
    desk->has_key = rc == 0;
    return rc;
}

static const char *totp_context(char out[CONTEXT_BYTES], const char *user)
{
    (void)snprintf(out, CONTEXT_BYTES, "lienxa totp 1\n%s\n", user);
    return out;
}

static int close_totp(struct account_desk *desk, const char *user, bool pending,
                      const uint8_t secret[TOTP_SECRET_BYTES])
{
    char context[CONTEXT_BYTES];
    struct buf box = {0};
    int rc;

    box_close(&box, desk->key, totp_context(context, user),
              bytes_of(secret, TOTP_SECRET_BYTES));
    rc = accounts_put_totp(desk->accounts, user, box.data, pending);
    buf_free(&box);
    return rc;
}

int desk_open_totp(struct account_desk *desk, const char *user,
                   const uint8_t box[ACCOUNT_BOX_BYTES],
                   uint8_t secret[TOTP_SECRET_BYTES], struct error *err)
{
    char context[CONTEXT_BYTES];
    struct buf opened = {0};
    int rc = desk_key(desk, err);

    if (rc == 0 &&
        ((rc = box_open(&opened, desk->key, totp_context(context, user),
                        bytes_of(box, ACCOUNT_BOX_BYTES))) != 0 ||
         opened.size != TOTP_SECRET_BYTES))
        rc = error_set(err, ERR_DAMAGED,
                       "this machine cannot check codes of %s any more: type "
                       "`user totp` with the name on the machine itself, it "
                       "makes new ones",
                       user);
    if (rc == 0)
        memcpy(secret, opened.data, TOTP_SECRET_BYTES);
    if (opened.size > 0)
        mem_wipe(opened.data, opened.size);
    buf_free(&opened);
    return rc;
}

int desk_hash_recovery(struct account_desk *desk, const char *user,
                       const char *letters, struct hash *out, struct error *err)
{
    struct buf text = {0};
    int rc = desk_key(desk, err);

    if (rc != 0)
        return rc;
    buf_printf(&text, "lienxa recovery code 1\n%s\n%s", user, letters);
    *out = mac_sha256(bytes_of(desk->key, sizeof desk->key), buf_bytes(&text));
    mem_wipe(text.data, text.size);
    buf_free(&text);
    return 0;
}

static int new_recovery(struct account_desk *desk, const char *user,
                        bool pending, struct json *list)
{
    char code[TOTP_RECOVERY_TEXT_BYTES], letters[TOTP_RECOVERY_TEXT_BYTES];
    struct hash hash;
    int rc;

    totp_recovery_make(code);
    (void)totp_recovery_clean(letters, code);
    if ((rc = desk_hash_recovery(desk, user, letters, &hash, NULL)) == 0)
        rc = accounts_put_recovery(desk->accounts, user, &hash, pending);
    json_add_text(list, code);
    return rc;
}

int desk_new_totp(struct account_desk *desk, const char *user, bool pending,
                  struct json *out, struct error *err)
{
    uint8_t secret[TOTP_SECRET_BYTES];
    struct json *codes = json_array_new();
    struct buf text = {0};
    int rc = desk_key(desk, err);

    random_bytes(secret, sizeof secret);
    if (rc == 0)
        rc = close_totp(desk, user, pending, secret);
    for (int i = 0; rc == 0 && i < TOTP_RECOVERY_CODES; i++)
        rc = new_recovery(desk, user, pending, codes);
    base32_encode(&text, bytes_of(secret, sizeof secret));
    json_set_text(out, "secret", buf_text(&text));
    buf_clear(&text);
    totp_uri(&text, desk->issuer, user, secret);
    json_set_text(out, "uri", buf_text(&text));
    json_set(out, "codes", codes);
    mem_wipe(text.data, text.size);
    mem_wipe(secret, sizeof secret);
    buf_free(&text);
    return rc;
}

/* ---- may they? */

bool desk_clean_name(char out[ACCOUNT_NAME_BYTES], const struct json *args)
{
    const char *name = json_get_text(args, "name");
    struct buf nfc = {0};
    bool good = name != NULL && strlen(name) < 4 * ACCOUNT_NAME_BYTES &&
                text_nfc(&nfc, bytes_of_text(name)) == 0 &&
                nfc.size < ACCOUNT_NAME_BYTES && text_is_line(buf_bytes(&nfc));

    (void)snprintf(out, ACCOUNT_NAME_BYTES, "%s", good ? buf_text(&nfc) : "");
    buf_free(&nfc);
    return good;
}

bool account_call_is_own(const struct account_call *call, const char *user)
{
    char name[ACCOUNT_NAME_BYTES];

    return strncmp(call->command, "user.", 5) == 0 &&
           desk_clean_name(name, call->args) && strcmp(name, user) == 0;
}

/* A clock that was put back makes no code fresh again. */
static bool is_fresh(int64_t code_ms, int64_t now_ms)
{
    return code_ms != 0 && now_ms - code_ms <= SESSION_FRESH_CODE_MS &&
           code_ms <= now_ms + 1000;
}

static int judge_code(struct account_desk *desk,
                      const struct account_call *call,
                      const struct account_session *s,
                      struct account_refusal *why)
{
    if (!policy_wants_code(desk->policy, call->command) ||
        (!desk->policy->codes && !s->totp) ||
        is_fresh(s->code_ms, desk->wall_ms))
        return 0;
    return desk_refuse(why, "code",
                       "this asks for a new code from your phone first");
}

int desk_wait(struct account_desk *desk, const struct throttle_try *one,
              struct account_refusal *why)
{
    int64_t wait = throttle_wait_ms(desk->throttle, one, desk->mono_ms);

    if (wait == 0)
        return 0;
    why->retry_after_s = (wait + 999) / 1000;
    return desk_refuse(why, "busy",
                       "there were too many wrong tries: wait %lld s",
                       (long long)why->retry_after_s);
}

int account_desk_before_guess(struct account_desk *desk,
                              const struct account_call *call, const char *user,
                              struct account_refusal *why)
{
    struct throttle_try one = {THROTTLE_PASSWORD, user, call->from};

    return policy_takes_password(desk->policy, call->command)
               ? desk_wait(desk, &one, why)
               : 0;
}

void account_desk_guessed(struct account_desk *desk,
                          const struct account_call *call, const char *user,
                          enum account_guess guess)
{
    struct throttle_try one = {THROTTLE_PASSWORD, user, call->from};

    if (guess == GUESS_RIGHT)
        throttle_passed(desk->throttle, &one, desk->mono_ms);
    if (guess != GUESS_WRONG)
        return;
    throttle_failed(desk->throttle, &one, desk->mono_ms);
    log_warn("session.wrong", "command=%s from=%s", call->command, call->from);
}

int account_desk_judge(struct account_desk *desk,
                       const struct account_call *call, const char *token,
                       struct account_session *out, struct account_refusal *why)
{
    struct hash hash;
    int rc =
        account_session_token(&hash, token)
            ? account_session_find(desk->accounts, &hash, desk->wall_ms, out)
            : ERR_MISSING;

    if (rc == ERR_MISSING)
        return desk_refuse(why, "login", "log in first");
    if (rc == ERR_REFUSED)
        return desk_refuse(why, "expired",
                           "you were away for too long: log in again");
    if (rc != 0)
        return rc;
    if (out->needs_code)
        return desk_refuse(why, "code", "the code from your phone is missing");
    if (!policy_may_run(desk->policy, out->role, call->command,
                        account_call_is_own(call, out->user)))
        return desk_refuse(why, "forbidden", "your role may not do this");
    if ((rc = judge_code(desk, call, out, why)) != 0)
        return rc;
    if (desk->wall_ms - out->seen_ms >= SESSION_TOUCH_MS)
        rc = accounts_touch_session(desk->accounts, &hash, desk->wall_ms);
    return rc;
}
