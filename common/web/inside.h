/* common/web/inside.h - what the files of common/web share. Not for others.
 */
#ifndef LIENXA_WEB_INSIDE_H
#define LIENXA_WEB_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/control/control.h"
#include "common/web/web.h"

enum web_lane { LANE_READ, LANE_COMMAND, LANE_SLOW, LANE_FILE, LANE_COUNT };

enum {
    WEB_BODY_LIMIT = 1 << 20,
    WEB_FORM_LIMIT = 4096, /* name and password, a code */
    WEB_TOKEN_TEXT = 64,   /* hex letters of a session's token */
    WEB_COMMAND_MS = 60000,
    WEB_SLOW_MOST = 16, /* passwords that wait to be stretched */
    WEB_SLOW_EACH = 4   /* of one address: nobody shuts the door for others */
};

struct web {
    const struct web_program *program;
    char folder[4096];
    bool setup;   /* web_options.setup */
    bool service; /* web_options.service */
    struct http_events *events;
    struct web_cache *cache;
    atomic_bool core_up;
    atomic_bool stopping;
    atomic_llong revision; /* of the core, as last told */
    atomic_ullong fresh;   /* grows when readers should open anew */
    pthread_mutex_t slow_lock;
    char slow[WEB_SLOW_MOST][HTTP_PEER_BYTES]; /* who waits for a password */
    pthread_mutex_t ready_lock; /* one makes a file ready, or a small one */
    atomic_ullong held;         /* bytes of files that are being answered */
    pthread_t watcher;
    bool watching;
};

/* ---- core.c: asking the core over DATA/web.sock */

struct web_core; /* one connection, of one thread; connects when it is used */
struct web_core *web_core_new(const struct web *web);
void web_core_free(struct web_core **core);

struct web_ask {
    const char *id; /* UUID; NULL: a new one */
    const char *command;
    const char *session; /* 64 hex, or NULL */
    const char *from;    /* an address; NULL: the web process itself */
    struct json *args;   /* taken; NULL: none */
    int64_t limit_ms;
};
/* A new UUID; random_id is of one thread only. */
void web_new_id(char out[ID_TEXT_BYTES]);
/* The core's reply, or NULL: it does not answer (code "core"). Asked once more
 * on a new connection when the first one ended: the id makes that harmless. */
struct json *web_core_ask(struct web_core *core, const struct web_ask *ask);

/* ---- answers.c */

/* The HTTP status of a word in `code`. */
unsigned web_status_of(const char *code);
/* {"error","code"}; with `busy` a Retry-After. */
void web_refuse(struct http_request *request, const char *code,
                const char *text);
void web_give_json(struct http_request *request, unsigned status,
                   const struct json *value);
/* The core's reply as it is; NULL: "core". False when it was not ok. */
bool web_give_reply(struct http_request *request, const struct json *reply);
/* The token of the cookie when it looks like one, else NULL. */
const char *web_token(struct http_request *request);
bool web_is_token(const char *text);
void web_set_cookie(struct http_request *request, const char *token);
void web_drop_cookie(struct http_request *request);
/* SHA-256 of the bytes the 64 letters mean. */
struct hash web_token_hash(const char *token);
/* The body as an object, at most `limit` bytes; NULL: answered already. */
struct json *web_body(struct http_request *request, size_t limit);

/* ---- session.c */

/* Whose token the request brings. ERR_MISSING: nobody's; ERR_REFUSED: it is
 * over; else the code of the database, `data` of the program. */
int web_find_session(const struct web *web, void *data,
                     struct http_request *request, struct web_session *out);

/* ---- gate.c: pure */

/* What a request from another site would lack: NULL when it may pass, else one
 * line. All may be NULL but the method. */
struct web_origin {
    const char *method, *host, *origin, *fetch_site, *mark;
};
const char *web_origin_fault(const struct web_origin *origin);
/* The part behind a route's path, "" when the route has none, NULL when it is
 * not its path. */
const char *web_route_rest(const char *route, const char *path);

/* ---- cache.c: answers of this revision */

struct web_cache;
struct web_cache *web_cache_new(void);
void web_cache_free(struct web_cache **cache);
/* What was read before is not given out any more. */
void web_cache_forget(struct web_cache *cache);
/* To be taken before reading; what was read is kept under it. */
uint64_t web_cache_age(struct web_cache *cache);
/* Appends the answer and its tag; false: not there. */
enum { WEB_TAG_BYTES = 40 };
bool web_cache_get(struct web_cache *cache, const char *role,
                   const char *target, int64_t now_ms, struct buf *out,
                   char tag[WEB_TAG_BYTES]);
struct web_kept {
    const char *role, *target, *tag;
    struct bytes body;
    uint64_t age;
    int64_t until_ms; /* monotonic */
};
void web_cache_put(struct web_cache *cache, const struct web_kept *kept);

/* ---- reads.c, accounts.c, commands.c: in the lanes */

void *web_reader_open(void *web);
void web_reader_close(void *web, void *reader);
void web_reader_work(void *web, void *reader, struct http_request *request);

/* A sign of life, at most once a minute; whether it arrives is not waited for
 * by anybody but the answer that is given here. */
void web_reader_touch(void *reader, struct http_request *request,
                      const struct web_session *session);

void *web_core_open(void *web);
void web_core_close(void *web, void *core);
void web_command_work(void *web, void *core, struct http_request *request);
void web_slow_work(void *web, void *core, struct http_request *request);

/* unlock.c: a command with keys made of a password (web_program.keys) */
bool web_is_unlock(const struct web *web, const char *path);
void web_unlock(struct web *web, struct web_core *core,
                struct http_request *request);

/* A place in the slow lane for this address, of IPv6 for its network; false: it
 * has its share. */
bool web_slow_enter(struct web *web, const char *address);
void web_slow_leave(struct web *web, const char *address);

/* ---- handle.c: in the library's threads */
void web_handle(void *web, struct http_request *request);

/* ---- setup.c: while the program is being set up */
void web_setup_handle(struct web *web, struct http_request *request);
void web_setup_work(struct web *web, struct web_core *core,
                    struct http_request *request);

/* ---- service.c: for web_options.service */

/* Waits until `web->folder` can be served; it and `web->setup` become what it
 * is. Signals end the process as ever. */
void web_service_wait(struct web *web);
/* Is it no longer that? */
bool web_service_is_over(const struct web *web);

/* What is read from, for a thread of its own with a reader of its own. */
int web_reader_data(void *reader, void **data, struct error *err);

/* ---- metrics.c: /metrics and /healthz, plain, on loopback only */

struct web_metrics;
/* Owned; web_metrics_close before `web` goes. */
int web_metrics_open(struct web_metrics **out, struct web *web,
                     const char *address, struct error *err);
void web_metrics_close(struct web_metrics **metrics);

/* ---- watcher.c */
bool web_watcher_start(struct web *web);
void web_watcher_stop(struct web *web);
/* "event: core" for a new stream, and for all when it changes. */
void web_core_event(const struct web *web, struct buf *out);

#endif
