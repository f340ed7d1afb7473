/* tests/unit/test_wire_example.c - the worked example of PROTOCOL 2.5.
 *
 * Every number is made here from its ingredients, hashed and signed by
 * libsodium (the programs use another library), compared with what the text
 * says, and read back by the codec.
 */
#include <stdio.h>

#include <sodium.h>

#include "common/base/file.h"
#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "common/sync/stream.h"
#include "common/wire/record.h"
#include "test_wire_fixture.h"

/* As PROTOCOL 2.5 has them. */
static const struct {
    const char *name, *hex;
} expected[] = {
    {"header", "0a0e31393837304032303034303730381210019aaffe2a7b700080000000000"
               "000a11801280130fb8dc4ffaa33"},
    {"fact", "0a0d6361745f747261695f7068657010012003320d5068c6b0e1bb9b632059c3a"
             "a6e38febe02401148808dc4ffaa335201016801"},
    {"body", "0a0d4768652068c3ba742063c3a174120a73c3b46e672042e1bb93"},
    {"change",
     "0a2d0a0e31393837304032303034303730381210019aaffe2a7b700080000000000000a11"
     "801280130fb8dc4ffaa331210a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1a340a0d6361745f"
     "747261695f7068657010012003320d5068c6b0e1bb9b632059c3aa6e38febe02401148808"
     "dc4ffaa3352010168012a10b0b1b2b3b4b5b6b7b8b9babbbcbdbebf321b0a0d4768652068"
     "c3ba742063c3a174120a73c3b46e672042e1bb93"},
    {"H(fact)",
     "09b1cbb791e710cb1994e2340b9d96d51e511da0a79b17d83ea45f30c2209dff"},
    {"H(body)",
     "394b492b913015b193fa63ab507fe4fd5d4cec13ca793f864ee55665d46106da"},
    {"digest",
     "b4515bc58fbdfd6bfff7e3c34a6b44ef0c7520f7c69fca72c930e9a2eb68fcdb"},
    {"h(0)",
     "c96a5a1591603c77b6c3e815f3e00e375d11481dbf2c65aef1f3b789aa25c38a"},
    {"h(1)",
     "5568641f11b87659a1b456734e2b399cf09f9d469c927f8ea77f748357c2afb2"},
    {"public key",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"},
    {"key id", "56475aa75463474c"},
    {"change signature",
     "e356560a7c03e12ec7d3635065a9481a71ae0119ff5f85024abb825e4c6724cdbdd78c4ef"
     "ccfb43e4163b5149bdf7e5ff7eb618e3d7da9bd3d433a8d73f48100"},
    {"head",
     "0a140a0e31393837304032303034303730381202757010011a205568641f11b87659a1b45"
     "6734e2b399cf09f9d469c927f8ea77f748357c2afb220c890c4ffaa33"},
    {"head signature",
     "781e8de7436911e32a924f42a1f1edd011609b9a7951922ea9a64648827b9520fb2985a98"
     "f9c9b52948a5c7746a33f3169ad24912a56dcccec90a68ee6d14d0f"},
    {"early frame",
     "32f5010af2010a2d0a0e31393837304032303034303730381210019aaffe2a7b700080000"
     "000000000a11801280130fb8dc4ffaa331210a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1a34"
     "0a0d6361745f747261695f7068657010012003320d5068c6b0e1bb9b632059c3aa6e38feb"
     "e02401148808dc4ffaa3352010168012a10b0b1b2b3b4b5b6b7b8b9babbbcbdbebf321b0a"
     "0d4768652068c3ba742063c3a174120a73c3b46e672042e1bb935a0856475aa75463474c6"
     "240e356560a7c03e12ec7d3635065a9481a71ae0119ff5f85024abb825e4c6724cdbdd78c"
     "4efccfb43e4163b5149bdf7e5ff7eb618e3d7da9bd3d433a8d73f48100"},
    {"batch frame",
     "42c6020a140a0e31393837304032303034303730381202757010011a99010a2d0a0e31393"
     "837304032303034303730381210019aaffe2a7b700080000000000000a11801280130fb8d"
     "c4ffaa331210a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1a340a0d6361745f747261695f706"
     "8657010012003320d5068c6b0e1bb9b632059c3aa6e38febe02401148808dc4ffaa335201"
     "0168013a20394b492b913015b193fa63ab507fe4fd5d4cec13ca793f864ee55665d46106d"
     "a2a8f010a410a140a0e31393837304032303034303730381202757010011a205568641f11"
     "b87659a1b456734e2b399cf09f9d469c927f8ea77f748357c2afb220c890c4ffaa3312085"
     "6475aa75463474c1a40781e8de7436911e32a924f42a1f1edd011609b9a7951922ea9a646"
     "48827b9520fb2985a98f9c9b52948a5c7746a33f3169ad24912a56dcccec90a68ee6d14d0"
     "f"},
    {"receipt id", "57598b9dec458a1b80787f05c1922379"},
    {"node key id", "8778575c330b80898593e7d737d9eeb6"},
};

static struct buf protocol; /* the text without white space */

static void squeeze(struct buf *text)
{
    size_t size = 0;

    for (size_t i = 0; i < text->size; i++)
        if (text->data[i] > ' ')
            text->data[size++] = text->data[i];
    text->size = size;
}

static int setup(void **state)
{
    struct error err;

    (void)state;
    if (sodium_init() < 0)
        return -1;
    if (file_read(&protocol, LIENXA_SOURCE_DIR "/proto/PROTOCOL.md",
                  1024 * 1024, &err) != 0)
        return -1;
    squeeze(&protocol);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&protocol);
    return 0;
}

