/* common/web/core.c - asking the core over DATA/web.sock. */
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/web/inside.h"

struct web_core {
    const struct web *web;
    struct control_client *client; /* NULL: not connected */
};

struct web_core *web_core_new(const struct web *web)
{
    struct web_core *core = mem_new(sizeof *core);

    core->web = web;
    return core;
}

void web_core_free(struct web_core **core)
{
    if (*core == NULL)
        return;
    control_client_close(&(*core)->client);
    mem_free(core);
}

void web_new_id(char out[ID_TEXT_BYTES])
{
    uint8_t random[10];
    struct id id;

    random_bytes(random, sizeof random);
    id = id_make(clock_wall_ms(), random);
    (void)id_text(out, &id);
}

static struct buf ask_text(const struct web_ask *ask)
{
    struct json *request = json_object_new();
    char made[ID_TEXT_BYTES];
    struct buf out = {0};

    if (ask->id == NULL)
        web_new_id(made);
    json_set_text(request, "id", ask->id == NULL ? made : ask->id);
    json_set_text(request, "command", ask->command);
    if (ask->session != NULL)
        json_set_text(request, "session", ask->session);
    json_set_text(request, "from", ask->from == NULL ? "web" : ask->from);
    json_set(request, "args",
             ask->args == NULL ? json_object_new() : ask->args);
    json_write(&out, request);
    json_free(&request);
    return out;
}

static int ask_once(struct web_core *core, struct bytes request,
                    struct buf *reply, int64_t limit_ms)
{
    char path[4200];
    int rc;

    (void)snprintf(path, sizeof path, "%s/web.sock", core->web->folder);
    if (core->client == NULL &&
        (rc = control_client_open(&core->client, path, NULL)) != 0)
        return rc;
    rc = control_call(core->client, request, reply, limit_ms, NULL);
    if (rc != 0)
        control_client_close(&core->client);
    return rc;
}

struct json *web_core_ask(struct web_core *core, const struct web_ask *ask)
{
    struct buf request = ask_text(ask), reply = {0};
    bool had = core->client != NULL;
    struct json *answer = NULL;
    int rc = ask_once(core, buf_bytes(&request), &reply, ask->limit_ms);

    /* the core was started anew since the last question */
    if (rc == ERR_IO && had)
        rc = ask_once(core, buf_bytes(&request), &reply, ask->limit_ms);
    if (rc == 0)
        answer = json_parse(buf_bytes(&reply), NULL);
    buf_wipe(&request);
    buf_wipe(&reply);
    return answer;
}

void *web_core_open(void *web) { return web_core_new(web); }

void web_core_close(void *web, void *core)
{
    struct web_core *c = core;

    (void)web;
    web_core_free(&c);
}
