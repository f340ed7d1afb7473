/* hub/store_machines.c - every statement about machines, prepared when the
 * database opens. */
#include "hub/store_machines.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    Q_PUT,
    Q_GET,
    Q_PUT_ROTATION,
    Q_ROTATION,
    Q_ORDER,
    Q_ORDER_DONE,
    Q_IS_ORDERED,
    Q_COUNT
};

static const char *const queries[Q_COUNT] = {
    [Q_PUT] = "INSERT INTO machine (unit, number, address, last_seen_ms,"
              " waiting, drained_ms) VALUES (?, ?, ?, ?, ?, ?)"
              " ON CONFLICT (unit, number) DO UPDATE SET"
              " address = excluded.address,"
              " last_seen_ms = excluded.last_seen_ms,"
              " waiting = excluded.waiting, drained_ms = excluded.drained_ms",
    [Q_GET] = "SELECT address, last_seen_ms, waiting, drained_ms FROM machine"
              " WHERE unit = ? AND number = ?",
    [Q_PUT_ROTATION] = "INSERT INTO rotation (unit, number, curve, certificate,"
                       " at_ms) VALUES (?, ?, ?, ?, ?)",
    [Q_ROTATION] = "SELECT curve, certificate, at_ms FROM rotation"
                   " WHERE unit = ? AND number = ?",
    [Q_ORDER] = "INSERT INTO rotation_order (unit, since_ms) VALUES (?, ?)"
                " ON CONFLICT (unit) DO NOTHING",
    [Q_ORDER_DONE] = "DELETE FROM rotation_order WHERE unit = ?",
    [Q_IS_ORDERED] = "SELECT 1 FROM rotation_order WHERE unit = ?",
};

struct machine_store {
    struct db_set *q;
    struct buf lent; /* texts and blobs handed out last */
};

int machine_store_open(struct machine_store **out, struct db *db,
                       struct error *err)
{
    struct machine_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0) {
        machine_store_close(&s);
        return rc;
    }
    *out = s;
    return 0;
}

void machine_store_close(struct machine_store **store)
{
    if (*store == NULL)
        return;
    buf_free(&(*store)->lent);
    mem_free(store);
}

int machine_store_put(struct machine_store *s, const struct machine_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_PUT);

    db_bind_text(q, row->unit);
    db_bind_i64(q, (int64_t)row->number);
    db_bind_text(q, row->address);
    db_bind_i64(q, row->last_seen_ms);
    db_bind_i64(q, row->waiting);
    db_bind_i64(q, row->drained_ms);
    return db_run(q);
}

int machine_store_get(struct machine_store *s, const char *unit,
                      uint64_t number, struct machine_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_GET);
    int rc;

    memset(out, 0, sizeof *out);
    (void)snprintf(out->unit, sizeof out->unit, "%s", unit);
    out->number = number;
    out->address = "";
    out->waiting = -1;
    db_bind_text(q, unit);
    db_bind_i64(q, (int64_t)number);
    if ((rc = db_step(q)) == 1) {
        buf_clear(&s->lent);
        buf_add_text(&s->lent, db_text(q, 0));
        out->address = buf_text(&s->lent);
        out->last_seen_ms = db_i64(q, 1);
        out->waiting = db_i64(q, 2);
        out->drained_ms = db_i64(q, 3);
    }
    db_done(q);
    return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

int machine_store_put_rotation(struct machine_store *s,
                               const struct rotation_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_ROTATION);

    db_bind_text(q, row->unit);
    db_bind_i64(q, (int64_t)row->number);
    db_bind_blob(q, row->curve, sizeof row->curve);
    db_bind_bytes(q, row->certificate);
    db_bind_i64(q, row->at_ms);
    return db_run(q);
}

int machine_store_rotation(struct machine_store *s, const char *unit,
                           uint64_t number, struct rotation_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_ROTATION);
    struct bytes curve;
    int rc;

    memset(out, 0, sizeof *out);
    (void)snprintf(out->unit, sizeof out->unit, "%s", unit);
    out->number = number;
    db_bind_text(q, unit);
    db_bind_i64(q, (int64_t)number);
    if ((rc = db_step(q)) == 1) {
        curve = db_bytes(q, 0);
        if (curve.size == sizeof out->curve)
            memcpy(out->curve, curve.data, sizeof out->curve);
        buf_clear(&s->lent);
        buf_add_bytes(&s->lent, db_bytes(q, 1));
        out->certificate = buf_bytes(&s->lent);
        out->at_ms = db_i64(q, 2);
    }
    db_done(q);
    return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

int machine_store_order(struct machine_store *s, const char *unit,
                        int64_t now_ms)
{
    struct db_stmt *q = db_use(s->q, Q_ORDER);

    db_bind_text(q, unit);
    db_bind_i64(q, now_ms);
    return db_run(q);
}

int machine_store_order_done(struct machine_store *s, const char *unit)
{
    struct db_stmt *q = db_use(s->q, Q_ORDER_DONE);

    db_bind_text(q, unit);
    return db_run(q);
}

bool machine_store_is_ordered(struct machine_store *s, const char *unit)
{
    struct db_stmt *q = db_use(s->q, Q_IS_ORDERED);
    bool is;

    db_bind_text(q, unit);
    is = db_step(q) == 1;
    db_done(q);
    return is;
}
