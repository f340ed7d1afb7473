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
void bundle_fault_write(struct json *out, const struct bundle_fault *fault);

/* The answer of "bundle.make". */
void bundle_made_write(struct json *out, const struct bundle_cursor *at,
                       struct bytes block, bool damaged);
/* Which block "bundle.take" was given. */
void bundle_block_write(struct json *out, const struct bundle_block *block);
/* "block" of the arguments, without the size and hash in front: base64url.
 * ERR_INVALID. */
int bundle_block_text(struct buf *out, const struct json *args,
                      struct error *err);
/* The setting that keeps when it was last done; NULL: no such thing. */
const char *bundle_done_setting(const struct json *args);

#endif
