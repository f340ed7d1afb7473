/* common/wire/decode.c - from the unpacked envelope to the message: one kind
 * of message, one handler.
 */
#include <assert.h>

#include "common/wire/inside.h"

static bool is_present(struct wire_reader *r, const void *member,
                       const char *what)
{
    if (!member)
        wire_read_fail(r, ERR_INVALID, "%s: missing", what);
    return r->rc == 0;
}

void wire_name_read(struct wire_reader *r, struct stream_name *out,
                    const Lienxa__StreamName *in)
{
    if (!is_present(r, in, "stream name"))
        return;
    wire_read_text(r, out->home, sizeof out->home, in->home, "stream home");
    wire_read_text(r, out->channel, sizeof out->channel, in->channel,
                   "stream channel");
    if (out->home[0] == '\0' || out->channel[0] == '\0')
        wire_read_fail(r, ERR_INVALID, "stream name: a part is empty");
}

static void read_claim(struct wire_reader *r, struct stream_claim *out,
                       const Lienxa__Claim *in)
{
    if (!is_present(r, in, "claim") ||
        !wire_read_count(r, in->n_samples, LIMIT_SAMPLES, "claim samples"))
        return;
    wire_name_read(r, &out->name, in->name);
    out->sample_count = in->n_samples;
    if (in->n_samples == 0)
        wire_read_fail(r, ERR_INVALID, "claim samples: none");
    for (size_t i = 0; i < in->n_samples && r->rc == 0; i++) {
        struct stream_position *at = &out->samples[i];

        at->seq = wire_read_number(r, in->samples[i]->seq, "sample seq");
        wire_read_fixed(r, &at->h, sizeof at->h, in->samples[i]->h, "sample h");
    }
}

static struct backlog read_backlog(struct wire_reader *r,
                                   const Lienxa__Backlog *in)
{
    if (!in)
        return (struct backlog){0};
    return (struct backlog){
        .records = wire_read_number(r, in->records, "backlog records"),
        .bytes = wire_read_number(r, in->bytes, "backlog bytes"),
        .oldest_ms = wire_read_time(r, in->oldest_ms, "backlog oldest"),
    };
}

static const struct stream_claim *
read_claims(struct wire_reader *r, size_t count, Lienxa__Claim *const *in)
{
    struct stream_claim *claims;

    if (!wire_read_count(r, count, LIMIT_STREAMS, "hello claims"))
        return NULL;
    claims = wire_read_array(r, count, sizeof *claims);
    for (size_t i = 0; i < count && r->rc == 0; i++)
        read_claim(r, &claims[i], in[i]);
    return claims;
}

static size_t read_dictionaries(struct wire_reader *r,
                                uint32_t out[LIMIT_DICTIONARIES], size_t count,
                                const uint32_t *in)
{
    if (!wire_read_count(r, count, LIMIT_DICTIONARIES, "dictionaries"))
        return 0;
    for (size_t i = 0; i < count; i++)
        out[i] = in[i];
    return count;
}

static void read_hello(struct wire_reader *r, struct sync_message *message,
                       const Lienxa__Envelope *envelope)
{
    const Lienxa__Hello *in = envelope->hello;
    struct msg_hello *out = &message->hello;

    out->minor_min = in->minor_min;
    out->minor_max = in->minor_max;
    wire_read_text(r, out->unit, sizeof out->unit, in->unit, "hello unit");
    out->certificate =
        wire_read_number(r, in->certificate, "hello certificate");
    wire_read_fixed(r, &out->instance, sizeof out->instance, in->instance,
                    "hello instance");
    if (in->nonce.len > 0)
        wire_read_fixed(r, &out->nonce, sizeof out->nonce, in->nonce,
                        "hello nonce");
    out->clock_ms = wire_read_time(r, in->clock_ms, "hello clock");
    wire_read_text(r, out->software, sizeof out->software, in->software,
                   "hello software");
    out->acked = wire_read_number(r, in->acked, "hello acked");
    out->credit[LANE_EXPRESS] =
        wire_read_number(r, in->credit_express, "hello credit");
    out->credit[LANE_BULK] =
        wire_read_number(r, in->credit_bulk, "hello credit");
    out->backlog = read_backlog(r, in->backlog);
    out->claims = read_claims(r, in->n_claims, in->claims);
    out->claim_count = in->n_claims;
    out->dictionary_count = read_dictionaries(
        r, out->dictionaries, in->n_dictionaries, in->dictionaries);
}

