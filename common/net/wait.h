/* common/net/wait.h - waiting for sockets and descriptors at once, and reading
 * what has come. Only for common/net.
 */
#ifndef LIENXA_NET_WAIT_H
#define LIENXA_NET_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

/* Sockets and descriptors together; more is a broken program. */
enum { NET_WAIT_ITEMS = 192 };

/* Waits until a message waits in one of `sockets`, one of `fds` is ready, a
 * signal comes or `timeout_ms` (-1: for ever) is over. Fills in the revents as
 * poll(2) would. Returns 0 when the time is over or there is something in the
 * first `quiet` of the sockets only, a positive number when there is something
 * to do, or ERR_IO. */
int net_wait(void *const *sockets, size_t socket_count, size_t quiet,
             struct pollfd *fds, size_t count, int timeout_ms);

/* The next frame, without waiting; `*frame` must be initialised. */
bool net_receive_frame(void *socket, zmq_msg_t *frame);

#endif
