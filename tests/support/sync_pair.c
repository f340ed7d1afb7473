#include "tests/support/sync_pair.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/sync/session_inside.h"
#include "tests/support/sync_host.h"

/* Turns in which nothing passes but the turn itself. */
enum { AT_ONCE_MOST = 1000 };

static struct sync_route route_of(uint32_t number)
{
    struct sync_route route;

    memset(&route, 0, sizeof route);
    put_u32(route.bytes, number);
    return route;
}

/* ---- the pair */

struct sync_config pair_config(struct pair *pair, unsigned index)
{
    struct pair_host *host = &pair->hosts[index];
    struct sync_config config = {.role = host->role,
                                 .unit = FAKE_UNIT,
                                 .hub = FAKE_HUB,
                                 .instance = host->instance,
                                 .software = "test",
                                 .hash = &fake_hash,
                                 .vault = pair->vault,
                                 .credit_bulk = pair->credit_bulk};

    config.view = fake_view(&host->store);
    return config;
}

void pair_cut(struct pair *pair, unsigned node)
{
    struct pair_host *host = &pair->hosts[node];

    pair_queue_drop(&pair->to_hub[LANE_EXPRESS], host->route[LANE_EXPRESS]);
    pair_hang_up(host);
    pair_lost(host);
}

void pair_restart(struct pair *pair, unsigned index)
{
    struct pair_host *host = &pair->hosts[index];
    struct sync_config config;

    if (host->role == SYNC_NODE) {
        pair_queue_drop(&pair->to_hub[LANE_EXPRESS], host->route[LANE_EXPRESS]);
        pair_hang_up(host);
    }
    for (unsigned i = 0; i < PAIR_NODES && host->role == SYNC_HUB; i++)
        if (pair->hosts[i].route[LANE_EXPRESS] != 0)
            pair_cut(pair, i);
    host->store = host->committed;
    host->new_epoch = false;
    host->instance = pair_random_id(pair);
    config = pair_config(pair, index);
    sync_session_free(&host->session);
    host->session = sync_session_new(&config);
}

struct pair *pair_new(void)
{
    static const char *const names[] = {"node", "clone", "hub"};
    struct pair *pair = mem_new(sizeof *pair);

    for (unsigned i = 0; i <= PAIR_HUB; i++) {
        struct pair_host *host = &pair->hosts[i];

        host->pair = pair;
        host->name = names[i];
        host->role = i == PAIR_HUB ? SYNC_HUB : SYNC_NODE;
        host->claims = FAKE_STREAMS;
        fake_store_open(&host->store, i == PAIR_HUB ? FAKE_HUB : FAKE_UNIT);
        host->committed = host->store;
        pair_restart(pair, i);
    }
    return pair;
}

void pair_free(struct pair **pair)
{
    for (unsigned i = 0; i <= PAIR_HUB; i++) {
        struct pair_host *host = &(*pair)->hosts[i];

        sync_session_free(&host->session);
        sync_actions_free(&host->actions);
        for (int lane = 0; lane < LANE_COUNT; lane++) {
            pair_queue_clear(&host->outbox[lane]);
            pair_queue_clear(&host->in[lane]);
        }
    }
    for (int lane = 0; lane < LANE_COUNT; lane++)
        pair_queue_clear(&(*pair)->to_hub[lane]);
    buf_free(&(*pair)->transcript);
    mem_free(pair);
}

void pair_connect(struct pair *pair, unsigned node)
{
    struct pair_host *host = &pair->hosts[node];
    struct sync_event event = {.type = SYNC_OPENED};

    host->route[LANE_EXPRESS] = ++pair->routes;
    (void)pair_turn(pair, node, &event);
}

void pair_cut_bulk(struct pair *pair, unsigned node)
{
    struct sync_event event = {.type = SYNC_BULK_LOST};

    pair_drop_bulk(&pair->hosts[node]);
    (void)pair_turn(pair, node, &event);
}

