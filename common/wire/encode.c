/* common/wire/encode.c - from the message to the envelope that protobuf-c
 * packs: one kind of message, one handler.
 *
 * Counts are ours, so a wrong one is our fault (assert); what a size limit
 * refuses is told by the callers in codec.c and batch.c.
 */
#include <assert.h>
#include <string.h>

#include "common/wire/inside.h"

static void *take(struct wire_arena *arena, size_t count, size_t size)
{
    void *piece = wire_arena_take(arena, count * size);

    assert(piece);
    return piece;
}

void wire_name_write(Lienxa__StreamName *out, const struct stream_name *in)
{
    lienxa__stream_name__init(out);
    out->home = (char *)in->home;
    out->channel = (char *)in->channel;
}

static Lienxa__StreamName *name_of(struct wire_arena *arena,
                                   const struct stream_name *in)
{
    Lienxa__StreamName *out = take(arena, 1, sizeof *out);

    wire_name_write(out, in);
    return out;
}

static ProtobufCBinaryData id_of(const struct id *id)
{
    return wire_data(id->bytes, sizeof id->bytes);
}

static Lienxa__Signed *signed_of(struct wire_arena *arena,
                                 const struct signed_bytes *in)
{
    Lienxa__Signed *out = take(arena, 1, sizeof *out);

    wire_signed_write(out, in);
    return out;
}

static Lienxa__Backlog *backlog_of(struct wire_arena *arena,
                                   const struct backlog *in)
{
    Lienxa__Backlog *out = take(arena, 1, sizeof *out);

    lienxa__backlog__init(out);
    out->records = in->records;
    out->bytes = in->bytes;
    out->oldest_ms = wire_time(in->oldest_ms);
    return out;
}

static Lienxa__Claim *claim_of(struct wire_arena *arena,
                               const struct stream_claim *in)
{
    Lienxa__Claim *out = take(arena, 1, sizeof *out);
    Lienxa__Sample *samples = take(arena, in->sample_count, sizeof *samples);

    assert(in->sample_count <= LIMIT_SAMPLES);
    lienxa__claim__init(out);
    out->name = name_of(arena, &in->name);
    out->n_samples = in->sample_count;
    out->samples = take(arena, in->sample_count, sizeof *out->samples);
    for (size_t i = 0; i < in->sample_count; i++) {
        lienxa__sample__init(&samples[i]);
        samples[i].seq = in->samples[i].seq;
        samples[i].h = wire_data(&in->samples[i].h, sizeof in->samples[i].h);
        out->samples[i] = &samples[i];
    }
    return out;
}

static void write_hello(struct wire_arena *arena, Lienxa__Envelope *envelope,
                        const struct sync_message *message)
{
    const struct msg_hello *in = &message->hello;
    Lienxa__Hello *out = take(arena, 1, sizeof *out);

    assert(in->claim_count <= LIMIT_STREAMS);
    lienxa__hello__init(out);
    envelope->hello = out;
    out->minor_min = in->minor_min;
    out->minor_max = in->minor_max;
    out->unit = (char *)in->unit;
    out->certificate = in->certificate;
    out->instance = id_of(&in->instance);
    if (!id_is_zero(&in->nonce))
        out->nonce = id_of(&in->nonce);
    out->clock_ms = wire_time(in->clock_ms);
    out->software = (char *)in->software;
    out->acked = in->acked;
    out->credit_express = in->credit[LANE_EXPRESS];
    out->credit_bulk = in->credit[LANE_BULK];
    out->backlog = backlog_of(arena, &in->backlog);
    out->n_claims = in->claim_count;
    out->claims = take(arena, in->claim_count, sizeof *out->claims);
    for (size_t i = 0; i < in->claim_count; i++)
        out->claims[i] = claim_of(arena, &in->claims[i]);
    out->n_dictionaries = in->dictionary_count;
    out->dictionaries = (uint32_t *)in->dictionaries;
}

static void write_challenge(struct wire_arena *arena,
                            Lienxa__Envelope *envelope,
                            const struct sync_message *message)
{
    Lienxa__Challenge *out = take(arena, 1, sizeof *out);

    lienxa__challenge__init(out);
    envelope->challenge = out;
    out->nonce = id_of(&message->challenge.nonce);
}

static Lienxa__ChannelState *channel_of(struct wire_arena *arena,
                                        const struct channel_state *in)
{
    Lienxa__ChannelState *out = take(arena, 1, sizeof *out);

    lienxa__channel_state__init(out);
    out->name = name_of(arena, &in->name);
    out->head = in->head;
    out->resume = in->resume;
    return out;
}

