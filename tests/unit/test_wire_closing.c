/* tests/unit/test_wire_closing.c - a closing's fact as bytes and back. */
#include <stdio.h>

#include "test_wire_fixture.h"

#include "common/wire/record.h"

static struct error err;

static struct closing sample(void)
{
    struct closing c = {.from = 20741,
                        .to = 20771,
                        .seq = 412,
                        .total = 40,
                        .closed_ms = INT64_C(1794700000000)};

    memset(&c.h, 7, sizeof c.h);
    c.categories[0] = 30;
    c.categories[category_count - 1] = 10;
    c.states[REPORT_MOI] = 25;
    c.states[REPORT_DONG] = 15;
    (void)snprintf(c.by, sizeof c.by, "Trưởng công an xã");
    return c;
}

static void a_closing_comes_back(void **state)
{
    struct closing in = sample(), out;
    struct buf bytes = {0};

    (void)state;
    wire_closing_encode(&bytes, &in);
    assert_int_equal(wire_closing_decode(&out, buf_bytes(&bytes), &err), 0);
    assert_memory_equal(&in, &out, sizeof in);
    buf_free(&bytes);
}

static void zero_is_a_statement_too(void **state)
{
    struct closing in = {.from = 1, .to = 2}, out;
    struct buf bytes = {0};

    (void)state;
    wire_closing_encode(&bytes, &in);
    assert_int_equal(wire_closing_decode(&out, buf_bytes(&bytes), &err), 0);
    assert_int_equal(out.total, 0);
    buf_free(&bytes);
}

static void refused(struct buf *bytes, int rc, const char *word)
{
    struct closing out;

    assert_int_equal(wire_closing_decode(&out, buf_bytes(bytes), &err), rc);
    assert_non_null(strstr(err.text, word));
    buf_free(bytes);
}

static void counts_that_do_not_add_up_are_refused(void **state)
{
    struct closing c = sample();
    struct buf bytes = {0};

    (void)state;
    c.total = 41;
    wire_closing_encode(&bytes, &c);
    refused(&bytes, ERR_INVALID, "add up");
    c = sample();
    c.states[REPORT_MOI]--;
    wire_closing_encode(&bytes, &c);
    refused(&bytes, ERR_INVALID, "add up");
}

static void what_a_later_version_says_is_told_apart(void **state)
{
    struct closing c = sample();
    struct buf bytes = {0}, category = {0};

    (void)state;
    wire_closing_encode(&bytes, &c);
    raw_number(&bytes, 15, 1);
    refused(&bytes, ERR_VERSION, "field 15");
    wire_closing_encode(&bytes, &c);
    raw_text(&category, 1, "moi_la");
    raw_bytes(&bytes, 6, category.data, category.size);
    refused(&bytes, ERR_VERSION, "category");
    buf_free(&category);
}

static void hostile_numbers_are_refused(void **state)
{
    struct closing c = sample();
    struct buf bytes = {0};

    (void)state;
    c.to = c.from - 1;
    wire_closing_encode(&bytes, &c);
    refused(&bytes, ERR_INVALID, "ends before it begins");
    c = sample();
    wire_closing_encode(&bytes, &c);
    raw_number(&bytes, 5, UINT64_MAX);
    refused(&bytes, ERR_INVALID, "total");
    wire_closing_encode(&bytes, &c);
    for (int i = 0; i < CLOSING_CATEGORIES; i++)
        raw_bytes(&bytes, 6, "\x0a\x04khac", 6);
    refused(&bytes, ERR_INVALID, "categories");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closing_comes_back),
        cmocka_unit_test(zero_is_a_statement_too),
        cmocka_unit_test(counts_that_do_not_add_up_are_refused),
        cmocka_unit_test(what_a_later_version_says_is_told_apart),
        cmocka_unit_test(hostile_numbers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
