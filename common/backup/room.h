/* common/backup/room.h - a folder inside DATA for work that a crash may leave
 * half done: whoever comes next empties it first.
 */
#ifndef LIENXA_BACKUP_ROOM_H
#define LIENXA_BACKUP_ROOM_H

#include "common/base/error.h"

enum { ROOM_PATH_BYTES = 4300 };

struct room {
    char path[ROOM_PATH_BYTES - 100]; /* FOLDER/NAME */
    const char *const *files; /* what may be in it, in order of removal; a
                               * name that ends in '/' is a folder. NULL ends
                               * it. Borrowed */
};

/* Empties what a killed one left, and makes it anew (0700). ERR_EXISTS: it
 * holds something else. */
int room_make(struct room *out, const char *folder, const char *name,
              const char *const *files, struct error *err);
/* Removes it with all it may hold. */
void room_remove(const struct room *room);
/* PATH/NAME; returns `out`. */
const char *room_path(const struct room *room, char out[ROOM_PATH_BYTES],
                      const char *name);

/* Moves NAME from the room to the folder the room is in; synced. */
int room_put(const struct room *room, const char *folder, const char *name,
             struct error *err);

/* Putting a restored folder in place, keys first and `database` last, because
 * with it there is a program's data. */
int room_put_data(const struct room *room, const char *folder,
                  const char *database, struct error *err);
/* A restore that was killed in the middle of that: its keys go back into the
 * room NAME, to be removed with it. */
void room_take_back(const char *folder, const char *name, const char *database);

#endif
