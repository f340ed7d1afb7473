/* node/recover.c - see recover.h. */
#include "node/recover.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/share.h"
#include "node/media.h"
#include "node/unit_keys.h"
#include "node/vault.h"

enum { ROUND = 200 /* objects in one command */ };

/* The setting that says that something was put, and not all locked anew. */
#define RECOVERING "recovering"

/* ---- in the asking process */

struct asking {
    const char *folder;
    struct seal_key recovery;
    uint8_t recovery_id[VAULT_ID_BYTES];
    struct node_client *client;
    struct node *node; /* a reader, while one round is gathered */
    int64_t after;     /* row of the last object looked at */
    size_t looked_at;
    struct json *objects, *keys; /* of this round */
    int64_t opened, damaged, foreign, key_count, user_count;
    bool ours;  /* these are the lines of this very machine */
    bool known; /* or of one of this commune */
};

static void add_hex(struct json *out, const char *key, struct bytes bytes)
{
    char *hex = mem_new(2 * bytes.size + 1);

    hex_encode(hex, bytes.data, bytes.size);
    json_set_text(out, key, hex);
    mem_free(&hex);
}

/* The private halves, from the old recovery key to ours. Those that do not open
 * are of a machine before that one; what it kept of them is beside them. */
static void seal_again(struct asking *a, struct unit_keys_vault *vault,
                       const uint8_t public_key[SEAL_PUBLIC_BYTES],
                       struct buf *boxes)
{
    size_t kept = 0;

    buf_reserve(boxes, vault->key_count * (SEAL_SECRET_BYTES + SEAL_OVERHEAD));
    for (size_t i = 0; i < vault->key_count; i++) {
        struct sealing_copy copy = vault->keys[i];
        struct buf secret = {0};
        size_t start = boxes->size;

        if (seal_open(&secret, &a->recovery, copy.recovery_box) == 0 &&
            secret.size == SEAL_SECRET_BYTES &&
            seal_close(boxes, public_key, buf_bytes(&secret)) == 0) {
            copy.recovery_box =
                bytes_of(boxes->data + start, boxes->size - start);
            vault->keys[kept++] = copy;
        }
        if (secret.size > 0)
            mem_wipe(secret.data, secret.size);
        buf_free(&secret);
    }
    vault->key_count = kept;
}

/* An opened UNIT_KEYS vault, for the core. */
static void add_keys(struct asking *a, struct bytes bytes)
{
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    struct unit_keys_vault vault;
    struct buf boxes = {0}, out = {0};
    struct json *one;

    wire_arena_clear(a->node->arena);
    if (!hex_decode(public_key, sizeof public_key,
                    node_store_setting(a->node->store, "recovery_public")) ||
        wire_unit_keys_vault_decode(&vault, a->node->arena, bytes, NULL) != 0)
        return;
    seal_again(a, &vault, public_key, &boxes);
    vault.user_count = 0; /* people come in at the end, by the newest list */
    wire_unit_keys_vault_encode(&out, &vault);
    if (a->keys == NULL)
        a->keys = json_array_new();
    if (out.size > 0) {
        one = json_object_new();
        add_hex(one, "vault", buf_bytes(&out));
        json_add(a->keys, one);
    }
    buf_free(&boxes);
    buf_free(&out);
}

static int add_object(struct asking *a, const struct vault_item *item)
{
    struct part part[PART_COUNT];
    uint8_t key[BOX_KEY_BYTES];
    struct buf box = {0}, plain = {0};
    struct json *one;
    int rc = node_vault_key_by_shares(&a->recovery, item, key);

    if (rc == 0 && item->header.kind == KIND_UNIT_KEYS &&
        (rc = node_vault_open(item, key, part, &plain)) == 0 &&
        part[PART_VAULT].form == PART_WHOLE)
        add_keys(a, part[PART_VAULT].bytes);
    if (rc == 0) {
        node_vault_wrap(&a->node->keys, item, key, &box);
        one = json_object_new();
        json_set_i64(one, "change", item->change);
        add_hex(one, "box", buf_bytes(&box));
        json_add(a->objects, one);
    }
    mem_wipe(key, sizeof key);
    if (plain.size > 0)
        mem_wipe(plain.data, plain.size);
    buf_free(&plain);
    buf_free(&box);
    return rc;
}

static int look(void *who, const struct vault_item *item)
{
    struct asking *a = who;
    struct vault_locked locked;

    a->after = item->change;
    if (!item->good || wire_vault_object_decode(&locked, item->bytes) != 0)
        a->damaged++;
    else if (memcmp(locked.recovery_id, a->recovery_id,
                    sizeof a->recovery_id) != 0)
        a->foreign++;
    else if (add_object(a, item) != 0)
        a->damaged++;
    return ++a->looked_at == ROUND;
}

static int open_reader(struct asking *a, struct error *err)
{
    return node_open(&a->node, a->folder, NODE_READ, err);
}

