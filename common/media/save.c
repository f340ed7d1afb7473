/* common/media/save.c - see save.h. */
#include "common/media/save.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t n = write(fd, bytes.data, bytes.size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == ENOSPC ? ERR_FULL : ERR_IO;
        bytes.data += n;
        bytes.size -= (size_t)n;
    }
    return 0;
}

int media_read(struct media_shelf *shelf, const struct media_row *row,
               uint32_t from, uint32_t count, struct buf *out)
{
    uint32_t chunks = media_chunks(row->size);
    uint32_t list = media_list_pieces(row->size);
    int rc = 0;

    for (uint32_t i = from; rc == 0 && i < chunks && i - from < count; i++)
        rc = media_shelf_piece(shelf, &row->name, list + i, out);
    return rc;
}

static int write_out(struct media_shelf *shelf, const struct hash *name, int fd)
{
    struct media_row row;
    struct buf piece = {0};
    int rc = media_store_find(shelf->rows, name, &row);
    uint32_t list = rc == 0 ? media_list_pieces(row.size) : 0;

    for (uint32_t i = 0; rc == 0 && i < media_chunks(row.size); i++) {
        buf_clear(&piece);
        rc = media_shelf_piece(shelf, name, list + i, &piece);
        if (rc == 0)
            rc = write_all(fd, buf_bytes(&piece));
    }
    buf_wipe(&piece);
    return rc;
}

static int make(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return fd >= 0 ? fd
                   : error_set(err, ERR_IO, "cannot make %s: %s", path,
                               strerrordesc_np(errno));
}

/* Nothing stays of what is not whole. */
static int end(int fd, int rc, const char *path, struct error *err)
{
    if (close(fd) != 0 && rc == 0)
        rc = ERR_IO;
    if (rc == 0)
        return 0;
    (void)unlink(path);
    return error_set(err, rc, "the file cannot be given out: %s",
                     error_name(rc));
}

int media_save(struct media_shelf *shelf, const struct hash *name,
               const char *path, struct error *err)
{
    int fd = make(path, err);

    return fd < 0 ? fd : end(fd, write_out(shelf, name, fd), path, err);
}

int media_save_file(struct media_file *file, const char *path,
                    struct error *err)
{
    uint64_t size = media_file_size(file);
    uint32_t list = media_list_pieces(size);
    struct buf piece = {0};
    int fd = make(path, err), rc = 0;

    if (fd < 0)
        return fd;
    for (uint32_t i = 0; rc == 0 && i < media_chunks(size); i++) {
        buf_clear(&piece);
        rc = media_file_get(file, list + i, &piece);
        if (rc == 0)
            rc = write_all(fd, buf_bytes(&piece));
    }
    buf_wipe(&piece);
    return end(fd, rc, path, err);
}
