/* node/serve.c - the turn of a serving node: wait, one transaction for
 * everything that came, commit, then speak. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/commands.h"
#include "node/node.h"
#include "node/uplink.h"

enum {
    TURN_MS = 40,      /* messages are taken for at most so long */
    TURN_ANSWERS = 64, /* answers of one turn that wait for the commit */
    LONGEST_WAIT_MS = 300000,
    DEGRADED_WAIT_MS = 1000 /* between tries while the disk says no */
};

/* One for the process, to its end: libzmq 4.3.4 is not safe to take down. */
static struct net_context *context;

struct answer { /* waits for the commit */
    int client;
    struct buf bytes;
};

struct serving {
    struct node *node;
    struct control_server *control;
    int signals;
    bool stopping;
    bool degraded; /* the last commit failed */
    struct answer answers[TURN_ANSWERS];
    size_t answer_count;
    uint64_t turns, committed;
};

static int open_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void take_signals(struct serving *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (s->stopping)
            _exit(1); /* asked twice: at once; the database is the truth */
        s->stopping = true;
    }
}

/* ---- one turn */

static int take_commands(struct serving *s)
{
    struct control_request request;

    while (s->answer_count < TURN_ANSWERS &&
           control_next(s->control, &request)) {
        struct answer *a = &s->answers[s->answer_count++];
        int rc;

        a->client = request.client;
        buf_clear(&a->bytes);
        rc = node_commands_run(s->node, request.bytes, &a->bytes);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static void give_answers(struct serving *s, bool stored)
{
    for (size_t i = 0; i < s->answer_count; i++) {
        struct answer *a = &s->answers[i];

        if (!stored)
            node_commands_disk_reply(&a->bytes,
                                     db_reason(node_store_db(s->node->store)));
        control_answer(s->control, a->client, buf_bytes(&a->bytes));
    }
    s->answer_count = 0;
}

static void degrade(struct serving *s, const char *reason)
{
    if (!s->degraded)
        log_error("disk.refused",
                  "reason=\"%s\" todo=\"make room or check the disk; nothing "
                  "that was accepted is lost\"",
                  reason);
    node_rollback(s->node);
    memset(&s->node->arrived, 0, sizeof s->node->arrived);
    node_uplink_failed(s->node->uplink);
    give_answers(s, false);
    s->degraded = true;
}

static void succeed(struct serving *s)
{
    char id[ID_TEXT_BYTES];

    if (!id_is_zero(&s->node->arrived))
        log_debug("alert.stored", "id=%s mono_us=%lld",
                  id_text(id, &s->node->arrived), (long long)clock_mono_us());
    memset(&s->node->arrived, 0, sizeof s->node->arrived);
    node_uplink_committed(s->node->uplink);
    give_answers(s, true);
    if (s->degraded)
        log_info("disk.recovered", "turns=%llu", (unsigned long long)s->turns);
    s->degraded = false;
    s->committed++;
}

/* What one transaction holds. */
static int work(struct serving *s)
{
    struct node *node = s->node;
    struct error err = {""};
    int rc;

    node_uplink_work(node->uplink, node->mono_ms + TURN_MS);
    if ((rc = take_commands(s)) != 0 || (rc = node_settle(node, &err)) != 0)
        return rc;
    if (node->grew)
        node_uplink_grew(node->uplink);
    node->grew = false;
    return node_uplink_has_failed(node->uplink) ? ERR_IO : 0;
}

static void turn(struct serving *s)
{
    struct node *node = s->node;
    struct error err = {""};
    int rc;

    s->turns++;
    if ((rc = node_begin(node)) == 0 && (rc = work(s)) == 0)
        rc = node_commit(node, &err);
    if (rc == 0)
        succeed(s);
    else
        degrade(s, db_reason(node_store_db(node->store)));
}

/* ---- waiting */

static int wait_ms(const struct serving *s)
{
    int64_t at = node_uplink_deadline(s->node->uplink);
    int64_t now = clock_mono_ms();

    if (node_uplink_busy(s->node->uplink))
        return 0;
    if (s->degraded)
        return DEGRADED_WAIT_MS;
    if (at <= now)
        return 0;
    return at - now > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)(at - now);
}

static int wait_for_work(struct serving *s)
{
    struct control_poll polls[CONTROL_CLIENTS + 2];
    struct pollfd fds[CONTROL_CLIENTS + 3];
    struct net_link *links[2];
    size_t count = control_server_polls(s->control, polls, CONTROL_CLIENTS + 2);
    int rc;

    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){polls[i].fd, polls[i].events, 0};
    fds[count] = (struct pollfd){s->signals, POLLIN, 0};
    node_uplink_links(s->node->uplink, links);
    rc = net_links_wait(links, 2, fds, count + 1, wait_ms(s));
    take_signals(s);
    control_server_work(s->control, clock_mono_ms());
    return rc;
}

/* What is in quarantine is tried again at every start. */
static int first_turn(struct node *node, struct error *err)
{
    uint64_t settled = 0;
    int rc = node_begin(node);

    if (rc == 0 &&
        (rc = ledger_quarantine_retry_all(node->ledger, &settled)) == 0)
        rc = node_commit(node, err);
    if (rc != 0)
        node_rollback(node);
    if (settled > 0)
        log_info("quarantine.settled", "count=%llu",
                 (unsigned long long)settled);
    return rc;
}

static int open_all(struct serving *s, struct error *err)
{
    char path[4200];
    int rc;

    (void)snprintf(path, sizeof path, "%s/control.sock", s->node->folder);
    s->signals = open_signals(); /* before libzmq starts its threads */
    if (s->signals < 0)
        return error_set(err, ERR_IO, "signalfd: %s", strerror(errno));
    context = net_context_new();
    if ((rc = first_turn(s->node, err)) != 0 ||
        (rc = control_server_open(&s->control, path, err)) != 0)
        return rc;
    s->node->uplink = node_uplink_new(s->node, context, err);
    return s->node->uplink == NULL ? ERR_IO : 0;
}

static void stop(struct serving *s)
{
    if (s->node->uplink != NULL)
        node_uplink_goodbye(s->node->uplink);
    if (s->control != NULL)
        control_server_work(s->control, clock_mono_ms());
    control_server_close(&s->control);
    node_uplink_free(&s->node->uplink);
    for (size_t i = 0; i < TURN_ANSWERS; i++)
        buf_free(&s->answers[i].bytes);
    log_info("node.stopped", "turns=%llu committed=%llu",
             (unsigned long long)s->turns, (unsigned long long)s->committed);
}

int node_serve(struct node *node, const struct node_serve_options *options,
               struct error *err)
{
    struct serving *s = mem_new(sizeof *s);
    int rc;

    s->node = node;
    wire_codec_free(&node->codec);
    node->codec = wire_codec_new(options->compress);
    if ((rc = open_all(s, err)) == 0) {
        log_info("node.serving", "unit=%s hub=%s", node->keys.unit,
                 node->keys.express);
        while (!s->stopping && (rc = wait_for_work(s)) == 0)
            turn(s);
        stop(s);
    }
    mem_free(&s);
    return rc;
}
