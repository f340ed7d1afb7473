/* common/http/plain.c - a page for programs of this machine. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/mem.h"
#include "common/http/inside.h"

enum { CONNECTION_BYTES = 8192 };

struct http_plain {
    struct http_plain_config config;
    struct MHD_Daemon *daemon;
};

bool http_host_is_here(const char *host)
{
    static const char v6[] = "[::1]";
    char name[sizeof "127.255.255.255"];
    struct in_addr address;
    size_t size;

    if (host == NULL)
        return true;
    if (*host == '[') {
        size = sizeof v6 - 1;
        return strncmp(host, v6, size) == 0 &&
               (host[size] == '\0' || host[size] == ':');
    }
    if ((size = strcspn(host, ":")) >= sizeof name)
        return false;
    memcpy(name, host, size);
    name[size] = '\0';
    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &address) == 1 &&
            ntohl(address.s_addr) >> 24 == 127);
}

static enum MHD_Result give(struct MHD_Connection *connection, unsigned status,
                            struct buf *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->size, body->data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc = MHD_NO;

    if (response != NULL) {
        (void)MHD_add_response_header(
            response, MHD_HTTP_HEADER_CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8");
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                                      "no-store");
        (void)MHD_add_response_header(response, "X-Content-Type-Options",
                                      "nosniff");
        rc = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    buf_free(body);
    return rc;
}

static enum MHD_Result on_access(void *who, struct MHD_Connection *connection,
                                 const char *path, const char *method,
                                 const char *version, const char *data,
                                 size_t *size, void **context)
{
    static int begun;
    const struct http_plain *plain = who;
    struct buf out = {0};
    unsigned status;

    (void)version;
    (void)data;
    if (*context == NULL) {
        *context = &begun;
        return MHD_YES;
    }
    if (*size != 0)
        return MHD_NO; /* a body: for nobody here */
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
        strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        status = MHD_HTTP_METHOD_NOT_ALLOWED;
    else if (!http_host_is_here(MHD_lookup_connection_value(
                 connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST)))
        status = MHD_HTTP_FORBIDDEN;
    else
        status = plain->config.get(plain->config.who, path, &out);
    if (out.size == 0)
        buf_printf(&out, "%u\n", status);
    return give(connection, status, &out);
}

int http_plain_open(struct http_plain **out,
                    const struct http_plain_config *config, struct error *err)
{
    struct http_plain *plain = mem_new(sizeof *plain);

    plain->config = *config;
    plain->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_access, plain,
        MHD_OPTION_LISTEN_SOCKET, config->listener, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)HTTP_PLAIN_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_PLAIN_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (plain->daemon == NULL) {
        mem_free(&plain);
        return error_set(err, ERR_IO, "the page of metrics cannot start: %s",
                         strerror(errno));
    }
    *out = plain;
    return 0;
}

void http_plain_close(struct http_plain **plain)
{
    if (*plain == NULL)
        return;
    MHD_stop_daemon((*plain)->daemon);
    mem_free(plain);
}
