/* tests/unit/test_wire_pack.c - batches and early copies in fewer bytes
 * (PROTOCOL 7.13): what comes out is what went in, and what is refused. */
#include <stdio.h>
#include <zstd.h>

#include "common/base/file.h"
#include "common/crypto/digest.h"
#include "common/domain/report.h"
#include "common/wire/dictionary.h"
#include "test_wire_fixture.h"
#include "tests/support/generate_text.h"
#include "tests/support/year_words.h"

enum { PACK = 32, BARE = 397, WHOLE_FACT_STUB_BODY = 1 | 2 << 2, SIGNED = 64 };

static struct wire_codec *codec, *reader;
static struct sync_message message;
static struct error err;

static int setup(void **state)
{
    (void)state;
    codec = wire_codec_new(true);
    reader = wire_codec_new(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wire_codec_free(&codec);
    wire_codec_free(&reader);
    return 0;
}

static uint32_t newest(void)
{
    size_t count;

    return wire_dictionaries(&count)[0];
}

static struct packing by(uint32_t dictionary, bool short_head)
{
    return (struct packing){
        .packed = true, .dictionary = dictionary, .short_head = short_head};
}

/* ---- there and back */

/* A batch of `count` changes of every form, as a BATCH brings it: the head is
 * one that names the stream and the last change. Borrowed from `reader`. */
static const struct sync_message *a_batch(size_t count)
{
    static struct buf frame, body;
    struct head head = {.name = stream_name_make(FIXTURE_UNIT, STREAM_UP),
                        .clock_ms = 1763888400456};

    buf_free(&frame);
    buf_clear(&body);
    head.at.seq = 17 + count - 1;
    for (size_t i = 0; i < sizeof head.at.h; i++)
        head.at.h.bytes[i] = (uint8_t)(0x5a + 37 * i);
    wire_head_encode(&body, &head);
    struct buf content = raw_batch(count);
    frame = raw_frame(MSG_BATCH, &content);
    assert_int_equal(wire_decode(reader, &message, buf_bytes(&frame), &err), 0);
    message.batch.head.body = buf_bytes(&body);
    return &message;
}

/* The bytes of a message say all of it. */
static struct buf plain_bytes(const struct sync_message *m)
{
    struct buf out = {0};
    struct bytes frame;

    if (wire_encode(codec, &frame, m, &err) != 0)
        fail_msg("%s", err.text);
    buf_add_bytes(&out, frame);
    return out;
}

static struct buf packed_bytes(const struct sync_message *m,
                               struct packing packing)
{
    struct buf out = {0};
    struct bytes frame;

    if (wire_encode_packed(codec, &frame, m, &packing, &err) != 0)
        fail_msg("%s", err.text);
    buf_add_bytes(&out, frame);
    return out;
}

static void unpack(struct sync_message *out, const struct buf *packed)
{
    if (decode_copy(codec, out, buf_bytes(packed), &err) != 0)
        fail_msg("%s", err.text);
}

static void expect_same(const struct sync_message *m, struct packing packing)
{
    struct buf before = plain_bytes(m), packed = packed_bytes(m, packing);
    struct buf after;
    struct sync_message out;

    assert_int_equal(packed.data[0], 0x82); /* the tag of field 32 */
    assert_int_equal(packed.data[1], PACK << 3 >> 7);
    unpack(&out, &packed);
    after = plain_bytes(&out);
    assert_true(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&packed);
    buf_free(&after);
}

static void a_packed_batch_comes_out_as_it_went_in(void **state)
{
    const size_t counts[] = {1, 2, 16, 17, 400};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        expect_same(a_batch(counts[i]), by(0, false));
        expect_same(a_batch(counts[i]), by(newest(), false));
    }
}

static void a_packed_early_comes_out_as_it_went_in(void **state)
{
    struct buf frame = raw_full(MSG_EARLY);
    struct sync_message early;

    (void)state;
    assert_int_equal(wire_decode(reader, &early, buf_bytes(&frame), &err), 0);
    assert_true(early.early.handed_back);
    expect_same(&early, by(0, true));
    expect_same(&early, by(newest(), true));
    early.early.handed_back = false;
    expect_same(&early, by(newest(), false));
    buf_free(&frame);
}

