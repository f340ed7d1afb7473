/* tests/unit/test_domain_notice.c - notices and procedures: when they hold,
 * what is refused, and a catalogue as people keep it in a spreadsheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/notice.h"
#include "common/domain/procedure.h"

/* ---- notices */

static const struct notice_words good = {.title = "Cảnh giác",
                                         .text = "Đừng cho ai mã OTP.",
                                         .speaker = "",
                                         .by = "can-bo",
                                         .approved_by = "",
                                         .reason = ""};

static void every_kind_has_its_words_and_is_found_by_them(void **state)
{
    (void)state;
    for (int i = 1; i < NOTICE_KIND_END; i++) {
        assert_int_equal(notice_kind_parse(notice_kind_text(i)), i);
        assert_true(strlen(notice_kind_vi(i)) > 3);
        assert_true(strlen(notice_kind_en(i)) > 2);
    }
    assert_int_equal(notice_kind_parse("tin_don"), 0);
    assert_null(notice_kind_text(0));
    assert_null(notice_kind_text(NOTICE_KIND_END));
}

static void a_notice_stands_by_its_times(void **state)
{
    struct notice n = {.kind = NOTICE_TRUY_NA,
                       .state = NOTICE_PUBLISHED,
                       .effective_ms = 1000,
                       .expires_ms = 2000};

    (void)state;
    assert_string_equal(notice_standing(&n, 999), "planned");
    assert_string_equal(notice_standing(&n, 1000), "published");
    assert_string_equal(notice_standing(&n, 1999), "published");
    assert_string_equal(notice_standing(&n, 2000), "expired");
    n.expires_ms = 0;
    assert_string_equal(notice_standing(&n, INT64_MAX), "published");
    n.state = NOTICE_WITHDRAWN;
    assert_string_equal(notice_standing(&n, 1000), "withdrawn");
}

static void refuses(const struct notice *n, const struct notice_words *w,
                    const char *what)
{
    struct error err = {""};

    assert_int_equal(notice_check(n, w, &err), ERR_INVALID);
    if (strncmp(err.text, what, strlen(what)) != 0)
        fail_msg("\"%s\" is not about %s", err.text, what);
}

static void what_cannot_be_shown_is_refused(void **state)
{
    static const char *const areas[] = {"Phước Yên", "hai\ndòng"};
    struct notice n = {.kind = NOTICE_TRUY_NA, .effective_ms = 5};
    struct notice_words w = good;
    char *long_text = mem_new(NOTICE_TEXT_LIMIT + 2);

    (void)state;
    memset(long_text, 'a', NOTICE_TEXT_LIMIT);
    w.text = long_text;
    assert_int_equal(notice_check(&n, &w, NULL), 0);
    long_text[NOTICE_TEXT_LIMIT] = 'a';
    refuses(&n, &w, "text");
    w.text = " \n";
    refuses(&n, &w, "text");
    w = good;
    w.title = "hai\ndòng";
    refuses(&n, &w, "title");
    w = good;
    w.by = "";
    refuses(&n, &w, "by");
    w = good;
    w.areas = areas;
    w.area_count = 1;
    assert_int_equal(notice_check(&n, &w, NULL), 0);
    w.area_count = 2;
    refuses(&n, &w, "areas");
    n.expires_ms = 5;
    refuses(&n, &good, "expires");
    n = (struct notice){.kind = NOTICE_KIND_END};
    refuses(&n, &good, "kind");
    mem_free(&long_text);
}

/* ---- procedures */

#define HEADER                                                                 \
    "code,name,valid_from,valid_to,legal_basis,who,papers,forms,fee,time,"     \
    "channel,receiving_unit,notes,last_checked\n"

struct seen {
    size_t count;
    struct procedure last;
    char code[64], name[128], papers[128];
};

static int see(void *who, const struct procedure *p, struct error *err)
{
    struct seen *s = who;

    (void)err;
    s->count++;
    s->last = *p;
    (void)snprintf(s->code, sizeof s->code, "%s", p->code);
    (void)snprintf(s->name, sizeof s->name, "%s", p->name);
    (void)snprintf(s->papers, sizeof s->papers, "%s",
                   p->texts[PROCEDURE_PAPERS]);
    return 0;
}

static int read_csv(struct seen *s, const char *text, struct error *err)
{
    struct procedure_reader reader = {clock_day_parse, see, s};

    memset(s, 0, sizeof *s);
    return procedure_read_csv(bytes_of_text(text), &reader, err);
}

