#include "tests/support/sync_pair.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/sync_words.h"

enum { FRAME_PLAIN = 100, FRAME_OF_BATCH = 200 };

static void perform(struct pair_host *host);

/* ---- what is written down */

static void note(struct pair_host *host, const char *sign,
                 const struct buf *words)
{
    struct pair *pair = host->pair;

    if (pair->quiet || words->size == 0)
        return;
    buf_printf(&pair->transcript, "%lld %s %s ", (long long)pair->now_ms,
               host->name, sign);
    buf_add_bytes(&pair->transcript, buf_bytes(words));
    buf_add_text(&pair->transcript, "\n");
}

static void note_message(struct pair_host *host,
                         const struct sync_message *message)
{
    struct buf words = {0};

    if (host->pair->quiet)
        return;
    words_message(&words, message);
    note(host, ">", &words);
    buf_free(&words);
}

static void note_action(struct pair_host *host,
                        const struct sync_action *action)
{
    struct buf words = {0};

    if (host->pair->quiet)
        return;
    words_action(&words, action);
    note(host, "*", &words);
    buf_free(&words);
}

static void note_stored(struct pair_host *host, const char *what,
                        const struct stream_name *name, uint64_t seq)
{
    struct buf words = {0};

    buf_printf(&words, "%s %.6s %llu", what, name->channel,
               (unsigned long long)seq);
    note(host, "*", &words);
    buf_free(&words);
}

/* ---- messages under way */

static void *owned_batch(struct msg_batch *batch)
{
    struct block {
        struct hash head;
        struct change changes[];
    } * block;
    size_t changes = batch->count * sizeof(struct change);
    uint8_t *headers;

    block = mem_new(sizeof *block + changes + batch->count * FAKE_HEADER);
    headers = (uint8_t *)block + sizeof *block + changes;
    memcpy(&block->head, batch->head.body.data, sizeof block->head);
    batch->head.body.data = block->head.bytes;
    for (size_t i = 0; i < batch->count; i++) {
        uint8_t *header = headers + i * FAKE_HEADER;

        memcpy(header, batch->changes[i].header_bytes.data, FAKE_HEADER);
        block->changes[i] = batch->changes[i];
        block->changes[i].header_bytes.data = header;
    }
    batch->changes = block->changes;
    return block;
}

static struct pair_frame *frame_new(const struct sync_message *message,
                                    size_t bytes, uint32_t route)
{
    struct pair_frame *frame = mem_new(sizeof *frame);
    struct sync_message *copy = &frame->message;

    *copy = *message;
    frame->bytes = bytes;
    frame->route = route;
    if (copy->type == MSG_HELLO) {
        frame->owned =
            mem_copy(copy->hello.claims,
                     copy->hello.claim_count * sizeof *copy->hello.claims);
        copy->hello.claims = frame->owned;
    } else if (copy->type == MSG_EARLY_LIST || copy->type == MSG_WANT) {
        size_t count =
            copy->type == MSG_WANT ? copy->want.count : copy->early_list.count;
        const struct early_ref *refs =
            copy->type == MSG_WANT ? copy->want.refs : copy->early_list.refs;

        frame->owned = mem_copy(refs, count * sizeof *refs);
        if (copy->type == MSG_WANT)
            copy->want.refs = frame->owned;
        else
            copy->early_list.refs = frame->owned;
    } else if (copy->type == MSG_EARLY) {
        frame->owned =
            mem_copy(copy->early.change.header_bytes.data, FAKE_HEADER);
        copy->early.change.header_bytes.data = frame->owned;
    } else if (copy->type == MSG_BATCH) {
        frame->owned = owned_batch(&copy->batch);
    }
    return frame;
}

static void frame_free(struct pair_frame *frame)
{
    mem_free(&frame->owned);
    mem_free(&frame);
}

static void queue_put(struct pair_queue *queue, struct pair_frame *frame)
{
    assert(queue->count < PAIR_QUEUE);
    queue->frames[(queue->first + queue->count++) % PAIR_QUEUE] = frame;
}

static struct pair_frame *queue_get(struct pair_queue *queue)
{
    struct pair_frame *frame;

