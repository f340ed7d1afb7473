/* common/crypto/keyfile.c - a secret in a file only its owner can read.
 *
 * Loading does not go through file_read: mode and content must be those of one
 * descriptor, and no copy of the secret is left in a growing buffer.
 */
#include "common/crypto/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"

int keyfile_save(const char *path, const void *secret, size_t size,
                 struct error *err)
{
    return file_write(path, bytes_of(secret, size), 0600, err);
}

static int check(int fd, size_t size, const char *path, struct error *err)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERR_DAMAGED, "%s: not a file", path);
    if ((status.st_mode & 077) != 0)
        return error_set(err, ERR_REFUSED,
                         "%s: a key that others may read or write; if nobody "
                         "did, type: chmod 600 '%s'",
                         path, path);
    if ((uintmax_t)status.st_size != size)
        return error_set(err, ERR_DAMAGED, "%s: %jd bytes long instead of %zu",
                         path, (intmax_t)status.st_size, size);
    return 0;
}

static int read_all(int fd, uint8_t *out, size_t size, const char *path,
                    struct error *err)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = read(fd, out + have, size - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        if (got == 0)
            return error_set(err, ERR_DAMAGED, "%s: cut short", path);
        have += (size_t)got;
    }
    return 0;
}

int keyfile_load(void *out, size_t size, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int rc;

    if (fd < 0) {
        memset(out, 0, size);
        return error_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "%s: %s",
                         path, strerror(errno));
    }
    if ((rc = check(fd, size, path, err)) == 0)
        rc = read_all(fd, out, size, path, err);
    if (rc != 0)
        mem_wipe(out, size);
    (void)close(fd);
    return rc;
}