static Lienxa__Welcome *welcome_of(struct wire_arena *arena,
                                   const struct msg_welcome *in)
{
    Lienxa__Welcome *out = take(arena, 1, sizeof *out);

    assert(in->channel_count <= LIMIT_STREAMS);
    lienxa__welcome__init(out);
    out->minor = in->minor;
    out->session = id_of(&in->session);
    out->instance = id_of(&in->instance);
    out->clock_ms = wire_time(in->clock_ms);
    out->credit_express = in->credit[LANE_EXPRESS];
    out->credit_bulk = in->credit[LANE_BULK];
    out->up = claim_of(arena, &in->up);
    out->n_channels = in->channel_count;
    out->channels = take(arena, in->channel_count, sizeof *out->channels);
    for (size_t i = 0; i < in->channel_count; i++)
        out->channels[i] = channel_of(arena, &in->channels[i]);
    out->vaulted = in->vaulted;
    out->n_dictionaries = in->dictionary_count;
    out->dictionaries = (uint32_t *)in->dictionaries;
    return out;
}

static void write_welcome(struct wire_arena *arena, Lienxa__Envelope *envelope,
                          const struct sync_message *message)
{
    envelope->welcome = welcome_of(arena, &message->welcome);
}

static void write_drain(struct wire_arena *arena, Lienxa__Envelope *envelope,
                        const struct sync_message *message)
{
    envelope->drain = welcome_of(arena, &message->drain);
}

static Lienxa__EarlyRef *ref_of(struct wire_arena *arena,
                                const struct early_ref *in)
{
    Lienxa__EarlyRef *out = take(arena, 1, sizeof *out);

    lienxa__early_ref__init(out);
    out->home = (char *)in->home;
    out->record = id_of(&in->record);
    out->version = in->version;
    out->digest = wire_data(&in->digest, sizeof in->digest);
    return out;
}

static Lienxa__EarlyRef **refs_of(struct wire_arena *arena, size_t count,
                                  const struct early_ref *in)
{
    Lienxa__EarlyRef **out = take(arena, count, sizeof *out);

    assert(count <= LIMIT_EARLY_LIST);
    for (size_t i = 0; i < count; i++)
        out[i] = ref_of(arena, &in[i]);
    return out;
}

static void write_early_list(struct wire_arena *arena,
                             Lienxa__Envelope *envelope,
                             const struct sync_message *message)
{
    const struct msg_early_list *in = &message->early_list;
    Lienxa__EarlyList *out = take(arena, 1, sizeof *out);

    lienxa__early_list__init(out);
    envelope->early_list = out;
    out->last = in->last;
    out->n_refs = in->count;
    out->refs = refs_of(arena, in->count, in->refs);
}

static void write_want(struct wire_arena *arena, Lienxa__Envelope *envelope,
                       const struct sync_message *message)
{
    Lienxa__Want *out = take(arena, 1, sizeof *out);

    lienxa__want__init(out);
    envelope->want = out;
    out->n_refs = message->want.count;
    out->refs = refs_of(arena, message->want.count, message->want.refs);
}

static void write_early(struct wire_arena *arena, Lienxa__Envelope *envelope,
                        const struct sync_message *message)
{
    Lienxa__Early *out = take(arena, 1, sizeof *out);

    lienxa__early__init(out);
    envelope->early = out;
    out->change = take(arena, 1, sizeof *out->change);
    wire_change_write(out->change, &message->early.change);
    out->handed_back = message->early.handed_back;
}

static void write_early_ack(struct wire_arena *arena,
                            Lienxa__Envelope *envelope,
                            const struct sync_message *message)
{
    const struct msg_early_ack *in = &message->early_ack;
    Lienxa__EarlyAck *out = take(arena, 1, sizeof *out);

    lienxa__early_ack__init(out);
    envelope->early_ack = out;
    out->ref = ref_of(arena, &in->ref);
    out->stored = in->stored;
    out->code = in->code;
    out->credit = in->credit;
}

static void write_ack(struct wire_arena *arena, Lienxa__Envelope *envelope,
                      const struct sync_message *message)
{
    Lienxa__Ack *out = take(arena, 1, sizeof *out);

    lienxa__ack__init(out);
    envelope->ack = out;
    out->name = name_of(arena, &message->ack.name);
    out->seq = message->ack.seq;
    out->credit = message->ack.credit;
}

