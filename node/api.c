/* node/api.c - the table of what the pages read, and the words they choose
 * from. */
#include "node/api.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/web/catalogue.h"
#include "node/disclosure.h"
#include "node/read.h"
#include "node/units.h"

const struct web_route node_api_routes[] = {
    {"/api/alarms", node_api_read, false},
    {"/api/alerts", node_api_read, false},
    {"/api/audit", node_api_read, false},
    {"/api/catalogue", node_api_catalogue, false},
    {"/api/directory", node_api_read, false},
    {"/api/disclosures", node_api_read, false},
    {"/api/notices", node_api_read, false},
    {"/api/notices/", node_api_read, false},
    {"/api/procedures", node_api_read, false},
    {"/api/referrals", node_api_read, false},
    {"/api/reports", node_api_read, false},
    {"/api/reports/", node_api_read, false},
    {"/api/sent", node_api_read, false},
    {"/api/status", node_api_read, false},
    {"/api/users", node_api_read, false},
    {0}};

static const struct hash_function hash_function = {crypto_sha256};

struct node *node_api_of(const struct web_call *call)
{
    return ((struct node_api *)call->data)->node;
}

int node_api_open(void **data, const char *folder, struct error *err)
{
    struct node_api *api = mem_new(sizeof *api);
    int rc;

    if ((rc = node_open(&api->node, folder, NODE_WEB, err)) != 0 ||
        (rc = accounts_open(&api->accounts, node_store_db(api->node->store),
                            &hash_function, err)) != 0) {
        node_close(&api->node);
        mem_free(&api);
        return rc;
    }
    *data = api;
    return 0;
}

void node_api_close(void **data)
{
    struct node_api *api = *data;

    accounts_close(&api->accounts);
    node_close(&api->node);
    mem_free(&api);
    *data = NULL;
}

struct accounts *node_api_accounts(void *data)
{
    return ((struct node_api *)data)->accounts;
}

void node_api_about(void *data, struct json *out)
{
    const struct node_api *api = data;

    json_set_text(out, "name", api->node->keys.unit_name);
    json_set_text(out, "unit", api->node->keys.unit_slug);
}

int node_api_keys(void *data, const char *user, const char *password,
                  struct json *keys, struct error *err)
{
    const struct node_api *api = data;

    return node_disclosure_keys(api->node, user, password, keys, err);
}

/* ---- what node/read.h makes, asked for by a page */

static const char *get(void *who, const char *name)
{
    return web_query(who, name);
}

/* The path as it stands in the table: without the part that comes behind it. */
static const char *route_of(const char *path)
{
    const struct node_read_route *route = node_read_routes;

    for (; route->path != NULL; route++) {
        size_t size = strlen(route->path);

        if (strcmp(route->path, path) == 0 ||
            (route->path[size - 1] == '/' &&
             strncmp(route->path, path, size) == 0))
            return route->path;
    }
    return path;
}

int node_api_read(struct web_call *call, struct buf *out, struct error *err)
{
    const struct node_api *api = call->data;
    const struct node_query q = {.get = get,
                                 .who = call,
                                 .role = call->session->role,
                                 .rest = call->rest,
                                 .accounts = api->accounts,
                                 .core_up = call->core_up,
                                 .now_ms = call->now_ms};

    return node_read(api->node, route_of(http_path(call->request)), &q, out,
                     err);
}

/* ---- /api/catalogue: the words of the domain, villages and other communes */

static int add_unit(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct unit_fact unit;
    struct json *one;

    if (entry == NULL ||
        wire_unit_decode(&unit, entry->change.part[PART_FACT].bytes, NULL) !=
            0 ||
        strcmp(unit.unit, row->home) == 0) /* the district itself */
        return 0;
    one = json_object_new();
    json_set_text(one, "unit", unit.unit);
    json_set_text(one, "slug", unit.slug);
    json_set_text(one, "name", unit.name);
    json_add(who, one);
    return 0;
}

struct village_list {
    const char *seen[512]; /* borrowed; a commune has some dozens */
    size_t count;
};

static int add_village(void *who, const struct axes *axes, int64_t count)
{
    struct village_list *list = who;

    (void)count;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->seen[i], axes->village_text) == 0)
            return 0;
    if (axes->village_text[0] != '\0' &&
        list->count < sizeof list->seen / sizeof *list->seen)
        list->seen[list->count++] = axes->village_text;
    return 0;
}

/* Those that reports of the last year name. */
static struct json *villages(struct node *node, int64_t now_ms)
{
    enum { DAYS = 366 };
    struct village_list *list = mem_new(sizeof *list);
    struct json *out = json_array_new();
    int32_t today = clock_day(now_ms);

    (void)ledger_figures(node->ledger, today - DAYS, today + 1, add_village,
                         list);
    for (size_t i = 0; i < list->count; i++)
        json_add_text(out, list->seen[i]);
    mem_free(&list);
    return out;
}

int node_api_catalogue(struct web_call *call, struct buf *out,
                       struct error *err)
{
    struct node *node = node_api_of(call);
    struct json *value = json_object_new(), *units = json_array_new();

    (void)err;
    web_catalogue(value);
    (void)ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, add_unit,
                         units);
    json_set(value, "units", units);
    json_set(value, "villages", villages(node, call->now_ms));
    return web_give(out, value);
}
