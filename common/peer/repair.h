/* common/peer/repair.h - damaged changes, looked for, and asked of the other
 * side until they are whole: the part that hub and node share.
 *
 * Whom to ask, and what to tell people, is the program's (hub/repair.c,
 * node/repair.c). Everything happens inside the turn's transaction.
 */
#ifndef LIENXA_PEER_REPAIR_H
#define LIENXA_PEER_REPAIR_H

#include "common/peer/wanted.h"
#include "common/sync/message.h"

/* A zeroed one is ready. Monotonic milliseconds. */
struct repair {
    int64_t ask_ms, scrub_ms; /* not before */
    uint64_t damaged;         /* as of the last look */
    uint64_t mended;          /* since the start */
    uint64_t enough;          /* so few are left: ask for the next ones now */
    bool broken;              /* the file itself cannot be read */
    bool changed;             /* there is something to tell */
    struct {                  /* as of the last turn that is on the disk */
        uint64_t damaged, mended, enough;
        bool broken;
    } kept;
    struct wanted_objects objects; /* the vault's */
    size_t count;                  /* of what is to be asked for */
    struct early_ref refs[LIMIT_EARLY_LIST];
    int64_t rows[LIMIT_EARLY_LIST];
};

/* Takes what reading found and, a few rows a minute, looks for more. World
 * errors are the turn's, but for ERR_DAMAGED, which sets `broken`. */
int repair_look(struct repair *repair, struct ledger *ledger, int64_t mono_ms);
/* Is it time to ask? */
bool repair_is_due(struct repair *repair, struct ledger *ledger,
                   int64_t mono_ms);
/* Fills in what to ask one peer for: damaged changes of these two homes (NULL:
 * of all). */
int repair_gather(struct repair *repair, struct ledger *ledger,
                  const char *home, const char *other);
/* The peer was there and has been asked. */
int repair_asked(struct repair *repair, struct ledger *ledger, int64_t wall_ms);
/* All have been asked: the next time. */
void repair_done(struct repair *repair, struct ledger *ledger, int64_t mono_ms);
/* A stream that waits behind a damaged change for which a live peer had no
 * answer in a minute; false: none. */
bool repair_stuck(struct ledger *ledger, int64_t wall_ms,
                  struct stream_name *out, uint64_t *seq);
enum { REPAIR_PATIENCE_MS = 60000 };
/* Looks at the changes in `rows` (numbers with a space behind each, as
 * repair_rows_text makes them). */
int repair_note_rows(struct ledger *ledger, const char *rows, int64_t *damaged,
                     int64_t *mended, struct error *err);
/* At most REPAIR_ROWS of them from `from` on; returns how many. */
enum { REPAIR_ROWS = 400 };
size_t repair_rows_text(struct buf *out, const int64_t *rows, size_t count,
                        size_t from);
/* The turn is on the disk, or went: what was told in one that went is told
 * again, and what it found is found again. */
void repair_committed(struct repair *repair);
void repair_rolled_back(struct repair *repair);
/* When repair_look or asking is due next; monotonic. */
int64_t repair_deadline(const struct repair *repair);

#endif
