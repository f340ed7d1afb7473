/* common/store/ledger_write.c - append, receive, early, detach, adopt.
 *
 * A batch is one savepoint and its stream row is written once. Only when the
 * host refuses something after it was written is the batch undone and done over
 * with a savepoint for each change (design 4, Applying).
 */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"

enum { JOURNAL_MANY = 32768 }; /* steps kept before they are written */

static int home_word(struct ledger *l, const char *home, uint32_t *out)
{
    return ledger_word_id(l, home, WORD_MAKE, out);
}

static int urgent_of(const struct change *change)
{
    return change->header.flags & CHANGE_EXPEDITED ? URGENT_WAITS : URGENT_NO;
}

/* ---- the chain of a batch */

const struct link *ledger_link(const struct ledger *l, size_t index)
{
    assert((index + 1) * sizeof(struct link) <= l->chain.size);
    return (const struct link *)(const void *)l->chain.data + index;
}

static int check_shape(const struct ledger_batch *b,
                       const struct stream_position *at, struct error *err)
{
    uint64_t last = b->first + b->count - 1;

    if (b->count == 0 || b->first == 0 || last > INT64_MAX || last < b->first ||
        b->head.seq != last)
        return error_set(err, ERR_INVALID, "a batch that is not %zu from %llu",
                         b->count, (unsigned long long)b->first);
    if (b->first > at->seq + 1)
        return error_set(err, ERR_AGAIN, "a gap: %llu came, %llu is next",
                         (unsigned long long)b->first,
                         (unsigned long long)at->seq + 1);
    for (size_t i = 0; i < b->count; i++) {
        int rc = ledger_check_change(&b->changes[i], b->name.home, err);

        if (rc != 0)
            return rc;
    }
    return 0;
}

int ledger_check_batch(struct ledger *l, const struct ledger_batch *b,
                       const struct stream_position *at, size_t *skip,
                       struct error *err)
{
    struct hash h = at->h;
    int rc = check_shape(b, at, err);

    if (rc != 0)
        return rc;
    *skip = at->seq + 1 - b->first < b->count ? (size_t)(at->seq + 1 - b->first)
                                              : b->count;
    buf_clear(&l->chain);
    buf_reserve(&l->chain, b->count * sizeof(struct link));
    for (size_t i = 0; i < b->count; i++) {
        struct link link = {.digest = {{0}}};

        if (i >= *skip) {
            link.digest = change_digest(l->hash, &b->changes[i]);
            h = stream_next(l->hash, &h, b->first + i, &link.digest);
            link.h = h;
        }
        buf_add(&l->chain, &link, sizeof link);
    }
    if (*skip < b->count && !hash_equal(&h, &b->head.h))
        return error_set(err, ERR_CONFLICT, "the chain does not lead to %llu",
                         (unsigned long long)b->head.seq);
    return 0;
}

/* ---- receive */

struct run {
    const struct ledger_batch *batch;
    size_t skip;
    uint32_t home;
    struct stream s; /* as it was, then as it will be */
};

static struct incoming incoming_of(const struct ledger *l, const struct run *r,
                                   size_t i)
{
    const struct link *link = ledger_link(l, i);

    return (struct incoming){.change = &r->batch->changes[i],
                             .digest = link->digest,
                             .size = r->batch->sizes[i],
                             .home = r->home,
                             .stream = r->s.s.id,
                             .seq = r->batch->first + i,
                             .h = link->h,
                             .origin = FROM_STREAM};
}

/* Likely new ones of a batch, until there are as many as a run takes. */
struct gathered {
    struct incoming in[LEDGER_RUN];
    size_t count;
};

static int put_gathered(struct ledger *l, struct gathered *g, struct error *err)
{
    int rc = 0;

    if (g->count == LEDGER_RUN)
        rc = ledger_put_run(l, g->in, err);
    else
        for (size_t i = 0; i < g->count && rc == 0; i++)
            rc = ledger_put(l, &g->in[i], NULL, err);
    g->count = 0;
    return rc;
}

static bool is_gathered(const struct gathered *g, const struct id *record)
{
    for (size_t i = 0; i < g->count; i++)
        if (id_equal(&g->in[i].change->header.record, record))
            return true;
    return false;
}

/* The versions of one record keep the order of the stream; records need none
 * among each other. */
static int put_next(struct ledger *l, struct gathered *g,
                    const struct incoming *in, struct error *err)
{
    int rc = 0;

    if (g->count == LEDGER_RUN || is_gathered(g, &in->change->header.record))
        rc = put_gathered(l, g, err);
    if (rc != 0)
        return rc;
    if ((rc = ledger_is_likely_new(l, in)) < 0)
        return ledger_failed(l, rc, err);
    if (rc == 0)
        return ledger_put(l, in, NULL, err);
    g->in[g->count++] = *in;
    return 0;
}

