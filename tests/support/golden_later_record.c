/* tests/support/golden_later_record.c - the records, bodies and vault parts
 * that 1.1 and 1.2 brought. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/codec.h"
#include "common/wire/notice.h"
#include "common/wire/referral.h"
#include "common/wire/vault.h"
#include "tests/support/golden.h"

#define ANOTHER_UNIT "19873@20040708"

/* ---- referrals */

static void make_offer(struct buf *out)
{
    struct referral_fact f = {.role = REFERRAL_OFFER,
                              .report_home = GOLDEN_UNIT,
                              .offer = 2,
                              .at_ms = GOLDEN_MS + 8,
                              .to = ANOTHER_UNIT,
                              .report_version = 4,
                              .what = {.category = category_find("gay_roi"),
                                       .state = REPORT_DA_CHUYEN,
                                       .channel = CHANNEL_DIEN_THOAI,
                                       .day = 20415,
                                       .hour = 7,
                                       .received_ms = GOLDEN_MS,
                                       .entered_ms = {[REPORT_MOI] = GOLDEN_MS},
                                       .bodies = 1}};

    golden_run(&f.report, 0x10, sizeof f.report);
    wire_referral_encode(out, &f);
}

static void make_continuation(struct buf *out)
{
    struct referral_fact f = {.role = REFERRAL_CONTINUATION,
                              .report_home = GOLDEN_UNIT,
                              .offer = 2,
                              .at_ms = GOLDEN_MS + 9,
                              .answer = REFERRAL_RETURNED};

    golden_run(&f.report, 0x10, sizeof f.report);
    wire_referral_encode(out, &f);
}

static int read_referral(struct buf *text, struct buf *again, struct bytes in,
                         struct error *err)
{
    struct referral_fact f;
    int rc = wire_referral_decode(&f, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "role", "%d offer %llu at %lld", f.role,
               (unsigned long long)f.offer, (long long)f.at_ms);
    golden_say(text, "report", "%s", f.report_home);
    golden_say_hex(text, "record", f.report.bytes, sizeof f.report.bytes);
    if (f.role == REFERRAL_OFFER)
        golden_say(text, "to", "%s version %llu of %s, %s", f.to,
                   (unsigned long long)f.report_version, f.what.category->code,
                   report_state_text(f.what.state));
    else
        golden_say(text, "answer", "%d", f.answer);
    wire_referral_encode(again, &f);
    return 0;
}

static void make_note(struct buf *out)
{
    struct report_note note = {GOLDEN_MS + 9, "chị Lan", "không thuộc xã này"};

    wire_note_encode(out, &note);
}

static int read_note(struct buf *text, struct buf *again, struct bytes in,
                     struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct report_note note;
    int rc = wire_note_decode(&note, arena, in, err);

    if (rc == 0) {
        golden_say(text, "note", "%lld %s: %s", (long long)note.at_ms, note.by,
                   note.text);
        wire_note_encode(again, &note);
    }
    wire_arena_free(&arena);
    return rc;
}

static void make_carried(struct buf *out)
{
    struct carried_fact f = {
        .to = ANOTHER_UNIT, .home = GOLDEN_UNIT, .version = 4};

    golden_run(&f.record, 0x10, sizeof f.record);
    golden_run(&f.digest, 0x80, sizeof f.digest);
    wire_carried_encode(out, &f);
}

static int read_carried(struct buf *text, struct buf *again, struct bytes in,
                        struct error *err)
{
    struct carried_fact f;
    int rc = wire_carried_decode(&f, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "from", "%s to %s version %llu", f.home, f.to,
               (unsigned long long)f.version);
    golden_say_hex(text, "record", f.record.bytes, sizeof f.record.bytes);
    golden_say_hex(text, "digest", f.digest.bytes, sizeof f.digest.bytes);
    wire_carried_encode(again, &f);
    return 0;
}

static void make_change(struct buf *out)
{
    struct change c = golden_change(0x10, KIND_REPORT, true);

    golden_sign_change(&c);
    wire_change_encode(out, &c);
}

static int read_change(struct buf *text, struct buf *again, struct bytes in,
                       struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct change c;
    int rc = wire_change_decode(&c, arena, in, err);

    if (rc == 0) {
        golden_say_change(text, &c);
        wire_change_encode(again, &c);
    }
    wire_arena_free(&arena);
    return rc;
}

static void make_unit(struct buf *out)
{
    struct unit_fact f = {.unit = GOLDEN_UNIT,
                          .slug = "quang-thai",
                          .name = "Quảng Thái",
                          .phone = "0234 000 000"};

    wire_unit_encode(out, &f);
}

