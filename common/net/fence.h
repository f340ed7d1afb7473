/* common/net/fence.h - ends connections that pour in bytes and never finish a
 * message. Only for common/net.
 *
 * libzmq bounds a frame (MAXMSGSIZE) and the number of messages (high-water
 * mark), but not how many frames one message has: it keeps them all until the
 * last one comes. A stranger at the enrolment endpoint could fill the memory of
 * the hub that way. The kernel knows how many bytes a connection has brought;
 * the fence compares.
 */
#ifndef LIENXA_NET_FENCE_H
#define LIENXA_NET_FENCE_H

#include "common/net/endpoint.h"

struct net_fence;

/* Watches the connections of `socket`, which must not be bound yet and must be
 * closed after the fence. Owned. */
int net_fence_open(struct net_fence **out, struct net_context *context,
                   void *socket, uint64_t limit_bytes, struct error *err);
void net_fence_close(struct net_fence **fence);

/* A whole message came in over this descriptor. */
void net_fence_message(struct net_fence *fence, int fd);

/* Ends every connection that has brought more than the limit since its last
 * whole message, or since it began. Returns how many. */
size_t net_fence_work(struct net_fence *fence);

#endif
