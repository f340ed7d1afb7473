/* tests/sim/sim_check.c - what must hold at all times, and in the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "hub/alerts.h"
#include "hub/reading.h"
#include "node/alerts.h"
#include "node/reading.h"
#include "node/uplink.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum {
    FRAMES_MOST = 5000,
    BYTES_MOST = 24 << 20,
    SETTLED_LOOK_MS = 2000,
    REBASE_PAUSE_MS = 60000 /* PROTOCOL 7.5 */
};

/* ---- after every turn */

static void check_clear(struct bytes bytes)
{
    if (memmem(bytes.data, bytes.size, "CANARY", 6) != NULL)
        sim_fail("a sender's name leaves the commune in clear");
}

static void check_change(const struct change *change)
{
    for (int i = 0; i < PART_COUNT; i++)
        if (change->part[i].form == PART_WHOLE)
            check_clear(change->part[i].bytes);
}

/* Also within what is compressed. */
void sim_check_wire(struct bytes frame)
{
    static struct wire_codec *codec;
    struct sync_message m;

    check_clear(frame);
    if (codec == NULL)
        codec = wire_codec_new(false);
    if (wire_decode(codec, &m, frame, NULL) != 0)
        return;
    if (m.type == MSG_EARLY)
        check_change(&m.early.change);
    for (size_t i = 0; m.type == MSG_BATCH && i < m.batch.count; i++)
        check_change(&m.batch.changes[i]);
}

/* A hub lends a certificate its copy once a minute (twins have the same one); a
 * hub that has started anew does not know when it did last. */
void sim_check_rebase(const struct machine *m)
{
    static struct lent {
        uint8_t key[CURVE_BYTES];
        int64_t since, count; /* of this start of the hub */
    } lent[4 * SIM_MACHINES];
    const uint8_t *key = m->node->keys.curve.public_key;
    static const uint8_t none[CURVE_BYTES];
    struct lent *l = lent;

    sim_counts.rebases++;
    while (memcmp(l->key, none, sizeof none) != 0 &&
           memcmp(l->key, key, sizeof l->key) != 0)
        l++;
    memcpy(l->key, key, sizeof l->key);
    if (l->since != sim.hub->started_ms) {
        l->since = sim.hub->started_ms;
        l->count = 0;
    }
    if (++l->count > 2 + (sim_now - l->since) / REBASE_PAUSE_MS)
        sim_fail("%s rebases for the %lldth time in %lld s", m->name,
                 (long long)l->count, (long long)(sim_now - l->since) / 1000);
}

/* Welcomed although the hub's directory says that it is not the present
 * machine. */
void sim_check_welcome(const struct machine *m)
{
    const struct node_key *key;

    if (!m->retired || sim.hub->hub == NULL || sim_counts.hub_rewinds > 0 ||
        m->started_ms < m->retired_ms ||
        sim_session_state(m->node) == SYNC_DRAINING)
        return;
    key = hub_registry_find(sim.hub->hub->registry,
                            m->node->keys.curve.public_key);
    if (key != NULL && key->state != NODE_ENROLLED)
        sim_fail("%s was replaced, and the hub converses with it", m->name);
}

void sim_check_turn(struct machine *m)
{
    struct db *db =
        m->is_hub ? hub_store_db(m->hub->store) : node_store_db(m->node->store);
    struct sim_memory memory =
        m->is_hub ? sim_memory_hub(m->hub) : sim_memory_node(m->node);

    if (db_in_transaction(db))
        sim_fail("%s ends its turn within a transaction", m->name);
    if (memory.frames > FRAMES_MOST || memory.bytes > BYTES_MOST)
        sim_fail("%s keeps %zu bytes and %zu frames in memory", m->name,
                 memory.bytes, memory.frames);
}

void sim_check_verify(struct machine *m)
{
    struct machine *before = sim.at;
    struct error err = {""};
    int rc;

    (void)sim_open_ledger(m);
    sim.at = m;
    rc = m->is_hub ? hub_reading_verify(m->hub, &err)
                   : node_reading_verify(m->node, &err);
    sim.at = before;
    if (rc != 0)
        sim_fail("verify at %s: %s", m->name, err.text);
    sim_close_ledger(m);
    sim_counts.checks++;
}

/* ---- alarms */

struct wanted {
    const char *words;
    bool found;
};

static int see_hub_alarm(void *who, const struct alarm_row *row)
{
    struct wanted *w = who;

    w->found = w->found || strstr(row->text, w->words) != NULL;
    return 0;
}

static int see_node_alarm(void *who, int64_t id, int code, const char *text,
                          int64_t since_ms)
{
    struct wanted *w = who;

    (void)id;
    (void)code;
    (void)since_ms;
    w->found = w->found || strstr(text, w->words) != NULL;
    return 0;
}

