/* common/net/fence.h - how much room strangers have on one socket. Only for
 * common/net.
 *
 * libzmq bounds a frame (MAXMSGSIZE), the number of messages (high-water mark)
 * and the time of a handshake, but neither how many connections there are nor
 * how many frames one message has: it keeps them all until the last one comes.
 * Each connection costs it some 20 KiB, so whoever has a port to knock at could
 * take all of the hub's memory and descriptors.
 *
 * A connection is a *stranger's* until its first good message: only who is
 * enrolled can send one on express and bulk. On the enrolment socket everybody
 * is a stranger for as long as he stays. For strangers there are so many places
 * and no more. When all are taken, one goes:
 *
 *   1. of the address with most of them, its oldest, if these are more than a
 *      few: one machine with a thousand connections harms itself, and who
 *      speaks quickly from behind the same router still gets in;
 *   2. else, when the newest comes from where a node was heard before, the
 *      oldest that does not;
 *   3. else the newest: those that are half way in get in.
 *
 * Whoever brings many bytes and no whole message goes as well, and while
 * strangers together have brought too many, those with most; the kernel knows
 * how many these are. How fast they come at all: common/net/sieve.h.
 *
 * A node has one connection to a socket, and for a while those that its router
 * dropped in silence. One enrolled machine that opens thousands must not take
 * the descriptors of all others, and ZAP's no, once it is revoked, ends none of
 * them: of one key there are so many known ones, and the next ends the oldest.
 */
#ifndef LIENXA_NET_FENCE_H
#define LIENXA_NET_FENCE_H

#include "common/net/crowd.h"
#include "common/net/curve.h"
#include "common/net/endpoint.h"
#include "common/net/sieve.h"

enum { NET_FENCE_LINES = 4 }; /* known connections of one key to a socket */

struct net_fence;

struct net_fence_config {
    struct net_context *context;
    void *socket;                /* not bound yet; closed after the fence */
    struct net_friends *friends; /* borrowed, outlives the fence */
    size_t strangers;            /* at once */
    bool prompt;                 /* net_endpoint_be_prompt */
    bool for_ever;               /* a message makes nobody known: enrolment */
    int64_t stay_ms;             /* how long a stranger may; 0: no matter */
    size_t words; /* messages that a stranger may say; 0: no matter */
    uint64_t unfinished_bytes; /* of a known one's message */
    uint64_t stranger_bytes;   /* the same before the first message .. */
    uint64_t strangers_bytes;  /* .. and of all strangers together */
};

/* Owned. */
int net_fence_open(struct net_fence **out,
                   const struct net_fence_config *config, struct error *err);
void net_fence_close(struct net_fence **fence);

/* A whole message came in over this descriptor, from somebody whose key the
 * gate let in. */
void net_fence_message(struct net_fence *fence, int fd,
                       const uint8_t key[CURVE_BYTES]);

/* Ends what is too much; returns how many connections. */
size_t net_fence_work(struct net_fence *fence, int64_t now_ms);

/* What wakes whoever waits for connections. Borrowed. */
void *net_fence_socket(const struct net_fence *fence);

/* How many strangers there are now; how many of them are from the address with
 * most, and which one that is (untouched when there is none). */
size_t net_fence_strangers(const struct net_fence *fence);
size_t net_fence_most(const struct net_fence *fence, struct net_source *source);

#endif
