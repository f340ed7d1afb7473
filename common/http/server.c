/* common/http/server.c - the library's daemon, and the way of a request through
 * it: target, header, body, handler (or lane), answer. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/http/inside.h"

enum {
    CONNECTION_BYTES = 32768, /* header and answer's header of a request */
    PEM_LIMIT = 65536,
    TICK_MS = 1000,
    BEAT_TICKS = 20,
    BACKLOG_MARGIN = 256 /* descriptors for databases, sockets, files */
};

/* AEAD with forward secrecy. No finite fields: who asks for the largest one
 * again and again makes us work a thousand times as hard as himself. */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:"
    "+CHACHA20-POLY1305:+AES-128-GCM:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
    "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:"
    "%SERVER_PRECEDENCE";

/* ---- a request */

static void *on_target(void *who, const char *target,
                       struct MHD_Connection *connection)
{
    return http_request_new(who, connection, target);
}

static enum MHD_Result send_answer(struct http_request *request)
{
    enum MHD_Result rc;

    http_line_limit(&request->server->lines, request->line,
                    request->is_stream ? 0 : HTTP_ANSWER_MS);
    rc = MHD_queue_response(request->connection, request->status,
                            request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return rc;
}

static enum MHD_Result begin(struct http_request *request, const char *method)
{
    struct http_server *server = request->server;

    request->begun = true;
    http_line_limit(&server->lines, request->line, HTTP_BODY_MS);
    (void)snprintf(request->method, sizeof request->method, "%s", method);
    request->fault = http_request_judge(request, server->config.body_limit);
    if (request->fault == 0)
        return MHD_YES;
    http_answer_refusal(request, request->fault);
    return send_answer(request); /* the body is not read */
}

/* A body of unknown length that is too long: what is a little over is taken and
 * thrown away, so that the refusal can be heard. */
static enum MHD_Result take_body(struct http_request *request, const char *data,
                                 size_t *size)
{
    size_t limit = request->server->config.body_limit;

    if (request->fault == 0 && request->body.size + *size > limit)
        request->fault = 413;
    if (request->fault != 0 && request->body.size + *size > 2 * limit)
        return MHD_NO;
    buf_reserve_wiping(&request->body, *size + 1);
    buf_add(&request->body, data, *size);
    /* The library's own buffer, which it reads into again; a password stays in
     * it for as long as the connection is kept. */
    mem_wipe((void *)(uintptr_t)data, *size);
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result on_access(void *who, struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *data,
                                 size_t *size, void **context)
{
    struct http_request *request = *context;
    struct http_server *server = who;

    (void)connection;
    (void)url; /* decoded by the library's rules, not by ours */
    (void)version;
    if (request == NULL)
        return MHD_NO;
    if (!request->begun)
        return begin(request, method);
    if (*size > 0)
        return take_body(request, data, size);
    if (request->fault != 0 && request->response == NULL)
        http_answer_refusal(request, request->fault);
    if (!request->asked && request->response == NULL) {
        request->asked = true;
        http_line_limit(&server->lines, request->line, HTTP_ANSWER_MS);
        server->config.handle(server->config.who, request);
        if (request->next_to_come)
            return MHD_YES; /* a lane has it */
    }
    if (request->response == NULL)
        http_answer_refusal(request, MHD_HTTP_INTERNAL_SERVER_ERROR);
    return send_answer(request);
}

static void on_completed(void *who, struct MHD_Connection *connection,
                         void **context, enum MHD_RequestTerminationCode code)
{
    struct http_request *request = *context;
    struct http_server *server = who;

    (void)connection;
    (void)code;
    if (request == NULL)
        return;
    http_line_rest(&server->lines, request->line,
                   HTTP_IDLE_S * 1000 + HTTP_HEADER_MS);
    http_request_free(&request);
    *context = NULL;
}

bool http_defer(struct http_request *request, unsigned lane, void *job)
{
    struct http_server *server = request->server;

    if (lane >= server->config.lane_count)
        return false;
    request->job = job;
    request->next_to_come = true;
    if (http_lanes_put(server->lanes, lane, request))
        return true;
    request->next_to_come = false;
    request->job = NULL;
    return false;
}

/* ---- connections */

static void on_connection(void *who, struct MHD_Connection *connection,
                          void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = who;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = http_line_open(&server->lines, connection);
    } else if (*context != NULL) {
        http_line_close(&server->lines, *context);
        *context = NULL;
    }
}

static void *tick(void *who)
{
    struct http_server *server = who;

    (void)pthread_mutex_lock(&server->lock);
    for (unsigned ticks = 1; !server->stopping; ticks++) {
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += TICK_MS / 1000;
        (void)pthread_cond_clockwait(&server->wake, &server->lock,
                                     CLOCK_MONOTONIC, &until);
        (void)pthread_mutex_unlock(&server->lock);
        http_lines_reap(&server->lines, clock_mono_ms());
        if (ticks % BEAT_TICKS == 0 && server->config.events != NULL)
            http_events_beat(server->config.events);
        (void)pthread_mutex_lock(&server->lock);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* ---- opening */

__attribute__((format(printf, 2, 0))) static void
on_words(void *who, const char *format, va_list args)
{
    struct http_server *server = who;
    char text[sizeof server->said];

    (void)vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("http.library", "text=\"%s\"", text);
    if (server->daemon == NULL)
        memcpy(server->said, text, sizeof server->said);
}

/* As it came: we decode ourselves. */
static size_t keep_escapes(void *who, struct MHD_Connection *connection,
                           char *text)
{
    (void)who;
    (void)connection;
    return strlen(text);
}

static int64_t changed_at(const char *path)
{
    struct stat status;

    return stat(path, &status) != 0
               ? 0
               : (int64_t)status.st_mtim.tv_sec * 1000000000 +
                     status.st_mtim.tv_nsec;
}

bool http_server_is_stale(const struct http_server *server)
{
    int64_t at = changed_at(server->cert_path);

    return at != 0 && at != server->files_at;
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    rlim_t wanted = HTTP_CONNECTIONS + BACKLOG_MARGIN;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted
                         ? wanted
                         : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static unsigned connection_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur >= HTTP_CONNECTIONS + BACKLOG_MARGIN)
        return HTTP_CONNECTIONS;
    return limit.rlim_cur > 2 * BACKLOG_MARGIN
               ? (unsigned)(limit.rlim_cur - BACKLOG_MARGIN)
               : (unsigned)limit.rlim_cur / 2;
}

/* What GnuTLS took off a line lies in its buffers as it was typed. */
static void free_wiping(void *memory)
{
    if (memory == NULL)
        return;
    mem_wipe(memory, malloc_usable_size(memory));
    free(memory);
}

static int start_daemon(struct http_server *server, const char *key,
                        const char *cert, struct error *err)
{
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_words, server},
        {MHD_OPTION_LISTEN_SOCKET, server->config.listener, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)server->config.threads, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)server->lines.most, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, HTTP_PER_ADDRESS, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_target, server},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
        {MHD_OPTION_END, 0, NULL}};

    server->daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS |
                             MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME,
                         0, NULL, NULL, on_access, server, MHD_OPTION_ARRAY,
                         options, MHD_OPTION_END);
    return server->daemon != NULL
               ? 0
               : error_set(err, ERR_INVALID, "%s or %s is not to be used: %s",
                           server->key_path, server->cert_path,
                           server->said[0] != '\0' ? server->said
                                                   : strerror(errno));
}

