/* common/store/media.h - what is known of the files of reports: which there
 * are, where they are, who names them. The files themselves are none of its
 * business: common/media/shelf.h.
 *
 * Tables of the program's one database (028_media.sql); writing needs the
 * writing connection and a transaction.
 */
#ifndef LIENXA_STORE_MEDIA_H
#define LIENXA_STORE_MEDIA_H

#include "common/store/db.h"

struct media_store;

enum media_state {
    MEDIA_WANTED = 1, /* to be asked for */
    MEDIA_HERE,
    MEDIA_AWAY, /* stays where it is */
    MEDIA_GONE  /* nobody names it any more: its file is to be removed */
};

struct media_row {
    int64_t id;
    struct hash name;
    uint8_t salt[16];
    uint64_t size;
    int type; /* enum media_type, or one of a later version */
    int state;
    char source[24];
    int64_t tries, again_ms, since_ms;
};

int media_store_open(struct media_store **out, struct db *db,
                     struct error *err);
void media_store_close(struct media_store **store);

/* For the other store files of these tables: the columns of a row, first in
 * what a query selects, and how they are read. */
#define MEDIA_ROW                                                              \
    "media.id, media.name, media.salt, media.size, type, state, source, "      \
    "tries,"                                                                   \
    " again_ms, since_ms"
enum { MEDIA_ROW_COLUMNS = 10 };
int media_store_row(struct db_stmt *q, struct media_row *out);

/* ERR_MISSING. */
int media_store_find(struct media_store *s, const struct hash *name,
                     struct media_row *out);
/* A new one, or what is known already (then only a GONE one changes: it is
 * named again). */
int media_store_add(struct media_store *s, const struct media_row *row);
int media_store_set(struct media_store *s, const struct hash *name, int state);
/* Not to be asked for before `again_ms`; counts the tries. */
int media_store_put_off(struct media_store *s, const struct hash *name,
                        int64_t again_ms);
/* The same, and its tries do not count: nobody is to blame. */
int media_store_wait(struct media_store *s, const struct hash *name,
                     int64_t again_ms);
/* All that still name it keep it where it is: a WANTED one is AWAY from now on.
 * But what one's own reports name (`source` "") may be asked for, kept or not.
 */
int media_store_stays(struct media_store *s, const struct hash *name,
                      uint32_t report_kind);
/* Two bodies may say different things of one name, and one of them is right:
 * the next of them holds from now on, with whom it is asked of. `*again`: all
 * of them had their turn. */
int media_store_other(struct media_store *s, const struct media_row *row,
                      bool *again);
/* What this row says of salt, size and source holds from now on. */
int media_store_believe(struct media_store *s, const struct media_row *row);
/* Somebody else speaks for `source` now: what was put off is asked for. */
int media_store_retry(struct media_store *s, const char *source);
/* The first that may be asked for now of `source`. ERR_MISSING. (No pause is
 * longer than a day: the clock was set back.) */
int media_store_wanted(struct media_store *s, const char *source,
                       int64_t wall_ms, struct media_row *out);
/* When the first of them may be; INT64_MAX: there is none. */
int64_t media_store_wanted_ms(struct media_store *s, const char *source);
/* The first behind `id`, of any state. ERR_MISSING: that was the last. */
int media_store_next(struct media_store *s, int64_t id, struct media_row *out);
/* The first that is GONE behind `skip` others. ERR_MISSING. */
int media_store_gone(struct media_store *s, unsigned skip,
                     struct media_row *out);
/* Its file is removed. */
int media_store_forget(struct media_store *s, const struct hash *name);
/* The first wanted one of this source (its row's id) that has no room in
 * `share` bytes, beside what is here of it and wanted before it. INT64_MAX: all
 * have. */
int64_t media_store_beyond(struct media_store *s, const char *source,
                           uint64_t share);

/* In the table a number of MEDIA_NUMBERS or more is one that an earlier version
 * of the record had, modulo this: named no more, and the record's all the same.
 */
enum { MEDIA_NUMBERS = 100 };

struct media_use {
    struct hash name;
    char home[24]; /* in the table '': the record has ended */
    struct id record;
    int number; /* from 1, below MEDIA_NUMBERS */
    uint32_t kind;
    char goes[24];
    bool kept;
    /* What its body says; not read back. */
    uint8_t salt[16];
    uint64_t size;
    bool urgent;
};
/* Another one that had this number stays with the record until that ends. */
int media_store_use(struct media_store *s, const struct media_use *use);
/* The record has ended, with all that any version of it named; those that
 * nobody else names are GONE. */
int media_store_unuse(struct media_store *s, const char *home,
                      const struct id *record);
/* The same for every record that is final in the ledger: a tombstone that came
 * while nobody looked at it here. `*count`: how many. */
int media_store_unuse_final(struct media_store *s, uint64_t *count);
/* Does this record, wherever it is from, have it, or had it and something of
 * that is still to be removed? */
bool media_store_owns(struct media_store *s, const struct hash *name,
                      const struct id *record);
/* The first that ended behind `skip` others, its number as it stood: what the
 * record alone had of it is to be removed. ERR_MISSING. */
int media_store_ended(struct media_store *s, unsigned skip,
                      struct media_use *out);
/* That is removed. */
int media_store_drop(struct media_store *s, const struct media_use *use);
/* What it names now, in their order; ends when `each` answers not 0. */
int media_store_uses(struct media_store *s, const char *home,
                     const struct id *record,
                     int (*each)(void *who, const struct media_use *use,
                                 const struct media_row *row),
                     void *who);
/* May this unit have it? It wrote a body that names it, or one was passed on
 * to it. */
bool media_store_may(struct media_store *s, const struct hash *name,
                     const char *unit);
/* Does a body of another home name it? What was passed on to `unit`. */
bool media_store_alien(struct media_store *s, const struct hash *name,
                       const char *unit);
/* Did a body leave this home that names it and does not keep it? Of reports
 * only when `reports`, of other records always. */
bool media_store_left(struct media_store *s, const struct hash *name,
                      const char *home, uint32_t report_kind, bool reports);

#endif
