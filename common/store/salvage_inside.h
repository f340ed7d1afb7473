/* common/store/salvage_inside.h - what salvage.c and ledger_salvage.c share.
 * Not for others. */
#ifndef LIENXA_STORE_SALVAGE_INSIDE_H
#define LIENXA_STORE_SALVAGE_INSIDE_H

#include "common/store/db_inside.h"
#include "common/store/salvage.h"

struct salvage {
    sqlite3 *old;
    struct salvage_counts counts;
    void (*say)(void *who, const char *line);
    void *who;
};

/* Rows of `table` that can be read, by rising rowid, which is column 0 of `row`
 * before `columns`. `*unread`: at most so many lie between them; `*end`: what
 * lies behind the last one cannot be read. Ends when `each` answers not 0, and
 * returns that. ERR_MISSING: there is no such table. */
int salvage_walk(struct salvage *s, const char *table, const char *columns,
                 int (*each)(void *who, struct db_stmt *row), void *who,
                 uint64_t *unread, bool *end);
__attribute__((format(printf, 2, 3))) void salvage_say(struct salvage *s,
                                                       const char *format, ...);

/* Ends the transaction and begins the next one now and then. */
enum { SALVAGE_ROWS = 2000 };
int salvage_step(struct db *db, uint64_t *rows);

#endif
