/* A line between nodes and hub, in a thread of its own: it can be cut, closed
 * and made slow. One bucket of bytes serves all that crosses it towards the
 * hub.
 */
#ifndef LIENXA_TEST_NET_RELAY_H
#define LIENXA_TEST_NET_RELAY_H

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_net_fixture.h"

enum {
    RELAY_PORTS = 2,
    RELAY_PAIRS = 8,
    RELAY_CHUNK = 2048,
    RELAY_TICK_MS = 2
};

struct relay_pair {
    int node; /* -1: unused */
    int hub;
};

struct relay {
    int listeners[RELAY_PORTS];
    int targets[RELAY_PORTS];
    char address[RELAY_PORTS][NET_ADDRESS_BYTES]; /* for the nodes */
    int port_count;
    struct relay_pair pairs[RELAY_PAIRS];
    atomic_int cuts; /* asked for */
    atomic_int cuts_done;
    atomic_bool stop;
    atomic_long bytes_per_s; /* towards the hub; 0: as fast as it goes */
    pthread_t thread;
};

static inline int port_of(const char *address)
{
    return (int)strtol(strrchr(address, ':') + 1, NULL, 10);
}

static inline struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* A raw TCP connection; -1 when nobody listens. */
static inline int tcp_dial(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A listener on a port from the kernel, written to `address` as tcp://. */
static inline int tcp_listen(char address[NET_ADDRESS_BYTES])
{
    struct sockaddr_in name = loopback(0);
    socklen_t size = sizeof name;
    int small = 8192;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0 ||
        listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &size) != 0)
        abort();
    (void)snprintf(address, NET_ADDRESS_BYTES, "tcp://127.0.0.1:%d",
                   ntohs(name.sin_port));
    return fd;
}

static inline void relay_close(struct relay_pair *pair)
{
    struct linger reset = {.l_onoff = 1};

    if (pair->node < 0)
        return;
    setsockopt(pair->node, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(pair->hub, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(pair->node);
    close(pair->hub);
    pair->node = -1;
}

static inline void relay_accept(struct relay *relay, int i)
{
    int node =
        accept4(relay->listeners[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int hub = node < 0 ? -1 : tcp_dial(relay->targets[i]);

    for (int p = 0; p < RELAY_PAIRS && hub >= 0; p++) {
        if (relay->pairs[p].node < 0) {
            relay->pairs[p] = (struct relay_pair){node, hub};
            return;
        }
    }
    if (hub >= 0)
        close(hub);
    if (node >= 0)
        close(node);
}

/* Moves at most `limit` bytes; returns how many, -1 at the end. */
static inline long relay_move(int from, int to, long limit)
{
    char chunk[RELAY_CHUNK];
    size_t size = limit < RELAY_CHUNK ? (size_t)limit : sizeof chunk;
    ssize_t got = limit <= 0 ? 0 : recv(from, chunk, size, MSG_DONTWAIT);

    if (limit <= 0 || (got < 0 && errno == EAGAIN))
        return 0;
    if (got <= 0)
        return -1;
    for (ssize_t done = 0; done < got;) {
        ssize_t sent =
            send(to, chunk + done, (size_t)(got - done), MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return -1;
        if (sent < 0)
            usleep(1000);
        else
            done += sent;
    }
    return got;
}

static inline void *relay_run(void *argument)
{
    struct relay *relay = argument;
    int64_t last = clock_mono_us();
    double bucket = 0;

    while (!relay->stop) {
        struct pollfd fds[RELAY_PORTS + 2 * RELAY_PAIRS];
        nfds_t n = 0;
        long rate = relay->bytes_per_s;
        int64_t now = clock_mono_us();

        bucket += (double)(now - last) * (double)rate / 1e6;
        if (bucket > RELAY_CHUNK)
            bucket = RELAY_CHUNK;
        last = now;
        for (int i = 0; i < relay->port_count; i++)
            fds[n++] = (struct pollfd){relay->listeners[i], POLLIN, 0};
        for (int p = 0; p < RELAY_PAIRS && rate == 0; p++) {
            fds[n++] = (struct pollfd){relay->pairs[p].node, POLLIN, 0};
            fds[n++] = (struct pollfd){
                relay->pairs[p].node < 0 ? -1 : relay->pairs[p].hub, POLLIN, 0};
        }
        (void)poll(fds, n, RELAY_TICK_MS);
        for (int i = 0; i < relay->port_count; i++) {
            if (fds[i].revents)
                relay_accept(relay, i);
        }
        for (int p = 0; p < RELAY_PAIRS; p++) {
            struct relay_pair *pair = &relay->pairs[p];
            long up;

            if (pair->node < 0)
                continue;
            /* half of the bucket each, so that nobody starves the other */
            up = relay_move(pair->node, pair->hub,
                            rate == 0 ? RELAY_CHUNK : (long)(bucket / 2));
            if (rate > 0 && up > 0)
                bucket -= (double)up;
            if (up < 0 || relay_move(pair->hub, pair->node, RELAY_CHUNK) < 0)
                relay_close(pair);
        }
        if (relay->cuts != relay->cuts_done) {
            for (int p = 0; p < RELAY_PAIRS; p++)
                relay_close(&relay->pairs[p]);
            relay->cuts_done = relay->cuts;
        }
    }
    for (int p = 0; p < RELAY_PAIRS; p++)
        relay_close(&relay->pairs[p]);
    return NULL;
}

static inline void relay_add(struct relay *relay, const char *hub_address)
{
    int i = relay->port_count++;

    relay->targets[i] = port_of(hub_address);
    relay->listeners[i] = tcp_listen(relay->address[i]);
}

static inline void relay_start(struct relay *relay)
{
    for (int p = 0; p < RELAY_PAIRS; p++)
        relay->pairs[p].node = -1;
    if (pthread_create(&relay->thread, NULL, relay_run, relay) != 0)
        abort();
}

/* Ends every connection that crosses it, with a reset. */
static inline void relay_cut(struct relay *relay)
{
    int cut = ++relay->cuts;

    while (relay->cuts_done < cut)
        usleep(1000);
}

static inline void relay_stop(struct relay *relay)
{
    relay->stop = true;
    pthread_join(relay->thread, NULL);
    for (int i = 0; i < relay->port_count; i++)
        close(relay->listeners[i]);
}

#endif
