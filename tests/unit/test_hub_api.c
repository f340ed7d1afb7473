/* tests/unit/test_hub_api.c - what the district's pages read. */
#include "tests/unit/test_hub_commune.h"

#include "common/domain/alert.h"
#include "hub/alerts.h"
#include "hub/api_reads.h"
#include "hub/directory.h"
#include "hub/notices.h"
#include "hub/policy.h"
#include "hub/templates.h"

enum { MINUTE = 60000 };

/* ---- asking: parameters as "name=value&name=value" */

struct asked {
    const char *text;
    char values[8][128]; /* they stay while the answer is made */
    size_t count;
};

static const char *get(void *who, const char *name)
{
    struct asked *a = who;
    char *value = a->values[a->count++ % 8];
    size_t length = strlen(name);

    for (const char *at = a->text; at != NULL && *at != '\0';) {
        const char *end = at + strcspn(at, "&");

        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            (void)snprintf(value, sizeof a->values[0], "%.*s",
                           (int)(end - at - (ptrdiff_t)length - 1),
                           at + length + 1);
            return value;
        }
        at = *end == '&' ? end + 1 : NULL;
    }
    return NULL;
}

struct asking {
    struct fixture *f;
    const char *role, *rest, *parameters;
    int64_t now_ms;
};

static int try(const struct asking *a, const char *path, struct json **answer)
{
    struct asked asked = {.text = a->parameters};
    struct hub_query q = {.get = get,
                          .who = &asked,
                          .role = a->role,
                          .rest = a->rest,
                          .core_up = true,
                          .now_ms = a->now_ms};
    struct buf out = {0};
    int rc;

    assert_int_equal(
        hub_store_set(a->f->hub->store, HUB_ONLINE, QUANG_THO "\n"), 0);
    assert_int_equal(ledger_flush(a->f->hub->ledger), 0);
    rc = hub_api_answer(a->f->hub, path, &q, &out, &a->f->err);
    *answer = rc == 0 ? json_parse(buf_bytes(&out), &a->f->err) : NULL;
    if (rc == 0)
        assert_non_null(json_get_text(*answer, "now"));
    buf_free(&out);
    return rc;
}

static struct json *ask(const struct asking *a, const char *path)
{
    struct json *answer;

    if (try(a, path, &answer) != 0)
        fail_msg("%s: %s", path, a->f->err.text);
    return answer;
}

static struct asking duty(struct fixture *f)
{
    return (struct asking){f, "duty", "", "", f->hub->wall_ms};
}

static int64_t number(const struct json *object, const char *key)
{
    int64_t value = -1;

    assert_true(json_get_i64(object, key, &value));
    return value;
}

static const struct json *row_of(const struct json *list, const char *key,
                                 const char *word)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const char *text = json_get_text(json_at(list, i), key);

        if (text != NULL && strcmp(text, word) == 0)
            return json_at(list, i);
    }
    return NULL;
}

/* `count` reports, a minute apart, the last one now. */
static struct id reports(struct fixture *f, struct commune *c, int count,
                         const char *category, const char *village)
{
    struct id id = {{0}};

    for (int i = 0; i < count; i++) {
        int64_t at = f->hub->wall_ms - (int64_t)(count - 1 - i) * MINUTE;
        struct report_fact fact = taken_in(category, village, at);

        id = random_id(at);
        deliver_fact(c, &id, 1, at, &fact);
    }
    return id;
}

/* ---- */

static void every_path_of_the_table_answers(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);

    for (const struct hub_api_read *r = hub_api_reads; r->path != NULL; r++) {
        struct json *answer;

        assert_true(hub_policy_may_read("operator", r->path) ||
                    hub_policy_may_read("duty", r->path) ||
                    hub_policy_may_read("auditor", r->path));
        if (r->path[strlen(r->path) - 1] == '/') {
            a.rest = "00000000-0000-7000-8000-000000000000";
            assert_int_equal(try(&a, r->path, &answer), ERR_MISSING);
            a.rest = "nonsense";
            assert_int_equal(try(&a, r->path, &answer), ERR_MISSING);
        } else {
            answer = ask(&a, r->path);
            json_free(&answer);
        }
    }
    {
        struct json *answer;

        assert_int_equal(try(&a, "/api/nothing", &answer), ERR_MISSING);
    }
}

