/* common/control/keeper_data.c - what the web process may touch of DATA. */
#include <stdio.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/control/keeper.h"

enum { PATH_BYTES = 4300 };

static const struct {
    const char *name; /* behind the database's or the folder's */
    unsigned mode;
    bool database;
} shared[] = {
    {"", 0710, false},
    {"", 0640, true},
    {"-wal", 0640, true},
    {"-shm", 0640, true},
    {"/web", 0750, false},
    {"/web/tls.key", 0640, false},
    {"/web/tls.crt", 0640, false},
    {"/web/ca.crt", 0644, false},
};

static int share(const struct keeper *keeper, const char *folder,
                 const char *database, struct error *err)
{
    char path[PATH_BYTES];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof shared / sizeof *shared; i++) {
        (void)snprintf(path, sizeof path, "%s%s%s%s", folder,
                       shared[i].database ? "/" : "",
                       shared[i].database ? database : "", shared[i].name);
        rc = keeper_share(keeper, path, shared[i].mode, err);
    }
    return rc;
}

bool keeper_is_ready(const struct keeper *keeper, const char *folder,
                     const char *database)
{
    struct error err = {""};
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/web/tls.crt", folder);
    if (!file_exists(path))
        return false;
    if (share(keeper, folder, database, &err) == 0)
        return true;
    log_warn("web.unshared", "reason=\"%s\"", err.text);
    return false;
}
