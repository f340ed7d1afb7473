/* common/store/db.c - open, migrate, transact; the settings that make a file
 * durable and a foreign file harmless are all in configure(). */
#include "common/store/db.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/mem.h"
#include "common/store/db_inside.h"

enum {
    VALUE_LIMIT = 4 * 1024 * 1024, /* bytes; a change is far below */
    SQL_LIMIT = 256 * 1024,
    BUSY_MS = 5000,
    PAGE_BYTES = 8192, /* of a new file: half the calls of 4096, a tenth of a
                          hub's work while nodes drain */
    CHECKPOINT_PAGES = 4000 /* 32 MiB: fewer rewrites of the same page while
                               draining */
};

enum { T_BEGIN, T_READ, T_COMMIT, T_ROLLBACK, T_SAVE, T_RELEASE, T_UNDO };
static const char *const transact[] = {
    [T_BEGIN] = "BEGIN IMMEDIATE", [T_READ] = "BEGIN",
    [T_COMMIT] = "COMMIT",         [T_ROLLBACK] = "ROLLBACK",
    [T_SAVE] = "SAVEPOINT s",      [T_RELEASE] = "RELEASE s",
    [T_UNDO] = "ROLLBACK TO s",
};

/* Every file this process writes; loop thread only, as all writing. */
static struct db *writers;

/* ---- codes */

/* The open log of the write-ahead mode, or NULL. */
static sqlite3_file *log_of(sqlite3 *handle)
{
    sqlite3_file *log = NULL;

    (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                               &log);
    return log && log->pMethods ? log : NULL;
}

/* Why the last write to the file or its log failed. A quota or a limit is a
 * full disk to us; SQLite tells that only of ENOSPC. */
static bool was_full(sqlite3 *handle)
{
    sqlite3_file *log = log_of(handle);
    int file = 0, in_log = 0;

    (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &file);
    if (log)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO,
                                          &in_log);
    return file == EFBIG || file == EDQUOT || in_log == EFBIG ||
           in_log == EDQUOT;
}

static int code_of(sqlite3 *handle, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
        return ERR_FULL;
    case SQLITE_IOERR:
        return rc == SQLITE_IOERR_SHMSIZE ||
                       (rc == SQLITE_IOERR_WRITE && was_full(handle))
                   ? ERR_FULL
                   : ERR_IO;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return ERR_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_AGAIN;
    case SQLITE_CONSTRAINT:
        return rc == SQLITE_CONSTRAINT_UNIQUE ||
                       rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       rc == SQLITE_CONSTRAINT_ROWID
                   ? ERR_EXISTS
                   : ERR_INVALID;
    default:
        return ERR_INVALID;
    }
}

int db_failed(struct db *db, int rc)
{
    db->code = db->handle ? code_of(db->handle, rc) : ERR_IO;
    if (db->writes && db->code == ERR_IO)
        db->suspect = true;
    db->damaged = db->damaged || db->code == ERR_DAMAGED;
    (void)snprintf(db->reason, sizeof db->reason, "%s",
                   sqlite3_errmsg(db->handle));
    return db->code;
}

const char *db_reason(const struct db *db) { return db->reason; }

int db_code(const struct db *db)
{
    return db->code != 0 ? db->code : ERR_DAMAGED;
}

bool db_code_is_world(int code)
{
    return code == ERR_FULL || code == ERR_IO || code == ERR_DAMAGED ||
           code == ERR_AGAIN;
}

bool db_must_roll_back(const struct db *db, int code)
{
    return db_code_is_world(code) && (code != ERR_DAMAGED || db->damaged);
}

/* ---- opening */

/* Which file it is says SQLite, by the path without links: its disk need not be
 * the system's. */
static void claim_writing(struct db *db)
{
    const char *file = sqlite3_db_filename(db->handle, "main");

    for (const struct db *other = writers; other; other = other->next_writer)
        assert(strcmp(sqlite3_db_filename(other->handle, "main"), file) != 0);
    db->next_writer = writers;
    writers = db;
}

static void release_writing(struct db *db)
{
    for (struct db **at = &writers; *at; at = &(*at)->next_writer)
        if (*at == db) {
            *at = db->next_writer;
            return;
        }
}

/* file:PATH with what means something in a URI escaped. */
static void add_uri(struct buf *out, const char *path, bool writes)
{
    buf_add_text(out, "file:");
    for (const char *at = path; *at; at++)
        if (*at == '?' || *at == '#' || *at == '%')
            buf_printf(out, "%%%02x", (unsigned)*at);
        else
            buf_add(out, at, 1);
    buf_add_text(out, writes ? "?mode=rwc" : "?mode=ro");
}

