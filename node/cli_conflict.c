/* node/cli_conflict.c - see cli_conflict.h. */
#include "node/cli_conflict.h"

#include <stdio.h>

#include "node/cli.h"
#include "node/conflict.h"

const struct cli_option node_cli_settle_options[] = {
    {"keep", CLI_ONE, "NUMBER  of the content that is right"}, {0}};

static void print_conflict(const struct json *one)
{
    static const char *const columns[] = {
        "number", "counts", "written", "category", "state", "text", NULL};
    static const int widths[] = {6, 6, 25, 22, 14, 0};
    int64_t version = 0;

    (void)json_get_i64(one, "version", &version);
    printf("%s %s, version %lld:\n", json_get_text(one, "kind"),
           json_get_text(one, "id"), (long long)version);
    print_table(json_get(one, "contents"), columns, widths);
}

int node_cli_conflicts(struct cli *cli)
{
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = node_conflict_list(node);
    node_close(&node);
    if (cli_json(cli))
        return print_json(rows);
    for (size_t i = 0; i < json_count(rows); i++)
        print_conflict(json_at(rows, i));
    if (json_count(rows) == 0)
        (void)puts("no record has two contents under one version");
    else
        (void)puts("choose with: lienxa-node conflict settle ID --keep NUMBER");
    json_free(&rows);
    return 0;
}

int node_cli_settle(struct cli *cli)
{
    const char *keep = cli_option_value(cli, "keep");
    struct json *number =
        keep == NULL ? NULL : json_parse(bytes_of_text(keep), NULL);
    struct json *args, *out;

    if (number == NULL || !json_is_number(number)) {
        json_free(&number);
        return cli_misuse(cli, "say which content is right: --keep NUMBER, see "
                               "`conflict list`");
    }
    args = json_object_new();
    json_set_text(args, "record", cli_argument(cli, 0));
    json_set(args, "keep", number);
    if ((out = node_cli_call(cli, "conflict.settle", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    json_free(&out);
    (void)puts("settled: what you chose is the record's next version; the "
               "other content stays in its history");
    return 0;
}
