/* node/backup.c - making a copy: the database is copied inside DATA/backup.tmp,
 * verified there, sealed out to FILE, and the copy removed; a killed one is
 * removed by the next. */
#include "node/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/backup/room.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "node/backup_inside.h"
#include "node/reading.h"

/* "keys" is a link to the node's own, so that the copy can be opened. */
static const char *const room_files[] = {
    "node.db", "node.db-journal", "node.db-wal", "node.db-shm", "keys", NULL};

void node_backup_members(struct backup_member out[NODE_BACKUP_MEMBERS])
{
    static const uint64_t database = UINT64_C(1) << 40;
    static const uint64_t key = 64 * 1024;
    const struct backup_member members[NODE_BACKUP_MEMBERS] = {
        {"node.db", database, true, false},
        {"keys/curve.key", key, true, false},
        {"keys/sign.key", key, true, false},
        {"keys/rest.key", key, true, false},
        {"keys/pinned", key, true, false},
        {"keys/certificate", key, false, false},
        {"keys/account.key", key, false, false}};

    memcpy(out, members, sizeof members);
}

static int verify_copy(const struct room *room, bool even_if_damaged,
                       struct error *err)
{
    struct node *copy = NULL;
    struct error why = {""};
    int rc = node_open(&copy, room->path, NODE_READ, &why);

    if (rc == 0)
        rc = node_reading_verify(copy, &why);
    node_close(&copy);
    if (rc == 0 || even_if_damaged)
        return 0;
    return error_set(err, ERR_DAMAGED,
                     "no copy was made, because this machine's data is damaged "
                     "(%.300s). Keep your older copies. To keep what there is "
                     "all the same: --even-if-damaged",
                     why.text);
}

static void describe(struct backup_label *out, const struct node *node)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->program, sizeof out->program, "node");
    (void)snprintf(out->home, sizeof out->home, "%s", node->keys.unit);
    (void)snprintf(out->name, sizeof out->name, "%.*s",
                   (int)sizeof out->name - 1, node->keys.unit_name);
    (void)snprintf(out->version, sizeof out->version, "%s", LIENXA_VERSION);
    out->made_ms = clock_wall_ms();
}

static int seal(const struct room *room, const struct backup_label *label,
                const uint8_t recipient[32], const char *path, uint64_t *size,
                struct error *err)
{
    struct backup_member members[NODE_BACKUP_MEMBERS];
    struct backup_writer *w = NULL;
    char from[ROOM_PATH_BYTES];
    int rc = backup_writer_new(&w, path, label, recipient, err);

    node_backup_members(members);
    for (size_t i = 0; rc == 0 && i < NODE_BACKUP_MEMBERS; i++)
        if (members[i].needed ||
            file_exists(room_path(room, from, members[i].name)))
            rc = backup_writer_add(w, members[i].name,
                                   room_path(room, from, members[i].name), err);
    if (rc == 0)
        rc = backup_writer_finish(w, size, err);
    backup_writer_free(&w);
    return rc;
}

/* The copy of this moment, and what is written on it. */
static int copy_database(const char *folder, const struct room *room,
                         struct backup_label *label, uint8_t recipient[32],
                         struct error *err)
{
    struct node *node = NULL;
    char path[ROOM_PATH_BYTES];
    int rc = node_open(&node, folder, NODE_READ, err);

    if (rc == 0 &&
        !hex_decode(recipient, 32,
                    node_store_setting(node->store, "recovery_public")))
        rc = error_set(err, ERR_MISSING,
                       "this node has no recovery key: run `lienxa-node join "
                       "TOKEN` again");
    if (rc == 0) {
        describe(label, node);
        rc = db_copy(node_store_db(node->store),
                     room_path(room, path, "node.db"), err);
    }
    node_close(&node);
    if (rc == 0 && symlink("../keys", room_path(room, path, "keys")) != 0)
        rc = error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return rc;
}

int node_backup(const char *folder, const char *path, bool even_if_damaged,
                struct node_backup_made *out, struct error *err)
{
    struct backup_label label;
    struct room room;
    uint8_t recipient[SEAL_PUBLIC_BYTES];
    char lock_path[ROOM_PATH_BYTES];
    int lock, rc;

    (void)snprintf(lock_path, sizeof lock_path, "%s/node.db", folder);
    if (!file_exists(lock_path))
        return error_set(err, ERR_MISSING, "no node in %s", folder);
    (void)snprintf(lock_path, sizeof lock_path, "%s/backup.lock", folder);
    if ((lock = file_lock(lock_path, err)) < 0)
        return lock;
    if ((rc = room_make(&room, folder, "backup.tmp", room_files, err)) == 0) {
        if ((rc = copy_database(folder, &room, &label, recipient, err)) == 0 &&
            (rc = verify_copy(&room, even_if_damaged, err)) == 0)
            rc = seal(&room, &label, recipient, path, &out->bytes, err);
        room_remove(&room);
        out->made_ms = label.made_ms;
    }
    (void)close(lock);
    return rc;
}

int node_backup_done(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    int64_t made_ms;
    char text[32];

    (void)out;
    if (!json_get_i64(args, "made_ms", &made_ms) || made_ms <= 0)
        return error_set(err, ERR_INVALID, "when was the copy made?");
    (void)snprintf(text, sizeof text, "%lld", (long long)made_ms);
    return node_store_set(node->store, "last_backup_ms", text);
}
