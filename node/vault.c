/* node/vault.c - see vault.h. */
#include "node/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/media.h"

enum { CONTEXT_BYTES = 256 };

/* ---- locking and opening */

/* What every box of an object is bound to: the change it belongs to. */
static void context_of(char out[CONTEXT_BYTES],
                       const struct change_header *header,
                       const struct hash *digest)
{
    char hex[2 * sizeof digest->bytes + 1], id[ID_TEXT_BYTES];

    hex_encode(hex, digest->bytes, sizeof digest->bytes);
    (void)snprintf(out, CONTEXT_BYTES, "lienxa vault 1\n%s\n%s\n%llu\n%s\n",
                   header->home, id_text(id, &header->record),
                   (unsigned long long)header->version, hex);
}

static int recovery_public(struct node *node, uint8_t out[SEAL_PUBLIC_BYTES])
{
    return hex_decode(out, SEAL_PUBLIC_BYTES,
                      node_store_setting(node->store, "recovery_public"))
               ? 0
               : ERR_MISSING;
}

/* The key of an object, for both who may open it. */
static int wrap_key(struct node *node, const char *context,
                    const uint8_t key[BOX_KEY_BYTES], struct buf *rest,
                    struct buf *recovery, uint8_t recovery_id[VAULT_ID_BYTES])
{
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    int rc = recovery_public(node, public_key);

    if (rc != 0)
        return rc;
    sign_key_id(recovery_id, public_key);
    box_close(rest, node->keys.rest, context, bytes_of(key, BOX_KEY_BYTES));
    return seal_close(recovery, public_key, bytes_of(key, BOX_KEY_BYTES));
}

int node_vault_lock(struct node *node, const struct entry *entry, bool bodies,
                    struct buf *out)
{
    struct change change = entry->change;
    struct buf parts = {0}, content = {0}, rest = {0}, recovery = {0};
    struct vault_locked locked;
    uint8_t key[BOX_KEY_BYTES];
    char context[CONTEXT_BYTES];
    int rc;

    if (!bodies)
        change.part[PART_BODY].form = PART_ABSENT;
    context_of(context, &change.header, &entry->digest);
    random_bytes(key, sizeof key);
    rc = wrap_key(node, context, key, &rest, &recovery, locked.recovery_id);
    if (rc == 0) {
        wire_vault_parts_encode(&parts, &change);
        box_close(&content, key, context, buf_bytes(&parts));
        locked.rest_box = buf_bytes(&rest);
        locked.recovery_box = buf_bytes(&recovery);
        locked.content = buf_bytes(&content);
        wire_vault_object_encode(out, &locked);
    }
    mem_wipe(key, sizeof key);
    buf_free(&parts);
    buf_free(&content);
    buf_free(&rest);
    buf_free(&recovery);
    return rc;
}

/* Moves an opened key out of `opened`, which is wiped. */
static int key_from(struct buf *opened, int rc, uint8_t key[BOX_KEY_BYTES])
{
    if (rc == 0 && opened->size != BOX_KEY_BYTES)
        rc = ERR_DAMAGED;
    if (rc == 0)
        memcpy(key, opened->data, BOX_KEY_BYTES);
    if (opened->size > 0)
        mem_wipe(opened->data, opened->size);
    buf_free(opened);
    return rc == 0 ? 0 : ERR_DAMAGED;
}

static int key_in_box(const struct node_keys *keys,
                      const struct vault_item *item, struct bytes box,
                      uint8_t key[BOX_KEY_BYTES])
{
    char context[CONTEXT_BYTES];
    struct buf opened = {0};

    context_of(context, &item->header, &item->digest);
    return key_from(&opened, box_open(&opened, keys->rest, context, box), key);
}

int node_vault_key_at_rest(const struct node_keys *keys,
                           const struct vault_item *item,
                           uint8_t key[BOX_KEY_BYTES])
{
    struct vault_locked locked;

    if (wire_vault_object_decode(&locked, item->bytes) != 0)
        return ERR_DAMAGED;
    return key_in_box(keys, item, locked.rest_box, key);
}

