/* node/cli_notice.c - see cli_notice.h. */
#include "node/cli_notice.h"

#include <stdio.h>

#include "common/format/notice_cli.h"
#include "node/cli.h"
#include "node/notice.h"
#include "node/numbers.h"

const struct cli_option node_cli_write_options[] = {
    NOTICE_CLI_WORDS,
    {"shared", CLI_FLAG, "show it in the other communes as well"},
    {"notice", CLI_ONE, "ID  the draft to be changed (a new one)"},
    {0}};
const struct cli_option node_cli_publish_options[] = {
    NOTICE_CLI_WORDS,
    {"shared", CLI_FLAG, "show it in the other communes as well"},
    {"leader", CLI_ONE, "NAME  who says all this now, without a draft"},
    {0}};
const struct cli_option node_cli_correct_options[] = {
    NOTICE_CLI_WORDS,
    NOTICE_CLI_REASON,
    {"leader", CLI_ONE, "NAME  who approves it"},
    {0}};
const struct cli_option node_cli_leader_options[] = {
    {"leader", CLI_ONE, "NAME  who approves it"}, {0}};
const struct cli_option node_cli_expire_options[] = {
    NOTICE_CLI_REASON, {"leader", CLI_ONE, "NAME  who approves it"}, {0}};
const struct cli_option node_cli_return_options[] = {
    {"reason", CLI_ONE, "T  what is to be changed; its writer will read it"},
    {"leader", CLI_ONE, "NAME  who returns it"},
    {0}};
const struct cli_option node_cli_all_options[] = {
    {"all", CLI_FLAG, "what holds no more as well"}, {0}};

static int run(struct cli *cli, const char *command, struct json *args,
               const char *said)
{
    struct json *out = node_cli_call(cli, command, args);

    if (out == NULL)
        return 1;
    (void)fprintf(stderr, "%s\n", said);
    return node_cli_give_id(cli, out);
}

int node_cli_notice_write(struct cli *cli)
{
    struct json *args = notice_cli_words(cli);

    node_cli_pass(cli, args, "notice");
    if (cli_flag(cli, "shared"))
        json_set_flag(args, "shared", true);
    return run(cli, "notice.write", args,
               "Written. The leader approves it next: `notice approve ID "
               "--leader NAME`.");
}

/* The id that is the argument, when there is one. */
static void pass_id(struct cli *cli, struct json *args)
{
    if (cli_argument(cli, 0) != NULL)
        json_set_text(args, "notice", cli_argument(cli, 0));
}

int node_cli_notice_approve(struct cli *cli)
{
    struct json *args = json_object_new();

    pass_id(cli, args);
    node_cli_pass(cli, args, "leader");
    return run(cli, "notice.approve", args,
               "Approved. `notice publish ID` shows it to the residents.");
}

int node_cli_notice_return(struct cli *cli)
{
    struct json *args = json_object_new();

    pass_id(cli, args);
    node_cli_pass(cli, args, "reason");
    node_cli_pass(cli, args, "leader");
    return run(cli, "notice.return", args,
               "Returned: its writer sees why, and changes it.");
}

int node_cli_notice_publish(struct cli *cli)
{
    struct json *args = notice_cli_words(cli);

    pass_id(cli, args);
    node_cli_pass(cli, args, "leader");
    if (cli_flag(cli, "shared"))
        json_set_flag(args, "shared", true);
    return run(cli, "notice.publish", args,
               "Published. The district and, when it is shared, the other "
               "communes get it as soon as there is a line.");
}

int node_cli_notice_correct(struct cli *cli)
{
    struct json *args = notice_cli_words(cli);

    pass_id(cli, args);
    node_cli_pass(cli, args, "reason");
    node_cli_pass(cli, args, "leader");
    return run(cli, "notice.correct", args,
               "Corrected, wherever it is shown; the reason stands with it.");
}

int node_cli_notice_expire(struct cli *cli)
{
    struct json *args = json_object_new();

    pass_id(cli, args);
    node_cli_pass(cli, args, "reason");
    node_cli_pass(cli, args, "leader");
    return run(cli, "notice.expire", args,
               "Taken back: it is shown nowhere any more.");
}

int node_cli_notice_drop(struct cli *cli)
{
    struct json *args = json_object_new();

    pass_id(cli, args);
    return run(cli, "notice.drop", args, "The draft is gone.");
}

static int list(struct cli *cli, struct json *(*rows_of)(struct node *, bool),
                const struct notice_cli_table *table)
{
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = rows_of(node, cli_flag(cli, "all"));
    node_close(&node);
    return node_cli_give(cli, rows, table->columns, table->widths);
}

int node_cli_notices(struct cli *cli)
{
    return list(cli, node_notices, &notice_cli_notices);
}

int node_cli_procedures(struct cli *cli)
{
    return list(cli, node_procedures, &notice_cli_procedures);
}

static struct json *numbers(struct node *node, bool all)
{
    (void)all;
    return node_directory(node);
}

int node_cli_directory(struct cli *cli)
{
    return list(cli, numbers, &notice_cli_numbers);
}
