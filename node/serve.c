/* node/serve.c - a node that serves: lines, clients and signals are waited for
 * here, then there is a turn (node/turn.h). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/notify.h"
#include "node/certificates.h"
#include "node/turn.h"
#include "node/uplink.h"
#include "node/web_side.h"

/* One for the process, to its end: libzmq 4.3.4 is not safe to take down. */
static struct net_context *context;

struct serving {
    struct node *node;
    struct node_turn *turn;
    struct control_server *control, *web;
    struct keeper *pages; /* NULL: --web off */
    bool pages_fail;      /* as an alarm says */
    int signals;
    const char *said; /* to the supervisor */
    bool stopping;
};

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
    int turn = node_turn_wait_ms(s->turn);
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
    struct net_link *links[UPLINK_LINKS];
    size_t count = add_polls(s->control, fds);
    int rc;

    count += add_polls(s->web, fds + count);
    fds[count] = (struct pollfd){s->signals, POLLIN, 0};
    node_uplink_links(s->node->uplink, links);
    rc = net_links_wait(links, UPLINK_LINKS, fds, count + 1, wait_ms(s));
    take_signals(s);
    keeper_work(s->pages, clock_mono_ms());
    (void)node_web_say(s->node, s->pages, &s->pages_fail); /* or later */
    control_server_work(s->control, clock_mono_ms());
    control_server_work(s->web, clock_mono_ms());
    return rc;
}

/* Before anybody serves pages with it. */
static void open_certificates(struct node *node, bool shown)
{
    struct error err = {""};

    if (node_certificates_open(&node->certificates, node, shown, &err) != 0)
        log_error("web.uncertified", "reason=\"%s\"", err.text);
}

/* control.sock, and web.sock for the process that shows the pages, which is
 * then started. */
static int open_sockets(struct serving *s,
                        const struct node_serve_options *options,
                        struct error *err)
{
    char path[4200];
    uid_t uid;
    gid_t gid;
    int rc;

    (void)snprintf(path, sizeof path, "%s/control.sock", s->node->folder);
    if ((rc = control_server_open(&s->control, path, err)) != 0)
        return rc;
    (void)snprintf(path, sizeof path, "%s/web.sock", s->node->folder);
    if ((rc = control_server_open(&s->web, path, err)) != 0)
        return rc;
    node_turn_open_web(s->turn, s->web);
    if ((rc = node_web_open(&s->pages, s->node, options, err)) != 0)
        return rc;
    return s->pages != NULL && keeper_user(s->pages, &uid, &gid)
               ? control_server_share(s->web, uid, gid, err)
               : 0;
}

static int open_all(struct serving *s, const struct node_serve_options *options,
                    struct error *err)
{
    int rc;

    s->signals = open_signals(); /* before libzmq starts its threads */
    if (s->signals < 0)
        return error_set(err, ERR_IO, "signalfd: %s", strerror(errno));
    context = net_context_new();
    open_certificates(s->node, options->web != NULL);
    care_open(&s->node->care, s->node->folder);
    rc = node_turn_new(&s->turn, s->node, context, err);
    return rc != 0 ? rc : open_sockets(s, options, err);
}

/* For whoever runs us as a service: that the loop goes round, and how it is. */
static void say_status(struct serving *s)
{
    const char *status =
        node_turn_count(s->turn).degraded
            ? "the disk refuses: no report is taken"
        : node_uplink_online(s->node->uplink)
            ? "on the line"
            : "no line to the district: everything is kept and sent later";

    notify_alive(clock_mono_ms());
    if (status == s->said)
        return;
    s->said = status;
    notify_say("STATUS=%s", status);
}

/* Also what a start that failed half-way had opened. */
static void close_all(struct serving *s)
{
    keeper_close(&s->pages);
    control_server_close(&s->control);
    control_server_close(&s->web);
    node_turn_free(&s->turn);
    node_certificates_free(&s->node->certificates);
}

static void stop(struct serving *s)
{
    struct node_turn_count count = node_turn_count(s->turn);

    notify_say("STOPPING=1");
    node_uplink_goodbye(s->node->uplink);
    keeper_close(&s->pages);
    control_server_work(s->control, clock_mono_ms());
    control_server_work(s->web, clock_mono_ms());
    close_all(s);
    log_info("node.stopped", "turns=%llu committed=%llu",
             (unsigned long long)count.turns,
             (unsigned long long)count.committed);
}

int node_serve(struct node *node, const struct node_serve_options *options,
               struct error *err)
{
    struct serving *s = mem_new(sizeof *s);
    int rc;

    s->node = node;
    node_canary_open(node, options->canary_ms);
    wire_codec_free(&node->codec);
    node->codec = wire_codec_new(options->compress);
    if ((rc = open_all(s, options, err)) == 0) {
        log_info("node.serving", "unit=%s hub=%s", node->keys.unit,
                 node->keys.express);
        notify_say("READY=1");
        while (!s->stopping && (rc = wait_for_work(s)) == 0) {
            node_turn_run(s->turn, s->control);
            say_status(s);
        }
        stop(s);
    } else {
        close_all(s);
    }
    mem_free(&s);
    return rc;
}
