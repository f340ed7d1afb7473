/* tests/sim/sim_machine.c - machines: made, started, stopped, copied, set back;
 * and whose turn it is. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/format/json.h"
#include "hub/enrolment.h"
#include "hub/set_up.h"
#include "node/join.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum { SPIN_MOST = 20000, KEY_FILE_MOST = 65536, JOIN_TRIES = 40 };

#define NEVER INT64_MAX

static const char *const addresses[NET_LANES] = {
    "tcp://10.1.1.1:1", "tcp://10.1.1.1:2", "tcp://10.1.1.1:3"};

const char *sim_disk(char out[64], const struct machine *m)
{
    (void)snprintf(out, 64, "/%s", m->folder);
    return out;
}

struct machine *sim_find(const char *name)
{
    for (size_t i = 0; i < sim.machine_count; i++)
        if (strcmp(sim.machines[i].name, name) == 0)
            return &sim.machines[i];
    return NULL;
}

struct machine *sim_live(const char *slug)
{
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];

        if (!m->is_hub && !m->retired && m->power != POWER_GONE &&
            strcmp(m->slug, slug) == 0)
            return m;
    }
    return NULL;
}

static struct machine *new_machine(const char *name, const char *slug)
{
    struct machine *m;

    if (sim.machine_count == SIM_MACHINES)
        sim_fail("more than %d machines", SIM_MACHINES);
    if (sim_find(name) != NULL)
        sim_fail("there is a machine \"%s\" already", name);
    m = &sim.machines[sim.machine_count++];
    (void)snprintf(m->name, sizeof m->name, "%s", name);
    (void)snprintf(m->slug, sizeof m->slug, "%s", slug);
    (void)snprintf(m->folder, sizeof m->folder, "%s", name);
    m->desk.machine = m;
    m->turn_at = m->start_at = NEVER;
    m->booted_ms = sim_now - 100000;
    return m;
}

/* ---- its files: the database on its disk, the keys in the run's folder */

static void copy_file(const char *from, const char *to)
{
    struct buf content = {0};
    FILE *out;

    if (file_read(&content, from, KEY_FILE_MOST, NULL) != 0)
        sim_fail("cannot read %s", from);
    if ((out = fopen(to, "wb")) == NULL ||
        fwrite(content.data, 1, content.size, out) != content.size)
        sim_fail("cannot write %s", to);
    (void)fclose(out);
    buf_free(&content);
}

static void copy_keys(const char *from, const char *to)
{
    char source[200], target[200], path[600], other[600];
    struct dirent *entry;
    DIR *folder;

    (void)snprintf(source, sizeof source, "%s/keys", from);
    (void)snprintf(target, sizeof target, "%s/keys", to);
    (void)mkdir(to, 0700);
    (void)mkdir(target, 0700);
    if ((folder = opendir(source)) == NULL)
        sim_fail("no keys in %s", from);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", source, entry->d_name);
        (void)snprintf(other, sizeof other, "%s/%s", target, entry->d_name);
        copy_file(path, other);
    }
    (void)closedir(folder);
}

static void copy_machine(const char *from, const char *to)
{
    char one[256], other[256];

    copy_keys(from, to);
    sim_media_copy(from, to);
    (void)snprintf(one, sizeof one, "/%s", from);
    (void)snprintf(other, sizeof other, "/%s", to);
    faulty_disk_copy(one, other);
}

static const char *save_folder(char out[200], const struct machine *m,
                               const char *label)
{
    (void)snprintf(out, 200, "save-%s-%s", m->name, label);
    return out;
}

void sim_save(struct machine *m, const char *label)
{
    char folder[200];

    copy_machine(m->folder, save_folder(folder, m, label));
    sim_note("%s is copied as \"%s\"", m->name, label);
}

bool sim_has_save(const struct machine *m, const char *label)
{
    char folder[200];

    return file_exists(save_folder(folder, m, label));
}

