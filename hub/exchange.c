/* hub/exchange.c - what the sessions decide, done: frames out of the ledger,
 * batches into it. */
#include "hub/exchange.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/sync/batch.h"
#include "common/sync/session.h"
#include "hub/alerts.h"

enum {
    FOLLOW_UPS = 256,          /* events one step may cause in one go */
    EXPEDITE_BYTES = 64 * 1024 /* of copies in one go */
};

static const struct hash_function hash_function = {crypto_sha256};

struct peer {
    char unit[LIMIT_HOME];
    struct sync_session *session;
    bool touched; /* stepped in this turn */
};

struct frame { /* waits for the commit */
    enum net_lane lane;
    struct net_route route;
    size_t peer, offset, size;
};

struct exchange {
    struct hub *hub;
    struct net_server *server;
    struct id instance;
    struct peer *peers; /* in the order of first contact */
    size_t peer_count, peer_room;
    struct frame *frames;
    size_t frame_count, frame_room;
    struct buf bytes; /* of the frames */
    struct batch batch;
    double ratio; /* plain bytes per byte of frame, lately */
    size_t sizes[LIMIT_BATCH_CHANGES];
    struct early_ref refs[LIMIT_EARLY_LIST];
    bool failed; /* the disk said no: the turn must be rolled back */
};

/* What one step caused: events to be stepped after its actions. */
struct follow_ups {
    struct sync_event events[FOLLOW_UPS];
    size_t count;
};

struct exchange *hub_exchange_new(struct hub *hub, struct net_server *server)
{
    struct exchange *ex = mem_new(sizeof *ex);

    ex->hub = hub;
    ex->server = server;
    ex->instance = random_id(hub->wall_ms);
    ex->ratio = 1.0;
    return ex;
}

void hub_exchange_free(struct exchange **exchange)
{
    struct exchange *ex = *exchange;

    if (ex == NULL)
        return;
    for (size_t i = 0; i < ex->peer_count; i++)
        sync_session_free(&ex->peers[i].session);
    mem_free(&ex->peers);
    mem_free(&ex->frames);
    buf_free(&ex->bytes);
    batch_free(&ex->batch);
    mem_free(exchange);
}

/* ---- sessions */

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct exchange *ex = who;

    return ledger_hash_at(ex->hub->ledger, name, seq, out) == 0;
}

static struct change_ref ref_of(const struct early_ref *ref)
{
    struct change_ref r = {ref->home, ref->record, ref->version, ref->digest};

    return r;
}

static bool view_has_change(void *who, const struct early_ref *ref)
{
    const struct exchange *ex = who;
    struct change_ref r = ref_of(ref);

    return ledger_has(ex->hub->ledger, &r);
}

static struct peer *find_peer(struct exchange *ex, const char *unit)
{
    for (size_t i = 0; i < ex->peer_count; i++)
        if (strcmp(ex->peers[i].unit, unit) == 0)
            return &ex->peers[i];
    return NULL;
}

/* The unit's conversation; made at the first word of an enrolled machine, so
 * there are never more than enrolled units. */
static struct peer *need_peer(struct exchange *ex, const char *unit)
{
    struct peer *peer = find_peer(ex, unit);
    struct sync_config config = {.role = SYNC_HUB,
                                 .instance = ex->instance,
                                 .view = {ex, view_hash_at, view_has_change},
                                 .hash = &hash_function,
                                 .credit_bulk = CREDIT_BULK,
                                 .ack_timeout_ms = 30000};

    if (peer != NULL)
        return peer;
    if (ex->peer_count == ex->peer_room) {
        ex->peer_room = ex->peer_room == 0 ? 16 : ex->peer_room * 2;
        ex->peers = mem_grow(ex->peers, ex->peer_room, sizeof *ex->peers);
    }
    peer = &ex->peers[ex->peer_count++];
    memset(peer, 0, sizeof *peer);
    (void)snprintf(peer->unit, sizeof peer->unit, "%s", unit);
    (void)snprintf(config.unit, sizeof config.unit, "%s", unit);
    (void)snprintf(config.hub, sizeof config.hub, "%s", ex->hub->keys.home);
    peer->session = sync_session_new(&config);
    return peer;
}

/* ---- frames that wait for the commit */

static struct sync_route to_sync_route(const struct net_route *route)
{
    struct sync_route r = {{0}};

