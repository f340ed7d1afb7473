/* common/store/db_stmt.c - prepared statements: bind, run, read. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/db_inside.h"

static int prepare(struct db *db, struct db_stmt *q)
{
    int rc = sqlite3_prepare_v3(db->handle, q->sql, -1,
                                SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);

    if (rc != SQLITE_OK)
        return db_failed(db, rc);
    q->wanted = sqlite3_bind_parameter_count(q->stmt);
    return 0;
}

int db_prepare(struct db_set **out, struct db *db, const char *const *queries,
               size_t count, struct error *err)
{
    struct db_set *set = mem_new(sizeof *set + count * sizeof set->stmts[0]);

    set->count = count;
    set->next = db->sets;
    db->sets = set; /* freed with the database, also when half made */
    for (size_t i = 0; i < count; i++) {
        assert(queries[i]);
        set->stmts[i].db = db;
        set->stmts[i].sql = mem_text(queries[i]);
        int rc = prepare(db, &set->stmts[i]);

        if (rc != 0)
            return error_set(err, rc, "%s, in: %s", db->reason, queries[i]);
    }
    *out = set;
    return 0;
}

void db_sets_finalize(struct db *db)
{
    for (struct db_set *set = db->sets; set; set = set->next)
        for (size_t i = 0; i < set->count; i++) {
            sqlite3_finalize(set->stmts[i].stmt);
            set->stmts[i].stmt = NULL;
        }
}

int db_sets_prepare(struct db *db)
{
    int rc = 0;

    for (struct db_set *set = db->sets; set && rc == 0; set = set->next)
        for (size_t i = 0; i < set->count && rc == 0; i++)
            rc = prepare(db, &set->stmts[i]);
    return rc;
}

void db_sets_free(struct db *db)
{
    db_sets_finalize(db);
    while (db->sets) {
        struct db_set *set = db->sets;

        db->sets = set->next;
        for (size_t i = 0; i < set->count; i++)
            mem_free(&set->stmts[i].sql);
        mem_free(&set);
    }
}

struct db_stmt *db_use(struct db_set *set, int query)
{
    assert(query >= 0 && (size_t)query < set->count);
    struct db_stmt *q = &set->stmts[query];

    sqlite3_reset(q->stmt);
    q->bound = 0;
    q->failed = q->stmt ? 0 : ERR_IO;
    return q;
}

/* A value that is too long fails the statement when it runs. Anything else is a
 * bug of ours. */
static void bound(struct db_stmt *q, int rc)
{
    assert(rc == SQLITE_OK || rc == SQLITE_TOOBIG || rc == SQLITE_NOMEM ||
           !q->stmt);
    if (rc != SQLITE_OK && q->stmt)
        q->failed = db_failed(q->db, rc);
}

void db_bind_i64(struct db_stmt *q, int64_t value)
{
    bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void db_bind_null(struct db_stmt *q)
{
    bound(q, sqlite3_bind_null(q->stmt, ++q->bound));
}

void db_bind_text(struct db_stmt *q, const char *text)
{
    bound(q,
          sqlite3_bind_text(q->stmt, ++q->bound, text, -1, SQLITE_TRANSIENT));
}

void db_bind_blob(struct db_stmt *q, const void *data, size_t size)
{
    static const uint8_t nothing[1]; /* NULL would be null, not empty */

    bound(q, sqlite3_bind_blob64(q->stmt, ++q->bound, data ? data : nothing,
                                 size, SQLITE_STATIC));
}

void db_bind_bytes(struct db_stmt *q, struct bytes bytes)
{
    db_bind_blob(q, bytes.data, bytes.size);
}

void db_bind_id(struct db_stmt *q, const struct id *id)
{
    db_bind_blob(q, id->bytes, sizeof id->bytes);
}

void db_bind_hash(struct db_stmt *q, const struct hash *hash)
{
    db_bind_blob(q, hash->bytes, sizeof hash->bytes);
}

/* What was bound for the last run is cleared only where nothing new came. */
static void bind_rest(struct db_stmt *q)
{
    while (q->bound < q->wanted)
        db_bind_null(q);
}

int db_transaction_lost(const struct db *db)
{
    if (!db->begun || !db->handle || !sqlite3_get_autocommit(db->handle))
        return 0;
    return db->code != 0 ? db->code : ERR_IO;
}

/* 0, or why the statement must not run. */
static int check_ready(struct db_stmt *q)
{
    int rc = db_transaction_lost(q->db);

    bind_rest(q);
    return rc != 0 ? rc : q->failed;
}

int db_run(struct db_stmt *q)
{
    int rc = check_ready(q);

    if (rc != 0)
        return rc;
    rc = sqlite3_step(q->stmt);

    assert(rc != SQLITE_ROW);
    if (rc != SQLITE_DONE)
        rc = db_failed(q->db, rc);
    else
        rc = 0;
    sqlite3_reset(q->stmt);
    return rc;
}

int db_step(struct db_stmt *q)
{
    int rc = check_ready(q);

    if (rc != 0)
        return rc;
    rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        rc = db_failed(q->db, rc);
    else
        rc = 0;
    sqlite3_reset(q->stmt);
    return rc;
}

void db_done(struct db_stmt *q) { sqlite3_reset(q->stmt); }

int64_t db_i64(struct db_stmt *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

bool db_is_null(struct db_stmt *q, int column)
{
    return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

const char *db_text(struct db_stmt *q, int column)
{
    const unsigned char *text = sqlite3_column_text(q->stmt, column);

    return text ? (const char *)text : "";
}

struct bytes db_bytes(struct db_stmt *q, int column)
{
    const void *data = sqlite3_column_blob(q->stmt, column);

    return bytes_of(data, (size_t)sqlite3_column_bytes(q->stmt, column));
}

static bool copy_exactly(struct db_stmt *q, int column, void *out, size_t size)
{
    struct bytes bytes = db_bytes(q, column);

    if (bytes.size != size || !bytes.data)
        return false;
    memcpy(out, bytes.data, size);
    return true;
}

bool db_id(struct db_stmt *q, int column, struct id *out)
{
    return copy_exactly(q, column, out->bytes, sizeof out->bytes);
}

bool db_hash(struct db_stmt *q, int column, struct hash *out)
{
    return copy_exactly(q, column, out->bytes, sizeof out->bytes);
}
