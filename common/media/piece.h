/* common/media/piece.h - how a file is cut into pieces and named (PROTOCOL
 * 4.11, 7.12). Sizes are from 1 to LIMIT_MEDIA.
 */
#ifndef LIENXA_MEDIA_PIECE_H
#define LIENXA_MEDIA_PIECE_H

#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/sync/limits.h"

enum { MEDIA_SALT_BYTES = 16 };

uint32_t media_chunks(uint64_t size);
/* How many pieces the list of the chunks' hashes has: they come first. */
uint32_t media_list_pieces(uint64_t size);
uint32_t media_pieces(uint64_t size);
/* 0: there is no such piece. */
size_t media_piece_bytes(uint64_t size, uint32_t piece);

struct hash media_hash(struct bytes bytes);
struct hash media_name(const uint8_t salt[MEDIA_SALT_BYTES], uint64_t size,
                       const struct hash *list);

#endif
