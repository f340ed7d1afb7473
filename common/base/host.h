/* common/base/host.h - what this machine is called in the networks it is in,
 * and who is meant by the address of another.
 */
#ifndef LIENXA_BASE_HOST_H
#define LIENXA_BASE_HOST_H

/* Calls `each` with the host name, with its first label when it has more, and
 * with every IPv4 address of its interfaces that are up, loopback left out. Not
 * with IPv6: those addresses change every day by themselves (RFC 8981), and who
 * types them? */
void host_names(void (*each)(void *who, const char *name), void *who);

enum { HOST_ADDRESS_BYTES = 48 };

/* Whom an address is counted as: of IPv6 the network (/64) that one subscriber
 * has, who has all its addresses; anything else as it is. Returns `out`. */
const char *host_subscriber(char out[HOST_ADDRESS_BYTES], const char *address);

#endif
