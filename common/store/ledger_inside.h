/* common/store/ledger_inside.h - what the rooms of the ledger share: the
 * struct, the statements by number, and the few functions that cross rooms. Not
 * for others.
 *
 * ledger.c          open, the transaction's events, figures
 * ledger_queries.c  every statement
 * ledger_words.c    texts by number
 * ledger_streams.c  streams, their heads and acknowledgements
 * ledger_entry.c    rows to entries and back
 * ledger_rows.c     the rows of records and changes
 * ledger_state.c    one change into its record: state, tombstone, quarantine
 * ledger_run.c      many new reports at once
 * ledger_count.c    who waits; counting from nothing
 * ledger_retry.c    what is quarantined, tried again
 * ledger_refusal.c  what either side cannot use of the other; conflicts
 * ledger_write.c    append, receive, early, detach, adopt
 * ledger_rebase.c   the peer's copy takes the place of ours
 * ledger_read.c     reading back
 * ledger_vault.c    vault objects beside the changes
 * ledger_damage.c   changes that rotted: noted, mended
 * ledger_verify.c   does it still hold?
 * ledger_salvage.c  a damaged database's changes, into a new one (salvage.h)
 */
#ifndef LIENXA_STORE_LEDGER_INSIDE_H
#define LIENXA_STORE_LEDGER_INSIDE_H

#include "common/store/db_inside.h"
#include "common/store/ledger.h"

enum query {
    Q_WORD_ID,
    Q_WORD_TEXT,
    Q_WORD_ADD,
    Q_VILLAGE_NUMBER,
    Q_VILLAGE_TEXT,
    Q_VILLAGE_NAMED,
    Q_VILLAGE_ADD,
    Q_VILLAGE_LAST,
    Q_STREAM_FIND,
    Q_STREAM_ADD,
    Q_STREAM_ALL,
    Q_STREAM_SET,
    Q_STREAM_HEAD,
    Q_STREAM_AT,
    Q_STREAM_SUM,
    Q_STREAM_ACK,
    Q_NEXT_CHANGE,
    Q_NEXT_RECORD,
    Q_RECORD_FIND,
    Q_RECORD_GET,
    Q_RECORD_ADD,
    Q_RECORD_ADD_RUN,
    Q_RECORD_SET,
    Q_CHANGE_ADD,
    Q_CHANGE_ADD_RUN,
    Q_CHANGE_DIGEST,
    Q_CHANGE_GET,
    Q_CHANGE_PLACE,
    Q_CHANGE_PARTS,
    Q_EARLY_FIND,
    Q_CHAIN_FIND,
    Q_CHAIN_STATES,
    Q_CHAIN_WHOLE,
    Q_CHAIN_BODY,
    Q_CHAIN_VAULT,
    Q_FIGURE_ADD,
    Q_FIGURE_ADD_RUN,
    Q_FIGURE_DROP,
    Q_FIGURES,
    Q_FIGURE_CLEAR,
    Q_WAITING,
    Q_WAITS_NEXT,
    Q_RECOUNT,
    Q_RECOUNT_SET,
    Q_QUARANTINE_ADD,
    Q_QUARANTINE_DROP,
    Q_QUARANTINE_GET,
    Q_QUARANTINE_TRIED,
    Q_QUARANTINE_ALL,
    Q_QUARANTINE_COUNT,
    Q_QUARANTINE_NEWEST,
    Q_REFUSAL_DROP,
    Q_REFUSAL_ADD,
    Q_REFUSALS,
    Q_CONFLICTS,
    Q_CONTENTS,
    Q_READ,
    Q_READ_EXPEDITED,
    Q_READ_FIRST,
    Q_READ_NEWEST,
    Q_READ_EARLY,
    Q_EARLY_COUNT,
    Q_FIND,
    Q_SETTLE,
    Q_UNSETTLE,
    Q_EXPEDITED_COUNT,
    Q_RECORD_STATE,
    Q_REPORTS,
    Q_REPORTS_BEFORE,
    Q_REPORTS_BELOW,
    Q_RECORDS_NAMED,
    Q_RECORDS,
    Q_HISTORY,
    Q_DETACH,
    Q_STAGED_CLEAR,
    Q_STAGED_ADD,
    Q_STAGED_NEXT,
    Q_STAGED_AT,
    Q_STAGED_COUNT,
    Q_STAGED_WHOLE,
    Q_STAGED_PARTS,
    Q_REBASE_ASIDE,
    Q_REBASE_NEXT,
    Q_VAULT_PUT,
    Q_VAULT_DROP,
    Q_VAULT_ERASE,
    Q_VAULT_READ,
    Q_VAULT_FIND,
    Q_VAULT_ALL,
    Q_VAULT_COUNT,
    Q_VAULT_NEXT,
    Q_VAULT_NEXT_SEALED,
    Q_VAULT_MISSING,
    Q_VAULTED,
    Q_VAULTED_SET,
    Q_LACKING,
    Q_LACKING_SET,
    Q_DAMAGE_ADD,
    Q_DAMAGE_DROP,
    Q_DAMAGE_COUNT,
    Q_DAMAGE_ALL,
    Q_DAMAGE_FIND,
    Q_DAMAGE_ASKED,
    Q_DAMAGE_ROW,
    Q_DAMAGE_BYTES,
    Q_DAMAGE_DIGEST,
    Q_DAMAGE_H,
    Q_DAMAGE_LEAVE,
    Q_DAMAGE_FIRST,
    Q_DAMAGE_NEXT,
    Q_DAMAGE_MOVE,
    Q_SCRUB_AT,
    Q_SCRUB_SET,
    Q_SCRUB,
    Q_SALVAGE_H,
    Q_SALVAGE_VAULT,
    Q_VERIFY_CHANGES,
    Q_VERIFY_CHAIN,
    Q_VERIFY_RECORDS,
    Q_VERIFY_CELLS,
    Q_VERIFY_FIGURES,
    Q_VERIFY_LAST,
    QUERY_COUNT
};
extern const char *const ledger_queries[QUERY_COUNT];

