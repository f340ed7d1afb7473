/* hub/store_keys.c - see store_keys.h. */
#include "hub/store_keys.h"

#include "common/base/mem.h"

enum { Q_PUT_SEEN, Q_SEEN, Q_TOKENS, Q_COUNT };

static const char *const queries[Q_COUNT] = {
    [Q_PUT_SEEN] = "INSERT INTO key_seen (unit, number, at_ms) VALUES (?, ?, ?)"
                   " ON CONFLICT (unit) DO UPDATE SET number = excluded.number,"
                   " at_ms = excluded.at_ms WHERE excluded.number > number",
    [Q_SEEN] = "SELECT number FROM key_seen WHERE unit = ?",
    [Q_TOKENS] = ("SELECT count(*) FROM invite WHERE created_ms < ?"
                  " AND expires_ms > ? AND curve IS NULL"),
};

struct key_store {
    struct db_set *q;
};

int hub_store_keys_open(struct key_store **out, struct db *db,
                        struct error *err)
{
    struct key_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void hub_store_keys_close(struct key_store **store) { mem_free(store); }

int hub_store_key_put_seen(struct key_store *s, const char *unit,
                           uint64_t number, int64_t at_ms)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_SEEN);

    db_bind_text(q, unit);
    db_bind_i64(q, (int64_t)number);
    db_bind_i64(q, at_ms);
    return db_run(q);
}

static uint64_t number_of(struct db_stmt *q)
{
    uint64_t number = db_step(q) == 1 ? (uint64_t)db_i64(q, 0) : 0;

    db_done(q);
    return number;
}

uint64_t hub_store_key_seen(struct key_store *s, const char *unit)
{
    struct db_stmt *q = db_use(s->q, Q_SEEN);

    db_bind_text(q, unit);
    return number_of(q);
}

uint64_t hub_store_key_tokens(struct key_store *s, int64_t made_ms,
                              int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_TOKENS);

    db_bind_i64(q, made_ms);
    db_bind_i64(q, now_ms);
    return number_of(q);
}
