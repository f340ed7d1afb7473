/* hub/exchange.c - what the sessions decide, done. What came is stored by
 * exchange_store.c. */
#include "hub/exchange.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/alerts.h"
#include "hub/exchange_bundle.h"
#include "hub/exchange_inside.h"
#include "hub/machines.h"
#include "hub/rotation.h"

enum { EPOCH_PAUSE_MS = 60000 };

struct exchange *hub_exchange_new(struct hub *hub, struct net_server *server)
{
    struct exchange *ex = mem_new(sizeof *ex);

    ex->hub = hub;
    ex->server = server;
    ex->instance = random_id(hub->wall_ms);
    ex->sender = sender_new(hub->ledger);
    ex->epoch_ms = INT64_MIN / 2;
    ex->refusals_ms = INT64_MAX;
    return ex;
}

void hub_exchange_free(struct exchange **exchange)
{
    struct exchange *ex = *exchange;

    if (ex == NULL)
        return;
    for (size_t i = 0; i < ex->peer_count; i++) {
        sync_session_free(&ex->peers[i].session);
        media_fetch_close(&ex->peers[i].media);
    }
    mem_free(&ex->peers);
    hub_exchange_free_crowd(ex);
    mem_free(&ex->frames);
    buf_free(&ex->bytes);
    buf_free(&ex->piece);
    buf_free(&ex->head);
    sender_free(&ex->sender);
    receiver_free(&ex->receiver);
    sync_actions_free(&ex->actions);
    mem_free(exchange);
}

/* ---- frames that wait for the commit */

struct sync_route hub_exchange_route(const struct net_route *route)
{
    struct sync_route r = {{0}};

    r.bytes[0] = route->size;
    r.bytes[1] = route->set;
    memcpy(r.bytes + 2, route->bytes, sizeof route->bytes);
    return r;
}

static struct net_route to_net_route(const struct sync_route *route)
{
    struct net_route r;

    r.size = route->bytes[0];
    r.set = route->bytes[1];
    memcpy(r.bytes, route->bytes + 2, sizeof r.bytes);
    return r;
}

size_t hub_exchange_put(struct exchange *ex, const struct peer *peer,
                        enum lane lane, const struct sync_route *route,
                        const struct sync_message *message)
{
    struct error err = {""};
    struct frame *frame;
    struct bytes bytes;

    if (sender_encode(ex->hub->codec, peer->session, ex->hub->keys.home, &bytes,
                      message, &err) != 0) {
        log_error("frame.encode", "unit=%s type=%d reason=\"%s\"", peer->unit,
                  (int)message->type, err.text);
        return 0;
    }
    if (ex->frame_count == ex->frame_room) {
        ex->frame_room = ex->frame_room == 0 ? 64 : ex->frame_room * 2;
        ex->frames = mem_grow(ex->frames, ex->frame_room, sizeof *ex->frames);
    }
    frame = &ex->frames[ex->frame_count++];
    frame->lane = lane == LANE_EXPRESS ? NET_EXPRESS : NET_BULK;
    frame->route = to_net_route(route);
    frame->peer = (size_t)(peer - ex->peers);
    frame->offset = ex->bytes.size;
    frame->size = bytes.size;
    buf_add_bytes(&ex->bytes, bytes);
    return bytes.size;
}

/* ---- actions */

