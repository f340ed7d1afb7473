/* node/unit_keys.c - see unit_keys.h. */
#include "node/unit_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"

/* ---- what is so */

struct gathered {
    struct sealing_copy keys[UNIT_KEYS_MOST];
    struct user_copy users[UNIT_USERS_MOST];
    size_t key_count, user_count;
    struct wire_arena *arena; /* texts and boxes live there */
    struct node *node;
    bool full;
};

static struct bytes keep(struct gathered *g, struct bytes bytes)
{
    struct bytes copy = wire_arena_copy(g->arena, bytes);

    if (copy.data != NULL)
        return copy;
    g->full = true;
    return bytes_of("", 1);
}

static const char *keep_text(struct gathered *g, const char *text)
{
    return (const char *)keep(g, bytes_of(text, strlen(text) + 1)).data;
}

static int gather_key(void *who, const struct sealing_key *key)
{
    struct gathered *g = who;
    struct sealing_copy *copy;

    if (g->key_count == UNIT_KEYS_MOST) {
        g->full = true;
        return 1;
    }
    copy = &g->keys[g->key_count++];
    memcpy(copy->key_id, key->key_id, sizeof copy->key_id);
    memcpy(copy->public_key, key->public_key, sizeof copy->public_key);
    copy->custodian = key->custodian;
    copy->since_ms = key->since_ms;
    copy->recovery_box = keep(g, key->recovery_box);
    return 0;
}

static int gather_user(void *who, const struct user_row *user)
{
    struct gathered *g = who;

    if (g->user_count == UNIT_USERS_MOST) {
        g->full = true;
        return 1;
    }
    g->users[g->user_count++] =
        (struct user_copy){.name = keep_text(g, user->name),
                           .role = keep_text(g, user->role),
                           .password = keep_text(g, user->password)};
    return 0;
}

struct wraps {
    struct gathered *g;
    struct user_copy *user;
    struct wrapped_copy keys[UNIT_KEYS_MOST];
};

static int gather_wrap(void *who, const uint8_t key_id[8], struct bytes salt,
                       struct bytes box)
{
    struct wraps *w = who;
    struct wrapped_copy *copy = &w->keys[w->user->key_count];

    if (w->user->key_count == UNIT_KEYS_MOST)
        return 1;
    memcpy(copy->key_id, key_id, sizeof copy->key_id);
    copy->salt = keep(w->g, salt);
    copy->box = keep(w->g, box);
    w->user->key_count++;
    return 0;
}

static int gather_wraps(struct gathered *g, struct user_copy *user)
{
    struct wraps w = {.g = g, .user = user};
    int rc = node_store_wrapped(g->node->store, user->name, gather_wrap, &w);

    user->keys = (struct wrapped_copy *)(void *)keep(
                     g, bytes_of(w.keys, user->key_count * sizeof *w.keys))
                     .data;
    return rc;
}

/* The vault part as it should be. */
static int write_vault(struct node *node, struct buf *out, struct error *err)
{
    struct gathered *g = mem_new(sizeof *g);
    struct unit_keys_vault vault;
    int rc;

    g->node = node;
    g->arena = wire_arena_new();
    rc = node_store_sealing_keys(node->store, gather_key, g);
    if (rc == 0)
        rc = node_store_user_rows(node->store, gather_user, g);
    for (size_t i = 0; i < g->user_count && rc == 0; i++)
        rc = gather_wraps(g, &g->users[i]);
    if (rc == 0 && g->full)
        rc = error_set(err, ERR_REFUSED,
                       "more than %d keys or %d people: the vault holds no "
                       "more",
                       UNIT_KEYS_MOST, UNIT_USERS_MOST);
    if (rc == 0) {
        vault = (struct unit_keys_vault){g->key_count, g->user_count, g->keys,
                                         g->users};
        wire_unit_keys_vault_encode(out, &vault);
    }
    wire_arena_free(&g->arena);
    mem_free(&g);
    return rc;
}

