/* hub/web_side.c - the core's side of the web pages. */
#include "hub/web_side.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum { PATH_BYTES = 4300, ALARM_NO_CERTIFICATE = 200, ALARM_FAILS = 202 };

static const char program[] = "lienxa-hub-web";

/* Key and certificate may come later, from the district. */
static bool ready(void *who, const struct keeper *keeper)
{
    const struct hub *hub = who;

    return keeper_is_ready(keeper, hub->folder, "hub.db");
}

/* ---- what is said as alarms */

/* In a transaction. */
static int say_certificate(struct hub *hub)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/web/tls.crt", hub->folder);
    if (file_exists(path))
        return hub_store_clear_alarms(hub->store, "", ALARM_NO_CERTIFICATE,
                                      hub->wall_ms);
    hub_alarm(hub, "", ALARM_NO_CERTIFICATE,
              "the web pages wait for %s and its key beside it: they have no "
              "certificate yet; `lienxa-hub web certificate` says why, the "
              "RUNBOOK what to do",
              path);
    return 0;
}

static int say(struct hub *hub, bool failing)
{
    if (!failing)
        return hub_store_clear_alarms(hub->store, "", ALARM_FAILS,
                                      hub->wall_ms);
    hub_alarm(
        hub, "", ALARM_FAILS,
        "the web pages end again and again (%d times within %d minutes) and "
        "are started again each time: people may not be able to use them. What "
        "is taken in and sent meanwhile is safe. Look for web.ended in the log "
        "of this machine and at its memory and disk; if it goes on after a "
        "restart of lienxa-hub, give the log to whoever looks after it",
        KEEPER_DEATHS, KEEPER_DEATHS_MS / 60000);
    return 0;
}

int hub_web_say(struct hub *hub, const struct keeper *pages, bool *said)
{
    bool failing = keeper_is_failing(pages);
    struct error err = {""};
    int rc;

    if (failing == *said)
        return 0;
    rc = hub_begin(hub);
    if (rc == 0 && (rc = say(hub, failing)) == 0)
        rc = hub_commit(hub, &err);
    if (rc != 0)
        hub_rollback(hub);
    else
        *said = failing;
    return rc;
}

/* ---- what is written down */

/* Written when it changes only: a start must not need room on the disk. */
static int set(struct hub *hub, const char *name, const char *value)
{
    return strcmp(hub_store_setting(hub->store, name), value) == 0
               ? 0
               : hub_store_set(hub->store, name, value);
}

static int write_down(struct hub *hub, const char *url, const char *public,
                      struct error *err)
{
    int rc = hub_begin(hub);

    if (rc == 0 && (rc = set(hub, "web", url)) == 0 &&
        (rc = set(hub, HUB_PUBLIC_SETTING, public)) == 0 &&
        (rc = say(hub, false)) == 0 &&
        (*url == '\0' || (rc = say_certificate(hub)) == 0))
        rc = hub_commit(hub, err);
    if (rc != 0)
        hub_rollback(hub);
    return rc;
}

/* A full disk does not stop the start: pages that know no better say so. */
static void publish(struct hub *hub, const char *address)
{
    struct buf public = {0};
    struct error err = {""};
    char *hex, url[LISTEN_TEXT_BYTES + 16] = "";

    hub_keys_write_public(&public, &hub->keys);
    hex = mem_new(2 * public.size + 1);
    hex_encode(hex, public.data, public.size);
    if (address != NULL)
        (void)snprintf(url, sizeof url, "https://%s", address);
    if (write_down(hub, url, hex, &err) != 0)
        log_warn("web.unwritten", "reason=\"%s\"", err.text);
    mem_free(&hex);
    buf_free(&public);
}

int hub_web_open(struct keeper **out, struct hub *hub,
                 const struct serve_options *options, struct error *err)
{
    char again[LISTEN_TEXT_BYTES];
    struct keeper_config config = {.program = program,
                                   .folder = hub->folder,
                                   .listen = options->web,
                                   .again = again,
                                   .user = options->web_user,
                                   .metrics = options->metrics,
                                   .apart = options->web_service,
                                   .ready = ready,
                                   .who = hub};
    int rc;

    *out = NULL;
    if (options->web == NULL) {
        publish(hub, NULL);
        return 0;
    }
    (void)snprintf(again, sizeof again, "%s",
                   hub_store_setting(hub->store, "web"));
    if ((rc = keeper_open(out, &config, err)) == 0)
        publish(hub, keeper_address(*out));
    return rc;
}
