/* common/media/file.c - see file.h.
 *
 * "LXMEDIA1", how the key is kept (1 byte), 7 bytes of 0, the size (8 bytes,
 * big-endian), the key in its box (80 bytes, the rest 0), 24 bytes of 0; then
 * the pieces, each 40 bytes longer than its content. */
#include "common/media/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"

enum {
    HEAD_BYTES = MEDIA_FILE_HEAD,
    HEAD_FORM = 8,
    HEAD_SIZE = 16,
    HEAD_BOX = 24,
    FORM_LOCKED = 1,
    FORM_SEALED = 2,
    LOCKED_BYTES = 72, /* nonce, key, tag */
    SEALED_BYTES = BOX_KEY_BYTES + SEAL_OVERHEAD,
    PIECE_OVERHEAD = BOX_OVERHEAD
};

#define MAGIC "LXMEDIA1"
#define KEY_CONTEXT "lienxa media key 1"

struct media_file {
    int fd;
    uint64_t size;
    uint8_t key[BOX_KEY_BYTES];
    struct buf room;
};

static int code_of(int number)
{
    return number == ENOSPC || number == EDQUOT ? ERR_FULL
           : number == ENOENT                   ? ERR_MISSING
           : number == EEXIST                   ? ERR_EXISTS
                                                : ERR_IO;
}

static int fail(struct error *err, const char *path)
{
    int number = errno;

    return error_set(err, code_of(number), "%s: %s", path,
                     strerrordesc_np(number));
}