bool sim_has_alarm(struct machine *m, const char *words)
{
    struct wanted w = {words, false};

    (void)sim_open_ledger(m);
    if (m->is_hub)
        (void)hub_store_alarms(m->hub->store, NULL, see_hub_alarm, &w);
    else
        (void)node_store_alarms(m->node->store, see_node_alarm, &w);
    sim_close_ledger(m);
    return w.found;
}

/* ---- is everything said? */

static bool same_stream(struct ledger *one, struct ledger *other,
                        const struct stream_name *name)
{
    struct ledger_stream a, b;

    return ledger_stream(one, &a, name, true) == 0 &&
           ledger_stream(other, &b, name, false) == 0 &&
           a.head.seq == b.head.seq && hash_equal(&a.head.h, &b.head.h);
}

struct early {
    bool found;
    struct change_header header;
};

/* Incarnations that were handed back stay early for good: PROTOCOL 3.4. */
static int one_early(void *who, const struct entry *entry)
{
    struct early *e = who;

    if (entry->change.header.kind == KIND_INCARNATION)
        return 0;
    e->found = true;
    e->header = entry->change.header;
    return 1;
}

static const char *early_at(struct ledger *l, const char *home)
{
    static char text[160];
    struct early e = {.found = false};

    (void)ledger_read_early(l, home, one_early, &e);
    if (!e.found)
        return NULL;
    (void)snprintf(text, sizeof text,
                   "version %llu of a record of %s, kind %u, outside of any "
                   "stream",
                   (unsigned long long)e.header.version, home, e.header.kind);
    return text;
}

static const char *node_unsettled(struct machine *m)
{
    struct ledger *hub = sim.hub->hub->ledger, *l;
    const char *early;
    struct ledger_stream up;

    if (m->power != POWER_ON)
        return "off";
    l = m->node->ledger;
    if (!node_uplink_online(m->node->uplink))
        return "not in conversation";
    if (ledger_stream(l, &up, &m->node->up, true) != 0)
        return "without a stream";
    if (up.acked != up.head.seq)
        return "not acknowledged";
    if (!same_stream(l, hub, &m->node->up))
        return "ahead of the hub's copy";
    if (!same_stream(hub, l, &m->node->all))
        return "without all of the hub's channel";
    if (!same_stream(hub, l, &m->node->orders))
        return "without all of its own channel";
    if ((early = early_at(l, m->node->keys.hub)) != NULL ||
        (early = early_at(hub, m->unit)) != NULL)
        return early;
    if (ledger_expedited_waiting(l, &m->node->up) > 0)
        return "waiting with urgent copies";
    return m->desk.count > 0 ? "asked something" : sim_vault_waits(m);
}

bool sim_is_even(struct machine *node)
{
    return sim.hub->power == POWER_ON && node_unsettled(node) == NULL;
}

unsigned sim_machines_of(const char *slug)
{
    unsigned count = 0;

    for (size_t i = 0; i < sim.machine_count; i++)
        count += !sim.machines[i].is_hub && !sim.machines[i].retired &&
                 sim.machines[i].power != POWER_GONE &&
                 strcmp(sim.machines[i].slug, slug) == 0;
    return count;
}

/* A replaced machine has handed over what only it had. */
static const char *old_unsettled(struct machine *m)
{
    if (m->power != POWER_ON)
        return "replaced, and off";
    return strtoll(node_store_setting(m->node->store, "drained"), NULL, 10) == 0
               ? "replaced, and not drained"
               : NULL;
}

bool sim_is_settled(const char **why)
{
    static char text[300];

    *why = text;
    (void)snprintf(text, sizeof text, "the hub is off");
    if (sim.hub->power != POWER_ON)
        return false;
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];
        const char *what;

        if (m->is_hub || m->revoked || m->power == POWER_GONE ||
            (!m->retired && sim_live(m->slug) != m))
            continue;
        what = m->retired ? old_unsettled(m) : node_unsettled(m);
        if (what == NULL && !m->retired)
            what = sim_media_waits(m);
        if (what != NULL) {
            (void)snprintf(text, sizeof text, "%s: %s", m->name, what);
            return false;
        }
    }
    (void)snprintf(text, sizeof text, "the hub waits for files");
    return sim_media_waits(sim.hub) == NULL;
}

/* ---- healing */

static void heal_machine(struct machine *m)
{
    char disk[64];

    (void)sim_disk(disk, m);
    for (int what = 0; what < DISK_WHATS; what++)
        faulty_disk_fail(disk, (enum faulty_disk_what)what, 0, 0);
    m->disk_full = false;
    faulty_disk_full(disk, false);
    faulty_disk_readonly(disk, false);
    faulty_disk_crash_after(disk, 0, DISK_DROP);
    if (m->cut_up || m->cut_down) {
        m->cut_up = m->cut_down = false;
        sim_wire_cut(m, false);
    }
    m->rate = 0;
    if (m->power == POWER_OFF && !m->revoked && m->start_at == INT64_MAX)
        m->start_at = sim_now + 1000;
}

