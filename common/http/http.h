/* common/http/http.h - an HTTPS server for pages, their API and their events.
 *
 * Alone knows libmicrohttpd, of which it uses only what 0.9.75 and 1.0 both
 * have, and GnuTLS under it. What it promises to who is above it:
 *
 * - TLS 1.2 and 1.3 with AEAD ciphers only; HTTP/1.1.
 * - A request reaches its handler whole and sound: methods GET, HEAD, POST, PUT
 *   and DELETE; the target's path decoded once, strictly (no "..", no "//", no
 *   %00, no %2f, UTF-8); the body no longer than the limit. What may be read in
 *   two ways (Content-Length twice or beside Transfer-Encoding, two Hosts, a
 *   Content-Encoding) is refused and the connection closed.
 * - Nobody holds a place by being slow: the header has HEADER_MS, the body
 *   BODY_MS, the answer ANSWER_MS in all, not per byte. Of one address at most
 *   HALF_OPEN connections may be without a whole header; one more ends the
 *   oldest of them, before TLS or behind it. Connections that do ask are many
 *   per address: a whole office is behind one. When places are few, who rests
 *   longest between two requests makes room, and body and answer have FEW_MS
 *   each. An address of IPv6 is the network (/64) of one subscriber.
 * - What is read and of HTTP_PACKED bytes or more is compressed for who takes
 *   gzip (http_answer_tagged). Nothing else is: a length tells about what was
 *   compressed together (BREACH), so no answer that bears a token, a secret or
 * a code may be given by that function. Ours do not: the session is a cookie,
 *   and what a command says is given by http_answer. Another site's page cannot
 *   make a browser ask in the person's name (SameSite=Strict).
 * - Every answer carries the security headers of design 10. (The library's own
 *   400, 413 and 431 for what is no HTTP at all carry none.)
 *
 * Threads: handlers run in the threads of the library, which serve everybody,
 * and must not block: whatever may take over 5 ms is handed to a lane
 * (http_defer) and the answer is given there.
 */
#ifndef LIENXA_HTTP_HTTP_H
#define LIENXA_HTTP_HTTP_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    HTTP_HEADER_MS = 15000,
    HTTP_BODY_MS = 30000,
    HTTP_ANSWER_MS = 300000,
    HTTP_FEW_MS = 15000,
    HTTP_IDLE_S = 75, /* between two requests of one connection */
    HTTP_HALF_OPEN = 128,
    HTTP_CONNECTIONS = 3000,
    HTTP_PER_ADDRESS = 2000,
    HTTP_TARGET_LIMIT = 4096, /* bytes of path and query as they came */
    HTTP_QUERY_LIMIT = 32,    /* parameters */
    HTTP_PACKED = 1024,       /* bytes from which an answer is compressed */
    HTTP_LANES = 4,
    HTTP_EVENT_CLIENTS = 1000,
    HTTP_EVENT_BUFFER = 16384, /* bytes that wait for one slow client */
    HTTP_PEER_BYTES = 48
};

/* ---- files in the program (made by cmake's lx_web) ---- */

struct http_asset {
    const char *path; /* "/index.html", "/assets/app.3f2a91c0.js" */
    const char *type; /* "text/javascript; charset=utf-8" */
    const char *etag; /* with its quotes: "\"3f2a91c0\"" */
    struct bytes raw;
    struct bytes gz, br; /* size 0: not made, raw is sent */
};
struct http_assets {
    const struct http_asset *list; /* sorted by path (strcmp) */
    size_t count;
};
/* NULL: none of that path. */
const struct http_asset *http_asset_find(const struct http_assets *assets,
                                         const char *path);

/* ---- a request ---- */

struct http_request;

const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request); /* decoded */
/* The value of the parameter, decoded ('+' is a space); NULL when it is not
 * there. */
const char *http_query(const struct http_request *request, const char *name);
/* Path and query as they came: what a cache goes by. */
const char *http_target(const struct http_request *request);
/* The header's value, or NULL; any case. */
const char *http_header(const struct http_request *request, const char *name);
/* The value of that cookie, or NULL. Borrowed until the request ends. */
const char *http_cookie(struct http_request *request, const char *name);
struct bytes http_body(const struct http_request *request);
/* "192.0.2.7" or "2001:db8::7". */
const char *http_peer(const struct http_request *request);
/* Is the media type of the body this one ("application/json")? */
bool http_body_is(const struct http_request *request, const char *type);

