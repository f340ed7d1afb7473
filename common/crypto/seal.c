/* common/crypto/seal.c - sealed boxes, secret boxes and passwords.
 */
#include "common/crypto/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"

enum {
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    PASSWORD_PASSES = 3,
    PASSWORD_MEMORY_BYTES = 64 << 20
};

static_assert(SEAL_PUBLIC_BYTES == crypto_box_PUBLICKEYBYTES, "libsodium");
static_assert(SEAL_SECRET_BYTES == crypto_box_SECRETKEYBYTES, "libsodium");
static_assert(SEAL_OVERHEAD == crypto_box_SEALBYTES, "libsodium");
static_assert(BOX_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
              "libsodium");
static_assert(PASSWORD_TEXT_BYTES == crypto_pwhash_STRBYTES, "libsodium");
static_assert(PASSWORD_SALT_BYTES == crypto_pwhash_SALTBYTES, "libsodium");

void seal_key_generate(struct seal_key *out)
{
    uint8_t secret[SEAL_SECRET_BYTES];

    random_bytes(secret, sizeof secret);
    seal_key_from_secret(out, secret);
    mem_wipe(secret, sizeof secret);
}

void seal_key_from_secret(struct seal_key *out,
                          const uint8_t secret[SEAL_SECRET_BYTES])
{
    memmove(out->secret, secret, sizeof out->secret);
    (void)crypto_scalarmult_base(out->public_key, out->secret);
}

int seal_public_of_sign(uint8_t out[SEAL_PUBLIC_BYTES],
                        const uint8_t sign_public[32])
{
    return crypto_sign_ed25519_pk_to_curve25519(out, sign_public) == 0
               ? 0
               : ERR_INVALID;
}

void seal_key_of_sign_seed(struct seal_key *out, const uint8_t seed[32])
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t expanded[crypto_sign_SECRETKEYBYTES];
    uint8_t secret[SEAL_SECRET_BYTES];

    (void)crypto_sign_seed_keypair(public_key, expanded, seed);
    (void)crypto_sign_ed25519_sk_to_curve25519(secret, expanded);
    seal_key_from_secret(out, secret);
    mem_wipe(expanded, sizeof expanded);
    mem_wipe(secret, sizeof secret);
}

int seal_close(struct buf *out, const uint8_t public_key[SEAL_PUBLIC_BYTES],
               struct bytes message)
{
    size_t size = message.size + SEAL_OVERHEAD;

    buf_reserve(out, size);
    if (crypto_box_seal(out->data + out->size, message.data, message.size,
                        public_key) != 0)
        return ERR_INVALID;
    out->size += size;
    return 0;
}

int seal_open(struct buf *out, const struct seal_key *key, struct bytes box)
{
    if (box.size < SEAL_OVERHEAD)
        return ERR_DAMAGED;
    buf_reserve(out, box.size);
    if (crypto_box_seal_open(out->data + out->size, box.data, box.size,
                             key->public_key, key->secret) != 0)
        return ERR_DAMAGED;
    out->size += box.size - SEAL_OVERHEAD;
    return 0;
}

void box_close(struct buf *out, const uint8_t key[BOX_KEY_BYTES],
               const char *context, struct bytes message)
{
    uint8_t nonce[NONCE_BYTES];

    random_bytes(nonce, sizeof nonce);
    buf_reserve(out, NONCE_BYTES + message.size + TAG_BYTES);
    buf_add(out, nonce, sizeof nonce);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out->data + out->size, NULL, message.data, message.size,
        (const unsigned char *)context, strlen(context), NULL, nonce, key);
    out->size += message.size + TAG_BYTES;
}

int box_open(struct buf *out, const uint8_t key[BOX_KEY_BYTES],
             const char *context, struct bytes box)
{
    if (box.size < NONCE_BYTES + TAG_BYTES)
        return ERR_DAMAGED;
    buf_reserve(out, box.size);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out->data + out->size, NULL, NULL, box.data + NONCE_BYTES,
            box.size - NONCE_BYTES, (const unsigned char *)context,
            strlen(context), box.data, key) != 0)
        return ERR_DAMAGED;
    out->size += box.size - NONCE_BYTES - TAG_BYTES;
    return 0;
}

static bool password_fits(const char *password, size_t *size)
{
    *size = strnlen(password, PASSWORD_LIMIT + 1);
    return *size <= PASSWORD_LIMIT;
}

int password_store(char out[PASSWORD_TEXT_BYTES], const char *password)
{
    size_t size;

    if (!password_fits(password, &size))
        return ERR_INVALID;
    if (crypto_pwhash_str_alg(out, password, size, PASSWORD_PASSES,
                              PASSWORD_MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_CRYPTO;
    return 0;
}

bool password_check(const char *stored, const char *password)
{
    char text[PASSWORD_TEXT_BYTES] = {0};
    size_t length = strnlen(stored, sizeof text);
    size_t size;

    if (length == sizeof text || !password_fits(password, &size))
        return false;
    memcpy(text, stored, length);
    return crypto_pwhash_str_verify(text, password, size) == 0;
}

static bool take_base64(const char **at, char end, uint8_t *out, size_t size)
{
    const char *stop = strchr(*at, end);
    size_t made = 0;

    if (stop == NULL ||
        sodium_base642bin(out, size, *at, (size_t)(stop - *at), NULL, &made,
                          NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return false;
    *at = stop + 1;
    return made == size;
}

bool password_parts(const char *stored, uint8_t salt[PASSWORD_SALT_BYTES],
                    uint8_t key[BOX_KEY_BYTES])
{
    static const char head[] = "$argon2id$v=19$m=65536,t=3,p=1$";
    const char *at = stored + sizeof head - 1;

    return strncmp(stored, head, sizeof head - 1) == 0 &&
           take_base64(&at, '$', salt, PASSWORD_SALT_BYTES) &&
           take_base64(&at, '\0', key, BOX_KEY_BYTES);
}

int password_key(uint8_t out[BOX_KEY_BYTES],
                 const uint8_t salt[PASSWORD_SALT_BYTES], const char *password)
{
    size_t size;

    if (!password_fits(password, &size))
        return ERR_INVALID;
    if (crypto_pwhash(out, BOX_KEY_BYTES, password, size, salt, PASSWORD_PASSES,
                      PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_CRYPTO;
    return 0;
}
