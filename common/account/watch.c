/* common/account/watch.c - see watch.h. */
#include "common/account/watch.h"

#include <stddef.h>

#include "common/base/mem.h"

enum { TOPICS = 9 };

struct waiting {
    int client;
    int64_t since, until_ms;
};

struct watch {
    int64_t first; /* the revision we began with */
    int64_t revision;
    int64_t changed[TOPICS]; /* the revision of each topic's last change */
    int64_t round_ms;        /* when somebody was last told of a change */
    struct waiting waiting[WATCH_MOST]; /* in the order in which they came */
    size_t count;
};

struct watch *watch_new(int64_t wall_ms)
{
    struct watch *watch = mem_new(sizeof *watch);

    watch->first = watch->revision = wall_ms;
    watch->round_ms = INT64_MIN / 2;
    return watch;
}

void watch_free(struct watch **watch)
{
    if (*watch != NULL)
        mem_free(watch);
}

static void forget(struct watch *watch, size_t place)
{
    watch->count--;
    for (size_t i = place; i < watch->count; i++)
        watch->waiting[i] = watch->waiting[i + 1];
}

void watch_add(struct watch *watch, int client, int64_t since, int64_t now_ms)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->waiting[i].client == client)
            forget(watch, i--);
    if (watch->count == WATCH_MOST)
        forget(watch, 0); /* surely gone: there are fewer clients */
    watch->waiting[watch->count++] =
        (struct waiting){client, since, now_ms + WATCH_MS};
}

void watch_changed(struct watch *watch, unsigned topics)
{
    if ((topics & TOPIC_ALL) == 0)
        return;
    watch->revision++;
    for (size_t i = 0; i < TOPICS; i++)
        if ((topics & (1U << i)) != 0)
            watch->changed[i] = watch->revision;
}

/* Whoever knows a revision of another process knows nothing of ours. */
static unsigned topics_since(const struct watch *watch, int64_t since)
{
    unsigned topics = 0;

    if (since < watch->first || since > watch->revision)
        return TOPIC_ALL;
    for (size_t i = 0; i < TOPICS; i++)
        if (watch->changed[i] > since)
            topics |= 1U << i;
    return topics;
}

static bool is_behind(const struct watch *watch, const struct waiting *one)
{
    return one->since != watch->revision;
}

bool watch_next(struct watch *watch, int64_t now_ms, struct watch_answer *out)
{
    bool rested =
        now_ms == watch->round_ms || now_ms >= watch->round_ms + WATCH_PAUSE_MS;

    for (size_t i = 0; i < watch->count; i++) {
        const struct waiting *one = &watch->waiting[i];
        bool told = is_behind(watch, one) && rested;

        if (!told && now_ms < one->until_ms)
            continue;
        if (told)
            watch->round_ms = now_ms;
        *out = (struct watch_answer){one->client, watch->revision,
                                     topics_since(watch, one->since)};
        forget(watch, i);
        return true;
    }
    return false;
}

int64_t watch_deadline(const struct watch *watch)
{
    int64_t at = INT64_MAX;

    for (size_t i = 0; i < watch->count; i++) {
        const struct waiting *one = &watch->waiting[i];
        int64_t due = is_behind(watch, one) ? watch->round_ms + WATCH_PAUSE_MS
                                            : one->until_ms;

        at = due < at ? due : at;
    }
    return at;
}
