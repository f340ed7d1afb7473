/* hub/signing.h - another signing key for the hub (PROTOCOL 8.1).
 *
 * The root signs it on the command line and never comes near the core. The
 * record is appended, signed by the key before; when that is on disk the hub
 * signs with the new one. keys/sign.next holds it in between: a start that
 * finds it goes on there when the record is in the ledger, else forgets it.
 */
#ifndef LIENXA_HUB_SIGNING_H
#define LIENXA_HUB_SIGNING_H

#include "hub/hub.h"

/* On the command line: makes the next key, signed by the root behind
 * the two shares, which must be the root of this hub (ERR_REFUSED). `revoke`:
 * all keys before it are worth nothing from now on. `blob`: the Signed
 * SigningKeyBody, appended. */
struct signing_order {
    const char *shares[2];
    bool revoke;
};
int hub_signing_make(const struct hub *hub, const struct signing_order *order,
                     uint8_t seed[SIGN_SEED_BYTES], struct buf *blob,
                     struct error *err);

/* In the core, inside a transaction: stages the key and appends its record.
 * ERR_REFUSED: not by our root, not higher than all before, or not the key of
 * `seed`. */
int hub_signing_begin(struct hub *hub, const uint8_t seed[SIGN_SEED_BYTES],
                      struct bytes blob, struct error *err);
/* After every commit: signs with what was staged and is on disk. */
void hub_signing_settle(struct hub *hub);
/* At the start of a writer: goes on, or forgets. */
int hub_signing_open(struct hub *hub, struct error *err);

#endif
