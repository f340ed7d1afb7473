/* node/uplink_machine.c - this machine is replaced, is drained, or gets new
 * keys (PROTOCOL 8.6, 8.7). */
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/rotation.h"
#include "node/settings.h"
#include "node/uplink_inside.h"

enum { ALARM_REPLACED = 120, ALARM_KEYS = 122 };

static void set(struct uplink *u, const char *name, const char *value)
{
    if (node_store_set(u->node->store, name, value) != 0)
        u->failed = true;
}

/* ---- replaced */

static void retire(struct uplink *u)
{
    if (u->node->retired)
        return;
    log_warn("machine.replaced", "unit=%s", u->node->keys.unit);
    node_alarm(u->node, ALARM_REPLACED,
               "this machine was replaced by another one: no new reports are "
               "taken here. What only it holds goes to the district now: leave "
               "it on until `status` says that it is drained");
    set(u, "retired", "1");
    set(u, "drained", "0");
    u->node->retired = true;
}

/* While the hub's word about new keys is awaited, being replaced may mean only
 * that it was lost on the way. */
void node_uplink_retired(struct uplink *u)
{
    if (!node_rotation_is_pending(u->node->folder))
        retire(u);
}

void node_uplink_drained(struct uplink *u)
{
    char now[32];

    retire(u);
    (void)snprintf(now, sizeof now, "%lld", (long long)u->node->wall_ms);
    set(u, "drained", now);
    log_info("machine.drained",
             "unit=%s text=\"everything of this machine is "
             "with the district; it can be switched off\"",
             u->node->keys.unit);
    node_alarm(u->node, ALARM_REPLACED,
               "this machine was replaced, and everything of it is with the "
               "district: it can be switched off");
}

/* Welcomed: it is the unit's machine, whatever was said before. */
static void welcomed(struct uplink *u)
{
    struct node *node = u->node;

    if (node->retired) {
        log_info("machine.welcomed", "unit=%s", node->keys.unit);
        set(u, "retired", "0");
    }
    node->retired = false;
    if (node_store_clear_alarms(node->store, ALARM_REPLACED, node->wall_ms) !=
            0 ||
        node_store_clear_alarms(node->store, ALARM_REVOKED, node->wall_ms) != 0)
        u->failed = true;
}

/* ---- new keys */

void node_uplink_rotate(struct uplink *u)
{
    struct sync_message m = {.type = MSG_ROTATE};
    struct error err = {""};
    struct node_keys next;
    struct buf body = {0};

    if (node_rotation_keys(&next, u->node->folder, &u->node->keys, &err) == 0) {
        node_rotation_question(&m.rotate, &body, &u->node->keys, &next);
        (void)node_uplink_put(u, LANE_EXPRESS, &m);
        log_info("keys.asked", "number=%llu",
                 (unsigned long long)u->node->keys.certificate.number);
    } else {
        node_alarm(u->node, ALARM_KEYS,
                   "new keys were ordered and could not be written: %s. The "
                   "present ones stay in use",
                   err.text);
    }
    node_keys_wipe(&next);
    buf_free(&body);
}

/* A certificate for exactly these keys, by a signing key of our hub. */
static bool proves(const struct uplink *u, const struct signed_bytes *blob,
                   struct node_keys *next)
{
    struct certificate *c = &next->certificate;
    uint8_t public_key[32];

    return node_store_trust(u->node->store, blob->key_id, public_key) == 0 &&
           sign_verify(blob->signature, public_key, CERTIFICATE_SIGN_DOMAIN,
                       blob->body) &&
           wire_certificate_decode(c, blob->body) == 0 &&
           strcmp(c->unit, next->unit) == 0 && strcmp(c->hub, next->hub) == 0 &&
           c->number > u->node->keys.certificate.number &&
           memcmp(c->curve_public, next->curve.public_key, 32) == 0 &&
           memcmp(c->sign_public, next->sign.public_key, 32) == 0;
}

static bool take_keys(struct uplink *u, const struct msg_rotated *m,
                      struct error *err)
{
    struct node *node = u->node;
    struct node_keys next;
    struct buf blob = {0};
    int rc = node_rotation_keys(&next, node->folder, &node->keys, err);

    if (rc == 0 && !proves(u, &m->certificate, &next))
        rc = error_set(err, ERR_DAMAGED,
                       "the hub's certificate for the new keys proves nothing");
    wire_signed_encode(&blob, &m->certificate);
    if (rc == 0)
        rc = node_rotation_switch(node->folder, &next, buf_bytes(&blob), err);
    if (rc == 0)
        node->keys = next;
    node_keys_wipe(&next);
    buf_free(&blob);
    return rc == 0;
}

bool node_uplink_rotated(struct uplink *u, const struct msg_rotated *m)
{
    struct error err = {""};

    if (!node_rotation_is_pending(u->node->folder))
        return false;
    if (m->certified && take_keys(u, m, &err)) {
        log_info("keys.changed", "number=%llu",
                 (unsigned long long)u->node->keys.certificate.number);
        u->rekeyed = true;
        return true;
    }
    if (!m->certified)
        node_rotation_forget(u->node->folder);
    node_alarm(u->node, ALARM_KEYS,
               "new keys were asked for and not given: %s. The present ones "
               "stay in use",
               m->certified ? err.text : m->text);
    if (sync_session_state(u->session) == SYNC_DRAINING)
        retire(u);
    return false;
}

/* For `status`, which another process may be asked for. */
static void tell_of_hours(struct uplink *u)
{
    bool waits = sync_session_waits_for_hours(u->session);
    const char *now = waits ? "1" : "0";

    if ((strcmp(node_store_setting(u->node->store, "awaits_hours"), "1") ==
         0) == waits)
        return;
    if (waits)
        log_info("stream.waits", "for=\"the hours of bulk\"");
    if (node_store_set(u->node->store, "awaits_hours", now) != 0)
        u->failed = true;
}

/* After each step: what a conversation that has just begun means. */
void node_uplink_greeted(struct uplink *u)
{
    enum sync_state state = sync_session_state(u->session);
    bool talking =
        state == SYNC_LIVE || state == SYNC_REBASING || state == SYNC_DRAINING;

    tell_of_hours(u);
    if (talking == u->talking)
        return;
    u->talking = talking;
    media_fetch_lost(&u->media);
    if (!talking)
        return;
    if (state != SYNC_DRAINING)
        welcomed(u);
    if (sync_session_minor(u->session) >= 1 &&
        node_rotation_is_pending(u->node->folder))
        node_uplink_rotate(u);
}

uint32_t node_uplink_minor(const struct uplink *uplink)
{
    return sync_session_minor(uplink->session);
}

/* ---- settings */

void node_uplink_settings(struct uplink *u)
{
    struct pace_rule rule = node_settings_rule(u->node);

    u->node->settings_came = false;
    sync_session_set_pace(u->session, &rule);
    log_info("line.settings", "rate=%llu from=%u until=%u",
             (unsigned long long)rule.rate, rule.from, rule.until);
}
