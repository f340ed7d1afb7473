#include "node/cli_referral.h"

#include <stdio.h>

#include "node/reading_referral.h"

const struct cli_option node_cli_refer_options[] = {
    {"to", CLI_ONE, "UNIT  a commune, as quang-phu (the district)"},
    {"with-files", CLI_FLAG,
     "also films, sound and PDF: as they are, with all that is in them"},
    {0}};
const struct cli_option node_cli_reason_options[] = {
    {"reason", CLI_ONE, "T  why; the sender will read it"}, {0}};
const struct cli_option node_cli_done_options[] = {
    {"note", CLI_ONE, "T  what was done; the sender will read it"}, {0}};

int node_cli_refer(struct cli *cli)
{
    struct json *args = json_object_new(), *out;

    json_set_text(args, "report", cli_argument(cli, 0));
    node_cli_pass(cli, args, "to");
    if (cli_flag(cli, "with-files"))
        json_set_flag(args, "with_files", true);
    if ((out = node_cli_call(cli, "report.refer", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "Passed on, with its words and notes, without the sender's "
                  "name. It is frozen here until they answer: see `referral "
                  "list`.\n");
    return node_cli_give_id(cli, out);
}

int node_cli_referrals(struct cli *cli)
{
    static const char *const columns[] = {"id", "direction", "category",
                                          "words", NULL};
    static const int widths[] = {36, 9, 22, 0};
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = node_reading_referrals(node);
    node_close(&node);
    return node_cli_give(cli, rows, columns, widths);
}

static struct json *answer(struct cli *cli, const char *command,
                           const char *option)
{
    struct json *args = json_object_new();

    json_set_text(args, "referral", cli_argument(cli, 0));
    if (option != NULL && cli_option_value(cli, option) != NULL)
        json_set_text(args, "text", cli_option_value(cli, option));
    return node_cli_call(cli, command, args);
}

int node_cli_referral_accept(struct cli *cli)
{
    struct json *out = answer(cli, "referral.accept", NULL);

    if (out == NULL)
        return 1;
    (void)fprintf(stderr,
                  "It is ours now. Work it as any other report, under the id "
                  "below; then `referral done`, or `referral return`.\n");
    return node_cli_give_id(cli, out);
}

int node_cli_referral_refuse(struct cli *cli)
{
    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "referral refuse needs --reason T: why");
    return node_cli_give_id(cli, answer(cli, "referral.refuse", "reason"));
}

int node_cli_referral_return(struct cli *cli)
{
    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "referral return needs --reason T: why");
    return node_cli_give_id(cli, answer(cli, "referral.return", "reason"));
}

int node_cli_referral_done(struct cli *cli)
{
    return node_cli_give_id(cli, answer(cli, "referral.done", "note"));
}
