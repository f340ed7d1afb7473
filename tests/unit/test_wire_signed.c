/* tests/unit/test_wire_signed.c - signed bodies, blobs and tokens. */
#include "test_wire_fixture.h"

static void expect_bytes(struct buf *made, struct buf *expected)
{
    assert_int_equal(made->size, expected->size);
    assert_memory_equal(made->data, expected->data, expected->size);
    buf_free(made);
    buf_free(expected);
}

static void a_head_comes_back(void **state)
{
    struct buf raw = {0}, again = {0}, name = raw_name(FIXTURE_UNIT, "up");
    struct head head;

    (void)state;
    raw_message(&raw, 1, &name);
    raw_number(&raw, 2, 99);
    raw_run(&raw, 3, 0x40, 32);
    raw_number(&raw, 4, 1763888400000);
    assert_int_equal(wire_head_decode(&head, buf_bytes(&raw)), 0);
    assert_string_equal(head.name.home, FIXTURE_UNIT);
    assert_string_equal(head.name.channel, "up");
    assert_int_equal(head.at.seq, 99);
    expect_run(&head.at.h, 0x40, 32);
    assert_int_equal(head.clock_ms, 1763888400000);
    wire_head_encode(&again, &head);
    expect_bytes(&again, &raw);
    raw_run(&raw, 3, 0x40, 32);
    assert_int_equal(wire_head_decode(&head, buf_bytes(&raw)), ERR_INVALID);
    buf_free(&raw);
    assert_int_equal(wire_head_decode(&head, buf_bytes(&raw)), ERR_INVALID);
}

static void a_beacon_comes_back(void **state)
{
    struct buf raw = {0}, again = {0};
    struct beacon beacon;

    (void)state;
    raw_text(&raw, 1, FIXTURE_HUB);
    raw_number(&raw, 2, 1763888400000);
    raw_number(&raw, 3, 4);
    raw_number(&raw, 4, 17);
    assert_int_equal(wire_beacon_decode(&beacon, buf_bytes(&raw)), 0);
    assert_string_equal(beacon.hub, FIXTURE_HUB);
    assert_int_equal(beacon.clock_ms, 1763888400000);
    assert_int_equal(beacon.epoch, 4);
    assert_int_equal(beacon.number, 17);
    wire_beacon_encode(&again, &beacon);
    expect_bytes(&again, &raw);
    raw_text(&raw, 1, "a home of twenty-four ch");
    assert_int_equal(wire_beacon_decode(&beacon, buf_bytes(&raw)), ERR_INVALID);
    buf_free(&raw);
}

static void a_certificate_comes_back(void **state)
{
    struct buf raw = {0}, again = {0};
    struct certificate c;

    (void)state;
    raw_text(&raw, 1, FIXTURE_UNIT);
    raw_text(&raw, 2, FIXTURE_HUB);
    raw_number(&raw, 3, 5);
    raw_run(&raw, 4, 0x01, 32);
    raw_run(&raw, 5, 0x41, 32);
    raw_number(&raw, 6, 1000);
    raw_number(&raw, 7, 2000);
    assert_int_equal(wire_certificate_decode(&c, buf_bytes(&raw)), 0);
    assert_string_equal(c.unit, FIXTURE_UNIT);
    assert_string_equal(c.hub, FIXTURE_HUB);
    assert_int_equal(c.number, 5);
    expect_run(c.curve_public, 0x01, 32);
    expect_run(c.sign_public, 0x41, 32);
    assert_int_equal(c.issued_ms, 1000);
    assert_int_equal(c.expires_ms, 2000);
    wire_certificate_encode(&again, &c);
    expect_bytes(&again, &raw);
    raw_run(&raw, 4, 0x01, 33);
    assert_int_equal(wire_certificate_decode(&c, buf_bytes(&raw)), ERR_INVALID);
    buf_free(&raw);
}

static void a_signing_key_comes_back(void **state)
{
    struct buf raw = {0}, again = {0};
    struct signing_key key;

    (void)state;
    raw_text(&raw, 1, FIXTURE_HUB);
    raw_number(&raw, 2, 5);
    raw_run(&raw, 3, 0x41, 32);
    raw_number(&raw, 4, 1000);
    assert_int_equal(wire_signing_key_decode(&key, buf_bytes(&raw)), 0);
    assert_string_equal(key.hub, FIXTURE_HUB);
    assert_int_equal(key.number, 5);
    expect_run(key.sign_public, 0x41, 32);
    assert_int_equal(key.issued_ms, 1000);
    wire_signing_key_encode(&again, &key);
    expect_bytes(&again, &raw);
    buf_add_u8(&raw, 0xff);
    assert_int_equal(wire_signing_key_decode(&key, buf_bytes(&raw)),
                     ERR_INVALID);
    buf_free(&raw);
}

static void a_blob_comes_back_and_borrows_from_what_it_was_read(void **state)
{
    struct buf raw = raw_signed("what was signed"), again = {0};
    struct signed_bytes s;

    (void)state;
    assert_int_equal(wire_signed_decode(&s, buf_bytes(&raw)), 0);
    assert_true(bytes_equal(s.body, bytes_of_text("what was signed")));
    assert_ptr_equal(s.body.data, raw.data + 2);
    expect_run(s.key_id, 0x60, 8);
    expect_run(s.signature, 0x70, 64);
    wire_signed_encode(&again, &s);
    expect_bytes(&again, &raw);
    raw = raw_signed("");
    assert_int_equal(wire_signed_decode(&s, buf_bytes(&raw)), 0);
    assert_int_equal(s.body.size, 0);
    raw_run(&raw, 3, 1, 63);
    assert_int_equal(wire_signed_decode(&s, buf_bytes(&raw)), ERR_INVALID);
    buf_free(&raw);
}

