/* node/recover.h - `lienxa-node recover`: what the hub gave back to a new
 * machine is opened with the two recovery shares of the lost one.
 *
 * The shares are joined in the asking process and go no further. The core gets
 * the key of each object, wrapped for its own at-rest key, and the sealing keys
 * sealed to its own recovery key.
 */
#ifndef LIENXA_NODE_RECOVER_H
#define LIENXA_NODE_RECOVER_H

#include "common/format/json.h"
#include "node/client.h"
#include "node/node.h"

/* In the asking process: everything that these two lines open. What came of it,
 * owned, or NULL with the reason: {"opened","damaged","foreign","keys","users",
 * "fetching","lost_media":[id],"coming_media":[id],"lost_originals":[id],
 * "lost_words":[id]}. */
struct json *node_recover_run(const char *folder, const char *const shares[2],
                              struct error *err);

/* In the core: objects with their wrapped keys, and perhaps sealing keys. */
int node_recover_put(struct node *node, const struct json *args,
                     struct json *out, struct error *err);
/* In the core: all were put. Its people come in, and everything is vaulted
 * again under our own keys, when anything was opened since that was done last:
 * perhaps by a run that the power ended. */
int node_recover_done(struct node *node, const struct json *args,
                      struct json *out, struct error *err);

#endif
