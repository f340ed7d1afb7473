/* node/restore.c - a node from its copy: opened in DATA/restoring, verified,
 * put in place. The same machine goes on. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/account/totp.h"
#include "common/backup/room.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/share.h"
#include "node/backup.h"
#include "node/backup_inside.h"
#include "node/reading.h"

enum { ALARM_RESTORED = 152 };

static const char *const room_files[] = {"node.db",
                                         "node.db-journal",
                                         "node.db-wal",
                                         "node.db-shm",
                                         "lock",
                                         "keys/curve.key",
                                         "keys/sign.key",
                                         "keys/rest.key",
                                         "keys/pinned",
                                         "keys/certificate",
                                         "keys/account.key",
                                         "keys/",
                                         "media/",
                                         NULL};

static int check_folder(const char *folder, struct error *err)
{
    char path[ROOM_PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/node.db", folder);
    if (file_exists(path))
        return error_set(err, ERR_EXISTS,
                         "there is a node in %s already: restore into a new "
                         "folder (--data), nothing was touched",
                         folder);
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    if (file_exists(path))
        return error_set(err, ERR_EXISTS,
                         "%s holds keys, but no node: look at it, and restore "
                         "into a new folder (--data)",
                         folder);
    return 0;
}

static int check_label(struct backup_label *out, const char *file,
                       struct error *err)
{
    int rc = backup_read_label(out, file, err);

    if (rc == 0 && strcmp(out->program, "node") != 0)
        rc = error_set(err, ERR_REFUSED,
                       "%s is the copy of the %s \"%s\": restore it with "
                       "`lienxa-%s restore`",
                       file, out->program, out->name, out->program);
    return rc;
}

static int open_copy(const struct node_restore *order, const struct room *room,
                     struct error *err)
{
    struct backup_member members[NODE_BACKUP_MEMBERS];
    uint8_t secret[SHARE_SECRET_BYTES];
    struct seal_key key;
    int rc;

    node_backup_members(members);
    rc =
        share_join(secret, "recovery", order->shares[0], order->shares[1], err);
    if (rc != 0)
        return rc;
    seal_key_from_secret(&key, secret);
    rc = backup_extract(order->file, &key, room->path, members,
                        NODE_BACKUP_MEMBERS, err);
    mem_wipe(secret, sizeof secret);
    mem_wipe(&key, sizeof key);
    return rc;
}

static int set_ms(struct node *node, const char *name, int64_t ms)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)ms);
    return node_store_set(node->store, name, text);
}

static int change(struct node *node, const struct backup_label *label,
                  struct error *err)
{
    char when[CLOCK_TEXT_BYTES];
    int rc;

    if ((rc = node_begin(node)) != 0 ||
        (rc = set_ms(node, "restored_ms", node->wall_ms)) != 0 ||
        (rc = set_ms(node, "last_backup_ms", label->made_ms)) != 0 ||
        (rc = node_store_set(node->store, "online", "0")) != 0 ||
        /* nobody is logged in, and no code that was seen is good again */
        (rc = accounts_restored(node->accounts,
                                totp_step(node->wall_ms) + 1)) != 0)
        return rc;
    node_alarm(node, ALARM_RESTORED,
               "this machine was restored from its copy of %s. What the "
               "district had received since comes back by itself; what was "
               "written later and never delivered is gone: ask who wrote it. "
               "If the old machine still runs, switch it off for good: two "
               "with one identity take turns. Then clear this alarm",
               clock_text(when, label->made_ms));
    return node_commit(node, err);
}

static int make_ready(const struct room *room, const struct backup_label *label,
                      struct error *err)
{
    struct node *node = NULL;
    int rc = node_open(&node, room->path, NODE_COMMAND, err);

    if (rc != 0)
        return rc;
    err->text[0] = '\0';
    if ((rc = change(node, label, err)) != 0) {
        if (err->text[0] == '\0')
            (void)error_set(err, rc, "the database refused: %s",
                            db_reason(node_store_db(node->store)));
        node_rollback(node);
    }
    node_close(&node);
    return rc;
}

static int verify(const struct node_restore *order, const struct room *room,
                  struct error *err)
{
    struct error why = {""};
    struct node *node = NULL;
    int rc = node_open(&node, room->path, NODE_READ, &why);

    if (rc == 0)
        rc = node_reading_verify(node, &why);
    node_close(&node);
    if (rc == 0 || order->even_if_damaged)
        return 0;
    return error_set(err, ERR_DAMAGED,
                     "the copy is damaged inside (%.300s): take an older one; "
                     "or restore it all the same with --even-if-damaged",
                     why.text);
}

static int restore_locked(const struct node_restore *order,
                          const struct backup_label *label, struct error *err)
{
    struct room room;
    int rc;

    room_take_back(order->folder, "restoring", "node.db");
    if ((rc = check_folder(order->folder, err)) != 0 ||
        (rc = room_make(&room, order->folder, "restoring", room_files, err)) !=
            0)
        return rc;
    if ((rc = open_copy(order, &room, err)) == 0 &&
        (rc = make_ready(&room, label, err)) == 0 &&
        (rc = verify(order, &room, err)) == 0)
        rc = room_put_data(&room, order->folder, "node.db", err);
    room_remove(&room);
    return rc;
}

int node_restore(const struct node_restore *order, struct backup_label *out,
                 struct error *err)
{
    char path[ROOM_PATH_BYTES];
    int lock, rc;

    if ((rc = check_label(out, order->file, err)) != 0 ||
        (rc = file_make_folder(order->folder, err)) != 0)
        return rc;
    (void)snprintf(path, sizeof path, "%s/lock", order->folder);
    if ((lock = file_lock(path, err)) < 0)
        return lock == ERR_AGAIN
                   ? error_set(err, lock,
                               "a node is serving from %s: restore into a new "
                               "folder (--data)",
                               order->folder)
                   : lock;
    rc = restore_locked(order, out, err);
    (void)close(lock);
    return rc;
}
