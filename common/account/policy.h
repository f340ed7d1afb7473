/* common/account/policy.h - which role may run which command and read which
 * path: a table and pure functions over it.
 *
 * Each program has one such table (hub/policy.c, node/policy.c). What is not in
 * it is forbidden to everybody; the command line is not judged by it.
 */
#ifndef LIENXA_ACCOUNT_POLICY_H
#define LIENXA_ACCOUNT_POLICY_H

#include <stdbool.h>

enum policy_flag {
    /* Who has a second factor must have shown it in the last five minutes. */
    POLICY_CODE = 1,
    /* Everybody may, for the account that is theirs. */
    POLICY_OWN = 2,
    /* A password comes with it: guesses are held up as at the door. */
    POLICY_PASSWORD = 4
};

struct policy_row {
    const char *name; /* a command, or a path; NULL ends the table. A path that
                       * ends in '/' stands for it and one more part */
    unsigned roles;   /* bit i: the i-th role */
    unsigned flags;   /* enum policy_flag */
};

struct policy {
    const char *const *roles; /* ended by NULL */
    const struct policy_row *commands, *reads;
    bool codes; /* nobody works without a second factor */
};

/* Its bit, or 0: no such role. */
unsigned policy_role(const struct policy *policy, const char *role);

/* `own`: the command is about the account of who asks. */
bool policy_may_run(const struct policy *policy, const char *role,
                    const char *command, bool own);
bool policy_may_read(const struct policy *policy, const char *role,
                     const char *path);
bool policy_wants_code(const struct policy *policy, const char *command);
bool policy_takes_password(const struct policy *policy, const char *command);

#endif
