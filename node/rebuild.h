/* node/rebuild.h - a node's damaged database, read into a new one. For when
 * nothing serves: it takes the folder's lock (ERR_AGAIN).
 */
#ifndef LIENXA_NODE_REBUILD_H
#define LIENXA_NODE_REBUILD_H

#include "common/store/salvage.h"

/* `aside`: where the damaged file is now. `say` gets a line for each thing that
 * is lost. On failure the damaged file is where it was, and no other. */
int node_rebuild(const char *folder, void (*say)(void *who, const char *line),
                 struct salvage_counts *out, char aside[SALVAGE_PATH_BYTES],
                 struct error *err);

#endif
