/* node/web_side.c - the core's side of the web pages. */
#include "node/web_side.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum { PATH_BYTES = 4300, ALARM_NO_CERTIFICATE = 200 };

static const char program[] = "lienxa-node-web";

/* ---- what it may touch: the database to read, key and certificate of TLS */

static int share(const struct keeper *keeper, const struct node *node,
                 struct error *err)
{
    static const struct {
        const char *name;
        unsigned mode;
    } shared[] = {
        {"", 0710},
        {"/node.db", 0640},
        {"/node.db-wal", 0640},
        {"/node.db-shm", 0640},
        {"/web", 0750},
        {"/web/tls.key", 0640},
        {"/web/tls.crt", 0640},
        {"/web/ca.crt", 0644},
    };
    char path[PATH_BYTES];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof shared / sizeof *shared; i++) {
        (void)snprintf(path, sizeof path, "%s%s", node->folder, shared[i].name);
        rc = keeper_share(keeper, path, shared[i].mode, err);
    }
    return rc;
}

/* Key and certificate may come later, from the district. */
static bool ready(void *who, const struct keeper *keeper)
{
    struct node *node = who;
    struct error err = {""};
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/web/tls.crt", node->folder);
    if (!file_exists(path))
        return false;
    if (share(keeper, node, &err) != 0)
        log_warn("web.unshared", "reason=\"%s\"", err.text);
    return err.text[0] == '\0';
}

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
