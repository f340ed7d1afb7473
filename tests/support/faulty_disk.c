/* tests/support/faulty_disk.c - folders, files, what a crash leaves of them,
 * and the faults; the calls of SQLite are in faulty_disk_vfs.c.
 *
 * Every file has its content twice: as it is seen now and as it is on the disk.
 * A change goes to the first at once and waits in its folder's list of
 * operations, in the order of the calls, until a sync takes it to the second.
 */
#include "tests/support/faulty_disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/support/faulty_disk_inside.h"

/* NAMED: a new name, the file's old one goes with it. */
enum operation_kind { WROTE, TRUNCATED, NAMED, UNNAMED };

struct disk_operation {
    enum operation_kind kind;
    struct disk_file *file;
    uint64_t offset; /* or the new size */
    size_t size;
    uint8_t *data; /* owned; of NAMED and UNNAMED: the path */
};

static struct {
    bool started;
    uint64_t seed;
    struct disk_folder *folders;
    struct disk_file *files;
} all;

#define MUST(good) must((good), __LINE__)

static void must(bool good, int line)
{
    if (good)
        return;
    (void)fprintf(stderr, "faulty_disk.c:%d does not hold\n", line);
    abort();
}

uint64_t disk_random(uint64_t below)
{
    uint64_t x = all.seed += 0x9e3779b97f4a7c15; /* splitmix64 */

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
    return below == 0 ? 0 : x % below;
}

/* ---- contents */

static void content_resize(struct disk_content *c, uint64_t size)
{
    MUST(size <= (uint64_t)1 << 32);
    if (size > c->room) {
        c->room = (size_t)size + (size_t)size / 2 + 4096;
        c->data = mem_grow(c->data, c->room, 1);
    }
    if (size > c->size)
        memset(c->data + c->size, 0, (size_t)size - c->size);
    c->size = (size_t)size;
}

static void content_write(struct disk_content *c, const void *data, size_t size,
                          uint64_t offset)
{
    if (offset + size > c->size)
        content_resize(c, offset + size);
    if (size != 0)
        memcpy(c->data + offset, data, size);
}

static void content_copy(struct disk_content *to,
                         const struct disk_content *from)
{
    content_resize(to, from->size);
    if (from->size != 0)
        memcpy(to->data, from->data, from->size);
}

/* ---- folders */

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* Owned. */
static char *directory_of(const char *path)
{
    char *directory = mem_text(path);
    char *slash = strrchr(directory, '/');

    MUST(slash != NULL);
    *slash = '\0';
    return directory;
}

static struct disk_folder *folder_named(const char *path)
{
    struct disk_folder *folder;

    MUST(all.started);
    for (folder = all.folders; folder; folder = folder->next)
        if (strcmp(folder->path, path) == 0)
            return folder;
    folder = mem_new(sizeof *folder);
    folder->path = mem_text(path);
    folder->next = all.folders;
    all.folders = folder;
    return folder;
}

struct disk_folder *disk_folder_of(const char *path)
{
    struct disk_folder *deepest = NULL;

    for (struct disk_folder *f = all.folders; f; f = f->next)
        if (is_below(path, f->path) &&
            (!deepest || strlen(f->path) > strlen(deepest->path)))
            deepest = f;
    if (deepest)
        return deepest;
    char *directory = directory_of(path);

    deepest = folder_named(directory);
    mem_free(&directory);
    return deepest;
}

/* ---- files */

static void free_file(struct disk_file *file)
{
    for (struct disk_file **at = &all.files; *at; at = &(*at)->next)
        if (*at == file) {
            *at = file->next;
            break;
        }
    mem_free(&file->now.data);
    mem_free(&file->disk.data);
    mem_free(&file->path);
    mem_free(&file->lasting_path);
    mem_free(&file);
}

static bool is_useless(const struct disk_file *file)
{
    return file->users == 0 && file->pending == 0 && !file->visible &&
           !file->lasting_path;
}

static void free_useless(void)
{
    for (struct disk_file *file = all.files, *next; file; file = next) {
        next = file->next;
        if (is_useless(file))
            free_file(file);
    }
}

void disk_let_go(struct disk_file *file)
{
    file->users--;
    if (is_useless(file))
        free_file(file);
}

