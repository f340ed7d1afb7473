/* hub/restore.h - `lienxa-hub restore FILE --revoked UNIT,..|none`: a hub from
 * a copy, in a new folder.
 *
 * The copy is opened with the root's two shares, which also sign the new
 * signing key. Everything is made ready in DATA/restoring and put in place at
 * the end, so that a killed restore can simply be done again. Afterwards:
 * unused invitations are void, the units in --revoked are shut out, every
 * channel has a new incarnation, and an alarm says how many have been heard.
 */
#ifndef LIENXA_HUB_RESTORE_H
#define LIENXA_HUB_RESTORE_H

#include "common/backup/sealed_file.h"

struct hub_restore {
    const char *folder, *file;
    const char *revoked;   /* "UNIT,..", or "none" */
    const char *shares[2]; /* as typed */
    bool even_if_damaged;
};

/* Prints what `verify` prints. ERR_EXISTS: there is a hub already. ERR_REFUSED:
 * the copy of something else, or other shares. ERR_MISSING: a unit in `revoked`
 * that the roster does not know. On failure nothing is in the folder. */
int hub_restore(const struct hub_restore *order, struct backup_label *out,
                struct error *err);

#endif