void sim_rewind(struct machine *m, const char *label)
{
    char folder[200];
    bool was_on = m->power == POWER_ON;

    sim_truth_before_loss(m);
    if (was_on)
        sim_stop(m, STOP_KILL);
    copy_machine(save_folder(folder, m, label), m->folder);
    sim_note("%s is set back to \"%s\"", m->name, label);
    for (size_t i = 0; i < sim.machine_count; i++)
        if (m->is_hub || &sim.machines[i] == m)
            sim.machines[i].behind = true;
    sim_truth_after_loss(m);
    m->start_at = sim_now + 1000;
}

struct machine *sim_clone(struct machine *m, const char *name)
{
    struct machine *twin = new_machine(name, m->slug);

    memcpy(twin->unit, m->unit, sizeof twin->unit);
    copy_machine(m->folder, twin->folder);
    twin->wall_offset_ms = m->wall_offset_ms;
    twin->behind = m->behind = true;
    sim_truth_new_disk(twin, m);
    sim_note("%s is a copy of %s", name, m->name);
    (void)sim_start(twin);
    return twin;
}

void sim_destroy(struct machine *m)
{
    char disk[64];

    sim_truth_before_loss(m);
    if (m->power == POWER_ON)
        sim_stop(m, STOP_KILL);
    m->power = POWER_GONE;
    m->start_at = NEVER;
    (void)sim_disk(disk, m);
    faulty_disk_remove(disk);
    sim_note("%s is gone for good", m->name);
    sim_truth_after_loss(m);
}

/* ---- starting and stopping */

static int open_hub(struct machine *m, struct error *err)
{
    struct net_server_config config = {.admit = hub_enrolment_admit};
    int rc = hub_open(&m->hub, m->folder, HUB_SERVE, err);

    if (rc != 0)
        return rc;
    wire_codec_free(&m->hub->codec);
    m->hub->codec = wire_codec_new(sim.compress);
    config.key = m->hub->keys.curve;
    config.who = m->hub;
    for (size_t i = 0; i < NET_LANES; i++)
        config.address[i] = addresses[i];
    if ((rc = net_server_open(&m->hub->server, &config, err)) != 0)
        return rc;
    return hub_turn_new(&m->hub_turn, m->hub, err);
}

static int open_node(struct machine *m, struct error *err)
{
    int rc = node_open(&m->node, m->folder, NODE_SERVE, err);

    if (rc != 0)
        return rc;
    wire_codec_free(&m->node->codec);
    m->node->codec = wire_codec_new(sim.compress);
    return node_turn_new(&m->node_turn, m->node, NULL, err);
}

static void close_program(struct machine *m)
{
    if (m->hub != NULL) {
        hub_turn_free(&m->hub_turn);
        net_server_close(&m->hub->server);
        hub_close(&m->hub);
    }
    if (m->node != NULL) {
        node_turn_free(&m->node_turn);
        node_close(&m->node);
    }
}

bool sim_start(struct machine *m)
{
    struct machine *before = sim.at;
    struct error err = {""};
    char disk[64];
    int rc;

    if (m->power != POWER_OFF)
        return m->power == POWER_ON;
    if (faulty_disk_is_off(sim_disk(disk, m)))
        faulty_disk_boot(disk);
    sim.at = m;
    rc = m->is_hub ? open_hub(m, &err) : open_node(m, &err);
    sim.at = before;
    m->start_at = NEVER;
    if (rc != 0) {
        sim_note("%s does not start: %s", m->name, err.text);
        close_program(m);
        if (!db_code_is_world(rc) || rc == ERR_DAMAGED)
            sim_fail("%s does not start: %s", m->name, err.text);
        m->start_at = sim_now + 5000;
        return false;
    }
    m->power = POWER_ON;
    m->turn_at = m->started_ms = sim_now;
    sim_note("%s serves", m->name);
    sim_referral_changed();
    sim_truth_crashed(m);
    return true;
}

/* Its program ends; its disk may have died before it. */
static void program_dies(struct machine *m, bool silently)
{
    struct machine *before = sim.at;

    sim.at = m;
    sim_wire_died(m, silently);
    close_program(m);
    sim.at = before;
    sim_people_lost(m);
    m->power = POWER_OFF;
    m->turn_at = NEVER;
    m->start_at = sim_now + 200 + sim_below(20000);
}

