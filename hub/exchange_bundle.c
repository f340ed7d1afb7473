/* hub/exchange_bundle.c - an exchange without sockets: what it says stays in
 * its frames, what it hears comes from a file. */
#include "hub/exchange_bundle.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/media/carry.h"
#include "common/peer/paper.h"
#include "common/store/ledger_vault.h"
#include "common/wire/vault.h"
#include "hub/exchange_inside.h"
#include "hub/topics.h"

enum { CHANNELS = 2 /* all, the unit's */ };

enum {
    STAGE_URGENT, /* of each channel */
    STAGE_STREAM = STAGE_URGENT + CHANNELS,
    STAGE_LACKS = STAGE_STREAM + CHANNELS,
    STAGE_PIECES,
    STAGE_END
};

static const struct hash_function hash_function = {crypto_sha256};

/* One machine, and nobody on the line. */
struct paper {
    struct exchange ex;
    struct peer peer;
};

static struct paper *paper_new(struct hub *hub, const char *unit)
{
    struct paper *p = mem_new(sizeof *p);

    p->ex.hub = hub;
    p->ex.peers = &p->peer;
    p->ex.peer_count = 1;
    (void)snprintf(p->peer.unit, sizeof p->peer.unit, "%s", unit);
    return p;
}

static void paper_free(struct paper **paper)
{
    struct paper *p = *paper;

    mem_free(&p->ex.frames);
    buf_free(&p->ex.bytes);
    sender_free(&p->ex.sender);
    receiver_free(&p->ex.receiver);
    mem_free(paper);
}

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct hub *hub = who;

    return ledger_hash_at(hub->ledger, name, seq, out) == 0;
}

/* ---- where a node is in our channels */

static void places_name(char out[64], const char *unit)
{
    (void)snprintf(out, 64, "bundle:%s", unit);
}

static void read_places(struct hub *hub, const char *unit,
                        uint64_t out[CHANNELS])
{
    unsigned long long all = 0, own = 0;
    char name[64];

    places_name(name, unit);
    if (sscanf(hub_store_setting(hub->store, name), "%llu %llu", &all, &own) !=
        2)
        all = own = 0;
    out[0] = all;
    out[1] = own;
}

int hub_exchange_bundle_heard(struct hub *hub, const char *unit,
                              const struct msg_hello *hello)
{
    const struct stream_lookup view = {view_hash_at, hub};
    struct stream_name names[CHANNELS] = {hub->all,
                                          hub_unit_channel(hub, unit)};
    uint64_t old[CHANNELS], now[CHANNELS];
    char name[64], text[48];

    read_places(hub, unit, old);
    memcpy(now, old, sizeof now);
    for (size_t i = 0; i < hello->claim_count; i++)
        for (size_t c = 0; c < CHANNELS; c++)
            if (stream_name_equal(&hello->claims[i].name, &names[c]))
                now[c] = stream_relate(&hello->claims[i], &view).common;
    if (memcmp(now, old, sizeof now) == 0)
        return 0;
    places_name(name, unit);
    (void)snprintf(text, sizeof text, "%llu %llu", (unsigned long long)now[0],
                   (unsigned long long)now[1]);
    return hub_store_set(hub->store, name, text);
}

/* ---- making */

struct making {
    struct paper *p;
    struct sender_host host;
    struct bundle_cursor *at;
    struct stream_name names[CHANNELS];
    struct paper_making block;
    struct media_load load;
};

static size_t host_put(void *who, enum lane lane, const struct sync_message *m)
{
    static const struct sync_route nowhere;
    struct paper *p = who;

    return hub_exchange_put(&p->ex, &p->peer, lane, &nowhere, m);
}

static void host_sign(void *who, struct signed_bytes *out, const char *domain,
                      struct bytes body)
{
    const struct paper *p = who;

    hub_keys_sign(&p->ex.hub->keys, out, domain, body);
}

