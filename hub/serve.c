/* hub/serve.c - the turn of a serving hub: wait, one transaction for everything
 * that came, commit, then speak. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "hub/commands.h"
#include "hub/enrolment.h"
#include "hub/exchange.h"
#include "hub/hub.h"

enum {
    TURN_MS = 40,           /* messages are taken for at most so long */
    TURN_ANSWERS = 64,      /* answers of one turn that wait for the commit */
    BEACON_MS = 5 * 60000,  /* PROTOCOL 9.4 */
    DEGRADED_WAIT_MS = 1000 /* between tries while the disk says no */
};

/* One for the process, to its end: libzmq 4.3.4 is not safe to take down. */
static struct net_context *context;

struct answer { /* waits for the commit */
    int client; /* control; -1: enrolment */
    struct net_route route;
    struct buf bytes;
};

struct serving {
    struct hub *hub;
    struct control_server *control;
    int signals;
    bool stopping;
    bool busy;     /* messages were left when the time was up */
    bool degraded; /* the last commit failed */
    int64_t beacon_at;
    struct answer answers[TURN_ANSWERS];
    size_t answer_count;
    uint64_t turns, committed;
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
    char last[NET_LANES][NET_ADDRESS_BYTES];
    int rc;

    for (size_t i = 0; i < NET_LANES; i++)
        config.address[i] =
            sticky(last[i], options->address[i],
                   hub_store_setting(hub->store, lane_settings[i]));
    rc = net_server_open(&hub->server, &config, err);
    if (rc != ERR_IO)
        return rc;
    for (size_t i = 0; i < NET_LANES; i++)
        config.address[i] = options->address[i];
    return net_server_open(&hub->server, &config, err);
}

/* What every start does in one transaction: where we listen, and another try
 * for what is in quarantine. */
static int first_turn(struct hub *hub, struct error *err)
{
    int rc = hub_begin(hub);
    uint64_t settled = 0;

    if (rc == 0)
        rc = ledger_quarantine_retry_all(hub->ledger, &settled);
    if (settled > 0)
        log_info("quarantine.settled", "count=%llu",
                 (unsigned long long)settled);
    for (size_t i = 0; rc == 0 && i < NET_LANES; i++)
        rc = hub_store_set(hub->store, lane_settings[i],
                           net_server_address(hub->server, (enum net_lane)i));
    if (rc == 0)
        rc = hub_commit(hub, err);
    if (rc != 0)
        hub_rollback(hub);
    return rc;
}

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

/* ---- one turn */

static void take_signals(struct serving *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (s->stopping)
            _exit(1); /* asked twice: at once; the database is the truth */
        s->stopping = true;
    }
}

static struct answer *new_answer(struct serving *s, int client)
{
    struct answer *a = &s->answers[s->answer_count++];

    a->client = client;
    buf_clear(&a->bytes);
    return a;
}

static void take_enrolment(struct serving *s, const struct net_message *m)
{
    struct bytes reply = hub_enrolment_answer(s->hub, m);
    struct answer *a;

    if (reply.data == NULL)
        return;
    a = new_answer(s, -1);
    a->route = m->route;
    buf_add_bytes(&a->bytes, reply);
}

/* Frames, until the time is up; the rest waits for the next turn. */
static void take_messages(struct serving *s)
{
    int64_t until = s->hub->mono_ms + TURN_MS;
    struct net_message m;

    s->busy = false;
    while (!hub_exchange_has_failed(s->hub->exchange) &&
           s->answer_count < TURN_ANSWERS) {
        if (clock_mono_ms() >= until) {
            s->busy = true;
            return;
        }
        if (!net_server_receive(s->hub->server, &m))
            return;
        if (m.lane == NET_ENROL)
            take_enrolment(s, &m);
        else
            hub_exchange_receive(s->hub->exchange, &m);
    }
    s->busy = true;
}

static int take_commands(struct serving *s)
{
    struct control_request request;

    while (s->answer_count < TURN_ANSWERS &&
           control_next(s->control, &request)) {
        struct answer *a = new_answer(s, request.client);
        int rc = hub_commands_run(s->hub, request.bytes, &a->bytes);

        if (rc != 0)
            return rc;
    }
    return 0;
}

static void give_answers(struct serving *s, bool stored)
{
    for (size_t i = 0; i < s->answer_count; i++) {
        struct answer *a = &s->answers[i];

        if (!stored && a->client >= 0)
            hub_commands_disk_reply(&a->bytes,
                                    db_reason(hub_store_db(s->hub->store)));
        if (a->client >= 0)
            control_answer(s->control, a->client, buf_bytes(&a->bytes));
        else if (stored)
            (void)net_server_send(s->hub->server, NET_ENROL, &a->route,
                                  buf_bytes(&a->bytes));
    }
    s->answer_count = 0;
}

static void degrade(struct serving *s, const char *reason)
{
    if (!s->degraded)
        log_error("disk.refused",
                  "reason=\"%s\" todo=\"make room or check the disk; nothing "
                  "was acknowledged, nodes keep what they have\"",
                  reason);
    hub_rollback(s->hub);
    memset(&s->hub->issued, 0, sizeof s->hub->issued);
    hub_exchange_failed(s->hub->exchange);
    give_answers(s, false);
    s->degraded = true;
}

