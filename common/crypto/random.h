/* common/crypto/random.h - bytes nobody can guess, and new ids.
 */
#ifndef LIENXA_CRYPTO_RANDOM_H
#define LIENXA_CRYPTO_RANDOM_H

#include "common/base/id.h"
#include "common/base/mem.h"

/* Call once at start, before anything else of crypto/. Ends the process when
 * the libraries cannot start. */
void crypto_open(void);

void random_bytes(void *out, size_t size);

/* Cheap bytes for salts: a ChaCha20 stream reseeded from the kernel once per
 * 1 MiB (a system call per salt costs more than the hash it protects). */
void random_salt(uint8_t out[16]);

/* UUIDv7 of this wall-clock time; ids made in one process are increasing. */
struct id random_id(int64_t wall_ms);

bool crypto_equal(const void *a, const void *b,
                  size_t size); /* constant time */

#endif