static void remember(struct exchange *ex, struct peer *peer,
                     const struct sync_action *a, const char *address)
{
    struct contact c = {.last_seen_ms = ex->hub->wall_ms, .address = ""};
    struct contact old;
    char software[LIMIT_TEXT] = "";

    if (peer->retiring) {
        hub_exchange_heard(ex, peer, a, address);
        return;
    }
    (void)snprintf(c.unit, sizeof c.unit, "%s", peer->unit);
    if (hub_store_contact(ex->hub->store, peer->unit, &old) == 0)
        (void)snprintf(software, sizeof software, "%s", old.software);
    c.software = software;
    if (a->message != NULL && a->message->type == MSG_HELLO) {
        const struct msg_hello *hello = &a->message->hello;

        peer->greeted = true;
        hub_exchange_media_greeted(ex, peer, &hello->instance);
        peer->refusals = (struct refusals){0};
        peer->listed = false;
        if (hub_rotation_seen(ex->hub, peer->unit, peer->second) != 0 ||
            hub_exchange_bundle_heard(ex->hub, peer->unit, hello) != 0)
            ex->failed = true;
        peer->announced = hello->claims[0].samples[0].seq;
        c.software = a->message->hello.software;
        c.clock_offset_ms = a->message->hello.clock_ms - ex->hub->wall_ms;
        hub_exchange_order_rotation(ex, peer);
        c.backlog = a->message->hello.backlog;
    } else if (a->message != NULL && a->message->type == MSG_STATUS) {
        peer->announced = a->message->status.head;
        c.clock_offset_ms = a->message->status.clock_ms - ex->hub->wall_ms;
        c.backlog = a->message->status.backlog;
    } else {
        return;
    }
    c.head = peer->announced;
    if (address != NULL)
        c.address = address;
    if (hub_store_put_contact(ex->hub->store, &c) != 0)
        ex->failed = true;
}

/* Where the frames of one action go (struct sender_host). */
struct outlet {
    struct exchange *ex;
    const struct peer *peer;
    const struct sync_route *route;
};

static size_t outlet_put(void *who, enum lane lane,
                         const struct sync_message *m)
{
    const struct outlet *o = who;

    return hub_exchange_put(o->ex, o->peer, lane, o->route, m);
}

static void outlet_sign(void *who, struct signed_bytes *out, const char *domain,
                        struct bytes body)
{
    const struct outlet *o = who;
    struct exchange *ex = o->ex;

    if (strcmp(domain, HEAD_SIGN_DOMAIN) != 0) {
        hub_keys_sign(&ex->hub->keys, out, domain, body);
        return;
    }
    if (!bytes_equal(buf_bytes(&ex->head), body) ||
        memcmp(ex->signed_head.key_id, ex->hub->keys.sign_id,
               sizeof ex->signed_head.key_id) != 0) {
        hub_keys_sign(&ex->hub->keys, &ex->signed_head, domain, body);
        buf_clear(&ex->head);
        buf_add_bytes(&ex->head, body);
    }
    *out = ex->signed_head;
    out->body = body;
}

static void outlet_sent_early(void *who, const struct change *change)
{
    const struct outlet *o = who;

    if (change->header.kind == KIND_ALERT &&
        hub_alerts_sent(o->ex->hub, change, o->peer->unit) != 0)
        o->ex->failed = true;
}

static void follow(struct follow_ups *f, const struct sync_event *event)
{
    if (f->count < FOLLOW_UPS)
        f->events[f->count++] = *event;
}

struct beyond {
    const char *channel;
    uint64_t after;
    bool found;
};

static int see_incarnation(void *who, const struct record_row *row,
                           const struct entry *entry)
{
    struct beyond *b = who;
    struct incarnation i;

    (void)row;
    if (entry == NULL || entry->seq <= b->after ||
        wire_incarnation_decode(&i, entry->change.part[PART_FACT].bytes,
                                NULL) != 0 ||
        strcmp(i.channel, b->channel) != 0)
        return 0;
    b->found = true;
    return 1;
}

/* Once per finding: an incarnation beyond the common position answers it for
 * every node that shows the same. And not often in `all`: a machine that claims
 * what never was must not fill the channel that everybody holds. */
static void new_epoch(struct exchange *ex, const struct sync_action *a)
{
    struct beyond b = {a->name.channel, a->seq, false};
    struct error err = {""};
    int rc;

    (void)ledger_records(ex->hub->ledger, KIND_INCARNATION, ex->hub->keys.home,
                         see_incarnation, &b);
    if (b.found)
        return;
    if (stream_name_equal(&a->name, &ex->hub->all)) {
        if (ex->hub->mono_ms - ex->epoch_ms < EPOCH_PAUSE_MS)
            return;
        ex->epoch_ms = ex->hub->mono_ms;
    }
    rc = hub_new_epoch(ex->hub, &a->name, &err);
    if (rc != 0) {
        log_error("epoch.failed", "channel=%s reason=\"%s\"", a->name.channel,
                  err.text);
        ex->failed = true;
    }
}

