/* common/crypto/secret_stream.c - libsodium's secretstream in our words. */
#include "common/crypto/secret_stream.h"

#include <assert.h>
#include <sodium.h>

#include "common/base/mem.h"

struct secret_stream {
    crypto_secretstream_xchacha20poly1305_state state;
};

static_assert(SECRET_STREAM_KEY_BYTES ==
                  crypto_secretstream_xchacha20poly1305_KEYBYTES,
              "libsodium");
static_assert(SECRET_STREAM_HEADER_BYTES ==
                  crypto_secretstream_xchacha20poly1305_HEADERBYTES,
              "libsodium");
static_assert(SECRET_STREAM_OVERHEAD ==
                  crypto_secretstream_xchacha20poly1305_ABYTES,
              "libsodium");

struct secret_stream *
secret_stream_seal(const uint8_t key[SECRET_STREAM_KEY_BYTES],
                   uint8_t header[SECRET_STREAM_HEADER_BYTES])
{
    struct secret_stream *s = mem_new(sizeof *s);

    (void)crypto_secretstream_xchacha20poly1305_init_push(&s->state, header,
                                                          key);
    return s;
}

struct secret_stream *
secret_stream_open(const uint8_t key[SECRET_STREAM_KEY_BYTES],
                   const uint8_t header[SECRET_STREAM_HEADER_BYTES])
{
    struct secret_stream *s = mem_new(sizeof *s);

    if (crypto_secretstream_xchacha20poly1305_init_pull(&s->state, header,
                                                        key) != 0)
        secret_stream_free(&s);
    return s;
}

void secret_stream_free(struct secret_stream **stream)
{
    if (*stream == NULL)
        return;
    mem_wipe(*stream, sizeof **stream);
    mem_free(stream);
}

void secret_stream_push(struct secret_stream *stream, struct buf *out,
                        struct bytes piece, struct bytes context, bool last)
{
    unsigned char tag = last
                            ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                            : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;

    buf_reserve(out, piece.size + SECRET_STREAM_OVERHEAD);
    (void)crypto_secretstream_xchacha20poly1305_push(
        &stream->state, out->data + out->size, NULL, piece.data, piece.size,
        context.data, context.size, tag);
    out->size += piece.size + SECRET_STREAM_OVERHEAD;
}

int secret_stream_pull(struct secret_stream *stream, struct buf *out,
                       struct bytes sealed, struct bytes context, bool *last)
{
    unsigned char tag = 0;

    if (sealed.size < SECRET_STREAM_OVERHEAD)
        return ERR_DAMAGED;
    buf_reserve(out, sealed.size);
    if (crypto_secretstream_xchacha20poly1305_pull(
            &stream->state, out->data + out->size, NULL, &tag, sealed.data,
            sealed.size, context.data, context.size) != 0)
        return ERR_DAMAGED;
    out->size += sealed.size - SECRET_STREAM_OVERHEAD;
    *last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return 0;
}