int pair_inject(struct pair *pair, unsigned index, unsigned node,
                enum lane lane, const struct sync_message *message,
                size_t bytes)
{
    struct pair_host *host = &pair->hosts[index];
    uint32_t number = pair->hosts[node].route[lane];
    struct sync_route route = route_of(number);
    struct sync_event event = {.type = SYNC_RECEIVED,
                               .message = message,
                               .lane = lane,
                               .bytes = bytes,
                               .route = &route};
    char address[32];
    int rc;

    (void)snprintf(address, sizeof address, "10.0.0.%u", number);
    event.address = address;
    host->handling = message;
    rc = pair_turn(pair, index, &event);
    host->handling = NULL;
    return rc;
}

static void deliver_frame(struct pair *pair, unsigned index, enum lane lane,
                          struct pair_frame *frame)
{
    struct pair_host *host = &pair->hosts[index];
    struct sync_route route = route_of(frame->route);
    struct sync_event event = {.type = SYNC_RECEIVED,
                               .message = &frame->message,
                               .lane = lane,
                               .bytes = frame->bytes,
                               .route = &route};
    char address[32];

    (void)snprintf(address, sizeof address, "10.0.0.%u", frame->route);
    event.address = address;
    host->handling = &frame->message;
    (void)pair_turn(pair, index, &event);
    host->handling = NULL;
    pair_frame_free(frame);
}

bool pair_deliver_one(struct pair *pair, enum lane lane, bool to_hub,
                      unsigned node)
{
    struct pair_frame *frame = pair_queue_get(
        to_hub ? &pair->to_hub[lane] : &pair->hosts[node].in[lane]);

    if (frame == NULL)
        return false;
    deliver_frame(pair, to_hub ? PAIR_HUB : node, lane, frame);
    return true;
}

static struct pair_queue *queue_of(struct pair *pair, enum lane lane,
                                   bool to_hub, unsigned node)
{
    return to_hub ? &pair->to_hub[lane] : &pair->hosts[node].in[lane];
}

void pair_repeat_one(struct pair *pair, enum lane lane, bool to_hub,
                     unsigned node)
{
    struct pair_queue *queue = queue_of(pair, lane, to_hub, node);
    const struct pair_frame *frame = queue->frames[queue->first];

    if (queue->count > 0)
        pair_queue_put(
            queue, pair_frame_new(&frame->message, frame->bytes, frame->route));
}

void pair_lose_one(struct pair *pair, enum lane lane, bool to_hub,
                   unsigned node)
{
    struct pair_frame *frame =
        pair_queue_get(queue_of(pair, lane, to_hub, node));

    if (frame != NULL)
        pair_frame_free(frame);
}

static bool dial_bulk(struct pair *pair, unsigned node)
{
    struct pair_host *host = &pair->hosts[node];
    struct sync_event event = {.type = SYNC_BULK_UP};

    if (!host->dialling || pair->hold_bulk)
        return false;
    host->dialling = false;
    host->route[LANE_BULK] = ++pair->routes;
    (void)pair_turn(pair, node, &event);
    return true;
}

bool pair_step(struct pair *pair)
{
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        if (pair_deliver_one(pair, (enum lane)lane, true, 0))
            return true;
        for (unsigned i = 0; i < PAIR_NODES; i++)
            if (pair_deliver_one(pair, (enum lane)lane, false, i))
                return true;
    }
    for (unsigned i = 0; i < PAIR_NODES; i++)
        if (dial_bulk(pair, i))
            return true;
    return false;
}

void pair_settle(struct pair *pair)
{
    for (int i = 0; pair_step(pair); i++)
        if (i > 100000)
            fail_msg("the pair never comes to rest");
}

void pair_tick(struct pair *pair, unsigned host, int64_t ms)
{
    struct sync_event event = {.type = SYNC_TICK};

    pair->now_ms += ms;
    (void)pair_turn(pair, host, &event);
}

