/* common/crypto/digest.h - SHA-256 (OpenSSL), in pieces or at once.
 */
#ifndef LIENXA_CRYPTO_DIGEST_H
#define LIENXA_CRYPTO_DIGEST_H

#include "common/base/buf.h"
#include "common/base/id.h"

/* SHA-256 of the concatenation of `count` pieces. Any thread; keeps one
 * context per thread for its life. Cannot fail: a library failure ends the
 * process. */
struct hash crypto_sha256(const struct bytes *pieces, size_t count);

#endif
