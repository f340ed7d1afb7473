/* hub/exchange_words.c - what a session found, told to the operator in words
 * that say what to do (PROTOCOL 5.5). */
#include "hub/exchange_inside.h"
#include "hub/restored.h"

void hub_exchange_alarm(struct exchange *ex, const struct peer *peer,
                        const struct sync_action *a)
{
    struct hub *hub = ex->hub;
    const char *unit = hub_unit_name(hub, peer->unit);
    unsigned long long n = (unsigned long long)a->seq;

    if (hub_restored_expects(hub, peer->unit, a->code))
        return;
    switch ((enum sync_alarm)a->code) {
    case ALARM_HUB_REWOUND:
        hub_alarm(
            hub, peer->unit, a->code,
            "this hub holds %s only up to change %llu, but had "
            "acknowledged more: it was restored from a backup or lost its "
            "disk's last writes. The node sends the rest again by itself; "
            "check that the hub's disk is sound",
            unit, n);
        break;
    case ALARM_NODE_REWOUND:
        hub_alarm(hub, peer->unit, a->code,
                  "the machine of %s was set back to an old copy and takes its "
                  "own reports back from here. Nothing to do; ask the office "
                  "whether it was restored or copied",
                  unit);
        break;
    case ALARM_CHANNEL_REWOUND:
        hub_alarm(
            hub, peer->unit, a->code,
            "%s holds orders of this hub that the hub itself no longer "
            "has (after %llu of %s): the hub was set back. They are taken "
            "back where this hub's own signature proves them; a new "
            "epoch was opened. Check `node list` and `alert list`",
            unit, n, a->name.channel);
        break;
    case ALARM_TWO_MACHINES:
        hub_alarm(
            hub, peer->unit, a->code,
            "two machines speak as %s, at %s: one is a copy of the other. "
            "Nothing is lost; find out which one stays, and invite it "
            "anew with `node invite %s`",
            unit, a->text, unit);
        break;
    case ALARM_VERSION:
        hub_alarm(hub, peer->unit, a->code,
                  "the program of %s does not fit this hub's: %s", unit,
                  a->text);
        break;
    case ALARM_FORK:
        hub_alarm(hub, peer->unit, a->code,
                  "%s sent changes that do not continue what it sent before "
                  "(at %llu): refused and asked to compare again",
                  unit, n);
        break;
    case ALARM_PROTOCOL:
        hub_alarm(
            hub, peer->unit, a->code,
            "%s breaks the rules of the line (%s): refused. If it goes on, "
            "its machine may be in foreign hands: `node revoke %s`",
            unit, a->text, unit);
        break;
    }
}
