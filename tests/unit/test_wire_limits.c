/* tests/unit/test_wire_limits.c - what a codec refuses, and what a hostile
 * frame costs it.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <zstd.h>

#include "test_wire_fixture.h"

static struct wire_codec *codec;
static struct sync_message message;
static struct error err;

static int setup(void **state)
{
    (void)state;
    codec = wire_codec_new(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wire_codec_free(&codec);
    return 0;
}

/* Decodes `content` (taken) as `type`; expects a refusal that says `word`. */
static void refused(enum message_type type, struct buf *content,
                    const char *word)
{
    struct buf frame = raw_frame(type, content);
    int rc;

    err.text[0] = '\0';
    rc = decode_copy(codec, &message, buf_bytes(&frame), &err);
    if (rc != ERR_INVALID || !strstr(err.text, word))
        fail_msg("%d \"%s\" instead of \"%s\"", rc, err.text, word);
    buf_free(&frame);
}

static void accepted(enum message_type type, struct buf *content)
{
    struct buf frame = raw_frame(type, content);
    int rc = decode_copy(codec, &message, buf_bytes(&frame), &err);

    if (rc != 0)
        fail_msg("%d \"%s\"", rc, err.text);
    buf_free(&frame);
}

/* `content` of `type` with one field more, which overrides an earlier one. */
static struct buf with_bytes(enum message_type type, unsigned field,
                             const void *data, size_t size)
{
    struct buf b = raw_content(type);

    raw_bytes(&b, field, data, size);
    return b;
}

static struct buf with_letters(enum message_type type, unsigned field,
                               size_t count)
{
    char letters[512];

    assert_true(count <= sizeof letters);
    memset(letters, 'a', sizeof letters);
    return with_bytes(type, field, letters, count);
}

static struct buf with_number(enum message_type type, unsigned field,
                              uint64_t value)
{
    struct buf b = raw_content(type);

    raw_number(&b, field, value);
    return b;
}

static void a_frame_over_the_limit_is_refused_unread(void **state)
{
    struct bytes frame = {NULL, LIMIT_FRAME + 1};

    (void)state;
    assert_int_equal(wire_decode(codec, &message, frame, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "262144"));
}

static void texts_have_a_length(void **state)
{
    struct buf b;

    (void)state;
    b = with_letters(MSG_HELLO, 3, LIMIT_HOME - 1);
    accepted(MSG_HELLO, &b);
    b = with_letters(MSG_HELLO, 3, LIMIT_HOME);
    refused(MSG_HELLO, &b, "hello unit: 24 bytes, at most 23");
    b = with_letters(MSG_HELLO, 8, LIMIT_TEXT - 1);
    accepted(MSG_HELLO, &b);
    b = with_letters(MSG_HELLO, 8, LIMIT_TEXT);
    refused(MSG_HELLO, &b, "hello software: 200 bytes, at most 199");
    b = with_letters(MSG_BYE, 2, LIMIT_TEXT);
    refused(MSG_BYE, &b, "bye text");
    b = with_letters(MSG_ENROL, 1, LIMIT_HOME);
    refused(MSG_ENROL, &b, "enrol unit");
}

static void expect_most(enum message_type type, unsigned field, size_t most,
                        const char *word)
{
    static const uint8_t zeros[LIMIT_ENROL_FRAME];
    struct buf b = with_bytes(type, field, zeros, most);

    accepted(type, &b);
    b = with_bytes(type, field, zeros, most + 1);
    refused(type, &b, word);
}

static void certificates_for_pages_have_a_length(void **state)
{
    (void)state;
    expect_most(MSG_ENROL, 7, LIMIT_TLS_REQUEST, "enrol TLS request");
    expect_most(MSG_ENROLLED, 3, LIMIT_TLS_CERTIFICATE,
                "enrolled TLS certificate");
    expect_most(MSG_ENROLLED, 4, LIMIT_TLS_AUTHORITY, "enrolled TLS authority");
}

