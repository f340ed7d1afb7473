/* node/topics.c - the tables. */
#include "node/topics.h"

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