/* One command's worth. 1: there may be more. */
static int gather(struct asking *a, struct error *err)
{
    int rc = open_reader(a, err);

    if (rc != 0)
        return rc;
    a->looked_at = 0;
    rc = ledger_vault_all(a->node->ledger, a->after, look, a);
    node_close(&a->node);
    if (rc != 0)
        return error_set(err, rc, "the objects cannot be read: run `verify`");
    return a->looked_at == ROUND;
}

static int64_t member(const struct json *out, const char *key)
{
    int64_t value = 0;

    (void)json_get_i64(out, key, &value);
    return value;
}

static int send_round(struct asking *a, struct error *err)
{
    struct json *args = json_object_new(), *out;

    json_set(args, "objects", a->objects);
    if (a->keys != NULL)
        json_set(args, "keys", a->keys);
    a->objects = a->keys = NULL;
    out = node_client_call(a->client, "recover.put", args, err);
    if (out == NULL)
        return ERR_REFUSED;
    a->opened += member(out, "opened");
    a->damaged += member(out, "damaged");
    a->key_count += member(out, "keys");
    json_free(&out);
    return 0;
}

static int open_all(struct asking *a, struct error *err)
{
    int more, rc = 0;

    do {
        a->objects = json_array_new();
        a->keys = NULL;
        if ((more = gather(a, err)) < 0)
            rc = more;
        else if (json_count(a->objects) > 0)
            rc = send_round(a, err);
        json_free(&a->objects);
        json_free(&a->keys);
    } while (more == 1 && rc == 0);
    return rc;
}

static int finish(struct asking *a, struct error *err)
{
    struct json *out =
        node_client_call(a->client, "recover.done", json_object_new(), err);

    if (out == NULL)
        return ERR_REFUSED;
    a->user_count = member(out, "users");
    json_free(&out);
    return 0;
}

/* ---- what is lost */

struct losses {
    struct asking *a;
    struct json *media, *words, *coming, *originals;
};

/* What became of the files of a report; which were never in the vault. */
static int see_files(struct losses *l, const struct id *report, const char *id)
{
    struct media_whereabouts w;
    int rc = node_media_count(l->a->node, report, &w);

    if (w.lost > 0 || w.here + w.coming == 0)
        json_add_text(l->media, id);
    if (w.coming > 0)
        json_add_text(l->coming, id);
    if (w.originals_lost > 0)
        json_add_text(l->originals, id);
    return rc;
}

static int see_report(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct losses *l = who;
    struct report_fact fact;
    char id[ID_TEXT_BYTES];

    if (entry == NULL || row->final ||
        wire_report_fact_decode(&fact, entry->change.part[PART_FACT].bytes,
                                NULL) != 0)
        return 0;
    (void)id_text(id, &row->id);
    if (entry->change.part[PART_BODY].form == PART_STUB)
        json_add_text(l->words, id);
    return fact.attachments > 0 && fact.continues_home[0] == '\0'
               ? see_files(l, &row->id, id)
               : 0;
}

static int report(struct asking *a, struct json *out, struct error *err)
{
    struct losses l = {a, json_array_new(), json_array_new(), json_array_new(),
                       json_array_new()};
    struct vault_plan plan = {.pull = false};
    uint64_t waiting = 0;
    int rc = open_reader(a, err);

    if (rc == 0) {
        node_vault_plan(a->node, &plan);
        waiting = ledger_vault_count(a->node->ledger);
        rc = ledger_records(a->node->ledger, KIND_REPORT, a->node->keys.unit,
                            see_report, &l);
    }
    node_close(&a->node);
    json_set_i64(out, "opened", a->opened);
    json_set_i64(out, "damaged", a->damaged);
    json_set_i64(out, "foreign", a->foreign);
    json_set_i64(out, "keys", a->key_count);
    json_set_i64(out, "users", a->user_count);
    json_set_i64(out, "waiting", (int64_t)waiting);
    json_set_flag(out, "fetching", plan.pull);
    json_set(out, "lost_media", l.media);
    json_set(out, "lost_words", l.words);
    json_set(out, "coming_media", l.coming);
    json_set(out, "lost_originals", l.originals);
    return rc;
}

/* ---- the whole of it */

/* Lines that open nothing are told apart from a machine with nothing to open.
 */
static int judge(const struct asking *a, struct error *err)
{
    if (a->opened > 0 || a->damaged > 0 || a->foreign == 0)
        return 0;
    if (a->ours)
        return error_set(err, ERR_REFUSED,
                         "these two lines are of this new machine; what waits "
                         "here was locked for the lost one: use the two lines "
                         "that `join` printed there");
    return error_set(err, ERR_REFUSED,
                     "these two lines open nothing here: they are of another "
                     "machine of this commune. Use the two that `join` printed "
                     "on the lost one");
}

static int match_unit_keys(void *who, const struct record_row *row,
                           const struct entry *entry)
{
    struct asking *a = who;
    struct unit_keys keys;

    (void)row;
    if (entry != NULL &&
        wire_unit_keys_decode(&keys, entry->change.part[PART_FACT].bytes,
                              NULL) == 0)
        a->known |= memcmp(keys.recovery, a->recovery.public_key,
                           sizeof keys.recovery) == 0;
    return a->known;
}

