/* node/web_side.c - the core's side of the web pages. */
#include "node/web_side.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/spool.h"

enum { PATH_BYTES = 4300, ALARM_NO_CERTIFICATE = 200, ALARM_FAILS = 202 };

static const char program[] = "lienxa-node-web";

/* Where pages put what is handed in, until the core has taken it. Without it
 * everything else goes on. */
static void share_spool(const struct node *node, const struct keeper *keeper)
{
    struct error err = {""};
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/" NODE_SPOOL_WEB, node->folder);
    if (file_make_folder(path, &err) != 0 ||
        keeper_share(keeper, path, 0770, &err) != 0)
        log_warn("web.unshared", "reason=\"%s\"", err.text);
}

/* Key and certificate may come later, from the district. */
static bool ready(void *who, const struct keeper *keeper)
{
    const struct node *node = who;

    share_spool(node, keeper);
    return keeper_is_ready(keeper, node->folder, "node.db");
}

/* ---- what is said as alarms */

/* In a transaction. */
static int say_certificate(struct node *node)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/web/tls.crt", node->folder);
    if (file_exists(path))
        return node_store_clear_alarms(node->store, ALARM_NO_CERTIFICATE,
                                       node->wall_ms);
    node_alarm(
        node, ALARM_NO_CERTIFICATE,
        "the web pages wait for %s and its key beside it: they have no "
        "certificate yet; `lienxa-node web certificate` says why, the RUNBOOK "
        "what to do",
        path);
    return 0;
}

static int say(struct node *node, bool failing)
{
    if (!failing)
        return node_store_clear_alarms(node->store, ALARM_FAILS, node->wall_ms);
    node_alarm(
        node, ALARM_FAILS,
        "the web pages end again and again (%d times within %d minutes) and "
        "are started again each time: people may not be able to use them. What "
        "is taken in and sent meanwhile is safe. Look for web.ended in the log "
        "of this machine and at its memory and disk; if it goes on after a "
        "restart of lienxa-node, give the log to whoever looks after it",
        KEEPER_DEATHS, KEEPER_DEATHS_MS / 60000);
    return 0;
}

int node_web_say(struct node *node, const struct keeper *pages, bool *said)
{
    bool failing = keeper_is_failing(pages);
    struct error err = {""};
    int rc;

    if (failing == *said)
        return 0;
    rc = node_begin(node);
    if (rc == 0 && (rc = say(node, failing)) == 0)
        rc = node_commit(node, &err);
    if (rc != 0)
        node_rollback(node);
    else
        *said = failing;
    return rc;
}

/* ---- what is written down */

/* Written when it changes only: a start must not need room on the disk. */
static int set(struct node *node, const char *name, const char *value)
{
    return strcmp(node_store_setting(node->store, name), value) == 0
               ? 0
               : node_store_set(node->store, name, value);
}

static int write_down(struct node *node, const char *url, const char *public,
                      struct error *err)
{
    int rc = node_begin(node);

    if (rc == 0 && (rc = set(node, "web", url)) == 0 &&
        (rc = set(node, NODE_PUBLIC_SETTING, public)) == 0 &&
        (rc = say(node, false)) == 0 &&
        (*url == '\0' || (rc = say_certificate(node)) == 0))
        rc = node_commit(node, err);
    if (rc != 0)
        node_rollback(node);
    return rc;
}

/* A full disk does not stop the start: pages that know no better say so. */
static void publish(struct node *node, const char *address)
{
    struct buf public = {0};
    struct error err = {""};
    char *hex, url[LISTEN_TEXT_BYTES + 16] = "";

    node_keys_write_public(&public, &node->keys);
    hex = mem_new(2 * public.size + 1);
    hex_encode(hex, public.data, public.size);
    if (address != NULL)
        (void)snprintf(url, sizeof url, "https://%s", address);
    if (write_down(node, url, hex, &err) != 0)
        log_warn("web.unwritten", "reason=\"%s\"", err.text);
    mem_free(&hex);
    buf_free(&public);
}

int node_web_open(struct keeper **out, struct node *node,
                  const struct node_serve_options *options, struct error *err)
{
    char again[LISTEN_TEXT_BYTES];
    struct keeper_config config = {.program = program,
                                   .folder = node->folder,
                                   .listen = options->web,
                                   .again = again,
                                   .user = options->web_user,
                                   .metrics = options->metrics,
                                   .apart = options->web_service,
                                   .ready = ready,
                                   .who = node};
    int rc;

    *out = NULL;
    if (options->web == NULL) {
        publish(node, NULL);
        return 0;
    }
    (void)snprintf(again, sizeof again, "%s",
                   node_store_setting(node->store, "web"));
    if ((rc = keeper_open(out, &config, err)) == 0)
        publish(node, keeper_address(*out));
    return rc;
}
