/* hub/rebuild.c - see rebuild.h. */
#include "hub/rebuild.h"

#include <stdio.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "hub/hub.h"
#include "hub/reading.h"

enum { ALARM_REBUILT = 144 };

/* Every stream there may be here. Owned. */
static struct stream_name *all_names(const struct hub *hub, size_t *count)
{
    struct stream_name *names =
        mem_array(2 * hub->roster.count + 1, sizeof *names);

    *count = 0;
    names[(*count)++] = hub->all;
    for (size_t i = 0; i < hub->roster.count; i++) {
        const char *unit = hub->roster.units[i].key;

        names[(*count)++] = stream_name_make(unit, STREAM_UP);
        names[(*count)++] = hub_unit_channel(hub, unit);
    }
    return names;
}

static bool head_good(void *who, const struct stream_name *name,
                      const struct stream_position *at,
                      struct bytes signed_head)
{
    return hub_reading_head_good(who, name, at, signed_head);
}

/* Of ours something may be gone: as after a restore, what comes is of a new
 * epoch. And people are told. */
static int finish(struct hub *hub, const struct salvage_counts *n,
                  struct error *err)
{
    int rc = hub_begin(hub);

    hub->mode = HUB_COMMAND;
    if (rc == 0 && n->own_hole)
        rc = hub_new_epoch(hub, &hub->all, err);
    hub_alarm(hub, "", ALARM_REBUILT,
              "this hub's database was damaged and was read into a new one: "
              "%llu changes are here, %llu were lost (what the communes' "
              "machines hold of them comes back by itself), %llu rows beside "
              "them were lost. The disk that did this does it again: have it "
              "looked at, then clear this alarm",
              (unsigned long long)n->changes,
              (unsigned long long)n->changes_lost,
              (unsigned long long)n->rows_lost);
    if (rc == 0)
        rc = hub_commit(hub, err);
    if (rc != 0)
        hub_rollback(hub);
    return rc;
}

/* The tables beside the ledger: opening a hub needs them. */
static int copy_tables(struct salvage *salvage, const char *path,
                       struct error *err)
{
    char name[SALVAGE_PATH_BYTES];
    struct hub_store *store = NULL;
    int rc;

    (void)snprintf(name, sizeof name, "%s" SALVAGE_NEW, path);
    rc = hub_store_open(&store, name, DB_WRITE, err);
    if (rc == 0)
        rc = salvage_tables(salvage, hub_store_db(store), err);
    hub_store_close(&store);
    return rc;
}

static int move_changes(struct salvage *salvage, const char *folder,
                        struct error *err)
{
    struct salvage_plan plan = {.closes_up = true, .head_good = head_good};
    struct stream_name *names;
    struct hub *hub = NULL;
    int rc = hub_open(&hub, folder, HUB_REBUILD, err);

    if (rc != 0)
        return rc;
    names = all_names(hub, &plan.count);
    plan.own = hub->keys.home;
    plan.names = names;
    plan.who = hub;
    rc = ledger_salvage(hub->ledger, salvage, &plan, err);
    if (rc == 0)
        rc = finish(hub, salvage_counted(salvage), err);
    hub_close(&hub);
    mem_free(&names);
    return rc;
}

static int rebuild_locked(const char *folder, const char *path,
                          struct salvage *salvage,
                          char aside[SALVAGE_PATH_BYTES], struct error *err)
{
    int rc = copy_tables(salvage, path, err);

    if (rc == 0)
        rc = move_changes(salvage, folder, err);
    return rc != 0 ? rc : salvage_put(path, aside, err);
}

int hub_rebuild(const char *folder, void (*say)(void *who, const char *line),
                struct salvage_counts *out, char aside[SALVAGE_PATH_BYTES],
                struct error *err)
{
    char path[4200], lock_path[4200];
    struct salvage *salvage = NULL;
    int lock, rc;

    (void)snprintf(path, sizeof path, "%s/hub.db", folder);
    (void)snprintf(lock_path, sizeof lock_path, "%s/lock", folder);
    if ((lock = file_lock(lock_path, err)) < 0)
        return lock;
    salvage_clear(path);
    rc = salvage_open(&salvage, path, say, NULL, err);
    if (rc == 0)
        rc = rebuild_locked(folder, path, salvage, aside, err);
    if (salvage != NULL)
        *out = *salvage_counted(salvage);
    salvage_close(&salvage);
    if (rc != 0)
        salvage_clear(path);
    (void)close(lock);
    return rc;
}
