/* common/media/care.h - a program's files and all that is kept in memory about
 * them, and going through them hour by hour.
 */
#ifndef LIENXA_MEDIA_CARE_H
#define LIENXA_MEDIA_CARE_H

#include "common/media/fetch.h"
#include "common/store/media_carry.h"

enum {
    MEDIA_SWEEP_MS = 3600000, /* between two passes */
    MEDIA_SWEEP_PIECES = 8,   /* looked at in one turn .. */
    MEDIA_SWEEP_STEP_MS = 40, /* .. and how often */
    MEDIA_STUCK_MS = 60000    /* between tries to remove what the disk keeps */
};

/* Of how many files. */
#define MEDIA_STUCK_WORDS                                                      \
    "%u file(s) of erased reports cannot be removed from the folder `media`: " \
    "check the disk, and whose that folder is; it is tried again every minute"

struct media_care {
    struct media_store *rows;
    struct media_carry *carry; /* what goes by hand */
    struct media_shelf shelf;
    bool open;       /* there is a shelf: not in a process without keys */
    bool wanted;     /* bodies named files in this turn */
    unsigned stuck;  /* files that should be gone, and the disk keeps them .. */
    bool tell_stuck; /* .. or no more: an alarm is raised, or ends */
    int64_t stuck_ms; /* monotonic: not before */
    struct media_sweep sweep;
    int64_t sweep_ms; /* monotonic: not before */
};

/* The rows; they are all that a process without keys has. */
int media_care_open(struct media_care *care, struct db *db, struct error *err);
/* Of one who only reads nothing is made. */
int media_care_shelf(struct media_care *care, const char *data,
                     const uint8_t key[BOX_KEY_BYTES], bool reads,
                     struct error *err);
void media_care_close(struct media_care *care);

/* A transaction begins: what is GONE goes. Errors are the database's: a file
 * that cannot be removed stops nothing. */
int media_care_begin(struct media_care *care, int64_t mono_ms);
/* Looks at some. True: fewer may be wanted than before, for a file came or all
 * were looked at (one that is wanted may have been erased). */
bool media_care_work(struct media_care *care, struct media_now now,
                     const struct media_sweep_host *host);
/* Reads every file that should be here, at once; how many have a fault. */
unsigned media_care_verify(struct media_care *care,
                           const struct media_sweep_host *host);
int64_t media_care_deadline(const struct media_care *care);

#endif
