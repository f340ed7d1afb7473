/* tests/unit/test_wire_record.c - the parts of records as bytes and back. */
#include "common/wire/record.h"

#include <math.h>

#include "test_wire_fixture.h"

static struct wire_arena *arena;
static struct error err;

static int setup(void **state)
{
    (void)state;
    arena = wire_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wire_arena_free(&arena);
    wire_arena_free(&arena);
    return 0;
}

/* Takes `part`; expects `rc` and, when refused, `word` in the reason. */
static void expect_rc(int rc, int expected, const char *word, struct buf *part)
{
    if (rc != expected || (rc != 0 && !strstr(err.text, word)))
        fail_msg("%d \"%s\" instead of %d \"%s\"", rc, err.text, expected,
                 word);
    buf_free(part);
}

static void expect_bytes(struct buf *made, struct buf *expected)
{
    assert_int_equal(made->size, expected->size);
    assert_memory_equal(made->data, expected->data, expected->size);
    buf_free(made);
    buf_free(expected);
}

static void letters(struct buf *b, unsigned field, size_t count)
{
    char *text = mem_new(count + 1);

    memset(text, 'a', count);
    raw_text(b, field, text);
    mem_free(&text);
}

/* ---- report fact */

static struct buf raw_fact(void)
{
    struct buf b = {0}, entered = {0};

    raw_text(&b, 1, "trom_cap");
    raw_number(&b, 2, REPORT_DONG);
    raw_number(&b, 3, OUTCOME_TIN_RAC);
    raw_number(&b, 4, CHANNEL_WEB);
    raw_number(&b, 5, 1);
    raw_text(&b, 6, "Phước Yên");
    raw_number(&b, 7, 20415 * 2);
    raw_number(&b, 8, 24);
    raw_number(&b, 9, 1763888400000);
    for (unsigned state = 1; state < REPORT_STATE_END; state++)
        raw_varint(&entered, state == 4 ? 0 : state * 1000 + 1);
    raw_message(&b, 10, &entered);
    raw_number(&b, 11, REPORT_XAC_MINH);
    raw_number(&b, 12, 3);
    raw_number(&b, 13, 1);
    return b;
}

static void a_report_fact_comes_back(void **state)
{
    struct buf raw = raw_fact(), again = {0};
    struct report_fact fact;

    (void)state;
    assert_int_equal(wire_report_fact_decode(&fact, buf_bytes(&raw), &err), 0);
    assert_string_equal(fact.category->code, "trom_cap");
    assert_int_equal(fact.state, REPORT_DONG);
    assert_int_equal(fact.outcome, OUTCOME_TIN_RAC);
    assert_int_equal(fact.channel, CHANNEL_WEB);
    assert_true(fact.urgent);
    assert_string_equal(fact.village, "Phước Yên");
    assert_int_equal(fact.day, 20415);
    assert_int_equal(fact.hour, 23);
    assert_int_equal(fact.received_ms, 1763888400000);
    assert_int_equal(fact.entered_ms[REPORT_MOI], 1763888401000);
    assert_int_equal(fact.entered_ms[REPORT_XAC_MINH], 0);
    assert_int_equal(fact.entered_ms[REPORT_DONG], 1763888409000);
    assert_int_equal(fact.resume, REPORT_XAC_MINH);
    assert_int_equal(fact.attachments, 3);
    assert_int_equal(fact.bodies, 1);
    wire_report_fact_encode(&again, &fact);
    expect_bytes(&again, &raw);
}

static void a_report_fact_of_the_least_comes_back(void **state)
{
    struct report_fact fact = {.category = category_find("trom_cap"),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_KHAC,
                               .day = -1,
                               .hour = -1},
                       again;
    struct buf raw = {0};

    (void)state;
    wire_report_fact_encode(&raw, &fact);
    assert_int_equal(raw.size, 16);
    assert_int_equal(wire_report_fact_decode(&again, buf_bytes(&raw), &err), 0);
    assert_int_equal(again.day, -1);
    assert_int_equal(again.hour, -1);
    assert_int_equal(again.outcome, OUTCOME_NONE);
    assert_int_equal(again.resume, 0);
    assert_string_equal(again.village, "");
    for (int i = 0; i < REPORT_STATE_END; i++)
        assert_int_equal(again.entered_ms[i], 0);
    buf_free(&raw);
}

