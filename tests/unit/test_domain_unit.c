/* tests/unit/test_domain_unit.c - the roster and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/unit.h"

#define HEADER "code,valid_from,slug,name,phone\n"

static struct roster read_roster(const char *csv)
{
    struct roster roster;
    struct error err = {0};

    if (roster_parse(&roster, bytes_of_text(csv), &err) != 0)
        fail_msg("%s", err.text);
    return roster;
}

static void expect_bytes_refused(struct bytes csv, int code, const char *reason)
{
    struct roster roster = {0};
    struct error err = {0};

    assert_int_equal(roster_parse(&roster, csv, &err), code);
    if (!strstr(err.text, reason))
        fail_msg("expected \"%s\", got \"%s\"", reason, err.text);
    assert_null(roster.units);
    assert_int_equal(roster.count, 0);
    assert_int_equal(roster_parse(&roster, csv, NULL), code);
}

static void expect_refused(const char *csv, const char *reason)
{
    expect_bytes_refused(bytes_of_text(csv), ERR_INVALID, reason);
}

static void a_roster_reads_in_file_order(void **state)
{
    struct roster roster =
        read_roster(HEADER "19870,2004-07-08,quang-thai,Quảng Thái,0234 3\n"
                           "1,2024-02-29,sia,Thị trấn Sịa,\n");

    (void)state;
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster.units[0].key, "19870@20040708");
    assert_string_equal(roster.units[0].code, "19870");
    assert_string_equal(roster.units[0].valid_from, "2004-07-08");
    assert_string_equal(roster.units[0].slug, "quang-thai");
    assert_string_equal(roster.units[0].name, "Quảng Thái");
    assert_string_equal(roster.units[0].phone, "0234 3");
    assert_string_equal(roster.units[1].key, "1@20240229");
    assert_string_equal(roster.units[1].phone, "");
    roster_free(&roster);
    assert_null(roster.units);
    roster_free(&roster);
}

static void what_spreadsheets_write_is_accepted(void **state)
{
    struct roster roster = read_roster(
        "\xef\xbb\xbf"
        "code,valid_from,slug,name,phone\r\n"
        "\"12345678901\",2004-07-08,\"a\",\"Xã \"\"A\"\", huyện B\",\"\"\r\n"
        "2,2004-07-08,b,Que\xcc\x89"
        "ng,1");

    (void)state;
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster.units[0].key, "12345678901@20040708");
    assert_string_equal(roster.units[0].name, "Xã \"A\", huyện B");
    assert_string_equal(roster.units[0].phone, "");
    assert_string_equal(roster.units[1].name, "Quẻng");
    roster_free(&roster);
}

static void a_wrong_value_is_refused_with_its_line(void **state)
{
    static const char *const rows[][2] = {
        {",2004-07-08,b,B,", "line 3: code"},
        {"12a,2004-07-08,b,B,", "line 3: code"},
        {"123456789012,2004-07-08,b,B,", "line 3: code"},
        {"-1,2004-07-08,b,B,", "line 3: code"},
        {"2,,b,B,", "line 3: valid_from"},
        {"2,2004-7-8,b,B,", "line 3: valid_from"},
        {"2,08/07/2004,b,B,", "line 3: valid_from"},
        {"2,2004-02-30,b,B,", "line 3: valid_from"},
        {"2,2023-02-29,b,B,", "line 3: valid_from"},
        {"2,2100-02-29,b,B,", "line 3: valid_from"},
        {"2,2004-13-01,b,B,", "line 3: valid_from"},
        {"2,2004-00-01,b,B,", "line 3: valid_from"},
        {"2,2004-01-00,b,B,", "line 3: valid_from"},
        {"2,0000-01-01,b,B,", "line 3: valid_from"},
        {"2,2004-07-081,b,B,", "line 3: valid_from"},
        {"2,2004-07-08,,B,", "line 3: slug"},
        {"2,2004-07-08,B,B,", "line 3: slug"},
        {"2,2004-07-08,b b,B,", "line 3: slug"},
        {"2,2004-07-08,quảng,B,", "line 3: slug"},
        {"2,2004-07-08,19870,B,", "line 3: slug"},
        {"2,2004-07-08,a23456789-123456789-123456789-123456789-12345678,B,",
         "line 3: slug"},
        {"2,2004-07-08,b,,", "line 3: name"},
        {"2,2004-07-08,b,  ,", "line 3: name"},
        {"2,2004-07-08,b,\"B\nC\",", "line 3: name"},
        {"2,2004-07-08,b,B\tC,", "line 3: name"},
        {"2,2004-07-08,b,B\xc2\x85,", "line 3: name"},
        {"2,2004-07-08,b,B,123456789-123456789-123456789-12", "line 3: phone"},
        {"2,2004-07-08,b,B,1\x1b[m", "line 3: phone"},
        {"2,2004-07-08,b,B\xff,", "line 3: not valid UTF-8"},
        {"2,2004-07-08,b,B,\xed\xa0\x80", "line 3: not valid UTF-8"},
        {"2,2004-07-08,b,B", "line 3: expected the fields"},
        {"2,2004-07-08,b,B,,", "line 3: expected the fields"},
        {"", "line 3: expected the fields"},
        {"2,2004-07-08,b,B\"C,", "line 3: a quote"},
        {"2,2004-07-08,b,\"B\"C,", "line 3: a quote"},
        {"2,2004-07-08,b,B\rC,", "line 3: a quote or line end"},
        {"2,2004-07-08,b,\"B,", "line 3: a quoted field does not end"},
        {"1,2004-07-08,b,B,", "line 3: 1@20040708 stands there twice"},
        {"2,2004-07-08,a,B,", "line 3: slug a stands there twice"},
        {"1,2004-07-08,a,B,", "line 3: 1@20040708 stands there twice"},
    };
    struct buf csv = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_clear(&csv);
        buf_printf(&csv, HEADER "1,2004-07-08,a,A,\n%s\n", rows[i][0]);
        expect_refused(buf_text(&csv), rows[i][1]);
    }
    buf_free(&csv);
}

static void the_longest_values_still_fit(void **state)
{
    struct roster roster;
    struct buf csv = {0};

    (void)state;
    buf_printf(&csv, HEADER "12345678901,9999-12-31,%047d,%0127d,%031d\n", 0, 0,
               0);
    csv.data[strlen(HEADER) + 23] = 'a'; /* the slug needs a letter */
    roster = read_roster(buf_text(&csv));
    assert_int_equal(strlen(roster.units[0].slug), 47);
    assert_int_equal(strlen(roster.units[0].name), 127);
    assert_int_equal(strlen(roster.units[0].phone), 31);
    roster_free(&roster);
    buf_clear(&csv);
    buf_printf(&csv, HEADER "1,9999-12-31,a,%0128d,\n", 0);
    expect_refused(buf_text(&csv), "line 2: name");
    buf_free(&csv);
}

