/* tests/unit/test_node_desk.c - the tables behind the duty desk: in step with
 * the reports, made anew in the background, without a word that was erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
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

static void do_it(struct node_world *w, const char *command, const char *args)
{
    struct json *out = node_world_do(w, command, args);

    json_free(&out);
}

/* Its id. */
static char *add(struct node_world *w, const char *category, const char *text)
{
    struct buf args = {0};
    struct json *out;
    char *id;

    buf_printf(&args, "{\"category\":\"%s\",\"text\":\"%s\"}", category, text);
    out = node_world_do(w, "report.add", buf_text(&args));
    id = mem_text(json_get_text(out, "id"));
    json_free(&out);
    buf_free(&args);
    return id;
}

static void add_many(struct node_world *w, int from, int count)
{
    struct buf args = {0};

    for (int i = from; i < from + count; i += 100) {
        buf_clear(&args);
        buf_add_text(&args, "{\"lines\":[");
        for (int k = i; k < i + 100; k++)
            buf_printf(&args,
                       "%s{\"line\":%d,\"report\":{\"category\":\"khac\","
                       "\"text\":\"Bao tin hoangsa%d\"}}",
                       k > i ? "," : "", k, k);
        buf_add_text(&args, "]}");
        do_it(w, "report.import", buf_text(&args));
    }
    buf_free(&args);
}

static void move(struct node_world *w, const char *id, const char *state,
                 const char *note)
{
    struct buf args = {0};

    buf_printf(&args, "{\"report\":\"%s\",\"state\":\"%s\",\"note\":\"%s\"}",
               id, state, note);
    do_it(w, "report.move", buf_text(&args));
    buf_free(&args);
}

static void erase(struct node_world *w, const char *id)
{
    struct buf args = {0};

    buf_printf(&args, "{\"report\":\"%s\",\"reason\":\"theo yêu cầu\"}", id);
    do_it(w, "report.erase", buf_text(&args));
    buf_free(&args);
}

static void forget(char *id) { mem_free(&id); }

/* ---- looking */

struct listed {
    struct buf text;
    size_t count;
    struct desk_cursor last;
};

static int list_row(void *who, const struct desk_row *row)
{
    struct listed *l = who;

    buf_printf(&l->text, "%s/%s ", categories[row->category].code,
               report_state_text(row->state));
    l->last = (struct desk_cursor){row->place, row->record, false};
    l->count++;
    return 0;
}

static struct desk_filter filter_of(enum desk_view view)
{
    return (struct desk_filter){
        .view = view, .category = -1, .urgent = -1, .hidden = -1};
}

static void lists(struct node_world *w, const struct desk_filter *filter,
                  const char *expect)
{
    struct desk_cursor first = {0};
    struct listed l = {0};
    int64_t count = 0;

    assert_int_equal(
        desk_store_list(w->node->desk.store, filter, &first, list_row, &l), 0);
    assert_string_equal(buf_text(&l.text), expect);
    assert_int_equal(desk_store_count(w->node->desk.store, filter, &count), 0);
    assert_int_equal(count, l.count);
    buf_free(&l.text);
}

static int found_row(void *who, const struct desk_row *row, bool loose)
{
    (void)loose;
    return list_row(who, row);
}

static size_t finds(struct node_world *w, const char *words)
{
    struct desk_filter all = filter_of(DESK_ALL);
    struct desk_cursor first = {0};
    struct listed l = {0};
    int64_t count = 0;
    int rc = desk_store_search(w->node->desk.store, &all, words, &first,
                               found_row, &l);

    assert_int_equal(rc, 0);
    assert_int_equal(desk_store_search_count(w->node->desk.store, &all, words,
                                             INT64_MAX, &count),
                     0);
    assert_int_equal(count, l.count);
    buf_free(&l.text);
    return l.count;
}

