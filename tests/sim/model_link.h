/* tests/sim/model_link.h - the conversation after hello: both ends, one code.
 */
#ifndef LIENXA_TESTS_SIM_MODEL_LINK_H
#define LIENXA_TESTS_SIM_MODEL_LINK_H

#include "model_world.h"

/* A message arrives: one turn of its receiver. */
void link_receive(struct world *world, const struct message *message);

/* One end says what it can say now. `node` names the link, `at_hub` the end. */
void link_pump(struct world *world, int node, bool at_hub);

/* Nothing was heard for a while: what is not acknowledged is due again. */
void link_timeout(struct world *world, int node, bool at_hub);

#endif