    r.bytes[0] = route->size;
    memcpy(r.bytes + 1, route->bytes, sizeof route->bytes);
    return r;
}

static struct net_route to_net_route(const struct sync_route *route)
{
    struct net_route r;

    r.size = route->bytes[0];
    memcpy(r.bytes, route->bytes + 1, sizeof r.bytes);
    return r;
}

/* Encodes and keeps the frame. Returns its size, 0 when it could not be made.
 */
static size_t put_frame(struct exchange *ex, const struct peer *peer,
                        enum lane lane, const struct sync_route *route,
                        const struct sync_message *message)
{
    struct error err = {""};
    struct frame *frame;
    struct bytes bytes;

    if (wire_encode(ex->hub->codec, &bytes, message, &err) != 0) {
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

/* ---- reading the ledger into frames */

struct reading {
    struct exchange *ex;
    const struct peer *peer;
    const struct sync_action *action;
    size_t budget, used, count;
    uint64_t last;
    struct hash h;
    bool more;
};

static int gather(void *who, const struct entry *entry)
{
    struct reading *r = who;
    size_t size = wire_change_size(&entry->change);

    if (r->count > 0 &&
        (r->used + size > r->budget || r->count == LIMIT_BATCH_CHANGES)) {
        r->more = true;
        return 1;
    }
    batch_add(&r->ex->batch, &entry->change, size);
    r->used += size;
    r->count++;
    r->last = entry->seq;
    r->h = entry->h;
    return 0;
}

/* How many plain bytes will make a frame of `frame_bytes`. */
static size_t plain_budget(const struct exchange *ex, uint64_t frame_bytes)
{
    double plain = (double)frame_bytes * ex->ratio;

    return plain > LIMIT_BATCH_PLAIN / 2 ? LIMIT_BATCH_PLAIN / 2
                                         : (size_t)plain;
}

static void sign_head(struct exchange *ex, const struct stream_name *name,
                      const struct reading *r, struct buf *body,
                      struct signed_bytes *out)
{
    struct head head = {*name, {r->last, r->h}, ex->hub->wall_ms};

    wire_head_encode(body, &head);
    hub_keys_sign(&ex->hub->keys, out, HEAD_SIGN_DOMAIN, buf_bytes(body));
}

static void push(struct exchange *ex, const struct peer *peer,
                 const struct sync_action *action, struct sync_event *sent)
{
    struct reading r = {.ex = ex, .peer = peer, .action = action};
    struct sync_message m = {.type = MSG_BATCH};
    struct buf body = {0};

    sent->seq = action->seq - 1;
    batch_clear(&ex->batch);
    r.budget = plain_budget(ex, action->bytes);
    if (ledger_read(ex->hub->ledger, &action->name, action->seq, gather, &r) !=
            0 ||
        r.count == 0)
        return;
    batch_seal(&ex->batch);
    m.batch.name = action->name;
    m.batch.first = action->seq;
    m.batch.count = r.count;
    m.batch.changes = ex->batch.changes;
    sign_head(ex, &action->name, &r, &body, &m.batch.head);
    sent->bytes = put_frame(ex, peer, LANE_BULK, &action->route, &m);
    buf_free(&body);
    if (sent->bytes == 0)
        return;
    ex->ratio = (ex->ratio * 3 + (double)r.used / (double)sent->bytes) / 4;
    sent->seq = r.last;
    sent->more = r.more;
}

static int expedite_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct sync_message m = {.type = MSG_EARLY};

    if (r->used >= r->budget) {
        r->more = true;
        return 1;
    }
    r->last = entry->seq + 1;
    if (!entry->change.is_signed)
        return 0;
    m.early.change = entry->change;
    r->used += put_frame(r->ex, r->peer, LANE_EXPRESS, &r->action->route, &m);
    if (entry->change.header.kind == KIND_ALERT &&
        hub_alerts_sent(r->ex->hub, &entry->change, r->peer->unit) != 0)
        r->ex->failed = true;
    return 0;
}

static void expedite(struct exchange *ex, const struct peer *peer,
                     const struct sync_action *action, struct sync_event *sent)
{
    struct reading r = {.ex = ex, .peer = peer, .action = action};

    r.last = action->seq;
    r.budget =
        action->bytes < EXPEDITE_BYTES ? (size_t)action->bytes : EXPEDITE_BYTES;
    (void)ledger_read_expedited(ex->hub->ledger, &action->name, action->seq,
                                expedite_one, &r);
    sent->seq = r.last;
    sent->bytes = r.used;
    sent->more = r.more;
}

static void send_list(struct reading *r, bool last)
{
    struct sync_message m = {.type = MSG_EARLY_LIST};

    m.early_list.last = last;
    m.early_list.count = r->count;
    m.early_list.refs = r->ex->refs;
    (void)put_frame(r->ex, r->peer, LANE_EXPRESS, &r->action->route, &m);
    r->count = 0;
}

static int list_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct early_ref *ref;

    if (r->count == LIMIT_EARLY_LIST)
        send_list(r, false);
    ref = &r->ex->refs[r->count++];
    memset(ref, 0, sizeof *ref);
    memcpy(ref->home, entry->change.header.home, sizeof ref->home);
    ref->record = entry->change.header.record;
    ref->version = entry->change.header.version;
    ref->digest = entry->digest;
    return 0;
}

