/* tests/unit/test_wire_referral.c - referrals, what is carried and the
 * directory of units as bytes and back; and what a hostile writer could say. */
#include "common/wire/referral.h"

#include "test_wire_fixture.h"

static struct error err;

static void expect_bytes(struct buf *made, struct buf *expected)
{
    assert_int_equal(made->size, expected->size);
    assert_memory_equal(made->data, expected->data, expected->size);
    buf_free(made);
    buf_free(expected);
}

static struct buf raw_what(void)
{
    struct buf b = {0};

    raw_text(&b, 1, "cat_trai_phep");
    raw_number(&b, 2, REPORT_DA_CHUYEN);
    raw_number(&b, 4, CHANNEL_WEB);
    raw_number(&b, 5, 1);
    raw_text(&b, 6, "Phước Yên");
    return b;
}

static struct buf raw_offer(void)
{
    struct buf b = {0}, what = raw_what();

    raw_number(&b, 1, REFERRAL_OFFER);
    raw_text(&b, 2, FIXTURE_UNIT);
    raw_run(&b, 3, 0x10, 16);
    raw_number(&b, 4, 2);
    raw_number(&b, 5, 1763888400000);
    raw_text(&b, 6, FIXTURE_HUB);
    raw_number(&b, 7, 5);
    raw_message(&b, 8, &what);
    return b;
}

static struct buf raw_answer(void)
{
    struct buf b = {0};

    raw_number(&b, 1, REFERRAL_CONTINUATION);
    raw_text(&b, 2, FIXTURE_UNIT);
    raw_run(&b, 3, 0x10, 16);
    raw_number(&b, 4, 2);
    raw_number(&b, 5, 1763888400000);
    raw_number(&b, 9, REFERRAL_RETURNED);
    return b;
}

static struct buf raw_carried(void)
{
    struct buf b = {0};

    raw_text(&b, 1, "19897@20040708");
    raw_text(&b, 2, FIXTURE_UNIT);
    raw_run(&b, 3, 0x10, 16);
    raw_number(&b, 4, 3);
    raw_run(&b, 5, 0x30, 32);
    return b;
}

static struct buf raw_unit(void)
{
    struct buf b = {0};

    raw_text(&b, 1, FIXTURE_UNIT);
    raw_text(&b, 2, "quang-thai");
    raw_text(&b, 3, "Quảng Thái");
    raw_text(&b, 4, "0234 1234567");
    return b;
}

static void an_offer_comes_back(void **state)
{
    struct buf raw = raw_offer(), again = {0};
    struct referral_fact f;

    (void)state;
    assert_int_equal(wire_referral_decode(&f, buf_bytes(&raw), &err), 0);
    assert_int_equal(f.role, REFERRAL_OFFER);
    assert_string_equal(f.report_home, FIXTURE_UNIT);
    expect_run(&f.report, 0x10, 16);
    assert_int_equal(f.offer, 2);
    assert_int_equal(f.at_ms, 1763888400000);
    assert_string_equal(f.to, FIXTURE_HUB);
    assert_int_equal(f.report_version, 5);
    assert_string_equal(f.what.category->code, "cat_trai_phep");
    assert_string_equal(f.what.village, "Phước Yên");
    assert_true(f.what.urgent);
    wire_referral_encode(&again, &f);
    expect_bytes(&again, &raw);
}

static void an_answer_comes_back(void **state)
{
    struct buf raw = raw_answer(), again = {0};
    struct referral_fact f;

    (void)state;
    assert_int_equal(wire_referral_decode(&f, buf_bytes(&raw), &err), 0);
    assert_int_equal(f.role, REFERRAL_CONTINUATION);
    assert_int_equal(f.offer, 2);
    assert_int_equal(f.answer, REFERRAL_RETURNED);
    wire_referral_encode(&again, &f);
    expect_bytes(&again, &raw);
}

static void what_is_carried_comes_back(void **state)
{
    struct buf raw = raw_carried(), again = {0};
    struct carried_fact f;

    (void)state;
    assert_int_equal(wire_carried_decode(&f, buf_bytes(&raw), &err), 0);
    assert_string_equal(f.to, "19897@20040708");
    assert_string_equal(f.home, FIXTURE_UNIT);
    expect_run(&f.record, 0x10, 16);
    assert_int_equal(f.version, 3);
    expect_run(&f.digest, 0x30, 32);
    wire_carried_encode(&again, &f);
    expect_bytes(&again, &raw);
}

