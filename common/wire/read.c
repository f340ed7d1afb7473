/* common/wire/read.c - the checks every unpacked field passes.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/wire/inside.h"

void wire_read_fail(struct wire_reader *r, int code, const char *format, ...)
{
    char text[ERROR_TEXT_BYTES];
    va_list arguments;

    if (r->rc != 0)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    r->rc = error_set(r->err, code, "%s", text);
}

void *wire_unpack(struct wire_reader *r,
                  const ProtobufCMessageDescriptor *descriptor,
                  struct bytes bytes, const char *what)
{
    void *message;

    if (r->rc != 0)
        return NULL;
    message = protobuf_c_message_unpack(descriptor, &r->arena->allocator,
                                        bytes.size, bytes.data);
    if (!message)
        wire_read_fail(r, ERR_INVALID,
                       "%s: malformed, or larger than it may be in memory",
                       what);
    return message;
}

void wire_read_known(struct wire_reader *r, const ProtobufCMessage *message,
                     const char *what)
{
    if (message->n_unknown_fields > 0)
        wire_read_fail(r, ERR_VERSION, "%s: field %u is not known here", what,
                       message->unknown_fields[0].tag);
}

void wire_read_fixed(struct wire_reader *r, void *out, size_t size,
                     ProtobufCBinaryData in, const char *what)
{
    if (in.len != size) {
        wire_read_fail(r, ERR_INVALID, "%s: %zu bytes instead of %zu", what,
                       in.len, size);
        return;
    }
    memcpy(out, in.data, size);
}

/* The empty default of protobuf-c is no piece of ours; any other string is,
 * and its size there tells of a NUL inside. */
static size_t length_of(const struct wire_reader *r, const char *in)
{
    if (*in == '\0' && !wire_arena_owns(r->arena, in))
        return 0;
    return wire_arena_size(in) - 1;
}

static bool check_text(struct wire_reader *r, const char *in, size_t size,
                       size_t limit, const char *what)
{
    if (size > limit)
        wire_read_fail(r, ERR_INVALID, "%s: %zu bytes, at most %zu", what, size,
                       limit);
    else if (!utf8_valid(bytes_of(in, size)))
        wire_read_fail(r, ERR_INVALID, "%s: not UTF-8, or a NUL inside", what);
    return r->rc == 0;
}

void wire_read_text(struct wire_reader *r, char *out, size_t room,
                    const char *in, const char *what)
{
    size_t size = length_of(r, in);

    if (check_text(r, in, size, room - 1, what))
        memcpy(out, in, size + 1);
}

const char *wire_read_words(struct wire_reader *r, const char *in, size_t limit,
                            const char *what)
{
    return check_text(r, in, length_of(r, in), limit, what) ? in : "";
}

struct bytes wire_read_bytes(struct wire_reader *r, ProtobufCBinaryData in,
                             size_t limit, const char *what)
{
    if (in.len <= limit)
        return wire_bytes(in);
    wire_read_fail(r, ERR_INVALID, "%s: %zu bytes, at most %zu", what, in.len,
                   limit);
    return bytes_of(NULL, 0);
}

uint64_t wire_read_number(struct wire_reader *r, uint64_t in, const char *what)
{
    if (in <= INT64_MAX)
        return in;
    wire_read_fail(r, ERR_INVALID, "%s: 2^63 or more", what);
    return 0;
}

int64_t wire_read_time(struct wire_reader *r, uint64_t in, const char *what)
{
    return (int64_t)wire_read_number(r, in, what);
}

int wire_read_enum(struct wire_reader *r, uint32_t in, int last,
                   const char *what)
{
    if (in == 0)
        wire_read_fail(r, ERR_INVALID, "%s: missing", what);
    else if (in > (uint32_t)last)
        wire_read_fail(r, ERR_VERSION, "%s: %u is not known here", what, in);
    return r->rc == 0 ? (int)in : 0;
}

bool wire_read_count(struct wire_reader *r, size_t count, size_t limit,
                     const char *what)
{
    if (count > limit)
        wire_read_fail(r, ERR_INVALID, "%s: %zu of them, at most %zu", what,
                       count, limit);
    return r->rc == 0;
}

void *wire_read_array(struct wire_reader *r, size_t count, size_t bytes)
{
    void *array = NULL;

    if (r->rc == 0)
        array = wire_arena_take(r->arena, count * bytes);
    if (!array) {
        wire_read_fail(r, ERR_INVALID, "larger than it may be in memory");
        return NULL;
    }
    return memset(array, 0, count * bytes);
}

struct bytes wire_read_within(struct bytes whole, ProtobufCBinaryData part)
{
    const void *at = part.len > 0
                         ? memmem(whole.data, whole.size, part.data, part.len)
                         : whole.data;

    return bytes_of(at, part.len);
}

struct bytes wire_bytes(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

ProtobufCBinaryData wire_data(const void *data, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)data};
}

uint64_t wire_time(int64_t ms) { return ms > 0 ? (uint64_t)ms : 0; }

void wire_pack(struct buf *out, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);

    if (size == 0)
        return;
    buf_reserve(out, size);
    out->size += protobuf_c_message_pack(message, out->data + out->size);
}

void wire_small_open(struct wire_small *small, struct error *err)
{
    wire_arena_open(&small->arena, small->room, sizeof small->room,
                    ARENA_SMALL_LIMIT);
    small->reader = (struct wire_reader){&small->arena, err, 0};
}

int wire_small_close(struct wire_small *small)
{
    wire_arena_close(&small->arena);
    return small->reader.rc;
}
