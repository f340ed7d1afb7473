#include "node/cli_erase.h"

#include <stdio.h>

int node_cli_erase(struct cli *cli)
{
    struct json *args, *out;

    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "report erase needs --reason T: why");
    args = json_object_new();
    json_set_text(args, "report", cli_argument(cli, 0));
    node_cli_pass(cli, args, "reason");
    if ((out = node_cli_call(cli, "report.erase", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "Erased here; the copies elsewhere go when they hear of it. "
                  "The figures stay. Old backups still hold the words: see "
                  "the runbook.\n");
    return node_cli_give_id(cli, out);
}
