/* common/control/address.h - the address of a socket in a folder of any depth.
 *
 * sockaddr_un holds 108 bytes; a longer path goes through its opened folder
 * (/proc/self/fd/N/name). For the server and the client, not for others.
 */
#ifndef LIENXA_CONTROL_ADDRESS_H
#define LIENXA_CONTROL_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/error.h"

struct control_address {
    struct sockaddr_un name;
    int folder; /* open as long as `name` is used, or -1 */
};

/* ERR_MISSING: no such folder. ERR_INVALID: empty, or the last part is too
 * long. After success: control_address_close. */
int control_address_open(struct control_address *out, const char *path,
                         struct error *err);
void control_address_close(struct control_address *address);

/* A stream socket, close-on-exec; with `flags` as SOCK_NONBLOCK. Returns the
 * descriptor or ERR_IO. */
int control_socket(int flags, struct error *err);

/* connect(2) on it: 0, or -1 with errno set. */
int control_connect(int fd, const struct control_address *address);

#endif
