#include "common/base/cli.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/owner.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2 };

static const struct cli_option common_options[] = {
    {"data", CLI_ONE, "DIR  where everything is kept"},
    {"json", CLI_FLAG, "lists and results as JSON"},
    {"help", CLI_FLAG, "this text"},
    {NULL, CLI_FLAG, NULL},
};

struct given {
    const struct cli_option *option;
    const char *value; /* NULL for a flag */
};

struct cli {
    const char *program, *about, *default_data;
    const struct cli_command *commands;
    const struct cli_command *command; /* NULL: not known yet */
    void *context;
    const char **words; /* command and arguments; borrowed from argv */
    int word_count, first_argument;
    struct given *given;
    int given_count;
};

static int name_words(const struct cli_command *command)
{
    int count = 1;

    for (const char *at = command->name; *at; at++)
        count += *at == ' ';
    return count;
}

/* Do the first words of the line spell the command's name? */
static bool words_spell(const struct cli *cli,
                        const struct cli_command *command)
{
    const char *name = command->name;

    for (int i = 0; i < name_words(command); i++) {
        size_t size = strcspn(name, " ");

        if (i >= cli->word_count || strlen(cli->words[i]) != size ||
            strncmp(cli->words[i], name, size) != 0)
            return false;
        name += size + (name[size] == ' ');
    }
    return true;
}

static const struct cli_option *find_in(const struct cli_option *options,
                                        const char *name, size_t size)
{
    for (; options && options->name; options++)
        if (strlen(options->name) == size &&
            strncmp(options->name, name, size) == 0)
            return options;
    return NULL;
}

static const struct cli_option *find_option(const struct cli_command *command,
                                            const char *name, size_t size)
{
    const struct cli_option *found = find_in(common_options, name, size);

    if (!found && command)
        found = find_in(command->options, name, size);
    return found;
}

static const struct given *find_given(const struct cli *cli, const char *name,
                                      int index)
{
    for (int i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0 && index-- == 0)
            return &cli->given[i];
    return NULL;
}

static int keep(struct cli *cli, const struct cli_option *option,
                const char *value, struct error *err)
{
    if (option->arity != CLI_MANY && find_given(cli, option->name, 0))
        return error_set(err, ERR_INVALID, "--%s is given twice", option->name);
    cli->given[cli->given_count++] = (struct given){option, value};
    return 0;
}

/* One "--name", "--name=value" or "--name value"; moves `*at` over the value.
 */
static int take_option(struct cli *cli, const struct cli_command *command,
                       char **argv, int *at, struct error *err)
{
    const char *name = argv[*at] + 2;
    size_t size = strcspn(name, "=");
    const char *value = name[size] == '=' ? name + size + 1 : NULL;
    const struct cli_option *option = find_option(command, name, size);

    if (!option)
        return error_set(err, ERR_INVALID, "unknown option --%.*s", (int)size,
                         name);
    if (option->arity == CLI_FLAG && value)
        return error_set(err, ERR_INVALID, "--%s takes no value", option->name);
    if (option->arity != CLI_FLAG && !value) {
        value = argv[*at + 1];
        if (!value || strncmp(value, "--", 2) == 0)
            return error_set(err, ERR_INVALID, "--%s needs a value",
                             option->name);
        (*at)++;
    }
    return keep(cli, option, value, err);
}

/* Reads the line as `command` would. Words after the first fault count still,
 * so that a misspelt option does not hide which command was meant. */
static int read_line(struct cli *cli, const struct cli_command *command,
                     int argc, char **argv, struct error *err)
{
    struct error ignored;
    bool words_only = false;
    int rc = 0;

    cli->word_count = cli->given_count = 0;
    for (int i = 1; i < argc; i++) {
        int fault = 0;
        struct error *reason = rc == 0 ? err : &ignored;

        if (words_only || argv[i][0] != '-' || !argv[i][1])
            cli->words[cli->word_count++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            words_only = true;
        else if (argv[i][1] == '-')
            fault = take_option(cli, command, argv, &i, reason);
        else
            fault =
                error_set(reason, ERR_INVALID, "unknown option %s", argv[i]);
        if (rc == 0)
            rc = fault;
    }
    return rc;
}

/* The command whose name the line spells, read with that command's own options:
 * they may stand before its name. The longest name wins. */
static const struct cli_command *find_command(struct cli *cli, int argc,
                                              char **argv)
{
    const struct cli_command *best = NULL;

    for (const struct cli_command *c = cli->commands; c->name; c++) {
        (void)read_line(cli, c, argc, argv, NULL);
        if (words_spell(cli, c) && (!best || name_words(c) > name_words(best)))
            best = c;
    }
    return best;
}

static void print_options(const struct cli_option *options)
{
    for (; options && options->name; options++)
        printf("  --%s%s%s\n", options->name,
               options->arity == CLI_FLAG ? "  " : " ", options->help);
}

static bool in_group(const struct cli_command *command, const char *group)
{
    size_t size = strlen(group);

    return strncmp(command->name, group, size) == 0 &&
           command->name[size] == ' ';
}

/* `group`: only commands whose first word it is; NULL: all. */
static void print_commands(const struct cli *cli, const char *group)
{
    for (const struct cli_command *c = cli->commands; c->name; c++) {
        const char *arguments = c->arguments ? c->arguments : "";

        if (!group || in_group(c, group))
            printf("  %s%s%s\n      %s\n", c->name, *arguments ? " " : "",
                   arguments, c->help);
    }
}

static void print_program_help(const struct cli *cli, const char *group)
{
    printf("%s: %s\n\nusage: %s COMMAND [ARGUMENT..] [--OPTION..]\n\n"
           "commands:\n",
           cli->program, cli->about, cli->program);
    print_commands(cli, group);
    printf("\noptions of every command:\n");
    print_options(common_options);
    printf("\n--data may be set as LIENXA_DATA; default %s.\n"
           "%s COMMAND --help shows the options of a command; "
           "%s --version the version.\n"
           "exit codes: 0 done, 1 refused or failed, 2 misused\n",
           cli->default_data, cli->program, cli->program);
}

static void print_command_help(const struct cli *cli)
{
    const struct cli_command *c = cli->command;
    const char *arguments = c->arguments ? c->arguments : "";

    printf("usage: %s %s%s%s\n\n%s\n\noptions:\n", cli->program, c->name,
           *arguments ? " " : "", arguments, c->help);
    print_options(c->options);
    print_options(common_options);
    printf("\nexit codes: 0 done, 1 refused or failed, 2 misused\n");
}

__attribute__((format(printf, 2, 0))) static void
complain(const struct cli *cli, const char *format, va_list args,
         const char *more)
{
    struct buf line = {0};
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    buf_printf(&line, "%s: %s%s", cli->program, text ? text : "", more);
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] < 0x20 || line.data[i] == 0x7f)
            line.data[i] = ' ';
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s\n", buf_text(&line));
    free(text);
    buf_free(&line);
}

