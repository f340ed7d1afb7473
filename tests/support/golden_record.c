/* tests/support/golden_record.c - one part of every kind of record, every body
 * that is signed, and a token. */
#include <stdio.h>
#include <string.h>

#include "common/wire/codec.h"
#include "common/wire/record.h"
#include "tests/support/golden.h"

/* ---- the report */

static void make_header(struct buf *out)
{
    struct change_header h = {.home = GOLDEN_UNIT,
                              .kind = KIND_REPORT,
                              .flags = CHANGE_EXPEDITED,
                              .version = 3,
                              .clock_ms = GOLDEN_MS + 123};

    golden_run(&h.record, 0x10, sizeof h.record);
    wire_header_encode(out, &h);
}

static int read_header(struct buf *text, struct buf *again, struct bytes in,
                       struct error *err)
{
    struct change_header h;
    int rc = wire_header_decode(&h, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say(text, "home", "%s", h.home);
    golden_say_hex(text, "record", h.record.bytes, sizeof h.record.bytes);
    golden_say(text, "kind", "%u flags %u", h.kind, h.flags);
    golden_say_number(text, "version", h.version);
    golden_say_number(text, "clock", (uint64_t)h.clock_ms);
    wire_header_encode(again, &h);
    return 0;
}

static void make_report_fact(struct buf *out)
{
    struct report_fact f = {
        .category = category_find("trom_cap"),
        .state = REPORT_CHO_BO_SUNG,
        .channel = CHANNEL_TRUC_TIEP,
        .resume = REPORT_XAC_MINH,
        .urgent = true,
        .village = "La Vân Hạ",
        .day = 20415,
        .hour = -1,
        .received_ms = GOLDEN_MS,
        .entered_ms = {[REPORT_MOI] = GOLDEN_MS,
                       [REPORT_XAC_MINH] = GOLDEN_MS + 60000,
                       [REPORT_CHO_BO_SUNG] = GOLDEN_MS + 90000},
        .attachments = 2,
        .bodies = 1};

    wire_report_fact_encode(out, &f);
}

static void make_report_fact_closed(struct buf *out)
{
    struct report_fact f = {
        .category = category_find("khac"),
        .state = REPORT_DONG,
        .outcome = OUTCOME_RUT_LAI,
        .channel = CHANNEL_KHAC,
        .day = 20415,
        .hour = 23,
        .received_ms = GOLDEN_MS,
        .entered_ms = {
            [REPORT_MOI] = GOLDEN_MS, [REPORT_DONG] = GOLDEN_MS + 1}};

    wire_report_fact_encode(out, &f);
}

/* From 1.1 on: a working copy. */
static void make_report_fact_continues(struct buf *out)
{
    struct report_fact f = {
        .category = category_find("gay_roi"),
        .state = REPORT_DANG_XU_LY,
        .channel = CHANNEL_DIEN_THOAI,
        .day = 20415,
        .hour = 7,
        .received_ms = GOLDEN_MS,
        .entered_ms =
            {[REPORT_MOI] = GOLDEN_MS, [REPORT_DANG_XU_LY] = GOLDEN_MS + 9},
        .bodies = 1,
        .continues_home = "19873@20040708"};

    golden_run(&f.continues_record, 0x30, sizeof f.continues_record);
    wire_report_fact_encode(out, &f);
}

static int read_report_fact(struct buf *text, struct buf *again,
                            struct bytes in, struct error *err)
{
    struct report_fact f;
    int rc = wire_report_fact_decode(&f, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "category", "%s", f.category->code);
    golden_say(text, "state", "%s outcome %d channel %s resume %d urgent %d",
               report_state_text(f.state), f.outcome,
               report_channel_text(f.channel), f.resume, f.urgent);
    golden_say(text, "village", "%s", f.village);
    golden_say(text, "day", "%d hour %d", f.day, f.hour);
    golden_say_number(text, "received", (uint64_t)f.received_ms);
    for (int i = 1; i < REPORT_STATE_END; i++)
        if (f.entered_ms[i] != 0)
            golden_say_number(text, report_state_text(i),
                              (uint64_t)f.entered_ms[i]);
    golden_say(text, "attachments", "%u bodies %u", f.attachments, f.bodies);
    if (f.continues_home[0] != '\0') {
        golden_say(text, "continues", "%s", f.continues_home);
        golden_say_hex(text, "record", f.continues_record.bytes,
                       sizeof f.continues_record.bytes);
    }
    wire_report_fact_encode(again, &f);
    return 0;
}

static void make_report_body(struct buf *out)
{
    const struct report_note notes[] = {
        {GOLDEN_MS + 5, "anh Hải", "đã gọi lại"},
        {GOLDEN_MS + 6, "chị Lan", ""}};
    struct report_body b = {.text = "Ghe hút cát",
                            .place = "sông Bồ",
                            .occurred_ms = GOLDEN_MS - 1000,
                            .has_point = true,
                            .lat = 16.5,
                            .lon = 107.5,
                            .note_count = 2,
                            .notes = notes};

    wire_report_body_encode(out, &b);
}

static int read_report_body(struct buf *text, struct buf *again,
                            struct bytes in, struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct report_body b;
    int rc = wire_report_body_decode(&b, arena, in, err);

    if (rc == 0) {
        golden_say(text, "text", "%s", b.text);
        golden_say(text, "place", "%s", b.place);
        golden_say_number(text, "occurred", (uint64_t)b.occurred_ms);
        golden_say(text, "point", "%d %.7f %.7f", b.has_point, b.lat, b.lon);
        for (size_t i = 0; i < b.note_count; i++)
            golden_say(text, "note", "%lld %s: %s", (long long)b.notes[i].at_ms,
                       b.notes[i].by, b.notes[i].text);
        wire_report_body_encode(again, &b);
    }
    wire_arena_free(&arena);
    return rc;
}

static void make_report_vault(struct buf *out)
{
    uint8_t seal[64] = {0};
    struct report_vault v = {.custodian = true,
                             .seal = bytes_of(seal, sizeof seal)};

    golden_run(v.seal_key_id, 0x60, sizeof v.seal_key_id);
    golden_run(seal, 0x70, sizeof seal);
    wire_report_vault_encode(out, &v);
}

static int read_report_vault(struct buf *text, struct buf *again,
                             struct bytes in, struct error *err)
{
    struct report_vault v;
    int rc = wire_report_vault_decode(&v, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say_hex(text, "key id", v.seal_key_id, sizeof v.seal_key_id);
    golden_say_number(text, "custodian", v.custodian);
    golden_say_hex(text, "seal", v.seal.data, v.seal.size);
    wire_report_vault_encode(again, &v);
    return 0;
}

static void make_seal_body(struct buf *out)
{
    wire_seal_body_encode(out,
                          &(struct seal_body){"Người Thử", "0000 000 000"});
}

static int read_seal_body(struct buf *text, struct buf *again, struct bytes in,
                          struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct seal_body b;
    int rc = wire_seal_body_decode(&b, arena, in);

    (void)err;
    if (rc == 0) {
        golden_say(text, "name", "%s", b.name);
        golden_say(text, "phone", "%s", b.phone);
        wire_seal_body_encode(again, &b);
    }
    wire_arena_free(&arena);
    return rc;
}

/* ---- alerts */

static void make_alert(struct buf *out)
{
    const char *units[] = {GOLDEN_UNIT, "19873@20040708"};
    struct id references[1];
    struct alert a = {.issuer = GOLDEN_HUB,
                      .epoch = 2,
                      .number = 9,
                      .issued_ms = GOLDEN_MS,
                      .expires_ms = GOLDEN_MS + 3600000,
                      .type = ALERT_UPDATE,
                      .severity = ALERT_SEVERE,
                      .event = "Lũ",
                      .headline = "Nước sông Bồ lên nhanh",
                      .text = "Di dời trước 18 giờ",
                      .instruction = "Gọi trực ban",
                      .audience = units,
                      .audience_count = 2,
                      .references = references,
                      .reference_count = 1};

    golden_run(&a.id, 0x10, sizeof a.id);
    golden_run(references, 0x20, sizeof references);
    wire_alert_encode(out, &a);
}

static void make_alert_fact(struct buf *out)
{
    struct buf body = {0};
    struct signed_bytes s;

    make_alert(&body);
    golden_sign(&s, ALERT_SIGN_DOMAIN, buf_bytes(&body));
    wire_signed_encode(out, &s);
    buf_free(&body);
}

static void say_alert(struct buf *text, const struct alert *a)
{
    golden_say_hex(text, "id", a->id.bytes, sizeof a->id.bytes);
    golden_say(text, "issuer", "%s epoch %llu number %llu", a->issuer,
               (unsigned long long)a->epoch, (unsigned long long)a->number);
    golden_say(text, "times", "%lld to %lld", (long long)a->issued_ms,
               (long long)a->expires_ms);
    golden_say(text, "type", "%d severity %d", a->type, a->severity);
    golden_say(text, "words", "%s | %s | %s | %s", a->event, a->headline,
               a->text, a->instruction);
    for (size_t i = 0; i < a->audience_count; i++)
        golden_say(text, "for", "%s", a->audience[i]);
    for (size_t i = 0; i < a->reference_count; i++)
        golden_say_hex(text, "replaces", a->references[i].bytes, 16);
}

static int read_alert(struct buf *text, struct buf *again, struct bytes in,
                      struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct alert a;
    int rc = wire_alert_decode(&a, arena, in, err);

    if (rc == 0) {
        say_alert(text, &a);
        wire_alert_encode(again, &a);
    }
    wire_arena_free(&arena);
    return rc;
}

static int read_alert_fact(struct buf *text, struct buf *again, struct bytes in,
                           struct error *err)
{
    struct signed_bytes s;
    int rc = wire_signed_decode(&s, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say_signed(text, "alert", &s, ALERT_SIGN_DOMAIN);
    wire_signed_encode(again, &s);
    return 0;
}

static void make_receipt(struct buf *out)
{
    struct receipt r = {.verdict = ALERT_ACCEPTED,
                        .stored_ms = GOLDEN_MS + 1,
                        .shown_ms = GOLDEN_MS + 2,
                        .acknowledged_ms = GOLDEN_MS + 3,
                        .by = "trực ban xã"};

    golden_run(&r.alert, 0x10, sizeof r.alert);
    wire_receipt_encode(out, &r);
}

static int read_receipt(struct buf *text, struct buf *again, struct bytes in,
                        struct error *err)
{
    struct receipt r;
    int rc = wire_receipt_decode(&r, in, err);

