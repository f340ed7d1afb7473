/* hub/exchange_store.c - what came from a node, checked and stored. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "hub/audit.h"
#include "hub/exchange_inside.h"
#include "hub/referral.h"
#include "hub/restored.h"
#include "hub/settings.h"

static const struct hash_function hash_function = {crypto_sha256};

/* A signature by one of the unit's machines over `body`. */
static bool signed_by_unit(const struct exchange *ex, const char *unit,
                           const uint8_t key_id[8], const uint8_t signature[64],
                           const char *domain, struct bytes body)
{
    const struct node_key *key =
        hub_registry_signer(ex->hub->registry, unit, key_id);

    return key != NULL &&
           sign_verify(signature, key->sign_public, domain, body);
}

int hub_exchange_store_batch(struct exchange *ex, const struct peer *peer,
                             const struct msg_batch *m, uint64_t *reached)
{
    struct signed_bytes head;
    struct ledger_batch batch;
    struct stream_position at;
    struct error err = {""};
    int rc;

    if (care_is_tight(&ex->hub->care))
        return NAK_LATER; /* the nodes keep it */
    if ((rc = receiver_head(&ex->receiver, ex->hub->ledger, m, &head)) !=
        NAK_NONE)
        return rc;
    if (!signed_by_unit(ex, peer->unit, head.key_id, head.signature,
                        HEAD_SIGN_DOMAIN, head.body))
        return NAK_SIGNATURE;
    if ((rc = receiver_batch(&ex->receiver, m, &head, &batch)) != NAK_NONE)
        return rc;
    rc = ledger_receive(ex->hub->ledger, &batch, &at, &err);
    if (rc == 0)
        *reached = at.seq;
    else
        log_warn("batch.refused", "unit=%s first=%llu reason=\"%s\"",
                 hub_unit_name(ex->hub, peer->unit),
                 (unsigned long long)m->first, err.text);
    return receiver_outcome(rc, &ex->failed);
}

/* Which channel an own change belongs to follows from what it says. */
static int channel_of(struct exchange *ex, const struct change *change,
                      struct stream_name *out)
{
    struct incarnation i;

    *out = ex->hub->all;
    if (change->header.kind == KIND_REFERRAL ||
        change->header.kind == KIND_CARRIED)
        return hub_referral_channel(ex->hub, change, out);
    if (change->header.kind == KIND_SETTINGS)
        return hub_settings_channel(ex->hub, change, out);
    if (change->header.kind == KIND_AUDIT)
        return hub_audit_channel(ex->hub, change, out);
    if (change->header.kind != KIND_INCARNATION)
        return 0;
    if (wire_incarnation_decode(&i, change->part[PART_FACT].bytes, NULL) != 0)
        return ERR_INVALID;
    *out = stream_name_make(ex->hub->keys.home, i.channel);
    return stream_name_valid(out) ? 0 : ERR_INVALID;
}

/* An incarnation is never re-appended: epochs only grow. It is kept as an early
 * arrival, so that it is not asked for again, and when it is not older than
 * what we know, a newer one is opened (PROTOCOL 3.4). */
static int adopt_incarnation(struct exchange *ex, const struct entry *entry,
                             const struct stream_name *channel, size_t size)
{
    uint64_t before = ex->hub->epoch;
    struct incarnation i;
    struct error err = {""};
    int rc = ledger_early(ex->hub->ledger, entry, size, &err);

    if (rc == 0 &&
        wire_incarnation_decode(&i, entry->change.part[PART_FACT].bytes,
                                NULL) == 0 &&
        i.epoch >= before)
        rc = hub_new_epoch(ex->hub, channel, &err);
    return receiver_outcome(rc, &ex->failed);
}

/* Ours, by the present signing key or an earlier one. One that we lost the
 * memory of comes back the same way, with the root's word for it; what it
 * signed and came before it is asked for again. */
