/* tests/support/swarm_main.c - lienxa-swarm: many simulated machines on one
 * real hub (swarm_node.h).
 *
 *   lienxa-swarm roster COUNT              a roster of invented units
 *   lienxa-swarm make COUNT FILE --data HUB
 *       enrols a machine of each of the first COUNT units; the hub is at rest
 *   lienxa-swarm run FILE --express A --bulk A [--body 200]
 *       speaks for them all; every line of standard input is an order:
 *           report N [urgent]   each machine takes N reports
 *           one N [urgent]      the first N machines take one each
 *           move N              N reports of each go on to their next state
 *           rate N SECONDS      N reports a second, one machine after the other
 *           cut | back          all lines go; all dial at the same moment
 *           mark | end
 *       and says on standard output, with the clock's mono_us:
 *           began, ordered WHAT
 *           online COUNT        all are, or all are again
 *           most, few           nine in ten are
 *           settled             nothing of theirs waits any more
 *           urgent.settled      nothing urgent does
 *           alert ID COUNT FIRST LAST   COUNT machines have the warning now:
 *                               first and last moment; when it is all of them
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "tests/support/swarm_node.h"

enum { EVENTS = 256, LOOK_MS = 10, ALERTS = 64, ORDER_BYTES = 256 };

struct heard { /* of one alert */
    struct id id;
    size_t count;
    int64_t first_us, last_us;
};

struct crowd {
    struct swarm swarm; /* first */
    int epoll;
    int *fds;         /* of each line, as epoll knows it */
    uint32_t *wishes; /* events it was asked for */
    struct heard alerts[ALERTS];
    size_t alert_count;
    bool online, most, settled, urgent_settled, ended;
    uint64_t rate, rated, rate_count; /* reports a second, taken, in all */
    int64_t rate_us;                  /* of the first */
    char order[ORDER_BYTES];
    size_t order_size;
};

/* ---- saying */

static void say(const char *what)
{
    printf("%s mono_us=%lld\n", what, (long long)clock_mono_us());
    (void)fflush(stdout);
}

static void say_changes(struct crowd *c)
{
    const struct swarm *s = &c->swarm;
    char text[64];

    if (c->online != (s->online == s->count)) {
        c->online = !c->online;
        (void)snprintf(text, sizeof text, c->online ? "online %zu" : "offline",
                       s->count);
        say(text);
    }
    if (c->most != (s->online * 10 >= s->count * 9)) {
        c->most = !c->most;
        say(c->most ? "most" : "few");
    }
    if (c->settled != (s->waiting == 0)) {
        c->settled = !c->settled;
        say(c->settled ? "settled" : "waiting");
    }
    if (c->urgent_settled != (s->urgent_waiting == 0)) {
        c->urgent_settled = !c->urgent_settled;
        say(c->urgent_settled ? "urgent.settled" : "urgent.waiting");
    }
}

static void take_alert(struct swarm *swarm, const struct id *id)
{
    struct crowd *c = (struct crowd *)(void *)swarm;
    char text[ID_TEXT_BYTES];
    struct heard *h = NULL;

    for (size_t i = 0; i < c->alert_count; i++)
        if (id_equal(&c->alerts[i].id, id))
            h = &c->alerts[i];
    if (h == NULL) {
        h = &c->alerts[c->alert_count++ % ALERTS];
        *h = (struct heard){.id = *id, .first_us = clock_mono_us()};
        if (c->alert_count > ALERTS)
            c->alert_count = ALERTS;
    }
    h->last_us = clock_mono_us();
    if (++h->count < swarm->count)
        return;
    printf("alert %s %zu %lld %lld\n", id_text(text, id), h->count,
           (long long)h->first_us, (long long)h->last_us);
    (void)fflush(stdout);
}

/* ---- lines */

/* Tells epoll what the line waits for now; a new descriptor has the number of
 * an old one now and then. */
static void watch(struct crowd *c, size_t i)
{
    struct swarm_line *line = &c->swarm.nodes[i / 2].lines[i % 2];
    uint32_t wish = line->fd < 0             ? 0
                    : swarm_line_waits(line) ? EPOLLIN | EPOLLOUT
                                             : EPOLLIN;
    struct epoll_event e = {.events = wish, .data = {.u64 = i}};

    if (line->fd == c->fds[i] && wish == c->wishes[i] && !line->is_new)
        return;
    if (line->fd >= 0 && epoll_ctl(c->epoll, EPOLL_CTL_MOD, line->fd, &e) != 0)
        (void)epoll_ctl(c->epoll, EPOLL_CTL_ADD, line->fd, &e);
    line->is_new = false;
    c->fds[i] = line->fd;
    c->wishes[i] = wish;
}

