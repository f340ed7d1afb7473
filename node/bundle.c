/* node/bundle.c - see bundle.h. */
#include "node/bundle.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/bundle/words.h"
#include "common/crypto/random.h"
#include "node/alerts.h"
#include "node/hub_keys.h"
#include "node/uplink_bundle.h"

enum { ALARM_BUNDLE = 185 };

/* ---- making */

static int begin(struct node *node, const struct json *args,
                 struct bundle_cursor *out, struct error *err)
{
    struct ledger_stream s;
    int64_t after;
    int rc = ledger_stream(node->ledger, &s, &node->up, true);

    if (rc != 0)
        return rc;
    *out = (struct bundle_cursor){.made_ms = node->wall_ms};
    random_bytes(out->bundle.bytes, sizeof out->bundle.bytes);
    out->after[0] = s.acked;
    if (!json_get_i64(args, "after", &after))
        return 0;
    if (after < 0 || (uint64_t)after > s.head.seq)
        return error_set(err, ERR_INVALID,
                         "after: 0 to %llu, which is all that this commune "
                         "has written",
                         (unsigned long long)s.head.seq);
    out->after[0] = (uint64_t)after;
    return 0;
}

static void sign(void *who, struct signed_bytes *out, const char *domain,
                 struct bytes body)
{
    const struct node *node = who;

    node_keys_sign(&node->keys, out, domain, body);
}

/* The key by which the hub is reached: the newest it told of. */
static void hub_curve(struct node *node, uint8_t out[32])
{
    struct hub_way ways[HUB_WAYS];

    memcpy(out, node->keys.hub_curve, 32);
    if (node_hub_keys_ways(node, ways) > 0)
        memcpy(out, ways[0].curve, 32);
}

static int seal(struct node *node, const struct bundle_cursor *at,
                struct bytes frames, struct buf *block)
{
    uint8_t curve[32];
    struct bundle_label label = {.from = node->keys.unit,
                                 .to = node->keys.hub,
                                 .bundle = at->bundle,
                                 .number = at->number,
                                 .last = at->done,
                                 .made_ms = at->made_ms,
                                 .to_curve = curve,
                                 .sign = sign,
                                 .who = node};

    hub_curve(node, curve);
    return parcel_seal(block, &label, frames);
}

int node_bundle_make(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    const struct json *given = json_get(args, "cursor");
    struct bundle_cursor at;
    struct buf frames = {0}, block = {0};
    bool damaged = false;
    int rc = given != NULL ? bundle_cursor_read(&at, given, err)
                           : begin(node, args, &at, err);

    if (rc == 0 &&
        (rc = node_uplink_bundle_make(node, &at, &frames, &damaged)) == 0 &&
        (rc = seal(node, &at, buf_bytes(&frames), &block)) != 0)
        (void)error_set(err, rc, "the hub's key is not one to seal to");
    if (rc == 0) {
        bundle_made_write(out, &at, buf_bytes(&block), damaged);
        json_set_i64(out, "done_to", (int64_t)node_uplink_bundle_reached(&at));
    }
    buf_free(&frames);
    buf_free(&block);
    return rc;
}

/* ---- taking in */

/* The root's word, brought along, is as good as when it comes by the line. */
static int believe(struct node *node, const struct bundle_block *block)
{
    struct buf fact = {0};
    struct change change = {.header = {.kind = KIND_SIGNING_KEY}};
    int rc;

    if (!block->has_signing_key)
        return 0;
    wire_signed_encode(&fact, &block->signing_key);
    change.part[PART_FACT] =
        (struct part){.form = PART_WHOLE, .bytes = buf_bytes(&fact)};
    rc = node_alerts_apply_signing_key(node, &change, NULL);
    buf_free(&fact);
    return db_code_is_world(rc) ? rc : 0;
}