static int32_t day(const char *text)
{
    int32_t out = 0;

    assert_true(clock_day_parse(&out, text));
    return out;
}

static void a_catalogue_is_read_with_its_dated_forms(void **state)
{
    struct error err = {""};
    struct seen s;

    (void)state;
    assert_int_equal(
        read_csv(&s,
                 "\xef\xbb\xbf" HEADER
                 "T1,Đăng ký thường trú,2021-07-01,,,,,,,,,,,\r\n"
                 "T2,Đăng ký tạm trú,2025-07-01,2026-12-31,Luật,\"a, b\","
                 "\"giấy \"\"A\"\"\nvà B\","
                 "CT01@2023-12-15..2025-06-30; CT01@2025-07-01..;CT03,"
                 "\"10.000 đ\",3 ngày,,,,2026-01-05\n",
                 &err),
        0);
    assert_int_equal(s.count, 2);
    assert_string_equal(s.code, "T2");
    assert_string_equal(s.papers, "giấy \"A\"\nvà B");
    assert_int_equal(s.last.checked, day("2026-01-05"));
    assert_int_equal(s.last.form_count, 3);
    assert_string_equal(s.last.forms[2].name, "CT03");
    assert_true(procedure_holds(&s.last.forms[0].valid, day("2025-06-30")));
    assert_false(procedure_holds(&s.last.forms[0].valid, day("2025-07-01")));
    assert_true(procedure_holds(&s.last.forms[1].valid, day("2030-01-01")));
    assert_true(procedure_holds(&s.last.forms[2].valid, day("1990-01-01")));
    assert_false(procedure_holds(&s.last.valid, day("2025-06-30")));
    assert_false(procedure_holds(&s.last.valid, day("2027-01-01")));
}

static void a_fault_in_a_catalogue_names_its_line(void **state)
{
    static const struct {
        const char *line, *says;
    } faults[] = {
        {"", "line 1: no procedure follows"},
        {"T1,Tên,,,,,,,,,,,,\n", "line 2: valid_from: a day must be given"},
        {"T1,Tên,1/7/2025,,,,,,,,,,,\n", "line 2: valid_from: not a day"},
        {"T1,Tên,2025-07-01,2025-06-30,,,,,,,,,,\n", "line 2: valid_to: it"},
        {"T1,Tên,2025-07-01,,,,,CT01@2025,,,,,,\n", "line 2: forms: such as"},
        {"T1,Tên,2025-07-01,,,,,@2025-07-01..,,,,,,\n", "line 2: forms: a"},
        {",Tên,2025-07-01,,,,,,,,,,,\n", "line 2: code"},
        {"T1,,2025-07-01,,,,,,,,,,,\n", "line 2: name"},
        {"T1,Tên,2025-07-01,,\"a\nb\",,,,,,,,,\nT2,Tên\n",
         "line 4: expected the fields code,name"},
        {"T1,T\x01n,2025-07-01,,,,,,,,,,,\n", "line 2: name: it holds"},
        {"T1,Tên,2025-07-01,,,,,,,,,,,\nT1,Tên,2025-07-02,,,,,,,,,,,\n"
         "T1,Khác,2025-07-01,,,,,,,,,,,\n",
         "line 4: code: it stands there twice"},
    };
    struct buf text = {0};
    struct seen s;

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct error err = {""};

        buf_clear(&text);
        buf_printf(&text, "%s%s", HEADER, faults[i].line);
        assert_int_equal(read_csv(&s, buf_text(&text), &err), ERR_INVALID);
        if (strncmp(err.text, faults[i].says, strlen(faults[i].says)) != 0)
            fail_msg("\"%s\", not \"%s\"", err.text, faults[i].says);
    }
    buf_free(&text);
}

static void the_numbers_that_are_fixed_are_five(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        char number[8];

        (void)snprintf(number, sizeof number, "%d", 111 + i);
        assert_string_equal(fixed_numbers[i].number, number);
    }
    assert_null(fixed_numbers[5].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_words_and_is_found_by_them),
        cmocka_unit_test(a_notice_stands_by_its_times),
        cmocka_unit_test(what_cannot_be_shown_is_refused),
        cmocka_unit_test(a_catalogue_is_read_with_its_dated_forms),
        cmocka_unit_test(a_fault_in_a_catalogue_names_its_line),
        cmocka_unit_test(the_numbers_that_are_fixed_are_five),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
