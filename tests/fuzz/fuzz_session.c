/* tests/fuzz/fuzz_session.c - a hub's session and two machines of one unit, to
 * which anything is said: the bytes are read as a sequence of what happens
 * (lines that come and go, time, writing, turns that fail) and of messages,
 * some decoded from bytes as they stand, some built so that names, positions,
 * hashes and conversations are near the truth.
 *
 * Whatever is said: nobody crashes or spins, what a session asks for stays
 * bounded, and who breaks the rules is answered, or is left unheard.
 */
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"
#include "common/wire/codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/sync_pair.h"

enum {
    EVENTS_MOST = 160,
    WRITTEN_MOST = 60,   /* changes of one stream */
    ACTIONS_MOST = 2000, /* of one turn */
    CHANGES_MOST = 4     /* of one message */
};

struct player {
    struct pair *pair;
    struct bytes in;
    unsigned node;  /* who speaks or is spoken to */
    unsigned index; /* who hears it */
    /* What the message that is being built points to. */
    struct stream_claim claims[LIMIT_STREAMS];
    struct early_ref refs[CHANGES_MOST];
    struct fake_change made[CHANGES_MOST];
    struct change changes[CHANGES_MOST];
    struct vault_object objects[CHANGES_MOST];
    struct refusal refusals[CHANGES_MOST];
};

static uint64_t roll(struct player *p, uint64_t sides)
{
    return fuzz_number(&p->in, 1) % sides;
}

/* Near a length of that stream, or anything. */
static uint64_t position(struct player *p, size_t stream)
{
    const struct fake_store *store = &p->pair->hosts[p->index].store;
    uint64_t what = roll(p, 8);

    if (what < 4)
        return store->streams[stream].count + what - 1;
    if (what < 7)
        return roll(p, 64);
    return fuzz_number(&p->in, 8) & INT64_MAX;
}

static struct stream_name name_of(struct player *p, size_t *stream)
{
    const struct fake_store *store = &p->pair->hosts[PAIR_HUB].store;
    uint64_t what = roll(p, 8);

    *stream = what % FAKE_STREAMS;
    if (what < 6)
        return store->streams[*stream].name;
    return what == 6 ? stream_name_make(FAKE_UNIT, "vault")
                     : stream_name_make("99999@20200101", "up");
}

static struct hash hash_of(struct player *p, size_t stream, uint64_t seq)
{
    const struct fake_stream *s =
        &p->pair->hosts[roll(p, 2) == 0 ? PAIR_HUB : p->node]
             .store.streams[stream];
    struct hash hash;

    if (seq <= s->count && roll(p, 4) != 0)
        return s->h[seq];
    memset(&hash, (int)roll(p, 256), sizeof hash);
    return hash;
}

static struct stream_claim claim_of(struct player *p)
{
    struct stream_claim claim = {0};
    uint64_t seqs[LIMIT_SAMPLES];
    size_t stream;

    claim.name = name_of(p, &stream);
    claim.sample_count = stream_sample_seqs(position(p, stream) % 100, seqs);
    for (size_t i = 0; i < claim.sample_count; i++)
        claim.samples[i] = (struct stream_position){
            .seq = seqs[i], .h = hash_of(p, stream, seqs[i])};
    return claim;
}

/* A change that is held somewhere, or another. */
static struct fake_change change_of(struct player *p)
{
    size_t stream = roll(p, FAKE_STREAMS);
    const struct fake_stream *s =
        &p->pair->hosts[roll(p, 2) == 0 ? PAIR_HUB : p->node]
             .store.streams[stream];

    if (s->count > 0 && roll(p, 3) != 0)
        return s->changes[roll(p, s->count)];
    return fake_change_make(stream == FAKE_UP ? FAKE_UNIT : FAKE_HUB,
                            (unsigned)stream, (uint32_t)roll(p, 40),
                            roll(p, 2) == 0, (uint32_t)roll(p, 200));
}

static size_t refs_of(struct player *p)
{
    size_t count = roll(p, CHANGES_MOST + 1);

    for (size_t i = 0; i < count; i++) {
        struct fake_change change = change_of(p);

        p->refs[i] = fake_ref(&change);
    }
    return count;
}

static void changes_of(struct player *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        p->made[i] = change_of(p);
        p->changes[i] = fake_change_view(&p->made[i]);
    }
}

static struct id session_of(struct player *p)
{
    struct id other = {{9}};

    return roll(p, 4) != 0 ? p->pair->hosts[PAIR_HUB].session->session : other;
}

/* ---- messages */

