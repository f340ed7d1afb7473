/* tests/unit/test_base_cli.c - the command line, rightly used and misused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/cli.h"

enum { WORDS_MAX = 16 };

static struct buf heard; /* what the command was told */
static char out[8192], complaint[2048];

static int run_serve(struct cli *cli)
{
    buf_printf(&heard, "serve data=%s", cli_data(cli));
    return *(int *)cli_context(cli);
}

static int run_issue(struct cli *cli)
{
    buf_printf(&heard, "%s", cli_command(cli)->name);
    for (int i = 0; i < cli_count(cli); i++)
        buf_printf(&heard, " [%s]", cli_argument(cli, i));
    if (cli_option_value(cli, "event"))
        buf_printf(&heard, " event=%s", cli_option_value(cli, "event"));
    for (int i = 0; cli_option_at(cli, "to", i); i++)
        buf_printf(&heard, " to=%s", cli_option_at(cli, "to", i));
    buf_printf(&heard, "%s%s", cli_flag(cli, "test") ? " test" : "",
               cli_json(cli) ? " json" : "");
    assert_null(cli_argument(cli, -1));
    assert_null(cli_argument(cli, cli_count(cli)));
    return 0;
}

static int run_refuse(struct cli *cli)
{
    printf("half\n");
    return cli_fail(cli, "unit %s\nis unknown", cli_argument(cli, 0));
}

static int run_misuse(struct cli *cli)
{
    return cli_misuse(cli, "UNIT and --all exclude each other");
}

static const struct cli_option issue_options[] = {
    {"event", CLI_ONE, "E  what happens"},
    {"to", CLI_MANY, "UNIT  who must know"},
    {"test", CLI_FLAG, "an exercise"},
    {NULL, CLI_FLAG, NULL},
};

static const struct cli_command commands[] = {
    {"serve", NULL, 0, 0, NULL, "runs the hub", run_serve},
    {"alert", "WORD", 1, 1, NULL, "an old form", run_refuse},
    {"alert issue", "[UNIT..] --event E", 0, 2, issue_options,
     "tells the communes", run_issue},
    {"node revoke", "UNIT", 1, 1, NULL, "shuts a node out", run_refuse},
    {"node list", "", 0, 0, NULL, "all nodes", run_misuse},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};

static int redirect(int fd)
{
    int to = memfd_create("stream", MFD_CLOEXEC);

    assert_true(to >= 0 && dup2(to, fd) >= 0);
    return to;
}

static void read_back(int from, char *text, size_t room)
{
    ssize_t got = pread(from, text, room - 1, 0);

    assert_true(got >= 0);
    text[got] = '\0';
    (void)close(from);
}

/* Runs one line, split at single spaces; '_' stands for a space in a word. */
static int run_to(int code, const char *line, int output)
{
    char words[512], *argv[WORDS_MAX + 1] = {"lienxa-hub"};
    int argc = 1, saved_out = dup(1), saved_err = dup(2), rc;
    char *rest = words;

    (void)snprintf(words, sizeof words, "%s", line);
    while (argc < WORDS_MAX && rest && *line) {
        argv[argc] = strsep(&rest, " ");
        for (char *at = argv[argc++]; (at = strchr(at, '_')); *at = ' ')
            ;
    }
    buf_clear(&heard);
    (void)fflush(stdout);
    int to_out = output, to_err = redirect(2);

    if (output < 0)
        to_out = redirect(1);
    else
        (void)dup2(output, 1);
    rc = cli_main(argc, argv, "lienxa-hub", "/var/lib/lienxa-hub",
                  "the district's side", commands, &code);
    (void)dup2(saved_out, 1);
    (void)dup2(saved_err, 2);
    (void)close(saved_out);
    (void)close(saved_err);
    read_back(to_out, out, sizeof out);
    read_back(to_err, complaint, sizeof complaint);
    return rc;
}

static int run(const char *line) { return run_to(0, line, -1); }

static void expect_heard(const char *line, const char *expected)
{
    assert_int_equal(run(line), 0);
    assert_string_equal(buf_text(&heard), expected);
    assert_string_equal(complaint, "");
}

/* Misuse is one line on stderr, nothing on stdout, exit 2, and no command runs.
 */
