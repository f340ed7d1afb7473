/* tests/unit/test_hub_commands.c - what a person asked for wrongly, or about
 * something that rotted, is refused: it is nobody's disk, and the others' turn
 * goes on. */
#include "tests/unit/test_hub_fixture.h"

#include "common/format/json.h"
#include "hub/commands.h"
#include "hub/enrolment.h"

/* The reply; `args` is taken. */
static struct json *ask(struct fixture *f, const char *command,
                        struct json *args)
{
    struct json *request = json_object_new(), *reply;
    struct id id = random_id(f->hub->wall_ms);
    struct buf bytes = {0}, answer = {0};
    char text[ID_TEXT_BYTES];

    json_set_text(request, "id", id_text(text, &id));
    json_set_text(request, "command", command);
    json_set_text(request, "actor", "Trực ban");
    json_set(request, "args", args);
    json_write(&bytes, request);
    assert_int_equal(hub_commands_run(f->hub, buf_bytes(&bytes), &answer), 0);
    reply = json_parse(buf_bytes(&answer), &f->err);
    assert_non_null(reply);
    json_free(&request);
    buf_free(&bytes);
    buf_free(&answer);
    return reply;
}

static void must_not(struct json *reply, const char *words)
{
    assert_false(json_get_flag(reply, "ok"));
    if (strstr(json_get_text(reply, "error"), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", json_get_text(reply, "error"),
                 words);
    json_free(&reply);
}

static struct json *args_of(const char *text)
{
    return json_parse(bytes_of_text(text), NULL);
}

static void more_units_than_an_alert_takes_fill_no_disk(void **state)
{
    struct fixture *f = *state;
    struct json *args = args_of("{\"event\":\"flood\",\"headline\":\"Lũ\","
                                "\"text\":\"Di dời\"}");
    struct buf to = {0};

    for (int i = 0; i <= ALERT_AUDIENCE_LIMIT; i++)
        buf_add_text(&to, i == 0 ? "quang-tho" : ",quang-tho");
    json_set_text(args, "to", buf_text(&to));
    must_not(ask(f, "alert.issue", args), "at most 512 units");
    buf_free(&to);
}

/* A shell's empty variable, or a field that was emptied. */
static void an_update_without_words_takes_none_away(void **state)
{
    static const char *const texts[] = {"", " \n\t"};
    struct fixture *f = *state;
    struct json *reply = ask(f, "alert.issue",
                             args_of("{\"event\":\"flood\",\"headline\":\"Lũ\","
                                     "\"text\":\"Di dời trước 18 giờ\"}"));
    struct json *out = json_take(reply, "out");

    for (size_t i = 0; i < 2; i++) {
        struct json *args = json_object_new();

        json_set_text(args, "alert", json_get_text(out, "id"));
        json_set_text(args, "text", texts[i]);
        must_not(ask(f, "alert.update", args), "--text must not be empty");
    }
    json_free(&out);
    json_free(&reply);
}

/* ---- the hub's clock (design 7) */

static void heard(struct fixture *f, size_t unit, int64_t ago_ms,
                  int64_t offset_ms)
{
    struct contact c = {.last_seen_ms = f->hub->wall_ms - ago_ms,
                        .clock_offset_ms = offset_ms,
                        .address = "",
                        .software = ""};

    (void)snprintf(c.unit, sizeof c.unit, "%s", f->hub->roster.units[unit].key);
    assert_int_equal(hub_store_put_contact(f->hub->store, &c), 0);
}

/* What an alert is answered; 0: of the clock it says nothing. */
static int64_t clock_off(struct fixture *f)
{
    struct json *reply = ask(f, "alert.issue",
                             args_of("{\"event\":\"flood\",\"headline\":\"Lũ\","
                                     "\"text\":\"Di dời trước 18 giờ\"}"));
    const struct json *out = json_get(reply, "out");
    int64_t off = 0;

    assert_non_null(json_get_text(out, "id"));
    assert_int_equal(json_get_i64(out, "clock_off_ms", &off),
                     json_get_text(out, "warning") != NULL);
    json_free(&reply);
    return off;
}

static void an_alert_says_that_the_clock_it_ends_by_is_wrong(void **state)
{
    enum { HOUR = 3600000 };
    struct fixture *f = *state;

    assert_int_equal(clock_off(f), 0); /* nobody was heard */
    heard(f, 0, 0, 3 * HOUR);
    heard(f, 1, 60000, 3 * HOUR + 5000);
    assert_int_equal(clock_off(f), 0); /* two may be wrong themselves */
    heard(f, 2, 2 * HOUR, 3 * HOUR);
    assert_int_equal(clock_off(f), 0); /* who was heard too long ago */
    heard(f, 2, 0, 40);
    assert_int_equal(clock_off(f), 3 * HOUR);
    heard(f, 3, 0, -20);
    heard(f, 4, 0, 0);
    assert_int_equal(clock_off(f), 0); /* most say that it is right */
    for (size_t i = 0; i < 5; i++)
        heard(f, i, 0, -121000);
    assert_int_equal(clock_off(f), -121000);
    for (size_t i = 0; i < 5; i++)
        heard(f, i, 0, 119000);
    assert_int_equal(clock_off(f), 0);
}

/* Else it is found out at the commune, by whoever was handed the paper; or a
 * new key of the hub is listened for where no machine comes. */
static void what_nobody_can_dial_is_not_advertised(void **state)
{
    static const char *const hosts[] = {"hub.example:7101",
                                        "https://hub.example",
                                        "hub.example/",
                                        "hub example",
                                        "",
                                        "[192.0.2.1]",
                                        "2001:db8::1::2",
                                        "[2001:db8::1]:7101",
                                        "máy-chủ"};
    static const char *const lanes[] = {"express", "bulk", "enrol"};
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            hub_store_set(f->hub->store, lanes[i], "tcp://0.0.0.0:7101"), 0);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct json *args = args_of("{\"unit\":\"quang-tho\"}");

        json_set_text(args, "advertise", hosts[i]);
        must_not(ask(f, "node.invite", args), "is not a host");
        args = json_object_new();
        json_set_text(args, "advertise", hosts[i]);
        must_not(ask(f, "key.rotate", args), "is not a host");
    }
}

