/* tests/sim/model_write.h - what officers and the district write. */
#ifndef LIENXA_TESTS_SIM_MODEL_WRITE_H
#define LIENXA_TESTS_SIM_MODEL_WRITE_H

#include "model_world.h"

/* One change by somebody at this party, of a random sort. */
void write_something(struct world *world, struct party *party);

/* The district answers an open offer; false when there is none. */
bool write_answer(struct world *world);

/* The district gives back a report it had accepted, if there is one. */
void write_return(struct world *world);

/* A change that its home did not write; -1: no room. */
int write_forgery(struct world *world, int home, int stream);

#endif