static bool signed_by_us(struct exchange *ex, struct peer *peer,
                         const struct entry *entry)
{
    struct signers *signers = ex->hub->signers;
    size_t known = hub_signers_count(signers);

    if (entry->change.header.kind == KIND_SIGNING_KEY)
        (void)hub_signers_believe(signers, entry->change.part[PART_FACT].bytes,
                                  NULL);
    if (hub_signers_count(signers) > known)
        ex->believed = true;
    if (!hub_signers_know(signers, entry->change.key_id))
        peer->doubted = true;
    return hub_signers_verify(
        signers, entry->change.key_id, entry->change.signature,
        CHANGE_SIGN_DOMAIN,
        bytes_of(entry->digest.bytes, sizeof entry->digest.bytes));
}

/* A directory entry that came back after a restore. */
static int adopted_key(struct exchange *ex, const struct change *change,
                       struct error *err)
{
    struct node_key key;

    return wire_node_key_decode(&key, change->part[PART_FACT].bytes, NULL) != 0
               ? 0 /* quarantined */
               : hub_restored_adopted(ex->hub, &key, err);
}

/* An own change that a node held and we lack: our signature is its proof. */
static int adopt(struct exchange *ex, struct peer *peer,
                 const struct entry *entry, size_t size)
{
    struct stream_name channel;
    struct error err = {""};
    int rc;

    if (!signed_by_us(ex, peer, entry))
        return NAK_SIGNATURE;
    if (channel_of(ex, &entry->change, &channel) != 0)
        return NAK_MALFORMED;
    if (entry->change.header.kind == KIND_INCARNATION)
        return adopt_incarnation(ex, entry, &channel, size);
    rc = ledger_adopt(ex->hub->ledger, &channel, entry, size, &err);
    if (rc == 0)
        ex->hub->grew_all = ex->hub->grew_for.all = true;
    if (rc == 0 && entry->change.header.kind == KIND_NODE_KEY)
        rc = adopted_key(ex, &entry->change, &err);
    if (rc == 0)
        rc = hub_referral_adopted(ex->hub, &entry->change, &ex->drained_in,
                                  &err);
    return receiver_outcome(rc, &ex->failed);
}

/* What the stream has brought already needs no other proof: the digest says all
 * of it. */
static bool held(const struct exchange *ex, const struct entry *entry)
{
    const struct change_header *h = &entry->change.header;
    struct change_ref ref = {h->home, h->record, h->version, entry->digest};

    return ledger_has(ex->hub->ledger, &ref);
}

int hub_exchange_store_early(struct exchange *ex, struct peer *peer,
                             const struct msg_early *m)
{
    struct entry entry = {.change = m->change};
    size_t size = wire_change_size(&m->change);
    char id[ID_TEXT_BYTES];
    struct error err = {""};
    int rc;

    rc = ledger_damage_mend(ex->hub->ledger, &entry);
    if (rc != ERR_MISSING) /* it was damaged here: the digest is the proof */
        return receiver_outcome(rc, &ex->failed);
    if (!m->change.is_signed)
        return NAK_SIGNATURE;
    entry.digest = change_digest(&hash_function, &m->change);
    if (strcmp(m->change.header.home, ex->hub->keys.home) == 0)
        return adopt(ex, peer, &entry, size);
    if (strcmp(m->change.header.home, peer->unit) != 0)
        return NAK_FOREIGN;
    if (!held(ex, &entry) &&
        !signed_by_unit(
            ex, peer->unit, m->change.key_id, m->change.signature,
            CHANGE_SIGN_DOMAIN,
            bytes_of(entry.digest.bytes, sizeof entry.digest.bytes)))
        return NAK_SIGNATURE;
    if (care_is_tight(&ex->hub->care) && m->change.header.kind == KIND_REPORT)
        return NAK_LATER; /* it comes again with its stream */
    rc = ledger_early(ex->hub->ledger, &entry, size, &err);
    if (rc == 0)
        log_debug("early.stored", "id=%s mono_us=%lld",
                  id_text(id, &entry.change.header.record),
                  (long long)clock_mono_us());
    return receiver_outcome(rc, &ex->failed);
}