static void write_nak(struct wire_arena *arena, Lienxa__Envelope *envelope,
                      const struct sync_message *message)
{
    const struct msg_nak *in = &message->nak;
    Lienxa__Nak *out = take(arena, 1, sizeof *out);

    lienxa__nak__init(out);
    envelope->nak = out;
    if (in->name.home[0] != '\0')
        out->name = name_of(arena, &in->name);
    out->expected = in->expected;
    out->code = in->code;
    out->wait_ms = in->wait_ms;
}

static void write_credit(struct wire_arena *arena, Lienxa__Envelope *envelope,
                         const struct sync_message *message)
{
    Lienxa__Credit *out = take(arena, 1, sizeof *out);

    lienxa__credit__init(out);
    envelope->credit = out;
    out->express = message->credit.credit[LANE_EXPRESS];
    out->bulk = message->credit.credit[LANE_BULK];
    out->handled = message->credit.handled;
}

static void write_pull(struct wire_arena *arena, Lienxa__Envelope *envelope,
                       const struct sync_message *message)
{
    Lienxa__Pull *out = take(arena, 1, sizeof *out);

    lienxa__pull__init(out);
    envelope->pull = out;
    out->name = name_of(arena, &message->pull.name);
    out->after = message->pull.after;
}

static void write_bulk_open(struct wire_arena *arena,
                            Lienxa__Envelope *envelope,
                            const struct sync_message *message)
{
    Lienxa__BulkOpen *out = take(arena, 1, sizeof *out);

    lienxa__bulk_open__init(out);
    envelope->bulk_open = out;
    out->session = id_of(&message->bulk_open.session);
}

static void write_status(struct wire_arena *arena, Lienxa__Envelope *envelope,
                         const struct sync_message *message)
{
    Lienxa__Status *out = take(arena, 1, sizeof *out);

    lienxa__status__init(out);
    envelope->status = out;
    out->head = message->status.head;
    out->backlog = backlog_of(arena, &message->status.backlog);
    out->clock_ms = wire_time(message->status.clock_ms);
}

static void write_beacon(struct wire_arena *arena, Lienxa__Envelope *envelope,
                         const struct sync_message *message)
{
    Lienxa__Beacon *out = take(arena, 1, sizeof *out);

    lienxa__beacon__init(out);
    envelope->beacon = out;
    out->beacon = signed_of(arena, &message->beacon.beacon);
}

static void write_announce(struct wire_arena *arena, Lienxa__Envelope *envelope,
                           const struct sync_message *message)
{
    Lienxa__Announce *out = take(arena, 1, sizeof *out);

    lienxa__announce__init(out);
    envelope->announce = out;
    out->name = name_of(arena, &message->announce.name);
    out->head = message->announce.head;
}

static void write_bye(struct wire_arena *arena, Lienxa__Envelope *envelope,
                      const struct sync_message *message)
{
    Lienxa__Bye *out = take(arena, 1, sizeof *out);

    lienxa__bye__init(out);
    envelope->bye = out;
    out->code = message->bye.code;
    out->text = (char *)message->bye.text;
}

static void write_enrol(struct wire_arena *arena, Lienxa__Envelope *envelope,
                        const struct sync_message *message)
{
    const struct msg_enrol *in = &message->enrol;
    Lienxa__Enrol *out = take(arena, 1, sizeof *out);

    lienxa__enrol__init(out);
    envelope->enrol = out;
    out->unit = (char *)in->unit;
    out->secret = wire_data(in->secret, sizeof in->secret);
    out->curve_public = wire_data(in->curve_public, sizeof in->curve_public);
    out->sign_public = wire_data(in->sign_public, sizeof in->sign_public);
    out->signature = wire_data(in->signature, sizeof in->signature);
    if (in->has_certificate)
        out->certificate = signed_of(arena, &in->certificate);
    out->tls_request = wire_data(in->tls_request.data, in->tls_request.size);
}

static void write_enrolled(struct wire_arena *arena, Lienxa__Envelope *envelope,
                           const struct sync_message *message)
{
    Lienxa__Enrolled *out = take(arena, 1, sizeof *out);

    lienxa__enrolled__init(out);
    envelope->enrolled = out;
    out->certificate = signed_of(arena, &message->enrolled.certificate);
    out->signing_key = signed_of(arena, &message->enrolled.signing_key);
    out->tls_certificate = wire_data(message->enrolled.tls_certificate.data,
                                     message->enrolled.tls_certificate.size);
    out->tls_authority = wire_data(message->enrolled.tls_authority.data,
                                   message->enrolled.tls_authority.size);
}

