/* node/cli.c - see cli.h. */
#include "node/cli.h"

#include <stdio.h>
#include <sys/resource.h>

#include "common/domain/text.h"
#include "node/client.h"

/* Whoever looks steps back behind the core, so that no list delays an alert. */
struct node *node_cli_open_to_read(struct cli *cli)
{
    struct error err = {""};
    struct node *node = NULL;

    (void)setpriority(PRIO_PROCESS, 0, 10);
    if (node_open(&node, cli_data(cli), NODE_READ, &err) != 0) {
        (void)cli_fail(cli, "%s", err.text);
        return NULL;
    }
    return node;
}

/* `args` is taken. */
struct json *node_cli_call(struct cli *cli, const char *command,
                           struct json *args)
{
    struct node_client *client = node_client_new(cli_data(cli));
    struct error err = {""};
    struct json *out = node_client_call(client, command, args, &err);

    node_client_free(&client);
    if (out == NULL)
        (void)cli_fail(cli, "%s", err.text);
    return out;
}

void node_cli_set(struct json *args, const char *key, const char *typed)
{
    struct buf whole = {0};
    int rc = text_nfc(&whole, bytes_of_text(typed));

    /* the core says what is wrong with what is no text */
    json_set_text(args, key, rc == 0 ? buf_text(&whole) : typed);
    buf_wipe(&whole);
}

void node_cli_pass(struct cli *cli, struct json *args, const char *option)
{
    if (cli_option_value(cli, option) != NULL)
        node_cli_set(args, option, cli_option_value(cli, option));
}

int node_cli_give(struct cli *cli, struct json *rows,
                  const char *const *columns, const int *widths)
{
    if (cli_json(cli))
        return print_json(rows);
    print_table(rows, columns, widths);
    json_free(&rows);
    return 0;
}

/* The id that a command made or changed. */
int node_cli_give_id(struct cli *cli, struct json *out)
{
    if (out == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    (void)puts(json_get_text(out, "id"));
    json_free(&out);
    return 0;
}

int node_cli_give_nothing(struct json *out)
{
    if (out == NULL)
        return 1;
    json_free(&out);
    return 0;
}
