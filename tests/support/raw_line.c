/* tests/support/raw_line.c - see raw_line.h. */
#include "tests/support/raw_line.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

enum { ADDRESS_ROOM = 320 };

void *raw_line_context(void)
{
    static void *context;

    if (context == NULL)
        context = zmq_ctx_new();
    return context;
}

static void set_int(void *socket, int option, int value)
{
    (void)zmq_setsockopt(socket, option, &value, sizeof value);
}

static void watch(struct raw_line *line)
{
    static unsigned names;
    char name[64];

    (void)snprintf(name, sizeof name, "inproc://stranger.%u", names++);
    line->monitor = zmq_socket(raw_line_context(), ZMQ_PAIR);
    set_int(line->monitor, ZMQ_LINGER, 0);
    (void)zmq_socket_monitor(line->socket, name,
                             ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                 ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED);
    (void)zmq_connect(line->monitor, name);
}

struct raw_line *raw_line_open(const struct raw_dial *d)
{
    struct raw_line *line = mem_new(sizeof *line);
    char address[ADDRESS_ROOM];

    line->socket = zmq_socket(raw_line_context(), ZMQ_DEALER);
    set_int(line->socket, ZMQ_LINGER, 0);
    set_int(line->socket, ZMQ_RECONNECT_IVL, -1); /* one try */
    set_int(line->socket, ZMQ_SNDHWM, 100000);
    if (d->server_key != NULL) {
        (void)zmq_setsockopt(line->socket, ZMQ_CURVE_SERVERKEY, d->server_key,
                             CURVE_BYTES);
        (void)zmq_setsockopt(line->socket, ZMQ_CURVE_PUBLICKEY,
                             d->key->public_key, CURVE_BYTES);
        (void)zmq_setsockopt(line->socket, ZMQ_CURVE_SECRETKEY, d->key->secret,
                             CURVE_BYTES);
    }
    if (d->source == NULL || strncmp(d->address, "tcp://", 6) != 0)
        (void)snprintf(address, sizeof address, "%s", d->address);
    else
        (void)snprintf(address, sizeof address, "tcp://%s:0;%s", d->source,
                       d->address + 6);
    watch(line);
    if (zmq_connect(line->socket, address) != 0)
        (void)snprintf(line->handshake, sizeof line->handshake, "no-address");
    return line;
}

void raw_line_close(struct raw_line **line)
{
    (void)zmq_socket_monitor((*line)->socket, NULL, 0);
    (void)zmq_close((*line)->monitor);
    (void)zmq_close((*line)->socket);
    mem_free(line);
}

/* The first event tells; what follows is only the end. */
void raw_line_hear(struct raw_line *line)
{
    uint8_t frame[8], address[ADDRESS_ROOM];
    uint16_t event;
    uint32_t value;

    while (zmq_recv(line->monitor, frame, sizeof frame, ZMQ_DONTWAIT) == 6) {
        memcpy(&event, frame, sizeof event);
        memcpy(&value, frame + sizeof event, sizeof value);
        (void)zmq_recv(line->monitor, address, sizeof address, ZMQ_DONTWAIT);
        if (line->handshake[0] != '\0')
            continue;
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            (void)snprintf(line->handshake, sizeof line->handshake, "in");
        else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
            (void)snprintf(line->handshake, sizeof line->handshake, "%u",
                           value);
        else
            (void)snprintf(line->handshake, sizeof line->handshake, "out");
    }
}

/* Until a frame comes, or the time: which may have passed since the caller
 * looked, and a negative wait is one without an end. */
static void wait_for(void *socket, int64_t until_ms)
{
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
    int64_t left = until_ms - clock_mono_ms();

    (void)zmq_poll(&item, 1, left > 0 ? left : 0);
}

static bool hear_reply(struct raw_line *line)
{
    int size =
        zmq_recv(line->socket, line->reply, sizeof line->reply, ZMQ_DONTWAIT);

    line->reply_size = size > 0 ? (size_t)size : 0;
    return size >= 0;
}

/* Until the handshake ended one way or the other. */
bool raw_line_is_in(struct raw_line *line)
{
    int64_t until = clock_mono_ms() + RAW_WAIT_MS;

    while (line->handshake[0] == '\0' && clock_mono_ms() < until) {
        wait_for(line->monitor, until);
        raw_line_hear(line);
    }
    return strcmp(line->handshake, "in") == 0;
}

bool raw_line_receive(struct raw_line *line, int64_t wait_ms)
{
    int64_t until = clock_mono_ms() + wait_ms;

    do {
        if (hear_reply(line))
            return true;
        wait_for(line->socket, until);
    } while (clock_mono_ms() < until);
    return hear_reply(line);
}

void raw_line_send(struct raw_line *line, struct bytes frame)
{
    (void)zmq_send(line->socket, frame.data, frame.size, ZMQ_DONTWAIT);
}
