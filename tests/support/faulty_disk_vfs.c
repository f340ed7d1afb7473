/* tests/support/faulty_disk_vfs.c - SQLite's calls on the disk of
 * faulty_disk.c: files, locks, shared memory, names.
 *
 * Files behave like those of SQLite's own VFS on Linux as far as a database in
 * WAL mode can tell: the first sync of a new journal or log syncs the directory
 * too, a file that may not be written is opened to be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/support/faulty_disk_inside.h"

enum { PATH_MOST = 512 };

struct handle {
    sqlite3_file base;
    struct disk_file *file;
    uint64_t life;
    bool readonly;
    bool names_too; /* the first sync takes the directory along */
    int lock;
    struct disk_shm *shm;
    unsigned shared, exclusive; /* what it holds of the shared memory's locks */
};

static struct handle *of(sqlite3_file *file) { return (struct handle *)file; }

static bool is_dead(const struct handle *h)
{
    return h->life != h->file->folder->life;
}

/* ---- reading and writing */

static int vfs_read(sqlite3_file *base, void *out, int amount,
                    sqlite3_int64 offset)
{
    struct handle *h = of(base);
    size_t want = (size_t)amount, at = (size_t)offset, have;

    if (is_dead(h) || !disk_allows(h->file->folder, DISK_READ))
        return SQLITE_IOERR_READ;
    have = at < h->file->now.size ? h->file->now.size - at : 0;
    have = have < want ? have : want;
    if (have != 0)
        memcpy(out, h->file->now.data + at, have);
    memset((uint8_t *)out + have, 0, want - have);
    return have == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *base, const void *data, int amount,
                     sqlite3_int64 offset)
{
    struct handle *h = of(base);
    struct disk_folder *folder = h->file->folder;
    uint64_t end = (uint64_t)offset + (uint64_t)amount;

    if (is_dead(h) || h->readonly || folder->is_readonly ||
        !disk_allows(folder, DISK_WRITE))
        return SQLITE_IOERR_WRITE;
    if (end > h->file->now.size &&
        !disk_takes_room(folder, end - h->file->now.size))
        return SQLITE_FULL;
    disk_write(h->file, data, (size_t)amount, (uint64_t)offset);
    return disk_power_goes(folder) ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *h = of(base);
    struct disk_folder *folder = h->file->folder;

    if (is_dead(h) || h->readonly || folder->is_readonly ||
        !disk_allows(folder, DISK_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    if ((uint64_t)size > h->file->now.size &&
        !disk_takes_room(folder, (uint64_t)size - h->file->now.size))
        return SQLITE_FULL;
    disk_truncate(h->file, (uint64_t)size);
    return disk_power_goes(folder) ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static void sync_now(struct handle *h)
{
    disk_sync(h->file);
    if (h->names_too)
        disk_sync_names_beside(h->file);
    h->names_too = false;
}

/* The power may go before the sync took effect or after it. */
static int vfs_sync(sqlite3_file *base, int flags)
{
    struct handle *h = of(base);
    struct disk_folder *folder = h->file->folder;

    (void)flags;
    if (is_dead(h))
        return SQLITE_IOERR_FSYNC;
    if (!disk_allows(folder, DISK_SYNC)) {
        disk_lose(h->file);
        return SQLITE_IOERR_FSYNC;
    }
    bool early = disk_random(2) == 0;

    if (!early)
        sync_now(h);
    if (disk_power_goes(folder))
        return SQLITE_IOERR_FSYNC;
    if (early)
        sync_now(h);
    return SQLITE_OK;
}

static int vfs_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct handle *h = of(base);

    if (is_dead(h))
        return SQLITE_IOERR_FSTAT;
    *out = (sqlite3_int64)h->file->now.size;
    return SQLITE_OK;
}

/* ---- locks of the file; none of them survives a crash */

static int take_shared(struct handle *h)
{
    if (h->file->waiting || h->file->exclusive)
        return SQLITE_BUSY;
    h->file->shared++;
    h->lock = SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

static int take_exclusive(struct handle *h)
{
    if (h->file->waiting && h->file->waiting != h)
        return SQLITE_BUSY;
    h->file->waiting = h;
    h->lock = SQLITE_LOCK_PENDING;
    if (h->file->shared > 1)
        return SQLITE_BUSY;
    h->file->exclusive = h;
    h->lock = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

static int vfs_lock(sqlite3_file *base, int lock)
{
    struct handle *h = of(base);

    if (is_dead(h))
        return SQLITE_IOERR_LOCK;
    if (h->lock >= lock)
        return SQLITE_OK;
    if (lock == SQLITE_LOCK_SHARED)
        return take_shared(h);
    if (h->file->reserved && h->file->reserved != h)
        return SQLITE_BUSY;
    if (lock == SQLITE_LOCK_EXCLUSIVE)
        return take_exclusive(h);
    h->file->reserved = h;
    h->lock = SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int vfs_unlock(sqlite3_file *base, int lock)
{
    struct handle *h = of(base);
    struct disk_file *file = h->file;

    if (h->lock <= lock)
        return SQLITE_OK;
    if (!is_dead(h)) {
        file->reserved = file->reserved == h ? NULL : file->reserved;
        file->waiting = file->waiting == h ? NULL : file->waiting;
        file->exclusive = file->exclusive == h ? NULL : file->exclusive;
        if (lock == SQLITE_LOCK_NONE)
            file->shared--;
    }
    h->lock = lock;
    return SQLITE_OK;
}

static int vfs_check_reserved(sqlite3_file *base, int *out)
{
    struct handle *h = of(base);

    if (is_dead(h))
        return SQLITE_IOERR_CHECKRESERVEDLOCK;
    *out = h->file->reserved != NULL;
    return SQLITE_OK;
}

/* ---- shared memory */

static void free_shm(struct disk_shm *shm)
{
    for (int i = 0; i < shm->count; i++)
        mem_free(&shm->regions[i]);
    mem_free(&shm);
}

static void use_shm(struct handle *h)
{
    if (h->shm)
        return;
    if (!h->file->shm)
        h->file->shm = mem_new(sizeof *h->file->shm);
    h->shm = h->file->shm;
    h->shm->users++;
}

static int vfs_shm_map(sqlite3_file *base, int region, int size, int extend,
                       void volatile **out)
{
    struct handle *h = of(base);

    *out = NULL;
    if (is_dead(h) || region >= DISK_SHM_REGIONS)
        return SQLITE_IOERR_SHMMAP;
    use_shm(h);
    if (region < h->shm->count) {
        *out = h->shm->regions[region];
        return SQLITE_OK;
    }
    if (!extend)
        return SQLITE_OK;
    if (!disk_takes_room(h->file->folder, (uint64_t)size))
        return SQLITE_IOERR_SHMSIZE;
    while (h->shm->count <= region)
        h->shm->regions[h->shm->count++] = mem_new((size_t)size);
    *out = h->shm->regions[region];
    return SQLITE_OK;
}

static int shm_unlock(struct handle *h, unsigned mask)
{
    for (int i = 0; i < SQLITE_SHM_NLOCK; i++) {
        if (h->shared & mask & (1U << i))
            h->shm->shared[i]--;
        if (h->exclusive & mask & (1U << i))
            h->shm->exclusive[i] = false;
    }
    h->shared &= ~mask;
    h->exclusive &= ~mask;
    return SQLITE_OK;
}

static bool shm_is_free(const struct handle *h, int i, bool exclusive)
{
    int others = h->shm->shared[i] - ((h->shared >> i) & 1U ? 1 : 0);

    if (h->shm->exclusive[i] && !((h->exclusive >> i) & 1U))
        return false;
    return !exclusive || others == 0;
}

static int vfs_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
    struct handle *h = of(base);
    unsigned mask = ((1U << n) - 1U) << offset;
    bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;

    if (h->shm && (flags & SQLITE_SHM_UNLOCK))
        return shm_unlock(h, mask);
    if (is_dead(h) || !h->shm)
        return SQLITE_IOERR_SHMLOCK;
    for (int i = offset; i < offset + n; i++)
        if (!shm_is_free(h, i, exclusive))
            return SQLITE_BUSY;
    for (int i = offset; i < offset + n; i++) {
        if (exclusive)
            h->shm->exclusive[i] = true;
        else if (!((h->shared >> i) & 1U))
            h->shm->shared[i]++;
    }
    if (exclusive)
        h->exclusive |= mask;
    else
        h->shared |= mask;
    return SQLITE_OK;
}

static void vfs_shm_barrier(sqlite3_file *base) { (void)base; }

static int vfs_shm_unmap(sqlite3_file *base, int delete_it)
{
    struct handle *h = of(base);
    struct disk_shm *shm = h->shm;

    (void)delete_it; /* nobody uses it: it is gone in any case */
    if (!shm)
        return SQLITE_OK;
    (void)shm_unlock(h, (1U << SQLITE_SHM_NLOCK) - 1U);
    h->shm = NULL;
    if (--shm->users > 0)
        return SQLITE_OK;
    if (h->file->shm == shm)
        h->file->shm = NULL;
    free_shm(shm);
    return SQLITE_OK;
}

/* ---- opening and closing */

static int vfs_close(sqlite3_file *base)
{
    struct handle *h = of(base);

    (void)vfs_shm_unmap(base, 0);
    (void)vfs_unlock(base, SQLITE_LOCK_NONE);
    disk_let_go(h->file);
    h->base.pMethods = NULL;
    return SQLITE_OK;
}

/* What the kernel said last, for those who ask whether a quota was hit. */
static int vfs_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    if (operation != SQLITE_FCNTL_LAST_ERRNO)
        return SQLITE_NOTFOUND;
    *(int *)argument = 0;
    return SQLITE_OK;
}

static int vfs_sector_size(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

static int vfs_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as SQLite assumes on Linux */
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_characteristics,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

/* NULL: not there and not to be made, or it cannot be. */
static struct disk_file *find_or_create(struct disk_folder *folder,
                                        const char *path, int flags)
{
    struct disk_file *file = disk_find(path);

    if (file || !(flags & SQLITE_OPEN_CREATE) || folder->is_readonly)
        return file;
    file = disk_create(folder, path);
    return disk_power_goes(folder) ? NULL : file;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base,
                    int flags, int *out_flags)
{
    static unsigned nameless;
    struct handle *h = of(base);
    char name[32];

    (void)vfs;
    memset(h, 0, sizeof *h);
    if (!path) /* a scratch file: nobody's disk */
        (void)snprintf(name, sizeof name, "/nameless/%u", nameless++);
    struct disk_folder *folder = disk_folder_of(path ? path : name);

    if (folder->is_off || !disk_allows(folder, DISK_OPEN))
        return SQLITE_CANTOPEN;
    h->file = find_or_create(folder, path ? path : name, flags);
    if (!h->file)
        return SQLITE_CANTOPEN;
    h->file->users++;
    if (!path || (flags & SQLITE_OPEN_DELETEONCLOSE))
        disk_unlink(h->file);
    h->life = folder->life;
    h->readonly = (flags & SQLITE_OPEN_READONLY) || folder->is_readonly;
    h->names_too = (flags & SQLITE_OPEN_CREATE) &&
                   (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL |
                             SQLITE_OPEN_SUPER_JOURNAL));
    h->base.pMethods = &methods;
    if (out_flags)
        *out_flags =
            h->readonly
                ? (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
                      SQLITE_OPEN_READONLY
                : flags;
    return SQLITE_OK;
}

/* ---- names */

static void sync_names_of(struct disk_folder *folder, const char *path)
{
    char *directory = mem_text(path);
    char *slash = strrchr(directory, '/');

    if (slash)
        *slash = '\0';
    disk_sync_names(folder, directory);
    mem_free(&directory);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_names)
{
    struct disk_folder *folder = disk_folder_of(path);
    struct disk_file *file = disk_find(path);

    (void)vfs;
    if (folder->is_off || folder->is_readonly ||
        !disk_allows(folder, DISK_DELETE))
        return SQLITE_IOERR_DELETE;
    if (!file)
        return SQLITE_IOERR_DELETE_NOENT;
    disk_unlink(file);
    if (disk_power_goes(folder))
        return SQLITE_IOERR_DELETE;
    if (sync_names)
        sync_names_of(folder, path);
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int room,
                         char *out)
{
    (void)vfs;
    int size =
        snprintf(out, (size_t)room, "%s%s", path[0] == '/' ? "" : "/", path);

    return size < room ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    const struct disk_folder *folder;
    char whole[PATH_MOST];

    if (vfs_full_path(vfs, path, (int)sizeof whole, whole) != SQLITE_OK)
        return SQLITE_CANTOPEN;
    path = whole;
    folder = disk_folder_of(path);
    *out = !folder->is_off && disk_find(path) != NULL &&
           (flags != SQLITE_ACCESS_READWRITE || !folder->is_readonly);
    return SQLITE_OK;
}

/* ---- chance, time, errors */

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    for (int i = 0; i < size; i++)
        out[i] = (char)disk_random(256);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us; /* in one thread nobody else will let go meanwhile */
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    (void)vfs;
    *out = 212000000000000; /* a day in 2006, as milliseconds since -4713 */
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    if (size > 0)
        out[0] = '\0';
    return 0;
}

static sqlite3_vfs disk = {
    .iVersion = 2,
    .szOsFile = (int)sizeof(struct handle),
    .mxPathname = PATH_MOST,
    .zName = "faulty",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time,
};

int disk_vfs_register(void) { return sqlite3_vfs_register(&disk, 1); }

void disk_vfs_unregister(void)
{
    sqlite3_vfs *own = sqlite3_vfs_find("unix");

    (void)sqlite3_vfs_unregister(&disk);
    if (own)
        (void)sqlite3_vfs_register(own, 1);
}
