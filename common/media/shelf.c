/* common/media/shelf.c - see shelf.h. */
#include "common/media/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"

void media_shelf_open(struct media_shelf *shelf, const char *data,
                      const uint8_t key[BOX_KEY_BYTES],
                      struct media_store *rows)
{
    memset(shelf, 0, sizeof *shelf);
    (void)snprintf(shelf->folder, sizeof shelf->folder, "%s/media", data);
    memcpy(shelf->key, key, sizeof shelf->key);
    shelf->rows = rows;
}

int media_shelf_make(const struct media_shelf *shelf, struct error *err)
{
    return file_make_folder(shelf->folder, err);
}

void media_shelf_close(struct media_shelf *shelf)
{
    media_file_close(&shelf->open);
    mem_wipe(shelf->key, sizeof shelf->key);
}

int media_shelf_key(uint8_t out[BOX_KEY_BYTES], const char *path, bool make,
                    struct error *err)
{
    struct buf key = {0};
    int rc = file_read(&key, path, BOX_KEY_BYTES, err);

    if (rc == ERR_MISSING && make) {
        random_bytes(out, BOX_KEY_BYTES);
        return file_write(path, bytes_of(out, BOX_KEY_BYTES), 0600, err);
    }
    if (rc == 0 && key.size != BOX_KEY_BYTES)
        rc = error_set(err, ERR_DAMAGED, "%s is not a key", path);
    if (rc == 0)
        memcpy(out, key.data, BOX_KEY_BYTES);
    buf_wipe(&key);
    return rc;
}

void media_shelf_path(const struct media_shelf *shelf, char out[MEDIA_PATH],
                      const struct hash *name, const char *end)
{
    char text[HASH_TEXT_BYTES];

    (void)snprintf(out, MEDIA_PATH, "%s/%s%s", shelf->folder,
                   hash_text(text, name), end);
}

void media_shelf_original(char out[MEDIA_END], const struct id *record,
                          int number)
{
    char text[ID_TEXT_BYTES];

    (void)snprintf(out, MEDIA_END, ".%s-%d.sealed", id_text(text, record),
                   number % MEDIA_NUMBERS);
}

/* ---- giving */

static int open_for(struct media_shelf *shelf, const struct hash *name)
{
    char path[MEDIA_PATH];

    if (shelf->open != NULL && hash_equal(&shelf->open_name, name))
        return 0;
    media_file_close(&shelf->open);
    media_shelf_path(shelf, path, name, "");
    shelf->open_name = *name;
    return media_file_open(&shelf->open, path, shelf->key, false, NULL);
}

int media_shelf_piece(struct media_shelf *shelf, const struct hash *name,
                      uint32_t number, struct buf *out)
{
    int rc = open_for(shelf, name);

    if (rc == 0)
        rc = media_file_get(shelf->open, number, out);
    if (rc != 0)
        media_file_close(&shelf->open);
    return rc;
}

/* ---- taking */

/* Does the list that is there prove the name? */
static bool list_fits(struct media_part *part)
{
    struct hash list, name;

    if (media_file_list_hash(part->file, &list) != 0)
        return false;
    name = media_name(part->row.salt, part->row.size, &list);
    return hash_equal(&name, &part->row.name);
}

static bool chunk_fits(struct media_file *file, uint32_t piece,
                       struct bytes bytes)
{
    uint32_t list = media_list_pieces(media_file_size(file));
    struct hash is, should;

    if (media_file_chunk_hash(file, piece - list, &should) != 0)
        return false;
    is = media_hash(bytes);
    return hash_equal(&is, &should);
}

static bool is_here(struct media_part *part, uint32_t number)
{
    struct buf piece = {0};
    bool here = media_file_get(part->file, number, &piece) == 0 &&
                (number < media_list_pieces(part->row.size) ||
                 chunk_fits(part->file, number, buf_bytes(&piece)));

    buf_free(&piece);
    return here;
}

/* How far it had come; what does not fit is not there. */
static void find_next(struct media_part *part)
{
    uint32_t list = media_list_pieces(part->row.size);

    part->guessed = false;
    for (part->next = 0; part->next < media_pieces(part->row.size);
         part->next++) {
        if (part->next == list && !list_fits(part)) {
            part->next = 0;
            break;
        }
        if (!is_here(part, part->next))
            break;
    }
}

static int begin(struct media_part *part, const struct media_shelf *shelf,
                 const char *path, struct error *err)
{
    int rc;

    (void)unlink(path);
    rc = media_file_make(&part->file, path, part->row.size, err);
    if (rc == 0 && (rc = media_file_lock(part->file, shelf->key)) != 0)
        (void)error_set(err, rc, "%s: %s", path, error_name(rc));
    if (rc != 0) {
        media_file_close(&part->file);
        (void)unlink(path);
    }
    return rc;
}

