/* common/web/uploads.c - files that a page hands in: parts of 256 KiB in their
 * order, gone on with after a cut, and at the end the hash of the whole.
 *
 *   GET    /api/uploads/ID?size=N          {"have"}, and "file" when it is
 * ready PUT    /api/uploads/ID?size=N&part=P   {"have"}: bytes that are here
 *   POST   /api/uploads/ID?size=N          {"sha256","name"}: {"have","file"}
 *   DELETE /api/uploads/ID?size=N
 *
 * ID is a UUID of the page's. What "file" is goes into the command that takes
 * the file (web_program.ready). In the lane of files.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/web/files.h"
#include "common/web/upload.h"

static const char *word_of(int rc)
{
    switch (rc) {
    case ERR_INVALID:
        return "invalid";
    case ERR_REFUSED:
        return "large";
    case ERR_CONFLICT:
        return "conflict";
    case ERR_FULL:
    case ERR_IO:
        return "disk";
    default:
        return "core";
    }
}

/* `file` is taken, NULL: it is not ready. */
static void answer(struct http_request *request, uint64_t have,
                   struct json *file)
{
    struct json *value = json_object_new();

    json_set_i64(value, "have", (int64_t)have);
    if (file != NULL)
        json_set(value, "file", file);
    web_give_json(request, 200, value);
    json_free(&value);
}

/* Of a conflict the page hears how far it is. */
static void refuse(struct http_request *request, int rc, uint64_t have,
                   const struct error *err)
{
    struct json *value;

    if (rc == ERR_FULL || rc == ERR_IO)
        log_warn("upload.disk", "reason=\"%s\"", err->text);
    if (rc != ERR_CONFLICT) {
        web_refuse(request, word_of(rc), err->text);
        return;
    }
    value = json_object_new();
    json_set_i64(value, "have", (int64_t)have);
    json_set_text(value, "code", word_of(rc));
    json_set_text(value, "error", err->text);
    web_give_json(request, web_status_of(word_of(rc)), value);
    json_free(&value);
}

static void put(struct upload *u, struct http_request *request)
{
    struct error err = {""};
    uint64_t have;
    int rc = upload_put(u, http_query(request, "part"), http_body(request),
                        &have, &err);

    if (rc == 0)
        answer(request, have, NULL);
    else
        refuse(request, rc, have, &err);
}

/* What the program says of it, owned; a file that it does not take goes. */
static int make_ready(const struct web *web, void *data, struct upload *u,
                      const struct web_uploaded *what, struct json **out,
                      struct error *err)
{
    int rc = web->program->ready(data, what, out, err);

    if (rc == ERR_INVALID)
        upload_throw(u);
    if (rc == 0 && (rc = upload_done(u, *out, err)) != 0)
        json_free(out);
    return rc;
}

/* One at a time: a picture wants much memory. */
static void finish(struct web *web, void *data, struct upload *u,
                   struct http_request *request)
{
    struct json *body = web_body(request, WEB_FORM_LIMIT);
    struct json *file = body == NULL ? NULL : upload_ready(u);
    const char *name = json_get_text(body, "name");
    char shown[UPLOAD_NAME_BYTES];
    struct web_uploaded what = {.folder = web->folder, .shown = shown};
    struct error err = {""};
    int rc = 0;

    if (body == NULL)
        return;
    upload_clean_name(shown, name == NULL ? "" : name);
    if (file == NULL && pthread_mutex_trylock(&web->ready_lock) != 0) {
        web_refuse(request, "busy", "another picture is looked at");
        json_free(&body);
        return;
    }
    if (file == NULL) {
        rc = what.fd = upload_whole(u, json_get_text(body, "sha256"), &err);
        if (rc >= 0) {
            rc = make_ready(web, data, u, &what, &file, &err);
            (void)close(what.fd);
        }
        (void)pthread_mutex_unlock(&web->ready_lock);
    }
    if (rc == 0)
        answer(request, u->size, file);
    else if (rc == ERR_INVALID)
        web_refuse(request, "refused", err.text);
    else
        refuse(request, rc, upload_have(u), &err);
    json_free(&body);
}

static void work(struct web *web, void *data, struct upload *u,
                 struct http_request *request)
{
    const char *method = http_method(request);

    if (strcmp(method, "PUT") == 0) {
        put(u, request);
    } else if (strcmp(method, "POST") == 0) {
        finish(web, data, u, request);
    } else if (strcmp(method, "DELETE") == 0) {
        upload_drop(u);
        answer(request, 0, NULL);
    } else {
        answer(request, upload_have(u), upload_ready(u));
    }
}

void web_upload_work(struct web *web, void *data, struct http_request *request)
{
    char folder[UPLOAD_PATH_BYTES];
    struct error err = {""};
    struct upload upload;
    int rc;

    (void)snprintf(folder, sizeof folder, "%s/" WEB_UPLOAD_FOLDER, web->folder);
    rc = upload_open(&upload, folder, web_token(request),
                     http_path(request) + sizeof WEB_UPLOADS - 1,
                     http_query(request, "size"), &err);
    if (rc == 0)
        work(web, data, &upload, request);
    else
        refuse(request, rc, 0, &err);
    upload_close(&upload);
}
