/* tests/unit/test_hub_statistics.c - figures, their age, and silence that is
 * not zero. */
#include <pthread.h>
#include <stdatomic.h>

#include "common/base/clock.h"
#include "tests/unit/test_hub_commune.h"

#include "hub/statistics.h"

struct said {
    const char *category, *village;
    int state;
    int32_t day;
};

static void deliver_said(struct commune *c, const struct id *record,
                         uint64_t version, int64_t clock_ms,
                         const struct said *said)
{
    struct report_fact fact = {.category = category_find(said->category),
                               .state = said->state,
                               .channel = CHANNEL_TRUC_TIEP,
                               .day = said->day,
                               .hour = -1,
                               .received_ms = said->day * INT64_C(86400000)};

    assert_non_null(fact.category);
    (void)snprintf(fact.village, sizeof fact.village, "%s", said->village);
    fact.entered_ms[said->state] = fact.received_ms;
    deliver_fact(c, record, version, clock_ms, &fact);
}

static void report(struct commune *c, const char *category, const char *village,
                   int32_t day)
{
    struct id id = random_id(c->f->hub->wall_ms);
    struct said said = {category, village, REPORT_MOI, day};

    deliver_said(c, &id, 1, day * INT64_C(86400000), &said);
}

/* ---- asking */

/* From the ledger's figures and from the board's counts, which must say the
 * same. */
static struct json *ask(struct fixture *f, const char *by, int32_t from,
                        int32_t to)
{
    struct statistics_question q = {.from = from, .to = to};
    struct json *answer, *coarse;
    struct buf texts[2] = {0};

    if (by != NULL)
        assert_int_equal(hub_statistics_parse_by(&q, by, &f->err), 0);
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    answer = hub_statistics_answer(f->hub, &q);
    q.coarse = true;
    coarse = hub_statistics_answer(f->hub, &q);
    json_write(&texts[0], answer);
    json_write(&texts[1], coarse);
    assert_string_equal(buf_text(&texts[0]), buf_text(&texts[1]));
    buf_free(&texts[0]);
    buf_free(&texts[1]);
    json_free(&coarse);
    return answer;
}

static int64_t number(const struct json *object, const char *key)
{
    int64_t value = -1;

    assert_true(json_get_i64(object, key, &value));
    return value;
}

static int64_t total(struct fixture *f, int32_t from, int32_t to)
{
    struct json *answer = ask(f, NULL, from, to);
    int64_t value = number(answer, "total");

    assert_int_equal(json_count(json_get(answer, "rows")), 0);
    json_free(&answer);
    return value;
}

static int64_t all(struct fixture *f) { return total(f, 0, INT32_MAX); }

/* The count of the one row whose `key` is `word`; 0: there is none. */
static int64_t count_of(struct fixture *f, const char *by, const char *key,
                        const char *word)
{
    struct json *answer = ask(f, by, 0, INT32_MAX);
    const struct json *rows = json_get(answer, "rows");
    int64_t count = 0;

    for (size_t i = 0; i < json_count(rows); i++) {
        if (strcmp(json_get_text(json_at(rows, i), key), word) != 0)
            continue;
        assert_int_equal(count, 0);
        count = number(json_at(rows, i), "count");
    }
    json_free(&answer);
    return count;
}

static void a_new_hub_knows_nothing_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct json *answer = ask(f, "unit", 0, INT32_MAX);
    const struct json *units = json_get(answer, "units");

    assert_int_equal(number(answer, "total"), 0);
    assert_null(json_get_text(answer, "as_of"));
    assert_int_equal(json_count(units), 10);
    for (size_t i = 0; i < json_count(units); i++) {
        assert_null(json_get_text(json_at(units, i), "as_of"));
        assert_int_equal(number(json_at(units, i), "delivered"), 0);
    }
    json_free(&answer);
}

static void the_whole_is_as_old_as_its_oldest_commune(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct json *answer;
    const struct json *units;
    char old[CLOCK_TEXT_BYTES], new[CLOCK_TEXT_BYTES];

    report(&tho, "trom_cap", "", 20000);
    report(&phu, "trom_cap", "", 20005);
    report(&phu, "trom_cap", "", 20006);
    (void)clock_text(old, 20000 * INT64_C(86400000));
    (void)clock_text(new, 20006 * INT64_C(86400000));
    answer = ask(f, NULL, 0, INT32_MAX);
    assert_string_equal(json_get_text(answer, "as_of"), old);
    units = json_get(answer, "units");
    for (size_t i = 0; i < json_count(units); i++) {
        const struct json *one = json_at(units, i);
        const char *slug = json_get_text(one, "unit");

        if (strcmp(slug, "quang-phu") == 0) {
            assert_string_equal(json_get_text(one, "as_of"), new);
            assert_int_equal(number(one, "delivered"), 2);
        } else if (strcmp(slug, "quang-tho") == 0) {
            assert_string_equal(json_get_text(one, "as_of"), old);
        } else {
            assert_null(json_get_text(one, "as_of"));
        }
    }
    json_free(&answer);
}

