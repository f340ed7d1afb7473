/* tests/support/golden_main.c - lienxa-golden: writes the bytes of the present
 * protocol, one file per item, and MANIFEST, what each of them says.
 *
 *     lienxa-golden record tests/golden/1.2
 *
 * It refuses a folder that has a manifest: what was recorded once is never
 * written again (tests/golden/README.md).
 */
#include <stdio.h>
#include <string.h>

#include "common/base/cli.h"
#include "common/base/file.h"
#include "common/crypto/random.h"
#include "tests/support/golden.h"

static int record(const struct golden_item *item, const char *folder,
                  struct buf *manifest, struct error *err)
{
    struct buf bytes = {0}, again = {0};
    char path[4096];
    int rc;

    item->make(&bytes);
    buf_printf(manifest, "%s\n", item->name);
    (void)snprintf(path, sizeof path, "%s/%s.bin", folder, item->name);
    if ((rc = item->read(manifest, &again, buf_bytes(&bytes), err)) != 0)
        error_wrap(err, "%s", item->name);
    else
        rc = file_write(path, buf_bytes(&bytes), 0644, err);
    buf_free(&bytes);
    buf_free(&again);
    return rc;
}

static int run_record(struct cli *cli)
{
    const char *folder = cli_argument(cli, 0);
    struct buf manifest = {0};
    struct error err = {""};
    char path[4096];
    size_t count;
    const struct golden_item *items = golden_items(&count);
    int rc = file_make_folder(folder, &err);

    (void)snprintf(path, sizeof path, "%s/MANIFEST", folder);
    if (rc == 0 && file_exists(path))
        return cli_fail(cli, "%s is there: what was recorded stays", path);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = record(&items[i], folder, &manifest, &err);
    if (rc == 0)
        rc = file_write(path, buf_bytes(&manifest), 0644, &err);
    buf_free(&manifest);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

static const struct cli_command commands[] = {
    {"record", "FOLDER", 1, 1, NULL, "write the present protocol's bytes",
     run_record},
    {0}};

int main(int argc, char **argv)
{
    crypto_open();
    return cli_main(argc, argv, "lienxa-golden", ".",
                    "records the bytes of the protocol", commands, NULL);
}
