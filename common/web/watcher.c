/* common/web/watcher.c - one thread that waits for the core to say that
 * something changed, and tells the pages. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/web/inside.h"

enum {
    WATCH_LIMIT_MS = 40000, /* the core answers after 25 s at the latest */
    AGAIN_MS = 300
};

void web_core_event(const struct web *web, struct buf *out)
{
    http_event_text(out, "core",
                    atomic_load(&web->core_up) ? "{\"up\":true}"
                                               : "{\"up\":false}");
}

static void tell(struct web *web, struct buf *text)
{
    http_events_send(web->events, buf_bytes(text));
    buf_free(text);
}

static void set_up(struct web *web, bool up)
{
    struct buf text = {0};

    if (atomic_exchange(&web->core_up, up) == up)
        return;
    log_info(up ? "web.core.up" : "web.core.down", "pages=%zu",
             http_events_count(web->events));
    (void)atomic_fetch_add(&web->fresh, 1);
    web_cache_forget(web->cache);
    web_core_event(web, &text);
    tell(web, &text);
}

/* What a program keeps in memory of its database: who is enrolled. */
static bool changes_memory(const struct json *out)
{
    const struct json *topics = json_get(out, "topics");

    for (size_t i = 0; i < json_count(topics); i++)
        if (strcmp(json_text(json_at(topics, i)), "nodes") == 0)
            return true;
    return false;
}

static void changed(struct web *web, const struct json *out, int64_t revision)
{
    struct buf data = {0}, text = {0};

    if (changes_memory(out))
        (void)atomic_fetch_add(&web->fresh, 1);
    web_cache_forget(web->cache);
    atomic_store(&web->revision, revision);
    json_write(&data, out);
    http_event_text(&text, "changed", buf_text(&data));
    buf_free(&data);
    tell(web, &text);
}

static void *watch(void *who)
{
    struct web *web = who;
    struct web_core *core = web_core_new(web);

    while (!atomic_load(&web->stopping)) {
        /* Whom it has not heard yet the core answers at once, so that a page
         * does not call it down while nothing changes. */
        int64_t since =
            atomic_load(&web->core_up) ? atomic_load(&web->revision) : -1;
        int64_t revision = since;
        struct web_ask ask = {.command = "watch",
                              .args = json_object_new(),
                              .limit_ms = WATCH_LIMIT_MS};
        struct json *reply;

        json_set_i64(ask.args, "since", since);
        reply = web_core_ask(core, &ask);
        set_up(web, reply != NULL);
        if (json_get_i64(json_get(reply, "out"), "rev", &revision) &&
            revision != since)
            changed(web, json_get(reply, "out"), revision);
        if (!json_get_flag(reply, "ok"))
            (void)poll(NULL, 0, AGAIN_MS);
        json_free(&reply);
    }
    web_core_free(&core);
    return NULL;
}

bool web_watcher_start(struct web *web)
{
    web->watching = pthread_create(&web->watcher, NULL, watch, web) == 0;
    return web->watching;
}

/* It may sit in a long wait of which nothing is lost: not joined, the process
 * ends. */
void web_watcher_stop(struct web *web)
{
    atomic_store(&web->stopping, true);
    if (web->watching)
        (void)pthread_detach(web->watcher);
    web->watching = false;
}
