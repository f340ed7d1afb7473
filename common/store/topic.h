/* common/store/topic.h - what open pages are told has changed: by the table
 * that was written to (struct db_topic), and by the kind of a change that was
 * applied.
 */
#ifndef LIENXA_STORE_TOPIC_H
#define LIENXA_STORE_TOPIC_H

#include <stdint.h>

enum topic {
    TOPIC_REPORTS = 1 << 0,
    TOPIC_ALERTS = 1 << 1,
    TOPIC_REFERRALS = 1 << 2,
    TOPIC_NODES = 1 << 3,
    TOPIC_ALARMS = 1 << 4,
    TOPIC_NOTICES = 1 << 5,
    TOPIC_ACCOUNTS = 1 << 6,
    TOPIC_LINK = 1 << 7,
    TOPIC_DISCLOSURES = 1 << 8,
    TOPIC_ALL = (1 << 9) - 1
};
/* "reports", .. for one bit. */
const char *topic_name(unsigned topic);

/* For an enum change_kind; 0: no page shows it. */
unsigned topics_of_kind(uint32_t kind);

#endif
