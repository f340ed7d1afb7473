/* tests/unit/test_format_print.c - what others wrote is shown on a terminal,
 * and nothing in it is obeyed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/format/print.h"

/* "clear the screen"; the same by C1, as UTF-8; back to the line's begin */
#define CLEAR "\x1b[2J"
#define CLEAR_C1                                                               \
    "\xc2\x9b"                                                                 \
    "2J"

static char seen[1024];

static void printed(void (*print)(void))
{
    FILE *file = tmpfile();
    int out = dup(STDOUT_FILENO);
    size_t size;

    assert_non_null(file);
    (void)fflush(stdout);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    print();
    (void)fflush(stdout);
    assert_true(dup2(out, STDOUT_FILENO) >= 0);
    (void)close(out);
    rewind(file);
    size = fread(seen, 1, sizeof seen - 1, file);
    seen[size] = '\0';
    (void)fclose(file);
}

static void print_a_table(void)
{
    static const char *const columns[] = {"version", "by", NULL};
    static const int widths[] = {10, 0};
    struct json *rows = json_array_new(), *row = json_object_new();

    json_set_text(row, "version", "1.4" CLEAR CLEAR_C1 "\r\x7f");
    json_set_text(row, "by", "Nguyễn Văn Được\tĐội");
    json_add(rows, row);
    print_table(rows, columns, widths);
    json_free(&rows);
}

static void print_a_line(void)
{
    print_line(stdout, "! %s: %s", "quang-tho", "no" CLEAR CLEAR_C1 "\nđược");
}

static void a_table_shows_what_others_wrote_and_obeys_none_of_it(void **state)
{
    (void)state;
    printed(print_a_table);
    assert_string_equal(seen, "version    by \n"
                              "1.4?[2J?2J?? Nguyễn Văn Được?Đội \n");
}

static void a_line_stays_one_line(void **state)
{
    (void)state;
    printed(print_a_line);
    assert_string_equal(seen, "! quang-tho: no?[2J?2J?được\n");
}

static void a_reason_stays_one_line_that_a_terminal_does_not_obey(void **state)
{
    struct error err = {""};

    (void)state;
    (void)error_set(&err, ERR_INVALID, "reason: %s",
                    "à" CLEAR CLEAR_C1 "\n\x7fz");
    assert_string_equal(err.text, "reason: à [2J  2J  z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_shows_what_others_wrote_and_obeys_none_of_it),
        cmocka_unit_test(a_line_stays_one_line),
        cmocka_unit_test(a_reason_stays_one_line_that_a_terminal_does_not_obey),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
