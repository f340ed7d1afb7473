/* tests/sim/model_disk.c - storing, applying, erasing: the rules of a disk. */
#include "model_disk.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

void disk_begin(struct disk *disk)
{
    memset(disk, 0, sizeof *disk);
    for (int r = 0; r < MAX_CHANGES; r++) {
        disk->state[r] = -1;
        disk->tombstone[r] = -1;
    }
    for (int s = 0; s < STREAMS; s++) {
        disk->stream[s].hash[0] = world_mix((uint64_t)s, 99); /* h(0) */
        disk->seen[s] = -1;
    }
}

struct set disk_held(const struct disk *disk)
{
    return set_or(&disk->streamed, &disk->early);
}

bool disk_holds(const struct disk *disk, int change)
{
    return set_has(&disk->streamed, change) || set_has(&disk->early, change);
}

struct copy disk_copy(const struct world *world, const struct disk *disk,
                      int change)
{
    struct copy copy = {.change = change, .tombstone = -1};
    int tombstone = disk->tombstone[world->change[change].record];

    copy.body = set_has(&disk->body, change);
    copy.proved = set_has(&disk->proved, change);
    if (set_has(&disk->stub, change) && tombstone != change &&
        !world_breaks(world, STUB_ALONE))
        copy.tombstone = tombstone;
    return copy;
}

uint64_t disk_next_hash(const struct world *world, const struct stream *stream,
                        int change)
{
    return world_mix(
        stream->hash[stream->n],
        world_mix((uint64_t)stream->n + 1, world->change[change].digest));
}

static void append(struct world *world, struct disk *disk, int change)
{
    struct stream *stream = &disk->stream[world->change[change].stream];
    uint64_t hash = disk_next_hash(world, stream, change);
    int16_t *seen = &disk->seen[world->change[change].stream];

    assert(stream->n < MAX_SEQ);
    stream->n++;
    stream->change[stream->n] = (int16_t)change;
    stream->hash[stream->n] = hash;
    if (world->change[change].kind == INCARNATION &&
        (*seen < 0 || world->change[change].at > world->change[*seen].at))
        *seen = (int16_t)change;
}

bool disk_better(const struct world *world, int a, int b)
{
    const struct change *x = &world->change[a];
    const struct change *y;

    if (b < 0 || a == b)
        return b < 0;
    y = &world->change[b];
    if (x->version != y->version)
        return x->version > y->version ||
               world_breaks(world, LOWER_VERSION_COUNTS);
    return x->digest < y->digest && !world_breaks(world, CONFLICT_FIRST_WINS);
}

static void apply(struct world *world, struct party *party, int change)
{
    const struct change *new = &world->change[change];
    struct disk *disk = &party->disk;
    int old = disk->state[new->record];

    if (new->kind == INCARNATION)
        return; /* names a part of a channel, is no record */
    if (old >= 0 && party->unit == HUB &&
        world->change[old].version == new->version)
        world_count(world, N_CONFLICT);
    if (!disk_better(world, change, old))
        return;
    if (new->kind == REPORT) {
        if (old >= 0)
            disk->figures[new->home][world->change[old].status]--;
        else
            disk->reports[new->home]++;
        disk->figures[new->home][new->status]++;
    }
    disk->state[new->record] = (int16_t)change;
}

static bool refuses(const struct world *world, const struct party *party,
                    int change)
{
    const struct change *c = &world->change[change];

    return c->poison && c->home != party->unit && party->level == 0;
}

static void make_stub(const struct world *world, struct disk *disk, int change)
{
    int tombstone = disk->tombstone[world->change[change].record];

    set_add(&disk->stub, change);
    if (world_breaks(world, BODY_ABOVE_TOMBSTONE) &&
        world->change[change].version > world->change[tombstone].version)
        return;
    set_drop(&disk->body, change);
    set_drop(&disk->object, change);
}

