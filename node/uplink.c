/* node/uplink.c - what the session decides, done: two sockets, frames out of
 * the ledger, batches into it. */
#include "node/uplink.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/sync/backoff.h"
#include "common/sync/batch.h"
#include "common/sync/session.h"
#include "node/alerts.h"

enum {
    FOLLOW_UPS = 256,           /* events one step may cause in one go */
    EXPEDITE_BYTES = 64 * 1024, /* of copies in one go */
    CLAIMS = 3                  /* up, all, orders */
};

static const struct hash_function hash_function = {crypto_sha256};

struct line { /* one socket and when to dial it again */
    struct net_link *link;
    struct backoff backoff;
    bool wanted;
    int64_t dial_at; /* monotonic ms; meaningful when wanted and DOWN */
};

struct frame { /* waits for the commit */
    enum lane lane;
    size_t offset, size;
};

struct uplink {
    struct node *node;
    struct sync_session *session;
    struct line lines[LANE_COUNT];
    struct frame *frames;
    size_t frame_count, frame_room;
    struct buf bytes; /* of the frames */
    struct batch batch;
    double ratio; /* plain bytes per byte of frame, lately */
    size_t sizes[LIMIT_BATCH_CHANGES];
    struct early_ref refs[LIMIT_EARLY_LIST];
    bool touched; /* the session was stepped in this turn */
    bool failed;  /* the disk said no: the turn must be rolled back */
    bool busy;    /* frames were left when the time was up */
};

struct follow_ups {
    struct sync_event events[FOLLOW_UPS];
    size_t count;
};

/* ---- making */

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct uplink *u = who;

    return ledger_hash_at(u->node->ledger, name, seq, out) == 0;
}

static struct change_ref ref_of(const struct early_ref *ref)
{
    struct change_ref r = {ref->home, ref->record, ref->version, ref->digest};

    return r;
}

static bool view_has_change(void *who, const struct early_ref *ref)
{
    const struct uplink *u = who;
    struct change_ref r = ref_of(ref);

    return ledger_has(u->node->ledger, &r);
}

static struct sync_session *make_session(struct uplink *u)
{
    struct sync_config config = {.role = SYNC_NODE,
                                 .software = LIENXA_VERSION,
                                 .view = {u, view_hash_at, view_has_change},
                                 .hash = &hash_function,
                                 .credit_bulk = CREDIT_BULK,
                                 .ack_timeout_ms = 30000};

    (void)snprintf(config.unit, sizeof config.unit, "%s", u->node->keys.unit);
    (void)snprintf(config.hub, sizeof config.hub, "%s", u->node->keys.hub);
    random_bytes(config.instance.bytes, sizeof config.instance.bytes);
    return sync_session_new(&config);
}

struct uplink *node_uplink_new(struct node *node, struct net_context *context,
                               struct error *err)
{
    struct uplink *u = mem_new(sizeof *u);
    struct net_link_config config = {.context = context,
                                     .key = node->keys.curve,
                                     .address = node->keys.express,
                                     .heartbeat = true,
                                     .lane = NET_EXPRESS};

    u->node = node;
    u->ratio = 1.0;
    memcpy(config.server_key, node->keys.hub_curve, sizeof config.server_key);
    if (net_link_new(&u->lines[LANE_EXPRESS].link, &config, err) != 0)
        goto fail;
    config.address = node->keys.bulk;
    config.heartbeat = false;
    config.lane = NET_BULK;
    if (net_link_new(&u->lines[LANE_BULK].link, &config, err) != 0)
        goto fail;
    u->lines[LANE_EXPRESS].wanted = true;
    u->session = make_session(u);
    return u;
fail:
    node_uplink_free(&u);
    return NULL;
}

void node_uplink_free(struct uplink **uplink)
{
    struct uplink *u = *uplink;

    if (u == NULL)
        return;
    for (int i = 0; i < LANE_COUNT; i++)
        net_link_free(&u->lines[i].link);
    sync_session_free(&u->session);
    mem_free(&u->frames);
    buf_free(&u->bytes);
    batch_free(&u->batch);
    mem_free(uplink);
}

