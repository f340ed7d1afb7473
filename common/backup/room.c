/* common/backup/room.c - see room.h. */
#include "common/backup/room.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"

const char *room_path(const struct room *room, char out[ROOM_PATH_BYTES],
                      const char *name)
{
    (void)snprintf(out, ROOM_PATH_BYTES, "%s/%s", room->path, name);
    return out;
}

void room_remove(const struct room *room)
{
    char path[ROOM_PATH_BYTES];

    for (size_t i = 0; room->files[i] != NULL; i++) {
        const char *name = room->files[i];

        (void)room_path(room, path, name);
        if (name[strlen(name) - 1] == '/')
            path[strlen(path) - 1] = '\0';
        if (unlink(path) != 0) /* a link to a folder is unlinked as well */
            (void)rmdir(path);
    }
    (void)rmdir(room->path);
}

int room_make(struct room *out, const char *folder, const char *name,
              const char *const *files, struct error *err)
{
    char path[ROOM_PATH_BYTES];
    int rc;

    (void)snprintf(out->path, sizeof out->path, "%s/%s", folder, name);
    out->files = files;
    room_remove(out);
    if (file_exists(out->path))
        return error_set(err, ERR_EXISTS,
                         "%s holds files that are not ours: look at them, "
                         "move them away, then do it again",
                         out->path);
    if ((rc = file_make_folder(out->path, err)) != 0)
        return rc;
    for (size_t i = 0; rc == 0 && files[i] != NULL; i++)
        if (files[i][strlen(files[i]) - 1] == '/')
            rc = file_make_folder(room_path(out, path, files[i]), err);
    return rc;
}

int room_put(const struct room *room, const char *folder, const char *name,
             struct error *err)
{
    char from[ROOM_PATH_BYTES], to[ROOM_PATH_BYTES];

    (void)room_path(room, from, name);
    (void)snprintf(to, sizeof to, "%s/%s", folder, name);
    if (rename(from, to) != 0)
        return error_set(err, ERR_IO, "cannot put %s in place: %s", to,
                         strerror(errno));
    return file_sync_folder_of(to, err);
}

/* The log of a closed database is empty; if it is not, it belongs with it. */
static int check_log(const struct room *room, const char *database,
                     struct error *err)
{
    char path[ROOM_PATH_BYTES + 8];
    struct stat seen;

    (void)snprintf(path, sizeof path, "%s/%s-wal", room->path, database);
    if (stat(path, &seen) == 0 && seen.st_size > 0)
        return error_set(err, ERR_IO, "%s was not written back", path);
    return 0;
}

int room_put_data(const struct room *room, const char *folder,
                  const char *database, struct error *err)
{
    int rc;

    if ((rc = check_log(room, database, err)) != 0 ||
        (rc = room_put(room, folder, "keys", err)) != 0)
        return rc;
    return room_put(room, folder, database, err);
}

void room_take_back(const char *folder, const char *name, const char *database)
{
    char inside[ROOM_PATH_BYTES], made[ROOM_PATH_BYTES],
        keys_inside[ROOM_PATH_BYTES], keys[ROOM_PATH_BYTES];

    (void)snprintf(inside, sizeof inside, "%s/%s/%s", folder, name, database);
    (void)snprintf(made, sizeof made, "%s/%s", folder, database);
    (void)snprintf(keys, sizeof keys, "%s/keys", folder);
    (void)snprintf(keys_inside, sizeof keys_inside, "%s/%s/keys", folder, name);
    if (file_exists(inside) && !file_exists(made) && !file_exists(keys_inside))
        (void)rename(keys, keys_inside);
}
