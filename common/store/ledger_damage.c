/* common/store/ledger_damage.c - changes that rotted: noted, mended, left out.
 *
 * A digest proves bytes, and the chain of a stream proves digests. So most of
 * what a single flipped bit does can be put right from what is here; for the
 * rest the digest says what to ask for, and recognises it when it comes.
 */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"
#include "common/store/ledger_vault.h"

enum {
    SEARCH_BYTES = 2048, /* of a part that is searched for its bit */
    SCRUB_LATEST = 2000
};

/* ---- one bit, found by the digest */

struct search {
    struct ledger *l;
    struct change change; /* stubs, but for what is searched */
    struct hash want;
};

static bool fits(const struct search *s)
{
    struct hash digest = change_digest(s->l->hash, &s->change);

    return hash_equal(&digest, &s->want);
}

/* Leaves the right bit turned. `bytes` is what `s->change` holds or borrows. */
static bool turn_bits(struct search *s, uint8_t *bytes, size_t size)
{
    for (size_t bit = 0; bit < 8 * size; bit++) {
        uint8_t mask = (uint8_t)(1u << bit % 8);

        bytes[bit / 8] ^= mask;
        if (fits(s))
            return true;
        bytes[bit / 8] ^= mask;
    }
    return false;
}

static struct part stub_of(const struct ledger *l, const struct part *part)
{
    struct part stub = {.form = PART_STUB};

    if (part->form == PART_ABSENT)
        return *part;
    stub.hash = part_hash(l->hash, part);
    return stub;
}

static bool search_part(struct search *s, struct part *part, int i)
{
    struct part *at = &s->change.part[i];
    struct part stub = *at;
    bool found = false;

    if (part->form == PART_ABSENT)
        return false;
    *at = *part;
    if (part->form == PART_STUB) {
        found = turn_bits(s, at->hash.bytes, sizeof at->hash.bytes);
    } else if (part->bytes.size <= SEARCH_BYTES) {
        /* the bytes are the caller's copy, see whole_again */
        found = turn_bits(s, at->salt, sizeof at->salt) ||
                turn_bits(s, (uint8_t *)(uintptr_t)part->bytes.data,
                          part->bytes.size);
    }
    if (found)
        *part = *at;
    *at = stub;
    return found;
}

/* `change` lies in memory of its own, which is changed. */
static bool whole_again(struct ledger *l, struct change *change,
                        const struct hash *want)
{
    struct search s = {.l = l, .change = *change, .want = *want};

    for (int i = 0; i < PART_COUNT; i++)
        s.change.part[i] = stub_of(l, &change->part[i]);
    if (change->header_bytes.size > 0 &&
        change->header_bytes.size <= LIMIT_HEADER &&
        turn_bits(&s, (uint8_t *)(uintptr_t)change->header_bytes.data,
                  change->header_bytes.size))
        return true;
    for (int i = 0; i < PART_COUNT; i++)
        if (search_part(&s, &change->part[i], i))
            return true;
    return false;
}

bool ledger_is_whole(struct ledger *l, struct change *change,
                     const struct hash *digest)
{
    struct hash now = change_digest(l->hash, change);

    return (hash_equal(&now, digest) || whole_again(l, change, digest)) &&
           l->host.header(&change->header, change->header_bytes) == 0;
}

/* ---- mending */

static int drop_note(struct ledger *l, int64_t id)
{
    struct db_stmt *q = use(l, Q_DAMAGE_DROP);
    int rc;

    db_bind_i64(q, id);
    if ((rc = db_run(q)) == 0)
        l->damaged = -1;
    return rc;
}

static int write_bytes(struct ledger *l, int64_t id,
                       const struct change *change, const struct hash *digest)
{
    struct db_stmt *q = use(l, Q_DAMAGE_BYTES);
    int rc;

    db_bind_i64(q, (int64_t)change->header.version);
    ledger_bind_change(q, digest, change);
    db_bind_i64(q, id);
    rc = db_run(q);
    return rc != 0 ? rc : drop_note(l, id);
}

