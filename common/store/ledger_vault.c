/* common/store/ledger_vault.c - see ledger_vault.h. */
#include "common/store/ledger_vault.h"

#include <assert.h>
#include <string.h>

#include "common/store/ledger_inside.h"

/* 1: the row that holds exactly this change, and its record; 0: none. */
static int held(struct ledger *l, const struct change_ref *ref, int64_t *change,
                struct record *record)
{
    uint32_t home;
    int64_t stream;
    int rc = ledger_word_id(l, ref->home, WORD_FIND, &home);

    if (rc != 0 || home == 0)
        return rc;
    rc = ledger_record_find(l, home, &ref->record, record);
    if (rc != 1)
        return rc;
    return ledger_held(l, home, &ref->record, ref->version, &ref->digest,
                       change, &stream);
}

int ledger_vault_put(struct ledger *l, const struct change_ref *ref,
                     struct bytes object)
{
    struct hash hash = l->hash->sha256(&object, 1);
    struct record record;
    struct db_stmt *q;
    int64_t change;
    int rc = held(l, ref, &change, &record);

    assert(db_has_begun(l->db));
    if (rc != 1)
        return rc == 0 ? ERR_MISSING : rc;
    if (record.flags & RECORD_FINAL)
        return 0;
    q = use(l, Q_VAULT_PUT);
    db_bind_i64(q, change);
    db_bind_hash(q, &hash);
    db_bind_bytes(q, object);
    return db_run(q);
}

int ledger_vault_drop(struct ledger *l, int64_t change)
{
    struct db_stmt *q = use(l, Q_VAULT_DROP);

    db_bind_i64(q, change);
    return db_run(q);
}

int ledger_vault_erase(struct ledger *l, int64_t record)
{
    struct db_stmt *q = use(l, Q_VAULT_ERASE);

    db_bind_i64(q, record);
    return db_run(q);
}

/* ---- reading */

/* The columns of VAULT (ledger_queries.c). */
static int item_of(struct ledger *l, struct db_stmt *q, struct vault_item *out)
{
    struct hash hash, now;

    memset(out, 0, sizeof *out);
    out->change = db_i64(q, 0);
    out->seq = (uint64_t)db_i64(q, 1);
    out->bytes = db_bytes(q, 5);
    if (!db_hash(q, 2, &out->digest) ||
        l->host.header(&out->header, db_bytes(q, 3)) != 0)
        return ERR_DAMAGED; /* the change, not the object */
    now = l->hash->sha256(&out->bytes, 1);
    out->good = db_hash(q, 4, &hash) && hash_equal(&hash, &now);
    return 0;
}

static int each_item(struct ledger *l, struct db_stmt *q,
                     int (*each)(void *who, const struct vault_item *item),
                     void *who)
{
    struct vault_item item;
    int rc;

    while ((rc = db_step(q)) == 1)
        if ((rc = item_of(l, q, &item)) != 0 || (rc = each(who, &item)) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int ledger_vault_read(struct ledger *l, const struct stream_name *name,
                      uint64_t from, uint64_t to,
                      int (*each)(void *who, const struct vault_item *item),
                      void *who)
{
    struct stream *s;
    struct db_stmt *q;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    q = use(l, Q_VAULT_READ);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)from);
    db_bind_i64(q, (int64_t)to);
    return each_item(l, q, each, who);
}

struct counted {
    int (*each)(void *who, const struct vault_item *item);
    void *who;
    bool found;
};

static int count_one(void *who, const struct vault_item *item)
{
    struct counted *c = who;

    c->found = true;
    return c->each(c->who, item);
}

int ledger_vault_find(struct ledger *l, const struct change_ref *ref,
                      int (*each)(void *who, const struct vault_item *item),
                      void *who)
{
    struct counted c = {each, who, false};
    struct record record;
    struct db_stmt *q;
    int64_t change;
    int rc = held(l, ref, &change, &record);

    if (rc != 1)
        return rc == 0 ? ERR_MISSING : rc;
    q = use(l, Q_VAULT_FIND);
    db_bind_i64(q, change);
    rc = each_item(l, q, count_one, &c);
    return rc == 0 && !c.found ? ERR_MISSING : rc;
}

