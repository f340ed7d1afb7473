/* hub/reading_referral.h - what is passed on between the communes and to the
 * district, as people read it.
 */
#ifndef LIENXA_HUB_READING_REFERRAL_H
#define LIENXA_HUB_READING_REFERRAL_H

#include "common/format/json.h"
#include "hub/hub.h"

/* Every referral, newest first. */
struct json *hub_reading_referrals(struct hub *hub);
/* The one with this id, or of the report with it; with its notes. NULL with
 * err. */
struct json *hub_reading_referral(struct hub *hub, const char *word,
                                  struct error *err);

/* Sets "text" of a report that was passed on with its words, and says so. Not
 * while a record is being read. */
bool hub_reading_words_of(struct hub *hub, const char *home,
                          const struct id *report, struct json *out);

/* The same for a list of all there are: the reports that were passed on, with
 * their words, the only ones whose words a list shows (design 11). Owned. */
struct referred;
struct referred *hub_reading_referred(struct hub *hub);
void hub_reading_referred_free(struct referred **referred);
/* Sets "text" of a report that is among them. */
void hub_reading_words(const struct referred *referred, const char *home,
                       const struct id *report, struct json *out);

#endif
