/* common/store/ledger_read.c - reading back: for sending, for pages, for lists.
 *
 * The callbacks may call the ledger again, but not the function that called
 * them: each function has a statement of its own.
 */
#include <string.h>

#include "common/store/ledger_inside.h"

/* ---- for sending */

static int read_stream(struct ledger *l, enum query query,
                       const struct stream_name *name, uint64_t seq,
                       int (*each)(void *who, const struct entry *entry),
                       void *who)
{
    struct db_stmt *q;
    struct stream *s;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    q = use(l, query);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)seq);
    return ledger_each(l, q, query == Q_READ, each, who);
}

int ledger_read(struct ledger *l, const struct stream_name *name, uint64_t seq,
                int (*each)(void *who, const struct entry *entry), void *who)
{
    return read_stream(l, Q_READ, name, seq, each, who);
}

int ledger_read_expedited(struct ledger *l, const struct stream_name *name,
                          uint64_t seq,
                          int (*each)(void *who, const struct entry *entry),
                          void *who)
{
    return read_stream(l, Q_READ_EXPEDITED, name, seq, each, who);
}

static int read_urgent(struct ledger *l, enum query query,
                       const struct stream_name *name, const uint64_t span[2],
                       int (*each)(void *who, const struct entry *entry),
                       void *who)
{
    struct db_stmt *q;
    struct stream *s;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    q = use(l, query);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)span[0]);
    db_bind_i64(q, (int64_t)span[1]);
    return ledger_each(l, q, false, each, who);
}

int ledger_read_first(struct ledger *l, const struct stream_name *name,
                      uint64_t low, uint64_t high,
                      int (*each)(void *who, const struct entry *entry),
                      void *who)
{
    const uint64_t span[2] = {low, high};

    return read_urgent(l, Q_READ_FIRST, name, span, each, who);
}

int ledger_read_newest(struct ledger *l, const struct stream_name *name,
                       uint64_t low, uint64_t high,
                       int (*each)(void *who, const struct entry *entry),
                       void *who)
{
    const uint64_t span[2] = {low, high};

    return read_urgent(l, Q_READ_NEWEST, name, span, each, who);
}

int ledger_read_early(struct ledger *l, const char *home,
                      int (*each)(void *who, const struct entry *entry),
                      void *who)
{
    struct db_stmt *q;
    uint32_t word;
    int rc = ledger_word_id(l, home, WORD_FIND, &word);

    if (rc != 0 || word == 0)
        return rc;
    q = use(l, Q_READ_EARLY);
    db_bind_i64(q, word);
    return ledger_each(l, q, false, each, who);
}

/* ---- one change by its name */

/* The record's row: 1, 0 or an error. */
static int record_row_of(struct ledger *l, const char *home,
                         const struct id *id, int64_t *row)
{
    struct db_stmt *q;
    uint32_t word;
    int rc = ledger_word_id(l, home, WORD_FIND, &word);

    if (rc != 0 || word == 0)
        return rc;
    q = use(l, Q_RECORD_FIND);
    db_bind_id(q, id);
    db_bind_i64(q, word);
    if ((rc = db_step(q)) == 1)
        *row = db_i64(q, 0);
    db_done(q);
    return rc;
}

static int change_row_of(struct ledger *l, const struct change_ref *ref,
                         int64_t *id)
{
    uint32_t word;
    int64_t where;
    int rc = ledger_word_id(l, ref->home, WORD_FIND, &word);

    if (rc != 0 || word == 0)
        return rc;
    return ledger_held(l, word, &ref->record, ref->version, &ref->digest, id,
                       &where);
}

int ledger_find(struct ledger *l, const struct change_ref *ref,
                int (*each)(void *who, const struct entry *entry), void *who)
{
    struct entry entry;
    struct db_stmt *q;
    int64_t row;
    int rc = record_row_of(l, ref->home, &ref->record, &row);

    if (rc != 1)
        return rc == 0 ? ERR_MISSING : rc;
    q = use(l, Q_FIND);
    db_bind_i64(q, row);
    db_bind_i64(q, (int64_t)ref->version);
    db_bind_hash(q, &ref->digest);
    if ((rc = db_step(q)) == 0)
        rc = ERR_MISSING;
    else if (rc == 1 && (rc = ledger_entry_of(l, q, 0, &entry)) == 0)
        rc = each(who, &entry);
    db_done(q);
    return rc > 0 ? 0 : rc;
}