static void say_welcome(struct making *m)
{
    struct hub *hub = m->p->ex.hub;
    struct sync_message welcome = {.type = MSG_WELCOME};
    struct stream_name up = stream_name_make(m->p->peer.unit, STREAM_UP);
    struct ledger_stream s;

    welcome.welcome.minor = PROTOCOL_MINOR;
    welcome.welcome.clock_ms = hub->wall_ms;
    welcome.welcome.channel_count = CHANNELS;
    for (size_t i = 0; i < CHANNELS; i++) {
        welcome.welcome.channels[i].name = m->names[i];
        welcome.welcome.channels[i].head = m->at->head[i];
        welcome.welcome.channels[i].resume = m->at->after[i];
    }
    if (ledger_stream(hub->ledger, &s, &up, false) != 0 ||
        ledger_claim(hub->ledger, &up, &welcome.welcome.up) != 0) {
        m->p->ex.failed = true;
        return;
    }
    welcome.welcome.vaulted = ledger_vaulted(hub->ledger, &up);
    (void)host_put(m->p, LANE_EXPRESS, &welcome);
}

/* Where a stage begins. */
static void enter(struct making *m, int stage)
{
    m->at->stage = stage;
    m->at->seq = stage < STAGE_LACKS
                     ? m->at->after[(stage - STAGE_URGENT) % CHANNELS] + 1
                     : 0;
    if (stage == STAGE_PIECES)
        media_load_begin(&m->load);
    else if (stage == STAGE_END)
        media_load_end(&m->load);
}

static void begin(struct making *m, const struct exchange_bundle *order)
{
    struct hub *hub = m->p->ex.hub;

    if (!order->whole)
        read_places(hub, order->unit, m->at->after);
    for (size_t i = 0; i < CHANNELS; i++) {
        struct ledger_stream s;

        if (ledger_stream(hub->ledger, &s, &m->names[i], true) != 0) {
            m->p->ex.failed = true;
            return;
        }
        m->at->head[i] = s.head.seq;
        if (m->at->after[i] > s.head.seq)
            m->at->after[i] = s.head.seq;
    }
    enter(m, STAGE_URGENT);
    say_welcome(m);
}

static void put_file(void *who, const struct sync_message *m)
{
    (void)host_put(who, LANE_BULK, m);
}

/* What the district lacks of this commune's files: true, that is all. */
static bool make_lacks(struct making *m)
{
    struct paper_mark mark = paper_mark(&m->block);
    struct bundle_files before = m->at->files;
    struct stream_name up = stream_name_make(m->p->peer.unit, STREAM_UP);
    struct ledger_stream s;
    bool over;

    if ((m->load.rc = ledger_stream(m->p->ex.hub->ledger, &s, &up, false)) != 0)
        return true;
    over = media_load_lacks(&m->load, m->p->peer.unit, s.head.seq);
    if (paper_fits(&m->block, mark))
        return over;
    m->at->files = before;
    return false;
}

/* True: the stage is over. */
static bool make(struct making *m)
{
    int channel = m->at->stage % CHANNELS;
    struct paper_mark mark = paper_mark(&m->block);
    bool over;

    if (m->at->stage < STAGE_STREAM)
        return paper_urgent(&m->block, &m->names[channel], &m->at->seq);
    if (m->at->stage < STAGE_LACKS)
        return paper_batch(&m->block, &m->names[channel], m->at->head[channel],
                           m->p->ex.hub->wall_ms, &m->at->seq);
    if (m->at->stage == STAGE_LACKS)
        return make_lacks(m);
    over = bundle_room_over(m->at) || media_load_piece(&m->load);
    (void)paper_fits(&m->block, mark); /* a piece always does */
    return over;
}

static void fill(struct making *m, const struct exchange_bundle *order)
{
    if (m->at->number == 0)
        begin(m, order);
    while (!m->block.full && !m->p->ex.failed && m->at->stage < STAGE_END)
        if (make(m))
            enter(m, m->at->stage + 1);
    m->p->ex.failed = m->p->ex.failed || m->load.rc != 0;
    m->at->done = m->at->stage >= STAGE_END;
    m->at->number++;
}

static void wrap(const struct exchange *ex, struct buf *out)
{
    struct bytes *frames = mem_array(ex->frame_count + 1, sizeof *frames);

    for (size_t i = 0; i < ex->frame_count; i++)
        frames[i] =
            bytes_of(ex->bytes.data + ex->frames[i].offset, ex->frames[i].size);
    wire_bundle_frames_encode(out, frames, ex->frame_count);
    mem_free(&frames);
}