static void names_of_streams_have_a_length_and_both_parts(void **state)
{
    char home[LIMIT_HOME + 1], channel[LIMIT_CHANNEL + 1];
    struct buf b = {0}, name;

    (void)state;
    memset(home, 'h', LIMIT_HOME);
    home[LIMIT_HOME] = '\0';
    memset(channel, 'c', LIMIT_CHANNEL);
    channel[LIMIT_CHANNEL] = '\0';
    name = raw_name(home, "up");
    raw_message(&b, 1, &name);
    refused(MSG_PULL, &b, "stream home");
    name = raw_name(FIXTURE_UNIT, channel);
    raw_message(&b, 1, &name);
    refused(MSG_PULL, &b, "stream channel");
    name = raw_name(FIXTURE_UNIT, channel + 1);
    raw_message(&b, 1, &name);
    accepted(MSG_PULL, &b);
    name = raw_name("", "up");
    raw_message(&b, 1, &name);
    refused(MSG_PULL, &b, "stream name");
    refused(MSG_PULL, &b, "stream name: missing");
}

static void texts_are_utf8_without_nul(void **state)
{
    struct buf b;

    (void)state;
    b = with_bytes(MSG_BYE, 2, "\xff", 1);
    refused(MSG_BYE, &b, "bye text: not UTF-8");
    b = with_bytes(MSG_BYE, 2, "\xc0\x80", 2);
    refused(MSG_BYE, &b, "bye text: not UTF-8");
    b = with_bytes(MSG_BYE, 2, "\xed\xa0\x80", 3);
    refused(MSG_BYE, &b, "bye text: not UTF-8");
    b = with_bytes(MSG_BYE, 2, "a\0b", 3);
    refused(MSG_BYE, &b, "NUL");
    b = with_bytes(MSG_BYE, 2, "\0", 1);
    refused(MSG_BYE, &b, "NUL");
    b = with_bytes(MSG_BYE, 2, "a\0", 2);
    refused(MSG_BYE, &b, "NUL");
    b = with_bytes(MSG_BYE, 2, "", 0);
    accepted(MSG_BYE, &b);
}

static void expect_fixed(enum message_type type, unsigned field, size_t size,
                         const char *what)
{
    uint8_t data[65] = {1};
    struct buf b = with_bytes(type, field, data, size);

    accepted(type, &b);
    b = with_bytes(type, field, data, size - 1);
    refused(type, &b, what);
    b = with_bytes(type, field, data, size + 1);
    refused(type, &b, what);
}

static void fixed_fields_have_exactly_their_length(void **state)
{
    struct buf b;

    (void)state;
    expect_fixed(MSG_HELLO, 5, 16, "hello instance");
    expect_fixed(MSG_HELLO, 6, 16, "hello nonce");
    expect_fixed(MSG_CHALLENGE, 1, 16, "challenge nonce");
    expect_fixed(MSG_WELCOME, 2, 16, "welcome session");
    expect_fixed(MSG_WELCOME, 3, 16, "welcome instance");
    expect_fixed(MSG_BULK_OPEN, 1, 16, "bulk session");
    expect_fixed(MSG_ENROL, 2, 32, "enrol secret");
    expect_fixed(MSG_ENROL, 3, 32, "enrol CURVE key");
    expect_fixed(MSG_ENROL, 4, 32, "enrol signing key");
    expect_fixed(MSG_ENROL, 5, 64, "enrol signature");
    b = with_bytes(MSG_HELLO, 6, "", 0);
    accepted(MSG_HELLO, &b);
    assert_true(id_is_zero(&message.hello.nonce));
    b = with_bytes(MSG_HELLO, 5, "", 0);
    refused(MSG_HELLO, &b, "hello instance: 0 bytes instead of 16");
}

