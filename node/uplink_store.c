/* node/uplink_store.c - what came from the hub, checked and stored. */
#include <string.h>

#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "node/alerts.h"
#include "node/uplink_inside.h"
#include "node/vault.h"

enum { UNPROVED_MS = 60000, ALARM_UNPROVED = 150 };

static const struct hash_function hash_function = {crypto_sha256};

/* Signed by a hub signing key that the pinned root vouches for. */
static bool signed_by_hub(const struct uplink *u, const uint8_t key_id[8],
                          const uint8_t signature[64], const char *domain,
                          struct bytes body)
{
    uint8_t public_key[32];

    return node_store_trust(u->node->store, key_id, public_key) == 0 &&
           sign_memo_verify(&u->node->signatures, signature, public_key, domain,
                            body);
}

/* A signing key's own record brings its proof along, the root's signature: it
 * is believed before what it signed is judged, itself included. */
static void believe(struct uplink *u, const struct change *change)
{
    if (change->header.kind == KIND_SIGNING_KEY &&
        strcmp(change->header.home, u->node->keys.hub) == 0)
        (void)node_alerts_apply_signing_key(u->node, change, NULL);
}

static bool key_known(const struct uplink *u, const uint8_t key_id[8])
{
    uint8_t public_key[32];

    return node_store_trust(u->node->store, key_id, public_key) == 0;
}

/* A head by a key we have no proof of: the proof may stand in the batch, or be
 * under way on express (PROTOCOL 8.1), so the batch is wanted again a little
 * later. When that goes on, people are told. */
static bool may_judge(struct uplink *u, const struct msg_batch *m)
{
    int64_t now = u->node->mono_ms;

    for (size_t i = 0; i < m->count && !key_known(u, m->head.key_id); i++)
        believe(u, &m->changes[i]);
    if (key_known(u, m->head.key_id)) {
        u->unproved_ms = 0;
        return true;
    }
    if (u->unproved_ms == 0)
        u->unproved_ms = now;
    if (now - u->unproved_ms >= UNPROVED_MS)
        node_alarm(u->node, ALARM_UNPROVED,
                   "the hub signs with a key that its root did not vouch for: "
                   "nothing it orders is taken. Reports are kept and sent; "
                   "call the district");
    return false;
}

/* A batch of a hub channel, or (staging) of the hub's copy of our own stream:
 * both bear a head signed by the hub. */
int node_uplink_store_batch(struct uplink *u, const struct msg_batch *m,
                            bool staging, uint64_t *reached)
{
    struct signed_bytes head;
    struct ledger_batch batch;
    struct stream_position at;
    struct error err = {""};
    int rc;

    if (!may_judge(u, m))
        return NAK_LATER;
    if (staging && m->head.body.size == 0)
        return NAK_MALFORMED; /* a head that nobody here could make whole */
    if ((rc = receiver_head(&u->receiver, u->node->ledger, m, &head)) !=
        NAK_NONE)
        return rc;
    if (!signed_by_hub(u, head.key_id, head.signature, HEAD_SIGN_DOMAIN,
                       head.body))
        return NAK_SIGNATURE;
    if ((rc = receiver_batch(&u->receiver, m, &head, &batch)) != NAK_NONE)
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

/* Its words were withheld: they come behind it, locked. */
static int await_words(struct uplink *u, const struct change *change)
{
    struct ledger_stream s;
    int rc;

    if (change->part[PART_BODY].form != PART_STUB &&
        change->part[PART_VAULT].form != PART_STUB)
        return 0;
    rc = ledger_stream(u->node->ledger, &s, &u->node->up, true);
    return rc != 0 ? rc : node_vault_misses(u->node, s.head.seq);
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
        u->node->grew = u->node->moved = true;
    if (rc == 0)
        rc = await_words(u, &entry->change);
    return receiver_outcome(rc, &u->failed);
}

int node_uplink_store_early(struct uplink *u, const struct msg_early *m)
{
    struct entry entry = {.change = m->change};
    size_t size = wire_change_size(&m->change);
    struct error err = {""};
    int rc = ledger_damage_mend(u->node->ledger, &entry);

    if (strcmp(m->change.header.home, u->node->keys.unit) == 0)
        node_desk_touch(u->node, &m->change.header.record);
    if (rc != ERR_MISSING) /* it was damaged here: the digest is the proof */
        return receiver_outcome(rc, &u->failed);
    if (!m->change.is_signed)
        return NAK_SIGNATURE;
    entry.digest = change_digest(&hash_function, &m->change);
    if (strcmp(m->change.header.home, u->node->keys.unit) == 0)
        return adopt(u, &entry, size);
    if (strcmp(m->change.header.home, u->node->keys.hub) != 0)
        return NAK_FOREIGN;
    believe(u, &m->change);
    if (!signed_by_hub(u, m->change.key_id, m->change.signature,
                       CHANGE_SIGN_DOMAIN,
                       bytes_of(entry.digest.bytes, sizeof entry.digest.bytes)))
        return NAK_SIGNATURE;
    return receiver_outcome(ledger_early(u->node->ledger, &entry, size, &err),
                            &u->failed);
}