static void more_names_than_a_certificate_holds_fill_no_disk(void **state)
{
    struct fixture *f = *state;
    struct json *args = json_object_new(), *names = json_array_new();
    char name[32];

    for (int i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof name, "hub-%d.example", i);
        json_add_text(names, name);
    }
    json_set(args, "names", names);
    must_not(ask(f, "web.certificate", args), "more names than one");
}

/* "7d" of a notice that has stood for a month is a week from now on. */
static void a_correction_for_a_week_does_not_end_the_notice(void **state)
{
    struct fixture *f = *state;
    struct json *reply =
        ask(f, "notice.publish",
            args_of("{\"kind\":\"giao_thong\",\"title\":\"Cấm đường\","
                    "\"text\":\"Cầu hỏng.\"}"));
    struct json *args =
        args_of("{\"expires\":\"7d\",\"reason\":\"Sắp sửa xong\"}");

    json_set_text(args, "notice", json_get_text(json_get(reply, "out"), "id"));
    json_free(&reply);
    f->hub->wall_ms += INT64_C(30) * 86400000;
    reply = ask(f, "notice.correct", args);
    assert_true(json_get_flag(reply, "ok"));
    assert_string_equal(json_get_text(json_get(reply, "out"), "state"),
                        "published");
    json_free(&reply);
}

/* Many bits of the facts of this kind turn: only another machine knows them. */
static void rot(struct fixture *f, unsigned kind)
{
    char sql[160];

    (void)snprintf(sql, sizeof sql,
                   "UPDATE change SET fact = x'0102030405060708' WHERE record "
                   "IN (SELECT id FROM record WHERE kind = %u)",
                   kind);
    assert_int_equal(db_exec(hub_store_db(f->hub->store), sql), 0);
    assert_true(db_changes(hub_store_db(f->hub->store)) > 0);
}

static void what_rotted_cannot_be_corrected_and_stops_nobody(void **state)
{
    struct fixture *f = *state;
    struct json *reply = ask(
        f, "notice.publish",
        args_of(
            "{\"kind\":\"canh_bao_thu_doan\",\"title\":\"Cảnh báo lừa đảo\","
            "\"text\":\"Không đọc mã OTP cho ai.\"}"));
    struct json *args =
        args_of("{\"title\":\"Cảnh báo\",\"reason\":\"sai tên\"}");

    if (!json_get_flag(reply, "ok"))
        fail_msg("%s", json_get_text(reply, "error"));
    json_set_text(args, "notice", json_get_text(json_get(reply, "out"), "id"));
    json_free(&reply);
    keep(f);
    rot(f, KIND_NOTICE);
    must_not(ask(f, "notice.correct", args), "");
    keep(f); /* the turn goes on */
    assert_int_equal(ledger_damage_seen(f->hub->ledger), 1);
}

/* ---- a start */

struct seeing {
    size_t whole;
};

static int see_entry(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct seeing *s = who;

    (void)row;
    s->whole += entry != NULL;
    return 0;
}

static void a_unit_whose_entry_rotted_keeps_no_hub_from_starting(void **state)
{
    struct fixture *f = *state;
    struct node_key key = {.number = 1, .state = NODE_ENROLLED};
    struct seeing seen = {0};

    (void)snprintf(key.unit, sizeof key.unit, "%s", QUANG_THO);
    random_bytes(key.curve_public, sizeof key.curve_public);
    random_bytes(key.sign_public, sizeof key.sign_public);
    assert_int_equal(hub_enrolment_publish(f->hub, &key, &f->err), 0);
    keep(f);
    rot(f, KIND_DIRECTORY);
    keep(f);
    f->hub->new_units = f->hub->new_for.all = true; /* as a start does */
    if (hub_commit(f->hub, &f->err) != 0)
        fail_msg("%s", f->err.text);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(ledger_records(f->hub->ledger, KIND_DIRECTORY,
                                    f->hub->keys.home, see_entry, &seen),
                     0);
    assert_int_equal(seen.whole, 1); /* and it is written anew */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(more_units_than_an_alert_takes_fill_no_disk),
        hub_test(an_update_without_words_takes_none_away),
        hub_test(an_alert_says_that_the_clock_it_ends_by_is_wrong),
        hub_test(what_nobody_can_dial_is_not_advertised),
        hub_test(more_names_than_a_certificate_holds_fill_no_disk),
        hub_test(a_correction_for_a_week_does_not_end_the_notice),
        hub_test(what_rotted_cannot_be_corrected_and_stops_nobody),
        hub_test(a_unit_whose_entry_rotted_keeps_no_hub_from_starting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