static void numbers_stay_below_2_63(void **state)
{
    static const struct {
        enum message_type type;
        unsigned field;
        const char *what;
    } cases[] = {
        {MSG_HELLO, 4, "hello certificate"}, {MSG_HELLO, 7, "hello clock"},
        {MSG_HELLO, 9, "hello acked"},       {MSG_HELLO, 10, "hello credit"},
        {MSG_HELLO, 11, "hello credit"},     {MSG_WELCOME, 4, "welcome clock"},
        {MSG_WELCOME, 5, "welcome credit"},  {MSG_EARLY_ACK, 4, "credit"},
        {MSG_BATCH, 2, "batch first"},       {MSG_ACK, 2, "ack seq"},
        {MSG_ACK, 3, "ack credit"},          {MSG_NAK, 2, "nak expected"},
        {MSG_CREDIT, 1, "express credit"},   {MSG_CREDIT, 2, "bulk credit"},
        {MSG_PULL, 2, "pull after"},         {MSG_STATUS, 1, "status head"},
        {MSG_STATUS, 3, "status clock"},     {MSG_ANNOUNCE, 2, "head"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = with_number(cases[i].type, cases[i].field, INT64_MAX);

        accepted(cases[i].type, &b);
        b = with_number(cases[i].type, cases[i].field, UINT64_C(1) << 63);
        refused(cases[i].type, &b, cases[i].what);
    }
}

static void lists_have_a_count(void **state)
{
    struct buf b = {0}, one;

    (void)state;
    b = raw_content(MSG_HELLO); /* two claims */
    for (int i = 2; i < LIMIT_STREAMS; i++) {
        one = raw_claim("all");
        raw_message(&b, 13, &one);
    }
    one = (struct buf){0};
    buf_add_bytes(&one, buf_bytes(&b));
    accepted(MSG_HELLO, &one);
    one = raw_claim("all");
    raw_message(&b, 13, &one);
    refused(MSG_HELLO, &b, "hello claims: 5 of them, at most 4");

    b = raw_content(MSG_WELCOME);
    for (int i = 1; i <= LIMIT_STREAMS; i++) {
        struct buf name = raw_name(FIXTURE_HUB, "all");

        raw_message(&one, 1, &name);
        raw_message(&b, 8, &one);
    }
    refused(MSG_WELCOME, &b, "welcome channels: 5 of them, at most 4");
}

static struct buf claim_of(int samples)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, "up"), sample = {0};

    raw_message(&b, 1, &name);
    for (int i = 0; i < samples; i++) {
        raw_run(&sample, 2, 1, 32);
        raw_message(&b, 2, &sample);
    }
    return b;
}

static void samples_have_a_count(void **state)
{
    struct buf b = {0}, claim;

    (void)state;
    raw_run(&b, 5, 0x11, 16);
    claim = claim_of(LIMIT_SAMPLES);
    raw_message(&b, 13, &claim);
    accepted(MSG_HELLO, &b);
    raw_run(&b, 5, 0x11, 16);
    claim = claim_of(LIMIT_SAMPLES + 1);
    raw_message(&b, 13, &claim);
    refused(MSG_HELLO, &b, "claim samples: 67 of them, at most 66");
    raw_run(&b, 5, 0x11, 16);
    claim = claim_of(0);
    raw_message(&b, 13, &claim);
    refused(MSG_HELLO, &b, "claim samples: none");
}

static void lists_of_early_changes_have_a_count(void **state)
{
    static const enum message_type types[] = {MSG_EARLY_LIST, MSG_WANT};

    (void)state;
    for (int t = 0; t < 2; t++) {
        struct buf b = {0}, more = {0}, ref;

        for (int i = 0; i < LIMIT_EARLY_LIST; i++) {
            ref = raw_ref();
            raw_message(&b, types[t] == MSG_WANT ? 1 : 2, &ref);
        }
        buf_add_bytes(&more, buf_bytes(&b));
        ref = raw_ref();
        raw_message(&more, types[t] == MSG_WANT ? 1 : 2, &ref);
        accepted(types[t], &b);
        refused(types[t], &more, "references: 257 of them, at most 256");
    }
}

