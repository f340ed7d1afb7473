/* common/wire/pack.c - a BATCH or an EARLY in fewer bytes (PROTOCOL 7.13).
 *
 * What gets smaller stands in one zstd frame, what does not (salts, hashes,
 * signatures) beside it, in order, so that neither spoils the other. A head
 * leaves out what its receiver knows. It comes out as what went in.
 */
#include <assert.h>
#include <string.h>

#include "common/wire/inside.h"

enum {
    FORM_BITS = 2, /* of each part, from the lowest: enum part_form */
    FORM_MASK = (1 << FORM_BITS) - 1,
    FORM_SIGNED = 1 << (PART_COUNT * FORM_BITS),
    FORM_LIMIT = FORM_SIGNED << 1,
    SALT = 16,
    HASH = 32
};

/* ---- out */

static void *take(struct wire_codec *codec, size_t count, size_t size)
{
    void *piece = wire_arena_take(&codec->encoding, count * size);

    assert(piece);
    return piece;
}

static ProtobufCBinaryData write_part(struct wire_codec *codec,
                                      const struct part *part)
{
    switch (part->form) {
    case PART_ABSENT:
        break;
    case PART_WHOLE:
        buf_add(&codec->rest, part->salt, SALT);
        return wire_data(part->bytes.data, part->bytes.size);
    case PART_STUB:
        buf_add(&codec->rest, &part->hash, HASH);
        break;
    }
    return wire_data(NULL, 0);
}

static void write_change(struct wire_codec *codec, Lienxa__PackChange *out,
                         const struct change *in)
{
    lienxa__pack_change__init(out);
    out->header = wire_data(in->header_bytes.data, in->header_bytes.size);
    for (int i = 0; i < PART_COUNT; i++)
        out->forms |= (uint32_t)in->part[i].form << (FORM_BITS * i);
    out->fact = write_part(codec, &in->part[PART_FACT]);
    out->body = write_part(codec, &in->part[PART_BODY]);
    out->vault = write_part(codec, &in->part[PART_VAULT]);
    if (!in->is_signed)
        return;
    out->forms |= FORM_SIGNED;
    buf_add(&codec->rest, in->key_id, sizeof in->key_id);
    buf_add(&codec->rest, in->signature, sizeof in->signature);
}

static void write_changes(struct wire_codec *codec, Lienxa__PackBody *out,
                          const struct change *in, size_t count)
{
    Lienxa__PackChange *changes = take(codec, count, sizeof *changes);

    out->n_changes = count;
    out->changes = take(codec, count, sizeof *out->changes);
    for (size_t i = 0; i < count; i++) {
        write_change(codec, &changes[i], &in[i]);
        out->changes[i] = &changes[i];
    }
}

/* Is this head just what its receiver would make of the rest? */
static bool is_plain_head(const struct msg_batch *in, struct head *head)
{
    struct buf again = {0};
    bool same;

    if (wire_head_decode(head, in->head.body) != 0 ||
        !stream_name_equal(&head->name, &in->name) ||
        head->at.seq != in->first + in->count - 1)
        return false;
    wire_head_encode(&again, head);
    same = bytes_equal(buf_bytes(&again), in->head.body);
    buf_free(&again);
    return same;
}

static void write_head(struct wire_codec *codec, Lienxa__PackBody *out,
                       const struct msg_batch *in, bool may_be_short)
{
    struct short_head shortened = in->shortened;
    struct head head;

    if (in->head.body.size > 0) {
        may_be_short = may_be_short && in->count <= LIMIT_SHORT_HEAD &&
                       is_plain_head(in, &head);
        shortened.clock_ms = may_be_short ? head.clock_ms : 0;
        if (may_be_short)
            memcpy(shortened.check, &head.at.h, sizeof shortened.check);
        else
            out->head = wire_data(in->head.body.data, in->head.body.size);
    }
    out->clock_ms = wire_time(shortened.clock_ms);
    if (out->head.len == 0)
        buf_add(&codec->rest, shortened.check, sizeof shortened.check);
    buf_add(&codec->rest, in->head.key_id, sizeof in->head.key_id);
    buf_add(&codec->rest, in->head.signature, sizeof in->head.signature);
}

