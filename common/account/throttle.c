/* common/account/throttle.c - counters that leak, in sets of four.
 *
 * A counter is one time: how long its failures would take to leak away. It is
 * found by a keyed hash, so that nobody outside can aim at the set in which
 * somebody else's lies.
 */
#include "common/account/throttle.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/mac.h"
#include "common/crypto/random.h"

enum { WAYS = 4, SETS = THROTTLE_PLACES / WAYS, KEY_BYTES = 32 };

enum kind { NAME, ADDRESS, PAIR, KINDS };

static const struct rule {
    int64_t leak_ms; /* one failure is forgotten in this time */
    int64_t free;    /* failures before the first pause */
    int64_t most_ms; /* the longest pause */
} rules[KINDS] = {
    [NAME] = {10 * 60000, 5, 300000},
    [ADDRESS] = {60000, 20, 60000},
    [PAIR] = {10 * 60000, 5, 300000},
};

/* How long an address is remembered from which somebody was let in. */
static const int64_t known_ms = INT64_C(30) * 24 * 3600 * 1000;

struct counter {
    uint64_t mark;             /* 0: free */
    int64_t empty_ms, wait_ms; /* when all has leaked; no try before */
    int64_t known_ms;          /* PAIR: was let in, and remembered until */
};

struct throttle {
    uint8_t key[KEY_BYTES];
    struct counter sets[SETS][WAYS];
};

struct throttle *throttle_new(void)
{
    struct throttle *throttle = mem_new(sizeof *throttle);

    random_bytes(throttle->key, sizeof throttle->key);
    return throttle;
}

void throttle_free(struct throttle **throttle)
{
    if (*throttle != NULL)
        mem_free(throttle);
}

/* ---- finding a counter */

/* An address as it is counted: of IPv6 the network, of anything else itself. */
static void add_address(struct buf *out, const char *from)
{
    struct in6_addr six;

    if (inet_pton(AF_INET6, from, &six) == 1)
        buf_add(out, six.s6_addr, IN6_IS_ADDR_V4MAPPED(&six) ? 16 : 8);
    else
        buf_add(out, from, strnlen(from, 64));
}

static struct hash digest(const struct throttle *throttle, enum kind kind,
                          const struct throttle_try *one)
{
    struct buf text = {0};
    struct hash out;

    buf_add_u8(&text, (uint8_t)one->what);
    buf_add_u8(&text, (uint8_t)kind);
    if (kind != ADDRESS)
        buf_add(&text, one->name, strnlen(one->name, 256));
    buf_add_u8(&text, 0);
    if (kind != NAME)
        add_address(&text, one->from);
    out = mac_sha256(bytes_of(throttle->key, sizeof throttle->key),
                     buf_bytes(&text));
    buf_free(&text);
    return out;
}

/* The counter of this kind, or NULL; its set in any case. */
static struct counter *look(struct throttle *throttle, enum kind kind,
                            const struct throttle_try *one,
                            struct counter **set, uint64_t *mark)
{
    struct hash hash = digest(throttle, kind, one);

    *set = throttle->sets[get_u32(hash.bytes) % SETS];
    *mark = get_u64(hash.bytes + 8) | 1;
    for (size_t i = 0; i < WAYS; i++)
        if ((*set)[i].mark == *mark)
            return &(*set)[i];
    return NULL;
}

static const struct counter *find(const struct throttle *throttle,
                                  enum kind kind,
                                  const struct throttle_try *one)
{
    struct counter *set;
    uint64_t mark;

    /* nothing is written by a mere look */
    return look((struct throttle *)(uintptr_t)throttle, kind, one, &set, &mark);
}

/* How much would be lost with it. */
static int64_t worth(const struct counter *counter)
{
    return counter->mark == 0 ? INT64_MIN
           : counter->known_ms > counter->empty_ms
               ? counter->known_ms - known_ms /* when it was let in */
               : counter->empty_ms;
}

static struct counter *take(struct throttle *throttle, enum kind kind,
                            const struct throttle_try *one)
{
    struct counter *set, *least;
    uint64_t mark;
    struct counter *counter = look(throttle, kind, one, &set, &mark);

    if (counter != NULL)
        return counter;
    least = &set[0];
    for (size_t i = 1; i < WAYS; i++)
        if (worth(&set[i]) < worth(least))
            least = &set[i];
    *least = (struct counter){.mark = mark};
    return least;
}

/* ---- counting */

static bool is_known(const struct throttle *throttle,
                     const struct throttle_try *one, int64_t now_ms)
{
    const struct counter *pair = find(throttle, PAIR, one);

    return pair != NULL && pair->known_ms > now_ms;
}

int64_t throttle_wait_ms(const struct throttle *throttle,
                         const struct throttle_try *one, int64_t now_ms)
{
    enum kind who = is_known(throttle, one, now_ms) ? PAIR : NAME;
    const struct counter *both[] = {find(throttle, who, one),
                                    find(throttle, ADDRESS, one)};
    int64_t wait = 0;

    for (size_t i = 0; i < 2; i++)
        if (both[i] != NULL && both[i]->wait_ms - now_ms > wait)
            wait = both[i]->wait_ms - now_ms;
    return wait;
}

static int64_t pause_after(const struct rule *rule, int64_t failures)
{
    int64_t over = failures - rule->free;
    int64_t pause = over <= 0 ? 0 : over > 20 ? rule->most_ms : 500LL << over;

    return pause < rule->most_ms ? pause : rule->most_ms;
}

static void count(struct counter *counter, const struct rule *rule,
                  int64_t now_ms)
{
    int64_t failures;

    if (counter->empty_ms < now_ms)
        counter->empty_ms = now_ms;
    counter->empty_ms += rule->leak_ms;
    failures = (counter->empty_ms - now_ms + rule->leak_ms - 1) / rule->leak_ms;
    counter->wait_ms = now_ms + pause_after(rule, failures);
}

void throttle_failed(struct throttle *throttle, const struct throttle_try *one,
                     int64_t now_ms)
{
    enum kind who = is_known(throttle, one, now_ms) ? PAIR : NAME;

    count(take(throttle, who, one), &rules[who], now_ms);
    count(take(throttle, ADDRESS, one), &rules[ADDRESS], now_ms);
}

/* Nothing else is cleared: one who may come in could otherwise do it for
 * guesses at others, and what others guessed is not undone by the one who
 * knows. */
void throttle_passed(struct throttle *throttle, const struct throttle_try *one,
                     int64_t now_ms)
{
    struct counter *pair = take(throttle, PAIR, one);

    pair->empty_ms = pair->wait_ms = 0;
    pair->known_ms = now_ms + known_ms;
}
