/* common/net/sieve.h - how fast strangers may knock at a listening socket. Only
 * for common/net.
 *
 * A handshake costs libzmq's one thread a third of a millisecond, and that
 * thread also serves every node: three thousand a second, and everybody waits.
 * Once a connection is accepted it is too late, so what is too fast is dropped
 * before: a filter on the listener (classic BPF, which needs no privilege) lets
 * only some SYNs pass, by dice. Whoever is unlucky is asked again by his own
 * kernel after a second, and three, and seven. Connections that are there never
 * notice.
 *
 * Strangers fill a bucket that runs out by PACE a second, each address its own
 * and all of them one; a stranger that proves to be a node is taken back out of
 * it. So any number of nodes may come back at once. When an address's bucket is
 * full its SYNs are diced for; when that of all is, those of all but the
 * addresses where nodes were heard last.
 */
#ifndef LIENXA_NET_SIEVE_H
#define LIENXA_NET_SIEVE_H

#include "common/net/crowd.h"

struct net_sieve;

/* Owned. */
struct net_sieve *net_sieve_new(void);
void net_sieve_free(struct net_sieve **sieve);

/* A connection was accepted; a whole message came over one. */
void net_sieve_came(struct net_sieve *sieve, const struct net_source *source,
                    int64_t now_ms);
void net_sieve_known(struct net_sieve *sieve, const struct net_source *source,
                     int64_t now_ms);

/* Puts on `listener` what is right now; does nothing most of the time. */
void net_sieve_work(struct net_sieve *sieve, int listener, int64_t now_ms);

/* Of 1024 SYNs of this address, how many pass now. */
unsigned net_sieve_passes(const struct net_sieve *sieve,
                          const struct net_source *source);

#endif
