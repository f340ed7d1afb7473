/* tests/sim/model_write.c - reports, orders, referrals, closings, erasures. */
#include "model_write.h"

#include "model_disk.h"
#include "model_turn.h"

enum { PERIODS = 2, POISON_ODDS = 8 };

static uint64_t new_id(struct world *world)
{
    return world_mix((uint64_t)world->changes,
                     (uint64_t)world_below(world, 1 << 30));
}

static bool poison(struct world *world)
{
    return world->allowed[N_QUARANTINE] && world_one_in(world, POISON_ODDS);
}

/* In a turn. What is expedited is due on every link it concerns. */
static void write_change(struct world *world, struct party *party,
                         const struct change *change)
{
    int c = disk_write(world, party, *change);

    if (c < 0)
        return;
    world_count(world, N_WRITE);
    if (party->link[0].phase == REBASING)
        world_count(world, N_WRITE_REBASING);
    world_trace(world, "party %d: writes %d (record %d version %d kind %d%s%s)",
                (int)(party - world->party), c, change->record, change->version,
                (int)change->kind, change->expedited ? " expedited" : "",
                change->tombstone ? " tombstone" : "");
    if (!change->expedited)
        return;
    world_count(world, N_EXPRESS);
    if (party->unit != HUB) {
        set_add(&party->link[0].express, c);
        return;
    }
    for (int p = 1; p < MAX_PARTIES; p++)
        if (party->link[p].phase == LIVE &&
            (change->channel == ALL ||
             change->stream == world_stream_index(UNIT, world->party[p].unit)))
            set_add(&party->link[p].express, c);
}

/* A random record of this kind that has a state here, or -1. */
static int some_record(struct world *world, const struct party *party,
                       enum kind kind, int home)
{
    int from = world->records == 0 ? 0 : world_below(world, world->records);

    for (int i = 0; i < world->records; i++) {
        int r = (from + i) % world->records;

        if (world->record[r].kind == kind && world->record[r].home == home &&
            party->disk.state[r] >= 0)
            return r;
    }
    return -1;
}

static void write_new(struct world *world, struct party *party)
{
    struct change change = {
        .version = 1,
        .kind = party->unit == HUB ? ORDER : REPORT,
        .body = !world_one_in(world, 3),
        .vault = party->unit != HUB && world_one_in(world, 3),
        .expedited = world_one_in(world, 3),
        .poison = poison(world),
        .status = world_below(world, STATUSES),
        .channel = UP,
    };

    if (party->unit == HUB) {
        change.channel = world_one_in(world, 2) ? ALL : UNIT;
        change.stream = world_stream_index(change.channel,
                                           world_below(world, world->units));
    }
    change.record =
        world_record(world, party->unit, change.kind, new_id(world));
    write_change(world, party, &change);
}

/* The next version of one of its own records; an erasure if `tombstone`. */
static void write_version(struct world *world, struct party *party,
                          bool tombstone)
{
    const struct disk *disk = &party->disk;
    enum kind kind = party->unit == HUB ? ORDER : REPORT;
    int r = some_record(world, party, kind, party->unit);
    struct change change;
    bool erased;

    if (r < 0 || (!tombstone && disk_frozen(world, disk, r)))
        return;
    erased = tombstone || disk->tombstone[r] >= 0;
    change = (struct change){
        .record = r,
        .version = disk_top_version(world, disk, r) + 1,
        .kind = kind,
        .channel = world->change[disk->state[r]].channel,
        .stream = world->change[disk->state[r]].stream,
        .body = !erased && !world_one_in(world, 3),
        .vault = !erased && party->unit != HUB && world_one_in(world, 3),
        .expedited = tombstone ? !world_breaks(world, TOMBSTONE_UNSIGNED)
                               : world_one_in(world, 4),
        .tombstone = tombstone,
        .poison = poison(world),
        .status = world_below(world, STATUSES),
    };
    if (world_breaks(world, BODY_ABOVE_TOMBSTONE) && !tombstone)
        change.body = true;
    if (tombstone)
        world_count(world, N_ERASURE);
    write_change(world, party, &change);
}

static void write_offer(struct world *world, struct party *party)
{
    int r = some_record(world, party, REPORT, party->unit);
    struct change change = {
        .version = 1,
        .kind = OFFER,
        .channel = UP,
        .about = r,
        .expedited = world_one_in(world, 2),
        .poison = poison(world),
    };

    if (r < 0 || disk_frozen(world, &party->disk, r))
        return;
    change.record = world_record(world, party->unit, OFFER, new_id(world));
    world_count(world, N_OFFER);
    write_change(world, party, &change);
}

