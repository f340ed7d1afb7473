/* common/crypto/keyfile.h - a secret in a file only its owner can read.
 */
#ifndef LIENXA_CRYPTO_KEYFILE_H
#define LIENXA_CRYPTO_KEYFILE_H

#include <stddef.h>

#include "common/base/error.h"

/* Writes the raw bytes, mode 0600, whole or not at all, over what was there. */
int keyfile_save(const char *path, const void *secret, size_t size,
                 struct error *err);

/* Reads exactly `size` bytes; `out` is zeroed on failure. ERR_MISSING.
 * ERR_REFUSED: group or others may use the file; the text says what to type.
 * ERR_DAMAGED: of another size, or not a file. ERR_IO. */
int keyfile_load(void *out, size_t size, const char *path, struct error *err);

#endif
