/* common/net/crowd.c - see crowd.h. Few addresses at a time have strangers here
 * (a fence lets in some hundreds of them), so they are looked through. */
#include "common/net/crowd.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "common/base/mem.h"

enum {
    V6_NETWORK_BYTES = 8,
    FRIENDS = 4096, /* the next one with the same sum takes the place */
};

struct net_crowd {
    size_t limit; /* places */
    struct {
        struct net_source source;
        size_t count; /* 0: a free place */
    } places[];
};

struct net_friends {
    uint64_t seed;
    struct net_source sources[FRIENDS];
};

bool net_source_of(int fd, struct net_source *out)
{
    struct sockaddr_storage from;
    socklen_t size = sizeof from;

    memset(out, 0, sizeof *out);
    if (getpeername(fd, (struct sockaddr *)&from, &size) != 0)
        return false;
    if (from.ss_family == AF_INET) {
        out->bytes[10] = out->bytes[11] = 0xff;
        memcpy(out->bytes + 12,
               &((const struct sockaddr_in *)(const void *)&from)->sin_addr, 4);
    } else if (from.ss_family == AF_INET6) {
        const struct in6_addr *address =
            &((const struct sockaddr_in6 *)(const void *)&from)->sin6_addr;

        memcpy(out->bytes, address,
               IN6_IS_ADDR_V4MAPPED(address) ? sizeof *address
                                             : V6_NETWORK_BYTES);
    }
    return true;
}

const char *net_source_text(char out[NET_SOURCE_TEXT_BYTES],
                            const struct net_source *source)
{
    struct in6_addr address;

    memcpy(&address, source->bytes, sizeof address);
    if (IN6_IS_ADDR_V4MAPPED(&address))
        return inet_ntop(AF_INET, source->bytes + 12, out,
                         NET_SOURCE_TEXT_BYTES);
    return inet_ntop(AF_INET6, &address, out, NET_SOURCE_TEXT_BYTES);
}

/* ---- how many each has */

struct net_crowd *net_crowd_new(size_t limit)
{
    struct net_crowd *crowd =
        mem_new(sizeof *crowd + limit * sizeof crowd->places[0]);

    crowd->limit = limit;
    return crowd;
}

void net_crowd_free(struct net_crowd **crowd) { mem_free(crowd); }

size_t net_crowd_add(struct net_crowd *crowd, const struct net_source *source)
{
    size_t place = crowd->limit;

    for (size_t i = 0; i < crowd->limit; i++) {
        if (crowd->places[i].count == 0) {
            place = place == crowd->limit ? i : place;
        } else if (memcmp(&crowd->places[i].source, source, sizeof *source) ==
                   0) {
            crowd->places[i].count++;
            return i;
        }
    }
    assert(place < crowd->limit); /* nobody is let in beyond the limit */
    crowd->places[place].source = *source;
    crowd->places[place].count = 1;
    return place;
}

void net_crowd_remove(struct net_crowd *crowd, size_t place)
{
    assert(crowd->places[place].count > 0);
    crowd->places[place].count--;
}

size_t net_crowd_largest(const struct net_crowd *crowd, size_t *place)
{
    size_t most = 0;

    for (size_t i = 0; i < crowd->limit; i++) {
        if (crowd->places[i].count > most) {
            most = crowd->places[i].count;
            *place = i;
        }
    }
    return most;
}

const struct net_source *net_crowd_source(const struct net_crowd *crowd,
                                          size_t place)
{
    return &crowd->places[place].source;
}

/* ---- who was one of us */

struct net_friends *net_friends_new(void)
{
    struct net_friends *friends = mem_new(sizeof *friends);

    /* nobody can choose an address that takes another's place */
    if (getrandom(&friends->seed, sizeof friends->seed, 0) !=
        (ssize_t)sizeof friends->seed)
        friends->seed = (uint64_t)(uintptr_t)friends;
    return friends;
}

void net_friends_free(struct net_friends **friends) { mem_free(friends); }

static size_t place_of(const struct net_friends *friends,
                       const struct net_source *source)
{
    uint64_t sum = friends->seed;

    for (size_t i = 0; i < sizeof source->bytes; i++) {
        sum = (sum ^ source->bytes[i]) * UINT64_C(0x100000001b3);
        sum ^= sum >> 29;
    }
    return sum % FRIENDS;
}

void net_friends_add(struct net_friends *friends,
                     const struct net_source *source)
{
    friends->sources[place_of(friends, source)] = *source;
}

bool net_friends_has(const struct net_friends *friends,
                     const struct net_source *source)
{
    return memcmp(&friends->sources[place_of(friends, source)], source,
                  sizeof *source) == 0;
}