static void messages_miss_nothing_they_need(void **state)
{
    struct buf none = {0}, b = {0};

    (void)state;
    refused(MSG_WELCOME, &none, "welcome session");
    raw_run(&b, 2, 1, 16);
    raw_run(&b, 3, 1, 16);
    refused(MSG_WELCOME, &b, "claim: missing");
    refused(MSG_EARLY, &none, "change: missing");
    refused(MSG_EARLY_ACK, &none, "reference: missing");
    refused(MSG_BEACON, &none, "signed: missing");
    refused(MSG_ENROLLED, &none, "signed: missing");
    refused(MSG_BATCH, &none, "stream name: missing");
    b = with_number(MSG_BATCH, 2, 0);
    refused(MSG_BATCH, &b, "batch first: missing");
}

/* ---- changes */

static struct buf early_with(struct buf *change)
{
    struct buf b = {0};

    raw_message(&b, 1, change);
    return b;
}

static void refused_change(struct buf *change, const char *word)
{
    struct buf b = early_with(change);

    refused(MSG_EARLY, &b, word);
}

static void accepted_change(struct buf *change)
{
    struct buf b = early_with(change);

    accepted(MSG_EARLY, &b);
}

static struct buf change_with_header(struct buf *header)
{
    struct buf b = {0};

    raw_message(&b, 1, header);
    return b;
}

static void a_header_has_home_version_and_a_length(void **state)
{
    struct buf header = {0}, b;
    char filler[LIMIT_HEADER] = "";

    (void)state;
    b = change_with_header(&header);
    refused_change(&b, "header: 0 bytes, 1 to 128");
    header = raw_header();
    raw_text(&header, 1, "");
    b = change_with_header(&header);
    refused_change(&b, "without a home");
    header = raw_header();
    raw_number(&header, 5, 0);
    b = change_with_header(&header);
    refused_change(&b, "version");
    header = raw_header();
    raw_number(&header, 5, UINT64_C(1) << 63);
    b = change_with_header(&header);
    refused_change(&b, "header version");
    header = raw_header();
    raw_run(&header, 2, 1, 17);
    b = change_with_header(&header);
    refused_change(&b, "header record: 17 bytes instead of 16");
    header = raw_header();
    raw_bytes(&header, 15, filler, LIMIT_HEADER - header.size - 2);
    assert_int_equal(header.size, LIMIT_HEADER);
    b = change_with_header(&header);
    accepted_change(&b);
    header = raw_header();
    raw_bytes(&header, 15, filler, LIMIT_HEADER - header.size - 1);
    b = change_with_header(&header);
    refused_change(&b, "header: 129 bytes, 1 to 128");
    buf_add_u8(&header, 0xff);
    b = change_with_header(&header);
    refused_change(&b, "header: malformed");
}

static void part_of(struct buf *b, unsigned salt_field, size_t salt,
                    size_t data, size_t stub)
{
    static uint8_t bytes[LIMIT_VAULT + 1];

    *b = (struct buf){0};
    struct buf header = raw_header();

    raw_message(b, 1, &header);
    if (salt > 0)
        raw_bytes(b, salt_field, bytes, salt);
    if (data > 0)
        raw_bytes(b, salt_field + 1, bytes, data);
    if (stub > 0)
        raw_bytes(b, salt_field + 2, bytes, stub);
}

static void parts_are_whole_or_stub_and_have_a_length(void **state)
{
    static const struct {
        unsigned field;
        size_t limit;
        const char *what;
    } parts[] = {{2, LIMIT_FACT, "fact"},
                 {5, LIMIT_BODY, "body"},
                 {8, LIMIT_VAULT, "vault"}};
    struct buf b;

    (void)state;
    for (int i = 0; i < 3; i++) {
        unsigned field = parts[i].field;

        part_of(&b, field, 16, parts[i].limit, 0);
        accepted_change(&b);
        part_of(&b, field, 16, parts[i].limit + 1, 0);
        refused_change(&b, parts[i].what);
        assert_non_null(strstr(err.text, "at most"));
        part_of(&b, field, 15, 5, 0);
        refused_change(&b, "15 bytes instead of 16");
        part_of(&b, field, 0, 5, 0);
        refused_change(&b, "without its salt");
        part_of(&b, field, 16, 5, 32);
        refused_change(&b, "whole and a stub");
        part_of(&b, field, 0, 0, 31);
        refused_change(&b, "31 bytes instead of 32");
        part_of(&b, field, 0, 0, 32);
        accepted_change(&b);
    }
}

