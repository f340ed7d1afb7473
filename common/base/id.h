/* common/base/id.h - 16-byte identifiers and 32-byte hashes.
 *
 * Records, commands, nodes' instances: UUIDs (RFC 9562). New ones are version
 * 7: ordered by time, so that they land at the end of an index (design 13).
 */
#ifndef LIENXA_BASE_ID_H
#define LIENXA_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

struct id {
    uint8_t bytes[16];
};

struct hash {
    uint8_t bytes[32];
};

enum { ID_TEXT_BYTES = 37, HASH_TEXT_BYTES = 65 };

/* A version 7 UUID from wall-clock milliseconds and 10 random bytes. */
struct id id_make(int64_t wall_ms, const uint8_t random[10]);

/* A version 8 UUID made of the first 16 bytes of a hash (derived ids). */
struct id id_derive(const struct hash *hash);

bool id_equal(const struct id *a, const struct id *b);
int id_compare(const struct id *a, const struct id *b);
bool id_is_zero(const struct id *id);

/* Writes the 36 characters and a NUL to `out` and returns it. */
const char *id_text(char out[ID_TEXT_BYTES], const struct id *id);

/* Any case; the 8-4-4-4-12 form only. */
bool id_parse(struct id *out, const char *text);

bool hash_equal(const struct hash *a, const struct hash *b);
int hash_compare(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *hash);
const char *hash_text(char out[HASH_TEXT_BYTES], const struct hash *hash);

#endif
