/* common/control/control.h - commands over a local socket.
 *
 * control.sock in the data folder: a stream socket, mode 0600. One request, one
 * reply, as often as wanted: 4 bytes big-endian length, then that many bytes.
 * The peer is known by SO_PEERCRED: only our own user, root and who was let in
 * (control_server_share) are served. The
 * server never blocks and holds at most CONTROL_CLIENTS conversations; it knows
 * nothing of what the bytes mean.
 */
#ifndef LIENXA_CONTROL_CONTROL_H
#define LIENXA_CONTROL_CONTROL_H

#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    CONTROL_REQUEST_LIMIT = 1 << 20,
    CONTROL_REPLY_LIMIT = 4 << 20,
    CONTROL_CLIENTS = 64,
    CONTROL_IDLE_MS = 120000
};

struct control_server;

struct control_request {
    int client; /* for control_answer */
    uid_t uid;
    struct bytes bytes; /* borrowed until the next control_next or answer */
};

/* Binds `path` (a left-over socket nobody listens on is replaced; a live one is
 * ERR_EXISTS). Owned. */
int control_server_open(struct control_server **out, const char *path,
                        struct error *err);
/* This user and group may come in as well (the web process's). */
int control_server_share(struct control_server *server, uid_t uid, gid_t gid,
                         struct error *err);
void control_server_close(struct control_server **server); /* unlinks */

/* Descriptors to poll, with POLLIN/POLLOUT wishes: fills at most `limit`,
 * returns the count. `fd` and `events` as in poll(2). */
struct control_poll {
    int fd;
    short events;
};
size_t control_server_polls(struct control_server *server,
                            struct control_poll *out, size_t limit);

/* Accepts, reads and writes what can be done without blocking, and drops
 * clients that broke the framing, were silent too long or belong to somebody
 * else. Call after each poll; `now_ms` monotonic. */
void control_server_work(struct control_server *server, int64_t now_ms);

/* The next whole request, or false. A client is asked no further until it has
 * been answered. */
bool control_next(struct control_server *server, struct control_request *out);

/* Queues the reply; sent by control_server_work. An unknown client (gone) is
 * ignored; a reply over CONTROL_REPLY_LIMIT ends the conversation instead. */
void control_answer(struct control_server *server, int client,
                    struct bytes reply);

/* The client's side: connects, blocking, with a time limit for the whole call.
 * ERR_MISSING: nothing listens there. control_call appends to `reply`, nothing
 * on failure. ERR_FULL: the request is too large, nothing was sent. ERR_AGAIN:
 * no answer in time; ERR_IO: the connection ended; it may have been carried out
 * all the same, and the client is of no more use. */
struct control_client;
int control_client_open(struct control_client **out, const char *path,
                        struct error *err);
void control_client_close(struct control_client **client);
int control_call(struct control_client *client, struct bytes request,
                 struct buf *reply, int64_t limit_ms, struct error *err);

#endif
