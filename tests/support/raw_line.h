/* tests/support/raw_line.h - a DEALER socket to a hub without any of our own
 * net/: for clients that do what no node of ours would do.
 */
#ifndef LIENXA_TESTS_RAW_LINE_H
#define LIENXA_TESTS_RAW_LINE_H

#include "common/base/buf.h"
#include "common/net/curve.h"
#include "common/sync/limits.h"

enum {
    RAW_WAIT_MS = 1500, /* for a reply; loopback needs one or two */
    RAW_REPLY_ROOM = LIMIT_FRAME + 64
};

struct raw_line {
    void *socket, *monitor;
    char handshake[16]; /* "in", "out" or ZAP's status; "" until known */
    uint8_t reply[RAW_REPLY_ROOM];
    size_t reply_size;
};

struct raw_dial {
    const char *address, *source; /* source: NULL or the IP to dial from */
    const uint8_t *server_key;    /* NULL: no CURVE at all */
    const struct curve_key *key;
};

/* The one context of the process; made at the first call. */
void *raw_line_context(void);

/* Dials; the handshake may still be under way. Owned. */
struct raw_line *raw_line_open(const struct raw_dial *d);
void raw_line_close(struct raw_line **line);
/* What the monitor has seen, into `line->handshake`. */
void raw_line_hear(struct raw_line *line);
/* Waits for the end of the handshake: is it "in"? */
bool raw_line_is_in(struct raw_line *line);
/* The next frame, into `line->reply`; false: nothing came. */
bool raw_line_receive(struct raw_line *line, int64_t wait_ms);
void raw_line_send(struct raw_line *line, struct bytes frame);

#endif
