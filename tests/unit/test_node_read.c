/* tests/unit/test_node_read.c - what the pages of the duty desk read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "node/notice.h"
#include "node/read.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

static const struct hash_function hash = {crypto_sha256};

struct desk_world {
    struct node_world *w;
    struct accounts *accounts;
};

static int set_up(void **state)
{
    struct desk_world *d = mem_new(sizeof *d);

    d->w = node_world_new();
    assert_int_equal(accounts_open(&d->accounts,
                                   node_store_db(d->w->node->store), &hash,
                                   &d->w->err),
                     0);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    struct desk_world *d = *state;

    accounts_close(&d->accounts);
    node_world_free(d->w);
    mem_free(&d);
    return 0;
}

/* ---- asking: parameters as in an address, "view=all&q=ga" */

static const char *get(void *who, const char *name)
{
    static char values[16][256]; /* those of one question stay */
    static size_t next;
    char *value = values[next++ % 16];
    const char *at = who;
    size_t size = strlen(name);

    while (at != NULL && *at != '\0') {
        if (strncmp(at, name, size) == 0 && at[size] == '=') {
            (void)snprintf(value, sizeof values[0], "%.*s",
                           (int)strcspn(at + size + 1, "&"), at + size + 1);
            return value;
        }
        at = strchr(at, '&');
        at = at == NULL ? NULL : at + 1;
    }
    return NULL;
}

struct asked {
    const char *role, *rest;
    int64_t now_ms;
    int rc;
};

static struct json *ask(struct desk_world *d, const char *path,
                        const char *parameters, struct asked *a)
{
    struct node_query q = {.get = get,
                           .who = (void *)(uintptr_t)parameters,
                           .role = a->role != NULL ? a->role : "officer",
                           .rest = a->rest,
                           .accounts = d->accounts,
                           .core_up = true,
                           .now_ms =
                               a->now_ms != 0 ? a->now_ms : clock_wall_ms()};
    struct buf out = {0};
    struct json *answer = NULL;

    a->rc = node_read(d->w->node, path, &q, &out, &d->w->err);
    if (a->rc == 0) {
        answer = json_parse(buf_bytes(&out), &d->w->err);
        assert_non_null(answer);
        assert_non_null(json_get_text(answer, "now"));
    }
    buf_free(&out);
    return answer;
}

static struct json *get_json(struct desk_world *d, const char *path,
                             const char *parameters)
{
    struct asked a = {NULL, NULL, 0, 0};
    struct json *answer = ask(d, path, parameters, &a);

    assert_int_equal(a.rc, 0);
    return answer;
}

static struct json *get_report(struct desk_world *d, const char *id)
{
    struct asked a = {NULL, id, 0, 0};
    struct json *answer = ask(d, "/api/reports/", "", &a);

    assert_int_equal(a.rc, 0);
    return answer;
}

static int refusal(struct desk_world *d, const char *path,
                   const char *parameters)
{
    struct asked a = {NULL, NULL, 0, 0};
    struct json *answer = ask(d, path, parameters, &a);

    json_free(&answer);
    return a.rc;
}

/* ---- doing */

static void do_it(struct desk_world *d, const char *command, const char *args)
{
    struct json *out = node_world_do(d->w, command, args);

    json_free(&out);
}

/* `more`: further members, ",\"village\":..". Owned. */
static char *add(struct desk_world *d, const char *category, const char *text,
                 const char *more)
{
    struct buf args = {0};
    struct json *out;
    char *id;

    buf_printf(&args, "{\"category\":\"%s\",\"text\":\"%s\"%s}", category, text,
               more);
    out = node_world_do(d->w, "report.add", buf_text(&args));
    id = mem_text(json_get_text(out, "id"));
    json_free(&out);
    buf_free(&args);
    return id;
}

