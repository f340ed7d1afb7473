/* common/web/setup.c - the pages of a program that is being set up: everything
 * is asked of the core (common/setup/door.h), nothing is read. */
#include <stdio.h>
#include <string.h>

#include "common/web/inside.h"

/* "setup" in `code` makes the app show the set-up instead of the login. */
static void say_setup(struct web *web, struct http_request *request)
{
    struct json *value = json_object_new();

    json_set_text(value, "error", "this machine is not set up yet");
    json_set_text(value, "code", "setup");
    json_set_text(value, "program", web->program->program);
    web_give_json(request, 401, value);
    json_free(&value);
}

void web_setup_handle(struct web *web, struct http_request *request)
{
    const char *path = http_path(request);

    if (strcmp(path, "/api/session") == 0)
        say_setup(web, request);
    else if (strcmp(path, "/api/setup") != 0)
        web_refuse(request, "missing", "no such path");
    else if (strcmp(http_method(request), "POST") != 0)
        web_refuse(request, "method", "not by this method");
    else if (!http_body_is(request, "application/json"))
        web_refuse(request, "type", "Content-Type: application/json is wanted");
    else if (!http_defer(request, LANE_COMMAND, NULL))
        web_refuse(request, "busy", "too many ask at once: try again shortly");
}

/* The session that a code gave belongs to the cookie, not to the page. */
static void give(struct http_request *request, struct json *reply)
{
    const char *token = json_get_text(json_get(reply, "out"), "session");
    struct json *value;

    if (!json_get_flag(reply, "ok") || token == NULL) {
        (void)web_give_reply(request, reply);
        return;
    }
    web_set_cookie(request, token);
    value = json_parse(bytes_of_text("{\"ok\":true,\"out\":{}}"), NULL);
    web_give_json(request, 200, value);
    json_free(&value);
}

void web_setup_work(struct web *web, struct web_core *core,
                    struct http_request *request)
{
    struct json *body = web_body(request, WEB_BODY_LIMIT);
    const char *what = json_get_text(body, "command");
    struct web_ask ask = {.session = web_token(request),
                          .from = http_peer(request),
                          .args = json_take(body, "args"),
                          .limit_ms = WEB_COMMAND_MS};
    struct json *reply;
    char command[32];

    (void)web;
    if (body == NULL)
        return;
    if (what == NULL || strlen(what) > 12 || !json_is_object(ask.args)) {
        json_free(&ask.args);
        web_refuse(request, "invalid", "command and args are wanted");
    } else {
        (void)snprintf(command, sizeof command, "setup.%s", what);
        ask.command = command;
        reply = web_core_ask(core, &ask);
        give(request, reply);
        json_wipe(&reply);
    }
    json_wipe(&body);
}
