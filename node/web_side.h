/* node/web_side.h - the core's side of the web pages: their process is started,
 * given what it needs and no more, and kept running.
 */
#ifndef LIENXA_NODE_WEB_SIDE_H
#define LIENXA_NODE_WEB_SIDE_H

#include "common/control/keeper.h"
#include "node/node.h"

/* Writes down where the pages are and who we are (for a reader without keys).
 * `options->web` is A:P or NULL: none, then `*out` is NULL. Owned:
 * keeper_close. */
int node_web_open(struct keeper **out, struct node *node,
                  const struct node_serve_options *options, struct error *err);

/* Between turns: that their process fails (keeper_is_failing) is an alarm, and
 * is none any more, whichever `*said` does not say yet. */
int node_web_say(struct node *node, const struct keeper *pages, bool *said);

#endif