/* As many as a codec gives. */
static size_t dictionaries_of(struct player *p,
                              uint32_t out[LIMIT_DICTIONARIES])
{
    size_t count = roll(p, LIMIT_DICTIONARIES + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = 32768 + (uint32_t)roll(p, 3);
    return count;
}

static void build_hello(struct player *p, struct msg_hello *hello)
{
    hello->minor_min = (uint32_t)roll(p, 3);
    hello->minor_max = (uint32_t)roll(p, 5);
    (void)strcpy(hello->unit, roll(p, 8) != 0 ? FAKE_UNIT : "1@20200101");
    hello->instance = p->pair->hosts[roll(p, PAIR_HUB + 1)].instance;
    hello->nonce = session_of(p);
    hello->acked = position(p, FAKE_UP);
    hello->credit[LANE_EXPRESS] = roll(p, 256) * 1024;
    hello->credit[LANE_BULK] = roll(p, 256) * 4096;
    hello->claim_count = roll(p, LIMIT_STREAMS + 1);
    for (size_t i = 0; i < hello->claim_count; i++)
        p->claims[i] = claim_of(p);
    hello->claims = p->claims;
    hello->dictionary_count = dictionaries_of(p, hello->dictionaries);
}

static void build_welcome(struct player *p, struct msg_welcome *welcome)
{
    welcome->minor = (uint32_t)roll(p, 4);
    welcome->session = session_of(p);
    welcome->instance = p->pair->hosts[PAIR_HUB].instance;
    welcome->credit[LANE_EXPRESS] = roll(p, 256) * 1024;
    welcome->credit[LANE_BULK] = roll(p, 256) * 4096;
    welcome->up = claim_of(p);
    welcome->channel_count = roll(p, LIMIT_STREAMS + 1);
    for (size_t i = 0; i < welcome->channel_count; i++) {
        size_t stream;

        welcome->channels[i].name = name_of(p, &stream);
        welcome->channels[i].head = position(p, stream);
        welcome->channels[i].resume = position(p, stream);
    }
    welcome->vaulted = position(p, FAKE_UP);
    welcome->dictionary_count = dictionaries_of(p, welcome->dictionaries);
}

/* From the end of the hearer's copy on, mostly. */
static void build_batch(struct player *p, struct msg_batch *batch)
{
    size_t stream;

    batch->name = name_of(p, &stream);
    batch->first = position(p, stream);
    batch->count = 1 + roll(p, CHANGES_MOST);
    changes_of(p, batch->count);
    batch->changes = p->changes;
    batch->head.body = bytes_of("", 0);
}

static void build_vault(struct player *p, struct msg_vault *vault)
{
    size_t stream;

    vault->name = name_of(p, &stream);
    vault->after = position(p, FAKE_UP);
    vault->last = position(p, FAKE_UP);
    vault->count = refs_of(p);
    for (size_t i = 0; i < vault->count; i++)
        p->objects[i] = (struct vault_object){p->refs[i], {NULL, 0}};
    vault->objects = p->objects;
}

static void build_refusals(struct player *p, struct msg_refusals *refusals)
{
    refusals->count = refs_of(p);
    refusals->total = refusals->count + roll(p, 4);
    for (size_t i = 0; i < refusals->count; i++)
        p->refusals[i] = (struct refusal){.ref = p->refs[i], .reason = "why"};
    refusals->items = p->refusals;
}

static void build_small(struct player *p, struct sync_message *m)
{
    size_t stream = FAKE_UP;

    switch ((int)m->type) {
    case MSG_CHALLENGE:
        m->challenge.nonce = session_of(p);
        break;
    case MSG_EARLY_ACK:
        (void)refs_of(p);
        m->early_ack = (struct msg_early_ack){
            p->refs[0], roll(p, 2) == 0, (uint32_t)roll(p, 9), position(p, 0)};
        break;
    case MSG_ACK:
        m->ack.name = name_of(p, &stream);
        m->ack.seq = position(p, stream);
        m->ack.credit = fuzz_number(&p->in, 3);
        break;
    case MSG_NAK:
        m->nak.name = name_of(p, &stream);
        m->nak.expected = position(p, stream);
        m->nak.code = (uint32_t)roll(p, 9);
        m->nak.wait_ms = (uint32_t)fuzz_number(&p->in, roll(p, 5));
        break;
    case MSG_CREDIT:
        m->credit.credit[LANE_EXPRESS] = fuzz_number(&p->in, roll(p, 8));
        m->credit.credit[LANE_BULK] = fuzz_number(&p->in, roll(p, 8));
        break;
    case MSG_PULL:
        m->pull.name = name_of(p, &stream);
        m->pull.after = position(p, stream);
        break;
    case MSG_BULK_OPEN:
        m->bulk_open.session = session_of(p);
        break;
    case MSG_STATUS:
        m->status.head = position(p, FAKE_UP);
        m->status.backlog.records = roll(p, 3);
        break;
    case MSG_ANNOUNCE:
        m->announce.name = name_of(p, &stream);
        m->announce.head = position(p, stream);
        break;
    case MSG_BYE:
        m->bye.code = (uint32_t)roll(p, 6);
        break;
    case MSG_DRAINED:
        m->drained.head = position(p, FAKE_UP);
        break;
    }
}

static void build(struct player *p, struct sync_message *m)
{
    m->type = (enum message_type)(1 + roll(p, MSG_ROTATED));
    switch (m->type) {
    case MSG_HELLO:
        build_hello(p, &m->hello);
        break;
    case MSG_WELCOME:
    case MSG_DRAIN:
        build_welcome(p, &m->welcome);
        break;
    case MSG_EARLY_LIST:
        m->early_list = (struct msg_early_list){roll(p, 2) == 0, 0, p->refs};
        m->early_list.count = refs_of(p);
        break;
    case MSG_WANT:
    case MSG_VAULT_WANT:
        m->want = (struct msg_want){refs_of(p), p->refs};
        break;
    case MSG_EARLY:
        changes_of(p, 1);
        m->early = (struct msg_early){p->changes[0], roll(p, 2) == 0};
        m->early.change.is_signed = roll(p, 4) != 0;
        break;
    case MSG_BATCH:
        build_batch(p, &m->batch);
        break;
    case MSG_VAULT:
        build_vault(p, &m->vault);
        break;
    case MSG_REFUSALS:
        build_refusals(p, &m->refusals);
        break;
    default:
        build_small(p, m);
    }
}

/* The next bytes as a frame. A change in it is one of the fake store's. */
static bool read_frame(struct player *p, struct sync_message *m)
{
    static struct wire_codec *codec;
    struct bytes frame = fuzz_bytes(&p->in, fuzz_number(&p->in, 2) % 2048);
    struct error err;

    if (codec == NULL)
        codec = wire_codec_new(true);
    if (wire_decode(codec, m, frame, &err) != 0)
        return false;
    if (m->type == MSG_EARLY) {
        changes_of(p, 1);
        m->early.change = p->changes[0];
    } else if (m->type == MSG_BATCH) {
        m->batch.count = m->batch.count % CHANGES_MOST + 1;
        changes_of(p, m->batch.count);
        m->batch.changes = p->changes;
    }
    return true;
}

/* ---- what happens */

static void is_bounded(const struct player *p)
{
    for (unsigned i = 0; i <= PAIR_HUB; i++) {
        const struct pair_host *host = &p->pair->hosts[i];

        if (host->actions.count > ACTIONS_MOST ||
            sync_session_state(host->session) >= SYNC_STATE_COUNT)
            abort();
    }
}

static void hear(struct player *p)
{
    struct sync_message message = {.type = MSG_CHALLENGE};
    enum lane lane = roll(p, 2) == 0 ? LANE_EXPRESS : LANE_BULK;
    bool is_frame = roll(p, 4) == 0;
    int rc;

    p->index = roll(p, 2) == 0 ? PAIR_HUB : p->node;
    if (p->pair->hosts[p->node].route[lane] == 0)
        return;
    if (!is_frame)
        build(p, &message);
    else if (!read_frame(p, &message))
        return;
    rc = pair_inject(p->pair, p->index, p->node, lane, &message,
                     fuzz_number(&p->in, roll(p, 4)));
    if (rc != 0 && rc != ERR_REFUSED)
        abort();
}

static void write_some(struct player *p)
{
    unsigned host = roll(p, 2) == 0 ? PAIR_HUB : p->node;
    unsigned stream = host == PAIR_HUB ? 1 + (unsigned)roll(p, 2) : FAKE_UP;

    if (p->pair->hosts[host].store.streams[stream].count < WRITTEN_MOST)
        pair_write_sized(p->pair, host, stream, 1 + roll(p, 4),
                         (uint32_t)fuzz_number(&p->in, 2) % 4000,
                         roll(p, 2) == 0);
}

static void happen(struct player *p)
{
    static const int64_t pauses[] = {0, 1, 100, 2000, 10000, 60000, 3600000};
    unsigned host;

    p->node = (unsigned)roll(p, PAIR_NODES);
    host = roll(p, 2) == 0 ? PAIR_HUB : p->node;
    switch (roll(p, 16)) {
    case 0:
        write_some(p);
        break;
    case 1:
        if (p->pair->hosts[p->node].route[LANE_EXPRESS] == 0)
            pair_connect(p->pair, p->node);
        break;
    case 2:
        if (roll(p, 4) == 0)
            pair_cut(p->pair, p->node);
        else
            pair_cut_bulk(p->pair, p->node);
        break;
    case 3:
        pair_tick(p->pair, host, pauses[roll(p, 7)]);
        break;
    case 4:
        p->pair->hosts[host].fail_turn = true;
        break;
    case 5:
        pair_restart(p->pair, host);
        break;
    case 6:
        pair_repeat_one(p->pair, LANE_BULK, roll(p, 2) == 0, p->node);
        break;
    case 7:
        pair_lose_one(p->pair, LANE_EXPRESS, roll(p, 2) == 0, p->node);
        break;
    case 8:
    case 9:
    case 10:
        for (uint64_t i = roll(p, 32); i > 0 && pair_step(p->pair); i--)
            continue;
        break;
    default:
        hear(p);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct player *p = mem_new(sizeof *p);

    p->pair = pair_new();
    p->pair->quiet = true;
    p->in = bytes_of(data, size);
    p->pair->vault = roll(p, 2) == 0;
    if (p->pair->vault)
        for (unsigned i = 0; i <= PAIR_HUB; i++)
            pair_restart(p->pair, i);
    pair_connect(p->pair, 0);
    for (int i = 0; i < EVENTS_MOST && p->in.size > 0; i++) {
        happen(p);
        is_bounded(p);
    }
    pair_free(&p->pair);
    mem_free(&p);
    return 0;
}
