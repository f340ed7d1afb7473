/* common/store/db_topics.c - which tables a transaction wrote to. */
#include <string.h>

#include "common/store/db_inside.h"

static void note(void *who, int what, const char *database, const char *table,
                 sqlite3_int64 row)
{
    struct db *db = who;

    (void)what;
    (void)database;
    (void)row;
    for (const struct db_topic *t = db->topics; t->table != NULL; t++)
        if (strcmp(t->table, table) == 0) {
            db->touched |= t->bit;
            return;
        }
}

void db_topics_install(struct db *db)
{
    if (db->topics != NULL && db->handle != NULL)
        (void)sqlite3_update_hook(db->handle, note, db);
}

void db_topics(struct db *db, const struct db_topic *list)
{
    db->topics = list;
    db_topics_install(db);
}

unsigned db_touched(const struct db *db) { return db->touched; }
