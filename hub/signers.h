/* hub/signers.h - the hub's own signing keys: the present one and those before.
 *
 * What was signed by an earlier key stays the hub's word: after a rotation or a
 * restore nodes hand such changes back, and machines show certificates made
 * with it. A key is believed for one reason only, the root's signature over it
 * (PROTOCOL 8.1), so a belief needs no transaction and is never taken back.
 */
#ifndef LIENXA_HUB_SIGNERS_H
#define LIENXA_HUB_SIGNERS_H

#include "common/wire/codec.h"

struct signers;

/* `hub`: home of the hub whose keys these are; copied, as the root key. */
struct signers *hub_signers_new(const char *hub, const uint8_t root_public[32]);
void hub_signers_free(struct signers **signers);

/* Believes the key in `fact`, a Signed SigningKeyBody. ERR_REFUSED: the root of
 * this hub did not sign it. */
int hub_signers_believe(struct signers *signers, struct bytes fact,
                        struct error *err);

/* True when `signature` over `body` is by a key that is believed and that no
 * later key revokes. */
bool hub_signers_verify(const struct signers *signers, const uint8_t key_id[8],
                        const uint8_t signature[64], const char *domain,
                        struct bytes body);
bool hub_signers_know(const struct signers *signers, const uint8_t key_id[8]);

size_t hub_signers_count(const struct signers *signers);
/* The ids of those that are not revoked, the latest first. Returns how many. */
size_t hub_signers_ids(const struct signers *signers, size_t limit,
                       uint8_t out[][8]);
/* The highest number of them all; the next key is one more. */
uint64_t hub_signers_last(const struct signers *signers);

#endif
