/* common/control/server.c - many conversations, none of which can block.
 *
 * A client reads a request (READING), holds it until it has been answered
 * (WAITING), and writes the reply (WRITING). Nothing behind the current frame
 * is read, so a client that hurries fills its own socket and no memory of ours.
 */
#include "common/control/control.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/control/address.h"

enum {
    HEAD_BYTES = 4,
    STEP_BYTES =
        65536, /* memory grows as bytes come, not as they are promised */
    BACKLOG = 64,
    ACCEPT_PAUSE_MS = 1000
};

enum state { READING, WAITING, WRITING };

struct client {
    int fd; /* -1: the place is free */
    int id;
    uid_t uid;
    enum state state;
    bool taken; /* WAITING: control_next has shown the request */
    uint8_t head[HEAD_BYTES];
    size_t head_size;
    struct buf in;  /* the request without its head */
    struct buf out; /* head and reply */
    size_t sent;
    int64_t moved_ms; /* when a byte last went either way */
};

struct control_server {
    int listener;
    char *path;
    dev_t device; /* of the socket we made: only that one is unlinked */
    ino_t inode;
    uid_t shared; /* with this user as well, if `is_shared` */
    bool is_shared;
    int64_t now_ms;
    int64_t accept_ms; /* no accepting before */
    int last_id;
    size_t turn;      /* the place control_next looks at first */
    struct buf shown; /* the request that control_next lent out */
    struct client clients[CONTROL_CLIENTS];
};

/* Requests and replies may hold passwords. */
static void forget(struct buf *buf)
{
    if (buf->data != NULL)
        mem_wipe(buf->data, buf->size);
    buf_free(buf);
}

/* ---- opening and closing ---- */

/* Makes room for bind: only a socket that nobody listens on is removed. */
static int clear_path(const struct control_address *address, const char *path,
                      struct error *err)
{
    struct stat status;
    int fd, rc;

    if (lstat(path, &status) != 0)
        return errno == ENOENT
                   ? 0
                   : error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return error_set(err, ERR_EXISTS, "%s is there and not a socket", path);
    if ((fd = control_socket(SOCK_NONBLOCK, err)) < 0)
        return fd;
    rc = control_connect(fd, address) == 0 ? 0 : errno;
    (void)close(fd);
    if (rc != ECONNREFUSED && rc != ENOENT)
        return error_set(err, ERR_EXISTS, "%s: another process listens there",
                         path);
    if (unlink(path) != 0 && errno != ENOENT)
        return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return 0;
}

static int listen_at(struct control_server *server,
                     const struct control_address *address, struct error *err)
{
    struct stat status;
    int rc = clear_path(address, server->path, err);

    if (rc != 0)
        return rc;
    if ((server->listener = control_socket(SOCK_NONBLOCK, err)) < 0)
        return server->listener;
    /* bind gives the file the mode of the descriptor: never open to others, not
     * even for a moment. */
    if (fchmod(server->listener, 0600) != 0 ||
        bind(server->listener, (const struct sockaddr *)&address->name,
             sizeof address->name) != 0)
        return error_set(err, ERR_IO, "%s: %s", server->path, strerror(errno));
    if (lstat(server->path, &status) != 0)
        return error_set(err, ERR_IO, "%s: %s", server->path, strerror(errno));
    server->device = status.st_dev;
    server->inode = status.st_ino;
    if (listen(server->listener, BACKLOG) != 0)
        return error_set(err, ERR_IO, "%s: %s", server->path, strerror(errno));
    return 0;
}

int control_server_open(struct control_server **out, const char *path,
                        struct error *err)
{
    struct control_address address;
    struct control_server *server;
    int rc = control_address_open(&address, path, err);

    if (rc != 0)
        return rc;
    server = mem_new(sizeof *server);
    server->listener = -1;
    server->path = mem_text(path);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        server->clients[i].fd = -1;
    rc = listen_at(server, &address, err);
    control_address_close(&address);
    if (rc != 0)
        control_server_close(&server);
    else
        *out = server;
    return rc;
}

int control_server_share(struct control_server *server, uid_t uid, gid_t gid,
                         struct error *err)
{
    struct stat now;

