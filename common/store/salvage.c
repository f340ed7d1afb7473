/* common/store/salvage.c - the damaged file, its tables, and the exchange. */
#include "common/store/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/store/salvage_inside.h"

enum {
    PROBES = 20000, /* rows tried one by one behind the last good one */
    VALUE_LIMIT = 4 * 1024 * 1024,
    NAME_BYTES = 64,
    SQL_BYTES = 2000
};

void salvage_say(struct salvage *s, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (s->say)
        s->say(s->who, line);
}

/* ---- opening */

static uint64_t size_of(const char *path, const char *tail)
{
    char name[SALVAGE_PATH_BYTES];
    struct stat at;

    (void)snprintf(name, sizeof name, "%s%s", path, tail);
    return stat(name, &at) == 0 ? (uint64_t)at.st_size : 0;
}

static int check_room(const char *path, struct error *err)
{
    uint64_t need = size_of(path, "") + size_of(path, "-wal"), have;
    struct statvfs disk;

    need += need / 8;
    if (statvfs(path, &disk) != 0)
        return 0;
    have = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (have >= need)
        return 0;
    return error_set(err, ERR_FULL,
                     "the new file needs %llu MiB beside the damaged one, and "
                     "the disk has %llu: make room, then type this again",
                     (unsigned long long)(need >> 20) + 1,
                     (unsigned long long)(have >> 20));
}

