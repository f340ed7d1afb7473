/* node/reading.h - what is listed, shown and checked, in the asking process.
 *
 * Over a mode=ro connection, so that nobody's looking stops an alert. Each
 * function makes an answer that main.c prints.
 */
#ifndef LIENXA_NODE_READING_H
#define LIENXA_NODE_READING_H

#include "common/format/json.h"
#include "common/peer/verify.h"
#include "node/node.h"

/* `serving`: the control socket answers. */
struct json *node_reading_status(struct node *node, bool serving);

/* Appends the array as text: there may be many. Newest first; with `words` only
 * those that hold all of them, the ones with the same accents first.
 * ERR_INVALID: no word in `words`. */
int node_reading_reports(struct node *node, const char *words, struct buf *out,
                         struct error *err);
/* When a version took place: it entered its state when its fact says so, which
 * may be long before it was written; else when it was written. `before`: the
 * state of the version before it, 0: none. */
int64_t node_reading_when(const struct report_fact *fact, int before,
                          int64_t written_ms);
/* NULL with err: no such report. */
struct json *node_reading_report(struct node *node, const char *id,
                                 struct error *err);

/* `*unshown`: alerts among them that had not been shown to anybody;
 * `*newest_ms`: when the newest of them was stored, for alert.shown. */
struct json *node_reading_alerts(struct node *node, size_t *unshown,
                                 int64_t *newest_ms);
struct json *node_reading_alarms(struct node *node);
/* Here, and (`where` "district", `id` null) what the hub cannot use of ours. */
struct json *node_reading_quarantine(struct node *node);
struct json *node_reading_users(struct node *node);

/* Recomputes everything; one line per difference on stdout, then the counts. */
int node_reading_verify(struct node *node, struct error *err);
/* The same, with what was found. */
int node_reading_check(struct node *node, struct verify_result *out,
                       struct error *err);

/* Is this the signed head of the stream at `at`? `who` is the node. */
bool node_reading_head_good(void *who, const struct stream_name *name,
                            const struct stream_position *at,
                            struct bytes signed_head);

#endif
