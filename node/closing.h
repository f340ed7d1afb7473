/* node/closing.h - the commune closes a period: its figures, signed.
 *
 * A closing is the node's own record (PROTOCOL 4.6), one for each stretch of
 * days, expedited: the district knows at once how many reports there are, and
 * shows "37 of 40 arrived" until the stream has brought them. Zero is a
 * statement, silence is not zero. What changes afterwards shows as a
 * correction there; the closing stays as it was signed.
 */
#ifndef LIENXA_NODE_CLOSING_H
#define LIENXA_NODE_CLOSING_H

#include "common/format/json.h"
#include "node/node.h"

struct closing_order {
    const char *period; /* as typed: common/domain/period.h */
    const char *by;     /* who signs it off */
    bool again;         /* closed already, and to be closed anew */
};

/* {"period","from","to","total","closed","by"} into `out`. ERR_INVALID: not a
 * period. ERR_REFUSED: it is not over yet, or was closed already. */
int node_closing_write(struct node *node, const struct closing_order *order,
                       struct json *out, struct error *err);

/* After a rebase: a closing whose place in the stream is no longer what it
 * says is written anew, with the figures and the head as they are now. */
int node_closing_mend(struct node *node, struct error *err);

/* Every period closed here, newest first: the members above. Owned. */
struct json *node_closing_list(struct node *node);

#endif