void pair_wait(struct pair *pair, int64_t ms)
{
    int64_t until = pair->now_ms + ms, stood = 0;

    pair_settle(pair);
    for (;;) {
        int64_t next = INT64_MAX, before = pair->now_ms;

        for (unsigned i = 0; i <= PAIR_HUB; i++) {
            int64_t due = sync_session_deadline(pair->hosts[i].session);

            next = due < next ? due : next;
        }
        if (next > until)
            break;
        if (next > pair->now_ms)
            pair->now_ms = next;
        for (unsigned i = 0; i <= PAIR_HUB; i++)
            if (sync_session_deadline(pair->hosts[i].session) <= pair->now_ms)
                pair_tick(pair, i, 0);
        pair_settle(pair);
        stood = pair->now_ms == before ? stood + 1 : 0;
        assert_true(stood < AT_ONCE_MOST); /* or a program would spin */
    }
    pair->now_ms = until;
}

static bool add(struct pair *pair, unsigned index, unsigned stream,
                size_t count, uint32_t size, bool is_expedited)
{
    struct pair_host *host = &pair->hosts[index];

    if (host->store.streams[stream].count + count > FAKE_MOST)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct fake_change change = fake_change_make(
            host->store.home, stream, ++pair->numbers, is_expedited, size);

        change.object = true;
        fake_stream_add(&host->store.streams[stream], &change);
    }
    return true;
}

void pair_write_sized(struct pair *pair, unsigned index, unsigned stream,
                      size_t count, uint32_t size, bool is_expedited)
{
    struct pair_host *host = &pair->hosts[index];
    struct sync_event event = {.type = SYNC_GREW,
                               .name = host->store.streams[stream].name,
                               .expedited = is_expedited};

    if (!add(pair, index, stream, count, size, is_expedited))
        return;
    event.seq = host->store.streams[stream].count;
    (void)pair_turn(pair, index, &event);
}

void pair_write(struct pair *pair, unsigned index, unsigned stream,
                size_t count, bool is_expedited)
{
    pair_write_sized(pair, index, stream, count, 100, is_expedited);
}

void pair_has(struct pair *pair, unsigned index, unsigned stream, size_t count)
{
    (void)add(pair, index, stream, count, 100, false);
    pair->hosts[index].committed = pair->hosts[index].store;
}

void pair_copy(struct pair *pair, unsigned from, unsigned to, unsigned stream,
               size_t count)
{
    struct pair_host *host = &pair->hosts[to];

    host->store.streams[stream] = pair->hosts[from].store.streams[stream];
    host->store.streams[stream].count = count;
    host->committed = host->store;
}

void pair_line(struct pair *pair, uint64_t bytes_a_second)
{
    for (unsigned i = 0; i <= PAIR_HUB; i++) {
        struct pace *pace = &pair->hosts[i].session->pace;

        pace->speed[0] = bytes_a_second;
        pace->speed_ms = pair->now_ms;
        pace->next_ms = 0;
    }
}

/* ---- expectations */

void pair_forget(struct pair *pair)
{
    buf_clear(&pair->transcript);
    pair->pushed_bytes = 0;
    pair->express_bytes = 0;
}

void pair_expect(struct pair *pair, const char *transcript)
{
    assert_string_equal(buf_text(&pair->transcript), transcript);
    pair_forget(pair);
}

void pair_expect_line(struct pair *pair, const char *line)
{
    if (strstr(buf_text(&pair->transcript), line) == NULL)
        fail_msg("\"%s\" is not in\n%s", line, buf_text(&pair->transcript));
}

void pair_expect_no_line(struct pair *pair, const char *part)
{
    if (strstr(buf_text(&pair->transcript), part) != NULL)
        fail_msg("\"%s\" is in\n%s", part, buf_text(&pair->transcript));
}

bool pair_converged(struct pair *pair, unsigned node)
{
    const struct fake_store *a = &pair->hosts[node].committed;
    const struct fake_store *b = &pair->hosts[PAIR_HUB].committed;

    for (size_t i = 0; i < FAKE_STREAMS; i++)
        if (!fake_stream_equal(&a->streams[i], &b->streams[i]))
            return false;
    return true;
}
