/* common/web/answers.c - what is said back, and the cookie. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/web/inside.h"

#define COOKIE "__Host-lienxa"

static const char json_type[] = "application/json";

static const struct {
    const char *code;
    unsigned status;
} statuses[] = {
    {"login", 401},   {"expired", 401}, {"forbidden", 403}, {"code", 403},
    {"invalid", 400}, {"missing", 404}, {"refused", 409},   {"conflict", 409},
    {"busy", 429},    {"disk", 507},    {"core", 503},      {"method", 405},
    {"large", 413},   {"type", 415},
};

unsigned web_status_of(const char *code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (strcmp(statuses[i].code, code) == 0)
            return statuses[i].status;
    return 503;
}

void web_give_json(struct http_request *request, unsigned status,
                   const struct json *value)
{
    struct buf body = {0};

    json_write(&body, value);
    http_answer(request, status, json_type, &body);
}

void web_refuse(struct http_request *request, const char *code,
                const char *text)
{
    struct json *value = json_object_new();

    json_set_text(value, "error", text);
    json_set_text(value, "code", code);
    if (strcmp(code, "busy") == 0) {
        json_set_i64(value, "retry_after", 2);
        http_add_header(request, "Retry-After", "2");
    }
    web_give_json(request, web_status_of(code), value);
    json_free(&value);
}

/* {"ok":false,..} of the core bears the status of its code; the page reads the
 * same members either way. */
bool web_give_reply(struct http_request *request, const struct json *reply)
{
    const char *code = json_get_text(reply, "code");
    bool good = json_get_flag(reply, "ok");
    int64_t pause = 0;
    char text[24];

    if (reply == NULL) {
        web_refuse(request, "core",
                   "the program behind these pages does not answer: it is "
                   "starting, or somebody must start it");
        return false;
    }
    if (json_get_i64(reply, "retry_after", &pause) && pause > 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)pause);
        http_add_header(request, "Retry-After", text);
    }
    web_give_json(request,
                  good ? 200 : web_status_of(code == NULL ? "refused" : code),
                  reply);
    return good;
}

/* ---- the cookie */

bool web_is_token(const char *text)
{
    return text != NULL && strlen(text) == WEB_TOKEN_TEXT &&
           strspn(text, "0123456789abcdef") == WEB_TOKEN_TEXT;
}

const char *web_token(struct http_request *request)
{
    const char *value = http_cookie(request, COOKIE);

    return web_is_token(value) ? value : NULL;
}

struct hash web_token_hash(const char *token)
{
    uint8_t raw[WEB_TOKEN_TEXT / 2] = {0};
    struct bytes bytes = bytes_of(raw, sizeof raw);
    struct hash out;

    (void)hex_decode(raw, sizeof raw, token);
    out = crypto_sha256(&bytes, 1);
    mem_wipe(raw, sizeof raw);
    return out;
}

void web_set_cookie(struct http_request *request, const char *token)
{
    char text[192];

    (void)snprintf(text, sizeof text,
                   COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict",
                   token);
    http_add_header(request, "Set-Cookie", text);
    mem_wipe(text, sizeof text);
}

void web_drop_cookie(struct http_request *request)
{
    http_add_header(request, "Set-Cookie",
                    COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; "
                           "Max-Age=0");
}

struct json *web_body(struct http_request *request, size_t limit)
{
    struct bytes bytes = http_body(request);
    struct json *value = NULL;
    struct error err = {""};

    if (bytes.size > limit) {
        web_refuse(request, "large", "the request is too long");
        return NULL;
    }
    value = json_parse(bytes, &err);
    if (value != NULL && json_is_object(value))
        return value;
    json_free(&value);
    web_refuse(request, "invalid",
               err.text[0] != '\0' ? err.text : "not an object");
    return NULL;
}
