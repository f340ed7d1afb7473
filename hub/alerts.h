/* hub/alerts.h - issue, cancel, and who has received (PROTOCOL 9).
 */
#ifndef LIENXA_HUB_ALERTS_H
#define LIENXA_HUB_ALERTS_H

#include "hub/hub.h"

struct alert_order {
    int type; /* enum alert_type */
    const char *event, *headline, *text;
    int severity;
    const char **units; /* keys; 0 = every unit */
    size_t unit_count;
    int64_t expires_ms;
    const struct id *references;
    size_t reference_count;
};

/* Signs and appends to `all`, expedited. ERR_INVALID with what is wrong. */
int hub_alerts_issue(struct hub *hub, const struct alert_order *order,
                     struct id *out, struct error *err);

/* A Cancel that names `id` and every live alert that had replaced it.
 * ERR_MISSING, ERR_REFUSED (cancelled or expired already). */
int hub_alerts_cancel(struct hub *hub, const struct id *id, const char *reason,
                      struct id *out, struct error *err);

/* An Update that takes the place of `id`, which must be active. What `order`
 * leaves empty (texts NULL, severity, expires_ms and unit_count 0) stays as it
 * was; new units may only be added: one left out would never learn that the old
 * text is worth nothing. ERR_MISSING, ERR_REFUSED, ERR_INVALID. */
int hub_alerts_update(struct hub *hub, const struct id *id,
                      const struct alert_order *order, struct id *out,
                      struct error *err);

/* By how much the clocks of the communes are ahead of the hub's, by which an
 * alert ends: the median of three or more that were heard within the hour
 * (design 7); 0: two minutes at most, or nobody to say. */
int64_t hub_alerts_clock_off(struct hub *hub);

/* What a change of kind ALERT says; in the hub's arena until it is cleared. */
int hub_alerts_decode(struct hub *hub, const struct change *change,
                      struct alert *out, struct error *err);

/* Applies a change of kind ALERT or RECEIPT to the hub's tables. */
int hub_alerts_apply(struct hub *hub, const struct change *change,
                     struct error *err);
int hub_alerts_apply_receipt(struct hub *hub, const struct change *change,
                             struct error *err);

/* Counts the alerts of this epoch: the issuer_seq number of the latest. */
uint64_t hub_alerts_latest(struct hub *hub);

/* "active", "updated", "cancelled", "expired". */
const char *hub_alerts_state(const struct alert_row *row, int64_t now_ms);

/* Remembers that a copy of `change` (an alert) went to `unit` now. */
int hub_alerts_sent(struct hub *hub, const struct change *change,
                    const char *unit);

#endif
