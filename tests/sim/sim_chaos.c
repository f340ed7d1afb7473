/* tests/sim/sim_chaos.c - a random life from a seed: people work, everything
 * fails, then everything is mended and must come out even.
 *
 * Not every life knows every fault: each seed draws which kinds it has and how
 * hard they strike, so that rare ones are not always drowned by common ones. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/domain/referral.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum {
    SETTLE_MS = 1200000, /* fake; see sim_settle */
    TWINS_MS = 900000,
    SAVES = 6
};

static const char *const slugs[] = {"quang-tho",   "quang-phu",  "quang-thai",
                                    "quang-ngan",  "quang-loi",  "quang-cong",
                                    "quang-phuoc", "quang-vinh", "quang-an",
                                    "quang-thanh", "sia",        "thu-nghiem"};

static unsigned saves, twins, machines_made, labels;

/* ---- who */

static struct machine *any_node(bool on)
{
    struct machine *list[SIM_MACHINES];
    uint32_t count = 0;

    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];

        if (!m->is_hub && !m->retired && m->power != POWER_GONE &&
            (!on || m->power == POWER_ON))
            list[count++] = m;
    }
    return count == 0 ? NULL : list[sim_below(count)];
}

static struct machine *any_machine(void)
{
    return sim_chance(300) ? sim.hub : any_node(false);
}

/* ---- people */

static void do_report(void)
{
    struct machine *m = any_node(true);
    uint32_t count = sim_chance(150) ? 1 + sim_below(25) : 1 + sim_below(3);

    for (uint32_t i = 0; m != NULL && i < count; i++)
        sim_report(m, sim_chance(250));
}

static void do_move(void)
{
    struct machine *m = any_node(true);

    if (m != NULL)
        sim_move(m);
}

/* To the district, or to the commune of any other machine. */
static void do_refer(void)
{
    struct machine *m = any_node(true), *to = any_node(false);

    if (m == NULL)
        return;
    sim_refer(m, sim_chance(300) || strcmp(to->slug, m->slug) == 0 ? ""
                                                                   : to->slug);
}

static void do_answer(void)
{
    static const int answers[] = {REFERRAL_ACCEPTED, REFERRAL_ACCEPTED,
                                  REFERRAL_ACCEPTED, REFERRAL_REFUSED,
                                  REFERRAL_RETURNED, REFERRAL_DONE};
    const char *to = sim_passed_to();
    struct machine *m = to == NULL    ? NULL
                        : *to == '\0' ? sim.hub
                                      : sim_live(to);

    for (uint32_t i = sim_below(3); m != NULL && i < 3; i++)
        if (m->power == POWER_ON)
            sim_answer(m, answers[sim_below(6)]);
}

static void do_erase(void)
{
    struct machine *m = any_node(true);

    if (m != NULL)
        sim_erase(m);
}

/* Mostly they are told that the period is not over yet. */
static void do_close(void)
{
    static const char *const periods[] = {"2025-11-24..2025-11-24", "2025-11",
                                          "2025-11-25..2025-11-25",
                                          "2025-11-01..2025-11-30"};
    struct machine *m = any_node(true);

    if (m != NULL)
        sim_close(m, periods[sim_below(4)]);
}

static void do_alert(void)
{
    char label[SIM_NAME], to[128] = "";
    struct machine *m = any_node(false);

    if (sim.hub->power != POWER_ON)
        return;
    (void)snprintf(label, sizeof label, "a%u", ++labels);
    if (m != NULL && sim_chance(300))
        (void)snprintf(to, sizeof to, "%s", m->slug);
    sim_alert(label, to[0] == '\0' ? NULL : to);
}

static void do_cancel(void)
{
    if (sim.hub->power == POWER_ON)
        sim_cancel(NULL);
}

/* Copies that people have made; the oldest one makes room. */
static struct save {
    struct machine *machine;
    char label[16];
} saved[SAVES];

static void do_save(void)
{
    struct machine *m = any_machine();
    struct save *s = &saved[saves % SAVES];

    if (m == NULL)
        return;
    s->machine = m;
    (void)snprintf(s->label, sizeof s->label, "%u", saves++ % SAVES);
    sim_save(m, s->label);
}

static const struct save *any_save(bool of_hub)
{
    const struct save *list[SAVES];
    uint32_t count = 0;

    for (size_t i = 0; i < SAVES; i++)
        if (saved[i].machine != NULL && saved[i].machine->is_hub == of_hub &&
            saved[i].machine->power != POWER_GONE && !saved[i].machine->retired)
            list[count++] = &saved[i];
    return count == 0 ? NULL : list[sim_below(count)];
}

