/* common/store/ledger.h - changes, streams, records and figures in one
 * database.
 *
 * Both programs keep the same ledger: every change they wrote or received
 * (never purged), its place in its stream with the rolling hash, the state of
 * each record (highest version; PROTOCOL 7.3) and the figures, which change
 * only by (state before -> state after). The ledger checks digests and chains;
 * what a change means is asked of its host (struct ledger_host), because only
 * wire/ can decode it.
 *
 * All writing happens inside a transaction the caller has begun on the writing
 * connection; reading works on a DB_READ ledger as well.
 */
#ifndef LIENXA_STORE_LEDGER_H
#define LIENXA_STORE_LEDGER_H

#include "common/store/db.h"
#include "common/sync/message.h"

struct ledger;

/* Where a report counts. Packed into one integer, the primary key of a figure:
 * day(17) home(13) village(13) category(8) state(4) channel(4) urgent(1).
 * home is a number of the ledger's word list, village one of its home's. */
struct axes {
    int32_t day;              /* clock_day, 0 .. 131071 */
    uint32_t home;            /* filled in by the ledger */
    const char *village_text; /* in: "" for none */
    uint32_t village;         /* out */
    uint32_t category;        /* index in categories[] */
    uint32_t state, channel;
    bool urgent;
    /* The host's own, kept with the state as it is; not packed. */
    int64_t tag;      /* handed back with every step of a figure */
    int64_t waits_ms; /* since when somebody is waited for; 0: nobody */
};
int64_t axes_pack(const struct axes *axes);
void axes_unpack(struct axes *out, int64_t cell);

/* A change together with what is known of it. */
struct entry {
    struct change change; /* parts as held: a part may have become a stub */
    struct hash digest;   /* of the change as its home wrote it */
    int64_t id;           /* row; grows with arrival */
    uint64_t seq;         /* 0: outside any stream */
    struct hash h;        /* when seq is not 0 */
};

enum ledger_origin {
    FROM_SELF,
    FROM_STREAM,
    FROM_EARLY,
    FROM_REBASE,
    FROM_QUARANTINE
};

struct ledger_event {
    const struct entry *entry;
    enum ledger_origin origin;
    int64_t record;   /* row of the record */
    bool is_new;      /* the first change of this record here */
    bool is_state;    /* it is now the record's state */
    bool in_conflict; /* another digest under the same version is held, and
                       * neither is quarantined */
};

/* So many more reports (or less) count in this cell with this tag. */
struct ledger_step {
    int64_t cell, tag, delta;
};

struct ledger_host {
    void *who;
    /* Decodes header bytes. 0 or ERR_INVALID (refused before it is stored). */
    int (*header)(struct change_header *out, struct bytes bytes);
    /* Is this change acceptable, and does it count? Fills `axes` and sets
     * `*counts` for reports. A negative code quarantines the change with the
     * words in `err`. Called before anything of the change is written; new
     * reports of a batch are judged some at a time, and once more when the
     * batch has to be done over because `applied` refused one of them. */
    int (*judge)(void *who, const struct change *change, struct axes *axes,
                 bool *counts, struct error *err);
    /* After the record has been brought up to date, inside the savepoint; the
     * host's own tables. Of a final record no words are shown. A negative code
     * that is not the world's quarantines. Once for each change: not again when
     * an early arrival takes its place. */
    int (*applied)(void *who, const struct ledger_event *event,
                   struct error *err);
    /* What the figures of this transaction become, in the moment when they are
     * written: for figures of the host's own. NULL: it has none. */
    int (*counted)(void *who, const struct ledger_step *steps, size_t count);
    /* A tombstone is here, in force or quarantined: the record is final, its
     * words are erased. In the same savepoint, before `applied`, once for each
     * record (and once more when a batch has to be done over); for what the
     * host keeps of it elsewhere. Errors of the world only. NULL: it keeps
     * nothing. */
    int (*ended)(void *who, const struct change_header *header);
    /* A savepoint was undone: what the host remembers of its own tables may be
     * of what it had written since. NULL: it remembers nothing. */
    void (*undone)(void *who);
};