static void every_category_state_outcome_and_channel_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < category_count * 9; i++) {
        struct report_fact fact = {.category = &categories[i % category_count],
                                   .state = 1 + (int)(i % 9),
                                   .outcome = (int)(i % OUTCOME_END),
                                   .channel = 1 + (int)(i % 9)},
                           again;
        struct buf raw = {0};

        wire_report_fact_encode(&raw, &fact);
        assert_int_equal(wire_report_fact_decode(&again, buf_bytes(&raw), &err),
                         0);
        assert_ptr_equal(again.category, fact.category);
        assert_int_equal(again.state, fact.state);
        assert_int_equal(again.outcome, fact.outcome);
        assert_int_equal(again.channel, fact.channel);
        buf_free(&raw);
    }
}

static void a_state_entered_before_receipt_counts_from_receipt(void **state)
{
    struct report_fact fact = {.category = category_find("trom_cap"),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_WEB,
                               .received_ms = 5000,
                               .entered_ms = {[REPORT_MOI] = 4000}};
    struct buf raw = {0};

    (void)state;
    wire_report_fact_encode(&raw, &fact);
    assert_int_equal(wire_report_fact_decode(&fact, buf_bytes(&raw), &err), 0);
    assert_int_equal(fact.entered_ms[REPORT_MOI], 5000);
    buf_free(&raw);
}

static void expect_fact(struct buf *raw, int expected, const char *word)
{
    struct report_fact fact;
    int rc = wire_report_fact_decode(&fact, buf_bytes(raw), &err);

    expect_rc(rc, expected, word, raw);
}

static void an_unknown_field_of_a_fact_is_refused(void **state)
{
    struct buf raw = raw_fact();

    (void)state;
    raw_text(&raw, 16, "0905123456");
    expect_fact(&raw, ERR_VERSION, "report fact: field 16 is not known here");
    raw = raw_fact();
    letters(&raw, 99, 10000);
    expect_fact(&raw, ERR_VERSION, "field 99");
    raw = raw_fact();
    raw_number(&raw, 1000, 0);
    expect_fact(&raw, ERR_VERSION, "field 1000");
}

