/* hub/repair.c - whom the hub asks for what rotted, and what it tells. */
#include "hub/repair.h"

#include <string.h>

#include "common/base/log.h"
#include "hub/exchange.h"

enum {
    ALARM_DAMAGED = 140,
    ALARM_MENDED = 141,
    ALARM_LOST = 142,
    ALARM_BROKEN = 143,
    ALARM_OBJECTS = 145
};

/* ---- words */

static int first_one(void *who, const struct ledger_damage *d)
{
    *(struct ledger_damage *)who = *d;
    return 1;
}

static void tell_damaged(struct hub *hub)
{
    struct ledger_damage first = {.change = 0};
    char id[ID_TEXT_BYTES];

    (void)ledger_damage_list(hub->ledger, first_one, &first);
    hub_alarm(hub, "", ALARM_DAMAGED,
              "%llu change(s) damaged on this hub's disk (the first: record "
              "%s of %s, version %llu). They are asked for again from the "
              "communes' machines and put right by themselves; no figure "
              "changes. Nothing to do now; a disk that does this does it "
              "again: have it looked at",
              (unsigned long long)hub->repair.damaged,
              id_text(id, &first.record), hub_unit_name(hub, first.home),
              (unsigned long long)first.version);
}

static int tell(struct hub *hub)
{
    struct repair *r = &hub->repair;
    int rc = 0;

    if (!r->changed)
        return 0;
    r->changed = false;
    if (r->broken)
        hub_alarm(hub, "", ALARM_BROKEN,
                  "a part of this hub's database cannot be read: %s. Stop the "
                  "hub, type `lienxa-hub repair` and start it again: what can "
                  "be read goes into a new file, the damaged one is kept, and "
                  "what is lost comes again from the communes' machines",
                  db_reason(hub_store_db(hub->store)));
    if (r->damaged > 0) {
        tell_damaged(hub);
        return 0;
    }
    if (r->mended > 0) {
        rc =
            hub_store_clear_alarms(hub->store, "", ALARM_DAMAGED, hub->wall_ms);
        hub_alarm(hub, "", ALARM_MENDED,
                  "%llu change(s) were damaged on this hub's disk; they were "
                  "fetched again and are right (`lienxa-hub verify` shows it). "
                  "Clear this alarm when the disk has been looked at",
                  (unsigned long long)r->mended);
    }
    return rc;
}

/* ---- asking */

/* The home's own machine for what it wrote; every machine for what is ours. */
static int ask(struct hub *hub)
{
    struct repair *r = &hub->repair;
    int rc = 0;

    for (size_t i = 0; i < hub->roster.count && rc == 0; i++) {
        const char *unit = hub->roster.units[i].key;

        if (!hub_exchange_online(hub->exchange, unit) ||
            (rc = repair_gather(r, hub->ledger, unit, hub->keys.home)) != 0 ||
            r->count == 0)
            continue;
        log_info("damage.asked", "unit=%s count=%zu", hub_unit_name(hub, unit),
                 r->count);
        if (hub_exchange_ask(hub->exchange, unit, r->refs, r->count))
            rc = repair_asked(r, hub->ledger, hub->wall_ms);
    }
    repair_done(r, hub->ledger, hub->mono_ms);
    return rc;
}

/* ---- what nobody has */

static void greet_again(struct hub *hub, const char *home)
{
    for (size_t i = 0; i < hub->roster.count; i++) {
        const char *unit = hub->roster.units[i].key;

        if (strcmp(home, unit) == 0 || strcmp(home, hub->keys.home) == 0)
            hub_exchange_cut(hub->exchange, unit);
    }
}

static int give_up(struct hub *hub)
{
    struct stream_name name;
    uint64_t seq, lost = 0;
    int rc = 0;

    if (!repair_stuck(hub->ledger, hub->wall_ms, &name, &seq))
        return 0;
    rc = ledger_damage_leave(hub->ledger, &name,
                             hub->wall_ms - REPAIR_PATIENCE_MS + 1, &lost);
    if (rc != 0 || lost == 0)
        return rc;
    hub_alarm(hub, "", ALARM_LOST,
              "%llu changes of %s are damaged on this hub's disk (from "
              "position %llu of %s on), and no machine that called has them. "
              "The others go on without them; ask the office what it knows. "
              "`lienxa-hub verify` names them",
              (unsigned long long)lost, hub_unit_name(hub, name.home),
              (unsigned long long)seq, name.channel);
    greet_again(hub, name.home);
    return 0;
}

