/* hub/repair.h - changes that rotted on the hub's disk, fetched again from the
 * communes' machines (PROTOCOL 7.11).
 */
#ifndef LIENXA_HUB_REPAIR_H
#define LIENXA_HUB_REPAIR_H

#include "common/format/json.h"
#include "hub/hub.h"

/* In each turn of a serving hub: takes note of what was found, asks for it,
 * tells the operator. 0 or the world's error. */
int hub_repair_work(struct hub *hub);

/* The command "repair.note": looks at the changes in `rows`, and at the vault
 * objects of those in `objects`, as `verify` named them. Out: how many are
 * "damaged" and how many were "mended" at once. */
int hub_repair_note(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err);

/* Reading found the vault object of this change damaged. */
void hub_repair_object(struct hub *hub, int64_t change);

#endif
