/* tests/fuzz/fuzz_wire_decode.c - any bytes as a frame.
 *
 * Property: whatever decodes must encode, decode again and be equal. Equal is
 * judged by the bytes that both make, which hold every field.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/wire/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bodies inside are foreign bytes as well. */
static void read_bodies(struct bytes body)
{
    struct signed_bytes s;
    struct signing_key key;
    struct certificate certificate;
    struct beacon beacon;
    struct head head;

    (void)wire_signed_decode(&s, body);
    (void)wire_signing_key_decode(&key, body);
    (void)wire_certificate_decode(&certificate, body);
    (void)wire_beacon_decode(&beacon, body);
    (void)wire_head_decode(&head, body);
}

static void read_token(const uint8_t *data, size_t size)
{
    char text[600];
    struct token token;
    struct error err;
    int length = snprintf(text, sizeof text, "lienxa1%.*s",
                          (int)(size < 500 ? size : 500), (const char *)data);

    assert(length >= 7);
    (void)wire_token_decode(&token, text, &err);
}

static void holds(struct wire_codec *codec, struct sync_message *message)
{
    struct error err = {""};
    struct bytes frame;
    struct buf first = {0};

    if (wire_encode(codec, &frame, message, &err) != 0)
        return; /* ERR_FULL: a compressed batch that is larger now */
    buf_add_bytes(&first, frame);
    if (wire_decode(codec, message, buf_bytes(&first), &err) != 0 ||
        wire_encode(codec, &frame, message, &err) != 0 ||
        !bytes_equal(frame, buf_bytes(&first)))
        abort();
    buf_free(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_codec *codec;
    struct sync_message message;
    struct change_header header;
    struct error err;

    if (!codec)
        codec = wire_codec_new(true);
    if (wire_decode(codec, &message, bytes_of(data, size), &err) == 0)
        holds(codec, &message);
    (void)wire_header_decode(&header, bytes_of(data, size));
    read_bodies(bytes_of(data, size));
    read_token(data, size);
    return 0;
}