static int put_fast(struct ledger *l, const struct run *r, struct error *err)
{
    struct gathered g = {.count = 0};
    int rc = 0;

    for (size_t i = r->skip; i < r->batch->count && rc == 0; i++) {
        struct incoming in = incoming_of(l, r, i);

        rc = put_next(l, &g, &in, err);
    }
    return rc != 0 ? rc : put_gathered(l, &g, err);
}

static int put_alone(struct ledger *l, const struct run *r, struct error *err)
{
    int rc = 0;

    for (size_t i = r->skip; i < r->batch->count && rc == 0; i++) {
        struct incoming in = incoming_of(l, r, i);

        rc = ledger_put_alone(l, &in, NULL, err);
    }
    return rc;
}

static int move_head(struct ledger *l, struct run *r)
{
    const struct ledger_batch *b = r->batch;
    struct db_stmt *q;
    int rc;

    for (size_t i = r->skip; i < b->count; i++)
        r->s.s.bytes += b->sizes[i];
    r->s.s.head = b->head;
    r->s.s.clock_ms = b->changes[b->count - 1].header.clock_ms;
    if ((rc = ledger_stream_set(l, &r->s)) != 0 || b->signed_head.size == 0)
        return rc;
    q = use(l, Q_STREAM_HEAD);
    db_bind_bytes(q, b->signed_head);
    db_bind_i64(q, r->s.s.id);
    return db_run(q);
}

static int put_batch(struct ledger *l, struct run *r, bool alone,
                     struct error *err)
{
    struct stream *at;
    int rc = db_save(l->db);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    if ((rc = alone ? put_alone(l, r, err) : put_fast(l, r, err)) != 0)
        goto undo;
    if ((rc = move_head(l, r)) != 0 || (rc = db_release(l->db)) != 0) {
        rc = ledger_failed(l, rc, err);
        goto undo;
    }
    rc = ledger_stream_get(l, &r->batch->name, &at);
    if (rc == 0)
        at->s = r->s.s;
    return rc;
undo:
    (void)db_undo(l->db);
    return rc;
}

/* Everything in it is held already: does it end where ours does? */
static int check_repeat(struct ledger *l, const struct run *r,
                        struct error *err)
{
    const struct stream_position *head = &r->batch->head;
    struct hash h;
    int rc = ledger_stream_hash(l, &r->s, head->seq, &h);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    if (!hash_equal(&h, &head->h))
        return error_set(err, ERR_CONFLICT, "another %llu than ours",
                         (unsigned long long)head->seq);
    return 0;
}

int ledger_receive(struct ledger *l, const struct ledger_batch *batch,
                   struct stream_position *reached, struct error *err)
{
    struct run r = {.batch = batch};
    struct stream *s;
    int rc;

    assert(db_has_begun(l->db));
    if (l->mark_count == 1 && l->count > JOURNAL_MANY &&
        (rc = ledger_flush(l)) != 0)
        return ledger_failed(l, rc, err);
    if ((rc = ledger_stream_make(l, &batch->name, false, &s)) != 0)
        return error_set(err, rc, "%s %s is no copy to receive into",
                         batch->name.home, batch->name.channel);
    r.s = *s;
    *reached = s->s.head;
    if ((rc = ledger_check_batch(l, batch, &s->s.head, &r.skip, err)) != 0)
        return rc;
    if (r.skip == batch->count)
        return check_repeat(l, &r, err);
    if ((rc = home_word(l, batch->name.home, &r.home)) != 0)
        return ledger_failed(l, rc, err);
    rc = put_batch(l, &r, false, err);
    if (rc != 0 && !db_code_is_world(rc))
        rc = put_batch(l, &r, true, err);
    if (rc == 0)
        *reached = batch->head;
    return rc;
}

/* ---- our own */

/* The next place of the stream for this change. */
static struct incoming next_place(struct ledger *l, const struct stream *s,
                                  const struct change *change, size_t size,
                                  uint32_t home)
{
    struct incoming in = {.change = change,
                          .digest = change_digest(l->hash, change),
                          .size = size,
                          .home = home,
                          .stream = s->s.id,
                          .seq = s->s.head.seq + 1,
                          .urgent = urgent_of(change),
                          .origin = FROM_SELF};

    in.h = stream_next(l->hash, &s->s.head.h, in.seq, &in.digest);
    return in;
}

static int lengthen(struct ledger *l, const struct stream_name *name,
                    const struct incoming *in)
{
    struct stream *s, longer;
    int rc = ledger_stream_get(l, name, &s); /* may have been dropped */

    if (rc != 0)
        return rc;
    longer = *s;
    longer.s.head = (struct stream_position){in->seq, in->h};
    longer.s.bytes += in->size;
    longer.s.clock_ms = in->change->header.clock_ms;
    if ((rc = ledger_stream_set(l, &longer)) == 0)
        *s = longer;
    return rc;
}

static int own_stream(struct ledger *l, const struct stream_name *name,
                      const struct change *change, struct stream **s,
                      uint32_t *home, struct error *err)
{
    int rc = ledger_check_change(change, name->home, err);

    assert(db_has_begun(l->db));
    if (rc != 0)
        return rc;
    if ((rc = home_word(l, name->home, home)) != 0)
        return ledger_failed(l, rc, err);
    if ((rc = ledger_stream_make(l, name, true, s)) != 0)
        return error_set(err, rc, "%s %s is no stream of ours", name->home,
                         name->channel);
    return 0;
}

