/* hub/serve.c - a hub that serves: sockets, clients and signals are waited for
 * here, then there is a turn (hub/turn.h). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/notify.h"
#include "hub/certificates.h"
#include "hub/enrolment.h"
#include "hub/exchange.h"
#include "hub/rotation.h"
#include "hub/turn.h"
#include "hub/web_side.h"

enum {
    DESCRIPTORS = 1024, /* for strangers, files, pages, what libzmq needs */
    LINES = 4           /* of each unit: two, and two that replace them */
};

/* One for the process, to its end: libzmq 4.3.4 is not safe to take down. */
static struct net_context *context;

struct serving {
    struct hub *hub;
    struct hub_turn *turn;
    struct control_server *control, *web;
    struct keeper *pages; /* NULL: --web off */
    bool pages_fail;      /* as an alarm says */
    int signals;
    long said; /* to the supervisor: who is online, -1 degraded */
    bool stopping;
};

/* ---- starting */

/* The port that was used last, where the system is to choose: nodes know it. */
static const char *sticky(char out[NET_ADDRESS_BYTES], const char *wish,
                          const char *last)
{
    size_t length = strlen(wish);
    const char *port = strrchr(last, ':');

    if (length < 2 || strcmp(wish + length - 2, ":0") != 0 || port == NULL)
        return wish;
    (void)snprintf(out, NET_ADDRESS_BYTES, "%.*s%s", (int)(length - 2), wish,
                   port);
    return out;
}

static const char *const lane_settings[NET_LANES] = {"express", "bulk",
                                                     "enrol"};

static int open_server(struct serving *s, const struct serve_options *options,
                       struct error *err)
{
    struct hub *hub = s->hub;
    struct net_server_config config = {.context = context,
                                       .key = hub->keys.curve,
                                       .admit = hub_enrolment_admit,
                                       .who = hub};
    char last[NET_LANES][NET_ADDRESS_BYTES],
        moved[NET_LANES][NET_ADDRESS_BYTES];
    int rc;

    for (size_t i = 0; i < NET_LANES; i++)
        config.address[i] = hub_rotation_wish(
            hub, (enum net_lane)i,
            sticky(last[i], options->address[i],
                   hub_store_setting(hub->store, lane_settings[i])),
            moved[i]);
    rc = net_server_open(&hub->server, &config, err);
    for (size_t i = 0; rc == ERR_IO && i < NET_LANES; i++)
        config.address[i] = options->address[i];
    if (rc == ERR_IO)
        rc = net_server_open(&hub->server, &config, err);
    if (rc == 0)
        hub_rotation_listen(hub);
    return rc;
}

static int open_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGCHLD); /* the web process ended */
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* ---- waiting */

static void take_signals(struct serving *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            continue;
        if (s->stopping)
            _exit(1); /* asked twice: at once; the database is the truth */
        s->stopping = true;
    }
}

/* For the next turn, or until the web process is to be started again. */
static int wait_ms(const struct serving *s)
{
    int turn = hub_turn_wait_ms(s->turn);
    int64_t now = clock_mono_ms(), pages = keeper_deadline(s->pages);

    if (pages <= now)
        return 0;
    return notify_wait_ms(pages - now < turn ? (int)(pages - now) : turn, now);
}