static void judge_manners(struct exchange *ex, struct peer *peer, int code,
                          bool early)
{
    int points = hub_exchange_stored_points(code, early);

    if (points > 0)
        hub_exchange_strike(ex, peer, points);
}

/* What the node says of itself. */
static void hear_of(struct exchange *ex, struct peer *peer,
                    const struct sync_action *a, const struct sync_event *cause)
{
    const struct sync_message *m = cause->message;

    if (m != NULL && m->type == MSG_REFUSALS)
        hub_exchange_take_refusals(ex, peer, &m->refusals);
    else
        remember(ex, peer, a, cause->address);
    if (m != NULL && m->type == MSG_HELLO)
        hub_exchange_prove(ex, peer, &a->route);
}

/* `next` says what became of it. */
static void store(struct exchange *ex, struct peer *peer,
                  const struct sync_action *a, const struct sync_message *m,
                  struct sync_event *next)
{
    bool early = a->type == SYNC_STORE_EARLY;

    next->type = SYNC_STORED;
    next->code =
        early ? hub_exchange_store_early(ex, peer, &m->early)
              : hub_exchange_store_batch(ex, peer, &m->batch, &next->seq);
    judge_manners(ex, peer, next->code, early);
    if (next->code != NAK_NONE)
        return;
    if (!early)
        peer->stored = next->seq;
    else if (peer->retiring)
        ex->drained_in = true;
}

/* Our time, by which alerts expire. */
static void sign_beacon(struct hub *hub, struct sync_message *m,
                        struct buf *body)
{
    struct beacon beacon = {.clock_ms = hub->wall_ms,
                            .epoch = hub->epoch,
                            .number = hub_alerts_latest(hub)};

    (void)snprintf(beacon.hub, sizeof beacon.hub, "%s", hub->keys.home);
    wire_beacon_encode(body, &beacon);
    hub_keys_sign(&hub->keys, &m->beacon.beacon, BEACON_SIGN_DOMAIN,
                  buf_bytes(body));
}

/* What it is sent next may be an alert that waited, and its clock may be wrong:
 * it hears our time first. */
static void welcome(struct exchange *ex, const struct peer *peer,
                    const struct sync_action *a)
{
    struct sync_message m = {.type = MSG_BEACON};
    struct buf body = {0};

    (void)hub_exchange_put(ex, peer, a->lane, &a->route, a->message);
    sign_beacon(ex->hub, &m, &body);
    (void)hub_exchange_put(ex, peer, LANE_EXPRESS, &a->route, &m);
    buf_free(&body);
}

/* Does one action; `cause` is the event whose step decided it. */
static void act(struct exchange *ex, struct peer *peer,
                const struct sync_action *a, const struct sync_event *cause,
                struct follow_ups *f)
{
    struct sync_event next = {.now_ms = ex->hub->mono_ms,
                              .wall_ms = ex->hub->wall_ms,
                              .type = SYNC_SENT,
                              .lane = LANE_EXPRESS,
                              .name = a->name,
                              .seq = a->seq};
    const struct sync_message *m = cause->message;
    struct outlet outlet = {ex, peer, &a->route};
    struct sender_host host = {.who = &outlet,
                               .put = outlet_put,
                               .sign = outlet_sign,
                               .sent_early = outlet_sent_early,
                               .home = peer->unit,
                               .other = ex->hub->keys.home};

