/* hub/exchange_vault.c - the vault of the communes: what a node locked is kept
 * as it came and lent back to a machine that lost it (PROTOCOL 7.10). Nothing
 * here could open it. */
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/peer/missing.h"
#include "common/store/ledger_vault.h"
#include "hub/exchange_inside.h"
#include "hub/repair.h"

uint64_t hub_exchange_vaulted(struct exchange *ex, const char *unit)
{
    struct stream_name up = stream_name_make(unit, STREAM_UP);

    return ledger_vaulted(ex->hub->ledger, &up);
}

bool hub_exchange_lacks(struct exchange *ex, const char *unit)
{
    struct stream_name up = stream_name_make(unit, STREAM_UP);
    struct ledger_lacking lacking;

    return ledger_lacking(ex->hub->ledger, &up, &lacking) == 0 &&
           lacking.first != 0;
}

/* ---- storing */

static int keep(struct exchange *ex, const struct vault_object *object)
{
    struct change_ref ref = sender_ref(&object->ref);

    return ledger_vault_put(ex->hub->ledger, &ref, object->bytes);
}

static int see_good(void *who, const struct vault_item *item)
{
    *(bool *)who = item->good;
    return 1;
}

/* Single objects, asked for: what is whole here may be the present machine's,
 * or was opened and locked anew since, and stays. Of an erased record nothing
 * is kept. */
static int keep_missing(struct exchange *ex, const struct vault_object *object,
                        size_t *kept)
{
    struct ledger *l = ex->hub->ledger;
    struct change_ref ref = sender_ref(&object->ref);
    bool good = false;
    int rc = ledger_vault_find(l, &ref, see_good, &good);

    if (good || (rc != 0 && rc != ERR_MISSING))
        return rc;
    if ((rc = keep(ex, object)) == 0 &&
        (rc = ledger_vault_find(l, &ref, see_good, &good)) == ERR_MISSING)
        rc = 0;
    *kept += good;
    return rc;
}

static int store_single(struct exchange *ex, struct peer *peer,
                        const struct msg_vault *m, struct sync_event *stored)
{
    int rc = 0;

    stored->bytes = 0;
    for (size_t i = 0; i < m->count && rc == 0; i++)
        rc = keep_missing(ex, &m->objects[i], &stored->bytes);
    if (peer->retiring && stored->bytes > 0)
        ex->drained_in = peer->gave_objects = true;
    return receiver_outcome(rc, &ex->failed);
}

static int store(struct exchange *ex, const struct peer *peer,
                 const struct msg_vault *m)
{
    struct stream_name up = stream_name_make(peer->unit, STREAM_UP);
    int rc = 0;

    for (size_t i = 0; i < m->count && rc == 0; i++)
        rc = keep(ex, &m->objects[i]);
    if (rc == 0)
        rc = ledger_vault_reach(ex->hub->ledger, &up, m->last);
    if (rc != 0)
        log_warn("vault.refused", "unit=%s last=%llu code=%d",
                 hub_unit_name(ex->hub, peer->unit),
                 (unsigned long long)m->last, rc);
    return receiver_outcome(rc, &ex->failed);
}

/* ---- lending */

struct gathered {
    struct exchange *ex;
    struct vault_object objects[LIMIT_VAULT_OBJECTS];
    size_t offsets[LIMIT_VAULT_OBJECTS];
    size_t count;
    size_t damaged_count;
    struct buf bytes;
    uint64_t budget, last;
    bool more;
};

static struct early_ref ref_of(const struct vault_item *item)
{
    struct early_ref ref = {.record = item->header.record,
                            .version = item->header.version,
                            .digest = item->digest};

    memcpy(ref.home, item->header.home, sizeof ref.home);
    return ref;
}

static int gather(void *who, const struct vault_item *item)
{
    struct gathered *g = who;

    if (g->count == LIMIT_VAULT_OBJECTS ||
        g->damaged_count == LIMIT_VAULT_OBJECTS ||
        (g->count > 0 && g->bytes.size + item->bytes.size > g->budget)) {
        g->more = true;
        return 1;
    }
    g->last = item->seq;
    if (!item->good) { /* never given away; its machine is asked for it */
        hub_repair_object(g->ex->hub, item->change);
        g->damaged_count++;
        return 0;
    }
    g->offsets[g->count] = g->bytes.size;
    g->objects[g->count].ref = ref_of(item);
    g->objects[g->count++].bytes.size = item->bytes.size;
    buf_add_bytes(&g->bytes, item->bytes);
    return 0;
}

/* The bytes do not move any more. */
static void settle(struct gathered *g)
{
    for (size_t i = 0; i < g->count; i++)
        g->objects[i].bytes.data = g->bytes.data + g->offsets[i];
}

