/* hub/key_commands.h - the commands about the hub's own keys, for the table of
 * hub/commands.c. All of them answer with where things stand
 * (hub_rotation_status).
 */
#ifndef LIENXA_HUB_KEY_COMMANDS_H
#define LIENXA_HUB_KEY_COMMANDS_H

#include "common/format/json.h"
#include "hub/hub.h"

/* {"express","bulk","enrol","advertise","stolen","again"} */
int hub_key_commands_rotate(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err);
/* {"anyway"} */
int hub_key_commands_finish(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err);
/* {"seed","blob"} in hex: see hub/signing.h */
int hub_key_commands_sign(struct hub *hub, const struct json *args,
                          struct json *out, struct error *err);

#endif
