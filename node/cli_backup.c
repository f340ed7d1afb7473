/* node/cli_backup.c - see cli_backup.h. */
#include "node/cli_backup.h"

#include <stdio.h>
#include <sys/resource.h>

#include "common/backup/shares.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "node/backup.h"
#include "node/cli.h"
#include "node/client.h"

const struct cli_option node_cli_backup_options[] = {
    {"even-if-damaged", CLI_FLAG, "keep the data even if it does not verify"},
    {0}};
const struct cli_option node_cli_restore_options[] = {
    {"even-if-damaged", CLI_FLAG, "restore it even if it does not verify"},
    {0}};

int node_cli_backup(struct cli *cli)
{
    const char *path = cli_argument(cli, 0);
    struct node_backup_made made = {0};
    struct json *args, *out;
    struct error err = {""};
    char when[CLOCK_TEXT_BYTES];

    (void)setpriority(PRIO_PROCESS, 0, 19); /* intake goes first */
    if (node_backup(cli_data(cli), path, cli_flag(cli, "even-if-damaged"),
                    &made, &err) != 0)
        return cli_fail(cli, "%s", err.text);
    printf("%s holds this commune's data as of %s (%llu bytes). Only the two "
           "recovery shares open it. Keep it outside this room.\n",
           path, clock_text(when, made.made_ms),
           (unsigned long long)made.bytes);
    args = json_object_new();
    json_set_i64(args, "made_ms", made.made_ms);
    json_set_i64(args, "bytes", (int64_t)made.bytes);
    if ((out = node_cli_call(cli, "backup.done", args)) == NULL)
        return 1;
    json_free(&out);
    return 0;
}

int node_cli_restore(struct cli *cli)
{
    char lines[2][SHARE_TEXT_BYTES];
    struct node_restore order = {.folder = cli_data(cli),
                                 .file = cli_argument(cli, 0),
                                 .shares = {lines[0], lines[1]},
                                 .even_if_damaged =
                                     cli_flag(cli, "even-if-damaged")};
    struct backup_label label;
    struct error err = {""};
    char when[CLOCK_TEXT_BYTES];
    int rc;

    if (node_client_is_serving(cli_data(cli)))
        return cli_fail(cli,
                        "a node is serving from %s: restore into a new folder "
                        "(--data)",
                        cli_data(cli));
    if (!shares_read(lines))
        return cli_fail(cli,
                        "give the commune's two recovery shares on standard "
                        "input, one a line, each beginning with \"share\"");
    rc = node_restore(&order, &label, &err);
    mem_wipe(lines, sizeof lines);
    if (rc != 0)
        return cli_fail(cli, "%s", err.text);
    printf(
        "%s is the node of %s again, as of %s. It verifies.\n"
        "- Start it with `lienxa-node serve`: what the district had received "
        "since comes back by itself. What was written later and never "
        "delivered is gone.\n"
        "- People and passwords are as they were.\n"
        "- If the old machine may still run, switch it off for good first.\n",
        cli_data(cli), label.name, clock_text(when, label.made_ms));
    return 0;
}
