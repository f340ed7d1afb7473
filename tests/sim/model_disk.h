/* tests/sim/model_disk.h - what a machine does with changes it has in hand.
 *
 * Everything here happens inside a turn: it is durable when the turn commits
 * and undone when it does not. Nothing here knows of a peer.
 */
#ifndef LIENXA_TESTS_SIM_MODEL_DISK_H
#define LIENXA_TESTS_SIM_MODEL_DISK_H

#include "model_world.h"

/* A change as it travels. */
struct copy {
    int change;
    int tombstone; /* that made a stub of it, or -1 */
    bool body;
    bool proved;
};

/* An empty disk. */
void disk_begin(struct disk *disk);

/* As it lies on this disk, for sending. */
struct copy disk_copy(const struct world *world, const struct disk *disk,
                      int change);

bool disk_holds(const struct disk *disk, int change);
struct set disk_held(const struct disk *disk);

/* h(n + 1) if `change` came next. */
uint64_t disk_next_hash(const struct world *world, const struct stream *stream,
                        int change);

/* Stores an early arrival, or the next entry of its stream. A change that is
 * held already is not stored twice: an early one moves into the stream. */
void disk_store(struct world *world, struct party *party,
                const struct copy *copy, bool streamed);

/* A new change of the party's own, at the end of its stream; -1: no room. */
int disk_write(struct world *world, struct party *party, struct change change);

/* Own closings that name a head the stream does not have are written anew. */
void disk_mend_closings(struct world *world, struct party *party);

/* Closes the channel's incarnation at its present end. */
void disk_open_incarnation(struct world *world, struct party *hub, int stream,
                           int why, int epoch);

/* Where the last incarnation of this copy of a hub channel was opened; 0: it
 * is the first. */
int disk_incarnation(const struct world *world, const struct stream *stream);
int disk_epoch(const struct world *world, const struct stream *stream);

/* Applies what was quarantined and is no longer refused. */
void disk_retry(struct world *world, struct party *party);

/* True if `a` is the state where `b` (or -1) would be otherwise. */
bool disk_better(const struct world *world, int a, int b);

int disk_top_version(const struct world *world, const struct disk *disk,
                     int record);

/* Vault objects of `home` that should be here and are not. */
struct set disk_lacking(const struct world *world, const struct disk *disk,
                        int home);

/* True if some applied answer names this offer. */
bool disk_answered(const struct world *world, const struct disk *disk,
                   int offer);

/* Continuations of `report` that are in force: 1 means the district owns it.*/
int disk_acceptances(const struct world *world, const struct disk *disk,
                     int report);

/* True while its home must not write this report. */
bool disk_frozen(const struct world *world, const struct disk *disk,
                 int report);

/* Applied reports at positions 1 .. `at`. */
int disk_reports(const struct world *world, const struct disk *disk,
                 const struct stream *stream, int at);

/* True if this copy of its home's stream agrees with the closing. */
bool disk_fulfilled(const struct world *world, const struct disk *disk,
                    int closing);

#endif
