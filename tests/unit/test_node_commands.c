#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "node/commands.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

#define COMMAND_ID "01976f48-e32e-7000-8e1f-000000000001"
#define ALERT_ID "01976f48-e32e-7000-8e1f-0000000000a1"

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

static char *text_of(struct json *value)
{
    struct buf out = {0};
    char *text;

    json_write(&out, value);
    text = mem_text(buf_text(&out));
    buf_free(&out);
    json_free(&value);
    return text;
}

static void refused(struct node_world *w, const char *command, const char *args,
                    const char *words)
{
    uint64_t head = node_world_head(w);
    char *said = node_world_refused(w, command, args);

    assert_string_equal(said, words);
    assert_int_equal(node_world_head(w), head);
    mem_free(&said);
}

static void the_same_id_again_gets_the_same_reply_and_does_nothing(void **state)
{
    static const char args[] = "{\"category\":\"khac\",\"text\":\"x\"}";
    struct node_world *w = *state;
    char *first = text_of(node_world_ask(w, COMMAND_ID, "report.add", args));
    uint64_t head = node_world_head(w);
    char *again = text_of(node_world_ask(w, COMMAND_ID, "report.add", args));
    char *other = text_of(node_world_ask(w, NULL, "report.add", args));

    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    assert_int_equal(node_world_head(w), head + 1);
    mem_free(&first);
    mem_free(&again);
    mem_free(&other);
}

static void a_refused_command_may_be_mended_and_sent_again(void **state)
{
    struct node_world *w = *state;
    struct json *answer =
        node_world_ask(w, COMMAND_ID, "report.add", "{\"category\":\"khac\"}");

    assert_false(json_get_flag(answer, "ok"));
    assert_string_equal(json_get_text(answer, "error"), "text is missing");
    json_free(&answer);
    answer = node_world_ask(w, COMMAND_ID, "report.add",
                            "{\"category\":\"khac\",\"text\":\"x\"}");
    assert_true(json_get_flag(answer, "ok"));
    json_free(&answer);
}

static void what_is_no_request_is_answered_in_words(void **state)
{
    static const char *const requests[] = {
        "{\"command\":\"report.add\",\"actor\":\"lan\",\"args\":{}}",
        "{\"id\":\"7\",\"command\":\"report.add\",\"actor\":\"lan\"}",
        "{\"id\":\"" COMMAND_ID "\",\"command\":\"dance\",\"actor\":\"lan\"}",
        "{\"id\":\"" COMMAND_ID "\",\"command\":\"report.add\"}",
        "7",
        "nonsense",
    };
    struct node_world *w = *state;

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct buf reply = {0};

        assert_int_equal(node_begin(w->node), 0);
        assert_int_equal(
            node_commands_run(w->node, bytes_of_text(requests[i]), &reply), 0);
        assert_int_equal(node_commit(w->node, &w->err), 0);
        assert_non_null(strstr(buf_text(&reply), "{\"ok\":false,\"error\":"));
        buf_free(&reply);
    }
    refused(w, "report.add", "null", "not a JSON object");
}

static void an_import_answers_line_by_line(void **state)
{
    struct node_world *w = *state;
    char *out =
        text_of(node_world_do(w, "report.import",
                              "{\"lines\":["
                              "{\"line\":3,\"report\":{\"id\":\"" COMMAND_ID
                              "\",\"category\":\"khac\",\"text\":\"x\"}},"
                              "{\"line\":4,\"unreadable\":\"not JSON\"},"
                              "{\"line\":6,\"report\":{\"id\":\"" COMMAND_ID
                              "\",\"category\":\"khac\",\"text\":\"x\"}},"
                              "{\"line\":7,\"report\":{\"id\":\"" COMMAND_ID
                              "\",\"category\":\"khac\",\"text\":\"y\"}}]}"));

    assert_string_equal(
        out, "{\"lines\":["
             "{\"line\":3,\"id\":\"" COMMAND_ID
             "\",\"result\":\"accepted\",\"reason\":null},"
             "{\"line\":4,\"id\":null,\"result\":\"refused\",\"reason\":\"not "
             "JSON\"},"
             "{\"line\":6,\"id\":\"" COMMAND_ID
             "\",\"result\":\"repeated\",\"reason\":\"held already with the "
             "same content\"},"
             "{\"line\":7,\"id\":\"" COMMAND_ID
             "\",\"result\":\"refused\",\"reason\":\"same id, other "
             "content\"}]}");
    mem_free(&out);
    refused(w, "report.import", "{}", "lines: an array of at most 200");
}

