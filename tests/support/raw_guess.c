/* tests/support/raw_guess.c - see raw_guess.h. Protobuf by hand: no encoder of
 * ours would write any of it. */
#include "tests/support/raw_guess.h"

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"
#include "tests/support/insider.h"

#include <stdio.h>
#include <string.h>

enum {
    ENROL = 18,       /* envelope.proto */
    CERTIFICATE = 6,  /* sync.proto: a message within */
    UNKNOWN = 900,    /* a field that nobody knows */
    WIRE_VARINT = 0,  /* kinds of field */
    WIRE_BYTES = 2,   /* with a length */
    WIRE_GROUP = 3,   /* begins; nothing ends it */
    DEPTH = 1000,     /* of messages in messages */
    MOST_VARINT = 10, /* bytes */
};

static void put_varint(struct buf *out, uint64_t value)
{
    for (; value > 127; value >>= 7)
        buf_add_u8(out, (uint8_t)(value | 128));
    buf_add_u8(out, (uint8_t)value);
}

static void put_tag(struct buf *out, uint32_t number, uint32_t kind)
{
    put_varint(out, (uint64_t)number << 3 | kind);
}

/* Wraps what is in `buf`. */
static void wrap(struct buf *buf, uint32_t number)
{
    struct buf out = {0};

    put_tag(&out, number, WIRE_BYTES);
    put_varint(&out, buf->size);
    buf_add_bytes(&out, buf_bytes(buf));
    buf_free(buf);
    *buf = out;
}

int raw_guess_token(struct raw_token *out, const char *text, struct error *err)
{
    struct token token;
    int rc = wire_token_decode(&token, text, err);

    if (rc != 0)
        return rc;
    memcpy(out->hub_curve, token.hub_curve, sizeof out->hub_curve);
    (void)snprintf(out->unit, sizeof out->unit, "%s", token.unit);
    return 0;
}

void raw_guess_enrol(struct buf *out, const struct raw_token *token,
                     const uint8_t curve_public[32])
{
    struct sync_message m = {.type = MSG_ENROL};
    struct msg_enrol *e = &m.enrol;
    struct sign_key key;
    struct buf said = {0};

    sign_key_generate(&key);
    (void)snprintf(e->unit, sizeof e->unit, "%s", token->unit);
    random_bytes(e->secret, sizeof e->secret);
    memcpy(e->curve_public, curve_public, sizeof e->curve_public);
    memcpy(e->sign_public, key.public_key, sizeof e->sign_public);
    wire_enrol_signed(&said, e);
    sign_bytes(e->signature, &key, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    insider_encode(out, &m);
    buf_free(&said);
}

static void nested(struct buf *out)
{
    for (int i = 0; i < DEPTH && out->size + 8 < RAW_GUESS_LIMIT; i++)
        wrap(out, i % 2 == 0 ? CERTIFICATE : ENROL);
}

static void unknown(struct buf *out)
{
    while (out->size + 5 < RAW_GUESS_LIMIT - 8) {
        put_tag(out, UNKNOWN, WIRE_VARINT);
        buf_add_u8(out, 1);
    }
    wrap(out, ENROL);
}

/* A certificate again and again: the last one counts, memory is for all. */
static void repeated(struct buf *out)
{
    while (out->size + 4 < RAW_GUESS_LIMIT - 8) {
        put_tag(out, CERTIFICATE, WIRE_BYTES);
        buf_add_u8(out, 0);
    }
    wrap(out, ENROL);
}

/* Says it is `size` long and is not. */
static void lying(struct buf *out, uint64_t size)
{
    put_tag(out, ENROL, WIRE_BYTES);
    put_varint(out, size);
    put_tag(out, 2, WIRE_BYTES);
    put_varint(out, size - 1);
    buf_add_text(out, "no more");
}

static void groups(struct buf *out)
{
    while (out->size + 2 < RAW_GUESS_LIMIT)
        put_tag(out, 1, WIRE_GROUP);
}

static void endless_varint(struct buf *out)
{
    put_tag(out, ENROL, WIRE_BYTES);
    for (int i = 0; i < 2 * MOST_VARINT; i++)
        buf_add_u8(out, 0xff);
}

/* Exactly as long as is allowed, of bytes that mean nothing. */
static void noise(struct buf *out)
{
    buf_reserve(out, RAW_GUESS_LIMIT);
    random_bytes(out->data, RAW_GUESS_LIMIT);
    out->size = RAW_GUESS_LIMIT;
}

void raw_guess_hostile(struct buf *out, uint64_t i)
{
    static const uint64_t lies[] = {UINT64_MAX, INT64_MAX, UINT32_MAX,
                                    INT32_MAX,  4097,      300};

    buf_clear(out);
    switch (i % 8) {
    case 0:
        nested(out);
        return;
    case 1:
        unknown(out);
        return;
    case 2:
        repeated(out);
        return;
    case 3:
        groups(out);
        return;
    case 4:
        endless_varint(out);
        return;
    case 5:
        noise(out);
        return;
    case 6:
        return; /* nothing at all */
    default:
        lying(out, lies[i / 8 % (sizeof lies / sizeof *lies)]);
    }
}
