/* hub/restore.c - open, make ready, verify, put in place. */
#include "hub/restore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account/totp.h"
#include "common/backup/room.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/share.h"
#include "hub/backup.h"
#include "hub/enrolment.h"
#include "hub/reading.h"
#include "hub/restored.h"
#include "hub/store_restored.h"

static const char *const room_files[] = {"hub.db",
                                         "hub.db-journal",
                                         "hub.db-wal",
                                         "hub.db-shm",
                                         "lock",
                                         "keys/curve.key",
                                         "keys/sign.key",
                                         "keys/public",
                                         "keys/curve.next",
                                         "keys/account.key",
                                         "keys/ca.key",
                                         "keys/ca.crt",
                                         "keys/media.key",
                                         "keys/",
                                         "media/",
                                         NULL};

/* ---- may it be done */

static int check_folder(const char *folder, struct error *err)
{
    char path[ROOM_PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/hub.db", folder);
    if (file_exists(path))
        return error_set(err, ERR_EXISTS,
                         "there is a hub in %s already: restore into a new "
                         "folder (--data), nothing was touched",
                         folder);
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    if (file_exists(path))
        return error_set(err, ERR_EXISTS,
                         "%s holds keys, but no hub: look at it, and restore "
                         "into a new folder (--data)",
                         folder);
    return 0;
}

static int check_label(struct backup_label *out, const char *file,
                       struct error *err)
{
    int rc = backup_read_label(out, file, err);

    if (rc == 0 && strcmp(out->program, "hub") != 0)
        rc = error_set(err, ERR_REFUSED,
                       "%s is the copy of the %s of %s: restore it there with "
                       "`lienxa-%s restore`",
                       file, out->program, out->name, out->program);
    return rc;
}

/* ---- opening */

static int open_copy(const struct hub_restore *order, const struct room *room,
                     struct error *err)
{
    struct backup_member members[HUB_BACKUP_MEMBERS];
    uint8_t seed[SHARE_SECRET_BYTES];
    struct sign_key root;
    struct seal_key key;
    int rc;

    hub_backup_members(members);
    rc = share_join(seed, "root", order->shares[0], order->shares[1], err);
    if (rc != 0)
        return rc;
    sign_key_from_seed(&root, seed);
    seal_key_of_sign_seed(&key, seed);
    if ((rc = backup_extract(order->file, &key, room->path, members,
                             HUB_BACKUP_MEMBERS, err)) == 0)
        rc = hub_keys_make_sign(room->path, &root, err);
    mem_wipe(seed, sizeof seed);
    mem_wipe(&key, sizeof key);
    sign_key_wipe(&root);
    return rc;
}

/* ---- making ready */

/* Everybody who has a machine must be heard. */
static int expect_units(struct hub *hub)
{
    int rc = hub_store_restored_clear(hub->restored);

    for (size_t i = 0; rc == 0 && i < hub_registry_count(hub->registry); i++) {
        const struct node_key *key = hub_registry_at(hub->registry, i);

        if (key->state == NODE_ENROLLED)
            rc = hub_store_restored_add(hub->restored, key->unit, false);
    }
    return rc;
}

static int shut_out_one(struct hub *hub, const char *word, struct error *err)
{
    const struct unit *unit = roster_find(&hub->roster, word);
    int rc;

    if (unit == NULL)
        return error_set(err, ERR_MISSING,
                         "--revoked: no unit \"%s\" in the roster of the copy: "
                         "give its slug or code. Nothing was restored",
                         word);
    if ((rc = hub_store_restored_add(hub->restored, unit->key, true)) != 0)
        return rc;
    return hub_enrolment_shut_out(hub, unit->key, err);
}

static int shut_out(struct hub *hub, const char *words, struct error *err)
{
    char *copy = mem_text(words);
    char *rest = copy, *word;
    int rc = 0;

    if (strcmp(words, "none") != 0)
        while (rc == 0 && (word = strsep(&rest, ",")) != NULL)
            rc = shut_out_one(hub, word, err);
    mem_free(&copy);
    return rc;
}

/* The new signing key first: it proves everything behind it. `all` opens its
 * incarnation last, because its epoch is the one that numbers alerts. */
static int open_channels(struct hub *hub, struct error *err)
{
    struct id record = random_id(hub->wall_ms);
    int rc;

    rc = hub_append(hub, &hub->all, KIND_SIGNING_KEY, &record, 1,
                    CHANGE_EXPEDITED, buf_bytes(&hub->keys.signing_key), err);
    for (size_t i = 0; rc == 0 && i < hub->roster.count; i++) {
        struct stream_name orders =
            hub_unit_channel(hub, hub->roster.units[i].key);

        rc = hub_new_epoch(hub, &orders, err);
    }
    return rc != 0 ? rc : hub_new_epoch(hub, &hub->all, err);
}

static int set_number(struct hub *hub, const char *name, int64_t number)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    return hub_store_set(hub->store, name, text);
}

