/* node/keys.h - the machine's identity and what `join` pinned.
 *
 * Files under DATA/keys, 0600: curve.key, sign.key, rest.key (at-rest key), and
 * `pinned`: unit, hub, hub's CURVE key, root key, addresses, our certificate.
 */
#ifndef LIENXA_NODE_KEYS_H
#define LIENXA_NODE_KEYS_H

#include "common/base/error.h"
#include "common/crypto/seal.h"
#include "common/crypto/sign.h"
#include "common/net/curve.h"
#include "common/wire/codec.h"

struct node_keys {
    struct curve_key curve;
    struct sign_key sign;
    uint8_t sign_id[SIGN_KEY_ID_BYTES];
    uint8_t rest[BOX_KEY_BYTES];
    char unit[LIMIT_HOME], unit_name[128], unit_slug[48];
    char hub[LIMIT_HOME];
    char express[128], bulk[128];
    uint8_t hub_curve[32];
    uint8_t root_public[32];
    struct certificate certificate; /* checked when joining */
};

/* New machine keys (not yet written): curve, sign, rest. */
void node_keys_make(struct node_keys *out);
/* Writes everything; the folder must exist. */
int node_keys_save(const struct node_keys *keys, const char *folder,
                   struct error *err);
int node_keys_load(struct node_keys *out, const char *folder,
                   struct error *err);
/* Who this machine is, without anything secret: for the web process, which may
 * not read the files. Appended; ERR_DAMAGED when it is not such bytes. */
void node_keys_write_public(struct buf *out, const struct node_keys *keys);
int node_keys_read_public(struct node_keys *out, struct bytes content,
                          struct error *err);
void node_keys_wipe(struct node_keys *keys);

/* Signs `body` as this machine. */
void node_keys_sign(const struct node_keys *keys, struct signed_bytes *out,
                    const char *domain, struct bytes body);

#endif