static int finish(struct media_part *part, struct media_shelf *shelf,
                  struct error *err)
{
    char from[MEDIA_PATH], to[MEDIA_PATH];
    int rc = media_file_sync(part->file);

    media_shelf_path(shelf, from, &part->row.name, ".part");
    media_shelf_path(shelf, to, &part->row.name, "");
    if (rc == 0 && rename(from, to) != 0)
        rc = ERR_IO;
    if (rc != 0)
        return error_set(err, rc, "%s: %s", from, error_name(rc));
    if ((rc = file_sync_folder_of(to, err)) != 0)
        return rc;
    media_part_close(part);
    shelf->came = true;
    return media_store_set(shelf->rows, &part->row.name, MEDIA_HERE);
}

/* Whether `reached` may be believed. */
static bool guess_next(struct media_part *part, uint32_t reached)
{
    if (reached < media_list_pieces(part->row.size) || reached == 0 ||
        reached >= media_pieces(part->row.size) || !list_fits(part) ||
        !is_here(part, reached - 1))
        return false;
    part->next = reached;
    part->guessed = true;
    return true;
}

/* Past what is here already; at its end all of it is looked at. */
static void go_past(struct media_part *part)
{
    uint32_t all = media_pieces(part->row.size);

    while (part->next < all && is_here(part, part->next))
        part->next++;
    if (part->next == all && part->guessed)
        find_next(part);
}

static int go_on(struct media_part *part, struct media_shelf *shelf,
                 struct error *err)
{
    go_past(part);
    return part->next == media_pieces(part->row.size) ? finish(part, shelf, err)
                                                      : 0;
}

int media_part_open(struct media_part *part, struct media_shelf *shelf,
                    const struct media_row *row, struct error *err)
{
    return media_part_resume(part, shelf, row, 0, err);
}

int media_part_resume(struct media_part *part, struct media_shelf *shelf,
                      const struct media_row *row, uint32_t reached,
                      struct error *err)
{
    char path[MEDIA_PATH], whole[MEDIA_PATH];
    int rc;

    memset(part, 0, sizeof *part);
    part->row = *row;
    media_shelf_path(shelf, path, &row->name, ".part");
    media_shelf_path(shelf, whole, &row->name, "");
    (void)rename(whole, path); /* named, and its row not committed; or rotten */
    rc = media_file_open(&part->file, path, shelf->key, true, err);
    if (rc == 0 && media_file_size(part->file) == row->size) {
        if (guess_next(part, reached))
            go_past(part); /* more may be here than the rows tell */
        else
            find_next(part);
    } else if (rc == 0 || rc == ERR_MISSING || rc == ERR_DAMAGED) {
        media_file_close(&part->file);
        rc = begin(part, shelf, path, err);
    }
    if (rc == 0 && part->next == media_pieces(row->size))
        rc = finish(part, shelf, err);
    return rc;
}

uint32_t media_part_came(const struct media_shelf *shelf,
                         const struct media_row *row, uint32_t reached)
{
    struct media_part part = {.row = *row};
    char path[MEDIA_PATH];
    uint32_t came = 0;

    media_shelf_path(shelf, path, &row->name, ".part");
    if (media_file_open(&part.file, path, shelf->key, false, NULL) != 0)
        return 0;
    if (reached == 0)
        reached = media_file_length(part.file);
    if (media_file_size(part.file) == row->size && reached > 0 &&
        is_here(&part, reached - 1))
        came = reached;
    media_part_close(&part);
    return came;
}

static void throw_away(struct media_part *part, struct media_shelf *shelf)
{
    char path[MEDIA_PATH];

    media_shelf_path(shelf, path, &part->row.name, ".part");
    media_part_close(part);
    (void)unlink(path);
}

int media_part_put(struct media_part *part, struct media_shelf *shelf,
                   uint32_t number, struct bytes piece, struct error *err)
{
    uint32_t list = media_list_pieces(part->row.size);
    int rc;

    if (part->file == NULL || number != part->next)
        return ERR_AGAIN;
    if (piece.size != media_piece_bytes(part->row.size, number) ||
        (number >= list && !chunk_fits(part->file, number, piece))) {
        throw_away(part, shelf);
        return error_set(err, ERR_DAMAGED, "piece %u is not what it should be",
                         number);
    }
    if ((rc = media_file_put(part->file, number, piece)) != 0)
        return error_set(err, rc, "piece %u: %s", number, error_name(rc));
    part->next++;
    if (part->next == list && !list_fits(part)) {
        throw_away(part, shelf);
        return error_set(err, ERR_DAMAGED, "the list does not give the name");
    }
    return part->next == media_pieces(part->row.size) ? finish(part, shelf, err)
                                                      : 0;
}

