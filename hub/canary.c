#include "hub/canary.h"

#include <stdio.h>

#include "common/wire/canary.h"
#include "hub/audit.h"
#include "hub/store_metrics.h"

int hub_canary_judge(const struct change *change, struct error *err)
{
    struct canary_fact fact;

    if (change->part[PART_FACT].form != PART_WHOLE ||
        change->part[PART_BODY].form != PART_ABSENT ||
        change->part[PART_VAULT].form != PART_ABSENT)
        return error_set(err, ERR_INVALID, "a canary is a fact and no more");
    return wire_canary_decode(&fact, change->part[PART_FACT].bytes, err);
}

int hub_canary_apply(struct hub *hub, const struct change *change)
{
    struct canary_row row = {.applied_ms = hub->wall_ms};
    struct canary_fact fact;
    struct contact contact;
    int rc;

    if (hub->mode == HUB_REBUILD) /* old news: nothing has arrived now */
        return 0;
    (void)snprintf(row.unit, sizeof row.unit, "%s", change->header.home);
    if (wire_canary_decode(&fact, change->part[PART_FACT].bytes, NULL) != 0)
        return 0;
    row.took_ms = fact.took_ms;
    row.late_ms = hub->wall_ms - change->header.clock_ms;
    if (hub_store_contact(hub->store, row.unit, &contact) == 0)
        row.late_ms += contact.clock_offset_ms;
    if (row.late_ms < 0)
        row.late_ms = 0;
    rc = metrics_store_put_canary(hub->metrics, &row);
    return rc != 0 ? rc : hub_audit_said(hub, row.unit, &fact);
}
