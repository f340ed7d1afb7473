/* common/peer/missing.h - which vault objects are asked for (PROTOCOL 7.10,
 * 8.6): the host's part of SYNC_WANT_VAULT, the same on both sides.
 */
#ifndef LIENXA_PEER_MISSING_H
#define LIENXA_PEER_MISSING_H

#include "common/store/ledger.h"
#include "common/sync/session.h"

/* Looks in `up` from `a->seq` on, a few thousand positions at a time; fills in
 * `sent`, and `want` with refs in `refs`, which are the caller's. The caller
 * sends it when `sent->code` is not 0 and `a->online`. */
int missing_look(struct ledger *l, const struct ledger_stream *up,
                 const struct sync_action *a,
                 struct early_ref refs[LIMIT_VAULT_OBJECTS],
                 struct sync_message *want, struct sync_event *sent);

#endif
