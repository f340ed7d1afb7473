/* tests/sim/model_world.c - sets, chance, and the tables of one schedule. */
#include "model_world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const world_count_name[COUNTS] = {
    [N_WRITE] = "writes",
    [N_EXPRESS] = "expedited",
    [N_ERASURE] = "erasures",
    [N_OFFER] = "referrals",
    [N_ACCEPTANCE] = "acceptances",
    [N_RETURN] = "returns",
    [N_CLOSING] = "closings",
    [N_CLOSING_AGAIN] = "closings-rewritten",
    [N_HELLO] = "hellos",
    [N_RESUME] = "resumes",
    [N_REBASE] = "rebases",
    [N_REAPPENDED] = "re-appended",
    [N_WRITE_REBASING] = "writes-while-rebasing",
    [N_DETACH] = "detached",
    [N_HANDED_BACK] = "handed-back",
    [N_INCARNATION] = "incarnations",
    [N_CONFLICT] = "conflicts",
    [N_QUARANTINE] = "quarantines",
    [N_QUARANTINED_TOMBSTONE] = "tombstones-in-quarantine",
    [N_UPGRADE] = "upgrades",
    [N_LOST] = "messages-lost",
    [N_REPEATED] = "messages-repeated",
    [N_LATE] = "late-arrivals",
    [N_CUT] = "line-cuts",
    [N_CRASH] = "crashes",
    [N_DISK_FULL] = "disk-full",
    [N_HUB_RESTORE] = "hub-restores",
    [N_HUB_REWIND] = "hub-silent-rewinds",
    [N_NODE_REWIND] = "node-rewinds",
    [N_REPLACED] = "nodes-lost",
    [N_CLONE] = "clones",
    [N_CLONE_ALARM] = "clone-alarms",
    [N_NAMED] = "survivors-named",
    [N_DRAINED] = "drained",
    [N_BUNDLE] = "bundles",
    [N_BUNDLE_DOWN] = "bundles-to-nodes",
    [N_BUNDLE_REFUSED] = "bundles-refused",
    [N_OBJECT] = "objects",
    [N_OBJECT_LATE] = "objects-too-late",
    [N_STUB] = "stubs-with-tombstone",
    [N_FORGED] = "forged-refused",
    [N_GONE] = "changes-destroyed",
};

const char *const world_rule_name[RULES] = {
    [NO_BREAK] = "none",
    [ACK_BEFORE_COMMIT] = "ack-before-commit",
    [LOWER_VERSION_COUNTS] = "lower-version-counts",
    [BODY_ABOVE_TOMBSTONE] = "body-above-tombstone",
    [EARLY_FORGOTTEN] = "early-forgotten-at-hello",
    [NO_REBASE] = "no-rebase",
    [REBASE_DROPS_OWN] = "rebase-drops-own",
    [DETACH_DROPS] = "detach-drops",
    [FORGED_ADOPTED] = "forged-adopted",
    [SECOND_ACCEPTANCE] = "second-acceptance",
    [ANSWER_PER_OFFER] = "answer-per-offer",
    [QUARANTINED_ANSWER] = "quarantined-answer-thaws",
    [QUARANTINE_STOPS] = "quarantine-stops-stream",
    [QUARANTINED_TOMBSTONE] = "quarantined-tombstone-waits",
    [CLOSING_STANDS] = "closing-stands-after-rebase",
    [NO_EARLY_LISTS] = "no-early-lists",
    [EARLY_AT_HELLO_ONLY] = "early-lists-at-hello-only",
    [STUB_ALONE] = "stub-without-tombstone",
    [CONFLICT_FIRST_WINS] = "conflict-first-wins",
    [INCARNATION_PER_NODE] = "incarnation-per-node",
    [SAMPLES_ONLY] = "samples-without-incarnations",
    [EPOCH_OF_OWN] = "epoch-of-own-copy-only",
    [LATE_OBJECT_KEPT] = "late-object-kept",
    [DRAINED_WHEN_ACKED] = "drained-when-acked",
    [BUNDLE_GAP] = "bundle-with-gap",
    [TWICE_IN_STREAM] = "handed-back-twice",
    [HUB_SIGNS_URGENT_ONLY] = "hub-signs-urgent-only",
    [TOMBSTONE_UNSIGNED] = "tombstone-unsigned",
    [INCARNATION_HANDED_BACK] = "incarnation-handed-back",
    [NO_BEAT] = "superseded-not-told",
    [RETRY_ONCE] = "retry-at-upgrade-only",
    [REFUSAL_FORGOTTEN] = "refusal-forgotten",
    [IMPORT_KEEPS_SESSION] = "import-keeps-session",
    [DRAINED_UNNAMED] = "drained-with-unnamed-early",
    [SESSION_OF_NODE] = "session-named-by-node",
    [EPOCH_FORGOTTEN] = "epoch-forgotten-at-detach",
};

void set_add(struct set *set, int member)
{
    set->word[member >> 6] |= 1ULL << (member & 63);
}