    if (stat(server->path, &now) != 0 ||
        (now.st_gid != gid && chown(server->path, (uid_t)-1, gid) != 0) ||
        chmod(server->path, 0660) != 0)
        return error_set(err, ERR_IO, "%s: %s", server->path, strerror(errno));
    server->shared = uid;
    server->is_shared = true;
    return 0;
}

static void drop(struct client *client)
{
    (void)close(client->fd);
    forget(&client->in);
    forget(&client->out);
    *client = (struct client){.fd = -1};
}

static void drop_because(struct client *client, const char *reason)
{
    log_warn("control.dropped", "client=%d uid=%u reason=%s", client->id,
             (unsigned)client->uid, reason);
    drop(client);
}

static void write_reply(struct client *client, int64_t now_ms);

void control_server_close(struct control_server **server)
{
    struct control_server *s = *server;
    struct stat status;

    if (s == NULL)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (s->clients[i].fd >= 0 && s->clients[i].state == WRITING)
            write_reply(&s->clients[i], s->now_ms);
        if (s->clients[i].fd >= 0)
            drop(&s->clients[i]);
    }
    if (s->listener >= 0)
        (void)close(s->listener);
    if (s->inode != 0 && lstat(s->path, &status) == 0 &&
        status.st_dev == s->device && status.st_ino == s->inode)
        (void)unlink(s->path);
    forget(&s->shown);
    mem_free(&s->path);
    mem_free(server);
}

/* ---- one conversation ---- */

/* What a recv or send that moved nothing means: false to go on later. */
static bool is_lost(ssize_t moved)
{
    return moved == 0 || (errno != EAGAIN && errno != EINTR);
}

/* Into the head first, then into the body; 0: all of the frame is there. */
static ssize_t read_piece(struct client *client)
{
    size_t want, step;
    ssize_t got;

    if (client->head_size < HEAD_BYTES) {
        got = recv(client->fd, client->head + client->head_size,
                   HEAD_BYTES - client->head_size, 0);
        if (got > 0)
            client->head_size += (size_t)got;
        return got;
    }
    want = get_u32(client->head) - client->in.size;
    step = want < STEP_BYTES ? want : STEP_BYTES;
    buf_reserve(&client->in, step);
    got = recv(client->fd, client->in.data + client->in.size, step, 0);
    if (got > 0)
        client->in.size += (size_t)got;
    return got;
}

static bool is_whole(const struct client *client)
{
    return client->head_size == HEAD_BYTES &&
           client->in.size == get_u32(client->head);
}

static void read_request(struct client *client, int64_t now_ms)
{
    while (!is_whole(client)) {
        ssize_t got = read_piece(client);

        if (got <= 0) {
            if (is_lost(got))
                drop(client);
            return;
        }
        client->moved_ms = now_ms;
        if (client->head_size == HEAD_BYTES &&
            get_u32(client->head) > CONTROL_REQUEST_LIMIT) {
            drop_because(client, "oversize");
            return;
        }
    }
    client->state = WAITING;
    client->taken = false;
}

static void write_reply(struct client *client, int64_t now_ms)
{
    while (client->sent < client->out.size) {
        ssize_t sent = send(client->fd, client->out.data + client->sent,
                            client->out.size - client->sent, MSG_NOSIGNAL);

        if (sent < 0) {
            if (is_lost(sent))
                drop(client);
            return;
        }
        client->sent += (size_t)sent;
        client->moved_ms = now_ms;
    }
    forget(&client->out);
    client->sent = 0;
    client->head_size = 0;
    client->state = READING;
}

static void serve(struct client *client, short ready, int64_t now_ms)
{
    switch (client->state) {
    case READING:
        if (ready != 0)
            read_request(client, now_ms);
        break;
    case WAITING:
        if ((ready & (POLLHUP | POLLERR)) != 0)
            drop(client);
        break;
    case WRITING:
        if (ready != 0)
            write_reply(client, now_ms);
        break;
    }
}

/* ---- all of them ---- */

static size_t count_free(const struct control_server *server)
{
    size_t count = 0;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        count += server->clients[i].fd < 0;
    return count;
}

static struct client *find_free(struct control_server *server)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (server->clients[i].fd < 0)
            return &server->clients[i];
    return NULL;
}

static bool is_ours(const struct control_server *server, int fd, uid_t *uid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    *uid = peer.uid;
    return peer.uid == geteuid() || peer.uid == 0 ||
           (server->is_shared && peer.uid == server->shared);
}

