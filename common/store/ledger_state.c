/* common/store/ledger_state.c - one change into its record.
 *
 * The state is a function of the set of versions held, never of the order in
 * which they came (PROTOCOL 7.3): highest version, of two digests under it the
 * smaller one; a tombstone is final; what is quarantined has no say in the
 * state, except that a tombstone erases all the same.
 */
#include <assert.h>
#include <string.h>

#include "common/store/ledger_inside.h"

/* ---- judging */

static bool axes_fit(const struct axes *axes)
{
    return axes->day >= 0 && axes->day < 1 << 17 && axes->category < 1 << 8 &&
           axes->state < 1 << 4 && axes->channel < 1 << 4;
}

static void refuse(struct verdict *v, int code, const char *why)
{
    v->code = error_set(&v->why, code, "%s", why);
    v->counts = false;
}

int ledger_judge(struct ledger *l, const struct change *change, uint32_t home,
                 enum word_make make, struct verdict *out)
{
    struct axes axes = {.village_text = ""};
    int rc;

    out->counts = false;
    out->tag = out->waits_ms = 0;
    out->why.text[0] = '\0';
    out->code =
        l->host.judge(l->host.who, change, &axes, &out->counts, &out->why);
    if (out->code != 0 || !out->counts) {
        out->counts = false;
        return 0;
    }
    axes.home = home;
    rc = ledger_village_id(l, home, axes.village_text ? axes.village_text : "",
                           make, &axes.village);
    if (rc != 0)
        return rc;
    if (!axes_fit(&axes))
        refuse(out, ERR_INVALID, "counts where no figure is");
    else if (home > WORD_MOST)
        refuse(out, ERR_REFUSED, "more homes than the figures can name");
    if (out->code != 0)
        return 0;
    out->cell = axes_pack(&axes);
    out->tag = axes.tag;
    out->waits_ms = axes.waits_ms;
    return 0;
}

/* ---- erasing */

int ledger_set_parts(struct ledger *l, enum query query, int64_t row,
                     const struct change *change)
{
    struct db_stmt *q = use(l, query);

    ledger_bind_parts(q, change);
    db_bind_i64(q, row);
    return db_run(q);
}

