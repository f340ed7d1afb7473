/* tests/support/raw_guess.h - what strangers say at the enrolment door: guessed
 * secrets, and messages that are made to cost.
 */
#ifndef LIENXA_TESTS_RAW_GUESS_H
#define LIENXA_TESTS_RAW_GUESS_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum { RAW_GUESS_LIMIT = 4096 }; /* the longest payload there */

/* What a token tells whoever finds it without its secret. */
struct raw_token {
    uint8_t hub_curve[32];
    char unit[24];
};
int raw_guess_token(struct raw_token *out, const char *text, struct error *err);

/* A sound request with a random secret for the token's unit: all that its
 * sender cannot know is the secret. */
void raw_guess_enrol(struct buf *out, const struct raw_token *token,
                     const uint8_t curve_public[32]);

/* The `i`th of the hostile messages, at most RAW_GUESS_LIMIT bytes each. */
void raw_guess_hostile(struct buf *out, uint64_t i);

#endif