/* `made` is what stands under `name` here and in the text. */
static void agrees(const char *name, struct bytes made)
{
    char *hex = mem_new(2 * made.size + 1);

    hex_encode(hex, made.data, made.size);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (strcmp(expected[i].name, name) != 0)
            continue;
        if (strcmp(expected[i].hex, hex) != 0)
            fail_msg("%s is %s", name, hex);
        if (!strstr(buf_text(&protocol), hex))
            fail_msg("PROTOCOL.md lacks %s: %s", name, hex);
        mem_free(&hex);
        return;
    }
    fail_msg("%s is not in the example: %s", name, hex);
}

static void agrees_hash(const char *name, const struct hash *made)
{
    agrees(name, bytes_of(made->bytes, sizeof made->bytes));
}

static struct hash sha256(const struct bytes *pieces, size_t count)
{
    crypto_hash_sha256_state state;
    struct hash out;

    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++)
        if (pieces[i].size > 0)
            crypto_hash_sha256_update(&state, pieces[i].data, pieces[i].size);
    crypto_hash_sha256_final(&state, out.bytes);
    return out;
}

/* ---- the ingredients */

struct example {
    struct buf header, fact, body;
    uint8_t fact_salt[16], body_salt[16];
    struct hash fact_hash, body_hash, digest, zero, first;
    uint8_t public_key[32], secret[64], key_id[8];
    struct buf head;
    uint8_t head_signature[64], change_signature[64];
};

static void run(uint8_t *out, uint8_t first, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(first + i);
}

static void make_parts(struct example *e)
{
    struct change_header header = {.home = FIXTURE_UNIT,
                                   .kind = KIND_REPORT,
                                   .version = 1,
                                   .clock_ms = 1763888400123};
    struct report_fact fact = {.category = category_find("cat_trai_phep"),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_DIEN_THOAI,
                               .village = "Phước Yên",
                               .day = 20415,
                               .hour = 16,
                               .received_ms = 1763888400000,
                               .entered_ms = {[REPORT_MOI] = 1763888400000},
                               .bodies = 1};
    struct report_body body = {.text = "Ghe hút cát", .place = "sông Bồ"};

    assert_true(
        id_parse(&header.record, "019aaffe-2a7b-7000-8000-0000000000a1"));
    wire_header_encode(&e->header, &header);
    wire_report_fact_encode(&e->fact, &fact);
    wire_report_body_encode(&e->body, &body);
    run(e->fact_salt, 0xa0, 16);
    run(e->body_salt, 0xb0, 16);
}