/* Its schema may have a bad line: the others are read all the same. */
static int connect(struct salvage *s, const char *path)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_open_v2(path, &s->old,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             NULL);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_limit(s->old, SQLITE_LIMIT_LENGTH, VALUE_LIMIT);
    sqlite3_db_config(s->old, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->old, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    rc = sqlite3_exec(s->old,
                      "PRAGMA query_only = ON; PRAGMA mmap_size = 0;"
                      "PRAGMA writable_schema = ON;",
                      NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(s->old, "SELECT id FROM change LIMIT 0", -1, &q,
                                NULL);
    sqlite3_finalize(q);
    return rc;
}

int salvage_open(struct salvage **out, const char *path,
                 void (*say)(void *who, const char *line), void *who,
                 struct error *err)
{
    struct salvage *s;
    int rc = check_room(path, err);

    if (rc != 0)
        return rc;
    s = mem_new(sizeof *s);
    s->say = say;
    s->who = who;
    if ((rc = connect(s, path)) != SQLITE_OK) {
        rc = error_set(err, ERR_DAMAGED,
                       "the beginning of %s, which says where everything lies, "
                       "cannot be read (%s)",
                       path, s->old ? sqlite3_errmsg(s->old) : "no memory");
        salvage_close(&s);
        return rc;
    }
    *out = s;
    return 0;
}

void salvage_close(struct salvage **salvage)
{
    if (*salvage == NULL)
        return;
    (void)sqlite3_close_v2((*salvage)->old);
    mem_free(salvage);
}

const struct salvage_counts *salvage_counted(const struct salvage *s)
{
    return &s->counts;
}

/* ---- walking */

struct walk {
    sqlite3_stmt *up, *one, *down;
    int (*each)(void *who, struct db_stmt *row);
    void *who;
    int64_t last;     /* row that was given, or tried */
    uint64_t pending; /* unread since the last that was given */
    uint64_t unread;
};

static int give(struct walk *w, sqlite3_stmt *stmt)
{
    struct db_stmt row = {.stmt = stmt};

    w->last = sqlite3_column_int64(stmt, 0);
    w->unread += w->pending;
    w->pending = 0;
    return w->each(w->who, &row);
}

/* ERR_DAMAGED is ours here, never the one of `each`. */
enum { STOPPED = 1, UNREADABLE = 2 };

static int go_up(struct walk *w, int *answer)
{
    int rc;

    sqlite3_reset(w->up);
    sqlite3_bind_int64(w->up, 1, w->last);
    while ((rc = sqlite3_step(w->up)) == SQLITE_ROW) {
        if (sqlite3_column_int64(w->up, 0) <= w->last)
            break; /* it leads back */
        if ((*answer = give(w, w->up)) != 0)
            break;
    }
    sqlite3_reset(w->up);
    return *answer != 0 ? STOPPED : rc == SQLITE_DONE ? 0 : UNREADABLE;
}

/* 1: given; 0: not there; negative: cannot be read. */
static int try_one(struct walk *w, int64_t row, int *answer)
{
    int rc;

    sqlite3_reset(w->one);
    sqlite3_bind_int64(w->one, 1, row);
    rc = sqlite3_step(w->one);
    if (rc == SQLITE_ROW && sqlite3_column_int64(w->one, 0) == row)
        *answer = give(w, w->one);
    sqlite3_reset(w->one);
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

/* Past what cannot be read, row by row. */
static int probe(struct walk *w, int *answer)
{
    int rc = go_up(w, answer);

    for (int tries = 0; rc == UNREADABLE && tries < PROBES; tries++) {
        int found = try_one(w, w->last + 1, answer);

        if (*answer != 0)
            return STOPPED;
        if (found == 1)
            tries = 0;
        else
            w->last++;
        w->pending += found < 0;
        rc = go_up(w, answer);
    }
    return rc;
}

/* What only the other end leads to. */
static int go_down(struct walk *w, int *answer)
{
    int64_t *rows = NULL, last = INT64_MAX;
    size_t count = 0, room = 0;

    sqlite3_bind_int64(w->down, 1, w->last);
    while (sqlite3_step(w->down) == SQLITE_ROW &&
           sqlite3_column_int64(w->down, 0) < last) {
        if (count == room) {
            room = 2 * room + 64;
            rows = mem_grow(rows, room, sizeof *rows);
        }
        rows[count++] = last = sqlite3_column_int64(w->down, 0);
    }
    sqlite3_reset(w->down);
    for (size_t i = count; i > 0 && *answer == 0; i--)
        if (try_one(w, rows[i - 1], answer) < 0)
            w->pending++;
    mem_free(&rows);
    return *answer != 0 ? STOPPED : count > 0 ? 0 : UNREADABLE;
}

static int prepare(struct salvage *s, const char *table, const char *columns,
                   const char *rest, sqlite3_stmt **out)
{
    char *sql = sqlite3_mprintf("SELECT rowid, %s FROM \"%w\" WHERE rowid %s",
                                columns, table, rest);
    int rc = sqlite3_prepare_v2(s->old, sql, -1, out, NULL);

    sqlite3_free(sql);
    return rc == SQLITE_OK ? 0 : ERR_MISSING;
}

int salvage_walk(struct salvage *s, const char *table, const char *columns,
                 int (*each)(void *who, struct db_stmt *row), void *who,
                 uint64_t *unread, bool *end)
{
    struct walk w = {.each = each, .who = who, .last = -1};
    int answer = 0;
    int rc = prepare(s, table, columns, "> ? ORDER BY rowid", &w.up);

    *end = false;
    if (rc == 0)
        rc = prepare(s, table, columns, "= ?", &w.one);
    if (rc == 0)
        rc = prepare(s, table, "1", "> ? ORDER BY rowid DESC", &w.down);
    if (rc == 0) {
        if ((rc = probe(&w, &answer)) == UNREADABLE)
            rc = go_down(&w, &answer);
        *end = rc == UNREADABLE;
        rc = answer;
    }
    *unread = w.unread;
    sqlite3_finalize(w.up);
    sqlite3_finalize(w.one);
    sqlite3_finalize(w.down);
    return rc;
}

int salvage_step(struct db *db, uint64_t *rows)
{
    int rc;

    if (++*rows % SALVAGE_ROWS != 0)
        return 0;
    rc = db_commit(db);
    return rc != 0 ? rc : db_begin(db);
}

/* ---- the tables beside the ledger */

struct copying {
    struct salvage *s;
    struct db *into;
    sqlite3_stmt *insert;
    int columns;
    uint64_t rows, lost;
};

/* Of `table`: what both files have, and as many `?`. */
struct shape {
    char names[SQL_BYTES], marks[200];
    int columns;
};

static bool has_column(sqlite3_stmt *q, const char *name)
{
    for (int i = 0; i < sqlite3_column_count(q); i++)
        if (strcmp(sqlite3_column_name(q, i), name) == 0)
            return true;
    return false;
}

static sqlite3_stmt *look(sqlite3 *handle, const char *table)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" LIMIT 0", table);
    sqlite3_stmt *q = NULL;

    (void)sqlite3_prepare_v2(handle, sql, -1, &q, NULL);
    sqlite3_free(sql);
    return q;
}