void sim_stop(struct machine *m, enum stop how)
{
    char disk[64];

    if (m->power != POWER_ON)
        return;
    faulty_disk_crash(sim_disk(disk, m),
                      how == STOP_KILL ? DISK_KEEP : DISK_ANY);
    sim_note("%s %s", m->name, how == STOP_KILL ? "is killed" : "loses power");
    if (how == STOP_KILL) {
        sim_counts.kills++;
    } else {
        sim_counts.power_cuts++;
        m->booted_ms = sim_now;
    }
    program_dies(m, how == STOP_POWER);
    if (how == STOP_POWER)
        sim_media_power_cut(m);
    faulty_disk_boot(disk);
}

/* ---- looking into a machine that may be off */

static void mend_disk(const char *disk)
{
    for (int what = 0; what < DISK_WHATS; what++)
        faulty_disk_fail(disk, (enum faulty_disk_what)what, 0, 0);
    faulty_disk_full(disk, false);
    faulty_disk_crash_after(disk, 0, DISK_DROP);
}

struct ledger *sim_open_ledger(struct machine *m)
{
    struct machine *before = sim.at;
    struct error err = {""};
    char disk[64];
    int rc;

    if (m->power != POWER_ON) {
        if (faulty_disk_is_off(sim_disk(disk, m)))
            faulty_disk_boot(disk);
        mend_disk(disk); /* whoever looks has hands of his own */
        sim.at = m;
        rc = m->is_hub ? hub_open(&m->hub, m->folder, HUB_COMMAND, &err)
                       : node_open(&m->node, m->folder, NODE_COMMAND, &err);
        sim.at = before;
        if (rc != 0)
            sim_fail("%s cannot be read: %s", m->name, err.text);
    }
    return m->is_hub ? m->hub->ledger : m->node->ledger;
}

void sim_close_ledger(struct machine *m)
{
    char disk[64];

    if (m->power == POWER_ON)
        return;
    hub_close(&m->hub);
    node_close(&m->node);
    faulty_disk_full(sim_disk(disk, m), m->disk_full);
}

/* ---- joining */

static char *ask_token(const char *slug)
{
    char args[200];
    struct json *out;
    char *token = NULL;

    (void)snprintf(args, sizeof args, "{\"unit\":\"%s\"}", slug);
    out = sim_ask(sim.hub, "node.invite", args);
    if (out != NULL && json_get_text(out, "token") != NULL)
        token = mem_text(json_get_text(out, "token"));
    json_free(&out);
    return token;
}

static bool join_with(struct machine *m, const char *token)
{
    struct machine *before = sim.at;
    struct node_joined joined;
    struct error err = {""};
    int rc;

    sim.at = m;
    rc = node_join(&joined, m->folder, token, &err);
    if (rc == 0)
        rc = node_join_shown(m->folder, &err);
    sim.at = before;
    if (rc != 0)
        sim_note("%s does not join: %s", m->name, err.text);
    else
        memcpy(m->unit, joined.unit, sizeof m->unit);
    return rc == 0;
}

/* The same token again while there is no answer, as people would; then a new
 * one. */
static bool join(struct machine *m)
{
    char *token = NULL;
    bool joined = false;

    for (int i = 0; i < JOIN_TRIES && !joined; i++) {
        if (i % 4 == 0) {
            mem_free(&token);
            token = ask_token(m->slug);
        }
        if (token == NULL)
            sim_run(5000);
        else
            joined = join_with(m, token);
    }
    mem_free(&token);
    return joined;
}

struct machine *sim_join(const char *slug, const char *name)
{
    struct machine *m = new_machine(name, slug);

    m->wall_offset_ms = 0;
    m->behind = true;
    if (!join(m)) {
        m->power = POWER_GONE;
        sim_note("%s has not joined", name);
        return NULL;
    }
    sim_note("%s has joined", name);
    sim_truth_new_disk(m, NULL);
    (void)sim_start(m);
    return m;
}

bool sim_rejoin(struct machine *m)
{
    sim_stop(m, STOP_KILL);
    m->start_at = NEVER;
    if (!join(m))
        return false;
    sim_note("%s has joined again", m->name);
    m->start_at = sim_now;
    return true;
}

