/* hub/bundle.c - see bundle.h. */
#include "hub/bundle.h"

#include <string.h>

#include "common/bundle/words.h"
#include "common/crypto/random.h"
#include "hub/exchange_bundle.h"
#include "hub/rotation.h"

/* ---- making */

static void sign(void *who, struct signed_bytes *out, const char *domain,
                 struct bytes body)
{
    const struct hub *hub = who;

    hub_keys_sign(&hub->keys, out, domain, body);
}

static int find_machine(struct hub *hub, const struct json *args,
                        const struct node_key **out, struct error *err)
{
    const char *word = json_get_text(args, "unit");
    const struct unit *unit =
        word == NULL ? NULL : roster_find(&hub->roster, word);

    if (unit == NULL)
        return error_set(err, ERR_MISSING, "no unit \"%s\" in the roster",
                         word == NULL ? "" : word);
    *out = hub_registry_unit(hub->registry, unit->key);
    if (*out == NULL || (*out)->state != NODE_ENROLLED)
        return error_set(err, ERR_REFUSED,
                         "%s has no machine that a bundle could be for",
                         unit->slug);
    return 0;
}

static int seal(struct hub *hub, const struct node_key *to,
                const struct bundle_cursor *at, struct bytes frames,
                struct buf *block)
{
    struct signed_bytes proof;
    struct bundle_label label = {.from = hub->keys.home,
                                 .to = to->unit,
                                 .bundle = at->bundle,
                                 .number = at->number,
                                 .last = at->done,
                                 .made_ms = at->made_ms,
                                 .to_curve = to->curve_public,
                                 .sign = sign,
                                 .who = hub};

    if (wire_signed_decode(&proof, buf_bytes(&hub->keys.signing_key)) == 0)
        label.signing_key = &proof;
    return parcel_seal(block, &label, frames);
}

int hub_bundle_make(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    const struct json *given = json_get(args, "cursor");
    struct bundle_cursor at = {.made_ms = hub->wall_ms};
    struct exchange_bundle order = {.whole = json_get_flag(args, "whole")};
    struct buf frames = {0}, block = {0};
    const struct node_key *to = NULL;
    int rc = find_machine(hub, args, &to, err);

    if (rc != 0)
        return rc;
    order.unit = to->unit;
    random_bytes(at.bundle.bytes, sizeof at.bundle.bytes);
    if (given != NULL)
        rc = bundle_cursor_read(&at, given, err);
    if (rc == 0)
        rc = bundle_room_read(&at, args, err);
    if (rc == 0 &&
        (rc = hub_exchange_bundle_make(hub, &order, &at, &frames)) == 0 &&
        (rc = seal(hub, to, &at, buf_bytes(&frames), &block)) != 0)
        (void)error_set(err, rc, "the node's key is not one to seal to");
    if (rc == 0)
        bundle_made_write(out, &at, buf_bytes(&block), order.damaged);
    buf_free(&frames);
    buf_free(&block);
    return rc;
}

/* ---- taking in */

struct taking {
    struct hub *hub;
    struct json *out;
    const struct node_key *key; /* its certificate, once it is checked */
};

static int check(void *who, const struct bundle_block *block,
                 const struct signed_bytes *around, struct bundle_fault *fault)
{
    struct taking *t = who;
    struct hub *hub = t->hub;
    const char *name = hub_unit_name(hub, block->from);
    const struct node_key *key;

    json_set_text(t->out, "unit", name);
    if (strcmp(block->to, hub->keys.home) != 0)
        return bundle_fault_set(fault, false, "it is for %s, not for here",
                                block->to);
    t->key = key =
        hub_registry_signer(hub->registry, block->from, around->key_id);
    if (key == NULL)
        return bundle_fault_set(fault, true,
                                "no machine of %s that this hub knows has "
                                "signed it",
                                name);
    if (!parcel_proves(around, key->sign_public))
        return bundle_fault_set(fault, true, "its signature is not good");
    if (key->state == NODE_REVOKED)
        return bundle_fault_set(
            fault, true, "the machine of %s that signed it was revoked", name);
    return 0;
}

static size_t our_keys(void *who, struct seal_key keys[BUNDLE_KEYS])
{
    const struct taking *t = who;
    const struct curve_key *curves[BUNDLE_KEYS] = {&t->hub->keys.curve,
                                                   hub_rotation_next(t->hub)};
    size_t count = 0;

    for (; count < BUNDLE_KEYS && curves[count] != NULL; count++) {
        memcpy(keys[count].public_key, curves[count]->public_key, 32);
        memcpy(keys[count].secret, curves[count]->secret, 32);
    }
    return count;
}

/* In a savepoint of its own: a block is taken whole or not at all. */
static int store(void *who, const struct bundle_block *block,
                 struct bytes frames, struct bundle_count *count,
                 struct bundle_fault *fault)
{
    struct taking *t = who;
    struct db *db = hub_store_db(t->hub->store);
    struct error why = {""};
    bool undone;
    int rc = db_save(db);

    if (rc != 0)
        return rc;
    rc = hub_exchange_bundle_take(t->hub, t->key, frames, block->made_ms, count,
                                  &why);
    rc = db_settle(db, rc, &undone);
    if (undone)
        hub_undone(t->hub);
    if (rc == 0 && count->fresh > 0)
        hub_exchange_bundle_taken(t->hub, block->from);
    if (undone && why.text[0] == '\0') /* it comes again by itself */
        (void)error_set(&why, ERR_DAMAGED,
                        "what it goes on from is damaged here: see `verify`");
    return undone ? bundle_fault_set(fault, true, "%s", why.text) : rc;
}

static void alarm_of(void *who, const char *text)
{
    const struct taking *t = who;

    hub_alarm(t->hub, "", ALARM_BUNDLE, "%s", text);
}

int hub_bundle_take(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    struct taking t = {.hub = hub, .out = out};
    struct bundle_taker taker = {
        .who = &t,
        .check = check,
        .keys = our_keys,
        .no_key = "it is sealed to a key that this hub no longer has: carry a "
                  "bundle of the hub to the commune first, then let it make a "
                  "new one",
        .store = store,
        .alarm = alarm_of};

    return bundle_take(&taker, args, out, err);
}

int hub_bundle_done(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    struct bundle_done done;
    int rc = bundle_done_read(&done, args, hub->wall_ms, err);

    json_set_flag(out, "noted", true);
    return rc != 0 ? rc : hub_store_set(hub->store, done.setting, done.text);
}
