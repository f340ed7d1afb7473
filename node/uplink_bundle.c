/* node/uplink_bundle.c - an uplink without sockets: what it says stays in its
 * frames, what it hears comes from a file. */
#include "node/uplink_bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/media/carry.h"
#include "common/peer/paper.h"
#include "node/alerts.h"
#include "node/uplink_inside.h"
#include "node/vault.h"

enum {
    STAGE_URGENT,
    STAGE_STREAM,
    STAGE_VAULT,
    STAGE_LACKS,
    STAGE_PIECES,
    STAGE_END,
    OBJECTS_BYTES = 96 * 1024 /* asked for at once */
};

#define CLAIM_SETTING "bundle_claim"
#define SET_BACK_SETTING "bundle_set_back"

static const struct hash_function hash_function = {crypto_sha256};

static struct uplink *paper_new(struct node *node)
{
    struct uplink *u = mem_new(sizeof *u);

    u->node = node;
    return u;
}

static void paper_free(struct uplink **uplink)
{
    struct uplink *u = *uplink;

    mem_free(&u->frames);
    buf_free(&u->bytes);
    sender_free(&u->sender);
    receiver_free(&u->receiver);
    mem_free(uplink);
}

/* ---- making */

struct making {
    struct uplink *u;
    struct bundle_cursor *at;
    struct paper_making block;
    struct media_load load;
};

/* What may not leave stays here; what leaves proves itself, so that it can be
 * judged without what stands before it. */
static void withhold_and_prove(void *who, struct change *change)
{
    struct uplink *u = who;
    struct hash digest;

    node_uplink_withhold(u, change);
    if (change->is_signed)
        return;
    digest = change_digest(&hash_function, change);
    u->host.prove(u, change, &digest);
}

static void say_hello(struct making *m)
{
    struct uplink *u = m->u;
    struct stream_claim claims[CLAIMS];
    struct sync_message hello = {.type = MSG_HELLO};
    struct sync_local local;

    node_uplink_local_side(u, claims, &local);
    hello.hello.minor_min = PROTOCOL_MINOR_OLDEST;
    hello.hello.minor_max = PROTOCOL_MINOR;
    memcpy(hello.hello.unit, u->node->keys.unit, sizeof hello.hello.unit);
    hello.hello.certificate = local.certificate;
    hello.hello.clock_ms = u->node->wall_ms;
    (void)snprintf(hello.hello.software, sizeof hello.hello.software, "%s",
                   LIENXA_VERSION);
    hello.hello.acked = local.acked;
    hello.hello.backlog = local.backlog;
    hello.hello.claim_count = local.claim_count;
    hello.hello.claims = local.claims;
    (void)node_uplink_put(u, LANE_EXPRESS, &hello);
}

/* True: the stage is over. */
static bool make_urgent(struct making *m)
{
    return paper_urgent(&m->block, &m->u->node->up, &m->at->seq);
}

static bool make_batch(struct making *m)
{
    bool over = paper_batch(&m->block, &m->u->node->up, m->at->head[0],
                            m->u->node->wall_ms, &m->at->seq);

    if (m->block.damaged) /* nothing behind it is in this bundle */
        m->at->head[0] = m->at->seq - 1;
    return over;
}

static bool make_objects(struct making *m)
{
    struct uplink *u = m->u;
    struct paper_mark mark = paper_mark(&m->block);
    struct sync_action a = {
        .type = SYNC_PUSH_VAULT, .seq = m->at->seq, .bytes = OBJECTS_BYTES};
    struct sync_event sent = {.type = SYNC_SENT};

    a.name = stream_name_make(u->node->keys.unit, STREAM_VAULT);
    if (m->at->seq > m->at->head[0])
        return true;
    node_uplink_push_vault(u, &a, m->at->head[0], &sent);
    if (sent.bytes == 0)
        return true; /* no recovery key, or the disk: they go another time */
    if (paper_fits(&m->block, mark))
        m->at->seq = sent.seq + 1;
    return m->at->seq > m->at->head[0];
}

/* ---- files, behind all words */

/* What may leave: that of which the words did (PROTOCOL 7.12). */
static struct media_carry_rule rule_of(const struct node *node)
{
    return (struct media_carry_rule){.unit = "",
                                     .home = node->keys.unit,
                                     .report_kind = KIND_REPORT,
                                     .reports = node->body_always};
}

static void put_file(void *who, const struct sync_message *m)
{
    (void)node_uplink_put(who, LANE_BULK, m);
}

