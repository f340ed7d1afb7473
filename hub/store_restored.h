/* hub/store_restored.h - what the database says of a restore: which units must
 * be heard, which are shut out, and which invitations are void.
 */
#ifndef LIENXA_HUB_STORE_RESTORED_H
#define LIENXA_HUB_STORE_RESTORED_H

#include "common/store/db.h"

/* Prepares its statements; they live as long as `db`. */
int hub_store_restored_open(struct db_set **out, struct db *db,
                            struct error *err);

/* Forgets an earlier restore. */
int hub_store_restored_clear(struct db_set *q);
/* Adds the unit, or makes it shut out as well. */
int hub_store_restored_add(struct db_set *q, const char *unit, bool shut_out);
bool hub_store_restored_shut_out(struct db_set *q, const char *unit);
/* ERR_MISSING: it was heard already, or need not be. */
int hub_store_restored_heard(struct db_set *q, const char *unit,
                             int64_t now_ms);
/* Units that must be heard, in the order of their keys; not those shut out. */
int hub_store_restored_list(struct db_set *q,
                            int (*each)(void *who, const char *unit,
                                        int64_t heard_ms),
                            void *who);

/* Invitations that nobody has used: deleted. */
int hub_store_restored_void_invites(struct db_set *q);

#endif
