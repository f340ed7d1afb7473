/* node/topics.c - the tables. */
#include "node/topics.h"

#include "common/sync/change.h"

const struct db_topic node_topics_of_tables[] = {
    {"alarm", TOPIC_ALARMS},
    {"quarantine", TOPIC_ALARMS},
    {"refusal", TOPIC_ALARMS},
    {"alert", TOPIC_ALERTS},
    {"user", TOPIC_ACCOUNTS},
    {"totp", TOPIC_ACCOUNTS},
    {"setting", TOPIC_LINK},
    {"stream", TOPIC_LINK},
    {"erasure", TOPIC_REPORTS},
    {"notice_draft", TOPIC_NOTICES},
    {"disclosed", TOPIC_DISCLOSURES},
    {"own_number", TOPIC_NOTICES},
    {NULL, 0}};

unsigned node_topics_of_kind(uint32_t kind)
{
    switch (kind) {
    case KIND_REPORT:
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
    case KIND_CLOSING:
        return TOPIC_REPORTS;
    default:
        return 0;
    }
}