struct machine *sim_replace(struct machine *old, const char *name, bool burnt)
{
    char slug[SIM_NAME];

    memcpy(slug, old->slug, sizeof slug);
    if (burnt) {
        sim_destroy(old);
    } else {
        sim_stop(old, STOP_KILL);
        old->start_at = NEVER;
        old->retired = true;
        old->retired_ms = sim_now;
        sim_note("%s is taken out of use", old->name);
    }
    return sim_join(slug, name);
}

void sim_world_make(void)
{
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct machine *m = new_machine("hub", "");
    struct error err = {""};

    m->is_hub = true;
    sim.hub = sim.at = m;
    if (hub_set_up(m->folder, "Quảng Điền",
                   LIENXA_SOURCE_DIR "/tests/sim/scenarios/roster.csv", first,
                   second, &err) != 0)
        sim_fail("no hub: %s", err.text);
    sim.at = NULL;
    sim_truth_new_disk(m, NULL);
    if (!sim_start(m))
        sim_fail("the hub does not start");
}

/* ---- turns */

static void forget_asked(struct control_server *desk)
{
    for (size_t i = 0; i < desk->next; i++)
        buf_free(&desk->requests[i].text);
    desk->count -= desk->next;
    if (desk->next > 0)
        memmove(desk->requests, desk->requests + desk->next,
                desk->count * sizeof *desk->requests);
    desk->next = 0;
}

static void check_spin(const struct machine *m)
{
    static const struct machine *last;
    static int64_t when;
    static int spins;

    spins = last == m && when == sim_now ? spins + 1 : 0;
    last = m;
    when = sim_now;
    if (spins > SPIN_MOST)
        sim_fail("%s has one turn after the other and time stands still",
                 m->name);
}

static void run_turn(struct machine *m)
{
    struct machine *before = sim.at;
    char disk[64];
    int wait_ms;

    sim.at = m;
    m->slow = sim_chance(20);
    check_spin(m);
    sim_counts.turns++;
    if (m->is_hub)
        hub_turn_run(m->hub_turn, &m->desk);
    else
        node_turn_run(m->node_turn, &m->desk);
    m->slow = false;
    faulty_disk_fail(sim_disk(disk, m), DISK_READ, 0, 0); /* we read too */
    wait_ms = m->is_hub ? hub_turn_wait_ms(m->hub_turn)
                        : node_turn_wait_ms(m->node_turn);
    m->turn_at = sim_now + wait_ms;
    sim.at = before;
    forget_asked(&m->desk);
    if (faulty_disk_is_off(sim_disk(disk, m))) {
        sim_note("%s lost power within a turn", m->name);
        sim_counts.power_cuts++;
        m->booted_ms = sim_now;
        program_dies(m, true);
        sim_media_power_cut(m);
        return;
    }
    sim_truth_turn(m);
    sim_hours_turn(m);
    sim_check_turn(m);
    sim_referral_check();
}

static int64_t due_at(const struct machine *m)
{
    if (m->power == POWER_OFF)
        return m->start_at;
    if (m->power != POWER_ON)
        return NEVER;
    if (m->desk.count > 0 || sim_wire_waits(m))
        return sim_now;
    return m->turn_at;
}

bool sim_step(int64_t until)
{
    int64_t at = sim_wire_next();
    size_t first = sim_below((uint32_t)sim.machine_count);
    struct machine *who = NULL;

    if (at < sim_now)
        at = sim_now;
    for (size_t i = 0; i < sim.machine_count && at > sim_now; i++) {
        struct machine *m = &sim.machines[(first + i) % sim.machine_count];
        int64_t due = due_at(m);

        if (due < at) {
            at = due;
            who = m;
        }
    }
    if (at == NEVER || at > until)
        return false;
    if (at > sim_now)
        sim_now = at;
    if (who == NULL)
        sim_wire_step();
    else if (who->power == POWER_OFF)
        (void)sim_start(who);
    else
        run_turn(who);
    return true;
}

void sim_run(int64_t ms)
{
    int64_t until = sim_now + ms;

    while (sim_step(until))
        ;
    if (sim_now < until)
        sim_now = until;
}