static void the_first_line_must_be_the_header(void **state)
{
    (void)state;
    expect_refused("", "line 1:");
    expect_refused("1,2004-07-08,a,A,\n", "line 1: the first line must be");
    expect_refused("code;valid_from;slug;name;phone\n", "line 1:");
    expect_refused("code,valid_from,slug,name\n", "line 1:");
    expect_refused("Code,valid_from,slug,name,phone\n", "line 1:");
    expect_refused(HEADER, "no unit follows");
    expect_bytes_refused(bytes_of(NULL, 0), ERR_INVALID, "line 1:");
    expect_bytes_refused(bytes_of(HEADER "1,2004-07-08,a,A\0,\n",
                                  sizeof(HEADER "1,2004-07-08,a,A\0,\n") - 1),
                         ERR_INVALID, "line 2: not valid UTF-8");
}

static void the_first_of_several_faults_is_named(void **state)
{
    (void)state;
    expect_refused(HEADER "1,2004-07-08,a,A,\n1,2004-07-08,b,B,\n"
                          "x,2004-07-08,c,C,\n",
                   "line 3: 1@20040708");
    expect_refused(HEADER "1,2004-07-08,a,A,\n2,2004-07-08,a,B,\n"
                          "1,2004-07-08,c,C,\n",
                   "line 3: slug a");
    expect_refused(HEADER "1,2004-07-08,a,A,\n1,2004-07-08,b,B,\n"
                          "2,2004-07-08,a,C,\n",
                   "line 3: 1@20040708");
    expect_refused(HEADER "1,2004-07-08,\"a\",\"A\n\n\",\nx\n", "line 2: name");
}