static int read_pem(struct buf *out, const char *path, struct error *err)
{
    int rc = file_read(out, path, PEM_LIMIT, err);

    if (rc == 0 && strstr(buf_text(out), "-----BEGIN ") == NULL)
        rc = error_set(err, ERR_INVALID, "%s is not a PEM file", path);
    return rc;
}

static int start_tls(struct http_server *server, struct error *err)
{
    struct buf key = {0}, cert = {0};
    int rc;

    gnutls_free = free_wiping; /* before its first thread */
    server->files_at = changed_at(server->cert_path);
    if ((rc = read_pem(&key, server->key_path, err)) == 0 &&
        (rc = read_pem(&cert, server->cert_path, err)) == 0)
        rc = start_daemon(server, buf_text(&key), buf_text(&cert), err);
    if (key.data != NULL)
        mem_wipe(key.data, key.room);
    buf_free(&key);
    buf_free(&cert);
    return rc;
}

int http_server_open(struct http_server **out, const struct http_config *config,
                     struct error *err)
{
    struct http_server *server = mem_new(sizeof *server);
    int rc;

    server->config = *config;
    server->key_path = mem_text(config->key_path);
    server->cert_path = mem_text(config->cert_path);
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_cond_init(&server->wake, NULL);
    (void)pthread_mutex_init(&server->lines.lock, NULL);
    raise_descriptors();
    server->lines.most = connection_limit();
    server->lanes = http_lanes_open(&server->config);
    rc = start_tls(server, err);
    if (rc == 0)
        server->ticking =
            pthread_create(&server->ticker, NULL, tick, server) == 0;
    if (rc == 0 && !server->ticking)
        rc = error_set(err, ERR_IO, "no thread is to be had");
    if (rc != 0) {
        http_server_close(&server);
        return rc;
    }
    *out = server;
    return 0;
}

void http_server_close(struct http_server **server)
{
    struct http_server *s = *server;

    if (s == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    if (s->ticking)
        (void)pthread_join(s->ticker, NULL);
    http_lanes_stop(s->lanes);
    if (s->config.events != NULL)
        http_events_close(s->config.events);
    if (s->daemon != NULL) {
        /* Taken from it before: it would shut down the listener, which is the
         * core's as well, and nobody could connect ever after. */
        (void)MHD_quiesce_daemon(s->daemon);
        MHD_stop_daemon(s->daemon);
    }
    (void)close(s->config.listener);
    http_lanes_free(&s->lanes);
    mem_free(&s->key_path);
    mem_free(&s->cert_path);
    (void)pthread_mutex_destroy(&s->lines.lock);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_mutex_destroy(&s->lock);
    mem_free(server);
}