static void a_board_says_how_much_it_holds_and_how_old_it_is(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct asking a = duty(f);
    struct json *board;
    const struct json *holds, *totals, *unit, *silent;

    (void)reports(f, &tho, 7, "trom_cap", "La Vân Hạ");
    board = ask(&a, "/api/board");
    holds = json_get(board, "holds");
    assert_int_equal(number(holds, "units"), 1);
    assert_int_equal(number(holds, "of"), (int64_t)f->hub->roster.count);
    assert_non_null(json_get_text(holds, "oldest"));
    totals = json_get(board, "totals");
    assert_int_equal(number(totals, "open"), 7);
    assert_int_equal(number(totals, "urgent"), 0);
    unit = row_of(json_get(board, "units"), "unit", "quang-tho");
    silent = row_of(json_get(board, "units"), "unit", "quang-phu");
    assert_int_equal(number(unit, "open"), 7);
    assert_non_null(json_get_text(unit, "as_of"));
    assert_true(json_is_true(json_get(unit, "online")));
    assert_null(json_get_text(silent, "as_of")); /* silence is not zero */
    assert_false(json_is_true(json_get(silent, "online")));
    assert_int_equal(json_count(json_get(board, "by_day")), 14);
    assert_int_equal(json_count(json_get(board, "by_hour")), 7);
    assert_int_equal(json_count(json_get(board, "by_category")), 1);
    assert_string_equal(
        json_get_text(json_at(json_get(board, "by_village"), 0), "village"),
        "La Vân Hạ");
    json_free(&board);

    a.parameters = "unit=quang-phu&from=2026-01-01&to=2026-01-31";
    board = ask(&a, "/api/board");
    assert_int_equal(number(json_get(board, "totals"), "open"), 0);
    assert_int_equal(json_count(json_get(board, "units")), 1);
    assert_int_equal(json_count(json_get(board, "by_day")), 31);
    json_free(&board);
}

static void a_parameter_that_makes_no_sense_is_said(void **state)
{
    static const char *const wrong[][2] = {
        {"/api/board", "from=yesterday"},
        {"/api/board", "from=2026-02-01&to=2026-01-01"},
        {"/api/board", "from=2020-01-01&to=2026-01-01"},
        {"/api/board", "category=nothing"},
        {"/api/board", "unit=nowhere"},
        {"/api/stats", "by=phone"},
        {"/api/reports", "view=some"},
        {"/api/reports", "limit=100000"},
        {"/api/reports", "after=-1"},
        {"/api/reports", "after=12"},
        {"/api/reports", "after=1.2.3"},
        {"/api/reports", "after=12.7&order=newest"},
        {"/api/reports", "order=oldest"},
        {"/api/reports", "state=gone"},
        {"/api/audit", "before=x"},
    };
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct json *answer;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        a.parameters = wrong[i][1];
        f->err.text[0] = '\0';
        assert_int_equal(try(&a, wrong[i][0], &answer), ERR_INVALID);
        assert_true(f->err.text[0] != '\0');
    }
}

