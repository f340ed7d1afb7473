/* common/store/ledger_rows.c - the rows of records and changes.
 */
#include <string.h>

#include "common/store/ledger_inside.h"

static void row_record(struct db_stmt *q, struct record *out)
{
    out->is_new = false;
    out->row = db_i64(q, 0);
    out->kind = (uint32_t)db_i64(q, 1);
    out->version = (uint64_t)db_i64(q, 2);
    out->state = db_i64(q, 3);
    out->last = db_i64(q, 4);
    out->flags = db_i64(q, 5);
    out->counts = !db_is_null(q, 6);
    out->cell = db_i64(q, 6);
    out->tag = db_i64(q, 7);
    out->waits_ms = db_i64(q, 8);
}

/* Where it counts, the host's tag, and since when it waits. */
static void bind_count(struct db_stmt *q, const struct record *r)
{
    bind_or_null(q, r->cell, r->counts);
    db_bind_i64(q, r->tag);
    bind_or_null(q, r->waits_ms, r->waits_ms != 0);
}

static int one_record(struct db_stmt *q, struct record *out)
{
    int rc = db_step(q);

    if (rc == 1)
        row_record(q, out);
    db_done(q);
    return rc;
}

int ledger_record_find(struct ledger *l, uint32_t home, const struct id *uid,
                       struct record *out)
{
    struct db_stmt *q = use(l, Q_RECORD_FIND);

    db_bind_id(q, uid);
    db_bind_i64(q, home);
    return one_record(q, out);
}

int ledger_record_get(struct ledger *l, int64_t row, struct record *out)
{
    struct db_stmt *q = use(l, Q_RECORD_GET);
    int rc;

    db_bind_i64(q, row);
    rc = one_record(q, out);
    return rc == 1 ? 0 : rc == 0 ? ERR_DAMAGED : rc;
}

void ledger_bind_record(struct db_stmt *q, const struct record *r,
                        const struct incoming *in)
{
    db_bind_i64(q, r->row);
    db_bind_id(q, &in->change->header.record);
    db_bind_i64(q, in->home);
    db_bind_i64(q, r->kind);
    db_bind_i64(q, (int64_t)r->version);
    bind_or_null(q, r->state, r->state != 0);
    db_bind_i64(q, r->last);
    db_bind_i64(q, r->flags);
    bind_count(q, r);
}

int ledger_record_add(struct ledger *l, const struct record *r,
                      const struct incoming *in)
{
    struct db_stmt *q = use(l, Q_RECORD_ADD);
    int rc;

    ledger_bind_record(q, r, in);
    rc = db_run(q);
    return rc != 0 ? rc : (int)db_changes(l->db);
}

int ledger_record_set(struct ledger *l, const struct record *r)
{
    struct db_stmt *q = use(l, Q_RECORD_SET);

    db_bind_i64(q, r->kind);
    db_bind_i64(q, (int64_t)r->version);
    bind_or_null(q, r->state, r->state != 0);
    db_bind_i64(q, r->last);
    db_bind_i64(q, r->flags);
    bind_count(q, r);
    db_bind_i64(q, r->row);
    return db_run(q);
}

static int next_row(struct ledger *l, enum query query, int64_t *next)
{
    struct db_stmt *q;
    int rc;

    if (*next != 0)
        return 0;
    q = use(l, query);
    if ((rc = db_step(q)) == 1)
        *next = db_i64(q, 0);
    db_done(q);
    return rc == 1 ? 0 : rc;
}

int ledger_next_rows(struct ledger *l)
{
    int rc = next_row(l, Q_NEXT_CHANGE, &l->next_change);

    return rc != 0 ? rc : next_row(l, Q_NEXT_RECORD, &l->next_record);
}

void ledger_bind_row(struct db_stmt *q, int64_t id, int64_t record,
                     int64_t prev, const struct incoming *in,
                     const struct change *change)
{
    db_bind_i64(q, id);
    bind_or_null(q, in->stream, in->stream != 0);
    bind_or_null(q, (int64_t)in->seq, in->stream != 0);
    db_bind_i64(q, record);
    bind_or_null(q, prev, prev != 0);
    db_bind_i64(q, (int64_t)change->header.version);
    db_bind_i64(q, (int64_t)in->size);
    bind_or_null(q, in->urgent, in->urgent != URGENT_NO);
    if (in->stream != 0)
        db_bind_hash(q, &in->h);
    else
        db_bind_null(q);
    ledger_bind_change(q, &in->digest, change);
}

int ledger_change_add(struct ledger *l, int64_t id, int64_t record,
                      int64_t prev, const struct incoming *in,
                      const struct change *change)
{
    struct db_stmt *q = use(l, Q_CHANGE_ADD);

    ledger_bind_row(q, id, record, prev, in, change);
    return db_run(q);
}
