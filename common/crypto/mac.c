/* common/crypto/mac.c - see mac.h. */
#include "common/crypto/mac.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static void mac(const EVP_MD *kind, uint8_t *out, size_t size, struct bytes key,
                struct bytes message)
{
    static const uint8_t none[1]; /* HMAC takes no NULL for an empty message */
    unsigned int made = 0;
    const uint8_t *done =
        HMAC(kind, key.size > 0 ? key.data : none, (int)key.size,
             message.size > 0 ? message.data : none, message.size, out, &made);

    assert(done != NULL && made == size);
    (void)done;
    (void)size;
}

void mac_sha1(uint8_t out[MAC_SHA1_BYTES], struct bytes key,
              struct bytes message)
{
    mac(EVP_sha1(), out, MAC_SHA1_BYTES, key, message);
}

struct hash mac_sha256(struct bytes key, struct bytes message)
{
    struct hash out;

    mac(EVP_sha256(), out.bytes, sizeof out.bytes, key, message);
    return out;
}