/* ---- the vault's objects */

/* Each unit's machine for what it locked; `*anybody`: one of them was there. */
static int ask_objects(struct hub *hub, bool *anybody)
{
    struct early_ref refs[LIMIT_VAULT_OBJECTS];
    size_t count;
    int rc = 0;

    for (size_t i = 0; i < hub->roster.count && rc == 0; i++) {
        const char *unit = hub->roster.units[i].key;

        if (!hub_exchange_online(hub->exchange, unit))
            continue;
        rc = wanted_gather(&hub->repair.objects, hub->ledger, unit, refs,
                           &count);
        if (rc == 0 && count > 0 &&
            hub_exchange_want(hub->exchange, unit, refs, count))
            *anybody = true;
    }
    return rc;
}

static int keep_objects(struct hub *hub)
{
    struct wanted_objects *w = &hub->repair.objects;
    struct buf text = {0};
    int rc;

    if (!w->changed)
        return 0;
    wanted_text(w, &text);
    rc = hub_store_set(hub->store, "vault_damaged", buf_text(&text));
    buf_free(&text);
    if (rc == 0 && w->count == 0)
        rc =
            hub_store_clear_alarms(hub->store, "", ALARM_OBJECTS, hub->wall_ms);
    else if (rc == 0)
        hub_alarm(
            hub, "", ALARM_OBJECTS,
            "%llu vault object(s) of the communes are damaged on this hub's "
            "disk: the machines that locked them are asked again. No figure "
            "changes; a disk that does this does it again: have it looked at",
            (unsigned long long)w->count);
    w->changed = rc != 0;
    return rc;
}

static void read_objects(struct hub *hub)
{
    struct wanted_objects *w = &hub->repair.objects;

    if (!w->read)
        wanted_read(w, hub_store_setting(hub->store, "vault_damaged"));
    w->read = true;
}

static int tend_objects(struct hub *hub)
{
    struct wanted_objects *w = &hub->repair.objects;
    bool anybody = false;
    int rc;

    if (hub->mono_ms < w->due_ms)
        return 0;
    read_objects(hub);
    if ((rc = wanted_scrub(w, hub->ledger)) == 0 &&
        (rc = wanted_settle(w, hub->ledger)) == 0)
        rc = ask_objects(hub, &anybody);
    wanted_asked(w, anybody, hub->mono_ms);
    if (rc == ERR_DAMAGED) /* the file: said by repair_look */
        rc = 0;
    return rc == 0 ? keep_objects(hub) : rc;
}

void hub_repair_object(struct hub *hub, int64_t change)
{
    read_objects(hub);
    wanted_add(&hub->repair.objects, change);
    hub->repair.objects.due_ms = 0;
}

/* "12 15 ": the objects of these changes. */
static int note_objects(struct hub *hub, const char *rows, int64_t *damaged)
{
    struct wanted_objects *w = &hub->repair.objects;
    int rc;

    if (rows == NULL)
        return 0;
    read_objects(hub);
    wanted_read(w, rows);
    w->due_ms = 0;
    if ((rc = wanted_settle(w, hub->ledger)) != 0)
        return rc;
    *damaged += (int64_t)w->count;
    return keep_objects(hub);
}

int hub_repair_work(struct hub *hub)
{
    struct repair *r = &hub->repair;
    int rc = repair_look(r, hub->ledger, hub->mono_ms);

    if (rc == 0 && repair_is_due(r, hub->ledger, hub->mono_ms))
        rc = ask(hub);
    if (rc == 0)
        rc = give_up(hub);
    if (rc == 0)
        rc = tend_objects(hub);
    return rc == 0 ? tell(hub) : rc;
}

/* ---- the command */

int hub_repair_note(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err)
{
    int64_t damaged, mended;
    int rc = repair_note_rows(hub->ledger, json_get_text(args, "rows"),
                              &damaged, &mended, err);

    if (rc == 0)
        rc = note_objects(hub, json_get_text(args, "objects"), &damaged);
    if (rc != 0)
        return rc;
    json_set_i64(out, "damaged", damaged);
    json_set_i64(out, "mended", mended);
    hub->repair.ask_ms = 0;
    return 0;
}
