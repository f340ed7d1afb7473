/* tests/sim/model.c - a random model of the rules by which hub and nodes agree.
 *
 * One hub and one to three nodes do what the rules of PROTOCOL.md say, while
 * lines, disks, machines and people fail around them; then everything heals
 * and both ends must agree with nothing accepted lost. It shares no line with
 * the programs: a rule that fails here is wrong, whoever implements it.
 * `--break` leaves one rule out, `--self-check` shows that each is missed.
 */
#include "model_check.h"
#include "model_disk.h"
#include "model_event.h"
#include "model_link.h"
#include "model_turn.h"
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_STEPS = 400,
    MAX_TALK = 20000, /* steps; more is a stall, and so are */
    MAX_ROUNDS = 40,  /* as many rounds of healing */
    QUIET_ROUNDS = 2,
    SELF_CHECK_SCHEDULES = 20000,
    BREAK_SCHEDULES = 100000 /* some rules are missed only by two faults at
                                once */
};

struct options {
    long schedules;
    uint64_t seed;
    bool verbose;
    bool self_check;
    enum rule broken;
};

/* Changes whenever something durable does, or the way to it. */
static uint64_t fingerprint(const struct world *world)
{
    uint64_t print = 0;

    for (int p = 0; p < MAX_PARTIES; p++) {
        const struct party *party = &world->party[p];
        const struct disk *disk = &party->disk;
        const struct set *sets[] = {&disk->streamed, &disk->early, &disk->body,
                                    &disk->object, &party->link[0].express};

        if (!party->used)
            continue;
        print = world_mix(print, (uint64_t)p);
        for (int s = 0; s < STREAMS; s++)
            print = world_mix(print, disk->stream[s].hash[disk->stream[s].n]);
        for (int i = 0; i < 5; i++)
            for (int j = 0; j < WORDS; j++)
                print = world_mix(print, sets[i]->word[j]);
        print = world_mix(print, (uint64_t)party->link[0].phase);
        print = world_mix(print, (uint64_t)party->link[0].staged);
    }
    return print;
}

/* Everybody says what he can and hears what was said, until all are silent. */
static void talk(struct world *world)
{
    int heard = 1;

    while (heard > 0 && !world->violated) {
        heard = 0;
        for (int p = 1; p < MAX_PARTIES; p++) {
            if (!world->party[p].used)
                continue;
            event_hello(world, p);
            link_pump(world, p, false);
            link_pump(world, p, true);
        }
        while (!world->violated && event_deliver(world))
            heard++;
        world->steps += heard;
        if (world->steps > MAX_TALK)
            world_violate(world, "stall: they never fall silent");
    }
}

/* All lines are up: until nothing changes any more. */
static void settle(struct world *world)
{
    uint64_t last = 0;
    int quiet = 0;

    for (int round = 0; round < MAX_ROUNDS; round++) {
        uint64_t print;

        talk(world);
        if (world->violated)
            return;
        print = fingerprint(world);
        quiet = print == last ? quiet + 1 : 0;
        last = print;
        if (quiet == QUIET_ROUNDS)
            return;
        for (int p = 1; p < MAX_PARTIES; p++) {
            if (!world->party[p].used)
                continue;
            link_timeout(world, p, false);
            link_timeout(world, p, true);
        }
    }
    world_violate(world, "stall: still busy after %d rounds", MAX_ROUNDS);
}

static void heal(struct world *world)
{
    struct check_due due;

    world->weather = false;
    world_trace(world, "-- healing");
    for (int u = 0; u < world->units; u++)
        event_name_survivor(world, u);
    for (int p = 1; p < MAX_PARTIES && world_one_in(world, 2); p++) {
        world->party[p].link[0].phase = OFFLINE;
        world_hub(world)->link[p].phase = OFFLINE;
        for (int q = 0; q < 2 * SOCKETS; q++)
            turn_queue(world, p, q / SOCKETS, q % SOCKETS)->n = 0;
    }
    due = check_collect(world);
    settle(world);
    if (world->violated)
        return;
    check_streams(world, &due);
    for (int p = 0; p < MAX_PARTIES; p++)
        if (world->party[p].used)
            event_upgrade(world, &world->party[p]);
    while (!world->violated && event_answer(world))
        ;
    settle(world);
    if (!world->violated)
        check_all(world, &due);
}

