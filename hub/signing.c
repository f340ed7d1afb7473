/* hub/signing.c - staged, recorded, then used; see signing.h. */
#include "hub/signing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/keyfile.h"
#include "common/crypto/random.h"

enum { STAGED_LIMIT = 2048 };

static const char *path_of(char out[4200], const struct hub *hub,
                           const char *name)
{
    (void)snprintf(out, 4200, "%s/keys/%s", hub->folder, name);
    return out;
}

/* ---- on the command line */

static int open_root(struct sign_key *root, const struct hub_keys *keys,
                     const struct signing_order *order, struct error *err)
{
    uint8_t seed[SIGN_SEED_BYTES];
    int rc = share_join(seed, "root", order->shares[0], order->shares[1], err);

    if (rc != 0)
        return rc;
    sign_key_from_seed(root, seed);
    mem_wipe(seed, sizeof seed);
    if (memcmp(root->public_key, keys->root_public, SIGN_PUBLIC_BYTES) == 0)
        return 0;
    sign_key_wipe(root);
    return error_set(err, ERR_REFUSED,
                     "these two lines are the root key of another hub");
}

int hub_signing_make(const struct hub *hub, const struct signing_order *order,
                     uint8_t seed[SIGN_SEED_BYTES], struct buf *blob,
                     struct error *err)
{
    struct signing_key key = {.number = hub_signers_last(hub->signers) + 1,
                              .issued_ms = clock_wall_ms()};
    struct sign_key root, sign;
    struct signed_bytes s;
    struct buf body = {0};
    int rc = open_root(&root, &hub->keys, order, err);

    if (rc != 0)
        return rc;
    sign_key_generate(&sign);
    memcpy(seed, sign.seed, SIGN_SEED_BYTES);
    (void)snprintf(key.hub, sizeof key.hub, "%s", hub->keys.home);
    memcpy(key.sign_public, sign.public_key, sizeof key.sign_public);
    if (order->revoke)
        key.revoked_count =
            hub_signers_ids(hub->signers, SIGNING_REVOKED_LIMIT, key.revoked);
    wire_signing_key_encode(&body, &key);
    s.body = buf_bytes(&body);
    sign_key_id(s.key_id, root.public_key);
    sign_bytes(s.signature, &root, SIGNING_KEY_SIGN_DOMAIN, s.body);
    wire_signed_encode(blob, &s);
    buf_free(&body);
    sign_key_wipe(&root);
    sign_key_wipe(&sign);
    return 0;
}

/* ---- in the core */

static int read_blob(struct signing_key *out, struct bytes blob)
{
    struct signed_bytes s;

    return wire_signed_decode(&s, blob) == 0 &&
                   wire_signing_key_decode(out, s.body) == 0
               ? 0
               : ERR_INVALID;
}

static int check(struct hub *hub, const uint8_t seed[SIGN_SEED_BYTES],
                 struct bytes blob, struct error *err)
{
    uint64_t last = hub_signers_last(hub->signers);
    struct signing_key key;
    struct sign_key sign;
    bool same;

    if (read_blob(&key, blob) != 0 || key.number <= last)
        return error_set(err, ERR_REFUSED,
                         "somebody else gave the hub a new signing key just "
                         "now: look with `lienxa-hub key list`");
    sign_key_from_seed(&sign, seed);
    same = memcmp(sign.public_key, key.sign_public, SIGN_PUBLIC_BYTES) == 0;
    sign_key_wipe(&sign);
    return same ? hub_signers_believe(hub->signers, blob, err)
                : error_set(err, ERR_REFUSED, "not the key that was signed");
}

int hub_signing_begin(struct hub *hub, const uint8_t seed[SIGN_SEED_BYTES],
                      struct bytes blob, struct error *err)
{
    struct id record = random_id(hub->wall_ms);
    struct buf staged = {0};
    char path[4200];
    int rc = check(hub, seed, blob, err);

    if (rc != 0)
        return rc;
    buf_add(&staged, seed, SIGN_SEED_BYTES);
    buf_add_bytes(&staged, blob);
    rc = file_write(path_of(path, hub, "sign.next"), buf_bytes(&staged), 0600,
                    err);
    mem_wipe(staged.data, staged.size);
    buf_free(&staged);
    if (rc == 0)
        rc = hub_append(hub, &hub->all, KIND_SIGNING_KEY, &record, 1,
                        CHANGE_EXPEDITED, blob, err);
    hub->staged_key = rc == 0;
    return rc;
}

/* keys/sign.key and keys/public, as hub/keys.h has them. */
static int put_in_place(struct hub *hub, const struct buf *staged,
                        struct error *err)
{
    struct buf content = {0};
    char path[4200];
    int rc = keyfile_save(path_of(path, hub, "sign.key"), staged->data,
                          SIGN_SEED_BYTES, err);

    buf_add(&content, hub->keys.home, LIMIT_HOME);
    buf_add(&content, hub->keys.root_public, SIGN_PUBLIC_BYTES);
    buf_add(&content, staged->data + SIGN_SEED_BYTES,
            staged->size - SIGN_SEED_BYTES);
    if (rc == 0)
        rc = file_write(path_of(path, hub, "public"), buf_bytes(&content), 0600,
                        err);
    buf_free(&content);
    return rc;
}

static void use(struct hub *hub, const struct buf *staged)
{
    sign_key_from_seed(&hub->keys.sign, staged->data);
    sign_key_id(hub->keys.sign_id, hub->keys.sign.public_key);
    buf_clear(&hub->keys.signing_key);
    buf_add(&hub->keys.signing_key, staged->data + SIGN_SEED_BYTES,
            staged->size - SIGN_SEED_BYTES);
}

/* What is staged, when the ledger has its record. */
static int go_on(struct hub *hub, const struct buf *staged, struct error *err)
{
    struct signing_key key;
    uint8_t id[SIGN_KEY_ID_BYTES];
    int rc = 0;

    if (staged->size > SIGN_SEED_BYTES &&
        read_blob(&key, bytes_of(staged->data + SIGN_SEED_BYTES,
                                 staged->size - SIGN_SEED_BYTES)) == 0) {
        sign_key_id(id, key.sign_public);
        if (hub_signers_know(hub->signers, id) &&
            (rc = put_in_place(hub, staged, err)) == 0) {
            use(hub, staged);
            log_info("signing.rotated", "number=%llu",
                     (unsigned long long)key.number);
        }
    }
    return rc;
}

int hub_signing_open(struct hub *hub, struct error *err)
{
    struct buf staged = {0};
    char path[4200];
    int rc;

    path_of(path, hub, "sign.next");
    hub->staged_key = false;
    if (hub->mode == HUB_READ || !file_exists(path))
        return 0;
    if ((rc = file_read(&staged, path, STAGED_LIMIT, err)) == 0 &&
        (rc = go_on(hub, &staged, err)) == 0)
        (void)unlink(path);
    if (staged.data != NULL)
        mem_wipe(staged.data, staged.size);
    buf_free(&staged);
    return rc;
}

void hub_signing_settle(struct hub *hub)
{
    struct error err = {""};

    if (hub->staged_key && hub_signing_open(hub, &err) != 0) {
        hub->staged_key = true; /* and again after the next commit */
        log_error("signing.unfinished", "reason=\"%s\"", err.text);
    }
}