static void what_an_enrol_signs_ends_before_the_signature(void **state)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct buf frame = raw_full(MSG_ENROL), expected = raw_enrol(), made = {0};
    struct sync_message m;

    (void)state;
    assert_int_equal(wire_decode(codec, &m, buf_bytes(&frame), NULL), 0);
    wire_enrol_signed(&made, &m.enrol);
    expected.size -= 64 + 2 + 40 + 2; /* nor what stands behind it */
    expect_bytes(&made, &expected);
    buf_free(&frame);
    wire_codec_free(&codec);
}

/* ---- tokens */

static struct token some_token(void)
{
    struct token t = {.express = "tcp://hub.quangdien.example:7001",
                      .bulk = "tcp://hub.quangdien.example:7002",
                      .enrol = "tcp://hub.quangdien.example:7003",
                      .hub = FIXTURE_HUB,
                      .unit = FIXTURE_UNIT,
                      .unit_name = "Xã Quảng Thọ",
                      .unit_slug = "quang-tho",
                      .expires_ms = 1764061200000};

    for (uint8_t i = 0; i < 32; i++) {
        t.hub_curve[i] = (uint8_t)(i * 7 + 1);
        t.root_public[i] = (uint8_t)(i * 11 + 3);
        t.secret[i] = (uint8_t)(i * 13 + 5);
    }
    return t;
}

static void a_token_comes_back(void **state)
{
    struct token t = some_token(), again;
    struct buf text = {0};
    struct error err;

    (void)state;
    wire_token_encode(&text, &t);
    assert_int_equal(strncmp(buf_text(&text), "lienxa1", 7), 0);
    assert_true(text.size < 500);
    assert_int_equal(wire_token_decode(&again, buf_text(&text), &err), 0);
    assert_string_equal(again.express, t.express);
    assert_string_equal(again.bulk, t.bulk);
    assert_string_equal(again.enrol, t.enrol);
    assert_memory_equal(again.hub_curve, t.hub_curve, 32);
    assert_memory_equal(again.root_public, t.root_public, 32);
    assert_string_equal(again.hub, t.hub);
    assert_string_equal(again.unit, t.unit);
    assert_string_equal(again.unit_name, t.unit_name);
    assert_string_equal(again.unit_slug, t.unit_slug);
    assert_memory_equal(again.secret, t.secret, 32);
    assert_int_equal(again.expires_ms, t.expires_ms);
    buf_free(&text);
}

static void a_cut_token_is_told_apart(void **state)
{
    struct token t = some_token();
    struct buf text = {0};
    struct error err;

    (void)state;
    wire_token_encode(&text, &t);
    for (size_t size = 0; size < text.size; size++) {
        char *cut = mem_copy(text.data, size + 1);

        cut[size] = '\0';
        assert_int_equal(wire_token_decode(&t, cut, &err), ERR_INVALID);
        assert_non_null(strstr(err.text, size < 7 ? "does not begin" : "cut"));
        mem_free(&cut);
    }
    buf_add_text(&text, "AAAA");
    assert_int_equal(wire_token_decode(&t, buf_text(&text), &err), ERR_INVALID);
    buf_free(&text);
}

/* A letter of the frame's head may differ without meaning anything else; what
 * is read must never differ. */
static void a_mistyped_token_never_says_something_else(void **state)
{
    struct token t = some_token(), again;
    struct buf text = {0};
    struct error err;
    int refused = 0;

    (void)state;
    wire_token_encode(&text, &t);
    for (size_t i = 7; i < text.size; i++) {
        uint8_t kept = text.data[i];

        text.data[i] = kept == 'A' ? 'B' : 'A';
        if (wire_token_decode(&again, buf_text(&text), &err) != 0) {
            refused++;
        } else {
            assert_memory_equal(again.secret, t.secret, 32);
            assert_memory_equal(again.root_public, t.root_public, 32);
            assert_memory_equal(again.hub_curve, t.hub_curve, 32);
            assert_string_equal(again.express, t.express);
            assert_string_equal(again.enrol, t.enrol);
        }
        text.data[i] = kept;
    }
    assert_true(refused >= (int)text.size - 7 - 2);
    buf_free(&text);
}

static void what_is_no_token_is_told_so(void **state)
{
    char longest[4096] = "lienxa1";
    struct token t;
    struct error err;

    (void)state;
    assert_int_equal(wire_token_decode(&t, "", &err), ERR_INVALID);
    assert_int_equal(wire_token_decode(&t, "lienxa2AAAA", &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "not a token"));
    assert_int_equal(wire_token_decode(&t, "lienxa1", &err), ERR_INVALID);
    assert_int_equal(wire_token_decode(&t, "lienxa1!!", &err), ERR_INVALID);
    memset(longest + 7, 'A', sizeof longest - 8);
    assert_int_equal(wire_token_decode(&t, longest, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "longer than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_comes_back),
        cmocka_unit_test(a_beacon_comes_back),
        cmocka_unit_test(a_certificate_comes_back),
        cmocka_unit_test(a_signing_key_comes_back),
        cmocka_unit_test(a_blob_comes_back_and_borrows_from_what_it_was_read),
        cmocka_unit_test(what_an_enrol_signs_ends_before_the_signature),
        cmocka_unit_test(a_token_comes_back),
        cmocka_unit_test(a_cut_token_is_told_apart),
        cmocka_unit_test(a_mistyped_token_never_says_something_else),
        cmocka_unit_test(what_is_no_token_is_told_so),
    };

    return cmocka_run_group_tests_name("wire/signed", tests, NULL, NULL);
}
