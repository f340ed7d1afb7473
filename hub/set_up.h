/* hub/set_up.h - `lienxa-hub init`: a new hub in an empty folder.
 */
#ifndef LIENXA_HUB_SET_UP_H
#define LIENXA_HUB_SET_UP_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/crypto/share.h"

/* Makes keys, database and units. The two lines are to be shown once and kept
 * on paper. ERR_EXISTS: there is a hub already. ERR_INVALID: the roster's fault
 * with its line. */
int hub_set_up(const char *folder, const char *name, const char *roster_path,
               char first[SHARE_TEXT_BYTES], char second[SHARE_TEXT_BYTES],
               struct error *err);

/* The same in two steps: until the second one has been done the hub opens only
 * to be made anew. What an interrupted one left is removed by the next. */
struct hub_set_up_wish {
    const char *name;
    struct bytes roster; /* CSV */
};
int hub_set_up_unshown(const char *folder, const struct hub_set_up_wish *wish,
                       char first[SHARE_TEXT_BYTES],
                       char second[SHARE_TEXT_BYTES], struct error *err);
int hub_set_up_shown(const char *folder, struct error *err);

/* Appends the file of a roster, of at most 8 MiB. */
int hub_set_up_read(struct buf *csv, const char *path, struct error *err);

#endif
