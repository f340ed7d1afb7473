#include "common/base/id.h"

#include <string.h>

#include "common/base/buf.h"

/* RFC 9562: version in the high bits of byte 6, variant 10 in those of byte 8.
 */
static void mark(struct id *id, unsigned version)
{
    id->bytes[6] = (uint8_t)(version << 4 | (id->bytes[6] & 0x0f));
    id->bytes[8] = (uint8_t)(0x80 | (id->bytes[8] & 0x3f));
}

struct id id_make(int64_t wall_ms, const uint8_t random[10])
{
    struct id id;

    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
    memcpy(id.bytes + 6, random, 10);
    mark(&id, 7);
    return id;
}

struct id id_derive(const struct hash *hash)
{
    struct id id;

    memcpy(id.bytes, hash->bytes, sizeof id.bytes);
    mark(&id, 8);
    return id;
}

bool id_equal(const struct id *a, const struct id *b)
{
    return id_compare(a, b) == 0;
}

int id_compare(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool id_is_zero(const struct id *id)
{
    static const struct id zero;

    return id_equal(id, &zero);
}

/* The four dashes of the 8-4-4-4-12 form stand before these bytes. */
static bool dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

const char *id_text(char out[ID_TEXT_BYTES], const struct id *id)
{
    char *at = out;

    for (size_t i = 0; i < sizeof id->bytes; i++) {
        if (dash_before(i))
            *at++ = '-';
        hex_encode(at, &id->bytes[i], 1);
        at += 2;
    }
    return out;
}

bool id_parse(struct id *out, const char *text)
{
    char digits[2 * sizeof out->bytes + 1];
    size_t used = 0;
    struct id id;

    for (size_t i = 0; i < sizeof out->bytes; i++) {
        if (dash_before(i) && *text++ != '-')
            return false;
        if (!text[0] || !text[1])
            return false;
        digits[used++] = *text++;
        digits[used++] = *text++;
    }
    digits[used] = '\0';
    if (*text != '\0' || !hex_decode(id.bytes, sizeof id.bytes, digits))
        return false;
    *out = id;
    return true;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return hash_compare(a, b) == 0;
}

int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool hash_is_zero(const struct hash *hash)
{
    static const struct hash zero;

    return hash_equal(hash, &zero);
}

const char *hash_text(char out[HASH_TEXT_BYTES], const struct hash *hash)
{
    hex_encode(out, hash->bytes, sizeof hash->bytes);
    return out;
}