static void write_vault(struct wire_arena *arena, Lienxa__Envelope *envelope,
                        const struct sync_message *message)
{
    const struct msg_vault *in = &message->vault;
    Lienxa__Vault *out = take(arena, 1, sizeof *out);
    Lienxa__VaultItem *items = take(arena, in->count, sizeof *items);

    assert(in->count <= LIMIT_VAULT_OBJECTS);
    lienxa__vault__init(out);
    envelope->vault = out;
    out->name = name_of(arena, &in->name);
    out->after = in->after;
    out->last = in->last;
    out->n_objects = in->count;
    out->objects = take(arena, in->count, sizeof *out->objects);
    for (size_t i = 0; i < in->count; i++) {
        lienxa__vault_item__init(&items[i]);
        items[i].ref = ref_of(arena, &in->objects[i].ref);
        items[i].object =
            wire_data(in->objects[i].bytes.data, in->objects[i].bytes.size);
        out->objects[i] = &items[i];
    }
}

static void write_vault_want(struct wire_arena *arena,
                             Lienxa__Envelope *envelope,
                             const struct sync_message *message)
{
    Lienxa__VaultWant *out = take(arena, 1, sizeof *out);

    lienxa__vault_want__init(out);
    envelope->vault_want = out;
    out->n_refs = message->vault_want.count;
    out->refs =
        refs_of(arena, message->vault_want.count, message->vault_want.refs);
}

static void write_media_want(struct wire_arena *arena,
                             Lienxa__Envelope *envelope,
                             const struct sync_message *message)
{
    const struct msg_media_want *in = &message->media_want;
    Lienxa__MediaWant *out = take(arena, 1, sizeof *out);

    lienxa__media_want__init(out);
    envelope->media_want = out;
    out->name = wire_data(&in->name, sizeof in->name);
    out->first = in->first;
    out->count = in->count;
}

static void write_media(struct wire_arena *arena, Lienxa__Envelope *envelope,
                        const struct sync_message *message)
{
    const struct msg_media *in = &message->media;
    Lienxa__Media *out = take(arena, 1, sizeof *out);

    assert(in->data.size <= LIMIT_MEDIA_PIECE);
    lienxa__media__init(out);
    envelope->media = out;
    out->name = wire_data(&in->name, sizeof in->name);
    out->piece = in->piece;
    out->code = in->code;
    out->data = wire_data(in->data.data, in->data.size);
}

static void write_media_lacks(struct wire_arena *arena,
                              Lienxa__Envelope *envelope,
                              const struct sync_message *message)
{
    const struct msg_media_lacks *in = &message->media_lacks;
    Lienxa__MediaLacks *out = take(arena, 1, sizeof *out);
    Lienxa__MediaLack *items = take(arena, in->count, sizeof *items);

    assert(in->count <= LIMIT_MEDIA_LACKS);
    lienxa__media_lacks__init(out);
    envelope->media_lacks = out;
    out->held = in->held;
    if (!in->from_first)
        out->after = wire_data(&in->after, sizeof in->after);
    if (!in->to_last)
        out->last = wire_data(&in->last, sizeof in->last);
    out->n_items = in->count;
    out->items = take(arena, in->count, sizeof(Lienxa__MediaLack *));
    for (size_t i = 0; i < in->count; i++) {
        lienxa__media_lack__init(&items[i]);
        items[i].name = wire_data(&in->items[i].name, sizeof in->items[i].name);
        items[i].next = in->items[i].next;
        out->items[i] = &items[i];
    }
}

static void write_media_carried(struct wire_arena *arena,
                                Lienxa__Envelope *envelope,
                                const struct sync_message *message)
{
    const struct msg_media_carried *in = &message->media_carried;
    Lienxa__MediaCarried *out = take(arena, 1, sizeof *out);

    assert(in->data.size <= LIMIT_MEDIA_PIECE);
    lienxa__media_carried__init(out);
    envelope->media_carried = out;
    out->name = wire_data(&in->name, sizeof in->name);
    out->piece = in->piece;
    out->data = wire_data(in->data.data, in->data.size);
}

static void write_refused(struct wire_arena *arena, Lienxa__Envelope *envelope,
                          const struct sync_message *message)
{
    (void)message;
    envelope->refused = take(arena, 1, sizeof *envelope->refused);
    lienxa__refused__init(envelope->refused);
}

