#include "tests/support/sync_store.h"

#include <assert.h>
#include <string.h>

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Four 64-bit hashes of the same bytes: no security, no collisions here. */
static struct hash fake_sha256(const struct bytes *pieces, size_t count)
{
    uint64_t lanes[4] = {1, 2, 3, 4};
    struct hash out;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < pieces[i].size; k++)
            for (size_t lane = 0; lane < 4; lane++)
                lanes[lane] =
                    mix(lanes[lane] * 0x100 + pieces[i].data[k] + lane + 1);
    for (size_t lane = 0; lane < 4; lane++)
        put_u64(out.bytes + 8 * lane, lanes[lane]);
    return out;
}

const struct hash_function fake_hash = {.sha256 = fake_sha256};

void fake_store_open(struct fake_store *store, const char *home)
{
    memset(store, 0, sizeof *store);
    store->home = home;
    store->streams[FAKE_UP].name = stream_name_make(FAKE_UNIT, STREAM_UP);
    store->streams[FAKE_ALL].name = stream_name_make(FAKE_HUB, STREAM_ALL);
    store->streams[FAKE_ORDERS].name =
        stream_name_make(FAKE_HUB, STREAM_UNIT_PREFIX FAKE_UNIT);
    for (size_t i = 0; i < FAKE_STREAMS; i++)
        store->streams[i].h[0] =
            stream_zero(&fake_hash, &store->streams[i].name);
}

struct change fake_change_view(const struct fake_change *change)
{
    struct change view;

    memset(&view, 0, sizeof view);
    view.header_bytes = bytes_of(change->header, sizeof change->header);
    memcpy(view.header.home, change->header, 24);
    put_u32(view.header.record.bytes, change->number);
    view.header.version = 1;
    view.header.kind = KIND_REPORT;
    view.header.flags = change->expedited ? CHANGE_EXPEDITED : 0;
    return view;
}

struct fake_change fake_change_make(const char *home, unsigned stream,
                                    uint32_t number, bool expedited,
                                    uint32_t size)
{
    struct fake_change change;
    struct change view;

    memset(&change, 0, sizeof change);
    change.number = number;
    change.size = size;
    change.stream = (uint8_t)stream;
    change.expedited = expedited;
    memcpy(change.header, home, strlen(home));
    put_u32(change.header + 24, number);
    put_u32(change.header + 28, size);
    change.header[32] = (uint8_t)stream;
    change.header[33] = expedited;
    view = fake_change_view(&change);
    change.digest = change_digest(&fake_hash, &view);
    return change;
}

struct fake_change fake_change_read(const struct change *change)
{
    const uint8_t *header = change->header_bytes.data;

    return fake_change_make((const char *)header, header[32],
                            get_u32(header + 24), header[33] != 0,
                            get_u32(header + 28));
}

static const char *home_of(const struct fake_change *change)
{
    return (const char *)change->header;
}

struct early_ref fake_ref(const struct fake_change *change)
{
    struct early_ref ref = {.version = 1, .digest = change->digest};

    memcpy(ref.home, change->header, sizeof ref.home);
    put_u32(ref.record.bytes, change->number);
    return ref;
}

struct fake_stream *fake_stream_find(struct fake_store *store,
                                     const struct stream_name *name)
{
    for (size_t i = 0; i < FAKE_STREAMS; i++)
        if (stream_name_equal(&store->streams[i].name, name))
            return &store->streams[i];
    return NULL;
}

void fake_stream_add(struct fake_stream *stream,
                     const struct fake_change *change)
{
    size_t n = ++stream->count;

    assert(n <= FAKE_MOST);
    stream->changes[n - 1] = *change;
    stream->h[n] =
        stream_next(&fake_hash, &stream->h[n - 1], n, &change->digest);
}

struct stream_claim fake_claim(const struct fake_stream *stream)
{
    struct stream_claim claim;
    uint64_t seqs[LIMIT_SAMPLES];

    memset(&claim, 0, sizeof claim);
    claim.name = stream->name;
    claim.sample_count = stream_sample_seqs(stream->count, seqs);
    for (size_t i = 0; i < claim.sample_count; i++)
        claim.samples[i] =
            (struct stream_position){.seq = seqs[i], .h = stream->h[seqs[i]]};
    return claim;
}

bool fake_in_streams(const struct fake_store *store, const struct hash *digest)
{
    for (size_t i = 0; i < FAKE_STREAMS; i++)
        for (size_t k = 0; k < store->streams[i].count; k++)
            if (hash_equal(&store->streams[i].changes[k].digest, digest))
                return true;
    return false;
}

static bool in_early(const struct fake_store *store, const struct hash *digest)
{
    for (size_t i = 0; i < store->early_count; i++)
        if (hash_equal(&store->early[i].digest, digest))
            return true;
    return false;
}

bool fake_holds(const struct fake_store *store, const struct hash *digest)
{
    return fake_in_streams(store, digest) || in_early(store, digest);
}

static bool view_hash_at(void *who, const struct stream_name *name,
                         uint64_t seq, struct hash *out)
{
    const struct fake_stream *stream = fake_stream_find(who, name);

    if (stream == NULL || seq > stream->count)
        return false;
    *out = stream->h[seq];
    return true;
}

