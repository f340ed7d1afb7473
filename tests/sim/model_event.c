/* tests/sim/model_event.c - lines, crashes, restores, clones, bundles. */
#include "model_event.h"

#include "model_check.h"
#include "model_disk.h"
#include "model_hello.h"
#include "model_link.h"
#include "model_turn.h"
#include "model_write.h"

#include <string.h>

static int free_slot(const struct world *world)
{
    for (int p = 1; p < MAX_PARTIES; p++)
        if (!world->party[p].used && world->party[p].certificate == 0)
            return p; /* never used: a slot is not used twice */
    return -1;
}

/* A random machine, or -1 while there is none. */
static int some_node(struct world *world)
{
    int from = world_below(world, MAX_PARTIES - 1);

    for (int i = 0; i < MAX_PARTIES - 1; i++) {
        int p = 1 + (from + i) % (MAX_PARTIES - 1);

        if (world->party[p].used)
            return p;
    }
    return -1;
}

static int new_machine(struct world *world, int unit, int certificate)
{
    int p = free_slot(world);
    struct party *party;

    if (p < 0)
        return -1;
    party = &world->party[p];
    memset(party, 0, sizeof *party);
    party->used = true;
    party->unit = unit;
    party->certificate = certificate;
    party->level = world_hub(world)->level;
    disk_begin(&party->disk);
    return p;
}

void event_begin(struct world *world)
{
    struct party *hub = world_hub(world);

    world->weather = true;
    world->units = 1 + world_below(world, MAX_UNITS);
    world->storm = world_one_in(world, 4);
    world->hub_odds = 2 + world_below(world, 5);
    hub->used = true;
    hub->unit = HUB;
    disk_begin(&hub->disk);
    for (int u = 0; u < world->units; u++) {
        world->certificates[u] = 1;
        (void)new_machine(world, u, 1);
    }
    for (int fault = 0; fault < COUNTS; fault++)
        world->allowed[fault] = world->storm || world_one_in(world, 2);
}

static void step_write(struct world *world)
{
    write_something(
        world,
        &world->party[world_one_in(world, world->hub_odds) ? 0
                                                           : some_node(world)]);
}

bool event_answer(struct world *world) { return write_answer(world); }

static void step_answer(struct world *world)
{
    if (world->changes >= ROOM_FOR_WRITES)
        return;
    if (!write_answer(world) && world_one_in(world, 3))
        write_return(world);
}

void event_hello(struct world *world, int node)
{
    struct party *party = &world->party[node];

    if (party->link[0].phase != OFFLINE)
        return;
    turn_begin(world, party);
    world->failing = false;
    hello_say(world, node);
    turn_end(world, party);
}

static void step_hello(struct world *world)
{
    event_hello(world, some_node(world));
}

static void step_pump(struct world *world)
{
    int node = some_node(world);

    link_pump(world, node, false);
    link_pump(world, node, true);
}

static void step_timeout(struct world *world)
{
    link_timeout(world, some_node(world), world_one_in(world, 2));
}

/* A random queue that is not empty, or NULL. */
static struct queue *some_queue(struct world *world)
{
    enum { ALL_QUEUES = (MAX_PARTIES - 1) * 2 * SOCKETS };
    int from = world_below(world, ALL_QUEUES);

    for (int i = 0; i < ALL_QUEUES; i++) {
        int q = (from + i) % ALL_QUEUES;
        struct queue *queue = turn_queue(world, 1 + q / (2 * SOCKETS),
                                         q / SOCKETS % 2, q % SOCKETS);

        if (queue->n > 0)
            return queue;
    }
    return NULL;
}

bool event_deliver(struct world *world)
{
    struct queue *queue = some_queue(world);
    struct message message;

    if (queue == NULL || !turn_take(queue, &message))
        return false;
    link_receive(world, &message);
    return true;
}

static void step_deliver(struct world *world)
{
    for (int i = 1 + world_below(world, 4); i > 0; i--)
        if (!event_deliver(world))
            return;
}

static void step_lose(struct world *world)
{
    struct queue *queue = some_queue(world);
    struct message message;

    if (queue == NULL || !turn_take(queue, &message))
        return;
    world_count(world, N_LOST);
    if (world_one_in(world, 3)) /* it comes late instead */
        (void)turn_put(queue, &message);
}

