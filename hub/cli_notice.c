/* hub/cli_notice.c - see cli_notice.h. */
#include "hub/cli_notice.h"

#include <stdio.h>

#include "common/base/file.h"
#include "common/format/notice_cli.h"
#include "hub/cli.h"
#include "hub/notices.h"

enum { CATALOGUE_LIMIT = 400 * 1024 }; /* a command's size, as JSON */

const struct cli_option hub_cli_publish_options[] = {
    NOTICE_CLI_WORDS,
    {"to", CLI_ONE, "UNIT,..  the communes that show it (all)"},
    {0}};
const struct cli_option hub_cli_correct_options[] = {
    NOTICE_CLI_WORDS, NOTICE_CLI_REASON, {0}};
const struct cli_option hub_cli_expire_options[] = {NOTICE_CLI_REASON, {0}};
const struct cli_option hub_cli_all_options[] = {
    {"all", CLI_FLAG, "what holds no more as well"}, {0}};

static int run(struct cli *cli, const char *command, struct json *args,
               const char *said)
{
    struct json *out = hub_cli_call(cli, command, args);

    if (out == NULL)
        return 1;
    (void)fprintf(stderr, "%s\n", said);
    if (cli_json(cli))
        return print_json(out);
    printf("%s\n", json_get_text(out, "id"));
    json_free(&out);
    return 0;
}

int hub_cli_notice_publish(struct cli *cli)
{
    struct json *args = notice_cli_words(cli);

    hub_cli_pass(cli, args, "to");
    return run(cli, "notice.publish", args,
               "Published: the communes show it as soon as they have a line.");
}

int hub_cli_notice_correct(struct cli *cli)
{
    struct json *args = notice_cli_words(cli);

    json_set_text(args, "notice", cli_argument(cli, 0));
    hub_cli_pass(cli, args, "reason");
    return run(cli, "notice.correct", args,
               "Corrected, wherever it is shown; the reason stands with it.");
}

int hub_cli_notice_expire(struct cli *cli)
{
    struct json *args = json_object_new();

    json_set_text(args, "notice", cli_argument(cli, 0));
    hub_cli_pass(cli, args, "reason");
    return run(cli, "notice.expire", args,
               "Taken back: no commune shows it any more.");
}

int hub_cli_procedure_import(struct cli *cli)
{
    struct json *args, *out;
    struct error err = {""};
    struct buf csv = {0};
    int64_t all = 0, fresh = 0, changed = 0;

    if (file_read(&csv, cli_argument(cli, 0), CATALOGUE_LIMIT, &err) != 0) {
        buf_free(&csv);
        return cli_fail(cli, "%s", err.text);
    }
    args = json_object_new();
    json_set_text(args, "csv", buf_text(&csv));
    buf_free(&csv);
    if ((out = hub_cli_call(cli, "procedure.import", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    (void)json_get_i64(out, "procedures", &all);
    (void)json_get_i64(out, "new", &fresh);
    (void)json_get_i64(out, "changed", &changed);
    printf("%lld procedures: %lld new, %lld changed. The communes have them "
           "as soon as they have a line.\n",
           (long long)all, (long long)fresh, (long long)changed);
    json_free(&out);
    return 0;
}

static int list(struct cli *cli, struct json *(*rows_of)(struct hub *, bool),
                const struct notice_cli_table *table)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = rows_of(hub, cli_flag(cli, "all"));
    hub_close(&hub);
    return hub_cli_give(cli, rows, table->columns, table->widths);
}

int hub_cli_notices(struct cli *cli)
{
    return list(cli, hub_notices, &notice_cli_notices);
}

int hub_cli_procedures(struct cli *cli)
{
    return list(cli, hub_procedures, &notice_cli_procedures);
}

static struct json *numbers(struct hub *hub, bool all)
{
    (void)all;
    return hub_directory(hub);
}

int hub_cli_directory(struct cli *cli)
{
    return list(cli, numbers, &notice_cli_numbers);
}
