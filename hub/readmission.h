/* hub/readmission.h - a machine that this hub certified and no longer knows,
 * because it was set back, comes back by showing its certificate
 * (PROTOCOL 8.2).
 */
#ifndef LIENXA_HUB_READMISSION_H
#define LIENXA_HUB_READMISSION_H

#include "hub/hub.h"

/* Checks everything the Enrol must prove, puts the machine back into the key
 * directory when it is not there, and appends its certificate to `out`. When
 * its number was given to another machine since, it gets the next one,
 * retiring, and the unit's present machine the one above that, as a second
 * entry. False: refused; the caller says nothing more than that. */
bool hub_readmission(struct hub *hub, const uint8_t line_key[32],
                     const struct msg_enrol *enrol, struct buf *out);

#endif
