/* common/peer/sender.c - reading the ledger into frames. */
#include "common/peer/sender.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/sync/batch.h"

enum {
    EXPEDITE_BYTES = 64 * 1024, /* of copies in one go */
    LOOK = 4096 /* positions looked through for what goes first */
};

struct sender {
    struct ledger *ledger;
    struct batch batch;
    double ratio; /* plain bytes per byte of frame, lately */
    struct early_ref refs[LIMIT_EARLY_LIST];
};

struct reading {
    struct sender *s;
    const struct sender_host *host;
    size_t budget, used, count;
    uint64_t last;
    struct hash h;
    bool more;
    int64_t after; /* of early arrivals, only those behind this row */
};

int sender_encode(struct wire_codec *codec, const struct sync_session *session,
                  const char *home, struct bytes *out,
                  const struct sync_message *m, struct error *err)
{
    struct packing packing = sync_session_packing(session);

    /* what is lent is put aside, where nobody knows what stands before it */
    packing.short_head =
        m->type == MSG_BATCH && strcmp(m->batch.name.home, home) == 0;
    return wire_encode_packed(codec, out, m, &packing, err);
}

struct sender *sender_new(struct ledger *ledger)
{
    struct sender *s = mem_new(sizeof *s);

    s->ledger = ledger;
    s->ratio = 1.0;
    return s;
}

void sender_free(struct sender **sender)
{
    if (*sender == NULL)
        return;
    batch_free(&(*sender)->batch);
    mem_free(sender);
}

struct change_ref sender_ref(const struct early_ref *ref)
{
    struct change_ref r = {ref->home, ref->record, ref->version, ref->digest};

    return r;
}

/* The change as it may leave. */
static struct change outgoing(const struct reading *r,
                              const struct change *change)
{
    struct change out = *change;

    if (r->host->withhold != NULL)
        r->host->withhold(r->host->who, &out);
    return out;
}

/* ---- batches */

static int gather(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct change change = outgoing(r, &entry->change);
    size_t size = wire_change_size(&change);

    if (r->count > 0 &&
        (r->used + size > r->budget || r->count == LIMIT_BATCH_CHANGES)) {
        r->more = true;
        return 1;
    }
    batch_add(&r->s->batch, &change, size);
    r->used += size;
    r->count++;
    r->last = entry->seq;
    r->h = entry->h;
    return 0;
}

/* How many plain bytes will make a frame of `frame_bytes`. */
static size_t plain_budget(const struct sender *s, uint64_t frame_bytes)
{
    double plain = (double)frame_bytes * s->ratio;

    return plain > LIMIT_BATCH_PLAIN / 2 ? LIMIT_BATCH_PLAIN / 2
                                         : (size_t)plain;
}

void sender_push(struct sender *s, const struct sender_host *host,
                 const struct sync_action *action, int64_t wall_ms,
                 struct sync_event *sent)
{
    struct reading r = {.s = s, .host = host};
    struct sync_message m = {.type = MSG_BATCH};
    struct head head = {.name = action->name, .clock_ms = wall_ms};
    struct buf body = {0};
    int rc;

    sent->seq = action->seq - 1;
    batch_clear(&s->batch);
    r.budget = plain_budget(s, action->bytes);
    rc = ledger_read(s->ledger, &action->name, action->seq, gather, &r);
    if ((rc != 0 && rc != ERR_DAMAGED) || r.count == 0)
        return; /* before a damaged one it waits: it is being fetched */
    batch_seal(&s->batch);
    m.batch.name = action->name;
    m.batch.first = action->seq;
    m.batch.count = r.count;
    m.batch.changes = s->batch.changes;
    head.at = (struct stream_position){r.last, r.h};
    wire_head_encode(&body, &head);
    host->sign(host->who, &m.batch.head, HEAD_SIGN_DOMAIN, buf_bytes(&body));
    sent->bytes = host->put(host->who, LANE_BULK, &m);
    buf_free(&body);
    if (sent->bytes == 0)
        return;
    s->ratio = (s->ratio * 3 + (double)r.used / (double)sent->bytes) / 4;
    sent->seq = r.last;
    sent->more = r.more || rc == ERR_DAMAGED;
}

/* ---- early copies */

/* `last`: the position that was looked at last; of those that went, when it
 * stopped at one for which there was no room. */
static int expedite_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct sync_message m = {.type = MSG_EARLY};

    if (r->used >= r->budget) {
        r->more = true;
        return 1;
    }
    r->last = entry->seq;
    m.early.change = outgoing(r, &entry->change);
    if (!m.early.change.is_signed && r->host->prove != NULL)
        r->host->prove(r->host->who, &m.early.change, &entry->digest);
    if (!m.early.change.is_signed)
        return 0;
    r->used += r->host->put(r->host->who, LANE_EXPRESS, &m);
    if (r->host->sent_early != NULL)
        r->host->sent_early(r->host->who, &entry->change);
    return 0;
}

/* From the newest down. */
static void expedite_newest(struct sender *s, const struct sync_action *action,
                            struct reading *r, struct sync_event *sent)
{
    r->last = action->seq + 1;
    (void)ledger_read_newest(s->ledger, &action->name, action->to, action->seq,
                             expedite_one, r);
    sent->seq = r->more ? r->last - 1 : action->to - 1;
    sent->more = r->more;
}

