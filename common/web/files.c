/* common/web/files.c - the lane of files: what a page hands in goes to
 * uploads.c; what it asks for is fetched from the core, which alone can open
 * it, piece by piece, in the name of who asks.
 *
 *   GET /api/files/ID                              {"rows"}: file.list
 *   GET /api/files/ID?number=KEY[&small=1][&save=1]
 *   GET /api/originals/OPEN[?save=1]               what original.open opened
 *
 * A picture is shown as what it is, everything else only saved; like all that
 * is read, the browser stores none of it. It is never decoded here: small
 * pictures are made by web_program.small.
 */
#include "common/web/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/web/upload.h"

enum {
    CORE_MS = 20000,
    PIECES = 16, /* asked for at once: 256 KiB */
    SMALL_MOST = 1 << 20
};
#define HELD_MOST (UINT64_C(96) << 20)

struct file_lane {
    void *reader;
    struct web_core *core;
};
struct hold { /* of one request; counted in web->held */
    uint64_t bytes;
};

static bool begins(const char *path, const char *with)
{
    return strncmp(path, with, strlen(with)) == 0;
}

bool web_is_file(const struct web *web, const char *path)
{
    return (web->program->ready != NULL &&
            (begins(path, WEB_UPLOADS) || begins(path, WEB_ORIGINALS))) ||
           begins(path, WEB_FILES);
}

static bool method_fits(const char *method, const char *path)
{
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return true;
    return begins(path, WEB_UPLOADS);
}

void web_file_defer(struct web *web, struct http_request *request)
{
    struct hold *hold;

    (void)web;
    if (!method_fits(http_method(request), http_path(request))) {
        http_add_header(request, "Allow", "GET, HEAD");
        web_refuse(request, "method", "not by this method");
        return;
    }
    hold = mem_new(sizeof *hold);
    if (http_defer(request, LANE_FILE, hold))
        return;
    mem_free(&hold);
    web_refuse(request, "busy", "too many ask at once: try again shortly");
}

void web_file_done(void *web, void *job)
{
    struct web *w = web;
    struct hold *hold = job;

    atomic_fetch_sub(&w->held, hold->bytes);
    mem_free(&hold);
}

/* False: too many large ones are on their way. */
static bool hold_bytes(struct web *web, struct http_request *request,
                       uint64_t bytes)
{
    struct hold *hold = http_job(request);

    if (atomic_fetch_add(&web->held, bytes) + bytes > HELD_MOST) {
        atomic_fetch_sub(&web->held, bytes);
        return false;
    }
    hold->bytes += bytes;
    return true;
}

void *web_file_open(void *web)
{
    struct file_lane *lane = mem_new(sizeof *lane);

    lane->reader = web_reader_open(web);
    lane->core = web_core_new(web);
    return lane;
}

void web_file_close(void *web, void *state)
{
    struct file_lane *lane = state;

    web_reader_close(web, lane->reader);
    web_core_free(&lane->core);
    mem_free(&lane);
}

/* ---- how it is answered */

/* RFC 6266 and 8187: letters of any language, and a name for who knows none. */
void web_file_disposition(struct buf *out, bool save, const char *shown)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789.-_";

    buf_add_text(out, save ? "attachment" : "inline");
    buf_add_text(out, "; filename=\"");
    for (const char *at = shown; *at != '\0'; at++)
        buf_add_u8(out, strchr(plain, *at) != NULL ? (uint8_t)*at : '_');
    buf_add_text(out, "\"; filename*=UTF-8''");
    for (const char *at = shown; *at != '\0'; at++) {
        if (strchr(plain, *at) != NULL)
            buf_add_u8(out, (uint8_t)*at);
        else
            buf_printf(out, "%%%02X", (unsigned)(uint8_t)*at);
    }
}

struct wanted {
    struct web *web;
    struct web_core *core;
    struct http_request *request;
    const char *report, *number;
    bool original; /* `report` is what it was opened as */
    bool small, save;
    char type[64];
    int64_t size;
};

