/* node/uplink_vault.c - objects on their way: made when they leave, taken when
 * they come back (PROTOCOL 7.10). */
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/peer/missing.h"
#include "node/uplink_inside.h"
#include "node/vault.h"

enum { VAULT_MINOR = 2 };
enum { MESSAGE_MOST = LIMIT_FRAME - 24 * 1024 /* of objects */ };

struct loading { /* of one message */
    struct uplink *u;
    struct vault_object objects[LIMIT_VAULT_OBJECTS];
    size_t ends[LIMIT_VAULT_OBJECTS]; /* in `bytes` */
    size_t count;
    bool bodies;
    int rc;
    struct buf bytes;
};

static struct early_ref ref_of(const struct entry *entry)
{
    const struct change_header *header = &entry->change.header;
    struct early_ref ref = {.record = header->record,
                            .version = header->version,
                            .digest = entry->digest};

    memcpy(ref.home, header->home, sizeof ref.home);
    return ref;
}

static int lock_one(void *who, const struct entry *entry)
{
    struct loading *l = who;

    l->rc = node_vault_lock(l->u->node, entry, l->bodies, &l->bytes);
    if (l->rc == 0) {
        l->objects[l->count].ref = ref_of(entry);
        l->ends[l->count++] = l->bytes.size;
    }
    return 1;
}

static int lock_whole(void *who, const struct entry *entry)
{
    for (int i = PART_BODY; i < PART_COUNT; i++)
        if (entry->change.part[i].form == PART_WHOLE)
            return lock_one(who, entry);
    return 0;
}

/* From position `at`: the next change that needs an object, or the end of where
 * one rule holds. True when there is one. */
static bool next_of(struct loading *l, uint64_t at, uint64_t head,
                    uint64_t bodies_to, uint64_t *found)
{
    struct node *node = l->u->node;
    uint64_t to = at <= bodies_to && bodies_to < head ? bodies_to : head;

    l->bodies = at <= bodies_to;
    *found = to;
    return ledger_vault_next(node->ledger, &node->up, at, to, l->bodies,
                             found) == 0;
}

/* What cannot be read or locked is told and passed by: it must not hold up the
 * objects behind it. False: the disk said no, or the frame is full. */
static bool load_one(struct loading *l, uint64_t seq)
{
    struct node *node = l->u->node;
    size_t size = l->bytes.size;
    int rc = ledger_read(node->ledger, &node->up, seq, lock_one, l);

    if (rc == 0)
        rc = l->rc;
    if (rc == ERR_IO || rc == ERR_FULL)
        return false;
    if (rc != 0)
        log_error("vault.unlocked", "seq=%llu code=%s todo=\"run verify\"",
                  (unsigned long long)seq, error_name(rc));
    if (l->count < 2 || l->bytes.size <= MESSAGE_MOST)
        return true;
    l->bytes.size = size; /* it goes with the next message */
    l->count--;
    return false;
}

/* Returns the last position that is dealt with. */
static uint64_t load(struct loading *l, uint64_t from, uint64_t head,
                     uint64_t budget)
{
    uint64_t bodies_to = node_vault_bodies_to(l->u->node), last = from - 1;

    while (last < head && l->count < LIMIT_VAULT_OBJECTS &&
           l->bytes.size < budget) {
        uint64_t found;

        if (next_of(l, last + 1, head, bodies_to, &found) &&
            !load_one(l, found))
            return found - 1;
        last = found;
    }
    return last;
}

static void settle(struct loading *l)
{
    size_t start = 0;

    for (size_t i = 0; i < l->count; i++) {
        l->objects[i].bytes =
            bytes_of(l->bytes.data + start, l->ends[i] - start);
        start = l->ends[i];
    }
}

void node_uplink_push_vault(struct uplink *u, const struct sync_action *a,
                            uint64_t head, struct sync_event *sent)
{
    struct loading *l = mem_new(sizeof *l);
    struct sync_message m = {.type = MSG_VAULT};

    l->u = u;
    sent->seq = a->seq - 1;
    m.vault.name = a->name;
    m.vault.after = a->seq - 1;
    m.vault.last = load(l, a->seq, head, a->bytes);
    settle(l);
    m.vault.count = l->count;
    m.vault.objects = l->objects;
    if (m.vault.last > m.vault.after)
        sent->bytes = node_uplink_put(u, LANE_BULK, &m);
    if (sent->bytes > 0)
        sent->seq = m.vault.last;
    buf_free(&l->bytes);
    mem_free(&l);
}

