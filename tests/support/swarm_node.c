/* tests/support/swarm_node.c - what node/uplink.c does with the engine's
 * actions, on numbers instead of a database. */
#include "tests/support/swarm_node.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "tests/support/swarm_own.h"

enum { PING_MS = 30000, FOLLOW_UPS = 256 };

/* One turn of one machine after the other: they share what it needs. */
static struct {
    struct sync_event events[FOLLOW_UPS];
    size_t count;
    struct sync_actions actions;
    struct batch batch;
    struct buf bytes; /* of frames that wait for the end of the turn */
    struct {
        enum lane lane;
        size_t offset, size;
    } frames[4096];
    size_t frame_count;
    double ratio; /* plain bytes a byte of frame */
} turn = {.ratio = 1};

static void complain(const struct swarm_node *n, const char *what, int code)
{
    (void)fprintf(stderr, "swarm.odd unit=%s what=%s code=%d\n", n->key->unit,
                  what, code);
}

/* ---- frames */

static size_t put(struct swarm_node *n, enum lane lane,
                  const struct sync_message *m)
{
    struct error err = {""};
    struct bytes bytes;

    if (turn.frame_count == sizeof turn.frames / sizeof *turn.frames ||
        wire_encode(n->swarm->codec, &bytes, m, &err) != 0) {
        complain(n, err.text, (int)m->type);
        return 0;
    }
    turn.frames[turn.frame_count].lane = lane;
    turn.frames[turn.frame_count].offset = turn.bytes.size;
    turn.frames[turn.frame_count++].size = bytes.size;
    buf_add_bytes(&turn.bytes, bytes);
    return bytes.size;
}

static void flush(struct swarm_node *n)
{
    for (size_t i = 0; i < turn.frame_count; i++) {
        struct swarm_line *line = &n->lines[turn.frames[i].lane];

        if (line->state == SWARM_UP)
            swarm_line_say(line,
                           bytes_of(turn.bytes.data + turn.frames[i].offset,
                                    turn.frames[i].size));
    }
    for (int lane = 0; lane < LANE_COUNT && turn.frame_count > 0; lane++)
        (void)swarm_line_flush(&n->lines[lane]); /* its end is heard of later */
    turn.frame_count = 0;
    buf_clear(&turn.bytes);
}

/* ---- the session's view */

static const struct hash *chain_at(const struct swarm_node *n,
                                   const struct stream_name *name, uint64_t seq)
{
    if (stream_name_equal(name, &n->up))
        return seq <= n->head ? &n->h[seq] : NULL;
    if (stream_name_equal(name, &n->orders))
        return seq <= n->key->orders.head ? &n->key->orders.h[seq] : NULL;
    return seq <= n->all ? &n->swarm->keys.all.h[seq] : NULL;
}

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct hash *h = chain_at(who, name, seq);

    if (h != NULL)
        *out = *h;
    return h != NULL;
}

static bool view_has_change(void *who, const struct early_ref *ref)
{
    const struct swarm_node *n = who;

    if (strcmp(ref->home, n->key->unit) == 0) {
        for (uint64_t at = 0; at < n->head; at++)
            if (id_equal(&n->own[at].record, &ref->record))
                return true;
        return false;
    }
    for (size_t i = 0; i < n->early_count; i++)
        if (hash_equal(&n->early[i].digest, &ref->digest))
            return true;
    return false;
}

/* ---- what leaves */

static void push(struct swarm_node *n, const struct sync_action *a,
                 struct sync_event *sent)
{
    struct sync_message m = {.type = MSG_BATCH};
    struct head head = {.name = n->up, .clock_ms = n->swarm->wall_ms};
    size_t budget = (size_t)((double)a->bytes * turn.ratio), used = 0;
    struct buf body = {0};
    uint64_t seq = a->seq;

