/* common/wire/record_hub.c - records the hub lives by: alerts and their
 * receipts, the key directory, a commune's keys, incarnations (PROTOCOL 8, 9).
 */
#include <assert.h>

#include "common/wire/inside.h"
#include "common/wire/record.h"

enum { UTF8_MOST = 4 }; /* bytes of one character; CAP counts characters */

/* ---- alert */

static void pack_alert(struct buf *out, const struct alert *alert,
                       ProtobufCBinaryData *references)
{
    Lienxa__AlertBody a = LIENXA__ALERT_BODY__INIT;

    a.id = wire_data(&alert->id, sizeof alert->id);
    a.issuer = (char *)alert->issuer;
    a.epoch = alert->epoch;
    a.number = alert->number;
    a.issued_ms = wire_time(alert->issued_ms);
    a.expires_ms = wire_time(alert->expires_ms);
    a.type = (uint32_t)alert->type;
    a.severity = (uint32_t)alert->severity;
    a.event = (char *)alert->event;
    a.headline = (char *)alert->headline;
    a.text = (char *)alert->text;
    a.instruction = (char *)alert->instruction;
    a.n_audience = alert->audience_count;
    a.audience = (char **)alert->audience;
    for (size_t i = 0; i < alert->reference_count; i++)
        references[i] = wire_data(&alert->references[i], sizeof(struct id));
    a.n_references = alert->reference_count;
    a.references = references;
    wire_pack(out, &a.base);
}

void wire_alert_encode(struct buf *out, const struct alert *alert)
{
    ProtobufCBinaryData references[ALERT_REFERENCES_LIMIT];

    assert(alert->reference_count <= ALERT_REFERENCES_LIMIT);
    pack_alert(out, alert, references);
}

static void read_audience(struct wire_reader *r, struct alert *out,
                          const Lienxa__AlertBody *in)
{
    const char **units;

    if (!wire_read_count(r, in->n_audience, ALERT_AUDIENCE_LIMIT, "audience"))
        return;
    units = wire_read_array(r, in->n_audience, sizeof *units);
    for (size_t i = 0; i < in->n_audience && r->rc == 0; i++)
        units[i] =
            wire_read_words(r, in->audience[i], LIMIT_HOME - 1, "audience");
    out->audience = units;
    out->audience_count = in->n_audience;
}

static void read_references(struct wire_reader *r, struct alert *out,
                            const Lienxa__AlertBody *in)
{
    struct id *ids;

    if (!wire_read_count(r, in->n_references, ALERT_REFERENCES_LIMIT,
                         "references"))
        return;
    ids = wire_read_array(r, in->n_references, sizeof *ids);
    for (size_t i = 0; i < in->n_references && r->rc == 0; i++)
        wire_read_fixed(r, &ids[i], sizeof ids[i], in->references[i],
                        "reference");
    out->references = ids;
    out->reference_count = in->n_references;
}

static void read_words(struct wire_reader *r, struct alert *out,
                       const Lienxa__AlertBody *in)
{
    size_t text_limit = ALERT_TEXT_LIMIT * UTF8_MOST;

    out->issuer = wire_read_words(r, in->issuer, LIMIT_HOME - 1, "issuer");
    out->event =
        wire_read_words(r, in->event, ALERT_EVENT_LIMIT * UTF8_MOST, "event");
    out->headline = wire_read_words(
        r, in->headline, ALERT_HEADLINE_LIMIT * UTF8_MOST, "headline");
    out->text = wire_read_words(r, in->text, text_limit, "text");
    out->instruction =
        wire_read_words(r, in->instruction, text_limit, "instruction");
}

/* Types and severities of a later version pass: alert_check judges them. */
static int read_int(struct wire_reader *r, uint32_t in, const char *what)
{
    if (in > INT32_MAX)
        wire_read_fail(r, ERR_INVALID, "%s: 2^31 or more", what);
    return (int)(in & INT32_MAX);
}

int wire_alert_decode(struct alert *out, struct wire_arena *arena,
                      struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__AlertBody *in =
        wire_unpack(&r, &lienxa__alert_body__descriptor, bytes, "alert");

    *out = (struct alert){.issuer = "",
                          .event = "",
                          .headline = "",
                          .text = "",
                          .instruction = ""};
    if (!in)
        return r.rc;
    wire_read_fixed(&r, &out->id, sizeof out->id, in->id, "alert id");
    read_words(&r, out, in);
    out->epoch = wire_read_number(&r, in->epoch, "epoch");
    out->number = wire_read_number(&r, in->number, "number");
    out->issued_ms = wire_read_time(&r, in->issued_ms, "issued");
    out->expires_ms = wire_read_time(&r, in->expires_ms, "expires");
    out->type = read_int(&r, in->type, "type");
    out->severity = read_int(&r, in->severity, "severity");
    read_audience(&r, out, in);
    read_references(&r, out, in);
    return r.rc;
}

/* ---- receipt */

void wire_receipt_encode(struct buf *out, const struct receipt *receipt)
{
    Lienxa__ReceiptFact f = LIENXA__RECEIPT_FACT__INIT;

    f.alert = wire_data(&receipt->alert, sizeof receipt->alert);
    f.verdict = (uint32_t)receipt->verdict;
    f.stored_ms = wire_time(receipt->stored_ms);
    f.shown_ms = wire_time(receipt->shown_ms);
    f.acknowledged_ms = wire_time(receipt->acknowledged_ms);
    f.by = (char *)receipt->by;
    wire_pack(out, &f.base);
}