int ledger_open(struct ledger **out, struct db *db,
                const struct hash_function *hash,
                const struct ledger_host *host, struct error *err);
void ledger_close(struct ledger **ledger);

/* The ledger's own SQL steps; a program's list has them among its own, by
 * number (ops/cmake/module.cmake). */
extern const char *const store_schema[];
extern const size_t store_schema_count;

/* ---- streams */

struct ledger_stream {
    int64_t id;
    struct stream_name name;
    bool own;
    struct stream_position head;
    uint64_t acked;      /* own: the peer has it durably (node: the hub) */
    uint64_t acked_most; /* highest ever acknowledged */
    int64_t clock_ms;    /* header clock of the last change in it, 0 none */
    uint64_t bytes;      /* sum of wire sizes of all its changes */
    uint64_t acked_bytes;
};

/* Finds or makes (writer only) a stream. ERR_MISSING at a reader. */
int ledger_stream(struct ledger *l, struct ledger_stream *out,
                  const struct stream_name *name, bool own);
/* All streams, by id; ends when `each` answers not 0, and returns that. */
int ledger_streams(struct ledger *l,
                   int (*each)(void *who, const struct ledger_stream *s),
                   void *who);
int ledger_hash_at(struct ledger *l, const struct stream_name *name,
                   uint64_t seq, struct hash *out); /* ERR_MISSING */
/* h behind `changes`, which stand from `first` on, as far as the stream is held
 * before them: ERR_MISSING, ERR_AGAIN (a gap). */
int ledger_chain(struct ledger *l, const struct stream_name *name,
                 uint64_t first, const struct change *changes, size_t count,
                 struct hash *h);
/* The stream's claim for a hello. */
int ledger_claim(struct ledger *l, const struct stream_name *name,
                 struct stream_claim *out);
int ledger_set_acked(struct ledger *l, const struct stream_name *name,
                     uint64_t seq);

/* ---- writing */

/* Appends an own change to an own stream: computes the digest (returned in
 * `entry->digest`), assigns seq and h, applies. The change must pass judge: its
 * refusal is returned (ERR_..) and nothing stays. `size` = wire size. */
int ledger_append(struct ledger *l, const struct stream_name *name,
                  struct entry *entry, size_t size, struct error *err);

struct ledger_batch {
    struct stream_name name;
    uint64_t first;
    size_t count;
    const struct change *changes;
    const size_t *sizes;         /* wire size of each */
    struct stream_position head; /* signed by the home; signature checked by the
                                  * caller */
    struct bytes signed_head;    /* kept as proof, whole blob */
};

/* Stores changes first.. of a copy, from head + 1 on (earlier ones are
 * skipped). ERR_CONFLICT: the chain does not lead to `head` (a fork): nothing
 * stored. ERR_INVALID: a header of a foreign home or malformed: nothing stored.
 * ERR_AGAIN: a gap. World errors as they are. Changes that judge or applied
 * refuse are stored in their place and quarantined. An early arrival with the
 * same digest moves into its place. */
int ledger_receive(struct ledger *l, const struct ledger_batch *batch,
                   struct stream_position *reached, struct error *err);

/* Stores an early copy (signature checked by the caller) outside any stream and
 * applies it. ERR_EXISTS: held already (fine). */
int ledger_early(struct ledger *l, const struct entry *entry, size_t size,
                 struct error *err);

/* Entries of a copy after `after` leave the stream and become early arrivals.
 */
int ledger_detach(struct ledger *l, const struct stream_name *name,
                  uint64_t after);

/* Rebase (PROTOCOL 7.5) of the own stream `name`: begin forgets any earlier
 * staging; stage takes batches of the peer's copy (same answers as
 * ledger_receive); finish puts the staged entries after `after` in the place of
 * ours and appends, in their old order, those of ours that it lacks.
 * `*appended` counts them. */
int ledger_rebase_begin(struct ledger *l, const struct stream_name *name,
                        uint64_t after);
int ledger_rebase_stage(struct ledger *l, const struct ledger_batch *batch,
                        struct stream_position *reached, struct error *err);
int ledger_rebase_finish(struct ledger *l, const struct stream_name *name,
                         uint64_t *appended, struct error *err);

