/* common/media/save.h - a whole file of the shelf given out, to be opened with
 * other programs.
 */
#ifndef LIENXA_MEDIA_SAVE_H
#define LIENXA_MEDIA_SAVE_H

#include "common/media/shelf.h"

/* Makes `path` (0600), which must not be there; nothing stays of it when it
 * cannot be whole. */
int media_save(struct media_shelf *shelf, const struct hash *name,
               const char *path, struct error *err);

#endif