    batch_clear(&turn.batch);
    if (budget > LIMIT_BATCH_PLAIN / 2)
        budget = LIMIT_BATCH_PLAIN / 2;
    for (; seq <= n->head && turn.batch.count < LIMIT_BATCH_CHANGES; seq++) {
        size_t size = n->own[seq - 1].size;

        if (used > 0 && used + size > budget)
            break;
        batch_add(&turn.batch, swarm_own_change(n, seq), size);
        used += size;
    }
    sent->seq = a->seq - 1;
    if (used == 0)
        return;
    batch_seal(&turn.batch);
    m.batch = (struct msg_batch){.name = n->up,
                                 .first = a->seq,
                                 .count = turn.batch.count,
                                 .changes = turn.batch.changes};
    head.at = (struct stream_position){seq - 1, n->h[seq - 1]};
    wire_head_encode(&body, &head);
    m.batch.head.body = buf_bytes(&body);
    sign_key_id(m.batch.head.key_id, n->key->sign.public_key);
    sign_bytes(m.batch.head.signature, &n->key->sign, HEAD_SIGN_DOMAIN,
               buf_bytes(&body));
    if ((sent->bytes = put(n, LANE_BULK, &m)) > 0) {
        turn.ratio = (turn.ratio * 3 + (double)used / (double)sent->bytes) / 4;
        sent->seq = seq - 1;
        sent->more = seq <= n->head;
    }
    buf_free(&body);
}

static void expedite(struct swarm_node *n, const struct sync_action *a,
                     struct sync_event *sent)
{
    struct sync_message m = {.type = MSG_EARLY};
    uint64_t seq = a->seq;

    sent->bytes = 0;
    for (; seq <= n->head && n->urgent_waiting > 0; seq++) {
        if (n->own[seq - 1].urgent != SWARM_URGENT)
            continue;
        if (sent->bytes >= a->bytes)
            break;
        m.early.change = *swarm_own_change(n, seq);
        sent->bytes += put(n, LANE_EXPRESS, &m);
    }
    sent->more = seq <= n->head && n->urgent_waiting > 0;
    sent->seq = sent->more ? seq : n->head + 1;
}

static void list_early(struct swarm_node *n, const struct sync_action *a)
{
    size_t from =
        a->seq == 0 || n->early_listed > n->early_count ? 0 : n->early_listed;
    struct sync_message m = {.type = MSG_EARLY_LIST};

    n->early_listed = n->early_count;
    if (strcmp(a->name.home, n->swarm->keys.hub) != 0)
        from = n->early_count; /* what is ours is in our stream */
    m.early_list.last = true;
    m.early_list.count = n->early_count - from;
    m.early_list.refs = n->early + from;
    if (m.early_list.count > LIMIT_EARLY_LIST)
        m.early_list.count = LIMIT_EARLY_LIST;
    if (m.early_list.count > 0 || a->seq == 0)
        (void)put(n, LANE_EXPRESS, &m);
}

/* ---- what comes */

/* All machines are sent the same bytes, and each would look at the signature
 * with a processor of its own: here one does it for those that follow. */
static bool signed_by_hub(const struct swarm_node *n, const uint8_t key_id[8],
                          const uint8_t signature[64], const char *domain,
                          struct bytes body)
{
    static struct {
        uint8_t signature[64];
        struct hash body;
    } good[8];
    static size_t next;
    struct hash hash = crypto_sha256(&body, 1);
    uint8_t id[SIGN_KEY_ID_BYTES];

    for (size_t i = 0; i < 8; i++)
        if (memcmp(good[i].signature, signature, 64) == 0 &&
            hash_equal(&good[i].body, &hash))
            return true;
    sign_key_id(id, n->swarm->keys.hub_sign);
    if (memcmp(id, key_id, sizeof id) != 0 ||
        !sign_verify(signature, n->swarm->keys.hub_sign, domain, body))
        return false;
    memcpy(good[next].signature, signature, 64);
    good[next].body = hash;
    next = (next + 1) % 8;
    return true;
}

static void forget_early(struct swarm_node *n, const struct hash *digest)
{
    for (size_t i = 0; i < n->early_count; i++)
        if (hash_equal(&n->early[i].digest, digest)) {
            n->early[i] = n->early[--n->early_count];
            if (n->early_listed > 0)
                n->early_listed--;
            return;
        }
}

