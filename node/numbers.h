/* node/numbers.h - the telephone numbers that a commune keeps of its own,
 * beside 111 to 115 and what the district's directory says. They stay here.
 */
#ifndef LIENXA_NODE_NUMBERS_H
#define LIENXA_NODE_NUMBERS_H

#include "common/format/json.h"
#include "node/node.h"

/* The commands, of a leader:
 *   directory.set   {name, phone, note}, perhaps "number": the one to change
 *   directory.drop  {number}
 * `out` gets "number". ERR_INVALID, ERR_MISSING. */
int node_numbers_set(struct node *node, const struct json *args,
                     struct json *out, struct error *err);
int node_numbers_drop(struct node *node, const struct json *args,
                      struct json *out, struct error *err);

/* [{"phone","name","slug","fixed"}]: 111 to 115; the district ("slug"
 * "district") once it has told its number; this commune's own
 * ("own": true, with "number" and "note"); the communes. */
struct json *node_directory(struct node *node);

#endif