static void step_repeat(struct world *world)
{
    struct queue *queue = some_queue(world);

    if (queue != NULL && turn_put(queue, queue->slot[0]))
        world_count(world, N_REPEATED);
}

static void cut(struct world *world, int node)
{
    world->party[node].link[0].phase = OFFLINE;
    for (int way = 0; way < 2; way++)
        for (int socket = 0; socket < SOCKETS; socket++)
            if (world_one_in(world, 2))
                turn_queue(world, node, way, socket)->n = 0;
}

static void step_cut(struct world *world)
{
    int node = some_node(world);

    world_count(world, N_CUT);
    cut(world, node);
    if (world_one_in(world, 2))
        world_hub(world)->link[node].phase = OFFLINE;
}

static void step_crash(struct world *world)
{
    struct party *party =
        &world->party[world_one_in(world, 3) ? 0 : some_node(world)];

    world_count(world, N_CRASH);
    world_trace(world, "party %d: crash", (int)(party - world->party));
    turn_forget(world, party);
}

static void step_snapshot(struct world *world)
{
    int p = world_one_in(world, 2) ? 0 : some_node(world);
    struct party *party = &world->party[p];
    int slot = world_below(world, MAX_SNAPSHOTS);

    if (party->snapshots < MAX_SNAPSHOTS)
        slot = party->snapshots++;
    *world_snapshot(world, p, slot) = party->disk;
    world_trace(world, "party %d: snapshot %d", p, slot);
}

static struct set held_anywhere(const struct world *world)
{
    struct set held = {{0}};

    for (int p = 0; p < MAX_PARTIES; p++) {
        struct set more = disk_held(&world->party[p].disk);

        if (world->party[p].used)
            held = set_or(&held, &more);
    }
    return held;
}

/* After machines lost data: what is nowhere any more may stay lost. */
static void count_gone(struct world *world, const struct set *before)
{
    struct set after = held_anywhere(world);
    struct set gone = set_minus(before, &after);

    for (int c = set_next(&gone, 0); c >= 0; c = set_next(&gone, c + 1))
        world_count(world, N_GONE);
    world->losses++;
}

static bool rewind_party(struct world *world, int p)
{
    struct party *party = &world->party[p];
    struct set before = held_anywhere(world);

    if (party->snapshots == 0)
        return false;
    party->disk =
        *world_snapshot(world, p, world_below(world, party->snapshots));
    turn_forget(world, party);
    if (!world_breaks(world, RETRY_ONCE))
        disk_retry(world, party); /* the program may be newer than the data */
    check_rebaseline(world, party);
    count_gone(world, &before);
    return true;
}

static void step_hub_restore(struct world *world)
{
    struct party *hub = world_hub(world);

    if (!rewind_party(world, 0))
        return;
    world_count(world, N_HUB_RESTORE);
    world_trace(world, "hub: restored");
    turn_begin(world, hub);
    world->failing = false; /* or the operator does it again */
    for (int s = MAX_UNITS; s < STREAMS; s++)
        if (s < MAX_UNITS + world->units || s == STREAMS - 1)
            disk_open_incarnation(world, hub, s, BY_RESTORE,
                                  disk_epoch(world, &hub->disk.stream[s]) + 1);
    turn_end(world, hub);
}

static void step_hub_rewind(struct world *world)
{
    if (!rewind_party(world, 0))
        return;
    world_count(world, N_HUB_REWIND);
    world_trace(world, "hub: rewound silently");
    world->silent_rewinds++;
}

static void step_node_rewind(struct world *world)
{
    int node = some_node(world);

    if (!rewind_party(world, node))
        return;
    world_count(world, N_NODE_REWIND);
    world_trace(world, "node %d: rewound", node);
}

/* Lost, or believed to be lost: a new machine takes its place. */
static void step_replace(struct world *world)
{
    int old = some_node(world);
    struct party *party = &world->party[old];
    struct set before = held_anywhere(world);
    int new;

    if (free_slot(world) < 0)
        return;
    new = new_machine(world, party->unit, ++world->certificates[party->unit]);
    world_trace(world, "node %d: replaced by %d", old, new);
    if (world_one_in(world, 3)) {
        world_count(world, N_CLONE);
        world->clones++;
        return;
    }
    world_count(world, N_REPLACED);
    party->used = false;
    party->link[0].phase = OFFLINE;
    count_gone(world, &before);
}

