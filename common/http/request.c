/* common/http/request.c - what was asked, and whether it can be trusted to mean
 * one thing. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/mem.h"
#include "common/http/inside.h"

static void name_peer(struct http_request *request)
{
    const struct http_line *line = request->line;
    char text[INET6_ADDRSTRLEN] = "?";

    if (line != NULL && IN6_IS_ADDR_V4MAPPED(&line->address))
        (void)inet_ntop(AF_INET, line->address.s6_addr + 12, text, sizeof text);
    else if (line != NULL)
        (void)inet_ntop(AF_INET6, &line->address, text, sizeof text);
    (void)snprintf(request->peer, sizeof request->peer, "%s", text);
}

struct http_request *http_request_new(struct http_server *server,
                                      struct MHD_Connection *connection,
                                      const char *target)
{
    struct http_request *request = mem_new(sizeof *request);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    request->server = server;
    request->connection = connection;
    request->line = info == NULL ? NULL : info->socket_context;
    request->fault = http_target_parse(&request->target, target);
    name_peer(request);
    return request;
}

void http_request_free(struct http_request **request)
{
    struct http_request *r = *request;

    if (r == NULL)
        return;
    if (r->job != NULL && r->server->config.done != NULL)
        r->server->config.done(r->server->config.who, r->job);
    if (r->response != NULL)
        MHD_destroy_response(r->response);
    if (r->cookie != NULL)
        mem_wipe(r->cookie, strlen(r->cookie));
    mem_free(&r->cookie);
    http_target_free(&r->target);
    buf_wipe(&r->body); /* it may hold a password */
    buf_free(&r->headers);
    mem_free(request);
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->target.path;
}

const char *http_target(const struct http_request *request)
{
    return request->target.raw;
}

const char *http_query(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->target.query_count; i++)
        if (strcmp(request->target.query[i].name, name) == 0)
            return request->target.query[i].value;
    return NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                       name);
}

struct bytes http_body(const struct http_request *request)
{
    return buf_bytes(&request->body);
}

const char *http_peer(const struct http_request *request)
{
    return request->peer;
}

void *http_job(const struct http_request *request) { return request->job; }

bool http_body_is(const struct http_request *request, const char *type)
{
    const char *have = http_header(request, "Content-Type");
    size_t size = strlen(type);

    if (have == NULL || strncasecmp(have, type, size) != 0)
        return false;
    have += size;
    return have[strspn(have, " \t")] == '\0' ||
           have[strspn(have, " \t")] == ';';
}

const char *http_cookie(struct http_request *request, const char *name)
{
    const char *at = http_header(request, "Cookie");
    size_t size = strlen(name);

    while (at != NULL && *at != '\0') {
        size_t length;

        at += strspn(at, "; ");
        length = strcspn(at, ";");
        if (length > size && at[size] == '=' && memcmp(at, name, size) == 0) {
            mem_free(&request->cookie);
            request->cookie = mem_new(length - size);
            memcpy(request->cookie, at + size + 1, length - size - 1);
            return request->cookie;
        }
        at += length;
    }
    return NULL;
}

/* ---- is it sound? */

struct judged {
    size_t size,
        empty; /* of the header, as we read it; lines without a value */
    size_t lengths, codings, hosts;
    bool bad, encoded, expects;
    long long length;
    const char *coding;
};

/* RFC 9110, 5.6.2. */
static bool is_token(const char *text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (!((*text >= '0' && *text <= '9') ||
              ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z') ||
              strchr(others, *text) != NULL))
            return false;
    return true;
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return true;
    return false;
}

static bool read_length(const char *text, long long *out)
{
    size_t size = strspn(text, "0123456789");

    if (size == 0 || size > 18 || text[size] != '\0')
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

static enum MHD_Result judge_header(void *who, enum MHD_ValueKind kind,
                                    const char *name, const char *value)
{
    struct judged *j = who;
    const char *text = value == NULL ? "" : value;

    (void)kind;
    j->size += strlen(name) + strlen(text) + (*text == '\0' ? 3 : 4);
    j->empty += *text == '\0';
    if (!is_token(name) || has_control(text)) {
        j->bad = true;
    } else if (strcasecmp(name, "Content-Length") == 0) {
        j->lengths++;
        j->bad |= !read_length(text, &j->length);
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        j->codings++;
        j->coding = text;
    } else if (strcasecmp(name, "Host") == 0) {
        j->hosts++;
    } else if (strcasecmp(name, "Content-Encoding") == 0) {
        j->encoded |= strcasecmp(text, "identity") != 0;
    } else if (strcasecmp(name, "Expect") == 0) {
        j->expects |= strcasecmp(text, "100-continue") != 0;
    }
    return MHD_YES;
}

static bool method_is_known(const char *method)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(method, known[i]) == 0)
            return true;
    return false;
}

/* Every client writes "GET /x HTTP/1.1", "Name: value" and CR LF. What came is
 * as long as what was read, or something in it was read in another way than it
 * was meant: the library takes a bare LF for an end of line, text behind a NUL
 * for none, and makes a folded line part of the name of the header above it. */
static bool is_as_it_came(const struct http_request *request,
                          const struct judged *j)
{
    static const size_t line = sizeof "  HTTP/1.1\r\n" - 1, end = 2;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t read = strlen(request->method) + strlen(request->target.raw) + line +
                  j->size + end;

    return info != NULL && info->header_size >= read &&
           info->header_size <= read + j->empty; /* "Name:" or "Name: " */
}

unsigned http_request_judge(const struct http_request *request,
                            size_t body_limit)
{
    struct judged j = {0};

    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND,
                                    judge_header, &j);
    if (request->fault != 0)
        return request->fault;
    if (j.bad || !is_as_it_came(request, &j) || j.lengths > 1 ||
        j.codings > 1 || j.hosts > 1 || (j.lengths > 0 && j.codings > 0) ||
        (j.codings > 0 && strcasecmp(j.coding, "chunked") != 0))
        return MHD_HTTP_BAD_REQUEST;
    if (!method_is_known(request->method))
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    if (j.encoded)
        return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    if (j.expects)
        return MHD_HTTP_EXPECTATION_FAILED;
    if (j.length < 0 || (unsigned long long)j.length > body_limit)
        return 413;
    return 0;
}
