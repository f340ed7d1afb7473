/* node/people.h - who works at this node, and who may open a sealed name.
 *
 * The private half of a sealing key exists only wrapped by the passwords of
 * those who may use it, and sealed to the recovery key (design 6). A password
 * and the shares are read in the asking process and go no further: the core
 * gets a hash and boxes.
 */
#ifndef LIENXA_NODE_PEOPLE_H
#define LIENXA_NODE_PEOPLE_H

#include "common/format/json.h"
#include "node/node.h"

enum { PEOPLE_PASSWORD_LEAST = 10 }; /* characters */

struct new_user {
    const char *name, *role;
    const char *password;  /* as typed */
    const char *shares[2]; /* the two recovery lines, or NULL both */
};

/* In the asking process: what the command user.add needs, into `args`. `node`
 * is open for reading. */
int node_people_prepare(struct node *node, const struct new_user *user,
                        struct json *args, struct error *err);

/* In the core: carries the command out. */
int node_people_add(struct node *node, const struct json *args,
                    struct json *out, struct error *err);

/* Is there a user of this name and role who is not disabled? */
bool node_people_is(struct node *node, const char *name, const char *role);

/* The context under which a user's copy of a key is boxed. */
enum { PEOPLE_CONTEXT_BYTES = 160 };
const char *node_people_context(char out[PEOPLE_CONTEXT_BYTES],
                                const char *user, const uint8_t key_id[8]);

#endif
