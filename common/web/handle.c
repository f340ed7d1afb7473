/* common/web/handle.c - the first look at a request, in the library's threads:
 * pages are answered here, the rest goes to its lane or is refused. */
#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/web/files.h"

static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static void to_lane(struct http_request *request, enum web_lane lane)
{
    if (!http_defer(request, (unsigned)lane, NULL))
        web_refuse(request, "busy", "too many ask at once: try again shortly");
}

static void to_slow_lane(struct web *web, struct http_request *request)
{
    if (!web_slow_enter(web, http_peer(request))) {
        web_refuse(request, "busy",
                   "passwords of this address are being checked: try again in "
                   "a moment");
    } else if (!http_defer(request, LANE_SLOW, NULL)) {
        web_slow_leave(web, http_peer(request));
        web_refuse(request, "busy", "too many ask at once: try again shortly");
    }
}

/* Does the command carry a password to be stretched? */
static bool is_slow(const struct http_request *request)
{
    struct bytes body = http_body(request);

    return body.size <= WEB_FORM_LIMIT &&
           memmem(body.data, body.size, "\"user.", 6) != NULL;
}

static void answer_change(struct web *web, struct http_request *request,
                          const char *path)
{
    bool removes = is(http_method(request), "DELETE");

    if (removes ? !is(path, "/api/session")
                : !is(http_method(request), "POST")) {
        http_add_header(request, "Allow", "GET, HEAD, POST");
        web_refuse(request, "method", "not by this method");
    } else if (removes) {
        to_lane(request, LANE_COMMAND);
    } else if (!http_body_is(request, "application/json")) {
        web_refuse(request, "type", "Content-Type: application/json is wanted");
    } else if (is(path, "/api/session") || web_is_unlock(web, path)) {
        to_slow_lane(web, request);
    } else if (is(path, "/api/session/code") || is(path, "/api/session/totp")) {
        to_lane(request, LANE_COMMAND);
    } else if (is(path, "/api/command") && is_slow(request)) {
        to_slow_lane(web, request);
    } else if (is(path, "/api/command")) {
        to_lane(request, LANE_COMMAND);
    } else {
        web_refuse(request, "missing", "no such path");
    }
}

static void answer_api(struct web *web, struct http_request *request,
                       const char *path, bool reads)
{
    struct web_origin origin = {.method = http_method(request),
                                .host = http_header(request, "Host"),
                                .origin = http_header(request, "Origin"),
                                .fetch_site =
                                    http_header(request, "Sec-Fetch-Site"),
                                .mark = http_header(request, "X-Lienxa")};
    const char *fault = web_origin_fault(&origin);

    if (fault != NULL)
        web_refuse(request, "forbidden", fault);
    else if (web->setup)
        web_setup_handle(web, request);
    else if (web_is_file(web, path))
        web_file_defer(web, request);
    else if (reads)
        to_lane(request, LANE_READ);
    else
        answer_change(web, request, path);
}

static void answer_page(struct web *web, struct http_request *request,
                        const char *path)
{
    const struct http_assets *assets = web->program->assets;
    const struct http_asset *asset = http_asset_find(assets, path);
    struct buf text = {0};

    if (asset == NULL && strncmp(path, "/assets/", 8) != 0)
        asset = http_asset_find(assets, "/index.html");
    if (asset != NULL) {
        http_answer_asset(request, asset);
        return;
    }
    buf_add_text(&text, assets == NULL ? "This build of Lienxa has no pages.\n"
                                       : "No such file.\n");
    http_answer(request, 404, "text/plain; charset=utf-8", &text);
}

/* Whom browsers are to trust; it is public (common/crypto/web_certificate.h).
 */
static void answer_authority(const struct web *web,
                             struct http_request *request)
{
    enum { LIMIT = 16 * 1024 };
    char path[sizeof web->folder + 16];
    struct buf text = {0};

    (void)snprintf(path, sizeof path, "%s/web/ca.crt", web->folder);
    if (file_read(&text, path, LIMIT, NULL) != 0) {
        buf_clear(&text);
        buf_add_text(&text, "No authority yet: this machine's certificate is "
                            "of its own making. See the alarms.\n");
        http_answer(request, 404, "text/plain; charset=utf-8", &text);
        return;
    }
    http_add_header(request, "Content-Disposition",
                    "attachment; filename=lienxa-ca.crt");
    http_answer(request, 200, "application/x-x509-ca-cert", &text);
}

void web_handle(void *web, struct http_request *request)
{
    const char *method = http_method(request);
    const char *path = http_path(request);
    bool reads = is(method, "GET") || is(method, "HEAD");

    if (is(path, "/api") || strncmp(path, "/api/", 5) == 0) {
        answer_api(web, request, path, reads);
    } else if (reads && is(path, "/ca.crt")) {
        answer_authority(web, request);
    } else if (reads) {
        answer_page(web, request, path);
    } else {
        http_add_header(request, "Allow", "GET, HEAD");
        web_refuse(request, "method", "not by this method");
    }
}