int ledger_vault_at(struct ledger *l, int64_t change,
                    int (*each)(void *who, const struct vault_item *item),
                    void *who)
{
    struct counted c = {each, who, false};
    struct db_stmt *q = use(l, Q_VAULT_FIND);
    int rc;

    db_bind_i64(q, change);
    rc = each_item(l, q, count_one, &c);
    return rc == 0 && !c.found ? ERR_MISSING : rc;
}

int ledger_vault_all(struct ledger *l, int64_t after,
                     int (*each)(void *who, const struct vault_item *item),
                     void *who)
{
    struct db_stmt *q = use(l, Q_VAULT_ALL);
    struct vault_item item;
    int rc;

    db_bind_i64(q, after);
    while ((rc = db_step(q)) == 1)
        if (item_of(l, q, &item) == 0 && (rc = each(who, &item)) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

uint64_t ledger_vault_count(struct ledger *l)
{
    struct db_stmt *q = use(l, Q_VAULT_COUNT);
    uint64_t count = db_step(q) == 1 ? (uint64_t)db_i64(q, 0) : 0;

    db_done(q);
    return count;
}

/* ---- back into its place */

static bool fits(struct ledger *l, const struct part *held_part,
                 const struct part *part)
{
    struct hash ours = part_hash(l->hash, held_part);
    struct hash theirs = part_hash(l->hash, part);

    return held_part->form != PART_ABSENT && hash_equal(&ours, &theirs);
}

/* Every part that is there is the one that the change's digest covers. */
static int all_fit(struct ledger *l, int64_t change,
                   const struct part part[PART_COUNT])
{
    struct db_stmt *q = use(l, Q_CHANGE_GET);
    struct entry entry;
    int rc;

    db_bind_i64(q, change);
    if ((rc = db_step(q)) == 1)
        rc = ledger_entry_of(l, q, 0, &entry);
    else if (rc == 0)
        rc = ERR_MISSING;
    for (int i = PART_BODY; i < PART_COUNT && rc == 0; i++)
        if (part[i].form == PART_WHOLE &&
            !fits(l, &entry.change.part[i], &part[i]))
            rc = ERR_DAMAGED;
    db_done(q);
    return rc;
}

bool ledger_vault_lacks(struct ledger *l, int64_t change)
{
    struct db_stmt *q = use(l, Q_CHANGE_GET);
    struct entry entry;
    bool lacks = false;

    db_bind_i64(q, change);
    if (db_step(q) == 1 && ledger_entry_of(l, q, 0, &entry) == 0)
        lacks = entry.change.part[PART_BODY].form == PART_STUB ||
                entry.change.part[PART_VAULT].form == PART_STUB;
    db_done(q);
    return lacks;
}

int ledger_vault_fill(struct ledger *l, int64_t change,
                      const struct part part[PART_COUNT])
{
    struct change whole = {0};
    int rc = all_fit(l, change, part);

    assert(db_has_begun(l->db));
    if (rc != 0)
        return rc;
    for (int i = PART_BODY; i < PART_COUNT; i++)
        whole.part[i] = part[i];
    rc = ledger_complete(l, change, &whole);
    return rc != 0 ? rc : ledger_vault_drop(l, change);
}

/* ---- what is missing */

/* Is the part with this salt column neither here nor in an earlier version? */
static int is_missing(struct ledger *l, struct bytes salt, enum query query,
                      int64_t record, bool *out)
{
    struct part part = {.form = PART_STUB};
    struct buf memory = {0};
    int rc;

    if (salt.size != sizeof part.hash.bytes)
        return 0;
    memcpy(part.hash.bytes, salt.data, salt.size);
    rc = ledger_fill_stub(l, query, record, &part, &memory);
    *out = *out || (rc == 0 && part.form == PART_STUB);
    buf_free(&memory);
    return rc;
}

static int missing_of(struct ledger *l, struct db_stmt *q,
                      struct vault_item *out, bool *missing)
{
    int64_t record = db_i64(q, 6);
    int rc;

    memset(out, 0, sizeof *out);
    *missing = false;
    out->change = db_i64(q, 0);
    out->seq = (uint64_t)db_i64(q, 1);
    if (!db_hash(q, 2, &out->digest) ||
        l->host.header(&out->header, db_bytes(q, 3)) != 0)
        return 0; /* damaged: not to be named (ledger_damage.c) */
    rc = is_missing(l, db_bytes(q, 4), Q_CHAIN_BODY, record, missing);
    return rc != 0
               ? rc
               : is_missing(l, db_bytes(q, 5), Q_CHAIN_VAULT, record, missing);
}

int ledger_vault_missing(struct ledger *l, const struct stream_name *name,
                         uint64_t from, uint64_t to,
                         int (*each)(void *who, const struct vault_item *item),
                         void *who)
{
    struct vault_item item;
    struct stream *s;
    struct db_stmt *q;
    bool missing;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    q = use(l, Q_VAULT_MISSING);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)from);
    db_bind_i64(q, (int64_t)to);
    while ((rc = db_step(q)) == 1)
        if ((rc = missing_of(l, q, &item, &missing)) != 0 ||
            (missing && (rc = each(who, &item)) != 0))
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

/* ---- positions */

int ledger_vault_next(struct ledger *l, const struct stream_name *name,
                      uint64_t from, uint64_t to, bool bodies, uint64_t *out)
{
    struct stream *s;
    struct db_stmt *q;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    q = use(l, bodies ? Q_VAULT_NEXT : Q_VAULT_NEXT_SEALED);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)from);
    db_bind_i64(q, (int64_t)to);
    if ((rc = db_step(q)) == 1)
        *out = (uint64_t)db_i64(q, 0);
    db_done(q);
    return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

