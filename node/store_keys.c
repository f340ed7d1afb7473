/* node/store_keys.c - see store_keys.h. */
#include "node/store_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    Q_ADD,
    Q_CLEAR,
    Q_WORKED,
    Q_NEWEST,
    Q_FORMER,
    Q_WAY,
    Q_REVOKE,
    Q_REVOKE_TRUST,
    Q_EVER,
    Q_COUNT
};

#define COLUMNS "number, curve, express, bulk, stolen, first_ms, last_ms"

static const char *const queries[Q_COUNT] = {
    [Q_ADD] = "INSERT INTO hub_key (number, curve, express, bulk, stolen)"
              " VALUES (?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
    [Q_CLEAR] = "DELETE FROM hub_key",
    [Q_WORKED] = "UPDATE hub_key SET last_ms = ?1,"
                 " first_ms = iif(first_ms = 0, ?1, first_ms)"
                 " WHERE number = ?2",
    [Q_NEWEST] = "SELECT " COLUMNS " FROM hub_key ORDER BY number DESC LIMIT 1",
    [Q_FORMER] = "SELECT " COLUMNS " FROM hub_key"
                 " WHERE number < (SELECT max(number) FROM hub_key)"
                 " ORDER BY last_ms DESC, number DESC LIMIT 1",
    [Q_WAY] = "SELECT " COLUMNS " FROM hub_key WHERE number = ?",
    [Q_REVOKE] = "INSERT INTO revoked_signer (key_id) VALUES (?)"
                 " ON CONFLICT (key_id) DO NOTHING",
    [Q_REVOKE_TRUST] = "UPDATE trust SET revoked = 1 WHERE revoked = 0"
                       " AND key_id IN (SELECT key_id FROM revoked_signer)",
    [Q_EVER] = "SELECT public FROM trust WHERE key_id = ?",
};

struct key_store {
    struct db_set *q;
};

int node_store_keys_open(struct key_store **out, struct db *db,
                         struct error *err)
{
    struct key_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void node_store_keys_close(struct key_store **store) { mem_free(store); }

int node_store_way_add(struct key_store *s, const struct hub_way *way)
{
    struct db_stmt *q = db_use(s->q, Q_ADD);

    db_bind_i64(q, (int64_t)way->number);
    db_bind_blob(q, way->curve, sizeof way->curve);
    db_bind_text(q, way->express);
    db_bind_text(q, way->bulk);
    db_bind_i64(q, way->stolen);
    return db_run(q);
}

int node_store_ways_clear(struct key_store *s)
{
    return db_run(db_use(s->q, Q_CLEAR));
}

int node_store_way_worked(struct key_store *s, uint64_t number, int64_t at_ms)
{
    struct db_stmt *q = db_use(s->q, Q_WORKED);

    db_bind_i64(q, at_ms);
    db_bind_i64(q, (int64_t)number);
    return db_run(q);
}

static int take_32(struct db_stmt *q, int column, uint8_t out[32])
{
    struct bytes bytes = db_bytes(q, column);

    if (bytes.size != 32)
        return ERR_DAMAGED;
    memcpy(out, bytes.data, 32);
    return 0;
}

static int take_way(struct db_stmt *q, struct hub_way *out)
{
    int rc = db_step(q);

    memset(out, 0, sizeof *out);
    if (rc == 1) {
        out->number = (uint64_t)db_i64(q, 0);
        rc = take_32(q, 1, out->curve);
        (void)snprintf(out->express, sizeof out->express, "%s", db_text(q, 2));
        (void)snprintf(out->bulk, sizeof out->bulk, "%s", db_text(q, 3));
        out->stolen = db_i64(q, 4) != 0;
        out->first_ms = db_i64(q, 5);
        out->last_ms = db_i64(q, 6);
    } else if (rc == 0) {
        rc = ERR_MISSING;
    }
    db_done(q);
    return rc;
}

int node_store_way_newest(struct key_store *s, struct hub_way *out)
{
    return take_way(db_use(s->q, Q_NEWEST), out);
}

int node_store_way_former(struct key_store *s, struct hub_way *out)
{
    return take_way(db_use(s->q, Q_FORMER), out);
}

int node_store_way(struct key_store *s, uint64_t number, struct hub_way *out)
{
    struct db_stmt *q = db_use(s->q, Q_WAY);

    db_bind_i64(q, (int64_t)number);
    return take_way(q, out);
}

int node_store_revoke_signer(struct key_store *s, const uint8_t key_id[8])
{
    struct db_stmt *q = db_use(s->q, Q_REVOKE);

    db_bind_blob(q, key_id, 8);
    return db_run(q);
}

int node_store_revoke_trust(struct key_store *s)
{
    return db_run(db_use(s->q, Q_REVOKE_TRUST));
}

int node_store_trust_ever(struct key_store *s, const uint8_t key_id[8],
                          uint8_t public_key[32])
{
    struct db_stmt *q = db_use(s->q, Q_EVER);
    int rc;

    db_bind_blob(q, key_id, 8);
    rc = db_step(q);
    rc = rc == 1 ? take_32(q, 0, public_key) : rc == 0 ? ERR_MISSING : rc;
    db_done(q);
    return rc;
}
