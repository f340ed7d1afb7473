/* common/account/password.c - see password.h. */
#include "common/account/password.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/domain/text.h"

static const char head[] = "proof1$";

int account_password_clean(struct buf *out, const char *typed,
                           struct error *err)
{
    size_t before = out->size;

    if (strnlen(typed, 2 * PASSWORD_LIMIT) < 2 * PASSWORD_LIMIT &&
        text_nfc(out, bytes_of_text(typed)) == 0) {
        struct bytes clean = bytes_of(out->data + before, out->size - before);

        if (text_length(clean) >= ACCOUNT_PASSWORD_LEAST &&
            clean.size <= PASSWORD_LIMIT)
            return 0;
        mem_wipe(out->data + before, clean.size);
        out->size = before;
    }
    return error_set(err, ERR_INVALID,
                     "the password must have %d characters at least and %d "
                     "bytes at most",
                     ACCOUNT_PASSWORD_LEAST, PASSWORD_LIMIT);
}

int account_password_proof(uint8_t out[ACCOUNT_PROOF_BYTES],
                           const uint8_t salt[PASSWORD_SALT_BYTES],
                           const char *typed)
{
    struct buf clean = {0};
    int rc = ERR_INVALID;

    buf_reserve(&clean, 2 * PASSWORD_LIMIT + 1); /* it never moves */
    if (strnlen(typed, 2 * PASSWORD_LIMIT) < 2 * PASSWORD_LIMIT &&
        text_nfc(&clean, bytes_of_text(typed)) == 0)
        rc = password_key(out, salt, buf_text(&clean));
    buf_wipe(&clean);
    return rc;
}

static struct hash hash_of(const uint8_t proof[ACCOUNT_PROOF_BYTES])
{
    struct bytes piece = bytes_of(proof, ACCOUNT_PROOF_BYTES);

    return crypto_sha256(&piece, 1);
}

void account_password_text(char out[PASSWORD_TEXT_BYTES],
                           const uint8_t salt[PASSWORD_SALT_BYTES],
                           const uint8_t proof[ACCOUNT_PROOF_BYTES])
{
    struct hash hash = hash_of(proof);
    char hex[2 * PASSWORD_SALT_BYTES + 1], text[HASH_TEXT_BYTES];

    hex_encode(hex, salt, PASSWORD_SALT_BYTES);
    (void)snprintf(out, PASSWORD_TEXT_BYTES, "%s%s$%s", head, hex,
                   hash_text(text, &hash));
}

int account_password_make(char out[PASSWORD_TEXT_BYTES], const char *typed,
                          struct error *err)
{
    uint8_t salt[PASSWORD_SALT_BYTES], proof[ACCOUNT_PROOF_BYTES];
    struct buf clean = {0};
    int rc;

    buf_reserve(&clean, 2 * PASSWORD_LIMIT + 1); /* it never moves */
    rc = account_password_clean(&clean, typed, err);
    if (rc == 0) {
        random_bytes(salt, sizeof salt);
        if ((rc = password_key(proof, salt, buf_text(&clean))) == 0)
            account_password_text(out, salt, proof);
        else
            (void)error_set(err, rc, "no memory for the password (64 MiB)");
        mem_wipe(proof, sizeof proof);
    }
    buf_wipe(&clean);
    return rc;
}

/* ---- what is stored */

struct parts {
    uint8_t salt[PASSWORD_SALT_BYTES];
    struct hash hash; /* of the proof */
};

static bool take_hex(const char **at, char end, uint8_t *out, size_t size)
{
    char hex[2 * sizeof(struct hash) + 1] = {0};

    if (strnlen(*at, 2 * size + 1) < 2 * size || (*at)[2 * size] != end)
        return false;
    memcpy(hex, *at, 2 * size);
    *at += 2 * size + 1;
    return hex_decode(out, size, hex);
}

static bool take_apart(struct parts *out, const char *stored)
{
    uint8_t proof[ACCOUNT_PROOF_BYTES];
    const char *at = stored + sizeof head - 1;

    if (password_parts(stored, out->salt, proof)) {
        out->hash = hash_of(proof);
        mem_wipe(proof, sizeof proof);
        return true;
    }
    return strncmp(stored, head, sizeof head - 1) == 0 &&
           take_hex(&at, '$', out->salt, sizeof out->salt) &&
           take_hex(&at, '\0', out->hash.bytes, sizeof out->hash.bytes);
}

bool account_password_salt(uint8_t out[PASSWORD_SALT_BYTES], const char *stored)
{
    struct parts parts;

    if (!take_apart(&parts, stored))
        return false;
    memcpy(out, parts.salt, sizeof parts.salt);
    return true;
}

bool account_password_is(const char *stored,
                         const uint8_t proof[ACCOUNT_PROOF_BYTES])
{
    struct hash hash = hash_of(proof);
    struct parts parts;

    return take_apart(&parts, stored) &&
           crypto_equal(hash.bytes, parts.hash.bytes, sizeof hash.bytes);
}

bool account_password_is_old(const char *stored) { return stored[0] == '$'; }
