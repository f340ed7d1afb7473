/* hub/client.h - one command, wherever the hub is: over control.sock when it
 * serves, else in this process under the folder's lock.
 */
#ifndef LIENXA_HUB_CLIENT_H
#define LIENXA_HUB_CLIENT_H

#include "common/format/json.h"

/* `args` is taken. Returns the "out" object (owned), or NULL with the words of
 * the refusal in err. */
struct json *hub_client_call(const char *folder, const char *command,
                             struct json *args, struct error *err);

/* The same in this process, whoever listens. */
struct json *hub_client_call_here(const char *folder, const char *command,
                                  struct json *args, struct error *err);

/* Is a hub serving from this folder? */
bool hub_client_is_serving(const char *folder);

#endif
