/* common/net/sieve.c - buckets, dice and the filter made of them. */
#include "common/net/sieve.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

enum {
    PACE = 60,      /* strangers a second of one address: the work of a */
    PACE_ALL = 200, /* fiftieth of a processor; and of all, some more */
    BURST = 96,
    BURST_ALL = 512,
    HOT = 16,     /* addresses with a bucket; the emptiest makes room */
    FRIENDS = 64, /* addresses where nodes were heard last */
    STEP_MS = 20, /* between two looks at the pace */
    LONG_STEP_MS = 100,
    SETTLE_MS = 200,
    CALM_MS = 250, /* well below it, until twice as many may pass */
    ONE = 1024,    /* all pass */
    LEAST = 8,     /* so many of them always do */
    MAX_CODE = 1024
};

struct bucket {
    struct net_source source; /* not of that for all */
    double level;
    int64_t at_ms;      /* when it had this level */
    unsigned came;      /* since the last step */
    unsigned passes;    /* of ONE; 0 is ONE */
    int64_t full_at_ms; /* last */
    int64_t cast_ms;    /* when fewer were let pass, last */
};

struct net_sieve {
    struct bucket hot[HOT];
    struct bucket all;
    struct net_source friends[FRIENDS];
    size_t next_friend, friend_count;
    int64_t step_ms; /* the last one */
    bool changed;    /* since the filter was made */
    bool attached;
};

struct net_sieve *net_sieve_new(void)
{
    return mem_new(sizeof(struct net_sieve));
}

void net_sieve_free(struct net_sieve **sieve) { mem_free(sieve); }

/* ---- buckets */

static void run_out(struct bucket *b, double pace, int64_t now_ms)
{
    b->level -= pace * (double)(now_ms - b->at_ms) / 1000;
    if (b->level < 0)
        b->level = 0;
    b->at_ms = now_ms;
}

static bool same(const struct net_source *a, const struct net_source *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static struct bucket *find(struct net_sieve *sieve,
                           const struct net_source *source)
{
    for (size_t i = 0; i < HOT; i++)
        if (sieve->hot[i].at_ms != 0 && same(&sieve->hot[i].source, source))
            return &sieve->hot[i];
    return NULL;
}

/* His own, or that of whoever has least in it. */
static struct bucket *bucket_of(struct net_sieve *sieve,
                                const struct net_source *source, int64_t now_ms)
{
    struct bucket *least = &sieve->hot[0], *own = find(sieve, source);

    if (own != NULL)
        return own;
    for (size_t i = 0; i < HOT; i++) {
        run_out(&sieve->hot[i], PACE, now_ms);
        if (sieve->hot[i].level < least->level)
            least = &sieve->hot[i];
    }
    sieve->changed |= least->passes != 0;
    *least = (struct bucket){.source = *source, .at_ms = now_ms};
    return least;
}

static void fill(struct bucket *b, double pace, int64_t now_ms)
{
    run_out(b, pace, now_ms);
    b->level++;
    b->came++;
}

void net_sieve_came(struct net_sieve *sieve, const struct net_source *source,
                    int64_t now_ms)
{
    struct bucket *own = bucket_of(sieve, source, now_ms);

    fill(own, PACE, now_ms);
    if (own->level < BURST) /* else he is diced for by himself */
        fill(&sieve->all, PACE_ALL, now_ms);
}

static void befriend(struct net_sieve *sieve, const struct net_source *source)
{
    for (size_t i = 0; i < sieve->friend_count; i++)
        if (same(&sieve->friends[i], source))
            return;
    sieve->friends[sieve->next_friend] = *source;
    sieve->next_friend = (sieve->next_friend + 1) % FRIENDS;
    if (sieve->friend_count < FRIENDS)
        sieve->friend_count++;
    sieve->changed |= sieve->attached;
}

void net_sieve_known(struct net_sieve *sieve, const struct net_source *source,
                     int64_t now_ms)
{
    struct bucket *own = find(sieve, source);

    if (own != NULL) {
        run_out(own, PACE, now_ms);
        own->level = own->level < 1 ? 0 : own->level - 1;
    }
    run_out(&sieve->all, PACE_ALL, now_ms);
    sieve->all.level = sieve->all.level < 1 ? 0 : sieve->all.level - 1;
    befriend(sieve, source);
}

/* ---- dice */

/* As many as shall come, of as many as would have. */
static bool set_dice(struct bucket *b, double pace, double burst,
                     int64_t now_ms, int64_t step_ms)
{
    unsigned before = b->passes, passes = before == 0 ? ONE : before;
    double wanted = pace * (double)step_ms / 1000;

    run_out(b, pace, now_ms);
    if (b->level >= burst) {
        b->full_at_ms = now_ms;
        b->level = burst;
        /* what was on its way when they were cast comes by the old ones */
        if (b->came > wanted && now_ms - b->cast_ms > SETTLE_MS) {
            passes = (unsigned)(passes * wanted / b->came);
            b->cast_ms = now_ms;
        }
    } else if (b->level > burst * 3 / 4) {
        b->full_at_ms = now_ms;
    } else if (b->passes != 0 && now_ms - b->full_at_ms > CALM_MS) {
        passes *= 2;
        b->full_at_ms = now_ms;
    }
    b->passes = passes >= ONE ? 0 : passes < LEAST ? LEAST : passes;
    b->came = 0;
    return b->passes != before;
}

static void step(struct net_sieve *sieve, int64_t now_ms)
{
    int64_t length = now_ms - sieve->step_ms;

    sieve->step_ms = now_ms;
    if (length > LONG_STEP_MS) /* the rush is the end of it */
        length = LONG_STEP_MS;
    for (size_t i = 0; i < HOT; i++)
        if (sieve->hot[i].at_ms != 0)
            sieve->changed |=
                set_dice(&sieve->hot[i], PACE, BURST, now_ms, length);
    sieve->changed |=
        set_dice(&sieve->all, PACE_ALL, BURST_ALL, now_ms, length);
}

unsigned net_sieve_passes(const struct net_sieve *sieve,
                          const struct net_source *source)
{
    const struct bucket *all = &sieve->all;

    for (size_t i = 0; i < HOT; i++)
        if (sieve->hot[i].passes != 0 && same(&sieve->hot[i].source, source))
            return sieve->hot[i].passes;
    for (size_t i = 0; i < sieve->friend_count; i++)
        if (same(&sieve->friends[i], source))
            return ONE;
    return all->passes == 0 ? ONE : all->passes;
}

/* ---- the filter */

struct code {
    struct sock_filter lines[MAX_CODE];
    size_t count;
};

static void put(struct code *code, uint16_t op, uint32_t k)
{
    code->lines[code->count++] = (struct sock_filter)BPF_STMT(op, k);
}

/* Goes on when equal, else `skip` lines further. */
static void put_equal(struct code *code, uint32_t k, uint8_t skip)
{
    code->lines[code->count++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, skip);
}

enum {
    DROP = 0,
    PASS = 0x40000, /* bytes of it, so all */
    DICE_LINES = 4,
    TCP_FLAGS = 13,
    TCP_SYN = 0x02,
    TCP_SYN_ACK = 0x12
};

static void put_dice(struct code *code, unsigned passes)
{
    put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM));
    code->lines[code->count++] = (struct sock_filter)BPF_JUMP(
        BPF_JMP | BPF_JGE | BPF_K, passes * (UINT32_MAX / ONE), 0, 1);
    put(code, BPF_RET | BPF_K, DROP);
    put(code, BPF_RET | BPF_K, PASS);
}

