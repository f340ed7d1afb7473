/* hub/statistics.h - the district's figures, each with its age (design 8).
 *
 * Reads the figures the ledger keeps by increments. Its cells are nearly as
 * many as the reports of the days asked for; where `coarse` allows it, the
 * board's counts (hub/board.h) say the same from far fewer.
 */
#ifndef LIENXA_HUB_STATISTICS_H
#define LIENXA_HUB_STATISTICS_H

#include "common/format/json.h"
#include "hub/hub.h"

enum statistics_axis {
    BY_UNIT,
    BY_VILLAGE,
    BY_CATEGORY,
    BY_STATE,
    BY_DAY,
    BY_COUNT
};

struct statistics_question {
    int32_t from, to; /* days of receipt, inclusive */
    bool by[BY_COUNT];
    bool coarse; /* the board's counts will do */
};

/* "unit,category": ERR_INVALID names the unknown axis. */
int hub_statistics_parse_by(struct statistics_question *q, const char *words,
                            struct error *err);

struct statistics_row {
    int64_t key; /* axes_pack of the axes asked for; all others 0 */
    int64_t count;
    bool hidden; /* the caller's: written as null */
};

struct statistics {
    const struct statistics_question *q; /* borrowed */
    struct statistics_row *rows;         /* owned; by key, so by day first */
    size_t count;                        /* 0 when no axis was asked for */
    int64_t total;
};

/* In a read transaction. To be freed, also after an error. */
int hub_statistics_read(struct hub *hub, const struct statistics_question *q,
                        struct statistics *out);
void hub_statistics_free(struct statistics *statistics);

/* {"as_of","total","units":[{"unit","as_of","delivered"}]} into `out`: as_of is
 * the clock of the last change delivered by the unit, null when there is none;
 * the whole is as old as its oldest unit. */
void hub_statistics_set(struct hub *hub, const struct statistics *s,
                        struct json *out);
/* Appends [{"unit","village","category","state","day","count"},..], of which
 * those asked for (a village comes with its unit): text, because a year by kind
 * and day is fifteen thousand rows. */
void hub_statistics_write_rows(struct hub *hub, const struct statistics *s,
                               struct buf *out);

/* All of it, "rows" last, as values. Owned; NULL: the database cannot be read.
 */
struct json *hub_statistics_answer(struct hub *hub,
                                   const struct statistics_question *q);

#endif
