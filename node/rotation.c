/* node/rotation.c - the files of a change of keys. */
#include "node/rotation.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/sign.h"

enum { PATH_BYTES = 4200, FILE_LIMIT = 8192 };

/* `pinned` last: without it nothing is pending. */
static const char *const names[] = {"curve.key", "sign.key", "rest.key",
                                    "certificate", "pinned"};
enum { NAMES = sizeof names / sizeof *names };

static const char *path_of(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return out;
}

static bool is_ready(const char *folder)
{
    char path[PATH_BYTES];

    return file_exists(path_of(path, folder, "rotating/ready"));
}

bool node_rotation_is_pending(const char *folder)
{
    char path[PATH_BYTES];

    return file_exists(path_of(path, folder, "rotating/keys/pinned")) &&
           !is_ready(folder);
}

const char *node_rotation_folder(char *path, size_t room, const char *folder)
{
    if (!is_ready(folder))
        return folder;
    (void)snprintf(path, room, "%s/rotating", folder);
    return path;
}

/* ---- asking */

/* The new keys are this machine's in all but name: the at-rest key and what
 * `join` pinned stay. */
static void take_over(struct node_keys *out, const struct node_keys *present)
{
    struct curve_key curve = out->curve;
    struct sign_key sign = out->sign;

    *out = *present;
    out->curve = curve;
    out->sign = sign;
    sign_key_id(out->sign_id, sign.public_key);
    mem_wipe(&curve, sizeof curve);
    mem_wipe(&sign, sizeof sign);
}

int node_rotation_keys(struct node_keys *out, const char *folder,
                       const struct node_keys *present, struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    (void)path_of(path, folder, "rotating");
    if (node_rotation_is_pending(folder)) {
        rc = node_keys_load(out, path, err);
    } else {
        node_keys_make(out);
        if ((rc = file_make_folder(path, err)) == 0)
            rc = node_keys_save(out, path, err);
    }
    if (rc == 0)
        take_over(out, present);
    return rc;
}

void node_rotation_question(struct msg_rotate *out, struct buf *body,
                            const struct node_keys *present,
                            const struct node_keys *next)
{
    struct rotate_body r = {.number = present->certificate.number};

    memcpy(r.unit, present->unit, sizeof r.unit);
    memcpy(r.curve_public, next->curve.public_key, sizeof r.curve_public);
    memcpy(r.sign_public, next->sign.public_key, sizeof r.sign_public);
    wire_rotate_encode(body, &r);
    memset(out, 0, sizeof *out);
    out->body = buf_bytes(body);
    sign_bytes(out->old_signature, &present->sign, ROTATE_SIGN_DOMAIN,
               out->body);
    sign_bytes(out->new_signature, &next->sign, ROTATE_SIGN_DOMAIN, out->body);
}

/* ---- the switch */

static void remove_all(const char *folder)
{
    char path[PATH_BYTES], name[64];

    for (size_t i = NAMES; i-- > 0;) { /* pinned first */
        (void)snprintf(name, sizeof name, "rotating/keys/%s", names[i]);
        (void)unlink(path_of(path, folder, name));
    }
    (void)rmdir(path_of(path, folder, "rotating/keys"));
    (void)rmdir(path_of(path, folder, "rotating"));
}

void node_rotation_forget(const char *folder)
{
    if (!is_ready(folder))
        remove_all(folder);
}

/* Whole, beside the old one, renamed over it: never half a file. */
static int copy(const char *folder, const char *name, struct error *err)
{
    char path[PATH_BYTES], from[64], to[64];
    struct buf content = {0};
    int rc;

    (void)snprintf(from, sizeof from, "rotating/keys/%s", name);
    (void)snprintf(to, sizeof to, "keys/%s", name);
    rc = file_read(&content, path_of(path, folder, from), FILE_LIMIT, err);
    if (rc == 0)
        rc = file_write(path_of(path, folder, to), buf_bytes(&content), 0600,
                        err);
    if (content.size > 0)
        mem_wipe(content.data, content.size);
    buf_free(&content);
    return rc;
}

int node_rotation_settle(const char *folder, struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    if (!is_ready(folder))
        return 0;
    for (size_t i = 0; i < NAMES; i++)
        if ((rc = copy(folder, names[i], err)) != 0)
            return rc;
    if ((rc = file_remove(path_of(path, folder, "rotating/ready"), err)) != 0)
        return rc;
    remove_all(folder);
    return 0;
}

int node_rotation_switch(const char *folder, const struct node_keys *next,
                         struct bytes certificate, struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    if ((rc = file_make_folder(path_of(path, folder, "rotating"), err)) != 0 ||
        (rc = file_make_folder(path_of(path, folder, "rotating/keys"), err)) !=
            0 ||
        (rc = file_write(path_of(path, folder, "rotating/keys/certificate"),
                         certificate, 0600, err)) != 0 ||
        (rc = node_keys_save(next, path_of(path, folder, "rotating"), err)) !=
            0 ||
        (rc = file_write(path_of(path, folder, "rotating/ready"),
                         bytes_of_text("1\n"), 0600, err)) != 0)
        return rc;
    return node_rotation_settle(folder, err);
}