uint64_t ledger_vaulted(struct ledger *l, const struct stream_name *name)
{
    struct db_stmt *q = use(l, Q_VAULTED);
    uint64_t seq;

    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    seq = db_step(q) == 1 ? (uint64_t)db_i64(q, 0) : 0;
    db_done(q);
    return seq;
}

int ledger_set_vaulted(struct ledger *l, const struct stream_name *name,
                       uint64_t seq)
{
    struct db_stmt *q = use(l, Q_VAULTED_SET);

    db_bind_i64(q, (int64_t)seq);
    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    return db_run(q);
}

/* ---- what was passed over */

enum { REACH_LOOK = 4096 /* positions looked at in one turn */ };

int ledger_lacking(struct ledger *l, const struct stream_name *name,
                   struct ledger_lacking *out)
{
    struct db_stmt *q = use(l, Q_LACKING);
    int rc;

    memset(out, 0, sizeof *out);
    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    if ((rc = db_step(q)) == 1) {
        out->first = (uint64_t)db_i64(q, 0);
        out->last = (uint64_t)db_i64(q, 1);
    }
    db_done(q);
    return rc < 0 ? rc : 0;
}

int ledger_set_lacking(struct ledger *l, const struct stream_name *name,
                       const struct ledger_lacking *lacking)
{
    struct db_stmt *q = use(l, Q_LACKING_SET);

    db_bind_i64(q, (int64_t)lacking->first);
    db_bind_i64(q, (int64_t)lacking->last);
    db_bind_text(q, name->home);
    db_bind_text(q, name->channel);
    return db_run(q);
}

static int first_missing(void *who, const struct vault_item *item)
{
    *(uint64_t *)who = item->seq;
    return 1;
}

/* Too much for one turn is looked at later, when it is asked for. */
static int passed_over(struct ledger *l, const struct stream_name *name,
                       uint64_t from, uint64_t to)
{
    struct ledger_lacking lacking;
    uint64_t first = to - from < REACH_LOOK ? 0 : from;
    int rc = 0;

    if (first == 0)
        rc = ledger_vault_missing(l, name, from, to, first_missing, &first);
    if (rc != 0 || first == 0 || (rc = ledger_lacking(l, name, &lacking)) != 0)
        return rc;
    if (lacking.first == 0 || first < lacking.first)
        lacking.first = first;
    if (to > lacking.last)
        lacking.last = to;
    return ledger_set_lacking(l, name, &lacking);
}

int ledger_vault_reach(struct ledger *l, const struct stream_name *name,
                       uint64_t seq)
{
    uint64_t before = ledger_vaulted(l, name);
    int rc;

    if (seq <= before)
        return 0;
    rc = passed_over(l, name, before + 1, seq);
    return rc != 0 ? rc : ledger_set_vaulted(l, name, seq);
}