int ledger_append(struct ledger *l, const struct stream_name *name,
                  struct entry *entry, size_t size, struct error *err)
{
    struct incoming in;
    struct stream *s;
    uint32_t home;
    int rc = own_stream(l, name, &entry->change, &s, &home, err);

    if (rc != 0)
        return rc;
    in = next_place(l, s, &entry->change, size, home);
    in.strict = true;
    if ((rc = ledger_put_alone(l, &in, &entry->id, err)) != 0)
        return rc;
    if ((rc = lengthen(l, name, &in)) != 0)
        return ledger_failed(l, rc, err);
    entry->digest = in.digest;
    entry->seq = in.seq;
    entry->h = in.h;
    return 0;
}

int ledger_adopt(struct ledger *l, const struct stream_name *name,
                 const struct entry *entry, size_t size, struct error *err)
{
    const struct change_header *header = &entry->change.header;
    struct incoming in;
    struct stream *s;
    int64_t id, where;
    uint32_t home;
    int rc = own_stream(l, name, &entry->change, &s, &home, err);

    if (rc != 0)
        return rc;
    in = next_place(l, s, &entry->change, size, home);
    in.origin = FROM_EARLY;
    rc = ledger_held(l, home, &header->record, header->version, &in.digest, &id,
                     &where);
    if (rc < 0)
        return ledger_failed(l, rc, err);
    if (rc == 1 && where != 0)
        return error_set(err, ERR_EXISTS, "held already");
    if ((rc = ledger_put_alone(l, &in, &id, err)) != 0)
        return rc;
    rc = lengthen(l, name, &in);
    return rc != 0 ? ledger_failed(l, rc, err) : 0;
}

/* ---- early arrivals */

int ledger_early(struct ledger *l, const struct entry *entry, size_t size,
                 struct error *err)
{
    const struct change *change = &entry->change;
    struct incoming in = {.change = change, .size = size, .origin = FROM_EARLY};
    int64_t id, where;
    int rc;

    assert(db_has_begun(l->db));
    if ((rc = ledger_check_change(change, change->header.home, err)) != 0)
        return rc;
    if ((rc = home_word(l, change->header.home, &in.home)) != 0)
        return ledger_failed(l, rc, err);
    in.digest = change_digest(l->hash, change);
    rc = ledger_held(l, in.home, &change->header.record, change->header.version,
                     &in.digest, &id, &where);
    if (rc == 0)
        return ledger_put_alone(l, &in, NULL, err);
    if (rc == 1)
        rc = ledger_complete(l, id, change);
    return rc != 0 ? ledger_failed(l, rc, err)
                   : error_set(err, ERR_EXISTS, "held already");
}

int ledger_clock_at(struct ledger *l, int64_t stream, uint64_t seq,
                    int64_t *clock_ms)
{
    struct db_stmt *q = use(l, Q_STREAM_AT);
    struct change_header header;
    int rc;

    *clock_ms = 0;
    db_bind_i64(q, stream);
    db_bind_i64(q, (int64_t)seq);
    if ((rc = db_step(q)) == 1) {
        rc = 0; /* a damaged header has no clock */
        if (l->host.header(&header, db_bytes(q, 1)) == 0)
            *clock_ms = header.clock_ms;
    }
    db_done(q);
    return rc;
}

static int cut_stream(struct ledger *l, struct stream *s, uint64_t after)
{
    struct stream cut = *s;
    struct db_stmt *q;
    uint64_t sum = 0;
    int rc;

    if ((rc = ledger_stream_sum(l, s->s.id, after + 1, s->s.head.seq, &sum)) !=
            0 ||
        (rc = ledger_stream_hash(l, s, after, &cut.s.head.h)) != 0 ||
        (rc = ledger_clock_at(l, s->s.id, after, &cut.s.clock_ms)) != 0)
        return rc;
    cut.s.head.seq = after;
    cut.s.bytes -= sum;
    q = use(l, Q_DETACH);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)after);
    if ((rc = db_run(q)) != 0 || (rc = ledger_stream_set(l, &cut)) != 0)
        return rc;
    *s = cut;
    q = use(l, Q_STREAM_HEAD); /* the signed head lay beyond */
    db_bind_null(q);
    db_bind_i64(q, s->s.id);
    return db_run(q);
}

int ledger_detach(struct ledger *l, const struct stream_name *name,
                  uint64_t after)
{
    struct stream *s;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    if (s->s.own)
        return ERR_INVALID;
    if (after >= s->s.head.seq)
        return 0;
    if ((rc = db_save(l->db)) != 0)
        return rc;
    if ((rc = cut_stream(l, s, after)) != 0) {
        (void)db_undo(l->db);
        return rc;
    }
    return db_release(l->db);
}
