/* tests/unit/test_format_notice_cli.c - what is typed of a notice, and how
 * lists of them are printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/format/notice_cli.h"

static struct buf typed; /* the words as JSON */

static int run_write(struct cli *cli)
{
    struct json *words = notice_cli_words(cli);

    json_write(&typed, words);
    json_free(&words);
    return 0;
}

static const struct cli_option options[] = {
    NOTICE_CLI_WORDS, NOTICE_CLI_REASON, {"leader", CLI_ONE, "NAME"}, {0}};
static const struct cli_command commands[] = {
    {"notice write", "", 0, 0, options, "writes", run_write}, {0}};

static const char *words_of(const char *const *words)
{
    const char *argv[24] = {"lienxa-node", "notice", "write"};
    int argc = 3;

    while (*words != NULL)
        argv[argc++] = *words++;
    buf_clear(&typed);
    assert_int_equal(cli_main(argc, (char **)argv, "lienxa-node", "/nowhere",
                              "", commands, NULL),
                     0);
    return buf_text(&typed);
}

static void only_what_was_typed_is_said_under_its_own_name(void **state)
{
    static const char *const all[] = {
        "--kind",      "giao_thong",
        "--title",     "Cấm đường",
        "--text",      "Cầu hỏng.",
        "--speaker",   "Cầu hỏng, xin chú ý.",
        "--areas",     "Phò Nam, Niêm Phò",
        "--expires",   "30d",
        "--effective", "2026-11-26T08:00:00+07:00",
        NULL};
    static const char *const one[] = {"--text", "Nước rút.", NULL};
    static const char *const none[] = {NULL};

    (void)state;
    assert_string_equal(
        words_of(all),
        "{\"kind\":\"giao_thong\",\"title\":\"Cấm đường\","
        "\"text\":\"Cầu hỏng.\",\"speaker\":\"Cầu hỏng, xin chú ý.\","
        "\"areas\":\"Phò Nam, Niêm Phò\","
        "\"effective\":\"2026-11-26T08:00:00+07:00\",\"expires\":\"30d\"}");
    assert_string_equal(words_of(one), "{\"text\":\"Nước rút.\"}");
    assert_string_equal(words_of(none), "{}");
}

/* "" takes a line away where a notice is corrected. */
static void what_was_typed_empty_is_said_empty(void **state)
{
    static const char *const words[] = {"--speaker", "", NULL};

    (void)state;
    assert_string_equal(words_of(words), "{\"speaker\":\"\"}");
}

/* A reason, or who leads, is the command's, no part of the notice. */
static void other_options_are_none_of_its_words(void **state)
{
    static const char *const words[] = {"--reason", "Tin mới", "--leader", "ha",
                                        "--title",  "Lũ",      NULL};

    (void)state;
    assert_string_equal(words_of(words), "{\"title\":\"Lũ\"}");
}

/* The last column takes what is left of the line. */
static void each_column_has_a_width(void **state)
{
    const struct notice_cli_table *const tables[] = {
        &notice_cli_notices, &notice_cli_procedures, &notice_cli_numbers};

    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        size_t column = 0;

        for (; tables[t]->columns[column + 1] != NULL; column++)
            assert_true(tables[t]->widths[column] >=
                        (int)strlen(tables[t]->columns[column]));
        assert_int_equal(tables[t]->widths[column], 0);
    }
}

static int free_typed(void **state)
{
    (void)state;
    buf_free(&typed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_typed_is_said_under_its_own_name),
        cmocka_unit_test(what_was_typed_empty_is_said_empty),
        cmocka_unit_test(other_options_are_none_of_its_words),
        cmocka_unit_test(each_column_has_a_width),
    };

    return cmocka_run_group_tests(tests, NULL, free_typed);
}
