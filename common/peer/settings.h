/* common/peer/settings.h - a unit's settings in the ledger, and how people
 * write them (PROTOCOL 4.10).
 */
#ifndef LIENXA_PEER_SETTINGS_H
#define LIENXA_PEER_SETTINGS_H

#include "common/store/ledger.h"
#include "common/sync/pace.h"

enum { SETTINGS_TEXT_BYTES = 24 };

struct id settings_record(const struct hash_function *f, const char *unit);

/* What the hub with this home has set for the unit; nothing is set when it has
 * set nothing. `version` (may be NULL): of the record, 0 none. 0 or an error of
 * the ledger. */
int settings_read(struct ledger *ledger, const struct hash_function *f,
                  const char *hub, const char *unit, struct pace_rule *out,
                  uint64_t *version);

/* "256k" (bits a second; also "1.5M", "9600") and "19:00-06:00"; "off" takes
 * the bound away. False: not like that. Only what is named changes. */
bool settings_parse_rate(struct pace_rule *rule, const char *text);
bool settings_parse_hours(struct pace_rule *rule, const char *text);
/* The same back; NULL when there is no bound. */
const char *settings_rate_text(char out[SETTINGS_TEXT_BYTES],
                               const struct pace_rule *rule);
const char *settings_hours_text(char out[SETTINGS_TEXT_BYTES],
                                const struct pace_rule *rule);

#endif