static void each_report_counts_once_whatever_becomes_of_it(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct id id = random_id(f->hub->wall_ms);
    struct said said = {"trom_cap", "Phước Yên", REPORT_MOI, 20000};

    for (uint64_t version = 1; version <= 4; version++) {
        static const int states[] = {0, REPORT_MOI, REPORT_PHAN_LOAI,
                                     REPORT_DANG_XU_LY, REPORT_DA_XU_LY};

        said.state = states[version];
        deliver_said(&tho, &id, version, 20000 * INT64_C(86400000), &said);
        assert_int_equal(all(f), 1);
        assert_int_equal(
            count_of(f, "state", "state", report_state_text(said.state)), 1);
    }
    assert_int_equal(count_of(f, "state", "state", "moi"), 0);
}

static void a_version_that_comes_late_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct id id = random_id(f->hub->wall_ms);
    struct said new = {"trom_cap", "", REPORT_DA_XU_LY, 20000};
    struct said old = {"ma_tuy", "", REPORT_MOI, 20000};

    deliver_said(&tho, &id, 5, 1, &new);
    deliver_said(&tho, &id, 2, 2, &old);
    assert_int_equal(all(f), 1);
    assert_int_equal(count_of(f, "category", "category", "trom_cap"), 1);
    assert_int_equal(count_of(f, "category", "category", "ma_tuy"), 0);
}

static void every_axis_adds_up_to_the_total(void **state)
{
    static const char *const axes[] = {
        "unit",  "village", "category",
        "state", "day",     "unit,village,category,state,day"};
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);

    for (int32_t i = 0; i < 24; i++)
        report(i % 3 == 0 ? &phu : &tho, i % 2 == 0 ? "trom_cap" : "ma_tuy",
               i % 4 == 0 ? "Phước Yên" : "", 20000 + i % 5);
    for (size_t a = 0; a < sizeof axes / sizeof *axes; a++) {
        struct json *answer = ask(f, axes[a], 0, INT32_MAX);
        const struct json *rows = json_get(answer, "rows");
        int64_t sum = 0;

        assert_true(json_count(rows) >= 1);
        for (size_t i = 0; i < json_count(rows); i++)
            sum += number(json_at(rows, i), "count");
        assert_int_equal(sum, 24);
        assert_int_equal(number(answer, "total"), 24);
        json_free(&answer);
    }
    assert_int_equal(count_of(f, "unit", "unit", "quang-phu"), 8);
    assert_int_equal(count_of(f, "unit", "unit", "quang-tho"), 16);
    assert_int_equal(count_of(f, "category", "category", "trom_cap"), 12);
}

/* Villages of two communes may bear one name. */
static void villages_are_told_apart_by_their_commune(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct json *answer;

    report(&tho, "trom_cap", "An Gia", 20000);
    report(&phu, "trom_cap", "An Gia", 20000);
    answer = ask(f, "village", 0, INT32_MAX);
    assert_int_equal(json_count(json_get(answer, "rows")), 2);
    json_free(&answer);
}

/* As text, once a word; what a village is called is no part of the form. */
static void rows_are_said_in_the_order_of_days_and_of_axes(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct statistics_question q = {.to = INT32_MAX, .coarse = true};
    struct statistics s;
    struct buf text = {0};

    report(&tho, "trom_cap", "Xóm \"Cũ\"\\", 20001);
    report(&tho, "trom_cap", "", 20000);
    report(&tho, "trom_cap", "", 20001);
    report(&tho, "trom_cap", "", 20001);
    assert_int_equal(
        hub_statistics_parse_by(&q, "state,village,day,category", &f->err), 0);
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    assert_int_equal(hub_statistics_read(f->hub, &q, &s), 0);
    assert_int_equal(s.count, 3);
    s.rows[1].hidden = s.rows[1].count == 2;
    s.rows[2].hidden = s.rows[2].count == 2;
    hub_statistics_write_rows(f->hub, &s, &text);
    assert_string_equal(
        buf_text(&text),
        "[{\"unit\":\"quang-tho\",\"village\":\"\",\"category\":\"trom_cap\","
        "\"state\":\"moi\",\"day\":\"2024-10-04\",\"count\":1},"
        "{\"unit\":\"quang-tho\",\"village\":\"\",\"category\":\"trom_cap\","
        "\"state\":\"moi\",\"day\":\"2024-10-05\",\"count\":null},"
        "{\"unit\":\"quang-tho\",\"village\":\"Xóm \\\"Cũ\\\"\\\\\","
        "\"category\":\"trom_cap\",\"state\":\"moi\",\"day\":\"2024-10-05\","
        "\"count\":1}]");
    buf_free(&text);
    hub_statistics_free(&s);
}

static void days_are_taken_from_to_inclusive(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);

    for (int32_t day = 20000; day < 20010; day++)
        report(&tho, "trom_cap", "", day);
    assert_int_equal(total(f, 20000, 20009), 10);
    assert_int_equal(total(f, 20003, 20005), 3);
    assert_int_equal(total(f, 20009, INT32_MAX), 1);
    assert_int_equal(total(f, 20010, INT32_MAX), 0);
    assert_int_equal(total(f, 20005, 20004), 0);
}

