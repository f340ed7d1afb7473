/* tests/support/raw_curve.h - the client's half of CURVE (RFC 26) byte by byte,
 * for strangers who open connections faster than libzmq would, and say what it
 * never says.
 */
#ifndef LIENXA_TESTS_RAW_CURVE_H
#define LIENXA_TESTS_RAW_CURVE_H

#include "common/base/buf.h"
#include "common/net/curve.h"

enum {
    RAW_GREETING_BYTES = 64,
    RAW_HELLO_BYTES = 202,   /* with the head of the frame */
    RAW_WELCOME_BYTES = 170, /* the same */
    RAW_COOKIE_BYTES = 96
};

/* What many connections share: one short-term key, so one HELLO, said again and
 * again. It costs a stranger nothing and the hub three multiplications. */
struct raw_curve {
    uint8_t hub[CURVE_BYTES];
    struct curve_key own, brief;
    uint8_t hello_key[32];
    uint8_t hello[RAW_HELLO_BYTES];
};

/* What one connection knows. */
struct raw_talk {
    uint8_t cookie[RAW_COOKIE_BYTES];
    uint8_t server_brief[CURVE_BYTES];
    uint8_t key[32];
    uint64_t nonce;
};

/* With a random key, or `own`'s. */
void raw_curve_open(struct raw_curve *curve, const uint8_t hub[CURVE_BYTES],
                    const struct curve_key *own);

/* ZMTP 3.0 as a client; `mechanism` has at most 20 bytes. */
void raw_greeting(uint8_t out[RAW_GREETING_BYTES], const char *mechanism);

/* The head of a frame: `flags` 1 more, 4 command; long when it must be. */
void raw_frame_head(struct buf *out, uint8_t flags, uint64_t size);

/* False: this is no WELCOME for us. */
bool raw_curve_welcome(const struct raw_curve *curve, struct raw_talk *talk,
                       const uint8_t frame[RAW_WELCOME_BYTES]);
void raw_curve_initiate(const struct raw_curve *curve, struct raw_talk *talk,
                        struct buf *out);
/* One frame of a message, encrypted. */
void raw_curve_message(struct raw_talk *talk, struct buf *out,
                       struct bytes payload, bool more);

#endif