static void read_challenge(struct wire_reader *r, struct sync_message *message,
                           const Lienxa__Envelope *envelope)
{
    wire_read_fixed(r, &message->challenge.nonce, sizeof(struct id),
                    envelope->challenge->nonce, "challenge nonce");
}

static void read_channels(struct wire_reader *r, struct msg_welcome *out,
                          const Lienxa__Welcome *in)
{
    if (!wire_read_count(r, in->n_channels, LIMIT_STREAMS, "welcome channels"))
        return;
    out->channel_count = in->n_channels;
    for (size_t i = 0; i < in->n_channels && r->rc == 0; i++) {
        struct channel_state *channel = &out->channels[i];

        wire_name_read(r, &channel->name, in->channels[i]->name);
        channel->head =
            wire_read_number(r, in->channels[i]->head, "channel head");
        channel->resume =
            wire_read_number(r, in->channels[i]->resume, "channel resume");
    }
}

static void welcome_of(struct wire_reader *r, struct msg_welcome *out,
                       const Lienxa__Welcome *in)
{
    out->minor = in->minor;
    wire_read_fixed(r, &out->session, sizeof out->session, in->session,
                    "welcome session");
    wire_read_fixed(r, &out->instance, sizeof out->instance, in->instance,
                    "welcome instance");
    out->clock_ms = wire_read_time(r, in->clock_ms, "welcome clock");
    out->credit[LANE_EXPRESS] =
        wire_read_number(r, in->credit_express, "welcome credit");
    out->credit[LANE_BULK] =
        wire_read_number(r, in->credit_bulk, "welcome credit");
    read_claim(r, &out->up, in->up);
    read_channels(r, out, in);
    out->vaulted = wire_read_number(r, in->vaulted, "welcome vaulted");
    out->dictionary_count = read_dictionaries(
        r, out->dictionaries, in->n_dictionaries, in->dictionaries);
}

static void read_welcome(struct wire_reader *r, struct sync_message *message,
                         const Lienxa__Envelope *envelope)
{
    welcome_of(r, &message->welcome, envelope->welcome);
}

static void read_drain(struct wire_reader *r, struct sync_message *message,
                       const Lienxa__Envelope *envelope)
{
    welcome_of(r, &message->drain, envelope->drain);
}

static void read_ref(struct wire_reader *r, struct early_ref *out,
                     const Lienxa__EarlyRef *in)
{
    if (!is_present(r, in, "reference"))
        return;
    wire_read_text(r, out->home, sizeof out->home, in->home, "reference home");
    wire_read_fixed(r, &out->record, sizeof out->record, in->record,
                    "reference record");
    out->version = wire_read_number(r, in->version, "reference version");
    wire_read_fixed(r, &out->digest, sizeof out->digest, in->digest,
                    "reference digest");
}

static const struct early_ref *read_refs(struct wire_reader *r, size_t count,
                                         Lienxa__EarlyRef *const *in)
{
    struct early_ref *refs;

    if (!wire_read_count(r, count, LIMIT_EARLY_LIST, "references"))
        return NULL;
    refs = wire_read_array(r, count, sizeof *refs);
    for (size_t i = 0; i < count && r->rc == 0; i++)
        read_ref(r, &refs[i], in[i]);
    return refs;
}

static void read_early_list(struct wire_reader *r, struct sync_message *message,
                            const Lienxa__Envelope *envelope)
{
    const Lienxa__EarlyList *in = envelope->early_list;
    struct msg_early_list *out = &message->early_list;

    out->last = in->last != 0;
    out->count = in->n_refs;
    out->refs = read_refs(r, in->n_refs, in->refs);
}