/* A warning is here: its receipt goes ahead. */
static void take_alert(struct swarm_node *n, const struct change *change)
{
    struct swarm_own own = {.record = random_id(n->swarm->wall_ms),
                            .alert = change->header.record,
                            .version = 1,
                            .clock_ms = n->swarm->wall_ms,
                            .urgent = SWARM_URGENT};

    for (size_t i = 0; i < SWARM_ALERTS; i++)
        if (id_equal(&n->alerts[i], &own.alert))
            return; /* a copy that was said again */
    n->alerts[n->alert_count++ % SWARM_ALERTS] = own.alert;
    if (n->swarm->alert != NULL)
        n->swarm->alert(n->swarm, &own.alert);
    swarm_own_add(n, own);
    n->grown = true;
}

/* h after `change` in a copy, which is shared where it is the same for all. */
static bool lengthen(struct swarm_node *n, bool all, const struct hash *h)
{
    struct swarm_chain *chain = all ? &n->swarm->keys.all : &n->key->orders;
    uint64_t *head = all ? &n->all : &n->key->orders.head;

    if (all && n->all < chain->head) {
        n->all++;
        return hash_equal(&chain->h[n->all], h);
    }
    swarm_chain_add(chain, h);
    *head = chain->head;
    return true;
}

/* The head of a batch whose last h is this, by the hub? One that came short is
 * made whole (PROTOCOL 7.13). */
static int judge_head(const struct swarm_node *n, const struct msg_batch *m,
                      const struct hash *h)
{
    struct head head = {.name = m->name, .clock_ms = m->shortened.clock_ms};
    struct bytes body = m->head.body;
    static struct buf whole;

    head.at = (struct stream_position){m->first + m->count - 1, *h};
    if (body.size == 0) {
        if (memcmp(h, m->shortened.check, sizeof m->shortened.check) != 0)
            return NAK_FORK;
        buf_clear(&whole);
        wire_head_encode(&whole, &head);
        body = buf_bytes(&whole);
    }
    return signed_by_hub(n, m->head.key_id, m->head.signature, HEAD_SIGN_DOMAIN,
                         body)
               ? NAK_NONE
               : NAK_SIGNATURE;
}

static int store_batch(struct swarm_node *n, const struct msg_batch *m,
                       uint64_t *reached)
{
    static struct hash digests[LIMIT_BATCH_CHANGES], h[LIMIT_BATCH_CHANGES];
    bool all = strcmp(m->name.channel, STREAM_ALL) == 0;
    uint64_t head = all ? n->all : n->key->orders.head;
    struct hash at;
    int rc;

    if (m->count == 0 || m->first == 0 || m->first > head + 1)
        return NAK_GAP;
    at = *chain_at(n, &m->name, m->first - 1);
    for (size_t i = 0; i < m->count; i++) {
        digests[i] = change_digest(&swarm_hash, &m->changes[i]);
        h[i] = at = stream_next(&swarm_hash, &at, m->first + i, &digests[i]);
    }
    if ((rc = judge_head(n, m, &at)) != NAK_NONE)
        return rc;
    for (size_t i = 0; i < m->count; i++) {
        if (m->first + i <= head)
            continue;
        if (!lengthen(n, all, &h[i]))
            return NAK_FORK;
        forget_early(n, &digests[i]);
        if (m->changes[i].header.kind == KIND_ALERT)
            take_alert(n, &m->changes[i]);
    }
    *reached = all ? n->all : n->key->orders.head;
    return NAK_NONE;
}

static int store_early(struct swarm_node *n, const struct msg_early *m)
{
    struct early_ref ref = {.record = m->change.header.record,
                            .version = m->change.header.version};
    const struct change *change = &m->change;

    if (!change->is_signed)
        return NAK_SIGNATURE;
    ref.digest = change_digest(&swarm_hash, change);
    memcpy(ref.home, change->header.home, sizeof ref.home);
    if (strcmp(ref.home, n->swarm->keys.hub) != 0)
        return NAK_FOREIGN;
    if (!signed_by_hub(n, change->key_id, change->signature, CHANGE_SIGN_DOMAIN,
                       bytes_of(ref.digest.bytes, sizeof ref.digest.bytes)))
        return NAK_SIGNATURE;
    if (change->header.kind != KIND_ALERT || view_has_change(n, &ref))
        return NAK_NONE; /* what its stream has brought already, mostly */
    n->early = mem_grow(n->early, n->early_count + 1, sizeof *n->early);
    n->early[n->early_count++] = ref;
    take_alert(n, change);
    return NAK_NONE;
}

