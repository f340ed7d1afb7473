/* common/store/db_log.c - room in the write-ahead log.
 *
 * A commit that makes the log longer waits for more than its pages: the file's
 * size and the blocks that it got must be durable too, each by a write of its
 * own or by a commit of the file system's journal, and for all of them a sync
 * waits in turn. One that writes over what is there waits for its pages alone.
 */
#include "common/store/db_inside.h"

enum { FRAME_HEADER = 24, LOG_HEADER = 32, ZEROS_BYTES = 32 * 1024 };

/* Not const: so its pages are the system's one page of zeros. */
static char zeros[ZEROS_BYTES];

static sqlite3_file *open_log(const struct db *db)
{
    sqlite3_file *log = NULL;

    if (db->handle)
        (void)sqlite3_file_control(db->handle, "main",
                                   SQLITE_FCNTL_JOURNAL_POINTER, &log);
    return log && log->pMethods ? log : NULL;
}

static int64_t page_bytes(struct db *db)
{
    sqlite3_stmt *stmt = NULL;

    if (db->page_bytes == 0 &&
        sqlite3_prepare_v2(db->handle, "PRAGMA page_size", -1, &stmt, NULL) ==
            SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        db->page_bytes = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return db->page_bytes;
}

int64_t db_log_used(struct db *db)
{
    int64_t used;

    if (db->log_pages == 0 || !db->handle)
        return 0;
    used = LOG_HEADER + db->log_pages * (FRAME_HEADER + page_bytes(db));
    return used > db_wal_bytes(db) ? 0 : used;
}

void db_log_fold(struct db *db)
{
    int rc = sqlite3_wal_checkpoint_v2(db->handle, "main",
                                       SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    if ((rc & 0xff) == SQLITE_IOERR)
        db->suspect = true;
}

int db_log_extend(struct db *db, int64_t bytes)
{
    sqlite3_file *log = open_log(db);
    int64_t at = db_wal_bytes(db), end = at + bytes;
    int rc = log ? SQLITE_OK : SQLITE_IOERR;

    while (rc == SQLITE_OK && at < end) {
        int size = ZEROS_BYTES - (int)(at % ZEROS_BYTES);

        rc = log->pMethods->xWrite(log, zeros, size, at);
        at += size;
    }
    if (rc != SQLITE_OK)
        return ERR_FULL;
    if (log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK)
        return 0;
    db->suspect = true; /* a sync that fails takes more than zeros along */
    return ERR_IO;
}
