/* common/store/salvage.h - a damaged database, read into a new one.
 *
 * For when nothing serves; the caller holds the folder's lock. The damaged file
 * is read row by row through a connection of its own, from both ends of a table
 * to what cannot be read, and is never written to. Three steps: the tables
 * beside the ledger are copied (salvage_tables), then the changes, each proved
 * by its digest, are put into a new ledger as if they came in now
 * (ledger_salvage), which computes records, figures and heads anew; then the
 * files change places (salvage_put).
 */
#ifndef LIENXA_STORE_SALVAGE_H
#define LIENXA_STORE_SALVAGE_H

#include "common/store/ledger.h"

struct salvage;

struct salvage_counts {
    uint64_t changes, changes_lost; /* lost: not proved by their digest */
    uint64_t rows, rows_lost;       /* of the other tables */
    uint64_t holes;                 /* streams that end earlier than they did */
    bool own_hole;                  /* one of them is our own */
    bool vault_lost;                /* some vault objects */
};

/* The new file is made as PATH with this behind. */
#define SALVAGE_NEW ".repaired"
enum { SALVAGE_PATH_BYTES = 4300 };

/* Opens the damaged file. `say` gets one line for each thing that is lost.
 * ERR_FULL: no room for a second file of its size. ERR_DAMAGED: it cannot be
 * read at all; `err` says what to do. Owned. */
int salvage_open(struct salvage **out, const char *path,
                 void (*say)(void *who, const char *line), void *who,
                 struct error *err);
void salvage_close(struct salvage **salvage);
const struct salvage_counts *salvage_counted(const struct salvage *salvage);

/* Every table that `into` has, but for the ledger's own. */
int salvage_tables(struct salvage *salvage, struct db *into, struct error *err);

/* What the new ledger may hold of streams, for rows of theirs that rotted. */
struct salvage_plan {
    const char *own; /* our home: its streams are written here */
    bool closes_up;  /* copies as well: ours is the reference (PROTOCOL 7.11) */
    const struct stream_name *names;
    size_t count;
    bool (*head_good)(void *who, const struct stream_name *name,
                      const struct stream_position *at,
                      struct bytes signed_head);
    void *who;
};
/* Rows keep their numbers. A stream is kept to the last position before the
 * first hole. What lies behind follows in the same order in a stream of ours,
 * and in every one that `closes_up`: the next hello settles it as a rewind, and
 * whichever side has what the other lost gives it. Else it waits outside the
 * stream until its home sends it again. */
int ledger_salvage(struct ledger *l, struct salvage *salvage,
                   const struct salvage_plan *plan, struct error *err);

/* Removes what an earlier attempt left. */
void salvage_clear(const char *path);
/* PATH is kept as `aside`, and the new file (closed) takes its place. A crash
 * leaves one or the other there. */
int salvage_put(const char *path, char aside[SALVAGE_PATH_BYTES],
                struct error *err);

#endif