bool ledger_has(struct ledger *l, const struct change_ref *ref)
{
    int64_t id;

    return change_row_of(l, ref, &id) == 1;
}

int ledger_settle(struct ledger *l, const struct change_ref *ref)
{
    struct db_stmt *q;
    int64_t id;
    int rc = change_row_of(l, ref, &id);

    if (rc != 1)
        return rc == 0 ? ERR_MISSING : rc;
    q = use(l, Q_SETTLE);
    db_bind_i64(q, id);
    return db_run(q);
}

int ledger_unsettle(struct ledger *l, const struct stream_name *name,
                    uint64_t seq)
{
    struct db_stmt *q;
    struct stream *s;
    int rc = ledger_stream_get(l, name, &s);

    if (rc != 0)
        return rc;
    q = use(l, Q_UNSETTLE);
    db_bind_i64(q, s->s.id);
    db_bind_i64(q, (int64_t)seq);
    return db_run(q);
}

static int64_t count_of(struct db_stmt *q)
{
    int64_t count = db_step(q) == 1 ? db_i64(q, 0) : 0;

    db_done(q);
    return count;
}

uint64_t ledger_expedited_waiting(struct ledger *l,
                                  const struct stream_name *name)
{
    struct db_stmt *q;
    struct stream *s;

    if (ledger_stream_get(l, name, &s) != 0)
        return 0;
    q = use(l, Q_EXPEDITED_COUNT);
    db_bind_i64(q, s->s.id);
    return (uint64_t)count_of(q);
}

uint64_t ledger_early_count(struct ledger *l, const char *home)
{
    struct db_stmt *q;
    uint32_t word;

    if (ledger_word_id(l, home, WORD_FIND, &word) != 0 || word == 0)
        return 0;
    q = use(l, Q_EARLY_COUNT);
    db_bind_i64(q, word);
    return (uint64_t)count_of(q);
}

/* ---- records */

enum { PASSED_BY = -1000 /* damaged: not an error of the whole reading */ };

/* The columns of RECORD (ledger_queries.c). */
int ledger_record_row(struct ledger *l, struct db_stmt *q,
                      struct record_row *out)
{
    int64_t flags = db_i64(q, 5);
    int64_t home = db_i64(q, 2);

    memset(out, 0, sizeof *out);
    out->row = db_i64(q, 0);
    out->kind = (uint32_t)db_i64(q, 3);
    out->version = (uint64_t)db_i64(q, 4);
    out->conflict = (flags & RECORD_CONFLICT) != 0;
    out->final = (flags & RECORD_FINAL) != 0;
    out->counts = !db_is_null(q, 6);
    if (!db_id(q, 1, &out->id) || home <= 0 || home > UINT32_MAX)
        return ERR_DAMAGED;
    strncpy(out->home, ledger_word(l, (uint32_t)home), sizeof out->home - 1);
    if (out->counts) {
        axes_unpack(&out->axes, db_i64(q, 6));
        out->axes.village_text =
            ledger_village(l, out->axes.home, out->axes.village);
    }
    return 0;
}

struct seeing {
    struct ledger *l;
    int (*each)(void *who, const struct record_row *row,
                const struct entry *entry);
    void *who;
};

int ledger_fill_stub(struct ledger *l, enum query query, int64_t record,
                     struct part *part, struct buf *memory)
{
    struct db_stmt *q = use(l, query);
    struct part whole = {.form = PART_WHOLE};
    struct hash hash;
    int rc;

