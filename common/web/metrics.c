/* common/web/metrics.c - what watches the program asks: figures, and whether it
 * does its work. Off unless asked for; on loopback only; without a login, so
 * nothing in it may tell of a person. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/control/listen.h"
#include "common/crypto/web_certificate.h"
#include "common/format/metrics.h"
#include "common/web/inside.h"

enum { KEEP_MS = 2000, PATH_BYTES = 4300 };

struct web_metrics {
    struct web *web;
    struct http_plain *page;
    void *reader;    /* of the page's thread; NULL: not asked yet */
    struct buf kept; /* the last answer to /metrics */
    int64_t kept_ms;
};

/* ---- figures that both programs have */

static void add_file(struct buf *out, const struct web *web)
{
    static const char *const parts[] = {"", "-wal"};
    char path[PATH_BYTES];
    struct statvfs disk;
    struct stat status;

    metrics_about(out, "lienxa_database_bytes", "gauge",
                  "Size of the database and of its write-ahead log.");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        (void)snprintf(path, sizeof path, "%s/%s%s", web->folder,
                       web->program->database, parts[i]);
        if (stat(path, &status) == 0)
            metrics_put(out, "lienxa_database_bytes", "file",
                        i == 0 ? "database" : "log", (double)status.st_size);
    }
    if (statvfs(web->folder, &disk) == 0)
        metrics_gauge(out, "lienxa_disk_free_bytes",
                      "Room left on the disk of the data folder.",
                      (double)disk.f_bavail * (double)disk.f_frsize);
}

static void add_certificate(struct buf *out, const struct web *web)
{
    struct web_certificate certificate;

    web_certificate_read(&certificate, web->folder);
    if (certificate.good)
        metrics_gauge(out, "lienxa_certificate_expiry_timestamp_seconds",
                      "When the certificate of the pages ends.",
                      (double)certificate.server.expires_ms / 1000);
}

static void add_common(struct buf *out, const struct web *web)
{
    const struct metrics_label build[METRICS_LABELS] = {
        {"program", web->program->program}, {"version", LIENXA_VERSION}};

    metrics_about(out, "lienxa_build_info", "gauge",
                  "Which program and version this is.");
    metrics_value(out, "lienxa_build_info", build, 1);
    metrics_gauge(out, "lienxa_core_up",
                  "1 when the core answers the process of the pages.",
                  atomic_load(&web->core_up) ? 1 : 0);
    add_file(out, web);
    add_certificate(out, web);
}

/* ---- the two pages */

static int open_data(struct web_metrics *m, void **data, struct error *err)
{
    if (m->web->setup)
        return error_set(err, ERR_MISSING,
                         "nothing is here yet: it is being set up");
    if (m->reader == NULL)
        m->reader = web_reader_open(m->web);
    return web_reader_data(m->reader, data, err);
}

static unsigned give_metrics(struct web_metrics *m, struct buf *out)
{
    struct error err = {""};
    void *data = NULL;

    if (m->kept.size == 0 || clock_mono_ms() - m->kept_ms >= KEEP_MS) {
        buf_clear(&m->kept);
        add_common(&m->kept, m->web);
        if (open_data(m, &data, &err) == 0)
            m->web->program->metrics(data, clock_wall_ms(), &m->kept);
        m->kept_ms = clock_mono_ms();
    }
    buf_add_bytes(out, buf_bytes(&m->kept));
    return 200;
}

static unsigned give_health(struct web_metrics *m, struct buf *out)
{
    struct error err = {""};
    void *data = NULL;
    int rc = open_data(m, &data, &err);

    if (rc == 0 && !atomic_load(&m->web->core_up))
        rc = error_set(&err, ERR_AGAIN, "the core does not answer");
    if (rc == 0)
        rc = m->web->program->health(data, &err);
    buf_printf(out, "%s\n", rc == 0 ? "ok" : err.text);
    return rc == 0 ? 200 : 503;
}

static unsigned get(void *who, const char *path, struct buf *out)
{
    if (strcmp(path, "/metrics") == 0)
        return give_metrics(who, out);
    if (strcmp(path, "/healthz") == 0)
        return give_health(who, out);
    return 404;
}

int web_metrics_open(struct web_metrics **out, struct web *web,
                     const char *address, struct error *err)
{
    struct web_metrics *m = mem_new(sizeof *m);
    char heard[LISTEN_TEXT_BYTES];
    struct http_plain_config config = {.who = m, .get = get};
    int rc = 0;

    m->web = web;
    config.listener = listen_open(address, heard, err);
    if (config.listener < 0)
        rc = config.listener;
    else
        rc = http_plain_open(&m->page, &config, err);
    if (rc != 0) {
        mem_free(&m);
        return rc;
    }
    log_info("metrics.listening", "address=%s", heard);
    *out = m;
    return 0;
}

void web_metrics_close(struct web_metrics **metrics)
{
    struct web_metrics *m = *metrics;

    if (m == NULL)
        return;
    http_plain_close(&m->page);
    if (m->reader != NULL)
        web_reader_close(m->web, m->reader);
    buf_free(&m->kept);
    mem_free(metrics);
}
