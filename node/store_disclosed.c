#include "node/store_disclosed.h"

#include "common/base/mem.h"

enum { Q_PUT, Q_BOX, Q_SWEEP, Q_NEXT, Q_DROP, Q_COUNT };

static const char *const queries[Q_COUNT] = {
    [Q_PUT] = "INSERT INTO disclosed (record, report, until_ms, box)"
              " VALUES (?, ?, ?, ?) ON CONFLICT (record) DO UPDATE"
              " SET until_ms = excluded.until_ms, box = excluded.box",
    [Q_BOX] = "SELECT box FROM disclosed WHERE record = ?",
    [Q_SWEEP] = "DELETE FROM disclosed WHERE until_ms <= ?",
    [Q_NEXT] = "SELECT min(until_ms) FROM disclosed",
    [Q_DROP] = "DELETE FROM disclosed WHERE report = ?",
};

struct disclosed_store {
    struct db_set *q;
};

int node_store_disclosed_open(struct disclosed_store **out, struct db *db,
                              struct error *err)
{
    struct disclosed_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void node_store_disclosed_close(struct disclosed_store **store)
{
    mem_free(store);
}

int node_store_disclosed_put(struct disclosed_store *s, const struct id *record,
                             const struct id *report, int64_t until_ms,
                             struct bytes box)
{
    struct db_stmt *q = db_use(s->q, Q_PUT);

    db_bind_id(q, record);
    db_bind_id(q, report);
    db_bind_i64(q, until_ms);
    db_bind_blob(q, box.data, box.size);
    return db_run(q);
}

int node_store_disclosed(struct disclosed_store *s, const struct id *record,
                         struct buf *box)
{
    struct db_stmt *q = db_use(s->q, Q_BOX);
    int rc;

    db_bind_id(q, record);
    if ((rc = db_step(q)) > 0)
        buf_add_bytes(box, db_bytes(q, 0));
    db_done(q);
    return rc > 0 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

int node_store_disclosed_sweep(struct disclosed_store *s, int64_t now_ms,
                               int64_t *next_ms)
{
    struct db_stmt *q = db_use(s->q, Q_SWEEP);
    int rc;

    *next_ms = INT64_MAX;
    db_bind_i64(q, now_ms);
    if ((rc = db_run(q)) != 0)
        return rc;
    q = db_use(s->q, Q_NEXT);
    if ((rc = db_step(q)) > 0 && !db_is_null(q, 0))
        *next_ms = db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

int node_store_disclosed_drop(struct disclosed_store *s,
                              const struct id *report)
{
    struct db_stmt *q = db_use(s->q, Q_DROP);

    db_bind_id(q, report);
    return db_run(q);
}