static void shape_of(struct copying *c, const char *table, struct shape *out)
{
    sqlite3_stmt *ours = look(c->into->handle, table);
    sqlite3_stmt *theirs = look(c->s->old, table);

    memset(out, 0, sizeof *out);
    for (int i = 0; theirs && i < sqlite3_column_count(ours); i++) {
        const char *name = sqlite3_column_name(ours, i);
        size_t used = strlen(out->names);

        if (!has_column(theirs, name))
            continue;
        (void)snprintf(out->names + used, sizeof out->names - used, "%s\"%s\"",
                       out->columns > 0 ? ", " : "", name);
        (void)snprintf(out->marks + 3 * out->columns, 4, "%s?",
                       out->columns > 0 ? ", " : "  ");
        out->columns++;
    }
    sqlite3_finalize(ours);
    sqlite3_finalize(theirs);
}

static int copy_row(void *who, struct db_stmt *row)
{
    struct copying *c = who;
    int rc;

    sqlite3_reset(c->insert);
    for (int i = 0; i < c->columns; i++)
        sqlite3_bind_value(c->insert, i + 1,
                           sqlite3_column_value(row->stmt, i + 1));
    rc = sqlite3_step(c->insert);
    sqlite3_reset(c->insert);
    if (rc == SQLITE_DONE && sqlite3_changes(c->into->handle) == 1) {
        c->s->counts.rows++;
        return salvage_step(c->into, &c->rows);
    }
    c->lost++; /* what it says cannot be */
    if (rc == SQLITE_DONE)
        return 0;
    rc = db_failed(c->into, rc);
    return db_code_is_world(rc) ? rc : 0;
}

static int copy_shaped(struct copying *c, const char *table,
                       const struct shape *shape, bool *end)
{
    uint64_t unread = 0;
    char *sql = sqlite3_mprintf("INSERT OR IGNORE INTO \"%w\" (%s) VALUES (%s)",
                                table, shape->names, shape->marks);
    int rc = sqlite3_prepare_v2(c->into->handle, sql, -1, &c->insert, NULL);

    sqlite3_free(sql);
    rc = rc != SQLITE_OK ? db_failed(c->into, rc)
                         : salvage_walk(c->s, table, shape->names, copy_row, c,
                                        &unread, end);
    sqlite3_finalize(c->insert);
    c->lost += unread;
    return rc;
}

static int copy_table(struct salvage *s, struct db *into, const char *table)
{
    struct copying c = {.s = s, .into = into};
    struct shape shape;
    bool end = false;
    int rc = 0;

    shape_of(&c, table, &shape);
    c.columns = shape.columns;
    if (c.columns > 0)
        rc = copy_shaped(&c, table, &shape, &end);
    if (rc == ERR_MISSING || c.columns == 0) {
        salvage_say(s, "%s: nothing of it could be read", table);
        return 0;
    }
    if (end)
        salvage_say(s, "%s: its end could not be read", table);
    if (c.lost > 0)
        salvage_say(s, "%s: up to %llu rows could not be read", table,
                    (unsigned long long)c.lost);
    if (end || c.lost > 0)
        s->counts.vault_lost |= strcmp(table, "vault_object") == 0;
    s->counts.rows_lost += c.lost + end;
    return rc;
}

