/* common/store/ledger_verify.c - does the ledger still hold?
 *
 * Everything is recomputed from the bytes that the homes wrote. A writer may be
 * at work meanwhile: each slice is a read transaction of its own and is judged
 * by what stands in it. A chain that seems broken is read once more as a whole
 * before anything is said, because a rebase may have passed between two slices.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/ledger_inside.h"
#include "common/store/ledger_vault.h"

enum { SLICE = 2000 };

/* Cells with counts: open addressing; a count of zero may stay. */
struct tally {
    int64_t *cells, *counts;
    bool *used;
    size_t count, room;
};

struct check {
    int64_t *damaged; /* rows of damaged changes, rising */
    size_t damaged_count, damaged_room;
    struct ledger *l;
    struct ledger_verified *out;
    bool (*head_good)(void *who, const struct stream_name *name,
                      const struct stream_position *at,
                      struct bytes signed_head);
    void (*fault)(void *who, const struct ledger_fault *fault);
    void *who;
};

__attribute__((format(printf, 5, 6))) static void
say(struct check *c, const char *what, const struct stream_name *name,
    uint64_t seq, const char *format, ...)
{
    static const struct stream_name nowhere;
    char detail[256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    struct ledger_fault fault = {.what = what,
                                 .name = name ? *name : nowhere,
                                 .seq = seq,
                                 .detail = detail};

    c->out->faults++;
    if (c->fault)
        c->fault(c->who, &fault);
}

/* ---- the vault */

enum { VAULT_SLICE = 200 };

struct vault_check {
    struct check *check;
    int64_t row;
    int count;
};

static int check_object(void *who, const struct vault_item *item)
{
    struct vault_check *v = who;
    struct ledger_fault fault = {.what = "vault",
                                 .seq = item->seq,
                                 .object = item->change,
                                 .record = item->header.record,
                                 .detail = "its vault object is damaged"};

    v->row = item->change;
    if (!item->good) {
        v->check->out->faults++;
        v->check->out->damaged++;
        if (v->check->fault)
            v->check->fault(v->check->who, &fault);
    }
    return ++v->count == VAULT_SLICE;
}

static int check_vault(struct check *c)
{
    struct vault_check v = {.check = c};
    int rc;

    do {
        v.count = 0;
        rc = ledger_vault_all(c->l, v.row, check_object, &v);
    } while (rc == 0 && v.count == VAULT_SLICE);
    return rc;
}

/* ---- slices */

static bool begin(struct check *c)
{
    return !db_in_transaction(c->l->db) && db_begin(c->l->db) == 0;
}

static void end(struct check *c, bool begun)
{
    if (begun)
        db_rollback(c->l->db);
}

static int64_t number(struct ledger *l, enum query query)
{
    struct db_stmt *q = use(l, query);
    int64_t value = db_step(q) == 1 ? db_i64(q, 0) : 0;

    db_done(q);
    return value;
}

/* ---- every change by itself */

/* The columns behind the entry: version, uid, home, stream's names. */
static void check_names(struct check *c, struct db_stmt *q,
                        const struct entry *e, const struct stream_name *name)
{
    const struct change_header *header = &e->change.header;
    int64_t home = db_i64(q, 14);
    const char *text =
        home > 0 && home <= UINT32_MAX ? ledger_word(c->l, (uint32_t)home) : "";
    struct id uid;

    if (!db_id(q, 13, &uid) || !id_equal(&uid, &header->record) ||
        strcmp(text, header->home) != 0 ||
        (name->home[0] && strcmp(name->home, header->home) != 0))
        say(c, "record", name, e->seq,
            "the change in row %lld lies under another record than it names",
            (long long)e->id);
    if ((uint64_t)db_i64(q, 12) != header->version)
        say(c, "version", name, e->seq,
            "the change in row %lld is kept under another version",
            (long long)e->id);
}

static void say_damaged(struct check *c, struct db_stmt *q,
                        const struct stream_name *name, const struct entry *e,
                        const char *what, const char *detail)
{
    struct ledger_fault fault = {.what = what,
                                 .name = *name,
                                 .seq = e->seq,
                                 .change = e->id,
                                 .detail = detail};

    if (!db_id(q, 13, &fault.record))
        fault.record = e->change.header.record;
    if (c->damaged_count == c->damaged_room) {
        c->damaged_room = c->damaged_room * 2 + 64;
        c->damaged = mem_grow(c->damaged, c->damaged_room, sizeof *c->damaged);
    }
    c->damaged[c->damaged_count++] = e->id;
    c->out->faults++;
    c->out->damaged++;
    if (c->fault)
        c->fault(c->who, &fault);
}

static bool is_damaged(const struct check *c, int64_t row)
{
    size_t from = 0, to = c->damaged_count;

    while (from < to) {
        size_t i = from + (to - from) / 2;

        if (c->damaged[i] == row)
            return true;
        if (c->damaged[i] < row)
            from = i + 1;
        else
            to = i;
    }
    return false;
}

static void check_change(struct check *c, struct db_stmt *q)
{
    struct stream_name name = {"", ""};
    struct hash digest;
    struct entry e;

    c->out->changes++;
    if (!db_is_null(q, 15))
        name = stream_name_make(db_text(q, 15), db_text(q, 16));
    if (ledger_entry_raw(c->l, q, 0, &e) != 0) {
        say_damaged(c, q, &name, &e, "change", "it cannot be read any more");
        return;
    }
    digest = change_digest(c->l->hash, &e.change);
    if (!hash_equal(&digest, &e.digest))
        say_damaged(c, q, &name, &e, "digest",
                    "its bytes are not those that were stored");
    else
        check_names(c, q, &e, &name);
}

/* One slice after `*row`: 1 when there may be more. */
static int slice_changes(struct check *c, int64_t *row, int64_t last)
{
    bool begun = begin(c);
    struct db_stmt *q = use(c->l, Q_VERIFY_CHANGES);
    int count = 0, rc;

    db_bind_i64(q, *row);
    db_bind_i64(q, last);
    db_bind_i64(q, SLICE);
    while ((rc = db_step(q)) == 1) {
        *row = db_i64(q, 0);
        check_change(c, q);
        count++;
    }
    db_done(q);
    end(c, begun);
    return rc != 0 ? rc : count == SLICE;
}

static int check_changes(struct check *c)
{
    int64_t row = 0, last = number(c->l, Q_VERIFY_LAST);
    int rc;

    do
        rc = slice_changes(c, &row, last);
    while (rc == 1);
    return rc;
}

/* ---- chains */

struct chain {
    struct ledger_stream s;
    struct stream_position at;
    uint64_t broken; /* the first seq that does not follow, 0 none */
};

static void follow(struct check *c, struct chain *chain, struct db_stmt *q)
{
    uint64_t seq = (uint64_t)db_i64(q, 0);
    struct hash digest, h;

    if (seq != chain->at.seq + 1 || !db_hash(q, 1, &digest) ||
        !db_hash(q, 2, &h)) {
        chain->broken = chain->at.seq + 1;
        return;
    }
    chain->at.seq = seq;
    chain->at.h = stream_next(c->l->hash, &chain->at.h, seq, &digest);
    if (!hash_equal(&chain->at.h, &h))
        chain->broken = seq;
}

/* At most `most` places on; 1 when there is more to do. */
static int slice_chain(struct check *c, struct chain *chain, uint64_t most)
{
    struct db_stmt *q = use(c->l, Q_VERIFY_CHAIN);
    uint64_t from = chain->at.seq + 1, to = chain->s.head.seq;
    int rc = 0;

    if (to - chain->at.seq > most)
        to = chain->at.seq + most;
    db_bind_i64(q, chain->s.id);
    db_bind_i64(q, (int64_t)from);
    db_bind_i64(q, (int64_t)to);
    while (!chain->broken && (rc = db_step(q)) == 1)
        follow(c, chain, q);
    db_done(q);
    if (!chain->broken && chain->at.seq < to)
        chain->broken = chain->at.seq + 1;
    if (rc < 0)
        return rc;
    return !chain->broken && to < chain->s.head.seq;
}

static int walk_chain(struct check *c, struct chain *chain,
                      const struct stream_name *name, uint64_t slice)
{
    struct stream *s;
    bool begun = begin(c);
    int rc = ledger_stream_get(c->l, name, &s);

    if (rc == 0) {
        *chain = (struct chain){.s = s->s, .at = {0, s->zero}};
        while ((rc = slice_chain(c, chain, slice)) == 1) {
            if (slice == UINT64_MAX)
                continue;
            end(c, begun);
            begun = begin(c);
        }
    }
    end(c, begun);
    return rc;
}

static bool chain_holds(const struct chain *chain)
{
    return !chain->broken && hash_equal(&chain->at.h, &chain->s.head.h);
}

static void tell_chain(struct check *c, const struct chain *chain)
{
    if (chain->broken)
        say(c, "chain", &chain->s.name, chain->broken,
            "the chain breaks at %llu", (unsigned long long)chain->broken);
    else if (!chain_holds(chain))
        say(c, "head", &chain->s.name, chain->s.head.seq,
            "the chain does not lead to the head that is kept");
}

static int check_chain(struct check *c, const struct stream_name *name)
{
    struct chain chain;
    int rc = walk_chain(c, &chain, name, SLICE);

    if (rc == 0 && !chain_holds(&chain))
        rc = walk_chain(c, &chain, name, UINT64_MAX);
    if (rc == 0)
        tell_chain(c, &chain);
    return rc;
}

/* ---- streams */

struct names {
    struct stream_name *items;
    size_t count;
};

static int collect(void *who, const struct ledger_stream *s)
{
    struct names *names = who;

    names->items =
        mem_grow(names->items, names->count + 1, sizeof *names->items);
    names->items[names->count++] = s->name;
    return 0;
}

static int check_head(struct check *c, const struct stream_name *name)
{
    struct db_stmt *q = use(c->l, Q_STREAM_FIND);
    struct stream_position at;
    int rc;

    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    if ((rc = db_step(q)) == 1 && !db_is_null(q, 12)) {
        at.seq = (uint64_t)db_i64(q, 4);
        if (!db_hash(q, 5, &at.h) ||
            !c->head_good(c->who, name, &at, db_bytes(q, 12)))
            say(c, "head", name, at.seq,
                "the signed head that is kept is not that of the stream");
    }
    db_done(q);
    return rc < 0 ? rc : 0;
}

static int check_streams(struct check *c)
{
    struct names names = {0};
    int rc = ledger_streams(c->l, collect, &names);

    for (size_t i = 0; i < names.count && rc == 0; i++) {
        c->out->streams++;
        rc = check_chain(c, &names.items[i]);
        if (rc == 0 && c->head_good)
            rc = check_head(c, &names.items[i]);
    }
    mem_free(&names.items);
    return rc;
}

/* ---- records */

/* What the versions of a record amount to. */
struct best {
    uint64_t version;
    struct hash digest;
    int64_t id; /* 0: none */
    bool conflict, final, whole, readable;
};

static void weigh(struct best *best, int64_t id, uint64_t version,
                  const struct hash *digest)
{
    int order;

    if (best->id != 0 && version < best->version)
        return;
    if (best->id == 0 || version > best->version) {
        best->version = version;
        best->digest = *digest;
        best->id = id;
        best->conflict = false;
        return;
    }
    order = hash_compare(digest, &best->digest);
    if (order != 0)
        best->conflict = true;
    if (order < 0) {
        best->digest = *digest;
        best->id = id;
    }
}

static int find_best(struct check *c, int64_t record, struct best *best)
{
    struct db_stmt *q = use(c->l, Q_CHAIN_STATES);
    struct change_header header;
    struct hash digest;
    int rc;

    *best = (struct best){.readable = true};
    db_bind_i64(q, record);
    while ((rc = db_step(q)) == 1) {
        if (!db_is_null(q, 4) && db_i64(q, 4) >= db_i64(q, 0))
            say(c, "link", NULL, 0,
                "the change in row %lld is said to come behind row %lld",
                (long long)db_i64(q, 0), (long long)db_i64(q, 4));
        if (is_damaged(c, db_i64(q, 0)) || !db_hash(q, 2, &digest) ||
            c->l->host.header(&header, db_bytes(q, 3)) != 0) {
            best->readable = false; /* said of the change already */
            continue;
        }
        if (header.flags & CHANGE_TOMBSTONE)
            best->final = true;
        if (db_i64(q, 6) != 0)
            best->whole = true;
        if (db_i64(q, 5) == 0)
            weigh(best, db_i64(q, 0), (uint64_t)db_i64(q, 1), &digest);
    }
    db_done(q);
    return rc;
}

static void check_state(struct check *c, struct db_stmt *q, const char *id,
                        const struct best *best)
{
    int64_t flags = db_i64(q, 5);
    bool conflict = (flags & RECORD_CONFLICT) != 0;
    struct hash state;

    if ((uint64_t)db_i64(q, 4) != best->version ||
        db_is_null(q, 7) != (best->id == 0))
        say(c, "state", NULL, 0,
            "record %s is at version %lld, its changes say %llu", id,
            (long long)db_i64(q, 4), (unsigned long long)best->version);
    else if (best->id != 0 &&
             (!db_hash(q, 8 + 3, &state) || !hash_equal(&state, &best->digest)))
        say(c, "state", NULL, 0,
            "record %s shows another change than the one that wins", id);
    if (best->id != 0 && conflict != best->conflict)
        say(c, "conflict", NULL, 0, "record %s is %s in conflict", id,
            best->conflict ? "not marked as" : "wrongly marked as");
    if (((flags & RECORD_FINAL) != 0) != best->final)
        say(c, "final", NULL, 0, "record %s is %s erased", id,
            best->final ? "not marked as" : "wrongly marked as");
    if (best->final && best->whole)
        say(c, "erased", NULL, 0,
            "record %s is erased and yet something of it is here", id);
}

/* Where the state counts. What the judge refuses by now stays as it was. */
static int check_cell(struct check *c, struct db_stmt *q, const char *id)
{
    struct verdict v;
    struct entry e;
    int rc;

    if (db_is_null(q, 8))
        return 0;
    if (ledger_entry_of(c->l, q, 8, &e) != 0)
        return 0; /* said of the change already */
    rc = ledger_judge(c->l, &e.change, (uint32_t)db_i64(q, 2), WORD_FIND, &v);
    if (rc != 0 || v.code != 0)
        return rc;
    if (v.counts != !db_is_null(q, 6) || (v.counts && v.cell != db_i64(q, 6)) ||
        v.tag != db_i64(q, 20) || v.waits_ms != db_i64(q, 21) ||
        (uint32_t)db_i64(q, 3) != e.change.header.kind)
        say(c, "count", NULL, 0,
            "record %s is counted elsewhere than where it belongs", id);
    return 0;
}

static int check_record(struct check *c, struct db_stmt *q)
{
    char text[ID_TEXT_BYTES] = "?";
    struct best best;
    struct id id;
    int rc;

    c->out->records++;
    if (db_id(q, 1, &id))
        (void)id_text(text, &id);
    if ((rc = find_best(c, db_i64(q, 0), &best)) != 0)
        return rc;
    if (best.readable)
        check_state(c, q, text, &best);
    return check_cell(c, q, text);
}

static int slice_records(struct check *c, int64_t *row)
{
    bool begun = begin(c);
    struct db_stmt *q = use(c->l, Q_VERIFY_RECORDS);
    int count = 0, rc;

    db_bind_i64(q, *row);
    db_bind_i64(q, SLICE);
    while ((rc = db_step(q)) == 1) {
        *row = db_i64(q, 0);
        if ((rc = check_record(c, q)) != 0)
            break;
        count++;
    }
    db_done(q);
    end(c, begun);
    return rc != 0 ? rc : count == SLICE;
}

static int check_records(struct check *c)
{
    int64_t row = 0;
    int rc;

    do
        rc = slice_records(c, &row);
    while (rc == 1);
    return rc;
}

/* ---- figures */

static size_t slot(const struct tally *t, int64_t cell)
{
    size_t i = (size_t)((uint64_t)cell * 0x9e3779b97f4a7c15u >> 20);

    for (i &= t->room - 1; t->used[i] && t->cells[i] != cell;)
        i = (i + 1) & (t->room - 1);
    return i;
}

static void tally_free(struct tally *t)
{
    mem_free(&t->cells);
    mem_free(&t->counts);
    mem_free(&t->used);
}

static void tally_add(struct tally *t, int64_t cell, int64_t by);

static void tally_grow(struct tally *t)
{
    struct tally old = *t;

    *t = (struct tally){.room = old.room ? 2 * old.room : 1024};
    t->cells = mem_array(t->room, sizeof *t->cells);
    t->counts = mem_array(t->room, sizeof *t->counts);
    t->used = mem_array(t->room, sizeof *t->used);
    for (size_t i = 0; i < old.room; i++)
        if (old.used[i])
            tally_add(t, old.cells[i], old.counts[i]);
    tally_free(&old);
}

static void tally_add(struct tally *t, int64_t cell, int64_t by)
{
    if (2 * (t->count + 1) > t->room)
        tally_grow(t);
    size_t i = slot(t, cell);

    if (!t->used[i]) {
        t->used[i] = true;
        t->cells[i] = cell;
        t->count++;
    }
    t->counts[i] += by;
}

/* Counts what is in the rows of `query`: its first column is a cell. */
static int tally_rows(struct check *c, struct tally *t, enum query query,
                      bool taken_away)
{
    struct db_stmt *q = use(c->l, query);
    int rc;

    while ((rc = db_step(q)) == 1) {
        c->out->cells += taken_away;
        tally_add(t, db_i64(q, 0), taken_away ? -db_i64(q, 1) : 1);
    }
    db_done(q);
    return rc;
}

static void tell_tally(struct check *c, const struct tally *t)
{
    struct axes axes;
    char day[CLOCK_TEXT_BYTES];

    for (size_t i = 0; i < t->room; i++) {
        if (!t->used[i] || t->counts[i] == 0)
            continue;
        axes_unpack(&axes, t->cells[i]);
        say(c, "figure", NULL, 0,
            "the figure of %s, %s, category %u is %lld too %s",
            clock_day_text(day, axes.day), ledger_word(c->l, axes.home),
            axes.category,
            (long long)(t->counts[i] < 0 ? -t->counts[i] : t->counts[i]),
            t->counts[i] > 0 ? "low" : "high");
    }
}

/* Records and figures in one read transaction: a scan of narrow rows. */
static int check_figures(struct check *c)
{
    struct tally t = {0};
    bool begun = begin(c);
    int rc = tally_rows(c, &t, Q_VERIFY_CELLS, false);

    if (rc == 0)
        rc = tally_rows(c, &t, Q_VERIFY_FIGURES, true);
    end(c, begun);
    if (rc == 0)
        tell_tally(c, &t);
    tally_free(&t);
    return rc;
}

int ledger_verify(struct ledger *l, struct ledger_verified *out,
                  bool (*head_good)(void *who, const struct stream_name *name,
                                    const struct stream_position *at,
                                    struct bytes signed_head),
                  void (*fault)(void *who, const struct ledger_fault *fault),
                  void *who, struct error *err)
{
    struct check c = {
        .l = l, .out = out, .head_good = head_good, .fault = fault, .who = who};
    int rc = 0;

    *out = (struct ledger_verified){0};
    if (db_can_write(l->db) && db_in_transaction(l->db))
        rc = ledger_flush(l);
    if (rc != 0 || (rc = check_changes(&c)) != 0 ||
        (rc = check_streams(&c)) != 0 || (rc = check_records(&c)) != 0 ||
        (rc = check_figures(&c)) != 0 || (rc = check_vault(&c)) != 0)
        rc = ledger_failed(l, rc, err);
    mem_free(&c.damaged);
    return rc;
}
