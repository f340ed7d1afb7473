/* common/control/listen.c - a listening TCP socket. */
#include "common/control/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

struct place {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name;
    socklen_t size;
};

static bool read_port(const char *text, in_port_t *out)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || port > 65535)
        return false;
    *out = htons((uint16_t)port);
    return true;
}

static bool read_place(struct place *out, const char *text)
{
    char host[LISTEN_TEXT_BYTES];
    const char *colon = strrchr(text, ':');
    size_t size = colon == NULL ? sizeof host : (size_t)(colon - text);
    in_port_t port;

    memset(out, 0, sizeof *out);
    if (size >= sizeof host || !read_port(colon + 1, &port))
        return false;
    memcpy(host, text, size);
    host[size] = '\0';
    if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        out->name.v6.sin6_family = AF_INET6;
        out->name.v6.sin6_port = port;
        out->size = sizeof out->name.v6;
        return inet_pton(AF_INET6, host + 1, &out->name.v6.sin6_addr) == 1;
    }
    out->name.v4.sin_family = AF_INET;
    out->name.v4.sin_port = port;
    out->size = sizeof out->name.v4;
    return inet_pton(AF_INET, host, &out->name.v4.sin_addr) == 1;
}

static int why(const char *text, int code, struct error *err)
{
    switch (code) {
    case EADDRINUSE:
        return error_set(err, ERR_EXISTS,
                         "%s: another program listens there: choose another "
                         "port",
                         text);
    case EACCES:
        return error_set(err, ERR_REFUSED,
                         "%s: only root may listen on ports below 1024", text);
    case EADDRNOTAVAIL:
        return error_set(err, ERR_INVALID,
                         "%s: this machine does not have that address", text);
    default:
        return error_set(err, ERR_IO, "%s: %s", text, strerror(code));
    }
}

static void tell(int fd, char address[LISTEN_TEXT_BYTES])
{
    struct place place = {.size = sizeof place.name};
    char host[INET6_ADDRSTRLEN] = "?";

    (void)getsockname(fd, &place.name.any, &place.size);
    if (place.name.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &place.name.v6.sin6_addr, host, sizeof host);
        (void)snprintf(address, LISTEN_TEXT_BYTES, "[%s]:%u", host,
                       ntohs(place.name.v6.sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &place.name.v4.sin_addr, host, sizeof host);
        (void)snprintf(address, LISTEN_TEXT_BYTES, "%s:%u", host,
                       ntohs(place.name.v4.sin_port));
    }
}

static bool is_loopback(const struct place *place)
{
    return place->name.any.sa_family == AF_INET6
               ? IN6_IS_ADDR_LOOPBACK(&place->name.v6.sin6_addr)
               : ntohl(place->name.v4.sin_addr.s_addr) >> 24 == 127;
}

int listen_read_metrics(const char **address, const char *web,
                        struct error *err)
{
    struct place place;

    if (*address != NULL && strcmp(*address, "off") == 0)
        *address = NULL;
    if (*address == NULL)
        return 0;
    if (!read_place(&place, *address) || !is_loopback(&place))
        return error_set(err, ERR_INVALID,
                         "--metrics %s: an address of this machine itself is "
                         "needed, such as 127.0.0.1:9471",
                         *address);
    return web != NULL ? 0
                       : error_set(err, ERR_INVALID,
                                   "--metrics needs --web A:P: the process of "
                                   "the pages answers it");
}

int listen_open(const char *text, char address[LISTEN_TEXT_BYTES],
                struct error *err)
{
    const char *bare = strncmp(text, "tcp://", 6) == 0 ? text + 6 : text;
    struct place place;
    int one = 1, rc, fd;

    if (!read_place(&place, bare))
        return error_set(err, ERR_INVALID,
                         "\"%s\" is not ADDRESS:PORT (127.0.0.1:8443, "
                         "[::1]:8443)",
                         text);
    fd = socket(place.name.any.sa_family,
                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(err, ERR_IO, "socket: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, &place.name.any, place.size) != 0 ||
        listen(fd, BACKLOG) != 0) {
        rc = why(text, errno, err);
        (void)close(fd);
        return rc;
    }
    tell(fd, address);
    return fd;
}
