/* hub/settings.h - how the line of a unit may be used (PROTOCOL 4.10): a record
 * in the unit's channel.
 */
#ifndef LIENXA_HUB_SETTINGS_H
#define LIENXA_HUB_SETTINGS_H

#include "common/format/json.h"
#include "hub/hub.h"

/* The command node.settings: `unit`, and `rate`, `hours` to change them. Says
 * what holds then. */
int hub_settings_run(struct hub *hub, const struct json *args, struct json *out,
                     struct error *err);
/* What holds for the unit with this key. */
struct pace_rule hub_settings_rule(struct hub *hub, const char *unit);
/* The settings of a unit came into force. */
void hub_settings_applied(struct hub *hub, const struct change *change);
/* Of our own record of settings: the channel it stands in. ERR_INVALID. */
int hub_settings_channel(const struct hub *hub, const struct change *change,
                         struct stream_name *out);
/* Adds `rate` and `hours` as people write them, or null; `awaits_hours`: they
 * are not now. */
void hub_settings_json(struct hub *hub, const char *unit, struct json *out);

#endif
