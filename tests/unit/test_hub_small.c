/* tests/unit/test_hub_small.c - the board as who sees no single report may see
 * it: counts of 1 to 4 of a commune and a kind are somebody's (reference P9).
 */
#include "tests/unit/test_hub_commune.h"

#include "hub/api_reads.h"

struct choice {
    const char *unit, *category; /* NULL: all */
};

static const char *get(void *who, const char *name)
{
    const struct choice *choice = who;

    return strcmp(name, "unit") == 0       ? choice->unit
           : strcmp(name, "category") == 0 ? choice->category
                                           : NULL;
}

static struct json *board(struct fixture *f, const char *role, const char *unit,
                          const char *category)
{
    struct choice choice = {unit, category};
    struct hub_query q = {.get = get,
                          .who = &choice,
                          .role = role,
                          .rest = "",
                          .core_up = true,
                          .now_ms = f->hub->wall_ms};
    struct buf out = {0};
    struct json *answer;

    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    if (hub_api_answer(f->hub, "/api/board", &q, &out, &f->err) != 0)
        fail_msg("%s", f->err.text);
    answer = json_parse(buf_bytes(&out), &f->err);
    assert_non_null(answer);
    buf_free(&out);
    return answer;
}

static void reports(struct commune *c, int count, const char *category)
{
    for (int i = 0; i < count; i++) {
        int64_t at = c->f->hub->wall_ms - i * 60000;
        struct report_fact fact = taken_in(category, "", at);
        struct id id = random_id(at);

        deliver_fact(c, &id, 1, at, &fact);
    }
}

/* 2 + 12 + 30 in Quảng Thọ, 9 + 7 in Quảng Phú. */
static void fill(struct fixture *f)
{
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);

    reports(&tho, 2, "xam_hai_tre_em");
    reports(&tho, 12, "trom_cap");
    reports(&tho, 30, "on_ao");
    reports(&phu, 9, "xam_hai_tre_em");
    reports(&phu, 7, "trom_cap");
}

/* Of its rows the counts that are told and small, and how many are hidden. */
static size_t told_small(const struct json *list, const char *key,
                         size_t *hidden)
{
    size_t told = 0;

    *hidden = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        int64_t count;

        if (json_get_i64(json_at(list, i), key, &count))
            told += count > 0 && count < 5;
        else
            *hidden += json_is_null(json_get(json_at(list, i), key));
    }
    return told;
}

static int64_t total(const struct json *answer, const char *key)
{
    int64_t count = -1; /* hidden */

    (void)json_get_i64(json_get(answer, "totals"), key, &count);
    return count;
}

static void the_duty_officer_sees_every_count(void **state)
{
    struct fixture *f = *state;
    struct json *answer;
    size_t hidden;

    fill(f);
    answer = board(f, "duty", "quang-tho", "xam_hai_tre_em");
    assert_int_equal(total(answer, "range"), 2);
    assert_int_equal(total(answer, "open"), 2);
    assert_int_equal(told_small(json_get(answer, "units"), "open", &hidden), 1);
    assert_true(told_small(json_get(answer, "by_day"), "count", &hidden) > 0);
    assert_int_equal(hidden, 0);
    json_free(&answer);
}

static void
a_commune_and_a_kind_are_a_cell_that_an_analyst_does_not_see(void **state)
{
    static const char *const lists[] = {"by_day", "by_category", "by_hour"};
    struct fixture *f = *state;
    struct json *answer;
    size_t hidden;

    fill(f);
    answer = board(f, "analyst", "quang-tho", "xam_hai_tre_em");
    assert_int_equal(total(answer, "range"), -1);
    assert_int_equal(total(answer, "open"), -1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            told_small(json_get(answer, lists[i]), "count", &hidden), 0);
        assert_true(hidden > 0);
    }
    assert_int_equal(told_small(json_get(answer, "units"), "open", &hidden), 0);
    assert_int_equal(hidden, 1);
    json_free(&answer);
}

/* The sum is told: one that is hidden alone would be what is missing. */
static void what_is_hidden_of_a_commune_is_not_alone(void **state)
{
    struct fixture *f = *state;
    struct json *answer;
    size_t hidden;

    fill(f);
    answer = board(f, "analyst", "quang-tho", NULL);
    assert_int_equal(total(answer, "range"), 44);
    assert_int_equal(
        told_small(json_get(answer, "by_category"), "count", &hidden), 0);
    assert_true(hidden > 1);
    json_free(&answer);
    answer = board(f, "analyst", NULL, "xam_hai_tre_em");
    assert_int_equal(total(answer, "range"), 11);
    assert_int_equal(told_small(json_get(answer, "units"), "open", &hidden), 0);
    assert_true(hidden > 1);
    json_free(&answer);
}

/* One axis alone is nobody's. */
static void the_board_of_the_district_is_told_whole(void **state)
{
    static const char *const lists[] = {"by_day", "by_category", "by_hour",
                                        "units"};
    struct fixture *f = *state;
    struct json *answer;
    size_t hidden;

    fill(f);
    answer = board(f, "analyst", NULL, NULL);
    assert_int_equal(total(answer, "range"), 60);
    for (size_t i = 0; i < 4; i++) {
        (void)told_small(json_get(answer, lists[i]), i == 3 ? "open" : "count",
                         &hidden);
        assert_int_equal(hidden, 0);
    }
    json_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(the_duty_officer_sees_every_count),
        hub_test(a_commune_and_a_kind_are_a_cell_that_an_analyst_does_not_see),
        hub_test(what_is_hidden_of_a_commune_is_not_alone),
        hub_test(the_board_of_the_district_is_told_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