static void move(struct desk_world *d, const char *id, const char *state,
                 const char *more)
{
    struct buf args = {0};

    buf_printf(&args, "{\"report\":\"%s\",\"state\":\"%s\"%s}", id, state,
               more);
    do_it(d, "report.move", buf_text(&args));
    buf_free(&args);
}

/* The values of `key` in "rows", each with a space behind it. */
static void expect_rows(struct json *answer, const char *key,
                        const char *expect)
{
    const struct json *rows = json_get(answer, "rows");
    struct buf have = {0};

    for (size_t i = 0; i < json_count(rows); i++)
        buf_printf(&have, "%s ", json_get_text(json_at(rows, i), key));
    assert_string_equal(buf_text(&have), expect);
    buf_free(&have);
    json_free(&answer);
}

/* ---- the tests */

static void the_status_counts_what_the_desk_must_know(void **state)
{
    struct desk_world *d = *state;
    char *fire = add(d, "chay_no", "cháy", "");
    char *noise = add(d, "on_ao", "ồn", "");
    struct asked later = {NULL, NULL, clock_wall_ms() + 3600000, 0};
    struct json *status = ask(d, "/api/status", "", &later);
    const struct json *counts = json_get(status, "counts");
    int64_t n = 0;

    assert_string_equal(json_get_text(status, "name"), "Quảng Thọ");
    assert_string_equal(json_get_text(status, "unit"), "quang-tho");
    assert_non_null(json_get_text(status, "district"));
    assert_true(json_get_i64(counts, "open", &n) && n == 2);
    assert_true(json_get_i64(counts, "overdue", &n) && n == 1);
    assert_true(json_get_i64(counts, "urgent_waiting", &n) && n == 1);
    assert_true(json_get_i64(status, "backlog", &n) && n == 2);
    assert_false(json_get_flag(status, "filling"));
    json_free(&status);
    mem_free(&fire);
    mem_free(&noise);
}

static void the_queue_says_what_is_due_and_what_rings(void **state)
{
    struct desk_world *d = *state;
    char *noise = add(d, "on_ao", "karaoke", ",\"village\":\"La Vân Hạ\"");
    char *fire = add(d, "chay_no", "cháy chợ", "");
    struct json *answer = get_json(d, "/api/reports", "");
    const struct json *row = json_at(json_get(answer, "rows"), 0);
    const struct json *due = json_get(row, "due");
    int64_t n = 0;

    assert_string_equal(json_get_text(row, "id"), fire);
    assert_true(json_get_flag(row, "ring"));
    assert_true(json_get_flag(row, "urgent"));
    assert_string_equal(json_get_text(due, "what"), "acknowledge");
    assert_false(json_get_flag(due, "overdue"));
    assert_true(json_is_null(json_get(row, "referred")));
    assert_string_equal(json_get_text(row, "text"), "cháy chợ");
    assert_true(json_get_i64(answer, "total", &n) && n == 2);
    assert_true(json_is_null(json_get(answer, "next")));
    row = json_at(json_get(answer, "rows"), 1);
    assert_false(json_get_flag(row, "ring"));
    assert_string_equal(json_get_text(row, "village"), "La Vân Hạ");
    json_free(&answer);
    expect_rows(get_json(d, "/api/reports", "village=La Vân Hạ"), "category",
                "on_ao ");
    expect_rows(get_json(d, "/api/reports", "urgent=1"), "category",
                "chay_no ");
    expect_rows(get_json(d, "/api/reports", "view=all&category=on_ao"),
                "category", "on_ao ");
    expect_rows(get_json(d, "/api/reports", "view=closed"), "category", "");
    expect_rows(get_json(d, "/api/reports", "q=chay cho"), "category",
                "chay_no ");
    expect_rows(get_json(d, "/api/reports", "q=?!"), "category", "");
    mem_free(&noise);
    mem_free(&fire);
}