struct disk_file *disk_find(const char *path)
{
    for (struct disk_file *file = all.files; file; file = file->next)
        if (file->visible && strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

/* ---- what waits for a sync */

static void add_operation(struct disk_file *file, enum operation_kind kind,
                          uint64_t offset, const void *data, size_t size)
{
    struct disk_folder *folder = file->folder;
    struct disk_operation *o;

    if (folder->operation_count == folder->operation_room) {
        folder->operation_room = folder->operation_room * 2 + 64;
        folder->operations =
            mem_grow(folder->operations, folder->operation_room, sizeof *o);
    }
    o = &folder->operations[folder->operation_count++];
    *o = (struct disk_operation){
        .kind = kind, .file = file, .offset = offset, .size = size};
    if (size != 0)
        o->data = mem_copy(data, size);
    file->pending++;
}

static void name_lasts(struct disk_file *file, const char *path)
{
    for (struct disk_file *other = all.files; other; other = other->next)
        if (other->lasting_path && strcmp(other->lasting_path, path) == 0)
            mem_free(&other->lasting_path);
    mem_free(&file->lasting_path);
    file->lasting_path = mem_text(path);
}

static void apply(const struct disk_operation *o)
{
    switch (o->kind) {
    case WROTE:
        content_write(&o->file->disk, o->data, o->size, o->offset);
        break;
    case TRUNCATED:
        content_resize(&o->file->disk, o->offset);
        break;
    case NAMED:
        name_lasts(o->file, (const char *)o->data);
        break;
    case UNNAMED:
        mem_free(&o->file->lasting_path);
        break;
    }
}

static void drop(struct disk_operation *o)
{
    o->file->pending--;
    mem_free(&o->data);
}

/* Is `path` a name in `directory` itself? */
static bool is_in(const char *path, const char *directory)
{
    return is_below(path, directory) &&
           strchr(path + strlen(directory) + 1, '/') == NULL;
}

/* Of a file's content, or of the names in a directory? */
static bool is_of(const struct disk_operation *o, const struct disk_file *file,
                  const char *directory)
{
    bool is_name = o->kind == NAMED || o->kind == UNNAMED;

    return file ? o->file == file && !is_name
                : is_name && is_in((const char *)o->data, directory);
}

/* Takes them out of the list; to the disk when `lasting`. */
static void settle(struct disk_folder *folder, const struct disk_file *file,
                   const char *directory, bool lasting)
{
    size_t kept = 0;

    for (size_t i = 0; i < folder->operation_count; i++) {
        struct disk_operation *o = &folder->operations[i];

        if (!is_of(o, file, directory)) {
            folder->operations[kept++] = *o;
            continue;
        }
        if (lasting)
            apply(o);
        drop(o);
    }
    folder->operation_count = kept;
}

void disk_sync(struct disk_file *file)
{
    file->folder->count.syncs++;
    settle(file->folder, file, NULL, true);
}

void disk_sync_names(struct disk_folder *folder, const char *path)
{
    settle(folder, NULL, path, true);
    free_useless();
}

void disk_sync_names_beside(const struct disk_file *file)
{
    char *directory = directory_of(file->path);

    disk_sync_names(file->folder, directory);
    mem_free(&directory);
}

void disk_lose(struct disk_file *file)
{
    file->folder->count.lost_syncs++;
    settle(file->folder, file, NULL, false);
}

/* ---- changes */

struct disk_file *disk_create(struct disk_folder *folder, const char *path)
{
    struct disk_file *file = mem_new(sizeof *file);

    file->folder = folder;
    file->path = mem_text(path);
    file->visible = true;
    file->next = all.files;
    all.files = file;
    add_operation(file, NAMED, 0, path, strlen(path) + 1);
    return file;
}

void disk_write(struct disk_file *file, const void *data, size_t size,
                uint64_t offset)
{
    struct disk_folder *folder = file->folder;
    size_t before = file->now.size;

    folder->count.writes++;
    folder->count.written_bytes += size;
    content_write(&file->now, data, size, offset);
    if (file->visible)
        folder->used += file->now.size - before;
    add_operation(file, WROTE, offset, data, size);
}

void disk_truncate(struct disk_file *file, uint64_t size)
{
    if (file->visible)
        file->folder->used += size - file->now.size;
    content_resize(&file->now, size);
    add_operation(file, TRUNCATED, size, NULL, 0);
}

void disk_unlink(struct disk_file *file)
{
    file->visible = false;
    file->folder->used -= file->now.size;
    add_operation(file, UNNAMED, 0, file->path, strlen(file->path) + 1);
}

/* The crash of a disk that renames leaves the one name or the other. */
void disk_rename(struct disk_file *file, const char *path)
{
    struct disk_file *there = disk_find(path);

    if (there == file)
        return;
    if (there) {
        there->visible = false;
        there->folder->used -= there->now.size;
    }
    mem_free(&file->path);
    file->path = mem_text(path);
    add_operation(file, NAMED, 0, path, strlen(path) + 1);
}

/* ---- a crash */

/* Each sector of a write for itself; a lost one leaves zeros if `zeroed` and
 * the file had not been so long. */
static void apply_parts(const struct disk_operation *o, bool zeroed,
                        unsigned chance)
{
    size_t size = o->size;

    for (size_t at = 0, step; at < size; at += step) {
        uint64_t offset = o->offset + at;

        step = DISK_SECTOR - (size_t)(offset % DISK_SECTOR);
        step = step < size - at ? step : size - at;
        if (disk_random(4) < chance)
            content_write(&o->file->disk, o->data + at, step, offset);
        else if (zeroed && offset + step > o->file->disk.size)
            content_resize(&o->file->disk, offset + step);
    }
}

/* A third of the writes survives whole, a third not at all, the rest in parts.
 */
static void apply_some(const struct disk_folder *folder, bool zeroed)
{
    for (size_t i = 0; i < folder->operation_count; i++) {
        const struct disk_operation *o = &folder->operations[i];
        static const unsigned chances[] = {0, 2, 4};

        if (o->kind == WROTE)
            apply_parts(o, zeroed, chances[disk_random(3)]);
        else if (disk_random(2) == 0)
            apply(o);
    }
}

static void apply_first(const struct disk_folder *folder, size_t count,
                        bool torn)
{
    for (size_t i = 0; i < count; i++) {
        struct disk_operation o = folder->operations[i];

        if (torn && i + 1 == count && o.kind == WROTE)
            o.size = (size_t)disk_random(o.size + 1);
        apply(&o);
    }
}

static void survive(const struct disk_folder *folder,
                    enum faulty_disk_crash mode)
{
    size_t count = folder->operation_count;

    switch (mode) {
    case DISK_DROP:
        break;
    case DISK_KEEP:
        apply_first(folder, count, false);
        break;
    case DISK_PREFIX:
    case DISK_TORN:
        apply_first(folder, (size_t)disk_random(count + 1), mode == DISK_TORN);
        break;
    case DISK_REORDER:
    case DISK_ZEROED:
        apply_some(folder, mode == DISK_ZEROED);
        break;
    case DISK_ANY:
        survive(folder, (enum faulty_disk_crash)disk_random(DISK_ANY));
        break;
    }
}

static void forget_operations(struct disk_folder *folder)
{
    for (size_t i = 0; i < folder->operation_count; i++)
        drop(&folder->operations[i]);
    folder->operation_count = 0;
}

/* Nobody holds a lock or looks at shared memory any more; who still has the
 * file open is of an earlier life. */
static void end_life(struct disk_folder *folder)
{
    folder->life++;
    for (struct disk_file *file = all.files; file; file = file->next) {
        if (file->folder != folder)
            continue;
        file->shared = 0;
        file->reserved = file->waiting = file->exclusive = NULL;
        file->shm = NULL; /* its users free it */
    }
}

static void crash(struct disk_folder *folder, enum faulty_disk_crash mode)
{
    survive(folder, mode);
    forget_operations(folder);
    folder->used = 0;
    for (struct disk_file *file = all.files; file; file = file->next) {
        if (file->folder != folder)
            continue;
        file->visible = file->lasting_path != NULL;
        if (file->visible) {
            mem_free(&file->path);
            file->path = mem_text(file->lasting_path);
        }
        content_copy(&file->now, &file->disk);
        if (file->visible)
            folder->used += file->now.size;
    }
    end_life(folder);
    folder->is_off = true;
    folder->crash_in = 0;
    free_useless();
}

void faulty_disk_crash(const char *folder, enum faulty_disk_crash mode)
{
    crash(folder_named(folder), mode);
}

void faulty_disk_crash_after(const char *folder, uint64_t calls,
                             enum faulty_disk_crash mode)
{
    struct disk_folder *f = folder_named(folder);

    f->crash_in = calls;
    f->crash_mode = mode;
}

bool disk_power_goes(struct disk_folder *folder)
{
    folder->count.calls++;
    if (folder->crash_in == 0 || --folder->crash_in != 0)
        return false;
    crash(folder, folder->crash_mode);
    return true;
}

bool faulty_disk_is_off(const char *folder)
{
    return folder_named(folder)->is_off;
}

void faulty_disk_boot(const char *folder)
{
    folder_named(folder)->is_off = false;
}

/* ---- faults */

void faulty_disk_fail(const char *folder, enum faulty_disk_what what,
                      uint64_t nth, uint64_t count)
{
    struct disk_folder *f = folder_named(folder);

    f->fail[what].in = nth == 0 ? 1 : nth;
    f->fail[what].count = count;
}

bool disk_allows(struct disk_folder *folder, enum faulty_disk_what what)
{
    if (folder->fail[what].count == 0)
        return true;
    if (folder->fail[what].in > 1) {
        folder->fail[what].in--;
        return true;
    }
    if (folder->fail[what].count != UINT64_MAX)
        folder->fail[what].count--;
    return false;
}

void faulty_disk_room(const char *folder, uint64_t bytes)
{
    struct disk_folder *f = folder_named(folder);

    f->limited = true;
    f->limit = f->used + bytes;
}

void faulty_disk_full(const char *folder, bool on)
{
    faulty_disk_room(folder, 0);
    folder_named(folder)->limited = on;
}

bool disk_takes_room(struct disk_folder *folder, uint64_t more)
{
    return !folder->limited || folder->used + more <= folder->limit;
}

void faulty_disk_readonly(const char *folder, bool on)
{
    folder_named(folder)->is_readonly = on;
}

bool faulty_disk_flip(const char *path, uint64_t offset, int bit)
{
    struct disk_file *file = disk_find(path);
    uint8_t mask = (uint8_t)(1U << (bit & 7));

    if (!file || offset >= file->now.size)
        return false;
    file->now.data[offset] ^= mask;
    if (offset < file->disk.size)
        file->disk.data[offset] ^= mask;
    return true;
}

/* ---- whole disks */

static void empty(struct disk_folder *folder)
{
    forget_operations(folder);
    end_life(folder);
    for (struct disk_file *file = all.files; file; file = file->next)
        if (file->folder == folder) {
            file->visible = false;
            mem_free(&file->lasting_path);
        }
    free_useless();
    folder->used = 0;
}

void faulty_disk_remove(const char *folder)
{
    struct disk_folder *f = folder_named(folder);

    empty(f);
    f->is_off = f->is_readonly = f->limited = false;
    f->crash_in = 0;
    memset(f->fail, 0, sizeof f->fail);
}

void faulty_disk_copy(const char *from, const char *to)
{
    struct disk_folder *source = folder_named(from);
    struct disk_folder *target = folder_named(to);

    MUST(source != target);
    empty(target);
    for (struct disk_file *file = all.files; file; file = file->next) {
        struct buf path = {0};

        if (file->folder != source || !file->visible)
            continue;
        buf_printf(&path, "%s%s", to, file->path + strlen(from));
        struct disk_file *copy = disk_create(target, buf_text(&path));

        copy->is_folder = file->is_folder;
        content_copy(&copy->now, &file->now);
        content_copy(&copy->disk, &file->now);
        target->used += copy->now.size;
        buf_free(&path);
    }
    apply_first(target, target->operation_count, false);
    forget_operations(target);
}

/* ---- looking */

void disk_each(const char *folder,
               void (*each)(void *who, const struct disk_file *file), void *who)
{
    for (const struct disk_file *file = all.files; file; file = file->next)
        if (file->visible && is_below(file->path, folder))
            each(who, file);
}

struct faulty_disk_count faulty_disk_count(const char *folder)
{
    const struct disk_folder *f = folder_named(folder);
    struct faulty_disk_count count = f->count;

    count.unsynced = f->operation_count;
    return count;
}

int64_t faulty_disk_size(const char *path)
{
    const struct disk_file *file = disk_find(path);

    return file ? (int64_t)file->now.size : -1;
}

bool faulty_disk_read(const char *path, struct buf *out)
{
    const struct disk_file *file = disk_find(path);

    if (file)
        buf_add(out, file->now.data, file->now.size);
    return file != NULL;
}

/* ---- beginning and end */

static void free_all(void)
{
    for (struct disk_folder *f = all.folders; f; f = f->next)
        empty(f);
    MUST(all.files == NULL); /* or a database is still open */
    for (struct disk_folder *f = all.folders, *next; f; f = next) {
        next = f->next;
        mem_free(&f->operations);
        mem_free(&f->path);
        mem_free(&f);
    }
    all.folders = NULL;
}

void faulty_disk_start(uint64_t seed)
{
    free_all();
    all.seed = seed;
    MUST(all.started || disk_vfs_register() == SQLITE_OK);
    all.started = true;
    sqlite3_randomness(0, NULL); /* it seeds itself anew, from this disk */
}

void faulty_disk_stop(void)
{
    if (!all.started)
        return;
    free_all();
    disk_vfs_unregister();
    sqlite3_randomness(0, NULL);
    all.started = false;
}
