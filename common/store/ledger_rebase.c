/* common/store/ledger_rebase.c - the peer's copy of our own stream takes the
 * place of ours after a position (PROTOCOL 7.5).
 *
 * Staged entries wait in a table of their own. Finishing is one savepoint: our
 * entries step aside (a negative stream row keeps their order), the staged ones
 * take their places, using our rows where we hold the same change, and what is
 * left of ours is appended.
 */
#include <assert.h>

#include "common/store/ledger_inside.h"

int ledger_rebase_begin(struct ledger *l, const struct stream_name *name,
                        uint64_t after)
{
    struct rebase r = {.active = true, .name = *name, .after = after};
    struct stream *s;
    int rc = ledger_stream_make(l, name, true, &s);

    assert(db_has_begun(l->db));
    r.at.seq = after;
    if (rc != 0 || (rc = ledger_stream_hash(l, s, after, &r.at.h)) != 0 ||
        (rc = db_run(use(l, Q_STAGED_CLEAR))) != 0)
        return rc;
    l->rebase = r;
    return 0;
}

/* ---- staging */

static int is_final(struct ledger *l, uint32_t home, const struct id *uid)
{
    struct db_stmt *q = use(l, Q_RECORD_FIND);
    int rc;

    db_bind_id(q, uid);
    db_bind_i64(q, home);
    if ((rc = db_step(q)) == 1)
        rc = (db_i64(q, 5) & RECORD_FINAL) != 0;
    db_done(q);
    return rc;
}

static int stage_one(struct ledger *l, uint32_t home, const struct link *link,
                     uint64_t seq, const struct change *change, size_t size)
{
    int rc = is_final(l, home, &change->header.record);
    struct change erased;
    struct db_stmt *q;

    if (rc < 0)
        return rc;
    if (rc == 1) {
        erased = *change;
        ledger_stub_parts(l, &erased);
        change = &erased;
    }
    q = use(l, Q_STAGED_ADD);
    db_bind_i64(q, (int64_t)seq);
    db_bind_i64(q, (int64_t)size);
    db_bind_hash(q, &link->h);
    ledger_bind_change(q, &link->digest, change);
    return db_run(q);
}

static int stage_all(struct ledger *l, const struct ledger_batch *b,
                     size_t skip, uint32_t home)
{
    int rc = 0;

    for (size_t i = skip; i < b->count && rc == 0; i++)
        rc = stage_one(l, home, ledger_link(l, i), b->first + i, &b->changes[i],
                       b->sizes[i]);
    return rc;
}

/* Everything in it is staged already, or lies before the rebase. */
static int check_staged(struct ledger *l, const struct ledger_batch *b,
                        struct error *err)
{
    struct stream *s;
    struct db_stmt *q;
    struct hash h;
    int rc;

    if (b->head.seq <= l->rebase.after) {
        if ((rc = ledger_stream_get(l, &b->name, &s)) == 0)
            rc = ledger_stream_hash(l, s, b->head.seq, &h);
    } else {
        q = use(l, Q_STAGED_AT);
        db_bind_i64(q, (int64_t)b->head.seq);
        rc = db_step(q) == 1 && db_hash(q, 0, &h) ? 0 : ERR_DAMAGED;
        db_done(q);
    }
    if (rc != 0)
        return ledger_failed(l, rc, err);
    return hash_equal(&h, &b->head.h)
               ? 0
               : error_set(err, ERR_CONFLICT, "another %llu than staged",
                           (unsigned long long)b->head.seq);
}

int ledger_rebase_stage(struct ledger *l, const struct ledger_batch *batch,
                        struct stream_position *reached, struct error *err)
{
    uint32_t home;
    size_t skip;
    int rc;

