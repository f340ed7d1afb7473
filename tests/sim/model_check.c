/* tests/sim/model_check.c - the invariants. */
#include "model_check.h"

#include "model_disk.h"

#include <string.h>

enum { DEEP_ODDS = 8 }; /* the costly checks follow one turn in so many */

static int number_of(const struct world *world, const struct party *party)
{
    return (int)(party - world->party);
}

/* Complains when `wrong` has members. */
static void expect_none(struct world *world, const struct party *party,
                        const struct set *wrong, const char *complaint)
{
    if (!set_empty(wrong))
        world_violate(world, "party %d, change %d: %s", number_of(world, party),
                      set_next(wrong, 0), complaint);
}

static void check_sets(struct world *world, struct party *party)
{
    struct disk *disk = &party->disk;
    struct set held = disk_held(disk);
    struct set wrong = set_minus(&party->held, &held);

    wrong = set_minus(&wrong, &world->loose);
    expect_none(world, party, &wrong, "was held and is no longer");
    wrong = set_minus(&party->objects, &disk->object);
    wrong = set_minus(&wrong, &disk->stub);
    expect_none(world, party, &wrong, "its vault object went");
    wrong = set_and(&disk->streamed, &disk->early);
    expect_none(world, party, &wrong, "is held twice");
    wrong = set_or(&disk->body, &disk->object);
    wrong = set_and(&wrong, &disk->stub);
    expect_none(world, party, &wrong, "has a part that was erased");
    wrong = set_and(&world->bodied, &held);
    wrong = set_minus(&wrong, &disk->body);
    wrong = set_minus(&wrong, &disk->stub);
    expect_none(world, party, &wrong, "lacks its body without a tombstone");
    wrong =
        set_and(&world->forged, party->unit == HUB ? &held : &disk->streamed);
    expect_none(world, party, &wrong, "is forged and was taken");
    party->held = held;
    party->objects = disk->object;
}

static void check_membership(struct world *world, const struct party *party)
{
    struct set seen = {{0}};

    for (int s = 0; s < STREAMS; s++) {
        const struct stream *stream = &party->disk.stream[s];

        for (int i = 1; i <= stream->n; i++) {
            if (set_has(&seen, stream->change[i]))
                world_violate(world, "party %d: change %d twice in a stream",
                              number_of(world, party), stream->change[i]);
            set_add(&seen, stream->change[i]);
        }
    }
    if (memcmp(&seen, &party->disk.streamed, sizeof seen) != 0)
        world_violate(world, "party %d: streams and index differ",
                      number_of(world, party));
}

/* State, figures and stubs once more from what is held. */
static void check_derived(struct world *world, const struct party *party)
{
    const struct disk *disk = &party->disk;
    struct set held = disk_held(disk);
    int state[MAX_CHANGES];
    int figures[MAX_UNITS][STATUSES] = {{0}};
    int reports[MAX_UNITS] = {0};

    for (int r = 0; r < world->records; r++)
        state[r] = -1;
    for (int c = set_next(&held, 0); c >= 0; c = set_next(&held, c + 1)) {
        const struct change *change = &world->change[c];
        int best = state[change->record];

        if (disk->tombstone[change->record] >= 0 && !set_has(&disk->stub, c))
            world_violate(world, "change %d escaped its tombstone", c);
        if (change->tombstone && disk->tombstone[change->record] < 0)
            world_violate(world, "tombstone %d had no effect", c);
        if (set_has(&disk->quarantined, c) || set_has(&world->loose, c))
            continue;
        if (best < 0 || change->version > world->change[best].version ||
            (change->version == world->change[best].version &&
             change->digest < world->change[best].digest))
            state[change->record] = c;
    }
    for (int r = 0; r < world->records; r++) {
        if (state[r] != disk->state[r])
            world_violate(world, "party %d, record %d: state %d, should be %d",
                          number_of(world, party), r, disk->state[r], state[r]);
        if (state[r] < 0 || world->record[r].kind != REPORT)
            continue;
        reports[world->record[r].home]++;
        figures[world->record[r].home][world->change[state[r]].status]++;
    }
    for (int u = 0; u < MAX_UNITS; u++) {
        if (reports[u] != disk->reports[u])
            world_violate(world, "party %d, unit %d: %d reports counted as %d",
                          number_of(world, party), u, reports[u],
                          disk->reports[u]);
        for (int s = 0; s < STATUSES; s++)
            if (figures[u][s] != disk->figures[u][s])
                world_violate(world, "party %d, unit %d: figures differ",
                              number_of(world, party), u);
    }
}

static bool starts_with(const struct stream *whole, const struct stream *part)
{
    return part->n <= whole->n && whole->hash[part->n] == part->hash[part->n];
}

/* One owner; and in a schedule without rewinds and clones also: nobody is ahead
 * of a home, and the home does not write what the district owns. */