/* ---- actions */

static void follow(const struct sync_event *event)
{
    if (turn.count < FOLLOW_UPS)
        turn.events[turn.count++] = *event;
}

static void drop_line(struct swarm_node *n, enum lane lane, bool wanted)
{
    uint32_t random;

    random_bytes(&random, sizeof random);
    swarm_line_hang_up(&n->lines[lane]);
    n->wanted[lane] = wanted;
    n->dial_at[lane] =
        n->swarm->mono_ms + backoff_next_ms(&n->backoff[lane], random);
}

static void drop_both(struct swarm_node *n, struct sync_event *next)
{
    drop_line(n, LANE_BULK, false);
    drop_line(n, LANE_EXPRESS, true);
    next->type = SYNC_LOST;
    follow(next);
}

/* Reading, sending and storing; false: not one of these. */
static bool act_and_say(struct swarm_node *n, const struct sync_action *a,
                        const struct sync_event *cause, struct sync_event *next)
{
    switch ((int)a->type) {
    case SYNC_PUSH:
        next->type = SYNC_SENT;
        next->lane = LANE_BULK;
        push(n, a, next);
        return true;
    case SYNC_EXPEDITE:
        next->type = SYNC_SENT;
        next->lane = LANE_EXPRESS;
        expedite(n, a, next);
        return true;
    case SYNC_HAND_BACK:
        complain(n, "hand_back", 0);
        next->type = SYNC_SENT;
        next->lane = LANE_EXPRESS;
        return true;
    case SYNC_STORE:
        next->type = SYNC_STORED;
        next->code = store_batch(n, &cause->message->batch, &next->seq);
        return true;
    case SYNC_STORE_EARLY:
        next->type = SYNC_STORED;
        next->code = store_early(n, &cause->message->early);
        return true;
    }
    return false;
}

static void act(struct swarm_node *n, const struct sync_action *a,
                const struct sync_event *cause)
{
    struct sync_event next = {.now_ms = n->swarm->mono_ms,
                              .wall_ms = n->swarm->wall_ms,
                              .name = a->name,
                              .seq = a->seq};

    if (act_and_say(n, a, cause, &next)) {
        follow(&next);
        return;
    }
    switch ((int)a->type) {
    case SYNC_SEND:
        (void)put(n, a->lane, a->message);
        return;
    case SYNC_LIST_EARLY:
        list_early(n, a);
        return;
    case SYNC_ACKED:
        swarm_own_acked(n, a->seq);
        return;
    case SYNC_EARLY_ACKED:
        swarm_own_settled(n, &a->ref);
        return;
    case SYNC_EXPEDITE_AGAIN:
        swarm_own_unsettle(n, a->seq);
        return;
    case SYNC_DIAL_BULK:
        n->wanted[LANE_BULK] = true;
        return;
    case SYNC_DROP_BULK:
        drop_line(n, LANE_BULK, false);
        backoff_reset(&n->backoff[LANE_BULK]);
        return;
    case SYNC_DROP:
        drop_both(n, &next);
        return;
    case SYNC_PEER:
        return;
    default:
        complain(n, a->text, (int)a->type);
        return;
    }
}

static void step(struct swarm_node *n, const struct sync_event *event)
{
    size_t done = 0;

    n->touched = true;
    turn.count = 0;
    follow(event);
    while (done < turn.count) {
        struct sync_event now = turn.events[done++];

        sync_actions_clear(&turn.actions);
        if (sync_session_step(n->session, &now, &turn.actions) != 0)
            complain(n, "refused", (int)now.type);
        for (size_t i = 0; i < turn.actions.count; i++)
            act(n, &turn.actions.items[i], &now);
        if (done == turn.count)
            turn.count = done = 0;
    }
}

