/* node/uplink_store.c - what came from the hub, checked and stored. */
#include <string.h>

#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "node/uplink_inside.h"

static const struct hash_function hash_function = {crypto_sha256};

/* Signed by a hub signing key that the pinned root vouches for. */
static bool signed_by_hub(const struct uplink *u, const uint8_t key_id[8],
                          const uint8_t signature[64], const char *domain,
                          struct bytes body)
{
    uint8_t public_key[32];

    return node_store_trust(u->node->store, key_id, public_key) == 0 &&
           sign_verify(signature, public_key, domain, body);
}

/* A batch of a hub channel, or (staging) of the hub's copy of our own stream:
 * both bear a head signed by the hub. */
int node_uplink_store_batch(struct uplink *u, const struct msg_batch *m,
                            bool staging, uint64_t *reached)
{
    struct ledger_batch batch;
    struct stream_position at;
    struct error err = {""};
    int rc;

    if (!signed_by_hub(u, m->head.key_id, m->head.signature, HEAD_SIGN_DOMAIN,
                       m->head.body))
        return NAK_SIGNATURE;
    if ((rc = receiver_batch(&u->receiver, m, &batch)) != NAK_NONE)
        return rc;
    rc = staging ? ledger_rebase_stage(u->node->ledger, &batch, &at, &err)
                 : ledger_receive(u->node->ledger, &batch, &at, &err);
    if (rc == 0)
        *reached = at.seq;
    else
        log_warn("batch.refused", "channel=%s first=%llu reason=\"%s\"",
                 m->name.channel, (unsigned long long)m->first, err.text);
    return receiver_outcome(rc, &u->failed);
}

struct signer {
    const uint8_t *key_id;
    bool found;
    uint8_t public_key[32];
    const char *unit;
};

static int match_signer(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct signer *s = who;
    struct node_key key;
    uint8_t id[SIGN_KEY_ID_BYTES];

    (void)row;
    if (entry == NULL ||
        wire_node_key_decode(&key, entry->change.part[PART_FACT].bytes, NULL) !=
            0 ||
        strcmp(key.unit, s->unit) != 0)
        return 0;
    sign_key_id(id, key.sign_public);
    if (memcmp(id, s->key_id, sizeof id) != 0)
        return 0;
    s->found = true;
    memcpy(s->public_key, key.sign_public, sizeof s->public_key);
    return 1;
}

/* Ours, or an earlier machine's of this unit: the key directory knows. */
static bool signed_by_us(struct uplink *u, const struct change *change,
                         struct bytes digest)
{
    struct signer s = {.key_id = change->key_id, .unit = u->node->keys.unit};

    if (memcmp(change->key_id, u->node->keys.sign_id, 8) == 0)
        return sign_verify(change->signature, u->node->keys.sign.public_key,
                           CHANGE_SIGN_DOMAIN, digest);
    (void)ledger_records(u->node->ledger, KIND_NODE_KEY, u->node->keys.hub,
                         match_signer, &s);
    return s.found && sign_verify(change->signature, s.public_key,
                                  CHANGE_SIGN_DOMAIN, digest);
}

static int adopt(struct uplink *u, const struct entry *entry, size_t size)
{
    struct error err = {""};
    int rc;

    if (!signed_by_us(
            u, &entry->change,
            bytes_of(entry->digest.bytes, sizeof entry->digest.bytes)))
        return NAK_SIGNATURE;
    rc = ledger_adopt(u->node->ledger, &u->node->up, entry, size, &err);
    if (rc == 0)
        u->node->grew = true;
    return receiver_outcome(rc, &u->failed);
}

int node_uplink_store_early(struct uplink *u, const struct msg_early *m)
{
    struct entry entry = {.change = m->change};
    size_t size = wire_change_size(&m->change);
    struct error err = {""};

    if (!m->change.is_signed)
        return NAK_SIGNATURE;
    entry.digest = change_digest(&hash_function, &m->change);
    if (strcmp(m->change.header.home, u->node->keys.unit) == 0)
        return adopt(u, &entry, size);
    if (strcmp(m->change.header.home, u->node->keys.hub) != 0)
        return NAK_FOREIGN;
    if (!signed_by_hub(u, m->change.key_id, m->change.signature,
                       CHANGE_SIGN_DOMAIN,
                       bytes_of(entry.digest.bytes, sizeof entry.digest.bytes)))
        return NAK_SIGNATURE;
    return receiver_outcome(ledger_early(u->node->ledger, &entry, size, &err),
                            &u->failed);
}
