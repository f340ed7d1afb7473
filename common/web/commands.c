/* common/web/commands.c - the lanes of commands, and the slow one: what a page
 * wants changed goes to the core, with the session's token and the address it
 * came from; passwords are stretched on the way. */
#include <stdio.h>
#include <string.h>

#include "common/account/password.h"
#include "common/base/host.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/web/inside.h"

static const char no_memory[] =
    "there is not enough memory to check a password now";

/* ---- logging in */

/* Appends the proof of `password` in hex. False: answered already. */
static bool make_proof(struct http_request *request, const char *salt_text,
                       const char *password, char out[65])
{
    uint8_t salt[PASSWORD_SALT_BYTES], proof[ACCOUNT_PROOF_BYTES];
    int rc = salt_text != NULL && hex_decode(salt, sizeof salt, salt_text)
                 ? account_password_proof(proof, salt, password)
                 : ERR_INVALID;

    if (rc == 0)
        hex_encode(out, proof, sizeof proof);
    mem_wipe(proof, sizeof proof);
    if (rc == ERR_INVALID)
        web_refuse(request, "login", "the name or the password is wrong");
    else if (rc != 0)
        web_refuse(request, "busy", no_memory);
    return rc == 0;
}

/* The salt of that name, in the core's words. NULL: answered already. */
static struct json *ask_salt(struct web_core *core,
                             struct http_request *request, const char *name)
{
    struct web_ask ask = {.command = "session.salt",
                          .from = http_peer(request),
                          .args = json_object_new(),
                          .limit_ms = WEB_COMMAND_MS};
    struct json *reply;

    json_set_text(ask.args, "name", name);
    reply = web_core_ask(core, &ask);
    if (json_get_flag(reply, "ok"))
        return reply;
    (void)web_give_reply(request, reply);
    json_free(&reply);
    return NULL;
}

/* A session that somebody fixed in this browser before is worth nothing now. */
static void close_old(struct web_core *core, struct http_request *request)
{
    struct web_ask ask = {.command = "session.close",
                          .session = web_token(request),
                          .from = http_peer(request),
                          .limit_ms = WEB_COMMAND_MS};
    struct json *reply;

    if (ask.session == NULL)
        return;
    reply = web_core_ask(core, &ask);
    json_free(&reply);
}

/* What the page gets of a new session: all but its token, which is the
 * cookie's. */
static void give_session(struct http_request *request, const struct json *reply,
                         const struct web *web)
{
    static const char *const texts[] = {"user", "role"};
    static const char *const flags[] = {"needs_code", "enrol"};
    const struct json *out = json_get(reply, "out");
    const char *token = json_get_text(out, "session");
    struct json *value = json_object_new();

    for (size_t i = 0; i < 2; i++) {
        if (json_get_text(out, texts[i]) != NULL)
            json_set_text(value, texts[i], json_get_text(out, texts[i]));
        json_set_flag(value, flags[i], json_get_flag(out, flags[i]));
    }
    web_cache_forget(web->cache);
    web_set_cookie(request, token);
    web_give_json(request, 200, value);
    json_free(&value);
}

static void open_session(struct web *web, struct web_core *core,
                         struct http_request *request, const char *name,
                         const char *proof)
{
    struct web_ask ask = {.command = "session.open",
                          .from = http_peer(request),
                          .args = json_object_new(),
                          .limit_ms = WEB_COMMAND_MS};
    struct json *reply;

    json_set_text(ask.args, "name", name);
    json_set_text(ask.args, "proof", proof);
    reply = web_core_ask(core, &ask);
    if (json_get_flag(reply, "ok") &&
        web_is_token(json_get_text(json_get(reply, "out"), "session"))) {
        close_old(core, request);
        give_session(request, reply, web);
    } else {
        (void)web_give_reply(request, reply);
    }
    json_free(&reply);
}

static void log_in(struct web *web, struct web_core *core,
                   struct http_request *request)
{
    struct json *body = web_body(request, WEB_FORM_LIMIT);
    const char *name = json_get_text(body, "name");
    const char *password = json_get_text(body, "password");
    struct json *salt = NULL;
    char proof[65];

    if (body == NULL)
        return;
    if (name == NULL || password == NULL)
        web_refuse(request, "invalid", "name and password are wanted");
    else if ((salt = ask_salt(core, request, name)) != NULL &&
             make_proof(request, json_get_text(json_get(salt, "out"), "salt"),
                        password, proof))
        open_session(web, core, request, name, proof);
    mem_wipe(proof, sizeof proof);
    json_free(&salt);
    json_free(&body);
}

/* ---- the session's own: code, a second factor, the end */

static void session_command(struct web *web, struct web_core *core,
                            struct http_request *request, const char *command)
{
    bool ends = strcmp(command, "session.close") == 0;
    struct json *body = ends ? NULL : web_body(request, WEB_FORM_LIMIT);
    struct web_ask ask = {.command = command,
                          .session = web_token(request),
                          .from = http_peer(request),
                          .args = body,
                          .limit_ms = WEB_COMMAND_MS};
    struct json *reply;
    struct hash tag;

    if (body == NULL && !ends)
        return;
    if (ask.session == NULL && !ends) {
        json_free(&body);
        web_refuse(request, "login", "log in first");
        return;
    }
    if (ends)
        web_drop_cookie(request);
    if (ask.session == NULL) {
        struct json *nothing = json_object_new();

        web_give_json(request, 200, nothing);
        json_free(&nothing);
        return;
    }
    tag = web_token_hash(ask.session);
    reply = web_core_ask(core, &ask);
    if (json_get_flag(reply, "ok"))
        http_events_end(web->events, tag.bytes);
    if (json_get_flag(reply, "ok") &&
        web_is_token(json_get_text(json_get(reply, "out"), "session")))
        give_session(request, reply, web);
    else
        (void)web_give_reply(request, reply);
    json_free(&reply);
}

