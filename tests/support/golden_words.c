/* tests/support/golden_words.c - what a decoded message says, field by field.
 */
#include <string.h>

#include "common/wire/codec.h"
#include "tests/support/golden.h"

static void say_id(struct buf *text, const char *name, const struct id *id)
{
    golden_say_hex(text, name, id->bytes, sizeof id->bytes);
}

static void say_stream(struct buf *text, const struct stream_name *name)
{
    golden_say(text, "stream", "%s %s", name->home, name->channel);
}

static void say_claim(struct buf *text, const struct stream_claim *claim)
{
    say_stream(text, &claim->name);
    for (size_t i = 0; i < claim->sample_count; i++) {
        golden_say_number(text, "position", claim->samples[i].seq);
        golden_say_hex(text, "h", claim->samples[i].h.bytes, 32);
    }
}

static void say_ref(struct buf *text, const struct early_ref *ref)
{
    char id[ID_TEXT_BYTES];

    golden_say(text, "ref", "%s %s version %llu", ref->home,
               id_text(id, &ref->record), (unsigned long long)ref->version);
    golden_say_hex(text, "digest", ref->digest.bytes, sizeof ref->digest.bytes);
}

static void say_refs(struct buf *text, const struct early_ref *refs,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        say_ref(text, &refs[i]);
}

static void say_backlog(struct buf *text, const struct backlog *backlog)
{
    golden_say(text, "backlog", "%llu changes %llu bytes since %lld",
               (unsigned long long)backlog->records,
               (unsigned long long)backlog->bytes,
               (long long)backlog->oldest_ms);
}

static void say_credit(struct buf *text, const uint64_t credit[LANE_COUNT])
{
    golden_say(text, "credit", "express %llu bulk %llu",
               (unsigned long long)credit[LANE_EXPRESS],
               (unsigned long long)credit[LANE_BULK]);
}

static void say_dictionaries(struct buf *text, const uint32_t *ids,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        golden_say_number(text, "dictionary", ids[i]);
}

static void say_hello(struct buf *text, const struct msg_hello *m)
{
    golden_say(text, "minor", "%u to %u", m->minor_min, m->minor_max);
    golden_say(text, "unit", "%s", m->unit);
    golden_say_number(text, "certificate", m->certificate);
    say_id(text, "instance", &m->instance);
    say_id(text, "nonce", &m->nonce);
    golden_say_number(text, "clock", (uint64_t)m->clock_ms);
    golden_say(text, "software", "%s", m->software);
    golden_say_number(text, "acked", m->acked);
    say_credit(text, m->credit);
    say_backlog(text, &m->backlog);
    for (size_t i = 0; i < m->claim_count; i++)
        say_claim(text, &m->claims[i]);
    say_dictionaries(text, m->dictionaries, m->dictionary_count);
}

static void say_welcome(struct buf *text, const struct msg_welcome *m)
{
    golden_say_number(text, "minor", m->minor);
    say_id(text, "session", &m->session);
    say_id(text, "instance", &m->instance);
    golden_say_number(text, "clock", (uint64_t)m->clock_ms);
    say_credit(text, m->credit);
    say_claim(text, &m->up);
    for (size_t i = 0; i < m->channel_count; i++) {
        say_stream(text, &m->channels[i].name);
        golden_say_number(text, "head", m->channels[i].head);
        golden_say_number(text, "resume", m->channels[i].resume);
    }
    if (m->vaulted != 0)
        golden_say_number(text, "vaulted", m->vaulted);
    say_dictionaries(text, m->dictionaries, m->dictionary_count);
}

static void say_early_ack(struct buf *text, const struct msg_early_ack *m)
{
    say_ref(text, &m->ref);
    golden_say(text, "stored", "%d code %u", m->stored, m->code);
    golden_say_number(text, "credit", m->credit);
}

