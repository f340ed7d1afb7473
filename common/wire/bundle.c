/* common/wire/bundle.c - blocks and frames of a bundle as bytes. A stick can
 * hold anything: every size is looked at before it is believed. */
#include "common/wire/bundle.h"

#include <string.h>

#include "common/wire/inside.h"

void wire_bundle_block_encode(struct buf *out, const struct bundle_block *in)
{
    Lienxa__BundleBlock b = LIENXA__BUNDLE_BLOCK__INIT;
    Lienxa__Signed key;

    b.from = (char *)in->from;
    b.to = (char *)in->to;
    b.bundle = wire_data(in->bundle.bytes, sizeof in->bundle.bytes);
    b.number = in->number;
    b.last = in->last;
    b.made_ms = wire_time(in->made_ms);
    b.to_key = wire_data(in->to_key, sizeof in->to_key);
    b.box = wire_data(in->box.data, in->box.size);
    if (in->has_signing_key) {
        wire_signed_write(&key, &in->signing_key);
        b.signing_key = &key;
    }
    wire_pack(out, &b.base);
}

static void read_body(struct wire_reader *r, struct bundle_block *out,
                      struct bytes body)
{
    const Lienxa__BundleBlock *in =
        wire_unpack(r, &lienxa__bundle_block__descriptor, body, "block");

    if (in == NULL)
        return;
    wire_read_text(r, out->from, sizeof out->from, in->from, "block from");
    wire_read_text(r, out->to, sizeof out->to, in->to, "block to");
    wire_read_fixed(r, out->bundle.bytes, sizeof out->bundle.bytes, in->bundle,
                    "bundle id");
    out->number = wire_read_number(r, in->number, "block number");
    out->last = in->last;
    out->made_ms = wire_read_time(r, in->made_ms, "block clock");
    wire_read_fixed(r, out->to_key, sizeof out->to_key, in->to_key,
                    "block key");
    out->box = wire_read_within(body, in->box);
    if (in->signing_key != NULL) {
        wire_signed_read(r, &out->signing_key, in->signing_key,
                         BUNDLE_PROOF_LIMIT);
        out->signing_key.body = wire_read_within(body, in->signing_key->body);
        out->has_signing_key = true;
    }
    if (out->number == 0 || out->from[0] == '\0' || out->to[0] == '\0')
        wire_read_fail(r, ERR_INVALID, "block: without a number or a home");
}

int wire_bundle_block_decode(struct bundle_block *out,
                             struct signed_bytes *signed_body,
                             struct bytes blob, struct error *err)
{
    struct wire_arena arena;
    struct wire_reader r = {&arena, err, 0};
    const Lienxa__Signed *in = NULL;

    *out = (struct bundle_block){.number = 0};
    *signed_body = (struct signed_bytes){.body = {NULL, 0}};
    wire_arena_open(&arena, NULL, 0, ARENA_LIMIT);
    if (blob.size > BUNDLE_BLOCK_LIMIT)
        wire_read_fail(&r, ERR_INVALID, "block: too large");
    else
        in = wire_unpack(&r, &lienxa__signed__descriptor, blob, "block");
    if (in != NULL) {
        wire_signed_read(&r, signed_body, in, BUNDLE_BLOCK_LIMIT);
        signed_body->body = wire_read_within(blob, in->body);
        read_body(&r, out, signed_body->body);
    }
    wire_arena_close(&arena);
    return r.rc;
}

void wire_bundle_frames_encode(struct buf *out, const struct bytes *frames,
                               size_t count)
{
    Lienxa__BundleFrames f = LIENXA__BUNDLE_FRAMES__INIT;
    ProtobufCBinaryData items[BUNDLE_FRAMES_LIMIT];

    for (size_t i = 0; i < count; i++)
        items[i] = wire_data(frames[i].data, frames[i].size);
    f.n_frames = count;
    f.frames = items;
    wire_pack(out, &f.base);
}

int wire_bundle_frames_read(struct bytes content,
                            int (*each)(void *who, struct bytes frame),
                            void *who, struct error *err)
{
    struct wire_arena arena;
    struct wire_reader r = {&arena, err, 0};
    const Lienxa__BundleFrames *in = NULL;
    int rc;

    wire_arena_open(&arena, NULL, 0, ARENA_LIMIT);
    if (content.size > BUNDLE_BLOCK_LIMIT)
        wire_read_fail(&r, ERR_INVALID, "frames: too large");
    else
        in = wire_unpack(&r, &lienxa__bundle_frames__descriptor, content,
                         "frames");
    if (in != NULL)
        (void)wire_read_count(&r, in->n_frames, BUNDLE_FRAMES_LIMIT, "frames");
    rc = r.rc;
    for (size_t i = 0; rc == 0 && i < in->n_frames; i++)
        rc = each(who, wire_bytes(in->frames[i]));
    wire_arena_close(&arena);
    return rc;
}

int wire_bundle_block_at(struct bytes file, size_t at, struct bytes *block,
                         size_t *next, const struct hash_function *hash)
{
    struct bytes piece;
    struct hash seen;
    uint32_t size;

    *next = 0;
    if (at == file.size)
        return ERR_MISSING;
    if (at > file.size || file.size - at < BUNDLE_HEAD_BYTES)
        return ERR_DAMAGED;
    size = get_u32(file.data + at);
    if (size == 0 || size > BUNDLE_BLOCK_LIMIT ||
        size > file.size - at - BUNDLE_HEAD_BYTES)
        return ERR_DAMAGED;
    *next = at + BUNDLE_HEAD_BYTES + size;
    piece = bytes_of(file.data + at + BUNDLE_HEAD_BYTES, size);
    seen = hash->sha256(&piece, 1);
    if (memcmp(seen.bytes, file.data + at + 4, sizeof seen.bytes) != 0)
        return ERR_DAMAGED;
    *block = piece;
    return 0;
}

/* ---- looking at any bytes */

struct look {
    struct wire_codec *codec;
    struct error *err;
};

static int look_at_frame(void *who, struct bytes frame)
{
    struct look *look = who;
    struct sync_message m;

    return wire_decode(look->codec, &m, frame, look->err);
}

static int look_at_block(struct look *look, struct bytes bytes)
{
    struct bundle_block block;
    struct signed_bytes around;
    int rc = wire_bundle_block_decode(&block, &around, bytes, look->err);

    return rc != 0 ? rc
                   : wire_bundle_frames_read(block.box, look_at_frame, look,
                                             look->err);
}

int wire_bundle_look(struct bytes file, const struct hash_function *hash,
                     struct error *err)
{
    struct look look = {wire_codec_new(false), err};
    size_t at = BUNDLE_MAGIC_BYTES;
    struct bytes block;
    int rc = 0;

    if (file.size < BUNDLE_MAGIC_BYTES ||
        memcmp(file.data, BUNDLE_MAGIC, BUNDLE_MAGIC_BYTES) != 0)
        rc = error_set(err, ERR_INVALID, "not a bundle");
    while (rc == 0 && at != 0 &&
           (rc = wire_bundle_block_at(file, at, &block, &at, hash)) !=
               ERR_MISSING)
        if (rc == 0)
            rc = look_at_block(&look, block);
    wire_codec_free(&look.codec);
    return rc == ERR_MISSING ? 0 : rc;
}