enum { RECORD_CONFLICT = 1, RECORD_FINAL = 2 };
enum { URGENT_NO = 0, URGENT_WAITS = 1, URGENT_SETTLED = 2 };

struct word; /* ledger_words.c */
struct words {
    struct word **by_text, **by_id; /* open addressing, both `room` long */
    size_t count, room;
};

struct stream {
    struct ledger_stream s;
    struct hash zero;
};

/* What a rebase under way has taken so far; kept beside the staged rows. */
struct rebase {
    bool active;
    struct stream_name name;
    uint64_t after;
    struct stream_position at; /* of the last staged one */
};

/* Where the memory stood when a savepoint was made. */
struct mark {
    size_t count, written;
    struct rebase rebase;
};

/* Rows that reading found damaged and passed by. */
enum { SUSPECTS_MOST = 64 };
struct suspects {
    int64_t rows[SUSPECTS_MOST];
    size_t count;
    uint64_t seen; /* ever */
};

struct streams {
    struct stream **by_name; /* a hash table */
    size_t count, room;
};

struct ledger {
    struct db *db;
    struct db_set *q;
    const struct hash_function *hash;
    struct ledger_host host;
    int64_t wall_ms;
    uint64_t quarantine_change;

    /* Memory of what the database says; dropped when anything is undone. */
    struct words words;
    struct streams streams;
    int64_t next_change, next_record; /* 0: ask */

    struct ledger_step *journal; /* [written, count) is not in the database */
    size_t count, written, room;
    struct mark *marks; /* [0] the transaction, then savepoints */
    size_t mark_count, mark_room;
    struct rebase rebase;

    struct buf chain; /* digests and hashes of a batch */
    struct suspects suspects;
    int64_t damaged;      /* how many are noted; -1: ask */
    bool scrubbed_latest; /* since it was opened */
};

static inline struct db_stmt *use(struct ledger *l, enum query query)
{
    return db_use(l->q, (int)query);
}

static inline void bind_or_null(struct db_stmt *q, int64_t value, bool there)
{
    if (there)
        db_bind_i64(q, value);
    else
        db_bind_null(q);
}

/* SQLite's reason for the failure `rc` as the reader's line; returns `rc`. */
int ledger_failed(struct ledger *l, int rc, struct error *err);

/* ---- words: 0 in `*out` is "no word" */

/* Of homes, and of the villages of one home: what finds no number counts under
 * 0, so a flood of invented villages is its own home's harm only. */
enum { WORD_MOST = (1 << 13) - 1 };
enum word_make { WORD_FIND, WORD_MAKE };

/* Finds or, as `make` says, makes the word (a home) or the village. */
int ledger_word_id(struct ledger *l, const char *text, enum word_make make,
                   uint32_t *out);
int ledger_village_id(struct ledger *l, uint32_t home, const char *text,
                      enum word_make make, uint32_t *out);
void ledger_words_drop(struct ledger *l);

/* ---- streams */

