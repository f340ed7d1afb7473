/* tests/support/node_world.h - a folder in which a node has joined, without a
 * hub: keys, database, sealing keys; and commands run as the core runs them.
 */
#ifndef LIENXA_TESTS_NODE_WORLD_H
#define LIENXA_TESTS_NODE_WORLD_H

#include "common/crypto/share.h"
#include "common/format/json.h"
#include "node/node.h"

#define NODE_WORLD_UNIT "19894@20040708"
#define NODE_WORLD_HUB "hub00000001@20240101"

struct node_world {
    char folder[64];
    struct node *node; /* open to run commands, or NULL */
    struct node_keys keys;
    struct seal_key recovery, duty, custodian;
    char shares[2][SHARE_TEXT_BYTES];
    struct error err;
};

struct node_world *node_world_new(void); /* joined and open */
void node_world_free(struct node_world *w);
void node_world_close(struct node_world *w);
void node_world_open(struct node_world *w, enum node_mode mode);

/* Runs one request in a transaction of its own; the reply is owned. A NULL id
 * is a new one. `args` is JSON text. */
struct json *node_world_ask(struct node_world *w, const char *id,
                            const char *command, const char *args);
/* The "out" of a command that must succeed, or the "error" of one that must
 * not. Owned. */
struct json *node_world_do(struct node_world *w, const char *command,
                           const char *args);
char *node_world_refused(struct node_world *w, const char *command,
                         const char *args);
/* How many changes `up` holds. */
uint64_t node_world_head(struct node_world *w);
/* Do these bytes stand in the database or its log? */
bool node_world_holds(struct node_world *w, const char *text);

#endif
