/* node/cli_media.c - see cli_media.h. */
#include "node/cli_media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/domain/category.h"
#include "common/media/save.h"
#include "node/media.h"
#include "node/spool.h"

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The public half of the key that originals of such a report are sealed to. */
static bool find_seal(struct cli *cli, bool custodian, struct sealing_key *out)
{
    struct node *node = node_cli_open_to_read(cli);
    bool found;

    if (node == NULL)
        return false;
    found = node_store_sealing_key(node->store, custodian, out) == 0;
    node_close(&node);
    if (!found)
        (void)cli_fail(cli, "no key to seal the original of a picture with: "
                            "repeat `lienxa-node join` with the same token");
    return found;
}

static int attach_one(struct cli *cli, const char *path,
                      const struct sealing_key *seal, struct json *list)
{
    struct spool_order order = {.data = cli_data(cli),
                                .folder = NODE_SPOOL,
                                .shown = name_of(path),
                                .seal_to = seal->public_key};
    struct error err = {""};
    int rc;

    order.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (order.fd < 0)
        return cli_fail(cli, "cannot open %s: %s", path,
                        strerrordesc_np(errno));
    rc = node_spool_file(&order, list, &err);
    (void)close(order.fd);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

bool node_cli_attach(struct cli *cli, struct json *args)
{
    const char *code = cli_option_value(cli, "category");
    const struct category *category = code == NULL ? NULL : category_find(code);
    struct sealing_key seal;
    struct json *list;
    const char *path;
    int rc = 0;

    if (cli_option_at(cli, "attach", 0) == NULL || category == NULL)
        return true; /* the core refuses an unknown one in its words */
    if (!find_seal(cli, category_needs_custodian(category), &seal))
        return false;
    node_spool_sweep(cli_data(cli), NODE_SPOOL, clock_wall_ms());
    list = json_array_new();
    for (int i = 0; rc == 0 && (path = cli_option_at(cli, "attach", i)) != NULL;
         i++)
        rc = i < REPORT_ATTACHMENTS_LIMIT
                 ? attach_one(cli, path, &seal, list)
                 : cli_fail(cli, "at most %d files for one report",
                            REPORT_ATTACHMENTS_LIMIT);
    json_set(args, "attachments", list);
    return rc == 0;
}

/* As pages do: sealed for the custodian, whatever the report is about. */
int node_cli_attach_more(struct cli *cli)
{
    struct json *args = json_object_new(), *list = json_array_new(), *reply;
    struct sealing_key seal;
    const char *path;
    int rc = find_seal(cli, true, &seal) ? 0 : 1;

    json_set_text(args, "report", cli_argument(cli, 0));
    json_set(args, "attachments", list);
    for (int i = 1; rc == 0 && (path = cli_argument(cli, i)) != NULL; i++)
        rc = attach_one(cli, path, &seal, list);
    if (rc != 0) {
        json_free(&args);
        return rc;
    }
    reply = node_cli_call(cli, "report.attach", args);
    return node_cli_give_id(cli, reply);
}

/* ---- getting one back */

static int save(struct cli *cli, const struct hash *name, const char *path)
{
    struct node *node = node_cli_open_to_read(cli);
    struct error err = {""};
    int rc;

    if (node == NULL)
        return 1;
    rc = node->media.open ? media_save(&node->media.shelf, name, path, &err)
                          : error_set(&err, ERR_MISSING, "no files here");
    node_close(&node);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

int node_cli_attachment(struct cli *cli)
{
    const char *out = cli_option_value(cli, "out");
    struct json *args, *reply;
    struct hash name;
    int rc;

    if (out == NULL)
        return cli_misuse(cli, "report attachment needs --out FILE: where to");
    args = json_object_new();
    json_set_text(args, "report", cli_argument(cli, 0));
    json_set_text(args, "number", cli_argument(cli, 1));
    if ((reply = node_cli_call(cli, "report.attachment", args)) == NULL)
        return 1;
    rc = hex_decode(&name, sizeof name, json_get_text(reply, "file"))
             ? save(cli, &name, out)
             : 1;
    json_free(&reply);
    return rc;
}