static void write_closing(struct world *world, struct party *party)
{
    const struct disk *disk = &party->disk;
    const struct stream *stream = &disk->stream[party->unit];
    uint64_t period = (uint64_t)world_below(world, PERIODS);
    struct change change = {
        .kind = CLOSING,
        .channel = UP,
        .at = stream->n,
        .at_hash = stream->hash[stream->n],
        .count = disk_reports(world, disk, stream, stream->n),
        .expedited = world_one_in(world, 3),
        .poison = poison(world),
    };

    change.record =
        world_record(world, party->unit, CLOSING, world_mix(period, 5));
    if (change.record < 0)
        return;
    change.version = disk_top_version(world, disk, change.record) + 1;
    world_count(world, N_CLOSING);
    write_change(world, party, &change);
}

void write_something(struct world *world, struct party *party)
{
    int what = world_below(world, 12);

    if (world->changes >= ROOM_FOR_WRITES || party->disk.retiring)
        return;
    turn_begin(world, party);
    if (what < 5)
        write_new(world, party);
    else if (what < 8)
        write_version(world, party, false);
    else if (what < 9)
        write_version(world, party, true);
    else if (party->unit == HUB)
        write_new(world, party);
    else if (what < 11)
        write_offer(world, party);
    else
        write_closing(world, party);
    turn_end(world, party);
}

/* The continuation's id comes from what it continues, so that an acceptance
 * made again after a rewind is a version of the same record. */
static uint64_t answer_id(struct world *world, int offer, int report)
{
    if (world_breaks(world, SECOND_ACCEPTANCE))
        return new_id(world);
    if (world_breaks(world, ANSWER_PER_OFFER))
        return world_mix(world->record[offer].id, 3);
    return world_mix(world->record[report].id, 3);
}

static void write_verdict(struct world *world, int offer, int report,
                          int verdict)
{
    struct party *hub = world_hub(world);
    int unit = world->record[report].home;
    struct change change = {
        .kind = ANSWER,
        .channel = UNIT,
        .stream = world_stream_index(UNIT, unit),
        .about = offer,
        .report = report,
        .status = verdict,
        .expedited = world_one_in(world, 2),
        .poison = world->weather && poison(world),
    };

    change.record =
        world_record(world, HUB, ANSWER, answer_id(world, offer, report));
    if (change.record < 0)
        return;
    change.version = disk_top_version(world, &hub->disk, change.record) + 1;
    world_count(world, verdict == ACCEPTED ? N_ACCEPTANCE : N_RETURN);
    turn_begin(world, hub);
    write_change(world, hub, &change);
    turn_end(world, hub);
}

bool write_answer(struct world *world)
{
    const struct disk *disk = &world_hub(world)->disk;

    for (int r = 0; r < world->records; r++) {
        int report;
        int verdict;

        if (world->record[r].kind != OFFER || disk->state[r] < 0 ||
            disk_answered(world, disk, r))
            continue;
        report = world->change[disk->state[r]].about;
        verdict = world_one_in(world, 3) ? RETURNED : ACCEPTED;
        if (world_breaks(world, ANSWER_PER_OFFER) &&
            disk_acceptances(world, disk, report) > 0)
            verdict = RETURNED; /* even a careful hub is not saved by this */
        write_verdict(world, r, report, verdict);
        return true;
    }
    return false;
}

void write_return(struct world *world)
{
    const struct disk *disk = &world_hub(world)->disk;
    int r = some_record(world, world_hub(world), ANSWER, HUB);
    const struct change *answer;

    if (r < 0)
        return;
    answer = &world->change[disk->state[r]];
    if (answer->status == ACCEPTED)
        write_verdict(world, answer->about, answer->report, RETURNED);
}

int write_forgery(struct world *world, int home, int stream)
{
    struct change change = {
        .home = home,
        .version = 1 + world_below(world, 3),
        .kind = home == HUB ? ORDER : REPORT,
        .channel = home == HUB ? ALL : UP,
        .stream = stream,
        .body = true,
        .forged = true,
        .expedited = true,
    };

    change.record = world_record(world, home, change.kind, new_id(world));
    return world_change(world, change);
}