static bool view_has_change(void *who, const struct early_ref *ref)
{
    return fake_holds(who, &ref->digest);
}

static uint64_t view_early_count(void *who, const char *home)
{
    const struct fake_store *store = who;
    uint64_t count = 0;

    for (size_t i = 0; i < store->early_count; i++)
        count += strcmp(home_of(&store->early[i]), home) == 0 &&
                 !fake_in_streams(store, &store->early[i].digest);
    return count;
}

struct sync_view fake_view(struct fake_store *store)
{
    return (struct sync_view){.who = store,
                              .hash_at = view_hash_at,
                              .has_change = view_has_change,
                              .early_count = view_early_count};
}

int fake_store_batch(struct fake_stream *stream, const struct msg_batch *batch,
                     uint64_t from)
{
    size_t before = stream->count;
    const uint8_t *says = batch->head.body.data;

    if (batch->head.body.size < sizeof(struct hash))
        return NAK_SIGNATURE; /* a head that says nothing */
    for (size_t i = from - batch->first; i < batch->count; i++) {
        struct fake_change change = fake_change_read(&batch->changes[i]);

        fake_stream_add(stream, &change);
    }
    if (memcmp(stream->h[stream->count].bytes, says, 32) == 0)
        return NAK_NONE;
    stream->count = before;
    return NAK_FORK;
}

static void early_add(struct fake_store *store,
                      const struct fake_change *change)
{
    if (in_early(store, &change->digest))
        return;
    assert(store->early_count < FAKE_MOST);
    store->early[store->early_count++] = *change;
}

int fake_store_early(struct fake_store *store, const struct change *change)
{
    struct fake_change read = fake_change_read(change);

    if (fake_in_streams(store, &read.digest))
        return NAK_NONE;
    if (strcmp(home_of(&read), store->home) == 0)
        fake_stream_add(&store->streams[read.stream], &read);
    else
        early_add(store, &read);
    return NAK_NONE;
}

void fake_detach(struct fake_store *store, const struct stream_name *name,
                 uint64_t seq)
{
    struct fake_stream *stream = fake_stream_find(store, name);

    assert(stream != NULL);
    for (size_t i = seq; i < stream->count; i++)
        early_add(store, &stream->changes[i]);
    stream->count = seq;
}

bool fake_settled(const struct fake_store *store, const struct hash *digest)
{
    for (size_t i = 0; i < store->settled_count; i++)
        if (hash_equal(&store->settled[i], digest))
            return true;
    return false;
}

void fake_settle(struct fake_store *store, const struct hash *digest)
{
    if (!fake_settled(store, digest) && store->settled_count < FAKE_MOST)
        store->settled[store->settled_count++] = *digest;
}

void fake_unsettle(struct fake_store *store, const struct stream_name *name,
                   uint64_t seq)
{
    const struct fake_stream *stream = fake_stream_find(store, name);

    assert(stream != NULL);
    for (size_t i = seq; i < stream->count; i++)
        for (size_t k = 0; k < store->settled_count; k++)
            if (hash_equal(&store->settled[k], &stream->changes[i].digest))
                store->settled[k] = store->settled[--store->settled_count];
}

void fake_rebase_begin(struct fake_store *store, uint64_t seq)
{
    struct fake_stream *up = &store->streams[FAKE_UP];

    store->staging = true;
    store->staged_after = seq;
    store->staged = *up;
    store->staged.count = seq;
}

uint64_t fake_rebase_finish(struct fake_store *store)
{
    static struct fake_stream old;
    struct fake_stream *up = &store->streams[FAKE_UP];

    old = *up;
    *up = store->staged;
    store->staging = false;
    for (size_t i = 0; i < up->count; i++)
        for (size_t k = 0; k < old.count; k++)
            if (hash_equal(&up->changes[i].digest, &old.changes[k].digest))
                up->changes[i].object = old.changes[k].object;
    for (size_t i = store->staged_after; i < old.count; i++)
        if (!fake_in_streams(store, &old.changes[i].digest))
            fake_stream_add(up, &old.changes[i]);
    return up->count;
}

bool fake_stream_equal(const struct fake_stream *a, const struct fake_stream *b)
{
    return a->count == b->count && hash_equal(&a->h[a->count], &b->h[b->count]);
}

/* ---- copies */

static bool is_to_go(const struct fake_store *store,
                     const struct fake_change *change, int order)
{
    bool first = change->size == FAKE_FIRST;

    return change->expedited && !fake_settled(store, &change->digest) &&
           (order == URGENT_ALL || first == (order == URGENT_FIRST));
}

const struct fake_change *fake_urgent(struct fake_store *store,
                                      const struct sync_action *action,
                                      uint64_t *at)
{
    const struct fake_stream *stream = fake_stream_find(store, &action->name);
    bool down = action->code == URGENT_REST;

    for (; down ? *at >= action->to : *at <= stream->count;
         *at += down ? -UINT64_C(1) : 1)
        if (*at <= stream->count &&
            is_to_go(store, &stream->changes[*at - 1], action->code))
            return &stream->changes[*at - 1];
    return NULL;
}
