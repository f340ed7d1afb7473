/* node/backup_inside.h - what a node's copy holds. Only for node/backup.c and
 * node/restore.c.
 */
#ifndef LIENXA_NODE_BACKUP_INSIDE_H
#define LIENXA_NODE_BACKUP_INSIDE_H

#include "common/backup/sealed_file.h"

enum { NODE_BACKUP_MEMBERS = 7 };
void node_backup_members(struct backup_member out[NODE_BACKUP_MEMBERS]);

#endif
