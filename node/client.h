/* node/client.h - commands, wherever the node is: over control.sock when it
 * serves, else in this process under the folder's lock.
 *
 * What was found is kept for the next call, so that an import of many commands
 * opens once. A call whose answer was lost is made again with the same id,
 * which is harmless.
 */
#ifndef LIENXA_NODE_CLIENT_H
#define LIENXA_NODE_CLIENT_H

#include "common/format/json.h"

struct node_client;

struct node_client *node_client_new(const char *folder);
void node_client_free(struct node_client **client);

/* `args` is taken. Returns the "out" object (owned), or NULL with the words of
 * the refusal in err. */
struct json *node_client_call(struct node_client *client, const char *command,
                              struct json *args, struct error *err);

/* Asks a serving node whether its disk takes anything. 0: it does, or no node
 * serves or answers in two seconds; else `err` says what the disk says. */
int node_client_ask_disk(const char *folder, struct error *err);

/* Is a node serving from this folder? */
bool node_client_is_serving(const char *folder);

#endif