static void a_long_text_is_cut_between_letters(void **state)
{
    struct desk_world *d = *state;
    struct buf text = {0};
    struct json *answer;
    const char *cut;
    char *id;

    for (int i = 0; i < 150; i++)
        buf_add_text(&text, "ộ ");
    id = add(d, "khac", buf_text(&text), "");
    answer = get_json(d, "/api/reports", "");
    cut = json_get_text(json_at(json_get(answer, "rows"), 0), "text");
    assert_int_equal(strlen(cut), 120 * 4);
    assert_true(utf8_valid(bytes_of_text(cut)));
    json_free(&answer);
    buf_free(&text);
    mem_free(&id);
}

/* Page by page: every row once, in the order of one long page. */
static void pages_join(struct desk_world *d, const char *parameters,
                       size_t expect)
{
    struct buf all = {0}, joined = {0}, address = {0};
    struct json *answer = get_json(d, "/api/reports", parameters);
    const struct json *rows = json_get(answer, "rows");
    const char *next = "";
    size_t count = json_count(rows);

    assert_int_equal(count, expect);
    for (size_t i = 0; i < count; i++)
        buf_add_text(&all, json_get_text(json_at(rows, i), "id"));
    json_free(&answer);
    for (size_t pages = 0; next != NULL; pages++) {
        assert_true(pages <= expect);
        buf_clear(&address);
        buf_printf(&address, "limit=3&after=%s&%s", next, parameters);
        json_free(&answer);
        answer = get_json(d, "/api/reports", buf_text(&address));
        rows = json_get(answer, "rows");
        for (size_t i = 0; i < json_count(rows); i++)
            buf_add_text(&joined, json_get_text(json_at(rows, i), "id"));
        next = json_get_text(answer, "next");
    }
    assert_string_equal(buf_text(&joined), buf_text(&all));
    json_free(&answer);
    buf_free(&all);
    buf_free(&joined);
    buf_free(&address);
}

static void pages_follow_each_other(void **state)
{
    struct desk_world *d = *state;
    static const char *const texts[] = {"trộm gà", "trom ga", "trọm gá", "trộm",
                                        "gà trộm gà"};

    for (int i = 0; i < 20; i++) {
        char *id = add(d, i % 3 ? "khac" : "chay_no", texts[i % 5], "");

        if (i % 4 == 0)
            move(d, id, "dong", ",\"outcome\":\"tin_rac\",\"note\":\"x\"");
        mem_free(&id);
    }
    pages_join(d, "view=open&x=y", 15);
    pages_join(d, "view=closed&x=y", 5);
    pages_join(d, "view=all&x=y", 20);
    pages_join(d, "view=all&q=trộm gà", 16);
    pages_join(d, "view=all&q=trom ga", 16);
    pages_join(d, "view=open&q=trộm", 15);
}

static void a_wrong_parameter_is_named(void **state)
{
    struct desk_world *d = *state;

    assert_int_equal(refusal(d, "/api/reports", "view=x"), ERR_INVALID);
    assert_string_equal(d->w->err.text, "view: open, closed or all");
    assert_int_equal(refusal(d, "/api/reports", "state=x"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "category=x"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "after=1.2"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "after=1.2.3.4"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "after=1.-2.0"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "limit=0"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "limit=201"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/reports", "q=\xc3\x28"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/audit", "before=-1"), ERR_INVALID);
    assert_int_equal(refusal(d, "/api/nowhere", ""), ERR_MISSING);
}

