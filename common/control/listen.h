/* common/control/listen.h - a listening TCP socket that another program will
 * answer on.
 *
 * The core makes it and hands it to the web process: the port stays the same
 * however often that process is started, and who connects meanwhile waits.
 */
#ifndef LIENXA_CONTROL_LISTEN_H
#define LIENXA_CONTROL_LISTEN_H

#include "common/base/error.h"

enum { LISTEN_TEXT_BYTES = 64 };

/* "A:P", "[A6]:P", with "tcp://" before it or not; an address, not a name. Port
 * 0: the system's choice. Non-blocking, close-on-exec. `address` becomes what
 * it is. Returns the descriptor; ERR_INVALID, ERR_EXISTS (the port is taken),
 * ERR_REFUSED (not allowed to us), ERR_IO. */
int listen_open(const char *text, char address[LISTEN_TEXT_BYTES],
                struct error *err);

/* `*address`, the value of --metrics: NULL or "off" becomes NULL. ERR_INVALID,
 * in words: it is not on loopback (it is neither encrypted nor asks who is
 * there), or there are no pages (`web` NULL), whose process answers it. */
int listen_read_metrics(const char **address, const char *web,
                        struct error *err);

#endif