static void step_clone(struct world *world)
{
    int old = some_node(world);
    int new = new_machine(world, world->party[old].unit,
                          world->party[old].certificate);

    if (new < 0)
        return;
    world->party[new].disk = world->party[old].disk;
    world->party[new].level = world->party[old].level;
    check_rebaseline(world, &world->party[new]);
    world->clones++;
    world_count(world, N_CLONE);
    world_trace(world, "node %d: cloned to %d", old, new);
}

void event_name_survivor(struct world *world, int unit)
{
    int survivor = -1;
    int machines = 0;

    for (int p = 1; p < MAX_PARTIES; p++) {
        if (!world->party[p].used || world->party[p].unit != unit)
            continue;
        machines++;
        if (survivor < 0 || world_one_in(world, machines))
            survivor = p;
    }
    if (machines < 2)
        return;
    world->party[survivor].certificate = ++world->certificates[unit];
    world->party[survivor].disk.retiring = false;
    world->party[survivor].link[0].phase = OFFLINE;
    world_hub(world)->link[survivor].phase = OFFLINE;
    world_count(world, N_NAMED);
    world_trace(world, "node %d: named the survivor", survivor);
}

static void step_name(struct world *world)
{
    event_name_survivor(world, world_below(world, world->units));
}

void event_upgrade(struct world *world, struct party *party)
{
    if (party->level > 0)
        return;
    turn_begin(world, party);
    world->failing = false; /* or it is tried again */
    party->level = 1;
    if (!set_empty(&party->disk.quarantined))
        world_count(world, N_UPGRADE);
    disk_retry(world, party);
    turn_end(world, party);
}

static void step_upgrade(struct world *world)
{
    event_upgrade(world,
                  &world->party[world_one_in(world, 2) ? 0 : some_node(world)]);
}

/* From a node's own stream, or from a hub channel for a node. */
static void step_export(struct world *world)
{
    const struct party *node = &world->party[some_node(world)];
    bool down = world_one_in(world, 3);
    int s = world_stream_index(!down                    ? UP
                               : world_one_in(world, 2) ? UNIT
                                                        : ALL,
                               node->unit);
    const struct disk *from = down ? &world_hub(world)->disk : &node->disk;
    const struct disk *to = down ? &node->disk : &world_hub(world)->disk;
    const struct stream *stream = &from->stream[s];
    struct bundle *bundle = &world->bundle[world_below(world, MAX_BUNDLES)];

    if (stream->n == 0 || node->disk.retiring)
        return;
    memset(bundle, 0, sizeof *bundle);
    bundle->used = true;
    bundle->unit = node->unit;
    bundle->stream = s;
    bundle->from = 1 + world_below(world, stream->n);
    if (to->stream[s].n < stream->n && !world_one_in(world, 3))
        bundle->from = to->stream[s].n + 1;
    bundle->to = stream->n;
    bundle->before = stream->hash[bundle->from - 1];
    bundle->after = stream->hash[bundle->to];
    bundle->tampered = world_one_in(world, 8);
    for (int i = bundle->from; i <= bundle->to; i++) {
        struct copy copy = disk_copy(world, from, stream->change[i]);

        bundle->change[i] = (int16_t)copy.change;
        bundle->tombstone[i] = (int16_t)copy.tombstone;
        if (copy.body)
            set_add(&bundle->body, copy.change);
        if (copy.proved)
            set_add(&bundle->proved, copy.change);
    }
}

/* True if the bundle joins this copy and leads to the head it names. */
static bool fits(const struct world *world, const struct bundle *bundle,
                 const struct stream *stream)
{
    uint64_t hash = bundle->before;

    if (world_breaks(world, BUNDLE_GAP))
        return !bundle->tampered;
    if (bundle->from - 1 > stream->n || bundle->tampered ||
        stream->hash[bundle->from - 1] != bundle->before)
        return false;
    for (int i = bundle->from; i <= bundle->to; i++) {
        hash =
            world_mix(hash, world_mix((uint64_t)i,
                                      world->change[bundle->change[i]].digest));
        if (i <= stream->n && stream->hash[i] != hash)
            return false;
    }
    return hash == bundle->after;
}

/* A machine of this unit that may take a bundle, or the hub. */
static struct party *taker(struct world *world, const struct bundle *bundle)
{
    int node = some_node(world);