static int copy_all(struct salvage *s, struct db *into)
{
    static const char tables[] =
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
        " AND name NOT IN ('word', 'stream', 'record', 'change', 'figure',"
        " 'quarantine', 'staged', 'damaged', 'scrubbed')"
        " AND name NOT LIKE 'sqlite_%'"
        /* made anew from the changes */
        " AND name NOT LIKE 'board\\_%' ESCAPE '\\'"
        " AND name NOT LIKE 'desk%' AND name NOT IN (SELECT name"
        " FROM pragma_table_list WHERE type IN ('virtual', 'shadow'))"
        " ORDER BY rowid";
    char names[NAME_BYTES][NAME_BYTES];
    size_t count = 0;
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(into->handle, tables, -1, &q, NULL);

    while (rc == SQLITE_OK && count < NAME_BYTES &&
           sqlite3_step(q) == SQLITE_ROW)
        (void)snprintf(names[count++], NAME_BYTES, "%s",
                       (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    rc = rc == SQLITE_OK ? 0 : db_failed(into, rc);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = copy_table(s, into, names[i]);
    return rc;
}

int salvage_tables(struct salvage *s, struct db *into, struct error *err)
{
    int rc = db_begin(into);

    if (rc == 0 && (rc = copy_all(s, into)) == 0)
        rc = db_commit(into);
    if (rc == 0)
        return 0;
    db_rollback(into);
    return error_set(err, rc, "the new database cannot be written: %s",
                     db_reason(into));
}

/* ---- files */

static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
enum { TAILS = sizeof tails / sizeof *tails };

void salvage_clear(const char *path)
{
    char name[SALVAGE_PATH_BYTES];

    for (size_t i = 0; i < TAILS; i++) {
        (void)snprintf(name, sizeof name, "%s" SALVAGE_NEW "%s", path,
                       tails[i]);
        (void)unlink(name);
    }
}

/* What a killed `serve` left in the log goes into the file, as the next start
 * would do it: with a log beside it the file could not change its place. A log
 * that cannot be used by anybody is kept beside the damaged file. */
static int empty_log(const char *path, const char *aside, struct error *err)
{
    char log[SALVAGE_PATH_BYTES + 8], kept[SALVAGE_PATH_BYTES + 8];
    sqlite3 *h = NULL;

    if (sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        (void)sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                        NULL, NULL);
    (void)sqlite3_close(h);
    (void)snprintf(log, sizeof log, "%s-wal", path);
    (void)snprintf(kept, sizeof kept, "%s-wal", aside);
    if (rename(log, kept) != 0 && errno != ENOENT)
        return error_set(err, ERR_IO, "%s cannot be renamed: %s", log,
                         strerror(errno));
    (void)snprintf(log, sizeof log, "%s-shm", path);
    (void)unlink(log);
    return 0;
}

static int sync_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;

    if (fd < 0 || fsync(fd) != 0)
        rc = error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

int salvage_put(const char *path, char aside[SALVAGE_PATH_BYTES],
                struct error *err)
{
    char new[SALVAGE_PATH_BYTES], stamp[32];
    time_t now = time(NULL);
    struct tm at;
    int rc;

    (void)strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &at));
    (void)snprintf(aside, SALVAGE_PATH_BYTES, "%s.damaged-%s", path, stamp);
    (void)snprintf(new, sizeof new, "%s" SALVAGE_NEW, path);
    if ((rc = sync_file(new, err)) != 0)
        return rc;
    if (link(path, aside) != 0)
        return error_set(err, ERR_IO, "%s cannot be kept as %s: %s", path,
                         aside, strerror(errno));
    if ((rc = empty_log(path, aside, err)) != 0 ||
        (rc = file_sync_folder_of(path, err)) != 0)
        return rc;
    if (rename(new, path) != 0)
        return error_set(err, ERR_IO, "%s cannot be renamed to %s: %s", new,
                         path, strerror(errno));
    return file_sync_folder_of(path, err);
}