/* Everything that stands in the tables. */
static void dump(struct node_world *w, struct buf *out)
{
    static const char *const queries[] = {
        "SELECT quote(record) || quote(uid) || quote(category) || quote(state)"
        " || quote(urgent) || quote(village) || quote(open) || quote(place)"
        " || quote(received_ms) || quote(what) || quote(due_ms)"
        " || quote(paused) || quote(rings) FROM desk ORDER BY record",
        "SELECT rowid || text FROM found ORDER BY rowid"};
    struct db_set *set;

    assert_int_equal(
        db_prepare(&set, node_store_db(w->node->store), queries, 2, &w->err),
        0);
    for (int i = 0; i < 2; i++) {
        struct db_stmt *q = db_use(set, i);

        while (db_step(q) == 1)
            buf_printf(out, "%s\n", db_text(q, 0));
        db_done(q);
    }
}

static void run(struct node_world *w, const char *sql)
{
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(db_exec(node_store_db(w->node->store), sql), 0);
    assert_int_equal(db_commit(node_store_db(w->node->store)), 0);
}

static void set_setting(struct node_world *w, const char *name,
                        const char *value)
{
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_store_set(w->node->store, name, value), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
}

/* ---- the tests */

static void
what_breaches_first_comes_first_and_what_ended_last_does(void **state)
{
    struct node_world *w = *state;
    struct desk_filter open = filter_of(DESK_OPEN);
    struct desk_filter closed = filter_of(DESK_CLOSED);
    char *slow = add(w, "on_ao", "karaoke"), *paused, *fast, *booked;

    paused = add(w, "khac", "cho thêm");
    booked = add(w, "giao_nop_vu_khi", "nộp súng");
    fast = add(w, "chay_no", "cháy chợ");
    lists(w, &open, "chay_no/moi on_ao/moi khac/moi giao_nop_vu_khi/moi ");
    move(w, booked, "da_tiep_nhan", "");
    move(w, paused, "phan_loai", "");
    move(w, paused, "cho_bo_sung", "");
    move(w, slow, "phan_loai", "");
    lists(w, &open,
          "chay_no/moi on_ao/phan_loai khac/cho_bo_sung "
          "giao_nop_vu_khi/da_tiep_nhan ");
    move(w, fast, "phan_loai", "");
    move(w, fast, "dang_xu_ly", "");
    move(w, fast, "da_xu_ly", "");
    lists(w, &closed, "chay_no/da_xu_ly ");
    open.state = REPORT_PHAN_LOAI;
    lists(w, &open, "on_ao/phan_loai ");
    open = filter_of(DESK_OPEN);
    open.hidden = (int)(category_find("khac") - categories);
    lists(w, &open, "on_ao/phan_loai giao_nop_vu_khi/da_tiep_nhan ");
    open = filter_of(DESK_ALL);
    open.urgent = 1;
    lists(w, &open, "chay_no/da_xu_ly ");
    forget(slow);
    forget(paused);
    forget(fast);
    forget(booked);
}

static int one_row(void *who, const struct desk_row *row)
{
    (void)list_row(who, row);
    return 1;
}

static void a_page_goes_on_where_the_last_one_ended(void **state)
{
    struct node_world *w = *state;
    struct desk_filter filter = filter_of(DESK_OPEN);

    add_many(w, 100, 100);
    for (int view = DESK_OPEN; view < DESK_VIEW_END; view++) {
        struct listed l = {0};
        size_t before;

        filter.view = (enum desk_view)view;
        do {
            before = l.count;
            assert_int_equal(desk_store_list(w->node->desk.store, &filter,
                                             &l.last, one_row, &l),
                             0);
        } while (l.count > before);
        assert_int_equal(l.count, view == DESK_CLOSED ? 0 : 100);
        buf_free(&l.text);
    }
}

static void counts_are_those_of_the_moment(void **state)
{
    struct node_world *w = *state;
    struct desk_counts counts;
    int64_t now_ms = clock_wall_ms();
    char *fire = add(w, "chay_no", "cháy");

    forget(add(w, "khac", "việc"));
    assert_int_equal(
        desk_store_counts(w->node->desk.store, now_ms, -1, &counts), 0);
    assert_int_equal(counts.open, 2);
    assert_int_equal(counts.overdue, 0);
    assert_int_equal(counts.rings, 1);
    assert_int_equal(
        desk_store_counts(w->node->desk.store, now_ms + 3600000, -1, &counts),
        0);
    assert_int_equal(counts.overdue, 1);
    move(w, fire, "da_tiep_nhan", "");
    assert_int_equal(
        desk_store_counts(w->node->desk.store, now_ms, -1, &counts), 0);
    assert_int_equal(counts.rings, 0);
    forget(fire);
}

