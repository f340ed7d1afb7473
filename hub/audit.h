/* hub/audit.h - what communes' machines say of their audit logs, and the hub's
 * signature over it (PROTOCOL 4.13).
 *
 * A log only grows. What a machine says with its canaries is signed, in a
 * record of the unit's channel; when it is not what was signed before and more,
 * an alarm tells a person, and nothing is signed until somebody has cleared it:
 * then what the machine says by then is.
 */
#ifndef LIENXA_HUB_AUDIT_H
#define LIENXA_HUB_AUDIT_H

#include "common/wire/canary.h"
#include "hub/hub.h"

enum { ALARM_AUDIT = 130 };

/* A machine of the unit said this: judged at the end of the turn. */
int hub_audit_said(struct hub *hub, const char *unit,
                   const struct canary_fact *said);
/* Signs or raises alarms for all that was said. World errors. */
int hub_audit_settle(struct hub *hub, struct error *err);
/* Of our own record of an audit log: the channel it stands in. ERR_INVALID. */
int hub_audit_channel(const struct hub *hub, const struct change *change,
                      struct stream_name *out);

#endif