static int erase_versions(struct ledger *l, int64_t record)
{
    struct db_stmt *q = use(l, Q_CHAIN_WHOLE);
    struct entry entry;
    int rc;

    db_bind_i64(q, record);
    while ((rc = db_step(q)) == 1) {
        (void)ledger_entry_raw(l, q, 0, &entry); /* damaged ones as well */
        ledger_stub_parts(l, &entry.change);
        if ((rc = ledger_set_parts(l, Q_CHANGE_PARTS, entry.id,
                                   &entry.change)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

/* One that rotted may be of any record, and is fetched again anyway. */
static int erase_staged_one(struct ledger *l, uint64_t *seq,
                            const struct change_header *header)
{
    struct db_stmt *q = use(l, Q_STAGED_WHOLE);
    struct entry entry;
    int rc;

    db_bind_i64(q, (int64_t)*seq);
    if ((rc = db_step(q)) == 1) {
        bool rotted = ledger_entry_raw(l, q, 0, &entry) != 0;

        *seq = entry.seq;
        if (rotted || (id_equal(&entry.change.header.record, &header->record) &&
                       strcmp(entry.change.header.home, header->home) == 0)) {
            ledger_stub_parts(l, &entry.change);
            int set = ledger_set_parts(l, Q_STAGED_PARTS, (int64_t)entry.seq,
                                       &entry.change);

            rc = set != 0 ? set : 1;
        }
    }
    db_done(q);
    return rc;
}

int ledger_erase_staged(struct ledger *l, const struct change_header *header)
{
    uint64_t seq = 0;
    int rc;

    do
        rc = erase_staged_one(l, &seq, header);
    while (rc == 1);
    return rc;
}

/* All that is no part of the record's own chain: every record that becomes
 * final comes by here. */
static int end_record(struct ledger *l, const struct change_header *header)
{
    int rc = ledger_erase_staged(l, header);

    return rc != 0 || l->host.ended == NULL
               ? rc
               : l->host.ended(l->host.who, header);
}

static int erase(struct ledger *l, const struct record *r,
                 const struct change_header *header)
{
    int rc = erase_versions(l, r->row);

    if (rc == 0)
        rc = ledger_vault_erase(l, r->row);
    return rc != 0 ? rc : end_record(l, header);
}

/* ---- the state */

static int state_digest(struct ledger *l, const struct record *r,
                        struct hash *out)
{
    struct db_stmt *q = use(l, Q_CHANGE_DIGEST);
    int rc;

    db_bind_i64(q, r->state);
    memset(out, 0, sizeof *out);
    if ((rc = db_step(q)) == 1) {
        (void)db_hash(q, 0, out); /* a rotten one must not stop the stream */
        rc = 0;
    } else if (rc == 0) {
        rc = ERR_DAMAGED;
    }
    db_done(q);
    return rc;
}

static void become_state(struct ledger *l, struct record *r, int64_t id,
                         const struct change_header *header,
                         const struct verdict *v)
{
    if (r->counts)
        ledger_count(l, r->cell, r->tag, -1);
    if (v->counts)
        ledger_count(l, v->cell, v->tag, +1);
    r->state = id;
    r->version = header->version;
    r->kind = header->kind;
    r->counts = v->counts;
    r->cell = v->cell;
    r->tag = v->tag;
    r->waits_ms = v->waits_ms;
}

static int consider(struct ledger *l, struct record *r, int64_t id,
                    const struct incoming *in, const struct verdict *v)
{
    const struct change_header *header = &in->change->header;
    struct hash held;
    int rc, order;

    if (header->version < r->version)
        return 0;
    if (header->version > r->version) {
        r->flags &= ~(int64_t)RECORD_CONFLICT;
        become_state(l, r, id, header, v);
        return 0;
    }
    if ((rc = state_digest(l, r, &held)) != 0)
        return rc;
    order = hash_compare(&in->digest, &held);
    if (order != 0)
        r->flags |= RECORD_CONFLICT;
    if (order < 0)
        become_state(l, r, id, header, v);
    return 0;
}

int ledger_tell(struct ledger *l, const struct record *r, int64_t id,
                const struct incoming *in, const struct change *change,
                struct error *err)
{
    struct entry entry = {*change, in->digest, id, in->seq, in->h};
    struct ledger_event event = {
        .entry = &entry,
        .origin = in->origin,
        .record = r->row,
        .is_new = r->is_new,
        .is_state = r->state == id,
        .in_conflict = (r->flags & RECORD_CONFLICT) &&
                       r->version == change->header.version,
    };

    if (r->flags & RECORD_FINAL) /* what came early may have come with words */
        ledger_stub_parts(l, &entry.change);
    return l->host.applied(l->host.who, &event, err);
}

/* ---- quarantine */

static int quarantine(struct ledger *l, int64_t id, const char *reason)
{
    struct db_stmt *q = use(l, Q_QUARANTINE_ADD);

    l->quarantine_change++;
    db_bind_i64(q, id);
    db_bind_i64(q, l->wall_ms);
    db_bind_text(q, reason[0] ? reason : "refused");
    return db_run(q);
}

int ledger_is_quarantined(struct ledger *l, int64_t id)
{
    struct db_stmt *q = use(l, Q_QUARANTINE_GET);
    int rc;

    db_bind_i64(q, id);
    rc = db_step(q);
    db_done(q);
    return rc;
}

static int leave_quarantine(struct ledger *l, int64_t id)
{
    struct db_stmt *q = use(l, Q_QUARANTINE_DROP);

    l->quarantine_change++;
    db_bind_i64(q, id);
    return db_run(q);
}

/* ---- storing */

struct record ledger_first_state(const struct incoming *in,
                                 const struct verdict *v, int64_t row,
                                 int64_t change)
{
    const struct change_header *header = &in->change->header;
    struct record r = {
        .is_new = true, .row = row, .kind = header->kind, .last = change};

    if (header->flags & CHANGE_TOMBSTONE)
        r.flags |= RECORD_FINAL;
    if (v->code != 0)
        return r;
    r.state = change;
    r.version = header->version;
    r.counts = v->counts;
    r.cell = v->cell;
    r.tag = v->tag;
    r.waits_ms = v->waits_ms;
    return r;
}

/* The row of the change, behind `prev` in the record's chain. */
static int add_row(struct ledger *l, const struct record *r, int64_t prev,
                   const struct incoming *in, const struct change *change,
                   const struct verdict *v)
{
    int64_t id = l->next_change;
    int rc = ledger_change_add(l, id, r->row, prev, in, change);

    if (rc != 0)
        return rc;
    l->next_change++;
    return v->code != 0 ? quarantine(l, id, v->why.text) : 0;
}

/* 1: this is the record's first change, and all is done; 0: it is not. */
static int add_first(struct ledger *l, const struct incoming *in,
                     const struct verdict *v, int64_t *id, struct error *err)
{
    struct change stubbed;
    const struct change *change = in->change;
    struct record r;
    int rc = ledger_next_rows(l);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    r = ledger_first_state(in, v, l->next_record, l->next_change);
    if ((rc = ledger_record_add(l, &r, in)) != 1)
        return rc < 0 ? ledger_failed(l, rc, err) : 0;
    l->next_record++;
    *id = r.last;
    if (r.flags & RECORD_FINAL) {
        stubbed = *change;
        ledger_stub_parts(l, &stubbed);
        change = &stubbed;
        rc = end_record(l, &change->header);
    } else {
        rc = 0;
    }
    if (rc != 0 || (rc = add_row(l, &r, 0, in, change, v)) != 0)
        return ledger_failed(l, rc, err);
    if (v->code != 0)
        return 1;
    if (v->counts)
        ledger_count(l, v->cell, v->tag, +1);
    rc = ledger_tell(l, &r, *id, in, change, err);
    return rc != 0 ? rc : 1;
}

static int store(struct ledger *l, struct record *r, const struct incoming *in,
                 const struct change *change, const struct verdict *v,
                 int64_t *id)
{
    int rc = ledger_next_rows(l);

    *id = l->next_change;
    if (rc != 0 || (rc = add_row(l, r, r->last, in, change, v)) != 0)
        return rc;
    r->last = *id;
    if (v->code == 0 && (rc = consider(l, r, *id, in, v)) != 0)
        return rc;
    return ledger_record_set(l, r);
}

/* One more change of a record that is there. */
static int add_more(struct ledger *l, struct record *r,
                    const struct incoming *in, const struct verdict *v,
                    int64_t *id, struct error *err)
{
    const struct change *change = in->change;
    bool was_final = (r->flags & RECORD_FINAL) != 0;
    struct change stubbed;
    int rc;

    if (change->header.flags & CHANGE_TOMBSTONE)
        r->flags |= RECORD_FINAL;
    if (r->flags & RECORD_FINAL) {
        stubbed = *change;
        ledger_stub_parts(l, &stubbed);
        change = &stubbed;
    }
    rc = store(l, r, in, change, v, id);
    if (rc == 0 && (r->flags & RECORD_FINAL) && !was_final)
        rc = erase(l, r, &change->header);
    if (rc != 0)
        return ledger_failed(l, rc, err);
    return v->code == 0 ? ledger_tell(l, r, *id, in, change, err) : 0;
}

/* A row that is there becomes effective: it leaves quarantine. */
int ledger_add_again(struct ledger *l, struct record *r, int64_t id,
                     const struct incoming *in, const struct verdict *v,
                     struct error *err)
{
    int rc;

    if ((rc = leave_quarantine(l, id)) != 0 ||
        (rc = consider(l, r, id, in, v)) != 0 ||
        (rc = ledger_record_set(l, r)) != 0)
        return ledger_failed(l, rc, err);
    return ledger_tell(l, r, id, in, in->change, err);
}

static int find_early(struct ledger *l, const struct record *r,
                      const struct incoming *in, int64_t *id)
{
    struct db_stmt *q = use(l, Q_EARLY_FIND);
    int rc;

    db_bind_i64(q, r->row);
    db_bind_i64(q, (int64_t)in->change->header.version);
    db_bind_hash(q, &in->digest);
    if ((rc = db_step(q)) == 1)
        *id = db_i64(q, 0);
    db_done(q);
    return rc;
}

int ledger_complete(struct ledger *l, int64_t id, const struct change *change)
{
    struct db_stmt *q = use(l, Q_CHANGE_GET);
    struct record r = {0};
    struct entry held;
    struct hash digest;
    bool more = false;
    int64_t row;
    int rc;

    db_bind_i64(q, id);
    if ((rc = db_step(q)) != 1)
        goto done;
    if (ledger_entry_of(l, q, 0, &held) != 0) {
        digest = change_digest(l->hash, change);
        db_done(q);
        return hash_equal(&digest, &held.digest)
                   ? ledger_mend_row(l, id, change, &digest)
                   : 0;
    }
    row = db_i64(q, 12);
    if ((rc = ledger_record_get(l, row, &r)) != 0)
        goto done;
    for (int i = 0; i < PART_COUNT; i++)
        if (held.change.part[i].form == PART_STUB &&
            change->part[i].form == PART_WHOLE &&
            (i == PART_FACT || !(r.flags & RECORD_FINAL))) {
            held.change.part[i] = change->part[i];
            more = true;
        }
    if (more)
        rc = ledger_set_parts(l, Q_CHANGE_PARTS, id, &held.change);
done:
    db_done(use(l, Q_CHANGE_GET));
    return rc;
}

int ledger_place(struct ledger *l, int64_t id, const struct incoming *in)
{
    struct db_stmt *q = use(l, Q_CHANGE_PLACE);
    int rc;

    db_bind_i64(q, in->stream);
    db_bind_i64(q, (int64_t)in->seq);
    db_bind_hash(q, &in->h);
    db_bind_i64(q, (int64_t)in->size);
    bind_or_null(q, in->urgent, in->urgent != URGENT_NO);
    db_bind_i64(q, id);
    rc = db_run(q);
    return rc != 0 ? rc : ledger_complete(l, id, in->change);
}

/* The stream brings what came early: the row moves into its place. */
static int settle_early(struct ledger *l, struct record *r, int64_t id,
                        const struct incoming *in, const struct verdict *v,
                        struct error *err)
{
    int rc = ledger_place(l, id, in);

    if (rc == 0)
        rc = ledger_is_quarantined(l, id);
    if (rc < 0)
        return ledger_failed(l, rc, err);
    return rc == 1 && v->code == 0 ? ledger_add_again(l, r, id, in, v, err) : 0;
}

int ledger_put_judged(struct ledger *l, const struct incoming *in,
                      const struct verdict *v, int64_t *id, struct error *err)
{
    const struct id *uid = &in->change->header.record;
    struct record r;
    /* Adding finds out by itself whether the record is there. */
    int rc = in->change->header.version == 1 ? add_first(l, in, v, id, err) : 0;

    if (rc != 0)
        return rc < 0 ? rc : 0;
    if ((rc = ledger_record_find(l, in->home, uid, &r)) == 0) {
        rc = add_first(l, in, v, id, err);
        assert(rc != 0); /* it was not there */
        return rc < 0 ? rc : 0;
    }
    if (rc == 1 && in->stream != 0 && (rc = find_early(l, &r, in, id)) == 1)
        return settle_early(l, &r, *id, in, v, err);
    return rc < 0 ? ledger_failed(l, rc, err) : add_more(l, &r, in, v, id, err);
}

int ledger_put(struct ledger *l, const struct incoming *in, int64_t *id,
               struct error *err)
{
    struct verdict v;
    int64_t row;
    int rc = ledger_judge(l, in->change, in->home, WORD_MAKE, &v);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    if (v.code != 0 && in->strict)
        return error_set(err, v.code, "%s", v.why.text);
    return ledger_put_judged(l, in, &v, id ? id : &row, err);
}

int ledger_put_aside(struct ledger *l, const struct incoming *in,
                     const char *reason)
{
    struct verdict v = {.code = ERR_REFUSED};
    int64_t row;

    (void)error_set(&v.why, v.code, "%s", reason);
    return ledger_put_judged(l, in, &v, &row, NULL);
}

int ledger_put_alone(struct ledger *l, const struct incoming *in, int64_t *id,
                     struct error *err)
{
    struct error why = {""};
    int rc = db_save(l->db);

    if (rc != 0)
        return ledger_failed(l, rc, err);
    rc = ledger_put(l, in, id, &why);
    if (rc == 0)
        return db_release(l->db);
    if (db_code_is_world(rc) || in->strict) {
        (void)error_set(err, rc, "%s", why.text);
        (void)db_undo(l->db);
        return rc;
    }
    if (!why.text[0])
        (void)error_set(&why, rc, "%s", error_name(rc));
    if ((rc = db_undo(l->db)) != 0 ||
        (rc = ledger_put_aside(l, in, why.text)) != 0)
        return ledger_failed(l, rc, err);
    return 0;
}

int ledger_held(struct ledger *l, uint32_t home, const struct id *record,
                uint64_t version, const struct hash *digest, int64_t *id,
                int64_t *stream)
{
    struct db_stmt *q;
    struct record r;
    int rc = ledger_record_find(l, home, record, &r);

    if (rc != 1)
        return rc;
    q = use(l, Q_CHAIN_FIND);
    db_bind_i64(q, r.row);
    db_bind_i64(q, (int64_t)version);
    db_bind_hash(q, digest);
    if ((rc = db_step(q)) == 1) {
        *id = db_i64(q, 0);
        *stream = db_i64(q, 1); /* 0: early */
    }
    db_done(q);
    return rc;
}