/* SQLite's "unable to open" in the system's words. */
static int cannot_open(struct db *db, int rc, struct error *err)
{
    int why = sqlite3_system_errno(db->handle);

    if (why == ENOENT && db->writes)
        return error_set(err, ERR_MISSING,
                         "%s cannot be made: is the folder there, and room on"
                         " the disk?",
                         db->path);
    if (why == ENOENT)
        return error_set(err, ERR_MISSING, "%s is not there", db->path);
    rc = db_failed(db, rc);
    return error_set(err, rc, "%s: %s", db->path,
                     why != 0 ? strerror(why) : db->reason);
}

/* A new file is made here, so that nobody else may ever read it; its log takes
 * the mode from it. */
static int connect_file(struct db *db, struct error *err)
{
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    struct buf uri = {0};

    flags |= db->writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                        : SQLITE_OPEN_READONLY;
    add_uri(&uri, db->path, db->writes);
    mode_t before = umask(077);
    int rc = sqlite3_open_v2(buf_text(&uri), &db->handle, flags, NULL);

    (void)umask(before);
    buf_free(&uri);
    if (rc == SQLITE_OK) {
        /* before the first read: another process may be recovering the log */
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        return 0;
    }
    if (!db->handle)
        return error_set(err, ERR_FULL, "%s: out of memory", db->path);
    if ((rc & 0xff) == SQLITE_CANTOPEN)
        return cannot_open(db, rc, err);
    return error_set(err, db_failed(db, rc), "%s: %s", db->path, db->reason);
}

static int give_reason(struct db *db, int rc, struct error *err)
{
    return rc ? error_set(err, rc, "%s: %s", db->path, db->reason) : 0;
}

/* One number out of a pragma or a count. */
static int ask(struct db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
            *out = sqlite3_column_int64(stmt, 0);
    }
    rc = rc == SQLITE_ROW ? 0 : db_failed(db, rc);
    sqlite3_finalize(stmt);
    return rc;
}

/* SQLite's own checkpoint after a commit would keep its errors to itself. */
static int checkpoint_when_long(void *who, sqlite3 *handle, const char *name,
                                int pages)
{
    struct db *db = who;

    db->log_pages = pages;
    int rc = pages < CHECKPOINT_PAGES
                 ? SQLITE_OK
                 : sqlite3_wal_checkpoint_v2(
                       handle, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    if ((rc & 0xff) == SQLITE_IOERR)
        db->suspect = true;
    return SQLITE_OK; /* the commit itself is durable */
}

static int configure(struct db *db, struct error *err)
{
    static const char writing[] =
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA foreign_keys = ON;"
        /* A CHECK that calls a function makes SQLite keep a journal of every
         * statement of many rows; what is bound has its form by its type. */
        "PRAGMA ignore_check_constraints = ON;"
        "PRAGMA secure_delete = ON;" /* what is erased leaves the pages too */
        "PRAGMA journal_size_limit = 67108864;"
        "PRAGMA cache_size = -8192;";
    static const char reading[] = "PRAGMA query_only = ON;"
                                  "PRAGMA cache_size = -4096;";
    sqlite3 *h = db->handle;

    sqlite3_limit(h, SQLITE_LIMIT_LENGTH, VALUE_LIMIT);
    sqlite3_limit(h, SQLITE_LIMIT_SQL_LENGTH, SQL_LIMIT);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !db->writes, NULL);
    int rc = db_add_tokenizer(db);

    if (rc != 0)
        return error_set(err, rc,
                         "%s: the SQLite of this machine is built without FTS5,"
                         " which looks for words: install the distribution's",
                         db->path);
    rc = db_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                     "PRAGMA temp_store = MEMORY;");

    if (rc == 0)
        rc = db_exec(db, db->writes ? writing : reading);
    if (rc == 0 && db->writes)
        (void)sqlite3_wal_hook(h, checkpoint_when_long, db);
    db_topics_install(db);
    return give_reason(db, rc, err);
}

/* A file is ours by its mark. One without mark and without any table was just
 * made (perhaps by a process that died right then). */
static int check_application(struct db *db, int application, struct error *err)
{
    int64_t mark = 0, tables = 0;
    char sql[64];
    int rc;

    if ((rc = ask(db, "PRAGMA application_id", &mark)) != 0 ||
        (rc = ask(db, "SELECT count(*) FROM sqlite_schema", &tables)) != 0)
        return give_reason(db, rc, err);
    if (mark == application)
        return 0;
    if (mark != 0 || tables != 0 || !db->writes)
        return error_set(err, ERR_VERSION,
                         "%s is not a database of this program", db->path);
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA page_size = %d; PRAGMA application_id = %d",
                   PAGE_BYTES, application);
    return give_reason(db, db_exec(db, sql), err);
}

