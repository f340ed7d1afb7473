/* common/store/db_inside.h - what db.c and db_stmt.c share, and what the ledger
 * may hear of transactions. Not for others.
 */
#ifndef LIENXA_STORE_DB_INSIDE_H
#define LIENXA_STORE_DB_INSIDE_H

#include <sqlite3.h>

#include "common/store/db.h"

/* What happens to the transaction; COMMITTING may still refuse. */
enum db_event {
    DB_BEGUN,
    DB_SAVED,
    DB_RELEASED,
    DB_UNDONE,
    DB_COMMITTING,
    DB_COMMITTED,
    DB_ROLLED_BACK
};

struct db_watch {
    int (*happened)(void *who, enum db_event event);
    void *who;
};

/* One watcher; a zeroed one ends it. */
void db_watch(struct db *db, struct db_watch watch);

struct db_stmt {
    struct db *db;
    char *sql;          /* to prepare it again */
    sqlite3_stmt *stmt; /* NULL: the file could not be opened again */
    int wanted;         /* how many `?` it has */
    int bound;          /* the last `?` that was filled */
    int failed;         /* a value did not fit: the statement must not run */
};

struct db_set {
    struct db_set *next;
    size_t count;
    struct db_stmt stmts[];
};

struct db {
    sqlite3 *handle;
    char *path;
    bool writes;
    bool begun;   /* neither committed nor rolled back by us since db_begin */
    bool suspect; /* an I/O error happened since it was opened */
    bool damaged; /* SQLite said so since db_begin */
    int64_t log_pages;  /* in the log after the last commit; 0: not known */
    int64_t page_bytes; /* 0: not asked yet */
    int code;           /* of the last failure, and SQLite's words for it */
    char reason[256];
    struct db_set *sets;
    struct db_set *transact;
    struct db_watch watch;
    const struct db_topic *topics; /* or NULL */
    unsigned touched;
    struct db *next_writer; /* in the list of this process's writers */
};

/* Remembers the failure `rc` of SQLite and returns our code for it. */
int db_failed(struct db *db, int rc);
/* 0, or the code of the failure after which SQLite rolled the transaction back
 * by itself: what runs then would be committed at once, statement by statement,
 * half a turn. */
int db_transaction_lost(const struct db *db);
/* The tokenizer of common/store/search.h. ERR_VERSION: this SQLite cannot look
 * for words. */
int db_add_tokenizer(struct db *db);
/* After the file was opened again as well. */
void db_topics_install(struct db *db);
void db_sets_free(struct db *db);
/* Between closing the file and opening it again. */
void db_sets_finalize(struct db *db);
int db_sets_prepare(struct db *db);

#endif