static void numbers_of_a_fact_have_a_range(void **state)
{
    static const struct {
        unsigned field;
        uint64_t value;
        int rc;
        const char *word;
    } cases[] = {
        {2, 0, ERR_INVALID, "state: missing"},
        {2, 10, ERR_VERSION, "state: 10"},
        {3, 6, 0, ""},
        {3, 7, ERR_VERSION, "outcome: 7"},
        {4, 0, ERR_INVALID, "channel: missing"},
        {4, 10, ERR_VERSION, "channel: 10"},
        {8, 0, 0, ""},
        {8, 25, ERR_INVALID, "hour: 25"},
        {9, UINT64_C(1) << 63, ERR_INVALID, "received"},
        {9, INT64_MAX, ERR_INVALID, "entered"},
        {10, 1, ERR_VERSION, "entered: state 10"},
        {11, 0, 0, ""},
        {11, 10, ERR_VERSION, "resume: 10"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf raw = raw_fact();

        raw_number(&raw, cases[i].field, cases[i].value);
        expect_fact(&raw, cases[i].rc, cases[i].word);
    }
}

static void texts_of_a_fact_are_known_and_short(void **state)
{
    struct buf raw = raw_fact();

    (void)state;
    raw_text(&raw, 1, "no_such_thing");
    expect_fact(&raw, ERR_INVALID, "category: \"no_such_thing\" is not known");
    raw = raw_fact();
    raw_text(&raw, 1, "");
    expect_fact(&raw, ERR_INVALID, "category");
    raw = raw_fact();
    raw_bytes(&raw, 1, "trom_cap\0x", 10);
    expect_fact(&raw, ERR_INVALID, "category: not UTF-8, or a NUL inside");
    raw = raw_fact();
    letters(&raw, 6, REPORT_VILLAGE_LIMIT);
    expect_fact(&raw, 0, "");
    raw = raw_fact();
    letters(&raw, 6, REPORT_VILLAGE_LIMIT + 1);
    expect_fact(&raw, ERR_INVALID, "village: 97 bytes, at most 96");
    raw = raw_fact();
    raw_text(&raw, 6, "Ph\xc6");
    expect_fact(&raw, ERR_INVALID, "village: not UTF-8");
}

static void a_cut_fact_does_no_harm(void **state)
{
    struct buf raw = raw_fact();

    (void)state;
    for (size_t size = 0; size < raw.size; size++) {
        uint8_t *copy = mem_copy(raw.data, size);
        struct report_fact fact;

        (void)wire_report_fact_decode(&fact, bytes_of(copy, size), &err);
        mem_free(&copy);
    }
    buf_free(&raw);
}

/* ---- report body */

static struct buf raw_note(int64_t at, const char *by, const char *text)
{
    struct buf b = {0};

    raw_number(&b, 1, (uint64_t)at);
    raw_text(&b, 2, by);
    raw_text(&b, 3, text);
    return b;
}

static struct buf raw_body(void)
{
    struct buf b = {0}, one = raw_note(1, "lan", "đã gọi lại"),
               two = raw_note(2, "minh", "xong");

    raw_text(&b, 1, "Ghe hút cát trên sông Bồ");
    raw_text(&b, 2, "bến đò cũ");
    raw_number(&b, 3, 1763888000000);
    raw_number(&b, 4, 165432101 * 2);
    raw_number(&b, 5, 1075000001 * UINT64_C(2) - 1);
    raw_number(&b, 6, 1);
    raw_message(&b, 7, &one);
    raw_message(&b, 7, &two);
    return b;
}

static void a_report_body_comes_back(void **state)
{
    struct buf raw = raw_body(), again = {0};
    struct report_body body;

    (void)state;
    assert_int_equal(
        wire_report_body_decode(&body, arena, buf_bytes(&raw), &err), 0);
    assert_string_equal(body.text, "Ghe hút cát trên sông Bồ");
    assert_string_equal(body.place, "bến đò cũ");
    assert_int_equal(body.occurred_ms, 1763888000000);
    assert_true(body.has_point);
    assert_true(fabs(body.lat - 16.5432101) < 1e-9);
    assert_true(fabs(body.lon + 107.5000001) < 1e-9);
    assert_int_equal(body.note_count, 2);
    assert_int_equal(body.notes[0].at_ms, 1);
    assert_string_equal(body.notes[0].by, "lan");
    assert_string_equal(body.notes[1].text, "xong");
    wire_report_body_encode(&again, &body);
    expect_bytes(&again, &raw);
    wire_arena_clear(arena);
}

static void a_report_body_of_the_least_comes_back(void **state)
{
    struct report_body body = {.text = "", .place = ""}, again;
    struct buf raw = {0};

    (void)state;
    wire_report_body_encode(&raw, &body);
    assert_int_equal(raw.size, 0);
    assert_int_equal(
        wire_report_body_decode(&again, arena, buf_bytes(&raw), &err), 0);
    assert_string_equal(again.text, "");
    assert_string_equal(again.place, "");
    assert_false(again.has_point);
    assert_int_equal(again.note_count, 0);
}

static void expect_body(struct buf *raw, int expected, const char *word)
{
    struct report_body body;
    int rc;

    wire_arena_clear(arena);
    rc = wire_report_body_decode(&body, arena, buf_bytes(raw), &err);
    expect_rc(rc, expected, word, raw);
}

static void texts_and_points_of_a_body_have_limits(void **state)
{
    struct buf raw = raw_body();

    (void)state;
    letters(&raw, 1, REPORT_TEXT_LIMIT);
    expect_body(&raw, 0, "");
    raw = raw_body();
    letters(&raw, 1, REPORT_TEXT_LIMIT + 1);
    expect_body(&raw, ERR_INVALID, "text: 32769 bytes, at most 32768");
    raw = raw_body();
    letters(&raw, 2, REPORT_NOTE_LIMIT + 1);
    expect_body(&raw, ERR_INVALID, "place: 4001 bytes, at most 4000");
    raw = raw_body();
    raw_bytes(&raw, 1, "a\0b", 3);
    expect_body(&raw, ERR_INVALID, "text: not UTF-8, or a NUL inside");
    raw = raw_body();
    raw_number(&raw, 4, 900000000 * UINT64_C(2));
    expect_body(&raw, 0, "");
    raw = raw_body();
    raw_number(&raw, 4, 900000001 * UINT64_C(2));
    expect_body(&raw, ERR_INVALID, "latitude: over 90 degrees");
    raw = raw_body();
    raw_number(&raw, 5, 1800000001 * UINT64_C(2) - 1);
    expect_body(&raw, ERR_INVALID, "longitude: over 180 degrees");
    raw = raw_body();
    raw_text(&raw, 50, "later");
    expect_body(&raw, 0, "");
}

static void notes_of_a_body_have_limits(void **state)
{
    struct buf raw = raw_body(), note = {0}, more = {0};

    (void)state;
    letters(&note, 2, REPORT_NAME_LIMIT + 1);
    raw_message(&raw, 7, &note);
    expect_body(&raw, ERR_INVALID, "note author: 201 bytes, at most 200");
    raw = raw_body();
    letters(&note, 3, REPORT_NOTE_LIMIT + 1);
    raw_message(&raw, 7, &note);
    expect_body(&raw, ERR_INVALID, "note text: 4001 bytes, at most 4000");
    raw = raw_body();
    for (int i = 2; i < REPORT_NOTES_LIMIT; i++) {
        note = raw_note(i, "lan", "…");
        raw_message(&raw, 7, &note);
    }
    buf_add_bytes(&more, buf_bytes(&raw));
    expect_body(&raw, 0, "");
    note = raw_note(1, "lan", "…");
    raw_message(&more, 7, &note);
    expect_body(&more, ERR_INVALID, "notes: 201 of them, at most 200");
}

static void a_point_that_is_nowhere_becomes_zero(void **state)
{
    struct report_body body = {
        .text = "", .place = "", .has_point = true, .lat = NAN, .lon = 1e300};
    struct buf raw = {0};

    (void)state;
    wire_report_body_encode(&raw, &body);
    assert_int_equal(
        wire_report_body_decode(&body, arena, buf_bytes(&raw), &err), 0);
    assert_true(body.lat == 0 && body.lon == 0);
    buf_free(&raw);
}

/* ---- vault and seal */

static void a_vault_comes_back(void **state)
{
    struct buf raw = {0}, again = {0};
    struct report_vault vault;

    (void)state;
    raw_run(&raw, 1, 0x60, 8);
    raw_number(&raw, 2, 1);
    raw_run(&raw, 3, 0x00, 80);
    assert_int_equal(wire_report_vault_decode(&vault, buf_bytes(&raw)), 0);
    expect_run(vault.seal_key_id, 0x60, 8);
    assert_true(vault.custodian);
    assert_int_equal(vault.seal.size, 80);
    expect_run(vault.seal.data, 0x00, 80);
    assert_true(vault.seal.data >= raw.data &&
                vault.seal.data < raw.data + raw.size);
    wire_report_vault_encode(&again, &vault);
    expect_bytes(&again, &raw);
    raw_run(&raw, 1, 0x60, 7);
    assert_int_equal(wire_report_vault_decode(&vault, buf_bytes(&raw)),
                     ERR_INVALID);
    buf_free(&raw);
}

static void a_seal_body_comes_back(void **state)
{
    struct seal_body body = {"Nguyễn Thị Lan", "0905 123 456"}, again;
    struct buf raw = {0};

    (void)state;
    wire_seal_body_encode(&raw, &body);
    assert_int_equal(wire_seal_body_decode(&again, arena, buf_bytes(&raw)), 0);
    assert_string_equal(again.name, body.name);
    assert_string_equal(again.phone, body.phone);
    letters(&raw, 2, REPORT_PHONE_LIMIT + 1);
    assert_int_equal(wire_seal_body_decode(&again, arena, buf_bytes(&raw)),
                     ERR_INVALID);
    buf_clear(&raw);
    letters(&raw, 1, REPORT_NAME_LIMIT + 1);
    assert_int_equal(wire_seal_body_decode(&again, arena, buf_bytes(&raw)),
                     ERR_INVALID);
    buf_clear(&raw);
    buf_add_u8(&raw, 0xff);
    assert_int_equal(wire_seal_body_decode(&again, arena, buf_bytes(&raw)),
                     ERR_INVALID);
    buf_free(&raw);
}

/* ---- alert */

static struct buf raw_alert(void)
{
    struct buf b = {0};

    raw_run(&b, 1, 0x01, 16);
    raw_text(&b, 2, FIXTURE_HUB);
    raw_number(&b, 3, 2);
    raw_number(&b, 4, 17);
    raw_number(&b, 5, 1763888400000);
    raw_number(&b, 6, 1763910000000);
    raw_number(&b, 7, ALERT_UPDATE);
    raw_number(&b, 8, ALERT_EXTREME);
    raw_text(&b, 9, "Lũ");
    raw_text(&b, 10, "Nước sông Bồ lên nhanh");
    raw_text(&b, 11, "Di dời dân vùng thấp trước 18 giờ.");
    raw_text(&b, 12, "Gọi trực ban huyện.");
    raw_text(&b, 13, FIXTURE_UNIT);
    raw_text(&b, 13, "19873@20040708");
    raw_run(&b, 14, 0x11, 16);
    raw_run(&b, 14, 0x21, 16);
    return b;
}

static void an_alert_comes_back(void **state)
{
    struct buf raw = raw_alert(), again = {0};
    struct alert a;

    (void)state;
    wire_arena_clear(arena);
    assert_int_equal(wire_alert_decode(&a, arena, buf_bytes(&raw), &err), 0);
    expect_run(&a.id, 0x01, 16);
    assert_string_equal(a.issuer, FIXTURE_HUB);
    assert_int_equal(a.epoch, 2);
    assert_int_equal(a.number, 17);
    assert_int_equal(a.issued_ms, 1763888400000);
    assert_int_equal(a.expires_ms, 1763910000000);
    assert_int_equal(a.type, ALERT_UPDATE);
    assert_int_equal(a.severity, ALERT_EXTREME);
    assert_string_equal(a.event, "Lũ");
    assert_string_equal(a.headline, "Nước sông Bồ lên nhanh");
    assert_string_equal(a.text, "Di dời dân vùng thấp trước 18 giờ.");
    assert_string_equal(a.instruction, "Gọi trực ban huyện.");
    assert_int_equal(a.audience_count, 2);
    assert_string_equal(a.audience[1], "19873@20040708");
    assert_int_equal(a.reference_count, 2);
    expect_run(&a.references[1], 0x21, 16);
    wire_alert_encode(&again, &a);
    expect_bytes(&again, &raw);
}

static void an_alert_of_the_least_comes_back(void **state)
{
    struct alert a = {.issuer = "",
                      .event = "",
                      .headline = "",
                      .text = "",
                      .instruction = ""};
    struct buf raw = {0};

    (void)state;
    wire_alert_encode(&raw, &a);
    assert_int_equal(wire_alert_decode(&a, arena, buf_bytes(&raw), &err), 0);
    assert_int_equal(a.audience_count, 0);
    assert_int_equal(a.reference_count, 0);
    assert_string_equal(a.instruction, "");
    buf_free(&raw);
}

static void expect_alert(struct buf *raw, int expected, const char *word)
{
    struct alert alert;
    int rc;

    wire_arena_clear(arena);
    rc = wire_alert_decode(&alert, arena, buf_bytes(raw), &err);
    expect_rc(rc, expected, word, raw);
}

static void words_of_an_alert_have_limits(void **state)
{
    static const struct {
        unsigned field;
        size_t most;
        const char *what;
    } cases[] = {
        {2, LIMIT_HOME - 1, "issuer"},
        {9, ALERT_EVENT_LIMIT * 4, "event"},
        {10, ALERT_HEADLINE_LIMIT * 4, "headline"},
        {11, ALERT_TEXT_LIMIT * 4, "text"},
        {12, ALERT_TEXT_LIMIT * 4, "instruction"},
        {13, LIMIT_HOME - 1, "audience"},
    };
    struct buf raw;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        raw = raw_alert();
        letters(&raw, cases[i].field, cases[i].most);
        expect_alert(&raw, 0, "");
        raw = raw_alert();
        letters(&raw, cases[i].field, cases[i].most + 1);
        expect_alert(&raw, ERR_INVALID, cases[i].what);
    }
    raw = raw_alert();
    raw_text(&raw, 15, "later");
    expect_alert(&raw, 0, "");
}