static void what_is_neither_goes_as_it_is(void **state)
{
    struct buf frame = raw_full(MSG_ACK), again;
    struct packing packing = by(newest(), true);

    (void)state;
    assert_int_equal(wire_decode(reader, &message, buf_bytes(&frame), &err), 0);
    again = packed_bytes(&message, packing);
    assert_true(bytes_equal(buf_bytes(&frame), buf_bytes(&again)));
    buf_free(&again);
    buf_free(&frame);
    packing.packed = false; /* a peer of before */
    again = packed_bytes(a_batch(1), packing);
    assert_int_equal(again.data[0], MSG_BATCH << 3 | 2);
    buf_free(&again);
}

static void a_head_leaves_out_what_its_receiver_knows(void **state)
{
    const struct sync_message *m = a_batch(2);
    struct buf whole = packed_bytes(m, by(newest(), false));
    struct buf cut = packed_bytes(m, by(newest(), true)), again;
    struct sync_message out;

    (void)state;
    assert_true(cut.size + 30 < whole.size);
    unpack(&out, &cut);
    assert_int_equal(out.batch.head.body.size, 0);
    assert_int_equal(out.batch.shortened.clock_ms, 1763888400456);
    for (int i = 0; i < SHORT_HEAD_CHECK; i++)
        assert_int_equal(out.batch.shortened.check[i],
                         (uint8_t)(0x5a + 37 * i));
    expect_run(out.batch.head.signature, 0x70, 64);
    again = packed_bytes(&out, by(newest(), true)); /* goes on as it came */
    assert_true(bytes_equal(buf_bytes(&cut), buf_bytes(&again)));
    buf_free(&again);
    buf_free(&whole);
    buf_free(&cut);
}

static void a_head_that_cannot_be_made_again_stays_whole(void **state)
{
    struct sync_message m = *a_batch(LIMIT_SHORT_HEAD + 1);

    (void)state;
    expect_same(&m, by(0, true)); /* of too many */
    m = *a_batch(2);
    m.batch.first++; /* another position than it says */
    expect_same(&m, by(0, true));
    m = *a_batch(2);
    m.batch.head.body = bytes_of_text("head");
    expect_same(&m, by(0, true));
}

static void a_codec_that_rested_goes_on(void **state)
{
    (void)state;
    expect_same(a_batch(3), by(newest(), false));
    wire_codec_rest(codec);
    expect_same(a_batch(3), by(newest(), false));
    wire_codec_rest(codec);
    expect_same(a_batch(300), by(0, false));
}

/* ---- what is refused */

static struct buf raw_pack_change(unsigned forms)
{
    struct buf b = {0}, header = raw_header();

    raw_message(&b, 1, &header);
    raw_number(&b, 2, forms);
    raw_text(&b, 3, "fact");
    return b;
}

/* Of one change; salts and all that are in `rest`. */
static struct buf raw_body(unsigned forms)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, "up");
    struct buf change = raw_pack_change(forms);

    raw_message(&b, 1, &name);
    raw_number(&b, 2, 17);
    raw_message(&b, 3, &change);
    raw_number(&b, 4, 1763888400456);
    return b;
}

/* A PACK of `body`, which is taken, and so many bytes beside it. */
static struct buf raw_pack(struct buf *body, size_t rest)
{
    struct buf b = {0}, zstd = {0};

    buf_reserve(&zstd, ZSTD_compressBound(body->size));
    zstd.size = ZSTD_compress(zstd.data, zstd.room, body->data, body->size, 3);
    assert_false(ZSTD_isError(zstd.size));
    raw_message(&b, 1, &zstd);
    raw_run(&b, 2, 0x20, rest);
    buf_free(body);
    return b;
}

enum {
    REST_OF_CHANGE = 16 + 32, /* a salt, a stub */
    REST_OF_HEAD = 4 + 8 + 64
};

/* Takes `content`. */
static void refused(struct buf *content, const char *word)
{
    struct buf frame = raw_frame((enum message_type)PACK, content);
    int rc = decode_copy(codec, &message, buf_bytes(&frame), &err);

    if (rc != ERR_INVALID || strstr(err.text, word) == NULL)
        fail_msg("%d \"%s\" instead of \"%s\"", rc, err.text, word);
    buf_free(&frame);
}