/* Ours stays where it is whole and is what the stub stands for. */
static void keep_parts(struct ledger *l, struct change *change,
                       const struct change *held, bool final)
{
    for (int i = 0; i < PART_COUNT; i++) {
        struct part *part = &change->part[i];
        const struct part *ours = &held->part[i];
        struct hash hash;

        if (part->form != PART_STUB || ours->form != PART_WHOLE)
            continue;
        hash = part_hash(l->hash, ours);
        if (hash_equal(&hash, &part->hash) && (i == PART_FACT || !final))
            *part = *ours;
    }
    if (final)
        ledger_stub_parts(l, change);
}

int ledger_mend_row(struct ledger *l, int64_t id, const struct change *change,
                    const struct hash *digest)
{
    struct db_stmt *q = use(l, Q_DAMAGE_ROW);
    struct change whole = *change;
    struct buf memory = {0};
    struct entry row, held;
    bool final = false;
    int rc;

    db_bind_i64(q, id);
    if ((rc = db_step(q)) == 1) {
        (void)ledger_entry_raw(l, q, 0, &row);
        ledger_entry_copy(&held, &row, &memory);
        final = (db_i64(q, 15) & RECORD_FINAL) != 0;
    }
    db_done(q);
    if (rc == 1) {
        keep_parts(l, &whole, &held.change, final);
        if (!whole.is_signed && held.change.is_signed) {
            whole.is_signed = true;
            memcpy(whole.key_id, held.change.key_id, sizeof whole.key_id);
            memcpy(whole.signature, held.change.signature,
                   sizeof whole.signature);
        }
        rc = write_bytes(l, id, &whole, digest);
    } else if (rc == 0) {
        rc = ERR_MISSING;
    }
    buf_free(&memory);
    return rc;
}

int ledger_damage_mend(struct ledger *l, const struct entry *entry)
{
    struct hash digest = change_digest(l->hash, &entry->change);
    struct db_stmt *q;
    int64_t id = 0;
    int rc;

    if (ledger_damage_count(l) == 0)
        return ERR_MISSING;
    q = use(l, Q_DAMAGE_FIND);
    db_bind_hash(q, &digest);
    if ((rc = db_step(q)) == 1)
        id = db_i64(q, 0);
    db_done(q);
    if (rc != 1)
        return rc == 0 ? ERR_MISSING : rc;
    return ledger_mend_row(l, id, &entry->change, &digest);
}

/* ---- looking at one row */

/* What stands in the row, and what stands around it. */
struct looked {
    struct entry entry; /* raw */
    struct buf memory;  /* of the entry's bytes */
    bool readable, final, has_before, has_after;
    int64_t stream;
    uint64_t head;
    struct hash before, after, after_digest, head_h;
};

static void read_around(struct db_stmt *q, struct looked *out)
{
    out->final = (db_i64(q, 15) & RECORD_FINAL) != 0;
    out->stream = db_i64(q, 16);
    out->head = (uint64_t)db_i64(q, 20);
    out->has_before = db_hash(q, out->entry.seq == 1 ? 22 : 23, &out->before);
    out->has_after =
        db_hash(q, 24, &out->after) && db_hash(q, 25, &out->after_digest);
    (void)db_hash(q, 21, &out->head_h);
}

static int look(struct ledger *l, int64_t id, struct looked *out)
{
    struct db_stmt *q = use(l, Q_DAMAGE_ROW);
    struct entry row;
    int rc;

    memset(out, 0, sizeof *out);
    db_bind_i64(q, id);
    if ((rc = db_step(q)) == 1) {
        out->readable = ledger_entry_raw(l, q, 0, &row) == 0;
        ledger_entry_copy(&out->entry, &row, &out->memory);
        read_around(q, out);
    }
    db_done(q);
    return rc;
}

/* Is this digest the one that the chain was made with? */
static bool chain_takes(const struct ledger *l, const struct looked *at,
                        const struct hash *digest)
{
    struct hash h;

    if (at->stream <= 0 || !at->has_before)
        return false;
    h = stream_next(l->hash, &at->before, at->entry.seq, digest);
    return hash_equal(&h, &at->entry.h);
}