static bool verdict_known(uint32_t verdict)
{
    switch ((enum alert_verdict)verdict) {
    case ALERT_ACCEPTED:
    case ALERT_DUPLICATE:
    case ALERT_SUPERSEDED:
    case ALERT_MALFORMED:
    case ALERT_NO_REFERENCE:
    case ALERT_BAD_SIGNATURE:
    case ALERT_EXPIRED:
    case ALERT_UNKNOWN_KEY:
    case ALERT_OUTSIDE:
        return true;
    }
    return false;
}

static void read_receipt(struct wire_reader *r, struct receipt *out,
                         const Lienxa__ReceiptFact *in)
{
    wire_read_known(r, &in->base, "receipt");
    wire_read_fixed(r, &out->alert, sizeof out->alert, in->alert, "alert");
    if (in->verdict == 0)
        wire_read_fail(r, ERR_INVALID, "verdict: missing");
    else if (!verdict_known(in->verdict))
        wire_read_fail(r, ERR_VERSION, "verdict: %u is not known here",
                       in->verdict);
    else
        out->verdict = (int)in->verdict;
    out->stored_ms = wire_read_time(r, in->stored_ms, "stored");
    out->shown_ms = wire_read_time(r, in->shown_ms, "shown");
    out->acknowledged_ms =
        wire_read_time(r, in->acknowledged_ms, "acknowledged");
    wire_read_text(r, out->by, sizeof out->by, in->by, "by");
}

int wire_receipt_decode(struct receipt *out, struct bytes bytes,
                        struct error *err)
{
    struct wire_small small;
    const Lienxa__ReceiptFact *in;

    *out = (struct receipt){0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__receipt_fact__descriptor, bytes,
                     "receipt");
    if (in)
        read_receipt(&small.reader, out, in);
    return wire_small_close(&small);
}

/* ---- keys */

void wire_node_key_encode(struct buf *out, const struct node_key *key)
{
    Lienxa__NodeKeyFact f = LIENXA__NODE_KEY_FACT__INIT;

    f.unit = (char *)key->unit;
    f.number = key->number;
    f.state = (uint32_t)key->state;
    f.curve_public = wire_data(key->curve_public, sizeof key->curve_public);
    f.sign_public = wire_data(key->sign_public, sizeof key->sign_public);
    f.since_ms = wire_time(key->since_ms);
    wire_pack(out, &f.base);
}

static void read_node_key(struct wire_reader *r, struct node_key *out,
                          const Lienxa__NodeKeyFact *in)
{
    wire_read_known(r, &in->base, "node key");
    wire_read_text(r, out->unit, sizeof out->unit, in->unit, "unit");
    if (out->unit[0] == '\0')
        wire_read_fail(r, ERR_INVALID, "unit: missing");
    out->number = wire_read_number(r, in->number, "number");
    out->state = wire_read_enum(r, in->state, NODE_REVOKED, "state");
    wire_read_fixed(r, out->curve_public, sizeof out->curve_public,
                    in->curve_public, "CURVE key");
    wire_read_fixed(r, out->sign_public, sizeof out->sign_public,
                    in->sign_public, "signing key");
    out->since_ms = wire_read_time(r, in->since_ms, "since");
}

int wire_node_key_decode(struct node_key *out, struct bytes bytes,
                         struct error *err)
{
    struct wire_small small;
    const Lienxa__NodeKeyFact *in;

    *out = (struct node_key){0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__node_key_fact__descriptor, bytes,
                     "node key");
    if (in)
        read_node_key(&small.reader, out, in);
    return wire_small_close(&small);
}

void wire_unit_keys_encode(struct buf *out, const struct unit_keys *keys)
{
    Lienxa__UnitKeysFact f = LIENXA__UNIT_KEYS_FACT__INIT;

    f.recovery = wire_data(keys->recovery, sizeof keys->recovery);
    f.duty = wire_data(keys->duty, sizeof keys->duty);
    f.custodian = wire_data(keys->custodian, sizeof keys->custodian);
    wire_pack(out, &f.base);
}

int wire_unit_keys_decode(struct unit_keys *out, struct bytes bytes,
                          struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__UnitKeysFact *in;

    *out = (struct unit_keys){0};
    wire_small_open(&small, err);
    in =
        wire_unpack(r, &lienxa__unit_keys_fact__descriptor, bytes, "unit keys");
    if (in) {
        wire_read_known(r, &in->base, "unit keys");
        wire_read_fixed(r, out->recovery, sizeof out->recovery, in->recovery,
                        "recovery key");
        wire_read_fixed(r, out->duty, sizeof out->duty, in->duty, "duty key");
        wire_read_fixed(r, out->custodian, sizeof out->custodian, in->custodian,
                        "custodian key");
    }
    return wire_small_close(&small);
}

/* ---- incarnation */

void wire_incarnation_encode(struct buf *out, const struct incarnation *i)
{
    Lienxa__IncarnationFact f = LIENXA__INCARNATION_FACT__INIT;

    f.epoch = i->epoch;
    f.random = wire_data(&i->random, sizeof i->random);
    f.channel = (char *)i->channel;
    wire_pack(out, &f.base);
}

int wire_incarnation_decode(struct incarnation *out, struct bytes bytes,
                            struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__IncarnationFact *in;

    *out = (struct incarnation){0};
    wire_small_open(&small, err);
    in = wire_unpack(r, &lienxa__incarnation_fact__descriptor, bytes,
                     "incarnation");
    if (in) {
        wire_read_known(r, &in->base, "incarnation");
        out->epoch = wire_read_number(r, in->epoch, "epoch");
        wire_read_fixed(r, &out->random, sizeof out->random, in->random,
                        "random");
        wire_read_text(r, out->channel, sizeof out->channel, in->channel,
                       "channel");
        if (out->epoch == 0 || out->channel[0] == '\0')
            wire_read_fail(r, ERR_INVALID, "epoch or channel: missing");
    }
    return wire_small_close(&small);
}
