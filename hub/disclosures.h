/* hub/disclosures.h - the district's books of who looked at a sealed sender, in
 * which commune, with whose consent (PROTOCOL 4.9).
 *
 * A node's record; nothing of it is kept besides. The name that was looked at
 * is in no part of it, and why stays in the commune.
 */
#ifndef LIENXA_HUB_DISCLOSURES_H
#define LIENXA_HUB_DISCLOSURES_H

#include "common/format/json.h"
#include "hub/hub.h"

/* 0, or why it is quarantined. */
int hub_disclosures_judge(const struct change *change, struct error *err);

/* [{"id","unit", and as in common/format/disclosure.h}], newest first: the last
 * HUB_DISCLOSURES_MOST, however many communes write. */
enum { HUB_DISCLOSURES_MOST = 500 };
struct json *hub_disclosures_list(struct hub *hub, int64_t now_ms);

#endif
