/* hub/keys.c - making, keeping and using the hub's keys. */
#include "hub/keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/keyfile.h"
#include "common/crypto/random.h"
#include "common/wire/codec.h"

enum {
    PATH_BYTES = 4096,
    SIGNING_KEY_BLOB_LIMIT = 1024,
    NUMBERS_LOST = 1000, /* of keys that were made after a copy and are lost */
    PUBLIC_FIXED = LIMIT_HOME + SIGN_PUBLIC_BYTES /* of keys/public */
};

static const char *path_of(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/keys/%s", folder, name);
    return out;
}

/* The hub's home: 8 hex digits of its root key and the day it was made. */
static void make_home(char out[LIMIT_HOME], const uint8_t root_public[32])
{
    char day[CLOCK_TEXT_BYTES];
    char hex[9];

    hex_encode(hex, root_public, 4);
    (void)clock_day_text(day, clock_day(clock_wall_ms()));
    (void)snprintf(out, LIMIT_HOME, "hub%s@%.4s%.2s%.2s", hex, day, day + 5,
                   day + 8);
}

/* The root's signature over the signing key, as one blob. */
static void certify(struct buf *out, const struct sign_key *root,
                    const struct sign_key *sign, const char *home,
                    uint64_t number)
{
    struct signing_key key = {.number = number, .issued_ms = clock_wall_ms()};
    struct buf body = {0};
    struct signed_bytes blob;

    (void)snprintf(key.hub, sizeof key.hub, "%s", home);
    memcpy(key.sign_public, sign->public_key, sizeof key.sign_public);
    wire_signing_key_encode(&body, &key);
    blob.body = buf_bytes(&body);
    sign_key_id(blob.key_id, root->public_key);
    sign_bytes(blob.signature, root, SIGNING_KEY_SIGN_DOMAIN, blob.body);
    wire_signed_encode(out, &blob);
    buf_free(&body);
}

static int save_all(const char *folder, const struct curve_key *curve,
                    const struct sign_key *sign, struct bytes public_part,
                    struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    if ((rc = file_make_folder(path_of(path, folder, ""), err)) != 0 ||
        (rc = keyfile_save(path_of(path, folder, "curve.key"), curve,
                           sizeof *curve, err)) != 0 ||
        (rc = keyfile_save(path_of(path, folder, "sign.key"), sign->seed,
                           sizeof sign->seed, err)) != 0)
        return rc;
    return file_write(path_of(path, folder, "public"), public_part, 0600, err);
}

int hub_keys_make(const char *folder, char first[SHARE_TEXT_BYTES],
                  char second[SHARE_TEXT_BYTES], struct error *err)
{
    struct sign_key root, sign;
    struct curve_key curve;
    struct buf public_part = {0};
    char home[LIMIT_HOME] = "";
    int rc;

    sign_key_generate(&root);
    sign_key_generate(&sign);
    curve_key_generate(&curve);
    make_home(home, root.public_key);
    share_split(first, second, "root", root.seed);
    buf_add(&public_part, home, LIMIT_HOME);
    buf_add(&public_part, root.public_key, sizeof root.public_key);
    certify(&public_part, &root, &sign, home, 1);
    rc = save_all(folder, &curve, &sign, buf_bytes(&public_part), err);
    buf_free(&public_part);
    sign_key_wipe(&root);
    sign_key_wipe(&sign);
    mem_wipe(&curve, sizeof curve);
    return rc;
}

/* home, root key, then the signed signing key. */
static int read_public(struct buf *out, const char *folder, struct error *err)
{
    char path[PATH_BYTES];
    int rc = file_read(out, path_of(path, folder, "public"),
                       SIGNING_KEY_BLOB_LIMIT, err);

    if (rc == 0 && out->size <= PUBLIC_FIXED)
        rc = error_set(err, ERR_DAMAGED,
                       "%s is cut short: restore it from a backup", path);
    return rc;
}

static uint64_t number_of(struct bytes signing_key)
{
    struct signed_bytes blob;
    struct signing_key key;

    if (wire_signed_decode(&blob, signing_key) != 0 ||
        wire_signing_key_decode(&key, blob.body) != 0)
        return 0;
    return key.number;
}