static int write_at(int fd, struct bytes bytes, uint64_t at)
{
    while (bytes.size > 0) {
        ssize_t n = pwrite(fd, bytes.data, bytes.size, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return code_of(errno);
        bytes.data += n;
        bytes.size -= (size_t)n;
        at += (uint64_t)n;
    }
    return 0;
}

/* Short at the file's end. */
static ssize_t read_at(int fd, void *out, size_t size, uint64_t at)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n =
            pread(fd, (uint8_t *)out + got, size - got, (off_t)(at + got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* ---- the head */

int media_file_make(struct media_file **out, const char *path, uint64_t size,
                    struct error *err)
{
    int fd =
        open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return fail(err, path);
    *out = mem_new(sizeof **out);
    (*out)->fd = fd;
    (*out)->size = size;
    random_bytes((*out)->key, sizeof(*out)->key);
    return 0;
}

static int write_head(struct media_file *file, uint8_t form, struct bytes box)
{
    struct buf head = {0};
    int rc;

    buf_add(&head, MAGIC, 8);
    buf_add_u8(&head, form);
    while (head.size < HEAD_SIZE)
        buf_add_u8(&head, 0);
    buf_add_u64(&head, file->size);
    buf_add_bytes(&head, box);
    while (head.size < HEAD_BYTES)
        buf_add_u8(&head, 0);
    rc = write_at(file->fd, buf_bytes(&head), 0);
    buf_free(&head);
    return rc;
}

int media_file_lock(struct media_file *file, const uint8_t key[BOX_KEY_BYTES])
{
    struct buf box = {0};
    int rc;

    box_close(&box, key, KEY_CONTEXT, bytes_of(file->key, sizeof file->key));
    rc = write_head(file, FORM_LOCKED, buf_bytes(&box));
    buf_free(&box);
    return rc;
}

int media_file_seal(struct media_file *file,
                    const uint8_t public_key[SEAL_PUBLIC_BYTES])
{
    struct buf box = {0};
    int rc =
        seal_close(&box, public_key, bytes_of(file->key, sizeof file->key));

    if (rc == 0)
        rc = write_head(file, FORM_SEALED, buf_bytes(&box));
    buf_free(&box);
    return rc;
}

/* The head's box, when it is such a head. */
static bool read_head(struct media_file *file, uint8_t form, size_t box_size,
                      uint8_t out[SEALED_BYTES])
{
    uint8_t head[HEAD_BYTES];

    if (read_at(file->fd, head, sizeof head, 0) != HEAD_BYTES ||
        memcmp(head, MAGIC, 8) != 0 || head[HEAD_FORM] != form)
        return false;
    file->size = get_u64(head + HEAD_SIZE);
    memcpy(out, head + HEAD_BOX, box_size);
    return file->size > 0 && file->size <= LIMIT_MEDIA;
}

static int take_key(struct media_file *file, int rc, struct buf *key)
{
    if (rc == 0 && key->size != sizeof file->key)
        rc = ERR_DAMAGED;
    if (rc == 0)
        memcpy(file->key, key->data, sizeof file->key);
    buf_wipe(key);
    return rc;
}

static int open_file(struct media_file **out, const char *path, bool write,
                     struct error *err)
{
    int fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return fail(err, path);
    *out = mem_new(sizeof **out);
    (*out)->fd = fd;
    return 0;
}

static int opened(struct media_file **out, int rc, const char *path,
                  struct error *err)
{
    if (rc == 0)
        return 0;
    media_file_close(out);
    return error_set(err, ERR_DAMAGED, "%s: not a file of this lienxa", path);
}

int media_file_open(struct media_file **out, const char *path,
                    const uint8_t key[BOX_KEY_BYTES], bool write,
                    struct error *err)
{
    uint8_t box[SEALED_BYTES];
    struct buf plain = {0};
    int rc = open_file(out, path, write, err);

    if (rc != 0)
        return rc;
    rc = read_head(*out, FORM_LOCKED, LOCKED_BYTES, box)
             ? box_open(&plain, key, KEY_CONTEXT, bytes_of(box, LOCKED_BYTES))
             : ERR_DAMAGED;
    return opened(out, take_key(*out, rc, &plain), path, err);
}

int media_file_unseal(struct media_file **out, const char *path,
                      const struct seal_key *key, struct error *err)
{
    uint8_t box[SEALED_BYTES];
    struct buf plain = {0};
    int rc = open_file(out, path, false, err);

    if (rc != 0)
        return rc;
    rc = read_head(*out, FORM_SEALED, SEALED_BYTES, box)
             ? seal_open(&plain, key, bytes_of(box, SEALED_BYTES))
             : ERR_DAMAGED;
    return opened(out, take_key(*out, rc, &plain), path, err);
}

void media_file_close(struct media_file **file)
{
    if (*file == NULL)
        return;
    (void)close((*file)->fd);
    buf_free(&(*file)->room); /* only ever boxes */
    mem_wipe((*file)->key, sizeof(*file)->key);
    mem_free(file);
}

uint64_t media_file_size(const struct media_file *file) { return file->size; }

/* ---- pieces */

static void context_of(char out[64], const struct media_file *file,
                       uint32_t number)
{
    (void)snprintf(out, 64, "lienxa media 1 %u/%u", number,
                   media_pieces(file->size));
}

/* Full pieces stand before it, but that the list's last one may be shorter. */
static uint64_t place_of(const struct media_file *file, uint32_t number)
{
    uint32_t list = media_list_pieces(file->size);
    uint64_t list_bytes =
        (uint64_t)media_chunks(file->size) * sizeof(struct hash);
    uint64_t content = (uint64_t)number * LIMIT_MEDIA_PIECE;

    if (number >= list)
        content = list_bytes + (uint64_t)(number - list) * LIMIT_MEDIA_PIECE;
    return HEAD_BYTES + (uint64_t)number * PIECE_OVERHEAD + content;
}

int media_file_put(struct media_file *file, uint32_t number, struct bytes piece)
{
    char context[64];

    if (piece.size == 0 || piece.size != media_piece_bytes(file->size, number))
        return ERR_INVALID;
    context_of(context, file, number);
    buf_clear(&file->room);
    box_close(&file->room, file->key, context, piece);
    return write_at(file->fd, buf_bytes(&file->room), place_of(file, number));
}

int media_file_get(struct media_file *file, uint32_t number, struct buf *out)
{
    size_t size = media_piece_bytes(file->size, number);
    char context[64];
    ssize_t n;

    if (size == 0)
        return ERR_MISSING;
    size += PIECE_OVERHEAD;
    context_of(context, file, number);
    buf_clear(&file->room);
    buf_reserve(&file->room, size);
    n = read_at(file->fd, file->room.data, size, place_of(file, number));
    if (n < 0)
        return ERR_IO;
    return (size_t)n < size ? ERR_DAMAGED
                            : box_open(out, file->key, context,
                                       bytes_of(file->room.data, size));
}

int media_file_chunk_hash(struct media_file *file, uint32_t chunk,
                          struct hash *out)
{
    enum { IN_PIECE = LIMIT_MEDIA_PIECE / sizeof(struct hash) };
    struct buf list = {0};
    size_t at = chunk % IN_PIECE * sizeof *out;
    int rc = media_file_get(file, chunk / IN_PIECE, &list);

    if (rc == 0 && at + sizeof *out > list.size)
        rc = ERR_MISSING;
    if (rc == 0)
        memcpy(out, list.data + at, sizeof *out);
    buf_free(&list);
    return rc;
}

int media_file_list_hash(struct media_file *file, struct hash *out)
{
    struct buf list = {0};
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < media_list_pieces(file->size); i++)
        rc = media_file_get(file, i, &list);
    if (rc == 0)
        *out = media_hash(buf_bytes(&list));
    buf_free(&list);
    return rc;
}

uint32_t media_file_length(const struct media_file *file)
{
    uint32_t pieces = media_pieces(file->size), n = 0;
    struct stat st;

    if (fstat(file->fd, &st) != 0)
        return 0;
    while (n < pieces && place_of(file, n) + media_piece_bytes(file->size, n) +
                                 PIECE_OVERHEAD <=
                             (uint64_t)st.st_size)
        n++;
    return n;
}

int media_file_sync(struct media_file *file)
{
    return fsync(file->fd) == 0 ? 0 : code_of(errno);
}
