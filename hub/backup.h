/* hub/backup.h - `lienxa-hub backup FILE`: a copy of the hub that the root's
 * two shares open, made while it serves.
 *
 * Runs in the asking process. In it: the database as it stood at one moment,
 * the CURVE key, and the public part of the keys. Never the signing key:
 * whoever finds a copy and both shares may restore a hub, but a copy alone
 * forges nothing, and `restore` makes a new one.
 */
#ifndef LIENXA_HUB_BACKUP_H
#define LIENXA_HUB_BACKUP_H

#include "common/backup/sealed_file.h"
#include "common/format/json.h"
#include "hub/hub.h"

struct hub_backup_made {
    int64_t made_ms;
    uint64_t bytes;
};

/* Copies, verifies the copy (prints what `verify` prints), seals. ERR_DAMAGED:
 * it does not verify, and `even_if_damaged` was not said. */
int hub_backup(const char *folder, const char *path, bool even_if_damaged,
               struct hub_backup_made *out, struct error *err);

/* What a copy holds, for `restore`: hub.db, keys/curve.key, keys/public, and
 * keys/curve.next while a rotation is under way. */
enum { HUB_BACKUP_MEMBERS = 7 };
void hub_backup_members(struct backup_member out[HUB_BACKUP_MEMBERS]);

/* The command "backup.done" {"made_ms","bytes"}: remembered and logged. */
int hub_backup_done(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err);
/* Raises an alarm when the last copy is older than a week. Cheap: at most once
 * an hour. */
void hub_backup_remind(struct hub *hub);

#endif