static void watch_node(struct crowd *c, size_t index)
{
    watch(c, 2 * index);
    watch(c, 2 * index + 1);
}

static void set_time(struct crowd *c)
{
    c->swarm.mono_ms = clock_mono_ms();
    c->swarm.wall_ms = clock_wall_ms();
}

/* ---- orders */

static void each(struct crowd *c,
                 void (*act)(struct swarm_node *n, size_t many, bool urgent),
                 size_t nodes, size_t many, bool urgent)
{
    for (size_t i = 0; i < nodes && i < c->swarm.count; i++) {
        act(&c->swarm.nodes[i], many, urgent);
        watch_node(c, i);
    }
}

static void move(struct swarm_node *n, size_t many, bool urgent)
{
    (void)urgent;
    swarm_node_move(n, many);
}

static void cut(struct swarm_node *n, size_t many, bool urgent)
{
    (void)many;
    (void)urgent;
    swarm_node_cut(n, INT64_MAX);
}

static void back(struct swarm_node *n, size_t many, bool urgent)
{
    (void)many;
    (void)urgent;
    swarm_node_cut(n, n->swarm->mono_ms);
    swarm_node_tick(n);
}

static void obey(struct crowd *c, char *order)
{
    char *rest = order;
    const char *what = strsep(&rest, " "), *number = strsep(&rest, " ");
    size_t many = number == NULL ? 0 : strtoul(number, NULL, 10);
    bool urgent = rest != NULL && strcmp(rest, "urgent") == 0;
    size_t all = c->swarm.count;
    char text[64];

    (void)snprintf(text, sizeof text, "ordered %.40s", what);
    say(text);
    set_time(c);
    if (strcmp(what, "report") == 0)
        each(c, swarm_node_report, all, many, urgent);
    else if (strcmp(what, "one") == 0)
        each(c, swarm_node_report, many, 1, urgent);
    else if (strcmp(what, "move") == 0)
        each(c, move, all, many, false);
    else if (strcmp(what, "cut") == 0)
        each(c, cut, all, 0, false);
    else if (strcmp(what, "back") == 0)
        each(c, back, all, 0, false);
    else if (strcmp(what, "end") == 0)
        c->ended = true;
    else if (strcmp(what, "mark") == 0)
        return;
    else if (strcmp(what, "rate") == 0 && rest != NULL) {
        c->rate = many;
        c->rated = 0;
        c->rate_count = many * strtoul(rest, NULL, 10);
        c->rate_us = clock_mono_us();
    } else {
        (void)fprintf(stderr, "swarm.order what=%s\n", what);
    }
}

/* Lines of standard input; its end is one more order. */
static void take_orders(struct crowd *c)
{
    ssize_t size = read(STDIN_FILENO, c->order + c->order_size,
                        sizeof c->order - 1 - c->order_size);
    char *begin = c->order, *end;

    if (size <= 0) {
        c->ended = c->ended || size == 0;
        return;
    }
    c->order_size += (size_t)size;
    c->order[c->order_size] = '\0';
    while ((end = strchr(begin, '\n')) != NULL) {
        *end = '\0';
        obey(c, begin);
        begin = end + 1;
    }
    c->order_size -= (size_t)(begin - c->order);
    memmove(c->order, begin, c->order_size);
}

static void keep_rate(struct crowd *c)
{
    uint64_t due = (uint64_t)(clock_mono_us() - c->rate_us) * c->rate / 1000000;

    for (; c->rate > 0 && c->rated < due && c->rated < c->rate_count;
         c->rated++) {
        size_t i = c->rated % c->swarm.count;

        swarm_node_report(&c->swarm.nodes[i], 1, false);
        watch_node(c, i);
    }
    if (c->rated == c->rate_count)
        c->rate = 0;
}

/* ---- going round */

static void look_at_clocks(struct crowd *c)
{
    for (size_t i = 0; i < c->swarm.count; i++)
        if (swarm_node_deadline(&c->swarm.nodes[i]) <= c->swarm.mono_ms) {
            swarm_node_tick(&c->swarm.nodes[i]);
            watch_node(c, i);
        }
}

static void go_round(struct crowd *c)
{
    struct epoll_event events[EVENTS];
    int64_t look_at = 0;

    while (!c->ended) {
        int count =
            epoll_wait(c->epoll, events, EVENTS, c->rate > 0 ? 1 : LOOK_MS);

        set_time(c);
        for (int i = 0; i < count; i++) {
            size_t at = events[i].data.u64;

            if (at == UINT64_MAX) {
                take_orders(c);
                continue;
            }
            swarm_node_line(&c->swarm.nodes[at / 2],
                            at % 2 == 0 ? LANE_EXPRESS : LANE_BULK);
            watch_node(c, at / 2);
        }
        keep_rate(c);
        if (c->swarm.mono_ms >= look_at) {
            look_at_clocks(c);
            look_at = c->swarm.mono_ms + LOOK_MS;
        }
        say_changes(c);
    }
}