/* The tombstone is final for its record, wherever a version lies. */
static void bury(const struct world *world, struct disk *disk, int tombstone)
{
    int record = world->change[tombstone].record;
    struct set held = disk_held(disk);

    if (disk->tombstone[record] < 0)
        disk->tombstone[record] = (int16_t)tombstone;
    for (int c = set_next(&held, 0); c >= 0; c = set_next(&held, c + 1))
        if (world->change[c].record == record)
            make_stub(world, disk, c);
}

void disk_store(struct world *world, struct party *party,
                const struct copy *copy, bool streamed)
{
    struct disk *disk = &party->disk;
    const struct change *change = &world->change[copy->change];
    bool fresh = !disk_holds(disk, copy->change);
    bool refused = refuses(world, party, copy->change);

    if (copy->tombstone >= 0 && !disk_holds(disk, copy->tombstone)) {
        struct copy with = {.change = copy->tombstone,
                            .tombstone = -1,
                            .proved = !world_breaks(world, TOMBSTONE_UNSIGNED)};

        world_count(world, N_STUB);
        disk_store(world, party, &with, change->home == party->unit);
    }
    if (streamed) {
        set_drop(&disk->early, copy->change);
        set_add(&disk->streamed, copy->change);
        append(world, disk, copy->change);
    } else if (fresh) {
        set_add(&disk->early, copy->change);
    }
    if (copy->body)
        set_add(&disk->body, copy->change);
    if (copy->proved)
        set_add(&disk->proved, copy->change);
    if (change->tombstone &&
        !(refused && world_breaks(world, QUARANTINED_TOMBSTONE)))
        bury(world, disk, copy->change);
    if (disk->tombstone[change->record] >= 0)
        make_stub(world, disk, copy->change);
    if (!fresh)
        return;
    if (refused) {
        set_add(&disk->quarantined, copy->change);
        world_count(world, N_QUARANTINE);
        if (change->tombstone)
            world_count(world, N_QUARANTINED_TOMBSTONE);
    } else {
        apply(world, party, copy->change);
    }
}

int disk_write(struct world *world, struct party *party, struct change change)
{
    struct copy copy = {.tombstone = -1};

    change.home = party->unit;
    if (party->unit != HUB)
        change.stream = world_stream_index(UP, party->unit);
    copy.change = world_change(world, change);
    if (copy.change < 0)
        return -1;
    copy.body = change.body;
    copy.proved =
        change.expedited ||
        (change.tombstone && !world_breaks(world, TOMBSTONE_UNSIGNED)) ||
        (party->unit == HUB && !world_breaks(world, HUB_SIGNS_URGENT_ONLY));
    disk_store(world, party, &copy, true);
    if (change.vault && !set_has(&party->disk.stub, copy.change))
        set_add(&party->disk.object, copy.change);
    return copy.change;
}

void disk_mend_closings(struct world *world, struct party *party)
{
    struct disk *disk = &party->disk;
    const struct stream *stream = &disk->stream[party->unit];

    if (world_breaks(world, CLOSING_STANDS))
        return;
    for (int r = 0; r < world->records; r++) {
        const struct change *old;

        if (world->record[r].kind != CLOSING ||
            world->record[r].home != party->unit || disk->state[r] < 0)
            continue;
        old = &world->change[disk->state[r]];
        if (old->at <= stream->n && stream->hash[old->at] == old->at_hash)
            continue;
        world_count(world, N_CLOSING_AGAIN);
        if (disk_write(
                world, party,
                (struct change){
                    .record = r,
                    .version = disk_top_version(world, disk, r) + 1,
                    .kind = CLOSING,
                    .channel = UP,
                    .at = stream->n,
                    .at_hash = stream->hash[stream->n],
                    .count = disk_reports(world, disk, stream, stream->n),
                }) < 0)
            world_violate(world, "model: no room to mend a closing");
    }
}

int disk_incarnation(const struct world *world, const struct stream *stream)
{
    for (int i = stream->n; i > 0; i--)
        if (world->change[stream->change[i]].kind == INCARNATION)
            return i;
    return 0;
}

