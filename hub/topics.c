/* hub/topics.c - the tables. */
#include "hub/topics.h"

const struct db_topic hub_topics_of_tables[] = {{"alarm", TOPIC_ALARMS},
                                                {"quarantine", TOPIC_ALARMS},
                                                {"refusal", TOPIC_ALARMS},
                                                {"alert", TOPIC_ALERTS},
                                                {"receipt", TOPIC_ALERTS},
                                                {"user", TOPIC_ACCOUNTS},
                                                {"totp", TOPIC_ACCOUNTS},
                                                {"contact", TOPIC_NODES},
                                                {"invite", TOPIC_NODES},
                                                {"node", TOPIC_NODES},
                                                {NULL, 0}};
