/* tests/support/golden_pack.c - what 1.4 brought of batches in fewer bytes
 * (PROTOCOL 7.13): the greetings that name dictionaries, and PACKs. */
#include <stdio.h>
#include <string.h>

#include "common/wire/codec.h"
#include "common/wire/dictionary.h"
#include "tests/support/golden.h"

enum { CHANGES = 2 };

/* Of those that are here, the one that was shipped first. */
static uint32_t first_dictionary(void)
{
    size_t count;
    const uint32_t *ids = wire_dictionaries(&count);

    return ids[count - 1];
}

static void make_hello(struct buf *out)
{
    struct stream_claim claim = golden_claim(GOLDEN_UNIT, STREAM_UP, 2);
    struct sync_message m = {.type = MSG_HELLO,
                             .hello = {.minor_max = 4,
                                       .unit = GOLDEN_UNIT,
                                       .certificate = 3,
                                       .clock_ms = GOLDEN_MS,
                                       .software = "lienxa-node golden",
                                       .credit = {65536, 524288},
                                       .claim_count = 1,
                                       .claims = &claim,
                                       .dictionary_count = 2,
                                       .dictionaries = {32770, 32769}}};

    golden_run(&m.hello.instance, 0x11, 16);
    golden_make_message(out, &m);
}

static void make_welcome(struct buf *out)
{
    struct sync_message m = {
        .type = MSG_WELCOME,
        .welcome = {.minor = 4,
                    .clock_ms = GOLDEN_MS + 3,
                    .credit = {65536, 524288},
                    .up = golden_claim(GOLDEN_UNIT, STREAM_UP, 1),
                    .dictionary_count = 1,
                    .dictionaries = {32769}}};

    golden_run(&m.welcome.session, 0x11, 16);
    golden_run(&m.welcome.instance, 0x22, 16);
    golden_make_message(out, &m);
}

static void make_pack(struct buf *out, const struct sync_message *m,
                      uint32_t dictionary, bool short_head)
{
    const struct packing packing = {
        .packed = true, .dictionary = dictionary, .short_head = short_head};
    struct wire_codec *codec = wire_codec_new(true);
    struct bytes frame;

    if (wire_encode_packed(codec, &frame, m, &packing, NULL) == 0)
        buf_add_bytes(out, frame);
    wire_codec_free(&codec);
}

static void make_batch(struct buf *out, uint32_t dictionary, bool short_head)
{
    struct change changes[CHANGES] = {golden_change(0x10, 1, true),
                                      golden_change(0x20, 1, false)};
    struct head head = {.name = stream_name_make(GOLDEN_UNIT, STREAM_UP),
                        .at = {.seq = 8},
                        .clock_ms = GOLDEN_MS + 456};
    struct sync_message m = {.type = MSG_BATCH,
                             .batch = {.name = head.name,
                                       .first = 7,
                                       .count = CHANGES,
                                       .changes = changes}};
    struct buf body = {0};

    golden_run(&head.at.h, 0xc1, sizeof head.at.h);
    golden_sign_change(&changes[0]);
    wire_head_encode(&body, &head);
    golden_sign(&m.batch.head, HEAD_SIGN_DOMAIN, golden_kept(&body));
    make_pack(out, &m, dictionary, short_head);
}

static void make_pack_batch(struct buf *out) { make_batch(out, 0, false); }

static void make_pack_short(struct buf *out)
{
    make_batch(out, first_dictionary(), true);
}

static void make_pack_early(struct buf *out)
{
    struct sync_message m = {
        .type = MSG_EARLY,
        .early = {.change = golden_change(0x10, 1, true), .handed_back = true}};

    golden_sign_change(&m.early.change);
    make_pack(out, &m, first_dictionary(), false);
}

static int read_pack(struct buf *text, struct buf *again, struct bytes in,
                     struct error *err)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct sync_message m;
    int rc = wire_decode(codec, &m, in, err);

    if (rc == 0) {
        golden_say_message(text, &m);
        make_pack(again, &m, 0,
                  m.type == MSG_BATCH && m.batch.head.body.size == 0);
    }
    wire_codec_free(&codec);
    return rc;
}

const struct golden_item golden_packs[] = {
    {"message_01_hello_dictionaries", make_hello, golden_read_message, false},
    {"message_03_welcome_dictionaries", make_welcome, golden_read_message,
     false},
    {"message_32_pack_batch", make_pack_batch, read_pack, true},
    {"message_32_pack_short", make_pack_short, read_pack, true},
    {"message_32_pack_early", make_pack_early, read_pack, true},
};
const size_t golden_pack_count = sizeof golden_packs / sizeof *golden_packs;