static int read_unit(struct buf *text, struct buf *again, struct bytes in,
                     struct error *err)
{
    struct unit_fact f;
    int rc = wire_unit_decode(&f, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "unit", "%s %s %s %s", f.unit, f.slug, f.name, f.phone);
    wire_unit_encode(again, &f);
    return 0;
}

/* ---- closings, keys */

static void make_closing(struct buf *out)
{
    struct closing c = {.from = 20400,
                        .to = 20430,
                        .seq = 17,
                        .total = 5,
                        .states = {[REPORT_MOI] = 2, [REPORT_DONG] = 3},
                        .closed_ms = GOLDEN_MS,
                        .by = "trưởng công an xã"};

    golden_run(&c.h, 0x40, sizeof c.h);
    c.categories[category_find("trom_cap") - categories] = 4;
    c.categories[category_find("khac") - categories] = 1;
    wire_closing_encode(out, &c);
}

/* Zero is a statement. */
static void make_closing_of_nothing(struct buf *out)
{
    struct closing c = {.from = 20400,
                        .to = 20400,
                        .seq = 1,
                        .closed_ms = GOLDEN_MS,
                        .by = "trực ban"};

    golden_run(&c.h, 0x40, sizeof c.h);
    wire_closing_encode(out, &c);
}

static int read_closing(struct buf *text, struct buf *again, struct bytes in,
                        struct error *err)
{
    struct closing c;
    int rc = wire_closing_decode(&c, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "days", "%d to %d", c.from, c.to);
    golden_say_number(text, "seq", c.seq);
    golden_say_hex(text, "h", c.h.bytes, sizeof c.h.bytes);
    golden_say_number(text, "total", c.total);
    for (size_t i = 0; i < category_count; i++)
        if (c.categories[i] != 0)
            golden_say_number(text, categories[i].code, c.categories[i]);
    for (int i = 1; i < REPORT_STATE_END; i++)
        if (c.states[i] != 0)
            golden_say_number(text, report_state_text(i), c.states[i]);
    golden_say(text, "closed", "%lld by %s", (long long)c.closed_ms, c.by);
    wire_closing_encode(again, &c);
    return 0;
}

static void make_rotation(struct buf *out)
{
    struct rotate_body r = {.unit = GOLDEN_UNIT, .number = 3};

    golden_run(r.curve_public, 0x51, 32);
    golden_run(r.sign_public, 0x91, 32);
    wire_rotate_encode(out, &r);
}

static int read_rotation(struct buf *text, struct buf *again, struct bytes in,
                         struct error *err)
{
    struct rotate_body r;
    int rc = wire_rotate_decode(&r, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say(text, "unit", "%s number %llu", r.unit,
               (unsigned long long)r.number);
    golden_say_hex(text, "curve", r.curve_public, 32);
    golden_say_hex(text, "sign", r.sign_public, 32);
    wire_rotate_encode(again, &r);
    return 0;
}

/* ---- the vault */

static void make_object(struct buf *out)
{
    uint8_t run[64] = {0};
    struct vault_locked v = {.rest_box = bytes_of(run, 40),
                             .recovery_box = bytes_of(run + 8, 48),
                             .content = bytes_of(run, 64)};

    golden_run(run, 0x60, sizeof run);
    golden_run(v.recovery_id, 0x05, sizeof v.recovery_id);
    wire_vault_object_encode(out, &v);
}

static int read_object(struct buf *text, struct buf *again, struct bytes in,
                       struct error *err)
{
    struct vault_locked v;
    int rc = wire_vault_object_decode(&v, in);

    (void)err;
    if (rc != 0)
        return rc;
    golden_say_hex(text, "rest box", v.rest_box.data, v.rest_box.size);
    golden_say_hex(text, "recovery box", v.recovery_box.data,
                   v.recovery_box.size);
    golden_say_hex(text, "recovery id", v.recovery_id, sizeof v.recovery_id);
    golden_say_hex(text, "content", v.content.data, v.content.size);
    wire_vault_object_encode(again, &v);
    return 0;
}

/* What is inside an object, before it is locked. */
static void make_parts(struct buf *out)
{
    struct change c = golden_change(0x10, KIND_REPORT, true);
    uint8_t sealed[48] = {0};

    golden_run(sealed, 0x20, sizeof sealed);
    c.part[PART_VAULT] = (struct part){
        .form = PART_WHOLE, .bytes = bytes_of(sealed, sizeof sealed)};
    golden_run(c.part[PART_VAULT].salt, 0xc0, 16);
    wire_vault_parts_encode(out, &c);
}

static void say_part(struct buf *text, const char *name,
                     const struct part *part)
{
    if (part->form != PART_WHOLE)
        return;
    golden_say_hex(text, name, part->bytes.data, part->bytes.size);
    golden_say_hex(text, "salt", part->salt, sizeof part->salt);
}

static int read_parts(struct buf *text, struct buf *again, struct bytes in,
                      struct error *err)
{
    struct change c = golden_change(0x10, KIND_REPORT, false);
    struct buf plain = {0};
    int rc = wire_vault_parts_decode(c.part, &plain, in);