/* Why a line was refused may quote what stood in a wrong place of it: the books
 * keep it for good, and nothing erases them. */
static void the_books_keep_no_words_of_a_line_that_was_refused(void **state)
{
    struct node_world *w = *state;
    const char *lines = "{\"lines\":[{\"line\":1,\"report\":{\"category\":"
                        "\"Hoàng Văn Bách\",\"text\":\"x\"}},"
                        "{\"line\":2,\"report\":{\"category\":\"khac\","
                        "\"text\":\"đèn hỏng\"}}]}";
    struct json *first = node_world_ask(w, COMMAND_ID, "report.import", lines);
    struct json *again = node_world_ask(w, COMMAND_ID, "report.import", lines);
    const struct json *was = json_get(json_get(first, "out"), "lines");
    const struct json *is = json_get(json_get(again, "out"), "lines");

    assert_string_equal(
        json_get_text(json_at(was, 0), "reason"),
        "unknown category \"Hoàng Văn Bách\": see `category list`");
    assert_false(node_world_holds(w, "Hoàng Văn Bách"));
    assert_int_equal(json_count(is), 2);
    assert_string_equal(json_get_text(json_at(is, 0), "result"), "refused");
    assert_non_null(json_get_text(json_at(is, 0), "reason"));
    assert_string_equal(json_get_text(json_at(is, 1), "result"), "accepted");
    assert_string_equal(json_get_text(json_at(is, 1), "id"),
                        json_get_text(json_at(was, 1), "id"));
    json_free(&first);
    json_free(&again);
}

/* ---- reports that move */

static char *add(struct node_world *w, const char *args)
{
    struct json *out = node_world_do(w, "report.add", args);
    char *id = mem_text(json_get_text(out, "id"));

    json_free(&out);
    return id;
}

static char *move_args(const char *id, const char *state, const char *more)
{
    struct buf args = {0};
    char *text;

    buf_printf(&args, "{\"report\":\"%s\",\"state\":\"%s\"%s}", id, state,
               more);
    text = mem_text(buf_text(&args));
    buf_free(&args);
    return text;
}

static void moves(struct node_world *w, const char *id, const char *state,
                  const char *more)
{
    char *args = move_args(id, state, more);
    struct json *out = node_world_do(w, "report.move", args);

    assert_string_equal(json_get_text(out, "state"), state);
    json_free(&out);
    mem_free(&args);
}

static void stays(struct node_world *w, const char *id, const char *state,
                  const char *more, const char *words)
{
    char *args = move_args(id, state, more);

    refused(w, "report.move", args, words);
    mem_free(&args);
}

static struct json *show(struct node_world *w, const char *id)
{
    struct json *report = node_reading_report(w->node, id, &w->err);

    assert_non_null(report);
    return report;
}

static void a_report_goes_its_way_and_keeps_its_words_and_seal(void **state)
{
    struct node_world *w = *state;
    char *id = add(w, "{\"category\":\"ma_tuy\",\"text\":\"bán ma túy\","
                      "\"name\":\"Lan\"}");
    struct json *report;
    const struct json *notes;

    moves(w, id, "da_tiep_nhan", "");
    moves(w, id, "phan_loai", ",\"note\":\"nhóm M\"");
    moves(w, id, "dang_xu_ly", ",\"note\":\"  \"");
    moves(w, id, "da_xu_ly", ",\"note\":\"xong\"");
    moves(w, id, "dong", "");
    report = show(w, id);
    assert_string_equal(json_get_text(report, "state"), "dong");
    assert_string_equal(json_get_text(report, "outcome"), "resolved");
    assert_string_equal(json_get_text(report, "text"), "bán ma túy");
    assert_string_equal(json_get_text(json_get(report, "sealed"), "key"),
                        "custodian");
    notes = json_get(report, "notes");
    assert_int_equal(json_count(notes), 2);
    assert_string_equal(json_get_text(json_at(notes, 0), "text"), "nhóm M");
    assert_string_equal(json_get_text(json_at(notes, 1), "by"), "lan");
    assert_int_equal(json_count(json_get(report, "history")), 6);
    assert_string_equal(
        json_get_text(json_at(json_get(report, "history"), 0), "state"), "moi");
    assert_int_equal(json_count(json_get(report, "next")), 1);
    json_free(&report);
    mem_free(&id);
}