    assert(db_has_begun(l->db));
    if (!l->rebase.active || !stream_name_equal(&l->rebase.name, &batch->name))
        return error_set(err, ERR_INVALID, "no rebase of %s %s is under way",
                         batch->name.home, batch->name.channel);
    *reached = l->rebase.at;
    rc = ledger_check_batch(l, batch, &l->rebase.at, &skip, err);
    if (rc != 0)
        return rc;
    if (skip == batch->count)
        return check_staged(l, batch, err);
    if ((rc = ledger_word_id(l, batch->name.home, WORD_MAKE, &home)) != 0 ||
        (rc = db_save(l->db)) != 0)
        return ledger_failed(l, rc, err);
    rc = stage_all(l, batch, skip, home);
    if (rc != 0 || (rc = db_release(l->db)) != 0) {
        rc = ledger_failed(l, rc, err);
        (void)db_undo(l->db);
        return rc;
    }
    l->rebase.at = batch->head;
    *reached = batch->head;
    return 0;
}

/* ---- finishing */

struct finish {
    int64_t stream;
    uint32_t home;
    struct stream_position at; /* the last place taken */
    uint64_t bytes, staged_bytes, appended;
    int64_t clock_ms;
};

/* A row of ours that steps aside (negative stream) or an early one moves to
 * the staged place; anything else becomes a row of its own. */
static int take_staged(struct ledger *l, struct finish *f,
                       const struct entry *entry, size_t size,
                       struct error *err)
{
    const struct change_header *header = &entry->change.header;
    struct incoming in = {.change = &entry->change,
                          .digest = entry->digest,
                          .size = size,
                          .home = f->home,
                          .stream = f->stream,
                          .seq = entry->seq,
                          .h = entry->h,
                          .origin = FROM_REBASE};
    int64_t id, where;
    int rc;

    if (header->flags & CHANGE_EXPEDITED)
        in.urgent = URGENT_SETTLED; /* the peer has it */
    rc = ledger_held(l, f->home, &header->record, header->version, &in.digest,
                     &id, &where);
    if (rc == 1 && where < 0)
        rc = ledger_place(l, id, &in);
    else if (rc >= 0)
        return ledger_put_alone(l, &in, &id, err);
    return rc != 0 ? ledger_failed(l, rc, err) : 0;
}

/* 1: one more was taken; 0: there is none. */
static int next_staged(struct ledger *l, struct finish *f, struct buf *memory,
                       struct error *err)
{
    struct db_stmt *q = use(l, Q_STAGED_NEXT);
    struct entry row, entry;
    size_t size = 0;
    int rc;

    db_bind_i64(q, (int64_t)f->at.seq);
    if ((rc = db_step(q)) == 1) {
        size = (size_t)db_i64(q, 12);
        rc = ledger_entry_of(l, q, 0, &row) == 0 ? 1 : ERR_DAMAGED;
    }
    if (rc == 1)
        ledger_entry_copy(&entry, &row, memory);
    db_done(q);
    if (rc != 1)
        return rc == 0 ? 0 : ledger_failed(l, rc, err);
    f->at = (struct stream_position){entry.seq, entry.h};
    f->bytes += size;
    f->clock_ms = entry.change.header.clock_ms;
    rc = take_staged(l, f, &entry, size, err);
    return rc == 0 ? 1 : rc;
}

static int append_aside(struct ledger *l, struct finish *f, int64_t id,
                        int64_t size, bool urgent)
{
    struct db_stmt *q = use(l, Q_CHANGE_PLACE);

    db_bind_i64(q, f->stream);
    db_bind_i64(q, (int64_t)f->at.seq);
    db_bind_hash(q, &f->at.h);
    db_bind_i64(q, size);
    if (urgent)
        db_bind_i64(q, URGENT_WAITS);
    else
        db_bind_null(q);
    db_bind_i64(q, id);
    f->bytes += (uint64_t)size;
    f->appended++;
    return db_run(q);
}