    (void)err;
    if (rc == 0) {
        say_part(text, "body", &c.part[PART_BODY]);
        say_part(text, "vault", &c.part[PART_VAULT]);
        wire_vault_parts_encode(again, &c);
    }
    buf_free(&plain);
    return rc;
}

static void make_unit_keys_vault(struct buf *out)
{
    uint8_t run[64] = {0};
    struct sealing_copy keys[2] = {
        {.recovery_box = bytes_of(run, 48), .since_ms = GOLDEN_MS},
        {.custodian = true,
         .recovery_box = bytes_of(run + 4, 48),
         .since_ms = GOLDEN_MS + 1}};
    struct wrapped_copy wrapped[1] = {
        {.salt = bytes_of(run, 16), .box = bytes_of(run + 16, 48)}};
    struct user_copy users[2] = {
        {"lan", "custodian", "$argon2id$v=19$thu", 1, wrapped},
        {"hai", "duty", "$argon2id$v=19$khac", 0, NULL}};
    struct unit_keys_vault v = {2, 2, keys, users};

    golden_run(run, 0x60, sizeof run);
    for (size_t i = 0; i < 2; i++) {
        golden_run(keys[i].key_id, (uint8_t)(0x11 + i), sizeof keys[i].key_id);
        golden_run(keys[i].public_key, (uint8_t)(0x41 + i), 32);
    }
    golden_run(wrapped[0].key_id, 0x12, sizeof wrapped[0].key_id);
    wire_unit_keys_vault_encode(out, &v);
}

static void say_user(struct buf *text, const struct user_copy *user)
{
    golden_say(text, "user", "%s %s %s", user->name, user->role,
               user->password);
    for (size_t i = 0; i < user->key_count; i++) {
        const struct wrapped_copy *w = &user->keys[i];

        golden_say_hex(text, "may use", w->key_id, sizeof w->key_id);
        golden_say_hex(text, "salt", w->salt.data, w->salt.size);
        golden_say_hex(text, "box", w->box.data, w->box.size);
    }
}

static int read_unit_keys_vault(struct buf *text, struct buf *again,
                                struct bytes in, struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct unit_keys_vault v;
    int rc = wire_unit_keys_vault_decode(&v, arena, in, err);

    for (size_t i = 0; rc == 0 && i < v.key_count; i++) {
        const struct sealing_copy *k = &v.keys[i];

        golden_say_hex(text, "key id", k->key_id, sizeof k->key_id);
        golden_say(text, "custodian", "%d since %lld", k->custodian,
                   (long long)k->since_ms);
        golden_say_hex(text, "public", k->public_key, sizeof k->public_key);
        golden_say_hex(text, "recovery box", k->recovery_box.data,
                       k->recovery_box.size);
    }
    for (size_t i = 0; rc == 0 && i < v.user_count; i++)
        say_user(text, &v.users[i]);
    if (rc == 0)
        wire_unit_keys_vault_encode(again, &v);
    wire_arena_free(&arena);
    return rc;
}

/* ---- notices, procedures */

static void make_notice(struct buf *out)
{
    struct notice n = {.kind = NOTICE_CANH_BAO_THU_DOAN,
                       .state = NOTICE_WITHDRAWN,
                       .shared = true,
                       .effective_ms = GOLDEN_MS,
                       .expires_ms = GOLDEN_MS + 86400000,
                       .published_ms = GOLDEN_MS,
                       .corrected_ms = GOLDEN_MS + 1000,
                       .withdrawn_ms = GOLDEN_MS + 2000};

    wire_notice_encode(out, &n);
}

static int read_notice(struct buf *text, struct buf *again, struct bytes in,
                       struct error *err)
{
    struct notice n;
    int rc = wire_notice_decode(&n, in, err);