/* The bytes are whole: is h what it must be, and does what follows say so? */
static int mend_h(struct ledger *l, const struct looked *at)
{
    uint64_t seq = at->entry.seq;
    struct db_stmt *q;
    struct hash h, next;

    if (at->stream <= 0 || !at->has_before ||
        chain_takes(l, at, &at->entry.digest))
        return 0;
    h = stream_next(l->hash, &at->before, seq, &at->entry.digest);
    if (at->has_after)
        next = stream_next(l->hash, &h, seq + 1, &at->after_digest);
    if (at->has_after ? !hash_equal(&next, &at->after)
                      : seq != at->head || !hash_equal(&h, &at->head_h))
        return 0; /* not by itself the one that is wrong */
    q = use(l, Q_DAMAGE_H);
    db_bind_hash(q, &h);
    db_bind_i64(q, at->entry.id);
    return db_run(q);
}

static int mend_digest(struct ledger *l, int64_t id, const struct hash *digest)
{
    struct db_stmt *q = use(l, Q_DAMAGE_DIGEST);
    int rc;

    db_bind_hash(q, digest);
    db_bind_i64(q, id);
    rc = db_run(q);
    return rc != 0 ? rc : drop_note(l, id);
}

static int note(struct ledger *l, const struct looked *at)
{
    struct db_stmt *q = use(l, Q_DAMAGE_ADD);
    int rc;

    db_bind_i64(q, at->entry.id);
    db_bind_hash(q, &at->entry.digest);
    db_bind_i64(q, l->wall_ms);
    if ((rc = db_run(q)) != 0)
        return rc;
    l->damaged = -1;
    return 1;
}

static int judge(struct ledger *l, struct looked *at)
{
    struct change *change = &at->entry.change;
    struct hash digest = change_digest(l->hash, change);

    if (at->readable && hash_equal(&digest, &at->entry.digest))
        return mend_h(l, at);
    if (!hash_equal(&digest, &at->entry.digest) && chain_takes(l, at, &digest))
        return mend_digest(l, at->entry.id, &digest);
    if (whole_again(l, change, &at->entry.digest) &&
        l->host.header(&change->header, change->header_bytes) == 0)
        return write_bytes(l, at->entry.id, change, &at->entry.digest);
    return note(l, at);
}

int ledger_damage_note(struct ledger *l, int64_t change)
{
    struct looked at;
    int rc = look(l, change, &at);

    if (rc == 1)
        rc = judge(l, &at);
    buf_free(&at.memory);
    return rc;
}

/* ---- finding */

int ledger_damage_take(struct ledger *l, uint64_t *found)
{
    struct suspects s = l->suspects;
    int rc = 0;

    *found = 0;
    l->suspects.count = 0;
    for (size_t i = 0; i < s.count && rc >= 0; i++) {
        rc = ledger_damage_note(l, s.rows[i]);
        *found += rc == 1;
    }
    return rc < 0 ? rc : 0;
}

uint64_t ledger_damage_seen(const struct ledger *l) { return l->suspects.seen; }

static int scrub_from(struct ledger *l, int64_t *after, size_t count,
                      size_t *seen)
{
    struct db_stmt *q = use(l, Q_SCRUB);
    struct entry entry;
    int rc = 0;

    *seen = 0;
    db_bind_i64(q, *after);
    db_bind_i64(q, (int64_t)count);
    while (l->suspects.count < SUSPECTS_MOST && (rc = db_step(q)) == 1) {
        *after = db_i64(q, 0);
        (void)ledger_entry_of(l, q, 0, &entry); /* remembers a damaged one */
        ++*seen;
    }
    db_done(q);
    return rc < 0 ? rc : 0;
}

static int scrub_position(struct ledger *l, int64_t *out)
{
    struct db_stmt *q = use(l, Q_SCRUB_AT);
    int rc = db_step(q);

    *out = rc == 1 ? db_i64(q, 0) : 0;
    db_done(q);
    return rc < 0 ? rc : 0;
}

