/* common/store/ledger_run.c - many new reports at once.
 *
 * What a hub mostly receives is the first version of a report it has never
 * seen. LEDGER_RUN of them share one statement for their records and one for
 * their changes. Whatever turns out not to be new is put by itself.
 */
#include "common/store/ledger_inside.h"

struct first {
    struct verdict v;
    struct record r;
};

/* An urgent one may have come early. */
int ledger_is_likely_new(struct ledger *l, const struct incoming *in)
{
    const struct change_header *header = &in->change->header;
    struct record r;
    int rc;

    if (header->version != 1 || header->kind != KIND_REPORT ||
        (header->flags & CHANGE_TOMBSTONE))
        return 0;
    if (!(header->flags & CHANGE_EXPEDITED))
        return 1;
    rc = ledger_record_find(l, in->home, &header->record, &r);
    return rc < 0 ? rc : rc == 0;
}

static int judge_all(struct ledger *l, const struct incoming *in,
                     struct first *f, bool *good)
{
    int rc = 0;

    *good = true;
    for (size_t i = 0; i < LEDGER_RUN && rc == 0; i++) {
        rc = ledger_judge(l, in[i].change, in[i].home, WORD_MAKE, &f[i].v);
        *good = *good && f[i].v.code == 0;
    }
    return rc;
}

/* The number of records that were new, or an error. */
static int add_records(struct ledger *l, const struct incoming *in,
                       struct first *f)
{
    struct db_stmt *q = use(l, Q_RECORD_ADD_RUN);
    int rc;

    for (size_t i = 0; i < LEDGER_RUN; i++) {
        f[i].r =
            ledger_first_state(&in[i], &f[i].v, l->next_record + (int64_t)i,
                               l->next_change + (int64_t)i);
        ledger_bind_record(q, &f[i].r, &in[i]);
    }
    rc = db_run(q);
    return rc != 0 ? rc : (int)db_changes(l->db);
}

static int add_changes(struct ledger *l, const struct incoming *in,
                       const struct first *f)
{
    struct db_stmt *q = use(l, Q_CHANGE_ADD_RUN);

    for (size_t i = 0; i < LEDGER_RUN; i++)
        ledger_bind_row(q, f[i].r.last, f[i].r.row, 0, &in[i], in[i].change);
    return db_run(q);
}

static int first_is_there(struct ledger *l, const struct incoming *in,
                          const struct first *f, struct error *err)
{
    if (f->v.counts)
        ledger_count(l, f->v.cell, f->v.tag, +1);
    return ledger_tell(l, &f->r, f->r.last, in, in->change, err);
}

/* Some records were there already: the others have theirs by now. */
static int put_mixed(struct ledger *l, const struct incoming *in,
                     const struct first *f, struct error *err)
{
    struct record there;
    int64_t id;
    int rc =
        ledger_record_find(l, in->home, &in->change->header.record, &there);

    if (rc == 1 && there.row == f->r.row) {
        rc = ledger_change_add(l, f->r.last, f->r.row, 0, in, in->change);
        if (rc == 0)
            return first_is_there(l, in, f, err);
    }
    return rc < 0 ? ledger_failed(l, rc, err)
                  : ledger_put_judged(l, in, &f->v, &id, err);
}

static int put_each(struct ledger *l, const struct incoming *in,
                    const struct first *f, struct error *err)
{
    int64_t id;
    int rc = 0;

    for (size_t i = 0; i < LEDGER_RUN && rc == 0; i++)
        rc = ledger_put_judged(l, &in[i], &f[i].v, &id, err);
    return rc;
}

int ledger_put_run(struct ledger *l, const struct incoming *in,
                   struct error *err)
{
    struct first f[LEDGER_RUN];
    bool good, all_new;
    int rc = judge_all(l, in, f, &good);

    if (rc == 0 && !good)
        return put_each(l, in, f, err);
    if (rc != 0 || (rc = ledger_next_rows(l)) != 0 ||
        (rc = add_records(l, in, f)) < 0)
        return ledger_failed(l, rc, err);
    all_new = rc == LEDGER_RUN;
    l->next_record += LEDGER_RUN;
    l->next_change += LEDGER_RUN;
    if (all_new && (rc = add_changes(l, in, f)) != 0)
        return ledger_failed(l, rc, err);
    rc = 0;
    for (size_t i = 0; i < LEDGER_RUN && rc == 0; i++)
        rc = all_new ? first_is_there(l, &in[i], &f[i], err)
                     : put_mixed(l, &in[i], &f[i], err);
    return rc;
}