int hub_exchange_bundle_make(struct hub *hub, struct exchange_bundle *order,
                             struct bundle_cursor *cursor, struct buf *frames)
{
    struct paper *p = paper_new(hub, order->unit);
    struct making m = {.p = p,
                       .at = cursor,
                       .host = {.who = p, .put = host_put, .sign = host_sign},
                       .names = {hub->all, hub_unit_channel(hub, order->unit)}};
    int rc;

    p->ex.sender = sender_new(hub->ledger);
    m.block = (struct paper_making){.sender = p->ex.sender,
                                    .host = &m.host,
                                    .bytes = &p->ex.bytes,
                                    .frame_count = &p->ex.frame_count};
    m.load = (struct media_load){.care = &hub->media,
                                 .rule = {.unit = p->peer.unit},
                                 .who = p,
                                 .put = put_file,
                                 .at = &cursor->files};
    fill(&m, order);
    wrap(&p->ex, frames);
    order->damaged = m.block.damaged;
    rc = p->ex.failed ? db_code(hub_store_db(hub->store)) : 0;
    paper_free(&p);
    return rc;
}

/* ---- taking in */

struct taking {
    struct paper *p;
    struct bundle_count *count;
    int64_t made_ms, beyond_ms; /* by our clock: believed (paper.h) */
    struct error *err;
    struct paper_taking streams;
    struct media_unload files;
};

static int store_early(void *who, const struct msg_early *early)
{
    struct paper *p = who;

    return hub_exchange_store_early(&p->ex, &p->peer, early);
}

static int store_batch(void *who, const struct msg_batch *batch)
{
    struct paper *p = who;
    uint64_t reached;

    return hub_exchange_store_batch(&p->ex, &p->peer, batch, &reached);
}

static struct paper_taking streams_of(const struct taking *t)
{
    struct paper *p = t->p;

    return (struct paper_taking){.who = p,
                                 .ledger = p->ex.hub->ledger,
                                 .db = hub_store_db(p->ex.hub->store),
                                 .failed = &p->ex.failed,
                                 .hash = &hash_function,
                                 .home = p->peer.unit,
                                 .later_is_full = true,
                                 .count = t->count,
                                 .err = t->err,
                                 .store_early = store_early,
                                 .store_batch = store_batch};
}

static int take_batch(struct taking *t, const struct msg_batch *batch)
{
    struct stream_name up = stream_name_make(t->p->peer.unit, STREAM_UP);

    if (!stream_name_equal(&batch->name, &up) || !paper_batch_valid(batch))
        return error_set(t->err, ERR_REFUSED, "a stream of another's");
    if (t->p->peer.retiring) /* hands over, never lengthens the stream (8.6) */
        return paper_take_aside(&t->streams, batch, 0);
    return paper_take_batch(&t->streams, batch);
}

static bool all_of_unit(const struct taking *t, const struct msg_vault *vault)
{
    for (size_t i = 0; i < vault->count; i++)
        if (strcmp(vault->objects[i].ref.home, t->p->peer.unit) != 0)
            return false;
    return true;
}

/* A replaced machine's only fill what is lacking, one by one; what does not
 * belong to what is here is passed by. */
static int take_lacking(struct taking *t, const struct msg_vault *vault)
{
    struct sync_message m = {.type = MSG_VAULT, .vault = *vault};
    struct sync_action a = {.type = SYNC_STORE_VAULT, .name = vault->name};

    m.vault.after = m.vault.last = 0;
    m.vault.count = 1;
    for (size_t i = 0; i < vault->count; i++) {
        struct sync_event stored = {.type = SYNC_STORED};

        m.vault.objects = &vault->objects[i];
        hub_exchange_act_vault(&t->p->ex, &t->p->peer, &a, &m, &stored);
        if (t->p->ex.failed)
            return paper_world(&t->streams);
        t->count->objects += stored.code == NAK_NONE && stored.bytes > 0;
    }
    return 0;
}

