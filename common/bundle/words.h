/* common/bundle/words.h - what the two programs' commands around bundles say
 * and hear: "bundle.make", "bundle.take", "bundle.done".
 */
#ifndef LIENXA_BUNDLE_WORDS_H
#define LIENXA_BUNDLE_WORDS_H

#include "common/bundle/parcel.h"

/* Why nothing of a block was stored. `hostile`: somebody made it so. */
struct bundle_fault {
    bool hostile;
    char text[ERROR_TEXT_BYTES];
};
enum { BUNDLE_FAULT = -1000 /* beside enum error_code */ };
/* Returns BUNDLE_FAULT. */
int bundle_fault_set(struct bundle_fault *fault, bool hostile,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The answer of "bundle.make". */
void bundle_made_write(struct json *out, const struct bundle_cursor *at,
                       struct bytes block, bool damaged);
/* "block" of the arguments, without the size and hash in front: base64url.
 * ERR_INVALID. */
int bundle_block_text(struct buf *out, const struct json *args,
                      struct error *err);

/* ---- "bundle.take" */

enum {
    BUNDLE_KEYS = 2, /* that a block may be sealed to */
    ALARM_BUNDLE = 185
};

/* A program's part of it. `check` and `store` return 0, BUNDLE_FAULT with why
 * nothing of the block is taken, or an error of the world. */
struct bundle_taker {
    void *who;
    /* Is it for here, and signed by one who may? Its form is good; `block` and
     * `around` are borrowed for the call. */
    int (*check)(void *who, const struct bundle_block *block,
                 const struct signed_bytes *around, struct bundle_fault *fault);
    /* The keys that it may be sealed to; their count. They are wiped. */
    size_t (*keys)(void *who, struct seal_key keys[BUNDLE_KEYS]);
    const char *no_key; /* in words, when it is sealed to none of them */
    /* The frames of a block that was checked and opened: all or none. */
    int (*store)(void *who, const struct bundle_block *block,
                 struct bytes frames, struct bundle_count *count,
                 struct bundle_fault *fault);
    /* Tells the operator of ALARM_BUNDLE: somebody made it so. */
    void (*alarm)(void *who, const char *text);
};
/* Into `out` goes which block it was and what it brought, or "problem" and
 * "hostile". ERR_INVALID: no block was given; else errors of the world. */
int bundle_take(const struct bundle_taker *taker, const struct json *args,
                struct json *out, struct error *err);

/* ---- "bundle.done" */

struct bundle_done {
    const char *setting; /* that keeps when it was last done */
    char text[32];       /* .. and what it now is */
};
/* ERR_INVALID: no such thing can be done. */
int bundle_done_read(struct bundle_done *out, const struct json *args,
                     int64_t wall_ms, struct error *err);

#endif
