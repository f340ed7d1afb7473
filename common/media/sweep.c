/* common/media/sweep.c - every row its file, every file its row: shelf.h. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/media/shelf.h"

/* Opens it and looks at its list. */
static int look_at_list(struct media_shelf *shelf, const struct media_row *row,
                        struct media_file **out)
{
    struct hash list, name;
    char path[MEDIA_PATH];
    int rc;

    media_shelf_path(shelf, path, &row->name, "");
    if ((rc = media_file_open(out, path, shelf->key, false, NULL)) != 0)
        return rc;
    if (media_file_size(*out) != row->size ||
        media_file_list_hash(*out, &list) != 0)
        return ERR_DAMAGED;
    name = media_name(row->salt, row->size, &list);
    return hash_equal(&name, &row->name) ? 0 : ERR_DAMAGED;
}

static int look_at_chunk(struct media_file *file, uint32_t piece)
{
    uint32_t list = media_list_pieces(media_file_size(file));
    struct hash is, should;
    struct buf bytes = {0};
    int rc = media_file_get(file, piece, &bytes);

    if (rc == 0 && piece >= list) {
        is = media_hash(buf_bytes(&bytes));
        rc = media_file_chunk_hash(file, piece - list, &should);
        if (rc == 0 && !hash_equal(&is, &should))
            rc = ERR_DAMAGED;
    }
    buf_free(&bytes);
    return rc;
}

int media_shelf_check(struct media_shelf *shelf, const struct media_row *row)
{
    struct media_file *file = NULL;
    int rc = look_at_list(shelf, row, &file);

    for (uint32_t i = media_list_pieces(row->size);
         rc == 0 && i < media_pieces(row->size); i++)
        rc = look_at_chunk(file, i);
    media_file_close(&file);
    return rc;
}

/* ---- a little at a time */

/* What lies there though nobody fetched it was put back by somebody. */
static void settle(struct media_sweep *sweep, struct media_shelf *shelf,
                   int code, const struct media_sweep_host *host)
{
    media_file_close(&sweep->file);
    if (sweep->row.state != MEDIA_HERE) {
        shelf->came = shelf->came || code == 0;
        if (code == 0)
            (void)media_store_set(shelf->rows, &sweep->row.name, MEDIA_HERE);
        return;
    }
    sweep->checked++;
    if (code == 0)
        return;
    sweep->faults++;
    host->fault(host->who, &sweep->row, code);
}

/* The next row, one for a piece: there may be many whose files are elsewhere.
 * False: there is none. */
static bool next_row(struct media_sweep *sweep, struct media_shelf *shelf,
                     const struct media_sweep_host *host)
{
    int rc = media_store_next(shelf->rows, sweep->id, &sweep->row);

    if (rc != 0)
        return false;
    sweep->id = sweep->row.id;
    if (sweep->row.state == MEDIA_GONE)
        return true;
    sweep->next = media_list_pieces(sweep->row.size);
    if ((rc = look_at_list(shelf, &sweep->row, &sweep->file)) != 0)
        settle(sweep, shelf, rc, host);
    return true;
}

/* An original's report: has it this file? */
static bool may_have_report(const struct media_shelf *shelf,
                            const struct hash *name, const char *end)
{
    char text[ID_TEXT_BYTES] = "";
    struct id record;

    memcpy(text, end, strnlen(end, sizeof text - 1));
    return !id_parse(&record, text) ||
           media_store_owns(shelf->rows, name, &record);
}

int media_shelf_stray(const struct media_shelf *shelf, const struct hash *name,
                      char out[MEDIA_PATH])
{
    enum { WHOSE = HASH_TEXT_BYTES - 1 };
    char text[HASH_TEXT_BYTES];
    DIR *folder = opendir(shelf->folder);
    const struct dirent *entry;
    int rc = ERR_MISSING;

    (void)hash_text(text, name);
    while (rc != 0 && folder != NULL && (entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, text, WHOSE) == 0 &&
            entry->d_name[WHOSE] == '.' &&
            !may_have_report(shelf, name, entry->d_name + WHOSE + 1)) {
            media_shelf_path(shelf, out, name, entry->d_name + WHOSE);
            rc = 0;
        }
    if (folder != NULL)
        (void)closedir(folder);
    return rc;
}

/* Or cannot it be told? What cannot be read is no reason to remove a file. */
static bool may_have_row(struct media_shelf *shelf, const char *file)
{
    const char *end = strchr(file, '.');
    char text[HASH_TEXT_BYTES] = "";
    struct media_row row;
    struct hash name;

    memcpy(text, file, strnlen(file, sizeof text - 1));
    return hex_decode(&name, sizeof name, text) &&
           media_store_find(shelf->rows, &name, &row) != ERR_MISSING &&
           (end == NULL || may_have_report(shelf, &name, end + 1));
}

static void look_at_name(struct media_sweep *sweep, struct media_shelf *shelf,
                         const char *name, int64_t wall_ms)
{
    char path[MEDIA_PATH + 256];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s", shelf->folder, name);
    if (name[0] == '.' || may_have_row(shelf, name) || stat(path, &st) != 0 ||
        !S_ISREG(st.st_mode) ||
        wall_ms - (int64_t)st.st_ctime * 1000 < MEDIA_ORPHAN_MS)
        return; /* since it is here: a copy keeps an old mtime */
    if (unlink(path) == 0) {
        sweep->orphans++;
        log_info("media.orphan", "removed=%s", name);
    }
}

/* Some names of the folder. False: that was all. */
static bool look_for_orphans(struct media_sweep *sweep,
                             struct media_shelf *shelf, int64_t wall_ms)
{
    if (sweep->folder == NULL)
        sweep->folder = opendir(shelf->folder);
    for (int i = 0; sweep->folder != NULL && i < MEDIA_SWEEP_NAMES; i++) {
        const struct dirent *entry = readdir(sweep->folder);

        if (entry == NULL) {
            media_sweep_close(sweep);
            break;
        }
        look_at_name(sweep, shelf, entry->d_name, wall_ms);
    }
    return sweep->folder != NULL;
}

void media_sweep_close(struct media_sweep *sweep)
{
    media_file_close(&sweep->file);
    if (sweep->folder != NULL)
        (void)closedir(sweep->folder);
    sweep->folder = NULL;
}

int media_sweep_step(struct media_sweep *sweep, struct media_shelf *shelf,
                     unsigned pieces, int64_t wall_ms,
                     const struct media_sweep_host *host)
{
    while (pieces-- > 0) {
        int rc;

        if (sweep->file == NULL) {
            if (sweep->folder == NULL && next_row(sweep, shelf, host))
                continue;
            if (!look_for_orphans(sweep, shelf, wall_ms))
                return 0;
            continue;
        }
        rc = look_at_chunk(sweep->file, sweep->next++);
        if (rc != 0 || sweep->next == media_pieces(sweep->row.size))
            settle(sweep, shelf, rc, host);
    }
    return 1;
}