static size_t add_polls(struct control_server *server, struct pollfd *out)
{
    struct control_poll polls[CONTROL_CLIENTS + 1];
    size_t count = control_server_polls(server, polls, CONTROL_CLIENTS + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = (struct pollfd){polls[i].fd, polls[i].events, 0};
    return count;
}

static int wait_for_work(struct serving *s)
{
    struct pollfd fds[2 * (CONTROL_CLIENTS + 1) + 1];
    size_t count = add_polls(s->control, fds);
    int rc;

    (void)poll(NULL, 0, hub_turn_rest_ms(s->turn));
    count += add_polls(s->web, fds + count);
    fds[count] = (struct pollfd){s->signals, POLLIN, 0};
    rc = net_server_wait(s->hub->server, fds, count + 1, wait_ms(s));
    if (rc != 0)
        return rc;
    take_signals(s);
    keeper_work(s->pages, clock_mono_ms());
    (void)hub_web_say(s->hub, s->pages, &s->pages_fail); /* or later */
    control_server_work(s->control, clock_mono_ms());
    control_server_work(s->web, clock_mono_ms());
    return net_server_work(s->hub->server);
}

/* Before anybody serves pages with it; why not is said in the first turn. */
static void tend_certificates(struct hub *hub)
{
    struct error err = {""};

    if (hub_certificates_tend(hub, &err) != 0)
        log_error("web.uncertified", "reason=\"%s\"", err.text);
}

/* control.sock, and web.sock for the process that shows the pages, which is
 * then started. */
static int open_sockets(struct serving *s, const struct serve_options *options,
                        struct error *err)
{
    char path[4200];
    uid_t uid;
    gid_t gid;
    int rc;

    (void)snprintf(path, sizeof path, "%s/control.sock", s->hub->folder);
    if ((rc = control_server_open(&s->control, path, err)) != 0)
        return rc;
    (void)snprintf(path, sizeof path, "%s/web.sock", s->hub->folder);
    if ((rc = control_server_open(&s->web, path, err)) != 0)
        return rc;
    hub_turn_open_web(s->turn, s->web);
    if ((rc = hub_web_open(&s->pages, s->hub, options, err)) != 0)
        return rc;
    return s->pages != NULL && keeper_user(s->pages, &uid, &gid)
               ? control_server_share(s->web, uid, gid, err)
               : 0;
}

/* A line is a descriptor: as many as the roster may need. */
static void take_descriptors(const struct hub *hub)
{
    rlim_t wanted = DESCRIPTORS + LINES * hub->roster.count;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == wanted)
        return;
    log_warn("descriptors.few",
             "has=%llu wanted=%llu todo=\"LimitNOFILE of the service, or "
             "ulimit -Hn: else some communes wait outside\"",
             (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
}

static int open_all(struct serving *s, const struct serve_options *options,
                    struct error *err)
{
    int rc;

    take_descriptors(s->hub);
    s->signals = open_signals(); /* before libzmq starts its threads */
    context = net_context_new();
    care_open(&s->hub->care, s->hub->folder);
    tend_certificates(s->hub);
    if ((rc = open_server(s, options, err)) != 0 ||
        (rc = hub_turn_new(&s->turn, s->hub, err)) != 0 ||
        (rc = open_sockets(s, options, err)) != 0)
        return rc;
    return s->signals < 0
               ? error_set(err, ERR_IO, "signalfd: %s", strerror(errno))
               : 0;
}

/* For whoever runs us as a service: that the loop goes round, and how it is. */
static void say_status(struct serving *s)
{
    struct hub_turn_count count = hub_turn_count(s->turn);
    long said = count.degraded ? -1 : (long)count.online;

    notify_alive(clock_mono_ms());
    if (said == s->said)
        return;
    s->said = said;
    if (count.degraded)
        notify_say("STATUS=the disk refuses: nothing is acknowledged");
    else
        notify_say("STATUS=%zu of %zu units on the line", count.online,
                   s->hub->roster.count);
}

/* Also what a start that failed half-way had opened. */
static void close_all(struct serving *s)
{
    keeper_close(&s->pages);
    control_server_close(&s->control);
    control_server_close(&s->web);
    hub_turn_free(&s->turn);
    net_server_close(&s->hub->server);
}

static void stop(struct serving *s)
{
    struct hub_turn_count count = hub_turn_count(s->turn);

    notify_say("STOPPING=1");
    hub_exchange_goodbye(s->hub->exchange);
    keeper_close(&s->pages);
    control_server_work(s->control, clock_mono_ms());
    control_server_work(s->web, clock_mono_ms());
    close_all(s);
    log_info("hub.stopped", "turns=%llu committed=%llu longest_us=%lld",
             (unsigned long long)count.turns,
             (unsigned long long)count.committed, (long long)count.longest_us);
}

int hub_serve(struct hub *hub, const struct serve_options *options,
              struct error *err)
{
    struct serving *s = mem_new(sizeof *s);
    int rc;

    s->hub = hub;
    s->signals = -1;
    s->said = -2;
    wire_codec_free(&hub->codec);
    hub->codec = wire_codec_new(options->compress);
    if ((rc = open_all(s, options, err)) == 0) {
        log_info("hub.serving", "express=%s bulk=%s enrol=%s",
                 net_server_address(hub->server, NET_EXPRESS),
                 net_server_address(hub->server, NET_BULK),
                 net_server_address(hub->server, NET_ENROL));
        notify_say("READY=1");
        while (!s->stopping && (rc = wait_for_work(s)) == 0) {
            hub_turn_run(s->turn, s->control);
            say_status(s);
        }
        if (rc != 0)
            (void)error_set(err, rc,
                            "the gate for keys (ZAP) is gone: "
                            "stopping rather than serving strangers");
        stop(s);
    } else {
        close_all(s);
    }
    mem_free(&s);
    return rc;
}
