/* hub/api.h - what the pages of the hub read (hub/api_reads.h), as routes of
 * its web process.
 *
 * Linked into lienxa-hub-web (and the tests) only, never into the core.
 */
#ifndef LIENXA_HUB_API_H
#define LIENXA_HUB_API_H

#include "common/store/accounts.h"
#include "common/web/web.h"
#include "hub/hub.h"

/* `data` of a struct web_call. Owned by the thread that reads. */
struct hub_api {
    struct hub *hub; /* opened as HUB_WEB: public keys only */
    struct accounts *accounts;
};
/* The hub that a call reads. */
struct hub *hub_api_of(const struct web_call *call);

extern const struct web_route hub_api_routes[];

/* For struct web_program. */
int hub_api_open(void **data, const char *folder, struct error *err);
void hub_api_close(void **data);
struct accounts *hub_api_accounts(void *data);
void hub_api_about(void *data, struct json *out); /* "name", "unit" */

/* ---- api_metrics.c: struct web_program's metrics and health */
void hub_api_metrics(void *data, int64_t now_ms, struct buf *out);
int hub_api_health(void *data, struct error *err);

#endif