static void lists_of_an_alert_have_limits(void **state)
{
    struct buf raw = raw_alert(), more = {0};

    (void)state;
    for (int i = 2; i < ALERT_AUDIENCE_LIMIT; i++)
        raw_text(&raw, 13, FIXTURE_UNIT);
    buf_add_bytes(&more, buf_bytes(&raw));
    expect_alert(&raw, 0, "");
    raw_text(&more, 13, FIXTURE_UNIT);
    expect_alert(&more, ERR_INVALID, "audience: 513 of them, at most 512");
    raw = raw_alert();
    for (int i = 2; i <= ALERT_REFERENCES_LIMIT; i++)
        raw_run(&raw, 14, 1, 16);
    expect_alert(&raw, ERR_INVALID, "references: 17 of them, at most 16");
    raw = raw_alert();
    raw_run(&raw, 14, 1, 15);
    expect_alert(&raw, ERR_INVALID, "reference: 15 bytes instead of 16");
    raw = raw_alert();
    raw_run(&raw, 1, 1, 15);
    expect_alert(&raw, ERR_INVALID, "alert id");
    raw = raw_alert();
    raw_number(&raw, 7, UINT32_MAX);
    expect_alert(&raw, ERR_INVALID, "type");
}

/* ---- receipt, keys, incarnation */

