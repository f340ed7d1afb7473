/* hub/closings.h - which periods the communes have closed, and whether what
 * they signed has arrived (design 8).
 *
 * A closing is a node's record (PROTOCOL 4.6); nothing of it is kept besides.
 * It is fulfilled when our copy of the commune's stream has the head it names;
 * until then "37 of 40 arrived". What the figures of its days say later beyond
 * what was signed is a correction, never a silent change.
 */
#ifndef LIENXA_HUB_CLOSINGS_H
#define LIENXA_HUB_CLOSINGS_H

#include "common/format/json.h"
#include "hub/hub.h"

/* Is the fact one? */
int hub_closings_judge(const struct change *change, struct error *err);

/* One period (`period` as typed, see common/domain/period.h):
 * {"from","to","expected","closed","fulfilled","timely","completeness",
 *  "timeliness","units":[{"unit","closed","by","total","arrived","fulfilled",
 *  "corrections","words"}]}, units in the order of the roster but those that
 * are valid from a later day on; silent ones with nulls: silence is not zero.
 * `timely_days` after the period's end is still in time. Or NULL and err.
 * Owned. */
struct json *hub_closings_period(struct hub *hub, const char *period,
                                 int timely_days, struct error *err);

/* The periods that anybody closed, newest first:
 * [{"period","from","to","closed"}]. Owned. */
struct json *hub_closings_list(struct hub *hub);

#endif
