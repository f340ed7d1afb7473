/* common/net/monitor.c - libzmq's monitor, first version of its events. */
#include "common/net/monitor.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "common/net/wait.h"

enum { NAME_BYTES = 64 };

void *net_monitor_open(struct net_context *context, void *socket, int events,
                       struct error *err)
{
    const struct net_endpoint endpoint = {.role = NET_ROLE_MONITOR};
    char name[NAME_BYTES];
    void *monitor = net_endpoint_open(context, &endpoint, err);

    if (!monitor)
        return NULL;
    (void)snprintf(name, sizeof name, "inproc://lienxa.monitor.%u",
                   atomic_fetch_add(&context->names, 1U));
    if (zmq_socket_monitor(socket, name, events) == 0 &&
        zmq_connect(monitor, name) == 0)
        return monitor;
    error_set(err, ERR_IO, "cannot watch a socket: %s", zmq_strerror(errno));
    net_monitor_close(socket, &monitor);
    return NULL;
}

void net_monitor_close(void *socket, void **monitor)
{
    if (!*monitor)
        return;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(*monitor);
    *monitor = NULL;
}

/* A message is 16 bits of event and 32 of value in the machine's own order,
 * then a frame with the address. */
bool net_monitor_next(void *monitor, uint16_t *event, uint32_t *value)
{
    zmq_msg_t frame;
    bool got;

    zmq_msg_init(&frame);
    got = net_receive_frame(monitor, &frame);
    if (got) {
        const uint8_t *bytes = zmq_msg_data(&frame);

        assert(zmq_msg_size(&frame) == sizeof *event + sizeof *value);
        memcpy(event, bytes, sizeof *event);
        memcpy(value, bytes + sizeof *event, sizeof *value);
        while (zmq_msg_more(&frame) && net_receive_frame(monitor, &frame))
            ;
    }
    zmq_msg_close(&frame);
    return got;
}
