/* common/store/ledger_salvage.c - the changes of a damaged database, as if they
 * came in now. See salvage.h.
 */
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"
#include "common/store/ledger_vault.h"
#include "common/store/salvage_inside.h"

#define OLD_STREAM                                                             \
    "home, channel, zero, head, h, acked, acked_most, vaulted, signed_head"
#define OLD_QUARANTINE "since_ms, reason"
/* As ENTRY (ledger_queries.c), and more. */
#define OLD_CHANGE                                                             \
    "id, seq, h, digest, header, fact_salt, fact, body_salt, body,"            \
    " vault_salt, vault, signature, stream, size, urgent"

enum { SIGNED_HEAD_BYTES = 1024 };

struct old_stream {
    int64_t old, id; /* rows there and here */
    struct stream_name name;
    bool own, known; /* known: what follows was read */
    struct stream_position head;
    uint64_t acked, acked_most, vaulted;
    uint8_t signed_head[SIGNED_HEAD_BYTES];
    size_t signed_size;
};

struct old_quarantine {
    int64_t change, since_ms;
    char *reason;
};

struct moving {
    struct ledger *l;
    struct salvage *s;
    const struct salvage_plan *plan;
    struct old_stream *streams;
    size_t count;
    struct old_quarantine *quarantined;
    size_t quarantined_count, quarantined_at;
    struct buf memory;
    uint64_t rows;
    struct error why;
};

/* ---- streams, as they were */

/* One of its two names may have rotted: the other leads to it. */
static bool name_of(const struct moving *m, const struct stream_name *said,
                    bool has_zero, const struct hash *zero,
                    struct stream_name *out)
{
    for (size_t i = 0; i < m->plan->count; i++) {
        struct hash should = stream_zero(m->l->hash, &m->plan->names[i]);

        *out = m->plan->names[i];
        if (stream_name_equal(out, said) ||
            (has_zero && hash_equal(zero, &should)))
            return true;
    }
    return false;
}

static struct old_stream *add_stream(struct moving *m, int64_t old,
                                     const struct stream_name *name)
{
    struct old_stream *o;

    for (size_t i = 0; i < m->count; i++)
        if (stream_name_equal(&m->streams[i].name, name))
            return NULL;
    m->streams = mem_grow(m->streams, m->count + 1, sizeof *m->streams);
    o = &m->streams[m->count++];
    memset(o, 0, sizeof *o);
    o->old = old;
    o->name = *name;
    o->own = strcmp(name->home, m->plan->own) == 0;
    return o;
}

/* row, then OLD_STREAM */
static int see_stream(void *who, struct db_stmt *q)
{
    struct moving *m = who;
    struct stream_name said = stream_name_make(db_text(q, 1), db_text(q, 2));
    struct bytes blob = db_bytes(q, 9);
    struct stream_name name;
    struct old_stream *o;
    struct hash zero;

    if (!name_of(m, &said, db_hash(q, 3, &zero), &zero, &name) ||
        (o = add_stream(m, db_i64(q, 0), &name)) == NULL)
        return 0;
    o->known = true;
    o->head.seq = (uint64_t)db_i64(q, 4);
    (void)db_hash(q, 5, &o->head.h);
    o->acked = (uint64_t)db_i64(q, 6);
    o->acked_most = (uint64_t)db_i64(q, 7);
    o->vaulted = (uint64_t)db_i64(q, 8);
    if (blob.size > 0 && blob.size <= sizeof o->signed_head) {
        memcpy(o->signed_head, blob.data, blob.size);
        o->signed_size = blob.size;
    }
    return 0;
}

/* The row of the stream is gone: its first change leads to it. */
static struct old_stream *guess(struct moving *m, int64_t old,
                                const struct entry *e)
{
    for (size_t i = 0; i < m->plan->count && e->seq == 1; i++) {
        const struct stream_name *name = &m->plan->names[i];
        struct hash zero = stream_zero(m->l->hash, name);
        struct hash h = stream_next(m->l->hash, &zero, 1, &e->digest);

        if (hash_equal(&h, &e->h))
            return add_stream(m, old, name);
    }
    return NULL;
}

static struct old_stream *find_stream(struct moving *m, int64_t old,
                                      const struct entry *e)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->streams[i].old == old)
            return &m->streams[i];
    return guess(m, old, e);
}

