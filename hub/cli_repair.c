/* hub/cli_repair.c - see cli_repair.h. */
#include "hub/cli_repair.h"

#include <stdio.h>

#include "hub/cli.h"
#include "hub/client.h"
#include "hub/reading.h"

int hub_cli_verify(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    int rc;

    if (hub == NULL)
        return 1;
    rc = hub_reading_verify(hub, &err);
    hub_close(&hub);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

/* ---- damaged changes: named to the core, which asks for them */

static bool note_some(struct cli *cli, const struct verify_result *found,
                      size_t *from, int64_t *damaged, int64_t *mended)
{
    struct json *args = json_object_new(), *out;
    struct buf rows = {0};
    int64_t count = 0;

    *from += repair_rows_text(&rows, found->rows, found->row_count, *from);
    json_set_text(args, "rows", buf_text(&rows));
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

    for (size_t from = 0; from < found->row_count;)
        if (!note_some(cli, found, &from, &damaged, &mended))
            return 1;
    if (mended > 0)
        printf("%lld change(s) had one wrong bit, found by their hash, and are "
               "right again.\n",
               (long long)mended);
    if (damaged > 0)
        printf("%lld change(s) noted, to be fetched again from the "
               "communes' machines "
               "%s. `lienxa-hub alarm list` says when it is done.\n",
               (long long)damaged,
               serving ? "now, as far as there is a line"
                       : "when `lienxa-hub serve` is started");
    return 0;
}

int hub_cli_repair(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct verify_result found = {.rows = NULL};
    struct error err = {""};
    int rc;

    if (hub == NULL)
        return 1;
    rc = hub_reading_check(hub, &found, &err);
    hub_close(&hub);
    if (rc == 0)
        printf("Nothing to repair: everything is as it was stored.\n");
    else if (rc == ERR_DAMAGED && !found.broken && found.other == 0)
        rc = note_all(cli, &found);
    else
        rc = cli_fail(cli, "%s", err.text);
    verify_free(&found);
    return rc;
}
