#include "hub/cli_referral.h"

#include <stdio.h>

#include "hub/reading_referral.h"

const struct cli_option hub_cli_reason_options[] = {
    {"reason", CLI_ONE, "T  why; the commune will read it"}, {0}};
const struct cli_option hub_cli_done_options[] = {
    {"note", CLI_ONE, "T  what was done; the commune will read it"}, {0}};

int hub_cli_referrals(struct cli *cli)
{
    static const char *const columns[] = {"id", "unit", "category", "words",
                                          NULL};
    static const int widths[] = {36, 14, 22, 0};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = hub_reading_referrals(hub);
    hub_close(&hub);
    return hub_cli_give(cli, rows, columns, widths);
}

int hub_cli_referral_show(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    struct buf text = {0};
    struct json *out;

    if (hub == NULL)
        return 1;
    out = hub_reading_referral(hub, cli_argument(cli, 0), &err);
    hub_close(&hub);
    if (out == NULL)
        return cli_fail(cli, "%s", err.text);
    if (cli_json(cli))
        return print_json(out);
    json_write_pretty(&text, out);
    (void)puts(buf_text(&text));
    buf_free(&text);
    json_free(&out);
    return 0;
}

/* Says in a line what follows, and prints the id. */
static int answer(struct cli *cli, int number, const char *option,
                  const char *then)
{
    struct json *args = json_object_new(), *out;

    json_set_text(args, "referral", cli_argument(cli, 0));
    json_set_i64(args, "answer", number);
    if (option != NULL && cli_option_value(cli, option) != NULL)
        json_set_text(args, "text", cli_option_value(cli, option));
    if ((out = hub_cli_call(cli, "referral.answer", args)) == NULL)
        return 1;
    (void)fprintf(stderr, "%s\n", then);
    if (cli_json(cli))
        return print_json(out);
    (void)puts(json_get_text(out, "id"));
    json_free(&out);
    return 0;
}

int hub_cli_referral_accept(struct cli *cli)
{
    return answer(cli, REFERRAL_ACCEPTED, NULL,
                  "It is the district's now, until `referral done` or "
                  "`referral return`. The commune is told.");
}

int hub_cli_referral_refuse(struct cli *cli)
{
    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "referral refuse needs --reason T: why");
    return answer(cli, REFERRAL_REFUSED, "reason",
                  "It stays with the commune, which is told why.");
}

int hub_cli_referral_return(struct cli *cli)
{
    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "referral return needs --reason T: why");
    return answer(cli, REFERRAL_RETURNED, "reason",
                  "It is the commune's again, which is told why.");
}

int hub_cli_referral_done(struct cli *cli)
{
    return answer(cli, REFERRAL_DONE, "note",
                  "The commune is told, and can close it.");
}