/* ---- its answer: exactly one of these, once ---- */

/* Headers come before the answer. `name` and `value` are copied; a value with a
 * control character is dropped. */
void http_add_header(struct http_request *request, const char *name,
                     const char *value);
/* `body` is taken. */
void http_answer(struct http_request *request, unsigned status,
                 const char *type, struct buf *body);
/* As above with an ETag (with quotes): 304 without a body when the client has
 * it in its memory; like all answers but assets it may be stored nowhere.
 * Compressed, so never for what bears a secret. Some 0.1 ms for 10 kB. */
void http_answer_tagged(struct http_request *request, const char *type,
                        const char *etag, struct buf *body);
/* In the coding the client takes. Below /assets/ it never changes and may be
 * kept for a year; elsewhere it is asked for again each time. */
void http_answer_asset(struct http_request *request,
                       const struct http_asset *asset);

/* Hands the request to a lane; the lane's work function answers it. False: the
 * queue is full, answer 429 or 503 yourself. */
bool http_defer(struct http_request *request, unsigned lane, void *job);
/* What was given to http_defer. */
void *http_job(const struct http_request *request);

/* ---- events (Server-Sent Events) ---- */

struct http_events;

struct http_events *http_events_new(void);
/* After http_server_close, which ends its streams for good. */
void http_events_free(struct http_events **events);
/* Answers with a stream that begins with `first` (an event made by
 * http_event_text, or ""). `tag`: 32 bytes by which it can be ended. False: too
 * many, nothing was answered. */
bool http_answer_events(struct http_request *request,
                        struct http_events *events, const uint8_t tag[32],
                        const char *first);
/* "event: NAME\ndata: DATA\n\n"; DATA has no line break. Appended. */
void http_event_text(struct buf *out, const char *name, const char *data);
/* To everybody; who has HTTP_EVENT_BUFFER waiting is cut off (and comes back,
 * and reads anew). Any thread. */
void http_events_send(struct http_events *events, struct bytes text);
/* Ends the streams of this tag, or all (NULL). */
void http_events_end(struct http_events *events, const uint8_t tag[32]);
size_t http_events_count(struct http_events *events);

/* ---- the server ---- */

/* A few threads beside the library's, for what takes long. */
struct http_lane {
    const char *name;
    unsigned threads;
    unsigned waiting; /* in its queue; more is refused */
    /* Each thread's own state, made in that thread; NULL: none. */
    void *(*open)(void *who);
    void (*close)(void *who, void *state);
    /* Answers the request. */
    void (*work)(void *who, void *state, struct http_request *request);
};

struct http_config {
    int listener;          /* a listening TCP socket; taken */
    const char *key_path;  /* PEM */
    const char *cert_path; /* PEM: ours first, then its issuers */
    unsigned threads;      /* of the library: 2 to 4 */
    size_t body_limit;     /* bytes */
    void *who;
    /* In a thread of the library: answers or defers. */
    void (*handle)(void *who, struct http_request *request);
    /* The request is over (answered or lost): frees the job. NULL: nothing. */
    void (*done)(void *who, void *job);
    struct http_lane lanes[HTTP_LANES];
    size_t lane_count;
    struct http_events *events; /* borrowed; may be NULL */
};

struct http_server;

/* ERR_MISSING, ERR_INVALID: key or certificate, in words; ERR_IO. Owned. */
int http_server_open(struct http_server **out, const struct http_config *config,
                     struct error *err);
/* The certificate on the disk is another than the one in use: open anew. */
bool http_server_is_stale(const struct http_server *server);
/* Lets what is being answered go, ends the streams. */
void http_server_close(struct http_server **server);

/* ---- a page for programs of this machine: plain HTTP on a loopback address,
 * GET of a few paths, a few at a time, each answered before the next */

struct http_plain;

struct http_plain_config {
    int listener; /* a listening socket of a loopback address; taken */
    void *who;
    /* In the page's own thread; may block. Appends the answer to `out`, returns
     * its status; 404: no such path. */
    unsigned (*get)(void *who, const char *path, struct buf *out);
};
enum { HTTP_PLAIN_CONNECTIONS = 8, HTTP_PLAIN_IDLE_S = 30 };

/* ERR_IO. Owned. */
int http_plain_open(struct http_plain **out,
                    const struct http_plain_config *config, struct error *err);
void http_plain_close(struct http_plain **plain);

#endif