/* Once, before SQLite's first use: counting every allocation under a lock is
 * worth a tenth of an insert, and nobody reads the count. Too late is fine. */
static void prepare_library(void)
{
    static bool done;

    if (!done)
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    done = true;
}

int db_open(struct db **out, const char *path, enum db_mode mode,
            int application, struct error *err)
{
    struct db *db = mem_new(sizeof *db);
    int rc;

    prepare_library();
    db->path = mem_text(path);
    db->writes = mode == DB_WRITE;
    if ((rc = connect_file(db, err)) != 0)
        goto fail;
    if (db->writes)
        claim_writing(db);
    if ((rc = check_application(db, application, err)) != 0 ||
        (rc = configure(db, err)) != 0 ||
        (rc = db_prepare(&db->transact, db, transact,
                         sizeof transact / sizeof transact[0], err)) != 0)
        goto fail;
    *out = db;
    return 0;
fail:
    db_close(&db);
    return rc;
}

void db_close(struct db **db)
{
    if (!*db)
        return;
    db_sets_free(*db);
    release_writing(*db);
    if ((*db)->handle) {
        int rc = sqlite3_close((*db)->handle);

        assert(rc == SQLITE_OK); /* no statement is left */
    }
    mem_free(&(*db)->path);
    mem_free(db);
}

bool db_is_suspect(const struct db *db) { return db->suspect; }

bool db_is_open(const struct db *db) { return db->handle != NULL; }

/* Without the checkpoint that a last close makes: it would trust what it
 * believes to be in the file. */
static void hang_up(struct db *db)
{
    db_sets_finalize(db);
    if (!db->handle)
        return;
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    int rc = sqlite3_close(db->handle);

    assert(rc == SQLITE_OK);
    db->handle = NULL;
}

int db_reopen(struct db *db)
{
    struct error err = {""};
    int rc;

    assert(db->writes && !db_in_transaction(db));
    release_writing(db);
    hang_up(db);
    rc = db_exists(db->path) ? connect_file(db, &err)
                             : error_set(&err, ERR_IO, "%s is gone", db->path);
    if (rc == 0) {
        claim_writing(db);
        rc = configure(db, &err);
    }
    if (rc == 0)
        rc = db_sets_prepare(db);
    if (rc == 0)
        rc = db_checkpoint(db);
    db->suspect = rc != 0;
    if (rc == 0 || rc == ERR_AGAIN)
        return rc;
    if (err.text[0] != '\0')
        (void)snprintf(db->reason, sizeof db->reason, "%.*s",
                       (int)sizeof db->reason - 1, err.text);
    release_writing(db);
    hang_up(db);
    return rc;
}

bool db_exists(const char *path)
{
    sqlite3_vfs *disk = sqlite3_vfs_find(NULL);
    int there = 0;

    return disk &&
           disk->xAccess(disk, path, SQLITE_ACCESS_EXISTS, &there) ==
               SQLITE_OK &&
           there != 0;
}

bool db_can_write(const struct db *db) { return db->writes; }

/* ---- migrations */

int db_exec(struct db *db, const char *sql)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : db_failed(db, rc);
}

static int give_up(struct db *db, size_t step, struct error *err)
{
    int code = db->code;

    (void)error_set(err, code, "%s: step %zu of the database: %s", db->path,
                    step, db->reason);
    if (db_in_transaction(db))
        (void)db_exec(db, "ROLLBACK");
    return code;
}

static int migrate_from(struct db *db, size_t have, const char *const *steps,
                        size_t count, struct error *err)
{
    char bump[48];

    for (size_t i = have; i < count; i++) {
        (void)snprintf(bump, sizeof bump, "PRAGMA user_version = %zu", i + 1);
        if (db_exec(db, "BEGIN IMMEDIATE") != 0 || db_exec(db, steps[i]) != 0 ||
            db_exec(db, bump) != 0 || db_exec(db, "COMMIT") != 0)
            return give_up(db, i + 1, err);
    }
    return 0;
}

int db_migrate(struct db *db, const char *const *steps, size_t count,
               struct error *err)
{
    int64_t have = 0;
    int rc = ask(db, "PRAGMA user_version", &have);

