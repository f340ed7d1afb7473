/* common/control/client.c - asking the server: one request, one reply.
 *
 * The descriptor never blocks; poll waits, so that one deadline holds for the
 * whole call.
 */
#include "common/control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/control/address.h"

enum { CONNECT_LIMIT_S = 10, STEP_BYTES = 65536 };

struct control_client {
    int fd;
    bool broken; /* a call failed half-way: the frames no longer match */
};

static int reach(int fd, const struct control_address *address,
                 const char *path, struct error *err)
{
    /* Bounds connect(2) when the server's queue is full. */
    struct timeval limit = {.tv_sec = CONNECT_LIMIT_S};

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (control_connect(fd, address) == 0)
        return fcntl(fd, F_SETFL, O_NONBLOCK) == 0
                   ? 0
                   : error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    switch (errno) {
    case ENOENT:
    case ECONNREFUSED:
        return error_set(err, ERR_MISSING, "%s: nothing listens there", path);
    case EAGAIN:
        return error_set(err, ERR_AGAIN, "%s: too busy to be asked", path);
    case EACCES:
        return error_set(err, ERR_REFUSED, "%s: %s", path, strerror(errno));
    default:
        return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
}

int control_client_open(struct control_client **out, const char *path,
                        struct error *err)
{
    struct control_address address;
    int rc = control_address_open(&address, path, err);
    int fd;

    if (rc != 0)
        return rc;
    if ((fd = control_socket(0, err)) < 0) {
        control_address_close(&address);
        return fd;
    }
    rc = reach(fd, &address, path, err);
    control_address_close(&address);
    if (rc != 0) {
        (void)close(fd);
        return rc;
    }
    *out = mem_new(sizeof **out);
    (*out)->fd = fd;
    return 0;
}

void control_client_close(struct control_client **client)
{
    if (*client == NULL)
        return;
    (void)close((*client)->fd);
    mem_free(client);
}

/* Returns once the descriptor is ready for `events`. */
static int wait_for(int fd, short events, int64_t deadline_ms,
                    struct error *err)
{
    struct pollfd item = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = deadline_ms - clock_mono_ms();
        int got;

        if (left <= 0)
            return error_set(err, ERR_AGAIN, "no answer in time");
        got = poll(&item, 1, left < INT_MAX ? (int)left : INT_MAX);
        if (got > 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return error_set(err, ERR_IO, "poll: %s", strerror(errno));
    }
}

/* After a send or recv that moved nothing: 0 to try again. */
static int stalled(int fd, short events, int64_t deadline_ms, struct error *err)
{
    if (errno == EINTR)
        return 0;
    if (errno == EAGAIN)
        return wait_for(fd, events, deadline_ms, err);
    if (errno == EPIPE || errno == ECONNRESET)
        return error_set(err, ERR_IO, "the server closed the connection");
    return error_set(err, ERR_IO, "%s", strerror(errno));
}

static int send_all(int fd, struct bytes bytes, int64_t deadline_ms,
                    struct error *err)
{
    size_t sent = 0;
    int rc;

    while (sent < bytes.size) {
        ssize_t n =
            send(fd, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);

        if (n >= 0)
            sent += (size_t)n;
        else if ((rc = stalled(fd, POLLOUT, deadline_ms, err)) != 0)
            return rc;
    }
    return 0;
}

/* Appends exactly `size` bytes, growing only as they come. */
static int recv_all(int fd, struct buf *out, size_t size, int64_t deadline_ms,
                    struct error *err)
{
    int rc;

    while (size > 0) {
        size_t step = size < STEP_BYTES ? size : STEP_BYTES;
        ssize_t n;

        buf_reserve(out, step);
        n = recv(fd, out->data + out->size, step, 0);
        if (n == 0)
            return error_set(err, ERR_IO, "the server closed the connection");
        if (n > 0) {
            out->size += (size_t)n;
            size -= (size_t)n;
        } else if ((rc = stalled(fd, POLLIN, deadline_ms, err)) != 0) {
            return rc;
        }
    }
    return 0;
}

static int receive(int fd, struct buf *reply, int64_t deadline_ms,
                   struct error *err)
{
    size_t start = reply->size;
    uint32_t size;
    int rc = recv_all(fd, reply, 4, deadline_ms, err);

    if (rc != 0)
        return rc;
    size = get_u32(reply->data + start);
    reply->size = start;
    if (size > CONTROL_REPLY_LIMIT)
        return error_set(err, ERR_INVALID, "a reply of %u bytes", size);
    return recv_all(fd, reply, size, deadline_ms, err);
}

int control_call(struct control_client *client, struct bytes request,
                 struct buf *reply, int64_t limit_ms, struct error *err)
{
    int64_t deadline_ms = clock_mono_ms() + limit_ms;
    size_t start = reply->size;
    uint8_t head[4];
    int rc;

    if (request.size > CONTROL_REQUEST_LIMIT)
        return error_set(err, ERR_FULL, "a request of %zu bytes, %d at most",
                         request.size, CONTROL_REQUEST_LIMIT);
    if (client->broken)
        return error_set(err, ERR_IO,
                         "an earlier call on this connection "
                         "failed");
    put_u32(head, (uint32_t)request.size);
    if ((rc = send_all(client->fd, bytes_of(head, sizeof head), deadline_ms,
                       err)) == 0 &&
        (rc = send_all(client->fd, request, deadline_ms, err)) == 0)
        rc = receive(client->fd, reply, deadline_ms, err);
    if (rc != 0) {
        client->broken = true;
        reply->size = start;
    }
    return rc;
}
