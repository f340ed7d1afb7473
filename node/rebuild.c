/* node/rebuild.c - see rebuild.h. */
#include "node/rebuild.h"

#include <stdio.h>
#include <unistd.h>

#include "common/base/file.h"
#include "node/node.h"
#include "node/reading.h"

enum { ALARM_REBUILT = 144 };

static bool head_good(void *who, const struct stream_name *name,
                      const struct stream_position *at,
                      struct bytes signed_head)
{
    return node_reading_head_good(who, name, at, signed_head);
}

static int finish(struct node *node, const struct salvage_counts *n,
                  struct error *err)
{
    int rc = node_begin(node);

    node->mode = NODE_COMMAND;
    node_desk_again(node);
    node_alarm(node, ALARM_REBUILT,
               "this machine's database was damaged and was read into a new "
               "one: %llu changes are here, %llu were lost (what the district "
               "holds of them comes back by itself), %llu rows beside them "
               "were lost. The disk that did this does it again: have it "
               "looked at, then clear this alarm",
               (unsigned long long)n->changes,
               (unsigned long long)n->changes_lost,
               (unsigned long long)n->rows_lost);
    if (rc == 0)
        rc = node_commit(node, err);
    if (rc != 0)
        node_rollback(node);
    return rc;
}

/* The tables beside the ledger: opening a node needs them. */
static int copy_tables(struct salvage *salvage, const char *path,
                       struct error *err)
{
    char name[SALVAGE_PATH_BYTES];
    struct node_store *store = NULL;
    int rc;

    (void)snprintf(name, sizeof name, "%s" SALVAGE_NEW, path);
    rc = node_store_open(&store, name, DB_WRITE, err);
    if (rc == 0)
        rc = salvage_tables(salvage, node_store_db(store), err);
    node_store_close(&store);
    return rc;
}

static int move_changes(struct salvage *salvage, const char *folder,
                        struct error *err)
{
    struct stream_name names[3];
    struct salvage_plan plan = {
        .names = names, .count = 3, .head_good = head_good};
    struct node *node = NULL;
    int rc = node_open(&node, folder, NODE_REBUILD, err);

    if (rc != 0)
        return rc;
    names[0] = node->up;
    names[1] = node->all;
    names[2] = node->orders;
    plan.own = node->keys.unit;
    plan.who = node;
    rc = ledger_salvage(node->ledger, salvage, &plan, err);
    if (rc == 0)
        rc = finish(node, salvage_counted(salvage), err);
    node_close(&node);
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

int node_rebuild(const char *folder, void (*say)(void *who, const char *line),
                 struct salvage_counts *out, char aside[SALVAGE_PATH_BYTES],
                 struct error *err)
{
    char path[4200], lock_path[4200];
    struct salvage *salvage = NULL;
    int lock, rc;

    (void)snprintf(path, sizeof path, "%s/node.db", folder);
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
