/* hub/store_board.h - the tables of the board (hub/board.h), as verbs.
 *
 * A place is several numbers packed into one, see hub/schema/012_board.sql.
 */
#ifndef LIENXA_HUB_STORE_BOARD_H
#define LIENXA_HUB_STORE_BOARD_H

#include "common/store/db.h"

struct board_store;

/* Its statements; they live as long as `db`. Owned. */
int board_store_open(struct board_store **out, struct db *db,
                     struct error *err);
void board_store_close(struct board_store **store);

struct board_state {
    int64_t settled, rules;
};
int board_store_state(struct board_store *s,
                      struct board_state *out); /* ERR_MISSING */
int board_store_set_state(struct board_store *s,
                          const struct board_state *state);

/* Nothing is counted any more. */
int board_store_clear(struct board_store *s);

/* "" when there is none; borrowed until the next call. */
int board_store_day(struct board_store *s, int64_t place, struct bytes *out);
int board_store_put_day(struct board_store *s, int64_t place,
                        struct bytes counts); /* empty: the row goes */

/* The same of the sums. */
int board_store_sum(struct board_store *s, int64_t place, struct bytes *out);
int board_store_put_sum(struct board_store *s, int64_t place,
                        struct bytes counts);

struct board_open {
    int64_t open, urgent, waiting, overdue;
};
int board_store_add_open(struct board_store *s, int64_t place,
                         const struct board_open *more);
int board_store_add_village(struct board_store *s, int64_t place, int64_t more);
int board_store_villages(struct board_store *s,
                         int (*each)(void *who, int64_t place, int64_t count),
                         void *who);
/* The minute in which a report falls due whose clocks stand still, or that has
 * none; the last there is. */
#define BOARD_NEVER INT64_C(0xffffffff)

/* Minutes are of open reports whose next clock runs out then, as the ledger's
 * records say. The first one after `after`; 0: none. */
int64_t board_store_first_due(struct board_store *s, int64_t after);
/* Each report that falls due after `after`, `until` at the latest. */
int board_store_due(struct board_store *s, int64_t after, int64_t until,
                    int (*each)(void *who, uint32_t home, uint32_t category),
                    void *who);
int board_store_opens(struct board_store *s,
                      int (*each)(void *who, int64_t place,
                                  const struct board_open *open),
                      void *who);
int board_store_days(struct board_store *s, int64_t from, int64_t end,
                     int (*each)(void *who, int64_t place, struct bytes counts),
                     void *who);
/* Their places from `from` on, below `end`. */
int board_store_sums(struct board_store *s, int64_t from, int64_t end,
                     int (*each)(void *who, int64_t place, struct bytes counts),
                     void *who);
/* The first place from `from` on; INT64_MAX: none. */
int64_t board_store_first_sum(struct board_store *s, int64_t from);

/* Open reports from the place `due` on (hub/schema/023_report_due.sql). */
struct board_report {
    int64_t due, row;
    struct id id;
    uint32_t home; /* word */
    int64_t cell;
};
int board_store_by_due(struct board_store *s, int64_t due,
                       int (*each)(void *who, const struct board_report *r),
                       void *who);

#endif
