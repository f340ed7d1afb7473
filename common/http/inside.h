/* common/http/inside.h - what the files of common/http share. Not for others.
 */
#ifndef LIENXA_HTTP_INSIDE_H
#define LIENXA_HTTP_INSIDE_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>

#include "common/http/http.h"
#include "common/http/target.h"

/* ---- line.c: every connection, and how long it may take */

struct http_line {
    struct http_line *next, *previous;
    int fd;
    struct in6_addr address; /* IPv4 mapped */
    bool half_open;          /* no whole header yet */
    bool rests;              /* between two requests */
    bool ended;              /* shut down: no more of it is expected */
    int64_t since_ms; /* it waits for a header, reads a body, is answered, .. */
    int64_t until_ms; /* INT64_MAX: no limit */
};
struct http_lines {
    pthread_mutex_t lock;
    struct http_line *first, *last; /* oldest first */
    size_t count, most;             /* the library takes no more than `most` */
};
struct sockaddr;
/* What connections are counted by: an IPv4 address, mapped; of IPv6 the network
 * that one subscriber has, who may use all its addresses. */
void http_line_group(struct in6_addr *out, const struct sockaddr *from);
struct http_line *http_line_open(struct http_lines *lines,
                                 struct MHD_Connection *connection);
void http_line_close(struct http_lines *lines, struct http_line *line);
/* The whole header is there: what comes next has `limit_ms` (0: no limit). */
void http_line_limit(struct http_lines *lines, struct http_line *line,
                     int64_t limit_ms);
/* Nothing is asked for: the next request has `limit_ms` to come, unless the
 * place is needed. */
void http_line_rest(struct http_lines *lines, struct http_line *line,
                    int64_t limit_ms);
/* Ends those whose time is over. */
void http_lines_reap(struct http_lines *lines, int64_t now_ms);

/* ---- request.c */

struct http_request {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_line *line;
    struct http_target target;
    unsigned fault; /* the status to refuse with, or 0 */
    char method[8];
    char peer[HTTP_PEER_BYTES];
    char *cookie; /* of the last http_cookie */
    struct buf body;
    bool begun, asked, is_stream;
    bool next_to_come;  /* a lane will answer */
    struct buf headers; /* NAME NUL VALUE NUL .. to be added */
    struct MHD_Response *response;
    unsigned status;
    void *job;
    struct http_request *next; /* in its lane */
};
struct http_request *http_request_new(struct http_server *server,
                                      struct MHD_Connection *connection,
                                      const char *target);
void http_request_free(struct http_request **request);
/* What is unsound in its headers: the status to refuse with, or 0. */
unsigned http_request_judge(const struct http_request *request,
                            size_t body_limit);

/* ---- answer.c */

/* Takes the response; the headers of every answer are put on it. */
void http_answer_with(struct http_request *request, unsigned status,
                      struct MHD_Response *response);
/* {"error","code"} for a refusal made here; the connection ends with it. */
void http_answer_refusal(struct http_request *request, unsigned status);
/* Does the header that lists codings take this one (RFC 9110, 12.5.3)? */
bool http_takes_coding(const char *accept, const char *coding);
/* Is the tag in the If-None-Match header? */
bool http_tag_matches(const char *if_none_match, const char *etag);

/* ---- lane.c */

struct http_lanes;
struct http_lanes *http_lanes_open(const struct http_config *config);
bool http_lanes_put(struct http_lanes *lanes, unsigned lane,
                    struct http_request *request);
/* Answers what waits with 503, waits for what is at work, refuses what comes.
 */
void http_lanes_stop(struct http_lanes *lanes);
void http_lanes_free(struct http_lanes **lanes);

/* ---- server.c */

struct http_server {
    struct http_config config; /* its paths were the caller's */
    char *key_path, *cert_path;
    struct MHD_Daemon *daemon;
    struct http_lines lines;
    struct http_lanes *lanes;
    pthread_t ticker;
    bool ticking;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    char said[256];   /* the library's last words */
    int64_t files_at; /* of key and certificate when they were read */
};

/* ---- events.c: a comment to everybody, so that dead lines are noticed */
void http_events_beat(struct http_events *events);
/* Ends all; new ones end at once. */
void http_events_close(struct http_events *events);

/* ---- plain.c */

/* Does this Host (NULL: none) name this machine itself? A foreign page whose
 * name leads to loopback can make a browser here ask; what it asks for bears
 * that name, which may begin like an address ("127.0.0.1.example"). */
bool http_host_is_here(const char *host);

#endif