/* ---- the line */

static void do_cut(void)
{
    struct machine *m = any_node(false);

    if (m == NULL)
        return;
    if (m->cut_up || m->cut_down) {
        m->cut_up = m->cut_down = false;
    } else if (sim_chance(300)) {
        sim_note("%s: all connections end", m->name);
        sim_wire_cut(m, true);
        return;
    } else {
        m->cut_up = sim_chance(700);
        m->cut_down = !m->cut_up || sim_chance(600);
        sim_counts.cuts++;
    }
    sim_note("%s: cut up %d, down %d", m->name, m->cut_up, m->cut_down);
    sim_wire_cut(m, false);
}

static void do_rate(void)
{
    static const uint32_t rates[] = {2000, 8000, 64000, 0, 0};
    struct machine *m = any_node(false);

    if (m != NULL)
        m->rate = rates[sim_below(5)];
}

static void do_weather(void)
{
    sim.delay_least = sim_below(3) == 0 ? sim_below(300) : 1;
    sim.delay_most = sim.delay_least + 1 + sim_below(500);
}

/* ---- machines */

static void do_kill(void)
{
    struct machine *m = any_machine();

    if (m != NULL)
        sim_stop(m, STOP_KILL);
}

static void do_power(void)
{
    struct machine *m = any_machine();
    char disk[64];

    if (m == NULL || m->power != POWER_ON)
        return;
    if (sim_chance(400))
        sim_stop(m, STOP_POWER);
    else /* within one of its next turns */
        faulty_disk_crash_after(sim_disk(disk, m), 1 + sim_below(40), DISK_ANY);
}

static void do_clock(void)
{
    static const int64_t jumps[] = {60000, 3600000, 86400000, 40 * 86400000LL,
                                    366 * 86400000LL};
    struct machine *m = any_machine();

    if (m == NULL)
        return;
    m->wall_offset_ms = sim_chance(300) ? 0
                        : sim_chance(500)
                            ? jumps[sim_below(5)] - sim_below(50000)
                            : -jumps[sim_below(5)] + sim_below(50000);
    sim_note("%s: clock %lld ms off", m->name, (long long)m->wall_offset_ms);
    sim_counts.clock_jumps++;
}

static void do_disk(void)
{
    static const enum faulty_disk_what kinds[] = {DISK_WRITE, DISK_SYNC,
                                                  DISK_TRUNCATE, DISK_READ};
    struct machine *m = any_machine();
    char disk[64];

    if (m == NULL || m->power != POWER_ON)
        return;
    faulty_disk_fail(sim_disk(disk, m), kinds[sim_below(4)], 1 + sim_below(20),
                     1 + sim_below(20));
    sim_note("%s: its disk will fail", m->name);
    sim_counts.disk_errors++;
}

static void do_full(void)
{
    struct machine *m = any_machine();
    bool on = sim_chance(450);
    char disk[64];

    if (m == NULL || m->power == POWER_GONE)
        return;
    m->disk_full = on;
    faulty_disk_full(sim_disk(disk, m), on);
    sim_note("%s: its disk is %s", m->name, on ? "full" : "not full");
    sim_counts.disk_full += on;
}

static void do_rewind(void)
{
    const struct save *s = any_save(false);

    if (s == NULL)
        return;
    sim_counts.rewinds++;
    sim_rewind(s->machine, s->label);
}

static void do_hub_rewind(void)
{
    const struct save *s = any_save(true);

    if (s == NULL)
        return;
    sim_counts.hub_rewinds++;
    sim_rewind(s->machine, s->label);
}

static void do_clone(void)
{
    struct machine *m = any_node(false);
    char name[SIM_NAME + 16];

    if (m == NULL || sim_machines_of(m->slug) > 1 ||
        sim.machine_count > SIM_MACHINES - 14)
        return;
    (void)snprintf(name, SIM_NAME, "%.24s-twin%u", m->slug, ++twins);
    sim_counts.clones++;
    (void)sim_clone(m, name);
}