int cli_fail(const struct cli *cli, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(cli, format, args, "");
    va_end(args);
    return FAILED;
}

int cli_misuse(const struct cli *cli, const char *format, ...)
{
    struct buf more = {0};
    va_list args;

    buf_printf(&more, "; see %s %s%s--help", cli->program,
               cli->command ? cli->command->name : "", cli->command ? " " : "");
    va_start(args, format);
    complain(cli, format, args, buf_text(&more));
    va_end(args);
    buf_free(&more);
    return MISUSED;
}

static bool group_exists(const struct cli *cli, const char *word)
{
    for (const struct cli_command *c = cli->commands; c->name; c++)
        if (in_group(c, word))
            return true;
    return false;
}

/* No command was spelled: help, version, or what is wrong. */
static int run_nothing(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", cli->program, LIENXA_VERSION);
        return DONE;
    }
    int rc = read_line(cli, NULL, argc, argv, &err);
    const char *word = cli->word_count > 0 ? cli->words[0] : NULL;
    bool group = word && group_exists(cli, word);

    if (find_given(cli, "help", 0) && (!word || group)) {
        print_program_help(cli, word);
        return DONE;
    }
    if (group && cli->word_count == 1)
        return cli_misuse(cli, "\"%s\" needs a second word", word);
    if (group)
        return cli_misuse(cli, "unknown command \"%s %s\"", word,
                          cli->words[1]);
    if (word)
        return cli_misuse(cli, "unknown command \"%s\"", word);
    if (rc != 0)
        return cli_misuse(cli, "%s", err.text);
    return cli_misuse(cli, "no command given");
}

static int run_command(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    const struct cli_command *c = cli->command;
    int rc = read_line(cli, c, argc, argv, &err);

    if (find_given(cli, "help", 0)) {
        print_command_help(cli);
        return DONE;
    }
    if (rc != 0)
        return cli_misuse(cli, "%s", err.text);
    cli->first_argument = name_words(c);
    if (cli_count(cli) < c->min_arguments)
        return cli_misuse(cli, "%s needs more arguments: %s", c->name,
                          c->arguments ? c->arguments : "");
    if (cli_count(cli) > c->max_arguments)
        return cli_misuse(cli, "one argument too many: \"%s\"",
                          cli_argument(cli, c->max_arguments));
    if (!*cli_data(cli))
        return cli_misuse(cli, "--data needs a folder");
    if (owner_become(cli_data(cli), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    return c->run(cli);
}

int cli_main(int argc, char **argv, const char *program,
             const char *default_data, const char *about,
             const struct cli_command *commands, void *context)
{
    size_t most = argc > 0 ? (size_t)argc : 1;
    struct cli cli = {.program = program,
                      .about = about,
                      .default_data = default_data,
                      .commands = commands,
                      .context = context,
                      .words = mem_array(most, sizeof *cli.words),
                      .given = mem_array(most, sizeof *cli.given)};

    cli.command = find_command(&cli, argc, argv);
    int code = cli.command ? run_command(&cli, argc, argv)
                           : run_nothing(&cli, argc, argv);

    if (fflush(stdout) != 0 || ferror(stdout))
        code = cli_fail(&cli, "cannot write to standard output");
    mem_free(&cli.words);
    mem_free(&cli.given);
    return code;
}

void *cli_context(const struct cli *cli) { return cli->context; }

const char *cli_data(const struct cli *cli)
{
    const struct given *given = find_given(cli, "data", 0);
    const char *environment = getenv("LIENXA_DATA");

    if (given)
        return given->value;
    return environment && *environment ? environment : cli->default_data;
}

bool cli_json(const struct cli *cli) { return cli_flag(cli, "json"); }

int cli_count(const struct cli *cli)
{
    return cli->word_count - cli->first_argument;
}

const char *cli_argument(const struct cli *cli, int index)
{
    if (index < 0 || index >= cli_count(cli))
        return NULL;
    return cli->words[cli->first_argument + index];
}

bool cli_flag(const struct cli *cli, const char *name)
{
    return find_given(cli, name, 0) != NULL;
}

const char *cli_option_value(const struct cli *cli, const char *name)
{
    return cli_option_at(cli, name, 0);
}

const char *cli_option_at(const struct cli *cli, const char *name, int index)
{
    const struct given *given = find_given(cli, name, index);

    return given ? given->value : NULL;
}

const struct cli_command *cli_command(const struct cli *cli)
{
    return cli->command;
}