static int write_fact(struct node *node, struct unit_keys *out)
{
    struct sealing_key key;
    int rc;

    if (!hex_decode(out->recovery, sizeof out->recovery,
                    node_store_setting(node->store, "recovery_public")))
        return ERR_MISSING;
    if ((rc = node_store_sealing_key(node->store, false, &key)) != 0)
        return rc;
    memcpy(out->duty, key.public_key, sizeof out->duty);
    if ((rc = node_store_sealing_key(node->store, true, &key)) != 0)
        return rc;
    memcpy(out->custodian, key.public_key, sizeof out->custodian);
    return 0;
}

/* ---- the record */

struct present {
    const struct unit_keys *keys; /* whose record is looked for */
    const struct buf *fact, *vault;
    bool found, same;
    struct id id;
    uint64_t version;
};

static int look(void *who, const struct record_row *row,
                const struct entry *entry)
{
    struct present *p = who;
    struct unit_keys keys;
    const struct part *vault;

    if (entry == NULL ||
        wire_unit_keys_decode(&keys, entry->change.part[PART_FACT].bytes,
                              NULL) != 0 ||
        memcmp(keys.recovery, p->keys->recovery, sizeof keys.recovery) != 0)
        return 0;
    vault = &entry->change.part[PART_VAULT];
    p->found = true;
    p->id = row->id;
    p->version = row->version;
    p->same =
        vault->form == PART_WHOLE &&
        bytes_equal(vault->bytes, buf_bytes(p->vault)) &&
        bytes_equal(entry->change.part[PART_FACT].bytes, buf_bytes(p->fact));
    return 1;
}

static int append(struct node *node, const struct present *p, struct error *err)
{
    struct node_write write = {.kind = KIND_UNIT_KEYS,
                               .record =
                                   p->found ? p->id : random_id(node->wall_ms),
                               .version = p->version + 1,
                               .flags = CHANGE_EXPEDITED};

    write.part[PART_FACT] = (struct node_part){true, buf_bytes(p->fact), NULL};
    write.part[PART_VAULT] =
        (struct node_part){true, buf_bytes(p->vault), NULL};
    return node_append(node, &write, err);
}

int node_unit_keys_refresh(struct node *node, struct error *err)
{
    struct buf fact = {0}, vault = {0};
    struct unit_keys keys;
    struct present p = {.keys = &keys, .fact = &fact, .vault = &vault};
    int rc = write_fact(node, &keys);

    if (rc != 0)
        return rc;
    wire_unit_keys_encode(&fact, &keys);
    if ((rc = write_vault(node, &vault, err)) == 0 &&
        (rc = ledger_records(node->ledger, KIND_UNIT_KEYS, node->keys.unit,
                             look, &p)) == 0 &&
        !p.same)
        rc = append(node, &p, err);
    buf_free(&fact);
    buf_free(&vault);
    return rc;
}

/* ---- those of an earlier machine */

static int know_key(void *who, const struct sealing_key *key)
{
    struct sealing_key *looked_for = who;

    if (memcmp(key->key_id, looked_for->key_id, sizeof key->key_id) != 0)
        return 0;
    looked_for->since_ms = -1;
    return 1;
}

static int take_key(struct node *node, const struct sealing_copy *copy,
                    int64_t *count)
{
    struct sealing_key key = {.custodian = copy->custodian}, ours;
    int rc;

    memcpy(key.key_id, copy->key_id, sizeof key.key_id);
    if ((rc = node_store_sealing_keys(node->store, know_key, &key)) != 0 ||
        key.since_ms == -1)
        return rc;
    if ((rc = node_store_sealing_key(node->store, copy->custodian, &ours)) != 0)
        return rc;
    memcpy(key.public_key, copy->public_key, sizeof key.public_key);
    key.recovery_box = copy->recovery_box;
    key.since_ms =
        copy->since_ms < ours.since_ms ? copy->since_ms : ours.since_ms - 1;
    (*count)++;
    return node_store_put_sealing_key(node->store, &key);
}