static void expect_misuse(const char *line, const char *expected)
{
    assert_int_equal(run(line), 2);
    assert_string_equal(complaint, expected);
    assert_string_equal(out, "");
    assert_string_equal(buf_text(&heard), "");
}

static void options_may_stand_anywhere_in_both_forms(void **state)
{
    const char *expected = "alert issue [a] event=flood to=x to=y test json";

    (void)state;
    expect_heard("alert issue a --event flood --to x --to y --test --json",
                 expected);
    expect_heard("--json --to=x alert --event=flood issue --test a --to=y",
                 expected);
    expect_heard("--to x --event flood --to y --test alert issue --json a",
                 expected);
}

static void
an_option_value_may_hold_anything_after_the_equals_sign(void **state)
{
    (void)state;
    expect_heard("alert issue --event=--json", "alert issue event=--json");
    expect_heard("alert issue --event=a=b", "alert issue event=a=b");
    expect_heard("alert issue --event=", "alert issue event=");
    expect_heard("alert issue --event -x", "alert issue event=-x");
}

static void a_dash_and_what_follows_two_dashes_are_arguments(void **state)
{
    (void)state;
    expect_heard("alert issue - -- --event", "alert issue [-] [--event]");
    expect_heard("alert issue -- -x", "alert issue [-x]");
}

static void the_longest_name_that_fits_is_the_command(void **state)
{
    (void)state;
    expect_heard("alert issue issue", "alert issue [issue]");
    assert_int_equal(run("alert issues"), 1);
    assert_string_equal(complaint, "lienxa-hub: unit issues is unknown\n");
}

static void the_exit_code_is_the_command_s(void **state)
{
    (void)state;
    assert_int_equal(run_to(0, "serve", -1), 0);
    assert_int_equal(run_to(1, "serve", -1), 1);
    assert_int_equal(run("node revoke x"), 1);
    assert_string_equal(complaint, "lienxa-hub: unit x is unknown\n");
    assert_string_equal(out, "half\n");
    assert_int_equal(run("node list"), 2);
    assert_string_equal(complaint,
                        "lienxa-hub: UNIT and --all exclude each other; see "
                        "lienxa-hub node list --help\n");
}

static void the_folder_comes_from_the_line_then_the_environment(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("LIENXA_DATA"), 0);
    expect_heard("serve", "serve data=/var/lib/lienxa-hub");
    assert_int_equal(setenv("LIENXA_DATA", "/env", 1), 0);
    expect_heard("serve", "serve data=/env");
    expect_heard("serve --data /line", "serve data=/line");
    assert_int_equal(setenv("LIENXA_DATA", "", 1), 0);
    expect_heard("serve", "serve data=/var/lib/lienxa-hub");
    assert_int_equal(unsetenv("LIENXA_DATA"), 0);
    expect_misuse("serve --data=", "lienxa-hub: --data needs a folder; see "
                                   "lienxa-hub serve --help\n");
}

static void misuse_says_what_is_wrong_and_where_help_is(void **state)
{
    (void)state;
    expect_misuse("", "lienxa-hub: no command given; see lienxa-hub --help\n");
    expect_misuse("--json",
                  "lienxa-hub: no command given; see lienxa-hub --help\n");
    expect_misuse("--x", "lienxa-hub: unknown option --x; see "
                         "lienxa-hub --help\n");
    expect_misuse("sevre", "lienxa-hub: unknown command \"sevre\"; see "
                           "lienxa-hub --help\n");
    expect_misuse("node", "lienxa-hub: \"node\" needs a second word; see "
                          "lienxa-hub --help\n");
    expect_misuse("node lst", "lienxa-hub: unknown command \"node lst\"; see "
                              "lienxa-hub --help\n");
    expect_misuse("sevre --help", "lienxa-hub: unknown command \"sevre\"; see "
                                  "lienxa-hub --help\n");
}