void sim_heal(void)
{
    sim.loss = sim.twice = 0;
    sim.delay_least = 1;
    sim.delay_most = 30;
    for (size_t i = 0; i < sim.machine_count; i++)
        if (sim.machines[i].power != POWER_GONE)
            heal_machine(&sim.machines[i]);
    sim_wire_clean();
    sim_hours_open();
}

static void wait_settled(int64_t limit_ms)
{
    int64_t began = sim_now;
    const char *why = "";

    while (!sim_is_settled(&why)) {
        if (sim_now - began > limit_ms)
            sim_fail("not settled after %lld s without any fault: %s",
                     (long long)limit_ms / 1000, why);
        sim_run(SETTLED_LOOK_MS);
    }
}

void sim_settle(int64_t limit_ms)
{
    int64_t began = sim_now;

    sim_heal();
    sim_media_heal();
    wait_settled(limit_ms);
    for (int i = 0; i < 3 && sim_media_again(); i++)
        wait_settled(limit_ms);
    sim_note("settled after %lld ms", (long long)(sim_now - began));
    sim_counts.settle_ms += (uint64_t)(sim_now - began);
    if ((uint64_t)(sim_now - began) > sim_counts.longest_settle_ms)
        sim_counts.longest_settle_ms = (uint64_t)(sim_now - began);
}

/* ---- the end: state, figures, alerts, names */

struct state_list {
    struct buf lines;
    uint64_t count, counted;
};

static int add_state(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct state_list *list = who;

    list->count++;
    buf_add(&list->lines, &row->id, sizeof row->id);
    buf_add_u64(&list->lines, row->version);
    if (entry != NULL)
        buf_add(&list->lines, &entry->digest, sizeof entry->digest);
    return 0;
}

/* Newest row first: the order of arrival may differ, so sorted by id. */
static int compare_states(const void *a, const void *b)
{
    return memcmp(a, b, 16 + 8 + 32);
}

static void states_of(struct ledger *l, const char *unit,
                      struct state_list *out)
{
    memset(out, 0, sizeof *out);
    if (ledger_records(l, KIND_REPORT, unit, add_state, out) != 0)
        sim_fail("the reports cannot be read");
    if (out->lines.size > 0)
        qsort(out->lines.data, out->lines.size / 56, 56, compare_states);
}

uint64_t sim_reports_in(struct ledger *l, const char *home)
{
    struct state_list list;

    states_of(l, home, &list);
    buf_free(&list.lines);
    return list.count;
}

static void check_states(struct machine *m)
{
    struct state_list here, there;

    states_of(m->node->ledger, m->unit, &here);
    states_of(sim.hub->hub->ledger, m->unit, &there);
    if (!bytes_equal(buf_bytes(&here.lines), buf_bytes(&there.lines)))
        sim_fail("%s and the hub do not agree on the state of its reports "
                 "(%llu here, %llu there)",
                 m->name, (unsigned long long)here.count,
                 (unsigned long long)there.count);
    if (there.count != sim_truth_reports(m->unit))
        sim_fail("the hub counts %llu reports of %s, there are %llu",
                 (unsigned long long)there.count, m->name,
                 (unsigned long long)sim_truth_reports(m->unit));
    buf_free(&here.lines);
    buf_free(&there.lines);
}

static int add_cell(void *who, const struct axes *axes, int64_t count)
{
    (void)axes;
    *(int64_t *)who += count;
    return 0;
}

static void check_total(void)
{
    int64_t total = 0;

    if (ledger_figures(sim.hub->hub->ledger, 0, 131071, add_cell, &total) != 0)
        sim_fail("the figures cannot be read");
    if ((uint64_t)total != sim_truth_counted())
        sim_fail("the figures say %lld reports, there are %llu",
                 (long long)total, (unsigned long long)sim_truth_counted());
}

struct at_node {
    struct machine *machine;
    const char *key; /* of the unit */
    uint64_t seen;
};

static bool is_for(const char *audience, const char *unit)
{
    return audience == NULL || audience[0] == '\0' ||
           strstr(audience, unit) != NULL;
}

static int see_alert(void *who, const struct alert_row *row)
{
    struct at_node *at = who;
    struct node_alert alert;
    char id[ID_TEXT_BYTES];

    if (node_store_alert(at->machine->node->store, &row->id, &alert) != 0)
        sim_fail("%s does not have alert %s", at->machine->name,
                 id_text(id, &row->id));
    if (alert.for_us != is_for(row->audience, at->key))
        sim_fail("%s takes alert %s for %s", at->machine->name,
                 id_text(id, &row->id),
                 alert.for_us ? "its own" : "somebody else's");
    if (alert.replaced != row->replaced)
        sim_fail("alert %s is %s at %s and not at the hub",
                 id_text(id, &row->id), alert.replaced ? "over" : "alive",
                 at->machine->name);
    at->seen++;
    return 0;
}

