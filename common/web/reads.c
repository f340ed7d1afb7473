/* common/web/reads.c - the lane of reads: who asks, may they, and the answer,
 * from the program's database by a connection of this thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/web/inside.h"

enum {
    KEEP_MS = 5000,       /* answers hold the time of day */
    KEEP_BLIND_MS = 1000, /* when nobody tells us of changes */
    OPEN_MS = 60000,      /* then anew: what the program keeps in memory */
    TOUCH_MS = 60000,
    TOUCH_LIMIT_MS = 2000,
    CORE_LIMIT_MS = 2000
};

struct reader {
    struct web *web;
    void *data; /* NULL: not open */
    ino_t inode;
    dev_t device;
    unsigned long long fresh; /* web->fresh when it was opened */
    int64_t opened_ms;
    struct web_core *core;
    struct hash touched; /* the last session that was, and when */
    int64_t touched_ms;
};

void *web_reader_open(void *web)
{
    struct reader *reader = mem_new(sizeof *reader);

    reader->web = web;
    reader->core = web_core_new(web);
    return reader;
}

static void hang_up(struct reader *reader)
{
    if (reader->data != NULL)
        reader->web->program->close(&reader->data);
    reader->data = NULL;
}

void web_reader_close(void *web, void *reader)
{
    struct reader *r = reader;

    (void)web;
    hang_up(r);
    web_core_free(&r->core);
    mem_free(&r);
}

static bool is_fresh(const struct reader *reader, const struct stat *status)
{
    return reader->data != NULL && status->st_ino == reader->inode &&
           status->st_dev == reader->device &&
           reader->fresh == atomic_load(&reader->web->fresh) &&
           clock_mono_ms() - reader->opened_ms < OPEN_MS;
}

/* A restore or a repair puts another file in the place of the database. One at
 * a time: libraries start with the first. */
static int open_data(struct reader *reader, struct error *err)
{
    static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
    struct web *web = reader->web;
    struct stat status;
    char path[4200];
    int rc = 0;

    (void)snprintf(path, sizeof path, "%s/%s", web->folder,
                   web->program->database);
    if (stat(path, &status) != 0) {
        hang_up(reader);
        return error_set(err, ERR_IO, "%s is not there", path);
    }
    if (is_fresh(reader, &status))
        return 0;
    if (reader->data != NULL && status.st_ino != reader->inode)
        log_info("web.reopened", "database=%s", web->program->database);
    hang_up(reader);
    reader->fresh = atomic_load(&web->fresh);
    reader->opened_ms = clock_mono_ms();
    reader->inode = status.st_ino;
    reader->device = status.st_dev;
    (void)pthread_mutex_lock(&one);
    rc = web->program->open(&reader->data, web->folder, err);
    (void)pthread_mutex_unlock(&one);
    if (rc != 0)
        reader->data = NULL;
    return rc;
}

int web_reader_data(void *reader, void **data, struct error *err)
{
    struct reader *r = reader;
    int rc = open_data(r, err);

    *data = r->data;
    return rc;
}

/* ---- parameters */

const char *web_query(const struct web_call *call, const char *name)
{
    const char *value = http_query(call->request, name);

    return value == NULL || *value == '\0' ? NULL : value;
}

int web_query_number(const struct web_call *call, const char *name, int64_t low,
                     int64_t high, int64_t otherwise, int64_t *out,
                     struct error *err)
{
    const char *text = web_query(call, name);
    char *end;
    long long value;

    *out = otherwise;
    if (text == NULL)
        return 0;
    value = strtoll(text, &end, 10);
    if (*end != '\0' || strlen(text) > 18 || value < low || value > high)
        return error_set(err, ERR_INVALID,
                         "%s: \"%s\" is not a whole number from %lld to %lld",
                         name, text, (long long)low, (long long)high);
    *out = value;
    return 0;
}

int web_give(struct buf *out, struct json *value)
{
    if (value == NULL)
        return ERR_MISSING;
    json_write(out, value);
    json_free(&value);
    return 0;
}

struct json *web_call_core(const struct web_call *call, const char *command,
                           struct json *args)
{
    /* a cookie is looked up in the request's own memory */
    struct http_request *request =
        (struct http_request *)(uintptr_t)call->request;
    struct web_ask ask = {.command = command,
                          .session = web_token(request),
                          .from = http_peer(request),
                          .args = args,
                          .limit_ms = CORE_LIMIT_MS};
    struct json *reply = web_core_ask(call->core, &ask);
    struct json *out =
        json_get_flag(reply, "ok") ? json_take(reply, "out") : NULL;

    json_free(&reply);
    return out;
}

/* ---- who asks */

static void refuse_stranger(struct reader *reader, struct http_request *request,
                            int rc)
{
    struct json *value = json_object_new();

    json_set_text(value, "error",
                  rc == ERR_REFUSED ? "the session is over: log in again"
                                    : "log in first");
    json_set_text(value, "code", rc == ERR_REFUSED ? "expired" : "login");
    json_set_text(value, "program", reader->web->program->program);
    reader->web->program->about(reader->data, value);
    web_give_json(request, 401, value);
    json_free(&value);
}

/* False: answered already. */
static bool find_session(struct reader *reader, struct http_request *request,
                         struct web_session *out)
{
    int rc = web_find_session(reader->web, reader->data, request, out);

    if (rc == 0)
        return true;
    if (rc == ERR_MISSING || rc == ERR_REFUSED) {
        refuse_stranger(reader, request, rc);
        return false;
    }
    web_refuse(request, rc == ERR_FULL ? "disk" : "core",
               "the database cannot be read");
    return false;
}