    switch (a->type) {
    case SYNC_SEND:
        if (a->message->type == MSG_WELCOME)
            welcome(ex, peer, a);
        else
            (void)hub_exchange_put(ex, peer, a->lane, &a->route, a->message);
        return;
    case SYNC_PUSH:
        next.lane = LANE_BULK;
        sender_push(ex->sender, &host, a, ex->hub->wall_ms, &next);
        follow(f, &next);
        return;
    case SYNC_EXPEDITE:
        sender_expedite(ex->sender, &host, a, &next);
        follow(f, &next);
        return;
    case SYNC_LIST_EARLY:
        sender_list_early(ex->sender, &host, a, &peer->named);
        return;
    case SYNC_HAND_BACK:
        sender_hand_back(ex->sender, &host, a, &next);
        follow(f, &next);
        return;
    case SYNC_STORE:
    case SYNC_STORE_EARLY:
        store(ex, peer, a, m, &next);
        follow(f, &next);
        return;
    case SYNC_PUSH_VAULT:
    case SYNC_GIVE_VAULT:
    case SYNC_STORE_VAULT:
    case SYNC_WANT_VAULT:
        hub_exchange_act_vault(ex, peer, a, m, &next);
        follow(f, &next);
        return;
    case SYNC_GIVE_MEDIA:
        hub_exchange_act_media(ex, peer, a, m, &next);
        follow(f, &next);
        return;
    case SYNC_STORE_MEDIA:
        hub_exchange_act_media(ex, peer, a, m, NULL);
        return;
    case SYNC_NEW_EPOCH:
        new_epoch(ex, a);
        return;
    case SYNC_ALARM:
        hub_exchange_alarm(ex, peer, a);
        return;
    case SYNC_PEER:
        hear_of(ex, peer, a, cause);
        return;
    case SYNC_DRAINED:
        hub_exchange_drained(ex, peer, a);
        return;
    case SYNC_ROTATE:
        hub_exchange_certify(ex, peer, &m->rotate, cause->address);
        return;
    case SYNC_ACKED: /* a node's copies are asked for at its next hello */
    case SYNC_EARLY_ACKED:
    case SYNC_EXPEDITE_AGAIN:
    case SYNC_REBASE_BEGIN:
    case SYNC_REBASE_STORE:
    case SYNC_REBASE_FINISH:
    case SYNC_DETACH:
    case SYNC_LIST_OWN:
    case SYNC_RETIRED:
    case SYNC_ROTATED:
    case SYNC_VAULTED:
    case SYNC_VAULT_PULLED:
    case SYNC_VAULT_WHOLE:
    case SYNC_DIAL_BULK:
    case SYNC_DROP_BULK:
    case SYNC_DROP:
        return;
    }
}

/* One event and everything that follows from it. */
void hub_exchange_step(struct exchange *ex, struct peer *peer,
                       const struct sync_event *event)
{
    struct follow_ups *f = &ex->follow_ups;
    struct sync_actions *actions = &ex->actions;
    size_t done = 0;

    hub_exchange_touch(ex, peer);
    f->count = 0;
    follow(f, event);
    while (done < f->count && !ex->failed) {
        struct sync_event now = f->events[done++];

        sync_actions_clear(actions);
        if (sync_session_step(peer->session, &now, actions) != 0) {
            log_warn("peer.refused", "unit=%s",
                     hub_unit_name(ex->hub, peer->unit));
            hub_exchange_strike(ex, peer, STRIKE);
        }
        for (size_t i = 0; i < actions->count && !ex->failed; i++)
            act(ex, peer, &actions->items[i], &now, f);
        if (done == f->count)
            f->count = done = 0;
    }
    hub_exchange_note_due(ex, peer);
}

struct sync_event hub_exchange_event(const struct exchange *ex,
                                     enum sync_event_type type)
{
    struct sync_event e = {
        .now_ms = ex->hub->mono_ms, .wall_ms = ex->hub->wall_ms, .type = type};

    random_salt(e.random.bytes); /* of each of thousands of events */
    return e;
}

/* ---- what the hub calls */

