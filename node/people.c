#include "node/people.h"

#include <stdio.h>
#include <string.h>

#include "common/account/password.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/share.h"
#include "common/domain/text.h"
#include "node/unit_keys.h"

enum {
    NAME_LIMIT = 64,
    WRAP_OVERHEAD = 40, /* nonce and tag of a secret box */
    BOX_BYTES = SEAL_SECRET_BYTES + WRAP_OVERHEAD
};

/* What a role may open (design 6). */
static const struct role {
    const char *name;
    bool duty, custodian;
} roles[] = {
    {"officer", true, false},
    {"leader", true, false},
    {"custodian", true, true},
    {"auditor", false, false},
};

static const struct role *find_role(const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (name != NULL && strcmp(roles[i].name, name) == 0)
            return &roles[i];
    return NULL;
}

/* The name as it is stored: boxes are bound to it. */
static int clean_name(struct buf *out, struct new_user *user, struct error *err)
{
    if (user->name == NULL || text_nfc(out, bytes_of_text(user->name)) != 0 ||
        !text_is_line(buf_bytes(out)) || out->size > NAME_LIMIT)
        return error_set(err, ERR_INVALID,
                         "a name is one line of at most %d bytes", NAME_LIMIT);
    user->name = buf_text(out);
    return 0;
}

static int check_role(const char *role, struct error *err)
{
    if (find_role(role) == NULL)
        return error_set(err, ERR_INVALID,
                         "--role: officer, leader, custodian or auditor");
    return 0;
}

const char *node_people_context(char out[PEOPLE_CONTEXT_BYTES],
                                const char *user, const uint8_t key_id[8])
{
    char hex[17];

    hex_encode(hex, key_id, 8);
    (void)snprintf(out, PEOPLE_CONTEXT_BYTES, "lienxa wrapped key 1\n%s\n%s\n",
                   user, hex);
    return out;
}

/* ---- in the asking process */

static int join_shares(struct node *node, const char *const shares[2],
                       struct seal_key *out, struct error *err)
{
    uint8_t secret[SHARE_SECRET_BYTES];
    char hex[2 * SEAL_PUBLIC_BYTES + 1];
    int rc = share_join(secret, "recovery", shares[0], shares[1], err);

    if (rc == 0) {
        seal_key_from_secret(out, secret);
        hex_encode(hex, out->public_key, sizeof out->public_key);
        if (strcmp(hex, node_store_setting(node->store, "recovery_public")) !=
            0)
            rc = error_set(err, ERR_REFUSED,
                           "these shares are of another node: use the two "
                           "lines that `join` printed here");
    }
    mem_wipe(secret, sizeof secret);
    return rc;
}

static void set_hex(struct json *out, const char *key, const void *data,
                    size_t size)
{
    char *hex = mem_new(2 * size + 1);

    hex_encode(hex, data, size);
    json_set_text(out, key, hex);
    mem_free(&hex);
}

/* One private half, opened with the recovery key and boxed for the user. */
static int wrap(const struct new_user *user, const struct seal_key *recovery,
                const struct sealing_copy *sealing, struct json *list,
                struct error *err)
{
    uint8_t salt[PASSWORD_SALT_BYTES], key[BOX_KEY_BYTES];
    char context[PEOPLE_CONTEXT_BYTES];
    struct buf secret = {0}, box = {0};
    struct json *one;
    int rc;

    random_bytes(salt, sizeof salt);
    if ((rc = seal_open(&secret, recovery, sealing->recovery_box)) != 0) {
        rc = error_set(err, ERR_REFUSED,
                       "this node's sealing key does not open: run `verify`");
    } else if ((rc = password_key(key, salt, user->password)) != 0) {
        (void)error_set(err, rc, "no memory for the password (64 MiB)");
    } else {
        box_close(&box, key,
                  node_people_context(context, user->name, sealing->key_id),
                  buf_bytes(&secret));
        one = json_object_new();
        set_hex(one, "key_id", sealing->key_id, sizeof sealing->key_id);
        set_hex(one, "salt", salt, sizeof salt);
        set_hex(one, "box", box.data, box.size);
        json_add(list, one);
    }
    if (secret.size > 0)
        mem_wipe(secret.data, secret.size);
    mem_wipe(key, sizeof key);
    buf_free(&secret);
    buf_free(&box);
    return rc;
}

/* The keys a role may open: the commune's own, and those that came back from an
 * earlier machine. */
struct key_ring {
    const struct role *role;
    size_t count;
    struct sealing_copy keys[UNIT_KEYS_MOST];
    uint8_t boxes[UNIT_KEYS_MOST][SEAL_SECRET_BYTES + SEAL_OVERHEAD];
};

