/* hub/api.c - joins what the pages read (hub/api_reads.h) to the web. */
#include "hub/api.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "hub/api_reads.h"
#include "hub/certificates.h"

static const struct hash_function hash_function = {crypto_sha256};

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
                            &hash_function, err)) != 0) {
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

struct accounts *hub_api_accounts(void *data)
{
    return ((struct hub_api *)data)->accounts;
}

void hub_api_about(void *data, struct json *out)
{
    const struct hub_api *api = data;

    json_set_text(out, "name", hub_store_setting(api->hub->store, "name"));
    json_set_text(out, "unit", "district");
}

/* ---- the reads (hub/api_reads.h) */

static const char *parameter(void *who, const char *name)
{
    return web_query(who, name);
}

static int read_one(struct web_call *call, struct buf *out, struct error *err)
{
    struct hub_query q = {.get = parameter,
                          .who = call,
                          .role = call->session->role,
                          .rest = call->rest != NULL ? call->rest : "",
                          .core_up = call->core_up,
                          .now_ms = call->now_ms};
    const char *asked = http_path(call->request);
    size_t length = strlen(asked) - strlen(q.rest);
    char path[64];

    if (length >= sizeof path)
        return error_set(err, ERR_MISSING, "there is nothing here");
    memcpy(path, asked, length);
    path[length] = '\0';
    return hub_api_answer(hub_api_of(call), path, &q, out, err);
}

/* What stands on an invitation: by which a browser comes to trust the pages. */
static int read_authority(struct web_call *call, struct buf *out,
                          struct error *err)
{
    struct json *shown = json_object_new(), *value = json_object_new();
    int rc = hub_certificates_show(hub_api_of(call)->folder, shown, err);

    if (rc == 0)
        json_set(value, "authority", json_take(shown, "authority"));
    else
        json_free(&value);
    json_free(&shown);
    return rc == 0 ? web_give(out, value) : rc;
}

const struct web_route hub_api_routes[] = {
    {"/api/alarms", read_one, false},
    {"/api/alerts", read_one, false},
    {"/api/alerts/", read_one, false},
    {"/api/audit", read_one, false},
    {"/api/authority", read_authority, false},
    {"/api/board", read_one, false},
    {"/api/catalogue", read_one, false},
    {"/api/closings", read_one, false},
    {"/api/directory", read_one, false},
    {"/api/invites", read_one, false},
    {"/api/notices", read_one, false},
    {"/api/notices/", read_one, false},
    {"/api/procedures", read_one, false},
    {"/api/nodes", read_one, false},
    {"/api/quarantine", read_one, false},
    {"/api/referrals", read_one, false},
    {"/api/reports", read_one, false},
    {"/api/reports/", read_one, false},
    {"/api/stats", read_one, false},
    {"/api/status", read_one, false},
    {"/api/users", read_one, false},
    {"/api/disclosures", read_one, false},
    {0}};
