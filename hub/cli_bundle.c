/* hub/cli_bundle.c - what is carried by hand, to and from the communes. */
#include "hub/cli_bundle.h"

#include "common/bundle/command.h"
#include "hub/cli.h"
#include "hub/client.h"

const struct cli_option hub_cli_bundle_options[] = {
    {"size", CLI_ONE, "64M  in files of at most so much: FILE, FILE.2, .."},
    {"files", CLI_ONE, "64M  at most so much of photos and files, or none"},
    {"whole", CLI_FLAG, "from the beginning, whatever the commune holds"},
    {0}};

static struct json *call(void *who, const char *command, struct json *args,
                         struct error *err)
{
    return hub_client_call(cli_data(who), command, args, err);
}

int hub_cli_bundle_export(struct cli *cli)
{
    struct carry_order order = {.unit = cli_argument(cli, 0),
                                .path = cli_argument(cli, 1),
                                .after = -1,
                                .files = -1,
                                .whole = cli_flag(cli, "whole")};
    struct carrier c = bundle_command_carrier(cli, call, cli);
    struct error err = {""};
    int misuse = bundle_command_sizes(cli, &order);

    if (misuse != 0)
        return misuse;
    if (carry_export(&c, &order, &err) != 0)
        return cli_fail(cli, "%s", err.text);
    return 0;
}

int hub_cli_bundle_import(struct cli *cli)
{
    struct carrier c = bundle_command_carrier(cli, call, cli);

    return bundle_command_import(cli, &c);
}