static void a_signature_comes_with_its_key_id(void **state)
{
    struct buf b = raw_change();

    (void)state;
    raw_run(&b, 12, 0, 63);
    refused_change(&b, "change signature");
    b = raw_change();
    raw_run(&b, 11, 0, 0);
    refused_change(&b, "change key id");
    b = raw_change();
    raw_run(&b, 12, 0, 0);
    refused_change(&b, "change signature");
    b = raw_change();
    raw_run(&b, 11, 0, 0);
    raw_run(&b, 12, 0, 0);
    accepted_change(&b);
    assert_false(message.early.change.is_signed);
}

static void a_signed_body_has_a_length(void **state)
{
    struct buf b = {0}, s = {0};

    (void)state;
    raw_run(&s, 1, 0, 1024);
    raw_run(&s, 2, 0, 8);
    raw_run(&s, 3, 0, 64);
    raw_message(&b, 1, &s);
    accepted(MSG_BEACON, &b);
    raw_run(&s, 1, 0, 1025);
    raw_run(&s, 2, 0, 8);
    raw_run(&s, 3, 0, 64);
    raw_message(&b, 1, &s);
    refused(MSG_BEACON, &b, "signed body: 1025 bytes, at most 1024");
    raw_run(&s, 2, 0, 7);
    raw_run(&s, 3, 0, 64);
    raw_message(&b, 1, &s);
    refused(MSG_BEACON, &b, "signed key id");
}

/* ---- batches */

/* A batch around a zstd frame. */
static struct buf zipped_batch(const void *zstd, size_t size)
{
    struct buf b = raw_batch(0);

    raw_bytes(&b, 4, zstd, size);
    return b;
}

/* One zstd frame of `plain`. Owned. */
static struct buf zip(const struct buf *plain, bool tell_size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    struct buf out = {0};

    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, tell_size);
    buf_reserve(&out, ZSTD_compressBound(plain->size));
    out.size =
        ZSTD_compress2(context, out.data, out.room, plain->data, plain->size);
    assert_false(ZSTD_isError(out.size));
    ZSTD_freeCCtx(context);
    return out;
}

static struct buf plain_list(size_t count)
{
    struct buf list = {0};

    for (size_t i = 0; i < count; i++) {
        struct buf change = raw_change();

        raw_message(&list, 1, &change);
    }
    return list;
}

static void a_batch_has_a_count_of_changes(void **state)
{
    struct buf list = plain_list(LIMIT_BATCH_CHANGES), zstd = zip(&list, true);
    struct buf b = zipped_batch(zstd.data, zstd.size), one = raw_change();

    (void)state;
    accepted(MSG_BATCH, &b);
    assert_int_equal(message.batch.count, LIMIT_BATCH_CHANGES);
    raw_message(&list, 1, &one);
    buf_free(&zstd);
    zstd = zip(&list, true);
    b = zipped_batch(zstd.data, zstd.size);
    refused(MSG_BATCH, &b, "batch changes: 2001 of them, at most 2000");
    buf_free(&zstd);
    buf_free(&list);
}

