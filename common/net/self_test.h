/* common/net/self_test.h - is the door really locked? Only for common/net.
 */
#ifndef LIENXA_NET_SELF_TEST_H
#define LIENXA_NET_SELF_TEST_H

#include "common/net/gate.h"

struct net_self_test {
    struct net_context *context;
    struct net_gate *gate; /* NULL when there is none, which fails the test */
    const uint8_t *server_key;
    void *socket;        /* ROUTER of `lane`, bound */
    const char *address; /* where it is bound */
    enum net_lane lane;
};

/* Dials the endpoint with a random key and a message: the gate must refuse the
 * key and the message must not come, all within 5 s. ERR_CRYPTO otherwise. Must
 * run before the gate lets anybody in: any message at all is a failure. */
int net_self_test(const struct net_self_test *test, struct error *err);

#endif
