/* tests/fuzz/fuzz_token.c - a token as somebody types it, and one whose content
 * is any bytes (first byte odd), wrapped as a token is. Property: fuzz_holds.
 */
#include <zstd.h>

#include "common/wire/codec.h"
#include "tests/fuzz/fuzz.h"

static bool again_token(struct buf *out, struct bytes in)
{
    struct token token;
    struct error err;
    char *text = fuzz_text(in);
    bool ok = wire_token_decode(&token, text, &err) == 0;

    if (ok)
        wire_token_encode(out, &token);
    free(text);
    return ok;
}

static void wrap(struct buf *out, struct bytes body)
{
    uint8_t frame[2048];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t size;

    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size = ZSTD_compress2(context, frame, sizeof frame, body.data, body.size);
    (void)ZSTD_freeCCtx(context);
    buf_add_text(out, "lienxa1");
    if (!ZSTD_isError(size))
        base64url_encode(out, bytes_of(frame, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf wrapped = {0};

    if (size == 0)
        return 0;
    if (data[0] % 2 == 1) {
        wrap(&wrapped, bytes_of(data + 1, size - 1));
        fuzz_holds(again_token, buf_bytes(&wrapped));
        buf_free(&wrapped);
    } else {
        fuzz_holds(again_token, bytes_of(data + 1, size - 1));
    }
    return 0;
}