void node_uplink_links(struct uplink *uplink, struct net_link *out[2])
{
    out[0] = uplink->lines[LANE_EXPRESS].link;
    out[1] = uplink->lines[LANE_BULK].link;
}

/* ---- frames that wait for the commit */

/* Encodes and keeps the frame. Returns its size, 0 when it could not be made.
 */
static size_t put_frame(struct uplink *u, enum lane lane,
                        const struct sync_message *message)
{
    struct error err = {""};
    struct frame *frame;
    struct bytes bytes;

    if (wire_encode(u->node->codec, &bytes, message, &err) != 0) {
        log_error("frame.encode", "type=%d reason=\"%s\"", (int)message->type,
                  err.text);
        return 0;
    }
    if (u->frame_count == u->frame_room) {
        u->frame_room = u->frame_room == 0 ? 16 : u->frame_room * 2;
        u->frames = mem_grow(u->frames, u->frame_room, sizeof *u->frames);
    }
    frame = &u->frames[u->frame_count++];
    *frame = (struct frame){lane, u->bytes.size, bytes.size};
    buf_add_bytes(&u->bytes, bytes);
    return bytes.size;
}

static void forget_frames(struct uplink *u)
{
    u->frame_count = 0;
    buf_clear(&u->bytes);
}

/* ---- what leaves the commune (design 6) */

/* The vault never travels in a change; the body only by the unit's policy. */
static struct change outgoing(const struct uplink *u,
                              const struct change *change)
{
    struct change out = *change;

    change_withhold(&hash_function, &out, PART_VAULT);
    if (!u->node->body_always)
        change_withhold(&hash_function, &out, PART_BODY);
    return out;
}

struct reading {
    struct uplink *u;
    size_t budget, used, count;
    uint64_t last;
    struct hash h;
    bool more;
};

static int gather(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct change change = outgoing(r->u, &entry->change);
    size_t size = wire_change_size(&change);

    if (r->count > 0 &&
        (r->used + size > r->budget || r->count == LIMIT_BATCH_CHANGES)) {
        r->more = true;
        return 1;
    }
    batch_add(&r->u->batch, &change, size);
    r->used += size;
    r->count++;
    r->last = entry->seq;
    r->h = entry->h;
    return 0;
}

/* How many plain bytes will make a frame of `frame_bytes`. */
static size_t plain_budget(const struct uplink *u, uint64_t frame_bytes)
{
    double plain = (double)frame_bytes * u->ratio;

    return plain > LIMIT_BATCH_PLAIN / 2 ? LIMIT_BATCH_PLAIN / 2
                                         : (size_t)plain;
}

static void sign_head(struct uplink *u, const struct stream_name *name,
                      const struct reading *r, struct buf *body,
                      struct signed_bytes *out)
{
    struct head head = {*name, {r->last, r->h}, u->node->wall_ms};

    wire_head_encode(body, &head);
    node_keys_sign(&u->node->keys, out, HEAD_SIGN_DOMAIN, buf_bytes(body));
}

static void push(struct uplink *u, const struct sync_action *action,
                 struct sync_event *sent)
{
    struct reading r = {.u = u};
    struct sync_message m = {.type = MSG_BATCH};
    struct buf body = {0};

    sent->seq = action->seq - 1;
    batch_clear(&u->batch);
    r.budget = plain_budget(u, action->bytes);
    if (ledger_read(u->node->ledger, &action->name, action->seq, gather, &r) !=
            0 ||
        r.count == 0)
        return;
    batch_seal(&u->batch);
    m.batch.name = action->name;
    m.batch.first = action->seq;
    m.batch.count = r.count;
    m.batch.changes = u->batch.changes;
    sign_head(u, &action->name, &r, &body, &m.batch.head);
    sent->bytes = put_frame(u, LANE_BULK, &m);
    buf_free(&body);
    if (sent->bytes == 0)
        return;
    u->ratio = (u->ratio * 3 + (double)r.used / (double)sent->bytes) / 4;
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
    m.early.change = outgoing(r->u, &entry->change);
    r->used += put_frame(r->u, LANE_EXPRESS, &m);
    return 0;
}

