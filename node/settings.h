/* node/settings.h - how the district wants this commune's line to be used
 * (PROTOCOL 4.10).
 */
#ifndef LIENXA_NODE_SETTINGS_H
#define LIENXA_NODE_SETTINGS_H

#include "common/format/json.h"
#include "node/node.h"

/* A record of the hub: is it about us, and does it make sense? */
int node_settings_judge(const struct node *node, const struct change *change,
                        struct error *err);
/* What holds. */
struct pace_rule node_settings_rule(struct node *node);
/* Adds `rate` and `hours` as people write them, or null. */
void node_settings_json(struct node *node, struct json *out);

#endif