static int make_stream(struct moving *m, struct old_stream *o)
{
    struct stream *made;
    int rc = ledger_stream_make(m->l, &o->name, o->own, &made);

    if (rc == 0)
        o->id = made->s.id;
    return rc;
}

/* ---- what was quarantined */

/* row, then OLD_QUARANTINE */
static int see_quarantined(void *who, struct db_stmt *q)
{
    struct moving *m = who;
    struct old_quarantine *o;

    m->quarantined = mem_grow(m->quarantined, m->quarantined_count + 1,
                              sizeof *m->quarantined);
    o = &m->quarantined[m->quarantined_count++];
    o->change = db_i64(q, 0);
    o->since_ms = db_i64(q, 1);
    o->reason = mem_text(db_text(q, 2));
    return 0;
}

static const struct old_quarantine *quarantine_of(struct moving *m,
                                                  int64_t change)
{
    size_t *at = &m->quarantined_at;

    while (*at < m->quarantined_count && m->quarantined[*at].change < change)
        ++*at;
    return *at < m->quarantined_count && m->quarantined[*at].change == change
               ? &m->quarantined[*at]
               : NULL;
}

/* ---- changes */

/* The digest itself has one wrong bit: the bytes are right. */
static bool digest_rotted(const struct hash *now, const struct hash *kept)
{
    int bits = 0;

    for (size_t i = 0; i < sizeof now->bytes; i++)
        bits += __builtin_popcount(now->bytes[i] ^ kept->bytes[i]);
    return bits == 1;
}

static bool is_proved(struct moving *m, struct entry *e)
{
    struct hash now = change_digest(m->l->hash, &e->change);

    if (ledger_is_whole(m->l, &e->change, &e->digest))
        return true;
    if (!digest_rotted(&now, &e->digest) ||
        m->l->host.header(&e->change.header, e->change.header_bytes) != 0)
        return false;
    e->digest = now;
    return true;
}

static int place(struct moving *m, int64_t old, const struct entry *e,
                 struct incoming *in)
{
    struct old_stream *o = e->seq > 0 ? find_stream(m, old, e) : NULL;
    int rc;

    if (o == NULL || strcmp(o->name.home, e->change.header.home) != 0)
        return 0;
    if (o->id == 0 && (rc = make_stream(m, o)) != 0)
        return rc;
    in->stream = o->id;
    in->seq = e->seq;
    in->h = e->h;
    return 0;
}

/* Whole, or nothing of it: its record as well. */
static int put_one(struct moving *m, const struct incoming *in, int64_t row)
{
    const struct old_quarantine *aside = quarantine_of(m, row);
    struct ledger *l = m->l;
    int64_t now_ms = l->wall_ms;
    int rc = db_save(l->db);

    if (rc != 0)
        return rc;
    l->next_change = row;
    if (aside == NULL) {
        rc = ledger_put_alone(l, in, NULL, &m->why);
    } else {
        l->wall_ms = aside->since_ms;
        rc = ledger_put_aside(l, in, aside->reason);
        l->wall_ms = now_ms;
    }
    if (rc == 0)
        return db_release(l->db);
    (void)db_undo(l->db);
    return rc;
}

static void say_lost(struct moving *m, int64_t row, const struct entry *e)
{
    char id[ID_TEXT_BYTES];

    m->s->counts.changes_lost++;
    if (e->change.header.version > 0)
        salvage_say(m->s, "record %s, version %llu of %s: damaged",
                    id_text(id, &e->change.header.record),
                    (unsigned long long)e->change.header.version,
                    e->change.header.home);
    else
        salvage_say(m->s, "the change in row %lld: damaged", (long long)row);
}

static int put_change(struct moving *m, int64_t row, const struct entry *e,
                      struct incoming *in)
{
    int rc = ledger_word_id(m->l, e->change.header.home, WORD_MAKE, &in->home);

    if (rc != 0)
        return rc;
    rc = put_one(m, in, row);
    if (rc == ERR_EXISTS && in->stream != 0) { /* another stands there */
        in->stream = 0;
        in->seq = 0;
        rc = put_one(m, in, row);
    }
    if (rc == 0)
        m->s->counts.changes++;
    else if (!db_code_is_world(rc))
        say_lost(m, row, e);
    return db_code_is_world(rc) ? rc : 0;
}