static void list_early(struct exchange *ex, const struct peer *peer,
                       const struct sync_action *action)
{
    struct reading r = {.ex = ex, .peer = peer, .action = action};

    (void)ledger_read_early(ex->hub->ledger, action->name.home, list_one, &r);
    send_list(&r, true);
}

static int hand_back_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct sync_message m = {.type = MSG_EARLY};

    if (!entry->change.is_signed)
        return 0;
    m.early.change = entry->change;
    m.early.handed_back = true;
    r->used += put_frame(r->ex, r->peer, LANE_EXPRESS, &r->action->route, &m);
    return 0;
}

static void hand_back(struct exchange *ex, const struct peer *peer,
                      const struct sync_action *action,
                      const struct sync_message *want, struct sync_event *sent)
{
    struct reading r = {.ex = ex, .peer = peer, .action = action};

    for (size_t i = 0; want->type == MSG_WANT && i < want->want.count; i++) {
        struct change_ref ref = ref_of(&want->want.refs[i]);

        (void)ledger_find(ex->hub->ledger, &ref, hand_back_one, &r);
    }
    sent->bytes = r.used;
}

/* ---- storing what came */

/* The disk said no: the whole turn goes back. Otherwise what to answer. */
static int outcome(struct exchange *ex, int rc)
{
    if (rc == 0 || rc == ERR_EXISTS)
        return NAK_NONE;
    if (db_code_is_world(rc)) {
        ex->failed = true;
        return NAK_LATER;
    }
    switch (rc) {
    case ERR_CONFLICT:
        return NAK_FORK;
    case ERR_AGAIN:
        return NAK_GAP;
    case ERR_REFUSED:
        return NAK_FOREIGN;
    default:
        return NAK_MALFORMED;
    }
}

/* A signature by one of the unit's machines over `body`. */
static bool signed_by_unit(const struct exchange *ex, const char *unit,
                           const uint8_t key_id[8], const uint8_t signature[64],
                           const char *domain, struct bytes body)
{
    const struct node_key *key =
        hub_registry_signer(ex->hub->registry, unit, key_id);

    return key != NULL &&
           sign_verify(signature, key->sign_public, domain, body);
}

static int store_batch(struct exchange *ex, const struct peer *peer,
                       const struct msg_batch *m, uint64_t *reached)
{
    struct ledger_batch batch = {.name = m->name,
                                 .first = m->first,
                                 .count = m->count,
                                 .changes = m->changes,
                                 .sizes = ex->sizes};
    struct stream_position at;
    struct buf blob = {0};
    struct error err = {""};
    struct head head;
    int rc;

    if (!signed_by_unit(ex, peer->unit, m->head.key_id, m->head.signature,
                        HEAD_SIGN_DOMAIN, m->head.body) ||
        wire_head_decode(&head, m->head.body) != 0 ||
        !stream_name_equal(&head.name, &m->name) ||
        head.at.seq != m->first + m->count - 1)
        return NAK_SIGNATURE;
    for (size_t i = 0; i < m->count; i++)
        ex->sizes[i] = wire_change_size(&m->changes[i]);
    wire_signed_encode(&blob, &m->head);
    batch.head = head.at;
    batch.signed_head = buf_bytes(&blob);
    rc = ledger_receive(ex->hub->ledger, &batch, &at, &err);
    buf_free(&blob);
    if (rc == 0)
        *reached = at.seq;
    else
        log_warn("batch.refused", "unit=%s first=%llu reason=\"%s\"",
                 hub_unit_name(ex->hub, peer->unit),
                 (unsigned long long)m->first, err.text);
    return outcome(ex, rc);
}

