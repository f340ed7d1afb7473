#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

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

static void add(struct node_world *w, const char *text)
{
    struct buf args = {0};
    struct json *out;

    buf_printf(&args, "{\"category\":\"khac\",\"text\":\"%s\"}", text);
    out = node_world_do(w, "report.add", buf_text(&args));
    json_free(&out);
    buf_free(&args);
}

/* The texts found, in order, one a line. */
static void finds(struct node_world *w, const char *words, const char *expect)
{
    struct buf out = {0}, texts = {0};
    struct json *rows;

    assert_int_equal(node_reading_reports(w->node, words, &out, &w->err), 0);
    rows = json_parse(buf_bytes(&out), &w->err);
    assert_true(json_is_array(rows));
    for (size_t i = 0; i < json_count(rows); i++)
        buf_printf(&texts, "%s\n", json_get_text(json_at(rows, i), "text"));
    assert_string_equal(buf_text(&texts), expect);
    json_free(&rows);
    buf_free(&out);
    buf_free(&texts);
}

static void a_search_needs_all_words_and_ranks_the_accents(void **state)
{
    struct node_world *w = *state;

    finds(w, NULL, "");
    finds(w, "x", "");
    add(w, "Mất trộm gà ở Đông Xuyên");
    add(w, "Tròm trèm ga xe");
    add(w, "Trộm xe đạp");
    finds(w, NULL, "Trộm xe đạp\nTròm trèm ga xe\nMất trộm gà ở Đông Xuyên\n");
    finds(w, "trom",
          "Trộm xe đạp\nTròm trèm ga xe\nMất trộm gà ở Đông Xuyên\n");
    finds(w, "trộm",
          "Trộm xe đạp\nMất trộm gà ở Đông Xuyên\nTròm trèm ga "
          "xe\n");
    finds(w, "TRO\xcc\xa3\xcc\x82M",
          "Trộm xe đạp\nMất trộm gà ở Đông "
          "Xuyên\nTròm trèm ga xe\n");
    finds(w, "ga trom", "Tròm trèm ga xe\nMất trộm gà ở Đông Xuyên\n");
    finds(w, "dong xuyen", "Mất trộm gà ở Đông Xuyên\n");
    finds(w, "xuy", ""); /* words, not pieces */
    finds(w, "trộm lợn", "");
}

static void a_search_without_a_word_is_refused(void **state)
{
    struct node_world *w = *state;
    struct buf out = {0};

    assert_int_equal(node_reading_reports(w->node, " ?! ", &out, &w->err),
                     ERR_INVALID);
    assert_string_equal(w->err.text, "--search needs a word");
    assert_int_equal(node_reading_reports(w->node, "\xc3\x28", &out, &w->err),
                     ERR_INVALID);
    buf_free(&out);
}

static void the_words_stay_after_a_move_without_a_note(void **state)
{
    struct node_world *w = *state;
    struct json *out = node_world_do(
        w, "report.add", "{\"category\":\"khac\",\"text\":\"đá gà\"}");
    struct buf args = {0};

    buf_printf(&args, "{\"report\":\"%s\",\"state\":\"phan_loai\"}",
               json_get_text(out, "id"));
    json_free(&out);
    out = node_world_do(w, "report.move", buf_text(&args));
    json_free(&out);
    finds(w, "da ga", "đá gà\n");
    buf_free(&args);
}

static void status_counts_what_waits(void **state)
{
    struct node_world *w = *state;
    struct json *status;
    struct buf text = {0};

    add(w, "x");
    status = node_world_do(w, "report.add",
                           "{\"category\":\"chay_no\",\"text\":\"y\"}");
    json_free(&status);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(
        node_store_set(w->node->store, "last_contact", "1764000000000"), 0);
    assert_int_equal(node_store_set(w->node->store, "online", "1"), 0);
    assert_int_equal(ledger_set_acked(w->node->ledger, &w->node->up, 1), 0);
    node_alarm(w->node, 120, "odd");
    assert_int_equal(node_commit(w->node, &w->err), 0);
    status = node_reading_status(w->node, false);
    json_set_i64(status, "backlog_bytes", 7);
    json_write(&text, status);
    assert_string_equal(
        buf_text(&text),
        "{\"unit\":\"quang-tho\",\"online\":false,\"last_contact\":"
        "\"2025-11-24T23:00:00+07:00\",\"head\":2,\"acked\":1,\"backlog\":1,"
        "\"backlog_bytes\":7,\"urgent_waiting\":1,"
        "\"vault_backlog\":2,\"vault_locked\":0,\"vault_fetching\":false,"
        "\"rate\":null,\"hours\":null,\"awaits_hours\":false,"
        "\"retired\":false,\"drained\":null,\"web\":null,"
        "\"alarms\":[\"odd\"]}");
    json_free(&status);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_store_set(w->node->store, "awaits_hours", "1"), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    status = node_reading_status(w->node, true);
    assert_true(json_get_flag(status, "online"));
    assert_true(json_get_flag(status, "awaits_hours"));
    json_free(&status);
    buf_free(&text);
}

static void what_is_not_there_is_said(void **state)
{
    struct node_world *w = *state;

    assert_null(node_reading_report(w->node, "7", &w->err));
    assert_string_equal(w->err.text, "\"7\" is not a report's id");
    assert_null(node_reading_report(
        w->node, "01976f48-e32e-7000-8e1f-000000000001", &w->err));
    assert_string_equal(w->err.text,
                        "no report with this id: see `report list`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_search_needs_all_words_and_ranks_the_accents),
        T(a_search_without_a_word_is_refused),
        T(the_words_stay_after_a_move_without_a_note),
        T(status_counts_what_waits),
        T(what_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
