/* common/net/fence.c - counts with TCP_INFO, cuts with shutdown(2).
 *
 * The descriptors belong to libzmq, which may close one before its event is
 * read here; the inode tells whether a number still means the same connection.
 */
#include "common/net/fence.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zmq.h>

#include "common/base/mem.h"
#include "common/net/monitor.h"

struct connection {
    int fd;
    ino_t inode;
    uint64_t base_bytes; /* brought when its last whole message was read */
};

struct net_fence {
    void *socket; /* watched, borrowed */
    void *monitor;
    uint64_t limit_bytes;
    struct connection *connections;
    size_t count;
    size_t room;
};

/* What the kernel has received; false when `fd` is no such connection. */
static bool brought(const struct connection *connection, uint64_t *bytes)
{
    struct stat status;
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    if (fstat(connection->fd, &status) != 0 ||
        status.st_ino != connection->inode ||
        getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    *bytes = info.tcpi_bytes_received;
    return true;
}

int net_fence_open(struct net_fence **out, struct net_context *context,
                   void *socket, uint64_t limit_bytes, struct error *err)
{
    struct net_fence *fence = mem_new(sizeof *fence);

    fence->socket = socket;
    fence->limit_bytes = limit_bytes;
    fence->monitor = net_monitor_open(
        context, socket, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED, err);
    if (!fence->monitor) {
        net_fence_close(&fence);
        return ERR_IO;
    }
    *out = fence;
    return 0;
}

void net_fence_close(struct net_fence **fence)
{
    if (!*fence)
        return;
    net_monitor_close((*fence)->socket, &(*fence)->monitor);
    mem_free(&(*fence)->connections);
    mem_free(fence);
}

static struct connection *find(struct net_fence *fence, int fd)
{
    for (size_t i = 0; i < fence->count; i++) {
        if (fence->connections[i].fd == fd)
            return &fence->connections[i];
    }
    return NULL;
}

static void forget(struct net_fence *fence, struct connection *connection)
{
    *connection = fence->connections[--fence->count];
}

static void remember(struct net_fence *fence, int fd)
{
    struct stat status;
    struct connection *connection = find(fence, fd);

    if (fstat(fd, &status) != 0)
        return; /* gone already */
    if (!connection) {
        if (fence->count == fence->room) {
            fence->room = fence->room * 2 + 16;
            fence->connections = mem_grow(fence->connections, fence->room,
                                          sizeof *fence->connections);
        }
        connection = &fence->connections[fence->count++];
    }
    *connection = (struct connection){.fd = fd, .inode = status.st_ino};
}

static void read_events(struct net_fence *fence)
{
    uint16_t event;
    uint32_t value;

    while (net_monitor_next(fence->monitor, &event, &value)) {
        struct connection *connection;

        if (event == ZMQ_EVENT_ACCEPTED) {
            remember(fence, (int)value);
            continue;
        }
        connection = find(fence, (int)value);
        if (event == ZMQ_EVENT_DISCONNECTED && connection)
            forget(fence, connection);
    }
}

void net_fence_message(struct net_fence *fence, int fd)
{
    struct connection *connection = find(fence, fd);
    uint64_t bytes;

    if (connection && brought(connection, &bytes))
        connection->base_bytes = bytes;
}

size_t net_fence_work(struct net_fence *fence)
{
    size_t cut = 0;

    read_events(fence);
    for (size_t i = fence->count; i-- > 0;) {
        struct connection *connection = &fence->connections[i];
        uint64_t bytes;

        if (!brought(connection, &bytes)) {
            forget(fence, connection);
        } else if (bytes - connection->base_bytes > fence->limit_bytes) {
            (void)shutdown(connection->fd, SHUT_RDWR);
            forget(fence, connection);
            cut++;
        }
    }
    return cut;
}