static void an_illegal_move_names_what_is_possible(void **state)
{
    struct node_world *w = *state;
    char *id = add(w, "{\"category\":\"khac\",\"text\":\"x\"}");

    stays(w, id, "da_xu_ly", "",
          "moi to da_xu_ly: no such move; possible from here: da_tiep_nhan, "
          "phan_loai, dong");
    stays(w, id, "ngu", "", "unknown state \"ngu\"");
    stays(w, id, "dong", ",\"note\":\"x\",\"outcome\":\"vui\"",
          "unknown outcome \"vui\"");
    stays(w, "7", "dong", "", "\"7\" is not the id of a report");
    stays(w, ALERT_ID, "dong", "", "no report with this id: see `report list`");
    moves(w, id, "dong",
          ",\"note\":\"gửi hai lần\",\"outcome\":"
          "\"trung_lap\"");
    mem_free(&id);
}

/* "refused" would say to a page that a colleague was quicker. */
static void a_note_that_does_not_fit_is_the_notes_fault(void **state)
{
    struct node_world *w = *state;
    char *id = add(w, "{\"category\":\"khac\",\"text\":\"x\"}");
    struct json *answer = NULL;
    char note[REPORT_NOTE_LIMIT + 1];
    struct buf args = {0};

    moves(w, id, "phan_loai", "");
    memset(note, 'a', sizeof note - 1);
    note[sizeof note - 1] = '\0';
    for (int i = 0; answer == NULL || json_get_flag(answer, "ok"); i++) {
        json_free(&answer);
        buf_clear(&args);
        buf_printf(&args,
                   "{\"report\":\"%s\",\"state\":\"%s\",\"note\":\"%s\"}", id,
                   i % 2 == 0 ? "xac_minh" : "dang_xu_ly", note);
        answer = node_world_ask(w, NULL, "report.move", buf_text(&args));
    }
    assert_string_equal(json_get_text(answer, "error"),
                        "the words and notes of this report are too long "
                        "together: say it shorter");
    assert_string_equal(json_get_text(answer, "code"), "invalid");
    json_free(&answer);
    buf_free(&args);
    mem_free(&id);
}

