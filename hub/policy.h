/* hub/policy.h - who may do and see what here: a table, pure functions.
 *
 * What is not in the table is forbidden on every page. The core asks before it
 * runs a command, the web before it reads. A new command or path is one line in
 * policy.c and one in tests/unit/test_hub_policy.c.
 */
#ifndef LIENXA_HUB_POLICY_H
#define LIENXA_HUB_POLICY_H

#include "common/account/policy.h"
#include "common/format/json.h"

extern const struct policy hub_policy;

/* `path` as asked for, or as it stands in the table of routes. */
bool hub_policy_may_read(const char *role, const char *path);
/* `own`: the command is about the account of who asks. */
bool hub_policy_may_run(const char *role, const char *command, bool own);
/* The names of the commands that this role may run, for its pages. Owned. */
struct json *hub_policy_may(const char *role);

/* What of reports a role sees. */
enum hub_sight {
    HUB_SEES_FIGURES,
    HUB_SEES_SINGLE, /* lists of single reports, also on the board */
    HUB_SEES_WORDS   /* of those that were passed on */
};
bool hub_policy_sees(const char *role, enum hub_sight what);

#endif
