/* hub/bundle.h - bundles, block by block: the commands behind `bundle export`
 * and `bundle import`, and behind the page (PROTOCOL 15).
 *
 * Whoever asks keeps the file and the cursor; here is only what needs the keys
 * and the database, so that it is the same whether the hub serves or not.
 */
#ifndef LIENXA_HUB_BUNDLE_H
#define LIENXA_HUB_BUNDLE_H

#include "common/format/json.h"
#include "hub/hub.h"

/* bundle.make {"unit"} with {"cursor"} or, to begin, perhaps {"whole": true};
 * "room": bytes that files may still take: {"block": base64url, "cursor",
 * "last", "damaged", "files" and "pieces" in it until now, at its end
 * "left_files", "left_bytes"}. */
int hub_bundle_make(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err);
/* bundle.take {"block"}: {"from", "unit", "bundle", "number", "last", "made",
 * and what bundle_count_write writes}, or with "problem" why nothing of it was
 * stored; "hostile" when the operator is alarmed. */
int hub_bundle_take(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err);
/* bundle.done {"what": "export" or "import", "unit", ..}: for the books. */
int hub_bundle_done(struct hub *hub, const struct json *args, struct json *out,
                    struct error *err);

#endif
