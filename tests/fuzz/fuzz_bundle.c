/* tests/fuzz/fuzz_bundle.c - what somebody carries by hand. The first byte says
 * whether the rest is a whole file, blocks whose heads are put before them as a
 * file has them, the body of a block (fuzz_holds), or what a box holds: frames
 * that must come out as they are put in again.
 */
#include "common/crypto/digest.h"
#include "common/wire/bundle.h"
#include "common/wire/codec.h"
#include "tests/fuzz/fuzz.h"

enum { BLOCKS = 4, FRAMES = 64 };

static const struct hash_function sha256 = {crypto_sha256};

static bool again_block(struct buf *out, struct bytes in)
{
    struct signed_bytes around = {.body = in}, seen;
    struct bundle_block block;
    struct buf blob = {0};
    struct error err;
    bool ok;

    wire_signed_encode(&blob, &around);
    ok = wire_bundle_block_decode(&block, &seen, buf_bytes(&blob), &err) == 0;
    if (ok)
        wire_bundle_block_encode(out, &block);
    buf_free(&blob);
    return ok;
}

static void look(struct bytes file)
{
    struct error err;

    (void)wire_bundle_look(file, &sha256, &err);
}

static void look_at_blocks(struct bytes in)
{
    struct buf file = {0};

    buf_add(&file, BUNDLE_MAGIC, BUNDLE_MAGIC_BYTES);
    for (int i = 0; i < BLOCKS && in.size > 0; i++) {
        struct bytes block = fuzz_bytes(&in, 1 + fuzz_number(&in, 2) % 2048);
        struct hash hash = crypto_sha256(&block, 1);

        buf_add_u32(&file, (uint32_t)block.size);
        buf_add(&file, hash.bytes, sizeof hash.bytes);
        buf_add_bytes(&file, block);
    }
    look(buf_bytes(&file));
    buf_free(&file);
}

/* All frames, one behind the other, and where each ends. */
struct frames {
    struct buf bytes;
    size_t end[FRAMES];
    size_t count;
};

static int gather(void *who, struct bytes frame)
{
    struct frames *frames = who;

    if (frames->count == FRAMES)
        return 1;
    buf_add_bytes(&frames->bytes, frame);
    frames->end[frames->count++] = frames->bytes.size;
    return 0;
}

static void read_frames(struct bytes content)
{
    struct frames first = {.count = 0}, second = {.count = 0};
    struct bytes list[FRAMES];
    struct buf again = {0};
    struct error err;
    size_t from = 0;

    if (wire_bundle_frames_read(content, gather, &first, &err) == 0) {
        for (size_t i = 0; i < first.count; from = first.end[i++])
            list[i] = first.end[i] == from ? bytes_of(NULL, 0)
                                           : bytes_of(first.bytes.data + from,
                                                      first.end[i] - from);
        wire_bundle_frames_encode(&again, list, first.count);
        if (wire_bundle_frames_read(buf_bytes(&again), gather, &second, &err) !=
                0 ||
            first.count != second.count ||
            !bytes_equal(buf_bytes(&first.bytes), buf_bytes(&second.bytes)))
            abort();
    }
    buf_free(&first.bytes);
    buf_free(&second.bytes);
    buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);

    switch (fuzz_number(&in, 1) % 4) {
    case 0:
        look(in);
        break;
    case 1:
        look_at_blocks(in);
        break;
    case 2:
        fuzz_holds(again_block, in);
        break;
    case 3:
        read_frames(in);
        break;
    }
    return 0;
}
