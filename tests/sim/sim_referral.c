/* tests/sim/sim_referral.c - whose each report is that was ever passed on, and
 * what is left of those that were erased.
 *
 * At all times at most one commune, or the district, may decide about a report.
 * Each machine that runs is asked what it holds, by the function that the
 * programs use themselves (common/domain/referral.h). The one excuse: a machine
 * that was set back, copied or is new, and was not even with the hub since,
 * lacks a version of its own record that the other one has. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/peer/handover.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

static const struct hash_function hash_function = {crypto_sha256};

struct key {
    char home[LIMIT_HOME];
    struct id report;
};

struct keys {
    struct key *items;
    size_t count, room;
};

static struct keys passed, erased;
static bool changed;

static bool remember(struct keys *keys, const char *home,
                     const struct id *report)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->items[i].home, home) == 0 &&
            id_equal(&keys->items[i].report, report))
            return false;
    if (keys->count == keys->room) {
        keys->room = keys->room == 0 ? 32 : keys->room * 2;
        keys->items = mem_grow(keys->items, keys->room, sizeof *keys->items);
    }
    memset(&keys->items[keys->count], 0, sizeof *keys->items);
    memcpy(keys->items[keys->count].home, home, LIMIT_HOME);
    keys->items[keys->count++].report = *report;
    return true;
}

void sim_referral_see(const struct change *change)
{
    struct referral_fact fact;

    changed = true;
    if (change->header.kind == KIND_REFERRAL &&
        wire_referral_decode(&fact, change->part[PART_FACT].bytes, NULL) == 0)
        (void)remember(&passed, fact.report_home, &fact.report);
}

void sim_referral_changed(void) { changed = true; }

/* ---- what one machine holds of one */

static struct ledger *ledger_of(const struct machine *m)
{
    return m->is_hub ? m->hub->ledger : m->node->ledger;
}

static const char *home_of(const struct machine *m)
{
    return m->is_hub ? m->hub->keys.home : m->node->keys.unit;
}

/* Its program runs and its database can be read. */
static bool can_be_asked(const struct machine *m)
{
    const struct db *db;

    if (m->power != POWER_ON)
        return false;
    db =
        m->is_hub ? hub_store_db(m->hub->store) : node_store_db(m->node->store);
    return db_is_open(db) && !db_is_suspect(db);
}

static void look(const struct machine *m, const struct key *key,
                 struct handover *out)
{
    char disk[64];

    faulty_disk_fail(sim_disk(disk, m), DISK_READ, 0, 0); /* we read too */
    if (handover_look(ledger_of(m), &hash_function, key->home, &key->report,
                      out) != 0)
        sim_fail("%s cannot be read", m->name);
}

static bool is_sender(const struct machine *m, const struct key *key)
{
    return strcmp(home_of(m), key->home) == 0;
}

/* May it decide about the report, by what it holds? */
static bool decides(const struct machine *m, const struct key *key,
                    const struct handover *h)
{
    if (is_sender(m, key))
        return referral_may_act(h->stage, REFERRAL_SENDER) &&
               ledger_record(ledger_of(m), key->home, &key->report, NULL, NULL,
                             NULL) == 0;
    return h->offered && strcmp(h->offer.to, home_of(m)) == 0 &&
           referral_may_act(h->stage, REFERRAL_RECEIVER);
}

/* ---- at all times */

/* It lacks a version of its own record, or what its record is about. */
static bool is_excused(const struct machine *m, const struct key *key,
                       const struct handover *mine,
                       const struct handover *theirs)
{
    if (!m->behind)
        return false;
    if (is_sender(m, key))
        return mine->offer_version < theirs->offer_version;
    return mine->offer_version != theirs->offer_version ||
           strcmp(mine->offer.to, theirs->offer.to) != 0 ||
           mine->continuation_version < theirs->continuation_version ||
           /* answered before, and otherwise: a conflict that both will have */
           (mine->continuation_version == theirs->continuation_version &&
            mine->answer.answer != theirs->answer.answer);
}

static void check_pair(const struct machine *one, const struct machine *other,
                       const struct key *key, const struct handover *a,
                       const struct handover *b)
{
    char id[ID_TEXT_BYTES];

    if (strcmp(home_of(one), home_of(other)) == 0 ||
        is_excused(one, key, a, b) || is_excused(other, key, b, a))
        return;
    sim_fail("%s (%s, offer %llu) and %s (%s, offer %llu) both decide about "
             "report %s of %s",
             one->name, referral_stage_text(a->stage),
             (unsigned long long)a->offer.offer, other->name,
             referral_stage_text(b->stage), (unsigned long long)b->offer.offer,
             id_text(id, &key->report), key->home);
}