struct receipt_check {
    const char *unit;
    bool found;
};

static int see_receipt(void *who, const struct receipt_row *row)
{
    struct receipt_check *c = who;

    if (strcmp(row->unit, c->unit) == 0 && row->stored_ms > 0)
        c->found = true;
    return 0;
}

static int need_receipt(void *who, const struct alert_row *row)
{
    struct at_node *at = who;
    struct receipt_check c = {at->key, false};
    char id[ID_TEXT_BYTES];

    if (!is_for(row->audience, at->key))
        return 0;
    (void)hub_store_receipts(sim.hub->hub->store, &row->id, see_receipt, &c);
    if (!c.found)
        sim_fail("the hub has no receipt of %s for alert %s", at->machine->name,
                 id_text(id, &row->id));
    return 0;
}

/* Rows first, questions to the same store after. */
struct rows {
    struct alert_row list[512];
    char *audiences[512];
    size_t count;
};

static int keep_row(void *who, const struct alert_row *row)
{
    struct rows *rows = who;

    if (rows->count == 512)
        return 1;
    rows->list[rows->count] = *row;
    rows->audiences[rows->count] = mem_text(row->audience);
    rows->list[rows->count].audience = rows->audiences[rows->count];
    rows->count++;
    return 0;
}

static void check_alerts(struct machine *m)
{
    struct at_node at = {m, m->unit, 0};
    struct rows *rows = mem_new(sizeof *rows);

    (void)hub_store_alerts(sim.hub->hub->store, keep_row, rows);
    for (size_t i = 0; i < rows->count; i++) {
        (void)see_alert(&at, &rows->list[i]);
        (void)need_receipt(&at, &rows->list[i]);
        mem_free(&rows->audiences[i]);
    }
    mem_free(&rows);
}

static void check_names(struct machine *m)
{
    static const char *const files[] = {"hub.db", "hub.db-wal", "node.db",
                                        "node.db-wal"};

    for (size_t i = 0; i < 4; i++) {
        struct buf content = {0};
        char path[128];

        (void)snprintf(path, sizeof path, "/%s/%s", m->folder, files[i]);
        if (faulty_disk_read(path, &content) && content.size > 0 &&
            memmem(content.data, content.size, "CANARY", 6) != NULL)
            sim_fail("%s holds a sender's name in clear", path);
        buf_free(&content);
    }
}

/* (epoch, number) names an alert: no two have the same, also when the hub's
 * disk was set back between them, once a node has told it so. */
struct numbers {
    uint64_t list[512][2];
    size_t count;
};

static int see_number(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct numbers *n = who;
    struct signed_bytes blob;
    struct alert alert;

    (void)row;
    wire_arena_clear(sim.hub->hub->arena);
    if (entry == NULL || n->count == 512 ||
        wire_signed_decode(&blob, entry->change.part[PART_FACT].bytes) != 0 ||
        wire_alert_decode(&alert, sim.hub->hub->arena, blob.body, NULL) != 0)
        return 0;
    for (size_t i = 0; i < n->count; i++)
        if (n->list[i][0] == alert.epoch && n->list[i][1] == alert.number)
            sim_fail("two alerts have number %llu of epoch %llu",
                     (unsigned long long)alert.number,
                     (unsigned long long)alert.epoch);
    n->list[n->count][0] = alert.epoch;
    n->list[n->count++][1] = alert.number;
    return 0;
}

void sim_check_numbers(void)
{
    struct numbers n = {.count = 0};

    if (ledger_records(sim.hub->hub->ledger, KIND_ALERT,
                       sim.hub->hub->keys.home, see_number, &n) != 0)
        sim_fail("the alerts cannot be read");
}

void sim_check_end(void)
{
    sim_truth_check_end();
    if (sim_counts.hub_rewinds == 0)
        sim_check_numbers();
    check_total();
    sim_referral_check_end();
    sim_erased_check_end();
    sim_closings_check_end();
    sim_media_check_end();
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];

        if (m->power == POWER_GONE)
            continue;
        check_names(m);
        if (m->retired || (!m->is_hub && sim_live(m->slug) != m))
            continue;
        sim_check_verify(m);
        if (m->is_hub)
            continue;
        check_states(m);
        check_alerts(m);
        sim_vault_check(m);
        if (ledger_quarantine_count(m->node->ledger) > 0)
            sim_fail("%s has something in quarantine", m->name);
    }
    if (ledger_quarantine_count(sim.hub->hub->ledger) > 0)
        sim_fail("the hub has something in quarantine");
}
