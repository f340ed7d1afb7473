/* node/uplink_words.c - what the session found, told in words that say what to
 * do (PROTOCOL 5.5). */
#include "common/base/log.h"
#include "node/uplink_inside.h"

void node_uplink_alarm(struct uplink *u, const struct sync_action *a)
{
    struct node *node = u->node;
    unsigned long long n = (unsigned long long)a->seq;

    switch ((enum sync_alarm)a->code) {
    case ALARM_HUB_REWOUND:
        node_alarm(
            node, a->code,
            "the hub was set back (it holds our reports only up to %llu, "
            "less than it had acknowledged). This machine sends the rest "
            "again by itself; nothing to do here",
            n);
        break;
    case ALARM_NODE_REWOUND:
        node_alarm(
            node, a->code, "%s",
            n == 0
                ? "a new machine of this commune: it takes back the reports "
                  "that the hub holds. Words and senders open with `recover` "
                  "and the lost machine's two lines, when `status` says that "
                  "they wait"
                : "this machine runs on an old copy of its data: it takes back "
                  "what the hub holds and adds what it wrote since. Tell the "
                  "district if nobody restored or copied it");
        break;
    case ALARM_CHANNEL_REWOUND:
        node_alarm(node, a->code,
                   "this machine holds orders of the hub that the hub lost: it "
                   "hands them back");
        break;
    case ALARM_TWO_MACHINES:
        node_alarm(node, a->code, "two machines speak as this commune: %s",
                   a->text);
        break;
    case ALARM_VERSION:
        node_alarm(node, a->code,
                   "this program does not fit the hub's: %s. Reports are taken "
                   "and kept; they leave after the upgrade",
                   a->text);
        break;
    case ALARM_FORK:
        node_alarm(node, a->code,
                   "what the hub sent does not continue what it sent before "
                   "(at %llu): compared again",
                   n);
        break;
    case ALARM_PROTOCOL:
        node_alarm(node, a->code, "the hub breaks the rules of the line (%s)",
                   a->text);
        break;
    }
}

void node_uplink_tell_lost(const struct uplink *u, enum lane lane)
{
    log_debug("line.lost", "lane=%d under_way=%llu", (int)lane,
              (unsigned long long)sync_session_under_way(u->session, lane));
}
