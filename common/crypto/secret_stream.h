/* common/crypto/secret_stream.h - a long secret, sealed piece by piece.
 *
 * libsodium's secretstream (XChaCha20-Poly1305): pieces that were altered, left
 * out, repeated or put in another order do not open, and the last one is
 * marked, so that a cut is noticed.
 */
#ifndef LIENXA_CRYPTO_SECRET_STREAM_H
#define LIENXA_CRYPTO_SECRET_STREAM_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    SECRET_STREAM_KEY_BYTES = 32,
    SECRET_STREAM_HEADER_BYTES = 24,
    SECRET_STREAM_OVERHEAD = 17 /* a piece grows by so much */
};

struct secret_stream;

/* To write; `header` goes in front of the first piece. Owned. */
struct secret_stream *
secret_stream_seal(const uint8_t key[SECRET_STREAM_KEY_BYTES],
                   uint8_t header[SECRET_STREAM_HEADER_BYTES]);
/* To read; NULL: not a header. Owned. */
struct secret_stream *
secret_stream_open(const uint8_t key[SECRET_STREAM_KEY_BYTES],
                   const uint8_t header[SECRET_STREAM_HEADER_BYTES]);
/* Wiped and freed; NULL is fine. */
void secret_stream_free(struct secret_stream **stream);

/* Appends the sealed piece to `out`. `context` is authenticated and not stored;
 * the reader must give the same. */
void secret_stream_push(struct secret_stream *stream, struct buf *out,
                        struct bytes piece, struct bytes context, bool last);
/* Appends the opened piece to `out`. ERR_DAMAGED: it does not open. */
int secret_stream_pull(struct secret_stream *stream, struct buf *out,
                       struct bytes sealed, struct bytes context, bool *last);

#endif
