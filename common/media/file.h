/* common/media/file.h - one attachment on the disk, locked piece by piece.
 *
 * Every piece is a box (XChaCha20-Poly1305, crypto/seal.h) of its own under the
 * file's own random key, and knows its number and how many there are: so it can
 * be read, checked and, half written, gone on with by itself. The file's key
 * stands in front, in a box under a key of the caller's, or sealed to a public
 * key (an original, which only the owner of the other half can open).
 */
#ifndef LIENXA_MEDIA_FILE_H
#define LIENXA_MEDIA_FILE_H

#include "common/crypto/seal.h"
#include "common/media/piece.h"

struct media_file;

enum { MEDIA_FILE_HEAD = 128 }; /* bytes before the first piece */

/* A new file of `size` bytes of content, not yet locked. ERR_EXISTS, ERR_FULL,
 * ERR_IO. Owned. */
int media_file_make(struct media_file **out, const char *path, uint64_t size,
                    struct error *err);
/* Its key, locked in front. May be called again: other hands, same content. */
int media_file_lock(struct media_file *file, const uint8_t key[BOX_KEY_BYTES]);
int media_file_seal(struct media_file *file,
                    const uint8_t public_key[SEAL_PUBLIC_BYTES]);

/* ERR_MISSING; ERR_DAMAGED: not such a file, or not for this key. Owned. */
int media_file_open(struct media_file **out, const char *path,
                    const uint8_t key[BOX_KEY_BYTES], bool write,
                    struct error *err);
int media_file_unseal(struct media_file **out, const char *path,
                      const struct seal_key *key, struct error *err);
void media_file_close(struct media_file **file);

uint64_t media_file_size(const struct media_file *file);
/* `piece` has media_piece_bytes bytes. ERR_FULL, ERR_IO. */
int media_file_put(struct media_file *file, uint32_t number,
                   struct bytes piece);
/* Appends it. ERR_DAMAGED: it is not there, or not as it was written. */
int media_file_get(struct media_file *file, uint32_t number, struct buf *out);
/* Appends the hash that the list has for this chunk (from 0). */
int media_file_chunk_hash(struct media_file *file, uint32_t chunk,
                          struct hash *out);
/* H(list). */
int media_file_list_hash(struct media_file *file, struct hash *out);
/* As many pieces as it is long. */
uint32_t media_file_length(const struct media_file *file);
int media_file_sync(struct media_file *file);

#endif
