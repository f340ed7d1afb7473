/* hub/api.c - the table of what the pages read, and the two paths that every
 * page needs. */
#include "hub/api.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/web/catalogue.h"
#include "hub/board.h"

const struct web_route hub_api_routes[] = {
    {"/api/catalogue", hub_api_catalogue, false},
    {"/api/status", hub_api_status, false},
    {0}};

struct hub *hub_api_of(const struct web_call *call)
{
    return ((struct hub_api *)call->data)->hub;
}

int hub_api_open(void **data, const char *folder, struct error *err)
{
    struct hub_api *api = mem_new(sizeof *api);
    int rc;

    if ((rc = hub_open(&api->hub, folder, HUB_WEB, err)) != 0 ||
        (rc = accounts_open(&api->accounts, hub_store_db(api->hub->store),
                            err)) != 0) {
        hub_close(&api->hub);
        mem_free(&api);
        return rc;
    }
    *data = api;
    return 0;
}

void hub_api_close(void **data)
{
    struct hub_api *api = *data;

    accounts_close(&api->accounts);
    hub_close(&api->hub);
    mem_free(&api);
    *data = NULL;
}

void hub_api_about(void *data, struct json *out)
{
    const struct hub_api *api = data;

    json_set_text(out, "name", hub_store_setting(api->hub->store, "name"));
    json_set_text(out, "unit", "district");
}

/* ---- /api/status: whose this is, when, and how the communes' lines are */

static int add_alarm(void *who, const struct alarm_row *row)
{
    json_add_text(who, row->text);
    return 0;
}

/* The latest sign of life of any commune, and how many ever gave one. */
static void set_lines(struct hub *hub, struct json *out)
{
    char text[CLOCK_TEXT_BYTES];
    int64_t latest = 0, heard = 0;

    for (size_t i = 0; i < hub->roster.count; i++) {
        struct contact contact;

        if (hub_store_contact(hub->store, hub->roster.units[i].key, &contact) !=
            0)
            continue;
        heard++;
        if (contact.last_seen_ms > latest)
            latest = contact.last_seen_ms;
    }
    json_set_i64(out, "units", (int64_t)hub->roster.count);
    json_set_i64(out, "heard", heard);
    json_set_text(out, "last_seen",
                  latest == 0 ? NULL : clock_text(text, latest));
}

int hub_api_status(struct web_call *call, struct buf *out, struct error *err)
{
    struct hub *hub = hub_api_of(call);
    struct json *status = json_object_new(), *alarms = json_array_new();
    const char *web;
    char text[CLOCK_TEXT_BYTES];

    (void)err;
    json_set_text(status, "name", hub_store_setting(hub->store, "name"));
    json_set_text(status, "now", clock_text(text, call->now_ms));
    json_set_flag(status, "online", call->core_up);
    set_lines(hub, status);
    web = hub_store_setting(hub->store, "web");
    json_set_text(status, "web", *web == '\0' ? NULL : web);
    (void)hub_store_alarms(hub->store, NULL, add_alarm, alarms);
    json_set(status, "alarms", alarms);
    return web_give(out, status);
}

/* ---- /api/catalogue: the words of the domain, the communes, their villages */

static struct json *units(const struct hub *hub)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct json *one = json_object_new();

        json_set_text(one, "unit", unit->key);
        json_set_text(one, "slug", unit->slug);
        json_set_text(one, "name", unit->name);
        json_set_text(one, "phone", unit->phone);
        json_add(list, one);
    }
    return list;
}

/* Those that reports of the last year name. */
static struct json *villages(struct hub *hub, int64_t now_ms)
{
    enum { DAYS = 366 };
    int32_t today = clock_day(now_ms);
    struct board_question question = {
        .now_ms = now_ms, .from = today - DAYS, .to = today, .category = -1};
    struct board_figures figures = {0};
    struct json *list = json_array_new();

    if (hub_board_read(hub, &question, &figures) == 0)
        for (size_t i = 0; i < figures.village_count; i++) {
            const struct board_village *village = &figures.villages[i];
            struct json *one = json_object_new();

            json_set_text(one, "unit", ledger_word(hub->ledger, village->home));
            json_set_text(one, "village",
                          ledger_word(hub->ledger, village->village));
            json_add(list, one);
        }
    hub_board_figures_free(&figures);
    return list;
}

int hub_api_catalogue(struct web_call *call, struct buf *out, struct error *err)
{
    struct hub *hub = hub_api_of(call);
    struct json *value = json_object_new();

    (void)err;
    web_catalogue(value);
    json_set(value, "units", units(hub));
    json_set(value, "villages", villages(hub, call->now_ms));
    return web_give(out, value);
}