static void an_urgent_report_rings_with_the_posts_number(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct asking a = duty(f);
    const struct json *row;
    struct json *board;
    const struct unit *unit = roster_find(&f->hub->roster, QUANG_THO);

    (void)reports(f, &tho, 1, "cuop_giat", "");
    board = ask(&a, "/api/board");
    row = json_at(json_get(board, "urgent"), 0);
    assert_string_equal(json_get_text(row, "unit"), "quang-tho");
    assert_string_equal(json_get_text(row, "phone"), unit->phone);
    assert_false(json_is_true(json_get(row, "ring")));
    json_free(&board);
    a.now_ms += 15 * MINUTE;
    board = ask(&a, "/api/board");
    row = json_at(json_get(board, "urgent"), 0);
    assert_true(json_is_true(json_get(row, "ring")));
    json_free(&board);
    a.role = "analyst"; /* no single reports */
    board = ask(&a, "/api/board");
    assert_int_equal(json_count(json_get(board, "urgent")), 0);
    assert_int_equal(number(json_get(board, "totals"), "waiting"), 1);
    json_free(&board);
}

static void an_analyst_sees_no_count_so_small_that_it_is_somebody(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct asking a = duty(f);
    struct json *answer, *refused;
    const struct json *rows;

    (void)reports(f, &tho, 9, "trom_cap", "Phước Yên");
    (void)reports(f, &tho, 12, "trom_cap", "La Vân Hạ");
    (void)reports(f, &tho, 2, "trom_cap", "Niêm Phò");
    answer = ask(&a, "/api/board");
    rows = json_get(answer, "by_village");
    assert_int_equal(number(row_of(rows, "village", "Niêm Phò"), "count"), 2);
    json_free(&answer);

    a.role = "analyst";
    answer = ask(&a, "/api/board");
    rows = json_get(answer, "by_village");
    assert_true(
        json_is_null(json_get(row_of(rows, "village", "Niêm Phò"), "count")));
    /* alone it could be computed from the commune's total */
    assert_true(
        json_is_null(json_get(row_of(rows, "village", "Phước Yên"), "count")));
    assert_int_equal(number(row_of(rows, "village", "La Vân Hạ"), "count"), 12);
    json_free(&answer);
    a.parameters = "by=village,category";
    answer = ask(&a, "/api/stats");
    rows = json_get(answer, "rows");
    assert_true(
        json_is_null(json_get(row_of(rows, "village", "Niêm Phò"), "count")));
    json_free(&answer);
    a.parameters = "by=village,category,day";
    assert_int_equal(try(&a, "/api/stats", &refused), ERR_INVALID);
}

/* Days in the wrong order are no days without reports. */
static void days_in_the_wrong_order_are_no_zero(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct json *answer;

    a.parameters = "by=unit&from=2026-11-23&to=2026-11-22";
    assert_int_equal(try(&a, "/api/stats", &answer), ERR_INVALID);
    a.parameters = "by=unit&from=2026-11-23&to=2026-11-23";
    answer = ask(&a, "/api/stats");
    json_free(&answer);
}

/* Each commune's rows by themselves: what hides one hides none of another. */
static void small_counts_are_hidden_of_each_commune_for_itself(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct asking a = duty(f);
    struct json *answer;
    const struct json *rows;

    (void)reports(f, &phu, 7, "trom_cap", "Hạ Lang");
    (void)reports(f, &tho, 6, "trom_cap", "La Vân Hạ");
    (void)reports(f, &phu, 9, "trom_cap", "Bác Vọng");
    (void)reports(f, &tho, 1, "trom_cap", "Niêm Phò");
    (void)reports(f, &tho, 3, "trom_cap", "Phước Yên");
    a.role = "analyst";
    a.parameters = "by=unit,village";
    answer = ask(&a, "/api/stats");
    rows = json_get(answer, "rows");
    assert_int_equal(json_count(rows), 5);
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);
        const char *village = json_get_text(row, "village");

        assert_int_equal(json_is_null(json_get(row, "count")),
                         strcmp(village, "Niêm Phò") == 0 ||
                             strcmp(village, "Phước Yên") == 0);
    }
    json_free(&answer);
}