static int check(struct node *node, const struct bundle_block *block,
                 const struct signed_bytes *around, struct bundle_fault *fault)
{
    uint8_t public_key[32];
    int rc;

    if (strcmp(block->to, node->keys.unit) != 0)
        return bundle_fault_set(fault, false, "it is for %s, not for here",
                                block->to);
    if (strcmp(block->from, node->keys.hub) != 0)
        return bundle_fault_set(fault, true,
                                "it is not from this commune's district");
    if ((rc = believe(node, block)) != 0)
        return rc;
    if (node_store_trust(node->store, around->key_id, public_key) != 0)
        return bundle_fault_set(fault, true,
                                "it is signed by a key that the district's "
                                "root did not vouch for");
    if (!parcel_proves(around, public_key))
        return bundle_fault_set(fault, true, "its signature is not good");
    return 0;
}

static int open_box(struct node *node, const struct bundle_block *block,
                    struct buf *frames, struct bundle_fault *fault)
{
    struct seal_key key;
    int rc;

    memcpy(key.public_key, node->keys.curve.public_key, 32);
    memcpy(key.secret, node->keys.curve.secret, 32);
    rc = parcel_open(frames, block, &key, 1);
    mem_wipe(&key, sizeof key);
    if (rc == ERR_MISSING)
        return bundle_fault_set(fault, false,
                                "it is sealed to another machine or an older "
                                "key of this one: let the district make a new "
                                "one");
    return rc == 0 ? 0 : bundle_fault_set(fault, true, "its seal is broken");
}

/* In a savepoint of its own: a block is taken whole or not at all. */
static int take_frames(struct node *node, struct bytes frames, int64_t made_ms,
                       struct bundle_count *count, struct bundle_fault *fault)
{
    struct db *db = node_store_db(node->store);
    struct error why = {""};
    int rc = db_save(db);

    if (rc != 0)
        return rc;
    rc = node_uplink_bundle_take(node, frames, made_ms, count, &why);
    if (rc == 0)
        return db_release(db);
    if (db_code_is_world(rc))
        return rc;
    *count = (struct bundle_count){.fresh = 0};
    if ((rc = db_undo(db)) != 0)
        return rc;
    return bundle_fault_set(fault, true, "%s", why.text);
}

static int take(struct node *node, struct bytes bytes, struct json *out,
                struct bundle_fault *fault)
{
    struct bundle_block block;
    struct signed_bytes around;
    struct bundle_count count = {.fresh = 0};
    struct buf frames = {0};
    struct error why = {""};
    int rc;

    if (wire_bundle_block_decode(&block, &around, bytes, &why) != 0)
        return bundle_fault_set(fault, true, "%s", why.text);
    bundle_block_write(out, &block);
    if ((rc = check(node, &block, &around, fault)) == 0 &&
        (rc = open_box(node, &block, &frames, fault)) == 0)
        rc =
            take_frames(node, buf_bytes(&frames), block.made_ms, &count, fault);
    buf_free(&frames);
    if (rc == 0)
        bundle_count_write(out, &count);
    if (rc == 0 && (count.fresh > 0 || count.moved))
        node_uplink_bundle_taken(node);
    return rc;
}

int node_bundle_take(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    struct bundle_fault fault = {.text = ""};
    struct buf bytes = {0};
    int rc = bundle_block_text(&bytes, args, err);

    if (rc != 0)
        return rc;
    rc = take(node, buf_bytes(&bytes), out, &fault);
    buf_free(&bytes);
    if (rc != BUNDLE_FAULT)
        return rc;
    bundle_fault_write(out, &fault);
    log_warn("bundle.refused", "reason=\"%s\"", fault.text);
    if (fault.hostile)
        node_alarm(node, ALARM_BUNDLE,
                   "a bundle that was brought here was refused: %s. Nothing of "
                   "it was taken; ask who made it",
                   fault.text);
    return 0;
}

int node_bundle_done(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    char text[32];
    const char *name = bundle_done_setting(args);

    json_set_flag(out, "noted", true);
    if (name == NULL)
        return error_set(err, ERR_INVALID, "what: export or import");
    (void)snprintf(text, sizeof text, "%lld", (long long)node->wall_ms);
    return node_store_set(node->store, name, text);
}
