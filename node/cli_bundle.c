/* node/cli_bundle.c - what is carried by hand, from and to this commune. */
#include "node/cli_bundle.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/bundle/carry.h"
#include "node/cli.h"
#include "node/client.h"

const struct cli_option node_cli_bundle_options[] = {
    {"size", CLI_ONE, "64M  in files of at most so much: FILE, FILE.2, .."},
    {"after", CLI_ONE, "N  from behind this position (what is unacknowledged)"},
    {0}};

static struct json *call(void *who, const char *command, struct json *args,
                         struct error *err)
{
    return node_client_call(who, command, args, err);
}

static struct carrier carrier_of(struct cli *cli, struct node_client *client)
{
    return (struct carrier){.call = call,
                            .who = client,
                            .as_json = cli_json(cli),
                            .progress = isatty(STDERR_FILENO) == 1};
}

int node_cli_bundle_export(struct cli *cli)
{
    const char *size = cli_option_value(cli, "size");
    const char *after = cli_option_value(cli, "after");
    struct carry_order order = {.path = cli_argument(cli, 0), .after = -1};
    struct node_client *client;
    struct carrier c;
    struct error err = {""};
    char *end = NULL;
    int rc;

    if (size != NULL && !carry_size_parse(&order.size, size))
        return cli_misuse(cli, "--size: \"%s\" is not a size from 1M on", size);
    if (after != NULL)
        order.after = strtoll(after, &end, 10);
    if (after != NULL && (end == after || *end != '\0' || order.after < 0))
        return cli_misuse(cli, "--after: \"%s\" is not a position", after);
    client = node_client_new(cli_data(cli));
    c = carrier_of(cli, client);
    rc = carry_export(&c, &order, &err);
    node_client_free(&client);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

int node_cli_bundle_import(struct cli *cli)
{
    struct node_client *client = node_client_new(cli_data(cli));
    struct carrier c = carrier_of(cli, client);
    int code = 0;

    for (int i = 0; i < cli_count(cli); i++) {
        struct error err = {""};

        if (carry_import(&c, cli_argument(cli, i), &err) != 0)
            code = cli_fail(cli, "%s", err.text);
    }
    node_client_free(&client);
    return code;
}
