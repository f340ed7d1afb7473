/* node/repair.c - what the node asks its hub for when something rotted, and
 * what it tells the office. */
#include "node/repair.h"

#include <string.h>

#include "common/base/log.h"
#include "node/uplink.h"

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

static void tell_damaged(struct node *node)
{
    struct ledger_damage first = {.change = 0};
    char id[ID_TEXT_BYTES];

    (void)ledger_damage_list(node->ledger, first_one, &first);
    node_alarm(node, ALARM_DAMAGED,
               "%llu change(s) damaged on this machine's disk (the first: "
               "record %s, version %llu). They are fetched again from the "
               "district as soon as there is a line, and put right by "
               "themselves. Nothing to do now; a disk that does this does it "
               "again: have it looked at",
               (unsigned long long)node->repair.damaged,
               id_text(id, &first.record), (unsigned long long)first.version);
}

static int tell(struct node *node)
{
    struct repair *r = &node->repair;
    int rc = 0;

    if (!r->changed)
        return 0;
    r->changed = false;
    if (r->broken)
        node_alarm(node, ALARM_BROKEN,
                   "a part of this machine's database cannot be read: %s. Stop "
                   "the node, type `lienxa-node repair` and start it again: "
                   "what can be read goes into a new file, the damaged one is "
                   "kept, and what is lost comes again from the district",
                   db_reason(node_store_db(node->store)));
    if (r->damaged > 0) {
        tell_damaged(node);
        return 0;
    }
    if (r->mended > 0) {
        node_desk_again(node);
        rc = node_store_clear_alarms(node->store, ALARM_DAMAGED, node->wall_ms);
        node_alarm(node, ALARM_MENDED,
                   "%llu change(s) were damaged on this machine's disk; they "
                   "were fetched again and are right (`lienxa-node verify` "
                   "shows it). Clear this alarm when the disk has been looked "
                   "at",
                   (unsigned long long)r->mended);
    }
    return rc;
}

/* ---- asking */

static int ask(struct node *node)
{
    struct repair *r = &node->repair;
    int rc = 0;

    if (node_uplink_online(node->uplink) &&
        (rc = repair_gather(r, node->ledger, NULL, NULL)) == 0 &&
        r->count > 0) {
        log_info("damage.asked", "count=%zu", r->count);
        if (node_uplink_ask(node->uplink, r->refs, r->count))
            rc = repair_asked(r, node->ledger, node->wall_ms);
    }
    repair_done(r, node->ledger, node->mono_ms);
    return rc;
}

/* The hub did not have it. Of our own stream it is lost; of the hub's we take
 * the whole end again. */
static int give_up(struct node *node)
{
    struct stream_name name;
    uint64_t seq, lost = 0;
    int rc;

    if (!repair_stuck(node->ledger, node->wall_ms, &name, &seq))
        return 0;
    if (!stream_name_equal(&name, &node->up)) {
        rc = ledger_detach(node->ledger, &name, seq - 1);
    } else {
        rc = ledger_damage_leave(node->ledger, &name,
                                 node->wall_ms - REPAIR_PATIENCE_MS + 1, &lost);
        if (rc == 0 && lost > 0)
            node_alarm(node, ALARM_LOST,
                       "%llu changes of ours are damaged on this machine's "
                       "disk, and the district does not have them either: "
                       "`lienxa-node verify` names them. Enter them again if "
                       "somebody remembers; everything else goes on",
                       (unsigned long long)lost);
    }
    if (rc == 0)
        node_uplink_again(node->uplink);
    return rc;
}

/* ---- the vault's objects */

static int ask_objects(struct node *node, bool *there)
{
    struct early_ref refs[LIMIT_VAULT_OBJECTS];
    size_t count;
    int rc = wanted_gather(&node->repair.objects, node->ledger, node->keys.unit,
                           refs, &count);

    *there =
        rc == 0 && count > 0 && node_uplink_want(node->uplink, refs, count);
    return rc;
}

static int keep_objects(struct node *node)
{
    struct wanted_objects *w = &node->repair.objects;
    struct buf text = {0};
    int rc;

    if (!w->changed)
        return 0;
    wanted_text(w, &text);
    rc = node_store_set(node->store, "vault_damaged", buf_text(&text));
    buf_free(&text);
    if (rc == 0 && w->count == 0)
        rc = node_store_clear_alarms(node->store, ALARM_OBJECTS, node->wall_ms);
    else if (rc == 0)
        node_alarm(
            node, ALARM_OBJECTS,
            "%llu vault object(s) that wait here for the recovery shares are "
            "damaged on this machine's disk: the district is asked for them "
            "again. A disk that does this does it again: have it looked at",
            (unsigned long long)w->count);
    w->changed = rc != 0;
    return rc;
}

static void read_objects(struct node *node)
{
    struct wanted_objects *w = &node->repair.objects;

    if (!w->read)
        wanted_read(w, node_store_setting(node->store, "vault_damaged"));
    w->read = true;
}

static int tend_objects(struct node *node)
{
    struct wanted_objects *w = &node->repair.objects;
    bool there = false;
    int rc;

    if (node->mono_ms < w->due_ms)
        return 0;
    read_objects(node);
    if ((rc = wanted_scrub(w, node->ledger)) == 0 &&
        (rc = wanted_settle(w, node->ledger)) == 0)
        rc = ask_objects(node, &there);
    wanted_asked(w, there, node->mono_ms);
    if (rc == ERR_DAMAGED) /* the file: said by repair_look */
        rc = 0;
    return rc == 0 ? keep_objects(node) : rc;
}

void node_repair_object(struct node *node, int64_t change)
{
    read_objects(node);
    wanted_add(&node->repair.objects, change);
    node->repair.objects.due_ms = 0;
}

/* "12 15 ": the objects of these changes. */
static int note_objects(struct node *node, const char *rows, int64_t *damaged)
{
    struct wanted_objects *w = &node->repair.objects;
    int rc;

    if (rows == NULL)
        return 0;
    read_objects(node);
    wanted_read(w, rows);
    w->due_ms = 0;
    if ((rc = wanted_settle(w, node->ledger)) != 0)
        return rc;
    *damaged += (int64_t)w->count;
    return keep_objects(node);
}

int node_repair_work(struct node *node)
{
    struct repair *r = &node->repair;
    int rc = repair_look(r, node->ledger, node->mono_ms);

    if (rc == 0 && repair_is_due(r, node->ledger, node->mono_ms))
        rc = ask(node);
    if (rc == 0)
        rc = give_up(node);
    if (rc == 0)
        rc = tend_objects(node);
    return rc == 0 ? tell(node) : rc;
}

/* ---- the command */

int node_repair_note(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    int64_t damaged, mended;
    int rc = repair_note_rows(node->ledger, json_get_text(args, "rows"),
                              &damaged, &mended, err);

    if (rc == 0)
        rc = note_objects(node, json_get_text(args, "objects"), &damaged);
    if (rc != 0)
        return rc;
    json_set_i64(out, "damaged", damaged);
    json_set_i64(out, "mended", mended);
    node->repair.ask_ms = 0;
    return 0;
}