    if (rc != 0)
        return give_reason(db, rc, err);
    if (have < 0 || have > (int64_t)count)
        return error_set(err, ERR_VERSION,
                         "%s was made by a later lienxa: upgrade the program",
                         db->path);
    if (!db->writes && have != (int64_t)count)
        return error_set(err, ERR_VERSION,
                         "%s was made by an earlier lienxa: start the program"
                         " once, it brings the file up to date",
                         db->path);
    return migrate_from(db, (size_t)have, steps, count, err);
}

/* ---- transactions */

void db_watch(struct db *db, struct db_watch watch)
{
    assert(!watch.happened || !db->watch.happened);
    db->watch = watch;
}

static int tell(struct db *db, enum db_event event)
{
    if (!db->watch.happened)
        return 0;
    return db->watch.happened(db->watch.who, event);
}

static int transact_run(struct db *db, int query)
{
    return db_run(db_use(db->transact, query));
}

int db_begin(struct db *db)
{
    int rc;

    db->begun = db->damaged = false;
    db->touched = 0;
    if ((rc = transact_run(db, db->writes ? T_BEGIN : T_READ)) != 0)
        return rc;
    db->begun = true;
    return tell(db, DB_BEGUN);
}

int db_commit(struct db *db)
{
    int rc = tell(db, DB_COMMITTING);

    if (rc != 0 || (rc = transact_run(db, T_COMMIT)) != 0)
        return rc;
    db->begun = false;
    return tell(db, DB_COMMITTED);
}

void db_rollback(struct db *db)
{
    /* SQLite may have rolled back by itself when the disk was full. */
    db->begun = false;
    if (db_in_transaction(db))
        (void)transact_run(db, T_ROLLBACK);
    (void)tell(db, DB_ROLLED_BACK);
}

bool db_in_transaction(const struct db *db)
{
    return db->handle && !sqlite3_get_autocommit(db->handle);
}

bool db_has_begun(const struct db *db) { return db->begun; }

int db_save(struct db *db)
{
    assert(db_has_begun(db));
    int rc = transact_run(db, T_SAVE);

    return rc != 0 ? rc : tell(db, DB_SAVED);
}

int db_release(struct db *db)
{
    int rc = transact_run(db, T_RELEASE);

    return rc != 0 ? rc : tell(db, DB_RELEASED);
}

int db_undo(struct db *db)
{
    int rc = transact_run(db, T_UNDO);

    if (rc == 0)
        rc = transact_run(db, T_RELEASE);
    (void)tell(db, DB_UNDONE);
    return rc;
}

int db_settle(struct db *db, int rc, bool *undone)
{
    int disk;

    *undone = false;
    if (rc == 0)
        return db_release(db);
    if (db_must_roll_back(db, rc))
        return rc;
    if ((disk = db_undo(db)) != 0)
        return disk;
    *undone = true;
    return rc;
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(struct db *db) { return sqlite3_changes64(db->handle); }

/* ---- the file as a whole */

int db_check(struct db *db, void (*fault)(void *who, const char *text),
             void *who)
{
    sqlite3_stmt *stmt = NULL;
    int rc = db->writes /* SQLite gives readers no CHECKs */
                 ? db_exec(db, "PRAGMA ignore_check_constraints = OFF")
                 : 0;

    if (rc == 0)
        rc = sqlite3_prepare_v2(db->handle, "PRAGMA integrity_check", -1, &stmt,
                                NULL);

    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        const char *text;

        if ((rc = sqlite3_step(stmt)) != SQLITE_ROW)
            break;
        text = (const char *)sqlite3_column_text(stmt, 0);
        if (text && strcmp(text, "ok") != 0)
            fault(who, text);
    }
    rc = rc == SQLITE_DONE ? 0 : db_failed(db, rc);
    sqlite3_finalize(stmt);
    if (rc == ERR_DAMAGED)
        fault(who, db_reason(db));
    if (db->writes) /* as `configure` has it */
        (void)db_exec(db, "PRAGMA ignore_check_constraints = ON");
    return rc == ERR_DAMAGED ? 0 : rc;
}

/* ---- the write-ahead log */

int db_checkpoint(struct db *db)
{
    assert(db->writes);
    if (!db->handle)
        return ERR_IO;
    sqlite3_busy_timeout(db->handle, 0); /* a reader in the way: not now */
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL,
                                       SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    sqlite3_busy_timeout(db->handle, BUSY_MS);
    return rc == SQLITE_OK ? 0 : db_failed(db, rc);
}

int64_t db_wal_bytes(const struct db *db)
{
    sqlite3_file *log = db->handle ? log_of(db->handle) : NULL;
    sqlite3_int64 size = 0;

    return log && log->pMethods->xFileSize(log, &size) == SQLITE_OK ? size : 0;
}
