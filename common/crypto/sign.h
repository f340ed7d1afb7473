/* common/crypto/sign.h - Ed25519 (RFC 8032) over "domain line, then bytes".
 *
 * Every signature covers a domain line ("lienxa head 1\n") followed by the
 * exact bytes that travel (PROTOCOL 2.3), so that a signature for one purpose
 * is worth nothing for another.
 */
#ifndef LIENXA_CRYPTO_SIGN_H
#define LIENXA_CRYPTO_SIGN_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    SIGN_PUBLIC_BYTES = 32,
    SIGN_SEED_BYTES = 32,
    SIGN_BYTES = 64,
    SIGN_KEY_ID_BYTES = 8
};

struct sign_key {
    uint8_t seed[SIGN_SEED_BYTES];
    uint8_t public_key[SIGN_PUBLIC_BYTES];
    uint8_t expanded[64]; /* the library's form */
};

void sign_key_generate(struct sign_key *out);
void sign_key_from_seed(struct sign_key *out,
                        const uint8_t seed[SIGN_SEED_BYTES]);
void sign_key_wipe(struct sign_key *key);

/* First 8 bytes of SHA-256 of the public key. */
void sign_key_id(uint8_t out[SIGN_KEY_ID_BYTES],
                 const uint8_t public_key[SIGN_PUBLIC_BYTES]);

/* `domain` is the whole line with its newline at the end (asserted). */
void sign_bytes(uint8_t out[SIGN_BYTES], const struct sign_key *key,
                const char *domain, struct bytes message);
bool sign_verify(const uint8_t signature[SIGN_BYTES],
                 const uint8_t public_key[SIGN_PUBLIC_BYTES],
                 const char *domain, struct bytes message);

#endif
