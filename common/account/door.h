/* common/account/door.h - what comes over web.sock, from bytes to reply.
 *
 * DATA/web.sock speaks the framing of control.sock. A request:
 *   {"id":UUID,"command":C,"session":HEX64,"from":"address","args":{}}
 * and its reply {"ok":true,"out":{}} or {"ok":false,"error":"one
 * line","code":W} (common/account/call.h). session.* and watch are answered
 * here, every other command goes to the program's table after the session, the
 * policy and, where it is asked, the age of the last code were looked at. The
 * same id of the same command and user gets the same reply again, but for
 * session.* and watch.
 */
#ifndef LIENXA_ACCOUNT_DOOR_H
#define LIENXA_ACCOUNT_DOOR_H

#include "common/account/desk.h"
#include "common/account/watch.h"

struct account_door;

struct account_door_config {
    struct account_desk *desk; /* borrowed for the door's life */
    /* The program's table of commands: appends the whole reply. Negative: the
     * disk failed, nothing of the turn was. */
    int (*run)(void *who, const struct account_call *call, struct buf *reply);
    void *who;
};
struct account_door *account_door_new(const struct account_door_config *config,
                                      int64_t wall_ms);
void account_door_free(struct account_door **door);

/* One request, inside a transaction. 0: `reply` is to be sent after the commit.
 * DOOR_HELD: a watch, answered later. Negative: the disk failed. */
enum { DOOR_HELD = 1 };
int account_door_take(struct account_door *door, int client,
                      struct bytes request, int64_t mono_ms, struct buf *reply);

/* A commit: these topics changed in it. */
void account_door_committed(struct account_door *door, unsigned topics);
/* The next watch whose answer is due; false: none. */
bool account_door_next(struct account_door *door, int64_t mono_ms, int *client,
                       struct buf *reply);
int64_t account_door_deadline(const struct account_door *door); /* mono */

#endif
