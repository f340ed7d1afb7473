#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

#define ID "01976f48-e32e-7000-8e1f-c0d5cf39874d"
#define WORDS "Ghe hút cát trước đình làng, chủ ghe là hoangsa77"

static void do_it(struct node_world *w, const char *command, const char *args)
{
    struct json *out = node_world_do(w, command, args);

    json_free(&out);
}

static int set_up(void **state)
{
    struct node_world *w = node_world_new();

    *state = w;
    do_it(w, "report.import",
          "{\"lines\":[{\"line\":1,\"report\":{\"id\":\"" ID
          "\",\"category\":\"cat_trai_phep\",\"text\":\"" WORDS
          "\",\"name\":\"Lê Thị Thử\"}}]}");
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

static void erase(struct node_world *w)
{
    do_it(w, "report.erase",
          "{\"report\":\"" ID "\",\"reason\":\"Người gửi yêu cầu\"}");
}

static struct json *show(struct node_world *w)
{
    struct json *out = node_reading_report(w->node, ID, &w->err);

    assert_non_null(out);
    return out;
}

struct parts {
    size_t versions, whole;
    bool final;
};

static int count_parts(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct parts *p = who;

    p->final = row->final;
    p->versions++;
    for (int i = PART_BODY; i < PART_COUNT; i++)
        p->whole += entry->change.part[i].form == PART_WHOLE;
    return 0;
}

static struct parts parts_of(struct node_world *w)
{
    struct parts p = {0};
    struct id id;

    assert_true(id_parse(&id, ID));
    assert_int_equal(ledger_history(w->node->ledger, w->node->keys.unit, &id,
                                    count_parts, &p),
                     0);
    return p;
}

static int count_cell(void *who, const struct axes *axes, int64_t count)
{
    (void)axes;
    *(int64_t *)who += count;
    return 0;
}

static int64_t total(struct node_world *w)
{
    int64_t sum = 0;

    assert_int_equal(
        ledger_figures(w->node->ledger, 0, INT32_MAX, count_cell, &sum), 0);
    return sum;
}

static void every_version_loses_its_words_and_its_sender(void **state)
{
    struct node_world *w = *state;
    struct parts before, after;

    do_it(w, "report.move",
          "{\"report\":\"" ID "\",\"state\":\"phan_loai\",\"note\":\"ghi "
          "chu rieng\"}");
    before = parts_of(w);
    assert_int_equal(before.versions, 2);
    assert_int_equal(before.whole, 3);
    assert_int_equal(total(w), 1);
    erase(w);
    after = parts_of(w);
    assert_true(after.final);
    assert_int_equal(after.versions, 3);
    assert_int_equal(after.whole, 0);
    assert_int_equal(total(w), 1);
}

static void the_files_do_not_hold_the_words_any_more(void **state)
{
    struct node_world *w = *state;

    assert_true(node_world_holds(w, "hoangsa77"));
    erase(w);
    assert_false(node_world_holds(w, "hoangsa77"));
    assert_false(w->node->erased);
}

static void what_a_reader_kept_in_the_log_goes_with_the_next_turn(void **state)
{
    struct node_world *w = *state;
    struct node *reader = NULL;

    /* somebody looks meanwhile: the log cannot be cut */
    assert_int_equal(node_open(&reader, w->folder, NODE_READ, &w->err), 0);
    assert_int_equal(db_begin(node_store_db(reader->store)), 0);
    assert_non_null(node_store_setting(reader->store, "body"));
    erase(w);
    assert_true(w->node->erased);
    db_rollback(node_store_db(reader->store));
    do_it(w, "alert.shown", "{}");
    assert_false(w->node->erased);
    assert_false(node_world_holds(w, "hoangsa77"));
    node_close(&reader);
}

static void showing_it_says_when_by_whom_and_why(void **state)
{
    struct node_world *w = *state;
    struct json *out = show(w);
    const struct json *erased;

    assert_null(json_get(out, "erased"));
    json_free(&out);
    erase(w);
    out = show(w);
    erased = json_get(out, "erased");
    assert_string_equal(json_get_text(erased, "by"), "lan");
    assert_string_equal(json_get_text(erased, "reason"), "Người gửi yêu cầu");
    assert_non_null(json_get_text(erased, "at"));
    assert_null(json_get_text(out, "text"));
    assert_int_equal(json_count(json_get(out, "next")), 0);
    json_free(&out);
}

static void erasing_again_changes_nothing(void **state)
{
    struct node_world *w = *state;
    struct json *out;

    erase(w);
    do_it(w, "report.erase", "{\"report\":\"" ID "\",\"reason\":\"lần hai\"}");
    assert_int_equal(node_world_head(w), 2);
    out = show(w);
    assert_string_equal(json_get_text(json_get(out, "erased"), "reason"),
                        "Người gửi yêu cầu");
    json_free(&out);
}

static void a_repeated_import_does_not_bring_it_back(void **state)
{
    struct node_world *w = *state;
    struct json *out;

    erase(w);
    out = node_world_do(w, "report.import",
                        "{\"lines\":[{\"line\":1,\"report\":{\"id\":\"" ID
                        "\",\"category\":\"cat_trai_phep\",\"text\":\"" WORDS
                        "\"}}]}");
    assert_string_equal(
        json_get_text(json_at(json_get(out, "lines"), 0), "result"),
        "repeated");
    json_free(&out);
    assert_int_equal(parts_of(w).whole, 0);
    assert_false(node_world_holds(w, "hoangsa77"));
}

static void refuses(struct node_world *w, const char *args, const char *reason)
{
    char *text = node_world_refused(w, "report.erase", args);

    assert_string_equal(text, reason);
    mem_free(&text);
    assert_int_equal(node_world_head(w), 1);
}

static void a_reason_is_needed_and_repeats_nothing(void **state)
{
    struct node_world *w = *state;

    refuses(w, "{\"report\":\"" ID "\",\"reason\":\" \"}",
            "--reason: say why it is erased; this is kept");
    refuses(w, "{\"report\":\"" ID "\"}",
            "--reason: say why it is erased; this is kept");
    refuses(w,
            "{\"report\":\"" ID "\",\"reason\":\"vì có câu: truoc DINH làng, "
            "chủ .. \"}",
            "--reason repeats the report's words: it is kept, so say why "
            "without them");
    refuses(w, "{\"report\":\"" ID "\",\"reason\":\"chị ở 0905 123 456 xin\"}",
            "--reason holds a telephone number: it is kept, so say why without "
            "naming anybody");
    refuses(w,
            "{\"report\":\"01976f48-e32e-7000-8e1f-c0d5cf39874e\","
            "\"reason\":\"x\"}",
            "no report with this id: see `report list`");
    assert_int_equal(parts_of(w).whole, 2);
}

static void an_erased_report_moves_no_more(void **state)
{
    struct node_world *w = *state;
    char *text;

    erase(w);
    text = node_world_refused(
        w, "report.move", "{\"report\":\"" ID "\",\"state\":\"da_tiep_nhan\"}");
    assert_string_equal(text, "this report was erased");
    mem_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(every_version_loses_its_words_and_its_sender),
        T(the_files_do_not_hold_the_words_any_more),
        T(what_a_reader_kept_in_the_log_goes_with_the_next_turn),
        T(showing_it_says_when_by_whom_and_why),
        T(erasing_again_changes_nothing),
        T(a_repeated_import_does_not_bring_it_back),
        T(a_reason_is_needed_and_repeats_nothing),
        T(an_erased_report_moves_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
