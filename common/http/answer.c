/* common/http/answer.c - answers, and the headers that all of them carry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "common/base/mem.h"
#include "common/http/inside.h"

static const struct {
    const char *name, *value;
} always[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; worker-src "
     "'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
     "manifest-src 'self'; "
     "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

void http_add_header(struct http_request *request, const char *name,
                     const char *value)
{
    for (const char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return;
    buf_add(&request->headers, name, strlen(name) + 1);
    buf_add(&request->headers, value, strlen(value) + 1);
}

static bool was_added(const struct http_request *request, const char *name)
{
    const char *at = (const char *)request->headers.data;
    const char *end = at == NULL ? NULL : at + request->headers.size;

    while (at < end) {
        if (strcasecmp(at, name) == 0)
            return true;
        at += strlen(at) + 1;
        at += strlen(at) + 1;
    }
    return false;
}

void http_answer_with(struct http_request *request, unsigned status,
                      struct MHD_Response *response)
{
    const char *at = (const char *)request->headers.data;
    const char *end = at == NULL ? NULL : at + request->headers.size;

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!was_added(request, always[i].name))
            (void)MHD_add_response_header(response, always[i].name,
                                          always[i].value);
    if (!was_added(request, "Cache-Control"))
        (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    while (at < end) {
        const char *value = at + strlen(at) + 1;

        (void)MHD_add_response_header(response, at, value);
        at = value + strlen(value) + 1;
    }
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    request->response = response;
    request->status = status;
}

static struct MHD_Response *from_buf(struct buf *body)
{
    struct MHD_Response *response;

    if (body == NULL || body->size == 0) {
        if (body != NULL)
            buf_free(body);
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    }
    response = MHD_create_response_from_buffer(body->size, body->data,
                                               MHD_RESPMEM_MUST_FREE);
    *body = (struct buf){0};
    return response;
}

void http_answer(struct http_request *request, unsigned status,
                 const char *type, struct buf *body)
{
    if (type != NULL)
        http_add_header(request, "Content-Type", type);
    http_answer_with(request, status, from_buf(body));
}

void http_answer_refusal(struct http_request *request, unsigned status)
{
    struct buf body = {0};

    buf_printf(&body,
               "{\"error\":\"the request was refused: HTTP %u\","
               "\"code\":\"invalid\"}",
               status);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        http_add_header(request, "Allow", "GET, HEAD, POST, PUT, DELETE");
    http_add_header(request, "Connection", "close");
    http_answer(request, status, "application/json", &body);
}

bool http_tag_matches(const char *if_none_match, const char *etag)
{
    size_t size = strlen(etag);

    for (const char *at = if_none_match; at != NULL && *at != '\0';) {
        size_t length;

        at += strspn(at, ", \t");
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        length = strcspn(at, ",");
        while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
            length--;
        if ((length == size && memcmp(at, etag, size) == 0) ||
            (length == 1 && *at == '*'))
            return true;
        at += strcspn(at, ",");
    }
    return false;
}

/* ---- what is read */

enum {
    PACK_LEVEL = 1,
    PACK_WINDOW = 13 + 16, /* 8 KiB; 16 says gzip */
    PACK_MEMORY = 6        /* with it 64 KiB a call instead of 256 */
};

/* `body` in gzip's form; unchanged (false) when that would be no smaller. */
static bool pack(struct buf *body)
{
    z_stream z = {0};
    struct buf out = {0};
    bool done;

    if (deflateInit2(&z, PACK_LEVEL, Z_DEFLATED, PACK_WINDOW, PACK_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    buf_reserve(&out, body->size / 2);
    z.next_in = body->data;
    z.avail_in = (uInt)body->size;
    z.next_out = out.data;
    z.avail_out = (uInt)(out.room < body->size ? out.room : body->size);
    done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    out.size = (size_t)z.total_out;
    (void)deflateEnd(&z);
    if (!done) {
        buf_free(&out);
        return false;
    }
    buf_free(body);
    *body = out;
    return true;
}

/* A tag that stands for the same in several codings is a weak one. */
static bool client_has(struct http_request *request, const char *etag,
                       bool weak)
{
    char text[80];

    (void)snprintf(text, sizeof text, "%s%s", weak ? "W/" : "", etag);
    http_add_header(request, "ETag", text);
    if (!http_tag_matches(http_header(request, "If-None-Match"), etag))
        return false;
    http_answer_with(request, MHD_HTTP_NOT_MODIFIED, from_buf(NULL));
    return true;
}

void http_answer_tagged(struct http_request *request, const char *type,
                        const char *etag, struct buf *body)
{
    http_add_header(request, "Vary", "Accept-Encoding");
    if (client_has(request, etag, true)) {
        buf_free(body);
        return;
    }
    if (body->size >= HTTP_PACKED && body->size < UINT32_MAX &&
        http_takes_coding(http_header(request, "Accept-Encoding"), "gzip") &&
        pack(body))
        http_add_header(request, "Content-Encoding", "gzip");
    http_answer(request, MHD_HTTP_OK, type, body);
}

/* ---- files in the program */

const struct http_asset *http_asset_find(const struct http_assets *assets,
                                         const char *path)
{
    size_t low = 0, high = assets == NULL ? 0 : assets->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, assets->list[middle].path);

        if (order == 0)
            return &assets->list[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* ";q=0" and "; q=0.00" say no. */
static bool says_no(const char *parameters, size_t size)
{
    const char *q = memmem(parameters, size, "q=", 2);
    size_t digits;

    if (q == NULL)
        return false;
    q += 2;
    digits = strspn(q, "0.");
    return digits > 0 && !(q[digits] >= '1' && q[digits] <= '9');
}

bool http_takes_coding(const char *accept, const char *coding)
{
    size_t size = strlen(coding);

    for (const char *at = accept; at != NULL && *at != '\0';) {
        size_t length;

        at += strspn(at, ", \t");
        length = strcspn(at, ",");
        if (length >= size && strncasecmp(at, coding, size) == 0 &&
            (length == size || at[size] == ';' || at[size] == ' '))
            return !says_no(at + size, length - size);
        at += length;
    }
    return false;
}

void http_answer_asset(struct http_request *request,
                       const struct http_asset *asset)
{
    const char *accept = http_header(request, "Accept-Encoding");
    const char *coding = NULL;
    struct bytes body = asset->raw;

    if (asset->br.size > 0 && http_takes_coding(accept, "br")) {
        coding = "br";
        body = asset->br;
    } else if (asset->gz.size > 0 && http_takes_coding(accept, "gzip")) {
        coding = "gzip";
        body = asset->gz;
    }
    http_add_header(request, "Vary", "Accept-Encoding");
    http_add_header(request, "Cache-Control",
                    strncmp(asset->path, "/assets/", 8) == 0
                        ? "public, max-age=31536000, immutable"
                        : "no-cache");
    if (client_has(request, asset->etag, false))
        return;
    if (coding != NULL)
        http_add_header(request, "Content-Encoding", coding);
    http_add_header(request, "Content-Type", asset->type);
    /* borrowed: the file is part of the program */
    http_answer_with(
        request, MHD_HTTP_OK,
        MHD_create_response_from_buffer(body.size, (void *)(uintptr_t)body.data,
                                        MHD_RESPMEM_PERSISTENT));
}
