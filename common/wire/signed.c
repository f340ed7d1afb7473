/* common/wire/signed.c - signed bodies (PROTOCOL 2.3): what stands between the
 * domain line and the signature, and the three together.
 */
#include <assert.h>

#include "common/wire/inside.h"

void wire_signed_read(struct wire_reader *r, struct signed_bytes *out,
                      const Lienxa__Signed *in, size_t limit)
{
    if (!in) {
        wire_read_fail(r, ERR_INVALID, "signed: missing");
        return;
    }
    if (in->body.len > limit)
        wire_read_fail(r, ERR_INVALID, "signed body: %zu bytes, at most %zu",
                       in->body.len, limit);
    out->body = wire_bytes(in->body);
    wire_read_fixed(r, out->key_id, sizeof out->key_id, in->key_id,
                    "signed key id");
    wire_read_fixed(r, out->signature, sizeof out->signature, in->signature,
                    "signed signature");
}

void wire_signed_write(Lienxa__Signed *out, const struct signed_bytes *in)
{
    lienxa__signed__init(out);
    out->body = wire_data(in->body.data, in->body.size);
    out->key_id = wire_data(in->key_id, sizeof in->key_id);
    out->signature = wire_data(in->signature, sizeof in->signature);
}

void wire_signed_encode(struct buf *out, const struct signed_bytes *s)
{
    Lienxa__Signed blob;

    wire_signed_write(&blob, s);
    wire_pack(out, &blob.base);
}

int wire_signed_decode(struct signed_bytes *out, struct bytes blob)
{
    struct wire_small small;
    const Lienxa__Signed *in;

    *out = (struct signed_bytes){0};
    wire_small_open(&small, NULL);
    in =
        wire_unpack(&small.reader, &lienxa__signed__descriptor, blob, "signed");
    if (in) {
        wire_signed_read(&small.reader, out, in, LIMIT_BODY);
        out->body = wire_read_within(blob, in->body);
    }
    return wire_small_close(&small);
}

void wire_head_encode(struct buf *out, const struct head *head)
{
    Lienxa__StreamName name;
    Lienxa__HeadBody body = LIENXA__HEAD_BODY__INIT;

    wire_name_write(&name, &head->name);
    body.name = &name;
    body.seq = head->at.seq;
    body.h = wire_data(&head->at.h, sizeof head->at.h);
    body.clock_ms = wire_time(head->clock_ms);
    wire_pack(out, &body.base);
}

int wire_head_decode(struct head *out, struct bytes body)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__HeadBody *in;

    *out = (struct head){0};
    wire_small_open(&small, NULL);
    in = wire_unpack(r, &lienxa__head_body__descriptor, body, "head");
    if (in) {
        wire_name_read(r, &out->name, in->name);
        out->at.seq = wire_read_number(r, in->seq, "head seq");
        wire_read_fixed(r, &out->at.h, sizeof out->at.h, in->h, "head h");
        out->clock_ms = wire_read_time(r, in->clock_ms, "head clock");
    }
    return wire_small_close(&small);
}

void wire_beacon_encode(struct buf *out, const struct beacon *beacon)
{
    Lienxa__BeaconBody body = LIENXA__BEACON_BODY__INIT;

    body.hub = (char *)beacon->hub;
    body.clock_ms = wire_time(beacon->clock_ms);
    body.epoch = beacon->epoch;
    body.number = beacon->number;
    wire_pack(out, &body.base);
}

int wire_beacon_decode(struct beacon *out, struct bytes body)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__BeaconBody *in;

    *out = (struct beacon){0};
    wire_small_open(&small, NULL);
    in = wire_unpack(r, &lienxa__beacon_body__descriptor, body, "beacon");
    if (in) {
        wire_read_text(r, out->hub, sizeof out->hub, in->hub, "beacon hub");
        out->clock_ms = wire_read_time(r, in->clock_ms, "beacon clock");
        out->epoch = wire_read_number(r, in->epoch, "beacon epoch");
        out->number = wire_read_number(r, in->number, "beacon number");
    }
    return wire_small_close(&small);
}

void wire_certificate_encode(struct buf *out, const struct certificate *c)
{
    Lienxa__CertificateBody body = LIENXA__CERTIFICATE_BODY__INIT;

    body.unit = (char *)c->unit;
    body.hub = (char *)c->hub;
    body.number = c->number;
    body.curve_public = wire_data(c->curve_public, sizeof c->curve_public);
    body.sign_public = wire_data(c->sign_public, sizeof c->sign_public);
    body.issued_ms = wire_time(c->issued_ms);
    body.expires_ms = wire_time(c->expires_ms);
    wire_pack(out, &body.base);
}

