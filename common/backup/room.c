/* common/backup/room.c - see room.h. */
#include "common/backup/room.h"

#include <stdio.h>
#include <string.h>
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