static void make_hashes(struct example *e)
{
    const uint8_t none[32] = {0}, one[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    const struct bytes fact[] = {bytes_of(e->fact_salt, 16),
                                 buf_bytes(&e->fact)};
    const struct bytes body[] = {bytes_of(e->body_salt, 16),
                                 buf_bytes(&e->body)};
    struct bytes whole[4] = {buf_bytes(&e->header)};
    struct bytes zero =
        bytes_of_text("lienxa stream 1\n" FIXTURE_UNIT "\nup\n");
    struct bytes next[3];

    e->fact_hash = sha256(fact, 2);
    e->body_hash = sha256(body, 2);
    whole[1] = bytes_of(e->fact_hash.bytes, 32);
    whole[2] = bytes_of(e->body_hash.bytes, 32);
    whole[3] = bytes_of(none, 32);
    e->digest = sha256(whole, 4);
    e->zero = sha256(&zero, 1);
    next[0] = bytes_of(e->zero.bytes, 32);
    next[1] = bytes_of(one, 8);
    next[2] = bytes_of(e->digest.bytes, 32);
    e->first = sha256(next, 3);
}

static void sign(const struct example *e, uint8_t out[64], const char *domain,
                 struct bytes message)
{
    struct buf said = {0};

    buf_add_text(&said, domain);
    buf_add_bytes(&said, message);
    crypto_sign_detached(out, NULL, said.data, said.size, e->secret);
    buf_free(&said);
}

static void make_signatures(struct example *e)
{
    uint8_t seed[32];
    struct head head = {.at = {1, e->first}, .clock_ms = 1763888400456};
    struct hash id;
    struct bytes key = bytes_of(e->public_key, 32);

    run(seed, 0x00, 32);
    crypto_sign_seed_keypair(e->public_key, e->secret, seed);
    id = sha256(&key, 1);
    memcpy(e->key_id, id.bytes, 8);
    (void)snprintf(head.name.home, sizeof head.name.home, "%s", FIXTURE_UNIT);
    (void)snprintf(head.name.channel, sizeof head.name.channel, "up");
    wire_head_encode(&e->head, &head);
    sign(e, e->head_signature, HEAD_SIGN_DOMAIN, buf_bytes(&e->head));
    sign(e, e->change_signature, CHANGE_SIGN_DOMAIN,
         bytes_of(e->digest.bytes, 32));
}

static struct example make(void)
{
    struct example e = {0};

    make_parts(&e);
    make_hashes(&e);
    make_signatures(&e);
    return e;
}

static void discard(struct example *e)
{
    buf_free(&e->header);
    buf_free(&e->fact);
    buf_free(&e->body);
    buf_free(&e->head);
}

/* ---- the same by field numbers */

static struct buf raw_example_change(const struct example *e, bool body_whole,
                                     bool with_signature)
{
    struct buf b = {0};

    raw_bytes(&b, 1, e->header.data, e->header.size);
    raw_bytes(&b, 2, e->fact_salt, 16);
    raw_bytes(&b, 3, e->fact.data, e->fact.size);
    if (body_whole) {
        raw_bytes(&b, 5, e->body_salt, 16);
        raw_bytes(&b, 6, e->body.data, e->body.size);
    } else {
        raw_bytes(&b, 7, e->body_hash.bytes, 32);
    }
    if (with_signature) {
        raw_bytes(&b, 11, e->key_id, 8);
        raw_bytes(&b, 12, e->change_signature, 64);
    }
    return b;
}

static struct buf raw_example_frame(const struct example *e)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, "up"), head = {0},
               change = raw_example_change(e, false, false);

    raw_message(&b, 1, &name);
    raw_number(&b, 2, 1);
    raw_message(&b, 3, &change);
    raw_bytes(&head, 1, e->head.data, e->head.size);
    raw_bytes(&head, 2, e->key_id, 8);
    raw_bytes(&head, 3, e->head_signature, 64);
    raw_message(&b, 5, &head);
    return raw_frame(MSG_BATCH, &b);
}

static void the_change_is_as_the_text_says(void **state)
{
    struct example e = make();
    struct buf whole = raw_example_change(&e, true, false);

    (void)state;
    agrees("header", buf_bytes(&e.header));
    agrees("fact", buf_bytes(&e.fact));
    agrees("body", buf_bytes(&e.body));
    agrees("change", buf_bytes(&whole));
    buf_free(&whole);
    discard(&e);
}

static void the_hashes_are_as_the_text_says(void **state)
{
    struct example e = make();

    (void)state;
    agrees_hash("H(fact)", &e.fact_hash);
    agrees_hash("H(body)", &e.body_hash);
    agrees_hash("digest", &e.digest);
    agrees_hash("h(0)", &e.zero);
    agrees_hash("h(1)", &e.first);
    discard(&e);
}

static void the_signatures_are_as_the_text_says(void **state)
{
    struct example e = make();

    (void)state;
    agrees("public key", bytes_of(e.public_key, 32));
    agrees("key id", bytes_of(e.key_id, 8));
    agrees("change signature", bytes_of(e.change_signature, 64));
    agrees("head", buf_bytes(&e.head));
    agrees("head signature", bytes_of(e.head_signature, 64));
    discard(&e);
}

