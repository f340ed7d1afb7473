/* common/store/db_copy.c - a copy of a database as it stands at one moment,
 * while another process goes on writing it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/store/db_inside.h"

enum { PAGES_AT_A_TIME = 256 };

/* Nobody else may read the copy, from its first byte on. */
static int make_empty(const char *path, struct error *err)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set(err,
                         errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO,
                         "%s: %s", path, strerror(errno));
    (void)close(fd);
    return 0;
}

/* All pages, inside the read transaction of `db`: what is written meanwhile is
 * not seen, so the copying never begins anew. */
static int copy_pages(struct db *db, sqlite3 *target)
{
    sqlite3_backup *copy =
        sqlite3_backup_init(target, "main", db->handle, "main");
    int rc = SQLITE_OK;

    if (copy == NULL)
        return sqlite3_errcode(target);
    while (rc == SQLITE_OK)
        rc = sqlite3_backup_step(copy, PAGES_AT_A_TIME);
    (void)sqlite3_backup_finish(copy);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int copy_in_one_read(struct db *db, sqlite3 *target)
{
    int rc;

    /* the transaction begins with its first look */
    if (db_begin(db) != 0 ||
        db_exec(db, "SELECT count(*) FROM sqlite_schema") != 0)
        rc = sqlite3_extended_errcode(db->handle);
    else
        rc = copy_pages(db, target);
    if (db_in_transaction(db))
        db_rollback(db);
    return rc;
}

int db_copy(struct db *db, const char *path, struct error *err)
{
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    sqlite3 *target = NULL;
    int rc = make_empty(path, err);

    if (rc != 0)
        return rc;
    rc = sqlite3_open_v2(path, &target, flags, NULL);
    if (rc == SQLITE_OK) /* thrown away, or sealed and then thrown away */
        rc = sqlite3_exec(target,
                          "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = copy_in_one_read(db, target);
    if (rc != SQLITE_OK)
        rc = error_set(err, db_failed(db, rc), "copying the database to %s: %s",
                       path, sqlite3_errstr(rc));
    (void)sqlite3_close(target);
    return rc;
}