static bool make_lacks(struct making *m)
{
    struct paper_mark mark = paper_mark(&m->block);
    struct bundle_files before = m->at->files;
    bool over = media_load_lacks(&m->load, "", 0);

    if (paper_fits(&m->block, mark))
        return over;
    m->at->files = before;
    return false;
}

static bool make_pieces(struct making *m)
{
    struct paper_mark mark = paper_mark(&m->block);
    bool over = bundle_room_over(m->at) || media_load_piece(&m->load);

    (void)paper_fits(&m->block, mark); /* a piece always does */
    return over;
}

/* Where a stage begins. */
static void enter(struct making *m, int stage)
{
    struct vault_plan plan;

    m->at->stage = stage;
    m->at->seq = m->at->after[0] + 1;
    if (stage == STAGE_PIECES)
        media_load_begin(&m->load);
    if (stage == STAGE_END)
        media_load_end(&m->load);
    if (stage != STAGE_VAULT)
        return;
    node_vault_plan(m->u->node, &plan);
    m->at->seq =
        1 + (plan.again ? plan.from
                        : ledger_vaulted(m->u->node->ledger, &m->u->node->up));
}

static void begin(struct making *m)
{
    struct ledger_stream s;

    if (ledger_stream(m->u->node->ledger, &s, &m->u->node->up, true) != 0) {
        m->u->failed = true;
        return;
    }
    m->at->head[0] = s.head.seq;
    if (m->at->after[0] > s.head.seq)
        m->at->after[0] = s.head.seq;
    enter(m, STAGE_URGENT);
    say_hello(m);
}

static void fill(struct making *m)
{
    static bool (*const stages[STAGE_END])(struct making *
                                           m) = {[STAGE_URGENT] = make_urgent,
                                                 [STAGE_STREAM] = make_batch,
                                                 [STAGE_VAULT] = make_objects,
                                                 [STAGE_LACKS] = make_lacks,
                                                 [STAGE_PIECES] = make_pieces};

    if (m->at->number == 0)
        begin(m);
    while (!m->block.full && !m->u->failed && m->at->stage < STAGE_END)
        if (stages[m->at->stage](m))
            enter(m, m->at->stage + 1);
    m->u->failed = m->u->failed || m->load.rc != 0;
    m->at->done = m->at->stage >= STAGE_END;
    m->at->number++;
}

static void wrap(const struct uplink *u, struct buf *out)
{
    struct bytes *frames = mem_array(u->frame_count + 1, sizeof *frames);

    for (size_t i = 0; i < u->frame_count; i++)
        frames[i] =
            bytes_of(u->bytes.data + u->frames[i].offset, u->frames[i].size);
    wire_bundle_frames_encode(out, frames, u->frame_count);
    mem_free(&frames);
}

int node_uplink_bundle_make(struct node *node, struct bundle_cursor *cursor,
                            struct buf *frames, bool *damaged)
{
    struct uplink *u = paper_new(node);
    struct making m = {.u = u, .at = cursor};
    int rc;

    node_uplink_be_host(u);
    u->host.withhold = withhold_and_prove;
    m.block = (struct paper_making){.sender = u->sender,
                                    .host = &u->host,
                                    .bytes = &u->bytes,
                                    .frame_count = &u->frame_count};
    m.load = (struct media_load){.care = &node->media,
                                 .rule = rule_of(node),
                                 .who = u,
                                 .put = put_file,
                                 .at = &cursor->files};
    fill(&m);
    wrap(u, frames);
    *damaged = m.block.damaged;
    rc = u->failed ? db_code(node_store_db(node->store)) : 0;
    paper_free(&u);
    return rc;
}

uint64_t node_uplink_bundle_reached(const struct bundle_cursor *cursor)
{
    switch (cursor->stage) {
    case STAGE_URGENT:
        return cursor->after[0];
    case STAGE_STREAM:
        return cursor->seq - 1;
    default:
        return cursor->head[0];
    }
}

/* ---- taking in */

struct taking {
    struct uplink *u;
    struct bundle_count *count;
    int64_t told_ms; /* when it was made, by our clock: believed (paper.h) */
    int64_t made_ms; /* the same by the hub's, as far as we know it */
    int64_t now_ms;  /* by that */
    struct error *err;
    struct paper_taking streams;
    struct media_unload files;
};

static int store_early(void *who, const struct msg_early *early)
{
    return node_uplink_store_early(who, early);
}

static int store_batch(void *who, const struct msg_batch *batch)
{
    uint64_t reached;

    return node_uplink_store_batch(who, batch, false, &reached);
}

