#include "tests/support/crash_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "tests/support/faulty_disk_inside.h"

enum { LOG_MOST = 1 << 30 };

/* ---- the record */

static bool take(struct crash_record *out, struct bytes *rest)
{
    struct recording_head head;

    if (rest->size < sizeof head)
        return false;
    memcpy(&head, rest->data, sizeof head);
    if (head.magic != RECORDING_MAGIC ||
        rest->size - sizeof head < (size_t)head.path_size + head.data_size)
        return false;
    const uint8_t *at = rest->data + sizeof head;

    *out = (struct crash_record){
        .kind = (enum recording_kind)head.kind,
        .handle = head.handle,
        .offset = head.offset,
        .path = (const char *)at,
        .path_size = head.path_size,
        .data = bytes_of(at + head.path_size, head.data_size)};
    at += head.path_size + head.data_size;
    *rest = bytes_of(at, (size_t)(rest->data + rest->size - at));
    return true;
}

int crash_log_read(struct crash_log *out, const char *path, struct error *err)
{
    struct crash_record record;
    struct bytes rest;
    size_t room = 0;
    int rc;

    *out = (struct crash_log){0};
    if ((rc = file_read(&out->bytes, path, LOG_MOST, err)) != 0)
        return rc;
    rest = buf_bytes(&out->bytes);
    while (take(&record, &rest)) {
        if (out->count == room) {
            room = room * 2 + 1024;
            out->records = mem_grow(out->records, room, sizeof record);
        }
        out->records[out->count++] = record;
    }
    return 0;
}

void crash_log_free(struct crash_log *log)
{
    buf_free(&log->bytes);
    mem_free(&log->records);
}

/* ---- playing it */

struct handle {
    uint64_t number;
    struct disk_file *file; /* NULL: the watched folder itself */
};

struct player {
    const struct crash_cut *cut;
    struct disk_folder *folder;
    struct handle *handles;
    size_t count, room;
};

/* Files of a handle stay, so that a handle outlives their names. */
static void add_handle(struct player *p, uint64_t number,
                       struct disk_file *file)
{
    if (p->count == p->room) {
        p->room = p->room * 2 + 256;
        p->handles = mem_grow(p->handles, p->room, sizeof *p->handles);
    }
    p->handles[p->count++] = (struct handle){number, file};
    if (file)
        file->users++;
}

static struct handle *find_handle(struct player *p, uint64_t number)
{
    for (size_t i = p->count; i > 0; i--)
        if (p->handles[i - 1].number == number)
            return &p->handles[i - 1];
    return NULL;
}

static struct disk_file *find_or_make(struct player *p, const char *path)
{
    struct disk_file *file = disk_find(path);

    return file ? file : disk_create(p->folder, path);
}

static void sync_one(struct player *p, const struct handle *h)
{
    const char *path = h->file ? h->file->path : p->cut->folder;

    if (p->cut->forget && strstr(path, p->cut->forget))
        return;
    if (!h->file || h->file->is_folder)
        disk_sync_names(p->folder, path);
    else
        disk_sync(h->file);
}

static void play_on(struct player *p, const struct crash_record *r)
{
    struct handle *h = find_handle(p, r->handle);

    if (!h)
        return; /* opened before the record began: a reader's */
    if (r->kind == REC_WROTE)
        disk_write(h->file, r->data.data, r->data.size, r->offset);
    else if (r->kind == REC_TRUNCATED)
        disk_truncate(h->file, r->offset);
    else
        sync_one(p, h);
}

static void play(struct player *p, const struct crash_record *r)
{
    char path[4096], other[4096];
    struct disk_file *file;
    bool is_root;

    (void)snprintf(path, sizeof path, "%.*s", (int)r->path_size, r->path);
    is_root = strcmp(path, p->cut->folder) == 0;
    switch (r->kind) {
    case REC_OPENED:
        add_handle(p, r->handle, is_root ? NULL : find_or_make(p, path));
        break;
    case REC_WROTE:
    case REC_TRUNCATED:
    case REC_SYNCED:
        play_on(p, r);
        break;
    case REC_RENAMED:
        (void)snprintf(other, sizeof other, "%.*s", (int)r->data.size,
                       (const char *)r->data.data);
        if ((file = disk_find(path)) != NULL)
            disk_rename(file, other);
        break;
    case REC_REMOVED:
        if ((file = disk_find(path)) != NULL)
            disk_unlink(file);
        break;
    case REC_FOLDER:
        if (!is_root)
            disk_create(p->folder, path)->is_folder = true;
        break;
    case REC_SAID:
        break;
    }
}

/* ---- writing it out */

struct writer {
    const char *from, *to;
    struct error *err;
    int rc;
};

/* A folder whose own name is gone takes what is in it along. */
static bool has_all_folders(const char *root, const char *path)
{
    char folder[4096];
    char *slash;

    (void)snprintf(folder, sizeof folder, "%s", path);
    while ((slash = strrchr(folder, '/')) != NULL) {
        const struct disk_file *file;

        *slash = '\0';
        if (strcmp(folder, root) == 0)
            return true;
        if ((file = disk_find(folder)) == NULL || !file->is_folder)
            return false;
    }
    return false;
}

static void make_folders(const char *path, size_t from)
{
    char folder[4096];

    (void)snprintf(folder, sizeof folder, "%s", path);
    for (char *at = folder + from; (at = strchr(at + 1, '/')) != NULL;) {
        *at = '\0';
        (void)mkdir(folder, 0700);
        *at = '/';
    }
}

static void write_file(void *who, const struct disk_file *file)
{
    struct writer *w = who;
    char path[4096];
    FILE *out;

    if (w->rc != 0 || !has_all_folders(w->from, file->path))
        return;
    (void)snprintf(path, sizeof path, "%s%s", w->to,
                   file->path + strlen(w->from));
    make_folders(path, strlen(w->to));
    if (file->is_folder) {
        (void)mkdir(path, 0700);
        return;
    }
    out = fopen(path, "we");
    if (!out ||
        fwrite(file->now.data, 1, file->now.size, out) != file->now.size)
        w->rc = error_set(w->err, ERR_IO, "%s: %s", path, strerror(errno));
    if (out && fclose(out) != 0)
        w->rc = error_set(w->err, ERR_IO, "%s: %s", path, strerror(errno));
}

int crash_image_make(const struct crash_log *log, const struct crash_cut *cut,
                     const char *out, struct error *err)
{
    struct player p = {.cut = cut};
    struct writer w = {.from = cut->folder, .to = out, .err = err};
    char inside[4096];

    if (mkdir(out, 0700) != 0)
        return error_set(err, ERR_IO, "%s: %s", out, strerror(errno));
    faulty_disk_start(cut->seed);
    faulty_disk_full(cut->folder, false); /* names the disk */
    (void)snprintf(inside, sizeof inside, "%s/x", cut->folder);
    p.folder = disk_folder_of(inside);
    for (size_t i = 0; i < cut->point && i < log->count; i++)
        play(&p, &log->records[i]);
    faulty_disk_crash(cut->folder, cut->mode);
    disk_each(cut->folder, write_file, &w);
    for (size_t i = 0; i < p.count; i++)
        if (p.handles[i].file)
            disk_let_go(p.handles[i].file);
    mem_free(&p.handles);
    faulty_disk_stop();
    return w.rc;
}