static void a_compressed_batch_is_one_whole_frame_that_tells_its_size(void **s)
{
    struct buf list = plain_list(50), zstd = zip(&list, true);
    struct buf silent = zip(&list, false), twice = {0}, b;
    uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7};

    (void)s;
    b = zipped_batch(silent.data, silent.size);
    refused(MSG_BATCH, &b, "tells its size");
    b = zipped_batch(zstd.data, zstd.size - 1);
    refused(MSG_BATCH, &b, "not exactly one zstd frame");
    buf_add_bytes(&twice, buf_bytes(&zstd));
    buf_add_bytes(&twice, buf_bytes(&zstd));
    b = zipped_batch(twice.data, twice.size);
    refused(MSG_BATCH, &b, "not exactly one zstd frame");
    b = zipped_batch(skippable, sizeof skippable);
    refused(MSG_BATCH, &b, "tells its size");
    b = zipped_batch("not zstd", 8);
    refused(MSG_BATCH, &b, "tells its size");
    b = zipped_batch(zstd.data, zstd.size);
    struct buf change = raw_change();

    raw_message(&b, 3, &change);
    refused(MSG_BATCH, &b, "plain and compressed");
    buf_free(&twice);
    buf_free(&silent);
    buf_free(&zstd);
    buf_free(&list);
}

/* A frame of one RLE block that tells `told` bytes and makes `made`. */
static size_t rle_frame(uint8_t out[24], uint64_t told, uint32_t made)
{
    const uint8_t head[] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0};
    uint32_t block = 1U | 1U << 1 | made << 3;

    memcpy(out, head, sizeof head);
    for (int i = 0; i < 8; i++)
        out[5 + i] = (uint8_t)(told >> 8 * i);
    for (int i = 0; i < 3; i++)
        out[13 + i] = (uint8_t)(block >> 8 * i);
    out[16] = 0;
    return 17;
}

static long resident_kib(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void a_bomb_is_refused_before_anything_is_allocated(void **state)
{
    uint8_t frame[24];
    size_t size = rle_frame(frame, UINT64_C(1) << 40, 100000);
    struct buf b = zipped_batch(frame, size);
    long before = resident_kib();

    (void)state;
    refused(MSG_BATCH, &b, "1099511627776 bytes uncompressed");
    size = rle_frame(frame, LIMIT_BATCH_PLAIN + 1, 100000);
    b = zipped_batch(frame, size);
    refused(MSG_BATCH, &b, "at most 1048576");
    assert_true(resident_kib() - before < 1024);
    size = rle_frame(frame, 1000, 100000); /* tells less than it makes */
    b = zipped_batch(frame, size);
    refused(MSG_BATCH, &b, "damaged zstd frame");
    size = rle_frame(frame, 100000, 1000);
    b = zipped_batch(frame, size);
    refused(MSG_BATCH, &b, "damaged zstd frame");
}

/* protobuf-c would make 100 MiB of it. */
static void a_mebibyte_of_empty_changes_takes_bounded_memory(void **state)
{
    struct buf list = {0}, zstd, b;
    long before = resident_kib();

    (void)state;
    while (list.size < LIMIT_BATCH_PLAIN)
        raw_text(&list, 1, "");
    zstd = zip(&list, true);
    b = zipped_batch(zstd.data, zstd.size);
    refused(MSG_BATCH, &b, "larger than it may be in memory");
    buf_free(&zstd);
    buf_clear(&list);
    while (list.size < LIMIT_FRAME - 256)
        raw_text(&list, 3, "");
    refused(MSG_BATCH, &list, "larger than it may be in memory");
    while (list.size < LIMIT_FRAME - 256)
        raw_text(&list, 99, "");
    refused(MSG_BATCH, &list, "");
    assert_true(resident_kib() - before < 48 * 1024);
}

/* ---- all of it */

/* Decodes; whatever decodes must encode, decode again and be equal. */
static bool holds(struct bytes frame)
{
    struct buf first = {0};
    struct bytes again;

    if (decode_copy(codec, &message, frame, &err) != 0)
        return false;
    if (wire_encode(codec, &again, &message, &err) != 0)
        return true; /* ERR_FULL: a compressed batch that is larger now */
    buf_add_bytes(&first, again);
    assert_int_equal(decode_copy(codec, &message, buf_bytes(&first), &err), 0);
    assert_int_equal(wire_encode(codec, &again, &message, &err), 0);
    assert_true(bytes_equal(again, buf_bytes(&first)));
    buf_free(&first);
    return true;
}

static void a_cut_frame_does_no_harm(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_TYPES; i++) {
        int type = (int)fixture_types[i];
        struct buf frame = raw_full((enum message_type)type);

        assert_true(holds(buf_bytes(&frame)));
        for (size_t size = 0; size < frame.size; size++)
            assert_false(holds(bytes_of(frame.data, size)));
        buf_free(&frame);
    }
}