static void do_replace(void)
{
    struct machine *m = any_node(false);
    char name[SIM_NAME + 16];

    if (m == NULL || sim_machines_of(m->slug) > 1 ||
        sim.machine_count > SIM_MACHINES - 14 || sim.hub->power != POWER_ON)
        return;
    (void)snprintf(name, SIM_NAME, "%.24s-new%u", m->slug, ++machines_made);
    sim_counts.replaced++;
    (void)sim_replace(m, name, sim_chance(500));
}

/* A machine that was taken out of use is found and switched on. */
static void do_found(void)
{
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];

        if (!m->retired || m->power != POWER_OFF || sim_live(m->slug) == NULL)
            continue;
        sim_note("%s is found and switched on", m->name);
        (void)sim_start(m);
        return;
    }
}

/* ---- lies */

/* An early copy with a signature that is none, of the unit's or of the hub's
 * home. */
static void lie(struct machine *m, const char *home, uint32_t kind)
{
    struct sync_message message = {.type = MSG_EARLY};
    struct change *change = &message.early.change;
    struct buf header = {0};

    message.early.handed_back = sim_chance(500);
    (void)snprintf(change->header.home, sizeof change->header.home, "%s", home);
    for (size_t i = 0; i < 16; i++)
        change->header.record.bytes[i] = (uint8_t)sim_below(256);
    change->header.kind = kind;
    change->header.flags = CHANGE_EXPEDITED;
    change->header.version = 1;
    wire_header_encode(&header, &change->header);
    change->header_bytes = buf_bytes(&header);
    change->part[PART_FACT].form = PART_WHOLE;
    change->is_signed = true;
    memcpy(change->key_id,
           kind == KIND_ALERT ? sim.hub->hub->keys.sign_id
                              : m->node->keys.sign_id,
           sizeof change->key_id);
    for (size_t i = 0; i < sizeof change->signature; i++)
        change->signature[i] = (uint8_t)sim_below(256);
    sim_truth_lie(&change->header.record);
    sim_note("a lie in the name of %s", home);
    sim_wire_forge(m, &message);
    buf_free(&header);
}

static void do_lie(void)
{
    struct machine *m = any_node(true);

    if (m == NULL || sim.hub->power != POWER_ON)
        return;
    if (sim_chance(500))
        sim_wire_bend(m);
    else if (sim_chance(500))
        lie(m, sim.hub->hub->keys.home, KIND_ALERT);
    else
        lie(m, m->unit, KIND_REPORT);
}

static void do_stick(void) { sim_bundle_any(any_node(false)); }

static void do_hours(void)
{
    struct machine *m = any_node(false);

    if (m != NULL && sim.hub->power == POWER_ON)
        sim_hours_any(m);
}

/* ---- which, and how often */

static void do_rot(void)
{
    struct machine *m = any_machine();

    if (m != NULL && m->power != POWER_GONE)
        sim_media_rot(m);
}

static struct work {
    const char *name; /* of the fault; NULL: work, never left out */
    void (*run)(void);
    uint32_t weight;
    bool on;
} works[] = {
    {NULL, do_report, 300, true},       {NULL, do_move, 120, true},
    {NULL, do_refer, 80, true},         {NULL, do_answer, 160, true},
    {NULL, do_erase, 15, true},         {NULL, do_close, 25, true},
    {NULL, do_alert, 40, true},         {NULL, do_cancel, 10, true},
    {NULL, do_save, 40, true},          {"cut", do_cut, 80, false},
    {"rate", do_rate, 30, false},       {"delay", do_weather, 30, false},
    {"kill", do_kill, 50, false},       {"power", do_power, 50, false},
    {"clock", do_clock, 30, false},     {"disk", do_disk, 40, false},
    {"full", do_full, 40, false},       {"rewind", do_rewind, 30, false},
    {"hub", do_hub_rewind, 20, false},  {"clone", do_clone, 12, false},
    {"replace", do_replace, 10, false}, {"replace", do_found, 20, false},
    {"lie", do_lie, 20, false},         {"stick", do_stick, 150, false},
    {"hours", do_hours, 40, false},     {"rot", do_rot, 40, false},
};
enum { WORKS = sizeof works / sizeof *works };

/* Is this kind of fault among the wished ones? */
static bool wished(const struct chaos_wish *wish, const char *name)
{
    char list[300], word[40];

    if (strcmp(wish->faults, "all") == 0)
        return true;
    (void)snprintf(list, sizeof list, ",%s,", wish->faults);
    (void)snprintf(word, sizeof word, ",%s,", name);
    return strstr(list, word) != NULL;
}