static int take_user(struct node *node, const struct user_copy *user,
                     int64_t *count)
{
    struct accounts_user ours = {.disabled = false};
    int rc;

    (void)snprintf(ours.name, sizeof ours.name, "%s", user->name);
    (void)snprintf(ours.role, sizeof ours.role, "%s", user->role);
    (void)snprintf(ours.password, sizeof ours.password, "%s", user->password);
    rc = accounts_add_user(node->accounts, &ours, node->wall_ms);

    if (rc == ERR_EXISTS)
        return 0; /* made anew here */
    for (size_t i = 0; i < user->key_count && rc == 0; i++)
        rc = node_store_wrap_key(node->store, user->name, user->keys[i].key_id,
                                 user->keys[i].salt, user->keys[i].box);
    (*count)++;
    return rc;
}

int node_unit_keys_take(struct node *node, const struct unit_keys_vault *from,
                        int64_t *count)
{
    int rc = 0;

    for (size_t i = 0; i < from->key_count && rc == 0; i++)
        rc = take_key(node, &from->keys[i], count);
    return rc;
}

/* ---- its people */

enum { RECORDS_MOST = 32 /* one of each machine that this commune had */ };

/* Each change of its people was locked as a list of its own, and all of them
 * come back. Only the last one says who is still let in, and by which password.
 */
struct lists {
    uint8_t ours[SEAL_PUBLIC_BYTES];
    struct id records[RECORDS_MOST];
    size_t count;
    uint64_t last, open; /* places of the newest, and of the newest open one */
    struct buf vault;    /* of that one */
};

/* What is not in its stream yet comes behind all that is. */
static uint64_t place_of(const struct entry *entry)
{
    return entry->seq == 0 ? UINT64_MAX : entry->seq;
}

static int note_list(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct lists *l = who;
    struct unit_keys keys;

    if (entry == NULL || l->count == RECORDS_MOST ||
        wire_unit_keys_decode(&keys, entry->change.part[PART_FACT].bytes,
                              NULL) != 0 ||
        memcmp(keys.recovery, l->ours, sizeof l->ours) == 0)
        return 0;
    l->records[l->count++] = row->id;
    if (place_of(entry) > l->last)
        l->last = place_of(entry);
    return 0;
}

static int see_version(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct lists *l = who;
    const struct part *vault;

    (void)row;
    if (entry == NULL || place_of(entry) <= l->open)
        return 0;
    vault = &entry->change.part[PART_VAULT];
    if (vault->form != PART_WHOLE)
        return 0;
    l->open = place_of(entry);
    buf_clear(&l->vault);
    buf_add_bytes(&l->vault, vault->bytes);
    return 0;
}

static int find_lists(struct node *node, struct lists *l)
{
    int rc;

    if (!hex_decode(l->ours, sizeof l->ours,
                    node_store_setting(node->store, "recovery_public")))
        return ERR_MISSING;
    rc = ledger_records(node->ledger, KIND_UNIT_KEYS, node->keys.unit,
                        note_list, l);
    for (size_t i = 0; i < l->count && rc == 0; i++)
        rc = ledger_history(node->ledger, node->keys.unit, &l->records[i],
                            see_version, l);
    return rc;
}

static int take_people(struct node *node, struct bytes list, int64_t *count)
{
    struct unit_keys_vault vault;
    int rc;

    wire_arena_clear(node->arena);
    rc = wire_unit_keys_vault_decode(&vault, node->arena, list, NULL);
    for (size_t i = 0; rc == 0 && i < vault.user_count; i++)
        rc = take_user(node, &vault.users[i], count);
    return rc;
}

int node_unit_keys_people(struct node *node, bool more, int64_t *count)
{
    struct lists l = {.count = 0};
    int rc = find_lists(node, &l);

    if (rc == 0 && l.open != 0 && (l.open == l.last || !more))
        rc = take_people(node, buf_bytes(&l.vault), count);
    buf_wipe(&l.vault);
    return rc;
}
