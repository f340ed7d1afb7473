/* common/bundle/command.c - see command.h. */
#include "common/bundle/command.h"

#include <unistd.h>

struct carrier bundle_command_carrier(const struct cli *cli,
                                      struct json *(*call)(void *who,
                                                           const char *command,
                                                           struct json *args,
                                                           struct error *err),
                                      void *who)
{
    return (struct carrier){.call = call,
                            .who = who,
                            .as_json = cli_json(cli),
                            .progress = isatty(STDERR_FILENO) == 1};
}

int bundle_command_sizes(const struct cli *cli, struct carry_order *out)
{
    const char *size = cli_option_value(cli, "size");
    const char *files = cli_option_value(cli, "files");

    if (size != NULL && !carry_size_parse(&out->size, size))
        return cli_misuse(cli, "--size: \"%s\" is not a size from 1M on", size);
    if (files != NULL && !carry_files_parse(&out->files, files))
        return cli_misuse(
            cli, "--files: \"%s\" is neither \"none\" nor a size from 1M on",
            files);
    return 0;
}

int bundle_command_import(const struct cli *cli, const struct carrier *carrier)
{
    int code = 0;

    for (int i = 0; i < cli_count(cli); i++) {
        struct error err = {""};

        if (carry_import(carrier, cli_argument(cli, i), &err) != 0)
            code = cli_fail(cli, "%s", err.text);
    }
    return code;
}
