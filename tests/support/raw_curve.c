/* tests/support/raw_curve.c - see raw_curve.h. */
#include "tests/support/raw_curve.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum {
    NONCE = crypto_box_NONCEBYTES,
    MAC = crypto_box_MACBYTES,
    LONG_NONCE = 16, /* the part of it that travels */
    WELCOME_BOX = CURVE_BYTES + RAW_COOKIE_BYTES + MAC,
    VOUCH_BOX = 2 * CURVE_BYTES + MAC,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    SHORT_SIZE = 255
};

static void long_nonce(uint8_t out[NONCE], const char *prefix,
                       const uint8_t rest[LONG_NONCE])
{
    memcpy(out, prefix, NONCE - LONG_NONCE);
    memcpy(out + NONCE - LONG_NONCE, rest, LONG_NONCE);
}

static void short_nonce(uint8_t out[NONCE], const char *prefix, uint64_t number)
{
    memcpy(out, prefix, LONG_NONCE);
    put_u64(out + LONG_NONCE, number);
}

void raw_greeting(uint8_t out[RAW_GREETING_BYTES], const char *mechanism)
{
    static const uint8_t start[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0};

    memset(out, 0, RAW_GREETING_BYTES);
    memcpy(out, start, sizeof start);
    memcpy(out + sizeof start, mechanism, strlen(mechanism));
}

void raw_frame_head(struct buf *out, uint8_t flags, uint64_t size)
{
    uint8_t number[8];

    if (size <= SHORT_SIZE) {
        buf_add_u8(out, flags);
        buf_add_u8(out, (uint8_t)size);
        return;
    }
    put_u64(number, size);
    buf_add_u8(out, flags | FLAG_LONG);
    buf_add(out, number, sizeof number);
}

static void write_hello(struct raw_curve *c)
{
    static const uint8_t zeros[64];
    uint8_t *at = c->hello, nonce[NONCE];
    int rc;

    memset(at, 0, sizeof c->hello);
    at[0] = FLAG_COMMAND;
    at[1] = RAW_HELLO_BYTES - 2;
    memcpy(at + 2, "\x05HELLO\x01", 7);
    memcpy(at + 82, c->brief.public_key, CURVE_BYTES);
    put_u64(at + 114, 1);
    short_nonce(nonce, "CurveZMQHELLO---", 1);
    rc = crypto_box_easy_afternm(at + 122, zeros, sizeof zeros, nonce,
                                 c->hello_key);
    assert(rc == 0);
}

void raw_curve_open(struct raw_curve *curve, const uint8_t hub[CURVE_BYTES],
                    const struct curve_key *own)
{
    int rc;

    memcpy(curve->hub, hub, sizeof curve->hub);
    curve_key_generate(&curve->brief);
    if (own != NULL)
        curve->own = *own;
    else
        curve_key_generate(&curve->own);
    rc = crypto_box_beforenm(curve->hello_key, hub, curve->brief.secret);
    assert(rc == 0);
    write_hello(curve);
}

bool raw_curve_welcome(const struct raw_curve *curve, struct raw_talk *talk,
                       const uint8_t frame[RAW_WELCOME_BYTES])
{
    uint8_t nonce[NONCE], plain[WELCOME_BOX - MAC];

    if (memcmp(frame + 2, "\x07WELCOME", 8) != 0)
        return false;
    long_nonce(nonce, "WELCOME-", frame + 10);
    if (crypto_box_open_easy_afternm(plain, frame + 26, WELCOME_BOX, nonce,
                                     curve->hello_key) != 0)
        return false;
    memcpy(talk->server_brief, plain, CURVE_BYTES);
    memcpy(talk->cookie, plain + CURVE_BYTES, RAW_COOKIE_BYTES);
    talk->nonce = 2;
    return crypto_box_beforenm(talk->key, talk->server_brief,
                               curve->brief.secret) == 0;
}

/* C vouches for C': to S' alone. */
static void add_vouch(const struct raw_curve *curve,
                      const struct raw_talk *talk, struct buf *plain)
{
    uint8_t said[2 * CURVE_BYTES], nonce[NONCE], rest[LONG_NONCE],
        box[VOUCH_BOX];
    int rc;

    memcpy(said, curve->brief.public_key, CURVE_BYTES);
    memcpy(said + CURVE_BYTES, curve->hub, CURVE_BYTES);
    randombytes_buf(rest, sizeof rest);
    long_nonce(nonce, "VOUCH---", rest);
    rc = crypto_box_easy(box, said, sizeof said, nonce, talk->server_brief,
                         curve->own.secret);
    assert(rc == 0);
    buf_add(plain, curve->own.public_key, CURVE_BYTES);
    buf_add(plain, rest, sizeof rest);
    buf_add(plain, box, sizeof box);
}

static void add_box(struct raw_talk *talk, struct buf *out, const char *prefix,
                    struct bytes plain)
{
    uint8_t nonce[NONCE], number[8];
    int rc;

    put_u64(number, talk->nonce);
    short_nonce(nonce, prefix, talk->nonce++);
    buf_add(out, number, sizeof number);
    buf_reserve(out, plain.size + MAC);
    rc = crypto_box_easy_afternm(out->data + out->size, plain.data, plain.size,
                                 nonce, talk->key);
    assert(rc == 0);
    out->size += plain.size + MAC;
}

void raw_curve_initiate(const struct raw_curve *curve, struct raw_talk *talk,
                        struct buf *out)
{
    static const char metadata[] = "\x0bSocket-Type\0\0\0\x06"
                                   "DEALER\x08Identity\0\0\0\0";
    struct buf plain = {0};

    add_vouch(curve, talk, &plain);
    buf_add(&plain, metadata, sizeof metadata - 1);
    raw_frame_head(out, FLAG_COMMAND,
                   9 + RAW_COOKIE_BYTES + 8 + MAC + plain.size);
    buf_add_text(out, "\x08INITIATE");
    buf_add(out, talk->cookie, sizeof talk->cookie);
    add_box(talk, out, "CurveZMQINITIATE", buf_bytes(&plain));
    buf_free(&plain);
}

void raw_curve_message(struct raw_talk *talk, struct buf *out,
                       struct bytes payload, bool more)
{
    struct buf plain = {0};

    buf_add_u8(&plain, more);
    buf_add_bytes(&plain, payload);
    raw_frame_head(out, 0, 8 + 8 + MAC + plain.size);
    buf_add_text(out, "\x07MESSAGE");
    add_box(talk, out, "CurveZMQMESSAGEC", buf_bytes(&plain));
    buf_free(&plain);
}
