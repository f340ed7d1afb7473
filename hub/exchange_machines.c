/* hub/exchange_machines.c - one conversation per certificate: the unit's
 * present machine is served, a replaced one is drained (PROTOCOL 8.6), a
 * revoked one is cut off. Two machines of a unit may talk at one time. */
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/wire/dictionary.h"
#include "hub/exchange_inside.h"
#include "hub/machines.h"
#include "hub/settings.h"

static const struct hash_function hash_function = {crypto_sha256};

/* ---- sessions */

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct exchange *ex = who;

    return ledger_hash_at(ex->hub->ledger, name, seq, out) == 0;
}

static bool view_has_change(void *who, const struct early_ref *ref)
{
    const struct exchange *ex = who;
    struct change_ref r = sender_ref(ref);

    return ledger_has(ex->hub->ledger, &r);
}

static uint64_t view_early_count(void *who, const char *home)
{
    const struct exchange *ex = who;

    return ledger_early_count(ex->hub->ledger, home);
}

static struct sync_session *make_session(struct exchange *ex,
                                         const struct node_key *key)
{
    struct sync_config config = {
        .role = SYNC_HUB,
        .instance = ex->instance,
        .view = {ex, view_hash_at, view_has_change, view_early_count},
        .hash = &hash_function,
        .vault = true,
        .credit_bulk = CREDIT_BULK_LEAST,
        .ack_timeout_ms = 30000,
        .retiring = key->state == NODE_RETIRING};

    (void)snprintf(config.unit, sizeof config.unit, "%s", key->unit);
    (void)snprintf(config.hub, sizeof config.hub, "%s", ex->hub->keys.home);
    config.dictionaries = wire_dictionaries(&config.dictionary_count);
    return sync_session_new(&config);
}

static void set_pace(struct exchange *ex, struct peer *peer)
{
    struct pace_rule rule = hub_settings_rule(ex->hub, peer->unit);

    sync_session_set_pace(peer->session, &rule);
    hub_exchange_note_due(ex, peer);
}

/* Never more than enrolled certificates. */
struct peer *hub_exchange_need_peer(struct exchange *ex,
                                    const struct node_key *key)
{
    struct peer *peer = hub_exchange_peer(ex, key->unit, key->number);

    if (peer != NULL)
        return peer;
    peer = hub_exchange_add_peer(ex, key->unit);
    peer->number = key->number;
    peer->retiring = key->state == NODE_RETIRING;
    peer->session = make_session(ex, key);
    set_pace(ex, peer);
    return peer;
}

void hub_exchange_look_at_settings(struct exchange *ex)
{
    struct hub_units *units = &ex->hub->set_for;

    if (ex->settings == ex->hub->settings)
        return;
    ex->settings = ex->hub->settings;
    for (size_t i = 0; !units->all && i < units->count; i++)
        for (struct peer *peer = hub_exchange_first(ex, units->keys[i]);
             peer != NULL; peer = hub_exchange_next(ex, peer))
            set_pace(ex, peer);
    for (size_t i = 0; units->all && i < ex->peer_count; i++)
        set_pace(ex, &ex->peers[i]);
    *units = (struct hub_units){0};
}

static const struct node_key *key_of(const struct exchange *ex,
                                     const struct peer *peer)
{
    return hub_registry_number(ex->hub->registry, peer->unit, peer->number);
}

static void end(struct exchange *ex, struct peer *peer)
{
    struct sync_event e = hub_exchange_event(ex, SYNC_LOST);

    if (sync_session_state(peer->session) != SYNC_CLOSED)
        hub_exchange_step(ex, peer, &e);
}

void hub_exchange_look_at_directory(struct exchange *ex)
{
    if (ex->failed || ex->directory == ex->hub->directory)
        return; /* what failed goes back, and the directory with it */
    ex->directory = ex->hub->directory;
    for (size_t i = 0; i < ex->peer_count; i++) {
        struct peer *peer = &ex->peers[i];
        const struct node_key *key = key_of(ex, peer);
        bool retiring = key != NULL && key->state == NODE_RETIRING;

        if (key == NULL || key->state == NODE_REVOKED)
            end(ex, peer);
        if (retiring == peer->retiring)
            continue;
        end(ex, peer);
        sync_session_retire(peer->session, retiring);
        hub_exchange_note_due(ex, peer);
        peer->retiring = retiring;
    }
}

