/* node/bundle.c - see bundle.h. */
#include "node/bundle.h"

#include <string.h>

#include "common/bundle/words.h"
#include "common/crypto/random.h"
#include "node/alerts.h"
#include "node/hub_keys.h"
#include "node/uplink_bundle.h"

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

    if (rc == 0)
        rc = bundle_room_read(&at, args, err);
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

static int check(void *who, const struct bundle_block *block,
                 const struct signed_bytes *around, struct bundle_fault *fault)
{
    struct node *node = who;
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

static size_t our_keys(void *who, struct seal_key keys[BUNDLE_KEYS])
{
    const struct node *node = who;

    memcpy(keys[0].public_key, node->keys.curve.public_key, 32);
    memcpy(keys[0].secret, node->keys.curve.secret, 32);
    return 1;
}

/* In a savepoint of its own: a block is taken whole or not at all. */
static int store(void *who, const struct bundle_block *block,
                 struct bytes frames, struct bundle_count *count,
                 struct bundle_fault *fault)
{
    struct node *node = who;
    struct db *db = node_store_db(node->store);
    struct error why = {""};
    bool undone;
    int rc = db_save(db);

    if (rc != 0)
        return rc;
    rc = node_uplink_bundle_take(node, frames, block->made_ms, count, &why);
    rc = db_settle(db, rc, &undone);
    if (rc == 0 && (count->fresh > 0 || count->moved))
        node_uplink_bundle_taken(node);
    if (undone && why.text[0] == '\0') /* it comes again by itself */
        (void)error_set(&why, ERR_DAMAGED,
                        "what it goes on from is damaged here: see `verify`");
    return undone ? bundle_fault_set(fault, true, "%s", why.text) : rc;
}

static void alarm_of(void *who, const char *text)
{
    node_alarm(who, ALARM_BUNDLE, "%s", text);
}

int node_bundle_take(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    struct bundle_taker taker = {
        .who = node,
        .check = check,
        .keys = our_keys,
        .no_key = "it is sealed to another machine or an older key of this "
                  "one: let the district make a new one",
        .store = store,
        .alarm = alarm_of};

    int rc = bundle_take(&taker, args, out, err);

    node_alerts_carried(node);
    return rc;
}

int node_bundle_done(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    struct bundle_done done;
    int rc = bundle_done_read(&done, args, node->wall_ms, err);

    json_set_flag(out, "noted", true);
    return rc != 0 ? rc : node_store_set(node->store, done.setting, done.text);
}