/* row, then OLD_CHANGE */
static int see_change(void *who, struct db_stmt *q)
{
    struct moving *m = who;
    int64_t row = db_i64(q, 0), size = db_i64(q, 14), urgent = db_i64(q, 15);
    struct entry raw, e;
    struct incoming in = {.change = &e.change,
                          .size =
                              size > 0 && size < INT32_MAX ? (size_t)size : 0,
                          .origin = FROM_STREAM};
    int rc;

    (void)ledger_entry_raw(m->l, q, 1, &raw);
    ledger_entry_copy(&e, &raw, &m->memory);
    if (!is_proved(m, &e)) {
        say_lost(m, row, &e);
        return 0;
    }
    if (urgent == URGENT_WAITS || urgent == URGENT_SETTLED)
        in.urgent = (int)urgent;
    in.digest = e.digest;
    if ((rc = place(m, db_i64(q, 13), &e, &in)) != 0 ||
        (rc = put_change(m, row, &e, &in)) != 0)
        return rc;
    return salvage_step(m->l->db, &m->rows);
}

/* ---- streams, as they are now */

/* Where the chain goes on, and a place whose own h may have rotted. */
struct following {
    struct stream_position good;
    int64_t doubtful; /* row; 0: none */
    struct hash doubtful_h;
};

static bool goes_on(struct moving *m, struct following *f, uint64_t seq,
                    const struct hash *digest, const struct hash *h)
{
    struct hash next = stream_next(m->l->hash, &f->good.h, seq, digest);

    if (!hash_equal(&next, h))
        return false;
    f->good = (struct stream_position){seq, next};
    return true;
}

/* h of the place at `row` is made right: what follows it says so. */
static int mend_h(struct moving *m, int64_t stream, uint64_t seq,
                  const struct hash *h)
{
    struct db_stmt *q = use(m->l, Q_SALVAGE_H);

    db_bind_hash(q, h);
    db_bind_i64(q, stream);
    db_bind_i64(q, (int64_t)seq);
    return db_run(q);
}

/* One place on; 1: the chain ends before it. */
static int follow_one(struct moving *m, struct following *f, struct db_stmt *q,
                      int64_t stream)
{
    uint64_t seq = (uint64_t)db_i64(q, 0);
    struct stream_position before = f->good;
    struct hash digest, h;
    int rc = 0;

    if (!db_hash(q, 1, &digest))
        return 1;
    if (!db_hash(q, 2, &h))
        memset(&h, 0, sizeof h);
    if (f->doubtful != 0) {
        f->good = (struct stream_position){before.seq + 1, f->doubtful_h};
        if (seq != f->good.seq + 1 || !goes_on(m, f, seq, &digest, &h)) {
            f->good = before;
            return 1;
        }
        f->doubtful = 0;
        rc = mend_h(m, stream, seq - 1, &f->doubtful_h);
    } else if (seq != f->good.seq + 1) {
        return 1;
    } else if (!goes_on(m, f, seq, &digest, &h)) {
        f->doubtful = 1;
        f->doubtful_h = stream_next(m->l->hash, &before.h, seq, &digest);
    }
    return rc;
}

/* The last place up to which the chain holds. */
static int follow(struct moving *m, const struct old_stream *o,
                  const struct stream *made, struct stream_position *good)
{
    struct following f = {.good = {0, made->zero}};
    struct db_stmt *q = use(m->l, Q_VERIFY_CHAIN);
    int rc;

    db_bind_i64(q, made->s.id);
    db_bind_i64(q, 1);
    db_bind_i64(q, INT64_MAX);
    while ((rc = db_step(q)) == 1)
        if ((rc = follow_one(m, &f, q, made->s.id)) != 0)
            break;
    db_done(q);
    if (rc >= 0 && f.doubtful != 0 && o->known &&
        o->head.seq == f.good.seq + 1 &&
        hash_equal(&o->head.h, &f.doubtful_h)) {
        rc = mend_h(m, made->s.id, o->head.seq, &f.doubtful_h);
        f.good = o->head;
    }
    *good = f.good;
    return rc > 0 ? 0 : rc;
}

