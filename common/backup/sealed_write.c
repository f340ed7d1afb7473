/* common/backup/sealed_write.c - making a sealed file: members -> zstd ->
 * pieces
 * -> FILE.tmp, which becomes FILE when all of it is on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backup/sealed_inside.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/wire/squeeze.h"

struct backup_writer {
    char *path, *temporary;
    int fd;
    bool finished;
    struct squeeze *squeeze;
    struct secret_stream *stream;
    struct hash context; /* of what stands before the pieces */
    bool begun;          /* the first piece is out */
    struct buf piece;    /* not full yet */
    struct buf sealed;
    uint64_t size;
    int error; /* errno of a failed write */
};

static const char *what_to_do(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "choose a disk with more room";
    case ENOENT:
    case ENOTDIR:
        return "see that the disk or stick is in and the folder is there";
    default:
        return "choose another disk or folder";
    }
}

static int fail(struct backup_writer *w, int number, struct error *err)
{
    int code = number == ENOSPC || number == EDQUOT || number == EFBIG
                   ? ERR_FULL
                   : ERR_IO;

    return error_set(err, code,
                     "cannot write %s: %s. Nothing was left there under its "
                     "name; %s and do it again",
                     w->path, strerror(number), what_to_do(number));
}

static int put(struct backup_writer *w, struct bytes bytes)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t n = write(w->fd, bytes.data + done, bytes.size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            w->error = errno;
            return ERR_IO;
        }
        done += (size_t)n;
    }
    w->size += bytes.size;
    return 0;
}

/* ---- pieces */

static int put_piece(struct backup_writer *w, bool last)
{
    struct bytes context =
        w->begun ? bytes_of(NULL, 0)
                 : bytes_of(w->context.bytes, sizeof w->context.bytes);

    buf_clear(&w->sealed);
    secret_stream_push(w->stream, &w->sealed, buf_bytes(&w->piece), context,
                       last);
    w->begun = true;
    buf_clear(&w->piece);
    return put(w, buf_bytes(&w->sealed));
}

/* What zstd made of the members (struct squeeze_sink). A full piece waits until
 * it is known not to be the last. */
static int take(void *who, struct bytes bytes)
{
    struct backup_writer *w = who;
    int rc = 0;

    while (rc == 0 && bytes.size > 0) {
        size_t room = BACKUP_PIECE - w->piece.size;
        size_t n = bytes.size < room ? bytes.size : room;

        if (room == 0) {
            rc = put_piece(w, false);
            continue;
        }
        buf_add(&w->piece, bytes.data, n);
        bytes = bytes_of(bytes.data + n, bytes.size - n);
    }
    return rc;
}

/* ---- beginning */

static int may_replace(const char *path, struct error *err)
{
    struct backup_label label;
    struct error why = {""};
    struct stat seen;

    if (lstat(path, &seen) != 0 && errno == ENOENT)
        return 0;
    if (backup_read_label(&label, path, &why) == 0)
        return 0;
    return error_set(err, ERR_EXISTS,
                     "%s is there already and is not a whole copy made by "
                     "lienxa: choose another name",
                     path);
}

