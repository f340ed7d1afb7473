/* common/base/cli.h - the command line: a table of commands, their options,
 * --help and the exit codes (design 11: 0 done, 1 refused or failed, 2
 * misused).
 *
 * A command is one or two words ("serve", "alert issue"). Options take the form
 * --name VALUE or --name=VALUE, flags --name; both may stand anywhere. An
 * option given twice is kept as a list where CLI_MANY is set and refused
 * otherwise.
 */
#ifndef LIENXA_BASE_CLI_H
#define LIENXA_BASE_CLI_H

#include <stdbool.h>
#include <stddef.h>

enum cli_arity { CLI_FLAG, CLI_ONE, CLI_MANY };

struct cli_option {
    const char *name; /* without the dashes; NULL ends the table */
    enum cli_arity arity;
    const char *help; /* "HOST  the address nodes will dial" */
};

struct cli;

struct cli_command {
    const char *name;      /* "alert issue"; NULL ends the table */
    const char *arguments; /* shown in --help: "UNIT [--expires 48h]" */
    int min_arguments, max_arguments;
    const struct cli_option *options; /* NULL: only the common ones */
    const char *help;                 /* one line */
    int (*run)(struct cli *cli);      /* returns the exit code */
};

/* Common to all commands: --data DIR, --json, --help. Parses, finds the
 * command, runs it; root does so as the one to whom DIR belongs (owner.h).
 * Misuse: one line on stderr that says what is wrong and where --help is;
 * returns 2. `context` is handed to the command. */
int cli_main(int argc, char **argv, const char *program,
             const char *default_data, const char *about,
             const struct cli_command *commands, void *context);

void *cli_context(const struct cli *cli);
const char *cli_data(const struct cli *cli); /* --data, LIENXA_DATA, default */
bool cli_json(const struct cli *cli);
int cli_count(const struct cli *cli); /* positional arguments */
const char *cli_argument(const struct cli *cli, int index); /* or NULL */
bool cli_flag(const struct cli *cli, const char *name);
const char *cli_option_value(const struct cli *cli,
                             const char *name); /* NULL */
/* The index-th value of a CLI_MANY option, or NULL. */
const char *cli_option_at(const struct cli *cli, const char *name, int index);
const struct cli_command *cli_command(const struct cli *cli);

/* "lienxa-hub: text" on stderr; returns 1 (failed) or 2 (misused). */
int cli_fail(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int cli_misuse(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
