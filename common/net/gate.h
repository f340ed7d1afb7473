/* common/net/gate.h - who gets in: the ZAP handler. Only for common/net.
 *
 * One per context, bound before any endpoint (libzmq lets everybody in when
 * there is none) and served by whoever runs the loop. It asks `admit` and
 * remembers nothing; whoever is in stays in until his connection ends, so his
 * key is checked again with every message.
 */
#ifndef LIENXA_NET_GATE_H
#define LIENXA_NET_GATE_H

#include "common/net/endpoint.h"

struct net_gate;

/* Binds. ERR_CRYPTO: there is another handler. `config` is borrowed for the
 * call. Owned. */
int net_gate_open(struct net_gate **out, const struct net_server_config *config,
                  struct error *err);
void net_gate_close(struct net_gate **gate);

/* The socket to wait for. Borrowed. */
void *net_gate_socket(const struct net_gate *gate);

/* Answers what libzmq has asked, never blocks. ERR_IO: the handler is gone. */
int net_gate_work(struct net_gate *gate);

/* Opens for business; until then, and after a `false`, everybody is told 300,
 * come back later. */
void net_gate_let_in(struct net_gate *gate, bool yes);

/* How often a key was refused: `probe` itself, and all others. */
void net_gate_set_probe(struct net_gate *gate, const uint8_t key[CURVE_BYTES]);
uint64_t net_gate_probe_refused(const struct net_gate *gate);
uint64_t net_gate_refused(const struct net_gate *gate);

/* The key in a User-Id; false when this gate did not write it. (Without a
 * handler libzmq would take a User-Id from the peer's own properties.) */
bool net_gate_key(const struct net_gate *gate, const char *user_id,
                  uint8_t out[CURVE_BYTES]);

#endif
