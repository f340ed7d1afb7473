/* common/wire/zip.c - zstd frames inside messages: one, whole, telling its size
 * before anything is unpacked (PROTOCOL 7.1), by a dictionary or without one
 * (7.13).
 *
 * What zstd needs is made when it is first needed, and given back when the line
 * is idle (wire_codec_rest).
 */
#include <assert.h>

#include "common/wire/dictionary.h"
#include "common/wire/inside.h"

enum {
    ZIP_LEVEL = 3,
    /* Of what is short: it costs little, and every byte counts. */
    DICTIONARY_LEVEL = 5,
    /* What is longer than this is full of its own words. */
    DICTIONARY_MOST = 64 * 1024
};

/* ---- out */

static size_t zip_by(struct wire_codec *codec, uint32_t dictionary,
                     struct bytes plain)
{
    struct bytes words = wire_dictionary(dictionary);
    struct buf *out = &codec->zipped;

    if (codec->zip_words == NULL || codec->zip_id != dictionary) {
        (void)ZSTD_freeCDict(codec->zip_words);
        codec->zip_words =
            ZSTD_createCDict(words.data, words.size, DICTIONARY_LEVEL);
        codec->zip_id = dictionary;
    }
    assert(codec->zip_words);
    return ZSTD_compress_usingCDict(codec->zip, out->data, out->room,
                                    plain.data, plain.size, codec->zip_words);
}

void wire_zip(struct wire_codec *codec, uint32_t dictionary, struct bytes plain)
{
    struct buf *out = &codec->zipped;

    if (!codec->zip)
        codec->zip = ZSTD_createCCtx();
    assert(codec->zip);
    buf_clear(out);
    buf_reserve(out, ZSTD_compressBound(plain.size));
    if (dictionary != 0 && plain.size <= DICTIONARY_MOST)
        out->size = zip_by(codec, dictionary, plain);
    else
        out->size = ZSTD_compressCCtx(codec->zip, out->data, out->room,
                                      plain.data, plain.size, ZIP_LEVEL);
    assert(!ZSTD_isError(out->size));
}

/* ---- in */

/* The size of what is inside, known before any of it is unpacked; 0 and a
 * fault otherwise. */
static size_t plain_size(struct wire_reader *r, ProtobufCBinaryData zstd)
{
    unsigned long long size = ZSTD_getFrameContentSize(zstd.data, zstd.len);

    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
        size == 0)
        wire_read_fail(r, ERR_INVALID,
                       "batch: not a zstd frame that tells its size");
    else if (size > LIMIT_BATCH_PLAIN)
        wire_read_fail(r, ERR_INVALID,
                       "batch: %llu bytes uncompressed, at most %d", size,
                       LIMIT_BATCH_PLAIN);
    else if (ZSTD_findFrameCompressedSize(zstd.data, zstd.len) != zstd.len)
        wire_read_fail(r, ERR_INVALID, "batch: not exactly one zstd frame");
    return r->rc == 0 ? (size_t)size : 0;
}

/* The words that the frame is compressed by, made ready; false: it has none. */
static bool need_words(struct wire_codec *codec, struct wire_reader *r,
                       ProtobufCBinaryData zstd)
{
    uint32_t id = ZSTD_getDictID_fromFrame(zstd.data, zstd.len);
    struct bytes words = wire_dictionary(id);

    if (id == 0 || r->rc != 0)
        return false;
    if (words.size == 0) {
        wire_read_fail(r, ERR_INVALID,
                       "batch: compressed by dictionary %u, which is not here",
                       (unsigned)id);
        return false;
    }
    if (codec->unzip_words == NULL || codec->unzip_id != id) {
        (void)ZSTD_freeDDict(codec->unzip_words);
        codec->unzip_words = ZSTD_createDDict(words.data, words.size);
        codec->unzip_id = id;
    }
    assert(codec->unzip_words);
    return true;
}

struct bytes wire_unzip(struct wire_codec *codec, struct wire_reader *r,
                        ProtobufCBinaryData zstd)
{
    size_t size = plain_size(r, zstd);
    bool by_words = need_words(codec, r, zstd);
    struct buf *plain = &codec->plain_in;

    if (r->rc != 0)
        return (struct bytes){NULL, 0};
    if (!codec->unzip)
        codec->unzip = ZSTD_createDCtx();
    assert(codec->unzip);
    buf_clear(plain);
    buf_reserve(plain, size);
    plain->size = by_words
                      ? ZSTD_decompress_usingDDict(codec->unzip, plain->data,
                                                   size, zstd.data, zstd.len,
                                                   codec->unzip_words)
                      : ZSTD_decompressDCtx(codec->unzip, plain->data, size,
                                            zstd.data, zstd.len);
    if (ZSTD_isError(plain->size) || plain->size != size) {
        plain->size = 0;
        wire_read_fail(r, ERR_INVALID, "batch: damaged zstd frame");
    }
    return buf_bytes(plain);
}

void wire_zip_free(struct wire_codec *codec)
{
    (void)ZSTD_freeDCtx(codec->unzip);
    (void)ZSTD_freeCCtx(codec->zip);
    (void)ZSTD_freeDDict(codec->unzip_words);
    (void)ZSTD_freeCDict(codec->zip_words);
    codec->unzip = NULL;
    codec->zip = NULL;
    codec->unzip_words = NULL;
    codec->zip_words = NULL;
    buf_free(&codec->plain_in);
    buf_free(&codec->plain_out);
    buf_free(&codec->zipped);
    buf_free(&codec->rest);
}
