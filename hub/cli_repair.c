/* hub/cli_repair.c - see cli_repair.h. */
#include "hub/cli_repair.h"

#include <stdio.h>

#include "common/peer/audit.h"
#include "hub/cli.h"
#include "hub/client.h"
#include "hub/media.h"
#include "hub/reading.h"
#include "hub/rebuild.h"

static void say_file(void *who, const char *text)
{
    (void)who;
    (void)printf("%s\n", text);
}

int hub_cli_verify(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    int rc;

    if (hub == NULL)
        return 1;
    rc = hub_reading_verify(hub, &err);
    if (rc == 0 && hub_media_verify(hub, say_file, NULL) > 0)
        rc = error_set(&err, ERR_DAMAGED,
                       "files of reports are not as they were stored: see "
                       "above");
    hub_close(&hub);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

int hub_cli_audit_verify(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    int rc;

    if (hub == NULL)
        return 1;
    rc = audit_verify(accounts_chain(hub->accounts), NULL, &err);
    hub_close(&hub);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

/* ---- damaged changes: named to the core, which asks for them */

/* Some of `rows`, under this name, from `*from` on. */
static bool note_some(struct cli *cli, const char *name,
                      const struct verify_rows *found, size_t *from,
                      int64_t *damaged, int64_t *mended)
{
    struct json *args = json_object_new(), *out;
    struct buf rows = {0};
    int64_t count = 0;

    *from += repair_rows_text(&rows, found->rows, found->count, *from);
    json_set_text(args, name, buf_text(&rows));
    buf_free(&rows);
    if ((out = hub_cli_call(cli, "repair.note", args)) == NULL)
        return false;
    if (json_get_i64(out, "damaged", &count))
        *damaged += count;
    if (json_get_i64(out, "mended", &count))
        *mended += count;
    json_free(&out);
    return true;
}

static int note_all(struct cli *cli, const struct verify_result *found)
{
    bool serving = hub_client_is_serving(cli_data(cli));
    int64_t damaged = 0, mended = 0;

    for (size_t from = 0; from < found->changes.count;)
        if (!note_some(cli, "rows", &found->changes, &from, &damaged, &mended))
            return 1;
    for (size_t from = 0; from < found->objects.count;)
        if (!note_some(cli, "objects", &found->objects, &from, &damaged,
                       &mended))
            return 1;
    if (mended > 0)
        printf("%lld change(s) had one wrong bit, found by their hash, and are "
               "right again.\n",
               (long long)mended);
    if (damaged > 0)
        printf("%lld change(s) or vault object(s) noted, to be fetched again "
               "from the "
               "communes' machines "
               "%s. `lienxa-hub alarm list` says when it is done.\n",
               (long long)damaged,
               serving ? "now, as far as there is a line"
                       : "when `lienxa-hub serve` is started");
    return 0;
}

/* ---- everything else: a new file */

static void say(void *who, const char *line)
{
    (void)who;
    printf("  %s\n", line);
}

static int rebuild(struct cli *cli)
{
    struct salvage_counts n = {.changes = 0};
    struct error err = {""};
    char aside[SALVAGE_PATH_BYTES] = "";

    if (hub_client_is_serving(cli_data(cli)))
        return cli_fail(cli, "stop `lienxa-hub serve` first, then type this "
                             "again: a part of the file is damaged, and a new "
                             "one is made. Nothing was changed");
    printf("The database is read into a new file. What is not whole:\n");
    if (hub_rebuild(cli_data(cli), say, &n, aside, &err) != 0)
        return cli_fail(cli,
                        "%s. hub.db is as it was; put a backup into "
                        "a new folder (`lienxa-hub restore`), what is newer "
                        "comes again from the communes' machines",
                        err.text);
    if (n.changes_lost + n.rows_lost + n.holes == 0)
        printf("  nothing: everything could be read\n");
    printf("The new database holds %llu changes and %llu other rows; %llu "
           "changes and %llu rows are lost.\nThe damaged file is kept as %s.\n"
           "Start `lienxa-hub serve`: what the communes' machines hold of it "
           "comes back by itself. Have the disk looked at.\n",
           (unsigned long long)n.changes, (unsigned long long)n.rows,
           (unsigned long long)n.changes_lost, (unsigned long long)n.rows_lost,
           aside);
    return 0;
}

/* NULL: it cannot even be opened; why stands in `err`. */
static struct hub *open_damaged(struct cli *cli, int *rc, struct error *err)
{
    struct hub *hub = NULL;

    *rc = hub_open(&hub, cli_data(cli), HUB_READ, err);
    return hub;
}

int hub_cli_repair(struct cli *cli)
{
    struct verify_result found = {.other = 0};
    struct error err = {""};
    int rc;
    struct hub *hub = open_damaged(cli, &rc, &err);

    if (hub == NULL && (rc == ERR_MISSING || rc == ERR_AGAIN))
        return cli_fail(cli, "%s", err.text);
    if (hub == NULL) {
        printf("%s\n", err.text);
        return rebuild(cli);
    }
    rc = hub_reading_check(hub, &found, &err);
    hub_close(&hub);
    if (rc == 0)
        printf("Nothing to repair: everything is as it was stored.\n");
    else if (rc != ERR_DAMAGED)
        rc = cli_fail(cli, "%s", err.text);
    else if (found.broken || found.other > 0)
        rc = rebuild(cli);
    else
        rc = note_all(cli, &found);
    verify_free(&found);
    return rc;
}
