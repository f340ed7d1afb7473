/* common/store/topic.c - see topic.h. */
#include "common/store/topic.h"

#include <stddef.h>

#include "common/sync/change.h"

const char *topic_name(unsigned topic)
{
    static const char *const names[] = {"reports",  "alerts", "referrals",
                                        "nodes",    "alarms", "notices",
                                        "accounts", "link",   "disclosures"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (topic == 1U << i)
            return names[i];
    return "";
}

unsigned topics_of_kind(uint32_t kind)
{
    switch (kind) {
    case KIND_REPORT:
    case KIND_CLOSING:
        return TOPIC_REPORTS;
    case KIND_ALERT:
    case KIND_RECEIPT:
        return TOPIC_ALERTS;
    case KIND_REFERRAL:
    case KIND_CARRIED:
        return TOPIC_REFERRALS | TOPIC_REPORTS;
    case KIND_NOTICE:
    case KIND_PROCEDURE:
        return TOPIC_NOTICES;
    case KIND_DIRECTORY:
    case KIND_NODE_KEY:
    case KIND_HUB_KEY:
    case KIND_SETTINGS:
        return TOPIC_NODES | TOPIC_LINK;
    case KIND_DISCLOSURE:
        return TOPIC_DISCLOSURES;
    default:
        return 0;
    }
}