static void expedite(struct uplink *u, const struct sync_action *action,
                     struct sync_event *sent)
{
    struct reading r = {.u = u, .last = action->seq};

    r.budget =
        action->bytes < EXPEDITE_BYTES ? (size_t)action->bytes : EXPEDITE_BYTES;
    (void)ledger_read_expedited(u->node->ledger, &action->name, action->seq,
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
    m.early_list.refs = r->u->refs;
    (void)put_frame(r->u, LANE_EXPRESS, &m);
    r->count = 0;
}

static int list_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct early_ref *ref;

    if (r->count == LIMIT_EARLY_LIST)
        send_list(r, false);
    ref = &r->u->refs[r->count++];
    memset(ref, 0, sizeof *ref);
    memcpy(ref->home, entry->change.header.home, sizeof ref->home);
    ref->record = entry->change.header.record;
    ref->version = entry->change.header.version;
    ref->digest = entry->digest;
    return 0;
}

static void list_early(struct uplink *u, const struct sync_action *action)
{
    struct reading r = {.u = u};

    (void)ledger_read_early(u->node->ledger, action->name.home, list_one, &r);
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
    r->used += put_frame(r->u, LANE_EXPRESS, &m);
    return 0;
}

static void hand_back(struct uplink *u, const struct sync_message *want,
                      struct sync_event *sent)
{
    struct reading r = {.u = u};

    for (size_t i = 0; want->type == MSG_WANT && i < want->want.count; i++) {
        struct change_ref ref = ref_of(&want->want.refs[i]);

        (void)ledger_find(u->node->ledger, &ref, hand_back_one, &r);
    }
    sent->bytes = r.used;
}

/* ---- storing what came */