static void one_report_has_its_history_its_moves_and_its_clocks(void **state)
{
    struct desk_world *d = *state;
    char *id = add(d, "trom_cap", "mất gà", ",\"name\":\"Lê Thị Thử\"");
    struct json *answer;
    const struct json *list, *one;
    int64_t n = 0;

    move(d, id, "phan_loai", ",\"note\":\"đã gọi lại\"");
    assert_int_equal(usleep(2000), 0); /* a version has the time of its turn */
    move(d, id, "xac_minh", "");
    assert_int_equal(node_begin(d->w->node), 0);
    assert_int_equal(ledger_set_acked(d->w->node->ledger, &d->w->node->up, 2),
                     0);
    assert_int_equal(node_commit(d->w->node, &d->w->err), 0);
    answer = get_report(d, id);
    list = json_get(answer, "history");
    assert_int_equal(json_count(list), 3);
    assert_string_equal(json_get_text(json_at(list, 0), "by"), "lan");
    one = json_at(list, 1);
    assert_string_equal(json_get_text(one, "state"), "phan_loai");
    assert_string_equal(json_get_text(one, "by"), "lan");
    assert_string_equal(json_get_text(one, "note"), "đã gọi lại");
    assert_true(json_get_flag(one, "delivered"));
    one = json_at(list, 2);
    assert_string_equal(json_get_text(one, "state"), "xac_minh");
    assert_string_equal(json_get_text(one, "by"), "lan");
    assert_null(json_get_text(one, "note"));
    assert_false(json_get_flag(one, "delivered"));
    assert_true(json_get_i64(one, "version", &n) && n == 3);
    list = json_get(answer, "moves");
    assert_int_equal(json_count(list), 5);
    one = json_at(list, json_count(list) - 1);
    assert_string_equal(json_get_text(one, "to"), "dong");
    assert_int_equal(json_count(json_get(one, "outcomes")), 5);
    assert_true(json_get_flag(one, "note_needed"));
    list = json_get(answer, "clocks");
    assert_int_equal(json_count(list), 4);
    assert_string_equal(json_get_text(json_at(list, 0), "state"), "met");
    assert_non_null(json_get_text(json_at(list, 0), "done"));
    assert_string_equal(json_get_text(json_at(list, 2), "state"), "running");
    assert_string_equal(json_get_text(json_get(answer, "due"), "what"),
                        "refer");
    one = json_get(answer, "sender");
    assert_true(json_get_flag(one, "present"));
    assert_string_equal(json_get_text(one, "key"), "custodian");
    assert_true(json_is_null(json_get(answer, "erased")));
    json_free(&answer);
    mem_free(&id);
}

/* What is taken in from an earlier book has the times, people and notes of
 * then, not of when it was taken in. */
static void an_imported_past_is_told_as_it_was(void **state)
{
    static const char id[] = "01976f48-e32e-7000-8e1f-c0d5cf39874d";
    static const char *const at[] = {"2026-01-03T01:00:00+07:00",
                                     "2026-01-03T02:00:00+07:00",
                                     "2026-01-04T09:00:00+07:00"};
    struct desk_world *d = *state;
    struct json *answer, *shown;
    const struct json *list;

    do_it(d, "report.import",
          "{\"lines\":[{\"line\":1,\"report\":{\"id\":"
          "\"01976f48-e32e-7000-8e1f-c0d5cf39874d\",\"category\":\"on_ao\","
          "\"text\":\"x\",\"received\":\"2026-01-03T01:00:00+07:00\","
          "\"moved\":[{\"state\":\"phan_loai\",\"at\":"
          "\"2026-01-03T02:00:00+07:00\",\"note\":\"đã xem\",\"by\":\"Hà\"},"
          "{\"state\":\"xac_minh\",\"at\":\"2026-01-04T09:00:00+07:00\","
          "\"by\":\"Hà\"}]}}]}");
    answer = get_report(d, id);
    shown = node_reading_report(d->w->node, id, &d->w->err);
    list = json_get(answer, "history");
    assert_int_equal(json_count(list), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(json_get_text(json_at(list, i), "at"), at[i]);
        assert_string_equal(
            json_get_text(json_at(json_get(shown, "history"), i), "at"), at[i]);
    }
    assert_string_equal(json_get_text(json_at(list, 1), "note"), "đã xem");
    assert_string_equal(json_get_text(json_at(list, 1), "by"), "Hà");
    json_free(&answer);
    json_free(&shown);
}

