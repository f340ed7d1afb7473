/* common/net/self_test.c - a stranger knocks before the first node may.
 */
#include "common/net/self_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/net/wait.h"

enum {
    LIMIT_MS = 5000,
    SETTLE_MS = 20 /* a refused stranger's message gets so long to appear */
};

/* An address to dial for one that is bound: a wildcard becomes loopback. */
static void dial_address(char out[NET_ADDRESS_BYTES], const char *bound)
{
    static const char *const wildcard[][2] = {
        {"tcp://0.0.0.0:", "tcp://127.0.0.1:"},
        {"tcp://*:", "tcp://127.0.0.1:"},
        {"tcp://[::]:", "tcp://[::1]:"}};

    (void)snprintf(out, NET_ADDRESS_BYTES, "%s", bound);
    for (size_t i = 0; i < sizeof wildcard / sizeof *wildcard; i++) {
        size_t size = strlen(wildcard[i][0]);

        if (strncmp(bound, wildcard[i][0], size) == 0)
            (void)snprintf(out, NET_ADDRESS_BYTES, "%s%s", wildcard[i][1],
                           bound + size);
    }
}

static void *knock(const struct net_self_test *test,
                   const struct curve_key *key, struct error *err)
{
    char address[NET_ADDRESS_BYTES];
    struct net_endpoint endpoint = {.role = NET_ROLE_PROBE,
                                    .lane = test->lane,
                                    .key = key,
                                    .server_key = test->server_key,
                                    .address = address};
    void *socket;

    dial_address(address, test->address);
    socket = net_endpoint_open(test->context, &endpoint, err);
    if (!socket)
        return NULL;
    if (zmq_connect(socket, address) == 0 &&
        zmq_send(socket, "?", 1, ZMQ_DONTWAIT) == 1)
        return socket;
    error_set(err, ERR_IO, "cannot dial %s: %s", address, zmq_strerror(errno));
    zmq_close(socket);
    return NULL;
}

static bool has_message(void *socket)
{
    int events = 0;
    size_t size = sizeof events;

    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) != 0 ||
           (events & ZMQ_POLLIN) != 0;
}

static int watch(const struct net_self_test *test, struct error *err)
{
    int64_t end = clock_mono_ms() + LIMIT_MS;
    bool refused = false;
    void *sockets[2] = {test->socket,
                        test->gate ? net_gate_socket(test->gate) : NULL};

    for (;;) {
        int64_t now = clock_mono_ms();

        if (has_message(test->socket))
            return error_set(err, ERR_CRYPTO,
                             "%s lets strangers in: no check of keys",
                             test->address);
        if (!refused && test->gate && net_gate_probe_refused(test->gate) > 0) {
            refused = true;
            end = now + SETTLE_MS;
        }
        if (now >= end)
            break;
        if (net_wait(sockets, test->gate ? 2 : 1, 0, NULL, 0,
                     (int)(end - now)) < 0 ||
            (test->gate && net_gate_work(test->gate) != 0))
            return error_set(err, ERR_IO, "%s: the check of keys has ended",
                             test->address);
    }
    return refused ? 0
                   : error_set(err, ERR_CRYPTO,
                               "%s: keys are not checked within %d s",
                               test->address, LIMIT_MS / 1000);
}

int net_self_test(const struct net_self_test *test, struct error *err)
{
    struct curve_key stranger;
    void *socket;
    int rc = ERR_IO;

    curve_key_generate(&stranger);
    if (test->gate)
        net_gate_set_probe(test->gate, stranger.public_key);
    socket = knock(test, &stranger, err);
    if (socket) {
        rc = watch(test, err);
        zmq_close(socket);
    }
    mem_wipe(&stranger, sizeof stranger);
    return rc;
}