static bool is_picture(const char *type)
{
    return strcmp(type, "image/jpeg") == 0 || strcmp(type, "image/png") == 0 ||
           strcmp(type, "image/webp") == 0;
}

static void add_headers(const struct wanted *w, const char *shown)
{
    struct buf text = {0};

    web_file_disposition(&text, w->save || !is_picture(w->type), shown);
    http_add_header(w->request, "Content-Disposition", buf_text(&text));
    http_add_header(w->request, "Content-Security-Policy",
                    "default-src 'none'; sandbox; frame-ancestors 'none'");
    buf_free(&text);
}

/* ---- from the core */

/* The core's reply to `command`, owned; NULL: it is answered already. `args` is
 * taken. */
static struct json *ask_core(const struct wanted *w, const char *command,
                             struct json *args)
{
    struct web_ask ask = {.command = command,
                          .session = web_token(w->request),
                          .from = http_peer(w->request),
                          .args = args,
                          .limit_ms = CORE_MS};
    struct json *reply;

    json_set_text(args, w->original ? "open" : "report", w->report);
    reply = web_core_ask(w->core, &ask);
    if (json_get_flag(reply, "ok"))
        return reply;
    (void)web_give_reply(w->request, reply);
    json_free(&reply);
    return NULL;
}

static struct json *ask(const struct wanted *w, int64_t from, int64_t count)
{
    struct json *args = json_object_new();

    json_set_text(args, "number", w->number);
    json_set_i64(args, "from", from);
    json_set_i64(args, "count", count);
    return ask_core(w, w->original ? "original.read" : "file.read", args);
}

static void list(const struct wanted *w)
{
    struct json *reply = ask_core(w, "file.list", json_object_new());

    if (reply != NULL)
        web_give_json(w->request, 200, json_get(reply, "out"));
    json_free(&reply);
}

/* All of it; false: it is answered already. */
static bool fetch(const struct wanted *w, struct buf *out)
{
    struct json *reply;
    int64_t from = 0;
    bool good = true;

    buf_reserve(out, (size_t)w->size);
    while (good && out->size < (size_t)w->size) {
        size_t before = out->size;

        if ((reply = ask(w, from, PIECES)) == NULL)
            return false;
        good = base64url_decode(
                   out, json_get_text(json_get(reply, "out"), "data")) &&
               out->size > before && out->size <= (size_t)w->size;
        json_free(&reply);
        from += PIECES;
    }
    if (!good)
        web_refuse(w->request, "core", "the file cannot be read: see the log");
    return good;
}

/* ---- a small one */

static int write_all(int fd, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t n = write(fd, bytes.data, bytes.size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO;
        bytes.data += n;
        bytes.size -= (size_t)n;
    }
    return 0;
}

static int read_all(int fd, struct buf *out)
{
    struct stat now;
    ssize_t n;

    if (fstat(fd, &now) != 0 || now.st_size <= 0 || now.st_size > SMALL_MOST)
        return ERR_IO;
    buf_reserve(out, (size_t)now.st_size);
    n = pread(fd, out->data, (size_t)now.st_size, 0);
    if (n != now.st_size)
        return ERR_IO;
    out->size = (size_t)n;
    return 0;
}

/* `file` becomes a small picture of itself. */
static int make_small(struct web *web, struct buf *file, struct error *err)
{
    int fd = memfd_create("picture", MFD_CLOEXEC), out = ERR_IO;

    if (fd >= 0 && write_all(fd, buf_bytes(file)) == 0) {
        (void)pthread_mutex_lock(&web->ready_lock);
        out = web->program->small(fd, err);
        (void)pthread_mutex_unlock(&web->ready_lock);
    }
    buf_wipe(file);
    if (fd >= 0)
        (void)close(fd);
    if (out < 0)
        return out;
    fd = out;
    out = read_all(fd, file);
    (void)close(fd);
    return out;
}