static void a_unit_comes_back(void **state)
{
    struct buf raw = raw_unit(), again = {0};
    struct unit_fact f;

    (void)state;
    assert_int_equal(wire_unit_decode(&f, buf_bytes(&raw), &err), 0);
    assert_string_equal(f.unit, FIXTURE_UNIT);
    assert_string_equal(f.slug, "quang-thai");
    assert_string_equal(f.name, "Quảng Thái");
    assert_string_equal(f.phone, "0234 1234567");
    wire_unit_encode(&again, &f);
    expect_bytes(&again, &raw);
}

static void a_change_alone_comes_back_byte_for_byte(void **state)
{
    struct wire_arena *arena = wire_arena_new();
    struct buf raw = raw_change(), again = {0};
    struct change c;

    (void)state;
    assert_int_equal(wire_change_decode(&c, arena, buf_bytes(&raw), &err), 0);
    assert_string_equal(c.header.home, FIXTURE_UNIT);
    assert_true(c.is_signed);
    assert_int_equal(c.part[PART_BODY].form, PART_STUB);
    wire_change_encode(&again, &c);
    expect_bytes(&again, &raw);
    wire_arena_free(&arena);
}

static void a_note_comes_back(void **state)
{
    struct wire_arena *arena = wire_arena_new();
    struct report_note note = {1763888400000, "Lan", "Không thuộc địa bàn"};
    struct report_note back;
    struct buf raw = {0};

    (void)state;
    wire_note_encode(&raw, &note);
    assert_int_equal(wire_note_decode(&back, arena, buf_bytes(&raw), &err), 0);
    assert_int_equal(back.at_ms, note.at_ms);
    assert_string_equal(back.by, note.by);
    assert_string_equal(back.text, note.text);
    buf_free(&raw);
    wire_arena_free(&arena);
}