/* ---- any command */

/* user.add and user.passwd: the core never sees a password. */
static bool stretch_new(struct http_request *request, struct json *args)
{
    const char *typed = json_get_text(args, "password");
    char made[PASSWORD_TEXT_BYTES];
    struct error err = {""};
    int rc;

    if (typed == NULL)
        return true;
    rc = account_password_make(made, typed, &err);
    if (rc != 0)
        web_refuse(request, rc == ERR_INVALID ? "invalid" : "busy",
                   rc == ERR_INVALID ? err.text : no_memory);
    else
        json_set_text(args, "password", made);
    mem_wipe(made, sizeof made);
    return rc == 0;
}

static bool stretch_old(struct web_core *core, struct http_request *request,
                        struct json *args)
{
    const char *typed = json_get_text(args, "old");
    const char *name = json_get_text(args, "name");
    struct json *salt;
    char proof[65];
    bool good;

    if (typed == NULL)
        return true;
    salt = ask_salt(core, request, name == NULL ? "" : name);
    if (salt == NULL)
        return false;
    good = make_proof(request, json_get_text(json_get(salt, "out"), "salt"),
                      typed, proof);
    if (good)
        json_set_text(args, "old", proof);
    mem_wipe(proof, sizeof proof);
    json_free(&salt);
    return good;
}

static bool takes_passwords(const char *command)
{
    return strcmp(command, "user.add") == 0 ||
           strcmp(command, "user.passwd") == 0;
}

static void forward(struct web *web, struct web_core *core,
                    struct http_request *request, struct web_ask *ask)
{
    struct json *reply = web_core_ask(core, ask);

    /* whoever asked reads again at once: nothing older may be given out */
    web_cache_forget(web->cache);
    (void)web_give_reply(request, reply);
    json_free(&reply);
}

static void any_command(struct web *web, struct web_core *core,
                        struct http_request *request, bool slow)
{
    struct json *body = web_body(request, WEB_BODY_LIMIT);
    struct json *args = json_take(body, "args");
    const char *command = json_get_text(body, "command");
    struct web_ask ask = {.id = json_get_text(body, "id"),
                          .command = command,
                          .session = web_token(request),
                          .from = http_peer(request),
                          .limit_ms = WEB_COMMAND_MS};
    struct id id;

    if (body == NULL)
        return;
    if (args == NULL)
        args = json_object_new();
    if (ask.session == NULL) {
        web_refuse(request, "login", "log in first");
    } else if (ask.id == NULL || !id_parse(&id, ask.id) || command == NULL ||
               !json_is_object(args)) {
        web_refuse(request, "invalid",
                   "id (a UUID), command and args are wanted");
    } else if (strncmp(command, "session.", 8) == 0 ||
               strcmp(command, "watch") == 0) {
        web_refuse(request, "invalid", "that has a path of its own");
    } else if (takes_passwords(command) && !slow) {
        web_refuse(request, "invalid", "write \"password\" without escapes");
    } else if (!takes_passwords(command) ||
               (stretch_new(request, args) &&
                stretch_old(core, request, args))) {
        ask.args = args;
        args = NULL;
        forward(web, core, request, &ask);
    }
    json_free(&args);
    json_free(&body);
}

/* ---- the lanes */

void web_command_work(void *web, void *core, struct http_request *request)
{
    const char *path = http_path(request);

    if (strcmp(path, "/api/setup") == 0)
        web_setup_work(web, core, request);
    else if (strcmp(path, "/api/command") == 0)
        any_command(web, core, request, false);
    else if (strcmp(path, "/api/session/code") == 0)
        session_command(web, core, request, "session.code");
    else if (strcmp(path, "/api/session/totp") == 0)
        session_command(web, core, request, "session.totp");
    else
        session_command(web, core, request, "session.close");
}

bool web_slow_enter(struct web *web, const char *address)
{
    size_t same = 0, place = WEB_SLOW_MOST;
    char peer[HOST_ADDRESS_BYTES];

    (void)host_subscriber(peer, address);
    (void)pthread_mutex_lock(&web->slow_lock);
    for (size_t i = 0; i < WEB_SLOW_MOST; i++) {
        if (web->slow[i][0] == '\0')
            place = i;
        same += strcmp(web->slow[i], peer) == 0;
    }
    if (place < WEB_SLOW_MOST && same < WEB_SLOW_EACH)
        (void)snprintf(web->slow[place], sizeof web->slow[place], "%s", peer);
    else
        place = WEB_SLOW_MOST;
    (void)pthread_mutex_unlock(&web->slow_lock);
    return place < WEB_SLOW_MOST;
}

void web_slow_leave(struct web *web, const char *address)
{
    char peer[HOST_ADDRESS_BYTES];

    (void)host_subscriber(peer, address);
    (void)pthread_mutex_lock(&web->slow_lock);
    for (size_t i = 0; i < WEB_SLOW_MOST; i++)
        if (strcmp(web->slow[i], peer) == 0) {
            web->slow[i][0] = '\0';
            break;
        }
    (void)pthread_mutex_unlock(&web->slow_lock);
}

void web_slow_work(void *web, void *core, struct http_request *request)
{
    web_slow_leave(web, http_peer(request)); /* one is at work, not waiting */
    if (strcmp(http_path(request), "/api/session") == 0)
        log_in(web, core, request);
    else if (web_is_unlock(web, http_path(request)))
        web_unlock(web, core, request);
    else
        any_command(web, core, request, true);
}
