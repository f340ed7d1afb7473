/* tests/sim/model_hello.c - hello, welcome, rebase, detaching, draining. */
#include "model_hello.h"

#include "model_check.h"
#include "model_disk.h"
#include "model_turn.h"

#include <string.h>

static void sample(struct head *head, const struct stream *stream, int seq)
{
    if (head->samples < MAX_SAMPLES)
        head->at[head->samples++] =
            (struct sample){.seq = seq, .hash = stream->hash[seq]};
}

/* n, n-1, n-2, n-4 .. 0, and where each incarnation was opened: so the common
 * position is never found below an incarnation that both ends have. */
static struct head head_of(const struct world *world,
                           const struct stream *stream)
{
    struct head head = {.n = stream->n};

    sample(&head, stream, stream->n);
    for (int back = 1; back < stream->n; back *= 2)
        sample(&head, stream, stream->n - back);
    sample(&head, stream, 0);
    if (world_breaks(world, SAMPLES_ONLY))
        return head;
    for (int i = stream->n; i > 0; i--)
        if (world->change[stream->change[i]].kind == INCARNATION)
            sample(&head, stream, i);
    return head;
}

static bool is_prefix(const struct head *head, const struct stream *stream)
{
    return head->n <= stream->n && stream->hash[head->n] == head->at[0].hash;
}

static int common_position(const struct head *head, const struct stream *stream)
{
    int common = 0;

    for (int i = 0; i < head->samples; i++) {
        const struct sample *at = &head->at[i];

        if (at->seq <= stream->n && stream->hash[at->seq] == at->hash &&
            at->seq > common)
            common = at->seq;
    }
    return common;
}

static void open_link(struct link *link, enum phase phase, int nonce)
{
    memset(link, 0, sizeof *link);
    link->phase = phase;
    link->nonce = nonce;
}

void hello_say(struct world *world, int node)
{
    struct party *party = &world->party[node];
    struct disk *disk = &party->disk;
    struct message *hello;

    open_link(&party->link[0], GREETING, ++world->nonces);
    world_count(world, N_HELLO);
    if (world_breaks(world, EARLY_FORGOTTEN))
        memset(&disk->early, 0, sizeof disk->early);
    hello = turn_say(world, node, 0, HELLO);
    hello->certificate = party->certificate;
    hello->retiring = disk->retiring;
    hello->set = disk->early;
    hello->lack = disk_lacking(world, disk, party->unit);
    for (int ch = UP; ch < CHANNELS; ch++) {
        int s = world_stream_index((enum channel)ch, party->unit);
        const struct stream *stream = &disk->stream[s];

        hello->head[ch] = head_of(world, stream);
        hello->seen[ch] = disk->seen[s];
    }
    party->link[0].told = disk->early;
    party->link[0].losses = world->losses;
}

void hello_early(struct world *world, struct party *party, struct link *link,
                 const struct set *early)
{
    struct set held = disk_held(&party->disk);
    struct set want = set_and(early, &world->home[party->unit]);

    if (world_breaks(world, NO_EARLY_LISTS) || party->disk.retiring)
        return;
    want = set_minus(&want, &held);
    want = set_minus(&want, &party->disk.refused);
    link->want = set_or(&link->want, &want);
    link->want_sent = link->want_sent && set_empty(&want);
}

/* Expedited changes beyond what the peer has, and not early there. */
static void due_again(const struct world *world, const struct disk *disk,
                      const struct stream *stream, int from, struct link *link)
{
    for (int i = from + 1; i <= stream->n; i++) {
        int c = stream->change[i];

        if (world->change[c].expedited && disk_holds(disk, c) &&
            !set_has(&link->peer_early, c))
            set_add(&link->express, c);
    }
}

/* A hello can show two things. The node's copy is no prefix (`common` >= 0):
 * the hub was rewound; one finding opens one incarnation, however many nodes
 * show it. Or it has seen an incarnation that is not ours and not older: then
 * ours must become newer than that. */
static void find(struct world *world, struct party *hub,
                 const struct message *hello, enum channel channel, int common)
{
    int index = world_stream_index(channel, world->party[hello->from].unit);
    const struct stream *stream = &hub->disk.stream[index];
    int epoch = disk_epoch(world, stream);
    int seen = hello->seen[channel];
    bool found = common >= 0 && (disk_incarnation(world, stream) <= common ||
                                 world_breaks(world, INCARNATION_PER_NODE));
    bool foreign = seen >= 0 && world->change[seen].at >= epoch &&
                   !set_has(&hub->disk.streamed, seen) &&
                   !world_breaks(world, EPOCH_OF_OWN);

    if (foreign)
        epoch = world->change[seen].at;
    if (found || foreign)
        disk_open_incarnation(world, hub, index,
                              found ? BY_FINDING : BY_FOREIGN, epoch + 1);
}

