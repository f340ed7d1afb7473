/* common/store/db.h - one SQLite database: open, migrate, prepare, transact.
 *
 * With ledger.h the only place that knows SQLite. A process may hold at most
 * one writing connection per file (asserted; SQLite before 3.51.3 can corrupt a
 * WAL that two connections write or checkpoint, design 5); between processes
 * the caller holds the folder's lock. All readers are mode=ro and never
 * checkpoint.
 */
#ifndef LIENXA_STORE_DB_H
#define LIENXA_STORE_DB_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/base/id.h"

struct db;
struct db_stmt; /* a prepared statement */

enum db_mode {
    DB_WRITE, /* creates the file when missing; WAL, synchronous=FULL */
    DB_READ   /* mode=ro, for the asking process */
};

/* application_id of our files, by program. */
enum { DB_APP_HUB = 0x4c784800, DB_APP_NODE = 0x4c784e00 };

/* Opens `path` and checks that it is ours (`application`; a new file is
 * marked). ERR_MISSING, ERR_VERSION (not ours), ERR_DAMAGED, ERR_IO, ERR_FULL.
 * Owned. */
int db_open(struct db **out, const char *path, enum db_mode mode,
            int application, struct error *err);
void db_close(struct db **db);
/* Is there a file at `path`? Asks the disk that db_open would use. */
bool db_exists(const char *path);
bool db_can_write(const struct db *db);

/* Brings user_version from what it is to `count`, a step a transaction. A newer
 * file is ERR_VERSION ("made by a later lienxa: upgrade the program"). A reader
 * only checks that the file is at `count`. */
int db_migrate(struct db *db, const char *const *steps, size_t count,
               struct error *err);

/* Constant SQL only. */
int db_exec(struct db *db, const char *sql);

/* Prepares all `count` queries or fails with the faulty one. They live as long
 * as the database. Returns the set, borrowed from `db`. */
struct db_set;
int db_prepare(struct db_set **out, struct db *db, const char *const *queries,
               size_t count, struct error *err);

/* The statement, reset and unbound; the next db_bind_* fills the first `?`. */
struct db_stmt *db_use(struct db_set *set, int query);

void db_bind_i64(struct db_stmt *q, int64_t value);
void db_bind_null(struct db_stmt *q);
void db_bind_text(struct db_stmt *q, const char *text); /* NULL: null */
void db_bind_bytes(struct db_stmt *q,
                   struct bytes bytes); /* borrowed till run */
void db_bind_blob(struct db_stmt *q, const void *data, size_t size);
void db_bind_id(struct db_stmt *q, const struct id *id);
void db_bind_hash(struct db_stmt *q, const struct hash *hash);

/* Runs a statement that answers no row. 0 or a negative code. */
int db_run(struct db_stmt *q);
/* 1: a row is there; 0: no more; negative: an error code. */
int db_step(struct db_stmt *q);
/* Ends a read early, so that no read transaction stays open. */
void db_done(struct db_stmt *q);

int64_t db_i64(struct db_stmt *q, int column);
bool db_is_null(struct db_stmt *q, int column);
/* Borrowed until the next step, run or done of this statement. */
const char *db_text(struct db_stmt *q, int column); /* "" when null */
struct bytes db_bytes(struct db_stmt *q, int column);
bool db_id(struct db_stmt *q, int column, struct id *out); /* 16 bytes there */
bool db_hash(struct db_stmt *q, int column, struct hash *out);

int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);

int db_begin(struct db *db);  /* IMMEDIATE at a writer, plain at a reader */
int db_commit(struct db *db); /* on failure the caller must db_rollback */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);
/* The caller has begun one and not ended it; after an error of the disk SQLite
 * may have: then every statement until db_rollback fails with that error. */
bool db_has_begun(const struct db *db);
/* Nested; `release` keeps, `undo` takes back what came since `save`. */
int db_save(struct db *db);
int db_release(struct db *db);
int db_undo(struct db *db);
/* Ends what db_save began, as `rc` says that it went: 0 is kept, an error of
 * the world is left to the caller's rollback, anything else is taken back and
 * `*undone` set. `rc`, or what the disk said to that. */
int db_settle(struct db *db, int rc, bool *undone);

/* Which of these tables were written to since db_begin, as the sum of their
 * bits: for whoever looks at something and wants to know when to look again.
 * What was undone meanwhile counts as well. `list` is borrowed for the life of
 * `db` and ended by NULL. */
struct db_topic {
    const char *table;
    unsigned bit;
};
void db_topics(struct db *db, const struct db_topic *list);
unsigned db_touched(const struct db *db);

/* SQLite's words for its last error, our code; ERR_DAMAGED: it saw none. */
const char *db_reason(const struct db *db);
int db_code(const struct db *db);
/* ERR_FULL, ERR_IO, ERR_DAMAGED and the like: the world, not the statement. */
bool db_code_is_world(int code);
/* Does `code` end the transaction? As above, but of ERR_DAMAGED only what
 * SQLite itself said since db_begin: else it is bytes that are not what their
 * digest says (a change that rotted, a seal), which are fetched again, and
 * everything else goes on. */
bool db_must_roll_back(const struct db *db, int code);

/* Copies the database as it stands now to the new file `path` (0600), while
 * others go on writing; holds one read transaction meanwhile. The copy is not
 * synced. ERR_EXISTS is ERR_IO here: the file must not be there. ERR_FULL,
 * ERR_DAMAGED. What was made of it on failure is the caller's to remove. */
int db_copy(struct db *db, const char *path, struct error *err);

/* Does the file hold together (pages, indexes)? Tells each difference, at most
 * a hundred. 0, also when it does not. */
int db_check(struct db *db, void (*fault)(void *who, const char *text),
             void *who);

/* After an I/O error the file holds perhaps less than SQLite believes: of a
 * sync that failed the system forgets what it was to write, and the next one
 * succeeds without it. Such a connection may go on reading; nothing that it
 * commits may be answered for until it was opened anew. */
bool db_is_suspect(const struct db *db);
bool db_is_open(const struct db *db); /* false: db_reopen failed */
/* Closes and opens the file, statements and all, so that SQLite copies its
 * whole log into the file again. Outside of a transaction, and after one more
 * transaction has been committed, or what the failed one wrote could be found
 * in the log and taken for good. ERR_AGAIN: a reader is in the way, it stays
 * suspect. Another code: reading and writing fail until a call succeeds. */
int db_reopen(struct db *db);

/* Truncates the WAL if no reader is in the way; its size in bytes, or 0. */
int db_checkpoint(struct db *db);
int64_t db_wal_bytes(const struct db *db);
/* So many of its bytes, from the first, are in use: a commit writes behind
 * them. 0: not known, nothing was committed since it was opened or cut. */
int64_t db_log_used(struct db *db);
/* Copies it into the file as far as no reader is in the way, so that the next
 * commit begins it anew: before it is so long that a commit does so itself. */
void db_log_fold(struct db *db);
/* Makes its file longer by so many bytes of zeros, and durable, for commits to
 * come: see db_log.c. Outside of a transaction. ERR_FULL: it is as long as
 * could be. ERR_IO: so, and the connection is suspect. */
int db_log_extend(struct db *db, int64_t bytes);

#endif
