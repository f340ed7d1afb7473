/* hub/notices.h - what the district tells every commune's residents, the
 * catalogue of procedures, and what communes share with each other.
 *
 * All of it lies in `all` (PROTOCOL 4.7, 4.8): the district's own as records of
 * the hub, a commune's shared notice as the very change it signed, carried.
 */
#ifndef LIENXA_HUB_NOTICES_H
#define LIENXA_HUB_NOTICES_H

#include "common/format/json.h"
#include "hub/hub.h"

/* Commands, as node/notice.h: notice.publish {kind, title, text, ..},
 * notice.correct and notice.expire {notice, reason, ..}: the district's own;
 * procedure.import {csv} -> {"procedures","new","changed"}: all of them or
 * none.
 */
int hub_notices_run_publish(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err);
int hub_notices_run_correct(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err);
int hub_notices_run_expire(struct hub *hub, const struct json *args,
                           struct json *out, struct error *err);
int hub_procedures_run_import(struct hub *hub, const struct json *args,
                              struct json *out, struct error *err);

/* A commune's notice became the state of its record: before the transaction
 * ends it is carried to everybody, when it is shared. */
void hub_notices_apply(struct hub *hub, const struct change *change);
int hub_notices_carry(struct hub *hub, const struct handover_key *key,
                      struct error *err);

/* ---- reading: as node_notices, node_notice, node_procedures, node_directory
 */
struct json *hub_notices(struct hub *hub, bool all);
struct json *hub_notice(struct hub *hub, const struct id *id);
struct json *hub_procedures(struct hub *hub, bool all);
struct json *hub_directory(struct hub *hub);

#endif