void set_drop(struct set *set, int member)
{
    set->word[member >> 6] &= ~(1ULL << (member & 63));
}

bool set_has(const struct set *set, int member)
{
    return (set->word[member >> 6] >> (member & 63)) & 1;
}

bool set_empty(const struct set *set)
{
    uint64_t any = 0;

    for (int i = 0; i < WORDS; i++)
        any |= set->word[i];
    return any == 0;
}

int set_next(const struct set *set, int from)
{
    uint64_t word;

    if (from >= MAX_CHANGES)
        return -1;
    word = set->word[from >> 6] & (~0ULL << (from & 63));
    for (int i = from >> 6;; word = set->word[i]) {
        if (word != 0)
            return (i << 6) + __builtin_ctzll(word);
        if (++i == WORDS)
            return -1;
    }
}

struct set set_and(const struct set *a, const struct set *b)
{
    struct set both;

    for (int i = 0; i < WORDS; i++)
        both.word[i] = a->word[i] & b->word[i];
    return both;
}

struct set set_or(const struct set *a, const struct set *b)
{
    struct set either;

    for (int i = 0; i < WORDS; i++)
        either.word[i] = a->word[i] | b->word[i];
    return either;
}

struct set set_minus(const struct set *a, const struct set *b)
{
    struct set rest;

    for (int i = 0; i < WORDS; i++)
        rest.word[i] = a->word[i] & ~b->word[i];
    return rest;
}

uint64_t world_mix(uint64_t a, uint64_t b)
{
    uint64_t z = (a ^ (b + 0x9e3779b97f4a7c15ULL)) * 0xbf58476d1ce4e5b9ULL;

    z = (z ^ (z >> 29)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 32);
}

static uint64_t draw(struct world *world)
{
    world->random += 0x9e3779b97f4a7c15ULL;
    return world_mix(world->random, 0x2545f4914f6cdd1dULL);
}

int world_below(struct world *world, int limit)
{
    assert(limit > 0);
    return (int)(draw(world) % (uint64_t)limit);
}

bool world_one_in(struct world *world, int odds)
{
    return world_below(world, odds) == 0;
}

void world_begin(struct world *world, uint64_t seed)
{
    static struct message slots[MAX_PARTIES][2][SOCKETS][MAX_QUEUE];

    memset(world, 0, sizeof *world);
    world->seed = seed;
    world->random = world_mix(seed, 0x11e27a);
    for (int p = 0; p < MAX_PARTIES; p++)
        for (int way = 0; way < 2; way++)
            for (int s = 0; s < SOCKETS; s++)
                for (int i = 0; i < MAX_QUEUE; i++)
                    world->queue[p][way][s].slot[i] = &slots[p][way][s][i];
}

int world_record(struct world *world, int home, enum kind kind, uint64_t id)
{
    for (int r = 0; r < world->records; r++)
        if (world->record[r].id == id && world->record[r].home == home &&
            world->record[r].kind == kind)
            return r;
    if (world->records == MAX_CHANGES)
        return -1;
    world->record[world->records] =
        (struct record){.home = home, .kind = kind, .id = id};
    return world->records++;
}

int world_change(struct world *world, struct change change)
{
    int c = world->changes;

    if (c == MAX_CHANGES || change.record < 0)
        return -1;
    change.digest = draw(world);
    world->change[c] = change;
    set_add(&world->home[change.home], c);
    if (change.vault)
        set_add(&world->vault, c);
    if (change.body)
        set_add(&world->bodied, c);
    if (change.forged)
        set_add(&world->forged, c);
    if (change.forged || change.kind == INCARNATION)
        set_add(&world->loose, c);
    world->changes++;
    return c;
}

int world_stream_index(enum channel channel, int unit)
{
    switch (channel) {
    case UP:
        return unit;
    case UNIT:
        return MAX_UNITS + unit;
    case ALL:
    case CHANNELS:
        break;
    }
    return 2 * MAX_UNITS;
}

struct party *world_hub(struct world *world) { return &world->party[0]; }

struct disk *world_snapshot(struct world *world, int party, int slot)
{
    static struct disk snapshots[MAX_PARTIES][MAX_SNAPSHOTS];

    assert(slot < MAX_SNAPSHOTS && party < MAX_PARTIES && world != NULL);
    return &snapshots[party][slot];
}

struct disk *world_rollback(struct world *world)
{
    static struct disk saved;

    assert(world != NULL);
    return &saved;
}

void world_count(struct world *world, enum count what)
{
    world->counts[what]++;
}

bool world_breaks(const struct world *world, enum rule rule)
{
    return world->broken == rule;
}

void world_trace(struct world *world, const char *format, ...)
{
    va_list args;

    if (!world->verbose)
        return;
    (void)printf("%5d  ", world->steps);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)printf("\n");
}

void world_violate(struct world *world, const char *format, ...)
{
    va_list args;

    if (world->violated)
        return;
    world->violated = true;
    va_start(args, format);
    (void)vsnprintf(world->violation, sizeof world->violation, format, args);
    va_end(args);
    world_trace(world, "VIOLATION %s", world->violation);
}
