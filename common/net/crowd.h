/* common/net/crowd.h - from which addresses strangers come: who has most of
 * the places, and who was a node of ours before. Only for common/net.
 *
 * An address is IPv4 as it is, and of IPv6 the network (/64): whoever has one
 * has all of its addresses.
 */
#ifndef LIENXA_NET_CROWD_H
#define LIENXA_NET_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NET_SOURCE_BYTES = 16, NET_SOURCE_TEXT_BYTES = 46 };

struct net_source {
    uint8_t bytes[NET_SOURCE_BYTES]; /* IPv4 mapped */
};

/* Where the other end of this connection is; false when it is gone. */
bool net_source_of(int fd, struct net_source *out);
/* For people: "203.0.113.9", "2001:db8::". */
const char *net_source_text(char out[NET_SOURCE_TEXT_BYTES],
                            const struct net_source *source);

/* ---- how many each has */

struct net_crowd;

/* For at most `limit` strangers. Owned. */
struct net_crowd *net_crowd_new(size_t limit);
void net_crowd_free(struct net_crowd **crowd);

/* One more; his address's place, good until it has nobody left. */
size_t net_crowd_add(struct net_crowd *crowd, const struct net_source *source);
void net_crowd_remove(struct net_crowd *crowd, size_t place);

/* The place with most of them, and how many these are; 0 when there is none. */
size_t net_crowd_largest(const struct net_crowd *crowd, size_t *place);

/* The address of a place that has somebody. Borrowed until he leaves. */
const struct net_source *net_crowd_source(const struct net_crowd *crowd,
                                          size_t place);

/* ---- who was one of us */

/* The addresses of nodes that were heard last, some thousands. Forgotten when
 * the process ends. */
struct net_friends;

struct net_friends *net_friends_new(void);
void net_friends_free(struct net_friends **friends);
void net_friends_add(struct net_friends *friends,
                     const struct net_source *source);
bool net_friends_has(const struct net_friends *friends,
                     const struct net_source *source);

#endif
