/* common/web/session.c - whose session it is, for every lane. */
#include <string.h>

#include "common/account/session.h"
#include "common/base/clock.h"
#include "common/web/inside.h"

_Static_assert((int)WEB_NAME_BYTES >= (int)ACCOUNT_NAME_BYTES &&
                   (int)WEB_ROLE_BYTES >= (int)ACCOUNT_ROLE_BYTES,
               "every name and role has room");

int web_find_session(const struct web *web, void *data,
                     struct http_request *request, struct web_session *out)
{
    const char *token = web_token(request);
    struct account_session session;
    struct hash hash;
    int rc;

    memset(out, 0, sizeof *out);
    if (token == NULL)
        return ERR_MISSING;
    hash = web_token_hash(token);
    rc = account_session_find(web->program->accounts(data), &hash,
                              clock_wall_ms(), &session);
    if (rc != 0)
        return rc;
    out->token = session.token;
    memcpy(out->user, session.user, sizeof session.user);
    memcpy(out->role, session.role, sizeof session.role);
    out->needs_code = session.needs_code;
    out->enrol = session.enrol;
    out->seen_ms = session.seen_ms;
    return 0;
}
