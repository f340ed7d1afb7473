/* common/peer/paper.c - see paper.h. */
#include "common/peer/paper.h"

#include <string.h>

enum {
    BLOCK_BYTES = 160 * 1024, /* enough for a block */
    BATCH_BYTES = 96 * 1024,
    BATCH_LEAST = 4 * 1024,
    FRAMES_ENOUGH = 1000
};

/* ---- making */

struct paper_mark paper_mark(const struct paper_making *m)
{
    return (struct paper_mark){.count = *m->frame_count,
                               .size = m->bytes->size};
}

bool paper_fits(struct paper_making *m, struct paper_mark mark)
{
    if (m->bytes->size <= BUNDLE_FRAMES_BYTES || mark.count == 0) {
        m->full =
            m->bytes->size >= BLOCK_BYTES || *m->frame_count >= FRAMES_ENOUGH;
        return true;
    }
    *m->frame_count = mark.count;
    m->bytes->size = mark.size;
    m->full = true;
    return false;
}

bool paper_urgent(struct paper_making *m, const struct stream_name *name,
                  uint64_t *seq)
{
    struct paper_mark mark = paper_mark(m);
    struct sync_action a = {.type = SYNC_EXPEDITE,
                            .name = *name,
                            .seq = *seq,
                            .bytes = BLOCK_BYTES};
    struct sync_event sent = {.type = SYNC_SENT};

    sender_expedite(m->sender, m->host, &a, &sent);
    if (!paper_fits(m, mark))
        return false;
    *seq = sent.seq;
    return !sent.more;
}

bool paper_batch(struct paper_making *m, const struct stream_name *name,
                 uint64_t head, int64_t wall_ms, uint64_t *seq)
{
    struct paper_mark mark = paper_mark(m);
    struct sync_action a = {
        .type = SYNC_PUSH, .name = *name, .seq = *seq, .bytes = BATCH_BYTES};
    struct sync_event sent = {.seq = 0};

    if (*seq > head)
        return true;
    for (; a.bytes >= BATCH_LEAST; a.bytes /= 2) {
        sent = (struct sync_event){.type = SYNC_SENT};
        sender_push(m->sender, m->host, &a, wall_ms, &sent);
        if (sent.bytes > 0)
            break;
    }
    if (sent.bytes == 0) {
        m->damaged = true;
        return true;
    }
    if (paper_fits(m, mark))
        *seq = sent.seq + 1;
    return *seq > head;
}

/* ---- taking in */

int64_t paper_made_ms(int64_t made_ms, int64_t now_ms)
{
    return made_ms > now_ms && made_ms - now_ms > PAPER_AHEAD_MS ? now_ms
                                                                 : made_ms;
}

int paper_world(const struct paper_taking *t) { return db_code(t->db); }

static bool is_held(const struct paper_taking *t, const struct change *change)
{
    struct change_ref ref = {.home = change->header.home,
                             .record = change->header.record,
                             .version = change->header.version,
                             .digest = change_digest(t->hash, change)};

    return ledger_has(t->ledger, &ref);
}

static void count_fresh(const struct paper_taking *t,
                        const struct change *change)
{
    t->count->fresh++;
    if (t->alerts && change->header.kind == KIND_ALERT)
        t->count->alerts++;
}

static int take_change(const struct paper_taking *t,
                       const struct change *change, bool aside)
{
    struct msg_early early = {.change = *change};
    int code;

    if (t->home != NULL && strcmp(change->header.home, t->home) != 0)
        return error_set(t->err, ERR_REFUSED, "a change of another's");
    if (is_held(t, change)) {
        t->count->known++;
        return 0;
    }
    code = t->store_early(t->who, &early);
    if (*t->failed)
        return paper_world(t);
    if (code == NAK_NONE) {
        count_fresh(t, change);
        t->count->aside += aside;
    } else {
        t->count->refused++;
        t->count->later |= t->later_is_full && code == NAK_LATER;
    }
    return 0;
}

int paper_take_change(const struct paper_taking *t, const struct change *change)
{
    return take_change(t, change, false);
}

int paper_take_aside(const struct paper_taking *t,
                     const struct msg_batch *batch, uint64_t expected)
{
    int rc = 0;

    t->count->expected = expected;
    for (size_t i = 0; i < batch->count && rc == 0; i++)
        rc = take_change(t, &batch->changes[i], expected > 0);
    return rc;
}

bool paper_batch_valid(const struct msg_batch *batch)
{
    return batch->first > 0 && batch->count > 0 &&
           batch->first <= UINT64_MAX - batch->count;
}

int paper_take_batch(const struct paper_taking *t,
                     const struct msg_batch *batch)
{
    struct bundle_count before = *t->count;
    struct ledger_stream s;
    int code;

    if (ledger_stream(t->ledger, &s, &batch->name, false) != 0)
        return paper_world(t);
    if (batch->first > s.head.seq + 1)
        return paper_take_aside(t, batch, s.head.seq + 1);
    for (size_t i = 0; i < batch->count; i++)
        if (is_held(t, &batch->changes[i]))
            t->count->known++;
        else
            count_fresh(t, &batch->changes[i]);
    code = t->store_batch(t->who, batch);
    if (*t->failed)
        return paper_world(t);
    if (code == NAK_NONE)
        return 0;
    *t->count = before;
    t->count->forked |= code == NAK_FORK;
    t->count->later |= t->later_is_full && code == NAK_LATER;
    if (code == NAK_FORK)
        return paper_take_aside(t, batch, s.head.seq + 1);
    t->count->refused += batch->count;
    return 0;
}
