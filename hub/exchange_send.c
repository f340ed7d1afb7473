/* hub/exchange_send.c - reading the ledger into frames. */
#include <string.h>

#include "hub/alerts.h"
#include "hub/exchange_inside.h"

enum { EXPEDITE_BYTES = 64 * 1024 /* of copies in one go */ };

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

void hub_exchange_push(struct exchange *ex, const struct peer *peer,
                       const struct sync_action *action,
                       struct sync_event *sent)
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
    sent->bytes =
        hub_exchange_put_frame(ex, peer, LANE_BULK, &action->route, &m);
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
    r->used += hub_exchange_put_frame(r->ex, r->peer, LANE_EXPRESS,
                                      &r->action->route, &m);
    if (entry->change.header.kind == KIND_ALERT &&
        hub_alerts_sent(r->ex->hub, &entry->change, r->peer->unit) != 0)
        r->ex->failed = true;
    return 0;
}

void hub_exchange_expedite(struct exchange *ex, const struct peer *peer,
                           const struct sync_action *action,
                           struct sync_event *sent)
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
    (void)hub_exchange_put_frame(r->ex, r->peer, LANE_EXPRESS,
                                 &r->action->route, &m);
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

void hub_exchange_list_early(struct exchange *ex, const struct peer *peer,
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
    r->used += hub_exchange_put_frame(r->ex, r->peer, LANE_EXPRESS,
                                      &r->action->route, &m);
    return 0;
}

void hub_exchange_hand_back(struct exchange *ex, const struct peer *peer,
                            const struct sync_action *action,
                            const struct sync_message *want,
                            struct sync_event *sent)
{
    struct reading r = {.ex = ex, .peer = peer, .action = action};

    for (size_t i = 0; want->type == MSG_WANT && i < want->want.count; i++) {
        struct change_ref ref = hub_exchange_ref(&want->want.refs[i]);

        (void)ledger_find(ex->hub->ledger, &ref, hand_back_one, &r);
    }
    sent->bytes = r.used;
}
