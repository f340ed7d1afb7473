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
    MEDIA_SWEEP_STEP_MS = 40  /* .. and how often */
};

struct media_care {
    struct media_store *rows;
    struct media_carry *carry; /* what goes by hand */
    struct media_shelf shelf;
    bool open;   /* there is a shelf: not in a process without keys */
    bool wanted; /* bodies named files in this turn */
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

/* A transaction begins: what is GONE goes. */
int media_care_begin(struct media_care *care);
/* Looks at some. */
void media_care_work(struct media_care *care, struct media_now now,
                     const struct media_sweep_host *host);
/* Reads every file that should be here, at once; how many have a fault. */
unsigned media_care_verify(struct media_care *care,
                           const struct media_sweep_host *host);
int64_t media_care_deadline(const struct media_care *care);

#endif