static int identify(struct asking *a, struct error *err)
{
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    int rc = open_reader(a, err);

    if (rc != 0)
        return rc;
    a->ours =
        hex_decode(public_key, sizeof public_key,
                   node_store_setting(a->node->store, "recovery_public")) &&
        memcmp(public_key, a->recovery.public_key, sizeof public_key) == 0;
    sign_key_id(a->recovery_id, a->recovery.public_key);
    rc = ledger_records(a->node->ledger, KIND_UNIT_KEYS, a->node->keys.unit,
                        match_unit_keys, a);
    node_close(&a->node);
    if (rc >= 0 && !a->known)
        return error_set(err, ERR_REFUSED,
                         "these two lines are not of this commune, or this "
                         "machine has not heard from the hub yet: look at "
                         "`status`");
    return rc < 0 ? rc : 0;
}

struct json *node_recover_run(const char *folder, const char *const shares[2],
                              struct error *err)
{
    struct asking a = {.folder = folder, .client = node_client_new(folder)};
    uint8_t secret[SHARE_SECRET_BYTES];
    struct json *out = json_object_new();
    int rc = share_join(secret, "recovery", shares[0], shares[1], err);

    if (rc == 0) {
        seal_key_from_secret(&a.recovery, secret);
        if ((rc = identify(&a, err)) == 0 && (rc = open_all(&a, err)) == 0 &&
            (rc = judge(&a, err)) == 0 && (rc = finish(&a, err)) == 0)
            rc = report(&a, out, err);
    }
    mem_wipe(secret, sizeof secret);
    mem_wipe(&a.recovery, sizeof a.recovery);
    node_client_free(&a.client);
    if (rc != 0)
        json_free(&out);
    return out;
}

/* ---- in the core */

static int put_object(struct node *node, const struct json *one,
                      int64_t *opened, int64_t *damaged)
{
    const char *hex = json_get_text(one, "box");
    uint8_t box[NODE_VAULT_BOX];
    int64_t change;
    int rc;

    if (hex == NULL || !hex_decode(box, sizeof box, hex) ||
        !json_get_i64(one, "change", &change))
        return ERR_INVALID;
    rc = node_vault_put_back(node, change, bytes_of(box, sizeof box));
    *opened += rc == 0;
    *damaged += rc == ERR_DAMAGED;
    return rc == ERR_MISSING || rc == ERR_DAMAGED ? 0 : rc;
}

static int put_keys(struct node *node, const struct json *one, int64_t *taken,
                    struct error *err)
{
    const char *hex = json_get_text(one, "vault");
    size_t size = hex == NULL ? 0 : strlen(hex) / 2;
    uint8_t *bytes = mem_new(size + 1);
    struct unit_keys_vault vault;
    int rc = ERR_INVALID;

    wire_arena_clear(node->arena);
    if (size > 0 && size <= LIMIT_VAULT && hex_decode(bytes, size, hex))
        rc = wire_unit_keys_vault_decode(&vault, node->arena,
                                         bytes_of(bytes, size), err);
    if (rc == 0)
        rc = node_unit_keys_take(node, &vault, taken);
    mem_free(&bytes);
    return rc;
}

int node_recover_put(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    const struct json *objects = json_get(args, "objects");
    const struct json *keys = json_get(args, "keys");
    int64_t opened = 0, damaged = 0, taken = 0;
    int rc = 0;

    if (!json_is_array(objects) || json_count(objects) > ROUND)
        return error_set(err, ERR_INVALID, "objects: an array of at most %d",
                         ROUND);
    for (size_t i = 0; i < json_count(objects) && rc == 0; i++)
        rc = put_object(node, json_at(objects, i), &opened, &damaged);
    for (size_t i = 0;
         rc == 0 && keys != NULL && json_is_array(keys) && i < json_count(keys);
         i++)
        rc = put_keys(node, json_at(keys, i), &taken, err);
    if (rc == 0 && opened > 0)
        rc = node_store_set(node->store, RECOVERING, "yes");
    if (rc != 0)
        return rc == ERR_INVALID && err->text[0] == '\0'
                   ? error_set(err, rc, "not what `recover` sends")
                   : rc;
    json_set_i64(out, "opened", opened);
    json_set_i64(out, "damaged", damaged);
    json_set_i64(out, "keys", taken);
    return 0;
}

int node_recover_done(struct node *node, const struct json *args,
                      struct json *out, struct error *err)
{
    struct vault_plan plan;
    int64_t users = 0;
    int rc = 0;

    (void)args;
    node_vault_plan(node, &plan);
    if (node_store_setting(node->store, RECOVERING)[0] != '\0') {
        node_desk_again(node); /* words are here again */
        if ((rc = node_vault_again(node)) == 0)
            rc = node_store_set(node->store, RECOVERING, "");
    }
    if (rc == 0)
        rc = node_unit_keys_people(node, plan.pull, &users);
    if (rc == 0)
        rc = node_unit_keys_refresh(node, err);
    json_set_i64(out, "users", users);
    if (rc == 0)
        log_info("vault.recovered", "waiting=%llu",
                 (unsigned long long)ledger_vault_count(node->ledger));
    return rc;
}