static struct sync_event event_of(const struct swarm_node *n,
                                  enum sync_event_type type)
{
    struct sync_event e = {.now_ms = n->swarm->mono_ms,
                           .wall_ms = n->swarm->wall_ms,
                           .type = type};

    random_salt(e.random.bytes);
    return e;
}

static void step_with_local(struct swarm_node *n, struct sync_event *e)
{
    struct stream_claim claims[3];
    struct sync_local local;

    swarm_own_side(n, claims, &local);
    e->local = &local;
    step(n, e);
}

/* Its stream has grown in this turn. */
static void tell_grown(struct swarm_node *n)
{
    struct sync_event e = event_of(n, SYNC_GREW);

    n->grown = false;
    if (sync_session_state(n->session) == SYNC_CLOSED)
        return;
    e.name = n->up;
    e.seq = n->head;
    e.expedited = n->urgent_waiting > 0;
    step_with_local(n, &e);
}

/* What was decided leaves, as after a commit. */
static void end_turn(struct swarm_node *n)
{
    struct sync_event e = event_of(n, SYNC_COMMITTED);
    bool online;

    if (n->grown)
        tell_grown(n);
    if (n->touched)
        step(n, &e);
    n->touched = false;
    flush(n);
    online = sync_session_state(n->session) == SYNC_LIVE;
    if (online != n->online)
        n->swarm->online += online ? 1 : (size_t)-1;
    n->online = online;
}

/* ---- lines */

static void hear(struct swarm_node *n, enum lane lane, struct bytes bytes)
{
    struct sync_event e = event_of(n, SYNC_RECEIVED);
    struct sync_message message;
    struct error err = {""};

    backoff_reset(&n->backoff[lane]);
    if (wire_decode(n->swarm->codec, &message, bytes, &err) != 0) {
        complain(n, err.text, 0);
        return;
    }
    e.lane = lane;
    e.bytes = bytes.size;
    e.message = &message;
    step(n, &e);
}

static void line_up(struct swarm_node *n, enum lane lane)
{
    struct sync_event e =
        event_of(n, lane == LANE_EXPRESS ? SYNC_OPENED : SYNC_BULK_UP);

    n->ping_at = n->swarm->mono_ms + PING_MS;
    if (lane == LANE_EXPRESS)
        step_with_local(n, &e);
    else
        step(n, &e);
}

void swarm_node_line(struct swarm_node *n, enum lane lane)
{
    struct swarm_line *line = &n->lines[lane];
    bool was_up = line->state == SWARM_UP;
    struct sync_event lost =
        event_of(n, lane == LANE_EXPRESS ? SYNC_LOST : SYNC_BULK_LOST);
    struct bytes bytes;

    if (line->state == SWARM_DOWN)
        return;
    if (!swarm_line_work(line)) {
        drop_line(n, lane, n->wanted[lane]);
        if (was_up)
            step(n, &lost);
        end_turn(n);
        return;
    }
    if (!was_up && line->state == SWARM_UP)
        line_up(n, lane);
    while (swarm_line_next(line, &bytes))
        hear(n, lane, bytes);
    end_turn(n);
}

static void dial(struct swarm_node *n, enum lane lane)
{
    uint32_t random;

    if (!n->wanted[lane] || n->lines[lane].state != SWARM_DOWN ||
        n->swarm->mono_ms < n->dial_at[lane])
        return;
    random_bytes(&random, sizeof random);
    n->dial_at[lane] =
        n->swarm->mono_ms + backoff_next_ms(&n->backoff[lane], random);
    (void)swarm_line_dial(&n->lines[lane], &n->dial[lane]);
}

int64_t swarm_node_deadline(const struct swarm_node *n)
{
    int64_t at = sync_session_deadline(n->session);

    for (int lane = 0; lane < LANE_COUNT; lane++)
        if (n->wanted[lane] && n->lines[lane].state == SWARM_DOWN &&
            n->dial_at[lane] < at)
            at = n->dial_at[lane];
    if (n->lines[LANE_EXPRESS].state == SWARM_UP && n->ping_at < at)
        at = n->ping_at;
    return at;
}

