/* common/web/cache.c - answers that many ask for at once, as long as nothing
 * changed. Bounded in number and bytes; the oldest goes. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/web/inside.h"

enum { KEPT = 128, KEPT_BYTES = 8 << 20, ONE_BYTES = 1 << 20 };

struct kept {
    char *role, *target; /* NULL: the place is free */
    char tag[WEB_TAG_BYTES];
    struct buf body;
    uint64_t age;
    int64_t until_ms;
    uint64_t place_in_time;
};

struct web_cache {
    pthread_mutex_t lock;
    uint64_t age;
    uint64_t puts;
    size_t bytes;
    struct kept kept[KEPT];
};

struct web_cache *web_cache_new(void)
{
    struct web_cache *cache = mem_new(sizeof *cache);

    (void)pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

static void drop(struct web_cache *cache, struct kept *kept)
{
    cache->bytes -= kept->body.size;
    mem_free(&kept->role);
    mem_free(&kept->target);
    buf_free(&kept->body);
    memset(kept, 0, sizeof *kept);
}

void web_cache_free(struct web_cache **cache)
{
    if (*cache == NULL)
        return;
    for (size_t i = 0; i < KEPT; i++)
        drop(*cache, &(*cache)->kept[i]);
    (void)pthread_mutex_destroy(&(*cache)->lock);
    mem_free(cache);
}

void web_cache_forget(struct web_cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    cache->age++;
    for (size_t i = 0; i < KEPT; i++)
        if (cache->kept[i].target != NULL)
            drop(cache, &cache->kept[i]);
    (void)pthread_mutex_unlock(&cache->lock);
}

uint64_t web_cache_age(struct web_cache *cache)
{
    uint64_t age;

    (void)pthread_mutex_lock(&cache->lock);
    age = cache->age;
    (void)pthread_mutex_unlock(&cache->lock);
    return age;
}

static struct kept *find(struct web_cache *cache, const char *role,
                         const char *target)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct kept *kept = &cache->kept[i];

        if (kept->target != NULL && strcmp(kept->target, target) == 0 &&
            strcmp(kept->role, role) == 0)
            return kept;
    }
    return NULL;
}

bool web_cache_get(struct web_cache *cache, const char *role,
                   const char *target, int64_t now_ms, struct buf *out,
                   char tag[WEB_TAG_BYTES])
{
    const struct kept *kept;
    bool good;

    (void)pthread_mutex_lock(&cache->lock);
    kept = find(cache, role, target);
    good = kept != NULL && kept->age == cache->age && now_ms < kept->until_ms;
    if (good) {
        buf_add_bytes(out, buf_bytes(&kept->body));
        (void)snprintf(tag, WEB_TAG_BYTES, "%s", kept->tag);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return good;
}

static struct kept *oldest(struct web_cache *cache, bool or_free)
{
    struct kept *found = NULL;

    for (size_t i = 0; i < KEPT; i++) {
        struct kept *kept = &cache->kept[i];

        if (kept->target == NULL) {
            if (or_free)
                return kept;
            continue;
        }
        if (found == NULL || kept->place_in_time < found->place_in_time)
            found = kept;
    }
    return found;
}

/* With the lock. */
static void put(struct web_cache *cache, const struct web_kept *what)
{
    struct kept *kept = find(cache, what->role, what->target);

    if (kept == NULL)
        kept = oldest(cache, true);
    drop(cache, kept);
    while (cache->bytes + what->body.size > KEPT_BYTES)
        drop(cache, oldest(cache, false));
    kept->role = mem_text(what->role);
    kept->target = mem_text(what->target);
    (void)snprintf(kept->tag, sizeof kept->tag, "%s", what->tag);
    buf_add_bytes(&kept->body, what->body);
    kept->age = what->age;
    kept->until_ms = what->until_ms;
    kept->place_in_time = ++cache->puts;
    cache->bytes += what->body.size;
}

void web_cache_put(struct web_cache *cache, const struct web_kept *what)
{
    if (what->body.size > ONE_BYTES)
        return;
    (void)pthread_mutex_lock(&cache->lock);
    if (what->age == cache->age)
        put(cache, what);
    (void)pthread_mutex_unlock(&cache->lock);
}
