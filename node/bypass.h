/* node/bypass.h - what is said about an officer passes the post by (design 6).
 *
 * Such a report (category.bypasses_post) is sorted and offered to the district
 * in the turn in which it is taken, so that its words go up at once, and no
 * officer here sees it again: neither in a list nor by its id. The leader sees
 * that it is there. Its sender stays sealed to the custodian key.
 */
#ifndef LIENXA_NODE_BYPASS_H
#define LIENXA_NODE_BYPASS_H

#include "common/format/json.h"
#include "node/node.h"

/* Is a report of this category hidden from the role? NULL (the command line)
 * sees everything. */
bool node_bypass_hides(const char *role, const struct category *category);

/* After `report` was taken by `by`: passes it on when it is of such a category
 * and nobody has dealt with it yet. `*passed_on`: it did. */
int node_bypass_pass_on(struct node *node, const struct id *report,
                        const char *by, bool *passed_on, struct error *err);

/* Before a command of somebody of `role` runs: ERR_MISSING when it names a
 * report that is hidden from them. */
int node_bypass_check(struct node *node, const char *role,
                      const struct json *args, struct error *err);

#endif