static int collect_key(void *who, const struct sealing_key *key)
{
    struct key_ring *ring = who;
    struct sealing_copy *copy = &ring->keys[ring->count];
    uint8_t *box = ring->boxes[ring->count];

    if (!(key->custodian ? ring->role->custodian : ring->role->duty) ||
        ring->count == UNIT_KEYS_MOST ||
        key->recovery_box.size != sizeof ring->boxes[0])
        return 0;
    memcpy(copy->key_id, key->key_id, sizeof copy->key_id);
    memcpy(box, key->recovery_box.data, key->recovery_box.size);
    copy->recovery_box = bytes_of(box, key->recovery_box.size);
    ring->count++;
    return 0;
}

static int wrap_all(struct node *node, const struct new_user *user,
                    struct json *list, struct error *err)
{
    struct key_ring *ring;
    struct seal_key recovery;
    int rc;

    if (find_role(user->role) == NULL || !find_role(user->role)->duty)
        return error_set(err, ERR_INVALID,
                         "an auditor opens no names: leave the shares out");
    ring = mem_new(sizeof *ring);
    ring->role = find_role(user->role);
    if ((rc = join_shares(node, user->shares, &recovery, err)) == 0)
        rc = node_store_sealing_keys(node->store, collect_key, ring);
    for (size_t i = 0; i < ring->count && rc == 0; i++)
        rc = wrap(user, &recovery, &ring->keys[i], list, err);
    mem_wipe(&recovery, sizeof recovery);
    mem_free(&ring);
    return rc;
}

/* The password as it will be typed: what boxes are closed with. */
static int clean_password(struct buf *out, struct new_user *user,
                          struct error *err)
{
    int rc = account_password_clean(out, user->password, err);

    if (rc == 0)
        user->password = buf_text(out);
    return rc;
}

static void forget(struct buf *buf)
{
    if (buf->size > 0)
        mem_wipe(buf->data, buf->size);
    buf_free(buf);
}

static int finish_args(const struct new_user *user, struct json *args,
                       struct error *err)
{
    char stored[PASSWORD_TEXT_BYTES];
    int rc = account_password_make(stored, user->password, err);

    if (rc == 0) {
        json_set_text(args, "name", user->name);
        json_set_text(args, "password", stored);
    }
    return rc;
}

int node_people_prepare(struct node *node, const struct new_user *user,
                        struct json *args, struct error *err)
{
    struct new_user clean = *user;
    struct buf name = {0}, password = {0};
    struct json *keys = json_array_new();
    int rc;

    if ((rc = clean_name(&name, &clean, err)) == 0 &&
        (rc = check_role(user->role, err)) == 0 &&
        (rc = clean_password(&password, &clean, err)) == 0) {
        if (user->shares[0] != NULL)
            rc = wrap_all(node, &clean, keys, err);
        if (rc == 0)
            rc = finish_args(&clean, args, err);
    }
    if (rc == 0)
        json_set_text(args, "role", user->role);
    json_set(args, "keys", keys);
    buf_free(&name);
    forget(&password);
    return rc;
}

/* ---- another password, in the asking process */

struct held { /* a user's boxes, to be closed anew */
    size_t count;
    struct {
        uint8_t key_id[8], salt[PASSWORD_SALT_BYTES], box[BOX_BYTES];
    } keys[UNIT_KEYS_MOST];
};

static int collect_held(void *who, const uint8_t key_id[8], struct bytes salt,
                        struct bytes box)
{
    struct held *held = who;

    if (held->count == UNIT_KEYS_MOST ||
        salt.size != sizeof held->keys[0].salt ||
        box.size != sizeof held->keys[0].box)
        return ERR_DAMAGED;
    memcpy(held->keys[held->count].key_id, key_id, 8);
    memcpy(held->keys[held->count].salt, salt.data, salt.size);
    memcpy(held->keys[held->count].box, box.data, box.size);
    held->count++;
    return 0;
}

static void add_box(struct json *list, const uint8_t key_id[8],
                    const uint8_t salt[PASSWORD_SALT_BYTES],
                    const struct buf *box)
{
    struct json *one = json_object_new();

    set_hex(one, "key_id", key_id, 8);
    set_hex(one, "salt", salt, PASSWORD_SALT_BYTES);
    set_hex(one, "box", box->data, box->size);
    json_add(list, one);
}

/* One box, opened with the old password and closed with the new one. */
static int rewrap(const struct new_user *user, const struct held *held,
                  size_t place, struct json *list)
{
    const uint8_t *key_id = held->keys[place].key_id;
    uint8_t key[BOX_KEY_BYTES], salt[PASSWORD_SALT_BYTES];
    char context[PEOPLE_CONTEXT_BYTES];
    struct buf secret = {0}, box = {0};
    int rc;

    (void)node_people_context(context, user->name, key_id);
    random_bytes(salt, sizeof salt);
    if ((rc = password_key(key, held->keys[place].salt, user->old)) == 0 &&
        (rc = box_open(&secret, key, context,
                       bytes_of(held->keys[place].box, BOX_BYTES))) == 0 &&
        (rc = password_key(key, salt, user->password)) == 0) {
        box_close(&box, key, context, buf_bytes(&secret));
        add_box(list, key_id, salt, &box);
    }
    mem_wipe(key, sizeof key);
    forget(&secret);
    buf_free(&box);
    return rc;
}