static int change(struct hub *hub, const struct hub_restore *order,
                  const struct backup_label *label, struct error *err)
{
    int64_t restores =
        strtoll(hub_store_setting(hub->store, "restores"), NULL, 10);
    int rc;

    if ((rc = hub_begin(hub)) != 0 ||
        (rc = set_number(hub, "restored_ms", hub->wall_ms)) != 0 ||
        (rc = set_number(hub, "restores", restores + 1)) != 0 ||
        (rc = set_number(hub, "restored_from_ms", label->made_ms)) != 0 ||
        (rc = set_number(hub, "last_backup_ms", label->made_ms)) != 0 ||
        (rc = hub_store_restored_void_invites(hub->restored)) != 0 ||
        /* nobody is logged in, and no code that was seen is good again */
        (rc = accounts_restored(hub->accounts, totp_step(hub->wall_ms) + 1)) !=
            0 ||
        (rc = expect_units(hub)) != 0 || (rc = open_channels(hub, err)) != 0 ||
        (rc = shut_out(hub, order->revoked, err)) != 0 ||
        (rc = hub_restored_tell(hub)) != 0)
        return rc;
    return hub_commit(hub, err);
}

static int make_ready(const struct hub_restore *order, const struct room *room,
                      const struct backup_label *label, struct error *err)
{
    struct hub *hub = NULL;
    int rc = hub_open(&hub, room->path, HUB_COMMAND, err);

    if (rc != 0)
        return rc;
    err->text[0] = '\0';
    if ((rc = change(hub, order, label, err)) != 0) {
        if (err->text[0] == '\0')
            (void)error_set(err, rc, "the database refused: %s",
                            db_reason(hub_store_db(hub->store)));
        hub_rollback(hub);
    }
    hub_close(&hub);
    return rc;
}

static int verify(const struct hub_restore *order, const struct room *room,
                  struct error *err)
{
    struct error why = {""};
    struct hub *hub = NULL;
    int rc = hub_open(&hub, room->path, HUB_READ, &why);

    if (rc == 0)
        rc = hub_reading_verify(hub, &why);
    hub_close(&hub);
    if (rc == 0 || order->even_if_damaged)
        return 0;
    return error_set(err, ERR_DAMAGED,
                     "the copy is damaged inside (%.300s): take an older one; "
                     "or restore it all the same with --even-if-damaged, nodes "
                     "send again what it lacks",
                     why.text);
}

/* ---- the whole of it */

static int restore_locked(const struct hub_restore *order,
                          const struct backup_label *label, struct error *err)
{
    struct room room;
    int rc;

    room_take_back(order->folder, "restoring", "hub.db");
    if ((rc = check_folder(order->folder, err)) != 0 ||
        (rc = room_make(&room, order->folder, "restoring", room_files, err)) !=
            0)
        return rc;
    if ((rc = open_copy(order, &room, err)) == 0 &&
        (rc = make_ready(order, &room, label, err)) == 0 &&
        (rc = verify(order, &room, err)) == 0)
        rc = room_put_data(&room, order->folder, "hub.db", err);
    room_remove(&room);
    return rc;
}

int hub_restore(const struct hub_restore *order, struct backup_label *out,
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
                               "a hub is serving from %s: restore "
                               "into a new folder (--data)",
                               order->folder)
                   : lock;
    rc = restore_locked(order, out, err);
    (void)close(lock);
    return rc;
}
