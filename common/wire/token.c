/* common/wire/token.c - the one line that invites a node (PROTOCOL 8.2).
 *
 * The line is not secret-proof nor signed: its checksum finds what was cut or
 * mistyped, the keys in it do the rest.
 */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/inside.h"

#define TOKEN_PREFIX "lienxa1"

enum { TOKEN_TEXT_LIMIT = 2048, TOKEN_BODY_LIMIT = 1024, TOKEN_LEVEL = 3 };

static void zip(struct buf *out, struct bytes body)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(body.size);
    size_t size;

    assert(context);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, TOKEN_LEVEL);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    buf_reserve(out, room);
    size = ZSTD_compress2(context, out->data, room, body.data, body.size);
    assert(!ZSTD_isError(size));
    out->size = size;
    ZSTD_freeCCtx(context);
}

void wire_token_encode(struct buf *out, const struct token *token)
{
    Lienxa__TokenBody t = LIENXA__TOKEN_BODY__INIT;
    struct buf body = {0}, zipped = {0};

    t.express = (char *)token->express;
    t.bulk = (char *)token->bulk;
    t.enrol = (char *)token->enrol;
    t.hub_curve = wire_data(token->hub_curve, sizeof token->hub_curve);
    t.root_public = wire_data(token->root_public, sizeof token->root_public);
    t.hub = (char *)token->hub;
    t.unit = (char *)token->unit;
    t.unit_name = (char *)token->unit_name;
    t.unit_slug = (char *)token->unit_slug;
    t.secret = wire_data(token->secret, sizeof token->secret);
    t.expires_ms = wire_time(token->expires_ms);
    wire_pack(&body, &t.base);
    zip(&zipped, buf_bytes(&body));
    buf_add_text(out, TOKEN_PREFIX);
    base64url_encode(out, buf_bytes(&zipped));
    mem_wipe(body.data, body.size);
    mem_wipe(zipped.data, zipped.size);
    buf_free(&body);
    buf_free(&zipped);
}

static void read_token(struct wire_reader *r, struct token *out,
                       const Lienxa__TokenBody *in)
{
    wire_read_text(r, out->express, sizeof out->express, in->express,
                   "token: express address");
    wire_read_text(r, out->bulk, sizeof out->bulk, in->bulk,
                   "token: bulk address");
    wire_read_text(r, out->enrol, sizeof out->enrol, in->enrol,
                   "token: enrol address");
    wire_read_fixed(r, out->hub_curve, sizeof out->hub_curve, in->hub_curve,
                    "token: hub key");
    wire_read_fixed(r, out->root_public, sizeof out->root_public,
                    in->root_public, "token: root key");
    wire_read_text(r, out->hub, sizeof out->hub, in->hub, "token: hub");
    wire_read_text(r, out->unit, sizeof out->unit, in->unit, "token: unit");
    wire_read_text(r, out->unit_name, sizeof out->unit_name, in->unit_name,
                   "token: unit name");
    wire_read_text(r, out->unit_slug, sizeof out->unit_slug, in->unit_slug,
                   "token: unit slug");
    wire_read_fixed(r, out->secret, sizeof out->secret, in->secret,
                    "token: secret");
    out->expires_ms = wire_read_time(r, in->expires_ms, "token: expiry");
}

static int unzip(uint8_t body[TOKEN_BODY_LIMIT], size_t *size, const char *text,
                 struct error *err)
{
    struct buf zipped = {0};
    bool good = base64url_decode(&zipped, text);
    unsigned long long content =
        ZSTD_getFrameContentSize(zipped.data, zipped.size);

    if (good && content <= TOKEN_BODY_LIMIT)
        *size =
            ZSTD_decompress(body, TOKEN_BODY_LIMIT, zipped.data, zipped.size);
    good = good && content <= TOKEN_BODY_LIMIT && !ZSTD_isError(*size);
    mem_wipe(zipped.data, zipped.size);
    buf_free(&zipped);
    return good ? 0
                : error_set(err, ERR_INVALID,
                            "the token was cut or mistyped: copy all of it");
}

int wire_token_decode(struct token *out, const char *text, struct error *err)
{
    uint8_t body[TOKEN_BODY_LIMIT];
    size_t size = 0, prefix = strlen(TOKEN_PREFIX);
    struct wire_small small;
    const Lienxa__TokenBody *in;
    int rc;

    *out = (struct token){0};
    if (strncmp(text, TOKEN_PREFIX, prefix) != 0)
        return error_set(err, ERR_INVALID,
                         "not a token: it does not begin with " TOKEN_PREFIX);
    if (strlen(text) > TOKEN_TEXT_LIMIT)
        return error_set(err, ERR_INVALID,
                         "the token is longer than %d characters",
                         TOKEN_TEXT_LIMIT);
    if ((rc = unzip(body, &size, text + prefix, err)) != 0)
        return rc;
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__token_body__descriptor,
                     bytes_of(body, size), "token");
    if (in)
        read_token(&small.reader, out, in);
    mem_wipe(body, sizeof body);
    mem_wipe(small.room, sizeof small.room);
    return wire_small_close(&small);
}