static void read_want(struct wire_reader *r, struct sync_message *message,
                      const Lienxa__Envelope *envelope)
{
    const Lienxa__Want *in = envelope->want;

    message->want.count = in->n_refs;
    message->want.refs = read_refs(r, in->n_refs, in->refs);
}

static void read_early(struct wire_reader *r, struct sync_message *message,
                       const Lienxa__Envelope *envelope)
{
    message->early.handed_back = envelope->early->handed_back != 0;
    wire_change_read(r, &message->early.change, envelope->early->change);
}

static void read_early_ack(struct wire_reader *r, struct sync_message *message,
                           const Lienxa__Envelope *envelope)
{
    const Lienxa__EarlyAck *in = envelope->early_ack;
    struct msg_early_ack *out = &message->early_ack;

    read_ref(r, &out->ref, in->ref);
    out->stored = in->stored != 0;
    out->code = in->code;
    out->credit = wire_read_number(r, in->credit, "early ack credit");
}

static void read_ack(struct wire_reader *r, struct sync_message *message,
                     const Lienxa__Envelope *envelope)
{
    const Lienxa__Ack *in = envelope->ack;

    wire_name_read(r, &message->ack.name, in->name);
    message->ack.seq = wire_read_number(r, in->seq, "ack seq");
    message->ack.credit = wire_read_number(r, in->credit, "ack credit");
}

/* Without a name it answers something that named no stream. */
static void read_nak(struct wire_reader *r, struct sync_message *message,
                     const Lienxa__Envelope *envelope)
{
    const Lienxa__Nak *in = envelope->nak;

    if (in->name)
        wire_name_read(r, &message->nak.name, in->name);
    message->nak.expected = wire_read_number(r, in->expected, "nak expected");
    message->nak.code = in->code;
    message->nak.wait_ms = in->wait_ms;
}

static void read_credit(struct wire_reader *r, struct sync_message *message,
                        const Lienxa__Envelope *envelope)
{
    const Lienxa__Credit *in = envelope->credit;
    uint64_t *credit = message->credit.credit;

    credit[LANE_EXPRESS] = wire_read_number(r, in->express, "express credit");
    credit[LANE_BULK] = wire_read_number(r, in->bulk, "bulk credit");
    message->credit.handled =
        wire_read_number(r, in->handled, "credit, handled");
}

static void read_pull(struct wire_reader *r, struct sync_message *message,
                      const Lienxa__Envelope *envelope)
{
    wire_name_read(r, &message->pull.name, envelope->pull->name);
    message->pull.after =
        wire_read_number(r, envelope->pull->after, "pull after");
}

static void read_bulk_open(struct wire_reader *r, struct sync_message *message,
                           const Lienxa__Envelope *envelope)
{
    wire_read_fixed(r, &message->bulk_open.session, sizeof(struct id),
                    envelope->bulk_open->session, "bulk session");
}

static void read_status(struct wire_reader *r, struct sync_message *message,
                        const Lienxa__Envelope *envelope)
{
    const Lienxa__Status *in = envelope->status;
    struct msg_status *out = &message->status;

    out->head = wire_read_number(r, in->head, "status head");
    out->backlog = read_backlog(r, in->backlog);
    out->clock_ms = wire_read_time(r, in->clock_ms, "status clock");
}

static void read_beacon(struct wire_reader *r, struct sync_message *message,
                        const Lienxa__Envelope *envelope)
{
    wire_signed_read(r, &message->beacon.beacon, envelope->beacon->beacon,
                     SIGNED_BODY_LIMIT);
}

static void read_announce(struct wire_reader *r, struct sync_message *message,
                          const Lienxa__Envelope *envelope)
{
    wire_name_read(r, &message->announce.name, envelope->announce->name);
    message->announce.head =
        wire_read_number(r, envelope->announce->head, "announce head");
}

static void read_bye(struct wire_reader *r, struct sync_message *message,
                     const Lienxa__Envelope *envelope)
{
    message->bye.code = envelope->bye->code;
    wire_read_text(r, message->bye.text, sizeof message->bye.text,
                   envelope->bye->text, "bye text");
}

