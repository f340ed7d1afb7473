/* node/first.h - a node made from the browser: `lienxa-node serve --setup`.
 *
 * make {token} joins (node/join.h) -> the commune's two recovery shares; shares
 * {} makes others when nobody was shown the first ones; shown; people
 * {users:[{name, role, password}], shares:[first, second]}: the first users, a
 * leader and a custodian at least, all of them or none. `shares` only where the
 * state says "need_shares": after a restart nobody but paper has them.
 */
#ifndef LIENXA_NODE_FIRST_H
#define LIENXA_NODE_FIRST_H

#include "common/setup/serve.h"

extern const struct setup_steps node_first_steps;

#endif
