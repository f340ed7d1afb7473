/* hub/bundle.c - see bundle.h. */
#include "hub/bundle.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/bundle/words.h"
#include "common/crypto/random.h"
#include "hub/exchange_bundle.h"
#include "hub/rotation.h"

enum { ALARM_BUNDLE = 185 };

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

static int check(struct hub *hub, const struct bundle_block *block,
                 const struct signed_bytes *around, const struct node_key **key,
                 struct bundle_fault *fault)
{
    if (strcmp(block->to, hub->keys.home) != 0)
        return bundle_fault_set(fault, false, "it is for %s, not for here",
                                block->to);
    *key = hub_registry_signer(hub->registry, block->from, around->key_id);
    if (*key == NULL)
        return bundle_fault_set(fault, true,
                                "no machine of %s that this hub knows has "
                                "signed it",
                                hub_unit_name(hub, block->from));
    if (!parcel_proves(around, (*key)->sign_public))
        return bundle_fault_set(fault, true, "its signature is not good");
    if ((*key)->state == NODE_REVOKED)
        return bundle_fault_set(fault, true,
                                "the machine of %s that signed it was revoked",
                                hub_unit_name(hub, block->from));
    return 0;
}

static int open_box(struct hub *hub, const struct bundle_block *block,
                    struct buf *frames, struct bundle_fault *fault)
{
    const struct curve_key *curves[2] = {&hub->keys.curve,
                                         hub_rotation_next(hub)};
    struct seal_key keys[2];
    size_t count = 0;
    int rc;

    for (size_t i = 0; i < 2 && curves[i] != NULL; i++, count++) {
        memcpy(keys[i].public_key, curves[i]->public_key, 32);
        memcpy(keys[i].secret, curves[i]->secret, 32);
    }
    rc = parcel_open(frames, block, keys, count);
    mem_wipe(keys, sizeof keys);
    if (rc == ERR_MISSING)
        return bundle_fault_set(fault, false,
                                "it is sealed to a key that this hub no longer "
                                "has: carry a bundle of the hub to the commune "
                                "first, then let it make a new one");
    return rc == 0 ? 0 : bundle_fault_set(fault, true, "its seal is broken");
}

/* In a savepoint of its own: a block is taken whole or not at all. */
static int take_frames(struct hub *hub, const struct node_key *key,
                       struct bytes frames, struct bundle_count *count,
                       struct bundle_fault *fault)
{
    struct db *db = hub_store_db(hub->store);
    struct error why = {""};
    int rc = db_save(db);

    if (rc != 0)
        return rc;
    rc = hub_exchange_bundle_take(hub, key, frames, count, &why);
    if (rc == 0)
        return db_release(db);
    if (db_code_is_world(rc))
        return rc;
    *count = (struct bundle_count){.fresh = 0};
    if ((rc = db_undo(db)) != 0)
        return rc;
    return bundle_fault_set(fault, true, "%s", why.text);
}

static int take(struct hub *hub, struct bytes bytes, struct json *out,
                struct bundle_fault *fault)
{
    struct bundle_block block;
    struct signed_bytes around;
    struct bundle_count count = {.fresh = 0};
    const struct node_key *key = NULL;
    struct buf frames = {0};
    struct error why = {""};
    int rc;

    if (wire_bundle_block_decode(&block, &around, bytes, &why) != 0)
        return bundle_fault_set(fault, true, "%s", why.text);
    bundle_block_write(out, &block);
    json_set_text(out, "unit", hub_unit_name(hub, block.from));
    if ((rc = check(hub, &block, &around, &key, fault)) == 0 &&
        (rc = open_box(hub, &block, &frames, fault)) == 0)
        rc = take_frames(hub, key, buf_bytes(&frames), &count, fault);
    buf_free(&frames);
    if (rc == 0)
        bundle_count_write(out, &count);
    if (rc == 0 && count.fresh > 0)
        hub_exchange_bundle_taken(hub, block.from);
    return rc;
}

int hub_bundle_take(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    struct bundle_fault fault = {.text = ""};
    struct buf bytes = {0};
    int rc = bundle_block_text(&bytes, args, err);

    if (rc != 0)
        return rc;
    rc = take(hub, buf_bytes(&bytes), out, &fault);
    buf_free(&bytes);
    if (rc != BUNDLE_FAULT)
        return rc;
    bundle_fault_write(out, &fault);
    log_warn("bundle.refused", "reason=\"%s\"", fault.text);
    if (fault.hostile)
        hub_alarm(hub, "", ALARM_BUNDLE,
                  "a bundle that was brought here was refused: %s. Nothing of "
                  "it was taken; ask who made it",
                  fault.text);
    return 0;
}

int hub_bundle_done(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    char text[32];
    const char *name = bundle_done_setting(args);

    json_set_flag(out, "noted", true);
    if (name == NULL)
        return error_set(err, ERR_INVALID, "what: export or import");
    (void)snprintf(text, sizeof text, "%lld", (long long)hub->wall_ms);
    return hub_store_set(hub->store, name, text);
}