static void push(struct exchange *ex, const struct peer *peer,
                 const struct sync_action *a, struct sync_event *sent)
{
    struct gathered *g = mem_new(sizeof *g);
    struct sync_message m = {.type = MSG_VAULT};
    struct stream_name up = stream_name_make(peer->unit, STREAM_UP);
    uint64_t vaulted = ledger_vaulted(ex->hub->ledger, &up);

    g->ex = ex;
    sent->seq = a->seq - 1;
    g->budget = a->bytes;
    if (ledger_vault_read(ex->hub->ledger, &up, a->seq, vaulted, gather, g) ==
        0) {
        settle(g);
        m.vault.name = a->name;
        m.vault.after = a->seq - 1;
        m.vault.last = g->more ? g->last : vaulted;
        m.vault.count = g->count;
        m.vault.objects = g->objects;
        sent->bytes = hub_exchange_put(ex, peer, LANE_BULK, &a->route, &m);
        if (sent->bytes > 0)
            sent->seq = m.vault.last;
        sent->more = g->more;
    }
    buf_free(&g->bytes);
    mem_free(&g);
}

/* ---- what is missing */

/* Of the present machine only what was passed over is asked, so that nothing
 * is looked at when nothing was. */
static int narrow(struct ledger *l, struct ledger_stream *up,
                  struct sync_action *a, struct ledger_lacking *lacking)
{
    int rc = ledger_lacking(l, &up->name, lacking);

    if (lacking->last > up->head.seq)
        lacking->last = up->head.seq;
    up->head.seq = lacking->last;
    if (a->seq < lacking->first)
        a->seq = lacking->first;
    return rc;
}

/* What was looked at from its beginning on, and is whole, lacks no more. */
static int whole_to(struct ledger *l, const struct stream_name *up,
                    struct ledger_lacking *lacking, uint64_t next)
{
    lacking->first = next;
    if (lacking->first > lacking->last)
        *lacking = (struct ledger_lacking){0, 0};
    return ledger_set_lacking(l, up, lacking);
}

static int look_at_passed(struct ledger *l, struct ledger_stream *up,
                          const struct sync_action *a,
                          struct early_ref refs[LIMIT_VAULT_OBJECTS],
                          struct sync_message *want, struct sync_event *sent)
{
    struct ledger_lacking lacking;
    struct sync_action from = *a;
    int rc = narrow(l, up, &from, &lacking);

    if (rc == 0)
        rc = missing_look(l, up, &from, refs, want, sent);
    if (rc == 0 && lacking.first != 0 && from.seq == lacking.first &&
        sent->code == 0)
        rc = whole_to(l, &up->name, &lacking, sent->seq);
    return rc;
}

static void look_for_missing(struct exchange *ex, const struct peer *peer,
                             const struct sync_action *a,
                             struct sync_event *sent)
{
    struct ledger *l = ex->hub->ledger;
    struct stream_name up = stream_name_make(peer->unit, STREAM_UP);
    struct early_ref refs[LIMIT_VAULT_OBJECTS];
    struct sync_message want;
    struct ledger_stream s;
    int rc = ledger_stream(l, &s, &up, false);

    if (rc == 0)
        rc = peer->retiring ? missing_look(l, &s, a, refs, &want, sent)
                            : look_at_passed(l, &s, a, refs, &want, sent);
    if (rc != 0) {
        (void)receiver_outcome(rc, &ex->failed);
        ex->failed = true; /* what was not looked at is not called whole */
    } else if (sent->code > 0 && a->online) {
        (void)hub_exchange_put(ex, peer, LANE_EXPRESS, &a->route, &want);
    }
}

/* ---- single ones */

static void give_one(struct exchange *ex, const struct peer *peer,
                     const struct sync_action *a, const struct gathered *g,
                     struct sync_event *sent)
{
    struct sync_message m = {.type = MSG_VAULT};

    m.vault.name = a->name;
    m.vault.count = g->count;
    m.vault.objects = g->objects;
    if (g->count > 0)
        sent->bytes += hub_exchange_put(ex, peer, LANE_BULK, &a->route, &m);
}

static void give(struct exchange *ex, const struct peer *peer,
                 const struct sync_action *a, const struct msg_vault_want *want,
                 struct sync_event *sent)
{
    struct gathered *g = mem_new(sizeof *g);

    g->ex = ex;
    for (size_t i = 0; i < want->count && sent->bytes < a->bytes; i++) {
        struct change_ref ref = sender_ref(&want->refs[i]);

        if (strcmp(ref.home, peer->unit) != 0)
            continue;
        g->count = g->damaged_count = 0;
        buf_clear(&g->bytes);
        (void)ledger_vault_find(ex->hub->ledger, &ref, gather, g);
        settle(g);
        give_one(ex, peer, a, g, sent);
    }
    buf_free(&g->bytes);
    mem_free(&g);
}

void hub_exchange_act_vault(struct exchange *ex, struct peer *peer,
                            const struct sync_action *a,
                            const struct sync_message *m,
                            struct sync_event *next)
{
    next->lane = a->type == SYNC_WANT_VAULT ? LANE_EXPRESS : LANE_BULK;
    if (a->type == SYNC_STORE_VAULT) {
        next->type = SYNC_STORED;
        next->code = m->vault.last == 0
                         ? store_single(ex, peer, &m->vault, next)
                         : store(ex, peer, &m->vault);
    } else if (a->type == SYNC_WANT_VAULT) {
        look_for_missing(ex, peer, a, next);
    } else if (a->type == SYNC_PUSH_VAULT) {
        push(ex, peer, a, next);
    } else {
        give(ex, peer, a, &a->message->vault_want, next);
        memset(&next->name, 0, sizeof next->name);
    }
}
