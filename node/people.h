/* node/people.h - who works at this node, and who may open a sealed name.
 *
 * The private half of a sealing key exists only wrapped by the passwords of
 * those who may use it, and sealed to the recovery key (design 6). A password
 * and the shares are read in the asking process and go no further: the core
 * gets a hash and boxes.
 */
#ifndef LIENXA_NODE_PEOPLE_H
#define LIENXA_NODE_PEOPLE_H

#include "common/account/call.h"
#include "node/node.h"

struct new_user {
    const char *name, *role;
    const char *password;  /* as typed */
    const char *shares[2]; /* the two recovery lines, or NULL both */
    const char *old;       /* of a change: the present password, or NULL */
};

/* In the asking process: what the command user.add needs, into `args`. `node`
 * is open for reading. */
int node_people_prepare(struct node *node, const struct new_user *user,
                        struct json *args, struct error *err);

/* The same for user.passwd: `role` is not looked at. What the user may open is
 * boxed anew, with the old password or the shares; who opens nothing needs
 * neither. ERR_REFUSED: neither was given, or they do not fit. */
int node_people_prepare_change(struct node *node, const struct new_user *user,
                               struct json *args, struct error *err);

/* In the core: carry the commands out. */
int node_people_add(struct node *node, const struct account_call *call,
                    struct json *out, struct error *err);
int node_people_passwd(struct node *node, const struct account_call *call,
                       struct json *out, struct error *err);
int node_people_disable(struct node *node, const struct account_call *call,
                        bool disable, struct json *out, struct error *err);

/* Is there a user of this name and role who is not disabled? */
bool node_people_is(struct node *node, const char *name, const char *role);

/* The context under which a user's copy of a key is boxed. */
enum { PEOPLE_CONTEXT_BYTES = 160 };
const char *node_people_context(char out[PEOPLE_CONTEXT_BYTES],
                                const char *user, const uint8_t key_id[8]);

#endif
