/* tests/support/faulty_disk.h - a disk in memory that breaks on demand.
 *
 * A VFS of SQLite: once started it is the default one, and every database that
 * is opened afterwards lives here, -wal and -shm included; nothing in the code
 * under test is changed for it. Everything follows from the seed and the calls.
 * One thread only.
 *
 * A folder is one machine's disk: everything below its path, the deepest folder
 * that was named to a call below counting; a file outside of all of them makes
 * its own directory one. A write, a truncation, a new or a removed name is at
 * first seen by the readers only. A sync of the file makes its content last, a
 * sync of the directory (SQLite syncs it with a new journal or log) the names
 * in it. A sync that was made to fail loses what it should have kept: later
 * syncs do not bring it to the disk, as on Linux.
 *
 * After a crash the folder is off: what was open stays open, but every call on
 * it fails and reaches nothing (closing succeeds), and nothing can be opened.
 * faulty_disk_boot() turns it on again with what survived; what was open stays
 * dead.
 */
#ifndef LIENXA_TESTS_FAULTY_DISK_H
#define LIENXA_TESTS_FAULTY_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

/* Registers the disk as SQLite's default and makes SQLite's own random numbers
 * follow from `seed`. Called again it begins anew, with no file, folder or
 * fault. No database may be open in either case. */
void faulty_disk_start(uint64_t seed);
/* Frees everything; the system's VFS is the default again. */
void faulty_disk_stop(void);

/* ---- a power cut: what becomes of what was not synced */
enum faulty_disk_crash {
    DISK_DROP,    /* nothing of it survives */
    DISK_KEEP,    /* all of it does: only the program died */
    DISK_PREFIX,  /* what came before some call does */
    DISK_TORN,    /* as PREFIX, the last write being cut somewhere */
    DISK_REORDER, /* any part of it does; a write of several sectors in parts */
    DISK_ZEROED,  /* as REORDER, but growth that is lost is there as zeros */
    DISK_ANY      /* one of these, by the seed */
};
void faulty_disk_crash(const char *folder, enum faulty_disk_crash mode);
/* The same, but during the `calls`-th call from now that changes the disk
 * (write, truncate, sync, a name made or removed); 0: never. */
void faulty_disk_crash_after(const char *folder, uint64_t calls,
                             enum faulty_disk_crash mode);
bool faulty_disk_is_off(const char *folder);
void faulty_disk_boot(const char *folder);

/* ---- faults */
enum faulty_disk_what {
    DISK_READ,
    DISK_WRITE,
    DISK_SYNC,
    DISK_OPEN,
    DISK_TRUNCATE,
    DISK_DELETE,
    DISK_WHATS
};
/* The `nth` such call from now (1: the next) and the `count` - 1 after it fail
 * with EIO; UINT64_MAX: all after it; 0: none any more. */
void faulty_disk_fail(const char *folder, enum faulty_disk_what what,
                      uint64_t nth, uint64_t count);
/* No room: what would grow fails with SQLITE_FULL, what is removed or truncated
 * makes room again. */
void faulty_disk_full(const char *folder, bool on);
/* As full, but with so much room left. */
void faulty_disk_room(const char *folder, uint64_t bytes);
/* Remounted: what is open cannot write, what is opened to write opens to read.
 */
void faulty_disk_readonly(const char *folder, bool on);
/* Turns a bit of what is there, in memory and on the disk. False: no such byte.
 */
bool faulty_disk_flip(const char *path, uint64_t offset, int bit);

/* ---- whole disks */

/* `to` becomes what a reader sees of `from` now, all of it synced; what was in
 * `to` is gone and what was open there is dead. Between two transactions that
 * is a backup, a rewind or a clone. */
void faulty_disk_copy(const char *from, const char *to);
/* An empty disk, without faults, turned on. What was open there is dead. */
void faulty_disk_remove(const char *folder);

/* ---- looking */
struct faulty_disk_count {
    uint64_t calls; /* that faulty_disk_crash_after counts */
    uint64_t writes, written_bytes, syncs, lost_syncs;
    uint64_t unsynced; /* writes and names that a crash may lose now */
};
struct faulty_disk_count faulty_disk_count(const char *folder);
/* -1: no such file. */
int64_t faulty_disk_size(const char *path);
/* Appends the file's content as a reader sees it. False: no such file. */
bool faulty_disk_read(const char *path, struct buf *out);

#endif