/* Of the rows that have the same word there, those that are hidden. */
static size_t hidden_beside(const struct json *rows, const struct json *row,
                            const char *axis)
{
    size_t hidden = 0;

    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *other = json_at(rows, i);

        hidden +=
            strcmp(json_get_text(other, axis), json_get_text(row, axis)) == 0 &&
            json_is_null(json_get(other, "count"));
    }
    return hidden;
}

/* What is told by one axis alone minus what is shown by two tells none. */
static void no_sum_gives_a_hidden_count_away(void **state)
{
    static const struct {
        const char *by, *row, *column;
    } tables[] = {{"by=unit,category", "unit", "category"},
                  {"by=village,category", "village", "category"}};
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct asking a = duty(f);

    (void)reports(f, &tho, 1, "trom_cap", "Niêm Phò");
    (void)reports(f, &tho, 6, "cuop_giat", "Niêm Phò");
    (void)reports(f, &tho, 8, "lua_dao_mang", "Niêm Phò");
    (void)reports(f, &tho, 7, "trom_cap", "Phước Yên");
    (void)reports(f, &tho, 9, "lua_dao_mang", "Phước Yên");
    (void)reports(f, &phu, 11, "trom_cap", "Hạ Lang");
    (void)reports(f, &phu, 9, "cuop_giat", "Hạ Lang");
    (void)reports(f, &phu, 2, "lua_dao_mang", "Hạ Lang");
    a.role = "analyst";
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        const char *const axes[] = {tables[t].row, tables[t].column};
        struct json *answer;
        const struct json *rows;

        a.parameters = tables[t].by;
        answer = ask(&a, "/api/stats");
        rows = json_get(answer, "rows");
        for (size_t i = 0; i < json_count(rows); i++)
            for (size_t k = 0; k < 2; k++) {
                const struct json *row = json_at(rows, i);

                if (json_is_null(json_get(row, "count")))
                    assert_true(hidden_beside(rows, row, axes[k]) > 1);
            }
        json_free(&answer);
    }
}

static void reports_come_page_by_page(void **state)
{
    static const char *const orders[] = {"", "&order=due", "&order=newest",
                                         "&view=all"};
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct asking a = duty(f);

    (void)reports(f, &tho, 25, "trom_cap", "La Vân Hạ");
    (void)reports(f, &phu, 3, "on_ao", "");
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        char parameters[96], seen[40][40];
        size_t count = 0, pages = 0;

        (void)snprintf(parameters, sizeof parameters, "limit=10%s", orders[o]);
        for (const char *next = ""; next != NULL; pages++) {
            struct json *page;
            const struct json *rows;

            a.parameters = parameters;
            page = ask(&a, "/api/reports");
            rows = json_get(page, "rows");
            assert_true(o == 3 || number(page, "total") == 28);
            for (size_t i = 0; i < json_count(rows); i++) {
                const char *id = json_get_text(json_at(rows, i), "id");

                for (size_t k = 0; k < count; k++)
                    assert_string_not_equal(seen[k], id);
                (void)snprintf(seen[count++], sizeof seen[0], "%s", id);
                assert_non_null(
                    json_get_text(json_get(json_at(rows, i), "due"), "at"));
            }
            next = json_get_text(page, "next");
            (void)snprintf(parameters, sizeof parameters, "limit=10%s&after=%s",
                           orders[o], next == NULL ? "" : next);
            json_free(&page);
        }
        assert_int_equal(count, 28);
        assert_int_equal(pages, 3);
    }

    a.parameters = "unit=quang-phu&category=on_ao";
    {
        struct json *page = ask(&a, "/api/reports");

        assert_int_equal(json_count(json_get(page, "rows")), 3);
        assert_int_equal(number(page, "total"), 3);
        assert_true(json_is_null(json_get(page, "next")));
        json_free(&page);
    }
    a.parameters = "view=closed";
    {
        struct json *page = ask(&a, "/api/reports");

        assert_int_equal(json_count(json_get(page, "rows")), 0);
        json_free(&page);
    }
}

