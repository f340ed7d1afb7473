/* hub/commands.h - the table of commands: the one way to change anything.
 *
 * A request is JSON {"id": UUID, "command": "alert.issue", "actor": who,
 * "args": {..}}; the reply {"ok": true, "out": {..}} or {"ok": false, "error":
 * "one line", "code": word}. The reply of a command that changed something is
 * kept in the same transaction, so a repeated id gets the same reply and
 * nothing happens twice.
 */
#ifndef LIENXA_HUB_COMMANDS_H
#define LIENXA_HUB_COMMANDS_H

#include "hub/hub.h"

/* Runs one request inside the caller's transaction; a refused command leaves
 * nothing behind. Appends the reply. Negative: the disk failed, roll back. */
int hub_commands_run(struct hub *hub, struct bytes request, struct buf *reply);

/* The same of a call that was taken apart and judged already
 * (common/account/door.h). */
int hub_commands_run_call(struct hub *hub, const struct account_call *call,
                          struct buf *reply);

/* The name of the index-th command of the table; NULL: there are no more. */
const char *hub_commands_name(size_t index);

/* The reply for a turn that could not be stored. */
void hub_commands_disk_reply(struct buf *reply, const char *reason);

#endif