/* The disk said no: the whole turn goes back. Otherwise what to answer. */
static int outcome(struct uplink *u, int rc)
{
    if (rc == 0 || rc == ERR_EXISTS)
        return NAK_NONE;
    if (db_code_is_world(rc)) {
        u->failed = true;
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

/* Signed by a hub signing key that the pinned root vouches for. */
static bool signed_by_hub(const struct uplink *u, const uint8_t key_id[8],
                          const uint8_t signature[64], const char *domain,
                          struct bytes body)
{
    uint8_t public_key[32];

    return node_store_trust(u->node->store, key_id, public_key) == 0 &&
           sign_verify(signature, public_key, domain, body);
}

static void fill_batch(struct uplink *u, const struct msg_batch *m,
                       const struct head *head, struct buf *blob,
                       struct ledger_batch *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < m->count; i++)
        u->sizes[i] = wire_change_size(&m->changes[i]);
    wire_signed_encode(blob, &m->head);
    out->name = m->name;
    out->first = m->first;
    out->count = m->count;
    out->changes = m->changes;
    out->sizes = u->sizes;
    out->head = head->at;
    out->signed_head = buf_bytes(blob);
}

/* A batch of a hub channel, or (staging) of the hub's copy of our own stream:
 * both bear a head signed by the hub. */
static int store_batch(struct uplink *u, const struct msg_batch *m,
                       bool staging, uint64_t *reached)
{
    struct ledger_batch batch;
    struct stream_position at;
    struct buf blob = {0};
    struct error err = {""};
    struct head head;
    int rc;

    if (!signed_by_hub(u, m->head.key_id, m->head.signature, HEAD_SIGN_DOMAIN,
                       m->head.body) ||
        wire_head_decode(&head, m->head.body) != 0 ||
        !stream_name_equal(&head.name, &m->name) ||
        head.at.seq != m->first + m->count - 1)
        return NAK_SIGNATURE;
    fill_batch(u, m, &head, &blob, &batch);
    rc = staging ? ledger_rebase_stage(u->node->ledger, &batch, &at, &err)
                 : ledger_receive(u->node->ledger, &batch, &at, &err);
    buf_free(&blob);
    if (rc == 0)
        *reached = at.seq;
    else
        log_warn("batch.refused", "channel=%s first=%llu reason=\"%s\"",
                 m->name.channel, (unsigned long long)m->first, err.text);
    return outcome(u, rc);
}

struct signer {
    const uint8_t *key_id;
    bool found;
    uint8_t public_key[32];
    const char *unit;
};

static int match_signer(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct signer *s = who;
    struct node_key key;
    uint8_t id[SIGN_KEY_ID_BYTES];

    (void)row;
    if (entry == NULL ||
        wire_node_key_decode(&key, entry->change.part[PART_FACT].bytes, NULL) !=
            0 ||
        strcmp(key.unit, s->unit) != 0)
        return 0;
    sign_key_id(id, key.sign_public);
    if (memcmp(id, s->key_id, sizeof id) != 0)
        return 0;
    s->found = true;
    memcpy(s->public_key, key.sign_public, sizeof s->public_key);
    return 1;
}

/* Ours, or an earlier machine's of this unit: the key directory knows. */
static bool signed_by_us(struct uplink *u, const struct change *change,
                         struct bytes digest)
{
    struct signer s = {.key_id = change->key_id, .unit = u->node->keys.unit};

    if (memcmp(change->key_id, u->node->keys.sign_id, 8) == 0)
        return sign_verify(change->signature, u->node->keys.sign.public_key,
                           CHANGE_SIGN_DOMAIN, digest);
    (void)ledger_records(u->node->ledger, KIND_NODE_KEY, u->node->keys.hub,
                         match_signer, &s);
    return s.found && sign_verify(change->signature, s.public_key,
                                  CHANGE_SIGN_DOMAIN, digest);
}

static int adopt(struct uplink *u, const struct entry *entry, size_t size)
{
    struct error err = {""};
    int rc;

    if (!signed_by_us(
            u, &entry->change,
            bytes_of(entry->digest.bytes, sizeof entry->digest.bytes)))
        return NAK_SIGNATURE;
    rc = ledger_adopt(u->node->ledger, &u->node->up, entry, size, &err);
    if (rc == 0)
        u->node->grew = true;
    return outcome(u, rc);
}

static int store_early(struct uplink *u, const struct msg_early *m)
{
    struct entry entry = {.change = m->change};
    size_t size = wire_change_size(&m->change);
    struct error err = {""};

    if (!m->change.is_signed)
        return NAK_SIGNATURE;
    entry.digest = change_digest(&hash_function, &m->change);
    if (strcmp(m->change.header.home, u->node->keys.unit) == 0)
        return adopt(u, &entry, size);
    if (strcmp(m->change.header.home, u->node->keys.hub) != 0)
        return NAK_FOREIGN;
    if (!signed_by_hub(u, m->change.key_id, m->change.signature,
                       CHANGE_SIGN_DOMAIN,
                       bytes_of(entry.digest.bytes, sizeof entry.digest.bytes)))
        return NAK_SIGNATURE;
    return outcome(u, ledger_early(u->node->ledger, &entry, size, &err));
}

/* ---- telling the operator */

static void alarm_words(struct uplink *u, const struct sync_action *a)
{
    struct node *node = u->node;
    unsigned long long n = (unsigned long long)a->seq;

    switch ((enum sync_alarm)a->code) {
    case ALARM_HUB_REWOUND:
        node_alarm(
            node, a->code,
            "the hub was set back (it holds our reports only up to %llu, "
            "less than it had acknowledged). This machine sends the rest "
            "again by itself; nothing to do here",
            n);
        break;
    case ALARM_NODE_REWOUND:
        node_alarm(
            node, a->code,
            "this machine runs on an old copy of its data: it takes back "
            "what the hub holds and adds what it wrote since. Tell the "
            "district if nobody restored or copied it");
        break;
    case ALARM_CHANNEL_REWOUND:
        node_alarm(node, a->code,
                   "this machine holds orders of the hub that the hub lost: it "
                   "hands them back");
        break;
    case ALARM_TWO_MACHINES:
        node_alarm(node, a->code, "two machines speak as this commune: %s",
                   a->text);
        break;
    case ALARM_VERSION:
        node_alarm(node, a->code,
                   "this program does not fit the hub's: %s. Reports are taken "
                   "and kept; they leave after the upgrade",
                   a->text);
        break;
    case ALARM_FORK:
        node_alarm(node, a->code,
                   "what the hub sent does not continue what it sent before "
                   "(at %llu): compared again",
                   n);
        break;
    case ALARM_PROTOCOL:
        node_alarm(node, a->code, "the hub breaks the rules of the line (%s)",
                   a->text);
        break;
    }
}

static void remember_contact(struct uplink *u)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)u->node->wall_ms);
    if (node_store_set(u->node->store, "last_contact", text) != 0)
        u->failed = true;
}

