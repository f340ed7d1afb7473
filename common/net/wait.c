/* common/net/wait.c - zmq_poll with the manners of poll(2). */
#include "common/net/wait.h"

#include <assert.h>
#include <errno.h>

#include "common/base/error.h"

static short zmq_events(short events)
{
    int out = 0;

    if (events & POLLIN)
        out |= ZMQ_POLLIN;
    if (events & POLLOUT)
        out |= ZMQ_POLLOUT;
    if (events & POLLPRI)
        out |= ZMQ_POLLPRI;
    return (short)out;
}

int net_wait(void *const *sockets, size_t socket_count, size_t quiet,
             struct pollfd *fds, size_t count, int timeout_ms)
{
    zmq_pollitem_t items[NET_WAIT_ITEMS] = {0};
    size_t n = 0;
    int ready;

    assert(socket_count <= NET_WAIT_ITEMS &&
           count <= NET_WAIT_ITEMS - socket_count);
    for (; n < socket_count; n++)
        items[n] = (zmq_pollitem_t){.socket = sockets[n], .events = ZMQ_POLLIN};
    for (size_t i = 0; i < count; i++, n++) {
        items[n] = (zmq_pollitem_t){.fd = fds[i].fd,
                                    .events = zmq_events(fds[i].events)};
        fds[i].revents = 0;
    }
    ready = zmq_poll(items, (int)n, timeout_ms);
    if (ready < 0)
        return errno == EINTR ? 1 : ERR_IO;
    /* zmq_poll folds POLLHUP into an error; ask the kernel itself. */
    if (count > 0 && poll(fds, (nfds_t)count, 0) < 0 && errno != EINTR)
        return ERR_IO;
    for (size_t i = 0; i < quiet && ready > 0; i++)
        ready -= items[i].revents != 0;
    return ready;
}

bool net_receive_frame(void *socket, zmq_msg_t *frame)
{
    int rc;

    do {
        rc = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
    } while (rc < 0 && errno == EINTR);
    return rc >= 0;
}