static int rewrap_all(const struct new_user *user, const struct held *held,
                      struct json *list, struct error *err)
{
    int rc = 0;

    for (size_t i = 0; i < held->count && rc == 0; i++)
        rc = rewrap(user, held, i, list);
    if (rc == ERR_CRYPTO)
        return error_set(err, rc, "no memory for the password (64 MiB)");
    if (rc != 0)
        return error_set(err, ERR_REFUSED,
                         "this is not the present password of %s: give that, "
                         "or the two recovery shares",
                         user->name);
    return 0;
}

static int change_keys(struct node *node, const struct new_user *user,
                       struct json *list, struct error *err)
{
    struct held *held = mem_new(sizeof *held);
    int rc = node_store_wrapped(node->store, user->name, collect_held, held);

    if (rc != 0)
        rc = error_set(err, rc, "the keys of %s are damaged: run `verify`",
                       user->name);
    else if (held->count == 0)
        rc = 0;
    else if (user->shares[0] != NULL)
        rc = wrap_all(node, user, list, err);
    else if (user->old != NULL)
        rc = rewrap_all(user, held, list, err);
    else
        rc = error_set(err, ERR_REFUSED,
                       "%s opens sealed names: give the present password on "
                       "line 2 of standard input, or the two recovery shares "
                       "on lines 2 and 3",
                       user->name);
    mem_free(&held);
    return rc;
}

/* The old password in the form that the core can judge. */
static int add_old(const struct new_user *user,
                   const struct accounts_user *stored, struct json *args,
                   struct error *err)
{
    uint8_t salt[PASSWORD_SALT_BYTES], proof[ACCOUNT_PROOF_BYTES];
    int rc;

    if (user->old == NULL || !account_password_salt(salt, stored->password))
        return 0;
    if ((rc = account_password_proof(proof, salt, user->old)) != 0)
        return error_set(err, rc, "the present password cannot be checked");
    set_hex(args, "old", proof, sizeof proof);
    if (!account_password_is(stored->password, proof))
        rc = error_set(err, ERR_REFUSED,
                       "this is not the present password of %s", user->name);
    mem_wipe(proof, sizeof proof);
    return rc;
}

int node_people_prepare_change(struct node *node, const struct new_user *user,
                               struct json *args, struct error *err)
{
    struct new_user clean = *user;
    struct buf name = {0}, password = {0}, old = {0};
    struct json *keys = json_array_new();
    struct accounts_user stored = {0};
    int rc = clean_name(&name, &clean, err);

    if (rc == 0 &&
        (rc = accounts_user(node->accounts, clean.name, &stored)) != 0)
        rc = error_set(err, rc, "there is no user \"%s\", see `user list`",
                       clean.name);
    clean.role = stored.role;
    if (rc == 0 && user->old != NULL &&
        text_nfc(&old, bytes_of_text(user->old)) == 0)
        clean.old = buf_text(&old);
    if (rc == 0 && (rc = clean_password(&password, &clean, err)) == 0 &&
        (rc = add_old(&clean, &stored, args, err)) == 0 &&
        (rc = change_keys(node, &clean, keys, err)) == 0)
        rc = finish_args(&clean, args, err);
    json_set(args, "keys", keys);
    buf_free(&name);
    forget(&password);
    forget(&old);
    return rc;
}

/* ---- in the core */

bool node_people_is(struct node *node, const char *name, const char *role)
{
    struct accounts_user user;

    return accounts_user(node->accounts, name, &user) == 0 && !user.disabled &&
           strcmp(user.role, role) == 0;
}

/* Which of our keys is this, and may the role hold it? */
struct holding {
    const struct role *role;
    const uint8_t *key_id;
    bool allowed;
};

static int match_key(void *who, const struct sealing_key *key)
{
    struct holding *h = who;

    if (memcmp(key->key_id, h->key_id, sizeof key->key_id) != 0)
        return 0;
    h->allowed = key->custodian ? h->role->custodian : h->role->duty;
    return 1;
}

static bool may_hold(struct node *node, const struct role *role,
                     const uint8_t key_id[8])
{
    struct holding h = {role, key_id, false};

    (void)node_store_sealing_keys(node->store, match_key, &h);
    return h.allowed;
}