static bool has_move(struct json *report, const char *to)
{
    const struct json *moves = json_get(report, "moves");

    for (size_t i = 0; i < json_count(moves); i++)
        if (strcmp(json_get_text(json_at(moves, i), "to"), to) == 0)
            return true;
    return false;
}

static void only_a_leader_is_offered_to_reopen_what_is_closed(void **state)
{
    struct desk_world *d = *state;
    char *id = add(d, "khac", "x", "");
    struct asked leader = {"leader", id, 0, 0};
    struct json *answer;

    move(d, id, "dong", ",\"outcome\":\"tin_rac\",\"note\":\"x\"");
    answer = get_report(d, id);
    assert_false(has_move(answer, "dang_xu_ly"));
    json_free(&answer);
    answer = ask(d, "/api/reports/", "", &leader);
    assert_true(has_move(answer, "dang_xu_ly"));
    json_free(&answer);
    mem_free(&id);
}

static void an_erased_report_is_shown_without_words_or_moves(void **state)
{
    struct desk_world *d = *state;
    char *id = add(d, "khac", "ghe của hoangsa77", "");
    struct buf args = {0};
    struct json *answer;

    buf_printf(&args, "{\"report\":\"%s\",\"reason\":\"theo yêu cầu\"}", id);
    do_it(d, "report.erase", buf_text(&args));
    answer = get_report(d, id);
    assert_true(json_is_object(json_get(answer, "erased")));
    assert_null(json_get_text(answer, "text"));
    assert_int_equal(json_count(json_get(answer, "moves")), 0);
    assert_int_equal(json_count(json_get(answer, "clocks")), 0);
    json_free(&answer);
    expect_rows(get_json(d, "/api/reports", "view=open"), "category", "");
    expect_rows(get_json(d, "/api/reports", "view=closed"), "category",
                "khac ");
    buf_free(&args);
    mem_free(&id);
}

static void what_was_told_twice_is_pointed_out(void **state)
{
    struct desk_world *d = *state;
    char *first = add(d, "cat_trai_phep", "Ghe hút cát trước đình làng",
                      ",\"village\":\"Phước Yên\"");
    char *other = add(d, "cat_trai_phep", "Xe ben chạy đêm ngoài bãi",
                      ",\"village\":\"La Vân Hạ\"");
    char *kind = add(d, "khac", "Ghe hút cát trước đình làng", "");
    char *second = add(d, "cat_trai_phep", "ghe hut cat truoc dinh lang",
                       ",\"village\":\"Phước Yên\"");
    struct json *answer = get_report(d, second);
    const struct json *similar = json_get(answer, "similar");

    assert_int_equal(json_count(similar), 1);
    assert_string_equal(json_get_text(json_at(similar, 0), "id"), first);
    json_free(&answer);
    mem_free(&first);
    mem_free(&other);
    mem_free(&kind);
    mem_free(&second);
}

static void what_is_about_an_officer_is_not_shown_to_officers(void **state)
{
    struct desk_world *d = *state;
    char *id = add(d, "can_bo", "thái độ không đúng mực", ",\"urgent\":true");
    struct asked officer = {"officer", id, 0, 0}, leader = {"leader", id, 0, 0};
    struct json *answer;
    int64_t n = 0;

    expect_rows(get_json(d, "/api/reports", "view=all"), "category", "");
    expect_rows(get_json(d, "/api/reports", "view=all&q=thai do"), "category",
                "");
    answer = get_json(d, "/api/status", "");
    assert_true(json_get_i64(json_get(answer, "counts"), "urgent_waiting", &n));
    assert_int_equal(n, 0);
    json_free(&answer);
    answer = ask(d, "/api/reports/", "", &officer);
    assert_int_equal(officer.rc, ERR_MISSING);
    assert_null(answer);
    answer = ask(d, "/api/reports/", "", &leader);
    assert_int_equal(leader.rc, 0);
    json_free(&answer);
    expect_rows(ask(d, "/api/reports", "", &leader), "category", "can_bo ");
    expect_rows(get_json(d, "/api/referrals", ""), "category", "");
    expect_rows(ask(d, "/api/referrals", "", &leader), "category", "can_bo ");
    mem_free(&id);
}

