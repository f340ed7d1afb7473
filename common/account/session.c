/* common/account/session.c - see session.h. */
#include "common/account/session.h"

#include <string.h>

#include "common/crypto/digest.h"

enum { CLOCK_SLACK_MS = 5 * 60 * 1000 };

bool account_session_token(struct hash *out, const char *text)
{
    uint8_t token[SESSION_TOKEN_BYTES];
    struct bytes piece;

    if (text == NULL || !hex_decode(token, sizeof token, text))
        return false;
    piece = bytes_of(token, sizeof token);
    *out = crypto_sha256(&piece, 1);
    return true;
}

/* A clock that was put back must not make a session live on. */
static bool is_over(const struct accounts_session *s, int64_t now_ms)
{
    return s->disabled || now_ms - s->seen_ms > SESSION_IDLE_MS ||
           now_ms - s->opened_ms > SESSION_LIFE_MS ||
           s->seen_ms - now_ms > CLOCK_SLACK_MS;
}

int account_session_find(struct accounts *accounts, const struct hash *token,
                         int64_t now_ms, struct account_session *out)
{
    struct accounts_session s;
    int rc = accounts_session(accounts, token, &s);

    if (rc != 0)
        return rc;
    *out = (struct account_session){.token = s.token,
                                    .totp = s.totp,
                                    .opened_ms = s.opened_ms,
                                    .seen_ms = s.seen_ms,
                                    .code_ms = s.code_ms};
    memcpy(out->user, s.user, sizeof out->user);
    memcpy(out->role, s.role, sizeof out->role);
    memcpy(out->from, s.from, sizeof out->from);
    out->needs_code = s.code_due && s.code_ms == 0;
    out->enrol = out->needs_code && !s.totp;
    return is_over(&s, now_ms) ? ERR_REFUSED : 0;
}
