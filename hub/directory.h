/* hub/directory.h - how people name the units, for every node: so that a
 * commune can be named where reports are passed on (PROTOCOL 10.4).
 */
#ifndef LIENXA_HUB_DIRECTORY_H
#define LIENXA_HUB_DIRECTORY_H

#include "common/format/json.h"
#include "hub/hub.h"

/* The entries of the units that have a machine, where they are missing or the
 * roster says otherwise by now. */
int hub_directory_publish(struct hub *hub, struct error *err);
/* Those of these units. */
int hub_directory_publish_of(struct hub *hub, const struct hub_units *units,
                             struct error *err);

/* Command directory.set {unit, phone}: the number of a commune's post, or of
 * the district's duty room ("district"); "" takes it away. In the roster and,
 * for who has a machine, in the directory. ERR_INVALID, ERR_MISSING. */
int hub_directory_run_set(struct hub *hub, const struct json *args,
                          struct json *out, struct error *err);

/* An entry of ours became the state of its record: written just now, or come
 * back to a hub that was restored from before it. */
int hub_directory_apply(struct hub *hub, const struct change *change,
                        struct error *err);

/* A reader that lives long, or a transaction that was rolled back: the numbers
 * of the roster as they are on disk, read when they have changed. */
void hub_directory_refresh(struct hub *hub);

/* The number of the district's duty room; "" while nobody has given it.
 * Borrowed until the next setting is read. */
const char *hub_directory_district(struct hub *hub);

#endif