static void a_report_that_is_not_there_is_missing(void **state)
{
    struct desk_world *d = *state;
    struct asked a = {NULL, "7", 0, 0};

    assert_null(ask(d, "/api/reports/", "", &a));
    assert_int_equal(a.rc, ERR_MISSING);
    a.rest = "01976f48-e32e-7000-8e1f-c0d5cf39874d";
    assert_null(ask(d, "/api/reports/", "", &a));
    assert_int_equal(a.rc, ERR_MISSING);
}

static void what_left_is_shown_as_it_left(void **state)
{
    struct desk_world *d = *state;
    char *id = add(d, "khac", "chuyện riêng", ",\"phone\":\"0905123456\"");
    struct asked leader = {"leader", NULL, 0, 0};
    struct json *answer;
    const struct json *row;
    int64_t n = 0;

    move(d, id, "phan_loai", "");
    answer = ask(d, "/api/sent", "", &leader);
    assert_int_equal(json_count(json_get(answer, "rows")), 2);
    row = json_at(json_get(answer, "rows"), 1);
    assert_true(json_get_i64(row, "seq", &n) && n == 1);
    assert_string_equal(json_get_text(row, "kind"), "report");
    assert_string_equal(json_get_text(row, "record"), id);
    assert_false(json_get_flag(row, "acknowledged"));
    assert_string_equal(json_get_text(row, "words"), "stays");
    assert_string_equal(json_get_text(row, "sender"), "stays");
    assert_null(json_get_text(row, "text"));
    row = json_get(row, "fact");
    assert_true(strlen(json_get_text(row, "hex")) > 20);
    assert_string_equal(json_get_text(json_get(row, "fields"), "category"),
                        "khac");
    json_free(&answer);
    answer = ask(d, "/api/sent", "before=2", &leader);
    assert_int_equal(json_count(json_get(answer, "rows")), 1);
    assert_true(json_is_null(json_get(answer, "next")));
    json_free(&answer);
    mem_free(&id);
}

static void
what_left_with_its_words_shows_them_but_not_to_an_auditor(void **state)
{
    struct desk_world *d = *state;
    char *id;
    struct asked leader = {"leader", NULL, 0, 0};
    struct asked auditor = {"auditor", NULL, 0, 0};
    struct json *answer;
    const struct json *row;

    do_it(d, "settings.body", "{\"value\":\"always\"}");
    id = add(d, "khac", "chuyện riêng", "");
    answer = ask(d, "/api/sent", "", &leader);
    row = json_at(json_get(answer, "rows"), 0);
    assert_string_equal(json_get_text(row, "words"), "goes");
    assert_string_equal(json_get_text(row, "text"), "chuyện riêng");
    json_free(&answer);
    answer = ask(d, "/api/sent", "", &auditor);
    row = json_at(json_get(answer, "rows"), 0);
    assert_string_equal(json_get_text(row, "words"), "goes");
    assert_null(json_get_text(row, "text"));
    json_free(&answer);
    mem_free(&id);
}

/* In the name of a leader; the id that is answered. */
static struct id tell(struct desk_world *d,
                      int (*run)(struct node *node,
                                 const struct notice_call *call,
                                 struct error *err),
                      const char *words)
{
    struct json *args = json_parse(bytes_of_text(words), &d->w->err);
    struct notice_call call = {
        .args = args, .actor = "lan", .leader = "ha", .out = json_object_new()};
    struct id id;

    assert_int_equal(node_begin(d->w->node), 0);
    assert_int_equal(run(d->w->node, &call, &d->w->err), 0);
    assert_true(id_parse(&id, json_get_text(call.out, "id")));
    assert_int_equal(node_commit(d->w->node, &d->w->err), 0);
    json_free(&call.out);
    json_free(&args);
    return id;
}

