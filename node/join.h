/* node/join.h - `lienxa-node join TOKEN`: a machine becomes a commune's node.
 *
 * The keys are on disk before the hub is asked, so that the same command run
 * again after a lost reply gets the same answer. A folder that has joined the
 * same unit keeps its data and pins the hub anew.
 */
#ifndef LIENXA_NODE_JOIN_H
#define LIENXA_NODE_JOIN_H

#include <stdbool.h>

#include "common/base/error.h"
#include "common/crypto/share.h"
#include "common/sync/limits.h"

struct node_joined {
    char unit[LIMIT_HOME], unit_name[128];
    char enrol[128]; /* where a certificate can be shown again */
    bool has_shares; /* new recovery keys: show the two lines once */
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
};

/* ERR_INVALID: not a token. ERR_REFUSED: another unit's folder, too old, or the
 * hub says no. ERR_AGAIN: a node serves here, or no answer from the hub. Wipe
 * `out` after use. */
int node_join(struct node_joined *out, const char *folder, const char *token,
              struct error *err);

/* Other recovery keys for a folder that has joined and whose shares nobody was
 * shown, without asking the hub: `out` has them. ERR_EXISTS: they were shown.
 */
int node_join_again(struct node_joined *out, const char *folder,
                    struct error *err);

/* The shares have been shown: from now on they are not made again. */
int node_join_shown(const char *folder, struct error *err);

#endif
