/* common/store/ledger_vault.h - vault objects beside the ledger's changes
 * (PROTOCOL 7.10).
 *
 * One object for a change, kept under the change's row with its own hash, so
 * that a damaged one is never given away as whole. What is inside is not known
 * here. The tombstone of a record takes its objects along (ledger_state.c).
 */
#ifndef LIENXA_STORE_LEDGER_VAULT_H
#define LIENXA_STORE_LEDGER_VAULT_H

#include "common/store/ledger.h"

struct vault_item {
    int64_t change; /* row */
    uint64_t seq;   /* 0: outside any stream */
    struct change_header header;
    struct hash digest;
    struct bytes bytes; /* borrowed for the call */
    bool good;          /* bytes are what was stored */
};

/* Keeps the object of this change instead of an earlier one. ERR_MISSING: such
 * a change is not held. Of a record with a tombstone nothing is kept, and that
 * is fine. */
int ledger_vault_put(struct ledger *l, const struct change_ref *ref,
                     struct bytes object);
int ledger_vault_drop(struct ledger *l, int64_t change);

/* Objects of the stream's changes `from`..`to`, in order, until `each` answers
 * not 0 (positive: stop, returns 0). */
int ledger_vault_read(struct ledger *l, const struct stream_name *name,
                      uint64_t from, uint64_t to,
                      int (*each)(void *who, const struct vault_item *item),
                      void *who);
/* The one of this change. ERR_MISSING. */
int ledger_vault_find(struct ledger *l, const struct change_ref *ref,
                      int (*each)(void *who, const struct vault_item *item),
                      void *who);
/* The one of the change in this row. ERR_MISSING. */
int ledger_vault_at(struct ledger *l, int64_t change,
                    int (*each)(void *who, const struct vault_item *item),
                    void *who);
/* All of them with a row above `after`, by row; those of a change that is
 * damaged itself are passed by. */
int ledger_vault_all(struct ledger *l, int64_t after,
                     int (*each)(void *who, const struct vault_item *item),
                     void *who);
uint64_t ledger_vault_count(struct ledger *l);

/* Puts whole parts in the place of the stubs of change `change`, those whose
 * hash fits and whose record has no tombstone, and drops the object.
 * ERR_DAMAGED: one does not fit, nothing is changed. */
int ledger_vault_fill(struct ledger *l, int64_t change,
                      const struct part part[PART_COUNT]);

/* Is body or vault of change `change` a stub here? */
bool ledger_vault_lacks(struct ledger *l, int64_t change);

/* The first position in `from`..`to` of an own stream whose change has a whole
 * vault part, or with `bodies` a whole body. ERR_MISSING: there is none. */
int ledger_vault_next(struct ledger *l, const struct stream_name *name,
                      uint64_t from, uint64_t to, bool bodies, uint64_t *out);

/* Changes in `from`..`to` whose body or vault part is a stub here that no
 * earlier version explains, and which have no object: what another machine may
 * still have. Of erased records none. `bytes` of the item is empty. Until
 * `each` answers not 0 (positive: stop, returns 0). */
int ledger_vault_missing(struct ledger *l, const struct stream_name *name,
                         uint64_t from, uint64_t to,
                         int (*each)(void *who, const struct vault_item *item),
                         void *who);

/* To where the hub holds the objects of `name`; 0 for a stream that is not. */
uint64_t ledger_vaulted(struct ledger *l, const struct stream_name *name);
int ledger_set_vaulted(struct ledger *l, const struct stream_name *name,
                       uint64_t seq);

/* Positions of a stream that is vaulted to behind them, and whose objects may
 * be missing all the same. `first` 0: there are none. */
struct ledger_lacking {
    uint64_t first, last;
};

/* Its machine says that no more objects come for changes up to `seq`, and has
 * given what it has: the stream is vaulted to there. What is missing behind the
 * former place is remembered as lacking. Lower positions are nothing new. */
int ledger_vault_reach(struct ledger *l, const struct stream_name *name,
                       uint64_t seq);
int ledger_lacking(struct ledger *l, const struct stream_name *name,
                   struct ledger_lacking *out);
int ledger_set_lacking(struct ledger *l, const struct stream_name *name,
                       const struct ledger_lacking *lacking);

#endif
