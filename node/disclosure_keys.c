/* node/disclosure_keys.c - seals, and the private halves that open them. */
#include <string.h>

#include "common/base/mem.h"
#include "common/domain/text.h"
#include "node/disclosure_inside.h"
#include "node/people.h"

enum { KEYS_MOST = 32 };

bool node_disclosure_user(struct node *node, const char *name)
{
    return node_people_is(node, name, "officer") ||
           node_people_is(node, name, "leader") ||
           node_people_is(node, name, "custodian");
}

/* ---- the seal of a report */

static int see_seal(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct found_seal *seal = who;
    const struct part *part;

    if (row->kind != KIND_REPORT || entry == NULL)
        return 0;
    part = &entry->change.part[PART_VAULT];
    seal->erased = row->final;
    seal->there = part->form != PART_ABSENT;
    seal->locked = part->form == PART_STUB;
    if (part->form == PART_WHOLE)
        buf_add_bytes(&seal->bytes, part->bytes);
    return 0;
}

int node_disclosure_seal(struct node *node, const struct id *report,
                         struct found_seal *out, struct error *err)
{
    int rc;

    memset(out, 0, sizeof *out);
    rc = ledger_record(node->ledger, node->keys.unit, report, NULL, see_seal,
                       out);
    if (rc == ERR_MISSING)
        return error_set(err, rc, "no report with this id: see `report list`");
    if (rc != 0)
        return error_set(err, rc, "this report cannot be read: run `verify`");
    if (out->erased)
        return error_set(err, ERR_REFUSED, "this report was erased");
    if (!out->there)
        return error_set(err, ERR_REFUSED,
                         "nobody gave a name or a telephone with this report");
    if (out->locked)
        return error_set(err, ERR_REFUSED,
                         "the sender's name came back locked from the lost "
                         "machine: `recover` with the two sheets opens it");
    if (wire_report_vault_decode(&out->vault, buf_bytes(&out->bytes)) != 0)
        return error_set(err, ERR_DAMAGED,
                         "the sealed part of this report is damaged: run "
                         "`verify`");
    return 0;
}

void node_disclosure_seal_free(struct found_seal *seal)
{
    buf_free(&seal->bytes);
}

/* ---- private halves */

struct unwrapping {
    const struct json *keys;
    const char *user;
    const uint8_t *key_id;
    struct buf secret;
    bool holds;
};

static bool key_for(const struct json *keys, const uint8_t key_id[8],
                    uint8_t out[BOX_KEY_BYTES])
{
    for (size_t i = 0; json_is_array(keys) && i < json_count(keys); i++) {
        const char *id = json_get_text(json_at(keys, i), "key_id");
        const char *key = json_get_text(json_at(keys, i), "key");
        uint8_t bytes[8];

        if (id != NULL && key != NULL && hex_decode(bytes, sizeof bytes, id) &&
            memcmp(bytes, key_id, sizeof bytes) == 0 &&
            hex_decode(out, BOX_KEY_BYTES, key))
            return true;
    }
    return false;
}

static int try_key(void *who, const uint8_t key_id[8], struct bytes salt,
                   struct bytes box)
{
    struct unwrapping *u = who;
    char context[PEOPLE_CONTEXT_BYTES];
    uint8_t key[BOX_KEY_BYTES];

    (void)salt;
    if (memcmp(key_id, u->key_id, 8) != 0)
        return 0;
    u->holds = true;
    if (key_for(u->keys, key_id, key))
        (void)box_open(&u->secret, key,
                       node_people_context(context, u->user, key_id), box);
    mem_wipe(key, sizeof key);
    return 1;
}

int node_disclosure_unwrap(struct node *node,
                           const struct disclosure_order *order,
                           const uint8_t key_id[8], struct seal_key *out,
                           struct error *err)
{
    const char *user = order->by;
    struct unwrapping u = {.keys = order->keys, .user = user, .key_id = key_id};
    enum account_guess guess = GUESS_NONE;
    int rc = node_store_wrapped(node->store, user, try_key, &u);

    if (rc >= 0 && u.secret.size == SEAL_SECRET_BYTES) {
        seal_key_from_secret(out, u.secret.data);
        guess = GUESS_RIGHT;
        rc = 0;
    } else if (rc >= 0 && !u.holds) {
        rc = error_set(err, ERR_REFUSED,
                       "%s holds no key that opens this: such a user is added "
                       "with the two recovery sheets",
                       user);
    } else if (rc >= 0) {
        guess = GUESS_WRONG;
        rc = error_set(err, ERR_REFUSED, "the password of %s is another one",
                       user);
    } else {
        (void)error_set(err, rc, "the database cannot be read");
    }
    if (order->guess != NULL)
        *order->guess = guess;
    if (u.secret.size > 0)
        mem_wipe(u.secret.data, u.secret.size);
    buf_free(&u.secret);
    return rc;
}

/* ---- in the asking process */

struct stretching {
    const char *password;
    struct json *keys;
    size_t count;
    int rc;
};

static int stretch(void *who, const uint8_t key_id[8], struct bytes salt,
                   struct bytes box)
{
    struct stretching *s = who;
    uint8_t key[BOX_KEY_BYTES];
    char id[17], hex[2 * BOX_KEY_BYTES + 1];
    struct json *one;

    (void)box;
    if (salt.size != PASSWORD_SALT_BYTES || s->count == KEYS_MOST)
        return 0;
    if ((s->rc = password_key(key, salt.data, s->password)) != 0)
        return 1;
    hex_encode(id, key_id, 8);
    hex_encode(hex, key, sizeof key);
    one = json_object_new();
    json_set_text(one, "key_id", id);
    json_set_text(one, "key", hex);
    json_add(s->keys, one);
    s->count++;
    mem_wipe(key, sizeof key);
    mem_wipe(hex, sizeof hex);
    return 0;
}

int node_disclosure_keys(struct node *node, const char *user,
                         const char *password, struct json *keys,
                         struct error *err)
{
    struct stretching s = {.keys = keys};
    struct buf clean = {0};
    int rc;

    if ((rc = text_nfc(&clean, bytes_of_text(password))) == 0) {
        s.password = buf_text(&clean);
        rc = node_store_wrapped(node->store, user, stretch, &s);
    } else {
        (void)error_set(err, rc, "the password is not text (UTF-8)");
    }
    if (clean.size > 0)
        mem_wipe(clean.data, clean.size);
    buf_free(&clean);
    if (rc < 0)
        return rc;
    if (s.rc != 0)
        return error_set(err, s.rc, "no memory for the password (64 MiB)");
    if (s.count == 0)
        return error_set(err, ERR_MISSING,
                         "%s holds no key here: see `user list`; whoever opens "
                         "names is added with the two recovery sheets",
                         user);
    return 0;
}
