/* tests/support/faulty_disk_inside.h - what the disk (faulty_disk.c) offers its
 * SQLite methods (faulty_disk_vfs.c). Not for others.
 *
 * A file is an inode: it may have lost its name and still be open, and the name
 * a reader sees is not the one that a crash leaves.
 */
#ifndef LIENXA_TESTS_FAULTY_DISK_INSIDE_H
#define LIENXA_TESTS_FAULTY_DISK_INSIDE_H

#include <sqlite3.h>

#include "tests/support/faulty_disk.h"

enum { DISK_SHM_REGIONS = 256, DISK_SECTOR = 512 };

/* The shared memory of one database; lives until the last user lets go. */
struct disk_shm {
    int users;
    int count;
    void *regions[DISK_SHM_REGIONS];
    int shared[SQLITE_SHM_NLOCK]; /* how many hold it */
    bool exclusive[SQLITE_SHM_NLOCK];
};

struct disk_content {
    uint8_t *data;
    size_t size, room;
};

struct disk_file {
    struct disk_file *next;
    struct disk_folder *folder; /* borrowed */
    char *path;                 /* what a reader sees .. */
    char *lasting_path; /* .. and where it is after a crash; NULL: nowhere */
    int users;          /* open handles */
    int pending;        /* operations that wait for a sync */
    bool visible;       /* the name is there for a reader */
    bool is_folder;     /* a name without a content */
    struct disk_content now, disk;
    int shared; /* SQLite's locks: how many hold SHARED */
    const void *reserved, *waiting, *exclusive; /* and who holds the rest */
    struct disk_shm *shm;
};

struct disk_folder {
    struct disk_folder *next;
    char *path;
    uint64_t life; /* a handle of an earlier life is dead */
    bool is_off, is_readonly;
    bool limited;
    uint64_t limit, used; /* bytes */
    uint64_t crash_in;    /* calls; 0: never */
    enum faulty_disk_crash crash_mode;
    struct {
        uint64_t in, count;
    } fail[DISK_WHATS];
    struct disk_operation *operations; /* not synced, in order */
    size_t operation_count, operation_room;
    struct faulty_disk_count count;
};

struct disk_folder *disk_folder_of(const char *path);
struct disk_file *disk_find(const char *path);
struct disk_file *disk_create(struct disk_folder *folder, const char *path);
void disk_let_go(struct disk_file *file); /* one user less */
/* Every file and folder below `folder`, in no order. */
void disk_each(const char *folder,
               void (*each)(void *who, const struct disk_file *file),
               void *who);

/* False: the call fails with EIO now. */
bool disk_allows(struct disk_folder *folder, enum faulty_disk_what what);
/* Counts a call that changes the disk. True: the power went during it. */
bool disk_power_goes(struct disk_folder *folder);
/* False: there is no room for so many more bytes. */
bool disk_takes_room(struct disk_folder *folder, uint64_t more);

void disk_write(struct disk_file *file, const void *data, size_t size,
                uint64_t offset);
void disk_truncate(struct disk_file *file, uint64_t size);
void disk_unlink(struct disk_file *file);
void disk_rename(struct disk_file *file, const char *path);
void disk_sync(struct disk_file *file);
/* The names in the directory `path`, not in those below it. */
void disk_sync_names(struct disk_folder *folder, const char *path);
void disk_sync_names_beside(const struct disk_file *file);
/* A failed sync: what waited is seen, but will never reach the disk. */
void disk_lose(struct disk_file *file);

uint64_t disk_random(uint64_t below);

int disk_vfs_register(void);
void disk_vfs_unregister(void);

#endif
