/* common/account/desk.h - logging in and out, second factors, the accounts.
 *
 * The core's side; one per process, loop thread only, inside the caller's
 * transaction (but for account_desk_new and _free). Works for the command line
 * too, without anybody listening. `code` in what follows is the word of the
 * reply (common/account/call.h).
 */
#ifndef LIENXA_ACCOUNT_DESK_H
#define LIENXA_ACCOUNT_DESK_H

#include "common/account/call.h"
#include "common/account/policy.h"
#include "common/account/session.h"

struct account_desk;

struct account_desk_config {
    struct accounts *accounts; /* borrowed for the desk's life */
    const char *folder;        /* DATA; its key is DATA/keys/account.key, made
                                * when it is first needed */
    const char *issuer;        /* what an authenticator shows beside the name */
    const struct policy *policy;
};
/* Owned. */
struct account_desk *account_desk_new(const struct account_desk_config *config);
void account_desk_free(struct account_desk **desk);

/* The time of this turn, before anything else in it. */
void account_desk_set_time(struct account_desk *desk, int64_t wall_ms,
                           int64_t mono_ms);

struct account_refusal {
    const char *code;      /* "login", "busy", .. */
    int64_t retry_after_s; /* busy: how long; else 0 */
    struct error err;
};

/* session.salt .open .code .totp .touch .close, by their `command`. `token` is
 * the member "session" or NULL. 0: `out` is the answer. ERR_REFUSED: not done,
 * `why` says it. Another code: the database failed. Repeating one is harmless
 * and not remembered: open makes another session, code asks for the next code.
 *   session.salt {name}          -> {salt, ops, memory}
 *   session.open {name, proof}   -> {session, user, role, needs_code, enrol}
 *   session.code {code}          -> {session}: rotated; also sets up what
 *                                   session.totp gave. May be asked again at
 * any time: POLICY_CODE wants a fresh one session.totp {}              ->
 * {secret, uri, codes}: a second factor of one's own, in force once
 * session.code has proved it. Who has one already needs a fresh code
 *   session.touch {} -> {}       session.close {} -> {}
 */
int account_desk_session(struct account_desk *desk,
                         const struct account_call *call, const char *token,
                         struct json *out, struct account_refusal *why);

/* May who has this token run this command, now? 0: yes, `out` is who. */
int account_desk_judge(struct account_desk *desk,
                       const struct account_call *call, const char *token,
                       struct account_session *out,
                       struct account_refusal *why);

/* A password came with the command of `user` (POLICY_PASSWORD). Before it runs:
 * ERR_REFUSED, "busy", when they guessed too often; afterwards: what it was. */
int account_desk_before_guess(struct account_desk *desk,
                              const struct account_call *call, const char *user,
                              struct account_refusal *why);
void account_desk_guessed(struct account_desk *desk,
                          const struct account_call *call, const char *user,
                          enum account_guess guess);

/* The commands user.passwd, user.disable, user.enable, user.totp; of user.add
 * the part that is the same in both programs. ERR_INVALID, ERR_MISSING,
 * ERR_EXISTS, ERR_REFUSED in words.
 *   user.add     {name, role, password}    password: account_password_make
 *   user.passwd  {name, password[, old]}   old: the proof of the present one,
 *                                          needed by who changes their own from
 *                                          a page. Ends the user's other
 * sessions user.disable {name}                    ends the user's sessions
 *   user.enable  {name}
 *   user.totp    {name}   from the command line: {secret, uri, codes}, in force
 *                         at once. From a page: {}, what there was is dropped
 *                         and the next login sets up a new one (an operator
 *                         never sees another's secret)
 */
int account_desk_add(struct account_desk *desk, const struct account_call *call,
                     struct json *out, struct error *err);
int account_desk_passwd(struct account_desk *desk,
                        const struct account_call *call, struct json *out,
                        struct error *err);
int account_desk_disable(struct account_desk *desk,
                         const struct account_call *call, struct json *out,
                         struct error *err);
int account_desk_enable(struct account_desk *desk,
                        const struct account_call *call, struct json *out,
                        struct error *err);
int account_desk_totp(struct account_desk *desk,
                      const struct account_call *call, struct json *out,
                      struct error *err);

/* Is the command about the account of who asks? */
bool account_call_is_own(const struct account_call *call, const char *user);

#endif