static bool is_v4(const struct net_source *source)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(source->bytes, prefix, sizeof prefix) == 0;
}

/* What follows, of `lines` lines, is for this address only. A holds the
 * address, of IPv6 nothing. */
static void put_source(struct code *code, const struct net_source *source,
                       uint8_t lines)
{
    if (is_v4(source)) {
        put_equal(code, get_u32(source->bytes + 12), lines);
        return;
    }
    put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_NET_OFF + 8));
    put_equal(code, get_u32(source->bytes), (uint8_t)(lines + 2));
    put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_NET_OFF + 12));
    put_equal(code, get_u32(source->bytes + 4), lines);
}

static void put_sources(const struct net_sieve *sieve, struct code *code,
                        bool v4)
{
    for (size_t i = 0; i < HOT; i++) {
        const struct bucket *b = &sieve->hot[i];

        if (b->passes == 0 || is_v4(&b->source) != v4)
            continue;
        put_source(code, &b->source, DICE_LINES);
        put_dice(code, b->passes);
    }
    if (sieve->all.passes == 0) {
        put(code, BPF_RET | BPF_K, PASS);
        return;
    }
    for (size_t i = 0; i < sieve->friend_count; i++) {
        if (is_v4(&sieve->friends[i]) != v4)
            continue;
        put_source(code, &sieve->friends[i], 1);
        put(code, BPF_RET | BPF_K, PASS);
    }
    put_dice(code, sieve->all.passes);
}

/* A listener's filter sees the segment from the TCP header on; connections
 * inherit it, and have no SYNs. */
static void write_filter(const struct net_sieve *sieve, struct code *code)
{
    size_t other;

    code->count = 0;
    put(code, BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS);
    put(code, BPF_ALU | BPF_AND | BPF_K, TCP_SYN_ACK);
    put_equal(code, TCP_SYN, 1);
    put(code, BPF_JMP | BPF_JA, 1);
    put(code, BPF_RET | BPF_K, PASS);
    put(code, BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF);
    put(code, BPF_ALU | BPF_RSH | BPF_K, 4);
    put_equal(code, 4, 1);
    put(code, BPF_JMP | BPF_JA, 1);
    other = code->count;
    put(code, BPF_JMP | BPF_JA, 0); /* IPv6: further down */
    put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_NET_OFF + 12));
    put_sources(sieve, code, true);
    code->lines[other].k = (uint32_t)(code->count - other - 1);
    put_sources(sieve, code, false);
}

static bool is_at_rest(const struct net_sieve *sieve)
{
    bool rests = sieve->all.passes == 0;

    for (size_t i = 0; i < HOT; i++)
        rests &= sieve->hot[i].passes == 0;
    return rests;
}

static void detach(struct net_sieve *sieve, int listener)
{
    int none = 0;

    (void)setsockopt(listener, SOL_SOCKET, SO_DETACH_FILTER, &none,
                     sizeof none);
    sieve->attached = false;
}

static bool attach(int listener, const struct sock_fprog *program)
{
    return setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, program,
                      sizeof *program) == 0;
}

void net_sieve_work(struct net_sieve *sieve, int listener, int64_t now_ms)
{
    struct code *code;
    struct sock_fprog program;

    if (listener < 0 || now_ms - sieve->step_ms < STEP_MS)
        return;
    step(sieve, now_ms);
    if (!sieve->changed)
        return;
    sieve->changed = false;
    if (is_at_rest(sieve)) {
        detach(sieve, listener);
        return;
    }
    code = mem_new(sizeof *code);
    write_filter(sieve, code);
    program = (struct sock_fprog){(unsigned short)code->count, code->lines};
    sieve->attached = attach(listener, &program);
    if (!sieve->attached) { /* no room beside the old one: optmem_max */
        detach(sieve, listener);
        sieve->attached = attach(listener, &program);
    }
    mem_free(&code);
}
