/* node/rotation.h - new keys beside the present ones, until the hub has
 * certified them (PROTOCOL 8.7).
 *
 * DATA/rotating/keys holds the new keys, on disk before the hub is asked, so
 * that the same question can be asked again. DATA/rotating/ready says that the
 * hub has certified them and everything is written: from then on they are this
 * machine's identity (node_keys_load reads them there), and whoever holds the
 * folder's lock moves them to DATA/keys. A crash at any step leaves one
 * identity or the other, never a mixture.
 */
#ifndef LIENXA_NODE_ROTATION_H
#define LIENXA_NODE_ROTATION_H

#include "node/keys.h"

/* Asked for, and not answered? */
bool node_rotation_is_pending(const char *folder);

/* The pending keys, made and saved when there are none; `present` lends what
 * they have in common. Wipe them after use. */
int node_rotation_keys(struct node_keys *out, const char *folder,
                       const struct node_keys *present, struct error *err);

/* The question: the keys signed by both signing keys. `body` is appended to and
 * lent to `out`. */
void node_rotation_question(struct msg_rotate *out, struct buf *body,
                            const struct node_keys *present,
                            const struct node_keys *next);

/* `next`, whose certificate is checked and filled in, becomes the identity,
 * also when it is not the pending one (`join`, in a folder that has joined
 * before); `certificate` is the blob as signed. */
int node_rotation_switch(const char *folder, const struct node_keys *next,
                         struct bytes certificate, struct error *err);

/* Finishes a switch that a crash cut short. Under the folder's lock. */
int node_rotation_settle(const char *folder, struct error *err);

/* The hub said no. */
void node_rotation_forget(const char *folder);

/* Where this machine's identity is: `folder`, or the folder of a switch under
 * way, written to `path`. For node_keys_load. */
const char *node_rotation_folder(char *path, size_t room, const char *folder);

#endif
