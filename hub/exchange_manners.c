/* hub/exchange_manners.c - what becomes of a machine that breaks the rules, and
 * what each side cannot use of the other.
 *
 * A machine with a valid key may still send nonsense, by fault or by intent.
 * Each piece of it costs us a decoding or a signature; who sends many of them
 * is not heard for a while, and named. Nothing of his is lost by that: what is
 * good and not acknowledged he sends again.
 */
#include <string.h>

#include "common/base/log.h"
#include "hub/exchange_inside.h"

enum {
    MUTED_AT = 64, /* points within POINTS_MS */
    POINTS_MS = 60000,
    MUTE_MS = 30000,
    MUTE_MOST_MS = 15 * 60000,
    ALARM_REFUSED_THERE = 180,
    ALARM_MUTED = 181
};

bool hub_exchange_is_muted(const struct exchange *ex, const struct peer *peer)
{
    return ex->hub->mono_ms < peer->manners.muted_until_ms;
}

void hub_exchange_strike(struct exchange *ex, struct peer *peer, int points)
{
    struct manners *m = &peer->manners;
    int64_t now = ex->hub->mono_ms;

    if (now - m->since_ms > POINTS_MS) {
        m->since_ms = now;
        m->points = m->times = 0;
    }
    m->points += points;
    m->times++;
    if (m->points < MUTED_AT)
        return;
    /* again within the hour of the last time: twice as long */
    if (m->mute_ms == 0 || now - m->muted_until_ms > 60 * POINTS_MS)
        m->mute_ms = MUTE_MS;
    else if (m->mute_ms < MUTE_MOST_MS)
        m->mute_ms *= 2;
    m->muted_until_ms = now + m->mute_ms;
    hub_alarm(ex->hub, peer->unit, ALARM_MUTED,
              "the machine of %s has broken the rules of the line %d times "
              "within a minute and is not heard for %lld s; its good reports "
              "are not lost, it keeps them. If this goes on, ask the office "
              "what runs there; `node revoke %s` shuts it out",
              hub_unit_name(ex->hub, peer->unit), m->times,
              (long long)(m->mute_ms / 1000),
              hub_unit_name(ex->hub, peer->unit));
    m->points = m->times = 0;
}

/* A fork or a gap is no bad manners: a copied or restored machine shows them.
 * An early copy with a strange signature may be of a machine that this hub, put
 * back from a backup, has not met yet. */
int hub_exchange_stored_points(int code, bool early)
{
    switch ((enum nak_code)code) {
    case NAK_SIGNATURE:
        return early ? STRIKE_LIGHT : STRIKE;
    case NAK_MALFORMED:
    case NAK_FOREIGN:
        return STRIKE;
    case NAK_NONE:
    case NAK_GAP:
    case NAK_FORK:
    case NAK_LATER:
    case NAK_UNSUPPORTED:
        return 0;
    }
    return 0;
}

/* ---- refusals (PROTOCOL 7.7) */

void hub_exchange_take_refusals(struct exchange *ex, const struct peer *peer,
                                const struct msg_refusals *list)
{
    struct buf words = {0};

    if (refusals_take(ex->hub->ledger, peer->unit, list, &words) != 0)
        ex->failed = true;
    else if (words.size > 0)
        hub_alarm(ex->hub, peer->unit, ALARM_REFUSED_THERE,
                  "%s cannot use what the hub sent: %s. Update the program "
                  "there; see `quarantine list`",
                  hub_unit_name(ex->hub, peer->unit), buf_text(&words));
    else if (hub_store_clear_alarms(ex->hub->store, peer->unit,
                                    ALARM_REFUSED_THERE, ex->hub->wall_ms) != 0)
        ex->failed = true;
    buf_free(&words);
}