static void a_command_used_wrongly_names_its_own_help(void **state)
{
    static const char *const pairs[][2] = {
        {"serve --event x", "unknown option --event"},
        {"serve -x", "unknown option -x"},
        {"serve --dat x", "unknown option --dat"},
        {"serve --data", "--data needs a value"},
        {"serve --data --json", "--data needs a value"},
        {"serve --json=yes", "--json takes no value"},
        {"serve --json --json", "--json is given twice"},
        {"serve --data a --data b", "--data is given twice"},
        {"serve now", "one argument too many: \"now\""},
        {"serve --a --b", "unknown option --a"},
    };
    struct buf expected = {0};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        buf_clear(&expected);
        buf_printf(&expected, "lienxa-hub: %s; see lienxa-hub serve --help\n",
                   pairs[i][1]);
        expect_misuse(pairs[i][0], buf_text(&expected));
    }
    buf_free(&expected);
    expect_misuse("node revoke",
                  "lienxa-hub: node revoke needs more arguments: "
                  "UNIT; see lienxa-hub node revoke --help\n");
    expect_misuse("alert issue a b c", "lienxa-hub: one argument too many: "
                                       "\"c\"; see lienxa-hub alert issue "
                                       "--help\n");
    expect_misuse("alert issue --event a --event b",
                  "lienxa-hub: --event is given twice; see lienxa-hub alert "
                  "issue --help\n");
}

static void help_lists_the_commands_and_the_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(run("--help"), 0);
    assert_non_null(strstr(out, "the district's side"));
    for (const struct cli_command *c = commands; c->name; c++) {
        assert_non_null(strstr(out, c->name));
        assert_non_null(strstr(out, c->help));
    }
    assert_non_null(strstr(out, "0 done, 1 refused or failed, 2 misused"));
    assert_non_null(strstr(out, "LIENXA_DATA"));
    assert_non_null(strstr(out, "--json"));
    assert_string_equal(complaint, "");
}

static void help_for_a_first_word_lists_its_commands_only(void **state)
{
    (void)state;
    assert_int_equal(run("node --help"), 0);
    assert_non_null(strstr(out, "node revoke UNIT"));
    assert_null(strstr(out, "alert issue"));
}

static void help_of_a_command_shows_its_options_and_runs_nothing(void **state)
{
    (void)state;
    assert_int_equal(run("alert issue --wrong --help a b c d"), 0);
    assert_non_null(
        strstr(out, "usage: lienxa-hub alert issue [UNIT..] --event E\n"));
    assert_non_null(strstr(out, "tells the communes"));
    assert_non_null(strstr(out, "--event E  what happens\n"));
    assert_non_null(strstr(out, "--test  an exercise\n"));
    assert_non_null(strstr(out, "--data DIR  "));
    assert_string_equal(buf_text(&heard), "");
}

static void the_version_is_told_by_the_program_only(void **state)
{
    (void)state;
    assert_int_equal(run("--version"), 0);
    assert_string_equal(out, "lienxa-hub " LIENXA_VERSION "\n");
    assert_int_equal(run("serve --version"), 2);
}

static void output_that_cannot_be_written_is_a_failure(void **state)
{
    int full = open("/dev/full", O_RDWR | O_CLOEXEC);

    (void)state;
    assert_true(full >= 0);
    assert_int_equal(run_to(0, "--help", full), 1);
    assert_non_null(strstr(complaint, "cannot write to standard output"));
    clearerr(stdout);
}

static int let_go(void **state)
{
    (void)state;
    buf_free(&heard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere_in_both_forms),
        cmocka_unit_test(
            an_option_value_may_hold_anything_after_the_equals_sign),
        cmocka_unit_test(a_dash_and_what_follows_two_dashes_are_arguments),
        cmocka_unit_test(the_longest_name_that_fits_is_the_command),
        cmocka_unit_test(the_exit_code_is_the_command_s),
        cmocka_unit_test(the_folder_comes_from_the_line_then_the_environment),
        cmocka_unit_test(misuse_says_what_is_wrong_and_where_help_is),
        cmocka_unit_test(a_command_used_wrongly_names_its_own_help),
        cmocka_unit_test(help_lists_the_commands_and_the_exit_codes),
        cmocka_unit_test(help_for_a_first_word_lists_its_commands_only),
        cmocka_unit_test(help_of_a_command_shows_its_options_and_runs_nothing),
        cmocka_unit_test(the_version_is_told_by_the_program_only),
        cmocka_unit_test(output_that_cannot_be_written_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, let_go);
}
