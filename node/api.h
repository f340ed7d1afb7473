/* node/api.h - what the pages of the node read: one function a path, in files
 * node/api_TOPIC.c, each named in the table of node/api.c.
 *
 * Linked into lienxa-node-web (and the tests) only, never into the core.
 */
#ifndef LIENXA_NODE_API_H
#define LIENXA_NODE_API_H

#include "common/store/accounts.h"
#include "common/web/web.h"
#include "node/node.h"

/* `data` of a struct web_call. Owned by the thread that reads. */
struct node_api {
    struct node *node; /* opened as NODE_WEB: public keys only */
    struct accounts *accounts;
};
/* The node that a call reads. */
struct node *node_api_of(const struct web_call *call);

extern const struct web_route node_api_routes[];

/* For struct web_program. */
int node_api_open(void **data, const char *folder, struct error *err);
void node_api_close(void **data);
struct accounts *node_api_accounts(void *data);
void node_api_about(void *data, struct json *out); /* "name", "unit" */

int node_api_keys(void *data, const char *user, const char *password,
                  struct json *keys, struct error *err);

/* ---- the paths (api.c) */
/* Whatever is in node/read.h. */
int node_api_read(struct web_call *call, struct buf *out, struct error *err);
int node_api_catalogue(struct web_call *call, struct buf *out,
                       struct error *err);

/* ---- api_files.c: struct web_program's ready and small */
int node_api_ready(void *data, const struct web_uploaded *what,
                   struct json **out, struct error *err);
int node_api_small(int fd, struct error *err);

/* ---- api_metrics.c: struct web_program's metrics and health */
void node_api_metrics(void *data, int64_t now_ms, struct buf *out);
int node_api_health(void *data, struct error *err);

#endif