static void a_roster_holds_as_many_units_as_it_says(void **state)
{
    struct buf csv = {0};
    struct roster roster;

    (void)state;
    buf_add_text(&csv, HEADER);
    for (int i = 0; i < UNIT_LIMIT; i++)
        buf_printf(&csv, "%d,2004-07-08,u-%d,U,\n", i, i);
    roster = read_roster(buf_text(&csv));
    assert_int_equal(roster.count, UNIT_LIMIT);
    assert_string_equal(roster_find(&roster, "u-19999")->code, "19999");
    roster_free(&roster);
    buf_add_text(&csv, "20000,2004-07-08,last,U,\n");
    expect_bytes_refused(buf_bytes(&csv), ERR_FULL, "line 20002: more than");
    buf_free(&csv);
}

static void a_unit_is_found_by_key_slug_or_an_unambiguous_code(void **state)
{
    struct roster roster = read_roster(HEADER "19885,2004-07-08,quang-vinh,A,\n"
                                              "19885,2025-07-01,dan-dien,B,\n"
                                              "19870,2004-07-08,thai,C,\n");

    (void)state;
    assert_string_equal(roster_find(&roster, "19885@20250701")->name, "B");
    assert_string_equal(roster_find(&roster, "quang-vinh")->name, "A");
    assert_string_equal(roster_find(&roster, "19870")->name, "C");
    assert_null(roster_find(&roster, "19885"));
    assert_null(roster_find(&roster, "19870@20250701"));
    assert_null(roster_find(&roster, "quang"));
    assert_null(roster_find(&roster, ""));
    assert_null(roster_find(&(struct roster){0}, "thai"));
    roster_free(&roster);
}

static void a_key_is_a_code_and_a_real_day(void **state)
{
    static const char *const bad[] = {
        "",
        "@",
        "19870",
        "19870@",
        "@20040708",
        "19870@2004070",
        "19870@200407081",
        "19870@20040732",
        "19870@20041301",
        "19870@20230229",
        "19870@2004-7-8",
        "123456789012@20040708",
        "1987a@20040708",
        "19870@2004070a",
        "19870@@20040708",
        "19870@20040708@",
        " 1@20040708",
    };

    (void)state;
    assert_true(unit_key_valid("19870@20040708"));
    assert_true(unit_key_valid("1@20240229"));
    assert_true(unit_key_valid("12345678901@99991231"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (unit_key_valid(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_roster_reads_in_file_order),
        cmocka_unit_test(what_spreadsheets_write_is_accepted),
        cmocka_unit_test(a_wrong_value_is_refused_with_its_line),
        cmocka_unit_test(the_longest_values_still_fit),
        cmocka_unit_test(the_first_line_must_be_the_header),
        cmocka_unit_test(the_first_of_several_faults_is_named),
        cmocka_unit_test(a_roster_holds_as_many_units_as_it_says),
        cmocka_unit_test(a_unit_is_found_by_key_slug_or_an_unambiguous_code),
        cmocka_unit_test(a_key_is_a_code_and_a_real_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
