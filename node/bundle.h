/* node/bundle.h - bundles, block by block: the commands behind `bundle export`
 * and `bundle import`, and behind the page (PROTOCOL 15).
 *
 * Whoever asks keeps the file and the cursor; here is only what needs the keys
 * and the database, so that it is the same whether the node serves or not.
 */
#ifndef LIENXA_NODE_BUNDLE_H
#define LIENXA_NODE_BUNDLE_H

#include "common/format/json.h"
#include "node/node.h"

/* bundle.make {"cursor"} or, to begin, {"after"} (a position of `up`; without
 * it what is not acknowledged); "room": bytes that files may still take:
 * {"block": base64url, "cursor", "last", "damaged", "files" and "pieces" in it
 * until now, at its end "left_files" and "left_bytes", "done_to": the position
 * of `up` up to which all is in what was made until now}. */
int node_bundle_make(struct node *node, const struct json *args,
                     struct json *out, struct error *err);
/* bundle.take {"block"}: {"from", "bundle", "number", "last", "made", and what
 * bundle_count_write writes}, or with "problem" why nothing of it was stored;
 * "hostile" when the operator is alarmed. */
int node_bundle_take(struct node *node, const struct json *args,
                     struct json *out, struct error *err);
/* bundle.done {"what": "export" or "import", ..}: for the books. */
int node_bundle_done(struct node *node, const struct json *args,
                     struct json *out, struct error *err);

#endif
