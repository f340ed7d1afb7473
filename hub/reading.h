/* hub/reading.h - what is listed and checked, in the asking process.
 *
 * Over a mode=ro connection, so that nobody's looking stops an alert. Each
 * function fills an answer that main.c prints.
 */
#ifndef LIENXA_HUB_READING_H
#define LIENXA_HUB_READING_H

#include "common/format/json.h"
#include "common/peer/verify.h"
#include "hub/hub.h"

/* `online`: unit keys in conversation now (JSON array of texts; may be NULL
 * when nothing serves). */
struct json *hub_reading_nodes(struct hub *hub, const struct json *online);
struct json *hub_reading_alerts(struct hub *hub);
/* NULL with err: no such alert. */
struct json *hub_reading_receipts(struct hub *hub, const char *id,
                                  struct error *err);
/* Appends the array as text: there may be many. `unit` NULL: all. */
int hub_reading_reports(struct hub *hub, const char *unit, struct buf *out,
                        struct error *err);
struct json *hub_reading_users(struct hub *hub);
struct json *hub_reading_alarms(struct hub *hub);
/* Here, and (`where` a unit, `id` null) at nodes that cannot use ours. */
struct json *hub_reading_quarantine(struct hub *hub);
/* [{"unit","id","kind","version","written":[time,..]}]: one time for each
 * content under that version; the first one counts. */
struct json *hub_reading_conflicts(struct hub *hub);
/* Recomputes everything; one line per difference on stdout. The exit code. */
int hub_reading_verify(struct hub *hub, struct error *err);
/* The same, with what was found. */
int hub_reading_check(struct hub *hub, struct verify_result *out,
                      struct error *err);

/* Is this the signed head of the stream at `at`? `who` is the hub. */
bool hub_reading_head_good(void *who, const struct stream_name *name,
                           const struct stream_position *at,
                           struct bytes signed_head);

#endif
