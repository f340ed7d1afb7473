/* common/peer/paper.h - a line that is a file: streams into the frames of a
 * block, and what such frames held into the ledger, by the rules of the line
 * (PROTOCOL 15.2, 15.3).
 *
 * Which streams, in what order and whose, is the program's; so is what else a
 * block holds.
 */
#ifndef LIENXA_PEER_PAPER_H
#define LIENXA_PEER_PAPER_H

#include "common/peer/sender.h"
#include "common/wire/bundle.h"

/* ---- making */

/* One block. `sender`, `host`, `bytes` and `frame_count` are borrowed, the last
 * two from where `host` puts its frames. */
struct paper_making {
    struct sender *sender;
    const struct sender_host *host;
    struct buf *bytes;
    size_t *frame_count;
    bool full;    /* nothing more goes into this one */
    bool damaged; /* a stream could not be read on */
};
/* Where the block ends now. */
struct paper_mark {
    size_t count, size;
};
struct paper_mark paper_mark(const struct paper_making *m);
/* Takes back the frames behind `mark` when they are too many for this block:
 * false; the next one begins with them. */
bool paper_fits(struct paper_making *m, struct paper_mark mark);
/* Both go on at `*seq` and move it; true: this stream is over. EARLY copies of
 * what is urgent, and then batches up to `head`, signed at `wall_ms`. */
bool paper_urgent(struct paper_making *m, const struct stream_name *name,
                  uint64_t *seq);
bool paper_batch(struct paper_making *m, const struct stream_name *name,
                 uint64_t head, int64_t wall_ms, uint64_t *seq);

/* ---- taking in */

/* When a bundle was made, as far as it is believed: by its maker's clock
 * (`made_ms`), unless that is so far ahead of ours that all honest news would
 * look old beside it; then it was made now, when we hear of it. */
enum { PAPER_AHEAD_MS = 10 * 60 * 1000 };
int64_t paper_made_ms(int64_t made_ms, int64_t now_ms);

/* Whoever takes in, within the caller's savepoint: nothing of what is refused
 * here may stay. All is borrowed. */
struct paper_taking {
    void *who;
    struct ledger *ledger;
    struct db *db;
    const bool *failed; /* set when the disk said no to a `store` */
    const struct hash_function *hash;
    const char *home;   /* whose changes these may be; NULL: anybody's */
    bool alerts;        /* they are counted */
    bool later_is_full; /* NAK_LATER: there is no room here */
    struct bundle_count *count;
    struct error *err;
    /* enum nak_code, as on a line */
    int (*store_early)(void *who, const struct msg_early *early);
    int (*store_batch)(void *who, const struct msg_batch *batch);
};
/* What the disk said, for one who saw `failed`. */
int paper_world(const struct paper_taking *t);
/* An early copy. ERR_REFUSED: not of `home`; or errors of the world, as from
 * the following two. What the rules refuse is counted. */
int paper_take_change(const struct paper_taking *t,
                      const struct change *change);
/* Each change of it on its own. `expected`: what stands before it is missing
 * from there on, or is not what was here then. 0: nothing is missing. */
int paper_take_aside(const struct paper_taking *t,
                     const struct msg_batch *batch, uint64_t expected);
/* Of a stream that it may be of: lengthens it, or is taken aside when it does
 * not follow what is here. */
int paper_take_batch(const struct paper_taking *t,
                     const struct msg_batch *batch);
/* Can there be such a batch? */
bool paper_batch_valid(const struct msg_batch *batch);

#endif
