/* tests/fuzz/fuzz_frame.c - any bytes as a frame: every message.
 *
 * Property: whatever decodes must encode, decode again and be equal. Equal is
 * judged by the bytes that both make, which hold every field.
 */
#include "common/wire/codec.h"
#include "tests/fuzz/fuzz.h"

static struct wire_codec *codec;

static bool again_message(struct buf *out, struct bytes in)
{
    struct sync_message message;
    struct packing packing = {.short_head = true};
    struct bytes frame;
    struct error err = {""};

    if (wire_decode(codec, &message, in, &err) != 0)
        return false;
    /* a head that came short goes on so, in a PACK */
    packing.packed =
        message.type == MSG_BATCH && message.batch.head.body.size == 0;
    if (wire_encode_packed(codec, &frame, &message, &packing, &err) != 0)
        return false; /* ERR_FULL: a compressed batch that is larger now */
    buf_add_bytes(out, frame);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!codec)
        codec = wire_codec_new(true);
    fuzz_holds(again_message, bytes_of(data, size));
    return 0;
}