/* Appends an own change that came back (an early arrival with its own proof) to
 * the own stream: same bytes, new seq. ERR_EXISTS: it is in a stream already.
 */
int ledger_adopt(struct ledger *l, const struct stream_name *name,
                 const struct entry *entry, size_t size, struct error *err);

/* Writes the figures of this transaction; call before every db_commit (which
 * does it otherwise). */
int ledger_flush(struct ledger *l);
/* The transaction was rolled back: forget what was not written. db_rollback and
 * db_undo do it as well, each for what it takes back. */
void ledger_forget(struct ledger *l);

/* ---- reading back, for sending */

/* Calls `each` for entries of a stream from `seq` on, in order, until it
 * answers not 0 (positive: stop, returns 0) or the end. Parts are borrowed
 * during the call. */
int ledger_read(struct ledger *l, const struct stream_name *name, uint64_t seq,
                int (*each)(void *who, const struct entry *entry), void *who);
/* The same for expedited changes not settled yet (see ledger_settle). */
int ledger_read_expedited(struct ledger *l, const struct stream_name *name,
                          uint64_t seq,
                          int (*each)(void *who, const struct entry *entry),
                          void *who);
/* Of these those that go first (enum sync_urgent in common/sync/session.h),
 * from `low` up to `high`; and the others, from `high` down to `low`. */
int ledger_read_first(struct ledger *l, const struct stream_name *name,
                      uint64_t low, uint64_t high,
                      int (*each)(void *who, const struct entry *entry),
                      void *who);
int ledger_read_newest(struct ledger *l, const struct stream_name *name,
                       uint64_t low, uint64_t high,
                       int (*each)(void *who, const struct entry *entry),
                       void *who);
/* Early arrivals outside any stream, of one home. */
int ledger_read_early(struct ledger *l, const char *home,
                      int (*each)(void *who, const struct entry *entry),
                      void *who);

/* How many there are. */
uint64_t ledger_early_count(struct ledger *l, const char *home);

struct change_ref { /* as sync's early_ref, without needing message.h */
    const char *home;
    struct id record;
    uint64_t version;
    struct hash digest;
};
/* One change by its exact name; `each` is called once. ERR_MISSING. */
int ledger_find(struct ledger *l, const struct change_ref *ref,
                int (*each)(void *who, const struct entry *entry), void *who);
bool ledger_has(struct ledger *l, const struct change_ref *ref);

/* The peer has (or refused) this early copy: do not expedite it again. */
int ledger_settle(struct ledger *l, const struct change_ref *ref);
/* What was settled beyond `seq` of `name` is pending again. */
int ledger_unsettle(struct ledger *l, const struct stream_name *name,
                    uint64_t seq);
uint64_t ledger_expedited_waiting(struct ledger *l,
                                  const struct stream_name *name);

/* ---- records */

struct record_row {
    int64_t row;
    struct id id;
    char home[LIMIT_HOME];
    uint32_t kind;
    uint64_t version;
    bool conflict, final;
    bool counts;
    struct axes axes; /* when counts; village_text filled in */
};

/* The record and its state. ERR_MISSING. `each` (may be NULL) sees the state's
 * entry; for a body or vault that is a stub, an earlier version's whole part of
 * the same hash is put in its place (PROTOCOL 2.4). */
int ledger_record(struct ledger *l, const char *home, const struct id *id,
                  struct record_row *out,
                  int (*each)(void *who, const struct record_row *row,
                              const struct entry *entry),
                  void *who);
/* The records with this id, of whatever home, without their bytes, until `each`
 * answers not 0. */
int ledger_records_named(struct ledger *l, const struct id *id,
                         int (*each)(void *who, const struct record_row *row),
                         void *who);
/* All records of a kind (and home, or NULL), newest row first, with their state
 * entries. */
int ledger_records(struct ledger *l, uint32_t kind, const char *home,
                   int (*each)(void *who, const struct record_row *row,
                               const struct entry *entry),
                   void *who);
/* The same for the reports of one home whose row is below `before`. */
int ledger_reports_before(struct ledger *l, const char *home, int64_t before,
                          int (*each)(void *who, const struct record_row *row,
                                      const struct entry *entry),
                          void *who);
