/* tests/sim/sim_hours.c - how lines may be used (PROTOCOL 4.10, 11.5): people
 * at the district change rates and hours, and whatever the programs let leave
 * on bulk is counted against what they knew.
 *
 * Outside the hours nothing of bulk leaves. In any minute no more leaves than
 * the rate allows in it, and the slack: what a bucket holds (half a second of
 * the rate, or 2 KiB), and twice the largest frame, which may overdraw it. */
#include <stdio.h>
#include <string.h>

#include "hub/settings.h"
#include "node/settings.h"
#include "node/uplink.h"
#include "tests/sim/sim.h"

enum {
    LINES = 2 * SIM_MACHINES,
    FRAMES = 512, /* of the last minute */
    RULES = 16,
    MINUTE_MS = 60000,
    DAY_MINUTES = 1440,
    SLACK_MS = 5000, /* between a decision and its frame: a slow turn */
    LEAST_BUCKET = 2048,
    AT_ONCE = 3, /* streams that one look at the bucket lets overdraw: to all,
                  * to the unit, and its own lent back; paid for after it */
    ROOM_MINUTES = 45, /* what a life's end needs of the hours */
    QUIET_MS = 200000  /* until everybody has greeted */
};

/* What one end may send on one machine's line, as its program knew it. */
static struct usage {
    struct machine *from, *client; /* NULL: a free place */
    struct pace_rule rule;
    int64_t program;   /* the one that runs: it began then */
    uint64_t settings; /* hub: of its program, as they were read */
    bool doubt;        /* a frame left against `rule` in this turn: .. */
    char what[160];    /* .. this one; perhaps the rule had just changed */
    struct {
        int64_t at;
        uint32_t bytes;
    } frames[FRAMES];
    size_t first, count;
    struct { /* since when it is so; a ring, the newest last */
        int64_t at;
        uint64_t rate; /* 0: any */
    } rates[RULES];
    size_t rate_count;
} usages[LINES];

static bool touched; /* settings have come to some machine in this turn */

void sim_hours_changed(void) { touched = true; }

/* ---- what a program knows */

static struct pace_rule rule_of(struct usage *u)
{
    return u->from->is_hub ? hub_settings_rule(u->from->hub, u->client->unit)
                           : node_settings_rule(u->from->node);
}

static void note_rate(struct usage *u)
{
    if (u->rate_count == RULES) {
        memmove(u->rates, u->rates + 1, sizeof u->rates - sizeof u->rates[0]);
        u->rate_count--;
    }
    u->rates[u->rate_count].at = sim_now;
    u->rates[u->rate_count++].rate = u->rule.rate;
}

/* Its program began anew: it has forgotten what it owes. */
static void begin(struct usage *u)
{
    u->program = u->from->started_ms;
    u->rule = rule_of(u);
    u->first = u->count = u->rate_count = 0;
    u->doubt = false;
    u->settings = u->from->is_hub ? u->from->hub->settings : 0;
    note_rate(u);
}

static struct usage *usage_of(struct machine *from, struct machine *client)
{
    for (size_t i = 0; i < LINES; i++) {
        struct usage *u = &usages[i];

        if (u->from != NULL && (u->from != from || u->client != client))
            continue;
        if (u->from == NULL || u->program != from->started_ms) {
            u->from = from;
            u->client = client;
            begin(u);
        }
        return u;
    }
    sim_fail("more than %d lines", LINES);
}

/* ---- hours, by another way than the programs' */

static bool is_open(const struct pace_rule *rule, int64_t wall_ms)
{
    int64_t minute = (wall_ms / 60000 + 420) % DAY_MINUTES;
    int64_t length = (rule->until - rule->from + DAY_MINUTES) % DAY_MINUTES;

    return length == 0 ||
           (minute - rule->from + DAY_MINUTES) % DAY_MINUTES < length;
}

static int64_t wall_of(const struct machine *m)
{
    return SIM_START_DAY * 86400000LL + sim_now + m->wall_offset_ms;
}

/* ---- a minute of the rate */

/* What the rates allowed in the last minute; false: anything. */
static bool allowed(const struct usage *u, uint64_t *out, uint64_t *bucket)
{
    int64_t since = sim_now - MINUTE_MS, at, until;
    uint64_t sum = 0;

    *bucket = LEAST_BUCKET;
    for (size_t i = u->rate_count; i-- > 0;) {
        uint64_t rate = u->rates[i].rate;

        at = u->rates[i].at > since ? u->rates[i].at : since;
        until = i + 1 < u->rate_count ? u->rates[i + 1].at : sim_now;
        if (until < since)
            break;
        if (rate == 0)
            return false;
        sum += rate * (uint64_t)(until - at) / 1000;
        if (rate / 2 > *bucket)
            *bucket = rate / 2;
    }
    *out = sum;
    return true;
}

static void count_frame(struct usage *u, size_t bytes)
{
    uint64_t sum = 0, most = 0, may, bucket;

    while (u->count > 0 && u->frames[u->first].at < sim_now - MINUTE_MS) {
        u->first = (u->first + 1) % FRAMES;
        u->count--;
    }
    if (u->count == FRAMES) { /* no rate is so high that this is a minute */
        u->first = (u->first + 1) % FRAMES;
        u->count--;
    }
    u->frames[(u->first + u->count) % FRAMES].at = sim_now;
    u->frames[(u->first + u->count++) % FRAMES].bytes = (uint32_t)bytes;
    for (size_t i = 0; i < u->count; i++) {
        uint32_t one = u->frames[(u->first + i) % FRAMES].bytes;

        sum += one;
        most = one > most ? one : most;
    }
    if (!allowed(u, &may, &bucket) || sum <= may + bucket + AT_ONCE * most)
        return;
    u->doubt = true;
    (void)snprintf(u->what, sizeof u->what,
                   "%llu bytes in a minute, allowed are %llu and a slack of "
                   "%llu",
                   (unsigned long long)sum, (unsigned long long)may,
                   (unsigned long long)(bucket + AT_ONCE * most));
}