/* ---- a stick may be old: what it brings replaces only what is not whole, or
 * what is not locked for the commune's present recovery key */

struct locks {
    uint8_t recovery_id[CHANGE_KEY_ID_BYTES];
    bool known;
};

static int see_keys(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct locks *locks = who;
    struct unit_keys keys;

    (void)row;
    if (entry == NULL ||
        wire_unit_keys_decode(&keys, entry->change.part[PART_FACT].bytes,
                              NULL) != 0)
        return 0;
    parcel_key_id(locks->recovery_id, keys.recovery);
    locks->known = true;
    return 1; /* the newest record: each machine has its own */
}

static int see_whole(void *who, const struct vault_item *item)
{
    *(bool *)who = item->good;
    return 1;
}

static bool may_keep(const struct taking *t, const struct locks *locks,
                     const struct vault_object *object)
{
    struct change_ref ref = sender_ref(&object->ref);
    struct vault_locked locked;
    bool whole = false;

    (void)ledger_vault_find(t->p->ex.hub->ledger, &ref, see_whole, &whole);
    return !whole || !locks->known ||
           (wire_vault_object_decode(&locked, object->bytes) == 0 &&
            memcmp(locked.recovery_id, locks->recovery_id,
                   sizeof locked.recovery_id) == 0);
}

/* Into `out`, which has room for all. */
static size_t choose_objects(const struct taking *t,
                             const struct msg_vault *vault,
                             struct vault_object *out)
{
    struct locks locks = {.known = false};
    size_t count = 0;

    (void)ledger_records(t->p->ex.hub->ledger, KIND_UNIT_KEYS, t->p->peer.unit,
                         see_keys, &locks);
    for (size_t i = 0; i < vault->count; i++)
        if (may_keep(t, &locks, &vault->objects[i]))
            out[count++] = vault->objects[i];
    return count;
}

/* One that begins behind what is held, or ends behind the words, is passed by:
 * it comes again. */
static int take_objects(struct taking *t, const struct msg_vault *vault)
{
    struct hub *hub = t->p->ex.hub;
    struct stream_name up = stream_name_make(t->p->peer.unit, STREAM_UP);
    struct stream_name name = stream_name_make(t->p->peer.unit, STREAM_VAULT);
    struct sync_message m = {.type = MSG_VAULT, .vault = *vault};
    struct sync_action a = {.type = SYNC_STORE_VAULT, .name = name};
    struct sync_event stored = {.type = SYNC_STORED};
    struct vault_object objects[LIMIT_VAULT_OBJECTS];
    struct ledger_stream s;

    if (!stream_name_equal(&vault->name, &name) ||
        vault->last <= vault->after || !all_of_unit(t, vault))
        return error_set(t->err, ERR_REFUSED, "objects of another's");
    if (t->p->peer.retiring)
        return take_lacking(t, vault);
    if (ledger_stream(hub->ledger, &s, &up, false) != 0)
        return paper_world(&t->streams);
    if (vault->after > ledger_vaulted(hub->ledger, &up) ||
        vault->last > s.head.seq)
        return 0;
    m.vault.count = choose_objects(t, vault, objects);
    m.vault.objects = objects;
    hub_exchange_act_vault(&t->p->ex, &t->p->peer, &a, &m, &stored);
    if (t->p->ex.failed)
        return paper_world(&t->streams);
    if (stored.code != NAK_NONE)
        return error_set(t->err, ERR_REFUSED, "objects of what is not here");
    t->count->objects += m.vault.count;
    return 0;
}

static int take_hello(struct taking *t, const struct msg_hello *hello)
{
    for (size_t i = 0; i < hello->claim_count; i++)
        if (!stream_claim_valid(&hello->claims[i]))
            return error_set(t->err, ERR_REFUSED,
                             "a claim that makes no sense");
    if (strcmp(hello->unit, t->p->peer.unit) != 0)
        return error_set(t->err, ERR_REFUSED, "a hello of another's");
    if (t->p->peer.retiring)
        return 0; /* the next one is for another machine */
    return hub_exchange_bundle_heard(t->p->ex.hub, t->p->peer.unit, hello);
}

/* ---- files */

