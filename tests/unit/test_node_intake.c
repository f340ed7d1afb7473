#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "node/intake.h"
#include "tests/support/node_world.h"

#define ID "01976f48-e32e-7000-8e1f-c0d5cf39874d"

static int set_up(void **state)
{
    *state = node_world_new();
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

/* One line through the intake, in a transaction of its own. */
static struct intake_answer take(struct node_world *w, const char *line)
{
    struct json *fields = json_parse(bytes_of_text(line), &w->err);
    struct intake_answer answer;

    assert_non_null(fields);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_intake_take(w->node, fields, CHANNEL_KHAC, &answer),
                     0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    json_free(&fields);
    return answer;
}

static void refuses(struct node_world *w, const char *line, const char *reason)
{
    uint64_t head = node_world_head(w);
    struct intake_answer answer = take(w, line);

    assert_int_equal(answer.result, INTAKE_REFUSED);
    assert_string_equal(answer.reason.text, reason);
    assert_int_equal(node_world_head(w), head);
}

struct seen {
    struct report_fact fact;
    struct report_body body;
    struct report_vault vault;
    struct buf text, seal;
    bool has_vault;
    uint32_t flags;
    uint64_t version;
    struct wire_arena *arena;
};

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    const struct change *c = &entry->change;
    struct seen *s = who;

    (void)row;
    assert_int_equal(
        wire_report_fact_decode(&s->fact, c->part[PART_FACT].bytes, NULL), 0);
    assert_int_equal(wire_report_body_decode(&s->body, s->arena,
                                             c->part[PART_BODY].bytes, NULL),
                     0);
    buf_add_text(&s->text, s->body.text);
    s->flags = c->header.flags;
    s->version = c->header.version;
    s->has_vault = c->part[PART_VAULT].form == PART_WHOLE;
    if (s->has_vault) {
        assert_int_equal(
            wire_report_vault_decode(&s->vault, c->part[PART_VAULT].bytes), 0);
        buf_add_bytes(&s->seal, s->vault.seal);
    }
    return 0;
}

static void look(struct node_world *w, const struct id *id, struct seen *s)
{
    memset(s, 0, sizeof *s);
    s->arena = wire_arena_new();
    assert_int_equal(
        ledger_record(w->node->ledger, NODE_WORLD_UNIT, id, NULL, see, s), 0);
}

static void forget(struct seen *s)
{
    wire_arena_free(&s->arena);
    buf_free(&s->text);
    buf_free(&s->seal);
}

static void a_line_with_everything_becomes_a_report(void **state)
{
    struct node_world *w = *state;
    struct intake_answer a =
        take(w, "{\"id\":\"" ID "\",\"category\":\"cat_trai_phep\","
                "\"text\":\"Tàu hút cát\",\"village\":\"Phước Yên\","
                "\"occurred\":\"2026-01-02T23:30:00+07:00\","
                "\"received\":\"2026-01-03T01:00:00+07:00\","
                "\"state\":\"xac_minh\",\"channel\":\"zalo\",\"urgent\":true,"
                "\"lat\":16.55,\"lon\":107.5}");
    struct seen s;

    assert_int_equal(a.result, INTAKE_ACCEPTED);
    look(w, &a.id, &s);
    assert_string_equal(s.fact.category->code, "cat_trai_phep");
    assert_string_equal(s.fact.village, "Phước Yên");
    assert_int_equal(s.fact.state, REPORT_XAC_MINH);
    assert_int_equal(s.fact.channel, CHANNEL_ZALO);
    assert_true(s.fact.urgent);
    assert_int_equal(s.fact.day, clock_day(s.fact.received_ms));
    assert_int_equal(s.fact.hour, 1);
    assert_int_equal(s.fact.entered_ms[REPORT_XAC_MINH], s.fact.received_ms);
    assert_string_equal(buf_text(&s.text), "Tàu hút cát");
    assert_true(s.body.has_point && s.body.lat > 16.54 && s.body.lon < 107.51);
    assert_true(s.body.occurred_ms < s.fact.received_ms);
    assert_int_equal(s.flags, CHANGE_EXPEDITED);
    assert_int_equal(s.version, 1);
    assert_false(s.has_vault);
    forget(&s);
}