static int squeeze(struct wire_codec *codec, Lienxa__Pack *out,
                   const Lienxa__PackBody *body, uint32_t dictionary,
                   struct error *err)
{
    size_t size = protobuf_c_message_get_packed_size(&body->base);

    if (size == 0 || size > LIMIT_BATCH_PLAIN)
        return error_set(err, ERR_FULL, "pack: %zu bytes, at most %d", size,
                         LIMIT_BATCH_PLAIN);
    buf_clear(&codec->plain_out);
    wire_pack(&codec->plain_out, &body->base);
    wire_zip(codec, dictionary, buf_bytes(&codec->plain_out));
    out->zstd = wire_data(codec->zipped.data, codec->zipped.size);
    out->rest = wire_data(codec->rest.data, codec->rest.size);
    return 0;
}

int wire_pack_write(struct wire_codec *codec, Lienxa__Envelope *envelope,
                    const struct sync_message *in,
                    const struct packing *packing, struct error *err)
{
    Lienxa__PackBody body = LIENXA__PACK_BODY__INIT;
    Lienxa__Pack *out = take(codec, 1, sizeof *out);
    Lienxa__StreamName name;

    lienxa__pack__init(out);
    envelope->content_case = LIENXA__ENVELOPE__CONTENT_PACK;
    envelope->pack = out;
    buf_clear(&codec->rest);
    if (in->type == MSG_EARLY) {
        write_changes(codec, &body, &in->early.change, 1);
        body.handed_back = in->early.handed_back;
    } else if (in->batch.count > LIMIT_BATCH_CHANGES) {
        return error_set(err, ERR_FULL, "batch changes: %zu, at most %d",
                         in->batch.count, LIMIT_BATCH_CHANGES);
    } else {
        wire_name_write(&name, &in->batch.name);
        body.name = &name;
        body.first = in->batch.first;
        write_changes(codec, &body, in->batch.changes, in->batch.count);
        write_head(codec, &body, &in->batch, packing->short_head);
    }
    return squeeze(codec, out, &body, packing->dictionary, err);
}

/* ---- in */

struct rest { /* what is not read of it yet */
    struct bytes bytes;
};

static ProtobufCBinaryData next(struct wire_reader *r, struct rest *rest,
                                size_t size)
{
    struct bytes *left = &rest->bytes;
    ProtobufCBinaryData piece;

    if (left->size < size) {
        wire_read_fail(r, ERR_INVALID, "pack: salts or signatures are missing");
        return wire_data(NULL, 0);
    }
    piece = wire_data(left->data, size);
    *left = bytes_of(left->data + size, left->size - size);
    return piece;
}

static void read_part(struct wire_reader *r, struct rest *rest, unsigned form,
                      ProtobufCBinaryData *salt, ProtobufCBinaryData *stub)
{
    if (form == PART_WHOLE)
        *salt = next(r, rest, SALT);
    else if (form == PART_STUB)
        *stub = next(r, rest, HASH);
    else if (form != PART_ABSENT)
        wire_read_fail(r, ERR_INVALID, "pack: a part of no form");
}

/* As it would stand in a BATCH, where it passes the same checks. */
static void read_change(struct wire_reader *r, struct change *out,
                        const Lienxa__PackChange *in, struct rest *rest)
{
    Lienxa__Change change = LIENXA__CHANGE__INIT;

    if (in->forms >= FORM_LIMIT) {
        wire_read_fail(r, ERR_INVALID, "pack: forms %u", (unsigned)in->forms);
        return;
    }
    change.header = in->header;
    change.fact = in->fact;
    change.body = in->body;
    change.vault = in->vault;
    read_part(r, rest, in->forms & FORM_MASK, &change.fact_salt,
              &change.fact_stub);
    read_part(r, rest, in->forms >> FORM_BITS & FORM_MASK, &change.body_salt,
              &change.body_stub);
    read_part(r, rest, in->forms >> 2 * FORM_BITS & FORM_MASK,
              &change.vault_salt, &change.vault_stub);
    if (in->forms & FORM_SIGNED) {
        change.key_id = next(r, rest, CHANGE_KEY_ID_BYTES);
        change.signature = next(r, rest, CHANGE_SIGNATURE_BYTES);
    }
    if (r->rc == 0)
        wire_change_read(r, out, &change);
}