static void say_batch(struct buf *text, const struct msg_batch *m)
{
    say_stream(text, &m->name);
    golden_say_number(text, "first", m->first);
    for (size_t i = 0; i < m->count; i++)
        golden_say_change(text, &m->changes[i]);
    if (m->head.body.size > 0) {
        golden_say_signed(text, "head", &m->head, HEAD_SIGN_DOMAIN);
        return;
    }
    golden_say_number(text, "short head: clock",
                      (uint64_t)m->shortened.clock_ms);
    golden_say_hex(text, "h begins", m->shortened.check,
                   sizeof m->shortened.check);
    golden_say_signed(text, "head", &m->head, NULL);
}

static void say_nak(struct buf *text, const struct msg_nak *m)
{
    say_stream(text, &m->name);
    golden_say_number(text, "expected", m->expected);
    golden_say(text, "code", "%u wait %u ms", m->code, m->wait_ms);
}

/* Of 1.2, told when it is there. */
static void say_tls(struct buf *text, const char *what, struct bytes bytes)
{
    if (bytes.size > 0)
        golden_say_hex(text, what, bytes.data, bytes.size);
}

static void say_enrol(struct buf *text, const struct msg_enrol *m)
{
    golden_say(text, "unit", "%s", m->unit);
    golden_say_hex(text, "secret", m->secret, sizeof m->secret);
    golden_say_hex(text, "curve", m->curve_public, sizeof m->curve_public);
    golden_say_hex(text, "sign", m->sign_public, sizeof m->sign_public);
    if (m->has_certificate)
        golden_say_signed(text, "certificate", &m->certificate,
                          CERTIFICATE_SIGN_DOMAIN);
    golden_say_hex(text, "signature", m->signature, sizeof m->signature);
    say_tls(text, "tls request", m->tls_request);
}

/* ---- from 1.1 and 1.2 */

static void say_rotate(struct buf *text, const struct msg_rotate *m)
{
    struct signed_bytes s = {.body = m->body};

    if (m->body.size == 0)
        return;
    memcpy(s.signature, m->old_signature, sizeof s.signature);
    golden_say_signed(text, "rotation, by the old key", &s, ROTATE_SIGN_DOMAIN);
    golden_say_hex(text, "by the new key", m->new_signature,
                   sizeof m->new_signature);
}

static void say_rotated(struct buf *text, const struct msg_rotated *m)
{
    if (m->certified)
        golden_say_signed(text, "certificate", &m->certificate,
                          CERTIFICATE_SIGN_DOMAIN);
    else
        golden_say(text, "no", "%s", m->text);
}

static void say_vault(struct buf *text, const struct msg_vault *m)
{
    golden_say(text, "stream", "%s %s", m->name.home, m->name.channel);
    golden_say(text, "after", "%llu to %llu", (unsigned long long)m->after,
               (unsigned long long)m->last);
    for (size_t i = 0; i < m->count; i++) {
        say_ref(text, &m->objects[i].ref);
        golden_say_hex(text, "object", m->objects[i].bytes.data,
                       m->objects[i].bytes.size);
    }
}

static void say_refusals(struct buf *text, const struct msg_refusals *m)
{
    golden_say_number(text, "total", m->total);
    for (size_t i = 0; i < m->count; i++) {
        say_ref(text, &m->items[i].ref);
        golden_say(text, "kind", "%u since %lld: %s", m->items[i].kind,
                   (long long)m->items[i].since_ms, m->items[i].reason);
    }
}

static void say_lacks(struct buf *text, const struct msg_media_lacks *m)
{
    golden_say_number(text, "held", m->held);
    if (!m->from_first)
        golden_say_hex(text, "after", &m->after, 32);
    if (!m->to_last)
        golden_say_hex(text, "last", &m->last, 32);
    for (size_t i = 0; i < m->count; i++) {
        golden_say_hex(text, "file", &m->items[i].name, 32);
        golden_say_number(text, "next", m->items[i].next);
    }
}