    if (rc != 0)
        return rc;
    golden_say_hex(text, "alert", r.alert.bytes, sizeof r.alert.bytes);
    golden_say(text, "verdict", "%d", r.verdict);
    golden_say(text, "times", "%lld %lld %lld", (long long)r.stored_ms,
               (long long)r.shown_ms, (long long)r.acknowledged_ms);
    golden_say(text, "by", "%s", r.by);
    wire_receipt_encode(again, &r);
    return 0;
}

/* ---- keys and incarnations */

static void make_node_key(struct buf *out)
{
    struct node_key k = {.unit = GOLDEN_UNIT,
                         .number = 2,
                         .state = NODE_RETIRING,
                         .since_ms = GOLDEN_MS};

    golden_run(k.curve_public, 0x41, 32);
    golden_run(k.sign_public, 0x81, 32);
    wire_node_key_encode(out, &k);
}

static int read_node_key(struct buf *text, struct buf *again, struct bytes in,
                         struct error *err)
{
    struct node_key k;
    int rc = wire_node_key_decode(&k, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "unit", "%s", k.unit);
    golden_say(text, "number", "%llu state %d since %lld",
               (unsigned long long)k.number, k.state, (long long)k.since_ms);
    golden_say_hex(text, "curve", k.curve_public, 32);
    golden_say_hex(text, "sign", k.sign_public, 32);
    wire_node_key_encode(again, &k);
    return 0;
}

static void make_hub_key(struct buf *out)
{
    struct hub_key k = {.number = 2,
                        .express = "tcp://*:7111",
                        .bulk = "tcp://203.0.113.5:7112",
                        .since_ms = GOLDEN_MS,
                        .stolen = true};

    golden_run(k.curve_public, 0x41, 32);
    wire_hub_key_encode(out, &k);
}

static int read_hub_key(struct buf *text, struct buf *again, struct bytes in,
                        struct error *err)
{
    struct hub_key k;
    int rc = wire_hub_key_decode(&k, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "number", "%llu since %lld stolen %d",
               (unsigned long long)k.number, (long long)k.since_ms, k.stolen);
    golden_say(text, "addresses", "%s %s", k.express, k.bulk);
    golden_say_hex(text, "curve", k.curve_public, 32);
    wire_hub_key_encode(again, &k);
    return 0;
}

static void make_unit_keys(struct buf *out)
{
    struct unit_keys k;

    golden_run(k.recovery, 0x01, 32);
    golden_run(k.duty, 0x41, 32);
    golden_run(k.custodian, 0x81, 32);
    wire_unit_keys_encode(out, &k);
}

static int read_unit_keys(struct buf *text, struct buf *again, struct bytes in,
                          struct error *err)
{
    struct unit_keys k;
    int rc = wire_unit_keys_decode(&k, in, err);

