/* hub/rotation.h - another CURVE key for the hub, and nobody is lost
 * (PROTOCOL 8.7).
 *
 * A ROUTER holds one key, so for a while there are two sets of sockets. The
 * order of things, each of which may be the last before a crash:
 *
 *   begin   keys/curve.next is written, the second set listens, the signed
 *           record of the key is appended: one transaction. From now on every
 *           start opens both sets. Tokens carry the new key.
 *   seen    each machine that greets over the second set is written down.
 *   finish  by command, or by itself when all have been seen and no token with
 *           the old key is left: a mark in the database. Then (settle)
 *           curve.next goes over curve.key, the old sockets close, the
 *           addresses change places. A start that finds the mark goes on there.
 *
 * What is at which step stands in the settings of hub.db. Loop thread only.
 */
#ifndef LIENXA_HUB_ROTATION_H
#define LIENXA_HUB_ROTATION_H

#include "common/format/json.h"
#include "hub/hub.h"

/* Loads hub->rotation; a writer ends what a crash left half done. */
int hub_rotation_open(struct hub *hub, struct error *err);
void hub_rotation_free(struct rotation **rotation);
/* The transaction was rolled back: so is what it did here. */
void hub_rotation_rolled_back(struct hub *hub);

/* The addresses nodes know, where the start asks for those of a key that is
 * past; else `wish`. Borrowed from `out` or `wish`. */
const char *hub_rotation_wish(struct hub *hub, enum net_lane lane,
                              const char *wish, char out[NET_ADDRESS_BYTES]);
/* Opens the second set when a rotation is under way. When that fails people are
 * told, and the hub serves by the old key. */
void hub_rotation_listen(struct hub *hub);

struct rotation_order {
    const char *address[NET_LANES]; /* NULL: beside the present ones */
    const char *advertise;          /* host that nodes dial; NULL: the same */
    bool stolen;                    /* nodes forget the old key at once */
    bool again; /* although the last one ended less than a day ago */
};
/* ERR_EXISTS: one is under way. ERR_REFUSED: without `again`, too soon. */
int hub_rotation_begin(struct hub *hub, const struct rotation_order *order,
                       struct error *err);
/* ERR_REFUSED: `anyway` was not said and somebody would be left behind. */
int hub_rotation_finish(struct hub *hub, bool anyway, struct error *err);

/* The key that tokens carry, and the names of the settings with its addresses.
 */
const uint8_t *hub_rotation_curve(const struct hub *hub);
/* The one that is to come, with its secret; NULL: no rotation is under way. */
const struct curve_key *hub_rotation_next(const struct hub *hub);
const char *hub_rotation_setting(const struct hub *hub, enum net_lane lane);

/* A machine of the unit greeted, over the second set or the first. */
int hub_rotation_seen(struct hub *hub, const char *unit, bool second);
/* In every turn: finishes when nobody is left, tells people when it takes long.
 */
int hub_rotation_work(struct hub *hub);
/* After every commit: does what a finish has decided. */
void hub_rotation_settle(struct hub *hub);

/* A HUB_KEY record became the state: of ours, or of a hub that we were. */
int hub_rotation_apply(struct hub *hub, const struct change *change,
                       struct error *err);

/* {"number","under_way","since","enrolled","seen","left":[unit,..],"tokens",
 * "express","bulk","enrol"} */
void hub_rotation_status(struct hub *hub, struct json *out);
/* Is this unit's machine waited for? */
bool hub_rotation_waits_for(struct hub *hub, const char *unit);

#endif