static void an_unknown_axis_is_named(void **state)
{
    struct fixture *f = *state;
    struct statistics_question q = {.from = 0};

    assert_int_equal(hub_statistics_parse_by(&q, "unit,colour", &f->err),
                     ERR_INVALID);
    assert_non_null(strstr(f->err.text, "\"colour\""));
    assert_int_equal(hub_statistics_parse_by(&q, "", &f->err), ERR_INVALID);
    assert_int_equal(hub_statistics_parse_by(&q, "unit,", &f->err),
                     ERR_INVALID);
}

/* Sixty days of reports, many of them moved on: blocks of sixteen days that are
 * asked for in whole, in part and not at all, along every choice of axes. */
static void every_choice_of_axes_and_days_says_the_same_from_sums(void **state)
{
    static const char *const kinds[] = {"trom_cap", "ma_tuy", "khac"};
    static const char *const villages[] = {"", "Phước Yên", "Niêm Phò"};
    static const char *const names[] = {"unit", "village", "category", "state",
                                        "day"};
    static const int32_t ranges[][2] = {
        {0, INT32_MAX}, {20005, 20047},        {20000, 20047}, {20001, 20010},
        {20016, 20031}, {20015, 20032},        {19000, 20020}, {20059, 30000},
        {20031, 20016}, {INT32_MAX, INT32_MAX}};
    struct fixture *f = *state;
    struct commune c[2] = {commune(f, QUANG_THO), commune(f, QUANG_PHU)};

    for (int i = 0; i < 180; i++) {
        struct id id = random_id(f->hub->wall_ms);
        struct said said = {kinds[i % 3], villages[i % 7 % 3], REPORT_MOI,
                            20000 + i / 3};

        deliver_said(&c[i % 2], &id, 1, 1, &said);
        said.state = i % 5 + 1;
        said.category = kinds[i % 11 % 3];
        deliver_said(&c[i % 2], &id, 2, 2, &said);
    }
    for (unsigned axes = 0; axes < 1U << BY_COUNT; axes++) {
        char by[64] = "";

        for (size_t axis = 0; axis < BY_COUNT; axis++)
            if (axes >> axis & 1)
                (void)snprintf(by + strlen(by), sizeof by - strlen(by), "%s%s",
                               by[0] == '\0' ? "" : ",", names[axis]);
        for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
            struct json *answer =
                ask(f, axes == 0 ? NULL : by, ranges[r][0], ranges[r][1]);

            assert_true(r != 0 || number(answer, "total") == 180);
            json_free(&answer);
        }
    }
}

/* ---- beside a hub that takes reports */

struct looking {
    const char *folder;
    size_t looks, wrong;
    atomic_bool done;
};

static int64_t delivered(const struct json *units)
{
    int64_t sum = 0;

    for (size_t i = 0; i < json_count(units); i++)
        sum += number(json_at(units, i), "delivered");
    return sum;
}

/* As the command line does it: every change here is a report. */
static void *look(void *who)
{
    struct looking *l = who;
    struct statistics_question q = {.to = INT32_MAX, .coarse = true};

    for (l->looks = 0; l->looks < 300; l->looks++) {
        struct hub *hub = NULL;
        struct error err = {""};
        struct json *answer;

        if (hub_open(&hub, l->folder, HUB_READ, &err) != 0)
            break;
        if ((answer = hub_statistics_answer(hub, &q)) == NULL)
            break;
        l->wrong +=
            number(answer, "total") != delivered(json_get(answer, "units"));
        json_free(&answer);
        hub_close(&hub);
    }
    l->done = true;
    return NULL;
}

static void figures_and_their_age_are_of_one_moment(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct looking l = {.folder = f->folder};
    pthread_t thread;

    report(&tho, "trom_cap", "", 20000);
    report(&phu, "trom_cap", "", 20000);
    keep(f);
    assert_int_equal(pthread_create(&thread, NULL, look, &l), 0);
    while (!l.done) {
        report(&tho, "trom_cap", "", 20000);
        report(&phu, "trom_cap", "", 20000);
        keep(f);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(l.looks, 300);
    assert_int_equal(l.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(a_new_hub_knows_nothing_and_says_so),
        hub_test(the_whole_is_as_old_as_its_oldest_commune),
        hub_test(each_report_counts_once_whatever_becomes_of_it),
        hub_test(a_version_that_comes_late_changes_nothing),
        hub_test(every_axis_adds_up_to_the_total),
        hub_test(villages_are_told_apart_by_their_commune),
        hub_test(rows_are_said_in_the_order_of_days_and_of_axes),
        hub_test(days_are_taken_from_to_inclusive),
        hub_test(every_choice_of_axes_and_days_says_the_same_from_sums),
        hub_test(an_unknown_axis_is_named),
        hub_test(figures_and_their_age_are_of_one_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
