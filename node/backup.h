/* node/backup.h - `lienxa-node backup FILE` and `restore FILE`: a copy of the
 * node that the commune's two recovery shares open.
 *
 * Both run in the asking process. In it: the database as it stood at one moment
 * and the machine's whole identity, so that what is restored goes on as the
 * same machine: the hub gives back what was delivered since (PROTOCOL 7.5). Two
 * that run with one identity take turns, and the district is alarmed.
 */
#ifndef LIENXA_NODE_BACKUP_H
#define LIENXA_NODE_BACKUP_H

#include "common/backup/sealed_file.h"
#include "common/format/json.h"
#include "node/node.h"

struct node_backup_made {
    int64_t made_ms;
    uint64_t bytes;
};

/* Copies, verifies the copy (prints what `verify` prints), seals. ERR_DAMAGED:
 * it does not verify, and `even_if_damaged` was not said. */
int node_backup(const char *folder, const char *path, bool even_if_damaged,
                struct node_backup_made *out, struct error *err);

/* The command "backup.done" {"made_ms","bytes"}: remembered and logged. */
int node_backup_done(struct node *node, const struct json *args,
                     struct json *out, struct error *err);

struct node_restore {
    const char *folder, *file;
    const char *shares[2]; /* as typed */
    bool even_if_damaged;
};

/* Prints what `verify` prints. ERR_EXISTS: there is a node already.
 * ERR_REFUSED: the copy of something else, or other shares. On failure nothing
 * is in the folder. */
int node_restore(const struct node_restore *order, struct backup_label *out,
                 struct error *err);

#endif