static void set_online(struct uplink *u, bool online)
{
    const char *now = online ? "1" : "0";

    if (strcmp(node_store_setting(u->node->store, "online"), now) == 0)
        return;
    log_info(online ? "hub.online" : "hub.offline", "hub=%s",
             u->node->keys.hub);
    if (node_store_set(u->node->store, "online", now) != 0)
        u->failed = true;
    remember_contact(u);
}

/* ---- actions */

static void follow(struct follow_ups *f, const struct sync_event *event)
{
    if (f->count < FOLLOW_UPS)
        f->events[f->count++] = *event;
}

static void check(struct uplink *u, int rc, const char *what)
{
    if (rc == 0)
        return;
    log_error("ledger.failed", "doing=%s code=%s", what, error_name(rc));
    u->failed = true;
}

static void rebase_finish(struct uplink *u, const struct sync_action *a,
                          struct follow_ups *f, struct sync_event *next)
{
    struct ledger_stream s;
    struct error err = {""};
    uint64_t appended = 0;

    check(u, ledger_rebase_finish(u->node->ledger, &a->name, &appended, &err),
          "rebase");
    check(u, ledger_stream(u->node->ledger, &s, &a->name, true), "rebase");
    if (u->failed)
        return;
    log_info("stream.rebased", "head=%llu appended=%llu",
             (unsigned long long)s.head.seq, (unsigned long long)appended);
    next->type = SYNC_GREW;
    next->seq = s.head.seq;
    next->expedited = true;
    follow(f, next);
}

static void early_acked(struct uplink *u, const struct sync_action *a)
{
    struct change_ref ref = ref_of(&a->ref);
    char id[ID_TEXT_BYTES];
    int rc = ledger_settle(u->node->ledger, &ref);

    if (a->code != NAK_NONE)
        log_warn("early.refused", "record=%s code=%d",
                 id_text(id, &a->ref.record), a->code);
    if (rc != ERR_MISSING)
        check(u, rc, "settle");
}

static void drop_line(struct uplink *u, enum lane lane, bool wanted)
{
    struct line *line = &u->lines[lane];

    net_link_hang_up(line->link);
    line->wanted = wanted;
    line->dial_at = u->node->mono_ms +
                    backoff_next_ms(&line->backoff, (uint32_t)clock_mono_us());
}

/* Reading and sending. False: not one of these. */
static bool act_sending(struct uplink *u, const struct sync_action *a,
                        const struct sync_event *cause, struct sync_event *next)
{
    next->type = SYNC_SENT;
    next->lane = LANE_EXPRESS;
    switch ((int)a->type) {
    case SYNC_PUSH:
        next->lane = LANE_BULK;
        push(u, a, next);
        return true;
    case SYNC_EXPEDITE:
        expedite(u, a, next);
        return true;
    case SYNC_HAND_BACK:
        hand_back(u, cause->message, next);
        return true;
    }
    return false;
}