static void check_owners(struct world *world, const struct party *party)
{
    const struct disk *hub = &world_hub(world)->disk;
    bool calm = world->losses == 0 && world->clones == 0;

    for (int r = 0; r < world->records; r++) {
        const struct record *record = &world->record[r];
        int owners;

        if (record->kind != REPORT)
            continue;
        owners = disk_acceptances(world, hub, r);
        if (owners > 1)
            world_violate(world, "record %d has two owners at the hub", r);
        if (calm && owners == 1 && party->unit == record->home &&
            !disk_frozen(world, &party->disk, r))
            world_violate(world, "record %d is owned and not frozen", r);
    }
    if (!calm || party->unit == HUB)
        return;
    if (!starts_with(&party->disk.stream[party->unit],
                     &hub->stream[party->unit]))
        world_violate(world, "the hub's copy is no prefix of unit %d",
                      party->unit);
    for (int ch = UNIT; ch < CHANNELS; ch++) {
        int s = world_stream_index((enum channel)ch, party->unit);

        if (!starts_with(&hub->stream[s], &party->disk.stream[s]))
            world_violate(world, "unit %d's copy of stream %d is no prefix",
                          party->unit, s);
    }
}

static void check_deep(struct world *world, const struct party *party)
{
    check_membership(world, party);
    check_derived(world, party);
    check_owners(world, party);
}

void check_party(struct world *world, struct party *party)
{
    check_sets(world, party);
    if (world_one_in(world, DEEP_ODDS))
        check_deep(world, party);
}

void check_rebaseline(struct world *world, struct party *party)
{
    party->held = disk_held(&party->disk);
    party->objects = party->disk.object;
    check_sets(world, party);
}

void check_ending(struct world *world, const struct party *party)
{
    struct set rest = disk_held(&party->disk);
    struct set objects = party->disk.object;

    rest = set_minus(&rest, &world->loose);
    for (int p = 0; p < MAX_PARTIES; p++) {
        const struct party *other = &world->party[p];
        struct set held;

        if (!other->used || other == party)
            continue;
        held = disk_held(&other->disk);
        rest = set_minus(&rest, &held);
        objects = set_minus(&objects, &other->disk.object);
        objects = set_minus(&objects, &other->disk.stub);
    }
    expect_none(world, party, &rest, "was only on the machine that ended");
    expect_none(world, party, &objects,
                "its object was only on the machine that ended");
}

void check_rewind_answered(struct world *world, const struct message *hello,
                           enum channel channel)
{
    const struct party *node = &world->party[hello->from];
    int index = world_stream_index(channel, node->unit);
    const struct stream *theirs = &node->disk.stream[index];
    const struct stream *ours = &world_hub(world)->disk.stream[index];
    int common = 0;

    if (theirs->n != hello->head[channel].n ||
        theirs->hash[theirs->n] != hello->head[channel].at[0].hash)
        return; /* an old hello */
    while (common < theirs->n && common < ours->n &&
           theirs->hash[common + 1] == ours->hash[common + 1])
        common++;
    if (disk_incarnation(world, ours) <= common)
        world_violate(world,
                      "node %d showed a rewind of stream %d, "
                      "and no incarnation was opened",
                      hello->from, index);
}

struct check_due check_collect(const struct world *world)
{
    struct check_due due = {.changes = {{0}}};

    for (int p = 0; p < MAX_PARTIES; p++) {
        const struct party *party = &world->party[p];
        struct set held = disk_held(&party->disk);

        if (!party->used)
            continue;
        held = set_minus(&held, &world->loose);
        due.changes = set_or(&due.changes, &held);
        due.objects = set_or(&due.objects, &party->disk.object);
        for (int ch = UNIT; ch < CHANNELS && p > 0; ch++) {
            int seen =
                party->disk
                    .seen[world_stream_index((enum channel)ch, party->unit)];

            if (seen >= 0)
                set_add(&due.incarnations, seen);
        }
    }
    return due;
}

static void check_same_stream(struct world *world, const struct party *node,
                              int s)
{
    const struct stream *a = &world_hub(world)->disk.stream[s];
    const struct stream *b = &node->disk.stream[s];
    struct stream again = {.n = 0, .hash = {a->hash[0]}};

    for (int i = 1; i <= a->n && i <= b->n; i++) {
        again.hash[i] = disk_next_hash(world, &again, a->change[i]);
        again.n = i;
        if (a->change[i] != b->change[i] || a->hash[i] != again.hash[i] ||
            b->hash[i] != again.hash[i])
            world_violate(world, "stream %d differs at %d", s, i);
    }
    if (a->n != b->n)
        world_violate(world, "stream %d: hub has %d, node %d has %d", s, a->n,
                      number_of(world, node), b->n);
}

static void check_delivered(struct world *world, const struct party *party,
                            const struct set *due)
{
    struct set mine = set_and(due, &world->home[party->unit]);
    struct set rest = party->disk.early;

    if (party->unit == HUB)
        mine = *due;
    mine = set_minus(&mine, &party->disk.streamed);
    expect_none(world, party, &mine, "was accepted and is lost");
    rest = set_minus(&rest, &world->forged);
    expect_none(world, party, &rest, "is still outside its stream");
}

