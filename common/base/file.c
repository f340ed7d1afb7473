#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"

enum { READ_BYTES = 64 * 1024 };

/* Says what could not be done, and why, from errno. */
static int fail(struct error *err, const char *verb, const char *path)
{
    int code = errno == ENOENT                      ? ERR_MISSING
               : errno == ENOSPC || errno == EDQUOT ? ERR_FULL
                                                    : ERR_IO;

    return error_set(err, code, "cannot %s %s: %s", verb, path,
                     strerrordesc_np(errno));
}

static ssize_t read_some(int fd, uint8_t *to, size_t size)
{
    ssize_t got;

    do
        got = read(fd, to, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static int read_all(struct buf *out, int fd, const char *path, size_t limit,
                    struct error *err)
{
    size_t before = out->size;

    for (;;) {
        buf_reserve(out, READ_BYTES);
        ssize_t got = read_some(fd, out->data + out->size, READ_BYTES);

        if (got < 0)
            return fail(err, "read", path);
        if (got == 0)
            return 0;
        out->size += (size_t)got;
        if (out->size - before > limit)
            return error_set(err, ERR_FULL, "%s is larger than %zu bytes", path,
                             limit);
    }
}

int file_read(struct buf *out, const char *path, size_t limit,
              struct error *err)
{
    size_t before = out->size;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(err, "open", path);
    int rc = read_all(out, fd, path, limit, err);

    if (rc != 0)
        out->size = before;
    (void)close(fd);
    return rc;
}

/* The folder that holds `path`, slashes at its end left out. Owned. */
static char *folder_of(const char *path)
{
    size_t size = strlen(path);

    while (size > 1 && path[size - 1] == '/')
        size--;
    const char *slash = memrchr(path, '/', size);

    if (!slash)
        return mem_text(".");
    if (slash == path)
        return mem_text("/");
    char *folder = mem_text(path);

    folder[slash - path] = '\0';
    return folder;
}

int file_sync_folder_of(const char *path, struct error *err)
{
    char *folder = folder_of(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = 0;

    if (fd < 0 || fsync(fd) != 0)
        rc = fail(err, "sync", folder);
    if (fd >= 0)
        (void)close(fd);
    mem_free(&folder);
    return rc;
}

static bool write_all(int fd, struct bytes content)
{
    size_t done = 0;

    while (done < content.size) {
        ssize_t put = write(fd, content.data + done, content.size - done);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0)
            done += (size_t)put;
    }
    return true;
}

/* Fills and syncs the new file; closes `fd` whatever happens. */
static bool fill(int fd, struct bytes content, unsigned mode)
{
    bool good =
        fchmod(fd, mode) == 0 && write_all(fd, content) && fsync(fd) == 0;
    int kept = errno;
    bool closed = close(fd) == 0;

    if (!good)
        errno = kept;
    return good && closed;
}

int file_write(const char *path, struct bytes content, unsigned mode,
               struct error *err)
{
    struct buf name = {0};
    int rc = 0;

    buf_printf(&name, "%s.XXXXXX", path);
    char *temporary = mem_text(buf_text(&name));
    int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0) {
        rc = fail(err, "write", path);
    } else if (!fill(fd, content, mode) || rename(temporary, path) != 0) {
        rc = fail(err, "write", path);
        (void)unlink(temporary);
    } else {
        rc = file_sync_folder_of(path, err);
    }
    mem_free(&temporary);
    buf_free(&name);
    return rc;
}

int file_make_folder(const char *path, struct error *err)
{
    struct stat seen;

    if (mkdir(path, 0700) == 0)
        return file_sync_folder_of(path, err);
    if (errno != EEXIST)
        return fail(err, "make folder", path);
    if (stat(path, &seen) != 0)
        return fail(err, "look at", path);
    if (!S_ISDIR(seen.st_mode))
        return error_set(err, ERR_EXISTS, "%s is not a folder", path);
    return 0;
}

int file_remove(const char *path, struct error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return fail(err, "remove", path);
    return file_sync_folder_of(path, err);
}

bool file_exists(const char *path)
{
    struct stat seen;

    return lstat(path, &seen) == 0;
}

int file_lock(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        (void)fail(err, "open", path);
        return ERR_IO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int rc =
        errno == EWOULDBLOCK
            ? error_set(err, ERR_AGAIN, "%s is in use by another process", path)
            : error_set(err, ERR_IO, "cannot lock %s: %s", path,
                        strerrordesc_np(errno));

    (void)close(fd);
    return rc;
}
