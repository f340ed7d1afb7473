#include "node/people.h"

#include <stdio.h>
#include <string.h>

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

static int check_user(const char *name, const char *role, struct error *err)
{
    if (name == NULL || !text_is_line(bytes_of_text(name)) ||
        strlen(name) > NAME_LIMIT)
        return error_set(err, ERR_INVALID,
                         "a name is one line of at most %d bytes", NAME_LIMIT);
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

static int check_password(struct buf *out, const char *password,
                          struct error *err)
{
    if (text_nfc(out, bytes_of_text(password)) != 0 ||
        text_length(buf_bytes(out)) < PEOPLE_PASSWORD_LEAST ||
        out->size > PASSWORD_LIMIT)
        return error_set(err, ERR_INVALID,
                         "the password, first line of standard input, has %d "
                         "characters at least and %d bytes at most",
                         PEOPLE_PASSWORD_LEAST, PASSWORD_LIMIT);
    return 0;
}

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

int node_people_prepare(struct node *node, const struct new_user *user,
                        struct json *args, struct error *err)
{
    char stored[PASSWORD_TEXT_BYTES];
    struct new_user clean = *user;
    struct buf password = {0};
    struct json *keys = json_array_new();
    int rc;

    if ((rc = check_user(user->name, user->role, err)) == 0 &&
        (rc = check_password(&password, user->password, err)) == 0) {
        clean.password = buf_text(&password);
        if (user->shares[0] != NULL)
            rc = wrap_all(node, &clean, keys, err);
        if (rc == 0 && (rc = password_store(stored, clean.password)) != 0)
            (void)error_set(err, rc, "no memory for the password (64 MiB)");
    }
    if (rc == 0) {
        json_set_text(args, "name", user->name);
        json_set_text(args, "role", user->role);
        json_set_text(args, "password", stored);
    }
    json_set(args, "keys", keys);
    if (password.size > 0)
        mem_wipe(password.data, password.size);
    buf_free(&password);
    return rc;
}

/* ---- in the core */

struct looking {
    const char *name, *role;
    bool found;
};

static int look(void *who, const char *name, const char *role, bool disabled,
                int64_t keys)
{
    struct looking *l = who;

    (void)keys;
    l->found =
        !disabled && strcmp(name, l->name) == 0 && strcmp(role, l->role) == 0;
    return l->found;
}

bool node_people_is(struct node *node, const char *name, const char *role)
{
    struct looking l = {name, role, false};

    (void)node_store_users(node->store, look, &l);
    return l.found;
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

int node_people_add(struct node *node, const struct json *args,
                    struct json *out, struct error *err)
{
    const char *name = json_get_text(args, "name");
    const char *password = json_get_text(args, "password");
    const struct role *role = find_role(json_get_text(args, "role"));
    const struct json *keys = json_get(args, "keys");
    int rc = check_user(name, json_get_text(args, "role"), err);

    if (rc != 0)
        return rc;
    if (password == NULL || strncmp(password, "$argon2id$", 10) != 0 ||
        strlen(password) >= PASSWORD_TEXT_BYTES)
        return error_set(err, ERR_INVALID, "not a password's hash");
    rc = node_store_add_user(node->store, name, role->name, password,
                             node->wall_ms);
    if (rc == ERR_EXISTS)
        return error_set(err, rc, "there is a user \"%s\" already", name);
    for (size_t i = 0; rc == 0 && json_is_array(keys) && i < json_count(keys);
         i++)
        rc = store_key(node, name, role, json_at(keys, i), err);
    if (rc == 0)
        rc = check_custodians(node, role, err);
    if (rc == 0 && (rc = node_unit_keys_refresh(node, err)) == ERR_MISSING)
        rc = 0; /* a node without keys has none to lock away */
    json_set_text(out, "name", name);
    json_set_i64(out, "keys", (int64_t)json_count(keys));
    return rc;
}
