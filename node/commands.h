/* node/commands.h - the table of commands: the one way to change anything.
 *
 * A request is JSON {"id": UUID, "command": "report.add", "actor": who,
 * "args": {..}}; the reply {"ok": true, "out": {..}} or {"ok": false, "error":
 * "one line", "code": word}. The reply is kept in the same transaction, so a
 * repeated id gets the same reply and nothing happens twice.
 */
#ifndef LIENXA_NODE_COMMANDS_H
#define LIENXA_NODE_COMMANDS_H

#include "node/node.h"

/* Runs one request inside the caller's transaction; a refused command leaves
 * nothing behind. Appends the reply. Negative: the disk failed, roll back. */
int node_commands_run(struct node *node, struct bytes request,
                      struct buf *reply);

/* The same of a call that was taken apart and judged already
 * (common/account/door.h). */
int node_commands_run_call(struct node *node, const struct account_call *call,
                           struct buf *reply);

/* A request that changes nothing; refused while the disk takes nothing. */
#define NODE_DISK_QUESTION "disk"

/* The name of the index-th command of the table; NULL: there are no more. */
const char *node_commands_name(size_t index);

/* The reply for a turn that could not be stored. */
void node_commands_disk_reply(struct buf *reply, const char *reason);

#endif