/* ---- beginning */

/* As many as the system lets one process have. */
static void take_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void open_node(struct crowd *c, size_t i,
                      const struct swarm_dial to[LANE_COUNT])
{
    struct swarm_node *n = &c->swarm.nodes[i];

    swarm_node_open(n, &c->swarm, i);
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        struct swarm_dial *d = &n->dial[lane];

        *d = to[lane];
        d->from = 0x7f010000 + (uint32_t)i + 1; /* 127.1.0.1 .. */
        d->key = &n->key->curve;
        memcpy(d->server_key, c->swarm.keys.hub_curve, CURVE_BYTES);
    }
    c->fds[2 * i] = c->fds[2 * i + 1] = -1;
}

static void open_all(struct crowd *c, const struct swarm_dial to[LANE_COUNT])
{
    struct epoll_event e = {.events = EPOLLIN, .data = {.u64 = UINT64_MAX}};

    c->swarm.count = c->swarm.keys.count;
    c->swarm.nodes = mem_array(c->swarm.count, sizeof *c->swarm.nodes);
    c->swarm.codec = wire_codec_new(true);
    c->swarm.alert = take_alert;
    c->fds = mem_array(2 * c->swarm.count, sizeof *c->fds);
    c->wishes = mem_array(2 * c->swarm.count, sizeof *c->wishes);
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    (void)epoll_ctl(c->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &e);
    set_time(c);
    c->settled = c->urgent_settled = true;
    say("began");
    for (size_t i = 0; i < c->swarm.count; i++)
        open_node(c, i, to);
}

static void close_all(struct crowd *c)
{
    for (size_t i = 0; i < c->swarm.count; i++)
        swarm_node_close(&c->swarm.nodes[i]);
    (void)close(c->epoll);
    wire_codec_free(&c->swarm.codec);
    swarm_keys_free(&c->swarm.keys);
    mem_free(&c->swarm.nodes);
    mem_free(&c->fds);
    mem_free(&c->wishes);
    mem_free(&c);
}

static int run(struct cli *cli)
{
    struct crowd *c = mem_new(sizeof *c);
    struct swarm_dial to[LANE_COUNT];
    const char *body = cli_option_value(cli, "body");
    struct error err = {""};

    take_descriptors();
    if (!swarm_line_parse(&to[LANE_EXPRESS],
                          cli_option_value(cli, "express")) ||
        !swarm_line_parse(&to[LANE_BULK], cli_option_value(cli, "bulk")))
        return cli_misuse(cli, "--express and --bulk are tcp://A:P");
    if (swarm_keys_read(&c->swarm.keys, cli_argument(cli, 0), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    c->swarm.body_bytes = body == NULL ? 200 : strtoul(body, NULL, 10);
    open_all(c, to);
    go_round(c);
    close_all(c);
    return 0;
}

static int make(struct cli *cli)
{
    size_t count = strtoul(cli_argument(cli, 0), NULL, 10);
    struct error err = {""};

    if (swarm_keys_make(cli_data(cli), count, cli_argument(cli, 1), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    return 0;
}

static int roster(struct cli *cli)
{
    struct buf out = {0};

    swarm_keys_roster(&out, strtoul(cli_argument(cli, 0), NULL, 10));
    (void)fwrite(out.data, 1, out.size, stdout);
    buf_free(&out);
    return 0;
}

static const struct cli_option run_options[] = {
    {"express", CLI_ONE, "tcp://A:P  of the hub"},
    {"bulk", CLI_ONE, "tcp://A:P  of the hub"},
    {"body", CLI_ONE, "N  bytes of words in a report (200)"},
    {0}};

static const struct cli_command commands[] = {
    {"roster", "COUNT", 1, 1, NULL, "a roster of invented units", roster},
    {"make", "COUNT FILE", 2, 2, NULL, "enrols COUNT machines of a hub at rest",
     make},
    {"run", "FILE", 1, 1, run_options, "speaks for them all", run},
    {0}};

int main(int argc, char **argv)
{
    log_open(LOG_LEVEL_WARN);
    crypto_open();
    return cli_main(argc, argv, "lienxa-swarm", ".",
                    "many simulated machines on one hub", commands, NULL);
}