/* The last letters of the ids, as they come. */
static void expect_order(struct asking *a, const char *parameters,
                         const struct id *ids, const char *order)
{
    struct json *page;
    const struct json *rows;

    a->parameters = parameters;
    page = ask(a, "/api/reports");
    rows = json_get(page, "rows");
    assert_int_equal(json_count(rows), strlen(order));
    for (size_t i = 0; i < strlen(order); i++) {
        char text[ID_TEXT_BYTES];

        assert_string_equal(json_get_text(json_at(rows, i), "id"),
                            id_text(text, &ids[order[i] - 'a']));
    }
    json_free(&page);
}

static void what_is_urgent_and_breaches_first_is_on_top(void **state)
{
    static const struct {
        const char *kind;
        int hours_ago;
        bool paused;
    } made[] = {{"trom_cap", 1, false},   /* a: due in a day */
                {"trom_cap", 90, false},  /* b: overdue */
                {"on_ao", 2, true},       /* c: its clocks stand still */
                {"cuop_giat", 5, false},  /* d: urgent */
                {"cuop_giat", 50, false}, /* e: urgent, before d */
                {"trom_cap", 30, false}}; /* f: overdue, after b */
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct asking a = duty(f);
    struct report_move move = {.to = REPORT_DA_TIEP_NHAN};
    struct report_fact fact;
    struct id ids[6];

    for (size_t i = 0; i < 6; i++) {
        fact = taken_in(made[i].kind, "",
                        a.now_ms - made[i].hours_ago * INT64_C(3600000));
        if (made[i].paused)
            for (int state_ = REPORT_DA_TIEP_NHAN; state_ <= REPORT_PHAN_LOAI;
                 state_++)
                report_move_apply(&fact, &(struct report_move){.to = state_},
                                  fact.received_ms);
        if (made[i].paused)
            report_move_apply(&fact,
                              &(struct report_move){.to = REPORT_CHO_BO_SUNG},
                              fact.received_ms);
        ids[i] = random_id(a.now_ms + (int64_t)i);
        deliver_fact(&tho, &ids[i], 1, a.now_ms, &fact);
    }
    expect_order(&a, "", ids, "edbfac");
    expect_order(&a, "order=newest", ids, "fedcba");
    expect_order(&a, "category=trom_cap", ids, "bfa");
    expect_order(&a, "state=moi&urgent=1", ids, "ed");
    expect_order(&a, "view=all", ids, "fedcba");

    /* acknowledged: the next clock of e runs longer than that of d */
    fact = taken_in(made[4].kind, "", a.now_ms - 50 * INT64_C(3600000));
    report_move_apply(&fact, &move, a.now_ms);
    deliver_fact(&tho, &ids[4], 2, a.now_ms, &fact);
    expect_order(&a, "state=moi&urgent=1", ids, "d");
}

static void one_report_shows_its_facts_clocks_and_history(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct asking a = duty(f);
    struct report_fact fact = taken_in("gay_roi", "La Vân Hạ", a.now_ms);
    struct report_move move = {.to = REPORT_DA_TIEP_NHAN};
    struct id id = random_id(a.now_ms);
    char word[ID_TEXT_BYTES];
    struct json *one;
    const struct json *clock;

    deliver_fact(&tho, &id, 1, a.now_ms, &fact);
    report_move_apply(&fact, &move, a.now_ms + MINUTE);
    deliver_fact(&tho, &id, 2, a.now_ms + MINUTE, &fact);
    a.rest = id_text(word, &id);
    a.now_ms += 2 * MINUTE;
    one = ask(&a, "/api/reports/");
    assert_string_equal(json_get_text(one, "unit"), "quang-tho");
    assert_string_equal(json_get_text(one, "state"), "da_tiep_nhan");
    assert_int_equal(json_count(json_get(one, "history")), 2);
    clock = row_of(json_get(one, "clocks"), "what", "acknowledge");
    assert_string_equal(json_get_text(clock, "state"), "met");
    assert_true(json_is_null(json_get(one, "text"))); /* it stays there */
    assert_false(json_is_true(json_get(one, "referred")));
    assert_true(json_is_null(json_get(one, "referral")));
    json_free(&one);
}

