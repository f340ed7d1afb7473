/* common/base/host.c - see host.h. */
#include "common/base/host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HOST_BYTES = 256 };

static void tell_addresses(void (*each)(void *who, const char *name), void *who)
{
    char text[INET_ADDRSTRLEN];
    struct ifaddrs *all = NULL;
    struct sockaddr_in in;

    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
            (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        memcpy(&in, i->ifa_addr, sizeof in);
        if (inet_ntop(AF_INET, &in.sin_addr, text, sizeof text) != NULL)
            each(who, text);
    }
    freeifaddrs(all);
}

void host_names(void (*each)(void *who, const char *name), void *who)
{
    char name[HOST_BYTES] = "";

    if (gethostname(name, sizeof name - 1) == 0 && name[0] != '\0') {
        each(who, name);
        if (strchr(name, '.') != NULL) {
            *strchr(name, '.') = '\0';
            each(who, name);
        }
    }
    tell_addresses(each, who);
}

const char *host_subscriber(char out[HOST_ADDRESS_BYTES], const char *address)
{
    enum { NETWORK_BYTES = 8 };
    struct in6_addr six;

    /* a link-local one may name its interface */
    (void)snprintf(out, HOST_ADDRESS_BYTES, "%.*s", (int)strcspn(address, "%"),
                   address);
    if (inet_pton(AF_INET6, out, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
        return out;
    memset(six.s6_addr + NETWORK_BYTES, 0, sizeof six.s6_addr - NETWORK_BYTES);
    (void)inet_ntop(AF_INET6, &six, out, HOST_ADDRESS_BYTES);
    return out;
}