int wire_certificate_decode(struct certificate *out, struct bytes body)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__CertificateBody *in;

    *out = (struct certificate){0};
    wire_small_open(&small, NULL);
    in = wire_unpack(r, &lienxa__certificate_body__descriptor, body,
                     "certificate");
    if (in) {
        wire_read_text(r, out->unit, sizeof out->unit, in->unit, "unit");
        wire_read_text(r, out->hub, sizeof out->hub, in->hub, "hub");
        out->number = wire_read_number(r, in->number, "number");
        wire_read_fixed(r, out->curve_public, sizeof out->curve_public,
                        in->curve_public, "CURVE key");
        wire_read_fixed(r, out->sign_public, sizeof out->sign_public,
                        in->sign_public, "signing key");
        out->issued_ms = wire_read_time(r, in->issued_ms, "issued");
        out->expires_ms = wire_read_time(r, in->expires_ms, "expires");
    }
    return wire_small_close(&small);
}

void wire_signing_key_encode(struct buf *out, const struct signing_key *k)
{
    Lienxa__SigningKeyBody body = LIENXA__SIGNING_KEY_BODY__INIT;
    ProtobufCBinaryData revoked[SIGNING_REVOKED_LIMIT];

    assert(k->revoked_count <= SIGNING_REVOKED_LIMIT);

    body.hub = (char *)k->hub;
    body.number = k->number;
    body.sign_public = wire_data(k->sign_public, sizeof k->sign_public);
    body.issued_ms = wire_time(k->issued_ms);
    for (size_t i = 0; i < k->revoked_count; i++)
        revoked[i] = wire_data(k->revoked[i], sizeof k->revoked[i]);
    body.n_revoked = k->revoked_count;
    body.revoked = revoked;
    wire_pack(out, &body.base);
}

int wire_signing_key_decode(struct signing_key *out, struct bytes body)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__SigningKeyBody *in;

    *out = (struct signing_key){0};
    wire_small_open(&small, NULL);
    in = wire_unpack(r, &lienxa__signing_key_body__descriptor, body,
                     "signing key");
    if (in) {
        wire_read_text(r, out->hub, sizeof out->hub, in->hub, "hub");
        out->number = wire_read_number(r, in->number, "number");
        wire_read_fixed(r, out->sign_public, sizeof out->sign_public,
                        in->sign_public, "signing key");
        out->issued_ms = wire_read_time(r, in->issued_ms, "issued");
        if (wire_read_count(r, in->n_revoked, SIGNING_REVOKED_LIMIT, "revoked"))
            out->revoked_count = in->n_revoked;
        for (size_t i = 0; i < out->revoked_count; i++)
            wire_read_fixed(r, out->revoked[i], sizeof out->revoked[i],
                            in->revoked[i], "revoked key id");
    }
    return wire_small_close(&small);
}

void wire_enrol_signed(struct buf *out, const struct msg_enrol *enrol)
{
    Lienxa__Enrol body = LIENXA__ENROL__INIT;
    Lienxa__Signed certificate;

    body.unit = (char *)enrol->unit;
    body.secret = wire_data(enrol->secret, sizeof enrol->secret);
    body.curve_public =
        wire_data(enrol->curve_public, sizeof enrol->curve_public);
    body.sign_public = wire_data(enrol->sign_public, sizeof enrol->sign_public);
    if (enrol->has_certificate) {
        wire_signed_write(&certificate, &enrol->certificate);
        body.certificate = &certificate;
    }
    wire_pack(out, &body.base);
}

void wire_rotate_encode(struct buf *out, const struct rotate_body *rotation)
{
    Lienxa__RotationBody body = LIENXA__ROTATION_BODY__INIT;

    body.unit = (char *)rotation->unit;
    body.number = rotation->number;
    body.curve_public =
        wire_data(rotation->curve_public, sizeof rotation->curve_public);
    body.sign_public =
        wire_data(rotation->sign_public, sizeof rotation->sign_public);
    wire_pack(out, &body.base);
}

int wire_rotate_decode(struct rotate_body *out, struct bytes body)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__RotationBody *in;

    *out = (struct rotate_body){0};
    wire_small_open(&small, NULL);
    in = wire_unpack(r, &lienxa__rotation_body__descriptor, body, "rotation");
    if (in) {
        wire_read_text(r, out->unit, sizeof out->unit, in->unit, "unit");
        out->number = wire_read_number(r, in->number, "number");
        wire_read_fixed(r, out->curve_public, sizeof out->curve_public,
                        in->curve_public, "CURVE key");
        wire_read_fixed(r, out->sign_public, sizeof out->sign_public,
                        in->sign_public, "signing key");
    }
    return wire_small_close(&small);
}