/* Storing. False: not one of these. */
static bool act_storing(struct uplink *u, const struct sync_action *a,
                        const struct sync_event *cause, struct sync_event *next)
{
    const struct sync_message *m = cause->message;

    next->type = SYNC_STORED;
    switch ((int)a->type) {
    case SYNC_STORE:
        next->code = store_batch(u, &m->batch, false, &next->seq);
        return true;
    case SYNC_REBASE_STORE:
        next->code = store_batch(u, &m->batch, true, &next->seq);
        return true;
    case SYNC_STORE_EARLY:
        next->code = store_early(u, &m->early);
        return true;
    }
    return false;
}

static void act(struct uplink *u, const struct sync_action *a,
                const struct sync_event *cause, struct follow_ups *f)
{
    struct sync_event next = {.now_ms = u->node->mono_ms,
                              .wall_ms = u->node->wall_ms,
                              .name = a->name,
                              .seq = a->seq};

    if (act_sending(u, a, cause, &next) || act_storing(u, a, cause, &next)) {
        follow(f, &next);
        return;
    }
    switch ((int)a->type) {
    case SYNC_SEND:
        (void)put_frame(u, a->lane, a->message);
        return;
    case SYNC_LIST_EARLY:
        list_early(u, a);
        return;
    case SYNC_ACKED:
        check(u, ledger_set_acked(u->node->ledger, &a->name, a->seq), "ack");
        remember_contact(u);
        return;
    case SYNC_EARLY_ACKED:
        early_acked(u, a);
        return;
    case SYNC_EXPEDITE_AGAIN:
        check(u, ledger_unsettle(u->node->ledger, &a->name, a->seq),
              "unsettle");
        return;
    case SYNC_REBASE_BEGIN:
        check(u, ledger_rebase_begin(u->node->ledger, &a->name, a->seq),
              "rebase");
        return;
    case SYNC_REBASE_FINISH:
        rebase_finish(u, a, f, &next);
        return;
    case SYNC_DETACH:
        check(u, ledger_detach(u->node->ledger, &a->name, a->seq), "detach");
        return;
    case SYNC_DIAL_BULK:
        u->lines[LANE_BULK].wanted = true;
        return;
    case SYNC_DROP_BULK:
        drop_line(u, LANE_BULK, false);
        backoff_reset(&u->lines[LANE_BULK].backoff);
        return;
    case SYNC_DROP:
        drop_line(u, LANE_BULK, false);
        drop_line(u, LANE_EXPRESS, true);
        next.type = SYNC_LOST;
        follow(f, &next);
        return;
    case SYNC_ALARM:
        alarm_words(u, a);
        return;
    }
}

/* One event and everything that follows from it. */
static void step(struct uplink *u, const struct sync_event *event)
{
    struct follow_ups *f = mem_new(sizeof *f);
    struct sync_actions actions = {0};
    size_t done = 0;

    u->touched = true;
    follow(f, event);
    while (done < f->count && !u->failed) {
        struct sync_event now = f->events[done++];

        sync_actions_clear(&actions);
        if (sync_session_step(u->session, &now, &actions) != 0)
            log_warn("hub.refused", "event=%d", (int)now.type);
        for (size_t i = 0; i < actions.count && !u->failed; i++)
            act(u, &actions.items[i], &now, f);
        if (done == f->count)
            f->count = done = 0;
    }
    sync_actions_free(&actions);
    mem_free(&f);
    if (!u->failed)
        set_online(u, node_uplink_online(u));
}

static struct sync_event event_of(const struct uplink *u,
                                  enum sync_event_type type)
{
    struct sync_event e = {
        .now_ms = u->node->mono_ms, .wall_ms = u->node->wall_ms, .type = type};

