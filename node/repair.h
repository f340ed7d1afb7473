/* node/repair.h - changes that rotted on the node's disk, fetched again from
 * the hub (PROTOCOL 7.11).
 */
#ifndef LIENXA_NODE_REPAIR_H
#define LIENXA_NODE_REPAIR_H

#include "common/format/json.h"
#include "node/node.h"

/* In each turn of a serving node: takes note of what was found, asks for it,
 * tells the office. 0 or the world's error. */
int node_repair_work(struct node *node);

/* The command "repair.note": looks at the changes in `rows`, and at the vault
 * objects of those in `objects`, as `verify` named them. Out: how many are
 * "damaged" and how many were "mended" at once. */
int node_repair_note(struct node *node, const struct json *args,
                     struct json *out, struct error *err);

/* Reading found the vault object of this change damaged. */
void node_repair_object(struct node *node, int64_t change);

#endif
