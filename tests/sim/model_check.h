/* tests/sim/model_check.h - what must hold: after a turn, and at the end. */
#ifndef LIENXA_TESTS_SIM_MODEL_CHECK_H
#define LIENXA_TESTS_SIM_MODEL_CHECK_H

#include "model_world.h"

/* What must still exist at the end. */
struct check_due {
    struct set changes;
    struct set objects;
    struct set incarnations; /* the newest that live nodes have seen */
};

/* After each turn of `party`. */
void check_party(struct world *world, struct party *party);

/* `party` was restored: what it holds now is what it held. */
void check_rebaseline(struct world *world, struct party *party);

/* A retiring machine ends: nothing may be on it alone. */
void check_ending(struct world *world, const struct party *party);

/* A hello showed a rewound channel: an incarnation must lie beyond what the
 * node and the hub really have in common. */
void check_rewind_answered(struct world *world, const struct message *hello,
                           enum channel channel);

/* Everything that some live machine holds now. */
struct check_due check_collect(const struct world *world);

/* Healed except for the upgrade: streams agree, erased is erased. */
void check_streams(struct world *world, const struct check_due *due);

/* Healed: everything agrees. */
void check_all(struct world *world, const struct check_due *due);

#endif
