/* node/audit.h - this machine's audit log before the district (PROTOCOL 4.13):
 * what is said of it with every canary, and what the hub has signed.
 */
#ifndef LIENXA_NODE_AUDIT_H
#define LIENXA_NODE_AUDIT_H

#include "common/peer/audit.h"
#include "node/node.h"

enum { ALARM_AUDIT = 130 };

/* How far the log goes, and whether all that came since the hub's last
 * signature fits to it; what does not raises an alarm, which ends when it does
 * again. Within a turn. A log that cannot be read is one of those, for no turn
 * may fail for what is old. 0, or what writing the alarm met. */
int node_audit_say(struct node *node, struct canary_fact *out);
/* Of a record of the hub: is it of our log? */
int node_audit_judge(const struct node *node, const struct change *change,
                     struct error *err);
/* What the hub has signed of this log (`audit.count` 0: nothing yet), and
 * whether its link still stands where it stood then. 0, or the disk's
 * failure. */
int node_audit_seen(struct node *node, struct audit_fact *out, bool *holds);
/* `audit verify`: all of it, told on stdout. ERR_DAMAGED. */
int node_audit_verify(struct node *node, struct error *err);

#endif
