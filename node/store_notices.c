/* node/store_notices.c - see store_notices.h. */
#include "node/store_notices.h"

#include <string.h>

#include "common/base/mem.h"

enum {
    Q_PUT,
    Q_GET,
    Q_DROP,
    Q_ALL,
    Q_PUT_NUMBER,
    Q_DROP_NUMBER,
    Q_NUMBERS,
    Q_COUNT
};

static const char *const queries[Q_COUNT] = {
    [Q_PUT] = "INSERT INTO notice_draft (record, fact, body, approved)"
              " VALUES (?, ?, ?, ?) ON CONFLICT (record) DO UPDATE SET"
              " fact = excluded.fact, body = excluded.body,"
              " approved = excluded.approved",
    [Q_GET] = "SELECT record, fact, body, approved FROM notice_draft"
              " WHERE record = ?",
    [Q_DROP] = "DELETE FROM notice_draft WHERE record = ?",
    [Q_ALL] = "SELECT record, fact, body, approved FROM notice_draft"
              " ORDER BY record DESC",
    [Q_PUT_NUMBER] = "INSERT INTO own_number (id, name, phone, note)"
                     " VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                     " name = excluded.name, phone = excluded.phone,"
                     " note = excluded.note RETURNING id",
    [Q_DROP_NUMBER] = "DELETE FROM own_number WHERE id = ? RETURNING id",
    [Q_NUMBERS] = "SELECT id, name, phone, note FROM own_number ORDER BY name",
};

struct notice_store {
    struct db_set *q;
};

int node_store_notices_open(struct notice_store **out, struct db *db,
                            struct error *err)
{
    struct notice_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void node_store_notices_close(struct notice_store **store) { mem_free(store); }

static bool take_row(struct db_stmt *q, struct notice_draft *out)
{
    struct bytes record = db_bytes(q, 0);

    if (record.size != sizeof out->record.bytes)
        return false;
    memcpy(out->record.bytes, record.data, record.size);
    out->fact = db_bytes(q, 1);
    out->body = db_bytes(q, 2);
    out->approved = db_i64(q, 3) != 0;
    return true;
}

int node_store_put_draft(struct notice_store *s,
                         const struct notice_draft *draft)
{
    struct db_stmt *q = db_use(s->q, Q_PUT);

    db_bind_id(q, &draft->record);
    db_bind_blob(q, draft->fact.data, draft->fact.size);
    db_bind_blob(q, draft->body.data, draft->body.size);
    db_bind_i64(q, draft->approved);
    return db_run(q);
}

int node_store_draft(struct notice_store *s, const struct id *record,
                     struct notice_draft *out)
{
    struct db_stmt *q = db_use(s->q, Q_GET);
    int rc;

    db_bind_id(q, record);
    if ((rc = db_step(q)) < 0)
        return rc;
    if (rc == 0)
        return ERR_MISSING;
    return take_row(q, out) ? 0 : ERR_DAMAGED;
}

int node_store_drop_draft(struct notice_store *s, const struct id *record)
{
    struct db_stmt *q = db_use(s->q, Q_DROP);

    db_bind_id(q, record);
    return db_run(q);
}

int node_store_drafts(struct notice_store *s,
                      int (*each)(void *who, const struct notice_draft *draft),
                      void *who)
{
    struct db_stmt *q = db_use(s->q, Q_ALL);
    struct notice_draft draft;
    int rc;

    while ((rc = db_step(q)) == 1)
        if (take_row(q, &draft) && (rc = each(who, &draft)) != 0)
            break;
    return rc;
}

/* ---- numbers */

int node_store_put_number(struct notice_store *s, struct own_number *number)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_NUMBER);
    int rc;

    if (number->id == 0)
        db_bind_null(q);
    else
        db_bind_i64(q, number->id);
    db_bind_text(q, number->name);
    db_bind_text(q, number->phone);
    db_bind_text(q, number->note);
    if ((rc = db_step(q)) == 1)
        number->id = db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

int node_store_drop_number(struct notice_store *s, int64_t id)
{
    struct db_stmt *q = db_use(s->q, Q_DROP_NUMBER);
    int rc;

    db_bind_i64(q, id);
    rc = db_step(q);
    db_done(q);
    return rc == 0 ? ERR_MISSING : rc < 0 ? rc : 0;
}

int node_store_numbers(struct notice_store *s,
                       void (*each)(void *who, const struct own_number *number),
                       void *who)
{
    struct db_stmt *q = db_use(s->q, Q_NUMBERS);
    int rc;

    while ((rc = db_step(q)) == 1) {
        const struct own_number number = {db_i64(q, 0), db_text(q, 1),
                                          db_text(q, 2), db_text(q, 3)};

        each(who, &number);
    }
    return rc;
}
