/* common/web/web.c - a web process from start to end. */
#include "common/web/web.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/notify.h"
#include "common/web/files.h"

enum { LIBRARY_THREADS = 2, FILE_THREADS = 3, TRIM_S = 60 };

static const struct http_lane lanes[LANE_COUNT] = {
    [LANE_READ] = {"read", 2, 512, web_reader_open, web_reader_close,
                   web_reader_work},
    [LANE_COMMAND] = {"command", 4, 64, web_core_open, web_core_close,
                      web_command_work},
    [LANE_SLOW] = {"slow", 1, WEB_SLOW_MOST, web_core_open, web_core_close,
                   web_slow_work},
    [LANE_FILE] = {"file", FILE_THREADS, 64, web_file_open, web_file_close,
                   web_file_work},
};

/* A core file would hold words, tokens and the key of TLS. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* which looks at its own process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)mallopt(M_ARENA_MAX, 2); /* ten threads, most of them idle */
}

/* Until a signal, or another certificate: whoever keeps us running starts us
 * anew with it. */
static void wait_for_end(const sigset_t *signals, const struct web *web,
                         struct http_server *server)
{
    const struct timespec second = {1, 0};

    for (unsigned seconds = 1;; seconds++) {
        int got = sigtimedwait(signals, NULL, &second);

        if (got > 0) {
            log_info("web.stopping", "reason=signal");
            return;
        }
        notify_alive(clock_mono_ms());
        if (web->service && web_service_is_over(web)) {
            log_info("web.stopping", "reason=set-up");
            return;
        }
        if (http_server_is_stale(server)) {
            log_info("web.stopping", "reason=certificate");
            return;
        }
        if (seconds % TRIM_S == 0) /* what a rush of clients left behind */
            (void)malloc_trim(0);
    }
}

static int open_server(struct http_server **out, struct web *web, int listener,
                       struct error *err)
{
    struct http_config config = {.listener = listener,
                                 .threads = LIBRARY_THREADS,
                                 .body_limit = WEB_BODY_LIMIT,
                                 .who = web,
                                 .handle = web_handle,
                                 .done = web_file_done,
                                 .lane_count = LANE_COUNT,
                                 .events = web->events};
    char key[4200], cert[4200];

    (void)snprintf(key, sizeof key, "%s/web/tls.key", web->folder);
    (void)snprintf(cert, sizeof cert, "%s/web/tls.crt", web->folder);
    config.key_path = key;
    config.cert_path = cert;
    memcpy(config.lanes, lanes, sizeof lanes);
    return http_server_open(out, &config, err);
}

/* Whoever watches the program sees that they are missing; people do not. */
static void open_metrics(struct web_metrics **out, struct web *web,
                         const char *address)
{
    struct error err = {""};

    if (web_metrics_open(out, web, address, &err) != 0)
        log_error("metrics.off", "reason=\"%s\"", err.text);
}

int web_serve(const struct web_program *program,
              const struct web_options *options, struct error *err)
{
    struct web *web = mem_new(sizeof *web);
    struct http_server *server = NULL;
    struct web_metrics *metrics = NULL;
    sigset_t signals;
    int rc;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    harden();
    json_wipe_freed();
    web->program = program;
    (void)pthread_mutex_init(&web->slow_lock, NULL);
    (void)pthread_mutex_init(&web->ready_lock, NULL);
    (void)snprintf(web->folder, sizeof web->folder, "%s", options->folder);
    web->setup = options->setup;
    web->service = options->service;
    notify_say("READY=1");
    if (web->service)
        web_service_wait(web);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread */
    web->events = http_events_new();
    web->cache = web_cache_new();
    rc = open_server(&server, web, options->listener, err);
    if (rc == 0 && !web->setup && !web_watcher_start(web))
        rc = error_set(err, ERR_IO, "no thread is to be had");
    if (rc == 0 && options->metrics != NULL)
        open_metrics(&metrics, web, options->metrics);
    if (rc == 0) {
        log_info("web.serving", "program=%s", program->program);
        wait_for_end(&signals, web, server);
    }
    notify_say("STOPPING=1");
    web_metrics_close(&metrics);
    web_watcher_stop(web);
    http_server_close(&server);
    /* `web` stays: the watcher may still look at it */
    return rc;
}