static void push(struct uplink *u, const struct sync_action *a,
                 struct sync_event *sent)
{
    struct ledger_stream s;

    sent->seq = a->seq - 1;
    if (ledger_stream(u->node->ledger, &s, &u->node->up, true) == 0)
        node_uplink_push_vault(u, a, s.acked, sent);
}

/* Objects that the hub lost or never had: made again, of what is still whole
 * here. "None of these" is an answer. */
static void give(struct uplink *u, const struct sync_action *a,
                 const struct msg_vault_want *want, struct sync_event *sent)
{
    struct loading *l = mem_new(sizeof *l);
    struct sync_message m = {.type = MSG_VAULT};

    l->u = u;
    l->bodies = true;
    for (size_t i = 0; i < want->count && l->count < LIMIT_VAULT_OBJECTS &&
                       l->bytes.size < a->bytes &&
                       l->bytes.size < MESSAGE_MOST - LIMIT_VAULT_OBJECT;
         i++) {
        struct change_ref ref = sender_ref(&want->refs[i]);

        if (strcmp(ref.home, u->node->keys.unit) == 0)
            (void)ledger_find(u->node->ledger, &ref, lock_whole, l);
    }
    settle(l);
    m.vault.name = a->name;
    m.vault.count = l->count;
    m.vault.objects = l->objects;
    if (a->lane == LANE_EXPRESS)
        (void)node_uplink_put(u, LANE_EXPRESS, &m);
    else
        sent->bytes = node_uplink_put(u, LANE_BULK, &m);
    buf_free(&l->bytes);
    mem_free(&l);
}

static void look_for_missing(struct uplink *u, const struct sync_action *a,
                             struct sync_event *sent)
{
    struct node *node = u->node;
    struct early_ref refs[LIMIT_VAULT_OBJECTS];
    struct sync_action from = *a;
    struct sync_message want;
    struct ledger_stream s;
    int rc = ledger_stream(node->ledger, &s, &node->up, true);

    if (from.seq == 0)
        from.seq = node_vault_missing_from(node);
    if (rc == 0)
        rc = missing_look(node->ledger, &s, &from, refs, &want, sent);
    if (rc != 0)
        u->failed = true;
    else if (sent->code > 0 && a->online)
        (void)node_uplink_put(u, LANE_EXPRESS, &want);
}

bool node_uplink_send_vault(struct uplink *u, const struct sync_action *a,
                            struct sync_event *sent)
{
    sent->lane = a->lane;
    if (a->type == SYNC_PUSH_VAULT) {
        push(u, a, sent);
    } else if (a->type == SYNC_WANT_VAULT) {
        look_for_missing(u, a, sent);
    } else {
        give(u, a, &a->message->vault_want, sent);
        memset(&sent->name, 0, sizeof sent->name);
    }
    return true;
}

/* ---- what comes back */

int node_uplink_store_vault(struct uplink *u, const struct msg_vault *m)
{
    int rc = 0;

    for (size_t i = 0; i < m->count && rc == 0; i++) {
        rc = node_vault_take(u->node, &m->objects[i]);
        if (rc == ERR_MISSING) {
            log_warn("vault.unknown", "after=%llu",
                     (unsigned long long)m->after);
            rc = 0; /* of no use here, and no harm */
        }
    }
    if (rc == 0 && m->last > 0)
        rc = node_vault_pulled(u->node, m->last);
    return receiver_outcome(rc, &u->failed);
}

bool node_uplink_want(struct uplink *u, const struct early_ref *refs,
                      size_t count)
{
    struct sync_message want = {.type = MSG_VAULT_WANT};

    want.vault_want.refs = refs;
    want.vault_want.count = count;
    if (sync_session_state(u->session) != SYNC_LIVE ||
        sync_session_minor(u->session) < VAULT_MINOR)
        return false;
    sync_session_ask_bulk(u->session); /* what is asked for comes on it */
    return node_uplink_put(u, LANE_EXPRESS, &want) > 0;
}
