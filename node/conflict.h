/* node/conflict.h - records with two contents under one version, shown and
 * settled at the desk.
 *
 * It comes of a machine that ran beside its copy, or was set back and wrote
 * before it could ask (PROTOCOL 7.3). Both contents are kept; until somebody
 * chooses, the one with the smaller digest counts, everywhere. Choosing writes
 * the chosen content as the next version; any other change of the record
 * settles it as well.
 */
#ifndef LIENXA_NODE_CONFLICT_H
#define LIENXA_NODE_CONFLICT_H

#include "common/format/json.h"
#include "node/node.h"

/* [{"id","kind","version","contents":[{"number","counts","written","category",
 * "state","text"}]}]: number from 1 is what `settle` takes; category, state and
 * text for reports. Owned. */
struct json *node_conflict_list(struct node *node);

/* ERR_MISSING: the record is in no conflict, or has no content `number`. */
int node_conflict_settle(struct node *node, const struct id *id, int64_t number,
                         struct error *err);

#endif