    if (rc != 0)
        return rc;
    golden_say_hex(text, "recovery", k.recovery, 32);
    golden_say_hex(text, "duty", k.duty, 32);
    golden_say_hex(text, "custodian", k.custodian, 32);
    wire_unit_keys_encode(again, &k);
    return 0;
}

static void make_incarnation(struct buf *out)
{
    struct incarnation i = {.epoch = 4, .channel = "unit:" GOLDEN_UNIT};

    golden_run(&i.random, 0x33, sizeof i.random);
    wire_incarnation_encode(out, &i);
}

static int read_incarnation(struct buf *text, struct buf *again,
                            struct bytes in, struct error *err)
{
    struct incarnation i;
    int rc = wire_incarnation_decode(&i, in, err);

    if (rc != 0)
        return rc;
    golden_say_number(text, "epoch", i.epoch);
    golden_say_hex(text, "random", i.random.bytes, sizeof i.random.bytes);
    golden_say(text, "channel", "%s", i.channel);
    wire_incarnation_encode(again, &i);
    return 0;
}

/* ---- signed bodies */

static void make_head(struct buf *out)
{
    struct head h = {.name = stream_name_make(GOLDEN_UNIT, STREAM_UP),
                     .at.seq = 17,
                     .clock_ms = GOLDEN_MS + 456};

    golden_run(&h.at.h, 0x40, 32);
    wire_head_encode(out, &h);
}

static int read_head(struct buf *text, struct buf *again, struct bytes in,
                     struct error *err)
{
    struct head h;
    int rc = wire_head_decode(&h, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say(text, "stream", "%s %s", h.name.home, h.name.channel);
    golden_say_number(text, "seq", h.at.seq);
    golden_say_hex(text, "h", h.at.h.bytes, 32);
    golden_say_number(text, "clock", (uint64_t)h.clock_ms);
    wire_head_encode(again, &h);
    return 0;
}

static void make_beacon(struct buf *out)
{
    wire_beacon_encode(out, &(struct beacon){.hub = GOLDEN_HUB,
                                             .clock_ms = GOLDEN_MS,
                                             .epoch = 2,
                                             .number = 9});
}

static int read_beacon(struct buf *text, struct buf *again, struct bytes in,
                       struct error *err)
{
    struct beacon b;
    int rc = wire_beacon_decode(&b, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say(text, "hub", "%s clock %lld epoch %llu number %llu", b.hub,
               (long long)b.clock_ms, (unsigned long long)b.epoch,
               (unsigned long long)b.number);
    wire_beacon_encode(again, &b);
    return 0;
}

static void make_certificate(struct buf *out)
{
    struct certificate c = {.unit = GOLDEN_UNIT,
                            .hub = GOLDEN_HUB,
                            .number = 3,
                            .issued_ms = GOLDEN_MS,
                            .expires_ms = GOLDEN_MS + 1000};

    golden_run(c.curve_public, 0x41, 32);
    golden_run(c.sign_public, 0x81, 32);
    wire_certificate_encode(out, &c);
}

static int read_certificate(struct buf *text, struct buf *again,
                            struct bytes in, struct error *err)
{
    struct certificate c;
    int rc = wire_certificate_decode(&c, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say(text, "unit", "%s hub %s number %llu", c.unit, c.hub,
               (unsigned long long)c.number);
    golden_say_hex(text, "curve", c.curve_public, 32);
    golden_say_hex(text, "sign", c.sign_public, 32);
    golden_say(text, "times", "%lld to %lld", (long long)c.issued_ms,
               (long long)c.expires_ms);
    wire_certificate_encode(again, &c);
    return 0;
}

static void make_signing_key(struct buf *out)
{
    struct signing_key k = {
        .hub = GOLDEN_HUB, .number = 2, .issued_ms = GOLDEN_MS};

    golden_run(k.sign_public, 0xc1, 32);
    wire_signing_key_encode(out, &k);
}

static void make_signing_key_revoking(struct buf *out)
{
    struct signing_key k = {.hub = GOLDEN_HUB,
                            .number = 3,
                            .issued_ms = GOLDEN_MS,
                            .revoked_count = 2};

    golden_run(k.sign_public, 0xd1, 32);
    golden_run(k.revoked[0], 0x11, 8);
    golden_run(k.revoked[1], 0x21, 8);
    wire_signing_key_encode(out, &k);
}

static int read_signing_key(struct buf *text, struct buf *again,
                            struct bytes in, struct error *err)
{
    struct signing_key k;
    int rc = wire_signing_key_decode(&k, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say(text, "hub", "%s number %llu issued %lld", k.hub,
               (unsigned long long)k.number, (long long)k.issued_ms);
    golden_say_hex(text, "sign", k.sign_public, 32);
    for (size_t i = 0; i < k.revoked_count; i++)
        golden_say_hex(text, "revoked", k.revoked[i], sizeof k.revoked[i]);
    wire_signing_key_encode(again, &k);
    return 0;
}

static void make_token(struct buf *out)
{
    struct token t = {.express = "tcp://203.0.113.5:7701",
                      .bulk = "tcp://203.0.113.5:7702",
                      .enrol = "tcp://203.0.113.5:7703",
                      .hub = GOLDEN_HUB,
                      .unit = GOLDEN_UNIT,
                      .unit_name = "Quảng Thái",
                      .unit_slug = "quang-thai",
                      .expires_ms = GOLDEN_MS + 172800000};

    golden_run(t.hub_curve, 0x01, 32);
    golden_run(t.root_public, 0x41, 32);
    golden_run(t.secret, 0x81, 32);
    wire_token_encode(out, &t);
}

static int read_token(struct buf *text, struct buf *again, struct bytes in,
                      struct error *err)
{
    struct buf line = {0};
    struct token t;
    int rc;

