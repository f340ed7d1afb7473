/* common/net/monitor.h - what libzmq does with the connections of a socket.
 * Only for common/net.
 */
#ifndef LIENXA_NET_MONITOR_H
#define LIENXA_NET_MONITOR_H

#include "common/net/endpoint.h"

/* Watches `events` (ZMQ_EVENT_..) of `socket`. Returns the socket to read them
 * from, or NULL. Owned: net_monitor_close, before `socket` is closed. */
void *net_monitor_open(struct net_context *context, void *socket, int events,
                       struct error *err);

/* The order matters: libzmq must not speak to a monitor that is gone. NULL is
 * fine. */
void net_monitor_close(void *socket, void **monitor);

/* The next event; false when there is none. */
bool net_monitor_next(void *monitor, uint16_t *event, uint32_t *value);

#endif
