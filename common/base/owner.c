#include "common/base/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int owner_become(const char *folder, struct error *err)
{
    const struct passwd *user;
    struct stat status;
    gid_t group;
    int rc;

    if (geteuid() != 0 || stat(folder, &status) != 0 || status.st_uid == 0)
        return 0;
    user = getpwuid(status.st_uid);
    group = user != NULL ? user->pw_gid : status.st_gid;
    rc = user != NULL ? initgroups(user->pw_name, group) : setgroups(1, &group);
    if (rc != 0 || setgid(group) != 0 || setuid(status.st_uid) != 0)
        return error_set(err, ERR_IO,
                         "%s belongs to another user, whom root cannot become "
                         "here: %s",
                         folder, strerror(errno));
    return 0;
}
