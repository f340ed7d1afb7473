/* common/wire/inside.h - what the files of this folder share and nobody else
 * sees: the arena, the checks after unpacking, the codec's own memory.
 */
#ifndef LIENXA_WIRE_INSIDE_H
#define LIENXA_WIRE_INSIDE_H

#include <zstd.h>

#include "common/base/error.h"
#include "common/sync/message.h"
#include "common/wire/codec.h"
#include "common/wire/record.h"
#include "envelope.pb-c.h"
#include "records.pb-c.h"
#include "sync.pb-c.h"

/* ---- arena.c: memory that is taken piece by piece and given back at once */

enum {
    ARENA_LIMIT = 4 * 1024 * 1024, /* what one message may take */
    ARENA_SMALL_LIMIT = 256 * 1024 /* what one record part may take */
};

/* Every piece stands behind its size: protobuf-c hides the length of a string
 * and with it a NUL inside (see wire_read_text). */
struct wire_arena {
    ProtobufCAllocator allocator;
    struct arena_block *blocks; /* newest first; the borrowed one is not here */
    uint8_t *at, *end;          /* free room */
    size_t taken, limit;
    const uint8_t *first; /* borrowed room, or NULL */
    size_t first_size;
};

/* `room` (aligned like uint64_t, may be NULL) is used before any is
 * allocated; borrowed until close. */
void wire_arena_open(struct wire_arena *arena, void *room, size_t size,
                     size_t limit);
void wire_arena_close(struct wire_arena *arena);
/* NULL when the limit is reached. Not zeroed. */
void *wire_arena_take(struct wire_arena *arena, size_t size);
/* The size of a piece of an arena. */
size_t wire_arena_size(const void *piece);
bool wire_arena_owns(const struct wire_arena *arena, const void *piece);

/* ---- read.c: after unpacking, every field passes one of these */

/* The first fault stays; after it nothing more is read (`rc` is not 0). */
struct wire_reader {
    struct wire_arena *arena;
    struct error *err;
    int rc;
};

void wire_read_fail(struct wire_reader *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* NULL and a fault when malformed or too large for the arena. */
void *wire_unpack(struct wire_reader *r,
                  const ProtobufCMessageDescriptor *descriptor,
                  struct bytes bytes, const char *what);
/* Facts: a field of a later version is a fault. */
void wire_read_known(struct wire_reader *r, const ProtobufCMessage *message,
                     const char *what);
void wire_read_fixed(struct wire_reader *r, void *out, size_t size,
                     ProtobufCBinaryData in, const char *what);
/* Copies; `room` counts the NUL. */
void wire_read_text(struct wire_reader *r, char *out, size_t room,
                    const char *in, const char *what);
/* `in` itself, when it has at most `limit` bytes; else none. Borrowed. */
struct bytes wire_read_bytes(struct wire_reader *r, ProtobufCBinaryData in,
                             size_t limit, const char *what);
/* `in` itself, when it is UTF-8 without NUL of at most `limit` bytes; else "".
 * Borrowed like `in`. */
const char *wire_read_words(struct wire_reader *r, const char *in, size_t limit,
                            const char *what);
/* 64-bit numbers stay below 2^63 (PROTOCOL 12). */
uint64_t wire_read_number(struct wire_reader *r, uint64_t in, const char *what);
int64_t wire_read_time(struct wire_reader *r, uint64_t in, const char *what);
/* 1 .. last: as is; 0 is malformed, above is of a later version. */
int wire_read_enum(struct wire_reader *r, uint32_t in, int last,
                   const char *what);
bool wire_read_count(struct wire_reader *r, size_t count, size_t limit,
                     const char *what);
/* A piece of the arena, zeroed. NULL and a fault when over the limit. */
void *wire_read_array(struct wire_reader *r, size_t count, size_t bytes);
/* Where in `whole` the bytes of `part` stand, which was copied from it. */
struct bytes wire_read_within(struct bytes whole, ProtobufCBinaryData part);

struct bytes wire_bytes(ProtobufCBinaryData in);
ProtobufCBinaryData wire_data(const void *data, size_t size);
uint64_t wire_time(int64_t ms); /* before 1970: 0 */
void wire_pack(struct buf *out, const ProtobufCMessage *message);

/* A reader over memory of the stack for one small thing. */
struct wire_small {
    struct wire_reader reader;
    struct wire_arena arena;
    uint64_t room[512];
};
void wire_small_open(struct wire_small *small, struct error *err);
int wire_small_close(struct wire_small *small); /* the reader's rc */

/* ---- codec.c */

struct wire_codec {
    bool compress;
    struct wire_arena decoded; /* the message decoded last */
    struct buf plain_in;       /* a batch after decompression */
    ZSTD_DCtx *unzip;          /* made when first needed */
    ZSTD_DDict *unzip_words;   /* as well: of dictionary .. */
    uint32_t unzip_id;

    struct wire_arena encoding;
    struct buf frame; /* the frame encoded last */
    struct buf plain_out, zipped, rest;
    ZSTD_CCtx *zip;
    ZSTD_CDict *zip_words; /* of dictionary .. */
    uint32_t zip_id;
};

/* ---- zip.c */

/* Into `codec->zipped`, as one frame. By no dictionary when that is 0, or when
 * there is so much that none is of use. */
void wire_zip(struct wire_codec *codec, uint32_t dictionary,
              struct bytes plain);
/* What one frame holds, borrowed from the codec; none and a fault when it is
 * not exactly one, tells no size or too large a one, or is damaged. */
struct bytes wire_unzip(struct wire_codec *codec, struct wire_reader *r,
                        ProtobufCBinaryData zstd);
void wire_zip_free(struct wire_codec *codec);

/* ---- change.c, batch.c, pack.c, signed.c, encode.c, decode.c */

void wire_change_read(struct wire_reader *r, struct change *out,
                      const Lienxa__Change *in);
void wire_change_write(Lienxa__Change *out, const struct change *in);

void wire_batch_read(struct wire_codec *codec, struct wire_reader *r,
                     struct msg_batch *out, const Lienxa__Batch *in);
/* ERR_FULL: more than a batch may hold. */
int wire_batch_write(struct wire_codec *codec, Lienxa__Batch *out,
                     const struct msg_batch *in, struct error *err);

void wire_pack_read(struct wire_codec *codec, struct wire_reader *r,
                    struct sync_message *out, const Lienxa__Pack *in);
/* Of a BATCH or an EARLY. ERR_FULL: more than one may hold. */
int wire_pack_write(struct wire_codec *codec, Lienxa__Envelope *envelope,
                    const struct sync_message *in,
                    const struct packing *packing, struct error *err);

enum { SIGNED_BODY_LIMIT = 1024 }; /* in a message; PROTOCOL 12 */
void wire_signed_read(struct wire_reader *r, struct signed_bytes *out,
                      const Lienxa__Signed *in, size_t limit);
void wire_signed_write(Lienxa__Signed *out, const struct signed_bytes *in);

void wire_name_read(struct wire_reader *r, struct stream_name *out,
                    const Lienxa__StreamName *in);
void wire_name_write(Lienxa__StreamName *out, const struct stream_name *in);

/* Content of an envelope <-> message. */
void wire_content_read(struct wire_codec *codec, struct wire_reader *r,
                       struct sync_message *out, const Lienxa__Envelope *in);
int wire_content_write(struct wire_codec *codec, Lienxa__Envelope *out,
                       const struct sync_message *in, struct error *err);
#endif