/* The newest hello of a unit takes over; a machine that comes back after it
 * was taken over from lives still, and the operator must know. */
static void take_over(struct world *world, struct party *hub, int node)
{
    for (int p = 1; p < MAX_PARTIES; p++) {
        if (p == node || world->party[p].unit != world->party[node].unit ||
            hub->link[p].phase != LIVE)
            continue;
        hub->link[p].phase = OFFLINE;
        world->party[p].superseded = true;
    }
    if (world->party[node].superseded)
        world_count(world, N_CLONE_ALARM);
    world->party[node].superseded = false;
}

static void greet_channel(struct world *world, struct party *hub,
                          const struct message *hello, enum channel channel,
                          struct message *welcome)
{
    struct link *link = &hub->link[hello->from];
    struct stream *stream = &hub->disk.stream[world_stream_index(
        channel, world->party[hello->from].unit)];
    const struct head *head = &hello->head[channel];
    int from = head->n;

    welcome->detach[channel] =
        is_prefix(head, stream) ? -1 : common_position(head, stream);
    find(world, hub, hello, channel, welcome->detach[channel]);
    if (welcome->detach[channel] >= 0) {
        check_rewind_answered(world, hello, channel);
        from = welcome->detach[channel];
    }
    link->sent[channel] = from;
    link->acked[channel] = from;
    if (link->phase == LIVE)
        due_again(world, &hub->disk, stream, from, link);
}

void hello_at_hub(struct world *world, const struct message *hello)
{
    struct party *hub = world_hub(world);
    int unit = world->party[hello->from].unit;
    struct link *link = &hub->link[hello->from];
    int16_t *known = &hub->disk.certificate[unit];
    int session = ++world->nonces; /* a hello that comes twice is two */
    struct message *welcome;

    if (world_breaks(world, SESSION_OF_NODE))
        session = hello->nonce;

    if (hello->certificate > *known)
        *known = (int16_t)hello->certificate;
    if (hello->certificate < *known || hello->retiring) {
        open_link(link, DRAINING, session);
    } else {
        take_over(world, hub, hello->from);
        open_link(link, LIVE, session);
    }
    link->peer_early = hello->set;
    hello_early(world, hub, link, &hello->set);
    link->object = hello->lack;
    welcome = turn_say(world, 0, hello->from, WELCOME);
    welcome->nonce = hello->nonce;
    welcome->session = session;
    welcome->retiring = link->phase == DRAINING;
    welcome->head[UP] = head_of(world, &hub->disk.stream[unit]);
    greet_channel(world, hub, hello, UNIT, welcome);
    greet_channel(world, hub, hello, ALL, welcome);
    welcome->want = link->want;
    link->want_sent = true;
    welcome->set = set_and(&hub->disk.early, &world->home[unit]);
    welcome->lack = disk_lacking(world, &hub->disk, unit);
    link->told = welcome->set;
    link->asked = welcome->lack;
}

/* Entries after `common` stay held, outside any stream. */
static void detach(struct world *world, struct party *node,
                   enum channel channel, int common)
{
    struct disk *disk = &node->disk;
    struct stream *stream =
        &disk->stream[world_stream_index(channel, node->unit)];

    if (world_breaks(world, EPOCH_FORGOTTEN))
        disk->seen[world_stream_index(channel, node->unit)] = -1;
    for (; stream->n > common; stream->n--) {
        int c = stream->change[stream->n];

        set_drop(&disk->streamed, c);
        if ((world->change[c].kind != INCARNATION ||
             world_breaks(world, INCARNATION_HANDED_BACK)) &&
            !world_breaks(world, DETACH_DROPS))
            set_add(&disk->early, c);
        world_count(world, N_DETACH);
    }
}

void hello_pull(struct world *world, int node)
{
    const struct link *link = &world->party[node].link[0];
    struct message *pull = turn_say(world, node, 0, PULL);

    pull->seq = link->base + link->staged + 1;
}

void hello_pulled(struct world *world, const struct message *message)
{
    world_hub(world)->link[message->from].pull = message->seq;
}

/* All that the hub's copy of the stream and its objects do not show is sent
 * again, until the hub has it in the stream. */
static void start_draining(struct world *world, struct party *node,
                           const struct message *welcome)
{
    struct link *link = &node->link[0];
    struct disk *disk = &node->disk;
    const struct stream *stream = &disk->stream[node->unit];
    int common = common_position(&welcome->head[UP], stream);
    struct set held = disk_held(disk);

    disk->retiring = true;
    link->phase = DRAINING;
    link->named = link->told;
    link->express = set_and(&held, &world->home[node->unit]);
    link->express = set_minus(&link->express, &world->forged);
    for (int i = 1; i <= common; i++) {
        int c = stream->change[i];

        if (!set_has(&welcome->lack, c) || !set_has(&disk->object, c))
            set_drop(&link->express, c);
    }
    for (int ch = UNIT; ch < CHANNELS; ch++)
        if (welcome->detach[ch] >= 0 || !set_empty(&welcome->want))
            link->returning = true;
}

