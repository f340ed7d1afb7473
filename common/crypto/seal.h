/* common/crypto/seal.h - sealed boxes, secret boxes and passwords (libsodium).
 */
#ifndef LIENXA_CRYPTO_SEAL_H
#define LIENXA_CRYPTO_SEAL_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    SEAL_PUBLIC_BYTES = 32,
    SEAL_SECRET_BYTES = 32,
    SEAL_OVERHEAD = 48,
    BOX_KEY_BYTES = 32,
    BOX_OVERHEAD = 40, /* a nonce in front, a tag behind */
    PASSWORD_LIMIT = 1024
};

struct seal_key { /* X25519 */
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    uint8_t secret[SEAL_SECRET_BYTES];
};

void seal_key_generate(struct seal_key *out);
void seal_key_from_secret(struct seal_key *out,
                          const uint8_t secret[SEAL_SECRET_BYTES]);

/* The X25519 form of an Ed25519 key (libsodium's conversion), so that one key
 * on paper both signs and opens. ERR_INVALID: not a public key. */
int seal_public_of_sign(uint8_t out[SEAL_PUBLIC_BYTES],
                        const uint8_t sign_public[32]);
void seal_key_of_sign_seed(struct seal_key *out, const uint8_t seed[32]);

/* crypto_box_seal: anybody can seal to a public key, only its owner opens.
 * Both append to `out`, nothing on failure. seal_close: ERR_INVALID when the
 * public key is not one (a point of small order, which a peer may send).
 * seal_open: ERR_DAMAGED when it does not open. */
int seal_close(struct buf *out, const uint8_t public_key[SEAL_PUBLIC_BYTES],
               struct bytes message) __attribute__((warn_unused_result));
int seal_open(struct buf *out, const struct seal_key *key, struct bytes box);

/* XChaCha20-Poly1305 with a random nonce in front; `context` is authenticated
 * and not stored. */
void box_close(struct buf *out, const uint8_t key[BOX_KEY_BYTES],
               const char *context, struct bytes message);
int box_open(struct buf *out, const uint8_t key[BOX_KEY_BYTES],
             const char *context, struct bytes box);

/* argon2id, t=3, 64 MiB (design 10); about 0.1 s. password_store writes the
 * library's text form (at most 128 bytes with NUL). password_key derives the
 * key that wraps a user's private halves, from another salt. ERR_INVALID: over
 * PASSWORD_LIMIT bytes. ERR_CRYPTO: no 64 MiB to be had. */
enum { PASSWORD_TEXT_BYTES = 128, PASSWORD_SALT_BYTES = 16 };
int password_store(char out[PASSWORD_TEXT_BYTES], const char *password);
bool password_check(const char *stored, const char *password);
/* Salt and outcome that password_store wrote: the latter is what password_key
 * makes of that salt and the password. False: not a text of ours. */
bool password_parts(const char *stored, uint8_t salt[PASSWORD_SALT_BYTES],
                    uint8_t key[BOX_KEY_BYTES]);
int password_key(uint8_t out[BOX_KEY_BYTES],
                 const uint8_t salt[PASSWORD_SALT_BYTES], const char *password);

#endif