/* Among many that do not go first they are looked for in steps. */
static void expedite_first(struct sender *s, const struct sync_action *action,
                           struct reading *r, struct sync_event *sent)
{
    uint64_t to = action->to;

    if (to - action->seq >= LOOK)
        to = action->seq + LOOK - 1;
    (void)ledger_read_first(s->ledger, &action->name, action->seq, to,
                            expedite_one, r);
    sent->seq = r->more ? r->last + 1 : to + 1;
    sent->more = r->more || to < action->to;
}

static void expedite_all(struct sender *s, const struct sync_action *action,
                         struct reading *r, struct sync_event *sent)
{
    (void)ledger_read_expedited(s->ledger, &action->name, action->seq,
                                expedite_one, r);
    sent->seq = r->last + 1;
    sent->more = r->more;
}

void sender_expedite(struct sender *s, const struct sender_host *host,
                     const struct sync_action *action, struct sync_event *sent)
{
    struct reading r = {.s = s, .host = host, .last = action->seq - 1};

    r.budget =
        action->bytes < EXPEDITE_BYTES ? (size_t)action->bytes : EXPEDITE_BYTES;
    switch ((enum sync_urgent)action->code) {
    case URGENT_ALL:
        expedite_all(s, action, &r, sent);
        break;
    case URGENT_FIRST:
        expedite_first(s, action, &r, sent);
        break;
    case URGENT_REST:
        expedite_newest(s, action, &r, sent);
        break;
    }
    sent->bytes = r.used;
}

/* ---- early arrivals: naming them, handing them back */

static void send_list(struct reading *r, bool last)
{
    struct sync_message m = {.type = MSG_EARLY_LIST};

    m.early_list.last = last;
    m.early_list.count = r->count;
    m.early_list.refs = r->s->refs;
    (void)r->host->put(r->host->who, LANE_EXPRESS, &m);
    r->count = 0;
}

static void list_ref(struct reading *r, const struct entry *entry)
{
    struct early_ref *ref = &r->s->refs[r->count++];

    memset(ref, 0, sizeof *ref);
    memcpy(ref->home, entry->change.header.home, sizeof ref->home);
    ref->record = entry->change.header.record;
    ref->version = entry->change.header.version;
    ref->digest = entry->digest;
}

static int list_one(void *who, const struct entry *entry)
{
    struct reading *r = who;

    if (entry->id <= r->after)
        return 0;
    if (r->count == LIMIT_EARLY_LIST)
        send_list(r, false);
    list_ref(r, entry);
    r->last = (uint64_t)entry->id;
    return 0;
}

void sender_list_early(struct sender *s, const struct sender_host *host,
                       const struct sync_action *action, int64_t *listed)
{
    struct reading r = {.s = s, .host = host};

    r.after = action->seq == 0 ? 0 : *listed;
    r.last = (uint64_t)r.after;
    (void)ledger_read_early(s->ledger, action->name.home, list_one, &r);
    *listed = (int64_t)r.last;
    if (r.count > 0 || action->seq == 0)
        send_list(&r, true);
}

static int list_own_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    size_t size = wire_change_size(&entry->change);

    if (r->count == LIMIT_EARLY_LIST ||
        (r->count > 0 && r->used + size > r->budget)) {
        r->more = true;
        return 1;
    }
    r->used += size;
    r->last = entry->seq + 1;
    list_ref(r, entry);
    return 0;
}

void sender_list_own(struct sender *s, const struct sender_host *host,
                     const struct sync_action *action, struct sync_event *sent)
{
    struct reading r = {.s = s, .host = host, .last = action->seq};

    r.budget = (size_t)action->bytes;
    (void)ledger_read(s->ledger, &action->name, action->seq, list_own_one, &r);
    sent->seq = r.last;
    sent->more = r.more;
    sent->bytes = 0; /* lists take no credit */
    if (r.count > 0)
        send_list(&r, !r.more);
}

static int hand_back_one(void *who, const struct entry *entry)
{
    struct reading *r = who;
    struct sync_message m = {.type = MSG_EARLY};

    m.early.change = outgoing(r, &entry->change);
    m.early.handed_back = true;
    if (!m.early.change.is_signed && r->host->prove != NULL)
        r->host->prove(r->host->who, &m.early.change, &entry->digest);
    r->used += r->host->put(r->host->who, LANE_EXPRESS, &m);
    return 0;
}

void sender_hand_back(struct sender *s, const struct sender_host *host,
                      const struct sync_action *action, struct sync_event *sent)
{
    const struct msg_want *want = &action->message->want;
    struct reading r = {.s = s, .host = host};
    size_t i;

    for (i = 0;
         i < want->count && (action->bytes == 0 || r.used < action->bytes);
         i++) {
        struct change_ref ref = sender_ref(&want->refs[i]);

        if (host->home != NULL && strcmp(ref.home, host->home) != 0 &&
            strcmp(ref.home, host->other) != 0)
            continue;
        (void)ledger_find(s->ledger, &ref, hand_back_one, &r);
    }
    sent->seq = i;
    sent->bytes = r.used;
}
