/* common/bundle/file.c - see file.h. */
#include "common/bundle/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"

struct bundle_writer {
    char *path;
    int fd;
    uint64_t size; /* of what is whole */
};

/* What the stick said, in words for whoever holds it. */
static int explain(const char *path, int number, struct error *err)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return error_set(err, ERR_FULL, "there is no more room for %s", path);
    case EROFS:
        return error_set(err, ERR_REFUSED,
                         "%s: the stick is read-only: move its switch, or take "
                         "another one",
                         path);
    case EACCES:
    case EPERM:
        return error_set(err, ERR_REFUSED,
                         "%s: this user may not write or read there", path);
    case ENOENT:
    case ENOTDIR:
        return error_set(err, ERR_MISSING,
                         "%s: no such place. Is the stick in, and opened?",
                         path);
    case EIO:
    case ENXIO:
    case ENODEV:
        return error_set(err, ERR_IO,
                         "%s: the stick does not answer (pulled out, or "
                         "bad): put it in again, or take another one",
                         path);
    default:
        return error_set(err, ERR_IO, "%s: %s", path, strerror(number));
    }
}

static int put(int fd, struct bytes bytes)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t n = write(fd, bytes.data + done, bytes.size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        done += (size_t)n;
    }
    return 0;
}

int bundle_writer_new(struct bundle_writer **out, const char *path,
                      struct error *err)
{
    struct bundle_writer *w;
    int fd =
        open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    int number;

    if (fd < 0 && errno == EEXIST)
        return error_set(err, ERR_EXISTS,
                         "%s is there already: give another name (an older "
                         "bundle may not have been carried yet)",
                         path);
    if (fd < 0)
        return explain(path, errno, err);
    w = mem_new(sizeof *w);
    w->path = mem_text(path);
    w->fd = fd;
    number = put(fd, bytes_of(BUNDLE_MAGIC, BUNDLE_MAGIC_BYTES));
    if (number != 0) {
        bundle_writer_free(&w);
        return explain(path, number, err);
    }
    w->size = BUNDLE_MAGIC_BYTES;
    *out = w;
    return 0;
}

int bundle_writer_add(struct bundle_writer *writer, struct bytes block,
                      struct error *err)
{
    int number = put(writer->fd, block);

    if (number == 0) {
        writer->size += block.size;
        return 0;
    }
    /* half a block would be called torn: away with it, if it can be */
    (void)!ftruncate(writer->fd, (off_t)writer->size);
    return explain(writer->path, number, err);
}

int bundle_writer_finish(struct bundle_writer *writer, struct error *err)
{
    if (fsync(writer->fd) != 0)
        return explain(writer->path, errno, err);
    return file_sync_folder_of(writer->path, err);
}

uint64_t bundle_writer_room(const struct bundle_writer *writer)
{
    struct statvfs fs;

    return fstatvfs(writer->fd, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize
                                          : UINT64_MAX;
}

uint64_t bundle_writer_size(const struct bundle_writer *writer)
{
    return writer->size;
}

void bundle_writer_free(struct bundle_writer **writer)
{
    struct bundle_writer *w = *writer;

    if (w == NULL)
        return;
    (void)close(w->fd);
    if (w->size <= BUNDLE_MAGIC_BYTES)
        (void)unlink(w->path);
    mem_free(&w->path);
    mem_free(writer);
}

/* ---- reading */

struct bundle_reader {
    char *path;
    int fd;
    uint64_t at, size, torn;
    uint8_t *room;
};

int bundle_reader_new(struct bundle_reader **out, const char *path,
                      struct error *err)
{
    uint8_t magic[BUNDLE_MAGIC_BYTES];
    struct bundle_reader *r;
    struct stat seen;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return explain(path, errno, err);
    if (fstat(fd, &seen) != 0 || !S_ISREG(seen.st_mode) ||
        pread(fd, magic, sizeof magic, 0) != sizeof magic ||
        memcmp(magic, BUNDLE_MAGIC, sizeof magic) != 0) {
        (void)close(fd);
        return error_set(err, ERR_INVALID, "%s is not a bundle of lienxa's",
                         path);
    }
    r = mem_new(sizeof *r);
    r->path = mem_text(path);
    r->fd = fd;
    r->at = BUNDLE_MAGIC_BYTES;
    r->size = (uint64_t)seen.st_size;
    r->room = mem_array(1, BUNDLE_HEAD_BYTES + BUNDLE_BLOCK_LIMIT);
    *out = r;
    return 0;
}

/* Exactly `size` bytes; 0, or an errno (EIO: some cannot be read). */
static int get(struct bundle_reader *r, uint8_t *out, uint64_t at, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(r->fd, out + done, size - done, (off_t)(at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        done += (size_t)n;
    }
    return 0;
}

/* One step on: 0, ERR_MISSING at the end, ERR_DAMAGED when it was torn. */
static int step(struct bundle_reader *r, struct bytes *out)
{
    static const struct hash_function hash = {crypto_sha256};
    size_t next = 0, have = BUNDLE_HEAD_BYTES;
    uint32_t size;
    int rc;

    if (r->at == r->size)
        return ERR_MISSING;
    if (r->size - r->at < BUNDLE_HEAD_BYTES ||
        get(r, r->room, r->at, BUNDLE_HEAD_BYTES) != 0) {
        r->at = r->size;
        return ERR_DAMAGED;
    }
    size = get_u32(r->room);
    if (size <= BUNDLE_BLOCK_LIMIT && size <= r->size - r->at - have &&
        get(r, r->room + have, r->at + have, size) == 0)
        have += size;
    else if (size > 0 && size <= BUNDLE_BLOCK_LIMIT &&
             size <= r->size - r->at - have) { /* a part cannot be read */
        r->at += have + size;
        return ERR_DAMAGED;
    }
    rc = wire_bundle_block_at(bytes_of(r->room, have), 0, out, &next, &hash);
    r->at = next == 0 ? r->size : r->at + next;
    return rc;
}

int bundle_reader_next(struct bundle_reader *reader, struct bytes *out,
                       struct error *err)
{
    struct stat seen;
    int rc;

    while ((rc = step(reader, out)) == ERR_DAMAGED)
        reader->torn++;
    if (rc == ERR_MISSING && reader->torn > 0 && stat(reader->path, &seen) != 0)
        return explain(reader->path, EIO, err);
    return rc;
}

uint64_t bundle_reader_torn(const struct bundle_reader *reader)
{
    return reader->torn;
}

uint64_t bundle_reader_at(const struct bundle_reader *reader)
{
    return reader->at;
}

uint64_t bundle_reader_size(const struct bundle_reader *reader)
{
    return reader->size;
}

void bundle_reader_free(struct bundle_reader **reader)
{
    struct bundle_reader *r = *reader;

    if (r == NULL)
        return;
    (void)close(r->fd);
    mem_free(&r->room);
    mem_free(&r->path);
    mem_free(reader);
}
