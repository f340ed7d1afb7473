/* common/store/ledger_retry.c - what is quarantined, tried again.
 */
#include "common/store/ledger_inside.h"

static int tried(struct ledger *l, int64_t id, int code, struct error *why,
                 struct error *err)
{
    struct db_stmt *q = use(l, Q_QUARANTINE_TRIED);
    int rc;

    l->quarantine_change++; /* another reason, perhaps */

    if (!why->text[0])
        (void)error_set(why, code, "%s", error_name(code));
    db_bind_text(q, why->text);
    db_bind_i64(q, id);
    rc = db_run(q);
    return rc != 0 ? ledger_failed(l, rc, err)
                   : error_set(err, code, "%s", why->text);
}

static int load(struct ledger *l, int64_t id, struct entry *out,
                struct buf *memory, struct incoming *in, struct record *r)
{
    struct db_stmt *q = use(l, Q_CHANGE_GET);
    struct entry entry;
    int rc;

    db_bind_i64(q, id);
    if ((rc = db_step(q)) == 1 && ledger_entry_of(l, q, 0, &entry) != 0) {
        rc = ERR_MISSING; /* damaged: mended first */
    } else if (rc == 1) {
        ledger_entry_copy(out, &entry, memory);
        *in = (struct incoming){.change = &out->change,
                                .digest = out->digest,
                                .stream = db_i64(q, 13),
                                .seq = out->seq,
                                .h = out->h,
                                .origin = FROM_QUARANTINE};
        rc = ledger_record_get(l, db_i64(q, 12), r);
    }
    db_done(q);
    if (rc == 0)
        rc = ledger_word_id(l, out->change.header.home, WORD_FIND, &in->home);
    return rc;
}

static int apply_again(struct ledger *l, struct record *r, int64_t id,
                       const struct incoming *in, struct error *err)
{
    struct error why = {""};
    struct verdict v;
    int rc = ledger_judge(l, in->change, in->home, WORD_MAKE, &v);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    if (v.code != 0)
        return tried(l, id, v.code, &v.why, err);
    if ((rc = db_save(l->db)) != 0)
        return ledger_failed(l, rc, err);
    rc = ledger_add_again(l, r, id, in, &v, &why);
    if (rc == 0)
        return db_release(l->db);
    (void)db_undo(l->db);
    if (db_code_is_world(rc))
        return error_set(err, rc, "%s", why.text);
    return tried(l, id, rc, &why, err);
}

int ledger_quarantine_retry(struct ledger *l, int64_t id, struct error *err)
{
    struct buf memory = {0};
    struct incoming in;
    struct entry entry;
    struct record r;
    int rc = ledger_is_quarantined(l, id);

    if (rc == 0)
        return error_set(err, ERR_MISSING, "nothing is quarantined as %lld",
                         (long long)id);
    if (rc == 1)
        rc = load(l, id, &entry, &memory, &in, &r);
    if (rc == ERR_MISSING)
        rc = error_set(err, rc,
                       "the bytes of %lld are damaged: they are fetched again "
                       "first",
                       (long long)id);
    else
        rc = rc != 0 ? ledger_failed(l, rc, err)
                     : apply_again(l, &r, id, &in, err);
    buf_free(&memory);
    return rc;
}

/* ---- all of them */

enum { RETRY_AT_ONCE = 256 };

struct ids {
    int64_t after; /* already tried */
    int64_t ids[RETRY_AT_ONCE];
    size_t count;
};

static int note(void *who, const struct quarantined *q)
{
    struct ids *ids = who;

    if (q->id <= ids->after)
        return 0;
    ids->ids[ids->count++] = q->id;
    return ids->count == RETRY_AT_ONCE;
}

int ledger_quarantine_retry_all(struct ledger *l, uint64_t *settled)
{
    struct ids ids = {.after = 0};
    int rc;

    *settled = 0;
    do {
        ids.count = 0;
        if ((rc = ledger_quarantine_list(l, note, &ids)) != 0)
            return rc;
        for (size_t i = 0; i < ids.count; i++) {
            rc = ledger_quarantine_retry(l, ids.ids[i], NULL);
            if (db_code_is_world(rc))
                return rc;
            *settled += rc == 0;
            ids.after = ids.ids[i];
        }
    } while (ids.count > 0);
    return 0;
}
