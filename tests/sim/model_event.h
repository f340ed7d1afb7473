/* tests/sim/model_event.h - what people, lines and machines do. */
#ifndef LIENXA_TESTS_SIM_MODEL_EVENT_H
#define LIENXA_TESTS_SIM_MODEL_EVENT_H

#include "model_world.h"

/* One hub, one to three nodes, and which faults this schedule knows. */
void event_begin(struct world *world);

/* One thing happens. */
void event_step(struct world *world);

/* One message of any queue arrives; false when all are empty. */
bool event_deliver(struct world *world);

/* A machine without a session says hello. */
void event_hello(struct world *world, int node);

/* The operator names one machine of the unit, which gets a new certificate. */
void event_name_survivor(struct world *world, int unit);

/* The district answers one open offer; false when there is none. */
bool event_answer(struct world *world);

void event_upgrade(struct world *world, struct party *party);

#endif
