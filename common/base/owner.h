/* common/base/owner.h - root works in a folder as the one it belongs to.
 */
#ifndef LIENXA_BASE_OWNER_H
#define LIENXA_BASE_OWNER_H

#include "common/base/error.h"

/* When we are root and `folder` is there and belongs to somebody else: this
 * process becomes that user for good, so that no file of root's is left where
 * their service must write. Otherwise nothing. ERR_IO: it cannot. */
int owner_become(const char *folder, struct error *err);

#endif
