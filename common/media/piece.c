/* common/media/piece.c - see piece.h. */
#include "common/media/piece.h"

#include "common/crypto/digest.h"

static uint64_t list_bytes(uint64_t size)
{
    return (uint64_t)media_chunks(size) * sizeof(struct hash);
}

static uint32_t cut(uint64_t bytes)
{
    return (uint32_t)((bytes + LIMIT_MEDIA_PIECE - 1) / LIMIT_MEDIA_PIECE);
}

uint32_t media_chunks(uint64_t size) { return cut(size); }

uint32_t media_list_pieces(uint64_t size) { return cut(list_bytes(size)); }

uint32_t media_pieces(uint64_t size)
{
    return media_list_pieces(size) + media_chunks(size);
}

static size_t part(uint64_t whole, uint32_t number)
{
    uint64_t before = (uint64_t)number * LIMIT_MEDIA_PIECE;
    uint64_t rest = before < whole ? whole - before : 0;

    return rest < LIMIT_MEDIA_PIECE ? (size_t)rest : LIMIT_MEDIA_PIECE;
}

size_t media_piece_bytes(uint64_t size, uint32_t piece)
{
    uint32_t list = media_list_pieces(size);

    return piece < list ? part(list_bytes(size), piece)
                        : part(size, piece - list);
}

struct hash media_hash(struct bytes bytes) { return crypto_sha256(&bytes, 1); }

struct hash media_name(const uint8_t salt[MEDIA_SALT_BYTES], uint64_t size,
                       const struct hash *list)
{
    static const char domain[] = "lienxa media 1\n";
    struct buf text = {0};
    struct bytes piece;
    struct hash name;

    buf_add(&text, domain, sizeof domain - 1);
    buf_add(&text, salt, MEDIA_SALT_BYTES);
    buf_add_u64(&text, size);
    buf_add(&text, list, sizeof *list);
    piece = buf_bytes(&text);
    name = crypto_sha256(&piece, 1);
    buf_free(&text);
    return name;
}