/* Our side of the streams, for a hello. */
static void local_side(struct exchange *ex, const char *unit,
                       struct stream_claim claims[3], struct sync_local *out)
{
    struct stream_name names[3] = {stream_name_make(unit, STREAM_UP),
                                   ex->hub->all,
                                   hub_unit_channel(ex->hub, unit)};

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < 3; i++) {
        struct ledger_stream s;

        if (ledger_stream(ex->hub->ledger, &s, &names[i], i > 0) == 0 &&
            ledger_claim(ex->hub->ledger, &names[i], &claims[i]) == 0)
            out->claim_count++;
        else
            ex->failed = true;
    }
    out->claims = claims;
    out->vaulted = hub_exchange_vaulted(ex, unit);
    out->vault_lacks = hub_exchange_lacks(ex, unit);
}

static void hear(struct exchange *ex, struct peer *peer,
                 const struct net_message *message,
                 const struct sync_message *decoded)
{
    struct stream_claim claims[3];
    struct sync_local local;
    struct sync_route route = hub_exchange_route(&message->route);
    struct sync_event e = hub_exchange_event(ex, SYNC_RECEIVED);

    if (decoded->type == MSG_EARLY_LIST && decoded->early_list.last)
        peer->listed = true;
    e.lane = message->lane == NET_EXPRESS ? LANE_EXPRESS : LANE_BULK;
    e.bytes = message->bytes.size;
    e.message = decoded;
    e.route = &route;
    e.address = message->peer;
    if (decoded->type == MSG_HELLO) {
        local_side(ex, peer->unit, claims, &local);
        e.local = &local;
    }
    hub_exchange_step(ex, peer, &e);
}

/* Knows the sender, judges what he sends. */
static void receive_from(struct exchange *ex, const struct node_key *key,
                         const struct net_message *message)
{
    struct peer *peer = hub_exchange_need_peer(ex, key);
    struct sync_event lost = hub_exchange_event(ex, SYNC_LOST);
    struct sync_message decoded;
    struct error err = {""};

    if (hub_exchange_is_muted(ex, peer))
        return;
    peer->second = message->second;
    if (wire_decode(ex->hub->codec, &decoded, message->bytes, &err) != 0) {
        hub_alarm(ex->hub, key->unit, 103,
                  "%s sends frames that cannot be read (%s): ignored",
                  hub_unit_name(ex->hub, key->unit), err.text);
        hub_exchange_strike(ex, peer, STRIKE);
    } else if (key->state == NODE_RETIRING && decoded.type == MSG_HELLO &&
               decoded.hello.minor_max < 1) {
        hub_machines_too_old(ex->hub, key, message->peer);
    } else {
        hear(ex, peer, message, &decoded);
    }
    if (hub_exchange_is_muted(ex, peer))
        hub_exchange_step(ex, peer, &lost);
}

/* An alert is marked as sent in the turn that commits, before its frame can
 * leave: the people who would phone must not be told what was not. Before
 * anything of the next turn, in which the machine may be back and be sent it.
 */
static void unmark_unsent(struct exchange *ex)
{
    for (size_t i = 0; ex->unsent && !ex->unmarked && i < ex->peer_count; i++) {
        const struct peer *peer = &ex->peers[i];

        if (peer->unsent_ms != 0 &&
            hub_store_alerts_unsent(ex->hub->store, peer->unit,
                                    peer->unsent_ms) != 0)
            ex->failed = true;
    }
    ex->unmarked = true;
}

/* It is on the disk: what was not sent before is forgotten. */
static void forget_unsent(struct exchange *ex)
{
    for (size_t i = 0; ex->unsent && ex->unmarked && i < ex->peer_count; i++)
        ex->peers[i].unsent_ms = 0;
    ex->unsent = ex->unsent && !ex->unmarked;
    ex->unmarked = false;
}

void hub_exchange_receive(struct exchange *exchange,
                          const struct net_message *message)
{
    const struct node_key *key =
        hub_registry_find(exchange->hub->registry, message->key);

    unmark_unsent(exchange);
    if (key == NULL || key->state == NODE_REVOKED)
        return; /* checked per message: a live connection outlives ZAP's no */
    hub_exchange_look_at_directory(exchange);
    hub_exchange_look_at_settings(exchange);
    receive_from(exchange, key, message);
}