int ledger_damage_scrub(struct ledger *l, size_t count, uint64_t *found)
{
    struct db_stmt *q;
    int64_t after;
    size_t seen;
    int rc = ledger_next_rows(l);

    *found = 0;
    if (rc == 0 && !l->scrubbed_latest) {
        after = l->next_change - SCRUB_LATEST;
        l->scrubbed_latest = true;
        rc = scrub_from(l, &after, SCRUB_LATEST, &seen);
        return rc != 0 ? rc : ledger_damage_take(l, found);
    }
    if (rc != 0 || (rc = scrub_position(l, &after)) != 0 ||
        (rc = scrub_from(l, &after, count, &seen)) != 0)
        return rc;
    q = use(l, Q_SCRUB_SET);
    db_bind_i64(q, seen == 0 ? 0 : after);
    rc = db_run(q);
    return rc != 0 ? rc : ledger_damage_take(l, found);
}

/* ---- what is noted */

uint64_t ledger_damage_count(struct ledger *l)
{
    struct db_stmt *q;

    if (l->damaged < 0 || !db_can_write(l->db)) {
        q = use(l, Q_DAMAGE_COUNT);
        l->damaged = db_step(q) == 1 ? db_i64(q, 0) : 0;
        db_done(q);
    }
    return (uint64_t)l->damaged;
}

/* The row's names are believed before the header's: of the two it is the
 * header that is known to be damaged, or may be. */
static void read_damage(struct ledger *l, struct db_stmt *q,
                        struct ledger_damage *out)
{
    int64_t home = db_i64(q, 14);
    struct entry entry;
    const char *text;

    memset(out, 0, sizeof *out);
    (void)ledger_entry_raw(l, q, 0, &entry);
    out->change = db_i64(q, 0);
    out->seq = entry.seq;
    if (!db_is_null(q, 17))
        out->name = stream_name_make(db_text(q, 17), db_text(q, 18));
    out->own = db_i64(q, 19) != 0;
    out->version = (uint64_t)db_i64(q, 12);
    text = home > 0 && home <= UINT32_MAX ? ledger_word(l, (uint32_t)home) : "";
    if (text[0] == '\0' || !db_id(q, 13, &out->record)) {
        text = entry.change.header.home;
        out->record = entry.change.header.record;
    }
    memcpy(out->home, text, strnlen(text, sizeof out->home - 1));
    out->since_ms = db_i64(q, 26);
    out->asked_ms = db_i64(q, 27);
    (void)db_hash(q, 28, &out->digest);
}