/* Takes `raw`. */
static void refuse(struct buf *raw, int rc, const char *word)
{
    struct referral_fact f;

    assert_int_equal(wire_referral_decode(&f, buf_bytes(raw), &err), rc);
    if (strstr(err.text, word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, word);
    buf_free(raw);
}

static void what_a_referral_may_not_say(void **state)
{
    struct buf raw, what;

    (void)state;
    raw = raw_offer();
    raw_number(&raw, 15, 1);
    refuse(&raw, ERR_VERSION, "referral fact");
    raw = raw_offer();
    raw_number(&raw, 1, 3);
    refuse(&raw, ERR_VERSION, "role: 3");
    raw = raw_offer();
    raw_number(&raw, 1, 0);
    refuse(&raw, ERR_INVALID, "role: missing");
    raw = raw_offer();
    raw_text(&raw, 2, "");
    refuse(&raw, ERR_INVALID, "report home: missing");
    raw = raw_offer();
    raw_text(&raw, 6, "");
    refuse(&raw, ERR_INVALID, "to: missing");
    raw = raw_offer();
    raw_text(&raw, 6, "a-unit-with-a-very-long-key");
    refuse(&raw, ERR_INVALID, "to: 27 bytes, at most 23");
    raw = raw_offer();
    raw_run(&raw, 3, 0x10, 15);
    refuse(&raw, ERR_INVALID, "report");
    raw = raw_offer();
    raw_number(&raw, 4, 0);
    refuse(&raw, ERR_INVALID, "offer: missing");
    raw = raw_offer();
    raw_number(&raw, 4, UINT64_MAX);
    refuse(&raw, ERR_INVALID, "offer: 2^63");
    raw = raw_offer();
    raw_number(&raw, 7, 0);
    refuse(&raw, ERR_INVALID, "report version: missing");
    raw = raw_offer();
    raw_number(&raw, 9, 1);
    refuse(&raw, ERR_INVALID, "an offer with an answer");
    raw = raw_offer();
    what = raw_what();
    raw_number(&what, 29, 1);
    raw_message(&raw, 8, &what);
    refuse(&raw, ERR_VERSION, "report fact");
    raw = raw_answer();
    raw_number(&raw, 9, REFERRAL_ANSWER_END);
    refuse(&raw, ERR_VERSION, "answer: 5");
    raw = raw_answer();
    raw_number(&raw, 9, 0);
    refuse(&raw, ERR_INVALID, "answer: missing");
    raw = raw_answer();
    raw_text(&raw, 6, FIXTURE_HUB);
    refuse(&raw, ERR_INVALID, "an answer with an offer");
}

static void what_is_carried_is_named_exactly(void **state)
{
    struct carried_fact f;
    struct buf raw;

    (void)state;
    raw = raw_carried();
    raw_run(&raw, 5, 0x30, 31);
    assert_int_equal(wire_carried_decode(&f, buf_bytes(&raw), &err),
                     ERR_INVALID);
    buf_free(&raw);
    raw = raw_carried();
    raw_number(&raw, 4, 0);
    assert_int_equal(wire_carried_decode(&f, buf_bytes(&raw), &err),
                     ERR_INVALID);
    buf_free(&raw);
    raw = raw_carried();
    raw_number(&raw, 6, 1);
    assert_int_equal(wire_carried_decode(&f, buf_bytes(&raw), &err),
                     ERR_VERSION);
    buf_free(&raw);
}

/* Of every length, each in memory of its own: no byte beyond is read. */
static void cut(struct buf *raw)
{
    struct wire_arena *arena = wire_arena_new();

    for (size_t size = 0; size < raw->size; size++) {
        uint8_t *copy = mem_copy(raw->data, size);
        struct bytes bytes = bytes_of(copy, size);
        struct referral_fact referral;
        struct carried_fact carried;
        struct unit_fact unit;
        struct report_note note;
        struct change change;

        (void)wire_referral_decode(&referral, bytes, &err);
        (void)wire_carried_decode(&carried, bytes, &err);
        (void)wire_unit_decode(&unit, bytes, &err);
        wire_arena_clear(arena);
        (void)wire_note_decode(&note, arena, bytes, &err);
        wire_arena_clear(arena);
        (void)wire_change_decode(&change, arena, bytes, &err);
        mem_free(&copy);
    }
    buf_free(raw);
    wire_arena_free(&arena);
}

static void cut_or_strange_bytes_do_no_harm(void **state)
{
    struct buf all[] = {raw_offer(), raw_answer(), raw_carried(), raw_unit(),
                        raw_change()};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cut(&all[i]);
}

static void a_report_continues_a_home_and_a_record_or_nothing(void **state)
{
    struct report_fact fact;
    struct buf raw = raw_what(), again = {0};

    (void)state;
    raw_text(&raw, 14, FIXTURE_UNIT);
    raw_run(&raw, 15, 0x10, 16);
    assert_int_equal(wire_report_fact_decode(&fact, buf_bytes(&raw), &err), 0);
    assert_string_equal(fact.continues_home, FIXTURE_UNIT);
    expect_run(&fact.continues_record, 0x10, 16);
    fact.hour = -1; /* not said */
    wire_report_fact_encode(&again, &fact);
    expect_bytes(&again, &raw);

    raw = raw_what();
    raw_text(&raw, 14, FIXTURE_UNIT);
    assert_int_equal(wire_report_fact_decode(&fact, buf_bytes(&raw), &err),
                     ERR_INVALID);
    buf_free(&raw);
    raw = raw_what();
    raw_run(&raw, 15, 0x10, 16);
    assert_int_equal(wire_report_fact_decode(&fact, buf_bytes(&raw), &err),
                     ERR_INVALID);
    buf_free(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_comes_back),
        cmocka_unit_test(an_answer_comes_back),
        cmocka_unit_test(what_is_carried_comes_back),
        cmocka_unit_test(a_unit_comes_back),
        cmocka_unit_test(a_change_alone_comes_back_byte_for_byte),
        cmocka_unit_test(a_note_comes_back),
        cmocka_unit_test(what_a_referral_may_not_say),
        cmocka_unit_test(what_is_carried_is_named_exactly),
        cmocka_unit_test(cut_or_strange_bytes_do_no_harm),
        cmocka_unit_test(a_report_continues_a_home_and_a_record_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