static void words_are_found_however_they_are_written(void **state)
{
    struct node_world *w = *state;
    char *id = add(w, "khac", "ĐỒNG ĐEN giả cổ, hoà giải ở Phước Yên");

    assert_int_equal(finds(w, "dong den"), 1);
    assert_int_equal(finds(w, "đồng đen"), 1);
    assert_int_equal(finds(w, "hòa giải"), 1);
    assert_int_equal(finds(w, "phuoc yen gia co"), 1);
    assert_int_equal(finds(w, "đong"), 1);
    assert_int_equal(finds(w, "phuocyen"), 0);
    assert_int_equal(finds(w, "\\\" OR (dong) NEAR * ^"), 0);
    assert_int_equal(finds(w, "NOT dong"), 0);
    move(w, id, "phan_loai", "gọi lại anh Tư");
    assert_int_equal(finds(w, "anh tu dong den"), 1);
    forget(id);
}

static void an_erased_word_leaves_the_index_to_its_last_letter(void **state)
{
    struct node_world *w = *state;
    char *id;

    add_many(w, 100, 300);
    /* the index keeps of it only what its neighbours do not begin with */
    id = add(w, "khac", "Bao tin hoangsa3xyzzy");
    move(w, id, "phan_loai", "noi hoangsa3plugh");
    add_many(w, 400, 300);
    assert_int_equal(finds(w, "hoangsa3xyzzy hoangsa3plugh"), 1);
    assert_true(node_world_holds(w, "xyzzy"));
    erase(w, id);
    assert_false(node_world_holds(w, "xyzzy"));
    assert_false(node_world_holds(w, "plugh"));
    assert_int_equal(finds(w, "hoangsa3xyzzy"), 0);
    assert_int_equal(finds(w, "hoangsa399"), 1);
    assert_int_equal(finds(w, "bao tin"), 600);
    forget(id);
}

/* As a process that serves does it, turn by turn. */
static void fill(struct node_world *w)
{
    int turns = 0;

    node_world_open(w, NODE_SERVE);
    while (node_desk_deadline(w->node) != INT64_MAX) {
        assert_true(turns++ < 10000);
        assert_int_equal(node_begin(w->node), 0);
        w->node->desk.next_ms = 0;
        assert_int_equal(node_commit(w->node, &w->err), 0);
    }
    node_world_open(w, NODE_COMMAND);
}

static void what_was_there_before_is_filled_in_bit_by_bit(void **state)
{
    struct node_world *w = *state;
    struct buf before = {0}, after = {0}, out = {0};
    char *id = add(w, "khac", "Ghe hút cát");

    add_many(w, 100, 500);
    move(w, id, "phan_loai", "");
    move(w, id, "cho_bo_sung", "");
    erase(w, id);
    forget(id);
    dump(w, &before);
    run(w, "DELETE FROM desk; DELETE FROM found; UPDATE desk_fill SET"
           " before = 9223372036854775807, done = 0");
    node_world_open(w, NODE_COMMAND);
    assert_false(node_desk_is_whole(w->node));
    assert_int_equal(finds(w, "hoangsa101"), 0);
    /* meanwhile the reports are read one by one */
    assert_int_equal(node_reading_reports(w->node, "hoangsa101", &out, &w->err),
                     0);
    assert_non_null(strstr(buf_text(&out), "Bao tin hoangsa101"));
    fill(w);
    assert_true(node_desk_is_whole(w->node));
    dump(w, &after);
    assert_string_equal(buf_text(&after), buf_text(&before));
    buf_free(&before);
    buf_free(&after);
    buf_free(&out);
}

/* Into a node that never served, as a commune brings what it had before. */
static void
what_is_imported_before_the_first_start_is_not_made_again(void **state)
{
    struct node_world *w = *state;
    struct verify_result result = {.other = 0};

    add_many(w, 100, 100);
    node_world_open(w, NODE_SERVE);
    assert_true(node_desk_deadline(w->node) == INT64_MAX);
    assert_true(node_desk_is_whole(w->node));
    /* and verify says something about its rows */
    run(w, "UPDATE desk SET state = 2 WHERE record = 1");
    assert_int_equal(node_reading_check(w->node, &result, &w->err),
                     ERR_DAMAGED);
    verify_free(&result);
}