    if (queue->count == 0)
        return NULL;
    frame = queue->frames[queue->first];
    queue->first = (queue->first + 1) % PAIR_QUEUE;
    queue->count--;
    return frame;
}

static void queue_clear(struct pair_queue *queue)
{
    struct pair_frame *frame;

    while ((frame = queue_get(queue)) != NULL)
        frame_free(frame);
}

/* What came on one route is lost. */
static void queue_drop(struct pair_queue *queue, uint32_t route)
{
    for (size_t n = queue->count; n > 0; n--) {
        struct pair_frame *frame = queue_get(queue);

        assert(frame != NULL);
        if (frame->route == route)
            frame_free(frame);
        else
            queue_put(queue, frame);
    }
}

static struct sync_route route_of(uint32_t number)
{
    struct sync_route route;

    memset(&route, 0, sizeof route);
    put_u32(route.bytes, number);
    return route;
}

static struct pair_host *host_at(struct pair *pair, enum lane lane,
                                 uint32_t route)
{
    for (unsigned i = 0; i < PAIR_NODES; i++)
        if (route != 0 && pair->hosts[i].route[lane] == route)
            return &pair->hosts[i];
    return NULL;
}

/* ---- one host */

static struct id random_id(struct pair *pair)
{
    struct id id;

    memset(&id, 7, sizeof id);
    put_u64(id.bytes, ++pair->randoms);
    return id;
}

static void fill_local(struct pair_host *host, struct sync_local *local,
                       struct stream_claim claims[FAKE_STREAMS])
{
    memset(local, 0, sizeof *local);
    for (size_t i = 0; i < FAKE_STREAMS; i++)
        claims[i] = fake_claim(&host->store.streams[i]);
    local->claim_count = host->claims;
    local->claims = claims;
    local->acked = host->store.acked;
    local->backlog.records =
        host->store.streams[FAKE_UP].count - host->store.acked;
}

static int step(struct pair_host *host, struct sync_event *event)
{
    static struct stream_claim claims[FAKE_STREAMS];
    struct sync_local local;

    event->now_ms = host->pair->now_ms;
    event->wall_ms = 1700000000000 + event->now_ms;
    event->random = random_id(host->pair);
    if (event->type == SYNC_OPENED || event->type == SYNC_GREW ||
        event->type == SYNC_TICK || event->type == SYNC_RECEIVED) {
        fill_local(host, &local, claims);
        event->local =
            host->no_backlog && event->type != SYNC_OPENED ? NULL : &local;
    }
    return sync_session_step(host->session, event, &host->actions);
}

static void say(struct pair_host *host, enum lane lane, uint32_t route,
                const struct sync_message *message, size_t bytes)
{
    note_message(host, message);
    if (host->role == SYNC_NODE)
        route = host->route[lane];
    queue_put(&host->outbox[lane], frame_new(message, bytes, route));
}

static void report_sent(struct pair_host *host,
                        const struct sync_action *action, uint64_t seq,
                        size_t bytes, bool more, int code)
{
    struct sync_event event = {.type = SYNC_SENT,
                               .lane = action->type == SYNC_PUSH ? LANE_BULK
                                                                 : LANE_EXPRESS,
                               .name = action->name,
                               .seq = seq,
                               .bytes = bytes,
                               .more = more,
                               .code = code};

    (void)step(host, &event);
}

static void do_push(struct pair_host *host, const struct sync_action *action)
{
    struct fake_stream *stream = fake_stream_find(&host->store, &action->name);
    uint32_t route = get_u32(action->route.bytes);
    struct change changes[LIMIT_BATCH_CHANGES];
    struct sync_message message = {.type = MSG_BATCH};
    size_t bytes = FRAME_OF_BATCH, count = 0;
    uint64_t at = action->seq;

    if (action->bytes > host->pair->pushed_bytes)
        host->pair->pushed_bytes = action->bytes;
    if (host->role == SYNC_HUB &&
        host_at(host->pair, LANE_BULK, route) == NULL) {
        report_sent(host, action, action->seq - 1, 0, true, ERR_MISSING);
        return;
    }
    for (; at <= stream->count && !host->socket_full; at++) {
        const struct fake_change *change = &stream->changes[at - 1];

        if (count > 0 && bytes + change->size > action->bytes)
            break;
        bytes += change->size;
        changes[count++] = fake_change_view(change);
    }
    if (count == 0) {
        report_sent(host, action, action->seq - 1, 0, true, 0);
        return;
    }
    message.batch = (struct msg_batch){.name = action->name,
                                       .first = action->seq,
                                       .count = count,
                                       .changes = changes};
    message.batch.head.body =
        bytes_of(&stream->h[action->seq + count - 1], sizeof(struct hash));
    say(host, LANE_BULK, route, &message, bytes);
    report_sent(host, action, at - 1, bytes, at <= stream->count, 0);
}

