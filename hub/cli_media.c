/* hub/cli_media.c - see cli_media.h. */
#include "hub/cli_media.h"

#include "common/media/save.h"
#include "hub/media.h"

const struct cli_option hub_cli_file_options[] = {
    {"out", CLI_ONE, "FILE  where to; it must not be there"}, {0}};

int hub_cli_files(struct cli *cli)
{
    static const char *const columns[] = {"number", "where", "size", "type",
                                          NULL};
    static const int widths[] = {6, 8, 10, 0};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = hub_media_files(hub, cli_argument(cli, 0), &err);
    hub_close(&hub);
    return rows == NULL ? cli_fail(cli, "%s", err.text)
                        : hub_cli_give(cli, rows, columns, widths);
}

static int save(struct cli *cli, const struct hash *name, const char *path)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    int rc;

    if (hub == NULL)
        return 1;
    rc = hub->media.open ? media_save(&hub->media.shelf, name, path, &err)
                         : error_set(&err, ERR_MISSING, "no files here");
    hub_close(&hub);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

int hub_cli_file(struct cli *cli)
{
    const char *out = cli_option_value(cli, "out");
    struct json *args, *reply;
    struct hash name;
    int rc;

    if (out == NULL)
        return cli_misuse(cli, "report file needs --out FILE: where to");
    args = json_object_new();
    json_set_text(args, "report", cli_argument(cli, 0));
    json_set_text(args, "number", cli_argument(cli, 1));
    if ((reply = hub_cli_call(cli, "report.file", args)) == NULL)
        return 1;
    rc = hex_decode(&name, sizeof name, json_get_text(reply, "file"))
             ? save(cli, &name, out)
             : 1;
    json_free(&reply);
    return rc;
}