static void draw_kinds(const struct chaos_wish *wish)
{
    bool all = strcmp(wish->faults, "all") == 0;

    for (size_t i = 0; i < WORKS; i++) {
        if (works[i].name == NULL)
            continue;
        works[i].on = wished(wish, works[i].name) && (!all || sim_chance(600));
        if (works[i].on)
            works[i].weight = works[i].weight * (50 + sim_below(150)) / 100;
    }
    sim.loss = wished(wish, "loss") && sim_chance(350) ? 1 + sim_below(60) : 0;
    sim.twice =
        wished(wish, "twice") && sim_chance(250) ? 1 + sim_below(30) : 0;
}

static void one_work(void)
{
    uint32_t sum = 0, at;

    for (size_t i = 0; i < WORKS; i++)
        sum += works[i].on ? works[i].weight : 0;
    at = sim_below(sum);
    for (size_t i = 0; i < WORKS; i++) {
        if (!works[i].on)
            continue;
        if (at < works[i].weight) {
            works[i].run();
            return;
        }
        at -= works[i].weight;
    }
}

static int64_t pause_ms(void)
{
    uint32_t kind = sim_below(100);

    return kind < 35   ? sim_below(60)
           : kind < 65 ? sim_below(2000)
           : kind < 90 ? sim_below(20000)
                       : sim_below(180000);
}

/* ---- the end of a life */

/* Two machines with one identity take turns until both have said everything;
 * then one of them is taken away, and nothing is lost by it. */
static void part_twins(void)
{
    int64_t until = sim_now + TWINS_MS;
    bool any = false;
    uint64_t lost = sim_counts.legit_lost;

    for (size_t i = 0; i < sim.machine_count; i++)
        any = any || (!sim.machines[i].is_hub && !sim.machines[i].retired &&
                      sim.machines[i].power != POWER_GONE &&
                      sim_machines_of(sim.machines[i].slug) > 1);
    if (!any)
        return;
    sim_heal();
    sim_run(until - sim_now);
    for (size_t i = sim.machine_count; i-- > 0;) {
        struct machine *m = &sim.machines[i];

        if (!m->is_hub && !m->retired && m->power != POWER_GONE &&
            sim_machines_of(m->slug) > 1)
            sim_destroy(m);
    }
    if (sim_counts.legit_lost != lost)
        sim_fail("two machines of one unit took turns for %d s, and one of "
                 "them still had %llu changes nobody else has",
                 TWINS_MS / 1000,
                 (unsigned long long)(sim_counts.legit_lost - lost));
}

/* A hub that was set back to before a machine joined does not know it: it is
 * invited again, when nobody has handed its entry back. */
static void admit_again(uint32_t units)
{
    char name[SIM_NAME + 16];

    sim_heal();
    sim_run(200000);
    for (uint32_t i = 0; i < units; i++) { /* whose machine has burnt */
        if (sim_live(slugs[i]) != NULL)
            continue;
        (void)snprintf(name, SIM_NAME, "%.24s-last", slugs[i]);
        if (sim_join(slugs[i], name) == NULL)
            sim_fail("%s cannot join", name);
    }
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];
        struct node_keys keys;
        bool is_known;

        if (m->is_hub || m->retired || m->power != POWER_ON ||
            sim.hub->power != POWER_ON)
            continue;
        keys = m->node->keys;
        is_known = hub_registry_find(sim.hub->hub->registry,
                                     keys.curve.public_key) != NULL;
        if (!is_known && !sim_rejoin(m))
            sim_fail("%s cannot join again", m->name);
    }
}

void sim_chaos(uint64_t seed, const struct chaos_wish *wish)
{
    uint32_t units, kind;

    sim_seed(seed);
    sim.compress = seed % 2 == 1;
    sim.delay_least = 1;
    sim.delay_most = 30;
    kind = sim_below(100);
    units = kind < 40   ? 1 + sim_below(2)
            : kind < 90 ? 2 + sim_below(3)
                        : 5 + sim_below(8);
    sim_world_make();
    for (uint32_t i = 0; i < units; i++)
        (void)sim_join(slugs[i], slugs[i]);
    draw_kinds(wish);
    sim.files = sim_chance(350);
    for (uint32_t i = 0; i < wish->steps; i++) {
        one_work();
        sim_run(pause_ms());
    }
    sim_truth_check();
    admit_again(units);
    part_twins();
    sim_settle(SETTLE_MS);
    sim_check_end();
}