void sim_hours_frame(struct machine *from, struct machine *client, size_t bytes)
{
    struct usage *u = usage_of(from, client);
    int64_t wall = wall_of(from);

    sim_counts.paced += u->rule.rate > 0 || u->rule.from != u->rule.until;
    if (!is_open(&u->rule, wall) && !is_open(&u->rule, wall - SLACK_MS)) {
        u->doubt = true;
        (void)snprintf(u->what, sizeof u->what,
                       "a frame of bulk outside the hours");
    }
    count_frame(u, bytes);
}

static void look_at(struct usage *u)
{
    struct pace_rule rule = rule_of(u);
    bool changed = rule.rate != u->rule.rate || rule.from != u->rule.from ||
                   rule.until != u->rule.until;

    u->settings = u->from->is_hub ? u->from->hub->settings : 0;
    if (changed) {
        u->rule = rule;
        u->doubt = false; /* within the turn that changed it */
        note_rate(u);
    }
    if (u->doubt)
        sim_fail("%s sends to the line of %s: %s", u->from->name,
                 u->client->name, u->what);
}

void sim_hours_turn(struct machine *m)
{
    for (size_t i = 0; i < LINES && usages[i].from != NULL; i++) {
        struct usage *u = &usages[i];

        if (u->from == m && u->program == m->started_ms &&
            (u->doubt ||
             (m->is_hub ? u->settings != m->hub->settings : touched)))
            look_at(u);
    }
    touched = false;
}

/* ---- people */

/* Mostly a window that opens soon or has just opened: a life is short. */
void sim_hours_any(struct machine *node)
{
    static const char *const rates[] = {"8k", "16k", "64k", "512k", "off"};
    int64_t now = (SIM_START_DAY * 86400000LL + sim_now) / 60000 + 420;
    int64_t from = now + sim_below(40) - 20;
    int64_t until = from + 2 * ROOM_MINUTES + sim_below(600);
    char hours[32];

    (void)snprintf(hours, sizeof hours, "%02d:%02d-%02d:%02d",
                   (int)(from / 60 % 24), (int)(from % 60),
                   (int)(until / 60 % 24), (int)(until % 60));
    sim_settings(node->slug, sim_chance(500) ? rates[sim_below(5)] : NULL,
                 sim_chance(700)   ? hours
                 : sim_chance(300) ? "off"
                                   : NULL);
}

/* ---- in the end */

static bool is_bound(const struct pace_rule *rule)
{
    return rule->from != rule->until;
}

/* The hours that hold for this machine, at either end. */
static bool hours_of(struct machine *m, struct pace_rule out[2])
{
    out[0] = node_settings_rule(m->node);
    out[1] = hub_settings_rule(sim.hub->hub, m->unit);
    return is_bound(&out[0]) || is_bound(&out[1]);
}

static bool may_look(const struct machine *m)
{
    return !m->is_hub && m->power == POWER_ON && sim.hub->power == POWER_ON &&
           sim_can_look(m) && sim_can_look(sim.hub);
}

/* Open now and long enough, or (false) whether one of them is closed now. */
static bool has_room(bool *closed)
{
    bool room = true;

    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];
        struct pace_rule rules[2];

        if (!may_look(m) || !hours_of(m, rules))
            continue;
        for (int k = 0; k < 2; k++) {
            *closed = *closed || !is_open(&rules[k], wall_of(m));
            for (int64_t ms = 0; ms <= ROOM_MINUTES * 60000LL; ms += 60000)
                room = room && is_open(&rules[k], wall_of(m) + ms);
        }
    }
    return room;
}

/* A clock that is an hour wrong may leave no time that both ends call open:
 * where hours hold, people set it. */
static void set_clocks(void)
{
    struct pace_rule rules[2];
    bool any = false;

    for (size_t i = 0; i < sim.machine_count; i++)
        any = any ||
              (may_look(&sim.machines[i]) && hours_of(&sim.machines[i], rules));
    for (size_t i = 0; any && i < sim.machine_count; i++)
        sim.machines[i].wall_offset_ms = 0;
}

/* While bulk is closed everywhere the line is good: what is urgent passes. */
static void check_urgent(void)
{
    struct machine *m;
    struct ledger_stream up;

    for (size_t i = 0; i < sim.machine_count; i++) {
        m = &sim.machines[i];
        if (may_look(m) && !m->retired && node_uplink_online(m->node->uplink))
            sim_report(m, true);
    }
    sim_run(MINUTE_MS);
    for (size_t i = 0; i < sim.machine_count; i++) {
        m = &sim.machines[i];
        if (!may_look(m) || m->retired || sim_machines_of(m->slug) > 1 ||
            !node_uplink_online(m->node->uplink) ||
            ledger_stream(m->node->ledger, &up, &m->node->up, true) != 0)
            continue;
        sim_counts.urgent_closed++;
        if (ledger_expedited_waiting(m->node->ledger, &m->node->up) > 0)
            sim_fail("what is urgent at %s waits for the hours", m->name);
    }
}

void sim_hours_open(void)
{
    bool closed = false;

    if (sim.hub->power != POWER_ON)
        sim_run(QUIET_MS);
    set_clocks();
    if (has_room(&closed))
        return;
    if (closed) {
        sim_run(QUIET_MS);
        check_urgent();
    }
    for (int minutes = 0; !has_room(&closed); minutes++) {
        if (minutes > 2 * DAY_MINUTES)
            sim_fail("there are no hours that both ends call open");
        sim_run(60000);
    }
}
