/* common/crypto/mac.h - keyed hashes: HMAC (RFC 2104) with OpenSSL's hashes.
 */
#ifndef LIENXA_CRYPTO_MAC_H
#define LIENXA_CRYPTO_MAC_H

#include "common/base/buf.h"
#include "common/base/id.h"

enum { MAC_SHA1_BYTES = 20 };

/* Only where a standard asks for it (RFC 6238). Neither can fail: a library
 * failure ends the process. */
void mac_sha1(uint8_t out[MAC_SHA1_BYTES], struct bytes key,
              struct bytes message);
struct hash mac_sha256(struct bytes key, struct bytes message);

#endif
