/* hub/backup.c - the database is copied inside DATA/backup.tmp, verified there,
 * sealed out to FILE, and the copy removed; a killed one is removed by the
 * next.
 */
#include "hub/backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/backup/room.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "hub/reading.h"

enum {
    ALARM_OLD_BACKUP = 152,
    REMIND_MS = 3600 * 1000,
    KEY_FILE_LIMIT = 64 * 1024
};
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
static const int64_t week_ms = INT64_C(7) * 24 * 3600 * 1000;
static const uint64_t database_limit = UINT64_C(1) << 40;

/* "keys" is a link to the hub's own, so that the copy can be opened. */
static const char *const room_files[] = {
    "hub.db", "hub.db-journal", "hub.db-wal", "hub.db-shm", "keys", NULL};

void hub_backup_members(struct backup_member out[HUB_BACKUP_MEMBERS])
{
    const struct backup_member members[HUB_BACKUP_MEMBERS] = {
        {"hub.db", database_limit, true, false},
        {"keys/curve.key", KEY_FILE_LIMIT, true, false},
        {"keys/public", KEY_FILE_LIMIT, true, false},
        /* while the hub changes its CURVE key (hub/rotation.h) */
        {"keys/curve.next", KEY_FILE_LIMIT, false, false},
        /* of the web pages' certificates (hub/certificates.h) */
        {"keys/ca.key", KEY_FILE_LIMIT, false, false},
        {"keys/ca.crt", KEY_FILE_LIMIT, false, false},
        /* of second factors (common/account/desk.h) */
        {"keys/account.key", KEY_FILE_LIMIT, false, false}};

    memcpy(out, members, sizeof members);
}

/* ---- making one */

static int verify_copy(const struct room *room, bool even_if_damaged,
                       struct error *err)
{
    struct hub *copy = NULL;
    struct error why = {""};
    int rc = hub_open(&copy, room->path, HUB_READ, &why);

    if (rc == 0)
        rc = hub_reading_verify(copy, &why);
    hub_close(&copy);
    if (rc == 0 || even_if_damaged)
        return 0;
    return error_set(err, ERR_DAMAGED,
                     "no copy was made, because the hub's data is damaged "
                     "(%.300s). Keep your older copies. To keep what there is "
                     "all the same: --even-if-damaged",
                     why.text);
}

static void describe(struct backup_label *out, struct hub *hub, int64_t now_ms)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->program, sizeof out->program, "hub");
    (void)snprintf(out->home, sizeof out->home, "%s", hub->keys.home);
    (void)snprintf(out->name, sizeof out->name, "%s",
                   hub_store_setting(hub->store, "name"));
    (void)snprintf(out->version, sizeof out->version, "%s", LIENXA_VERSION);
    out->made_ms = now_ms;
}

static int seal(const struct room *room, const struct backup_label *label,
                const uint8_t recipient[SEAL_PUBLIC_BYTES], const char *path,
                uint64_t *size, struct error *err)
{
    struct backup_member members[HUB_BACKUP_MEMBERS];
    struct backup_writer *w = NULL;
    char from[ROOM_PATH_BYTES];
    int rc = backup_writer_new(&w, path, label, recipient, err);

    hub_backup_members(members);
    for (size_t i = 0; rc == 0 && i < HUB_BACKUP_MEMBERS; i++) {
        room_path(room, from, members[i].name);
        if (members[i].needed || file_exists(from))
            rc = backup_writer_add(w, members[i].name, from, err);
    }
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
    struct hub *hub = NULL;
    char path[ROOM_PATH_BYTES];
    int rc = hub_open(&hub, folder, HUB_READ, err);

    if (rc == 0 && seal_public_of_sign(recipient, hub->keys.root_public) != 0)
        rc = error_set(err, ERR_DAMAGED, "the root's public key is damaged");
    if (rc == 0) {
        describe(label, hub, clock_wall_ms());
        rc = db_copy(hub_store_db(hub->store), room_path(room, path, "hub.db"),
                     err);
    }
    hub_close(&hub);
    if (rc == 0 && symlink("../keys", room_path(room, path, "keys")) != 0)
        rc = error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return rc;
}

int hub_backup(const char *folder, const char *path, bool even_if_damaged,
               struct hub_backup_made *out, struct error *err)
{
    struct backup_label label;
    struct room room;
    uint8_t recipient[SEAL_PUBLIC_BYTES];
    char lock_path[ROOM_PATH_BYTES];
    int lock, rc;

    (void)snprintf(lock_path, sizeof lock_path, "%s/hub.db", folder);
    if (!file_exists(lock_path))
        return error_set(err, ERR_MISSING, "no hub in %s", folder);
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

/* ---- remembering */

int hub_backup_done(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    int64_t made_ms, bytes;
    char text[32];
    int rc;

    (void)out;
    if (!json_get_i64(args, "made_ms", &made_ms) ||
        !json_get_i64(args, "bytes", &bytes) || made_ms <= 0)
        return error_set(err, ERR_INVALID, "when was the copy made?");
    (void)snprintf(text, sizeof text, "%lld", (long long)made_ms);
    rc = hub_store_set(hub->store, "last_backup_ms", text);
    return rc != 0 ? rc
                   : hub_store_clear_alarms(hub->store, "", ALARM_OLD_BACKUP,
                                            hub->wall_ms);
}

void hub_backup_remind(struct hub *hub)
{
    const char *last = hub_store_setting(hub->store, "last_backup_ms");
    int64_t last_ms = last[0] == '\0' ? 0 : strtoll(last, NULL, 10);
    char when[CLOCK_TEXT_BYTES];

    if (hub->mono_ms < hub->remind_at)
        return;
    hub->remind_at = hub->mono_ms + REMIND_MS;
    if (last_ms == 0) {
        last = hub_store_setting(hub->store, "made_ms");
        last_ms = last[0] == '\0' ? hub->wall_ms : strtoll(last, NULL, 10);
        if (hub->wall_ms - last_ms > week_ms)
            hub_alarm(hub, "", ALARM_OLD_BACKUP,
                      "no copy of this hub was ever made: type `lienxa-hub "
                      "backup FILE` and keep FILE on another machine");
        return;
    }
    if (last_ms - hub->wall_ms > day_ms)
        hub_alarm(hub, "", ALARM_OLD_BACKUP,
                  "the last copy of this hub is of %s, a day to come: the "
                  "clock was wrong then, or is now. Set it right, then type "
                  "`lienxa-hub backup FILE` and keep FILE on another machine",
                  clock_text(when, last_ms));
    else if (hub->wall_ms - last_ms > week_ms)
        hub_alarm(hub, "", ALARM_OLD_BACKUP,
                  "the last copy of this hub is of %s, older than a week: type "
                  "`lienxa-hub backup FILE` and keep FILE on another machine",
                  clock_text(when, last_ms));
}