static void only_a_leader_reopens_what_is_closed(void **state)
{
    struct node_world *w = *state;
    char *id = add(w, "{\"category\":\"khac\",\"text\":\"x\"}");

    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(
        accounts_add_user(w->node->accounts,
                          &(struct accounts_user){"Hai", "leader", "-", false},
                          1),
        0);
    assert_int_equal(
        accounts_add_user(w->node->accounts,
                          &(struct accounts_user){"Ba", "officer", "-", false},
                          1),
        0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    moves(w, id, "dong", ",\"note\":\"x\",\"outcome\":\"tin_rac\"");
    stays(w, id, "dang_xu_ly", ",\"note\":\"nhầm\"",
          "dong to dang_xu_ly: only the leader reopens a closed report; "
          "possible from here: dang_xu_ly");
    stays(w, id, "dang_xu_ly", ",\"note\":\"nhầm\",\"leader\":\"Ba\"",
          "\"Ba\" is not a leader here, see `user list`");
    moves(w, id, "dang_xu_ly", ",\"note\":\"nhầm\",\"leader\":\"Hai\"");
    mem_free(&id);
}

static int add_count(void *who, const struct axes *axes, int64_t count)
{
    int64_t *by_state = who;

    by_state[axes->state] += count;
    return 0;
}

static void figures_follow_the_moves_and_verify_agrees(void **state)
{
    struct node_world *w = *state;
    int64_t by_state[REPORT_STATE_END] = {0};
    char *id = add(w, "{\"category\":\"khac\",\"text\":\"x\"}");
    char *other = add(w, "{\"category\":\"khac\",\"text\":\"y\"}");
    struct ledger_verified v;

    moves(w, id, "phan_loai", ",\"note\":\"n\"");
    assert_int_equal(
        ledger_figures(w->node->ledger, 0, 131071, add_count, by_state), 0);
    assert_int_equal(by_state[REPORT_MOI], 1);
    assert_int_equal(by_state[REPORT_PHAN_LOAI], 1);
    node_world_open(w, NODE_READ);
    assert_int_equal(ledger_verify(w->node->ledger, &v, NULL, NULL, NULL, NULL),
                     0);
    assert_int_equal(v.changes, 3);
    assert_int_equal(v.records, 2);
    assert_int_equal(v.faults, 0);
    mem_free(&id);
    mem_free(&other);
}

/* ---- alerts, alarms, settings */

static void store_alert_at(struct node_world *w, const char *id, int type,
                           const char *replaces, bool for_us, int64_t at_ms)
{
    struct id reference;
    struct alert alert = {.issuer = NODE_WORLD_HUB,
                          .issued_ms = 1000,
                          .expires_ms = 9000000000000,
                          .type = type,
                          .severity = ALERT_SEVERE,
                          .event = "flood",
                          .headline = "Nước lên",
                          .text = "Di dời"};

    assert_true(id_parse(&alert.id, id));
    if (replaces != NULL) {
        assert_true(id_parse(&reference, replaces));
        alert.references = &reference;
        alert.reference_count = 1;
    }
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_store_put_alert(w->node->store, &alert,
                                          ALERT_ACCEPTED, for_us, at_ms),
                     0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
}

static void store_alert(struct node_world *w, const char *id, int type,
                        const char *replaces, bool for_us)
{
    store_alert_at(w, id, type, replaces, for_us, 2000);
}

static char *alerts_text(struct node_world *w, size_t *unshown)
{
    int64_t newest_ms;
    struct json *rows = node_reading_alerts(w->node, unshown, &newest_ms);
    char *text = mem_text(
        json_count(rows) == 0 ? "" : json_get_text(json_at(rows, 0), "state"));

    json_free(&rows);
    return text;
}

/* Between a list and what it says of itself another one may come. */
static void only_what_was_on_the_list_has_been_shown(void **state)
{
    struct node_world *w = *state;
    struct json *rows, *out;
    struct node_alert alert;
    struct buf args = {0};
    int64_t newest_ms;
    size_t unshown;
    struct id id;

    store_alert_at(w, ALERT_ID, ALERT_ALERT, NULL, true, 2000);
    rows = node_reading_alerts(w->node, &unshown, &newest_ms);
    assert_int_equal(json_count(rows), 1);
    store_alert_at(w, COMMAND_ID, ALERT_ALERT, NULL, true, 2001);
    buf_printf(&args, "{\"until\":%lld}", (long long)newest_ms);
    out = node_world_do(w, "alert.shown", buf_text(&args));
    assert_true(id_parse(&id, ALERT_ID));
    assert_int_equal(node_store_alert(w->node->store, &id, &alert), 0);
    assert_true(alert.shown_ms != 0);
    assert_true(id_parse(&id, COMMAND_ID));
    assert_int_equal(node_store_alert(w->node->store, &id, &alert), 0);
    assert_true(alert.shown_ms == 0);
    json_free(&rows);
    json_free(&out);
    buf_free(&args);
}

static void an_alert_is_listed_shown_and_acknowledged(void **state)
{
    struct node_world *w = *state;
    uint64_t head = node_world_head(w);
    struct json *out;
    size_t unshown;
    char *text;

    store_alert(w, ALERT_ID, ALERT_ALERT, NULL, true);
    assert_int_equal(node_world_head(w), head + 1); /* receipt: stored */
    text = alerts_text(w, &unshown);
    assert_string_equal(text, "active");
    assert_int_equal(unshown, 1);
    mem_free(&text);
    out = node_world_do(w, "alert.shown", "{}");
    json_free(&out);
    assert_int_equal(node_world_head(w), head + 2);
    text = alerts_text(w, &unshown);
    assert_int_equal(unshown, 0);
    mem_free(&text);
    refused(w, "alert.ack", "{\"alert\":\"" ALERT_ID "\",\"by\":\" \"}",
            "--by: say in one line who has read it");
    out = node_world_do(w, "alert.ack",
                        "{\"alert\":\"" ALERT_ID "\",\"by\":\"Lan\"}");
    json_free(&out);
    assert_int_equal(node_world_head(w), head + 3);
    refused(w, "alert.ack", "{\"alert\":\"" ALERT_ID "\",\"by\":\"Hai\"}",
            "Lan has acknowledged this already");
    refused(w, "alert.ack", "{\"alert\":\"" COMMAND_ID "\",\"by\":\"Hai\"}",
            "no alert with this id: see `alert list`");
}

static void an_alert_for_others_is_not_ours_to_list_or_answer(void **state)
{
    struct node_world *w = *state;
    uint64_t head = node_world_head(w);
    size_t unshown;
    char *text;

    store_alert(w, ALERT_ID, ALERT_ALERT, NULL, false);
    assert_int_equal(node_world_head(w), head);
    text = alerts_text(w, &unshown);
    assert_string_equal(text, "");
    assert_int_equal(unshown, 0);
    mem_free(&text);
    refused(w, "alert.ack", "{\"alert\":\"" ALERT_ID "\",\"by\":\"Lan\"}",
            "this alert is for other communes");
}

static void a_cancel_may_come_before_what_it_takes_back(void **state)
{
    static const char *const ids[] = {ALERT_ID, COMMAND_ID};
    struct node_world *w = *state;
    size_t unshown;
    char *text;

    store_alert(w, ids[1], ALERT_CANCEL, ids[0], true);
    store_alert(w, ids[0], ALERT_ALERT, NULL, true);
    text = alerts_text(w, &unshown);
    assert_string_equal(text, "cancelled");
    assert_int_equal(unshown, 1); /* the cancel itself */
    mem_free(&text);
}

static void an_alarm_is_cleared_once(void **state)
{
    struct node_world *w = *state;
    struct json *out;
    int64_t id;

    assert_int_equal(node_begin(w->node), 0);
    node_alarm(w->node, 120, "something is odd");
    node_alarm(w->node, 120, "something is odd still");
    assert_int_equal(node_commit(w->node, &w->err), 0);
    out = node_reading_alarms(w->node);
    assert_int_equal(json_count(out), 1);
    assert_string_equal(json_get_text(json_at(out, 0), "text"),
                        "something is odd still");
    assert_true(json_get_i64(json_at(out, 0), "id", &id));
    assert_int_equal(id, 1);
    json_free(&out);
    out = node_world_do(w, "alarm.clear", "{\"alarm\":1}");
    json_free(&out);
    refused(w, "alarm.clear", "{\"alarm\":1}", "no open alarm 1");
    refused(w, "alarm.clear", "{}",
            "give the alarm's number, see `alarm list`");
}

static void the_policy_for_bodies_is_kept(void **state)
{
    struct node_world *w = *state;
    struct json *out;

    assert_false(w->node->body_always);
    out = node_world_do(w, "settings.body", "{\"value\":\"always\"}");
    json_free(&out);
    assert_true(w->node->body_always);
    refused(w, "settings.body", "{\"value\":\"never\"}",
            "body is referred or always");
    node_world_open(w, NODE_COMMAND);
    assert_true(w->node->body_always);
}

/* It is fetched again from the district; meanwhile the others work on. */
static void what_rotted_is_not_moved_and_stops_nobody(void **state)
{
    struct node_world *w = *state;
    struct json *out = node_world_do(w, "report.add",
                                     "{\"category\":\"khac\",\"text\":\"x\"}");
    char args[128];

    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"da_tiep_nhan\"}",
                   json_get_text(out, "id"));
    json_free(&out);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(db_exec(node_store_db(w->node->store),
                             "UPDATE change SET fact = x'0102030405060708'"),
                     0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    refused(w, "report.move", args, "this report cannot be read: run `verify`");
}

static void a_full_disk_says_that_nothing_was_stored(void **state)
{
    struct buf reply = {0};

    (void)state;
    buf_add_text(&reply, "half a rep");
    node_commands_disk_reply(&reply, "database or disk is full");
    assert_string_equal(
        buf_text(&reply),
        "{\"ok\":false,\"error\":\"nothing was stored, the disk did not take "
        "it: database or disk is full. Make room or check the disk, then try "
        "again\",\"code\":\"disk\"}");
    buf_free(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_same_id_again_gets_the_same_reply_and_does_nothing),
        T(a_refused_command_may_be_mended_and_sent_again),
        T(what_is_no_request_is_answered_in_words),
        T(an_import_answers_line_by_line),
        T(the_books_keep_no_words_of_a_line_that_was_refused),
        T(a_report_goes_its_way_and_keeps_its_words_and_seal),
        T(an_illegal_move_names_what_is_possible),
        T(a_note_that_does_not_fit_is_the_notes_fault),
        T(only_a_leader_reopens_what_is_closed),
        T(figures_follow_the_moves_and_verify_agrees),
        T(only_what_was_on_the_list_has_been_shown),
        T(an_alert_is_listed_shown_and_acknowledged),
        T(an_alert_for_others_is_not_ours_to_list_or_answer),
        T(a_cancel_may_come_before_what_it_takes_back),
        T(an_alarm_is_cleared_once),
        T(the_policy_for_bodies_is_kept),
        T(what_rotted_is_not_moved_and_stops_nobody),
        T(a_full_disk_says_that_nothing_was_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