/* On a line the same file is not written meanwhile. */
static void hold(void *who, const struct hash *name)
{
    const struct hub *hub = who;
    struct exchange *ex = hub->exchange;

    for (size_t i = 0; ex != NULL && i < ex->peer_count; i++)
        if (ex->peers[i].media.part.file != NULL &&
            hash_equal(&ex->peers[i].media.part.row.name, name))
            media_fetch_lost(&ex->peers[i].media);
}

static struct media_unload files_of(const struct taking *t)
{
    struct hub *hub = t->p->ex.hub;

    return (struct media_unload){.care = &hub->media,
                                 .source = t->p->peer.unit,
                                 .tight = care_is_tight(&hub->care),
                                 .now = {hub->mono_ms, hub->wall_ms},
                                 .count = t->count,
                                 .who = hub,
                                 .hold = hold};
}

static int take_lacks(struct taking *t, const struct msg_media_lacks *said)
{
    struct media_lacking lacking = {.care = &t->p->ex.hub->media,
                                    .rule = {.unit = t->p->peer.unit},
                                    .said = {t->made_ms, t->beyond_ms}};

    if (t->p->peer.retiring)
        return 0; /* the next bundle is for another machine */
    return media_lacking_take(&lacking, said);
}

static int take_frame(void *who, struct bytes frame)
{
    struct taking *t = who;
    struct sync_message m;
    int rc = wire_decode(t->p->ex.hub->codec, &m, frame, t->err);

    if (rc == ERR_VERSION)
        return 0; /* of a later minor: as on a line */
    if (rc != 0)
        return rc;
    switch ((int)m.type) {
    case MSG_HELLO:
        return take_hello(t, &m.hello);
    case MSG_EARLY:
        return paper_take_change(&t->streams, &m.early.change);
    case MSG_BATCH:
        return take_batch(t, &m.batch);
    case MSG_VAULT:
        return take_objects(t, &m.vault);
    case MSG_MEDIA_LACKS:
        return take_lacks(t, &m.media_lacks);
    case MSG_MEDIA_CARRIED:
        return media_unload_piece(&t->files, &m.media_carried);
    }
    return error_set(t->err, ERR_REFUSED, "a message that no bundle holds");
}

int hub_exchange_bundle_take(struct hub *hub, const struct node_key *key,
                             struct bytes frames, int64_t made_ms,
                             struct bundle_count *count, struct error *err)
{
    struct taking t = {.p = paper_new(hub, key->unit),
                       .count = count,
                       .made_ms = paper_made_ms(made_ms, hub->wall_ms),
                       .beyond_ms = hub->wall_ms + PAPER_AHEAD_MS,
                       .err = err};
    uint64_t waiting = ledger_quarantine_count(hub->ledger), now;
    struct stream_name up = stream_name_make(key->unit, STREAM_UP);
    struct ledger_stream s;
    int rc, ended;

    t.p->peer.number = key->number;
    t.p->peer.retiring = key->state == NODE_RETIRING;
    t.streams = streams_of(&t);
    t.files = files_of(&t);
    rc = wire_bundle_frames_read(frames, take_frame, &t, err);
    if ((ended = media_unload_end(&t.files)) != 0 && rc == 0)
        rc = ended;
    if (count->files > 0)
        hub->topics |= TOPIC_REFERRALS;
    if (rc == 0 && (now = ledger_quarantine_count(hub->ledger)) > waiting)
        count->held_back = now - waiting;
    if (rc == 0 && (rc = ledger_stream(hub->ledger, &s, &up, false)) == 0)
        count->acked = s.head.seq;
    count->told = rc == 0;
    paper_free(&t.p);
    return rc;
}

void hub_exchange_bundle_taken(struct hub *hub, const char *unit)
{
    struct exchange *ex = hub->exchange;

    struct peer *peer = ex == NULL ? NULL : hub_exchange_first(ex, unit);

    for (; peer != NULL; peer = hub_exchange_next(ex, peer)) {
        struct sync_event lost = hub_exchange_event(ex, SYNC_LOST);

        if (sync_session_state(peer->session) != SYNC_CLOSED)
            hub_exchange_step(ex, peer, &lost);
    }
}
