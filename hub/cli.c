/* hub/cli.c - see cli.h. */
#include "hub/cli.h"

#include <stdio.h>
#include <sys/resource.h>

#include "hub/client.h"

/* Whoever looks steps back behind the core, so that no list delays an alert. */
struct hub *hub_cli_open_to_read(struct cli *cli)
{
    struct error err = {""};
    struct hub *hub = NULL;

    (void)setpriority(PRIO_PROCESS, 0, 10);
    if (hub_open(&hub, cli_data(cli), HUB_READ, &err) != 0) {
        (void)cli_fail(cli, "%s", err.text);
        return NULL;
    }
    return hub;
}

struct json *hub_cli_call(struct cli *cli, const char *command,
                          struct json *args)
{
    struct error err = {""};
    struct json *out = hub_client_call(cli_data(cli), command, args, &err);

    if (out == NULL)
        (void)cli_fail(cli, "%s", err.text);
    return out;
}

void hub_cli_pass(struct cli *cli, struct json *args, const char *option)
{
    if (cli_option_value(cli, option) != NULL)
        json_set_text(args, option, cli_option_value(cli, option));
}

int hub_cli_give(struct cli *cli, struct json *rows, const char *const *columns,
                 const int *widths)
{
    if (cli_json(cli))
        return print_json(rows);
    print_table(rows, columns, widths);
    json_free(&rows);
    return 0;
}