void hub_exchange_tick(struct exchange *exchange)
{
    uint32_t *due = exchange->crowd.due;
    struct peer *peer;
    size_t count = 0;

    unmark_unsent(exchange);
    hub_exchange_look_at_settings(exchange);
    while ((peer = hub_exchange_take_due(exchange)) != NULL)
        due[count++] = (uint32_t)(peer - exchange->peers);
    for (size_t i = 0; i < count; i++) {
        struct sync_event e = hub_exchange_event(exchange, SYNC_TICK);

        hub_exchange_step(exchange, &exchange->peers[due[i]], &e);
    }
}

static void forget_frames(struct exchange *ex)
{
    ex->frame_count = 0;
    buf_clear(&ex->bytes);
}

/* A frame that cannot leave: the machine is gone (express), or has closed its
 * idle bulk line, and is told on express that there is something. */
static void unsent(struct exchange *ex, const struct frame *f)
{
    struct peer *peer = &ex->peers[f->peer];
    struct sync_route route = hub_exchange_route(&f->route);
    struct sync_event e = hub_exchange_event(ex, SYNC_BULK_LOST);

    if (sync_session_state(peer->session) == SYNC_CLOSED)
        return;
    if (f->lane == NET_EXPRESS) {
        if (memcmp(sync_session_route(peer->session), &route, sizeof route) !=
            0)
            return;
        e.type = SYNC_LOST;
        if (peer->unsent_ms == 0)
            peer->unsent_ms = ex->hub->wall_ms;
        ex->unsent = true;
    }
    hub_exchange_step(ex, peer, &e);
}

/* Frames that a failure adds are sent in the same go; those of a lost session
 * go nowhere and add nothing. */
static void flush_lane(struct exchange *ex, enum net_lane lane, size_t from)
{
    for (size_t i = from; i < ex->frame_count; i++) {
        const struct frame f = ex->frames[i];

        if (f.lane == lane &&
            net_server_send(ex->server, f.lane, &f.route,
                            bytes_of(ex->bytes.data + f.offset, f.size)) != 0)
            unsent(ex, &f);
    }
}

/* What is urgent leaves to everybody before what is not leaves to anybody. */
static void flush(struct exchange *ex)
{
    size_t said;

    flush_lane(ex, NET_EXPRESS, 0);
    said = ex->frame_count;
    flush_lane(ex, NET_BULK, 0);
    flush_lane(ex, NET_EXPRESS, said);
    forget_frames(ex);
}

/* For measuring: when a node's stream was durable here. */
static void tell_progress(struct exchange *ex, struct peer *peer)
{
    const char *unit = hub_unit_name(ex->hub, peer->unit);

    if (peer->greeted)
        log_debug("node.online", "unit=%s mono_us=%lld", unit,
                  (long long)clock_mono_us());
    if (peer->stored != 0 && peer->stored >= peer->announced)
        log_debug("node.caught_up", "unit=%s seq=%llu mono_us=%lld", unit,
                  (unsigned long long)peer->stored, (long long)clock_mono_us());
    peer->greeted = false;
    peer->stored = 0;
}

/* What we cannot use of his, said after it is on the disk. */
static void tell_refusals(struct exchange *ex, struct peer *peer)
{
    struct outlet outlet = {ex, peer, sync_session_route(peer->session)};
    struct sender_host host = {.who = &outlet, .put = outlet_put};
    int64_t at;

    refusals_tell(&peer->refusals, ex->hub->ledger, peer->session, peer->unit,
                  ex->hub->mono_ms, &host);
    at = refusals_deadline(&peer->refusals, ex->hub->ledger);
    if (at < ex->refusals_ms)
        ex->refusals_ms = at;
}

/* Everybody, when quarantine has changed since they were told, or a pause of
 * somebody is over; else those that spoke. */