static void write_refusals(struct wire_arena *arena, Lienxa__Envelope *envelope,
                           const struct sync_message *message)
{
    const struct msg_refusals *in = &message->refusals;
    Lienxa__Refusals *out = take(arena, 1, sizeof *out);
    Lienxa__Refusal *items = take(arena, in->count, sizeof *items);

    assert(in->count <= LIMIT_REFUSALS);
    lienxa__refusals__init(out);
    envelope->refusals = out;
    out->total = in->total;
    out->n_items = in->count;
    out->items = take(arena, in->count, sizeof *out->items);
    for (size_t i = 0; i < in->count; i++) {
        lienxa__refusal__init(&items[i]);
        items[i].ref = ref_of(arena, &in->items[i].ref);
        items[i].kind = in->items[i].kind;
        items[i].since_ms = wire_time(in->items[i].since_ms);
        items[i].reason = (char *)in->items[i].reason;
        out->items[i] = &items[i];
    }
}

static void write_drained(struct wire_arena *arena, Lienxa__Envelope *envelope,
                          const struct sync_message *message)
{
    Lienxa__Drained *out = take(arena, 1, sizeof *out);

    lienxa__drained__init(out);
    envelope->drained = out;
    out->head = message->drained.head;
}

static void write_rotate(struct wire_arena *arena, Lienxa__Envelope *envelope,
                         const struct sync_message *message)
{
    const struct msg_rotate *in = &message->rotate;
    Lienxa__Rotate *out = take(arena, 1, sizeof *out);

    lienxa__rotate__init(out);
    envelope->rotate = out;
    if (in->body.size == 0)
        return;
    out->body = wire_data(in->body.data, in->body.size);
    out->old_signature = wire_data(in->old_signature, sizeof in->old_signature);
    out->new_signature = wire_data(in->new_signature, sizeof in->new_signature);
}

static void write_rotated(struct wire_arena *arena, Lienxa__Envelope *envelope,
                          const struct sync_message *message)
{
    const struct msg_rotated *in = &message->rotated;
    Lienxa__Rotated *out = take(arena, 1, sizeof *out);

    lienxa__rotated__init(out);
    envelope->rotated = out;
    if (in->certified)
        out->certificate = signed_of(arena, &in->certificate);
    out->text = (char *)in->text;
}

/* By message type; BATCH is not here, it can fail. */
static void (*const writers[])(struct wire_arena *, Lienxa__Envelope *,
                               const struct sync_message *) = {
    [MSG_HELLO] = write_hello,
    [MSG_CHALLENGE] = write_challenge,
    [MSG_WELCOME] = write_welcome,
    [MSG_EARLY_LIST] = write_early_list,
    [MSG_WANT] = write_want,
    [MSG_EARLY] = write_early,
    [MSG_EARLY_ACK] = write_early_ack,
    [MSG_ACK] = write_ack,
    [MSG_NAK] = write_nak,
    [MSG_CREDIT] = write_credit,
    [MSG_PULL] = write_pull,
    [MSG_BULK_OPEN] = write_bulk_open,
    [MSG_STATUS] = write_status,
    [MSG_BEACON] = write_beacon,
    [MSG_ANNOUNCE] = write_announce,
    [MSG_BYE] = write_bye,
    [MSG_ENROL] = write_enrol,
    [MSG_ENROLLED] = write_enrolled,
    [MSG_REFUSED] = write_refused,
    [MSG_VAULT] = write_vault,
    [MSG_VAULT_WANT] = write_vault_want,
    [MSG_REFUSALS] = write_refusals,
    [MSG_MEDIA_WANT] = write_media_want,
    [MSG_MEDIA] = write_media,
    [MSG_MEDIA_LACKS] = write_media_lacks,
    [MSG_MEDIA_CARRIED] = write_media_carried,
    [MSG_DRAIN] = write_drain,
    [MSG_DRAINED] = write_drained,
    [MSG_ROTATE] = write_rotate,
    [MSG_ROTATED] = write_rotated,
};

static int write_batch(struct wire_codec *codec, Lienxa__Envelope *envelope,
                       const struct msg_batch *in, struct error *err)
{
    struct wire_arena *arena = &codec->encoding;
    Lienxa__Batch *out = take(arena, 1, sizeof *out);

    lienxa__batch__init(out);
    envelope->batch = out;
    out->name = name_of(arena, &in->name);
    out->first = in->first;
    out->head = signed_of(arena, &in->head);
    return wire_batch_write(codec, out, in, err);
}

int wire_content_write(struct wire_codec *codec, Lienxa__Envelope *out,
                       const struct sync_message *in, struct error *err)
{
    out->content_case = (Lienxa__Envelope__ContentCase)in->type;
    if (in->type == MSG_BATCH)
        return write_batch(codec, out, &in->batch, err);
    assert(in->type < sizeof writers / sizeof *writers && writers[in->type]);
    writers[in->type](&codec->encoding, out, in);
    return 0;
}