/* Reports, without their bytes, from the row below `before` down (0: from the
 * newest), until `each` answers not 0. */
int ledger_reports_below(struct ledger *l, int64_t before,
                         int (*each)(void *who, const struct record_row *row),
                         void *who);
/* Every held version of a record, newest first. */
int ledger_history(struct ledger *l, const char *home, const struct id *id,
                   int (*each)(void *who, const struct record_row *row,
                               const struct entry *entry),
                   void *who);

/* ---- figures */

/* Every cell with its count (never 0), days `from`..`to` inclusive. */
int ledger_figures(struct ledger *l, int32_t from, int32_t to,
                   int (*each)(void *who, const struct axes *axes,
                               int64_t count),
                   void *who);
/* The text of a word number; "" when unknown. Borrowed. */
const char *ledger_word(struct ledger *l, uint32_t word);
/* The number of a word, 0 when there is none. */
uint32_t ledger_word_number(struct ledger *l, const char *text);
/* The name of a village of the home with this number; "" when unknown.
 * Borrowed. */
const char *ledger_village(struct ledger *l, uint32_t home, uint32_t number);
/* Has any report ever named a village so? */
bool ledger_village_named(struct ledger *l, const char *text);

/* Counting records that wait, those that do so since `before_ms` or earlier,
 * the latest first. Ends when `each` answers not 0. */
struct ledger_waiting {
    struct id id;
    const char *home; /* borrowed */
    struct axes axes; /* with tag and waits_ms */
};
int ledger_waiting(struct ledger *l, int64_t before_ms,
                   int (*each)(void *who, const struct ledger_waiting *w),
                   void *who);
/* When the first of those that wait since later than `after_ms` began to; 0:
 * there is none. */
int64_t ledger_waits_next(struct ledger *l, int64_t after_ms);
/* Every counting record as a step of +1, some at a time, in one read
 * transaction. */
int ledger_steps(struct ledger *l,
                 int (*each)(void *who, const struct ledger_step *steps,
                             size_t count),
                 void *who);
/* Judges the state of every report anew, and counts from nothing: after the
 * rules by which the host tags have changed. The host forgets its own figures
 * before. */
int ledger_recount(struct ledger *l);

/* ---- quarantine */

struct quarantined {
    int64_t id;              /* the change's row */
    struct stream_name name; /* empty when early */
    uint64_t seq;
    struct id record;
    uint64_t version;
    uint32_t kind;
    int64_t since_ms;
    const char *reason;
};
int ledger_quarantine_list(struct ledger *l,
                           int (*each)(void *who, const struct quarantined *q),
                           void *who);
int ledger_quarantine_retry(struct ledger *l, int64_t id, struct error *err);
/* Tries all of them, as every start does: a later program, or data restored
 * from before it, may have what was missing. Counts those that are now applied.
 */
int ledger_quarantine_retry_all(struct ledger *l, uint64_t *settled);

uint64_t ledger_quarantine_count(struct ledger *l);
/* Grows, from 1, whenever something enters or leaves quarantine. */
uint64_t ledger_quarantine_change(const struct ledger *l);

/* ---- refusals: what either side cannot use of the other (PROTOCOL 7.7)
 *
 * Ours: changes of `home` that are quarantined here, newest first, counted
 * among the newest LEDGER_REFUSALS_SEEN; `out` borrows from `memory`. Theirs:
 * the list that `peer` said last. */
enum { LEDGER_REFUSALS_SEEN = 1024 };
struct ledger_refusals {
    struct refusal items[LIMIT_REFUSALS];
    char reasons[LIMIT_REFUSALS][LIMIT_TEXT];
};
int ledger_refusals_ours(struct ledger *l, const char *home,
                         struct ledger_refusals *memory,
                         struct msg_refusals *out);
int ledger_refusals_put(struct ledger *l, const char *peer,
                        const struct msg_refusals *list);
/* `peer` NULL: of all. Ends when `each` answers not 0. */
int ledger_refusals_theirs(struct ledger *l, const char *peer_or_null,
                           int (*each)(void *who, const char *peer,
                                       const struct refusal *refusal),
                           void *who);