static void what_is_left_out_is_filled_in(void **state)
{
    struct node_world *w = *state;
    struct intake_answer a =
        take(w, "{\"category\":\"on_ao\",\"text\":\"x\",\"id\":null,"
                "\"village\":\"\",\"name\":null}");
    struct seen s;

    look(w, &a.id, &s);
    assert_int_equal(s.fact.state, REPORT_MOI);
    assert_int_equal(s.fact.channel, CHANNEL_KHAC);
    assert_int_equal(s.fact.received_ms, w->node->wall_ms);
    assert_false(s.fact.urgent);
    assert_int_equal(s.flags, 0);
    forget(&s);
}

static void a_serious_category_is_urgent_by_itself(void **state)
{
    struct node_world *w = *state;
    struct intake_answer a =
        take(w, "{\"category\":\"chay_no\",\"text\":\"x\"}");
    struct seen s;

    look(w, &a.id, &s);
    assert_true(s.fact.urgent);
    assert_int_equal(s.flags, CHANGE_EXPEDITED);
    forget(&s);
}

static void pieces_of_letters_are_put_together(void **state)
{
    struct node_world *w = *state;
    /* "Cháy" and "thôn" with combining marks; CR LF as Windows ends lines */
    struct intake_answer a =
        take(w, "{\"category\":\"khac\",\"text\":\"Cha\xcc\x81y\\r\\nxong\","
                "\"village\":\"tho\xcc\x82n\"}");
    struct seen s;

    look(w, &a.id, &s);
    assert_string_equal(buf_text(&s.text), "Ch\xc3\xa1y\nxong");
    assert_string_equal(s.fact.village, "th\xc3\xb4n");
    forget(&s);
}

static void closed_and_waiting_reports_can_go_on(void **state)
{
    struct node_world *w = *state;
    struct intake_answer closed =
        take(w, "{\"category\":\"khac\",\"text\":\"x\",\"state\":\"dong\"}");
    struct intake_answer waiting = take(
        w, "{\"category\":\"khac\",\"text\":\"x\",\"state\":\"cho_bo_sung\"}");
    struct seen s;

    look(w, &closed.id, &s);
    assert_int_equal(s.fact.outcome, OUTCOME_RESOLVED);
    forget(&s);
    look(w, &waiting.id, &s);
    assert_int_equal(s.fact.resume, REPORT_PHAN_LOAI);
    forget(&s);
}

