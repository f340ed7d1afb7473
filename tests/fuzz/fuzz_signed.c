/* tests/fuzz/fuzz_signed.c - any bytes as what is signed: heads, beacons,
 * certificates, signing keys, rotations, and a change's header. The first byte
 * says which. Property: fuzz_holds.
 */
#include "common/wire/codec.h"
#include "tests/fuzz/fuzz.h"

static bool again_header(struct buf *out, struct bytes in)
{
    struct change_header header;

    if (wire_header_decode(&header, in) != 0)
        return false;
    wire_header_encode(out, &header);
    return true;
}

static bool again_head(struct buf *out, struct bytes in)
{
    struct head head;

    if (wire_head_decode(&head, in) != 0)
        return false;
    wire_head_encode(out, &head);
    return true;
}

static bool again_beacon(struct buf *out, struct bytes in)
{
    struct beacon beacon;

    if (wire_beacon_decode(&beacon, in) != 0)
        return false;
    wire_beacon_encode(out, &beacon);
    return true;
}

static bool again_certificate(struct buf *out, struct bytes in)
{
    struct certificate certificate;

    if (wire_certificate_decode(&certificate, in) != 0)
        return false;
    wire_certificate_encode(out, &certificate);
    return true;
}

static bool again_signing_key(struct buf *out, struct bytes in)
{
    struct signing_key key;

    if (wire_signing_key_decode(&key, in) != 0)
        return false;
    wire_signing_key_encode(out, &key);
    return true;
}

static bool again_rotation(struct buf *out, struct bytes in)
{
    struct rotate_body rotation;

    if (wire_rotate_decode(&rotation, in) != 0)
        return false;
    wire_rotate_encode(out, &rotation);
    return true;
}

static bool again_signed(struct buf *out, struct bytes in)
{
    struct signed_bytes s;

    if (wire_signed_decode(&s, in) != 0)
        return false;
    wire_signed_encode(out, &s);
    return true;
}

static bool (*const again[])(struct buf *, struct bytes) = {
    again_header,      again_head,     again_beacon, again_certificate,
    again_signing_key, again_rotation, again_signed,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        fuzz_holds(again[data[0] % (sizeof again / sizeof *again)],
                   bytes_of(data + 1, size - 1));
    return 0;
}
