/* hub/topics.h - what the pages are told has changed, by the table that was
 * written to (common/store/topic.h).
 */
#ifndef LIENXA_HUB_TOPICS_H
#define LIENXA_HUB_TOPICS_H

#include "common/store/db.h"
#include "common/store/topic.h"

extern const struct db_topic hub_topics_of_tables[];

#endif