static void rows_that_other_rules_made_are_made_anew(void **state)
{
    struct node_world *w = *state;

    add_many(w, 100, 100);
    run(w, "UPDATE desk_fill SET rules = rules + 1");
    node_world_open(w, NODE_COMMAND);
    add_many(w, 200, 100);
    node_world_open(w, NODE_SERVE);
    assert_false(node_desk_deadline(w->node) == INT64_MAX);
    fill(w);
    node_world_open(w, NODE_SERVE);
    assert_true(node_desk_deadline(w->node) == INT64_MAX);
}

/* How long the index rests after a step that leaves most to be done. */
static int64_t rest_ms(struct node_world *w)
{
    node_desk_again(w->node);
    assert_int_equal(node_begin(w->node), 0);
    w->node->desk.next_ms = 0;
    assert_int_equal(node_commit(w->node, &w->err), 0);
    return w->node->desk.next_ms - w->node->mono_ms;
}

static void what_waits_for_the_hub_goes_before_the_index(void **state)
{
    struct node_world *w = *state;
    int64_t alone_ms, sending_ms;

    add_many(w, 100, 100);
    node_world_open(w, NODE_SERVE);
    alone_ms = rest_ms(w); /* nobody takes it: why wait */
    set_setting(w, "online", "1");
    sending_ms = rest_ms(w);
    assert_true(sending_ms >= 10 * alone_ms);
    run(w, "UPDATE stream SET acked = head");
    node_world_open(w, NODE_SERVE);
    assert_int_equal(rest_ms(w), alone_ms);
}

static void verify_names_a_row_that_says_something_else(void **state)
{
    struct node_world *w = *state;
    struct verify_result result = {.other = 0};
    char *id = add(w, "khac", "trộm gà");

    add_many(w, 100, 600);
    move(w, id, "phan_loai", "x");
    node_world_open(w, NODE_SERVE); /* whose rows are by these rules */
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    fill(w);
    assert_int_equal(node_reading_check(w->node, &result, &w->err), 0);
    run(w, "UPDATE desk SET state = 1 WHERE record = 1");
    assert_int_equal(node_reading_check(w->node, &result, &w->err),
                     ERR_DAMAGED);
    assert_int_equal(result.other, 1);
    run(w, "DELETE FROM found WHERE rowid = 7");
    verify_free(&result);
    assert_int_equal(node_reading_check(w->node, &result, &w->err),
                     ERR_DAMAGED);
    assert_int_equal(result.other, 2);
    fill(w); /* nothing to do: only looking again mends it */
    node_world_open(w, NODE_SERVE);
    node_desk_again(w->node);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    fill(w);
    verify_free(&result);
    assert_int_equal(node_reading_check(w->node, &result, &w->err), 0);
    verify_free(&result);
    forget(id);
}

static void what_a_turn_takes_back_leaves_no_row(void **state)
{
    struct node_world *w = *state;
    struct buf before = {0}, after = {0};
    struct id id = {{1}};

    forget(add(w, "khac", "một"));
    dump(w, &before);
    assert_int_equal(node_begin(w->node), 0);
    node_desk_touch(w->node, &id);
    node_desk_again(w->node);
    node_rollback(w->node);
    assert_true(w->node->desk.fill.done);
    assert_int_equal(w->node->desk.count, 0);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    dump(w, &after);
    assert_string_equal(buf_text(&after), buf_text(&before));
    buf_free(&before);
    buf_free(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(what_breaches_first_comes_first_and_what_ended_last_does),
        T(a_page_goes_on_where_the_last_one_ended),
        T(counts_are_those_of_the_moment),
        T(words_are_found_however_they_are_written),
        T(an_erased_word_leaves_the_index_to_its_last_letter),
        T(what_was_there_before_is_filled_in_bit_by_bit),
        T(what_is_imported_before_the_first_start_is_not_made_again),
        T(rows_that_other_rules_made_are_made_anew),
        T(what_waits_for_the_hub_goes_before_the_index),
        T(verify_names_a_row_that_says_something_else),
        T(what_a_turn_takes_back_leaves_no_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