    buf_add_bytes(&line, in);
    rc = wire_token_decode(&t, buf_text(&line), err);
    buf_free(&line);
    if (rc != 0)
        return rc;
    golden_say(text, "addresses", "%s %s %s", t.express, t.bulk, t.enrol);
    golden_say_hex(text, "curve", t.hub_curve, 32);
    golden_say_hex(text, "root", t.root_public, 32);
    golden_say(text, "hub", "%s unit %s %s (%s)", t.hub, t.unit, t.unit_name,
               t.unit_slug);
    golden_say_hex(text, "secret", t.secret, 32);
    golden_say_number(text, "expires", (uint64_t)t.expires_ms);
    wire_token_encode(again, &t);
    return 0;
}

const struct golden_item golden_records[] = {
    {"header", make_header, read_header, false},
    {"report_fact", make_report_fact, read_report_fact, false},
    {"report_fact_closed", make_report_fact_closed, read_report_fact, false},
    {"report_fact_continues", make_report_fact_continues, read_report_fact,
     false},
    {"report_body", make_report_body, read_report_body, false},
    {"report_vault", make_report_vault, read_report_vault, false},
    {"seal_body", make_seal_body, read_seal_body, false},
    {"alert_body", make_alert, read_alert, false},
    {"alert_fact", make_alert_fact, read_alert_fact, false},
    {"receipt_fact", make_receipt, read_receipt, false},
    {"node_key_fact", make_node_key, read_node_key, false},
    {"hub_key_fact", make_hub_key, read_hub_key, false},
    {"unit_keys_fact", make_unit_keys, read_unit_keys, false},
    {"incarnation_fact", make_incarnation, read_incarnation, false},
    {"head_body", make_head, read_head, false},
    {"beacon_body", make_beacon, read_beacon, false},
    {"certificate_body", make_certificate, read_certificate, false},
    {"signing_key_body", make_signing_key, read_signing_key, false},
    {"signing_key_body_revoking", make_signing_key_revoking, read_signing_key,
     false},
    {"token", make_token, read_token, true},
};
const size_t golden_record_count =
    sizeof golden_records / sizeof *golden_records;