static void an_alert_names_whom_to_phone(void **state)
{
    static const char *units[] = {QUANG_THO, QUANG_PHU};
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct alert_order order = {.type = ALERT_ALERT,
                                .event = "flood",
                                .headline = "Lũ",
                                .text = "Di dời.",
                                .severity = ALERT_EXTREME,
                                .units = units,
                                .unit_count = 2,
                                .expires_ms = a.now_ms + 60 * MINUTE};
    struct receipt receipt = {.verdict = ALERT_ACCEPTED, .by = "Trực ban"};
    char word[ID_TEXT_BYTES];
    struct json *one, *list;
    const struct json *phone;
    struct id id;

    assert_int_equal(hub_alerts_issue(f->hub, &order, &id, &f->err), 0);
    receipt.alert = id;
    receipt.stored_ms = receipt.shown_ms = receipt.acknowledged_ms = a.now_ms;
    assert_int_equal(hub_store_put_receipt(f->hub->store, QUANG_THO, &receipt),
                     0);
    assert_int_equal(
        hub_store_alert_sent(f->hub->store, &id, QUANG_PHU, a.now_ms), 0);
    a.rest = id_text(word, &id);
    one = ask(&a, "/api/alerts/");
    assert_string_equal(json_get_text(one, "text"), "Di dời.");
    assert_int_equal(json_count(json_get(one, "receipts")), 2);
    assert_int_equal(number(json_get(one, "reach"), "acknowledged"), 1);
    phone = json_get(one, "not_reached");
    assert_int_equal(json_count(phone), 1);
    assert_string_equal(json_get_text(json_at(phone, 0), "unit"), "quang-phu");
    assert_string_equal(json_get_text(json_at(phone, 0), "step"), "sent");
    assert_string_equal(json_get_text(json_at(phone, 0), "phone"),
                        roster_find(&f->hub->roster, QUANG_PHU)->phone);
    json_free(&one);
    list = ask(&a, "/api/alerts");
    assert_int_equal(
        number(json_get(json_at(json_get(list, "rows"), 0), "reach"), "of"), 2);
    json_free(&list);
}

static void an_alarm_stands_beside_its_machine_with_what_to_do(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);
    const struct json *node;
    struct json *nodes;

    assert_int_equal(hub_store_raise(f->hub->store, QUANG_THO, 101,
                                     "its clock is wrong: set it", a.now_ms),
                     0);
    nodes = ask(&a, "/api/nodes");
    node = row_of(json_get(nodes, "rows"), "unit", "quang-tho");
    assert_string_equal(
        json_get_text(json_at(json_get(node, "todo"), 0), "text"),
        "its clock is wrong: set it");
    assert_true(json_is_true(json_get(node, "online")));
    assert_non_null(json_get_text(node, "phone"));
    json_free(&nodes);
}

static void an_invitation_is_listed_without_its_secret(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct invite invite = {.unit = QUANG_THO,
                            .created_ms = a.now_ms - MINUTE,
                            .expires_ms = a.now_ms + MINUTE};
    struct json *list;
    const struct json *row;

    memset(&invite.secret_hash, 0xab, sizeof invite.secret_hash);
    assert_int_equal(hub_store_add_invite(f->hub->store, &invite), 0);
    list = ask(&a, "/api/invites");
    row = json_at(json_get(list, "rows"), 0);
    assert_string_equal(json_get_text(row, "unit"), "quang-tho");
    assert_string_equal(json_get_text(row, "state"), "open");
    assert_int_equal(json_count(row), 4);
    json_free(&list);
}