static void check_incarnations(struct world *world, const struct check_due *due)
{
    const struct disk *hub = &world_hub(world)->disk;

    for (int s = MAX_UNITS; s < STREAMS; s++) {
        int found = 0;
        int epoch = 0;

        for (int i = 1; i <= hub->stream[s].n; i++) {
            const struct change *c = &world->change[hub->stream[s].change[i]];

            if (c->kind != INCARNATION)
                continue;
            found += c->count == BY_FINDING;
            if (c->at <= epoch)
                world_violate(world, "stream %d: epoch %d after %d", s, c->at,
                              epoch);
            epoch = c->at;
        }
        if (found > world->silent_rewinds)
            world_violate(world, "%d findings for %d rewinds", found,
                          world->silent_rewinds);
    }
    for (int c = set_next(&due->incarnations, 0); c >= 0;
         c = set_next(&due->incarnations, c + 1)) {
        const struct change *change = &world->change[c];

        if (!set_has(&hub->streamed, c) &&
            disk_epoch(world, &hub->stream[change->stream]) <= change->at)
            world_violate(world,
                          "stream %d: epoch %d (change %d) was shown, "
                          "and the present one is not newer",
                          change->stream, change->at, c);
    }
}

void check_streams(struct world *world, const struct check_due *due)
{
    struct party *hub = world_hub(world);
    int nodes = 0;

    check_delivered(world, hub, &due->changes);
    check_deep(world, hub);
    for (int p = 1; p < MAX_PARTIES; p++) {
        struct party *node = &world->party[p];

        if (!node->used)
            continue;
        nodes++;
        if (node->link[0].phase != LIVE)
            world_violate(world, "stall: node %d is in phase %d", p,
                          (int)node->link[0].phase);
        for (int ch = UP; ch < CHANNELS; ch++)
            check_same_stream(world, node,
                              world_stream_index((enum channel)ch, node->unit));
        check_delivered(world, node, &due->changes);
        check_deep(world, node);
    }
    if (nodes != world->units)
        world_violate(world, "stall: %d machines for %d units", nodes,
                      world->units);
    check_incarnations(world, due);
}

static void check_objects(struct world *world, const struct party *node,
                          const struct check_due *due)
{
    const struct disk *hub = &world_hub(world)->disk;
    struct set wanted = set_and(&due->objects, &world->home[node->unit]);
    struct set wrong;

    wanted = set_minus(&wanted, &hub->stub);
    wrong = set_minus(&wanted, &hub->object);
    expect_none(world, world_hub(world), &wrong, "its object is lost");
    wrong = set_minus(&wanted, &node->disk.object);
    expect_none(world, node, &wrong, "its object did not come back");
}

static void check_record(struct world *world, const struct party *node, int r)
{
    const struct disk *hub = &world_hub(world)->disk;
    const struct record *record = &world->record[r];
    int state = hub->state[r];

    if (record->home != node->unit)
        return;
    if (state != node->disk.state[r])
        world_violate(world, "record %d: state %d at the hub, %d at home", r,
                      state, node->disk.state[r]);
    if (state < 0)
        return;
    if (record->kind == CLOSING && !disk_fulfilled(world, hub, state))
        world_violate(world, "closing %d (change %d) is never fulfilled", r,
                      state);
    if (record->kind == OFFER && !disk_answered(world, hub, r))
        world_violate(world, "offer %d is never answered", r);
    if (record->kind == REPORT && (disk_acceptances(world, hub, r) > 0) !=
                                      disk_frozen(world, &node->disk, r))
        world_violate(world, "record %d: the ends disagree who owns it", r);
}

void check_all(struct world *world, const struct check_due *due)
{
    const struct disk *hub = &world_hub(world)->disk;

    check_streams(world, due);
    expect_none(world, world_hub(world), &hub->quarantined,
                "is still quarantined");
    for (int p = 1; p < MAX_PARTIES; p++) {
        const struct party *node = &world->party[p];

        if (!node->used)
            continue;
        expect_none(world, node, &node->disk.quarantined,
                    "is still quarantined");
        check_objects(world, node, due);
        for (int r = 0; r < world->records; r++)
            check_record(world, node, r);
        for (int s = 0; s < STATUSES; s++)
            if (hub->figures[node->unit][s] !=
                node->disk.figures[node->unit][s])
                world_violate(world, "unit %d: figures differ at the hub",
                              node->unit);
        for (int c = 0; c < world->changes; c++)
            if (disk_holds(&node->disk, c) && world->change[c].home == HUB &&
                !set_has(&world->forged, c) &&
                hub->state[world->change[c].record] !=
                    node->disk.state[world->change[c].record])
                world_violate(world, "record %d differs at node %d",
                              world->change[c].record, p);
    }
}