static void tell_all_refusals(struct exchange *ex)
{
    uint64_t change = ledger_quarantine_change(ex->hub->ledger);
    const struct crowd *c = &ex->crowd;

    if (change == ex->refusals_of && ex->hub->mono_ms < ex->refusals_ms) {
        for (size_t i = 0; i < c->touched_count; i++)
            tell_refusals(ex, &ex->peers[c->touched[i]]);
        return;
    }
    ex->refusals_of = change;
    ex->refusals_ms = INT64_MAX;
    for (size_t i = 0; i < ex->peer_count; i++)
        tell_refusals(ex, &ex->peers[i]);
}

void hub_exchange_committed(struct exchange *exchange)
{
    const struct crowd *c = &exchange->crowd;

    hub_exchange_count(exchange);
    forget_unsent(exchange);
    for (size_t i = 0; i < c->touched_count; i++) {
        struct peer *peer = &exchange->peers[c->touched[i]];
        struct sync_event e = hub_exchange_event(exchange, SYNC_COMMITTED);

        tell_progress(exchange, peer);
        hub_exchange_share(exchange, peer);
        hub_exchange_step(exchange, peer, &e);
    }
    tell_all_refusals(exchange);
    hub_exchange_untouch(exchange);
    hub_exchange_ask_again(exchange);
    flush(exchange);
    hub_exchange_untouch(exchange);
}

void hub_exchange_failed(struct exchange *exchange)
{
    forget_frames(exchange);
    exchange->failed = false;
    exchange->unmarked = false; /* that went back as well */
    exchange->drained_in = false;
    exchange->epoch_ms = INT64_MIN / 2; /* its incarnation went back as well */
    for (size_t i = 0; i < exchange->peer_count; i++) {
        struct peer *peer = &exchange->peers[i];
        struct sync_event e = hub_exchange_event(exchange, SYNC_LOST);

        peer->gave_objects = false;
        media_fetch_lost(&peer->media); /* its rows went back */
        memset(&peer->media_of, 0, sizeof peer->media_of);
        if (peer->touched)
            hub_exchange_step(exchange, peer, &e);
    }
    exchange->media_ms = INT64_MIN;
    hub_exchange_untouch(exchange);
    flush(exchange); /* "say hello again": acknowledges nothing */
}

void hub_exchange_restart(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->peer_count; i++)
        hub_exchange_touch(exchange, &exchange->peers[i]);
    hub_exchange_failed(exchange);
}

bool hub_exchange_has_failed(const struct exchange *exchange)
{
    return exchange->failed;
}

/* ---- beacon, goodbye, looking */

static void tell_all(struct exchange *ex, const struct sync_message *m)
{
    for (size_t i = 0; i < ex->peer_count; i++)
        if (sync_session_state(ex->peers[i].session) == SYNC_LIVE)
            (void)hub_exchange_put(ex, &ex->peers[i], LANE_EXPRESS,
                                   sync_session_route(ex->peers[i].session), m);
}

void hub_exchange_beacon(struct exchange *exchange)
{
    struct sync_message m = {.type = MSG_BEACON};
    struct buf body = {0};

    sign_beacon(exchange->hub, &m, &body);
    tell_all(exchange, &m);
    buf_free(&body);
    wire_codec_rest(exchange->hub->codec); /* who compresses takes it again */
}

void hub_exchange_goodbye(struct exchange *exchange)
{
    struct sync_message m = {.type = MSG_BYE};

    m.bye.code = BYE_STOPPING;
    tell_all(exchange, &m);
    flush(exchange);
}

int64_t hub_exchange_deadline(const struct exchange *exchange)
{
    int64_t first = hub_exchange_next_due(exchange);

    if (exchange->tell_left > 0 || exchange->unsent)
        return exchange->hub->mono_ms;
    if (exchange->refusals_ms < first)
        first = exchange->refusals_ms;
    if (hub_exchange_media_deadline(exchange) < first)
        first = hub_exchange_media_deadline(exchange);
    return first;
}

bool hub_exchange_online(const struct exchange *exchange, const char *unit)
{
    const struct peer *peer = hub_exchange_first(exchange, unit);

    while (peer != NULL && sync_session_state(peer->session) != SYNC_LIVE)
        peer = hub_exchange_next(exchange, peer);
    return peer != NULL;
}
