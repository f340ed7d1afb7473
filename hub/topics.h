/* hub/topics.h - what the pages are told has changed: by the table that was
 * written to, and by the kind of a change that was applied.
 */
#ifndef LIENXA_HUB_TOPICS_H
#define LIENXA_HUB_TOPICS_H

#include "common/account/watch.h"
#include "common/store/db.h"

extern const struct db_topic hub_topics_of_tables[];

/* enum topic for an enum change_kind. */
unsigned hub_topics_of_kind(uint32_t kind);

#endif