int ledger_damage_list(struct ledger *l,
                       int (*each)(void *who, const struct ledger_damage *d),
                       void *who)
{
    struct db_stmt *q = use(l, Q_DAMAGE_ALL);
    struct ledger_damage d;
    int rc;

    while ((rc = db_step(q)) == 1) {
        read_damage(l, q, &d);
        if ((rc = each(who, &d)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int ledger_damage_asked(struct ledger *l, int64_t change, int64_t wall_ms)
{
    struct db_stmt *q = use(l, Q_DAMAGE_ASKED);

    db_bind_i64(q, wall_ms);
    db_bind_i64(q, change);
    return db_run(q);
}

/* ---- leaving a stream */

static int first_lost(struct ledger *l, int64_t stream, int64_t wall_ms,
                      uint64_t *out)
{
    struct db_stmt *q = use(l, Q_DAMAGE_FIRST);
    int rc;

    *out = 0;
    db_bind_i64(q, stream);
    db_bind_i64(q, wall_ms);
    if ((rc = db_step(q)) == 1)
        *out = (uint64_t)db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

struct closing_up {
    struct stream_position at;
    uint64_t old; /* the last old position seen */
    uint64_t bytes;
    int64_t clock_ms;
};

/* 1: one more has moved up; 0: there is none. */
static int move_up(struct ledger *l, int64_t stream, struct closing_up *c)
{
    struct db_stmt *q = use(l, Q_DAMAGE_NEXT);
    struct change_header header;
    struct hash digest;
    int64_t id = 0;
    int rc;

    db_bind_i64(q, stream);
    db_bind_i64(q, (int64_t)c->old);
    if ((rc = db_step(q)) == 1) {
        id = db_i64(q, 0);
        c->old = (uint64_t)db_i64(q, 1);
        if (!db_hash(q, 2, &digest))
            memset(&digest, 0, sizeof digest);
        c->bytes += (uint64_t)db_i64(q, 3);
        if (l->host.header(&header, db_bytes(q, 4)) == 0)
            c->clock_ms = header.clock_ms;
    }
    db_done(q);
    if (rc != 1)
        return rc;
    c->at.seq++;
    c->at.h = stream_next(l->hash, &c->at.h, c->at.seq, &digest);
    q = use(l, Q_DAMAGE_MOVE);
    db_bind_i64(q, (int64_t)c->at.seq);
    db_bind_hash(q, &c->at.h);
    db_bind_i64(q, id);
    rc = db_run(q);
    return rc == 0 ? 1 : rc;
}

static int shorten(struct ledger *l, struct stream *s, uint64_t before,
                   const struct closing_up *c)
{
    struct stream closed = *s;
    struct db_stmt *q;
    uint64_t kept = 0;
    int rc = ledger_stream_sum(l, s->s.id, 1, before, &kept);

    if (rc != 0)
        return rc;
    closed.s.head = c->at;
    closed.s.bytes = kept + c->bytes;
    closed.s.clock_ms = c->clock_ms;
    if (closed.s.acked > before) {
        closed.s.acked = before;
        closed.s.acked_bytes = kept;
    }
    if ((rc = ledger_stream_set(l, &closed)) != 0 ||
        (ledger_vaulted(l, &s->s.name) > before &&
         (rc = ledger_set_vaulted(l, &s->s.name, before)) != 0))
        return rc;
    *s = closed;
    q = use(l, Q_STREAM_HEAD); /* what was signed is not this any more */
    db_bind_null(q);
    db_bind_i64(q, s->s.id);
    return db_run(q);
}

int ledger_stream_end(struct ledger *l, struct stream *s,
                      const struct stream_position *good, bool closes_up)
{
    struct closing_up c = {.at = *good, .old = good->seq};
    struct db_stmt *q;
    int rc = ledger_clock_at(l, s->s.id, good->seq, &c.clock_ms);

    if (rc == 0)
        rc = 1;
    while (closes_up && rc == 1)
        rc = move_up(l, s->s.id, &c);
    if (rc < 0)
        return rc;
    q = use(l, Q_DETACH);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)c.at.seq);
    rc = db_run(q);
    return rc != 0 ? rc : shorten(l, s, good->seq, &c);
}

static int close_up(struct ledger *l, struct stream *s, uint64_t first,
                    int64_t wall_ms, uint64_t *lost)
{
    struct closing_up c = {.clock_ms = s->s.clock_ms};
    struct db_stmt *q;
    int rc = ledger_stream_hash(l, s, first - 1, &c.at.h);

    if (rc != 0)
        return rc;
    c.at.seq = c.old = first - 1;
    q = use(l, Q_DAMAGE_LEAVE);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, wall_ms);
    if ((rc = db_run(q)) != 0)
        return rc;
    *lost = (uint64_t)db_changes(l->db);
    do
        rc = move_up(l, s->s.id, &c);
    while (rc == 1);
    return rc != 0 ? rc : shorten(l, s, first - 1, &c);
}

int ledger_damage_leave(struct ledger *l, const struct stream_name *name,
                        int64_t wall_ms, uint64_t *lost)
{
    struct stream *s;
    uint64_t first;
    int rc = ledger_stream_get(l, name, &s);

    assert(db_has_begun(l->db));
    *lost = 0;
    if (rc != 0 || (rc = first_lost(l, s->s.id, wall_ms, &first)) != 0 ||
        first == 0)
        return rc;
    if ((rc = db_save(l->db)) != 0)
        return rc;
    if ((rc = close_up(l, s, first, wall_ms, lost)) != 0) {
        (void)db_undo(l->db);
        return rc;
    }
    return db_release(l->db);
}
