#include "common/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum { FIRST_ROOM = 64 };

struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){data, size};
}

struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

void buf_free(struct buf *buf)
{
    mem_free(&buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf) { buf->size = 0; }

/* The room for that many more; what there is when it is enough. */
static size_t room_for(const struct buf *buf, size_t more)
{
    assert(more <= SIZE_MAX / 4 && buf->size <= SIZE_MAX / 4);
    size_t need = buf->size + more;
    size_t room = buf->room > 0 ? buf->room : FIRST_ROOM;

    while (need > buf->room && room < need)
        room *= 2;
    return need <= buf->room ? buf->room : room;
}

void buf_reserve(struct buf *buf, size_t more)
{
    size_t room = room_for(buf, more);

    if (room == buf->room)
        return;
    buf->data = mem_grow(buf->data, room, 1);
    buf->room = room;
}

void buf_wipe(struct buf *buf)
{
    if (buf->data != NULL)
        mem_wipe(buf->data, buf->room);
    buf_free(buf);
}

/* Growing may move; what was moved away from is the allocator's. */
void buf_reserve_wiping(struct buf *buf, size_t more)
{
    size_t room = room_for(buf, more), size = buf->size;
    uint8_t *data;

    if (room == buf->room)
        return;
    data = mem_new(room);
    if (size > 0)
        memcpy(data, buf->data, size);
    buf_wipe(buf);
    *buf = (struct buf){data, size, room};
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
    if (size == 0)
        return;
    buf_reserve(buf, size);
    memcpy(buf->data + buf->size, data, size);
    buf->size += size;
}

void buf_add_bytes(struct buf *buf, struct bytes bytes)
{
    buf_add(buf, bytes.data, bytes.size);
}

void buf_add_u8(struct buf *buf, uint8_t value) { buf_add(buf, &value, 1); }

void buf_add_u32(struct buf *buf, uint32_t value)
{
    uint8_t bytes[4];

    put_u32(bytes, value);
    buf_add(buf, bytes, sizeof bytes);
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    uint8_t bytes[8];

    put_u64(bytes, value);
    buf_add(buf, bytes, sizeof bytes);
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);

    assert(length >= 0);
    buf_reserve(buf, (size_t)length + 1);
    (void)vsnprintf((char *)buf->data + buf->size, (size_t)length + 1, format,
                    again);
    buf->size += (size_t)length;
    va_end(again);
    va_end(args);
}

struct bytes buf_bytes(const struct buf *buf)
{
    return bytes_of(buf->data, buf->size);
}

const char *buf_text(struct buf *buf)
{
    buf_reserve(buf, 1);
    buf->data[buf->size] = '\0';
    return (const char *)buf->data;
}

void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

void put_u64(uint8_t *at, uint64_t value)
{
    put_u32(at, (uint32_t)(value >> 32));
    put_u32(at + 4, (uint32_t)value);
}

uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

uint64_t get_u64(const uint8_t *at)
{
    return (uint64_t)get_u32(at) << 32 | get_u32(at + 4);
}
