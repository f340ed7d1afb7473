/* common/store/ledger_streams.c - streams, their heads and acknowledgements.
 *
 * A writer keeps the rows in memory: nobody else writes them. A reader asks
 * every time.
 */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"

void ledger_streams_drop(struct ledger *l)
{
    for (size_t i = 0; i < l->streams.room; i++)
        mem_free(&l->streams.by_name[i]);
    mem_free(&l->streams.by_name);
    l->streams = (struct streams){0};
}

/* The columns of STREAM (ledger_queries.c). */
static int row_stream(struct db_stmt *q, struct stream *out)
{
    struct ledger_stream *s = &out->s;

    s->id = db_i64(q, 0);
    s->name = stream_name_make(db_text(q, 1), db_text(q, 2));
    s->own = db_i64(q, 3) != 0;
    s->head.seq = (uint64_t)db_i64(q, 4);
    s->acked = (uint64_t)db_i64(q, 7);
    s->acked_most = (uint64_t)db_i64(q, 8);
    s->acked_bytes = (uint64_t)db_i64(q, 9);
    s->clock_ms = db_i64(q, 10);
    s->bytes = (uint64_t)db_i64(q, 11);
    return db_hash(q, 5, &s->head.h) && db_hash(q, 6, &out->zero) ? 0
                                                                  : ERR_DAMAGED;
}

static uint32_t mix(uint32_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 16777619u; /* FNV-1a */
    return h;
}

/* Where it stands, or would stand; a hub of the nation has ten thousand. */
static struct stream **place_of(const struct streams *all,
                                const struct stream_name *name)
{
    uint32_t h = mix(mix(2166136261u, name->home), name->channel);
    size_t at = h & (all->room - 1);

    while (all->by_name[at] &&
           !stream_name_equal(&all->by_name[at]->s.name, name))
        at = (at + 1) & (all->room - 1);
    return &all->by_name[at];
}

static struct stream *known(struct ledger *l, const struct stream_name *name)
{
    return l->streams.room ? *place_of(&l->streams, name) : NULL;
}

static void grow(struct streams *all)
{
    struct streams old = *all;

    all->room = old.room ? 2 * old.room : 16;
    all->by_name = mem_array(all->room, sizeof(struct stream *));
    for (size_t i = 0; i < old.room; i++)
        if (old.by_name[i])
            *place_of(all, &old.by_name[i]->s.name) = old.by_name[i];
    mem_free(&old.by_name);
}

static struct stream *remember(struct ledger *l, const struct stream *s)
{
    struct streams *all = &l->streams;
    struct stream *at = known(l, &s->s.name);

    if (!at) {
        if (2 * (all->count + 1) > all->room)
            grow(all);
        at = mem_new(sizeof *at);
        *place_of(all, &s->s.name) = at;
        all->count++;
    }
    *at = *s;
    return at;
}

int ledger_stream_get(struct ledger *l, const struct stream_name *name,
                      struct stream **out)
{
    struct stream found;
    struct db_stmt *q;
    int rc;

    if (db_can_write(l->db) && (*out = known(l, name)))
        return 0;
    q = use(l, Q_STREAM_FIND);
    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    rc = db_step(q);
    if (rc == 1)
        rc = row_stream(q, &found);
    else if (rc == 0)
        rc = ERR_MISSING;
    db_done(q);
    if (rc == 0)
        *out = remember(l, &found);
    return rc;
}

int ledger_stream_make(struct ledger *l, const struct stream_name *name,
                       bool own, struct stream **out)
{
    struct hash zero;
    struct db_stmt *q;
    int rc = ledger_stream_get(l, name, out);

    if (rc == 0)
        return (*out)->s.own == own ? 0 : ERR_INVALID;
    if (rc != ERR_MISSING || !db_can_write(l->db))
        return rc;
    if (!stream_name_valid(name))
        return ERR_INVALID;
    zero = stream_zero(l->hash, name);
    q = use(l, Q_STREAM_ADD);
    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    db_bind_i64(q, own);
    db_bind_hash(q, &zero);
    rc = db_run(q);
    return rc != 0 ? rc : ledger_stream_get(l, name, out);
}

int ledger_stream(struct ledger *l, struct ledger_stream *out,
                  const struct stream_name *name, bool own)
{
    struct stream *s;
    int rc = ledger_stream_make(l, name, own, &s);

    if (rc == 0)
        *out = s->s;
    return rc;
}

