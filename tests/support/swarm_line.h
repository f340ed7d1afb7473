/* tests/support/swarm_line.h - one connection to a hub as a DEALER makes it:
 * ZMTP 3.1 with CURVE (RFC 23, 26) over a plain descriptor.
 *
 * libzmq would spend two sockets, four descriptors and 100 KiB on each end of
 * a line and on who listens to it: thousands of nodes would not fit beside the
 * hub they are to measure. The hub cannot tell the difference.
 */
#ifndef LIENXA_TESTS_SWARM_LINE_H
#define LIENXA_TESTS_SWARM_LINE_H

#include "common/base/buf.h"
#include "common/net/curve.h"

enum swarm_line_state {
    SWARM_DOWN,
    SWARM_TRYING, /* dialled; the handshake is not over */
    SWARM_UP
};

struct swarm_dial {
    uint32_t host; /* of the hub, IPv4 */
    uint16_t port;
    uint32_t from; /* an address of loopback: each node has its own */
    uint8_t server_key[CURVE_BYTES];
    const struct curve_key *key; /* borrowed while the line is there */
};

struct swarm_line { /* zeroed, with fd -1, is down */
    int fd;
    bool is_new; /* the descriptor; for who watches it */
    enum swarm_line_state state;
    const struct swarm_dial *dial;
    int stage;                /* of the handshake */
    struct curve_key passing; /* for this connection */
    uint8_t shared[32];       /* with the hub's passing key */
    uint64_t said;            /* nonces */
    struct buf in, out;       /* not whole yet; not sent yet */
    size_t in_from, out_from;
    uint64_t received_bytes, sent_bytes;
};

/* tcp://1.2.3.4:5 */
bool swarm_line_parse(struct swarm_dial *out, const char *address);

/* Begins to dial; the rest happens in work. False: no descriptor is left, or no
 * address. `dial` is borrowed until the line hangs up. */
bool swarm_line_dial(struct swarm_line *line, const struct swarm_dial *dial);
void swarm_line_hang_up(struct swarm_line *line);

/* Reads and writes what can be, without waiting. False: the line has ended,
 * and hung up. */
bool swarm_line_work(struct swarm_line *line);
/* The next message that came, borrowed until the next work. */
bool swarm_line_next(struct swarm_line *line, struct bytes *out);
/* Waits in `out` when the socket is full. The line must be UP. */
void swarm_line_say(struct swarm_line *line, struct bytes message);
/* What waits, as far as it can be sent. False: the line has ended, and will say
 * so by its descriptor. */
bool swarm_line_flush(struct swarm_line *line);
/* What libzmq's heartbeat says. */
void swarm_line_ping(struct swarm_line *line);
/* It has bytes that wait for the socket. */
bool swarm_line_waits(const struct swarm_line *line);

#endif
