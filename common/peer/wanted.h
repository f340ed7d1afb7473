/* common/peer/wanted.h - vault objects that rotted, by the rows of their
 * changes, until the other side has sent them again.
 *
 * A damaged object stays where it is: its hash says what it is. What is noted
 * is kept by the program as a text, so that a start knows it; whatever was not
 * noted is found again by looking.
 */
#ifndef LIENXA_PEER_WANTED_H
#define LIENXA_PEER_WANTED_H

#include "common/store/ledger_vault.h"
#include "common/sync/message.h"

enum { WANTED_MOST = 256 };

/* A zeroed one is ready. */
struct wanted_objects {
    int64_t rows[WANTED_MOST];
    size_t count;
    bool read;        /* the text has been read */
    bool changed;     /* it must be written */
    int64_t due_ms;   /* monotonic: not before */
    int64_t pause_ms; /* before asking again: longer each time in vain */
    int64_t after;    /* the row up to which was looked */
    uint64_t mended;  /* since the start */
};

void wanted_read(struct wanted_objects *wanted, const char *text);
void wanted_text(const struct wanted_objects *wanted, struct buf *out);
/* Known ones, and what is too many, are passed by. */
void wanted_add(struct wanted_objects *wanted, int64_t row);
/* Looks at some more objects, for ever. */
int wanted_scrub(struct wanted_objects *wanted, struct ledger *ledger);
/* What is right again, or gone, is forgotten. */
int wanted_settle(struct wanted_objects *wanted, struct ledger *ledger);
/* Whoever is there was asked: sets `due_ms`. `anybody`: somebody was there;
 * else it was not in vain, and is tried again soon. */
void wanted_asked(struct wanted_objects *wanted, bool anybody, int64_t mono_ms);
/* What to ask of the machine of `home`. */
int wanted_gather(struct wanted_objects *wanted, struct ledger *ledger,
                  const char *home, struct early_ref refs[LIMIT_VAULT_OBJECTS],
                  size_t *count);

#endif