/* Which channel an own change belongs to follows from what it says. */
static int channel_of(struct exchange *ex, const struct change *change,
                      struct stream_name *out)
{
    struct incarnation i;

    *out = ex->hub->all;
    if (change->header.kind != KIND_INCARNATION)
        return 0;
    if (wire_incarnation_decode(&i, change->part[PART_FACT].bytes, NULL) != 0)
        return ERR_INVALID;
    *out = stream_name_make(ex->hub->keys.home, i.channel);
    return stream_name_valid(out) ? 0 : ERR_INVALID;
}

/* An own change that a node held and we lack: our signature is its proof. */
static int adopt(struct exchange *ex, const struct entry *entry, size_t size)
{
    struct stream_name channel;
    struct error err = {""};
    int rc;

    if (memcmp(entry->change.key_id, ex->hub->keys.sign_id, 8) != 0 ||
        !sign_verify(entry->change.signature, ex->hub->keys.sign.public_key,
                     CHANGE_SIGN_DOMAIN,
                     bytes_of(entry->digest.bytes, sizeof entry->digest.bytes)))
        return NAK_SIGNATURE;
    if (channel_of(ex, &entry->change, &channel) != 0)
        return NAK_MALFORMED;
    rc = ledger_adopt(ex->hub->ledger, &channel, entry, size, &err);
    if (rc == 0)
        ex->hub->grew_all = ex->hub->grew_unit = true;
    return outcome(ex, rc);
}

static int store_early(struct exchange *ex, const struct peer *peer,
                       const struct msg_early *m)
{
    struct entry entry = {.change = m->change};
    size_t size = wire_change_size(&m->change);
    struct error err = {""};
    int rc;

    if (!m->change.is_signed)
        return NAK_SIGNATURE;
    entry.digest = change_digest(&hash_function, &m->change);
    if (strcmp(m->change.header.home, ex->hub->keys.home) == 0)
        return adopt(ex, &entry, size);
    if (strcmp(m->change.header.home, peer->unit) != 0)
        return NAK_FOREIGN;
    if (!signed_by_unit(
            ex, peer->unit, m->change.key_id, m->change.signature,
            CHANGE_SIGN_DOMAIN,
            bytes_of(entry.digest.bytes, sizeof entry.digest.bytes)))
        return NAK_SIGNATURE;
    rc = ledger_early(ex->hub->ledger, &entry, size, &err);
    return outcome(ex, rc);
}

/* ---- telling the operator */

static void alarm_words(struct exchange *ex, const struct peer *peer,
                        const struct sync_action *a)
{
    struct hub *hub = ex->hub;
    const char *unit = hub_unit_name(hub, peer->unit);
    unsigned long long n = (unsigned long long)a->seq;

    switch ((enum sync_alarm)a->code) {
    case ALARM_HUB_REWOUND:
        hub_alarm(
            hub, peer->unit, a->code,
            "this hub holds %s only up to change %llu, but had "
            "acknowledged more: it was restored from a backup or lost its "
            "disk's last writes. The node sends the rest again by itself; "
            "check that the hub's disk is sound",
            unit, n);
        break;
    case ALARM_NODE_REWOUND:
        hub_alarm(hub, peer->unit, a->code,
                  "the machine of %s was set back to an old copy and takes its "
                  "own reports back from here. Nothing to do; ask the office "
                  "whether it was restored or copied",
                  unit);
        break;
    case ALARM_CHANNEL_REWOUND:
        hub_alarm(
            hub, peer->unit, a->code,
            "%s holds orders of this hub that the hub itself no longer "
            "has (after %llu of %s): the hub was set back. They are taken "
            "back where this hub's own signature proves them; a new "
            "epoch was opened. Check `node list` and `alert list`",
            unit, n, a->name.channel);
        break;
    case ALARM_TWO_MACHINES:
        hub_alarm(
            hub, peer->unit, a->code,
            "two machines speak as %s, at %s: one is a copy of the other. "
            "Nothing is lost; find out which one stays, and invite it "
            "anew with `node invite %s`",
            unit, a->text, unit);
        break;
    case ALARM_VERSION:
        hub_alarm(hub, peer->unit, a->code,
                  "the program of %s does not fit this hub's: %s", unit,
                  a->text);
        break;
    case ALARM_FORK:
        hub_alarm(hub, peer->unit, a->code,
                  "%s sent changes that do not continue what it sent before "
                  "(at %llu): refused and asked to compare again",
                  unit, n);
        break;
    case ALARM_PROTOCOL:
        hub_alarm(
            hub, peer->unit, a->code,
            "%s breaks the rules of the line (%s): refused. If it goes on, "
            "its machine may be in foreign hands: `node revoke %s`",
            unit, a->text, unit);
        break;
    }
}

