/* hub/cli_closing.c - see cli_closing.h. */
#include "hub/cli_closing.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/cli.h"
#include "hub/closings.h"

enum { TIMELY_DAYS = 5, TIMELY_MOST = 366 };

const struct cli_option hub_cli_closing_options[] = {
    {"timely", CLI_ONE, "DAYS  after the period's end that are in time (5)"},
    {0}};

static void print_sums(const struct json *answer)
{
    int64_t expected = 0, closed = 0, fulfilled = 0, timely = 0;

    (void)json_get_i64(answer, "expected", &expected);
    (void)json_get_i64(answer, "closed", &closed);
    (void)json_get_i64(answer, "fulfilled", &fulfilled);
    (void)json_get_i64(answer, "timely", &timely);
    printf("%s to %s: %lld of %lld communes have closed, %lld in time; what "
           "%lld of them signed has arrived whole\n",
           json_get_text(answer, "from"), json_get_text(answer, "to"),
           (long long)closed, (long long)expected, (long long)timely,
           (long long)fulfilled);
}

static int one_period(struct cli *cli, struct hub *hub, int timely_days)
{
    static const char *const columns[] = {"unit", "closed", "by", "words",
                                          NULL};
    static const int widths[] = {14, 25, 16, 0};
    struct error err = {""};
    struct json *answer =
        hub_closings_period(hub, cli_argument(cli, 0), timely_days, &err);

    if (answer == NULL)
        return cli_fail(cli, "%s", err.text);
    if (cli_json(cli))
        return print_json(answer);
    print_sums(answer);
    print_table(json_get(answer, "units"), columns, widths);
    json_free(&answer);
    return 0;
}

int hub_cli_closings(struct cli *cli)
{
    static const char *const columns[] = {"period", "closed", NULL};
    static const int widths[] = {24, 6};
    const char *timely = cli_option_value(cli, "timely");
    char *end = NULL;
    long days = timely == NULL ? TIMELY_DAYS : strtol(timely, &end, 10);
    struct hub *hub;
    int rc;

    if (timely != NULL &&
        (*timely < '0' || *timely > '9' || *end != '\0' || days > TIMELY_MOST))
        return cli_misuse(cli, "--timely: a number of days, at most %d",
                          TIMELY_MOST);
    if ((hub = hub_cli_open_to_read(cli)) == NULL)
        return 1;
    rc = cli_count(cli) == 1
             ? one_period(cli, hub, (int)days)
             : hub_cli_give(cli, hub_closings_list(hub), columns, widths);
    hub_close(&hub);
    return rc;
}
