/* node/spool.h - a file of a report made ready for the core: told by its
 * content, cleaned when it is a picture (by lienxa-node-media, a process of its
 * own), locked piece by piece under a key that only the command carries, its
 * original sealed to a key of the commune. In the process that takes it, never
 * in the core.
 */
#ifndef LIENXA_NODE_SPOOL_H
#define LIENXA_NODE_SPOOL_H

#include "common/crypto/seal.h"
#include "common/format/json.h"

#define NODE_SPOOL "spool"
#define NODE_SPOOL_WEB "upload" /* the web process may write there */

struct spool_order {
    const char *data;   /* DATA; files are made in DATA/folder */
    const char *folder; /* NODE_SPOOL, or of the pages: NODE_SPOOL_WEB */
    bool for_group;     /* the core may be another user of our group */
    int fd;            /* what was given: a regular file, read from its start */
    const char *shown; /* what people call it */
    const uint8_t *seal_to; /* of the commune; NULL: the original is not kept */
};

/* Appends to `list` what the command says of it (node/media.h). ERR_INVALID:
 * not a kind that is taken, too large, damaged; err says so with its name. */
int node_spool_file(const struct spool_order *order, struct json *list,
                    struct error *err);

/* A cleaned copy of the picture in `fd`, as a file without a name. Returns its
 * descriptor, the caller's, or a code. */
int node_spool_clean(int fd, struct error *err);
/* As above, so small that many of them fit a page: always a JPEG. */
int node_spool_small(int fd, struct error *err);

/* Removes what was made ready in that folder of DATA and never taken, a day
 * later. */
void node_spool_sweep(const char *data, const char *spool, int64_t wall_ms);

#endif