static struct buf raw_receipt(void)
{
    struct buf b = {0};

    raw_run(&b, 1, 0x01, 16);
    raw_number(&b, 2, ALERT_ACCEPTED);
    raw_number(&b, 3, 1001);
    raw_number(&b, 4, 1002);
    raw_number(&b, 5, 1003);
    raw_text(&b, 6, "lan");
    return b;
}

static void expect_receipt(struct buf *raw, int expected, const char *word)
{
    struct receipt receipt;
    int rc = wire_receipt_decode(&receipt, buf_bytes(raw), &err);

    expect_rc(rc, expected, word, raw);
}

static void a_receipt_comes_back(void **state)
{
    struct buf raw = raw_receipt(), again = {0};
    struct receipt r;

    (void)state;
    assert_int_equal(wire_receipt_decode(&r, buf_bytes(&raw), &err), 0);
    expect_run(&r.alert, 0x01, 16);
    assert_int_equal(r.verdict, ALERT_ACCEPTED);
    assert_int_equal(r.stored_ms, 1001);
    assert_int_equal(r.shown_ms, 1002);
    assert_int_equal(r.acknowledged_ms, 1003);
    assert_string_equal(r.by, "lan");
    wire_receipt_encode(&again, &r);
    expect_bytes(&again, &raw);
    raw = raw_receipt();
    raw_number(&raw, 2, 0);
    expect_receipt(&raw, ERR_INVALID, "verdict: missing");
    raw = raw_receipt();
    raw_number(&raw, 2, 299);
    expect_receipt(&raw, ERR_VERSION, "verdict: 299");
    raw = raw_receipt();
    letters(&raw, 6, REPORT_NAME_LIMIT + 1);
    expect_receipt(&raw, ERR_INVALID, "by: 201 bytes");
    raw = raw_receipt();
    raw_number(&raw, 7, 1);
    expect_receipt(&raw, ERR_VERSION, "receipt: field 7");
}