/* The stream, borrowed until anything is undone. ERR_MISSING. */
int ledger_stream_get(struct ledger *l, const struct stream_name *name,
                      struct stream **out);
int ledger_stream_make(struct ledger *l, const struct stream_name *name,
                       bool own, struct stream **out);
/* Writes what changed in `s->s` back. */
int ledger_stream_set(struct ledger *l, const struct stream *s);
int ledger_stream_hash(struct ledger *l, const struct stream *s, uint64_t seq,
                       struct hash *out);
/* The sum of the sizes of `from`..`to` of the stream with this row. */
int ledger_stream_sum(struct ledger *l, int64_t stream, uint64_t from,
                      uint64_t to, uint64_t *out);
/* The header clock of the change there; 0 when it cannot be read. */
int ledger_clock_at(struct ledger *l, int64_t stream, uint64_t seq,
                    int64_t *clock_ms);
void ledger_streams_drop(struct ledger *l);

/* ---- entries */

/* The columns of an entry start at `column` of a row (see ledger_queries.c).
 * ERR_DAMAGED when they are not what the digest says; the row is remembered for
 * ledger_damage_take. Borrowed as db_bytes. */
int ledger_entry_of(struct ledger *l, struct db_stmt *q, int column,
                    struct entry *out);
/* The same without a look at the digest: ERR_DAMAGED when the columns make no
 * sense; header bytes and parts are filled in as far as they do. */
int ledger_entry_raw(struct ledger *l, struct db_stmt *q, int column,
                     struct entry *out);
/* The six columns of the parts, and the parts from such columns. */
void ledger_bind_parts(struct db_stmt *q, const struct change *change);
bool ledger_parts_of(struct db_stmt *q, int column, struct change *out);
/* Digest to signature, borrowed until run. */
void ledger_bind_change(struct db_stmt *q, const struct hash *digest,
                        const struct change *change);
/* Body and vault become stubs. True when there was something to do. */
bool ledger_stub_parts(struct ledger *l, struct change *change);
/* A copy whose bytes live in `memory`. */
void ledger_entry_copy(struct entry *out, const struct entry *entry,
                       struct buf *memory);
/* ERR_INVALID: not a change of `home` that could be stored. */
int ledger_check_change(const struct change *change, const char *home,
                        struct error *err);

/* ---- one change into its record */

struct incoming {
    const struct change *change;
    struct hash digest;
    size_t size;
    uint32_t home;  /* word */
    int64_t stream; /* 0: outside any stream */
    uint64_t seq;
    struct hash h;
    int urgent;
    enum ledger_origin origin;
    bool strict; /* a refusal is the caller's, nothing is quarantined */
};

/* Judges, stores and applies. Answers the world's errors, the refusal of the
 * host's `applied` (the caller then undoes its savepoint) and, when strict,
 * the one of `judge`. `*id` (may be NULL) is the row. */
int ledger_put(struct ledger *l, const struct incoming *in, int64_t *id,
               struct error *err);
/* The same, but stored in quarantine with `reason`, unjudged. */
int ledger_put_aside(struct ledger *l, const struct incoming *in,
                     const char *reason);
/* ledger_put in a savepoint of its own; what `applied` refuses is quarantined
 * unless `in->strict`. */
int ledger_put_alone(struct ledger *l, const struct incoming *in, int64_t *id,
                     struct error *err);
/* The row that holds exactly this change: 1, 0 or an error. */
int ledger_held(struct ledger *l, uint32_t home, const struct id *record,
                uint64_t version, const struct hash *digest, int64_t *id,
                int64_t *stream);
/* Moves the row into its place in a stream, and completes it. */
int ledger_place(struct ledger *l, int64_t id, const struct incoming *in);
/* Fills parts that were stubs with the whole ones of the same change. */
int ledger_complete(struct ledger *l, int64_t id, const struct change *change);
/* Puts an earlier version's whole part of the same hash in the stub's place
 * (PROTOCOL 2.4), Q_CHAIN_BODY or Q_CHAIN_VAULT; its bytes live in `memory`.
 * The part stays a stub when there is none. */
int ledger_fill_stub(struct ledger *l, enum query query, int64_t record,
                     struct part *part, struct buf *memory);
/* The change in this row gets these bytes, which hash to `digest`; parts that
 * are stubs in `change` stay where ours are whole. It is damaged no more. */
int ledger_mend_row(struct ledger *l, int64_t id, const struct change *change,
                    const struct hash *digest);
/* Is this what the digest says, or one bit from it (then it is put right; the
 * bytes are the caller's own)? Decodes the header. */
