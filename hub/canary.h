/* hub/canary.h - what a commune writes once an hour to prove that the whole way
 * works (PROTOCOL 4.12): the last one of each is kept, for the metrics.
 */
#ifndef LIENXA_HUB_CANARY_H
#define LIENXA_HUB_CANARY_H

#include "hub/hub.h"

int hub_canary_judge(const struct change *change, struct error *err);
/* Keeps when it came and what it took, by the machine's clock set right; what
 * it says of the audit log is for hub/audit.h. */
int hub_canary_apply(struct hub *hub, const struct change *change);

#endif