static const struct change *read_changes(struct wire_reader *r,
                                         const Lienxa__PackBody *in,
                                         struct rest *rest)
{
    struct change *changes;

    if (!wire_read_count(r, in->n_changes, LIMIT_BATCH_CHANGES,
                         "batch changes"))
        return NULL;
    changes = wire_read_array(r, in->n_changes, sizeof *changes);
    for (size_t i = 0; i < in->n_changes && r->rc == 0; i++)
        read_change(r, &changes[i], in->changes[i], rest);
    return changes;
}

static void read_head(struct wire_reader *r, struct msg_batch *out,
                      const Lienxa__PackBody *in, struct rest *rest)
{
    out->head.body =
        wire_read_bytes(r, in->head, SIGNED_BODY_LIMIT, "pack head");
    if (in->head.len == 0) {
        (void)wire_read_count(r, in->n_changes, LIMIT_SHORT_HEAD,
                              "changes under a short head");
        out->shortened.clock_ms = wire_read_time(r, in->clock_ms, "head clock");
        wire_read_fixed(r, out->shortened.check, SHORT_HEAD_CHECK,
                        next(r, rest, SHORT_HEAD_CHECK), "head check");
    }
    wire_read_fixed(r, out->head.key_id, CHANGE_KEY_ID_BYTES,
                    next(r, rest, CHANGE_KEY_ID_BYTES), "head key id");
    wire_read_fixed(r, out->head.signature, CHANGE_SIGNATURE_BYTES,
                    next(r, rest, CHANGE_SIGNATURE_BYTES), "head signature");
}

static void read_batch(struct wire_reader *r, struct sync_message *out,
                       const Lienxa__PackBody *in, struct rest *rest)
{
    out->type = MSG_BATCH;
    wire_name_read(r, &out->batch.name, in->name);
    out->batch.first = wire_read_number(r, in->first, "batch first");
    if (out->batch.first == 0)
        wire_read_fail(r, ERR_INVALID, "batch first: missing");
    out->batch.changes = read_changes(r, in, rest);
    out->batch.count = in->n_changes;
    if (r->rc == 0)
        read_head(r, &out->batch, in, rest);
}

static void read_early(struct wire_reader *r, struct sync_message *out,
                       const Lienxa__PackBody *in, struct rest *rest)
{
    out->type = MSG_EARLY;
    out->early.handed_back = in->handed_back != 0;
    if (in->n_changes != 1 || in->first != 0 || in->head.len > 0)
        wire_read_fail(r, ERR_INVALID, "pack: neither a batch nor an early");
    else
        read_change(r, &out->early.change, in->changes[0], rest);
}

void wire_pack_read(struct wire_codec *codec, struct wire_reader *r,
                    struct sync_message *out, const Lienxa__Pack *in)
{
    struct rest rest = {wire_bytes(in->rest)};
    struct bytes plain = wire_unzip(codec, r, in->zstd);
    const Lienxa__PackBody *body =
        wire_unpack(r, &lienxa__pack_body__descriptor, plain, "pack");

    if (!body)
        return;
    if (body->name)
        read_batch(r, out, body, &rest);
    else
        read_early(r, out, body, &rest);
    if (r->rc == 0 && rest.bytes.size > 0)
        wire_read_fail(r, ERR_INVALID, "pack: %zu bytes too many",
                       rest.bytes.size);
}