static void the_early_frame_is_as_the_text_says_and_is_read(void **state)
{
    struct example e = make();
    struct buf early = {0}, change = raw_example_change(&e, true, true), frame;
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m;

    (void)state;
    raw_message(&early, 1, &change);
    frame = raw_frame(MSG_EARLY, &early);
    agrees("early frame", buf_bytes(&frame));
    assert_int_equal(wire_decode(codec, &m, buf_bytes(&frame), NULL), 0);
    assert_true(m.early.change.is_signed);
    assert_true(
        bytes_equal(m.early.change.part[PART_BODY].bytes, buf_bytes(&e.body)));
    wire_codec_free(&codec);
    buf_free(&frame);
    discard(&e);
}

static void the_batch_is_as_the_text_says_and_is_read(void **state)
{
    struct example e = make();
    struct buf frame = raw_example_frame(&e);
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m;
    struct bytes again;
    const struct change *change;

    (void)state;
    agrees("batch frame", buf_bytes(&frame));
    assert_int_equal(wire_decode(codec, &m, buf_bytes(&frame), NULL), 0);
    assert_int_equal(m.type, MSG_BATCH);
    assert_int_equal(m.batch.count, 1);
    change = &m.batch.changes[0];
    assert_true(bytes_equal(change->header_bytes, buf_bytes(&e.header)));
    assert_int_equal(change->part[PART_BODY].form, PART_STUB);
    assert_memory_equal(&change->part[PART_BODY].hash, &e.body_hash, 32);
    assert_int_equal(wire_encode(codec, &again, &m, NULL), 0);
    assert_true(bytes_equal(again, buf_bytes(&frame)));
    wire_codec_free(&codec);
    buf_free(&frame);
    discard(&e);
}

/* Our own engine and keys come to the same. */
static void the_programs_agree_with_the_example(void **state)
{
    const struct hash_function f = {crypto_sha256};
    struct example e = make();
    struct buf raw = raw_example_change(&e, true, true), early = {0}, frame;
    struct stream_name up = stream_name_make(FIXTURE_UNIT, STREAM_UP);
    struct wire_codec *codec = wire_codec_new(false);
    struct sync_message m;
    struct hash digest, zero = stream_zero(&f, &up), first;
    uint8_t id[SIGN_KEY_ID_BYTES];

    (void)state;
    raw_message(&early, 1, &raw);
    frame = raw_frame(MSG_EARLY, &early);
    assert_int_equal(wire_decode(codec, &m, buf_bytes(&frame), NULL), 0);
    digest = change_digest(&f, &m.early.change);
    first = stream_next(&f, &zero, 1, &digest);
    assert_true(hash_equal(&digest, &e.digest));
    assert_true(hash_equal(&zero, &e.zero));
    assert_true(hash_equal(&first, &e.first));
    assert_true(sign_verify(m.early.change.signature, e.public_key,
                            CHANGE_SIGN_DOMAIN, bytes_of(digest.bytes, 32)));
    sign_key_id(id, e.public_key);
    assert_memory_equal(id, e.key_id, sizeof id);
    wire_codec_free(&codec);
    buf_free(&frame);
    discard(&e);
}

/* First 16 bytes of a hash, marked as a UUID of version 8. */
static struct id derived(const struct bytes *pieces, size_t count)
{
    struct hash hash = sha256(pieces, count);
    struct id id;

    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

static void derived_ids_are_as_the_text_says(void **state)
{
    const uint8_t two[8] = {0, 0, 0, 0, 0, 0, 0, 2};
    struct id alert, id;
    struct bytes receipt[3] = {bytes_of_text("lienxa receipt 1\n")};
    struct bytes node_key[4] = {bytes_of_text("lienxa node key 1\n"),
                                bytes_of_text(FIXTURE_UNIT),
                                bytes_of_text("\n"), bytes_of(two, 8)};

    (void)state;
    assert_true(id_parse(&alert, "019aaffe-2a7b-7000-8000-0000000000b2"));
    receipt[1] = bytes_of(alert.bytes, sizeof alert.bytes);
    receipt[2] = bytes_of_text(FIXTURE_UNIT);
    id = derived(receipt, 3);
    agrees("receipt id", bytes_of(id.bytes, sizeof id.bytes));
    id = derived(node_key, 4);
    agrees("node key id", bytes_of(id.bytes, sizeof id.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_change_is_as_the_text_says),
        cmocka_unit_test(the_hashes_are_as_the_text_says),
        cmocka_unit_test(the_signatures_are_as_the_text_says),
        cmocka_unit_test(the_early_frame_is_as_the_text_says_and_is_read),
        cmocka_unit_test(the_batch_is_as_the_text_says_and_is_read),
        cmocka_unit_test(the_programs_agree_with_the_example),
        cmocka_unit_test(derived_ids_are_as_the_text_says),
    };

    return cmocka_run_group_tests_name("wire/example", tests, setup, teardown);
}