static size_t say_early(struct pair_host *host, uint32_t route,
                        const struct fake_change *change, bool back)
{
    struct sync_message message = {.type = MSG_EARLY};
    size_t bytes = FRAME_PLAIN + change->size;

    message.early.change = fake_change_view(change);
    message.early.change.is_signed = true;
    message.early.handed_back = back;
    say(host, LANE_EXPRESS, route, &message, bytes);
    host->pair->express_bytes += bytes;
    return bytes;
}

static void do_expedite(struct pair_host *host,
                        const struct sync_action *action)
{
    struct fake_stream *stream = fake_stream_find(&host->store, &action->name);
    size_t bytes = 0;
    uint64_t at = action->seq;

    for (; at <= stream->count; at++) {
        const struct fake_change *change = &stream->changes[at - 1];

        if (!change->expedited || fake_settled(&host->store, &change->digest))
            continue;
        if (host->full_express ||
            (bytes > 0 && bytes + change->size + FRAME_PLAIN > action->bytes))
            break;
        bytes += say_early(host, get_u32(action->route.bytes), change, false);
    }
    report_sent(host, action, at, bytes, at <= stream->count, 0);
}

static uint32_t peer_route(const struct pair_host *host, enum lane lane)
{
    return get_u32(sync_session_route(host->session)->bytes + (size_t)lane * 0);
}

static void do_list(struct pair_host *host, const struct sync_action *action)
{
    struct early_ref refs[LIMIT_EARLY_LIST];
    struct sync_message message = {.type = MSG_EARLY_LIST};
    size_t count = 0;

    for (size_t i = 0; i < host->store.early_count; i++) {
        refs[count] = fake_ref(&host->store, &host->store.early[i]);
        if (strcmp(refs[count].home, action->name.home) != 0 ||
            fake_in_streams(&host->store, &refs[count].digest))
            continue;
        if (++count < LIMIT_EARLY_LIST)
            continue;
        message.early_list =
            (struct msg_early_list){.count = count, .refs = refs};
        say(host, LANE_EXPRESS, peer_route(host, LANE_EXPRESS), &message,
            FRAME_PLAIN);
        count = 0;
    }
    if (count == 0)
        return;
    message.early_list =
        (struct msg_early_list){.last = true, .count = count, .refs = refs};
    say(host, LANE_EXPRESS, peer_route(host, LANE_EXPRESS), &message,
        FRAME_PLAIN);
}

static const struct fake_change *change_find(const struct fake_store *store,
                                             const struct hash *digest)
{
    for (size_t i = 0; i < FAKE_STREAMS; i++)
        for (size_t k = 0; k < store->streams[i].count; k++)
            if (hash_equal(&store->streams[i].changes[k].digest, digest))
                return &store->streams[i].changes[k];
    for (size_t i = 0; i < store->early_count; i++)
        if (hash_equal(&store->early[i].digest, digest))
            return &store->early[i];
    return NULL;
}

static void do_hand_back(struct pair_host *host,
                         const struct sync_action *action)
{
    const struct msg_want *want = &host->handling->want;
    size_t bytes = 0;

    for (size_t i = 0; i < want->count; i++) {
        const struct fake_change *change =
            change_find(&host->store, &want->refs[i].digest);

        if (change != NULL)
            bytes +=
                say_early(host, peer_route(host, LANE_EXPRESS), change, true);
    }
    report_sent(host, action, 0, bytes, false, 0);
}

static void report_stored(struct pair_host *host, int code, uint64_t seq,
                          const struct stream_name *name)
{
    struct sync_event event = {
        .type = SYNC_STORED, .code = code, .seq = seq, .name = *name};

    (void)step(host, &event);
}

