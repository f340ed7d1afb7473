/* hub/machines_words.h - the machines of a unit in words, and the commands that
 * replace them: `node retire`, `node rotate`.
 */
#ifndef LIENXA_HUB_MACHINES_WORDS_H
#define LIENXA_HUB_MACHINES_WORDS_H

#include "common/format/json.h"
#include "hub/hub.h"

/* Every certificate of the unit, the present one first: [{"certificate",
 * "state","words","waiting","drained","address","last_seen"}]. Owned. */
struct json *hub_machines_list(struct hub *hub, const char *unit);

/* Commands (hub/commands.c): args "unit" and "certificate"; "unit". */
int hub_machines_run_retire(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err);
int hub_machines_run_rotate(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err);

#endif