static void a_notice_shows_what_it_was_before(void **state)
{
    struct desk_world *d = *state;
    char id[ID_TEXT_BYTES], words[512];
    struct id notice = tell(d, node_notice_write,
                            "{\"kind\":\"thien_tai\",\"title\":\"Lũ\","
                            "\"text\":\"Nước lên.\"}");
    struct asked a = {"officer", id_text(id, &notice), 0, 0};
    struct json *answer = ask(d, "/api/notices/", "", &a);
    const struct json *history;

    assert_string_equal(json_get_text(answer, "state"), "draft");
    assert_int_equal(json_count(json_get(answer, "history")), 0);
    json_free(&answer);
    (void)snprintf(words, sizeof words, "{\"notice\":\"%s\"}", id);
    (void)tell(d, node_notice_approve, words);
    (void)tell(d, node_notice_publish, words);
    (void)snprintf(words, sizeof words,
                   "{\"notice\":\"%s\",\"text\":\"Nước rút.\","
                   "\"reason\":\"Tin mới\"}",
                   id);
    (void)tell(d, node_notice_correct, words);
    answer = ask(d, "/api/notices/", "", &a);
    history = json_get(answer, "history");
    assert_string_equal(json_get_text(answer, "text"), "Nước rút.");
    assert_string_equal(json_get_text(answer, "name"), "Quảng Thọ");
    assert_int_equal(json_count(history), 2);
    assert_string_equal(json_get_text(json_at(history, 0), "reason"),
                        "Tin mới");
    assert_string_equal(json_get_text(json_at(history, 1), "text"),
                        "Nước lên.");
    assert_string_equal(json_get_text(json_at(history, 1), "approved_by"),
                        "ha");
    assert_non_null(json_get_text(json_at(history, 1), "at"));
    json_free(&answer);
    a.rest = "00000000-0000-7000-8000-000000000000";
    assert_null(ask(d, "/api/notices/", "", &a));
    assert_int_equal(a.rc, ERR_MISSING);
}

static void a_draft_goes_back_to_its_writer_with_a_remark(void **state)
{
    struct desk_world *d = *state;
    char id[ID_TEXT_BYTES], words[256];
    struct id notice = tell(d, node_notice_write,
                            "{\"kind\":\"thien_tai\",\"title\":\"Lũ\","
                            "\"text\":\"Nước lên.\"}");
    struct asked a = {"officer", id_text(id, &notice), 0, 0};
    struct json *answer;
    char *why;

    (void)snprintf(words, sizeof words, "{\"notice\":\"%s\"}", id);
    (void)tell(d, node_notice_approve, words);
    (void)snprintf(words, sizeof words,
                   "{\"notice\":\"%s\",\"reason\":\"Thiếu nơi sơ tán\"}", id);
    (void)tell(d, node_notice_return, words);
    answer = ask(d, "/api/notices/", "", &a);
    assert_string_equal(json_get_text(answer, "state"), "returned");
    assert_string_equal(json_get_text(answer, "reason"), "Thiếu nơi sơ tán");
    assert_string_equal(json_get_text(answer, "returned_by"), "ha");
    assert_string_equal(json_get_text(answer, "by"), "lan");
    assert_null(json_get_text(answer, "approved_by"));
    json_free(&answer);
    (void)snprintf(words, sizeof words, "{\"notice\":\"%s\"}", id);
    why = node_world_refused(d->w, "notice.publish", words);
    assert_non_null(strstr(why, "not approved"));
    mem_free(&why);
    (void)snprintf(words, sizeof words,
                   "{\"notice\":\"%s\",\"text\":\"Lên trường học.\"}", id);
    (void)tell(d, node_notice_write, words);
    answer = ask(d, "/api/notices/", "", &a);
    assert_string_equal(json_get_text(answer, "state"), "draft");
    assert_null(json_get_text(answer, "reason"));
    assert_null(json_get_text(answer, "returned_by"));
    json_free(&answer);
    (void)snprintf(words, sizeof words,
                   "{\"notice\":\"%s\",\"reason\":\"Lại\"}", id);
    (void)tell(d, node_notice_return, words);
    (void)tell(d, node_notice_approve, words);
    answer = ask(d, "/api/notices/", "", &a);
    assert_string_equal(json_get_text(answer, "state"), "approved");
    assert_null(json_get_text(answer, "reason")); /* none for the residents */
    json_free(&answer);
}

