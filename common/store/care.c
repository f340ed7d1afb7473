#include "common/store/care.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/log.h"

enum {
    RESERVE_BYTES = 4 * 1024 * 1024,
    LOG_BYTES = 256 * 1024, /* of the database, while tight */
    LOOK_MS = 2000,
    LOG_LOW_BYTES = 512 * 1024, /* room in the log below it is too little */
    LOG_STEP_BYTES = 1024 * 1024,
    LOG_LONG_BYTES = 12 * 1024 * 1024, /* below what db.c allows */
    LOG_QUIET_MS = 10                  /* nothing was written for so long */
};

/* Real blocks, not a hole: they are what is given up. Made only where as much
 * again is free, or its own room just given up would do. */
static bool make_reserve(const char *path)
{
    struct stat seen;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool whole = fd >= 0 && fstat(fd, &seen) == 0 &&
                 (seen.st_size == RESERVE_BYTES ||
                  posix_fallocate(fd, 0, 2 * (off_t)RESERVE_BYTES) == 0);

    if (fd >= 0 && ftruncate(fd, whole ? RESERVE_BYTES : 0) != 0)
        whole = false;
    if (fd >= 0)
        (void)close(fd);
    return whole;
}

static void give_up_reserve(struct care *care)
{
    if (care->has_reserve && truncate(care->reserve, 0) != 0)
        (void)unlink(care->reserve);
    care->has_reserve = false;
}

void care_open(struct care *care, const char *folder)
{
    (void)snprintf(care->reserve, sizeof care->reserve, "%s/reserve", folder);
    care->has_reserve = make_reserve(care->reserve);
    care->state = care->has_reserve ? CARE_FINE : CARE_TIGHT;
    care->told = care->has_reserve; /* an alarm of the last run is cleared */
    if (!care->has_reserve)
        log_warn("disk.tight", "reserve=none");
}

bool care_make_way(const char *folder)
{
    char path[4200];
    struct stat seen;

    (void)snprintf(path, sizeof path, "%s/reserve", folder);
    return stat(path, &seen) == 0 && seen.st_size > 0 && truncate(path, 0) == 0;
}

static bool keeps_reserve(const struct care *care)
{
    return care->reserve[0] != '\0';
}

static int try_to_write(const struct care *care, struct db *db,
                        int (*note)(void *who, int code, const char *reason),
                        void *who)
{
    int rc = db_begin(db);

    if (rc == 0)
        rc = note(who, care->full ? ALARM_DISK_FULL : ALARM_DISK_FAILED,
                  care->reason);
    if (rc == 0)
        rc = db_commit(db);
    if (rc != 0)
        db_rollback(db);
    return rc;
}

/* Whether there is room is asked at every turn, so that the first request after
 * somebody made some is taken. Limits of other kinds show only when it is
 * tried.
 */
static void look_for_room(struct care *care, int64_t mono_ms)
{
    struct statvfs disk;

    if ((statvfs(care->reserve, &disk) == 0 &&
         (uint64_t)disk.f_bavail * disk.f_frsize < 2 * RESERVE_BYTES) ||
        mono_ms < care->next_ms)
        return;
    care->next_ms = mono_ms + LOOK_MS;
    care->has_reserve = make_reserve(care->reserve);
    if (!care->has_reserve)
        return;
    care->state = CARE_FINE;
    log_info("disk.room", "reserve=made again");
}

/* The trial comes first: once it is committed it has overwritten what a failed
 * turn left in the log, which opening anew would take for good. */
int care_ready(struct care *care, struct db *db, int64_t mono_ms,
               int (*note)(void *who, int code, const char *reason), void *who)
{
    bool suspect = db_is_suspect(db);
    int rc;

    if (care->state == CARE_TIGHT)
        look_for_room(care, mono_ms);
    if (care->state != CARE_FAILING && !suspect)
        return 0;
    if (!db_is_open(db) && (rc = db_reopen(db)) != 0)
        return rc;
    if ((rc = try_to_write(care, db, note, who)) != 0 ||
        (db_is_suspect(db) && (rc = db_reopen(db)) != 0))
        return rc;
    care->told = care->told || care->full;
    care->state =
        care->has_reserve || !keeps_reserve(care) ? CARE_FINE : CARE_TIGHT;
    log_info("disk.works", "opened_anew=%s", suspect ? "yes" : "no");
    return 0;
}

void care_failed(struct care *care, const struct db *db, int code)
{
    if (code != ERR_FULL && code != ERR_IO)
        return; /* not the disk's word */
    (void)snprintf(care->reason, sizeof care->reason, "%s", db_reason(db));
    care->full = code == ERR_FULL;
    if (code == ERR_FULL && care->has_reserve) {
        give_up_reserve(care);
        care->state = CARE_TIGHT;
        log_warn("disk.tight", "reserve=%d given up", RESERVE_BYTES);
        return;
    }
    care->state = CARE_FAILING;
}

void care_committed(struct care *care, struct db *db)
{
    care->told = care->state == CARE_TIGHT;
    if (care->told && db_wal_bytes(db) > LOG_BYTES)
        (void)db_checkpoint(db); /* what it lacks is tried again next time */
}

/* While there is much to write the log grows with it: then commits are large,
 * and what their sync costs is shared by many changes. */
void care_rest(struct care *care, struct db *db, int64_t mono_ms)
{
    int64_t used = db_log_used(db);
    bool long_enough = used >= LOG_LONG_BYTES;
    bool short_of = used != 0 && db_wal_bytes(db) - used < LOG_LOW_BYTES;

    if (care->state != CARE_FINE || !(long_enough || short_of)) {
        care->log_ms = 0;
    } else if (used != care->log_used) {
        care->log_ms = mono_ms + LOG_QUIET_MS;
    } else if (care->log_ms != 0 && mono_ms >= care->log_ms) {
        if (long_enough)
            db_log_fold(db);
        else
            (void)db_log_extend(db, LOG_STEP_BYTES); /* or the next commit */
        care->log_ms = 0;
    }
    care->log_used = used;
}

int64_t care_deadline(const struct care *care)
{
    return care->log_ms != 0 ? care->log_ms : INT64_MAX;
}

int care_alarm_due(const struct care *care)
{
    if (care->state == CARE_TIGHT)
        return care->told ? 0 : 1;
    return care->told ? -1 : 0;
}

bool care_is_tight(const struct care *care) { return care->state != CARE_FINE; }
