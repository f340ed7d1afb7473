#include "common/wire/codec.h"

#include "common/base/mem.h"
#include "common/wire/inside.h"

struct wire_codec *wire_codec_new(bool compress)
{
    struct wire_codec *codec = mem_new(sizeof *codec);

    codec->compress = compress;
    wire_arena_open(&codec->decoded, NULL, 0, ARENA_LIMIT);
    wire_arena_open(&codec->encoding, NULL, 0, ARENA_LIMIT);
    return codec;
}

void wire_codec_free(struct wire_codec **codec)
{
    struct wire_codec *c = *codec;

    if (!c)
        return;
    wire_arena_close(&c->decoded);
    wire_arena_close(&c->encoding);
    wire_zip_free(c);
    buf_free(&c->frame);
    mem_free(codec);
}

int wire_decode(struct wire_codec *codec, struct sync_message *out,
                struct bytes frame, struct error *err)
{
    struct wire_reader reader = {&codec->decoded, err, 0};
    const Lienxa__Envelope *envelope;

    wire_arena_clear(&codec->decoded);
    if (frame.size > LIMIT_FRAME)
        return error_set(err, ERR_INVALID, "frame: %zu bytes, at most %d",
                         frame.size, LIMIT_FRAME);
    envelope =
        wire_unpack(&reader, &lienxa__envelope__descriptor, frame, "frame");
    if (!envelope)
        return reader.rc;
    if (envelope->content_case == LIENXA__ENVELOPE__CONTENT__NOT_SET)
        return envelope->base.n_unknown_fields > 0
                   ? error_set(err, ERR_VERSION,
                               "frame: message type %u is not known here",
                               envelope->base.unknown_fields[0].tag)
                   : error_set(err, ERR_INVALID, "frame: empty");
    wire_content_read(codec, &reader, out, envelope);
    return reader.rc;
}

void wire_codec_rest(struct wire_codec *codec)
{
    wire_zip_free(codec);
    buf_free(&codec->frame);
}

/* The envelope as bytes, in `codec->frame`. */
static int put_frame(struct wire_codec *codec, struct bytes *out,
                     const Lienxa__Envelope *envelope, struct error *err)
{
    size_t size = protobuf_c_message_get_packed_size(&envelope->base);

    if (size > LIMIT_FRAME)
        return error_set(err, ERR_FULL, "frame: %zu bytes, at most %d", size,
                         LIMIT_FRAME);
    buf_clear(&codec->frame);
    buf_reserve(&codec->frame, size);
    codec->frame.size =
        protobuf_c_message_pack(&envelope->base, codec->frame.data);
    *out = buf_bytes(&codec->frame);
    return 0;
}

int wire_encode(struct wire_codec *codec, struct bytes *out,
                const struct sync_message *message, struct error *err)
{
    Lienxa__Envelope envelope = LIENXA__ENVELOPE__INIT;
    int rc;

    wire_arena_clear(&codec->encoding);
    rc = wire_content_write(codec, &envelope, message, err);
    return rc != 0 ? rc : put_frame(codec, out, &envelope, err);
}

int wire_encode_packed(struct wire_codec *codec, struct bytes *out,
                       const struct sync_message *message,
                       const struct packing *packing, struct error *err)
{
    Lienxa__Envelope envelope = LIENXA__ENVELOPE__INIT;
    int rc;

    if (!codec->compress || !packing->packed ||
        (message->type != MSG_BATCH && message->type != MSG_EARLY))
        return wire_encode(codec, out, message, err);
    wire_arena_clear(&codec->encoding);
    rc = wire_pack_write(codec, &envelope, message, packing, err);
    return rc != 0 ? rc : put_frame(codec, out, &envelope, err);
}
