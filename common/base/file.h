/* common/base/file.h - small files that are there whole or not at all.
 */
#ifndef LIENXA_BASE_FILE_H
#define LIENXA_BASE_FILE_H

#include "common/base/buf.h"
#include "common/base/error.h"

/* Appends the whole file to `out`. ERR_MISSING; ERR_FULL: larger than `limit`;
 * ERR_IO. */
int file_read(struct buf *out, const char *path, size_t limit,
              struct error *err);

/* Writes a temporary file beside `path`, syncs it, renames it over `path` and
 * syncs the folder. `mode` as in open(2), e.g. 0600. */
int file_write(const char *path, struct bytes content, unsigned mode,
               struct error *err);

/* Makes the folder (0700) if it is not there; its parent must be. */
int file_make_folder(const char *path, struct error *err);

/* Makes the names in the folder of `path` durable. */
int file_sync_folder_of(const char *path, struct error *err);

/* Removes the file and syncs the folder; fine if it is not there. */
int file_remove(const char *path, struct error *err);

/* True when something is at `path`. */
bool file_exists(const char *path);

/* Opens (creating, 0600) and locks `path` for this process until it ends or
 * closes the descriptor. Returns the descriptor, or ERR_AGAIN when another
 * process holds it, or ERR_IO. */
int file_lock(const char *path, struct error *err);

#endif
