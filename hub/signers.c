/* hub/signers.c - a short array: a hub has a handful of signing keys in its
 * life, and only its root can add one. */
#include "hub/signers.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/sign.h"

struct signer {
    uint8_t id[SIGN_KEY_ID_BYTES];
    struct signing_key key;
};

struct signers {
    char hub[LIMIT_HOME];
    uint8_t root_public[SIGN_PUBLIC_BYTES];
    struct signer *list;
    size_t count;
    uint8_t (*revoked)[SIGN_KEY_ID_BYTES]; /* stolen ones: the root said so */
    size_t revoked_count;
};

struct signers *hub_signers_new(const char *hub, const uint8_t root_public[32])
{
    struct signers *s = mem_new(sizeof *s);

    (void)snprintf(s->hub, sizeof s->hub, "%s", hub);
    memcpy(s->root_public, root_public, sizeof s->root_public);
    return s;
}

void hub_signers_free(struct signers **signers)
{
    if (*signers == NULL)
        return;
    mem_free(&(*signers)->list);
    mem_free(&(*signers)->revoked);
    mem_free(signers);
}

static const struct signer *find(const struct signers *s,
                                 const uint8_t key_id[8])
{
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->list[i].id, key_id, SIGN_KEY_ID_BYTES) == 0)
            return &s->list[i];
    return NULL;
}

static bool is_revoked(const struct signers *s, const uint8_t key_id[8])
{
    for (size_t i = 0; i < s->revoked_count; i++)
        if (memcmp(s->revoked[i], key_id, SIGN_KEY_ID_BYTES) == 0)
            return true;
    return false;
}

static void revoke(struct signers *s, const struct signing_key *key)
{
    s->revoked = mem_grow(s->revoked, s->revoked_count + key->revoked_count + 1,
                          sizeof *s->revoked);
    for (size_t i = 0; i < key->revoked_count; i++)
        memcpy(s->revoked[s->revoked_count++], key->revoked[i],
               SIGN_KEY_ID_BYTES);
}

int hub_signers_believe(struct signers *signers, struct bytes fact,
                        struct error *err)
{
    struct signed_bytes blob;
    struct signer one;

    if (wire_signed_decode(&blob, fact) != 0 ||
        !sign_verify(blob.signature, signers->root_public,
                     SIGNING_KEY_SIGN_DOMAIN, blob.body) ||
        wire_signing_key_decode(&one.key, blob.body) != 0 ||
        strcmp(one.key.hub, signers->hub) != 0)
        return error_set(err, ERR_REFUSED,
                         "a signing key that the hub's root did not sign");
    sign_key_id(one.id, one.key.sign_public);
    if (find(signers, one.id) != NULL)
        return 0;
    revoke(signers, &one.key);
    signers->list =
        mem_grow(signers->list, signers->count + 1, sizeof *signers->list);
    signers->list[signers->count++] = one;
    return 0;
}

bool hub_signers_verify(const struct signers *signers, const uint8_t key_id[8],
                        const uint8_t signature[64], const char *domain,
                        struct bytes body)
{
    const struct signer *signer = find(signers, key_id);

    return signer != NULL && !is_revoked(signers, key_id) &&
           sign_verify(signature, signer->key.sign_public, domain, body);
}

bool hub_signers_know(const struct signers *signers, const uint8_t key_id[8])
{
    return find(signers, key_id) != NULL;
}

size_t hub_signers_count(const struct signers *signers)
{
    return signers->count;
}

uint64_t hub_signers_last(const struct signers *signers)
{
    uint64_t last = 0;

    for (size_t i = 0; i < signers->count; i++)
        if (signers->list[i].key.number > last)
            last = signers->list[i].key.number;
    return last;
}

size_t hub_signers_ids(const struct signers *signers, size_t limit,
                       uint8_t out[][8])
{
    size_t count = 0;

    for (size_t i = signers->count; i > 0 && count < limit; i--)
        if (!is_revoked(signers, signers->list[i - 1].id))
            memcpy(out[count++], signers->list[i - 1].id, SIGN_KEY_ID_BYTES);
    return count;
}