static void admit(struct control_server *server, int fd)
{
    struct client *client = find_free(server);
    uid_t uid = (uid_t)-1;

    if (client == NULL || !is_ours(server, fd, &uid)) {
        log_warn("control.refused", "uid=%d", (int)uid);
        (void)close(fd);
        return;
    }
    server->last_id = server->last_id == INT_MAX ? 1 : server->last_id + 1;
    client->fd = fd;
    client->id = server->last_id;
    client->uid = uid;
    client->state = READING;
    client->moved_ms = server->now_ms;
    read_request(client, server->now_ms);
}

static void accept_all(struct control_server *server)
{
    for (size_t left = count_free(server); left > 0; left--) {
        int fd =
            accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            admit(server, fd);
            continue;
        }
        if (errno == EAGAIN)
            return;
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        /* Out of descriptors: the listener would wake the loop for ever. */
        log_warn("control.accept", "reason=%s", strerror(errno));
        server->accept_ms = server->now_ms + ACCEPT_PAUSE_MS;
        return;
    }
}

static short wishes(const struct client *client)
{
    switch (client->state) {
    case READING:
        return POLLIN;
    case WAITING:
        return 0; /* a hang-up is told all the same */
    case WRITING:
        return POLLOUT;
    }
    return 0;
}

static bool accepting(const struct control_server *server)
{
    return server->now_ms >= server->accept_ms && count_free(server) > 0;
}

size_t control_server_polls(struct control_server *server,
                            struct control_poll *out, size_t limit)
{
    size_t count = 0;

    if (count < limit && accepting(server))
        out[count++] = (struct control_poll){server->listener, POLLIN};
    for (size_t i = 0; i < CONTROL_CLIENTS && count < limit; i++)
        if (server->clients[i].fd >= 0)
            out[count++] = (struct control_poll){server->clients[i].fd,
                                                 wishes(&server->clients[i])};
    return count;
}

void control_server_work(struct control_server *server, int64_t now_ms)
{
    /* poll passes over descriptors below zero: the free places. */
    struct pollfd items[CONTROL_CLIENTS + 1] = {0};
    struct pollfd *listener = &items[CONTROL_CLIENTS];

    server->now_ms = now_ms;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        items[i].fd = server->clients[i].fd;
        items[i].events = wishes(&server->clients[i]);
    }
    listener->fd = accepting(server) ? server->listener : -1;
    listener->events = POLLIN;
    if (poll(items, CONTROL_CLIENTS + 1, 0) < 0)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct client *client = &server->clients[i];

        if (client->fd >= 0)
            serve(client, items[i].revents, now_ms);
        if (client->fd >= 0 && client->state != WAITING &&
            now_ms - client->moved_ms > CONTROL_IDLE_MS)
            drop(client);
    }
    if (listener->revents != 0)
        accept_all(server);
}

bool control_next(struct control_server *server, struct control_request *out)
{
    forget(&server->shown);
    for (size_t n = 0; n < CONTROL_CLIENTS; n++) {
        size_t place = (server->turn + n) % CONTROL_CLIENTS;
        struct client *client = &server->clients[place];

        if (client->fd < 0 || client->state != WAITING || client->taken)
            continue;
        client->taken = true;
        server->turn = place + 1;
        server->shown = client->in; /* outlives a client that hangs up */
        client->in = (struct buf){0};
        out->client = client->id;
        out->uid = client->uid;
        out->bytes = buf_bytes(&server->shown);
        return true;
    }
    return false;
}

static struct client *find(struct control_server *server, int id)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (server->clients[i].fd >= 0 && server->clients[i].id == id)
            return &server->clients[i];
    return NULL;
}

void control_answer(struct control_server *server, int client,
                    struct bytes reply)
{
    struct client *c = find(server, client);

    if (c != NULL && c->state == WAITING && c->taken) {
        if (reply.size > CONTROL_REPLY_LIMIT) {
            drop_because(c, "reply_too_large");
        } else {
            buf_reserve(&c->out, HEAD_BYTES + reply.size);
            buf_add_u32(&c->out, (uint32_t)reply.size);
            buf_add_bytes(&c->out, reply);
            c->sent = 0;
            c->state = WRITING;
            c->moved_ms = server->now_ms;
        }
    }
    forget(&server->shown); /* last: the reply may lie in it */
}
