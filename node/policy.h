/* node/policy.h - who may do and see what here: a table, pure functions.
 *
 * What is not in the table is forbidden on every page. The core asks before it
 * runs a command, the web before it reads. A new command or path is one line in
 * policy.c and one in tests/unit/test_node_policy.c.
 */
#ifndef LIENXA_NODE_POLICY_H
#define LIENXA_NODE_POLICY_H

#include "common/account/policy.h"
#include "common/format/json.h"

extern const struct policy node_policy;

/* `path` as asked for, or as it stands in the table of routes. */
bool node_policy_may_read(const char *role, const char *path);
/* `own`: the command is about the account of who asks. */
bool node_policy_may_run(const char *role, const char *command, bool own);
/* The names of the commands that this role may run, for its pages. Owned. */
struct json *node_policy_may(const char *role);

/* Does the role see words of reports? An auditor sees that something was done,
 * not what people wrote. */
bool node_policy_sees_words(const char *role);

#endif
