/* common/media/save.h - a whole file of the shelf given out, to be opened with
 * other programs.
 */
#ifndef LIENXA_MEDIA_SAVE_H
#define LIENXA_MEDIA_SAVE_H

#include "common/media/shelf.h"

/* Appends at most `count` chunks of its content, from chunk `from` (0) on; none
 * behind its end. ERR_MISSING, ERR_DAMAGED, ERR_IO. */
int media_read(struct media_shelf *shelf, const struct media_row *row,
               uint32_t from, uint32_t count, struct buf *out);

/* Makes `path` (0600), which must not be there; nothing stays of it when it
 * cannot be whole. */
int media_save(struct media_shelf *shelf, const struct hash *name,
               const char *path, struct error *err);

/* The same of a file that is open. */
int media_save_file(struct media_file *file, const char *path,
                    struct error *err);

#endif
