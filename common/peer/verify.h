/* common/peer/verify.h - `verify` of both programs: everything recomputed, and
 * told to a person.
 *
 * A reader. What it finds can be of two kinds: changes and vault objects whose
 * bytes rotted, which are fetched again by name, and everything else, which
 * `repair` computes or reads anew into another file.
 */
#ifndef LIENXA_PEER_VERIFY_H
#define LIENXA_PEER_VERIFY_H

#include "common/store/ledger.h"

struct verify_host {
    void *who;
    bool (*head_good)(void *who, const struct stream_name *name,
                      const struct stream_position *at,
                      struct bytes signed_head);
    const char *(*name)(void *who, const char *home); /* for people */
    const char *program; /* "lienxa-hub": what to type */
    /* What the program counts itself (NULL: nothing): tells each difference and
     * adds how many to `*faults`. */
    int (*others)(void *who,
                  void (*fault)(void *fault_who,
                                const struct ledger_fault *fault),
                  void *fault_who, uint64_t *faults);
};

struct verify_result { /* zeroed is empty */
    struct ledger_verified counts;
    struct verify_rows {
        int64_t *rows;
        size_t count, room;
    } changes, objects; /* of damaged changes; of vault objects, by change */
    uint64_t other;     /* differences that are neither */
    bool broken;        /* the file itself: SQLite says so */
};
void verify_free(struct verify_result *result);

/* One line per difference on stdout, then the counts. 0: all holds.
 * ERR_DAMAGED: `err` says what to type. Other codes: it could not be looked at.
 */
int verify_run(struct ledger *ledger, struct db *db,
               const struct verify_host *host, struct verify_result *out,
               struct error *err);

#endif