bool ledger_is_whole(struct ledger *l, struct change *change,
                     const struct hash *digest);
/* The stream ends at `good`: what lies behind leaves it, or, when `closes_up`,
 * follows in the same order. */
int ledger_stream_end(struct ledger *l, struct stream *s,
                      const struct stream_position *good, bool closes_up);
/* Every body and vault of a staged change of this record becomes a stub. */
int ledger_erase_staged(struct ledger *l, const struct change_header *header);
/* What a judge says of `change`, and its cell when it counts. */
struct verdict {
    int code;
    bool counts;
    int64_t cell, tag, waits_ms; /* when it counts, else 0 */
    struct error why;
};
int ledger_judge(struct ledger *l, const struct change *change, uint32_t home,
                 enum word_make make, struct verdict *out);

/* ---- rows */

struct record {
    bool is_new;
    int64_t row;
    uint32_t kind;
    uint64_t version; /* 0: no state */
    int64_t state, last;
    int64_t flags;
    bool counts;
    int64_t cell, tag, waits_ms; /* as in struct verdict */
};

/* 1: there, 0: not, or an error. */
int ledger_record_find(struct ledger *l, uint32_t home, const struct id *uid,
                       struct record *out);
int ledger_record_get(struct ledger *l, int64_t row, struct record *out);
/* 1: added; 0: such a record is there already. */
int ledger_record_add(struct ledger *l, const struct record *r,
                      const struct incoming *in);
int ledger_record_set(struct ledger *l, const struct record *r);
int ledger_change_add(struct ledger *l, int64_t id, int64_t record,
                      int64_t prev, const struct incoming *in,
                      const struct change *change);
/* Asks for the next rows of changes and records where they are not known. */
int ledger_next_rows(struct ledger *l);
/* The eleven columns of a new record, the eighteen of a change. */
void ledger_bind_record(struct db_stmt *q, const struct record *r,
                        const struct incoming *in);
void ledger_bind_row(struct db_stmt *q, int64_t id, int64_t record,
                     int64_t prev, const struct incoming *in,
                     const struct change *change);

/* ---- the vault */

/* The objects of every version of the record with this row go. */
int ledger_vault_erase(struct ledger *l, int64_t record);

/* ---- steps of ledger_put */

/* The record that `in` makes as its first change, with these rows. */
struct record ledger_first_state(const struct incoming *in,
                                 const struct verdict *v, int64_t row,
                                 int64_t change);
/* The host's `applied`. */
int ledger_tell(struct ledger *l, const struct record *r, int64_t id,
                const struct incoming *in, const struct change *change,
                struct error *err);
int ledger_put_judged(struct ledger *l, const struct incoming *in,
                      const struct verdict *v, int64_t *id, struct error *err);
/* ---- reading: the columns of RECORD (ledger_queries.c); an entry follows */
enum { RECORD_COLUMNS = 8 };
int ledger_record_row(struct ledger *l, struct db_stmt *q,
                      struct record_row *out);

/* A row that is there becomes effective: it leaves quarantine. */
int ledger_add_again(struct ledger *l, struct record *r, int64_t id,
                     const struct incoming *in, const struct verdict *v,
                     struct error *err);
int ledger_is_quarantined(struct ledger *l, int64_t id);
int ledger_set_parts(struct ledger *l, enum query query, int64_t row,
                     const struct change *change);

/* ledger_put for LEDGER_RUN changes that are most likely the first of theirs:
 * one statement for all records, one for all changes. All are judged before any
 * is written. */
enum { LEDGER_RUN = 32 };
/* 1, 0, or an error. */
int ledger_is_likely_new(struct ledger *l, const struct incoming *in);
int ledger_put_run(struct ledger *l, const struct incoming *in,
                   struct error *err);

/* ---- figures */

void ledger_count(struct ledger *l, int64_t cell, int64_t tag, int64_t delta);

/* ---- batches */

/* Checks a batch against the position `at`: how many entries to skip, and
 * digest and h of the others (in l->chain). */
int ledger_check_batch(struct ledger *l, const struct ledger_batch *batch,
                       const struct stream_position *at, size_t *skip,
                       struct error *err);
struct link {
    struct hash digest, h;
};
const struct link *ledger_link(const struct ledger *l, size_t index);

/* Steps through `q`, whose rows are entries, for the reading functions.
 * `whole`: a damaged one ends it (ERR_DAMAGED); else it is passed by. */
int ledger_each(struct ledger *l, struct db_stmt *q, bool whole,
                int (*each)(void *who, const struct entry *entry), void *who);

#endif
