/* common/account/session.h - who is behind a token.
 *
 * A token is 32 random bytes, given out as 64 hex letters; the table `session`
 * has SHA-256 of the bytes, so that who reads the database cannot use it. The
 * core writes sessions (common/account/desk.h); the web only looks, mode=ro,
 * and links nothing but this of the core's side.
 */
#ifndef LIENXA_ACCOUNT_SESSION_H
#define LIENXA_ACCOUNT_SESSION_H

#include "common/store/accounts.h"

enum {
    SESSION_TOKEN_BYTES = 32,
    SESSION_TOKEN_TEXT_BYTES = 2 * SESSION_TOKEN_BYTES + 1,
    SESSION_IDLE_MS = 30 * 60 * 1000,   /* without a sign of life */
    SESSION_LIFE_MS = 12 * 3600 * 1000, /* however busy */
    SESSION_TOUCH_MS = 60 * 1000,       /* signs of life are written so often */
    SESSION_FRESH_CODE_MS = 5 * 60 * 1000 /* POLICY_CODE */
};

struct account_session {
    struct hash token; /* SHA-256 of its bytes */
    char user[ACCOUNT_NAME_BYTES];
    char role[ACCOUNT_ROLE_BYTES];
    char from[ACCOUNT_FROM_BYTES]; /* the address it was opened from */
    bool needs_code; /* the password was right, the code is still to come:
                      * nothing may be read or run but session.code, .totp when
                      * `enrol`, .close */
    bool enrol;      /* needs_code, and there is no second factor yet: one must
                      * be set up first (session.totp, then session.code) */
    bool totp;       /* has a second factor */
    int64_t opened_ms, seen_ms;
    int64_t code_ms; /* when a code was last shown; 0: never */
};

/* SHA-256 of the bytes that 64 hex letters mean; false: not a token. */
bool account_session_token(struct hash *out, const char *text);

/* `accounts` stands on any connection, a reading one as well. `now_ms` is wall
 * clock. ERR_MISSING: no such session (code "login"); ERR_REFUSED: it is over,
 * or its user was disabled (code "expired"); else the database's code. */
int account_session_find(struct accounts *accounts, const struct hash *token,
                         int64_t now_ms, struct account_session *out);

#endif