static void every_fault_has_its_words(void **state)
{
    static const char *const cases[][2] = {
        {"[1]", "not a JSON object"},
        {"{\"text\":\"x\"}", "category is missing"},
        {"{\"category\":\"\",\"text\":\"x\"}", "category is missing"},
        {"{\"category\":7,\"text\":\"x\"}", "category is not text"},
        {"{\"category\":\"ufo\",\"text\":\"x\"}",
         "unknown category \"ufo\": see `category list`"},
        {"{\"category\":\"khac\"}", "text is missing"},
        {"{\"category\":\"khac\",\"text\":\" \\n\"}", "text is blank"},
        {"{\"category\":\"khac\",\"text\":\"a\\u0007\"}",
         "text holds control characters"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"vilage\":\"y\"}",
         "unknown field \"vilage\""},
        {"{\"category\":\"khac\",\"text\":\"x\",\"id\":\"7\"}",
         "id is not a UUID"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"id\":"
         "\"00000000-0000-0000-0000-000000000000\"}",
         "id is not a UUID"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"village\":\"a\\nb\"}",
         "village is not one line of words"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"name\":\"  \"}",
         "name is not one line of words"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"received\":\"hôm qua\"}",
         "received is not a time such as 2026-11-23T20:15:01+07:00"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"occurred\":"
         "\"1969-01-01T00:00:00Z\"}",
         "occurred is not a time such as 2026-11-23T20:15:01+07:00"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"received\":"
         "\"9998-01-01T00:00:00Z\"}",
         "received is more than a day in the future"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"state\":\"ngu\"}",
         "unknown state \"ngu\""},
        {"{\"category\":\"khac\",\"text\":\"x\",\"channel\":\"fax\"}",
         "unknown channel \"fax\""},
        {"{\"category\":\"khac\",\"text\":\"x\",\"urgent\":\"yes\"}",
         "urgent is true or false"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"lat\":16}",
         "lat and lon are two numbers, or neither"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"lat\":16,\"lon\":\"7\"}",
         "lat and lon are two numbers, or neither"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"lat\":91,\"lon\":0}",
         "lat or lon is not on this earth"},
        {"{\"category\":\"khac\",\"text\":\"x\",\"lat\":0,\"lon\":-180.5}",
         "lat or lon is not on this earth"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuses(*state, cases[i][0], cases[i][1]);
}

static void lengths_are_bounded_and_their_limits_pass(void **state)
{
    static const struct {
        const char *key;
        size_t limit;
        const char *reason;
    } cases[] = {
        {"text", REPORT_TEXT_LIMIT, "text is longer than 32768 bytes"},
        {"village", REPORT_VILLAGE_LIMIT, "village is longer than 96 bytes"},
        {"name", REPORT_NAME_LIMIT, "name is longer than 200 bytes"},
        {"phone", REPORT_PHONE_LIMIT, "phone is longer than 40 bytes"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *words = mem_new(cases[i].limit + 2);
        struct buf line = {0};

        memset(words, 'a', cases[i].limit);
        for (int more = 0; more < 2; more++) {
            words[cases[i].limit] = more ? 'a' : '\0';
            buf_clear(&line);
            buf_printf(&line, "{\"category\":\"khac\",\"%s\":\"%s\"%s}",
                       cases[i].key, words, i == 0 ? "" : ",\"text\":\"x\"");
            if (more)
                refuses(*state, buf_text(&line), cases[i].reason);
            else
                assert_int_equal(take(*state, buf_text(&line)).result,
                                 INTAKE_ACCEPTED);
        }
        buf_free(&line);
        mem_free(&words);
    }
}

static void the_same_id_again_is_repeated_or_refused(void **state)
{
    struct node_world *w = *state;
    uint64_t head;

    (void)take(w, "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"x\"}");
    head = node_world_head(w);
    assert_int_equal(take(w, "{\"text\":\"x\",\"category\":\"khac\",\"state\":"
                             "\"moi\",\"id\":\"" ID "\",\"name\":\"Lan\"}")
                         .result,
                     INTAKE_REPEATED);
    refuses(w, "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"y\"}",
            "same id, other content");
    refuses(w,
            "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"x\","
            "\"village\":\"y\"}",
            "same id, other content");
    refuses(w,
            "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"x\","
            "\"lat\":1,\"lon\":2}",
            "same id, other content");
    assert_int_equal(node_world_head(w), head);
}

/* As when the record came back from the hub: nothing is known but the record.
 */
static void an_id_known_from_the_ledger_alone_is_compared_with_it(void **state)
{
    struct node_world *w = *state;
    struct id id;

    assert_true(id_parse(&id, ID));
    (void)take(w, "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"x\"}");
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(
        db_exec(node_store_db(w->node->store), "DELETE FROM intake"), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    assert_int_equal(
        take(w, "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"x\"}")
            .result,
        INTAKE_REPEATED);
    refuses(w, "{\"id\":\"" ID "\",\"category\":\"khac\",\"text\":\"z\"}",
            "same id, other content");
    refuses(w, "{\"id\":\"" ID "\",\"category\":\"on_ao\",\"text\":\"x\"}",
            "same id, other content");
}

static void opens(struct seen *s, const struct seal_key *key, const char *name,
                  const char *phone)
{
    struct buf plain = {0};
    struct seal_body body;

    assert_true(s->has_vault);
    assert_int_equal(seal_open(&plain, key, buf_bytes(&s->seal)), 0);
    assert_int_equal(wire_seal_body_decode(&body, s->arena, buf_bytes(&plain)),
                     0);
    assert_string_equal(body.name, name);
    assert_string_equal(body.phone, phone);
    buf_free(&plain);
}

static void a_sender_is_sealed_to_the_key_of_the_category(void **state)
{
    struct node_world *w = *state;
    struct intake_answer a =
        take(w, "{\"category\":\"on_ao\",\"text\":\"x\",\"name\":\"Trần Thị "
                "Hoa\"}");
    struct seen s;

    look(w, &a.id, &s);
    assert_false(s.vault.custodian);
    opens(&s, &w->duty, "Trần Thị Hoa", "");
    forget(&s);
    a = take(w, "{\"category\":\"ma_tuy\",\"text\":\"x\",\"phone\":"
                "\"0900 123 456\"}");
    look(w, &a.id, &s);
    assert_true(s.vault.custodian);
    opens(&s, &w->custodian, "", "0900 123 456");
    forget(&s);
}

static void no_sender_stands_in_the_database_in_clear(void **state)
{
    struct node_world *w = *state;
    struct json *out;

    (void)take(w, "{\"category\":\"ma_tuy\",\"text\":\"bán ở cầu "
                  "Vĩnh\",\"name\":\"Hoàng Văn Bách\",\"phone\":"
                  "\"0900777888\"}");
    out = node_world_do(w, "report.add",
                        "{\"category\":\"khac\",\"text\":\"y\","
                        "\"name\":\"Lê Thị Sen\",\"phone\":\"0900333222\"}");
    json_free(&out);
    assert_true(node_world_holds(w, "bán ở cầu Vĩnh"));
    assert_false(node_world_holds(w, "Hoàng Văn Bách"));
    assert_false(node_world_holds(w, "0900777888"));
    assert_false(node_world_holds(w, "Lê Thị Sen"));
    assert_false(node_world_holds(w, "0900333222"));
    node_world_close(w); /* the log is folded into the file */
    assert_false(node_world_holds(w, "Hoàng Văn Bách"));
    assert_false(node_world_holds(w, "0900333222"));
}

static void without_a_sealing_key_no_name_is_taken(void **state)
{
    struct node_world *w = *state;

    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(
        db_exec(node_store_db(w->node->store), "DELETE FROM sealing_key"), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    refuses(w, "{\"category\":\"khac\",\"text\":\"x\",\"name\":\"Lan\"}",
            "no key to seal the sender's name with: repeat `lienxa-node join` "
            "with the same token");
    assert_int_equal(take(w, "{\"category\":\"khac\",\"text\":\"x\"}").result,
                     INTAKE_ACCEPTED);
}

#define PAST(moved)                                                            \
    "{\"id\":\"" ID "\",\"category\":\"gay_roi\",\"text\":\"Ẩu đả\","     \
    "\"received\":\"2026-01-03T01:00:00+07:00\",\"moved\":[" moved "]}"
#define STEP(state, at, more)                                                  \
    "{\"state\":\"" state "\",\"at\":\"2026-01-0" at "+07:00\"" more "}"
#define LIVED                                                                  \
    STEP("da_tiep_nhan", "3T01:04:00", ",\"by\":\"Trực ban\"")                 \
    "," STEP("phan_loai", "3T01:20:00", "") "," STEP(                          \
        "dong", "4T09:00:00",                                                  \
        ",\"outcome\":\"trung_lap\",\"note\":\"Trùng tin trước\","         \
        "\"by\":\"Trực ban\"")

struct versions {
    size_t count, expedited;
    uint64_t states; /* one digit each, newest first */
};

static int see_version(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct versions *v = who;
    struct report_fact fact;

    (void)row;
    assert_int_equal(wire_report_fact_decode(
                         &fact, entry->change.part[PART_FACT].bytes, NULL),
                     0);
    v->count++;
    v->expedited += (entry->change.header.flags & CHANGE_EXPEDITED) != 0;
    v->states = v->states * 10 + (uint64_t)fact.state;
    return 0;
}

static void an_imported_past_becomes_one_version_a_step(void **state)
{
    struct node_world *w = *state;
    struct intake_answer a = take(w, PAST(LIVED));
    struct versions v = {0};
    struct seen s;

    assert_string_equal(a.reason.text, "");
    assert_int_equal(a.result, INTAKE_ACCEPTED);
    assert_int_equal(ledger_history(w->node->ledger, NODE_WORLD_UNIT, &a.id,
                                    see_version, &v),
                     0);
    assert_int_equal(v.count, 4);
    assert_int_equal(v.states, 9321);
    assert_int_equal(v.expedited, 1); /* it is urgent; only as it is now */
    look(w, &a.id, &s);
    assert_int_equal(s.version, 4);
    assert_int_equal(s.flags, CHANGE_EXPEDITED);
    assert_int_equal(s.fact.state, REPORT_DONG);
    assert_int_equal(s.fact.outcome, OUTCOME_TRUNG_LAP);
    assert_int_equal(s.fact.entered_ms[REPORT_DA_TIEP_NHAN],
                     s.fact.received_ms + 4 * 60000);
    assert_int_equal(s.fact.entered_ms[REPORT_DONG],
                     s.fact.received_ms + 32 * 3600000);
    assert_int_equal(s.body.note_count, 1);
    assert_int_equal(s.body.notes[0].at_ms, s.fact.entered_ms[REPORT_DONG]);
    assert_string_equal(s.body.notes[0].by, "Trực ban");
    assert_string_equal(s.body.notes[0].text, "Trùng tin trước");
    forget(&s);
}

static void the_same_past_again_is_a_repeat_and_another_is_not(void **state)
{
    struct node_world *w = *state;

    assert_int_equal(take(w, PAST(LIVED)).result, INTAKE_ACCEPTED);
    assert_int_equal(take(w, PAST(LIVED)).result, INTAKE_REPEATED);
    refuses(w, PAST(STEP("da_tiep_nhan", "3T01:04:00", "")),
            "same id, other content");
    refuses(w, PAST(""), "same id, other content");
}

static void an_impossible_past_leaves_nothing_behind(void **state)
{
    struct node_world *w = *state;

    refuses(w, PAST(STEP("da_tiep_nhan", "3T00:59:00", "")),
            "step 1 of moved: is earlier than what it follows");
    refuses(w,
            PAST(STEP("da_tiep_nhan", "3T01:04:00",
                      "") "," STEP("da_xu_ly", "3T01:05:00", "")),
            "step 2 of moved: da_tiep_nhan to da_xu_ly: no such move; possible "
            "from here: phan_loai, dong");
    refuses(w, PAST(STEP("dong", "3T02:00:00", "")),
            "step 1 of moved: moi to dong: closing now needs an outcome: "
            "trung_lap, ngoai_tham_quyen, khong_du_can_cu, tin_rac or rut_lai; "
            "possible from here: da_tiep_nhan, phan_loai, dong");
    refuses(w, PAST(STEP("ngu", "3T02:00:00", "")),
            "step 1 of moved: unknown state \"ngu\"");
    refuses(w,
            PAST("{\"state\":\"phan_loai\",\"at\":\"2199-01-01T00:00:00Z\"}"),
            "step 1 of moved: at is not a time that is past, such as "
            "2026-11-23T20:15:01+07:00");
    refuses(w, PAST(STEP("phan_loai", "3T02:00:00", ",\"who\":\"x\"")),
            "step 1 of moved: unknown field \"who\"");
    refuses(w, PAST("[]"), "step 1 of moved: not an object");
    refuses(w,
            "{\"category\":\"on_ao\",\"text\":\"x\",\"moved\":[" STEP(
                "phan_loai", "3T02:00:00", "") "]}",
            "with moved, received must be given and state not: it begins as "
            "moi");
    assert_int_equal(take(w, PAST(LIVED)).result, INTAKE_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_line_with_everything_becomes_a_report),
        T(what_is_left_out_is_filled_in),
        T(a_serious_category_is_urgent_by_itself),
        T(pieces_of_letters_are_put_together),
        T(closed_and_waiting_reports_can_go_on),
        T(every_fault_has_its_words),
        T(lengths_are_bounded_and_their_limits_pass),
        T(the_same_id_again_is_repeated_or_refused),
        T(an_id_known_from_the_ledger_alone_is_compared_with_it),
        T(a_sender_is_sealed_to_the_key_of_the_category),
        T(no_sender_stands_in_the_database_in_clear),
        T(without_a_sealing_key_no_name_is_taken),
        T(an_imported_past_becomes_one_version_a_step),
        T(the_same_past_again_is_a_repeat_and_another_is_not),
        T(an_impossible_past_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