void web_reader_touch(void *who, struct http_request *request,
                      const struct web_session *session)
{
    struct reader *reader = who;
    int64_t now_ms = clock_wall_ms();
    struct web_ask ask = {.command = "session.touch",
                          .from = http_peer(request),
                          .limit_ms = TOUCH_LIMIT_MS};
    struct json *reply;

    if (now_ms - session->seen_ms < TOUCH_MS ||
        (hash_equal(&reader->touched, &session->token) &&
         now_ms - reader->touched_ms < TOUCH_MS) ||
        !atomic_load(&reader->web->core_up))
        return;
    reader->touched = session->token;
    reader->touched_ms = now_ms;
    ask.session = web_token(request);
    reply = web_core_ask(reader->core, &ask);
    json_free(&reply);
}

/* ---- answers */

static void answer_session(struct reader *reader, struct http_request *request,
                           const struct web_session *session)
{
    const struct web_program *program = reader->web->program;
    struct json *value = json_object_new();

    json_set_text(value, "program", program->program);
    program->about(reader->data, value);
    json_set_text(value, "user", session->user);
    json_set_text(value, "role", session->role);
    json_set(value, "may",
             session->needs_code ? json_array_new()
                                 : program->may(session->role));
    json_set_flag(value, "needs_code", session->needs_code);
    json_set_flag(value, "enrol", session->enrol);
    json_set_text(value, "version", LIENXA_VERSION);
    web_give_json(request, 200, value);
    json_free(&value);
}

static void answer_events(struct reader *reader, struct http_request *request,
                          const struct web_session *session)
{
    struct buf first = {0};

    buf_add_text(&first, "retry: 2000\n\n");
    web_core_event(reader->web, &first);
    if (!http_answer_events(request, reader->web->events, session->token.bytes,
                            buf_text(&first)))
        web_refuse(request, "busy", "too many pages are open");
    buf_free(&first);
}

static void give_body(struct http_request *request, const char *tag,
                      struct buf *body)
{
    http_answer_tagged(request, "application/json", tag, body);
}

static void make_tag(char out[WEB_TAG_BYTES], const struct buf *body)
{
    struct bytes bytes = buf_bytes(body);
    struct hash hash = crypto_sha256(&bytes, 1);
    char hex[33];

    hex_encode(hex, hash.bytes, 16);
    (void)snprintf(out, WEB_TAG_BYTES, "\"%s\"", hex);
}

static const char *word_of(int rc)
{
    switch (rc) {
    case ERR_MISSING:
        return "missing";
    case ERR_INVALID:
        return "invalid";
    case ERR_REFUSED:
        return "forbidden";
    case ERR_FULL:
        return "disk";
    default:
        return "core";
    }
}

static void answer_read(struct reader *reader, struct http_request *request,
                        const struct web_session *session,
                        const struct web_route *route)
{
    struct web *web = reader->web;
    bool up = atomic_load(&web->core_up);
    struct web_call call = {.request = request,
                            .session = session,
                            .data = reader->data,
                            .rest =
                                web_route_rest(route->path, http_path(request)),
                            .core_up = up,
                            .core = reader->core,
                            .now_ms = clock_wall_ms()};
    struct web_kept kept = {.role = session->role,
                            .target = http_target(request),
                            .age = web_cache_age(web->cache)};
    struct error err = {""};
    char tag[WEB_TAG_BYTES];
    struct buf body = {0};
    int rc;

    if (!route->personal &&
        web_cache_get(web->cache, session->role, kept.target, clock_mono_ms(),
                      &body, tag)) {
        give_body(request, tag, &body);
        return;
    }
    if ((rc = route->read(&call, &body, &err)) != 0) {
        buf_free(&body);
        web_refuse(request, word_of(rc),
                   err.text[0] != '\0' ? err.text : error_name(rc));
        return;
    }
    make_tag(tag, &body);
    kept.tag = tag;
    kept.body = buf_bytes(&body);
    kept.until_ms = clock_mono_ms() + (up ? KEEP_MS : KEEP_BLIND_MS);
    if (!route->personal)
        web_cache_put(web->cache, &kept);
    give_body(request, tag, &body);
}

static const struct web_route *find_route(const struct web_program *program,
                                          const char *path)
{
    for (const struct web_route *at = program->routes; at->path != NULL; at++)
        if (web_route_rest(at->path, path) != NULL)
            return at;
    return NULL;
}

static void answer_known(struct reader *reader, struct http_request *request,
                         const struct web_session *session)
{
    const struct web_program *program = reader->web->program;
    const char *path = http_path(request);
    const struct web_route *route = find_route(program, path);

    if (strcmp(path, "/api/session") == 0)
        answer_session(reader, request, session);
    else if (session->needs_code)
        web_refuse(request, "code", "the code of the second factor first");
    else if (strcmp(path, "/api/events") == 0)
        answer_events(reader, request, session);
    else if (route == NULL)
        web_refuse(request, "missing", "no such path");
    else if (!program->may_read(session->role, route->path))
        web_refuse(request, "forbidden", "this role does not see that");
    else
        answer_read(reader, request, session, route);
}

void web_reader_work(void *web, void *reader, struct http_request *request)
{
    struct web_session session;
    struct error err = {""};
    struct reader *r = reader;

    (void)web;
    if (open_data(r, &err) != 0) {
        log_warn("web.database", "reason=\"%s\"", err.text);
        web_refuse(request, "core", "the database cannot be read: see the log");
        return;
    }
    if (!find_session(r, request, &session))
        return;
    answer_known(r, request, &session);
    web_reader_touch(r, request, &session);
}
