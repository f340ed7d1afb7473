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

/* {"as_of","total","units":[{"unit","as_of","delivered"}],"rows":[..]}: as_of
 * is the clock of the last change delivered by the unit, null when there is
 * none; the whole is as old as its oldest unit. Owned. */
struct json *hub_statistics_answer(struct hub *hub,
                                   const struct statistics_question *q);

#endif
