/* common/crypto/sign_memo.h - signatures that were found good a moment ago.
 *
 * A check of Ed25519 takes a tenth of a node's work on an alert, and the same
 * bytes are judged when they come, when they are stored
 * and when they come again in their place in the stream. What is remembered is
 * the SHA-256 of key, signature, domain and message, so another key or another
 * byte is another signature. Only good ones are: a bad one is looked at anew.
 * Whether the key may still sign is asked by the caller each time.
 */
#ifndef LIENXA_CRYPTO_SIGN_MEMO_H
#define LIENXA_CRYPTO_SIGN_MEMO_H

#include "common/base/id.h"
#include "common/crypto/sign.h"

enum { SIGN_MEMO_SLOTS = 16 };

/* Zeroed, it remembers nothing. */
struct sign_memo {
    struct hash good[SIGN_MEMO_SLOTS];
    size_t count, next; /* the oldest goes first */
};

/* What sign_verify says. */
bool sign_memo_verify(struct sign_memo *memo,
                      const uint8_t signature[SIGN_BYTES],
                      const uint8_t public_key[SIGN_PUBLIC_BYTES],
                      const char *domain, struct bytes message);

#endif