static void remember(struct exchange *ex, const struct peer *peer,
                     const struct sync_action *a, const char *address)
{
    struct contact c = {.last_seen_ms = ex->hub->wall_ms, .address = ""};
    struct contact old;
    char software[LIMIT_TEXT] = "";

    (void)snprintf(c.unit, sizeof c.unit, "%s", peer->unit);
    if (hub_store_contact(ex->hub->store, peer->unit, &old) == 0)
        (void)snprintf(software, sizeof software, "%s", old.software);
    c.software = software;
    if (a->message != NULL && a->message->type == MSG_HELLO) {
        c.software = a->message->hello.software;
        c.clock_offset_ms = a->message->hello.clock_ms - ex->hub->wall_ms;
        c.backlog = a->message->hello.backlog;
    } else if (a->message != NULL && a->message->type == MSG_STATUS) {
        c.clock_offset_ms = a->message->status.clock_ms - ex->hub->wall_ms;
        c.backlog = a->message->status.backlog;
    } else {
        return;
    }
    if (address != NULL)
        c.address = address;
    if (hub_store_put_contact(ex->hub->store, &c) != 0)
        ex->failed = true;
}

/* ---- actions */

static void follow(struct follow_ups *f, const struct sync_event *event)
{
    if (f->count < FOLLOW_UPS)
        f->events[f->count++] = *event;
}

static void new_epoch(struct exchange *ex, const struct sync_action *a)
{
    struct error err = {""};
    int rc = hub_new_epoch(ex->hub, &a->name, &err);

    if (rc != 0) {
        log_error("epoch.failed", "channel=%s reason=\"%s\"", a->name.channel,
                  err.text);
        ex->failed = true;
    }
}

/* Does one action; `cause` is the event whose step decided it. */
static void act(struct exchange *ex, const struct peer *peer,
                const struct sync_action *a, const struct sync_event *cause,
                struct follow_ups *f)
{
    struct sync_event next = {.now_ms = ex->hub->mono_ms,
                              .wall_ms = ex->hub->wall_ms,
                              .type = SYNC_SENT,
                              .name = a->name,
                              .seq = a->seq};
    const struct sync_message *m = cause->message;

    switch (a->type) {
    case SYNC_SEND:
        (void)put_frame(ex, peer, a->lane, &a->route, a->message);
        return;
    case SYNC_PUSH:
        next.lane = LANE_BULK;
        push(ex, peer, a, &next);
        follow(f, &next);
        return;
    case SYNC_EXPEDITE:
        next.lane = LANE_EXPRESS;
        expedite(ex, peer, a, &next);
        follow(f, &next);
        return;
    case SYNC_LIST_EARLY:
        list_early(ex, peer, a);
        return;
    case SYNC_HAND_BACK:
        next.lane = LANE_EXPRESS;
        hand_back(ex, peer, a, m, &next);
        follow(f, &next);
        return;
    case SYNC_STORE:
        next.type = SYNC_STORED;
        next.code = store_batch(ex, peer, &m->batch, &next.seq);
        follow(f, &next);
        return;
    case SYNC_STORE_EARLY:
        next.type = SYNC_STORED;
        next.code = store_early(ex, peer, &m->early);
        follow(f, &next);
        return;
    case SYNC_NEW_EPOCH:
        new_epoch(ex, a);
        return;
    case SYNC_ALARM:
        alarm_words(ex, peer, a);
        return;
    case SYNC_PEER:
        remember(ex, peer, a, cause->address);
        return;
    case SYNC_ACKED: /* a node's copies are asked for at its next hello */
    case SYNC_EARLY_ACKED:
    case SYNC_EXPEDITE_AGAIN:
    case SYNC_REBASE_BEGIN:
    case SYNC_REBASE_STORE:
    case SYNC_REBASE_FINISH:
    case SYNC_DETACH:
    case SYNC_DIAL_BULK:
    case SYNC_DROP_BULK:
    case SYNC_DROP:
        return;
    }
}