static struct buf raw_node_key(void)
{
    struct buf b = {0};

    raw_text(&b, 1, FIXTURE_UNIT);
    raw_number(&b, 2, 2);
    raw_number(&b, 3, NODE_RETIRING);
    raw_run(&b, 4, 0x01, 32);
    raw_run(&b, 5, 0x41, 32);
    raw_number(&b, 6, 1763888400000);
    return b;
}

static void expect_node_key(struct buf *raw, int expected, const char *word)
{
    struct node_key key;
    int rc = wire_node_key_decode(&key, buf_bytes(raw), &err);

    expect_rc(rc, expected, word, raw);
}

static void a_directory_entry_comes_back(void **state)
{
    struct buf raw = raw_node_key(), again = {0};
    struct node_key key;

    (void)state;
    assert_int_equal(wire_node_key_decode(&key, buf_bytes(&raw), &err), 0);
    assert_string_equal(key.unit, FIXTURE_UNIT);
    assert_int_equal(key.number, 2);
    assert_int_equal(key.state, NODE_RETIRING);
    expect_run(key.curve_public, 0x01, 32);
    expect_run(key.sign_public, 0x41, 32);
    assert_int_equal(key.since_ms, 1763888400000);
    wire_node_key_encode(&again, &key);
    expect_bytes(&again, &raw);
    raw = raw_node_key();
    raw_number(&raw, 3, 0);
    expect_node_key(&raw, ERR_INVALID, "state: missing");
    raw = raw_node_key();
    raw_number(&raw, 3, 4);
    expect_node_key(&raw, ERR_VERSION, "state: 4");
    raw = raw_node_key();
    raw_text(&raw, 1, "");
    expect_node_key(&raw, ERR_INVALID, "unit: missing");
    raw = raw_node_key();
    raw_run(&raw, 4, 1, 31);
    expect_node_key(&raw, ERR_INVALID, "CURVE key: 31 bytes instead of 32");
    raw = raw_node_key();
    raw_number(&raw, 9, 1);
    expect_node_key(&raw, ERR_VERSION, "node key: field 9");
}