int ledger_stream_set(struct ledger *l, const struct stream *s)
{
    struct db_stmt *q = use(l, Q_STREAM_SET);

    db_bind_i64(q, (int64_t)s->s.head.seq);
    db_bind_hash(q, &s->s.head.h);
    db_bind_i64(q, (int64_t)s->s.acked);
    db_bind_i64(q, (int64_t)s->s.acked_most);
    db_bind_i64(q, (int64_t)s->s.acked_bytes);
    db_bind_i64(q, s->s.clock_ms);
    db_bind_i64(q, (int64_t)s->s.bytes);
    db_bind_i64(q, s->s.id);
    return db_run(q);
}

int ledger_streams(struct ledger *l,
                   int (*each)(void *who, const struct ledger_stream *s),
                   void *who)
{
    struct db_stmt *q = use(l, Q_STREAM_ALL);
    struct stream s;
    int rc;

    while ((rc = db_step(q)) == 1)
        if ((rc = row_stream(q, &s)) != 0 || (rc = each(who, &s.s)) != 0)
            break;
    db_done(q);
    return rc;
}

/* ---- positions */

int ledger_stream_hash(struct ledger *l, const struct stream *s, uint64_t seq,
                       struct hash *out)
{
    struct db_stmt *q;
    int rc;

    if (seq == 0 || seq == s->s.head.seq) {
        *out = seq == 0 ? s->zero : s->s.head.h;
        return 0;
    }
    if (seq > s->s.head.seq)
        return ERR_MISSING;
    q = use(l, Q_STREAM_AT);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)seq);
    rc = db_step(q);
    if (rc == 1)
        rc = db_hash(q, 0, out) ? 0 : ERR_DAMAGED;
    else if (rc == 0)
        rc = ERR_MISSING;
    db_done(q);
    return rc;
}

int ledger_hash_at(struct ledger *l, const struct stream_name *name,
                   uint64_t seq, struct hash *out)
{
    struct stream *s;
    int rc = ledger_stream_get(l, name, &s);

    return rc != 0 ? rc : ledger_stream_hash(l, s, seq, out);
}

int ledger_chain(struct ledger *l, const struct stream_name *name,
                 uint64_t first, const struct change *changes, size_t count,
                 struct hash *h)
{
    struct stream *s;
    int rc = ledger_stream_make(l, name, false, &s);

    if (rc != 0)
        return rc;
    if (first == 0 || first > s->s.head.seq + 1)
        return ERR_AGAIN;
    rc = ledger_stream_hash(l, s, first - 1, h);
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct hash digest = change_digest(l->hash, &changes[i]);

        *h = stream_next(l->hash, h, first + i, &digest);
    }
    return rc;
}

int ledger_claim(struct ledger *l, const struct stream_name *name,
                 struct stream_claim *out)
{
    uint64_t seqs[LIMIT_SAMPLES];
    struct stream *s;
    size_t count;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    count = stream_sample_seqs(s->s.head.seq, seqs);
    out->name = *name;
    out->sample_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct stream_position *at = &out->samples[out->sample_count];

        at->seq = seqs[i];
        rc = ledger_stream_hash(l, s, seqs[i], &at->h);
        if (rc == 0)
            out->sample_count++;
        else if (rc != ERR_DAMAGED && rc != ERR_MISSING)
            return rc; /* one that is damaged is not named */
    }
    return 0;
}

/* ---- acknowledgements */

int ledger_stream_sum(struct ledger *l, int64_t stream, uint64_t from,
                      uint64_t to, uint64_t *out)
{
    struct db_stmt *q = use(l, Q_STREAM_SUM);
    int rc;

    db_bind_i64(q, stream);
    db_bind_i64(q, (int64_t)from);
    db_bind_i64(q, (int64_t)to);
    rc = db_step(q);
    if (rc == 1)
        *out = (uint64_t)db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

static int move_acked(struct ledger *l, struct ledger_stream *s, uint64_t seq)
{
    bool forward = seq > s->acked;
    uint64_t sum = 0;
    int rc = forward ? ledger_stream_sum(l, s->id, s->acked + 1, seq, &sum)
                     : ledger_stream_sum(l, s->id, seq + 1, s->acked, &sum);

    s->acked_bytes = forward ? s->acked_bytes + sum : s->acked_bytes - sum;
    s->acked = seq;
    if (seq > s->acked_most)
        s->acked_most = seq;
    return rc;
}

int ledger_set_acked(struct ledger *l, const struct stream_name *name,
                     uint64_t seq)
{
    struct stream *s, moved;
    struct db_stmt *q;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    if (!s->s.own || seq > s->s.head.seq)
        return ERR_INVALID;
    moved = *s;
    if (seq != s->s.acked && (rc = move_acked(l, &moved.s, seq)) == 0)
        rc = ledger_stream_set(l, &moved);
    if (rc != 0)
        return rc;
    *s = moved;
    q = use(l, Q_STREAM_ACK);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)seq);
    return db_run(q);
}