static void a_notice_says_which_communes_were_here_since(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct json *args =
        json_parse(bytes_of_text("{\"kind\":\"thien_tai\",\"title\":\"Mưa\","
                                 "\"text\":\"Dự trữ nước.\"}"),
                   &f->err);
    struct json *out = json_object_new(), *answer;
    const struct json *reach;
    struct node_key machine = {.number = 1, .state = NODE_ENROLLED};
    struct refusal cannot = {.kind = KIND_NOTICE, .reason = "too old"};

    (void)snprintf(machine.unit, sizeof machine.unit, "%s", QUANG_THO);
    hub_registry_put(f->hub->registry, &machine);
    memset(machine.curve_public, 1, sizeof machine.curve_public);
    (void)snprintf(machine.unit, sizeof machine.unit, "%s", QUANG_PHU);
    hub_registry_put(f->hub->registry, &machine);
    f->hub->actor = "lan";
    assert_int_equal(hub_notices_run_publish(f->hub, args, out, &f->err), 0);
    a.rest = json_get_text(out, "id");
    answer = ask(&a, "/api/notices/");
    reach = json_get(answer, "reach");
    assert_string_equal(json_get_text(answer, "text"), "Dự trữ nước.");
    assert_int_equal(json_count(json_get(answer, "history")), 1);
    assert_true(json_get_flag(row_of(reach, "unit", "quang-tho"), "has"));
    assert_false(json_get_flag(row_of(reach, "unit", "quang-phu"), "has"));
    assert_null(row_of(reach, "unit", "quang-an")); /* it has no machine */
    json_free(&answer);
    assert_true(id_parse(&cannot.ref.record, a.rest));
    (void)ledger_refusals_put(f->hub->ledger, QUANG_THO,
                              &(struct msg_refusals){1, 1, &cannot});
    reach = json_get(answer = ask(&a, "/api/notices/"), "reach");
    assert_false(json_get_flag(row_of(reach, "unit", "quang-tho"), "has"));
    json_free(&answer);
    json_free(&out);
    json_free(&args);
}

static void set_phone(struct fixture *f, const char *words, int rc)
{
    struct json *args = json_parse(bytes_of_text(words), &f->err);
    struct json *out = json_object_new();

    assert_int_equal(hub_directory_run_set(f->hub, args, out, &f->err), rc);
    json_free(&out);
    json_free(&args);
}

static void numbers_are_changed_where_communes_read_them(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct node_key machine = {.number = 1, .state = NODE_ENROLLED};
    const struct json *rows;
    struct json *answer;
    struct ledger_stream all;
    uint64_t before;

    (void)snprintf(machine.unit, sizeof machine.unit, "%s", QUANG_THO);
    hub_registry_put(f->hub->registry, &machine);
    answer = ask(&a, "/api/directory");
    assert_null(json_get_text(
        row_of(json_get(answer, "rows"), "slug", "district"), "phone"));
    json_free(&answer);
    set_phone(f, "{\"unit\":\"quang-tho\",\"phone\":\"0234 1\"}", 0);
    set_phone(f, "{\"unit\":\"district\",\"phone\":\"0234 2\"}", 0);
    set_phone(f, "{\"unit\":\"quang-tho\",\"phone\":\"gọi\"}", ERR_INVALID);
    set_phone(f, "{\"unit\":\"quang-xa\",\"phone\":\"1\"}", ERR_MISSING);
    answer = ask(&a, "/api/directory");
    rows = json_get(answer, "rows");
    assert_string_equal(
        json_get_text(row_of(rows, "slug", "district"), "phone"), "0234 2");
    assert_string_equal(
        json_get_text(row_of(rows, "slug", "quang-tho"), "phone"), "0234 1");
    json_free(&answer);
    assert_int_equal(ledger_stream(f->hub->ledger, &all, &f->hub->all, true),
                     0);
    before = all.head.seq;
    assert_int_equal(hub_directory_publish(f->hub, &f->err), 0);
    assert_int_equal(ledger_stream(f->hub->ledger, &all, &f->hub->all, true),
                     0);
    assert_int_equal(all.head.seq, before); /* all of it was told */
}