static void succeed(struct serving *s)
{
    char id[ID_TEXT_BYTES];

    if (!id_is_zero(&s->hub->issued))
        log_debug("alert.committed", "id=%s mono_us=%lld",
                  id_text(id, &s->hub->issued), (long long)clock_mono_us());
    memset(&s->hub->issued, 0, sizeof s->hub->issued);
    hub_exchange_committed(s->hub->exchange);
    give_answers(s, true);
    if (s->degraded)
        log_info("disk.recovered", "turns=%llu", (unsigned long long)s->turns);
    s->degraded = false;
    s->committed++;
}

static void turn(struct serving *s)
{
    struct hub *hub = s->hub;
    struct error err = {""};
    int rc;

    s->turns++;
    if ((rc = hub_begin(hub)) == 0) {
        take_messages(s);
        rc = take_commands(s);
        hub_exchange_tick(hub->exchange);
        if (hub->mono_ms >= s->beacon_at) {
            hub_exchange_beacon(hub->exchange);
            s->beacon_at = hub->mono_ms + BEACON_MS;
        }
        hub_exchange_grew(hub->exchange);
    }
    if (rc == 0 && hub_exchange_has_failed(hub->exchange))
        rc = ERR_IO;
    if (rc == 0)
        rc = hub_commit(hub, &err);
    if (rc == 0)
        succeed(s);
    else
        degrade(s, db_reason(hub_store_db(hub->store)));
}

/* ---- waiting */

static int wait_ms(const struct serving *s)
{
    int64_t at = hub_exchange_deadline(s->hub->exchange);
    int64_t now = clock_mono_ms();

    if (s->busy)
        return 0;
    if (s->degraded)
        return DEGRADED_WAIT_MS;
    if (s->beacon_at < at)
        at = s->beacon_at;
    if (at <= now)
        return 0;
    return at - now > BEACON_MS ? BEACON_MS : (int)(at - now);
}

static int wait_for_work(struct serving *s)
{
    struct control_poll polls[CONTROL_CLIENTS + 2];
    struct pollfd fds[CONTROL_CLIENTS + 3];
    size_t count = control_server_polls(s->control, polls, CONTROL_CLIENTS + 2);
    int rc;

    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){polls[i].fd, polls[i].events, 0};
    fds[count] = (struct pollfd){s->signals, POLLIN, 0};
    rc = net_server_wait(s->hub->server, fds, count + 1, wait_ms(s));
    if (rc != 0)
        return rc;
    take_signals(s);
    control_server_work(s->control, clock_mono_ms());
    return net_server_work(s->hub->server);
}

static int open_all(struct serving *s, const struct serve_options *options,
                    struct error *err)
{
    char path[4200];
    int rc;

    (void)snprintf(path, sizeof path, "%s/control.sock", s->hub->folder);
    s->signals = open_signals(); /* before libzmq starts its threads */
    context = net_context_new();
    if ((rc = open_server(s, options, err)) != 0 ||
        (rc = first_turn(s->hub, err)) != 0 ||
        (rc = control_server_open(&s->control, path, err)) != 0)
        return rc;
    s->hub->exchange = hub_exchange_new(s->hub, s->hub->server);
    return s->signals < 0
               ? error_set(err, ERR_IO, "signalfd: %s", strerror(errno))
               : 0;
}

static void stop(struct serving *s)
{
    if (s->hub->exchange != NULL)
        hub_exchange_goodbye(s->hub->exchange);
    if (s->control != NULL)
        control_server_work(s->control, clock_mono_ms());
    control_server_close(&s->control);
    hub_exchange_free(&s->hub->exchange);
    net_server_close(&s->hub->server);
    for (size_t i = 0; i < TURN_ANSWERS; i++)
        buf_free(&s->answers[i].bytes);
    log_info("hub.stopped", "turns=%llu committed=%llu",
             (unsigned long long)s->turns, (unsigned long long)s->committed);
}

int hub_serve(struct hub *hub, const struct serve_options *options,
              struct error *err)
{
    struct serving *s = mem_new(sizeof *s);
    int rc;

    s->hub = hub;
    s->signals = -1;
    wire_codec_free(&hub->codec);
    hub->codec = wire_codec_new(options->compress);
    if ((rc = open_all(s, options, err)) == 0) {
        log_info("hub.serving", "express=%s bulk=%s enrol=%s",
                 net_server_address(hub->server, NET_EXPRESS),
                 net_server_address(hub->server, NET_BULK),
                 net_server_address(hub->server, NET_ENROL));
        while (!s->stopping && (rc = wait_for_work(s)) == 0)
            turn(s);
        if (rc != 0)
            (void)error_set(err, rc,
                            "the gate for keys (ZAP) is gone: "
                            "stopping rather than serving strangers");
        stop(s);
    }
    mem_free(&s);
    return rc;
}