/* One event and everything that follows from it. */
static void step(struct exchange *ex, struct peer *peer,
                 const struct sync_event *event)
{
    struct follow_ups *f = mem_new(sizeof *f);
    struct sync_actions actions = {0};
    size_t done = 0;

    peer->touched = true;
    follow(f, event);
    while (done < f->count && !ex->failed) {
        struct sync_event now = f->events[done++];

        sync_actions_clear(&actions);
        if (sync_session_step(peer->session, &now, &actions) != 0)
            log_warn("peer.refused", "unit=%s",
                     hub_unit_name(ex->hub, peer->unit));
        for (size_t i = 0; i < actions.count && !ex->failed; i++)
            act(ex, peer, &actions.items[i], &now, f);
        if (done == f->count)
            f->count = done = 0;
    }
    sync_actions_free(&actions);
    mem_free(&f);
}

static struct sync_event event_of(const struct exchange *ex,
                                  enum sync_event_type type)
{
    struct sync_event e = {.now_ms = ex->hub->mono_ms,
                           .wall_ms = ex->hub->wall_ms,
                           .type = type,
                           .random = random_id(ex->hub->wall_ms)};

    random_bytes(e.random.bytes, sizeof e.random.bytes);
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
}

static void hear(struct exchange *ex, struct peer *peer,
                 const struct net_message *message,
                 const struct sync_message *decoded)
{
    struct stream_claim claims[3];
    struct sync_local local;
    struct sync_route route = to_sync_route(&message->route);
    struct sync_event e = event_of(ex, SYNC_RECEIVED);

    e.lane = message->lane == NET_EXPRESS ? LANE_EXPRESS : LANE_BULK;
    e.bytes = message->bytes.size;
    e.message = decoded;
    e.route = &route;
    e.address = message->peer;
    if (decoded->type == MSG_HELLO) {
        local_side(ex, peer->unit, claims, &local);
        e.local = &local;
    }
    step(ex, peer, &e);
}

void hub_exchange_receive(struct exchange *exchange,
                          const struct net_message *message)
{
    const struct node_key *key =
        hub_registry_find(exchange->hub->registry, message->key);
    struct sync_message decoded;
    struct error err = {""};
    struct peer *peer;
    int rc;

    if (key == NULL || key->state == NODE_REVOKED)
        return; /* checked per message: a live connection outlives ZAP's no */
    if (key->state == NODE_RETIRING) {
        hub_alarm(exchange->hub, key->unit, 102,
                  "a replaced machine of %s (certificate %llu) is still "
                  "calling, from %s: its newest reports may not be here yet. "
                  "Keep it; do not erase it",
                  hub_unit_name(exchange->hub, key->unit),
                  (unsigned long long)key->number, message->peer);
        return;
    }
    peer = need_peer(exchange, key->unit);
    rc = wire_decode(exchange->hub->codec, &decoded, message->bytes, &err);
    if (rc != 0) {
        log_warn("frame.refused", "unit=%s reason=\"%s\"",
                 hub_unit_name(exchange->hub, key->unit), err.text);
        hub_alarm(exchange->hub, key->unit, ALARM_PROTOCOL,
                  "%s sends frames that cannot be read (%s): ignored",
                  hub_unit_name(exchange->hub, key->unit), err.text);
        return;
    }
    hear(exchange, peer, message, &decoded);
}

void hub_exchange_tick(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->peer_count; i++) {
        struct peer *peer = &exchange->peers[i];
        struct sync_event e = event_of(exchange, SYNC_TICK);

        if (sync_session_deadline(peer->session) <= exchange->hub->mono_ms)
            step(exchange, peer, &e);
    }
}