    db_bind_i64(q, record);
    while ((rc = db_step(q)) == 1) {
        struct bytes salt = db_bytes(q, 0);

        if (salt.size != sizeof whole.salt)
            continue;
        memcpy(whole.salt, salt.data, sizeof whole.salt);
        whole.bytes = db_bytes(q, 1);
        hash = part_hash(l->hash, &whole);
        if (hash_equal(&hash, &part->hash)) {
            buf_add_bytes(memory, whole.bytes);
            whole.bytes = buf_bytes(memory);
            *part = whole;
            rc = 0;
            break;
        }
    }
    db_done(q);
    return rc;
}

static int see_filled(const struct seeing *s, const struct record_row *row,
                      struct entry *entry)
{
    struct part *body = &entry->change.part[PART_BODY];
    struct part *vault = &entry->change.part[PART_VAULT];
    struct buf body_memory = {0}, vault_memory = {0};
    int rc = 0;

    if (body->form == PART_STUB)
        rc = ledger_fill_stub(s->l, Q_CHAIN_BODY, row->row, body, &body_memory);
    if (rc == 0 && vault->form == PART_STUB)
        rc = ledger_fill_stub(s->l, Q_CHAIN_VAULT, row->row, vault,
                              &vault_memory);
    if (rc == 0)
        rc = s->each(s->who, row, entry);
    buf_free(&body_memory);
    buf_free(&vault_memory);
    return rc;
}

static int see(const struct seeing *s, struct db_stmt *q, bool fill,
               struct record_row *row)
{
    struct entry entry;
    int rc = ledger_record_row(s->l, q, row);

    if (rc != 0)
        return PASSED_BY;
    if (!s->each || db_is_null(q, RECORD_COLUMNS))
        return 0;
    if (ledger_entry_of(s->l, q, RECORD_COLUMNS, &entry) != 0)
        return PASSED_BY;
    return fill && !row->final ? see_filled(s, row, &entry)
                               : s->each(s->who, row, &entry);
}

int ledger_record(struct ledger *l, const char *home, const struct id *id,
                  struct record_row *out,
                  int (*each)(void *who, const struct record_row *row,
                              const struct entry *entry),
                  void *who)
{
    struct seeing s = {l, each, who};
    struct record_row row;
    struct db_stmt *q;
    uint32_t word;
    int rc = ledger_word_id(l, home, WORD_FIND, &word);

    if (rc != 0 || word == 0)
        return rc != 0 ? rc : ERR_MISSING;
    q = use(l, Q_RECORD_STATE);
    db_bind_id(q, id);
    db_bind_i64(q, word);
    if ((rc = db_step(q)) == 0)
        rc = ERR_MISSING;
    else if (rc == 1)
        rc = see(&s, q, true, &row);
    db_done(q);
    if (rc >= 0 && out)
        *out = row;
    return rc > 0 ? 0 : rc == PASSED_BY ? ERR_DAMAGED : rc;
}

