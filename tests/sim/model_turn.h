/* tests/sim/model_turn.h - one turn, one transaction, and what leaves it.
 *
 * What is said in a turn is put on the wire only if the turn commits.
 */
#ifndef LIENXA_TESTS_SIM_MODEL_TURN_H
#define LIENXA_TESTS_SIM_MODEL_TURN_H

#include "model_world.h"

/* Between these two, `party` may change its disk and say things. The second
 * commits, or rolls back when the disk is full, and checks the party. */
void turn_begin(struct world *world, struct party *party);
void turn_end(struct world *world, struct party *party);

/* An empty message in this turn's outbox, borrowed until the turn ends. */
struct message *turn_say(struct world *world, int from, int to, enum type type);

/* Volatile state goes: the process ended, or its sessions were reset. */
void turn_forget(struct world *world, struct party *party);

/* The queue for what a node says (`way` 0) or is told (1). */
struct queue *turn_queue(struct world *world, int node, int way, int socket);

/* Takes the first message; false when there is none. */
bool turn_take(struct queue *queue, struct message *out);

/* Puts `message` at the end; false when the queue is full. */
bool turn_put(struct queue *queue, const struct message *message);

#endif
