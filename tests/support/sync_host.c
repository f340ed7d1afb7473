/* tests/support/sync_host.c - what hub.c and node.c do with the engine's
 * actions, on a fake store and a fake wire. */
#include "tests/support/sync_host.h"

#include <assert.h>
#include <string.h>

#include "common/base/error.h"
#include "tests/support/sync_words.h"

enum { FRAME_PLAIN = 100, FRAME_OF_BATCH = 200 };

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

struct pair_host *pair_host_at(struct pair *pair, enum lane lane,
                               uint32_t route)
{
    for (unsigned i = 0; i < PAIR_NODES; i++)
        if (route != 0 && pair->hosts[i].route[lane] == route)
            return &pair->hosts[i];
    return NULL;
}

/* ---- one host */

struct id pair_random_id(struct pair *pair)
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
    local->vaulted = host->store.vaulted;
    local->vault_pull = host->store.vault_pull;
    local->vault_pulled = host->store.vault_pulled;
    local->vault_again = host->store.vault_again;
    local->vault_from = host->store.vault_from;
    local->vault_lacks = host->store.vault_lacks;
    local->rotating = host->rotating;
    local->backlog.records =
        host->store.streams[FAKE_UP].count - host->store.acked;
}

static int step(struct pair_host *host, struct sync_event *event)
{
    static struct stream_claim claims[FAKE_STREAMS];
    struct sync_local local;

    event->now_ms = host->pair->now_ms;
    event->wall_ms = 1700000000000 + event->now_ms;
    event->random = pair_random_id(host->pair);
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
    if (message->type != MSG_EARLY_LIST || message->early_list.count > 0)
        note_message(host, message);
    if (host->role == SYNC_NODE)
        route = host->route[lane];
    pair_queue_put(&host->outbox[lane], pair_frame_new(message, bytes, route));
}