static int see_all(const struct seeing *s, struct db_stmt *q, bool fill)
{
    struct record_row row;
    int rc;

    while ((rc = db_step(q)) == 1) {
        rc = see(s, q, fill, &row);
        if (rc != 0 && rc != PASSED_BY)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int ledger_records(struct ledger *l, uint32_t kind, const char *home,
                   int (*each)(void *who, const struct record_row *row,
                               const struct entry *entry),
                   void *who)
{
    struct seeing s = {l, each, who};
    struct db_stmt *q;
    uint32_t word = 0;
    int rc = home ? ledger_word_id(l, home, WORD_FIND, &word) : 0;

    if (rc != 0 || (home && word == 0))
        return rc;
    q = use(l, kind == KIND_REPORT ? Q_REPORTS : Q_RECORDS);
    db_bind_i64(q, kind);
    if (home)
        db_bind_i64(q, word);
    else
        db_bind_null(q);
    return see_all(&s, q, true);
}

int ledger_reports_before(struct ledger *l, const char *home, int64_t before,
                          int (*each)(void *who, const struct record_row *row,
                                      const struct entry *entry),
                          void *who)
{
    struct seeing s = {l, each, who};
    struct db_stmt *q;
    uint32_t word = 0;
    int rc = ledger_word_id(l, home, WORD_FIND, &word);

    if (rc != 0 || word == 0)
        return rc;
    q = use(l, Q_REPORTS_BEFORE);
    db_bind_i64(q, before);
    db_bind_i64(q, word);
    return see_all(&s, q, true);
}

static int see_rows(struct ledger *l, struct db_stmt *q,
                    int (*each)(void *who, const struct record_row *row),
                    void *who)
{
    struct record_row row;
    int rc;

    while ((rc = db_step(q)) == 1)
        if (ledger_record_row(l, q, &row) == 0 && (rc = each(who, &row)) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int ledger_reports_below(struct ledger *l, int64_t before,
                         int (*each)(void *who, const struct record_row *row),
                         void *who)
{
    struct db_stmt *q = use(l, Q_REPORTS_BELOW);

    db_bind_i64(q, before > 0 ? before : INT64_MAX);
    return see_rows(l, q, each, who);
}

int ledger_records_named(struct ledger *l, const struct id *id,
                         int (*each)(void *who, const struct record_row *row),
                         void *who)
{
    struct db_stmt *q = use(l, Q_RECORDS_NAMED);

    db_bind_id(q, id);
    return see_rows(l, q, each, who);
}

int ledger_history(struct ledger *l, const char *home, const struct id *id,
                   int (*each)(void *who, const struct record_row *row,
                               const struct entry *entry),
                   void *who)
{
    struct seeing s = {l, each, who};
    struct db_stmt *q;
    int64_t row;
    int rc = record_row_of(l, home, id, &row);

    if (rc != 1)
        return rc == 0 ? ERR_MISSING : rc;
    q = use(l, Q_HISTORY);
    db_bind_i64(q, row);
    return see_all(&s, q, false);
}

/* ---- figures */

int ledger_figures(struct ledger *l, int32_t from, int32_t to,
                   int (*each)(void *who, const struct axes *axes,
                               int64_t count),
                   void *who)
{
    struct axes first = {.day = from < 0 ? 0 : from};
    struct axes last = {.day = to < (1 << 17) - 1 ? to + 1 : 0};
    struct axes axes;
    struct db_stmt *q;
    int rc = 0;

    if (to < first.day || from >= 1 << 17)
        return 0;
    if (db_can_write(l->db) && (rc = ledger_flush(l)) != 0)
        return rc;
    q = use(l, Q_FIGURES);
    db_bind_i64(q, axes_pack(&first));
    db_bind_i64(q, last.day == 0 ? INT64_MAX : axes_pack(&last));
    while ((rc = db_step(q)) == 1) {
        axes_unpack(&axes, db_i64(q, 0));
        axes.village_text = ledger_village(l, axes.home, axes.village);
        if ((rc = each(who, &axes, db_i64(q, 1))) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

/* ---- quarantine */

static int row_quarantined(struct ledger *l, struct db_stmt *q,
                           struct quarantined *out)
{
    struct change_header header;

    if (l->host.header(&header, db_bytes(q, 6)) != 0)
        return ERR_DAMAGED;
    memset(out, 0, sizeof *out);
    out->id = db_i64(q, 0);
    out->since_ms = db_i64(q, 1);
    out->reason = db_text(q, 2);
    if (!db_is_null(q, 3))
        out->name = stream_name_make(db_text(q, 3), db_text(q, 4));
    out->seq = (uint64_t)db_i64(q, 5);
    out->record = header.record;
    out->version = header.version;
    out->kind = header.kind;
    return 0;
}

int ledger_quarantine_list(struct ledger *l,
                           int (*each)(void *who, const struct quarantined *q),
                           void *who)
{
    struct db_stmt *q = use(l, Q_QUARANTINE_ALL);
    struct quarantined item;
    int rc;

    while ((rc = db_step(q)) == 1)
        if (row_quarantined(l, q, &item) == 0 && (rc = each(who, &item)) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

uint64_t ledger_quarantine_count(struct ledger *l)
{
    return (uint64_t)count_of(use(l, Q_QUARANTINE_COUNT));
}