static int open_temporary(struct backup_writer *w, struct error *err)
{
    w->fd = open(w->temporary, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w->fd < 0)
        return fail(w, errno, err);
    if (flock(w->fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(w->fd); /* not ours to remove */
        w->fd = -1;
        return error_set(err, ERR_AGAIN, "another process is making %s",
                         w->path);
    }
    /* what a killed one left */
    if (ftruncate(w->fd, 0) != 0 || fchmod(w->fd, 0600) != 0)
        return fail(w, errno, err);
    return 0;
}

static void write_head(struct buf *out, const struct backup_label *label)
{
    char made[CLOCK_TEXT_BYTES];

    (void)clock_text(made, label->made_ms);
    buf_add_text(out, BACKUP_MARK BACKUP_FORMAT "\n");
    buf_printf(out, "program %s\nhome %s\nname %s\nmade %s\nversion %s\n\n",
               label->program, label->home, label->name, made, label->version);
}

static int begin(struct backup_writer *w, const struct backup_label *label,
                 const uint8_t recipient[SEAL_PUBLIC_BYTES], struct error *err)
{
    uint8_t key[SECRET_STREAM_KEY_BYTES], header[SECRET_STREAM_HEADER_BYTES];
    struct buf head = {0};
    struct bytes all;
    int rc;

    write_head(&head, label);
    random_bytes(key, sizeof key);
    rc = seal_close(&head, recipient, bytes_of(key, sizeof key));
    w->stream = secret_stream_seal(key, header);
    mem_wipe(key, sizeof key);
    buf_add(&head, header, sizeof header);
    all = buf_bytes(&head);
    w->context = crypto_sha256(&all, 1);
    if (rc != 0)
        rc = error_set(err, rc, "the key to seal to is not a key");
    else if (put(w, all) != 0)
        rc = fail(w, w->error, err);
    buf_free(&head);
    return rc;
}

int backup_writer_new(struct backup_writer **out, const char *path,
                      const struct backup_label *label,
                      const uint8_t recipient[SEAL_PUBLIC_BYTES],
                      struct error *err)
{
    struct backup_writer *w = mem_new(sizeof *w);
    struct buf name = {0};
    int rc;

    buf_printf(&name, "%s.tmp", path);
    w->path = mem_text(path);
    w->temporary = mem_text(buf_text(&name));
    buf_free(&name);
    w->fd = -1;
    w->squeeze = squeeze_new((struct squeeze_sink){take, w});
    if ((rc = may_replace(path, err)) != 0 ||
        (rc = open_temporary(w, err)) != 0 ||
        (rc = begin(w, label, recipient, err)) != 0) {
        backup_writer_free(&w);
        return rc;
    }
    *out = w;
    return 0;
}

void backup_writer_free(struct backup_writer **writer)
{
    struct backup_writer *w = *writer;

    if (w == NULL)
        return;
    if (w->fd >= 0 && !w->finished)
        (void)unlink(w->temporary);
    if (w->fd >= 0)
        (void)close(w->fd);
    squeeze_free(&w->squeeze);
    secret_stream_free(&w->stream);
    if (w->piece.room > 0)
        mem_wipe(w->piece.data, w->piece.room);
    buf_free(&w->piece);
    buf_free(&w->sealed);
    mem_free(&w->path);
    mem_free(&w->temporary);
    mem_free(writer);
}

/* ---- members */

static int push_member_head(struct backup_writer *w, const char *name,
                            uint64_t size)
{
    struct buf head = {0};
    size_t length = strlen(name);
    int rc;

    buf_add_u8(&head, (uint8_t)(length >> 8));
    buf_add_u8(&head, (uint8_t)length);
    buf_add_text(&head, name);
    if (length > 0)
        buf_add_u64(&head, size);
    rc = squeeze_push(w->squeeze, buf_bytes(&head));
    buf_free(&head);
    return rc;
}

/* Exactly `size` bytes of `fd`. */
static int push_content(struct backup_writer *w, int fd, uint64_t size,
                        const char *from, struct error *err)
{
    uint8_t *room = mem_array(1, BACKUP_PIECE);
    int rc = 0;

    while (rc == 0 && size > 0) {
        size_t want = size < BACKUP_PIECE ? (size_t)size : BACKUP_PIECE;
        ssize_t n = read(fd, room, want);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            rc = error_set(err, ERR_IO, "cannot read %s: %s", from,
                           n == 0 ? "it shrank" : strerror(errno));
        } else if (squeeze_push(w->squeeze, bytes_of(room, (size_t)n)) != 0) {
            rc = fail(w, w->error, err);
        } else {
            size -= (uint64_t)n;
        }
    }
    mem_wipe(room, BACKUP_PIECE);
    mem_free(&room);
    return rc;
}

int backup_writer_add(struct backup_writer *writer, const char *name,
                      const char *from, struct error *err)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    struct stat seen;
    int rc;

    if (fd < 0 || fstat(fd, &seen) != 0) {
        rc = error_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO,
                       "cannot read %s: %s", from, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return rc;
    }
    if (push_member_head(writer, name, (uint64_t)seen.st_size) != 0)
        rc = fail(writer, writer->error, err);
    else
        rc = push_content(writer, fd, (uint64_t)seen.st_size, from, err);
    (void)close(fd);
    return rc;
}

/* ---- the end */

int backup_writer_finish(struct backup_writer *writer, uint64_t *size,
                         struct error *err)
{
    struct backup_writer *w = writer;

    if (push_member_head(w, "", 0) != 0 || squeeze_end(w->squeeze) != 0 ||
        put_piece(w, true) != 0 || put(w, bytes_of_text(BACKUP_END)) != 0)
        return fail(w, w->error, err);
    if (fsync(w->fd) != 0 || rename(w->temporary, w->path) != 0)
        return fail(w, errno, err);
    w->finished = true;
    *size = w->size;
    return file_sync_folder_of(w->path, err);
}