static void resume_or_rebase(struct world *world, struct party *node,
                             const struct head *head)
{
    struct link *link = &node->link[0];
    const struct stream *stream = &node->disk.stream[node->unit];

    if (is_prefix(head, stream) || world_breaks(world, NO_REBASE)) {
        world_count(world, N_RESUME);
        link->phase = LIVE;
        link->sent[UP] = head->n < stream->n ? head->n : stream->n;
        link->acked[UP] = link->sent[UP];
        due_again(world, &node->disk, stream, link->sent[UP], link);
        return;
    }
    link->phase = REBASING;
    link->base = common_position(head, stream);
    link->goal = head->n;
    link->goal_hash = head->at[0].hash;
    hello_pull(world, (int)(node - world->party));
}

void hello_welcomed(struct world *world, const struct message *welcome)
{
    struct party *node = &world->party[welcome->to];
    struct link *link = &node->link[0];

    if (link->phase != GREETING || link->nonce != welcome->nonce)
        return;
    link->nonce = welcome->session;
    for (int ch = UNIT; ch < CHANNELS; ch++)
        if (welcome->detach[ch] >= 0)
            detach(world, node, (enum channel)ch, welcome->detach[ch]);
    link->peer_early = welcome->set;
    link->give = welcome->want;
    link->object = welcome->lack;
    link->asked = disk_lacking(world, &node->disk, node->unit);
    if (welcome->retiring) {
        start_draining(world, node, welcome);
        return;
    }
    hello_early(world, node, link, &welcome->set);
    resume_or_rebase(world, node, &welcome->head[UP]);
}

/* The hub's copy, then what it lacks: same bytes, new positions. */
static void rebase(struct world *world, struct party *node)
{
    struct link *link = &node->link[0];
    struct disk *disk = &node->disk;
    struct stream *stream = &disk->stream[node->unit];
    struct stream old = *stream;

    for (int i = link->base + 1; i <= old.n; i++)
        set_drop(&disk->streamed, old.change[i]);
    stream->n = link->base;
    for (int i = 0; i < link->staged; i++) {
        struct copy copy = {.change = link->stage[i], .tombstone = -1};

        copy.body = set_has(&link->stage_body, copy.change);
        disk_store(world, node, &copy, true);
    }
    for (int i = link->base + 1;
         i <= old.n && !world_breaks(world, REBASE_DROPS_OWN); i++) {
        struct copy copy = disk_copy(world, disk, old.change[i]);

        if (set_has(&disk->streamed, copy.change))
            continue;
        disk_store(world, node, &copy, true);
        world_count(world, N_REAPPENDED);
    }
    for (int i = 0; i < link->staged; i++) {
        struct copy copy = {.change = link->stage_tombstone[i],
                            .tombstone = -1,
                            .proved = true};

        if (copy.change >= 0 && !disk_holds(disk, copy.change))
            disk_store(world, node, &copy, true);
    }
    world_count(world, N_REBASE);
    world_trace(world, "node %d: rebased, common %d, hub %d, now %d",
                (int)(node - world->party), link->base, link->goal, stream->n);
    disk_mend_closings(world, node);
    link->phase = LIVE;
    link->sent[UP] = link->goal;
    link->acked[UP] = link->goal;
    due_again(world, disk, stream, link->goal, link);
}

void hello_staged(struct world *world, const struct message *message)
{
    struct party *node = &world->party[message->to];
    struct link *link = &node->link[0];

    if (link->phase != REBASING || link->nonce != message->nonce ||
        message->seq != link->base + link->staged + 1 ||
        message->seq > link->goal)
        return;
    link->stage[link->staged] = (int16_t)message->change;
    link->stage_tombstone[link->staged] = (int16_t)message->tombstone;
    if (message->body)
        set_add(&link->stage_body, message->change);
    link->staged++;
    if (message->seq < link->goal)
        return;
    if (message->hash == link->goal_hash)
        rebase(world, node);
    else
        link->phase = OFFLINE;
}

void hello_drained(struct world *world, int node)
{
    struct party *party = &world->party[node];
    struct link *link = &party->link[0];
    struct set late = set_and(&party->disk.early, &world->home[HUB]);

    if (link->phase != DRAINING)
        return;
    late = set_minus(&late, &link->named);
    if (!set_empty(&late) && !world_breaks(world, DRAINED_UNNAMED))
        link->returning = true; /* came after the hello: say hello again */
    if (link->returning || !set_empty(&link->express))
        return;
    if (link->losses == world->losses)
        check_ending(world, party);
    world_count(world, N_DRAINED);
    world_trace(world, "node %d: drained, ends", node);
    party->used = false;
    link->phase = OFFLINE;
}