static int save_sign(const char *folder, const struct sign_key *sign,
                     struct bytes public_part, struct error *err)
{
    char path[PATH_BYTES];
    int rc = keyfile_save(path_of(path, folder, "sign.key"), sign->seed,
                          sizeof sign->seed, err);

    return rc != 0 ? rc
                   : file_write(path_of(path, folder, "public"), public_part,
                                0600, err);
}

int hub_keys_make_sign(const char *folder, const struct sign_key *root,
                       struct error *err)
{
    struct buf old = {0}, public_part = {0};
    char home[LIMIT_HOME];
    struct sign_key sign;
    uint64_t number;
    int rc = read_public(&old, folder, err);

    if (rc == 0 &&
        memcmp(old.data + LIMIT_HOME, root->public_key, SIGN_PUBLIC_BYTES) != 0)
        rc = error_set(err, ERR_REFUSED,
                       "the two shares are of another hub's root key");
    if (rc == 0) {
        number = number_of(
            bytes_of(old.data + PUBLIC_FIXED, old.size - PUBLIC_FIXED));
        memcpy(home, old.data, LIMIT_HOME);
        home[LIMIT_HOME - 1] = '\0';
        sign_key_generate(&sign);
        buf_add(&public_part, old.data, PUBLIC_FIXED);
        certify(&public_part, root, &sign, home, number + NUMBERS_LOST);
        rc = save_sign(folder, &sign, buf_bytes(&public_part), err);
        sign_key_wipe(&sign);
    }
    buf_free(&old);
    buf_free(&public_part);
    return rc;
}

static void take_public(struct hub_keys *out, struct bytes content)
{
    memcpy(out->home, content.data, LIMIT_HOME);
    out->home[LIMIT_HOME - 1] = '\0';
    memcpy(out->root_public, content.data + LIMIT_HOME, SIGN_PUBLIC_BYTES);
    buf_add(&out->signing_key, content.data + PUBLIC_FIXED,
            content.size - PUBLIC_FIXED);
}

void hub_keys_write_public(struct buf *out, const struct hub_keys *keys)
{
    buf_add(out, keys->home, LIMIT_HOME);
    buf_add(out, keys->root_public, SIGN_PUBLIC_BYTES);
    buf_add_bytes(out, buf_bytes(&keys->signing_key));
}

int hub_keys_read_public(struct hub_keys *out, struct bytes content,
                         struct error *err)
{
    memset(out, 0, sizeof *out);
    if (content.size <= PUBLIC_FIXED)
        return error_set(err, ERR_DAMAGED,
                         "what the database says of this hub is cut short: "
                         "start `lienxa-hub serve` anew");
    take_public(out, content);
    return 0;
}

int hub_keys_load(struct hub_keys *out, const char *folder, struct error *err)
{
    char path[PATH_BYTES];
    uint8_t seed[SIGN_SEED_BYTES];
    struct buf public_part = {0};
    int rc;

    memset(out, 0, sizeof *out);
    if ((rc = keyfile_load(&out->curve, sizeof out->curve,
                           path_of(path, folder, "curve.key"), err)) != 0 ||
        (rc = keyfile_load(seed, sizeof seed, path_of(path, folder, "sign.key"),
                           err)) != 0 ||
        (rc = read_public(&public_part, folder, err)) != 0)
        goto out;
    sign_key_from_seed(&out->sign, seed);
    sign_key_id(out->sign_id, out->sign.public_key);
    take_public(out, buf_bytes(&public_part));
out:
    mem_wipe(seed, sizeof seed);
    buf_free(&public_part);
    return rc;
}

void hub_keys_wipe(struct hub_keys *keys)
{
    buf_free(&keys->signing_key);
    mem_wipe(keys, sizeof *keys);
}

void hub_keys_sign(const struct hub_keys *keys, struct signed_bytes *out,
                   const char *domain, struct bytes body)
{
    out->body = body;
    memcpy(out->key_id, keys->sign_id, sizeof out->key_id);
    sign_bytes(out->signature, &keys->sign, domain, body);
}
