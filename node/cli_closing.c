/* node/cli_closing.c - see cli_closing.h. */
#include "node/cli_closing.h"

#include <stdio.h>

#include "node/cli.h"
#include "node/closing.h"

const struct cli_option node_cli_close_options[] = {
    {"leader", CLI_ONE, "NAME  the leader who signs it off"},
    {"again", CLI_FLAG, "sign new figures for a period that was closed"},
    {0}};

int node_cli_close(struct cli *cli)
{
    struct json *args = json_object_new();
    struct json *out;
    int64_t total = 0;

    json_set_text(args, "period", cli_argument(cli, 0));
    json_set_flag(args, "again", cli_flag(cli, "again"));
    node_cli_pass(cli, args, "leader");
    if ((out = node_cli_call(cli, "close", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    (void)json_get_i64(out, "total", &total);
    printf("%s to %s: closed by %s with %lld reports. The district is told as "
           "soon as there is a line; what changes later shows there as a "
           "correction.\n",
           json_get_text(out, "from"), json_get_text(out, "to"),
           json_get_text(out, "by"), (long long)total);
    json_free(&out);
    return 0;
}

int node_cli_closings(struct cli *cli)
{
    static const char *const columns[] = {"from",   "to", "total",
                                          "closed", "by", NULL};
    static const int widths[] = {10, 10, 8, 25, 0};
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = node_closing_list(node);
    node_close(&node);
    return node_cli_give(cli, rows, columns, widths);
}