    random_bytes(e.random.bytes, sizeof e.random.bytes);
    return e;
}

/* ---- our side */

static int oldest_one(void *who, const struct entry *entry)
{
    *(int64_t *)who = entry->change.header.clock_ms;
    return 1;
}

static void backlog_of(struct uplink *u, struct backlog *out)
{
    struct ledger_stream s;

    memset(out, 0, sizeof *out);
    if (ledger_stream(u->node->ledger, &s, &u->node->up, true) != 0)
        return;
    out->records = s.head.seq - s.acked;
    out->bytes = s.bytes - s.acked_bytes;
    if (out->records > 0)
        (void)ledger_read(u->node->ledger, &u->node->up, s.acked + 1,
                          oldest_one, &out->oldest_ms);
}

static void local_side(struct uplink *u, struct stream_claim claims[CLAIMS],
                       struct sync_local *out)
{
    const struct stream_name *names[CLAIMS] = {&u->node->up, &u->node->all,
                                               &u->node->orders};
    struct ledger_stream s;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < CLAIMS; i++) {
        check(u, ledger_stream(u->node->ledger, &s, names[i], i == 0), "hello");
        check(u, ledger_claim(u->node->ledger, names[i], &claims[i]), "hello");
        if (i == 0)
            out->acked = s.acked_most;
    }
    out->certificate = u->node->keys.certificate.number;
    out->claim_count = CLAIMS;
    out->claims = claims;
    backlog_of(u, &out->backlog);
}

static void step_with_local(struct uplink *u, struct sync_event *e)
{
    struct stream_claim claims[CLAIMS];
    struct sync_local local;

    local_side(u, claims, &local);
    e->local = &local;
    step(u, e);
}

/* ---- lines */

static void line_event(struct uplink *u, enum lane lane,
                       enum net_link_event event)
{
    struct sync_event e = event_of(u, SYNC_TICK);

    switch (event) {
    case NET_LINK_NOTHING:
        return;
    case NET_LINK_OPENED:
        e.type = lane == LANE_EXPRESS ? SYNC_OPENED : SYNC_BULK_UP;
        if (lane == LANE_EXPRESS)
            step_with_local(u, &e);
        else
            step(u, &e);
        return;
    case NET_LINK_LOST:
        e.type = lane == LANE_EXPRESS ? SYNC_LOST : SYNC_BULK_LOST;
        step(u, &e);
        return;
    case NET_LINK_REFUSED:
        node_alarm(u->node, 110,
                   "the hub refuses this machine's key: it was revoked. "
                   "Reports are taken and kept here; call the district");
        e.type = lane == LANE_EXPRESS ? SYNC_LOST : SYNC_BULK_LOST;
        step(u, &e);
        return;
    case NET_LINK_FAILED:
        log_debug("hub.unreached", "lane=%d", (int)lane);
        return;
    }
}

/* Dials a line that nobody is trying, when its pause is over. */
static void dial(struct uplink *u, enum lane lane)
{
    struct line *line = &u->lines[lane];
    struct error err = {""};

    if (!line->wanted || net_link_state(line->link) != NET_DOWN ||
        u->node->mono_ms < line->dial_at)
        return;
    if (net_link_dial(line->link, &err) != 0)
        log_warn("hub.dial", "reason=\"%s\"", err.text);
    line->dial_at = u->node->mono_ms +
                    backoff_next_ms(&line->backoff, (uint32_t)clock_mono_us());
}

static void hear(struct uplink *u, enum lane lane, struct bytes bytes)
{
    struct sync_event e = event_of(u, SYNC_RECEIVED);
    struct sync_message message;
    struct error err = {""};

    backoff_reset(&u->lines[lane].backoff);
    if (wire_decode(u->node->codec, &message, bytes, &err) != 0) {
        log_warn("frame.refused", "reason=\"%s\"", err.text);
        return;
    }
    if (message.type == MSG_BEACON) {
        node_alerts_beacon(u->node, &message.beacon.beacon);
        remember_contact(u);
    }
    e.lane = lane;
    e.bytes = bytes.size;
    e.message = &message;
    step(u, &e);
}

