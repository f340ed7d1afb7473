/* hub/carry.h - a change of one home, carried to another or to everybody
 * (PROTOCOL 10.3).
 *
 * Nothing of the moment is in it: whenever it is made, it is the same change,
 * so what a node hands back and what a restored hub makes anew are one.
 */
#ifndef LIENXA_HUB_CARRY_H
#define LIENXA_HUB_CARRY_H

#include "hub/hub.h"

struct hub_carried {
    const char *to; /* a unit's key, or HANDOVER_EVERYBODY */
    const char *home;
    struct id record;
    uint64_t version;
    int64_t clock_ms;
    struct hash digest;
};

/* The record that carries it, and its row; kind 0 when there is none. */
int hub_carry_find(struct hub *hub, const struct hub_carried *what,
                   struct id *id, struct record_row *row);

/* `write` has record, version, flags and body. */
int hub_carry_write(struct hub *hub, const struct hub_carried *what,
                    struct hub_write *write, struct error *err);

#endif
