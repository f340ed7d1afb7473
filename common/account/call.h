/* common/account/call.h - one command, and who asks for it.
 *
 * From the command line (control.sock, or in its own process) `role` is NULL:
 * whoever may use the folder may do everything. From a web page it is the role
 * of the session's user, `actor` the user's name, `from` the address; then the
 * policy was asked before the command runs.
 */
#ifndef LIENXA_ACCOUNT_CALL_H
#define LIENXA_ACCOUNT_CALL_H

#include "common/base/id.h"
#include "common/format/json.h"

/* Of a password that came with a command. */
enum account_guess { GUESS_NONE, GUESS_RIGHT, GUESS_WRONG };

struct account_call {
    struct id id;
    const char *command;
    const struct json *args;
    const char *actor;
    const char *role;           /* NULL: the command line */
    const char *from;           /* "" where there is none */
    const struct hash *session; /* SHA-256 of its token, or NULL */
    enum account_guess *guess;  /* set by what knows; NULL: nobody counts */
};

/* The word of an error code in replies (`code`): login expired forbidden
 * refused invalid missing conflict busy disk code. This gives those that a
 * command can cause. */
const char *account_code_word(int error_code);

/* A reply: `out` is taken; NULL: {"ok":false,"error","code"}. Appended. */
void account_reply(struct buf *reply, struct json *out, const char *code,
                   const struct error *err);

/* What the audit log keeps of a reply, to be given again: all of it, but for
 * secrets that are shown once. */
struct bytes account_kept_reply(const char *command, struct bytes reply);

/* What the audit log says the command was about: the id or name among its
 * arguments, or "". Borrowed from the call. Never a sender's name. */
const char *account_call_subject(const struct account_call *call);

#endif
