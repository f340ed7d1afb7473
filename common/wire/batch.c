/* common/wire/batch.c - batches, plain or compressed (PROTOCOL 7.1).
 */
#include <assert.h>

#include "common/wire/inside.h"

enum {
    WORTH_ZIPPING = 512 /* bytes; below, the frame costs what it saves */
};

static void read_changes(struct wire_reader *r, struct msg_batch *out,
                         size_t count, Lienxa__Change *const *in)
{
    struct change *changes;

    if (!wire_read_count(r, count, LIMIT_BATCH_CHANGES, "batch changes"))
        return;
    changes = wire_read_array(r, count, sizeof *changes);
    for (size_t i = 0; i < count && r->rc == 0; i++)
        wire_change_read(r, &changes[i], in[i]);
    out->changes = changes;
    out->count = count;
}

void wire_batch_read(struct wire_codec *codec, struct wire_reader *r,
                     struct msg_batch *out, const Lienxa__Batch *in)
{
    wire_name_read(r, &out->name, in->name);
    out->first = wire_read_number(r, in->first, "batch first");
    if (out->first == 0)
        wire_read_fail(r, ERR_INVALID, "batch first: missing");
    wire_signed_read(r, &out->head, in->head, SIGNED_BODY_LIMIT);
    if (out->head.body.size == 0) /* that would be a short one: pack.c */
        wire_read_fail(r, ERR_INVALID, "batch head: empty");
    if (in->zstd.len > 0 && in->n_changes > 0) {
        wire_read_fail(r, ERR_INVALID, "batch: plain and compressed");
    } else if (in->zstd.len > 0) {
        const Lienxa__ChangeList *list =
            wire_unpack(r, &lienxa__change_list__descriptor,
                        wire_unzip(codec, r, in->zstd), "batch");

        if (list)
            read_changes(r, out, list->n_changes, list->changes);
    } else {
        read_changes(r, out, in->n_changes, in->changes);
    }
}

static void write_changes(struct wire_codec *codec, Lienxa__ChangeList *out,
                          const struct msg_batch *in)
{
    Lienxa__Change *changes =
        wire_arena_take(&codec->encoding, in->count * sizeof *changes);
    Lienxa__Change **list =
        wire_arena_take(&codec->encoding, in->count * sizeof(void *));

    assert(changes && list);
    for (size_t i = 0; i < in->count; i++) {
        wire_change_write(&changes[i], &in->changes[i]);
        list[i] = &changes[i];
    }
    out->n_changes = in->count;
    out->changes = list;
}

static bool zip(struct wire_codec *codec, const Lienxa__ChangeList *list)
{
    buf_clear(&codec->plain_out);
    wire_pack(&codec->plain_out, &list->base);
    wire_zip(codec, 0, buf_bytes(&codec->plain_out));
    return codec->zipped.size < codec->plain_out.size;
}

int wire_batch_write(struct wire_codec *codec, Lienxa__Batch *out,
                     const struct msg_batch *in, struct error *err)
{
    Lienxa__ChangeList list = LIENXA__CHANGE_LIST__INIT;
    size_t size;

    if (in->count > LIMIT_BATCH_CHANGES)
        return error_set(err, ERR_FULL, "batch changes: %zu, at most %d",
                         in->count, LIMIT_BATCH_CHANGES);
    write_changes(codec, &list, in);
    out->n_changes = list.n_changes;
    out->changes = list.changes;
    if (!codec->compress)
        return 0;
    size = protobuf_c_message_get_packed_size(&list.base);
    if (size > LIMIT_BATCH_PLAIN)
        return error_set(err, ERR_FULL, "batch: %zu bytes, at most %d", size,
                         LIMIT_BATCH_PLAIN);
    if (size > WORTH_ZIPPING && zip(codec, &list)) {
        out->n_changes = 0;
        out->zstd = wire_data(codec->zipped.data, codec->zipped.size);
    }
    return 0;
}