static void report_sent(struct pair_host *host,
                        const struct sync_action *action, uint64_t seq,
                        size_t bytes, bool more, int code)
{
    struct sync_event event = {.type = SYNC_SENT,
                               .lane = action->lane,
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
        pair_host_at(host->pair, LANE_BULK, route) == NULL) {
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

/* An object for every change of `up` with an even number; it weighs as much as
 * the change, and a node makes only those it can. */
static size_t gather_objects(struct pair_host *host,
                             const struct sync_action *action, uint64_t last,
                             struct vault_object *out, uint64_t *reached,
                             size_t *bytes)
{
    const struct fake_stream *up = &host->store.streams[FAKE_UP];
    size_t count = 0;

    for (uint64_t at = action->seq; at <= last; at++) {
        const struct fake_change *change = &up->changes[at - 1];

        if (change->number % 2 == 0 && change->object) {
            if (count == LIMIT_VAULT_OBJECTS ||
                (count > 0 && *bytes + change->size > action->bytes))
                break;
            out[count].ref = fake_ref(change);
            out[count++].bytes = bytes_of("locked", 6);
            *bytes += change->size;
        }
        *reached = at;
    }
    return count;
}

static void do_push_vault(struct pair_host *host,
                          const struct sync_action *action)
{
    uint32_t route = get_u32(action->route.bytes);
    struct vault_object objects[LIMIT_VAULT_OBJECTS];
    struct sync_message message = {.type = MSG_VAULT};
    uint64_t last =
        host->role == SYNC_HUB ? host->store.vaulted : host->store.acked;
    uint64_t reached = action->seq - 1;
    size_t bytes = FRAME_PLAIN, count;

    if (host->role == SYNC_HUB &&
        pair_host_at(host->pair, LANE_BULK, route) == NULL) {
        report_sent(host, action, reached, 0, true, ERR_MISSING);
        return;
    }
    count = gather_objects(host, action, last, objects, &reached, &bytes);
    message.vault = (struct msg_vault){.name = action->name,
                                       .after = action->seq - 1,
                                       .last = reached,
                                       .count = count,
                                       .objects = objects};
    say(host, LANE_BULK, route, &message, bytes);
    report_sent(host, action, reached, bytes, reached < last, 0);
}

static uint64_t place_of(const struct pair_host *host,
                         const struct early_ref *ref)
{
    const struct fake_stream *up = &host->store.streams[FAKE_UP];

    for (size_t i = 0; i < up->count; i++)
        if (hash_equal(&up->changes[i].digest, &ref->digest))
            return i + 1;
    return 0;
}

static bool misses(const struct fake_store *store, uint64_t seq)
{
    const struct fake_change *change =
        &store->streams[FAKE_UP].changes[seq - 1];

    return change->number % 2 == 0 && !change->object;
}

/* A hub notes what was passed over. */
static void reach(struct fake_store *store, uint64_t last)
{
    while (store->vaulted < last)
        if (misses(store, ++store->vaulted))
            store->vault_lacks = true;
}

static void do_store_vault(struct pair_host *host,
                           const struct sync_action *action)
{
    const struct msg_vault *vault = &host->handling->vault;
    struct sync_event event = {.type = SYNC_STORED,
                               .code = host->store_code,
                               .seq = action->seq,
                               .name = action->name};

    for (size_t i = 0; i < vault->count && event.code == NAK_NONE; i++) {
        uint64_t at = place_of(host, &vault->objects[i].ref);

        if (at == 0)
            event.code = NAK_MALFORMED;
        else if (!host->store.streams[FAKE_UP].changes[at - 1].object)
            event.bytes++;
        if (at != 0)
            host->store.streams[FAKE_UP].changes[at - 1].object = true;
    }
    if (vault->last == 0)
        event.seq = 0;
    else if (event.code == NAK_NONE && host->role == SYNC_NODE)
        host->store.vault_pulled = action->seq;
    else if (event.code == NAK_NONE)
        reach(&host->store, action->seq);
    (void)step(host, &event);
}

/* One in two changes has an object; a hundred positions are looked at. */
static void do_want_vault(struct pair_host *host,
                          const struct sync_action *action)
{
    const struct fake_stream *up = &host->store.streams[FAKE_UP];
    struct early_ref refs[LIMIT_VAULT_OBJECTS];
    struct sync_message message = {.type = MSG_VAULT_WANT};
    struct sync_event event = {.type = SYNC_SENT,
                               .lane = LANE_EXPRESS,
                               .name = action->name,
                               .seq = action->seq == 0 ? 1 : action->seq};
    uint64_t end = event.seq + 100;
    size_t count = 0;

    for (; event.seq < end && event.seq <= up->count; event.seq++) {
        if (!misses(&host->store, event.seq))
            continue;
        if (count == LIMIT_VAULT_OBJECTS)
            break;
        refs[count++] = fake_ref(&up->changes[event.seq - 1]);
    }
    event.more = event.seq <= up->count;
    if (host->role == SYNC_HUB && action->seq <= 1 && count == 0 && !event.more)
        host->store.vault_lacks = false;
    event.code = (int)count;
    message.vault_want.count = count;
    message.vault_want.refs = refs;
    if (count > 0 && action->online)
        say(host, LANE_EXPRESS, get_u32(action->route.bytes), &message,
            FRAME_PLAIN);
    (void)step(host, &event);
}

/* A node: one message, of two objects at most. */
static void give_some(struct pair_host *host, const struct sync_action *action)
{
    const struct msg_vault_want *want = &action->message->vault_want;
    struct vault_object objects[2];
    struct sync_message message = {.type = MSG_VAULT};
    struct sync_event event = {.type = SYNC_SENT, .lane = action->lane};

    message.vault.name = action->name;
    message.vault.objects = objects;
    for (size_t i = 0; i < want->count && message.vault.count < 2; i++) {
        uint64_t at = place_of(host, &want->refs[i]);

        if (at == 0 || !host->store.streams[FAKE_UP].changes[at - 1].object)
            continue;
        objects[message.vault.count].ref = want->refs[i];
        objects[message.vault.count++].bytes = bytes_of("locked", 6);
    }
    say(host, action->lane, 0, &message, FRAME_PLAIN);
    if (action->lane == LANE_BULK)
        event.bytes = FRAME_PLAIN;
    (void)step(host, &event);
}

static void do_give_vault(struct pair_host *host,
                          const struct sync_action *action)
{
    const struct msg_vault_want *want = &action->message->vault_want;
    struct vault_object object = {.bytes = bytes_of("locked", 6)};
    struct sync_message message = {.type = MSG_VAULT};
    struct sync_event event = {.type = SYNC_SENT, .lane = LANE_BULK};

    if (host->role == SYNC_NODE) {
        give_some(host, action);
        return;
    }
    message.vault.name = action->name;
    message.vault.count = 1;
    message.vault.objects = &object;
    for (size_t i = 0; i < want->count; i++) {
        uint64_t at = place_of(host, &want->refs[i]);

        if (at == 0 || !host->store.streams[FAKE_UP].changes[at - 1].object)
            continue;
        object.ref = want->refs[i];
        say(host, LANE_BULK, get_u32(action->route.bytes), &message,
            FRAME_PLAIN);
        event.bytes += FRAME_PLAIN;
    }
    (void)step(host, &event);
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
    const struct fake_change *change;
    size_t bytes = 0;
    uint64_t at = action->seq;

    while ((change = fake_urgent(&host->store, action, &at)) != NULL) {
        if (host->full_express ||
            (bytes > 0 && bytes + change->size + FRAME_PLAIN > action->bytes))
            break;
        bytes += say_early(host, get_u32(action->route.bytes), change, false);
        at += action->code == URGENT_REST ? -UINT64_C(1) : 1;
    }
    report_sent(host, action, at, bytes, change != NULL, 0);
}

static void do_list(struct pair_host *host, const struct sync_action *action)
{
    struct early_ref refs[LIMIT_EARLY_LIST];
    struct sync_message message = {.type = MSG_EARLY_LIST};
    size_t count = 0;

    for (size_t i = 0; i < host->store.early_count; i++) {
        refs[count] = fake_ref(&host->store.early[i]);
        if (strcmp(refs[count].home, action->name.home) != 0 ||
            fake_in_streams(&host->store, &refs[count].digest))
            continue;
        if (++count < LIMIT_EARLY_LIST)
            continue;
        message.early_list =
            (struct msg_early_list){.count = count, .refs = refs};
        say(host, LANE_EXPRESS, get_u32(action->route.bytes), &message,
            FRAME_PLAIN);
        count = 0;
    }
    message.early_list =
        (struct msg_early_list){.last = true, .count = count, .refs = refs};
    say(host, LANE_EXPRESS, get_u32(action->route.bytes), &message,
        FRAME_PLAIN);
}

/* One list of our own changes, of at most `bytes` together. */
static void do_list_own(struct pair_host *host,
                        const struct sync_action *action)
{
    const struct fake_stream *stream =
        fake_stream_find(&host->store, &action->name);
    struct early_ref refs[LIMIT_EARLY_LIST];
    struct sync_message message = {.type = MSG_EARLY_LIST};
    uint64_t at = action->seq, bytes = 0;
    size_t count = 0;

    for (; at <= stream->count && count < LIMIT_EARLY_LIST; at++) {
        const struct fake_change *change = &stream->changes[at - 1];

        if (count > 0 && bytes + change->size > action->bytes)
            break;
        bytes += change->size;
        refs[count++] = fake_ref(change);
    }
    message.early_list = (struct msg_early_list){
        .last = at > stream->count, .count = count, .refs = refs};
    if (count > 0)
        say(host, LANE_EXPRESS, 0, &message, FRAME_PLAIN);
    report_sent(host, action, at, 0, at <= stream->count, 0);
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
    const struct msg_want *want = &action->message->want;
    size_t bytes = 0, i;

    for (i = 0;
         i < want->count && (action->bytes == 0 || bytes < action->bytes);
         i++) {
        const struct fake_change *change =
            change_find(&host->store, &want->refs[i].digest);

        if (change != NULL)
            bytes +=
                say_early(host, get_u32(action->route.bytes), change, true);
    }
    report_sent(host, action, i, bytes, false, 0);
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

void pair_drop_bulk(struct pair_host *host)
{
    struct pair *pair = host->pair;

    pair_queue_drop(&pair->to_hub[LANE_BULK], host->route[LANE_BULK]);
    pair_queue_clear(&host->in[LANE_BULK]);
    pair_queue_clear(&host->outbox[LANE_BULK]);
    host->route[LANE_BULK] = 0;
    host->dialling = false;
}

static void do_vaulted(struct pair_host *host, const struct sync_action *action)
{
    host->store.vaulted = action->seq;
    if (host->store.vault_again)
        host->store.vault_from = action->seq;
}

static void do_rebase_begin(struct pair_host *host,
                            const struct sync_action *action)
{
    fake_rebase_begin(&host->store, action->seq);
    if (!host->store.vault_pull || action->seq < host->store.vault_pulled)
        host->store.vault_pulled = action->seq;
    host->store.vault_pull = true;
}

static void do_acked(struct pair_host *host, const struct sync_action *action)
{
    if (stream_name_equal(&action->name, &host->store.streams[FAKE_UP].name))
        host->store.acked = action->seq;
}

static void do_rebase_finish(struct pair_host *host)
{
    (void)fake_rebase_finish(&host->store);
    report_grew(host, &host->store.streams[FAKE_UP], true);
}

static void do_give_media(struct pair_host *host,
                          const struct sync_action *action)
{
    struct sync_message m = {MSG_MEDIA, .media.piece = (uint32_t)action->seq};
    struct sync_event event = {.type = SYNC_SENT,
                               .lane = LANE_BULK,
                               .name = action->name,
                               .bytes = FRAME_PLAIN};

    say(host, LANE_BULK, get_u32(action->route.bytes), &m, FRAME_PLAIN);
    (void)step(host, &event);
}

/* What needs no work: a test looks at it afterwards. */
static void remember(struct pair_host *host, const struct sync_action *action)
{
    switch (action->type) {
    case SYNC_VAULT_WHOLE:
        host->store.vault_lacks = false;
        break;
    case SYNC_VAULT_PULLED:
        host->store.vault_pull = false;
        break;
    case SYNC_DIAL_BULK:
        host->dialling = true;
        break;
    case SYNC_DROP:
        host->dropped = true;
        break;
    case SYNC_ALARM:
        host->pair->alarms[action->code]++;
        break;
    case SYNC_RETIRED:
        host->retired = true;
        break;
    case SYNC_DRAINED:
        host->drained = action->code == 0;
        host->drained_code = action->code;
        break;
    default:
        break;
    }
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
    case SYNC_PUSH_VAULT:
        do_push_vault(host, action);
        break;
    case SYNC_STORE_VAULT:
        do_store_vault(host, action);
        break;
    case SYNC_GIVE_VAULT:
        do_give_vault(host, action);
        break;
    case SYNC_WANT_VAULT:
        do_want_vault(host, action);
        break;
    case SYNC_GIVE_MEDIA:
        do_give_media(host, action);
        break;
    case SYNC_VAULTED:
        do_vaulted(host, action);
        break;
    case SYNC_EXPEDITE:
        do_expedite(host, action);
        break;
    case SYNC_LIST_EARLY:
        do_list(host, action);
        break;
    case SYNC_LIST_OWN:
        do_list_own(host, action);
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
        do_acked(host, action);
        break;
    case SYNC_EARLY_ACKED:
        fake_settle(&host->store, &action->ref.digest);
        break;
    case SYNC_EXPEDITE_AGAIN:
        fake_unsettle(&host->store, &action->name, action->seq);
        break;
    case SYNC_REBASE_BEGIN:
        do_rebase_begin(host, action);
        break;
    case SYNC_REBASE_FINISH:
        do_rebase_finish(host);
        break;
    case SYNC_DETACH:
        fake_detach(&host->store, &action->name, action->seq);
        break;
    case SYNC_NEW_EPOCH:
        do_new_epoch(host, action);
        break;
    case SYNC_DROP_BULK:
        pair_drop_bulk(host);
        break;
    default:
        remember(host, action);
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

        while ((frame = pair_queue_get(&host->outbox[lane])) != NULL) {
            struct pair_host *to =
                pair_host_at(pair, (enum lane)lane, frame->route);

            if (to == NULL)
                pair_frame_free(frame);
            else
                pair_queue_put(host->role == SYNC_NODE ? &pair->to_hub[lane]
                                                       : &to->in[lane],
                               frame);
        }
    }
}

void pair_hang_up(struct pair_host *host)
{
    host->dropped = false;
    pair_queue_clear(&host->in[LANE_EXPRESS]);
    pair_drop_bulk(host);
    host->route[LANE_EXPRESS] = 0;
}

void pair_lost(struct pair_host *host)
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
        pair_queue_clear(&host->outbox[lane]);
    pair_lost(host);
    if (host->role == SYNC_NODE)
        pair_hang_up(host);
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
        pair_hang_up(host);
        pair_lost(host);
    }
    return rc;
}
