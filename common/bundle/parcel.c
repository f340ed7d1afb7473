/* common/bundle/parcel.c - see parcel.h. */
#include "common/bundle/parcel.h"

#include <string.h>

#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "common/wire/codec.h"

/* ---- cursor and counts as JSON */

void bundle_cursor_write(struct json *out, const struct bundle_cursor *cursor)
{
    char text[ID_TEXT_BYTES], name[HASH_TEXT_BYTES];

    json_set_text(out, "bundle", id_text(text, &cursor->bundle));
    json_set_i64(out, "made", cursor->made_ms);
    json_set_i64(out, "number", (int64_t)cursor->number);
    json_set_i64(out, "stage", cursor->stage);
    json_set_i64(out, "seq", (int64_t)cursor->seq);
    json_set_i64(out, "after0", (int64_t)cursor->after[0]);
    json_set_i64(out, "after1", (int64_t)cursor->after[1]);
    json_set_i64(out, "head0", (int64_t)cursor->head[0]);
    json_set_i64(out, "head1", (int64_t)cursor->head[1]);
    json_set_text(out, "file", hash_text(name, &cursor->files.name));
    json_set_i64(out, "next", (int64_t)cursor->files.next);
    json_set_i64(out, "round", (int64_t)cursor->files.round);
    json_set_i64(out, "files", (int64_t)cursor->files.files);
    json_set_i64(out, "pieces", (int64_t)cursor->files.pieces);
}

static bool read_number(const struct json *in, const char *key, uint64_t *out)
{
    int64_t value;

    if (!json_get_i64(in, key, &value) || value < 0)
        return false;
    *out = (uint64_t)value;
    return true;
}

static bool read_files(const struct json *in, struct bundle_files *out)
{
    const char *name = json_get_text(in, "file");
    uint64_t next;

    if (name == NULL || !hex_decode(&out->name, sizeof out->name, name) ||
        !read_number(in, "next", &next) || next > LIMIT_MEDIA ||
        !read_number(in, "round", &out->round) ||
        !read_number(in, "files", &out->files) ||
        !read_number(in, "pieces", &out->pieces))
        return false;
    out->next = (uint32_t)next;
    return true;
}

int bundle_room_read(struct bundle_cursor *cursor, const struct json *args,
                     struct error *err)
{
    cursor->room = -1;
    if (json_get(args, "room") == NULL)
        return 0;
    return json_get_i64(args, "room", &cursor->room) && cursor->room >= 0
               ? 0
               : error_set(err, ERR_INVALID, "room: bytes, from 0 on");
}

bool bundle_room_over(const struct bundle_cursor *cursor)
{
    return cursor->room >= 0 && cursor->room < BUNDLE_BLOCK_LIMIT;
}

int bundle_cursor_read(struct bundle_cursor *out, const struct json *in,
                       struct error *err)
{
    const char *id = json_get_text(in, "bundle");
    uint64_t made, stage;

    *out = (struct bundle_cursor){.stage = 0};
    if (id == NULL || !id_parse(&out->bundle, id) ||
        !read_number(in, "made", &made) ||
        !read_number(in, "number", &out->number) ||
        !read_number(in, "stage", &stage) || stage > 16 ||
        !read_number(in, "seq", &out->seq) ||
        !read_number(in, "after0", &out->after[0]) ||
        !read_number(in, "after1", &out->after[1]) ||
        !read_number(in, "head0", &out->head[0]) ||
        !read_number(in, "head1", &out->head[1]) ||
        !read_files(in, &out->files))
        return error_set(err, ERR_INVALID, "not the place in a bundle");
    out->made_ms = (int64_t)made;
    out->stage = (int)stage;
    return 0;
}

void bundle_count_write(struct json *out, const struct bundle_count *count)
{
    json_set_i64(out, "new", (int64_t)count->fresh);
    json_set_i64(out, "known", (int64_t)count->known);
    json_set_i64(out, "aside", (int64_t)count->aside);
    json_set_i64(out, "refused", (int64_t)count->refused);
    json_set_i64(out, "held_back", (int64_t)count->held_back);
    json_set_i64(out, "alerts", (int64_t)count->alerts);
    json_set_i64(out, "objects", (int64_t)count->objects);
    json_set_i64(out, "pieces", (int64_t)count->pieces);
    json_set_i64(out, "pieces_known", (int64_t)count->pieces_known);
    json_set_i64(out, "pieces_wrong", (int64_t)count->pieces_wrong);
    json_set_i64(out, "pieces_passed", (int64_t)count->pieces_passed);
    json_set_i64(out, "files", (int64_t)count->files);
    if (count->aside > 0)
        json_set_i64(out, "expected", (int64_t)count->expected);
    if (count->told)
        json_set_i64(out, "acked", (int64_t)count->acked);
    json_set_flag(out, "forked", count->forked);
    json_set_flag(out, "later", count->later);
}

/* ---- blocks */

void parcel_key_id(uint8_t out[CHANGE_KEY_ID_BYTES], const uint8_t curve[32])
{
    sign_key_id(out, curve);
}

int parcel_seal(struct buf *out, const struct bundle_label *label,
                struct bytes frames)
{
    struct bundle_block block = {.bundle = label->bundle,
                                 .number = label->number,
                                 .last = label->last,
                                 .made_ms = label->made_ms};
    struct signed_bytes around = {.body = {NULL, 0}};
    struct buf box = {0}, body = {0}, whole = {0};
    struct bytes piece;
    struct hash hash;
    int rc;

    if ((rc = seal_close(&box, label->to_curve, frames)) != 0) {
        buf_free(&box); /* empty, but it had made room */
        return rc;
    }
    memcpy(block.from, label->from, strnlen(label->from, LIMIT_HOME - 1));
    memcpy(block.to, label->to, strnlen(label->to, LIMIT_HOME - 1));
    parcel_key_id(block.to_key, label->to_curve);
    block.box = buf_bytes(&box);
    block.has_signing_key = label->signing_key != NULL;
    if (block.has_signing_key)
        block.signing_key = *label->signing_key;
    wire_bundle_block_encode(&body, &block);
    label->sign(label->who, &around, BUNDLE_SIGN_DOMAIN, buf_bytes(&body));
    wire_signed_encode(&whole, &around);
    piece = buf_bytes(&whole);
    hash = crypto_sha256(&piece, 1);
    buf_add_u32(out, (uint32_t)whole.size);
    buf_add(out, hash.bytes, sizeof hash.bytes);
    buf_add_bytes(out, piece);
    buf_free(&box);
    buf_free(&body);
    buf_free(&whole);
    return 0;
}

int parcel_open(struct buf *frames, const struct bundle_block *block,
                const struct seal_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t id[CHANGE_KEY_ID_BYTES];

        parcel_key_id(id, keys[i].public_key);
        if (memcmp(id, block->to_key, sizeof id) == 0)
            return seal_open(frames, &keys[i], block->box);
    }
    return ERR_MISSING;
}

bool parcel_proves(const struct signed_bytes *around,
                   const uint8_t sign_public[32])
{
    return sign_verify(around->signature, sign_public, BUNDLE_SIGN_DOMAIN,
                       around->body);
}
