/* hub/store_restored.c - the statements behind store_restored.h. */
#include "hub/store_restored.h"

enum { Q_CLEAR, Q_ADD, Q_SHUT_OUT, Q_HEARD, Q_LIST, Q_VOID, Q_COUNT };

static const char *const queries[Q_COUNT] = {
    [Q_CLEAR] = "DELETE FROM restored",
    [Q_ADD] = "INSERT INTO restored (unit, shut_out) VALUES (?, ?)"
              " ON CONFLICT (unit) DO UPDATE SET"
              " shut_out = max(shut_out, excluded.shut_out)",
    [Q_SHUT_OUT] = "SELECT 1 FROM restored WHERE unit = ? AND shut_out = 1",
    [Q_HEARD] = "UPDATE restored SET heard_ms = ? WHERE unit = ?"
                " AND heard_ms = 0 AND shut_out = 0 RETURNING 1",
    [Q_LIST] = "SELECT unit, heard_ms FROM restored WHERE shut_out = 0"
               " ORDER BY unit",
    [Q_VOID] = "DELETE FROM invite WHERE curve IS NULL",
};

int hub_store_restored_open(struct db_set **out, struct db *db,
                            struct error *err)
{
    return db_prepare(out, db, queries, Q_COUNT, err);
}

int hub_store_restored_clear(struct db_set *q)
{
    return db_run(db_use(q, Q_CLEAR));
}

int hub_store_restored_add(struct db_set *q, const char *unit, bool shut_out)
{
    struct db_stmt *s = db_use(q, Q_ADD);

    db_bind_text(s, unit);
    db_bind_i64(s, shut_out);
    return db_run(s);
}

bool hub_store_restored_shut_out(struct db_set *q, const char *unit)
{
    struct db_stmt *s = db_use(q, Q_SHUT_OUT);
    bool yes;

    db_bind_text(s, unit);
    yes = db_step(s) == 1;
    db_done(s);
    return yes;
}

int hub_store_restored_heard(struct db_set *q, const char *unit, int64_t now_ms)
{
    struct db_stmt *s = db_use(q, Q_HEARD);
    int rc;

    db_bind_i64(s, now_ms);
    db_bind_text(s, unit);
    rc = db_step(s);
    db_done(s);
    return rc < 0 ? rc : rc == 1 ? 0 : ERR_MISSING;
}

int hub_store_restored_list(struct db_set *q,
                            int (*each)(void *who, const char *unit,
                                        int64_t heard_ms),
                            void *who)
{
    struct db_stmt *s = db_use(q, Q_LIST);
    int rc;

    while ((rc = db_step(s)) == 1)
        if (each(who, db_text(s, 0), db_i64(s, 1)) != 0)
            break;
    db_done(s);
    return rc < 0 ? rc : 0;
}

int hub_store_restored_void_invites(struct db_set *q)
{
    return db_run(db_use(q, Q_VOID));
}
