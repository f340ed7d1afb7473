/* hub/cli_backup.c - see cli_backup.h. */
#include "hub/cli_backup.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/backup/shares.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "hub/backup.h"
#include "hub/cli.h"
#include "hub/client.h"
#include "hub/restore.h"

const struct cli_option hub_cli_backup_options[] = {
    {"even-if-damaged", CLI_FLAG, "keep the data even if it does not verify"},
    {0}};
const struct cli_option hub_cli_restore_options[] = {
    {"revoked", CLI_ONE,
     "UNIT,..|none  whose machine was revoked, or is not to come back"},
    {"even-if-damaged", CLI_FLAG, "restore it even if it does not verify"},
    {0}};

/* ---- backup */

static int say_done(struct cli *cli, const struct hub_backup_made *made)
{
    struct json *args = json_object_new(), *out;

    json_set_i64(args, "made_ms", made->made_ms);
    json_set_i64(args, "bytes", (int64_t)made->bytes);
    if ((out = hub_cli_call(cli, "backup.done", args)) == NULL)
        return 1;
    json_free(&out);
    return 0;
}

int hub_cli_backup(struct cli *cli)
{
    const char *path = cli_argument(cli, 0);
    struct hub_backup_made made = {0};
    struct error err = {""};
    char when[CLOCK_TEXT_BYTES];

    (void)setpriority(PRIO_PROCESS, 0, 19); /* an alert goes first */
    if (hub_backup(cli_data(cli), path, cli_flag(cli, "even-if-damaged"), &made,
                   &err) != 0)
        return cli_fail(cli, "%s", err.text);
    (void)clock_text(when, made.made_ms);
    printf("%s holds this hub as of %s (%llu bytes). Only the root key's two "
           "shares open it. Keep it on another machine, and read there once: "
           "head -n 6 FILE\n",
           path, when, (unsigned long long)made.bytes);
    return say_done(cli, &made);
}

/* ---- restore */

static void say_restored(const struct cli *cli,
                         const struct backup_label *label, const char *revoked)
{
    char when[CLOCK_TEXT_BYTES];

    printf("%s is the hub \"%s\" again, as of %s. It verifies.\n"
           "- Unused invitations are void: make new ones with `lienxa-hub node "
           "invite UNIT`.\n"
           "- Shut out: %s.\n"
           "- Start it with `lienxa-hub serve` on the addresses it had before: "
           "the communes dial those, and send again by themselves what came "
           "after the copy.\n"
           "- `lienxa-hub alarm list` says how many communes have been heard; "
           "until all have, figures may be too low.\n"
           "- If the old machine may still run, switch it off for good first: "
           "two hubs must never serve.\n",
           cli_data(cli), label->name, clock_text(when, label->made_ms),
           strcmp(revoked, "none") == 0 ? "nobody" : revoked);
}

int hub_cli_restore(struct cli *cli)
{
    char lines[2][SHARE_TEXT_BYTES];
    struct hub_restore order = {.folder = cli_data(cli),
                                .file = cli_argument(cli, 0),
                                .revoked = cli_option_value(cli, "revoked"),
                                .shares = {lines[0], lines[1]},
                                .even_if_damaged =
                                    cli_flag(cli, "even-if-damaged")};
    struct backup_label label;
    struct error err = {""};
    int rc;

    if (order.revoked == NULL || order.revoked[0] == '\0')
        return cli_misuse(cli, "--revoked UNIT,.. : whose machine was revoked "
                               "since the copy was made, or must not come "
                               "back; or --revoked none");
    if (hub_client_is_serving(cli_data(cli)))
        return cli_fail(cli,
                        "a hub is serving from %s: restore into a new folder "
                        "(--data)",
                        cli_data(cli));
    if (!shares_read(lines))
        return cli_fail(cli,
                        "give the root key's two shares on standard "
                        "input, one a line, each beginning with \"share\"");
    rc = hub_restore(&order, &label, &err);
    mem_wipe(lines, sizeof lines);
    if (rc != 0)
        return cli_fail(cli, "%s", err.text);
    say_restored(cli, &label, order.revoked);
    return 0;
}
