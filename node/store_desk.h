/* node/store_desk.h - the tables of the duty desk, as verbs (node/desk.h says
 * what they are for). Texts and rows handed to `each` are borrowed for the
 * call.
 */
#ifndef LIENXA_NODE_STORE_DESK_H
#define LIENXA_NODE_STORE_DESK_H

#include "common/store/db.h"

struct desk_store;

int desk_store_open(struct desk_store **out, struct db *db, struct error *err);
void desk_store_close(struct desk_store **store);

struct desk_row {
    int64_t record;
    struct id uid;
    int category, state; /* index in categories[]; enum report_state */
    bool urgent, open, paused, rings;
    int what; /* enum due_what, or -1 */
    int64_t place, received_ms, due_ms;
    const char *village;
};

/* ---- writing: in a transaction */

int desk_store_put(struct desk_store *s, const struct desk_row *row);
int desk_store_drop(struct desk_store *s, int64_t record);
/* The words of a report take the place of what was there; "" for none. */
int desk_store_put_words(struct desk_store *s, int64_t record,
                         const char *words);
bool desk_store_has_words(struct desk_store *s, int64_t record,
                          const char *words);
/* Lets words that were taken out leave the index, a bounded step. 1: there is
 * more to do, 0: no word is left that is in no report. */
int desk_store_purge(struct desk_store *s);

struct desk_fill {
    int64_t before, rules;
    bool done, purge;
};
int desk_store_fill(struct desk_store *s, struct desk_fill *out);
int desk_store_set_fill(struct desk_store *s, const struct desk_fill *fill);

/* ---- reading */

/* 1: no report has a row. */
int desk_store_is_empty(struct desk_store *s);

/* ERR_MISSING. */
int desk_store_get(struct desk_store *s, const struct id *uid,
                   struct desk_row *out, char village[128]);

enum desk_view { DESK_OPEN, DESK_CLOSED, DESK_ALL, DESK_VIEW_END };
struct desk_filter {
    enum desk_view view;
    int state, category; /* 0, -1: any */
    int urgent;          /* -1: any */
    int hidden;          /* a category that is not shown; -1: none */
    const char *village; /* NULL: any */
};
/* Where a page begins: behind this row, in this order. All zero: at the first.
 */
struct desk_cursor {
    int64_t place, record;
    bool loose; /* of a search: among those with other accents */
};

/* Rows behind `after`, open ones by what breaches first, closed ones by when
 * they ended, all by when they came (newest first); ends when `each` answers
 * not 0 and returns what is negative of it. */
int desk_store_list(struct desk_store *s, const struct desk_filter *filter,
                    const struct desk_cursor *after,
                    int (*each)(void *who, const struct desk_row *row),
                    void *who);
int desk_store_count(struct desk_store *s, const struct desk_filter *filter,
                     int64_t *out);

/* Those that hold the words, newest first: first with the same accents. At most
 * `most` are counted. ERR_INVALID: no word in it. */
int desk_store_search(struct desk_store *s, const struct desk_filter *filter,
                      const char *words, const struct desk_cursor *after,
                      int (*each)(void *who, const struct desk_row *row,
                                  bool loose),
                      void *who);
int desk_store_search_count(struct desk_store *s,
                            const struct desk_filter *filter, const char *words,
                            int64_t most, int64_t *out);

/* Same category, received within the two times (inclusive). */
int desk_store_near(struct desk_store *s, int category, int64_t from_ms,
                    int64_t to_ms,
                    int (*each)(void *who, const struct desk_row *row),
                    void *who);

/* Who did what to a report ("report.move"), oldest first; ends as the others.
 */
int desk_store_deeds(struct desk_store *s, const char *report,
                     int (*each)(void *who, const char *command,
                                 const char *actor, int64_t at_ms),
                     void *who);

struct desk_counts {
    int64_t open, overdue, rings;
};
int desk_store_counts(struct desk_store *s, int64_t now_ms, int hidden,
                      struct desk_counts *out);

#endif