    if (rc != 0)
        return rc;
    golden_say(text, "notice", "%s state %d%s", notice_kind_text(n.kind),
               n.state, n.shared ? " shared" : "");
    golden_say(text, "holds", "%lld to %lld", (long long)n.effective_ms,
               (long long)n.expires_ms);
    golden_say(text, "times", "%lld %lld %lld", (long long)n.published_ms,
               (long long)n.corrected_ms, (long long)n.withdrawn_ms);
    wire_notice_encode(again, &n);
    return 0;
}

static void make_notice_body(struct buf *out)
{
    static const char *const areas[] = {"Phước Yên", "Niêm Phò"};
    struct notice_words w = {.title = "Cảnh giác cuộc gọi lạ",
                             .text = "Công an không gọi để lấy mã.",
                             .speaker = "Bà con chú ý.",
                             .by = "can-bo",
                             .approved_by = "lanh-dao",
                             .reason = "Thêm số máy",
                             .areas = areas,
                             .area_count = 2};

    wire_notice_words_encode(out, &w);
}

static int read_notice_body(struct buf *text, struct buf *again,
                            struct bytes in, struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct notice_words w;
    int rc = wire_notice_words_decode(&w, arena, in, err);

    if (rc == 0) {
        golden_say(text, "title", "%s", w.title);
        golden_say(text, "text", "%s", w.text);
        golden_say(text, "speaker", "%s", w.speaker);
        golden_say(text, "by", "%s, %s: %s", w.by, w.approved_by, w.reason);
        for (size_t i = 0; i < w.area_count; i++)
            golden_say(text, "area", "%s", w.areas[i]);
        wire_notice_words_encode(again, &w);
    }
    wire_arena_free(&arena);
    return rc;
}

static void fill_procedure(struct procedure *p)
{
    *p = (struct procedure){
        .code = "1.004222",
        .name = "Đăng ký tạm trú",
        .valid = {20270, 0},
        .texts = {"Luật Cư trú 2020", "Công dân", "CT01", "10.000 đ", "3 ngày",
                  "VNeID", "Công an xã", ""},
        .forms = {{"CT01", {19706, 20269}}, {"CT01", {20270, 0}}},
        .form_count = 2,
        .checked = 20400};
}

static void make_procedure(struct buf *out)
{
    struct procedure p;

    fill_procedure(&p);
    wire_procedure_encode(out, &p);
}

static int read_procedure(struct buf *text, struct buf *again, struct bytes in,
                          struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct procedure p;
    int rc = wire_procedure_decode(&p, arena, in, err);

    if (rc == 0) {
        golden_say(text, "procedure", "%s %d to %d", p.code, p.valid.from,
                   p.valid.to);
        wire_procedure_encode(again, &p);
    }
    wire_arena_free(&arena);
    return rc;
}

static void make_procedure_body(struct buf *out)
{
    struct procedure p;

    fill_procedure(&p);
    wire_procedure_words_encode(out, &p);
}

static int read_procedure_body(struct buf *text, struct buf *again,
                               struct bytes in, struct error *err)
{
    struct wire_arena *arena = wire_arena_new();
    struct procedure p = {.code = ""};
    int rc = wire_procedure_words_decode(&p, arena, in, err);

    if (rc == 0) {
        golden_say(text, "name", "%s checked %d", p.name, p.checked);
        for (int i = 0; i < PROCEDURE_TEXTS; i++)
            golden_say(text, procedure_text_names[i], "%s", p.texts[i]);
        for (size_t i = 0; i < p.form_count; i++)
            golden_say(text, "form", "%s %d to %d", p.forms[i].name,
                       p.forms[i].valid.from, p.forms[i].valid.to);
        wire_procedure_words_encode(again, &p);
    }
    wire_arena_free(&arena);
    return rc;
}

const struct golden_item golden_later_records[] = {
    {"referral_fact_offer", make_offer, read_referral, false},
    {"referral_fact_continuation", make_continuation, read_referral, false},
    {"note_body", make_note, read_note, false},
    {"carried_fact", make_carried, read_carried, false},
    {"change", make_change, read_change, false},
    {"unit_fact", make_unit, read_unit, false},
    {"closing_fact", make_closing, read_closing, false},
    {"closing_fact_of_nothing", make_closing_of_nothing, read_closing, false},
    {"rotation_body", make_rotation, read_rotation, false},
    {"vault_object", make_object, read_object, false},
    {"vault_parts", make_parts, read_parts, true},
    {"unit_keys_vault", make_unit_keys_vault, read_unit_keys_vault, false},
    {"notice_fact", make_notice, read_notice, false},
    {"notice_body", make_notice_body, read_notice_body, false},
    {"procedure_fact", make_procedure, read_procedure, false},
    {"procedure_body", make_procedure_body, read_procedure_body, false},
};
const size_t golden_later_record_count =
    sizeof golden_later_records / sizeof *golden_later_records;
