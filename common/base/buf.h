/* common/base/buf.h - a growing array of bytes, and a view of bytes of others.
 *
 * A zeroed struct buf is empty and valid. buf_text keeps a NUL behind the last
 * byte (not counted in `size`).
 */
#ifndef LIENXA_BASE_BUF_H
#define LIENXA_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes. data may be NULL when size is 0. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

/* Owned bytes. */
struct buf {
    uint8_t *data;
    size_t size;
    size_t room;
};

struct bytes bytes_of(const void *data, size_t size);
struct bytes bytes_of_text(const char *text);
bool bytes_equal(struct bytes a, struct bytes b);

void buf_free(struct buf *buf);  /* empty again, memory released */
void buf_clear(struct buf *buf); /* empty, memory kept */
void buf_reserve(struct buf *buf, size_t more);
/* For secrets: as buf_free and buf_reserve, and no byte is left behind. */
void buf_wipe(struct buf *buf);
void buf_reserve_wiping(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_bytes(struct buf *buf, struct bytes bytes);
void buf_add_u8(struct buf *buf, uint8_t value);
void buf_add_u32(struct buf *buf, uint32_t value);    /* big-endian */
void buf_add_u64(struct buf *buf, uint64_t value);    /* big-endian */
void buf_add_text(struct buf *buf, const char *text); /* without its NUL */
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct bytes buf_bytes(const struct buf *buf);

/* The content as a C string; borrowed until the next change of `buf`. */
const char *buf_text(struct buf *buf);

/* Big-endian numbers in `at`. */
void put_u32(uint8_t *at, uint32_t value);
void put_u64(uint8_t *at, uint64_t value);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);

/* Lower-case hex; `out` holds 2 * size + 1 characters. */
void hex_encode(char *out, const void *data, size_t size);
/* Exactly `size` bytes from 2 * size hex digits and the end of `text`. */
bool hex_decode(void *out, size_t size, const char *text);

/* RFC 4648 base64url and base32 (upper case), without padding. The encoders
 * append to `out`; the decoders append and return false on a foreign letter or
 * stray bits. base32_decode takes lower case and skips '-' and spaces. */
void base64url_encode(struct buf *out, struct bytes in);
bool base64url_decode(struct buf *out, const char *text);
void base32_encode(struct buf *out, struct bytes in);
bool base32_decode(struct buf *out, const char *text);

/* Valid UTF-8 (RFC 3629) without NUL. */
bool utf8_valid(struct bytes text);

#endif
