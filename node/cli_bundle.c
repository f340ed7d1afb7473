/* node/cli_bundle.c - what is carried by hand, from and to this commune. */
#include "node/cli_bundle.h"

#include <stdlib.h>

#include "common/bundle/command.h"
#include "node/cli.h"
#include "node/client.h"

const struct cli_option node_cli_bundle_options[] = {
    {"size", CLI_ONE, "64M  in files of at most so much: FILE, FILE.2, .."},
    {"files", CLI_ONE, "64M  at most so much of photos and files, or none"},
    {"after", CLI_ONE, "N  from behind this position (what is unacknowledged)"},
    {0}};

static struct json *call(void *who, const char *command, struct json *args,
                         struct error *err)
{
    return node_client_call(who, command, args, err);
}

int node_cli_bundle_export(struct cli *cli)
{
    const char *after = cli_option_value(cli, "after");
    struct carry_order order = {
        .path = cli_argument(cli, 0), .after = -1, .files = -1};
    struct node_client *client;
    struct carrier c;
    struct error err = {""};
    char *end = NULL;
    int rc = bundle_command_sizes(cli, &order);

    if (rc != 0)
        return rc;
    if (after != NULL)
        order.after = strtoll(after, &end, 10);
    if (after != NULL && (end == after || *end != '\0' || order.after < 0))
        return cli_misuse(cli, "--after: \"%s\" is not a position", after);
    client = node_client_new(cli_data(cli));
    c = bundle_command_carrier(cli, call, client);
    rc = carry_export(&c, &order, &err);
    node_client_free(&client);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

int node_cli_bundle_import(struct cli *cli)
{
    struct node_client *client = node_client_new(cli_data(cli));
    struct carrier c = bundle_command_carrier(cli, call, client);
    int code = bundle_command_import(cli, &c);

    node_client_free(&client);
    return code;
}