static void a_commune_keeps_numbers_of_its_own(void **state)
{
    struct desk_world *d = *state;
    struct json *answer;
    const struct json *rows, *own;
    char *why;

    do_it(d, "directory.set",
          "{\"name\":\"Trạm y tế\",\"phone\":\"0234 355 0115\"}");
    do_it(d, "directory.set",
          "{\"number\":1,\"name\":\"Trạm y tế xã\",\"phone\":\"0234\","
          "\"note\":\"Ngày đêm\"}");
    answer = get_json(d, "/api/directory", "");
    rows = json_get(answer, "rows");
    own = json_at(rows, 5);
    assert_string_equal(json_get_text(json_at(rows, 0), "phone"), "111");
    assert_string_equal(json_get_text(json_at(rows, 4), "phone"), "115");
    assert_true(json_get_flag(own, "own"));
    assert_string_equal(json_get_text(own, "name"), "Trạm y tế xã");
    assert_string_equal(json_get_text(own, "note"), "Ngày đêm");
    json_free(&answer);
    why = node_world_refused(d->w, "directory.set",
                             "{\"name\":\"x\",\"phone\":\"gọi tôi\"}");
    assert_non_null(strstr(why, "digits"));
    mem_free(&why);
    why = node_world_refused(d->w, "directory.set",
                             "{\"number\":7,\"name\":\"x\",\"phone\":\"1\"}");
    mem_free(&why);
    do_it(d, "directory.drop", "{\"number\":1}");
    why = node_world_refused(d->w, "directory.drop", "{\"number\":1}");
    mem_free(&why);
    answer = get_json(d, "/api/directory", "");
    assert_int_equal(json_count(json_get(answer, "rows")), 5);
    json_free(&answer);
}

static void every_list_can_be_read_when_there_is_nothing(void **state)
{
    struct desk_world *d = *state;

    for (const struct node_read_route *r = node_read_routes; r->path != NULL;
         r++) {
        struct json *answer;

        if (r->path[strlen(r->path) - 1] == '/')
            continue;
        answer = get_json(d, r->path, "");
        assert_true(json_is_object(answer));
        assert_false(db_in_transaction(node_store_db(d->w->node->store)));
        json_free(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_status_counts_what_the_desk_must_know),
        T(the_queue_says_what_is_due_and_what_rings),
        T(a_long_text_is_cut_between_letters),
        T(pages_follow_each_other),
        T(a_wrong_parameter_is_named),
        T(one_report_has_its_history_its_moves_and_its_clocks),
        T(an_imported_past_is_told_as_it_was),
        T(only_a_leader_is_offered_to_reopen_what_is_closed),
        T(an_erased_report_is_shown_without_words_or_moves),
        T(what_was_told_twice_is_pointed_out),
        T(what_is_about_an_officer_is_not_shown_to_officers),
        T(a_report_that_is_not_there_is_missing),
        T(what_left_is_shown_as_it_left),
        T(what_left_with_its_words_shows_them_but_not_to_an_auditor),
        T(a_notice_shows_what_it_was_before),
        T(a_draft_goes_back_to_its_writer_with_a_remark),
        T(a_commune_keeps_numbers_of_its_own),
        T(every_list_can_be_read_when_there_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