/* 1: one of ours was appended; 0: none is left. `*after` is its old seq. */
static int next_aside(struct ledger *l, struct finish *f, uint64_t *after)
{
    struct db_stmt *q = use(l, Q_REBASE_NEXT);
    struct change_header header = {.kind = 0};
    int64_t id = 0, size = 0;
    bool urgent = false;
    struct hash digest;
    int rc;

    db_bind_i64(q, -f->stream);
    db_bind_i64(q, (int64_t)*after);
    if ((rc = db_step(q)) == 1) {
        id = db_i64(q, 0);
        size = db_i64(q, 3);
        urgent = !db_is_null(q, 4);
        *after = (uint64_t)db_i64(q, 5);
        if (!db_hash(q, 1, &digest))
            rc = ERR_DAMAGED;
        if (l->host.header(&header, db_bytes(q, 2)) != 0)
            header.clock_ms = f->clock_ms; /* damaged: mended later */
    }
    db_done(q);
    if (rc != 1)
        return rc;
    f->at.seq++;
    f->at.h = stream_next(l->hash, &f->at.h, f->at.seq, &digest);
    f->clock_ms = header.clock_ms;
    rc = append_aside(l, f, id, size, urgent);
    return rc == 0 ? 1 : rc;
}

static int put_aside(struct ledger *l, const struct finish *f, uint64_t after)
{
    struct db_stmt *q = use(l, Q_REBASE_ASIDE);

    db_bind_i64(q, f->stream);
    db_bind_i64(q, (int64_t)after);
    return db_run(q);
}

static int exchange(struct ledger *l, struct finish *f, struct error *err)
{
    struct buf memory = {0};
    uint64_t after = 0;
    int rc = put_aside(l, f, l->rebase.after);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    do
        rc = next_staged(l, f, &memory, err);
    while (rc == 1);
    buf_free(&memory);
    if (rc != 0)
        return rc;
    f->staged_bytes = f->bytes;
    do
        rc = next_aside(l, f, &after);
    while (rc == 1);
    if (rc == 0)
        rc = db_run(use(l, Q_STAGED_CLEAR));
    return rc != 0 ? ledger_failed(l, rc, err) : 0;
}

/* The stream row after the exchange; `before` is what it said. */
static int write_stream(struct ledger *l, const struct finish *f,
                        const struct ledger_stream *before, uint64_t kept_bytes,
                        uint64_t staged)
{
    struct stream *s;
    int rc = ledger_stream_get(l, &before->name, &s);

    if (rc != 0)
        return rc;
    s->s.head = f->at;
    s->s.bytes = kept_bytes + f->bytes;
    s->s.acked = staged;
    s->s.acked_bytes = kept_bytes + f->staged_bytes;
    if (staged > s->s.acked_most)
        s->s.acked_most = staged;
    if (f->at.seq != before->head.seq || f->bytes > 0)
        s->s.clock_ms = f->clock_ms;
    return ledger_stream_set(l, s);
}

static int finish(struct ledger *l, const struct stream *s, uint64_t *appended,
                  struct error *err)
{
    struct rebase r = l->rebase;
    struct ledger_stream before = s->s;
    struct finish f = {.stream = before.id, .at = {.seq = r.after}};
    uint64_t leaving = 0;
    int rc;

    if ((rc = ledger_stream_sum(l, before.id, r.after + 1, before.head.seq,
                                &leaving)) != 0 ||
        (rc = ledger_stream_hash(l, s, r.after, &f.at.h)) != 0 ||
        (rc = ledger_word_id(l, r.name.home, WORD_MAKE, &f.home)) != 0)
        return ledger_failed(l, rc, err);
    if ((rc = exchange(l, &f, err)) != 0)
        return rc;
    rc = write_stream(l, &f, &before, before.bytes - leaving, r.at.seq);
    *appended = f.appended;
    return rc != 0 ? ledger_failed(l, rc, err) : 0;
}

int ledger_rebase_finish(struct ledger *l, const struct stream_name *name,
                         uint64_t *appended, struct error *err)
{
    struct stream *s;
    int rc;

    assert(db_has_begun(l->db));
    if (!l->rebase.active || !stream_name_equal(&l->rebase.name, name))
        return error_set(err, ERR_INVALID, "no rebase of %s %s is under way",
                         name->home, name->channel);
    if ((rc = ledger_stream_get(l, name, &s)) != 0 ||
        (rc = db_save(l->db)) != 0)
        return ledger_failed(l, rc, err);
    rc = finish(l, s, appended, err);
    if (rc != 0 || (rc = db_release(l->db)) != 0) {
        (void)db_undo(l->db);
        return rc;
    }
    l->rebase.active = false;
    return 0;
}
