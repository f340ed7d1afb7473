/* node/keys.c - making, keeping and using this machine's keys. */
#include "node/keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/keyfile.h"
#include "common/crypto/random.h"
#include "node/rotation.h"

enum { PATH_BYTES = 4200, PINNED_LIMIT = 4096 };

static const char pinned_mark[8] = "lxpin1\n";

static const char *path_of(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/keys/%s", folder, name);
    return out;
}

void node_keys_make(struct node_keys *out)
{
    memset(out, 0, sizeof *out);
    curve_key_generate(&out->curve);
    sign_key_generate(&out->sign);
    sign_key_id(out->sign_id, out->sign.public_key);
    random_bytes(out->rest, sizeof out->rest);
}

/* ---- pinned: fields of fixed size, then the certificate's body */

enum { PIN_COUNT = 8 };
struct pin {
    void *at;
    size_t size;
    bool text;
};

static void list_pins(struct pin out[PIN_COUNT], struct node_keys *keys)
{
    const struct pin pins[PIN_COUNT] = {
        {keys->unit, sizeof keys->unit, true},
        {keys->unit_name, sizeof keys->unit_name, true},
        {keys->unit_slug, sizeof keys->unit_slug, true},
        {keys->hub, sizeof keys->hub, true},
        {keys->express, sizeof keys->express, true},
        {keys->bulk, sizeof keys->bulk, true},
        {keys->hub_curve, sizeof keys->hub_curve, false},
        {keys->root_public, sizeof keys->root_public, false},
    };

    memcpy(out, pins, sizeof pins);
}

void node_keys_write_public(struct buf *out, const struct node_keys *keys)
{
    struct node_keys copy = *keys;
    struct pin pins[PIN_COUNT];

    list_pins(pins, &copy);
    buf_add(out, pinned_mark, sizeof pinned_mark);
    for (size_t i = 0; i < PIN_COUNT; i++)
        buf_add(out, pins[i].at, pins[i].size);
    if (keys->unit[0] != '\0')
        wire_certificate_encode(out, &keys->certificate);
    node_keys_wipe(&copy);
}

static int save_pinned(const struct node_keys *keys, const char *folder,
                       struct error *err)
{
    struct buf content = {0};
    char path[PATH_BYTES];
    int rc;

    node_keys_write_public(&content, keys);
    rc = file_write(path_of(path, folder, "pinned"), buf_bytes(&content), 0600,
                    err);
    buf_free(&content);
    return rc;
}

static int read_pinned(struct node_keys *out, struct bytes content,
                       const char *path, struct error *err)
{
    struct pin pins[PIN_COUNT];
    size_t at = sizeof pinned_mark;

    list_pins(pins, out);
    for (size_t i = 0; i < PIN_COUNT; i++) {
        if (content.size < at + pins[i].size)
            goto damaged;
        memcpy(pins[i].at, content.data + at, pins[i].size);
        if (pins[i].text)
            ((char *)pins[i].at)[pins[i].size - 1] = '\0';
        at += pins[i].size;
    }
    if (memcmp(content.data, pinned_mark, sizeof pinned_mark) != 0 ||
        (out->unit[0] != '\0' &&
         wire_certificate_decode(
             &out->certificate,
             bytes_of(content.data + at, content.size - at)) != 0))
        goto damaged;
    return 0;
damaged:
    return error_set(err, ERR_DAMAGED,
                     "%s is damaged: restore it from a backup, or join again "
                     "with a new token",
                     path);
}

int node_keys_read_public(struct node_keys *out, struct bytes content,
                          struct error *err)
{
    int rc = read_pinned(out, content, "what the database says of us", err);

    if (rc == 0)
        memcpy(out->sign.public_key, out->certificate.sign_public,
               sizeof out->sign.public_key);
    return rc;
}

static int load_pinned(struct node_keys *out, const char *folder,
                       struct error *err)
{
    struct buf content = {0};
    char path[PATH_BYTES];
    int rc;

    rc =
        file_read(&content, path_of(path, folder, "pinned"), PINNED_LIMIT, err);
    if (rc == 0)
        rc = read_pinned(out, buf_bytes(&content), path, err);
    buf_free(&content);
    return rc;
}

/* ---- all of it */

int node_keys_save(const struct node_keys *keys, const char *folder,
                   struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    if ((rc = file_make_folder(path_of(path, folder, ""), err)) != 0 ||
        (rc = keyfile_save(path_of(path, folder, "curve.key"), &keys->curve,
                           sizeof keys->curve, err)) != 0 ||
        (rc = keyfile_save(path_of(path, folder, "sign.key"), keys->sign.seed,
                           sizeof keys->sign.seed, err)) != 0 ||
        (rc = keyfile_save(path_of(path, folder, "rest.key"), keys->rest,
                           sizeof keys->rest, err)) != 0)
        return rc;
    return save_pinned(keys, folder, err);
}

static int load_from(struct node_keys *out, const char *folder,
                     struct error *err)
{
    uint8_t seed[SIGN_SEED_BYTES];
    char path[PATH_BYTES];
    int rc;

    memset(out, 0, sizeof *out);
    if ((rc = keyfile_load(&out->curve, sizeof out->curve,
                           path_of(path, folder, "curve.key"), err)) == 0 &&
        (rc = keyfile_load(out->rest, sizeof out->rest,
                           path_of(path, folder, "rest.key"), err)) == 0 &&
        (rc = keyfile_load(seed, sizeof seed, path_of(path, folder, "sign.key"),
                           err)) == 0) {
        sign_key_from_seed(&out->sign, seed);
        sign_key_id(out->sign_id, out->sign.public_key);
        rc = load_pinned(out, folder, err);
    }
    mem_wipe(seed, sizeof seed);
    if (rc != 0)
        node_keys_wipe(out);
    return rc;
}

int node_keys_load(struct node_keys *out, const char *folder, struct error *err)
{
    char path[PATH_BYTES];
    int rc =
        load_from(out, node_rotation_folder(path, sizeof path, folder), err);

    /* whoever only looks may look while the keys are being moved */
    if (rc == ERR_MISSING)
        rc = load_from(out, node_rotation_folder(path, sizeof path, folder),
                       err);
    return rc;
}

void node_keys_wipe(struct node_keys *keys) { mem_wipe(keys, sizeof *keys); }

void node_keys_sign(const struct node_keys *keys, struct signed_bytes *out,
                    const char *domain, struct bytes body)
{
    out->body = body;
    memcpy(out->key_id, keys->sign_id, sizeof out->key_id);
    sign_bytes(out->signature, &keys->sign, domain, body);
}
