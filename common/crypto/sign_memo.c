/* common/crypto/sign_memo.c */
#include "common/crypto/sign_memo.h"

#include <string.h>

#include "common/crypto/digest.h"

static bool holds(const struct sign_memo *memo, const struct hash *name)
{
    for (size_t i = 0; i < memo->count; i++)
        if (memcmp(memo->good[i].bytes, name->bytes, sizeof name->bytes) == 0)
            return true;
    return false;
}

static void keep(struct sign_memo *memo, const struct hash *name)
{
    memo->good[memo->next] = *name;
    memo->next = (memo->next + 1) % SIGN_MEMO_SLOTS;
    if (memo->count < SIGN_MEMO_SLOTS)
        memo->count++;
}

bool sign_memo_verify(struct sign_memo *memo,
                      const uint8_t signature[SIGN_BYTES],
                      const uint8_t public_key[SIGN_PUBLIC_BYTES],
                      const char *domain, struct bytes message)
{
    const struct bytes pieces[] = {bytes_of(public_key, SIGN_PUBLIC_BYTES),
                                   bytes_of(signature, SIGN_BYTES),
                                   bytes_of(domain, strlen(domain)), message};
    struct hash name = crypto_sha256(pieces, sizeof pieces / sizeof *pieces);

    if (holds(memo, &name))
        return true;
    if (!sign_verify(signature, public_key, domain, message))
        return false;
    keep(memo, &name);
    return true;
}