static void read_enrol(struct wire_reader *r, struct sync_message *message,
                       const Lienxa__Envelope *envelope)
{
    const Lienxa__Enrol *in = envelope->enrol;
    struct msg_enrol *out = &message->enrol;

    wire_read_text(r, out->unit, sizeof out->unit, in->unit, "enrol unit");
    wire_read_fixed(r, out->secret, sizeof out->secret, in->secret,
                    "enrol secret");
    wire_read_fixed(r, out->curve_public, sizeof out->curve_public,
                    in->curve_public, "enrol CURVE key");
    wire_read_fixed(r, out->sign_public, sizeof out->sign_public,
                    in->sign_public, "enrol signing key");
    wire_read_fixed(r, out->signature, sizeof out->signature, in->signature,
                    "enrol signature");
    out->has_certificate = in->certificate != NULL;
    if (out->has_certificate)
        wire_signed_read(r, &out->certificate, in->certificate,
                         SIGNED_BODY_LIMIT);
    out->tls_request = wire_read_bytes(r, in->tls_request, LIMIT_TLS_REQUEST,
                                       "enrol TLS request");
}

static void read_enrolled(struct wire_reader *r, struct sync_message *message,
                          const Lienxa__Envelope *envelope)
{
    const Lienxa__Enrolled *in = envelope->enrolled;

    wire_signed_read(r, &message->enrolled.certificate, in->certificate,
                     SIGNED_BODY_LIMIT);
    wire_signed_read(r, &message->enrolled.signing_key, in->signing_key,
                     SIGNED_BODY_LIMIT);
    message->enrolled.tls_certificate =
        wire_read_bytes(r, in->tls_certificate, LIMIT_TLS_CERTIFICATE,
                        "enrolled TLS certificate");
    message->enrolled.tls_authority = wire_read_bytes(
        r, in->tls_authority, LIMIT_TLS_AUTHORITY, "enrolled TLS authority");
}

static void read_object(struct wire_reader *r, struct vault_object *out,
                        const Lienxa__VaultItem *in)
{
    read_ref(r, &out->ref, in->ref);
    out->bytes = wire_bytes(in->object);
    if (out->bytes.size == 0 || out->bytes.size > LIMIT_VAULT_OBJECT)
        wire_read_fail(r, ERR_INVALID, "vault object: %zu bytes, 1 to %d",
                       out->bytes.size, LIMIT_VAULT_OBJECT);
}

static void read_vault(struct wire_reader *r, struct sync_message *message,
                       const Lienxa__Envelope *envelope)
{
    const Lienxa__Vault *in = envelope->vault;
    struct msg_vault *out = &message->vault;
    struct vault_object *objects;

    wire_name_read(r, &out->name, in->name);
    out->after = wire_read_number(r, in->after, "vault after");
    out->last = wire_read_number(r, in->last, "vault last");
    if (!wire_read_count(r, in->n_objects, LIMIT_VAULT_OBJECTS,
                         "vault objects"))
        return;
    objects = wire_read_array(r, in->n_objects, sizeof *objects);
    for (size_t i = 0; i < in->n_objects && r->rc == 0; i++)
        read_object(r, &objects[i], in->objects[i]);
    out->count = in->n_objects;
    out->objects = objects;
}

static void read_vault_want(struct wire_reader *r, struct sync_message *message,
                            const Lienxa__Envelope *envelope)
{
    const Lienxa__VaultWant *in = envelope->vault_want;

    message->vault_want.count = in->n_refs;
    message->vault_want.refs = read_refs(r, in->n_refs, in->refs);
}

static void read_media_want(struct wire_reader *r, struct sync_message *message,
                            const Lienxa__Envelope *envelope)
{
    const Lienxa__MediaWant *in = envelope->media_want;
    struct msg_media_want *out = &message->media_want;

    wire_read_fixed(r, &out->name, sizeof out->name, in->name, "media name");
    out->first = in->first;
    out->count = in->count;
    if (in->count == 0 || in->count > LIMIT_MEDIA_WANT)
        wire_read_fail(r, ERR_INVALID, "media want: %u pieces, 1 to %d",
                       in->count, LIMIT_MEDIA_WANT);
    if (in->first > LIMIT_MEDIA)
        wire_read_fail(r, ERR_INVALID, "media want: piece %u", in->first);
}

