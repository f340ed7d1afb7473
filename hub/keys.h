/* hub/keys.h - the hub's identity: CURVE key, signing key, root.
 *
 * The root key is made by `init`, printed as two shares and forgotten; what
 * stays is its public half and its signature over the signing key
 * (PROTOCOL 8.1). Files under DATA/keys, 0600.
 */
#ifndef LIENXA_HUB_KEYS_H
#define LIENXA_HUB_KEYS_H

#include "common/base/error.h"
#include "common/crypto/share.h"
#include "common/crypto/sign.h"
#include "common/net/curve.h"
#include "common/sync/message.h"

struct hub_keys {
    struct curve_key curve;
    struct sign_key sign;
    uint8_t sign_id[SIGN_KEY_ID_BYTES];
    uint8_t root_public[SIGN_PUBLIC_BYTES];
    char home[LIMIT_HOME];  /* "hub1a2b3c4d@20261123": from the root key */
    struct buf signing_key; /* blob of the Signed SigningKeyBody */
};

/* Makes all keys, writes them, and gives the two lines to be printed once. */
int hub_keys_make(const char *folder, char first[SHARE_TEXT_BYTES],
                  char second[SHARE_TEXT_BYTES], struct error *err);
/* For `restore`: writes a new signing key, certified by the root, over the
 * present one if there is one; its number is above all that may have been given
 * since the copy. ERR_REFUSED: it is not the root of this hub. */
int hub_keys_make_sign(const char *folder, const struct sign_key *root,
                       struct error *err);
int hub_keys_load(struct hub_keys *out, const char *folder, struct error *err);
/* Who this hub is, without anything secret: for the web process, which may not
 * read the files. Appended; ERR_DAMAGED when it is not such bytes. */
void hub_keys_write_public(struct buf *out, const struct hub_keys *keys);
int hub_keys_read_public(struct hub_keys *out, struct bytes content,
                         struct error *err);
void hub_keys_wipe(struct hub_keys *keys);

/* Signs `body` with the signing key. */
void hub_keys_sign(const struct hub_keys *keys, struct signed_bytes *out,
                   const char *domain, struct bytes body);

#endif