static void run_schedule(struct world *world, uint64_t seed,
                         const struct options *options)
{
    int steps;

    world_begin(world, seed);
    world->broken = options->broken;
    world->verbose = options->verbose;
    event_begin(world);
    steps = 10 + world_below(world, MAX_STEPS);
    while (steps-- > 0 && !world->violated)
        event_step(world);
    if (!world->violated)
        heal(world);
}

static void print_counts(const long *counts)
{
    int column = 0;

    for (int i = 0; i < COUNTS; i++) {
        int width = printf("%s%s %ld", column == 0 ? "" : ", ",
                           world_count_name[i], counts[i]);

        column += width;
        if (column > 70 || i == COUNTS - 1) {
            (void)printf("\n");
            column = 0;
        }
    }
}

/* 0: no violation in all schedules; 1: one, told if `loud`. */
static int run(const struct options *options, bool loud, long *used)
{
    static struct world world;
    long counts[COUNTS] = {0};
    long steps = 0;

    for (long i = 0; i < options->schedules; i++) {
        run_schedule(&world, options->seed + (uint64_t)i, options);
        steps += world.steps;
        *used = i + 1;
        for (int c = 0; c < COUNTS; c++)
            counts[c] += world.counts[c];
        if (!world.violated)
            continue;
        if (loud) {
            (void)printf("violation, seed %llu, step %d: %s\n",
                         (unsigned long long)world.seed, world.steps,
                         world.violation);
            (void)printf("replay: model --schedules 1 --seed %llu%s%s "
                         "--verbose\n",
                         (unsigned long long)world.seed,
                         options->broken == NO_BREAK ? "" : " --break ",
                         options->broken == NO_BREAK
                             ? ""
                             : world_rule_name[options->broken]);
        } else {
            (void)printf("%s", world.violation);
        }
        return 1;
    }
    if (loud) {
        print_counts(counts);
        (void)printf("%ld schedules, %ld steps, 0 violations\n",
                     options->schedules, steps);
    }
    return 0;
}

/* Each rule left out must be missed. */
static int self_check(const struct options *options)
{
    struct options whole = *options;
    int missed = 0;
    long used = 0;

    whole.schedules = SELF_CHECK_SCHEDULES;
    if (run(&whole, true, &used) != 0)
        return 1; /* or a rule left out would take the blame */
    for (int rule = NO_BREAK + 1; rule < RULES; rule++) {
        struct options broken = *options;

        broken.broken = (enum rule)rule;
        broken.schedules = BREAK_SCHEDULES;
        (void)printf("%-30s ", world_rule_name[rule]);
        if (run(&broken, false, &used) != 0) {
            (void)printf(" (caught by schedule %ld)\n", used);
        } else {
            (void)printf("NOT CAUGHT in %ld schedules\n", used);
            missed++;
        }
    }
    (void)printf("%d rules left out, %d not caught\n", RULES - 1, missed);
    return missed == 0 ? 0 : 1;
}

static int misused(void)
{
    (void)fprintf(stderr, "usage: model [--schedules N] [--seed S] [--verbose]"
                          " [--break NAME] [--self-check]\nNAME is one of:");
    for (int rule = NO_BREAK + 1; rule < RULES; rule++)
        (void)fprintf(stderr, " %s", world_rule_name[rule]);
    (void)fprintf(stderr, "\n");
    return 2;
}

static enum rule rule_named(const char *name)
{
    for (int rule = NO_BREAK + 1; rule < RULES; rule++)
        if (strcmp(name, world_rule_name[rule]) == 0)
            return (enum rule)rule;
    return NO_BREAK;
}

int main(int argc, char **argv)
{
    struct options options = {.schedules = 2000, .seed = 1};
    long used = 0;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        char *end = NULL;

        if (strcmp(argv[i], "--verbose") == 0) {
            options.verbose = true;
            continue;
        }
        if (strcmp(argv[i], "--self-check") == 0) {
            options.self_check = true;
            continue;
        }
        if (value == NULL)
            return misused();
        if (strcmp(argv[i], "--schedules") == 0) {
            options.schedules = strtol(value, &end, 10);
        } else if (strcmp(argv[i], "--seed") == 0) {
            options.seed = strtoull(value, &end, 10);
        } else if (strcmp(argv[i], "--break") == 0) {
            options.broken = rule_named(value);
            if (options.broken == NO_BREAK)
                return misused();
        } else {
            return misused();
        }
        if (end != NULL && (*end != '\0' || end == value))
            return misused();
        i++;
    }
    if (options.self_check)
        return self_check(&options);
    return run(&options, true, &used);
}