int media_part_place(struct media_part *part, struct media_shelf *shelf,
                     uint32_t number, struct bytes piece, struct error *err)
{
    uint32_t list = media_list_pieces(part->row.size);
    int rc;

    if (part->file == NULL || number >= media_pieces(part->row.size) ||
        piece.size != media_piece_bytes(part->row.size, number))
        return error_set(err, ERR_DAMAGED, "no such piece: %u", number);
    if (number < part->next)
        return ERR_EXISTS;
    if (number < list)
        return media_part_put(part, shelf, number, piece, err);
    if (part->next < list)
        return ERR_AGAIN;
    if (!chunk_fits(part->file, number, piece))
        return error_set(err, ERR_DAMAGED, "piece %u is not what it should be",
                         number);
    if (is_here(part, number))
        return ERR_EXISTS;
    if ((rc = media_file_put(part->file, number, piece)) != 0)
        return error_set(err, rc, "piece %u: %s", number, error_name(rc));
    return number == part->next ? go_on(part, shelf, err) : 0;
}

void media_part_close(struct media_part *part)
{
    media_file_close(&part->file);
}

/* ---- putting in place, and away */

int media_shelf_adopt(struct media_shelf *shelf, const char *path,
                      const struct hash *name, const char *end,
                      struct error *err)
{
    char to[MEDIA_PATH];

    media_shelf_path(shelf, to, name, end);
    if (rename(path, to) != 0)
        return error_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", to,
                         strerrordesc_np(errno));
    return 0;
}

int media_shelf_sync(struct media_shelf *shelf, struct error *err)
{
    char in[MEDIA_PATH];

    (void)snprintf(in, sizeof in, "%s/.", shelf->folder);
    return file_sync_folder_of(in, err);
}

/* False: the disk keeps it. */
static bool is_removed(const struct media_shelf *shelf, const struct hash *name,
                       const char *end)
{
    char path[MEDIA_PATH];

    media_shelf_path(shelf, path, name, end);
    return unlink(path) == 0 || errno == ENOENT;
}

/* A folder that is gone holds nothing. */
static bool is_durable(struct media_shelf *shelf)
{
    int rc = media_shelf_sync(shelf, NULL);

    return rc == 0 || rc == ERR_MISSING;
}

static int tidy_originals(struct media_shelf *shelf, unsigned *stuck)
{
    char end[MEDIA_END];
    struct media_use use;
    unsigned skip = 0;
    int rc;

    while ((rc = media_store_ended(shelf->rows, skip, &use)) == 0) {
        media_shelf_original(end, &use.record, use.number);
        if (!is_removed(shelf, &use.name, end) || !is_durable(shelf))
            skip++;
        else if ((rc = media_store_drop(shelf->rows, &use)) != 0)
            return rc;
    }
    *stuck += skip;
    return rc == ERR_MISSING ? 0 : rc;
}

static bool is_tidied(struct media_shelf *shelf, const struct hash *name)
{
    static const char *const ends[] = {
        "", ".part", ".sealed" /* of a time when originals had no report */};
    bool gone = true;

    if (hash_equal(name, &shelf->open_name))
        media_file_close(&shelf->open);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        gone = is_removed(shelf, name, ends[i]) && gone;
    return gone && is_durable(shelf);
}

int media_shelf_tidy(struct media_shelf *shelf, unsigned *stuck)
{
    struct media_row row;
    unsigned skip = 0;
    int rc;

    *stuck = 0;
    if ((rc = tidy_originals(shelf, stuck)) != 0)
        return rc;
    while ((rc = media_store_gone(shelf->rows, skip, &row)) == 0) {
        if (!is_tidied(shelf, &row.name))
            skip++;
        else if ((rc = media_store_forget(shelf->rows, &row.name)) != 0)
            return rc;
    }
    *stuck += skip;
    return rc == ERR_MISSING ? 0 : rc;
}

uint32_t media_shelf_have(const struct media_shelf *shelf,
                          const struct media_row *row)
{
    char path[MEDIA_PATH];
    struct stat now;
    uint32_t have = 0;
    uint64_t end = MEDIA_FILE_HEAD;

    media_shelf_path(shelf, path, &row->name, ".part");
    if (stat(path, &now) != 0)
        return 0;
    while (have < media_pieces(row->size) &&
           (end += media_piece_bytes(row->size, have) + BOX_OVERHEAD) <=
               (uint64_t)now.st_size)
        have++;
    return have;
}

uint64_t media_shelf_free(const struct media_shelf *shelf)
{
    struct statvfs fs;

    return statvfs(shelf->folder, &fs) == 0
               ? (uint64_t)fs.f_bavail * fs.f_frsize
               : 0;
}
