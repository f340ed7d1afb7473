/* tests/sim/model_hello.h - how two ends find out what each of them lacks. */
#ifndef LIENXA_TESTS_SIM_MODEL_HELLO_H
#define LIENXA_TESTS_SIM_MODEL_HELLO_H

#include "model_world.h"

/* The node names what it has; it now waits for the welcome. In a turn. */
void hello_say(struct world *world, int node);

/* Handlers, each in a turn of the receiver. */
void hello_at_hub(struct world *world, const struct message *message);
void hello_welcomed(struct world *world, const struct message *message);
void hello_pulled(struct world *world, const struct message *message);
void hello_staged(struct world *world, const struct message *message);

/* Asks for the hub's copy from where the stage ends. */
void hello_pull(struct world *world, int node);

/* Early arrivals of the peer: those that are ours and that we lack are wanted.
 */
void hello_early(struct world *world, struct party *party, struct link *link,
                 const struct set *early);

/* A retiring machine with nothing left to give ends. */
void hello_drained(struct world *world, int node);

#endif