void hub_exchange_cut(struct exchange *exchange, const char *unit)
{
    for (struct peer *peer = hub_exchange_first(exchange, unit); peer != NULL;
         peer = hub_exchange_next(exchange, peer))
        end(exchange, peer);
}

/* ---- draining */

static bool objects_came(const struct exchange *ex, const char *unit)
{
    const struct peer *peer = hub_exchange_first(ex, unit);

    while (peer != NULL && !peer->gave_objects)
        peer = hub_exchange_next(ex, peer);
    return peer != NULL;
}

void hub_exchange_tell_drained(struct exchange *ex)
{
    struct sync_event e = hub_exchange_event(ex, SYNC_HANDED_IN);

    if (!ex->drained_in)
        return;
    for (size_t i = 0; i < ex->peer_count; i++) {
        struct peer *peer = &ex->peers[i];

        e.code = objects_came(ex, peer->unit);
        if (sync_session_state(peer->session) == SYNC_LIVE)
            hub_exchange_step(ex, peer, &e);
    }
    for (size_t i = 0; i < ex->peer_count; i++)
        ex->peers[i].gave_objects = false;
    ex->drained_in = false;
}

/* A disk that says no takes the turn back. */
static void check(struct exchange *ex, int rc, const char *what)
{
    if (rc == 0)
        return;
    log_error("machine.failed", "doing=%s code=%s", what, error_name(rc));
    if (db_code_is_world(rc))
        ex->failed = true;
}

void hub_exchange_heard(struct exchange *ex, const struct peer *peer,
                        const struct sync_action *a, const char *address)
{
    const struct node_key *key = key_of(ex, peer);
    int64_t waiting = -1;

    if (key == NULL)
        return;
    if (a->message->type == MSG_STATUS)
        waiting = (int64_t)a->message->status.backlog.records;
    check(ex, hub_machines_heard(ex->hub, key, address, waiting), "drain");
}

void hub_exchange_drained(struct exchange *ex, const struct peer *peer,
                          const struct sync_action *a)
{
    const struct node_key *key = key_of(ex, peer);

    if (key == NULL)
        return;
    if (a->code != 0)
        hub_machines_keeps_words(ex->hub, key, a->code);
    else
        check(ex, hub_machines_drained(ex->hub, key, a->bytes), "drained");
}

/* ---- new keys */

void hub_exchange_order_rotation(struct exchange *ex, const struct peer *peer)
{
    const struct node_key *key = key_of(ex, peer);
    struct sync_message order = {.type = MSG_ROTATE};

    if (key != NULL && sync_session_state(peer->session) == SYNC_LIVE &&
        sync_session_minor(peer->session) >= 1 &&
        hub_machines_rotation_is_due(ex->hub, key))
        (void)hub_exchange_put(ex, peer, LANE_EXPRESS,
                               sync_session_route(peer->session), &order);
}

enum hub_exchange_order hub_exchange_rotate(struct exchange *exchange,
                                            const struct node_key *key)
{
    const struct peer *peer =
        hub_exchange_peer(exchange, key->unit, key->number);

    if (peer == NULL || sync_session_state(peer->session) != SYNC_LIVE)
        return ORDER_WAITS;
    if (sync_session_minor(peer->session) < 1)
        return ORDER_TOO_OLD;
    hub_exchange_order_rotation(exchange, peer);
    return ORDER_SAID;
}

void hub_exchange_certify(struct exchange *ex, const struct peer *peer,
                          const struct msg_rotate *rotate, const char *address)
{
    const struct node_key *key = key_of(ex, peer);
    struct sync_message m = {.type = MSG_ROTATED};
    struct buf certificate = {0};

    if (key == NULL)
        return;
    check(ex,
          hub_machines_certify(ex->hub, key, rotate,
                               address == NULL ? "?" : address, &certificate,
                               m.rotated.text),
          "rotate");
    if (certificate.size > 0 &&
        wire_signed_decode(&m.rotated.certificate, buf_bytes(&certificate)) ==
            0)
        m.rotated.certified = true;
    else
        log_warn("rotate.refused", "unit=%s number=%llu reason=\"%s\"",
                 hub_unit_name(ex->hub, peer->unit),
                 (unsigned long long)peer->number, m.rotated.text);
    (void)hub_exchange_put(ex, peer, LANE_EXPRESS,
                           sync_session_route(peer->session), &m);
    buf_free(&certificate);
}
