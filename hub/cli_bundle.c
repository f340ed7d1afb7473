/* hub/cli_bundle.c - what is carried by hand, to and from the communes. */
#include "hub/cli_bundle.h"

#include <unistd.h>

#include "common/bundle/carry.h"
#include "hub/cli.h"
#include "hub/client.h"

const struct cli_option hub_cli_bundle_options[] = {
    {"size", CLI_ONE, "64M  in files of at most so much: FILE, FILE.2, .."},
    {"whole", CLI_FLAG, "from the beginning, whatever the commune holds"},
    {0}};

static struct json *call(void *who, const char *command, struct json *args,
                         struct error *err)
{
    return hub_client_call(cli_data(who), command, args, err);
}

static struct carrier carrier_of(struct cli *cli)
{
    return (struct carrier){.call = call,
                            .who = cli,
                            .as_json = cli_json(cli),
                            .progress = isatty(STDERR_FILENO) == 1};
}

int hub_cli_bundle_export(struct cli *cli)
{
    const char *size = cli_option_value(cli, "size");
    struct carry_order order = {.unit = cli_argument(cli, 0),
                                .path = cli_argument(cli, 1),
                                .after = -1,
                                .whole = cli_flag(cli, "whole")};
    struct carrier c = carrier_of(cli);
    struct error err = {""};

    if (size != NULL && !carry_size_parse(&order.size, size))
        return cli_misuse(cli, "--size: \"%s\" is not a size from 1M on", size);
    if (carry_export(&c, &order, &err) != 0)
        return cli_fail(cli, "%s", err.text);
    return 0;
}

int hub_cli_bundle_import(struct cli *cli)
{
    struct carrier c = carrier_of(cli);
    int code = 0;

    for (int i = 0; i < cli_count(cli); i++) {
        struct error err = {""};

        if (carry_import(&c, cli_argument(cli, i), &err) != 0)
            code = cli_fail(cli, "%s", err.text);
    }
    return code;
}