static void listen(struct uplink *u, int64_t until_ms)
{
    struct bytes bytes;

    u->busy = false;
    for (int i = 0; i < LANE_COUNT; i++) {
        enum net_link_event event;

        while ((event = net_link_next(u->lines[i].link)) != NET_LINK_NOTHING)
            line_event(u, (enum lane)i, event);
        while (!u->failed && net_link_receive(u->lines[i].link, &bytes)) {
            hear(u, (enum lane)i, bytes);
            if (clock_mono_ms() >= until_ms) {
                u->busy = true;
                break;
            }
        }
    }
}

void node_uplink_work(struct uplink *uplink, int64_t until_ms)
{
    struct sync_event e = event_of(uplink, SYNC_TICK);

    listen(uplink, until_ms);
    dial(uplink, LANE_EXPRESS);
    dial(uplink, LANE_BULK);
    if (sync_session_deadline(uplink->session) <= uplink->node->mono_ms)
        step_with_local(uplink, &e);
}

void node_uplink_grew(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_GREW);
    struct ledger_stream s;

    if (sync_session_state(uplink->session) == SYNC_CLOSED ||
        ledger_stream(uplink->node->ledger, &s, &uplink->node->up, true) != 0)
        return;
    e.name = uplink->node->up;
    e.seq = s.head.seq;
    e.expedited =
        ledger_expedited_waiting(uplink->node->ledger, &uplink->node->up) > 0;
    step_with_local(uplink, &e);
}

/* ---- the end of a turn */

static void flush(struct uplink *u)
{
    for (size_t i = 0; i < u->frame_count; i++) {
        const struct frame *f = &u->frames[i];

        if (net_link_send(u->lines[f->lane].link,
                          bytes_of(u->bytes.data + f->offset, f->size)) != 0)
            log_debug("frame.unsent", "lane=%d bytes=%zu", (int)f->lane,
                      f->size);
    }
    forget_frames(u);
}

void node_uplink_committed(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_COMMITTED);

    if (uplink->touched)
        step(uplink, &e);
    uplink->touched = false;
    flush(uplink);
}

void node_uplink_failed(struct uplink *uplink)
{
    struct sync_event e = event_of(uplink, SYNC_LOST);

    forget_frames(uplink);
    uplink->failed = false;
    if (uplink->touched) {
        drop_line(uplink, LANE_BULK, false);
        drop_line(uplink, LANE_EXPRESS, true);
        (void)sync_session_step(uplink->session, &e, &(struct sync_actions){0});
    }
    uplink->touched = false;
}

bool node_uplink_has_failed(const struct uplink *uplink)
{
    return uplink->failed;
}

bool node_uplink_busy(const struct uplink *uplink) { return uplink->busy; }

int64_t node_uplink_deadline(const struct uplink *uplink)
{
    int64_t at = sync_session_deadline(uplink->session);

    for (int i = 0; i < LANE_COUNT; i++) {
        const struct line *line = &uplink->lines[i];

        if (line->wanted && net_link_state(line->link) == NET_DOWN &&
            line->dial_at < at)
            at = line->dial_at;
    }
    return at;
}

bool node_uplink_online(const struct uplink *uplink)
{
    enum sync_state state = sync_session_state(uplink->session);

    return state == SYNC_LIVE || state == SYNC_REBASING;
}

void node_uplink_goodbye(struct uplink *uplink)
{
    struct sync_message m = {.type = MSG_BYE};

    m.bye.code = BYE_STOPPING;
    if (node_uplink_online(uplink))
        (void)put_frame(uplink, LANE_EXPRESS, &m);
    flush(uplink);
}