static void check_one(const struct key *key)
{
    const struct machine *who[SIM_MACHINES];
    struct handover held[SIM_MACHINES];
    size_t count = 0;

    for (size_t i = 0; i < sim.machine_count; i++) {
        const struct machine *m = &sim.machines[i];

        if (m->retired || m->revoked || !can_be_asked(m))
            continue;
        look(m, key, &held[count]);
        if (decides(m, key, &held[count]))
            who[count++] = m;
        else
            handover_free(&held[count]);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            check_pair(who[i], who[j], key, &held[i], &held[j]);
    for (size_t i = 0; i < count; i++)
        handover_free(&held[i]);
}

/* A replaced machine that runs hands over what the other one never saw. */
static bool runs_beside(const struct machine *m)
{
    for (size_t i = 0; i < sim.machine_count; i++)
        if (&sim.machines[i] != m && sim.machines[i].power == POWER_ON &&
            strcmp(sim.machines[i].slug, m->slug) == 0)
            return true;
    return false;
}

/* Two machines of one unit can be behind each other at any time. */
static void look_who_is_even(void)
{
    bool any = false;

    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];

        if (m->is_hub || m->retired || m->power == POWER_GONE)
            continue;
        m->behind = m->behind || runs_beside(m);
        if (m->behind && sim_machines_of(m->slug) == 1 && !runs_beside(m) &&
            can_be_asked(m) && can_be_asked(sim.hub) && sim_is_even(m)) {
            m->behind = false;
            changed = true;
        }
        any = any || m->behind;
    }
    sim.hub->behind = sim.hub->behind && any;
}

void sim_referral_check(void)
{
    if (passed.count == 0)
        return;
    look_who_is_even();
    if (!changed)
        return;
    changed = false;
    for (size_t i = 0; i < passed.count; i++)
        check_one(&passed.items[i]);
}

/* ---- in the end */

static bool is_same(const struct handover *a, const struct handover *b)
{
    return a->offered == b->offered && a->offer_version == b->offer_version &&
           strcmp(a->offer.to, b->offer.to) == 0 &&
           a->offer.offer == b->offer.offer && a->stage == b->stage &&
           a->continuation_version == b->continuation_version;
}

/* The sender and the one whom the offer names hold what the hub holds; to
 * anybody else it is not. */
static void check_agrees(const struct machine *m, const struct key *key,
                         const struct handover *hub)
{
    struct handover h;
    char id[ID_TEXT_BYTES];

    look(m, key, &h);
    if ((is_sender(m, key) || strcmp(hub->offer.to, home_of(m)) == 0)
            ? !is_same(&h, hub)
            : decides(m, key, &h))
        sim_fail("report %s of %s: %s says %s (offer %llu, version %llu, "
                 "answer %llu), the hub %s (%llu, %llu, %llu)",
                 id_text(id, &key->report), key->home, m->name,
                 referral_stage_text(h.stage),
                 (unsigned long long)h.offer.offer,
                 (unsigned long long)h.offer_version,
                 (unsigned long long)h.continuation_version,
                 referral_stage_text(hub->stage),
                 (unsigned long long)hub->offer.offer,
                 (unsigned long long)hub->offer_version,
                 (unsigned long long)hub->continuation_version);
    handover_free(&h);
}

void sim_referral_check_end(void)
{
    for (size_t i = 0; i < passed.count; i++) {
        struct handover hub;

        check_one(&passed.items[i]);
        look(sim.hub, &passed.items[i], &hub);
        for (size_t j = 0; j < sim.machine_count; j++) {
            const struct machine *m = &sim.machines[j];

            if (!m->is_hub && !m->retired && m->power == POWER_ON)
                check_agrees(m, &passed.items[i], &hub);
        }
        handover_free(&hub);
    }
}

/* ---- what was erased */

bool sim_erased(const char *home, const struct id *report)
{
    return remember(&erased, home, report);
}

bool sim_is_erased(const char *home, const struct id *report)
{
    for (size_t i = 0; i < erased.count; i++)
        if (strcmp(erased.items[i].home, home) == 0 &&
            id_equal(&erased.items[i].report, report))
            return true;
    return false;
}

static void look_for(const char *path, const struct buf *content,
                     const struct key *key)
{
    char word[SIM_WORD], id[ID_TEXT_BYTES];

    (void)sim_word(word, &key->report);
    if (content->size > 0 &&
        memmem(content->data, content->size, word, strlen(word)) != NULL)
        sim_fail("report %s was erased, and %s still has its words",
                 id_text(id, &key->report), path);
}

/* A replaced machine may never have heard of it. */
static void check_disk(const struct machine *m)
{
    static const char *const ends[] = {"", "-wal", "-journal"};
    const char *name = m->is_hub ? "hub.db" : "node.db";

    (void)db_checkpoint(m->is_hub ? hub_store_db(m->hub->store)
                                  : node_store_db(m->node->store));
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct buf content = {0};
        char path[128];

        (void)snprintf(path, sizeof path, "/%s/%s%s", m->folder, name, ends[i]);
        (void)faulty_disk_read(path, &content);
        for (size_t e = 0; e < erased.count; e++) {
            const struct key *key = &erased.items[e];
            struct record_row row;

            /* or the tombstone was lost with the only disk that had it */
            if (ledger_record(sim.hub->hub->ledger, key->home, &key->report,
                              &row, NULL, NULL) == 0 &&
                row.final)
                look_for(path, &content, key);
        }
        buf_free(&content);
    }
}

void sim_erased_check_end(void)
{
    for (size_t i = 0; erased.count > 0 && i < sim.machine_count; i++)
        if (!sim.machines[i].retired && sim.machines[i].power == POWER_ON)
            check_disk(&sim.machines[i]);
}