int disk_epoch(const struct world *world, const struct stream *stream)
{
    int at = disk_incarnation(world, stream);

    return at == 0 ? 0 : world->change[stream->change[at]].at;
}

void disk_open_incarnation(struct world *world, struct party *hub, int stream,
                           int why, int epoch)
{
    struct change change = {
        .version = 1,
        .stream = stream,
        .channel = stream == 2 * MAX_UNITS ? ALL : UNIT,
        .kind = INCARNATION,
        .at = epoch,
        .count = why,
    };

    change.record = world_record(world, HUB, INCARNATION,
                                 world_mix((uint64_t)world->changes, 77));
    world_count(world, N_INCARNATION);
    world_trace(world, "hub: stream %d, incarnation %d is change %d", stream,
                epoch, world->changes);
    if (disk_write(world, hub, change) < 0)
        world_violate(world, "model: no room for an incarnation");
}

void disk_retry(struct world *world, struct party *party)
{
    struct disk *disk = &party->disk;

    for (int c = set_next(&disk->quarantined, 0); c >= 0;
         c = set_next(&disk->quarantined, c + 1)) {
        if (refuses(world, party, c))
            continue;
        set_drop(&disk->quarantined, c);
        if (world->change[c].tombstone)
            bury(world, disk, c);
        apply(world, party, c);
    }
}

int disk_top_version(const struct world *world, const struct disk *disk,
                     int record)
{
    struct set held = disk_held(disk);
    int top = 0;

    for (int c = set_next(&held, 0); c >= 0; c = set_next(&held, c + 1))
        if (world->change[c].record == record && world->change[c].version > top)
            top = world->change[c].version;
    return top;
}

struct set disk_lacking(const struct world *world, const struct disk *disk,
                        int home)
{
    struct set held = disk_held(disk);
    struct set due = set_and(&held, &world->vault);

    due = set_and(&due, &world->home[home]);
    due = set_minus(&due, &disk->object);
    return set_minus(&due, &disk->stub);
}

bool disk_answered(const struct world *world, const struct disk *disk,
                   int offer)
{
    struct set held = disk_held(disk);

    if (!world_breaks(world, QUARANTINED_ANSWER))
        held = set_minus(&held, &disk->quarantined);
    for (int c = set_next(&held, 0); c >= 0; c = set_next(&held, c + 1))
        if (world->change[c].kind == ANSWER && world->change[c].about == offer)
            return true;
    return false;
}

int disk_acceptances(const struct world *world, const struct disk *disk,
                     int report)
{
    int acceptances = 0;

    for (int r = 0; r < world->records; r++) {
        int c = disk->state[r];

        if (world->record[r].kind == ANSWER && c >= 0 &&
            world->change[c].report == report &&
            world->change[c].status == ACCEPTED)
            acceptances++;
    }
    return acceptances;
}

bool disk_frozen(const struct world *world, const struct disk *disk, int report)
{
    if (disk_acceptances(world, disk, report) > 0)
        return true;
    for (int r = 0; r < world->records; r++)
        if (world->record[r].kind == OFFER && disk->state[r] >= 0 &&
            world->change[disk->state[r]].about == report &&
            !disk_answered(world, disk, r))
            return true;
    return false;
}

int disk_reports(const struct world *world, const struct disk *disk,
                 const struct stream *stream, int at)
{
    struct set seen = {{0}};
    int reports = 0;

    for (int i = 1; i <= at; i++) {
        int c = stream->change[i];
        int r = world->change[c].record;

        if (world->change[c].kind != REPORT || set_has(&seen, r) ||
            set_has(&disk->quarantined, c))
            continue;
        set_add(&seen, r);
        reports++;
    }
    return reports;
}

bool disk_fulfilled(const struct world *world, const struct disk *disk,
                    int closing)
{
    const struct change *c = &world->change[closing];
    const struct stream *stream = &disk->stream[c->home];

    return c->at <= stream->n && stream->hash[c->at] == c->at_hash &&
           disk_reports(world, disk, stream, c->at) == c->count;
}
