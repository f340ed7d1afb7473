/* node/reading_referral.h - what was passed on, as people read it. */
#ifndef LIENXA_NODE_READING_REFERRAL_H
#define LIENXA_NODE_READING_REFERRAL_H

#include "common/format/json.h"
#include "node/node.h"

/* Every referral, newest first. */
struct json *node_reading_referrals(struct node *node);
/* Adds "referral" and "passed_on" (oldest first) to a report that was passed on
 * or that continues another commune's. */
void node_reading_passed_on(struct node *node, const struct id *report,
                            const struct report_fact *fact, struct json *out);

#endif
