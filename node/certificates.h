/* node/certificates.h - the certificate of this machine's web pages (PROTOCOL
 * 8.9): asked for when joining, and again by a serving node when it has none,
 * sixty days before its end, and when the machine has got another name or
 * address. Where it lies: common/crypto/web_certificate.h.
 *
 * A machine that has none makes one by its own key, so that its pages work at
 * once; browsers warn of that, and so does an alarm.
 */
#ifndef LIENXA_NODE_CERTIFICATES_H
#define LIENXA_NODE_CERTIFICATES_H

#include "common/format/json.h"
#include "node/node.h"

/* ---- in any folder */

/* Appends a request for the machine of the unit with this slug, DER; `more` are
 * further names, separated by spaces. Makes the key when there is none. */
int node_certificates_request(const char *folder, const char *slug,
                              const char *more, struct buf *der,
                              struct error *err);
/* Puts in place what came with the hub's answer to `request`. ERR_MISSING:
 * nothing did. ERR_DAMAGED: it is not for our key, or not of that authority. */
int node_certificates_take(const char *folder, struct bytes request,
                           const struct msg_enrolled *answer,
                           struct error *err);

/* ---- of a serving node; all take NULL */

struct certificates;

/* Makes the key, and a certificate by it when there is none. `shown`: there are
 * pages, so that alarms matter. Owned. */
int node_certificates_open(struct certificates **out, struct node *node,
                           bool shown, struct error *err);
void node_certificates_free(struct certificates **certificates);

/* In a turn: looks once an hour what is there. */
void node_certificates_work(struct certificates *certificates);
/* The next look, monotonic. */
int64_t node_certificates_deadline(const struct certificates *certificates);

/* When the hub is to be asked, monotonic; INT64_MAX: no need. */
int64_t node_certificates_ask_at(const struct certificates *certificates);
/* The request that goes along now; borrowed until the next call; empty: none.
 */
struct bytes node_certificates_question(struct certificates *certificates);
/* What came of it: NULL: a refusal. */
void node_certificates_answer(struct certificates *certificates,
                              const struct msg_enrolled *answer);
/* Nobody answered. */
void node_certificates_unanswered(struct certificates *certificates);

/* ---- the command */

/* Command "web.certificate": {"names":[..]}: more names, asked for soon. */
int node_certificates_run(struct node *node, const struct json *args,
                          struct json *out, struct error *err);
/* {"trusted","authority":{..} or null,"names":[..],"fingerprint","expires"}.
 * ERR_MISSING: nothing there. */
int node_certificates_show(const char *folder, struct json *out,
                           struct error *err);

#endif