static void the_keys_of_a_unit_come_back(void **state)
{
    struct buf raw = {0}, again = {0};
    struct unit_keys keys;

    (void)state;
    raw_run(&raw, 1, 0x01, 32);
    raw_run(&raw, 2, 0x41, 32);
    raw_run(&raw, 3, 0x81, 32);
    assert_int_equal(wire_unit_keys_decode(&keys, buf_bytes(&raw), &err), 0);
    expect_run(keys.recovery, 0x01, 32);
    expect_run(keys.duty, 0x41, 32);
    expect_run(keys.custodian, 0x81, 32);
    wire_unit_keys_encode(&again, &keys);
    assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&raw)));
    raw_number(&raw, 4, 1);
    expect_rc(wire_unit_keys_decode(&keys, buf_bytes(&raw), &err), ERR_VERSION,
              "unit keys: field 4", &raw);
    again.size -= 34;
    expect_rc(wire_unit_keys_decode(&keys, buf_bytes(&again), &err),
              ERR_INVALID, "custodian key: 0 bytes", &again);
}

static void an_incarnation_comes_back(void **state)
{
    struct buf raw = {0}, again = {0};
    struct incarnation i;

    (void)state;
    raw_number(&raw, 1, 3);
    raw_run(&raw, 2, 0x01, 16);
    raw_text(&raw, 3, "unit:" FIXTURE_UNIT);
    assert_int_equal(wire_incarnation_decode(&i, buf_bytes(&raw), &err), 0);
    assert_int_equal(i.epoch, 3);
    expect_run(&i.random, 0x01, 16);
    assert_string_equal(i.channel, "unit:" FIXTURE_UNIT);
    wire_incarnation_encode(&again, &i);
    assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&raw)));
    letters(&again, 3, LIMIT_CHANNEL);
    expect_rc(wire_incarnation_decode(&i, buf_bytes(&again), &err), ERR_INVALID,
              "channel: 32 bytes, at most 31", &again);
    buf_add_bytes(&again, buf_bytes(&raw));
    raw_text(&again, 3, "");
    expect_rc(wire_incarnation_decode(&i, buf_bytes(&again), &err), ERR_INVALID,
              "epoch or channel: missing", &again);
    raw_number(&raw, 4, 1);
    expect_rc(wire_incarnation_decode(&i, buf_bytes(&raw), &err), ERR_VERSION,
              "incarnation: field 4", &raw);
}