static void read_media(struct wire_reader *r, struct sync_message *message,
                       const Lienxa__Envelope *envelope)
{
    const Lienxa__Media *in = envelope->media;
    struct msg_media *out = &message->media;

    wire_read_fixed(r, &out->name, sizeof out->name, in->name, "media name");
    out->piece = in->piece;
    out->code = in->code;
    out->data = wire_read_bytes(r, in->data, LIMIT_MEDIA_PIECE, "media piece");
}

static bool read_end(struct wire_reader *r, struct hash *out,
                     ProtobufCBinaryData in)
{
    if (in.len == 0)
        return true;
    wire_read_fixed(r, out, sizeof *out, in, "media name");
    return false;
}

static void read_media_lacks(struct wire_reader *r,
                             struct sync_message *message,
                             const Lienxa__Envelope *envelope)
{
    const Lienxa__MediaLacks *in = envelope->media_lacks;
    struct msg_media_lacks *out = &message->media_lacks;
    struct media_lack *items;

    out->held = wire_read_number(r, in->held, "media held");
    out->from_first = read_end(r, &out->after, in->after);
    out->to_last = read_end(r, &out->last, in->last);
    if (!wire_read_count(r, in->n_items, LIMIT_MEDIA_LACKS, "media lacks"))
        return;
    items = wire_read_array(r, in->n_items, sizeof *items);
    for (size_t i = 0; i < in->n_items && r->rc == 0; i++) {
        wire_read_fixed(r, &items[i].name, sizeof items[i].name,
                        in->items[i]->name, "media name");
        items[i].next = in->items[i]->next;
        if (items[i].next > LIMIT_MEDIA)
            wire_read_fail(r, ERR_INVALID, "media lacks: piece %u",
                           items[i].next);
    }
    out->items = items;
    out->count = in->n_items;
}

static void read_media_carried(struct wire_reader *r,
                               struct sync_message *message,
                               const Lienxa__Envelope *envelope)
{
    const Lienxa__MediaCarried *in = envelope->media_carried;
    struct msg_media_carried *out = &message->media_carried;

    wire_read_fixed(r, &out->name, sizeof out->name, in->name, "media name");
    out->piece = in->piece;
    out->data = wire_read_bytes(r, in->data, LIMIT_MEDIA_PIECE, "media piece");
}

static void read_refusals(struct wire_reader *r, struct sync_message *message,
                          const Lienxa__Envelope *envelope)
{
    const Lienxa__Refusals *in = envelope->refusals;
    struct msg_refusals *out = &message->refusals;
    struct refusal *items;

    out->total = wire_read_number(r, in->total, "refusals total");
    if (!wire_read_count(r, in->n_items, LIMIT_REFUSALS, "refusals"))
        return;
    items = wire_read_array(r, in->n_items, sizeof *items);
    for (size_t i = 0; i < in->n_items && r->rc == 0; i++) {
        read_ref(r, &items[i].ref, in->items[i]->ref);
        items[i].kind = in->items[i]->kind;
        items[i].since_ms =
            wire_read_time(r, in->items[i]->since_ms, "refusal since");
        items[i].reason = wire_read_words(r, in->items[i]->reason,
                                          LIMIT_TEXT - 1, "refusal reason");
    }
    out->items = items;
    out->count = in->n_items;
}

static void read_drained(struct wire_reader *r, struct sync_message *message,
                         const Lienxa__Envelope *envelope)
{
    message->drained.head =
        wire_read_number(r, envelope->drained->head, "drained head");
}

static void read_rotate(struct wire_reader *r, struct sync_message *message,
                        const Lienxa__Envelope *envelope)
{
    const Lienxa__Rotate *in = envelope->rotate;
    struct msg_rotate *out = &message->rotate;

    if (in->body.len == 0)
        return; /* the hub's order */
    if (!wire_read_count(r, in->body.len, SIGNED_BODY_LIMIT, "rotate body"))
        return;
    out->body = wire_bytes(in->body);
    wire_read_fixed(r, out->old_signature, sizeof out->old_signature,
                    in->old_signature, "rotate signature");
    wire_read_fixed(r, out->new_signature, sizeof out->new_signature,
                    in->new_signature, "rotate signature");
}