/* False: not one of these. */
static bool say_later(struct buf *text, const struct sync_message *m)
{
    switch ((int)m->type) {
    case MSG_DRAIN:
        say_welcome(text, &m->drain);
        return true;
    case MSG_DRAINED:
        golden_say_number(text, "head", m->drained.head);
        return true;
    case MSG_ROTATE:
        say_rotate(text, &m->rotate);
        return true;
    case MSG_ROTATED:
        say_rotated(text, &m->rotated);
        return true;
    case MSG_VAULT:
        say_vault(text, &m->vault);
        return true;
    case MSG_VAULT_WANT:
        say_refs(text, m->vault_want.refs, m->vault_want.count);
        return true;
    case MSG_REFUSALS:
        say_refusals(text, &m->refusals);
        return true;
    case MSG_MEDIA_WANT:
        golden_say_hex(text, "file", &m->media_want.name, 32);
        golden_say_number(text, "first", m->media_want.first);
        golden_say_number(text, "count", m->media_want.count);
        return true;
    case MSG_MEDIA:
        golden_say_hex(text, "file", &m->media.name, 32);
        golden_say_number(text, "piece", m->media.piece);
        golden_say_number(text, "code", m->media.code);
        golden_say_hex(text, "data", m->media.data.data, m->media.data.size);
        return true;
    case MSG_MEDIA_LACKS:
        say_lacks(text, &m->media_lacks);
        return true;
    case MSG_MEDIA_CARRIED:
        golden_say_hex(text, "file", &m->media_carried.name, 32);
        golden_say_number(text, "piece", m->media_carried.piece);
        golden_say_hex(text, "data", m->media_carried.data.data,
                       m->media_carried.data.size);
        return true;
    }
    return false;
}

static void say_named(struct buf *text, const struct stream_name *name,
                      const char *what, uint64_t value)
{
    say_stream(text, name);
    golden_say_number(text, what, value);
}

void golden_say_message(struct buf *text, const struct sync_message *m)
{
    if (say_later(text, m))
        return;
    switch (m->type) {
    case MSG_HELLO:
        say_hello(text, &m->hello);
        break;
    case MSG_CHALLENGE:
        say_id(text, "nonce", &m->challenge.nonce);
        break;
    case MSG_WELCOME:
        say_welcome(text, &m->welcome);
        break;
    case MSG_EARLY_LIST:
        golden_say_number(text, "last", m->early_list.last);
        say_refs(text, m->early_list.refs, m->early_list.count);
        break;
    case MSG_WANT:
        say_refs(text, m->want.refs, m->want.count);
        break;
    case MSG_EARLY:
        golden_say_number(text, "handed back", m->early.handed_back);
        golden_say_change(text, &m->early.change);
        break;
    case MSG_EARLY_ACK:
        say_early_ack(text, &m->early_ack);
        break;
    case MSG_BATCH:
        say_batch(text, &m->batch);
        break;
    case MSG_ACK:
        say_named(text, &m->ack.name, "seq", m->ack.seq);
        golden_say_number(text, "credit", m->ack.credit);
        break;
    case MSG_NAK:
        say_nak(text, &m->nak);
        break;
    case MSG_CREDIT:
        say_credit(text, m->credit.credit);
        break;
    case MSG_PULL:
        say_named(text, &m->pull.name, "after", m->pull.after);
        break;
    case MSG_BULK_OPEN:
        say_id(text, "session", &m->bulk_open.session);
        break;
    case MSG_STATUS:
        golden_say_number(text, "head", m->status.head);
        say_backlog(text, &m->status.backlog);
        golden_say_number(text, "clock", (uint64_t)m->status.clock_ms);
        break;
    case MSG_BEACON:
        golden_say_signed(text, "beacon", &m->beacon.beacon,
                          BEACON_SIGN_DOMAIN);
        break;
    case MSG_ANNOUNCE:
        say_named(text, &m->announce.name, "head", m->announce.head);
        break;
    case MSG_BYE:
        golden_say(text, "code", "%u %s", m->bye.code, m->bye.text);
        break;
    case MSG_ENROL:
        say_enrol(text, &m->enrol);
        break;
    case MSG_ENROLLED:
        golden_say_signed(text, "certificate", &m->enrolled.certificate,
                          CERTIFICATE_SIGN_DOMAIN);
        golden_say_signed(text, "signing key", &m->enrolled.signing_key,
                          SIGNING_KEY_SIGN_DOMAIN);
        say_tls(text, "tls certificate", m->enrolled.tls_certificate);
        say_tls(text, "tls authority", m->enrolled.tls_authority);
        break;
    default: /* REFUSED says nothing */
        break;
    }
}
