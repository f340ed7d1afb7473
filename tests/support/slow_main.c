/* tests/support/slow_main.c - lienxa-slow: many clients at once of a web
 * process, for the end-to-end tests.
 *
 *   hold PORT     --count N --seconds S: opens connections, says a part of a
 *                 header over TLS in every eighth one and a byte of a
 *                 handshake in the rest, then one more byte a second; prints
 *                 how many were held at the peak and how many are left
 *   events PORT   --count N --seconds S --cookie C: opens streams of events and
 *                 prints how many answered 200, how many got a "changed", and
 *                 the milliseconds from the first to the last of it
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

enum { MOST = 4000, HANDSHAKES = 8 /* one of so many: they are work */ };

struct line {
    int fd; /* -1: closed */
    SSL *tls;
    bool answered;
    int64_t changed_ms;
};

static int64_t number(struct cli *cli, const char *name, int64_t otherwise)
{
    const char *text = cli_option_value(cli, name);

    return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

static int reach(struct cli *cli)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 20};

    to.sin_port = htons((uint16_t)strtol(cli_argument(cli, 0), NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static SSL *shake_hands(SSL_CTX *context, int fd)
{
    SSL *tls = SSL_new(context);

    if (SSL_set_fd(tls, fd) == 1 && SSL_connect(tls) == 1)
        return tls;
    SSL_free(tls);
    return NULL;
}

static void drop(struct line *line)
{
    SSL_free(line->tls);
    if (line->fd >= 0)
        (void)close(line->fd);
    *line = (struct line){.fd = -1};
}

static bool is_gone(const struct line *line)
{
    struct pollfd item = {.fd = line->fd, .events = POLLIN};

    return line->fd < 0 ||
           (poll(&item, 1, 0) > 0 &&
            (item.revents & (POLLHUP | POLLERR | POLLIN)) != 0 &&
            recv(line->fd, (char[1]){0}, 1, MSG_PEEK) <= 0);
}

static bool say(struct line *line, const char *text)
{
    size_t size = strlen(text);

    return line->tls != NULL
               ? SSL_write(line->tls, text, (int)size) > 0
               : send(line->fd, text, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* ---- hold */

static size_t held(struct line *lines, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        if (lines[i].fd >= 0 && is_gone(&lines[i]))
            drop(&lines[i]);
        left += lines[i].fd >= 0;
    }
    return left;
}

static int run_hold(struct cli *cli)
{
    size_t count = (size_t)number(cli, "count", 2000), peak = 0, left = 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    struct line *lines = mem_array(MOST, sizeof *lines);
    int64_t end;

    for (size_t i = 0; i < count && i < MOST; i++) {
        lines[i].fd = reach(cli);
        if (lines[i].fd >= 0 && i % HANDSHAKES == 0)
            lines[i].tls = shake_hands(context, lines[i].fd);
        if (lines[i].fd >= 0)
            (void)say(&lines[i], lines[i].tls != NULL
                                     ? "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
                                     : "\x16");
    }
    (void)fprintf(stderr, "opened\n");
    end = clock_mono_ms() + 1000 * number(cli, "seconds", 30);
    while (clock_mono_ms() < end) {
        left = held(lines, count);
        peak = left > peak ? left : peak;
        for (size_t i = 0; i < count; i++)
            if (lines[i].fd >= 0)
                (void)say(&lines[i], lines[i].tls != NULL ? "a" : "\x03");
        (void)poll(NULL, 0, 1000);
    }
    printf("{\"peak\":%zu,\"left\":%zu}\n", peak, held(lines, count));
    for (size_t i = 0; i < count; i++)
        drop(&lines[i]);
    SSL_CTX_free(context);
    mem_free(&lines);
    return 0;
}

/* ---- events */

static void listen_to(struct line *line)
{
    char text[4096];
    int got = SSL_read(line->tls, text, sizeof text - 1);

    if (got <= 0) {
        int why = SSL_get_error(line->tls, got);

        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            drop(line);
        return;
    }
    text[got] = '\0';
    if (strncmp(text, "HTTP/1.1 200", 12) == 0)
        line->answered = true;
    if (strstr(text, "event: changed") != NULL && line->changed_ms == 0)
        line->changed_ms = clock_mono_ms();
}

static void open_stream(struct cli *cli, SSL_CTX *context, struct line *line)
{
    char text[512];

    line->fd = reach(cli);
    line->tls = line->fd < 0 ? NULL : shake_hands(context, line->fd);
    if (line->tls == NULL) {
        drop(line);
        return;
    }
    (void)snprintf(text, sizeof text,
                   "GET /api/events HTTP/1.1\r\nHost: a\r\nCookie: "
                   "__Host-lienxa=%s\r\n\r\n",
                   cli_option_value(cli, "cookie"));
    (void)say(line, text);
    (void)fcntl(line->fd, F_SETFL, O_NONBLOCK);
}

static void print_streams(const struct line *lines, size_t count)
{
    int64_t first = INT64_MAX, last = 0;
    size_t answered = 0, changed = 0;

    for (size_t i = 0; i < count; i++) {
        answered += lines[i].answered;
        if (lines[i].changed_ms == 0)
            continue;
        changed++;
        first = lines[i].changed_ms < first ? lines[i].changed_ms : first;
        last = lines[i].changed_ms > last ? lines[i].changed_ms : last;
    }
    printf("{\"answered\":%zu,\"changed\":%zu,\"spread_ms\":%lld}\n", answered,
           changed, changed == 0 ? 0LL : (long long)(last - first));
}

static int run_events(struct cli *cli)
{
    size_t count = (size_t)number(cli, "count", 200);
    int64_t end = clock_mono_ms() + 1000 * number(cli, "seconds", 30);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    struct line *lines = mem_array(MOST, sizeof *lines);
    struct pollfd *polls = mem_array(MOST, sizeof *polls);
    size_t changed = 0;

    for (size_t i = 0; i < count && i < MOST; i++)
        open_stream(cli, context, &lines[i]);
    (void)fprintf(stderr, "opened\n");
    while (clock_mono_ms() < end && changed < count) {
        changed = 0;
        for (size_t i = 0; i < count; i++) {
            polls[i] = (struct pollfd){lines[i].fd, POLLIN, 0};
            changed += lines[i].changed_ms != 0;
        }
        (void)poll(polls, count, 200);
        for (size_t i = 0; i < count; i++)
            if (lines[i].fd >= 0 && polls[i].revents != 0)
                listen_to(&lines[i]);
    }
    print_streams(lines, count);
    for (size_t i = 0; i < count; i++)
        drop(&lines[i]);
    SSL_CTX_free(context);
    mem_free(&polls);
    mem_free(&lines);
    return 0;
}

static const struct cli_option options[] = {
    {"count", CLI_ONE, "N  connections"},
    {"seconds", CLI_ONE, "S  how long"},
    {"cookie", CLI_ONE, "C  of a session"},
    {0}};

static const struct cli_command commands[] = {
    {"hold", "PORT", 1, 1, options, "slow headers and handshakes", run_hold},
    {"events", "PORT", 1, 1, options, "open pages", run_events},
    {0}};

int main(int argc, char **argv)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MOST + 100) {
        limit.rlim_cur =
            limit.rlim_max < MOST + 100 ? limit.rlim_max : MOST + 100;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    return cli_main(argc, argv, "lienxa-slow", "/nowhere",
                    "many clients of a web process", commands, NULL);
}