static void read_rotated(struct wire_reader *r, struct sync_message *message,
                         const Lienxa__Envelope *envelope)
{
    const Lienxa__Rotated *in = envelope->rotated;
    struct msg_rotated *out = &message->rotated;

    out->certified = in->certificate != NULL;
    if (out->certified)
        wire_signed_read(r, &out->certificate, in->certificate,
                         SIGNED_BODY_LIMIT);
    wire_read_text(r, out->text, sizeof out->text, in->text, "rotated text");
}

/* By message type; BATCH is not here, it needs the codec, REFUSED is empty. */
static void (*const readers[])(struct wire_reader *, struct sync_message *,
                               const Lienxa__Envelope *) = {
    [MSG_HELLO] = read_hello,
    [MSG_CHALLENGE] = read_challenge,
    [MSG_WELCOME] = read_welcome,
    [MSG_EARLY_LIST] = read_early_list,
    [MSG_WANT] = read_want,
    [MSG_EARLY] = read_early,
    [MSG_EARLY_ACK] = read_early_ack,
    [MSG_ACK] = read_ack,
    [MSG_NAK] = read_nak,
    [MSG_CREDIT] = read_credit,
    [MSG_PULL] = read_pull,
    [MSG_BULK_OPEN] = read_bulk_open,
    [MSG_STATUS] = read_status,
    [MSG_BEACON] = read_beacon,
    [MSG_ANNOUNCE] = read_announce,
    [MSG_BYE] = read_bye,
    [MSG_ENROL] = read_enrol,
    [MSG_ENROLLED] = read_enrolled,
    [MSG_DRAIN] = read_drain,
    [MSG_DRAINED] = read_drained,
    [MSG_ROTATE] = read_rotate,
    [MSG_ROTATED] = read_rotated,
    [MSG_VAULT] = read_vault,
    [MSG_VAULT_WANT] = read_vault_want,
    [MSG_REFUSALS] = read_refusals,
    [MSG_MEDIA_WANT] = read_media_want,
    [MSG_MEDIA] = read_media,
    [MSG_MEDIA_LACKS] = read_media_lacks,
    [MSG_MEDIA_CARRIED] = read_media_carried,
};

_Static_assert((int)MSG_HELLO == (int)LIENXA__ENVELOPE__CONTENT_HELLO &&
                   (int)MSG_REFUSED == (int)LIENXA__ENVELOPE__CONTENT_REFUSED &&
                   (int)MSG_DRAIN == (int)LIENXA__ENVELOPE__CONTENT_DRAIN &&
                   (int)MSG_ROTATED == (int)LIENXA__ENVELOPE__CONTENT_ROTATED &&
                   (int)MSG_VAULT_WANT ==
                       (int)LIENXA__ENVELOPE__CONTENT_VAULT_WANT &&
                   (int)MSG_MEDIA == (int)LIENXA__ENVELOPE__CONTENT_MEDIA &&
                   (int)MSG_MEDIA_CARRIED ==
                       (int)LIENXA__ENVELOPE__CONTENT_MEDIA_CARRIED,
               "message types are the envelope's field numbers");

void wire_content_read(struct wire_codec *codec, struct wire_reader *r,
                       struct sync_message *out, const Lienxa__Envelope *in)
{
    *out = (struct sync_message){.type = (enum message_type)in->content_case};
    if (in->content_case == LIENXA__ENVELOPE__CONTENT_PACK) {
        wire_pack_read(codec, r, out, in->pack);
    } else if (out->type == MSG_BATCH) {
        wire_batch_read(codec, r, &out->batch, in->batch);
    } else if (out->type != MSG_REFUSED) {
        assert(out->type < sizeof readers / sizeof *readers);
        readers[out->type](r, out, in);
    }
}
