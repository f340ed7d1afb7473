/* node/uplink_refusals.c - what either side of the line cannot use of the other
 * (PROTOCOL 7.7).
 */
#include "node/uplink_inside.h"

enum { ALARM_REFUSED_THERE = 180 };

void node_uplink_take_refusals(struct uplink *u,
                               const struct msg_refusals *list)
{
    struct buf words = {0};
    int rc = refusals_take(u->node->ledger, u->node->keys.hub, list, &words);

    if (rc == 0 && words.size > 0)
        node_alarm(u->node, ALARM_REFUSED_THERE,
                   "the district has these but cannot use them: %s. Nothing is "
                   "lost; see `quarantine list` and tell the district's "
                   "operator",
                   buf_text(&words));
    else if (rc == 0)
        rc = node_store_clear_alarms(u->node->store, ALARM_REFUSED_THERE,
                                     u->node->wall_ms);
    if (rc != 0)
        u->failed = true;
    buf_free(&words);
}

void node_uplink_tell_refusals(struct uplink *u)
{
    refusals_tell(&u->refusals, u->node->ledger, u->session, u->node->keys.hub,
                  u->node->mono_ms, &u->host);
}
