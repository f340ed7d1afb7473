/* node/uplink_send.c - reading the ledger into frames: what leaves the commune
 * (design 6). */
#include <string.h>

#include "common/crypto/digest.h"
#include "node/uplink_inside.h"

enum { EXPEDITE_BYTES = 64 * 1024 /* of copies in one go */ };

static const struct hash_function hash_function = {crypto_sha256};

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

void node_uplink_push(struct uplink *u, const struct sync_action *action,
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
    sent->bytes = node_uplink_put_frame(u, LANE_BULK, &m);
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
    r->used += node_uplink_put_frame(r->u, LANE_EXPRESS, &m);
    return 0;
}

void node_uplink_expedite(struct uplink *u, const struct sync_action *action,
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
    (void)node_uplink_put_frame(r->u, LANE_EXPRESS, &m);
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

void node_uplink_list_early(struct uplink *u, const struct sync_action *action)
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
    r->used += node_uplink_put_frame(r->u, LANE_EXPRESS, &m);
    return 0;
}

void node_uplink_hand_back(struct uplink *u, const struct sync_message *want,
                           struct sync_event *sent)
{
    struct reading r = {.u = u};

    for (size_t i = 0; want->type == MSG_WANT && i < want->want.count; i++) {
        struct change_ref ref = node_uplink_ref(&want->want.refs[i]);

        (void)ledger_find(u->node->ledger, &ref, hand_back_one, &r);
    }
    sent->bytes = r.used;
}
