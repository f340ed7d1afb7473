/* hub/first.h - a hub made from the browser: `lienxa-hub serve --setup`.
 *
 * make {name, roster: CSV text} -> the root key's shares; shown; people {name,
 * password}: the first operator, who sets up the second factor at the first
 * login. Interrupted before the shares were shown it starts over
 * (hub/set_up.h).
 */
#ifndef LIENXA_HUB_FIRST_H
#define LIENXA_HUB_FIRST_H

#include "common/setup/serve.h"

extern const struct setup_steps hub_first_steps;

/* Is there no hub in the folder, or none that was finished? */
bool hub_first_is_wanted(const char *folder);

#endif