    if (bundle->stream < MAX_UNITS)
        return world_hub(world);
    if (world->party[node].unit != bundle->unit ||
        world->party[node].disk.retiring)
        return NULL;
    return &world->party[node];
}

/* After an import a head has moved that the peer does not know of. */
static void end_sessions(struct world *world, struct party *party, int unit)
{
    if (world_breaks(world, IMPORT_KEEPS_SESSION))
        return;
    if (party->unit != HUB)
        party->link[0].phase = OFFLINE;
    for (int p = 1; p < MAX_PARTIES && party->unit == HUB; p++)
        if (world->party[p].unit == unit)
            party->link[p].phase = OFFLINE;
}

static void step_import(struct world *world)
{
    const struct bundle *bundle =
        &world->bundle[world_below(world, MAX_BUNDLES)];
    struct party *party = taker(world, bundle);
    struct stream *stream;

    if (!bundle->used || party == NULL)
        return;
    stream = &party->disk.stream[bundle->stream];
    if (!fits(world, bundle, stream)) {
        world_count(world, N_BUNDLE_REFUSED);
        return;
    }
    turn_begin(world, party);
    for (int i = bundle->from; i <= bundle->to; i++) {
        struct copy copy = {.change = bundle->change[i],
                            .tombstone = bundle->tombstone[i]};

        copy.body = set_has(&bundle->body, copy.change);
        copy.proved = set_has(&bundle->proved, copy.change);
        if (i > stream->n && !set_has(&party->disk.streamed, copy.change))
            disk_store(world, party, &copy, true);
    }
    world_count(world, party->unit == HUB ? N_BUNDLE : N_BUNDLE_DOWN);
    world_trace(world, "party %d: takes a bundle of stream %d, %d to %d",
                (int)(party - world->party), bundle->stream, bundle->from,
                bundle->to);
    turn_end(world, party);
    end_sessions(world, party, bundle->unit);
}

/* A bad machine claims to hold, or to have written, what it made up. */
static void step_forge(struct world *world)
{
    int node = some_node(world);
    struct party *party = &world->party[node];
    bool own = world_one_in(world, 2);
    int home = own ? party->unit : HUB;
    int c;

    if (world->changes >= ROOM_FOR_WRITES)
        return;
    c = write_forgery(world, home,
                      own ? party->unit : world_stream_index(ALL, 0));
    turn_begin(world, party);
    world->failing = false;
    if (c >= 0 && own) {
        struct message *message = turn_say(world, node, 0, EXPRESS);

        message->change = c;
        message->body = true;
        message->proved = true;
    } else if (c >= 0) {
        set_add(&party->disk.early, c);
        set_add(&party->disk.body, c);
        set_add(&party->disk.proved, c);
    }
    turn_end(world, party);
}

void event_step(struct world *world)
{
    static const struct {
        int weight;
        enum count fault; /* COUNTS: always allowed */
        void (*step)(struct world *world);
    } events[] = {
        {160, COUNTS, step_write},
        {25, COUNTS, step_answer},
        {110, COUNTS, step_hello},
        {230, COUNTS, step_pump},
        {330, COUNTS, step_deliver},
        {40, COUNTS, step_timeout},
        {30, N_LOST, step_lose},
        {25, N_REPEATED, step_repeat},
        {25, N_CUT, step_cut},
        {15, N_CRASH, step_crash},
        {25, COUNTS, step_snapshot},
        {8, N_HUB_RESTORE, step_hub_restore},
        {8, N_HUB_REWIND, step_hub_rewind},
        {10, N_NODE_REWIND, step_node_rewind},
        {5, N_REPLACED, step_replace},
        {5, N_CLONE, step_clone},
        {5, N_CLONE, step_name},
        {5, COUNTS, step_upgrade},
        {10, N_BUNDLE, step_export},
        {12, N_BUNDLE, step_import},
        {5, N_FORGED, step_forge},
    };
    enum { EVENTS = sizeof events / sizeof events[0], STORM = 14 };
    int first = world->storm && world_one_in(world, 6) ? STORM : 0;
    int total = 0;
    int pick;

    for (int i = first; i < EVENTS; i++)
        total += events[i].weight;
    pick = world_below(world, total);
    for (int i = first; i < EVENTS; i++) {
        pick -= events[i].weight;
        if (pick >= 0)
            continue;
        if (events[i].fault == COUNTS || world->allowed[events[i].fault])
            events[i].step(world);
        break;
    }
    world->steps++;
}
