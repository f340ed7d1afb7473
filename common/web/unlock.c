/* common/web/unlock.c - in the slow lane: a password as typed becomes the keys
 * that a command brings to the core (web_program.keys). The core never sees the
 * password; the page never sees the keys. */
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/web/inside.h"

static const struct {
    const char *path, *command;
    const char *given, *subject; /* what the page and the command call it */
} unlocks[] = {
    {"/api/disclosure/open", "disclosure.open", "disclosure", "id"},
    {"/api/disclosure/approve", "disclosure.approve", "disclosure",
     "disclosure"},
    {"/api/original/open", "original.open", "report", "report"},
};
/* What a page may say beside it, as it is. */
static const char *const more[] = {"number", "reason"};
enum { UNLOCKS = sizeof unlocks / sizeof *unlocks };

static size_t find(const char *path)
{
    size_t i = 0;

    while (i < UNLOCKS && strcmp(unlocks[i].path, path) != 0)
        i++;
    return i;
}

bool web_is_unlock(const struct web *web, const char *path)
{
    return web->program->keys != NULL && find(path) < UNLOCKS;
}

/* 0, or answered already: a session that lives, its code given. */
static int find_user(struct web *web, struct http_request *request, void *data,
                     struct web_session *out)
{
    int rc = web_find_session(web, data, request, out);

    if (rc != 0)
        web_refuse(request, "login", "log in first");
    else if (out->needs_code)
        web_refuse(request, "code", "the code first");
    return rc != 0 || out->needs_code ? ERR_REFUSED : 0;
}

/* The array of keys, owned; NULL: answered already. */
static struct json *make_keys(struct web *web, struct http_request *request,
                              const char *password)
{
    struct json *keys = json_array_new();
    struct web_session session;
    struct error err = {""};
    void *data = NULL;
    int rc;

    if (web->program->open(&data, web->folder, &err) != 0) {
        log_warn("web.database", "reason=\"%s\"", err.text);
        web_refuse(request, "core", "the database cannot be read: see the log");
        json_free(&keys);
        return NULL;
    }
    rc = find_user(web, request, data, &session);
    if (rc == 0 && (rc = web->program->keys(data, session.user, password, keys,
                                            &err)) != 0)
        web_refuse(request, rc == ERR_MISSING ? "refused" : "busy", err.text);
    web->program->close(&data);
    if (rc != 0)
        json_free(&keys);
    return rc == 0 ? keys : NULL;
}

void web_unlock(struct web *web, struct web_core *core,
                struct http_request *request)
{
    size_t which = find(http_path(request));
    struct json *body = web_body(request, WEB_FORM_LIMIT);
    const char *password = json_get_text(body, "password");
    const char *subject =
        which == UNLOCKS ? NULL : json_get_text(body, unlocks[which].given);
    struct web_ask ask = {.id = json_get_text(body, "id"),
                          .from = http_peer(request),
                          .limit_ms = WEB_COMMAND_MS};
    struct json *keys = NULL, *reply;
    struct id id;

    if (body == NULL || which == UNLOCKS)
        return;
    if (ask.id == NULL || !id_parse(&id, ask.id) || subject == NULL ||
        password == NULL) {
        web_refuse(request, "invalid",
                   "id (a UUID), what to open and password are wanted");
    } else if ((keys = make_keys(web, request, password)) != NULL) {
        ask.command = unlocks[which].command;
        ask.session = web_token(request); /* lasts until the next is asked */
        ask.args = json_object_new();
        json_set_text(ask.args, unlocks[which].subject, subject);
        for (size_t i = 0; i < sizeof more / sizeof *more; i++)
            if (json_get_text(body, more[i]) != NULL)
                json_set_text(ask.args, more[i], json_get_text(body, more[i]));
        json_set(ask.args, "keys", keys);
        reply = web_core_ask(core, &ask);
        web_cache_forget(web->cache);
        (void)web_give_reply(request, reply);
        json_free(&reply);
    }
    json_free(&body);
}