static struct paper_taking streams_of(const struct taking *t)
{
    struct node *node = t->u->node;

    return (struct paper_taking){.who = t->u,
                                 .ledger = node->ledger,
                                 .db = node_store_db(node->store),
                                 .failed = &t->u->failed,
                                 .hash = &hash_function,
                                 .alerts = true,
                                 .count = t->count,
                                 .err = t->err,
                                 .store_early = store_early,
                                 .store_batch = store_batch};
}

static int take_batch(struct taking *t, const struct msg_batch *batch)
{
    const struct node *node = t->u->node;

    if ((!stream_name_equal(&batch->name, &node->all) &&
         !stream_name_equal(&batch->name, &node->orders)) ||
        !paper_batch_valid(batch))
        return error_set(t->err, ERR_REFUSED, "a stream that is not the hub's");
    return paper_take_batch(&t->streams, batch);
}

/* ---- what the hub says that it has */

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct node *node = who;

    return ledger_hash_at(node->ledger, name, seq, out) == 0;
}

/* When it said so; 0: never, or it stands here from a time that is still to
 * come, by a wrong clock. */
static int64_t said_ms(const struct taking *t, const char *name)
{
    int64_t ms = strtoll(node_store_setting(t->u->node->store, name), NULL, 10);

    return paper_made_ms(ms, t->now_ms) == ms ? ms : 0;
}

/* Later than whatever the hub was last known to have said. */
static bool is_latest(const struct taking *t)
{
    return t->made_ms > said_ms(t, "beacon_ms") &&
           t->made_ms > said_ms(t, CLAIM_SETTING);
}

static int remember(const struct taking *t, const char *name)
{
    char text[32];

    if (t->made_ms <= said_ms(t, name))
        return 0;
    (void)snprintf(text, sizeof text, "%lld", (long long)t->made_ms);
    return node_store_set(t->u->node->store, name, text);
}

/* It has less than it once acknowledged: it is carried again, and what it said
 * before it lost it counts no more. */
static int set_back(const struct taking *t, uint64_t head, uint64_t vaulted)
{
    struct node *node = t->u->node;
    int rc = remember(t, SET_BACK_SETTING);

    if (rc == 0 && vaulted < ledger_vaulted(node->ledger, &node->up))
        rc = ledger_set_vaulted(node->ledger, &node->up, vaulted);
    if (rc != 0)
        return rc;
    node_alarm(node, ALARM_HUB_REWOUND,
               "a bundle says that the hub was set back (it holds our reports "
               "only up to %llu, less than it had acknowledged). The rest goes "
               "with the next bundle, or by the line",
               (unsigned long long)head);
    if ((rc = ledger_set_acked(node->ledger, &node->up, head)) != 0)
        return rc;
    return ledger_unsettle(node->ledger, &node->up, head);
}

static int take_claim(struct taking *t, const struct msg_welcome *welcome)
{
    struct node *node = t->u->node;
    const struct stream_lookup view = {view_hash_at, node};
    uint64_t head = welcome->up.samples[0].seq, vaulted = welcome->vaulted;
    struct ledger_stream s;
    int rc;

    if (ledger_stream(node->ledger, &s, &node->up, true) != 0)
        return paper_world(&t->streams);
    t->count->told = true;
    t->count->acked = s.acked;
    if (!stream_relate(&welcome->up, &view).prefix) {
        t->count->forked = true;
        return 0;
    }
    if (t->made_ms < said_ms(t, SET_BACK_SETTING))
        return 0;
    if (vaulted > head)
        vaulted = head;
    if (head >= s.acked)
        rc = ledger_set_acked(node->ledger, &node->up, head);
    else if (is_latest(t))
        rc = set_back(t, head, vaulted);
    else
        return 0;
    if (rc == 0 && vaulted > ledger_vaulted(node->ledger, &node->up))
        rc = node_vault_acked(node, vaulted);
    t->count->acked = head;
    t->count->moved = head != s.acked;
    return rc != 0 ? rc : remember(t, CLAIM_SETTING);
}

static int take_welcome(struct taking *t, const struct msg_welcome *welcome)
{
    if (!stream_name_equal(&welcome->up.name, &t->u->node->up) ||
        !stream_claim_valid(&welcome->up))
        return error_set(t->err, ERR_REFUSED, "a welcome that makes no sense");
    return take_claim(t, welcome);
}

/* ---- files */

