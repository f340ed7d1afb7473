/* common/wire/change.c - changes and their headers (PROTOCOL 2.1).
 *
 * A change is taken apart and put together; the bytes of its header and parts
 * are never touched.
 */
#include <assert.h>
#include <string.h>

#include "common/wire/inside.h"

static void read_header(struct wire_reader *r, struct change_header *out,
                        struct bytes bytes)
{
    const Lienxa__ChangeHeader *in = NULL;

    if (bytes.size == 0 || bytes.size > LIMIT_HEADER)
        wire_read_fail(r, ERR_INVALID, "header: %zu bytes, 1 to %d", bytes.size,
                       LIMIT_HEADER);
    else
        in =
            wire_unpack(r, &lienxa__change_header__descriptor, bytes, "header");
    if (!in)
        return;
    *out = (struct change_header){.kind = in->kind, .flags = in->flags};
    wire_read_text(r, out->home, sizeof out->home, in->home, "header home");
    wire_read_fixed(r, &out->record, sizeof out->record, in->record,
                    "header record");
    out->version = wire_read_number(r, in->version, "header version");
    out->clock_ms = wire_read_time(r, in->clock_ms, "header clock");
    if (out->home[0] == '\0' || out->version == 0)
        wire_read_fail(r, ERR_INVALID, "header: without a home or a version");
}

int wire_header_decode(struct change_header *out, struct bytes bytes)
{
    struct wire_small small;

    wire_small_open(&small, NULL);
    read_header(&small.reader, out, bytes);
    return wire_small_close(&small);
}

void wire_header_encode(struct buf *out, const struct change_header *header)
{
    Lienxa__ChangeHeader h = LIENXA__CHANGE_HEADER__INIT;

    h.home = (char *)header->home;
    h.record = wire_data(&header->record, sizeof header->record);
    h.kind = header->kind;
    h.flags = header->flags;
    h.version = header->version;
    h.clock_ms = wire_time(header->clock_ms);
    wire_pack(out, &h.base);
}

struct packed_part {
    ProtobufCBinaryData salt, data, stub;
};

static void read_part(struct wire_reader *r, struct part *out,
                      struct packed_part in, size_t limit, const char *what)
{
    if (in.salt.len > 0) {
        out->form = PART_WHOLE;
        wire_read_fixed(r, out->salt, sizeof out->salt, in.salt, what);
        out->bytes = wire_bytes(in.data);
        if (in.data.len > limit)
            wire_read_fail(r, ERR_INVALID, "%s: %zu bytes, at most %zu", what,
                           in.data.len, limit);
        if (in.stub.len > 0)
            wire_read_fail(r, ERR_INVALID, "%s: whole and a stub", what);
    } else if (in.data.len > 0) {
        wire_read_fail(r, ERR_INVALID, "%s: without its salt", what);
    } else if (in.stub.len > 0) {
        out->form = PART_STUB;
        wire_read_fixed(r, &out->hash, sizeof out->hash, in.stub, what);
    }
}

static void read_signature(struct wire_reader *r, struct change *out,
                           const Lienxa__Change *in)
{
    if (in->key_id.len == 0 && in->signature.len == 0)
        return;
    out->is_signed = true;
    wire_read_fixed(r, out->key_id, sizeof out->key_id, in->key_id,
                    "change key id");
    wire_read_fixed(r, out->signature, sizeof out->signature, in->signature,
                    "change signature");
}

void wire_change_read(struct wire_reader *r, struct change *out,
                      const Lienxa__Change *in)
{
    if (!in) {
        wire_read_fail(r, ERR_INVALID, "change: missing");
        return;
    }
    out->header_bytes = wire_bytes(in->header);
    read_header(r, &out->header, out->header_bytes);
    read_part(r, &out->part[PART_FACT],
              (struct packed_part){in->fact_salt, in->fact, in->fact_stub},
              LIMIT_FACT, "fact");
    read_part(r, &out->part[PART_BODY],
              (struct packed_part){in->body_salt, in->body, in->body_stub},
              LIMIT_BODY, "body");
    read_part(r, &out->part[PART_VAULT],
              (struct packed_part){in->vault_salt, in->vault, in->vault_stub},
              LIMIT_VAULT, "vault");
    read_signature(r, out, in);
}

static struct packed_part write_part(const struct part *in)
{
    struct packed_part out = {0};

    switch (in->form) {
    case PART_ABSENT:
        break;
    case PART_WHOLE:
        out.salt = wire_data(in->salt, sizeof in->salt);
        out.data = wire_data(in->bytes.data, in->bytes.size);
        break;
    case PART_STUB:
        out.stub = wire_data(&in->hash, sizeof in->hash);
        break;
    }
    return out;
}

void wire_change_write(Lienxa__Change *out, const struct change *in)
{
    struct packed_part fact = write_part(&in->part[PART_FACT]);
    struct packed_part body = write_part(&in->part[PART_BODY]);
    struct packed_part vault = write_part(&in->part[PART_VAULT]);

    lienxa__change__init(out);
    out->header = wire_data(in->header_bytes.data, in->header_bytes.size);
    out->fact_salt = fact.salt;
    out->fact = fact.data;
    out->fact_stub = fact.stub;
    out->body_salt = body.salt;
    out->body = body.data;
    out->body_stub = body.stub;
    out->vault_salt = vault.salt;
    out->vault = vault.data;
    out->vault_stub = vault.stub;
    if (in->is_signed) {
        out->key_id = wire_data(in->key_id, sizeof in->key_id);
        out->signature = wire_data(in->signature, sizeof in->signature);
    }
}

enum { FIELD_BYTES = 2 }; /* tag and length of a short field */

static size_t part_size(const struct part *part)
{
    switch (part->form) {
    case PART_ABSENT:
        break;
    case PART_WHOLE:
        return sizeof part->salt + part->bytes.size + 2 * FIELD_BYTES + 2;
    case PART_STUB:
        return sizeof part->hash + FIELD_BYTES;
    }
    return 0;
}

size_t wire_change_size(const struct change *change)
{
    size_t size = change->header_bytes.size + 3 * FIELD_BYTES;

    for (int i = 0; i < PART_COUNT; i++)
        size += part_size(&change->part[i]);
    if (change->is_signed)
        size +=
            sizeof change->key_id + sizeof change->signature + 2 * FIELD_BYTES;
    return size;
}
