/* node/attach.h - files that come when the report is here already.
 */
#ifndef LIENXA_NODE_ATTACH_H
#define LIENXA_NODE_ATTACH_H

#include "common/format/json.h"
#include "node/node.h"

/* The next version of the report `args` name ("report"), with "attachments" as
 * in report.add behind those it has; `out`: "id" and how many it has now,
 * "count". ERR_INVALID; ERR_REFUSED: erased, closed, passed on, too many. */
int node_attach_run(struct node *node, const struct json *args,
                    struct json *out, struct error *err);

#endif