/* On the line the same file is not written meanwhile. */
static void hold(void *who, const struct hash *name)
{
    const struct node *node = who;

    if (node->uplink != NULL && node->uplink->media.part.file != NULL &&
        hash_equal(&node->uplink->media.part.row.name, name))
        media_fetch_lost(&node->uplink->media);
}

static struct media_unload files_of(const struct taking *t)
{
    struct node *node = t->u->node;

    return (struct media_unload){.care = &node->media,
                                 .source = "",
                                 .tight = care_is_tight(&node->care),
                                 .now = {node->mono_ms, node->wall_ms},
                                 .count = t->count,
                                 .who = node,
                                 .hold = hold};
}

/* Did the hub, which held `up` to `seq`, have all words that name a file? */
struct naming {
    struct node *node;
    uint64_t seq; /* of what the hub held and we know that it does */
    unsigned known, unknown;
};

static int see_words(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct naming *n = who;

    (void)row;
    if (entry != NULL && entry->seq > 0 && entry->seq <= n->seq)
        n->known++;
    else
        n->unknown++;
    return 0;
}

static int see_record(void *who, const struct id *record)
{
    struct naming *n = who;
    struct record_row row;

    if (ledger_record(n->node->ledger, n->node->keys.unit, record, &row,
                      see_words, n) != 0)
        n->unknown++;
    return 0;
}

static bool hub_had_words(void *who, const struct hash *name, uint64_t seq)
{
    struct node *node = who;
    struct naming n = {.node = node, .seq = seq};
    struct ledger_stream s;

    if (ledger_stream(node->ledger, &s, &node->up, true) != 0)
        return false;
    if (n.seq > s.acked)
        n.seq = s.acked;
    return media_carry_records(node->media.carry, name, node->keys.unit,
                               see_record, &n) == 0 &&
           n.known > 0 && n.unknown == 0;
}

static int take_lacks(struct taking *t, const struct msg_media_lacks *said)
{
    struct node *node = t->u->node;
    struct media_lacking lacking = {
        .care = &node->media,
        .rule = rule_of(node),
        .said = {t->told_ms, node->wall_ms + PAPER_AHEAD_MS},
        .who = node,
        .held = hub_had_words};

    return media_lacking_take(&lacking, said);
}

static int take_frame(void *who, struct bytes frame)
{
    struct taking *t = who;
    struct sync_message m;
    int rc = wire_decode(t->u->node->codec, &m, frame, t->err);

    if (rc == ERR_VERSION)
        return 0; /* of a later minor: as on a line */
    if (rc != 0)
        return rc;
    switch ((int)m.type) {
    case MSG_WELCOME:
        return take_welcome(t, &m.welcome);
    case MSG_EARLY:
        return paper_take_change(&t->streams, &m.early.change);
    case MSG_BATCH:
        return take_batch(t, &m.batch);
    case MSG_MEDIA_LACKS:
        return take_lacks(t, &m.media_lacks);
    case MSG_MEDIA_CARRIED:
        return media_unload_piece(&t->files, &m.media_carried);
    }
    return error_set(t->err, ERR_REFUSED, "a message that no bundle holds");
}

int node_uplink_bundle_take(struct node *node, struct bytes frames,
                            int64_t made_ms, struct bundle_count *count,
                            struct error *err)
{
    int64_t beacon_ms = node_alerts_now_ms(node);
    int64_t now_ms = beacon_ms > node->wall_ms ? beacon_ms : node->wall_ms;
    struct taking t = {.u = paper_new(node),
                       .count = count,
                       .told_ms = paper_made_ms(made_ms, node->wall_ms),
                       .made_ms = paper_made_ms(made_ms, now_ms),
                       .now_ms = now_ms,
                       .err = err};
    uint64_t waiting = ledger_quarantine_count(node->ledger);
    int rc, ended;

    t.streams = streams_of(&t);
    t.files = files_of(&t);
    rc = wire_bundle_frames_read(frames, take_frame, &t, err);
    if ((ended = media_unload_end(&t.files)) != 0 && rc == 0)
        rc = ended;
    if (rc == 0 && ledger_quarantine_count(node->ledger) > waiting)
        count->held_back = ledger_quarantine_count(node->ledger) - waiting;
    paper_free(&t.u);
    return rc;
}

void node_uplink_bundle_taken(struct node *node)
{
    struct uplink *u = node->uplink;

    if (u == NULL || sync_session_state(u->session) == SYNC_CLOSED)
        return;
    backoff_reset(&u->lines[LANE_EXPRESS].backoff);
    node_uplink_again(u);
}
