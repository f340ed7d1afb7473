/* node/units.h - how people name the other communes and the district, as the
 * hub's directory says (PROTOCOL 10.4).
 */
#ifndef LIENXA_NODE_UNITS_H
#define LIENXA_NODE_UNITS_H

#include "node/node.h"

/* A unit by its key, slug or code; the district ("", "district", the hub's
 * home) is the hub. ERR_MISSING; ERR_CONFLICT: a code of two units. */
int node_units_find(struct node *node, const char *word, struct unit_fact *out,
                    struct error *err);

/* The one with this key; the key itself stands for a name nobody told us. */
void node_units_name(struct node *node, const char *key, struct unit_fact *out);

/* The district as the directory says it; without a number, and called "the
 * district", while it has told us nothing. */
void node_units_district(struct node *node, struct unit_fact *out);

/* Did one of the machines of the change's home sign it? The key directory
 * knows them, earlier ones as well. */
bool node_units_signed(struct node *node, const struct hash *digest,
                       const struct change *change);

#endif
