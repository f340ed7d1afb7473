/* hub/restored.h - a hub after its restore: who must be heard before everything
 * is back, and who is shut out (`restore --revoked`).
 */
#ifndef LIENXA_HUB_RESTORED_H
#define LIENXA_HUB_RESTORED_H

#include "hub/hub.h"

/* Everything a machine of the unit held is here. Cheap when nobody is waited
 * for. World errors. */
int hub_restored_heard(struct hub *hub, const char *unit);

/* A machine whose directory entry came back must be heard as well, or is shut
 * out again when its unit was named in --revoked. Call after a NODE_KEY record
 * was adopted. */
int hub_restored_adopted(struct hub *hub, const struct node_key *key,
                         struct error *err);

/* Is this alarm about the unit only what every restore brings about (1, 3)? */
bool hub_restored_expects(struct hub *hub, const char *unit, int code);

/* May a machine with a certificate of this time come back by showing it? */
bool hub_restored_admits(struct hub *hub, const char *unit, int64_t issued_ms);

/* Certificates made from now on have higher numbers than this. */
uint64_t hub_restored_numbers(struct hub *hub);

/* The version behind `held` (0: none) of a record of ours that has its id from
 * what it is about, or had one before: above all that a hub may have written of
 * it after its copy, and lost. Nodes still hold that, and hand it back. */
uint64_t hub_restored_version(struct hub *hub, uint64_t held);

/* The alarm that says how far it is: "8 of 10 heard, ..". */
int hub_restored_tell(struct hub *hub);

/* The turn went: whoever was heard in it is to be heard again. */
void hub_restored_rolled_back(struct hub *hub);

/* What `open` reads. */
int hub_restored_load(struct hub *hub, struct error *err);

#endif
