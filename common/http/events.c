/* common/http/events.c - streams of events to many clients.
 *
 * A stream that has nothing to say is a suspended connection: it costs no
 * thread and no turn. Each has a buffer of its own, and it is bounded. The
 * library's own locks are taken inside ours.
 */
#include <string.h>

#include "common/base/mem.h"
#include "common/http/inside.h"

enum { BLOCK_BYTES = 2048 };

struct client {
    struct client *next, *previous;
    struct http_events *events;
    struct MHD_Connection *connection;
    uint8_t tag[32];
    struct buf waiting; /* not yet taken by the library */
    bool asleep;        /* suspended */
    bool ended;
};

struct http_events {
    pthread_mutex_t lock; /* of everything below, clients as well */
    struct client *first;
    size_t count;
    bool closed;
};

struct http_events *http_events_new(void)
{
    struct http_events *events = mem_new(sizeof *events);

    (void)pthread_mutex_init(&events->lock, NULL);
    return events;
}

void http_events_free(struct http_events **events)
{
    if (*events == NULL)
        return;
    (void)pthread_mutex_destroy(&(*events)->lock);
    mem_free(events);
}

/* With the lock. */
static void wake(struct client *client)
{
    if (!client->asleep)
        return;
    client->asleep = false;
    MHD_resume_connection(client->connection);
}

static ssize_t read_some(void *who, uint64_t at, char *out, size_t room)
{
    struct client *client = who;
    ssize_t got = 0;

    (void)at;
    (void)pthread_mutex_lock(&client->events->lock);
    if (client->waiting.size > 0 && !client->ended) {
        size_t size = client->waiting.size < room ? client->waiting.size : room;

        memcpy(out, client->waiting.data, size);
        memmove(client->waiting.data, client->waiting.data + size,
                client->waiting.size - size);
        client->waiting.size -= size;
        got = (ssize_t)size;
    } else if (client->ended) {
        got = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        client->asleep = true;
        MHD_suspend_connection(client->connection);
    }
    (void)pthread_mutex_unlock(&client->events->lock);
    return got;
}

static void forget(void *who)
{
    struct client *client = who;
    struct http_events *events = client->events;

    (void)pthread_mutex_lock(&events->lock);
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        events->first = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    events->count--;
    (void)pthread_mutex_unlock(&events->lock);
    buf_free(&client->waiting);
    mem_free(&client);
}

static struct client *admit(struct http_events *events,
                            struct http_request *request, const uint8_t tag[32],
                            const char *first)
{
    struct client *client = mem_new(sizeof *client);

    client->events = events;
    client->connection = request->connection;
    memcpy(client->tag, tag, sizeof client->tag);
    buf_add_text(&client->waiting, first);
    (void)pthread_mutex_lock(&events->lock);
    if (events->closed || events->count >= HTTP_EVENT_CLIENTS) {
        (void)pthread_mutex_unlock(&events->lock);
        buf_free(&client->waiting);
        mem_free(&client);
        return NULL;
    }
    client->next = events->first;
    if (events->first != NULL)
        events->first->previous = client;
    events->first = client;
    events->count++;
    (void)pthread_mutex_unlock(&events->lock);
    return client;
}

bool http_answer_events(struct http_request *request,
                        struct http_events *events, const uint8_t tag[32],
                        const char *first)
{
    struct client *client = admit(events, request, tag, first);
    struct MHD_Response *response;

    if (client == NULL)
        return false;
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                                 read_some, client, forget);
    if (response == NULL) {
        forget(client);
        return false;
    }
    http_add_header(request, "Content-Type", "text/event-stream");
    http_add_header(request, "X-Accel-Buffering", "no");
    request->is_stream = true;
    http_answer_with(request, MHD_HTTP_OK, response);
    return true;
}

void http_event_text(struct buf *out, const char *name, const char *data)
{
    buf_printf(out, "event: %s\ndata: %s\n\n", name, data);
}

void http_events_send(struct http_events *events, struct bytes text)
{
    (void)pthread_mutex_lock(&events->lock);
    for (struct client *at = events->first; at != NULL; at = at->next) {
        if (at->waiting.size + text.size > HTTP_EVENT_BUFFER)
            at->ended = true;
        else
            buf_add_bytes(&at->waiting, text);
        wake(at);
    }
    (void)pthread_mutex_unlock(&events->lock);
}

void http_events_beat(struct http_events *events)
{
    http_events_send(events, bytes_of_text(": \n\n"));
}

void http_events_end(struct http_events *events, const uint8_t tag[32])
{
    (void)pthread_mutex_lock(&events->lock);
    for (struct client *at = events->first; at != NULL; at = at->next)
        if (tag == NULL || memcmp(at->tag, tag, sizeof at->tag) == 0) {
            at->ended = true;
            wake(at);
        }
    (void)pthread_mutex_unlock(&events->lock);
}

void http_events_close(struct http_events *events)
{
    (void)pthread_mutex_lock(&events->lock);
    events->closed = true;
    (void)pthread_mutex_unlock(&events->lock);
    http_events_end(events, NULL);
}

size_t http_events_count(struct http_events *events)
{
    size_t count;

    (void)pthread_mutex_lock(&events->lock);
    count = events->count;
    (void)pthread_mutex_unlock(&events->lock);
    return count;
}