static void the_audit_goes_back_page_by_page(void **state)
{
    enum { COMMANDS = 250 };
    struct fixture *f = *state;
    struct asking a = duty(f);
    char before[40];
    struct json *first, *second;
    const struct json *row;

    for (int i = 0; i < COMMANDS; i++) {
        struct accounts_command done = {.id = random_id(a.now_ms),
                                        .name = "alert.issue",
                                        .actor = "lan",
                                        .role = "duty",
                                        .from = "192.0.2.7",
                                        .subject = "quang-tho",
                                        .at_ms = a.now_ms,
                                        .reply = bytes_of_text("{}")};

        assert_int_equal(accounts_log(f->hub->accounts, &done), 0);
    }
    first = ask(&a, "/api/audit");
    assert_int_equal(json_count(json_get(first, "rows")), 200);
    row = json_at(json_get(first, "rows"), 0);
    assert_string_equal(json_get_text(row, "actor"), "lan");
    assert_string_equal(json_get_text(row, "role"), "duty");
    assert_string_equal(json_get_text(row, "from"), "192.0.2.7");
    assert_string_equal(json_get_text(row, "subject"), "quang-tho");
    (void)snprintf(before, sizeof before, "before=%lld",
                   (long long)number(first, "next"));
    a.parameters = before;
    second = ask(&a, "/api/audit");
    assert_int_equal(json_count(json_get(second, "rows")), 50);
    assert_true(json_is_null(json_get(second, "next")));
    json_free(&first);
    json_free(&second);
}

static void every_template_can_be_issued_as_it_stands(void **state)
{
    struct fixture *f = *state;
    struct asking a = duty(f);
    struct json *catalogue = ask(&a, "/api/catalogue");

    assert_int_equal(json_count(json_get(catalogue, "templates")),
                     alert_template_count);
    assert_int_equal(json_count(json_get(catalogue, "categories")), 39);
    json_free(&catalogue);
    for (size_t i = 0; i < alert_template_count; i++) {
        const struct alert_template *t = &alert_templates[i];
        const struct alert_words *words[] = {&t->vi, &t->en};

        for (size_t k = 0; k < 2; k++) {
            struct alert_order order = {.type = ALERT_ALERT,
                                        .event = t->event,
                                        .headline = words[k]->headline,
                                        .text = words[k]->text,
                                        .severity = t->severity,
                                        .expires_ms = a.now_ms + MINUTE};
            struct id id;

            assert_int_equal(hub_alerts_issue(f->hub, &order, &id, &f->err), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(every_path_of_the_table_answers),
        hub_test(a_board_says_how_much_it_holds_and_how_old_it_is),
        hub_test(a_parameter_that_makes_no_sense_is_said),
        hub_test(an_urgent_report_rings_with_the_posts_number),
        hub_test(an_analyst_sees_no_count_so_small_that_it_is_somebody),
        hub_test(days_in_the_wrong_order_are_no_zero),
        hub_test(small_counts_are_hidden_of_each_commune_for_itself),
        hub_test(no_sum_gives_a_hidden_count_away),
        hub_test(reports_come_page_by_page),
        hub_test(what_is_urgent_and_breaches_first_is_on_top),
        hub_test(one_report_shows_its_facts_clocks_and_history),
        hub_test(an_alert_names_whom_to_phone),
        hub_test(an_alarm_stands_beside_its_machine_with_what_to_do),
        hub_test(an_invitation_is_listed_without_its_secret),
        hub_test(a_notice_says_which_communes_were_here_since),
        hub_test(numbers_are_changed_where_communes_read_them),
        hub_test(the_audit_goes_back_page_by_page),
        hub_test(every_template_can_be_issued_as_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