static void it_is_read_as_the_text_says(void **state)
{
    struct buf body = raw_body(WHOLE_FACT_STUB_BODY | SIGNED);
    struct buf content =
        raw_pack(&body, REST_OF_CHANGE + 8 + 64 + REST_OF_HEAD);
    struct buf frame = raw_frame((enum message_type)PACK, &content);
    const struct change *change;

    (void)state;
    unpack(&message, &frame);
    assert_int_equal(message.type, MSG_BATCH);
    assert_string_equal(message.batch.name.channel, "up");
    assert_int_equal(message.batch.first, 17);
    assert_int_equal(message.batch.count, 1);
    change = &message.batch.changes[0];
    assert_int_equal(change->part[PART_FACT].form, PART_WHOLE);
    expect_run(change->part[PART_FACT].salt, 0x20, 16);
    assert_true(
        bytes_equal(change->part[PART_FACT].bytes, bytes_of_text("fact")));
    assert_int_equal(change->part[PART_BODY].form, PART_STUB);
    expect_run(&change->part[PART_BODY].hash, 0x30, 32);
    assert_int_equal(change->part[PART_VAULT].form, PART_ABSENT);
    assert_true(change->is_signed);
    expect_run(change->key_id, 0x50, 8);
    expect_run(change->signature, 0x58, 64);
    expect_run(message.batch.shortened.check, 0x98, 4);
    expect_run(message.batch.head.key_id, 0x9c, 8);
    expect_run(message.batch.head.signature, 0xa4, 64);
    buf_free(&frame);
}

static void what_stands_beside_it_fits_exactly(void **state)
{
    size_t all = REST_OF_CHANGE + REST_OF_HEAD;

    (void)state;
    for (size_t rest = 0; rest < all; rest++) {
        struct buf body = raw_body(WHOLE_FACT_STUB_BODY);
        struct buf content = raw_pack(&body, rest);

        refused(&content, "salts or signatures are missing");
    }
    struct buf body = raw_body(WHOLE_FACT_STUB_BODY);
    struct buf content = raw_pack(&body, all + 1);

    refused(&content, "1 bytes too many");
}

