/* hub/alert_export.h - an alert as others read it: CAP 1.2 (design 7, reference
 * domain 3.2).
 *
 * What CAP asks for and an alert does not say comes from the district's
 * template of the same event (hub/templates.h): category, urgency, certainty,
 * response. Where there is none: Safety, Immediate or Expected by its severity,
 * Unknown. Each commune is an area, with its code in the list that was valid
 * for it
 * (`vn-gso-2004`). A warning that took the place of others names them.
 */
#ifndef LIENXA_HUB_ALERT_EXPORT_H
#define LIENXA_HUB_ALERT_EXPORT_H

#include "hub/hub.h"

/* Appends the document. ERR_MISSING: no alert with this id; ERR_DAMAGED. */
int hub_alert_export(struct hub *hub, const char *id, struct buf *out,
                     struct error *err);

#endif
