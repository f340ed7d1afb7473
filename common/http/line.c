/* common/http/line.c - every connection, and how long it may take.
 *
 * The library's own limit is on silence only: who sends a byte a minute keeps
 * his place for ever. Here time counts, not bytes.
 */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/http/inside.h"

enum {
    HALF_OPEN_IN_ALL = 1024,
    SPARE = 8,             /* one place in so many is kept free */
    SUBSCRIBER_BYTES = 8,  /* of an IPv6 address: who has these has the rest */
    SILENT_PEER_MS = 60000 /* sent and not acknowledged: the peer is gone */
};

void http_line_group(struct in6_addr *out, const struct sockaddr *from)
{
    memset(out, 0, sizeof *out);
    if (from != NULL && from->sa_family == AF_INET6) {
        *out = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(out))
            memset(out->s6_addr + SUBSCRIBER_BYTES, 0,
                   sizeof out->s6_addr - SUBSCRIBER_BYTES);
    } else if (from != NULL && from->sa_family == AF_INET) {
        out->s6_addr[10] = out->s6_addr[11] = 0xff;
        memcpy(out->s6_addr + 12,
               &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    }
}

/* The library closes it when it notices. */
static void end_line(struct http_line *line)
{
    line->ended = true;
    (void)shutdown(line->fd, SHUT_RDWR);
}

/* One too many without a header: the oldest of this address goes, or the oldest
 * of all. */
static void make_room(struct http_lines *lines, const struct in6_addr *address)
{
    struct http_line *oldest = NULL, *oldest_here = NULL;
    size_t all = 0, here = 0;

    for (struct http_line *at = lines->first; at != NULL; at = at->next) {
        if (!at->half_open || at->ended)
            continue;
        if (all++ == 0)
            oldest = at;
        if (memcmp(&at->address, address, sizeof *address) != 0)
            continue;
        if (here++ == 0)
            oldest_here = at;
    }
    if (here >= HTTP_HALF_OPEN)
        end_line(oldest_here);
    else if (all >= HALF_OPEN_IN_ALL)
        end_line(oldest);
}

static bool are_few(const struct http_lines *lines)
{
    return lines->count >= lines->most - lines->most / SPARE;
}

/* Places are few: who asked for nothing for the longest time goes, and comes
 * back by himself when he asks again. */
static void end_rest(struct http_lines *lines)
{
    struct http_line *longest = NULL;

    if (!are_few(lines))
        return;
    for (struct http_line *at = lines->first; at != NULL; at = at->next)
        if (at->rests && !at->ended &&
            (longest == NULL || at->until_ms < longest->until_ms))
            longest = at;
    if (longest != NULL)
        end_line(longest);
}

struct http_line *http_line_open(struct http_lines *lines,
                                 struct MHD_Connection *connection)
{
    struct http_line *line = mem_new(sizeof *line);
    const union MHD_ConnectionInfo *info;
    unsigned silent = SILENT_PEER_MS;

    info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    line->fd = info == NULL ? -1 : info->connect_fd;
    info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    http_line_group(&line->address, info == NULL ? NULL : info->client_addr);
    line->half_open = true;
    line->since_ms = clock_mono_ms();
    line->until_ms = line->since_ms + HTTP_HEADER_MS;
    (void)setsockopt(line->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent,
                     sizeof silent);
    (void)pthread_mutex_lock(&lines->lock);
    make_room(lines, &line->address);
    end_rest(lines);
    line->previous = lines->last;
    if (lines->last != NULL)
        lines->last->next = line;
    else
        lines->first = line;
    lines->last = line;
    lines->count++;
    (void)pthread_mutex_unlock(&lines->lock);
    return line;
}

void http_line_close(struct http_lines *lines, struct http_line *line)
{
    (void)pthread_mutex_lock(&lines->lock);
    if (line->previous != NULL)
        line->previous->next = line->next;
    else
        lines->first = line->next;
    if (line->next != NULL)
        line->next->previous = line->previous;
    else
        lines->last = line->previous;
    lines->count--;
    (void)pthread_mutex_unlock(&lines->lock);
    mem_free(&line);
}

static void set_limit(struct http_lines *lines, struct http_line *line,
                      int64_t limit_ms, bool rests)
{
    if (line == NULL)
        return;
    (void)pthread_mutex_lock(&lines->lock);
    line->half_open = false;
    line->rests = rests;
    line->since_ms = clock_mono_ms();
    line->until_ms = limit_ms == 0 ? INT64_MAX : line->since_ms + limit_ms;
    (void)pthread_mutex_unlock(&lines->lock);
}

void http_line_limit(struct http_lines *lines, struct http_line *line,
                     int64_t limit_ms)
{
    set_limit(lines, line, limit_ms, false);
}

void http_line_rest(struct http_lines *lines, struct http_line *line,
                    int64_t limit_ms)
{
    set_limit(lines, line, limit_ms, true);
}

/* Its time is over, or places are few and it asked long ago, and is not given a
 * stream that has no end. */
static bool is_over(const struct http_line *line, bool few, int64_t now_ms)
{
    return line->until_ms <= now_ms ||
           (few && !line->half_open && !line->rests &&
            line->until_ms != INT64_MAX &&
            now_ms - line->since_ms >= HTTP_FEW_MS);
}

void http_lines_reap(struct http_lines *lines, int64_t now_ms)
{
    size_t ended = 0;
    bool few;

    (void)pthread_mutex_lock(&lines->lock);
    few = are_few(lines);
    for (struct http_line *at = lines->first; at != NULL; at = at->next)
        if (!at->ended && is_over(at, few, now_ms)) {
            end_line(at);
            ended++;
        }
    (void)pthread_mutex_unlock(&lines->lock);
    if (ended > 0)
        log_info("http.slow", "ended=%zu", ended);
}