static int store_key(struct node *node, const char *name,
                     const struct role *role, const struct json *wrapped,
                     struct error *err)
{
    const char *id = json_get_text(wrapped, "key_id");
    const char *salt = json_get_text(wrapped, "salt");
    const char *box = json_get_text(wrapped, "box");
    uint8_t key_id[8], salt_bytes[PASSWORD_SALT_BYTES], box_bytes[BOX_BYTES];

    if (id == NULL || salt == NULL || box == NULL ||
        !hex_decode(key_id, sizeof key_id, id) ||
        !hex_decode(salt_bytes, sizeof salt_bytes, salt) ||
        !hex_decode(box_bytes, sizeof box_bytes, box) ||
        !may_hold(node, role, key_id))
        return error_set(err, ERR_REFUSED,
                         "a wrapped key that this role may not hold");
    return node_store_wrap_key(node->store, name, key_id,
                               bytes_of(salt_bytes, sizeof salt_bytes),
                               bytes_of(box_bytes, sizeof box_bytes));
}

/* Without one custodian who holds the key no sealed name can ever be opened. */
static int check_custodians(struct node *node, const struct role *role,
                            struct error *err)
{
    struct sealing_key key;

    if (!role->custodian)
        return 0;
    if (node_store_sealing_key(node->store, true, &key) == 0 &&
        node_store_holders(node->store, key.key_id) > 0)
        return 0;
    return error_set(err, ERR_REFUSED,
                     "the first custodian must hold the key: give the two "
                     "recovery shares as lines 2 and 3 of standard input");
}

static int store_keys(struct node *node, const char *name,
                      const struct role *role, const struct json *keys,
                      struct error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && json_is_array(keys) && i < json_count(keys);
         i++)
        rc = store_key(node, name, role, json_at(keys, i), err);
    return rc;
}

/* What is locked away of people is so again. A node without keys has none to
 * lock away. */
static int refresh(struct node *node, struct error *err)
{
    int rc = node_unit_keys_refresh(node, err);

    return rc == ERR_MISSING ? 0 : rc;
}

int node_people_add(struct node *node, const struct account_call *call,
                    struct json *out, struct error *err)
{
    const struct json *keys = json_get(call->args, "keys");
    const struct role *role = find_role(json_get_text(call->args, "role"));
    int rc = account_desk_add(node->logins, call, out, err);

    if (rc == 0 &&
        (rc = store_keys(node, json_get_text(out, "name"), role, keys, err)) ==
            0 &&
        (rc = check_custodians(node, role, err)) == 0)
        rc = refresh(node, err);
    json_set_i64(out, "keys", (int64_t)json_count(keys));
    return rc;
}

/* ---- another password */

static int is_covered(void *who, const uint8_t key_id[8], struct bytes salt,
                      struct bytes box)
{
    const struct json *keys = who; /* that were given */
    char hex[17];

    (void)salt;
    (void)box;
    hex_encode(hex, key_id, 8);
    for (size_t i = 0; i < json_count(keys); i++) {
        const char *id = json_get_text(json_at(keys, i), "key_id");

        if (id != NULL && strcmp(id, hex) == 0)
            return 0;
    }
    return ERR_REFUSED;
}

int node_people_passwd(struct node *node, const struct account_call *call,
                       struct json *out, struct error *err)
{
    const struct json *keys = json_get(call->args, "keys");
    struct accounts_user user;
    const char *name;
    int rc = account_desk_passwd(node->logins, call, out, err);

    if (rc != 0)
        return rc;
    name = json_get_text(out, "name");
    if ((rc = accounts_user(node->accounts, name, &user)) != 0 ||
        find_role(user.role) == NULL)
        return error_set(err, ERR_REFUSED, "a user of an unknown role");
    rc = node_store_wrapped(node->store, name, is_covered,
                            (void *)(uintptr_t)keys);
    if (rc == ERR_REFUSED)
        return error_set(err, rc,
                         "%s opens sealed names, and could not any more: on "
                         "the machine itself type `lienxa-node user passwd` "
                         "with the present password or the two recovery shares",
                         name);
    if (rc == 0 &&
        (rc = store_keys(node, name, find_role(user.role), keys, err)) == 0)
        rc = refresh(node, err);
    json_set_i64(out, "keys", (int64_t)json_count(keys));
    return rc;
}

int node_people_disable(struct node *node, const struct account_call *call,
                        bool disable, struct json *out, struct error *err)
{
    struct sealing_key key;
    int rc = disable ? account_desk_disable(node->logins, call, out, err)
                     : account_desk_enable(node->logins, call, out, err);

    if (rc == 0)
        rc = refresh(node, err);
    if (rc == 0 && node_store_sealing_key(node->store, true, &key) == 0)
        json_set_i64(out, "custodians",
                     node_store_holders(node->store, key.key_id));
    return rc;
}