static void tell_grown(struct exchange *ex, struct peer *peer,
                       const struct stream_name *name)
{
    struct sync_event e = event_of(ex, SYNC_GREW);
    struct ledger_stream s;

    if (ledger_stream(ex->hub->ledger, &s, name, true) != 0)
        return;
    e.name = *name;
    e.seq = s.head.seq;
    e.expedited = true;
    step(ex, peer, &e);
}

void hub_exchange_grew(struct exchange *exchange)
{
    struct hub *hub = exchange->hub;

    for (size_t i = 0; i < exchange->peer_count; i++) {
        struct peer *peer = &exchange->peers[i];

        if (sync_session_state(peer->session) != SYNC_LIVE)
            continue;
        if (hub->grew_all)
            tell_grown(exchange, peer, &hub->all);
        if (hub->grew_unit) {
            struct stream_name unit = hub_unit_channel(hub, peer->unit);

            tell_grown(exchange, peer, &unit);
        }
    }
    hub->grew_all = hub->grew_unit = false;
}

static void forget_frames(struct exchange *ex)
{
    ex->frame_count = 0;
    buf_clear(&ex->bytes);
}

/* A frame that cannot leave on express: that machine is gone. */
static void flush(struct exchange *ex)
{
    size_t count = ex->frame_count;

    for (size_t i = 0; i < count; i++) {
        const struct frame *f = &ex->frames[i];
        struct bytes bytes = bytes_of(ex->bytes.data + f->offset, f->size);

        if (net_server_send(ex->server, f->lane, &f->route, bytes) != 0 &&
            f->lane == NET_EXPRESS) {
            struct sync_route route = to_sync_route(&f->route);
            struct peer *peer = &ex->peers[f->peer];
            struct sync_event e = event_of(ex, SYNC_LOST);

            if (sync_session_state(peer->session) == SYNC_LIVE &&
                memcmp(sync_session_route(peer->session), &route,
                       sizeof route) == 0)
                step(ex, peer, &e);
        }
    }
    forget_frames(ex);
}

void hub_exchange_committed(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->peer_count; i++) {
        struct peer *peer = &exchange->peers[i];
        struct sync_event e = event_of(exchange, SYNC_COMMITTED);

        if (peer->touched)
            step(exchange, peer, &e);
        peer->touched = false;
    }
    flush(exchange);
    for (size_t i = 0; i < exchange->peer_count; i++)
        exchange->peers[i].touched = false;
}

void hub_exchange_failed(struct exchange *exchange)
{
    forget_frames(exchange);
    exchange->failed = false;
    for (size_t i = 0; i < exchange->peer_count; i++) {
        struct peer *peer = &exchange->peers[i];
        struct sync_event e = event_of(exchange, SYNC_LOST);

        if (peer->touched)
            step(exchange, peer, &e);
        peer->touched = false;
    }
    forget_frames(exchange);
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
            (void)put_frame(ex, &ex->peers[i], LANE_EXPRESS,
                            sync_session_route(ex->peers[i].session), m);
}

void hub_exchange_beacon(struct exchange *exchange)
{
    struct hub *hub = exchange->hub;
    struct beacon beacon = {.clock_ms = hub->wall_ms,
                            .epoch = hub->epoch,
                            .number = hub_alerts_latest(hub)};
    struct sync_message m = {.type = MSG_BEACON};
    struct buf body = {0};

    (void)snprintf(beacon.hub, sizeof beacon.hub, "%s", hub->keys.home);
    wire_beacon_encode(&body, &beacon);
    hub_keys_sign(&hub->keys, &m.beacon.beacon, BEACON_SIGN_DOMAIN,
                  buf_bytes(&body));
    tell_all(exchange, &m);
    buf_free(&body);
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
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < exchange->peer_count; i++) {
        int64_t at = sync_session_deadline(exchange->peers[i].session);

        if (at < first)
            first = at;
    }
    return first;
}

bool hub_exchange_online(const struct exchange *exchange, const char *unit)
{
    for (size_t i = 0; i < exchange->peer_count; i++)
        if (strcmp(exchange->peers[i].unit, unit) == 0)
            return sync_session_state(exchange->peers[i].session) == SYNC_LIVE;
    return false;
}

void hub_exchange_cut(struct exchange *exchange, const char *unit)
{
    struct peer *peer = find_peer(exchange, unit);
    struct sync_event e = event_of(exchange, SYNC_LOST);

    if (peer != NULL)
        step(exchange, peer, &e);
}
