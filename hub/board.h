/* hub/board.h - the figures of the district's board (design 8), and what rings.
 *
 * Beside the ledger's figures, whose cells are nearly as many as the reports,
 * the hub counts coarser: reports by day, unit, village, category and hour
 * band; open, urgent, not acknowledged and overdue ones by unit and category.
 * They change by the ledger's steps in the transaction that applies them, so
 * reading them costs the same whatever the number of reports. Time makes a
 * report overdue without a change: the core moves what has fallen due, and a
 * reader adds what it has not moved yet.
 */
#ifndef LIENXA_HUB_BOARD_H
#define LIENXA_HUB_BOARD_H

#include "common/domain/report.h"
#include "hub/hub.h"
#include "hub/store_board.h"

enum {
    BOARD_BANDS = 7, /* 0: hour not known; else four hours each */
    BOARD_BAND_HOURS = 4,
    BOARD_CATEGORIES = 64 /* room for more than there are */
};

/* After the ledger. A writer counts from nothing when the rules of the clocks
 * are others than those it was counted by, or the wall clock was set back. */
int hub_board_open(struct hub *hub, struct error *err);
void hub_board_close(struct hub_board *board);

/* For struct ledger_host: the tag of a report's state (axes->tag, waits_ms),
 * and the steps. */
void hub_board_tag(struct axes *axes, const struct report_fact *fact);
int hub_board_counted(struct hub *hub, const struct ledger_step *steps,
                      size_t count);

/* In the turn's transaction: what has fallen due since becomes overdue, and
 * what rings by now is logged. Sets `by_time` (else false). */
int hub_board_work(struct hub *hub);
/* Wall clock, when hub_board_work has something to do; INT64_MAX. */
int64_t hub_board_next_ms(struct hub *hub);
/* A savepoint was undone; the turn is on the disk, or went. */
void hub_board_undone(struct hub *hub);
void hub_board_committed(struct hub *hub);
void hub_board_rolled_back(struct hub *hub);

/* How long an urgent report may wait for its commune before it rings at the
 * district: the setting `ring_after` ("15m"). */
int64_t hub_board_ring_after_ms(struct hub *hub);
/* From now on, also for what waits already. ERR_INVALID in words: not a span
 * from a minute to a day. */
int hub_board_set_ring_after(struct hub *hub, const char *text,
                             struct error *err);

/* Recomputes everything from the records; `fault` for each difference, which
 * are counted. A reader. */
int hub_board_verify(struct hub *hub,
                     void (*fault)(void *who, const struct ledger_fault *fault),
                     void *who, uint64_t *faults);

/* ---- reading */

struct board_question {
    int64_t now_ms;
    int32_t from, to;        /* days of receipt, inclusive */
    int category;            /* index in categories[]; -1: all */
    const struct unit *unit; /* NULL: all */
};

struct board_unit { /* in the order of the roster */
    struct board_open now;
    int64_t today;
};
struct board_village {
    uint32_t home, village; /* ledger_word, ledger_village */
    int64_t count;
};
struct board_figures {
    struct board_open now;          /* the sums of the units */
    int64_t today, today_last_week; /* the day of now_ms, and seven before */
    int64_t week, week_before; /* seven days with today, the seven before */
    int64_t total;             /* from..to */
    struct board_unit *units;  /* owned */
    size_t unit_count;
    int64_t *days; /* owned: from..to */
    size_t day_count;
    int64_t categories[BOARD_CATEGORIES], bands[BOARD_BANDS];
    struct board_village *villages; /* owned, most reports first */
    size_t village_count;
};
int hub_board_read(struct hub *hub, const struct board_question *q,
                   struct board_figures *out);
/* The counts of from..to (days of receipt), each with the axes asked for; the
 * others are 0 in it. A cell may come in pieces. In a read transaction.
 * Villages by day and state cost as much as the ledger's figures. */
struct board_cells {
    int32_t from, to;
    bool village, category, day, state; /* the unit is always told */
};
int hub_board_cells(struct hub *hub, const struct board_cells *q,
                    int (*each)(void *who, const struct axes *axes,
                                int64_t count),
                    void *who);
/* Every village that reports have ever named, by unit. */
int hub_board_villages(struct hub *hub,
                       void (*each)(void *who, const char *home,
                                    const char *village),
                       void *who);
void hub_board_figures_free(struct board_figures *figures);

/* Open reports, urgent ones first, each of both by what falls due first, those
 * whose clocks stand still last; from behind `after` on (all 0: from the first)
 * until `each` answers not 0. Only id, home, kind, counts, axes and row are
 * filled in. After a hundred thousand that are not asked for `each` is called
 * with NULL, for the last of them, and that is the end. */
struct board_place {
    int64_t due, row;
};
struct board_wanted {
    const struct unit *unit; /* NULL: any */
    const char *village;     /* NULL: any */
    int category, state;     /* -1, 0: any */
    bool urgent;             /* only such */
};
int hub_board_by_due(struct hub *hub, const struct board_wanted *wanted,
                     const struct board_place *after,
                     int (*each)(void *who, const struct record_row *row,
                                 const struct board_place *at),
                     void *who);

#endif
