/* hub/directory.h - how people name the units, for every node: so that a
 * commune can be named where reports are passed on (PROTOCOL 10.4).
 */
#ifndef LIENXA_HUB_DIRECTORY_H
#define LIENXA_HUB_DIRECTORY_H

#include "hub/hub.h"

/* The entries of the units that have a machine, where they are missing or the
 * roster says otherwise by now. */
int hub_directory_publish(struct hub *hub, struct error *err);

#endif