static void do_store(struct pair_host *host, const struct sync_action *action)
{
    bool staged = action->type == SYNC_REBASE_STORE;
    struct fake_stream *stream =
        staged ? &host->store.staged
               : fake_stream_find(&host->store, &action->name);
    int code = host->store_code;

    if (code == NAK_NONE)
        code = fake_store_batch(stream, &host->handling->batch, action->seq);
    if (code == NAK_NONE)
        note_stored(host, staged ? "staged" : "stored", &action->name,
                    stream->count);
    report_stored(host, code, stream->count, &action->name);
}

static void report_grew(struct pair_host *host, const struct fake_stream *s,
                        bool is_expedited)
{
    struct sync_event event = {.type = SYNC_GREW,
                               .name = s->name,
                               .seq = s->count,
                               .expedited = is_expedited};

    (void)step(host, &event);
}

static void do_store_early(struct pair_host *host,
                           const struct sync_action *action)
{
    size_t before[FAKE_STREAMS];
    int code = host->store_code;

    for (size_t i = 0; i < FAKE_STREAMS; i++)
        before[i] = host->store.streams[i].count;
    if (code == NAK_NONE)
        code = fake_store_early(&host->store, &host->handling->early.change);
    report_stored(host, code, 0, &action->name);
    for (size_t i = 0; i < FAKE_STREAMS; i++)
        if (host->store.streams[i].count != before[i])
            report_grew(host, &host->store.streams[i], false);
}

static void do_new_epoch(struct pair_host *host,
                         const struct sync_action *action)
{
    struct fake_stream *stream = fake_stream_find(&host->store, &action->name);
    struct fake_change change;

    if (host->new_epoch)
        return;
    host->new_epoch = true;
    change =
        fake_change_make(FAKE_HUB, (unsigned)(stream - host->store.streams),
                         ++host->pair->numbers, true, 100);
    fake_stream_add(stream, &change);
    report_grew(host, stream, true);
}

static void drop_bulk(struct pair_host *host)
{
    struct pair *pair = host->pair;

    queue_drop(&pair->to_hub[LANE_BULK], host->route[LANE_BULK]);
    queue_clear(&host->in[LANE_BULK]);
    queue_clear(&host->outbox[LANE_BULK]);
    host->route[LANE_BULK] = 0;
    host->dialling = false;
}

static void perform_one(struct pair_host *host,
                        const struct sync_action *action)
{
    note_action(host, action);
    switch (action->type) {
    case SYNC_SEND:
        say(host, action->lane, get_u32(action->route.bytes), action->message,
            FRAME_PLAIN);
        break;
    case SYNC_PUSH:
        do_push(host, action);
        break;
    case SYNC_EXPEDITE:
        do_expedite(host, action);
        break;
    case SYNC_LIST_EARLY:
        do_list(host, action);
        break;
    case SYNC_HAND_BACK:
        do_hand_back(host, action);
        break;
    case SYNC_STORE:
    case SYNC_REBASE_STORE:
        do_store(host, action);
        break;
    case SYNC_STORE_EARLY:
        do_store_early(host, action);
        break;
    case SYNC_ACKED:
        if (stream_name_equal(&action->name,
                              &host->store.streams[FAKE_UP].name))
            host->store.acked = action->seq;
        break;
    case SYNC_EARLY_ACKED:
        fake_settle(&host->store, &action->ref.digest);
        break;
    case SYNC_EXPEDITE_AGAIN:
        fake_unsettle(&host->store, &action->name, action->seq);
        break;
    case SYNC_REBASE_BEGIN:
        fake_rebase_begin(&host->store, action->seq);
        break;
    case SYNC_REBASE_FINISH:
        (void)fake_rebase_finish(&host->store);
        report_grew(host, &host->store.streams[FAKE_UP], true);
        break;
    case SYNC_DETACH:
        fake_detach(&host->store, &action->name, action->seq);
        break;
    case SYNC_NEW_EPOCH:
        do_new_epoch(host, action);
        break;
    case SYNC_DIAL_BULK:
        host->dialling = true;
        break;
    case SYNC_DROP_BULK:
        drop_bulk(host);
        break;
    case SYNC_DROP:
        host->dropped = true;
        break;
    case SYNC_ALARM:
        host->pair->alarms[action->code]++;
        break;
    case SYNC_PEER:
        break;
    }
}

