/* node/spool.c - see spool.h. */
#include "node/spool.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/helper.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/domain/media.h"
#include "common/media/shelf.h"

#define HELPER "lienxa-node-media"

enum { PATH_BYTES = 4400, OF_THE_GROUP = 0660 };

static const char cannot_decode[] = "the picture could not be decoded: it is "
                                    "damaged, or made to do harm";

int node_spool_clean(int fd, struct error *err)
{
    return helper_run(HELPER, NULL, fd, cannot_decode, err);
}

int node_spool_small(int fd, struct error *err)
{
    return helper_run(HELPER, "--small", fd, cannot_decode, err);
}

/* ---- locking */

struct making { /* one file, piece by piece */
    struct media_file *file;
    uint64_t size;
    struct buf list, chunk;
};

static int read_chunk(int fd, struct buf *out, size_t size, uint64_t at)
{
    buf_clear(out);
    buf_reserve(out, size);
    while (out->size < size) {
        ssize_t n = pread(fd, out->data + out->size, size - out->size,
                          (off_t)(at + out->size));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO; /* or it was cut meanwhile */
        out->size += (size_t)n;
    }
    return 0;
}

static int copy(struct making *m, int fd)
{
    uint32_t list = media_list_pieces(m->size);
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < media_chunks(m->size); i++) {
        struct hash hash;

        rc = read_chunk(fd, &m->chunk, media_piece_bytes(m->size, list + i),
                        (uint64_t)i * LIMIT_MEDIA_PIECE);
        hash = media_hash(buf_bytes(&m->chunk));
        buf_add(&m->list, &hash, sizeof hash);
        if (rc == 0)
            rc = media_file_put(m->file, list + i, buf_bytes(&m->chunk));
    }
    for (uint32_t i = 0; rc == 0 && i < list; i++)
        rc = media_file_put(
            m->file, i,
            bytes_of(m->list.data + (size_t)i * LIMIT_MEDIA_PIECE,
                     media_piece_bytes(m->size, i)));
    return rc;
}

/* The content of `fd` as a locked file at `path`, synced: for `key`, or sealed
 * to `seal_to`. */
static int make(const char *path, int fd, uint64_t size, const uint8_t *key,
                const uint8_t *seal_to, struct hash *list, struct error *err)
{
    struct making m = {.size = size};
    int rc = media_file_make(&m.file, path, size, err);

    if (rc != 0)
        return rc;
    rc = copy(&m, fd);
    if (rc == 0)
        rc = key != NULL ? media_file_lock(m.file, key)
                         : media_file_seal(m.file, seal_to);
    if (rc == 0)
        rc = media_file_sync(m.file);
    *list = media_hash(buf_bytes(&m.list));
    media_file_close(&m.file);
    buf_wipe(&m.chunk);
    buf_free(&m.list);
    if (rc == 0)
        return 0;
    (void)unlink(path);
    return error_set(err, rc, "%s: %s", path, error_name(rc));
}

/* ---- one file */

static int look_at(const struct spool_order *order, uint64_t *size, int *type,
                   struct error *err)
{
    uint8_t start[MEDIA_LOOK_BYTES];
    struct stat st;
    ssize_t n;

    if (fstat(order->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "not a file");
    if (st.st_size == 0)
        return error_set(err, ERR_INVALID, "the file is empty");
    if (st.st_size > LIMIT_MEDIA)
        return error_set(err, ERR_INVALID,
                         "the file is larger than %d MB: make a shorter film "
                         "or a smaller picture",
                         LIMIT_MEDIA >> 20);
    n = pread(order->fd, start, sizeof start, 0);
    *type = media_type_of(bytes_of(start, n < 0 ? 0 : (size_t)n));
    *size = (uint64_t)st.st_size;
    return *type != 0
               ? 0
               : error_set(err, ERR_INVALID,
                           "not a kind of file that is taken: JPEG, PNG, WebP, "
                           "PDF, MP4, WebM, MP3, Ogg or WAV");
}

/* What there is to say of it is in `one` already. */
static void say(struct json *one, const struct spool_order *order,
                const char *id, const uint8_t key[BOX_KEY_BYTES],
                const struct hash *hash)
{
    char hex[2 * BOX_KEY_BYTES + 1], text[HASH_TEXT_BYTES];

    hex_encode(hex, key, BOX_KEY_BYTES);
    json_set_text(one, "spool", id);
    json_set_text(one, "key", hex);
    json_set_text(one, "list", hash_text(text, hash));
    json_set_text(one, "name", order->shown);
    mem_wipe(hex, sizeof hex);
}

static int make_both(const struct spool_order *order, int type, uint64_t size,
                     struct json *list, struct error *err)
{
    bool picture = media_is_picture(type);
    char path[PATH_BYTES], original[PATH_BYTES + 8], id[ID_TEXT_BYTES];
    uint8_t key[BOX_KEY_BYTES];
    struct id fresh = random_id(clock_wall_ms());
    struct hash hash;
    struct stat st;
    int fd = picture ? node_spool_clean(order->fd, err) : order->fd;
    int rc = fd < 0 ? fd : 0;

    if (rc != 0)
        return rc;
    random_bytes(key, sizeof key);
    (void)snprintf(path, sizeof path, "%s/%s/%s", order->data, order->folder,
                   id_text(id, &fresh));
    (void)snprintf(original, sizeof original, "%s.sealed", path);
    if (picture && order->seal_to != NULL)
        rc = make(original, order->fd, size, NULL, order->seal_to, &hash, err);
    if (rc == 0 && fstat(fd, &st) != 0)
        rc = ERR_IO;
    if (rc == 0)
        rc = make(path, fd, (uint64_t)st.st_size, key, NULL, &hash, err);
    if (rc != 0) /* nothing stays of what is not whole */
        (void)unlink(original);
    if (rc == 0 && order->for_group) {
        (void)chmod(path, OF_THE_GROUP);
        (void)chmod(original, OF_THE_GROUP);
    }
    if (rc == 0) {
        struct json *one = json_object_new();

        json_set_i64(one, "size", (int64_t)st.st_size);
        json_set_i64(one, "type", type);
        say(one, order, id, key, &hash);
        json_add(list, one);
    }
    if (picture)
        (void)close(fd);
    mem_wipe(key, sizeof key);
    return rc;
}

int node_spool_file(const struct spool_order *order, struct json *list,
                    struct error *err)
{
    char folder[PATH_BYTES];
    uint64_t size = 0;
    int type = 0;
    int rc = look_at(order, &size, &type, err);

    (void)snprintf(folder, sizeof folder, "%s/%s", order->data, order->folder);
    if (rc == 0 && (rc = file_make_folder(folder, err)) == 0)
        rc = make_both(order, type, size, list, err);
    if (rc != 0)
        error_wrap(err, "%s", order->shown);
    return rc;
}

void node_spool_sweep(const char *data, const char *spool, int64_t wall_ms)
{
    char folder[PATH_BYTES], path[PATH_BYTES + 256];
    const struct dirent *entry;
    struct stat st;
    DIR *dir;

    (void)snprintf(folder, sizeof folder, "%s/%s", data, spool);
    if ((dir = opendir(folder)) == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            wall_ms - (int64_t)st.st_mtime * 1000 >= MEDIA_ORPHAN_MS)
            (void)unlink(path);
    }
    (void)closedir(dir);
}