int node_vault_key_by_shares(const struct seal_key *recovery,
                             const struct vault_item *item,
                             uint8_t key[BOX_KEY_BYTES])
{
    struct vault_locked locked;
    struct buf opened = {0};

    if (wire_vault_object_decode(&locked, item->bytes) != 0)
        return ERR_DAMAGED;
    return key_from(&opened, seal_open(&opened, recovery, locked.recovery_box),
                    key);
}

int node_vault_open(const struct vault_item *item,
                    const uint8_t key[BOX_KEY_BYTES],
                    struct part part[PART_COUNT], struct buf *plain)
{
    struct vault_locked locked;
    struct buf zstd = {0};
    char context[CONTEXT_BYTES];
    int rc = wire_vault_object_decode(&locked, item->bytes);

    context_of(context, &item->header, &item->digest);
    if (rc == 0)
        rc = box_open(&zstd, key, context, locked.content);
    if (rc == 0)
        rc = wire_vault_parts_decode(part, plain, buf_bytes(&zstd));
    buf_free(&zstd);
    return rc == 0 ? 0 : ERR_DAMAGED;
}

void node_vault_wrap(const struct node_keys *keys,
                     const struct vault_item *item,
                     const uint8_t key[BOX_KEY_BYTES], struct buf *out)
{
    char context[CONTEXT_BYTES];

    context_of(context, &item->header, &item->digest);
    box_close(out, keys->rest, context, bytes_of(key, BOX_KEY_BYTES));
}

/* ---- what came back */

/* What an object says, copied out of the statement that found it. */
struct opened {
    struct node *node;
    struct bytes box; /* of put_back; else the object's own */
    int rc;
    int64_t change;
    char home[LIMIT_HOME];
    struct id record;
    struct part part[PART_COUNT];
    struct buf plain;
};

static int open_one(void *who, const struct vault_item *item)
{
    struct opened *o = who;
    uint8_t key[BOX_KEY_BYTES];

    o->change = item->change;
    o->record = item->header.record;
    memcpy(o->home, item->header.home, sizeof o->home);
    o->rc = !item->good ? ERR_DAMAGED
            : o->box.size > 0
                ? key_in_box(&o->node->keys, item, o->box, key)
                : node_vault_key_at_rest(&o->node->keys, item, key);
    if (o->rc == 0)
        o->rc = node_vault_open(item, key, o->part, &o->plain);
    node_desk_touch(o->node, &item->header.record); /* its words are here */
    mem_wipe(key, sizeof key);
    return 1;
}

static int fill(struct opened *o)
{
    int rc = o->rc;

    if (rc == 0)
        rc = ledger_vault_fill(o->node->ledger, o->change, o->part);
    if (rc == 0) /* its words name files */
        rc = node_media_again(o->node, o->home, &o->record);
    if (o->plain.size > 0)
        mem_wipe(o->plain.data, o->plain.size);
    buf_free(&o->plain);
    return rc;
}

/* Not ours to open: it waits for the shares, unless all of it is here. */
int node_vault_take(struct node *node, const struct vault_object *object)
{
    const struct early_ref *r = &object->ref;
    struct change_ref ref = {r->home, r->record, r->version, r->digest};
    struct opened o = {.node = node, .rc = ERR_MISSING};
    int rc = ledger_vault_put(node->ledger, &ref, object->bytes);

    if (rc != 0)
        return rc;
    rc = ledger_vault_find(node->ledger, &ref, open_one, &o);
    if (rc != 0) {
        buf_free(&o.plain);
        return rc == ERR_MISSING ? 0 : rc; /* of an erased record */
    }
    rc = fill(&o);
    if (rc == ERR_DAMAGED && !ledger_vault_lacks(node->ledger, o.change))
        rc = ledger_vault_drop(node->ledger, o.change);
    return rc == ERR_DAMAGED ? 0 : rc;
}

struct one {
    struct opened opened;
    int64_t change;
};

static int open_this(void *who, const struct vault_item *item)
{
    struct one *one = who;

    return item->change == one->change ? open_one(&one->opened, item) : 1;
}