static void a_change_is_made_as_a_change_can_be(void **state)
{
    const struct {
        unsigned forms;
        size_t rest;
        const char *word;
    } wrong[] = {
        {128, 0, "forms 128"},
        {3, 0, "a part of no form"},
        {0, 0, "without its salt"},
        {2, 32, "without its salt"},
        {1 | 3 << 4, 16, "a part of no form"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buf body = raw_body(wrong[i].forms);
        struct buf content = raw_pack(&body, wrong[i].rest + REST_OF_HEAD);

        refused(&content, wrong[i].word);
    }
}

static void it_is_a_batch_or_an_early(void **state)
{
    struct buf body = {0}, change, content;

    (void)state;
    raw_number(&body, 2, 17); /* no name: an early, which has no place */
    content = raw_pack(&body, 0);
    refused(&content, "neither a batch nor an early");
    raw_number(&body, 6, 1); /* without a change */
    content = raw_pack(&body, 0);
    refused(&content, "neither a batch nor an early");
    for (int i = 0; i < 2; i++) {
        change = raw_pack_change(1);
        raw_message(&body, 3, &change);
    }
    content = raw_pack(&body, 32);
    refused(&content, "neither a batch nor an early");
    struct buf name = raw_name(FIXTURE_UNIT, "up");

    raw_message(&body, 1, &name); /* a batch that begins nowhere */
    content = raw_pack(&body, REST_OF_HEAD);
    refused(&content, "batch first: missing");
}

static void a_short_head_stands_over_few(void **state)
{
    struct buf body = {0}, name = raw_name(FIXTURE_UNIT, "up"), content;

    (void)state;
    raw_message(&body, 1, &name);
    raw_number(&body, 2, 17);
    for (int i = 0; i <= LIMIT_SHORT_HEAD; i++) {
        struct buf change = raw_pack_change(1);

        raw_message(&body, 3, &change);
    }
    content = raw_pack(&body, 16 * (LIMIT_SHORT_HEAD + 1) + REST_OF_HEAD);
    refused(&content, "changes under a short head: 17 of them, at most 16");
    struct buf batch = {0}, empty = raw_signed("");

    name = raw_name(FIXTURE_UNIT, "up");
    raw_message(&batch, 1, &name);
    raw_number(&batch, 2, 17);
    raw_message(&batch, 5, &empty); /* only a pack may have one */
    struct buf frame = raw_frame(MSG_BATCH, &batch);

    assert_int_equal(decode_copy(codec, &message, buf_bytes(&frame), &err),
                     ERR_INVALID);
    assert_non_null(strstr(err.text, "batch head: empty"));
    buf_free(&frame);
}

/* ---- dictionaries */

static void a_dictionary_that_is_not_here_is_named(void **state)
{
    const struct sync_message *m = a_batch(1);
    struct buf packed = packed_bytes(m, by(newest(), false));
    uint8_t *id = memmem(packed.data, packed.size, "\x28\xb5\x2f\xfd", 4);

    (void)state;
    assert_non_null(id);
    assert_int_equal(id[4] & 3, 2); /* two bytes of it */
    id += id[4] & 0x20 ? 5 : 6;
    assert_int_equal(id[0] | id[1] << 8, newest());
    id[0] = 0x39;
    id[1] = 0x30;
    assert_int_equal(decode_copy(codec, &message, buf_bytes(&packed), &err),
                     ERR_INVALID);
    assert_non_null(strstr(err.text, "dictionary 12345, which is not here"));
    buf_free(&packed);
}

/* "..| 32769 | `dictionary-1.zdict` | 32768 | `HASH` |": what a stranger reads.
 */
static void the_text_says_which_bytes_it_has(void **state)
{
    struct bytes words = wire_dictionary(newest());
    struct hash hash = crypto_sha256(&words, 1);
    struct buf text = {0}, row = {0};
    char hex[65];

    (void)state;
    hex_encode(hex, &hash, sizeof hash);
    buf_printf(&row, "| %u | `dictionary-1.zdict` | %zu | `%s` |",
               (unsigned)newest(), words.size, hex);
    assert_int_equal(file_read(&text, LIENXA_SOURCE_DIR "/proto/PROTOCOL.md",
                               4 * 1024 * 1024, &err),
                     0);
    if (strstr(buf_text(&text), buf_text(&row)) == NULL)
        fail_msg("PROTOCOL 7.13 does not say: %s", buf_text(&row));
    assert_int_equal(get_u32((const uint8_t[]){words.data[7], words.data[6],
                                               words.data[5], words.data[4]}),
                     newest());
    buf_free(&text);
    buf_free(&row);
}

static void expect_absent(const struct bytes words, const char *text)
{
    if (memmem(words.data, words.size, text, strlen(text)) != NULL)
        fail_msg("\"%s\" is in the dictionary", text);
}

/* Digits that are no day from which a code holds, nor a piece of one. */
static void expect_no_number(struct bytes words)
{
    char run[32] = "";
    size_t size = 0;

    for (size_t i = 0; i < words.size; i++) {
        bool digit = words.data[i] >= '0' && words.data[i] <= '9';

        if (digit && size < sizeof run - 1) {
            run[size++] = (char)words.data[i];
            run[size] = '\0';
            continue;
        }
        if (size >= 7 && strstr("20040708", run) == NULL &&
            strstr("20250701", run) == NULL)
            fail_msg("the number %s ends at %zu", run, i);
        size = 0;
    }
}

/* Of those whom the generators invent, and whatever looks like a number. */
static void no_sender_is_in_a_dictionary(void **state)
{
    struct bytes words = wire_dictionary(newest());
    char name[128];

    (void)state;
    for (size_t f = 0; generate_families[f] != NULL; f++)
        for (size_t m = 0; generate_middles[m] != NULL; m++) {
            (void)snprintf(name, sizeof name, "%s %s ", generate_families[f],
                           generate_middles[m]);
            expect_absent(words, name);
        }
    for (size_t i = 0; year_names[i] != NULL; i++)
        for (size_t k = 0; year_given[k] != NULL; k++) {
            (void)snprintf(name, sizeof name, "%s %s", year_names[i],
                           year_given[k]);
            expect_absent(words, name);
        }
    expect_no_number(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_batch_comes_out_as_it_went_in),
        cmocka_unit_test(a_packed_early_comes_out_as_it_went_in),
        cmocka_unit_test(what_is_neither_goes_as_it_is),
        cmocka_unit_test(a_head_leaves_out_what_its_receiver_knows),
        cmocka_unit_test(a_head_that_cannot_be_made_again_stays_whole),
        cmocka_unit_test(a_codec_that_rested_goes_on),
        cmocka_unit_test(it_is_read_as_the_text_says),
        cmocka_unit_test(what_stands_beside_it_fits_exactly),
        cmocka_unit_test(a_change_is_made_as_a_change_can_be),
        cmocka_unit_test(it_is_a_batch_or_an_early),
        cmocka_unit_test(a_short_head_stands_over_few),
        cmocka_unit_test(a_dictionary_that_is_not_here_is_named),
        cmocka_unit_test(the_text_says_which_bytes_it_has),
        cmocka_unit_test(no_sender_is_in_a_dictionary),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