/* ---- the arena */

static void an_arena_is_used_again_and_again(void **state)
{
    struct buf raw = raw_body();
    struct report_body body;

    (void)state;
    for (int i = 0; i < 3; i++) {
        int rc, count = 0;

        do {
            rc = wire_report_body_decode(&body, arena, buf_bytes(&raw), &err);
            count++;
        } while (rc == 0);
        assert_int_equal(rc, ERR_INVALID);
        assert_non_null(strstr(err.text, "in memory"));
        assert_in_range(count, 1000, 20000);
        wire_arena_clear(arena);
    }
    buf_free(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_fact_comes_back),
        cmocka_unit_test(a_report_fact_of_the_least_comes_back),
        cmocka_unit_test(every_category_state_outcome_and_channel_comes_back),
        cmocka_unit_test(a_state_entered_before_receipt_counts_from_receipt),
        cmocka_unit_test(an_unknown_field_of_a_fact_is_refused),
        cmocka_unit_test(numbers_of_a_fact_have_a_range),
        cmocka_unit_test(texts_of_a_fact_are_known_and_short),
        cmocka_unit_test(a_cut_fact_does_no_harm),
        cmocka_unit_test(a_report_body_comes_back),
        cmocka_unit_test(a_report_body_of_the_least_comes_back),
        cmocka_unit_test(texts_and_points_of_a_body_have_limits),
        cmocka_unit_test(notes_of_a_body_have_limits),
        cmocka_unit_test(a_point_that_is_nowhere_becomes_zero),
        cmocka_unit_test(a_vault_comes_back),
        cmocka_unit_test(a_seal_body_comes_back),
        cmocka_unit_test(an_alert_comes_back),
        cmocka_unit_test(an_alert_of_the_least_comes_back),
        cmocka_unit_test(words_of_an_alert_have_limits),
        cmocka_unit_test(lists_of_an_alert_have_limits),
        cmocka_unit_test(a_receipt_comes_back),
        cmocka_unit_test(a_directory_entry_comes_back),
        cmocka_unit_test(the_keys_of_a_unit_come_back),
        cmocka_unit_test(an_incarnation_comes_back),
        cmocka_unit_test(an_arena_is_used_again_and_again),
    };

    return cmocka_run_group_tests_name("wire/record", tests, setup, teardown);
}