int node_vault_put_back(struct node *node, int64_t change, struct bytes box)
{
    struct one one = {{.node = node, .box = box, .rc = ERR_MISSING}, change};
    int rc = ledger_vault_all(node->ledger, change - 1, open_this, &one);

    if (rc != 0) {
        buf_free(&one.opened.plain);
        return rc;
    }
    return fill(&one.opened);
}

/* ---- settings */

static bool number(struct node *node, const char *name, uint64_t *out)
{
    const char *text = node_store_setting(node->store, name);

    *out = strtoull(text, NULL, 10);
    return text[0] != '\0';
}

static int set_number(struct node *node, const char *name, uint64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return node_store_set(node->store, name, text);
}

uint64_t node_vault_bodies_to(struct node *node)
{
    uint64_t seq;

    if (!node->body_always)
        return UINT64_MAX;
    (void)number(node, "body_always_from", &seq);
    return seq;
}

static int raise_number(struct node *node, const char *name, uint64_t value)
{
    uint64_t now;

    return number(node, name, &now) && now >= value
               ? 0
               : set_number(node, name, value);
}

int node_vault_body_always(struct node *node)
{
    struct ledger_stream s;
    int rc = ledger_stream(node->ledger, &s, &node->up, true);

    return rc != 0 ? rc : raise_number(node, "body_always_from", s.head.seq);
}

int node_vault_rebased(struct node *node, uint64_t head)
{
    return node->body_always ? raise_number(node, "body_always_from", head) : 0;
}

void node_vault_plan(struct node *node, struct vault_plan *out)
{
    memset(out, 0, sizeof *out);
    out->pull = number(node, "vault_pulled", &out->pulled);
    out->again = number(node, "vault_from", &out->from);
    (void)number(node, "vault_until", &out->until);
}

uint64_t node_vault_backlog(struct node *node, const struct ledger_stream *up)
{
    uint64_t to = ledger_vaulted(node->ledger, &up->name);
    struct vault_plan plan;

    node_vault_plan(node, &plan);
    if (plan.again && plan.from < to)
        to = plan.from;
    return up->head.seq > to ? up->head.seq - to : 0;
}

int node_vault_pull_from(struct node *node, uint64_t after)
{
    uint64_t now;

    return number(node, "vault_pulled", &now) && now <= after
               ? 0
               : set_number(node, "vault_pulled", after);
}

int node_vault_pulled(struct node *node, uint64_t last)
{
    uint64_t now;

    return number(node, "vault_pulled", &now)
               ? set_number(node, "vault_pulled", last)
               : 0;
}

int node_vault_pull_done(struct node *node)
{
    log_info("vault.pulled", "waiting=%llu",
             (unsigned long long)ledger_vault_count(node->ledger));
    return node_store_set(node->store, "vault_pulled", "");
}

int node_vault_misses(struct node *node, uint64_t from)
{
    uint64_t now = node_vault_missing_from(node);

    return now != 0 && now <= from ? 0 : set_number(node, "vault_misses", from);
}

uint64_t node_vault_missing_from(struct node *node)
{
    uint64_t from;

    (void)number(node, "vault_misses", &from);
    return from;
}

int node_vault_whole(struct node *node)
{
    return node_vault_missing_from(node) == 0
               ? 0
               : node_store_set(node->store, "vault_misses", "");
}

int node_vault_again(struct node *node)
{
    struct ledger_stream s;
    int rc = ledger_stream(node->ledger, &s, &node->up, true);

    if (rc != 0 || (rc = set_number(node, "vault_from", 0)) != 0)
        return rc;
    node->vault_again = true;
    return set_number(node, "vault_until", s.head.seq);
}

int node_vault_acked(struct node *node, uint64_t last)
{
    struct vault_plan plan;
    int rc = ledger_set_vaulted(node->ledger, &node->up, last);

    node_vault_plan(node, &plan);
    if (rc != 0 || !plan.again)
        return rc;
    return last >= plan.until ? node_store_set(node->store, "vault_from", "")
                              : set_number(node, "vault_from", last);
}