/* ---- conflicts: records with two contents under their highest version.
 * `each` sees the record and one of its contents, a record's contents by
 * digest: the first is the state until a higher version settles it. */
int ledger_conflicts(struct ledger *l, const char *home_or_null,
                     int (*each)(void *who, const struct record_row *row,
                                 const struct entry *entry),
                     void *who);
/* Wall clock used to stamp what is quarantined; set once per turn. */
void ledger_set_time(struct ledger *l, int64_t wall_ms);

/* ---- damage: a change is damaged when header and parts no longer hash to its
 * digest (PROTOCOL 7.11). Whatever reads changes passes by a damaged one; only
 * a stream cannot be read past it (ERR_DAMAGED). The other side has the same
 * bytes, and the digest says which they are. */

struct ledger_damage {
    int64_t change;          /* row */
    struct stream_name name; /* empty when early */
    bool own;
    uint64_t seq;
    char home[LIMIT_HOME]; /* with record and version: as far as is known */
    struct id record;
    uint64_t version;
    struct hash digest;
    int64_t since_ms, asked_ms;
};
/* What is noted: first what was not asked for, then by row. */
int ledger_damage_list(struct ledger *l,
                       int (*each)(void *who, const struct ledger_damage *d),
                       void *who);
uint64_t ledger_damage_count(struct ledger *l);
/* Looks at the change in this row. 0: it is whole, or could be made whole from
 * what is here (one bit, found by the digest; a digest or h, found by the
 * chain). 1: it is damaged, and noted. */
int ledger_damage_note(struct ledger *l, int64_t change);
/* Looks at what reading passed by since the last call (some of it, if there was
 * much). `*found` counts what is newly noted. */
int ledger_damage_take(struct ledger *l, uint64_t *found);
/* Rows that reading passed by; a reader can only say so. */
uint64_t ledger_damage_seen(const struct ledger *l);
/* Looks at some of the changes, on from where it was left: at first the latest
 * ones, then all of them, for ever. */
int ledger_damage_scrub(struct ledger *l, size_t count, uint64_t *found);
/* The bytes of a change came from elsewhere: if they are those of a damaged
 * one, it is whole again (parts that came as stubs stay, where ours are whole).
 * ERR_MISSING: no damaged change has this digest. */
int ledger_damage_mend(struct ledger *l, const struct entry *entry);
/* This row was asked for, of a peer that is there; the first time counts. */
int ledger_damage_asked(struct ledger *l, int64_t change, int64_t wall_ms);
/* Nobody has it, and the stream cannot go on: the damaged changes of `name`
 * that were asked for before `wall_ms` leave it. An own stream, and the hub's
 * copy of a node's, closes up behind them (same changes, new positions): a fork
 * that hello settles like any other. `*lost` counts them. */
int ledger_damage_leave(struct ledger *l, const struct stream_name *name,
                        int64_t wall_ms, uint64_t *lost);

/* ---- verify (reader) */

struct ledger_fault {
    const char *what; /* "digest", "chain", "head", "state", "figure", .. */
    struct stream_name name;
    uint64_t seq;
    int64_t change;   /* the damaged change's row: it can be fetched again */
    int64_t object;   /* the row of the change whose vault object is damaged:
                       * as well */
    struct id record; /* zero: not known, or of no single record */
    const char *detail;
};
struct ledger_verified {
    uint64_t streams, changes, records, cells, faults;
    uint64_t damaged; /* of the faults: changes and vault objects that can be
                       * fetched again */
};
/* Recomputes every digest and chain, the state of every record by highest
 * version and smallest digest, and the figures, in short read transactions
 * (slices), telling `fault` of each difference. `head_good` checks a stored
 * signed head blob (NULL: not checked). */
int ledger_verify(struct ledger *l, struct ledger_verified *out,
                  bool (*head_good)(void *who, const struct stream_name *name,
                                    const struct stream_position *at,
                                    struct bytes signed_head),
                  void (*fault)(void *who, const struct ledger_fault *fault),
                  void *who, struct error *err);

#endif