static int keep_signed_head(struct moving *m, const struct old_stream *o,
                            const struct stream *made)
{
    struct bytes blob = bytes_of(o->signed_head, o->signed_size);
    struct db_stmt *q;

    if (blob.size == 0 ||
        !m->plan->head_good(m->plan->who, &o->name, &made->s.head, blob))
        return 0;
    q = use(m->l, Q_STREAM_HEAD);
    db_bind_bytes(q, blob);
    db_bind_i64(q, made->s.id);
    return db_run(q);
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

static int set_positions(struct moving *m, const struct old_stream *o,
                         struct stream *made, uint64_t good)
{
    uint64_t vaulted = m->s->counts.vault_lost ? 0 : smaller(o->vaulted, good);
    struct ledger_lacking lacking = {vaulted > 0,
                                     vaulted}; /* to be looked at */
    int rc;

    if (o->own) {
        made->s.acked = smaller(o->acked, good);
        made->s.acked_most = o->acked_most;
        rc = ledger_stream_sum(m->l, made->s.id, 1, made->s.acked,
                               &made->s.acked_bytes);
        if (rc != 0 || (rc = ledger_stream_set(m->l, made)) != 0)
            return rc;
    }
    rc = ledger_set_vaulted(m->l, &o->name, vaulted);
    if (rc == 0 && !o->own)
        rc = ledger_set_lacking(m->l, &o->name, &lacking);
    return rc != 0 ? rc : keep_signed_head(m, o, made);
}

static int finish_stream(struct moving *m, const struct old_stream *o)
{
    struct stream_position good;
    struct stream *made;
    int rc = ledger_stream_make(m->l, &o->name, o->own, &made);

    if (rc != 0 || (rc = follow(m, o, made, &good)) != 0 ||
        (rc = ledger_stream_end(m->l, made, &good,
                                o->own || m->plan->closes_up)) != 0)
        return rc;
    if (!o->known || good.seq < o->head.seq || made->s.head.seq > good.seq) {
        m->s->counts.holes++;
        m->s->counts.own_hole |= o->own;
        salvage_say(m->s,
                    "%s of %s is whole to position %llu; what came behind it "
                    "is compared with the other side",
                    o->name.channel, o->name.home,
                    (unsigned long long)good.seq);
    }
    return set_positions(m, o, made, good.seq);
}

/* ---- all of it */

static int walk(struct moving *m, const char *table, const char *columns,
                int (*each)(void *who, struct db_stmt *row), uint64_t *unread)
{
    bool end;
    int rc = salvage_walk(m->s, table, columns, each, m, unread, &end);

    if (rc == ERR_MISSING || end) {
        salvage_say(m->s, "%s: %s could not be read", table,
                    end ? "its end" : "nothing of it");
        rc = rc == ERR_MISSING ? 0 : rc;
    }
    return rc;
}

static int move_changes(struct moving *m)
{
    uint64_t unread = 0;
    int rc = walk(m, "change", OLD_CHANGE, see_change, &unread);

    m->s->counts.changes_lost += unread;
    if (unread > 0)
        salvage_say(m->s, "up to %llu changes could not be read at all",
                    (unsigned long long)unread);
    return rc;
}

static int move_all(struct moving *m)
{
    uint64_t unread;
    int rc;

    if ((rc = walk(m, "stream", OLD_STREAM, see_stream, &unread)) != 0 ||
        (rc = walk(m, "quarantine", OLD_QUARANTINE, see_quarantined,
                   &unread)) != 0 ||
        (rc = move_changes(m)) != 0)
        return rc;
    for (size_t i = 0; i < m->count && rc == 0; i++)
        rc = finish_stream(m, &m->streams[i]);
    return rc != 0 ? rc : db_run(use(m->l, Q_SALVAGE_VAULT));
}

int ledger_salvage(struct ledger *l, struct salvage *salvage,
                   const struct salvage_plan *plan, struct error *err)
{
    struct moving m = {.l = l, .s = salvage, .plan = plan};
    int rc = db_begin(l->db);

    if (rc == 0 && (rc = move_all(&m)) == 0)
        rc = db_commit(l->db);
    if (rc != 0) {
        (void)ledger_failed(l, rc, err);
        db_rollback(l->db);
    }
    for (size_t i = 0; i < m.quarantined_count; i++)
        mem_free(&m.quarantined[i].reason);
    mem_free(&m.quarantined);
    mem_free(&m.streams);
    buf_free(&m.memory);
    return rc;
}