static uint32_t dice(uint32_t below)
{
    static uint32_t x = 2463534242;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x % below;
}

static void mutate(struct buf *frame)
{
    uint32_t size = (uint32_t)frame->size;
    uint32_t at = dice(size), count = 1 + dice(8);

    switch (dice(5)) {
    case 0:
        frame->data[at] ^= (uint8_t)(1U << dice(8));
        break;
    case 1:
        frame->data[at] = (uint8_t)dice(256);
        break;
    case 2: /* take out */
        count = count < size - at ? count : size - at;
        memmove(frame->data + at, frame->data + at + count, size - at - count);
        frame->size -= count;
        break;
    case 3: /* repeat */
        count = count < size - at ? count : size - at;
        buf_reserve(frame, count);
        memmove(frame->data + at + count, frame->data + at, size - at);
        frame->size += count;
        break;
    default:
        frame->size = at;
        break;
    }
}

static struct buf seed_frame(int n)
{
    struct buf list, zstd, content, frame;

    if (n < FIXTURE_TYPES)
        return raw_full(fixture_types[n]);
    list = plain_list(8);
    zstd = zip(&list, true);
    content = zipped_batch(zstd.data, zstd.size);
    frame = raw_frame(MSG_BATCH, &content);
    buf_free(&list);
    buf_free(&zstd);
    return frame;
}

static void ten_thousand_mutations_do_no_harm(void **state)
{
    int held = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        struct buf frame = seed_frame((int)dice(FIXTURE_TYPES + 1));

        for (uint32_t n = 1 + dice(3); n > 0 && frame.size > 0; n--)
            mutate(&frame);
        held += holds(buf_bytes(&frame));
        buf_free(&frame);
    }
    assert_in_range(held, 100, 9900); /* else the mutations test nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bomb_is_refused_before_anything_is_allocated),
        cmocka_unit_test(a_mebibyte_of_empty_changes_takes_bounded_memory),
        cmocka_unit_test(a_frame_over_the_limit_is_refused_unread),
        cmocka_unit_test(texts_have_a_length),
        cmocka_unit_test(certificates_for_pages_have_a_length),
        cmocka_unit_test(names_of_streams_have_a_length_and_both_parts),
        cmocka_unit_test(texts_are_utf8_without_nul),
        cmocka_unit_test(fixed_fields_have_exactly_their_length),
        cmocka_unit_test(numbers_stay_below_2_63),
        cmocka_unit_test(lists_have_a_count),
        cmocka_unit_test(samples_have_a_count),
        cmocka_unit_test(lists_of_early_changes_have_a_count),
        cmocka_unit_test(messages_miss_nothing_they_need),
        cmocka_unit_test(a_header_has_home_version_and_a_length),
        cmocka_unit_test(parts_are_whole_or_stub_and_have_a_length),
        cmocka_unit_test(a_signature_comes_with_its_key_id),
        cmocka_unit_test(a_signed_body_has_a_length),
        cmocka_unit_test(a_batch_has_a_count_of_changes),
        cmocka_unit_test(
            a_compressed_batch_is_one_whole_frame_that_tells_its_size),
        cmocka_unit_test(a_cut_frame_does_no_harm),
        cmocka_unit_test(ten_thousand_mutations_do_no_harm),
    };

    return cmocka_run_group_tests_name("wire/limits", tests, setup, teardown);
}