void swarm_node_tick(struct swarm_node *n)
{
    struct sync_event e = event_of(n, SYNC_TICK);

    if (sync_session_deadline(n->session) <= n->swarm->mono_ms)
        step_with_local(n, &e);
    end_turn(n);
    if (n->lines[LANE_EXPRESS].state == SWARM_UP &&
        n->ping_at <= n->swarm->mono_ms) {
        swarm_line_ping(&n->lines[LANE_EXPRESS]);
        (void)swarm_line_flush(&n->lines[LANE_EXPRESS]);
        n->ping_at = n->swarm->mono_ms + PING_MS;
    }
    for (int lane = 0; lane < LANE_COUNT; lane++)
        dial(n, (enum lane)lane);
}

void swarm_node_cut(struct swarm_node *n, int64_t at_ms)
{
    struct sync_event e = event_of(n, SYNC_LOST);

    drop_line(n, LANE_BULK, false);
    drop_line(n, LANE_EXPRESS, true);
    n->dial_at[LANE_EXPRESS] = at_ms;
    step(n, &e);
    n->wanted[LANE_EXPRESS] = at_ms != INT64_MAX;
    n->dial_at[LANE_EXPRESS] = at_ms;
    end_turn(n);
}

/* ---- reports */

void swarm_node_report(struct swarm_node *n, size_t count, bool urgent)
{
    for (size_t i = 0; i < count; i++) {
        struct swarm_own own = {.record = random_id(n->swarm->wall_ms),
                                .version = 1,
                                .clock_ms = n->swarm->wall_ms,
                                .urgent = urgent ? SWARM_URGENT : SWARM_PLAIN,
                                .state = REPORT_MOI};

        swarm_own_add(n, own);
    }
    n->grown = true;
    end_turn(n);
}

void swarm_node_move(struct swarm_node *n, size_t count)
{
    for (; count > 0 && n->moved < n->head; n->moved++) {
        struct swarm_own own = n->own[n->moved];

        if (!id_is_zero(&own.alert) || own.version != 1 ||
            own.urgent != SWARM_PLAIN)
            continue;
        own.version = 2;
        own.state = REPORT_DA_TIEP_NHAN;
        swarm_own_add(n, own);
        count--;
    }
    n->grown = true;
    end_turn(n);
}

/* ---- making */

void swarm_node_open(struct swarm_node *n, struct swarm *swarm, size_t index)
{
    struct sync_config config = {.role = SYNC_NODE,
                                 .software = "swarm",
                                 .view = {.who = n,
                                          .hash_at = view_hash_at,
                                          .has_change = view_has_change},
                                 .hash = &swarm_hash,
                                 .credit_bulk = CREDIT_BULK,
                                 .ack_timeout_ms = 30000};
    char channel[LIMIT_CHANNEL];

    memset(n, 0, sizeof *n);
    n->swarm = swarm;
    n->key = &swarm->keys.keys[index];
    n->lines[LANE_EXPRESS].fd = n->lines[LANE_BULK].fd = -1;
    n->up = stream_name_make(n->key->unit, STREAM_UP);
    (void)snprintf(channel, sizeof channel, "%s%s", STREAM_UNIT_PREFIX,
                   n->key->unit);
    n->orders = stream_name_make(swarm->keys.hub, channel);
    n->all = swarm->keys.all.head;
    n->room = 4;
    n->own = mem_array(n->room, sizeof *n->own);
    n->h = mem_array(n->room + 1, sizeof *n->h);
    n->h[0] = stream_zero(&swarm_hash, &n->up);
    n->wanted[LANE_EXPRESS] = true;
    (void)snprintf(config.unit, sizeof config.unit, "%s", n->key->unit);
    (void)snprintf(config.hub, sizeof config.hub, "%s", swarm->keys.hub);
    random_salt(config.instance.bytes);
    n->session = sync_session_new(&config);
}

void swarm_node_close(struct swarm_node *n)
{
    for (int lane = 0; lane < LANE_COUNT; lane++)
        swarm_line_hang_up(&n->lines[lane]);
    sync_session_free(&n->session);
    swarm_own_free(n);
    mem_free(&n->early);
}