static void perform(struct pair_host *host)
{
    for (; host->done < host->actions.count; host->done++) {
        const struct sync_action action = host->actions.items[host->done];

        perform_one(host, &action);
    }
    sync_actions_clear(&host->actions);
    host->done = 0;
}

static void flush(struct pair_host *host)
{
    struct pair *pair = host->pair;

    for (int lane = 0; lane < LANE_COUNT; lane++) {
        struct pair_frame *frame;

        while ((frame = queue_get(&host->outbox[lane])) != NULL) {
            struct pair_host *to = host_at(pair, (enum lane)lane, frame->route);

            if (to == NULL)
                frame_free(frame);
            else
                queue_put(host->role == SYNC_NODE ? &pair->to_hub[lane]
                                                  : &to->in[lane],
                          frame);
        }
    }
}

static void hang_up(struct pair_host *host)
{
    host->dropped = false;
    queue_clear(&host->in[LANE_EXPRESS]);
    drop_bulk(host);
    host->route[LANE_EXPRESS] = 0;
}

static void lost(struct pair_host *host)
{
    struct sync_event event = {.type = SYNC_LOST};

    (void)step(host, &event);
    perform(host);
    flush(host);
}

static void roll_back(struct pair_host *host)
{
    host->fail_turn = false;
    host->store = host->committed;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        queue_clear(&host->outbox[lane]);
    lost(host);
    if (host->role == SYNC_NODE)
        hang_up(host);
}

int pair_turn(struct pair *pair, unsigned index, struct sync_event *event)
{
    struct pair_host *host = &pair->hosts[index];
    struct sync_event committed = {.type = SYNC_COMMITTED};
    int rc = step(host, event);

    perform(host);
    if (host->fail_turn) {
        roll_back(host);
        return rc;
    }
    host->committed = host->store;
    (void)step(host, &committed);
    perform(host);
    flush(host);
    if (host->dropped) {
        hang_up(host);
        lost(host);
    }
    return rc;
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
                                 .credit_bulk = pair->credit_bulk};

    config.view = fake_view(&host->store);
    return config;
}

void pair_cut(struct pair *pair, unsigned node)
{
    struct pair_host *host = &pair->hosts[node];

    queue_drop(&pair->to_hub[LANE_EXPRESS], host->route[LANE_EXPRESS]);
    hang_up(host);
    lost(host);
}

void pair_restart(struct pair *pair, unsigned index)
{
    struct pair_host *host = &pair->hosts[index];
    struct sync_config config;

    if (host->role == SYNC_NODE) {
        queue_drop(&pair->to_hub[LANE_EXPRESS], host->route[LANE_EXPRESS]);
        hang_up(host);
    }
    for (unsigned i = 0; i < PAIR_NODES && host->role == SYNC_HUB; i++)
        if (pair->hosts[i].route[LANE_EXPRESS] != 0)
            pair_cut(pair, i);
    host->store = host->committed;
    host->new_epoch = false;
    host->instance = random_id(pair);
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
            queue_clear(&host->outbox[lane]);
            queue_clear(&host->in[lane]);
        }
    }
    for (int lane = 0; lane < LANE_COUNT; lane++)
        queue_clear(&(*pair)->to_hub[lane]);
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

    drop_bulk(&pair->hosts[node]);
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
    frame_free(frame);
}

bool pair_deliver_one(struct pair *pair, enum lane lane, bool to_hub,
                      unsigned node)
{
    struct pair_frame *frame =
        queue_get(to_hub ? &pair->to_hub[lane] : &pair->hosts[node].in[lane]);

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
        queue_put(queue,
                  frame_new(&frame->message, frame->bytes, frame->route));
}

void pair_lose_one(struct pair *pair, enum lane lane, bool to_hub,
                   unsigned node)
{
    struct pair_frame *frame = queue_get(queue_of(pair, lane, to_hub, node));

    if (frame != NULL)
        frame_free(frame);
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
    int64_t until = pair->now_ms + ms;

    pair_settle(pair);
    for (;;) {
        int64_t next = INT64_MAX;

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