/* ---- one is asked for */

/* False: it is answered already. */
static bool look(struct wanted *w, struct buf *shown)
{
    struct json *reply = ask(w, 0, 0);
    const struct json *out = json_get(reply, "out");
    const char *type = json_get_text(out, "type");
    const char *name = json_get_text(out, "name");

    if (reply == NULL)
        return false;
    if (type == NULL || name == NULL || !json_get_i64(out, "size", &w->size) ||
        w->size <= 0 || w->size > UPLOAD_MOST) {
        web_refuse(w->request, "core", "the file cannot be read");
        json_free(&reply);
        return false;
    }
    (void)snprintf(w->type, sizeof w->type, "%s", type);
    buf_add_text(shown, name);
    json_free(&reply);
    return true;
}

static void give(struct wanted *w, struct buf *file)
{
    struct error err = {""};
    int rc = w->small ? make_small(w->web, file, &err) : 0;

    if (rc == 0) {
        http_answer(w->request, 200, w->small ? "image/jpeg" : w->type, file);
        return;
    }
    log_warn("file.small", "reason=\"%s\"", err.text);
    web_refuse(w->request, "missing", "there is no small picture of it");
}

static void read_file(struct wanted *w)
{
    struct buf shown = {0}, file = {0};

    if (look(w, &shown)) {
        w->small = w->small && is_picture(w->type);
        add_headers(w, buf_text(&shown));
        if (!hold_bytes(w->web, w->request, (uint64_t)w->size))
            web_refuse(w->request, "busy", "many files are being read");
        else if (fetch(w, &file))
            give(w, &file);
    }
    buf_free(&file);
    buf_free(&shown);
}

/* What a path of ours stands for in the policy. */
static const char *kind_of(const char *path)
{
    return begins(path, WEB_UPLOADS)     ? WEB_UPLOADS
           : begins(path, WEB_ORIGINALS) ? WEB_ORIGINALS
                                         : WEB_FILES;
}

static void read_or_list(struct web *web, struct web_core *core,
                         struct http_request *request)
{
    const char *path = http_path(request), *kind = kind_of(path);
    struct wanted wanted = {.web = web,
                            .core = core,
                            .request = request,
                            .report = path + strlen(kind),
                            .number = http_query(request, "number"),
                            .original = strcmp(kind, WEB_ORIGINALS) == 0,
                            .save = http_query(request, "save") != NULL};

    wanted.small = !wanted.original && web->program->small != NULL &&
                   http_query(request, "small") != NULL;
    if (wanted.original)
        wanted.number = "";
    if (wanted.number == NULL)
        list(&wanted);
    else
        read_file(&wanted);
}

static void work(struct web *web, struct file_lane *lane, void *data,
                 const struct web_session *session,
                 struct http_request *request)
{
    const char *kind = kind_of(http_path(request));

    if (session->needs_code)
        web_refuse(request, "code", "the code of the second factor first");
    else if (!web->program->may_read(session->role, kind))
        web_refuse(request, "forbidden", "this role does not see that");
    else if (strcmp(kind, WEB_UPLOADS) == 0)
        web_upload_work(web, data, request);
    else
        read_or_list(web, lane->core, request);
}

void web_file_work(void *web, void *state, struct http_request *request)
{
    struct file_lane *lane = state;
    struct web_session session;
    struct error err = {""};
    void *data;
    int rc;

    if (web_reader_data(lane->reader, &data, &err) != 0) {
        log_warn("web.database", "reason=\"%s\"", err.text);
        web_refuse(request, "core", "the database cannot be read: see the log");
    } else if ((rc = web_find_session(web, data, request, &session)) != 0) {
        web_refuse(request, rc == ERR_REFUSED ? "expired" : "login",
                   rc == ERR_REFUSED ? "the session is over: log in again"
                                     : "log in first");
    } else {
        work(web, lane, data, &session, request);
        web_reader_touch(lane->reader, request, &session);
    }
}
