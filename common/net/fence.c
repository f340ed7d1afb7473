/* common/net/fence.c - hears of connections from libzmq's monitor, counts with
 * TCP_INFO, cuts with shutdown(2).
 *
 * The descriptors belong to libzmq, which may close one before its event is
 * read here; the inode tells whether a number still means the same connection.
 */
#include "common/net/fence.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/net/monitor.h"

enum {
    NOBODY = -1,
    FEW = 4,           /* strangers of one address that are nobody's fault */
    LOOK_PLACES = 512, /* descriptors looked at in one go, of the known ones */
    LOOK_MS = 100,
    KEY_CHAINS = 1024 /* of known ones; a power of two */
};

struct connection {
    ino_t inode;         /* 0: nobody has this descriptor */
    uint64_t base_bytes; /* brought when its last whole message was read */
    uint64_t since_base; /* brought since, when last looked at */
    int64_t since_ms;
    size_t place;     /* of its address, while it is a stranger's */
    uint64_t whose;   /* of the key, once it is known: nobody makes a second */
    int older, newer; /* of the strangers, or of its chain; NOBODY at an end */
    unsigned words;
    bool stranger;
};

struct net_fence {
    struct net_fence_config config;
    void *monitor;
    struct net_crowd *crowd;
    struct net_sieve *sieve;
    int listener;
    struct connection *connections; /* by descriptor */
    int room;
    int oldest, newest;     /* stranger */
    int chains[KEY_CHAINS]; /* the newest known one of each */
    size_t strangers;
    int looked; /* at the known ones, so far */
    int64_t looked_ms;
    size_t ended; /* and not told yet */
};

/* ---- who is here */

static struct connection *find(struct net_fence *fence, int fd)
{
    return fd >= 0 && fd < fence->room && fence->connections[fd].inode != 0
               ? &fence->connections[fd]
               : NULL;
}

static void become_stranger(struct net_fence *fence, int fd,
                            const struct net_source *source)
{
    struct connection *c = &fence->connections[fd];

    c->stranger = true;
    c->place = net_crowd_add(fence->crowd, source);
    c->older = fence->newest;
    c->newer = NOBODY;
    *(fence->newest == NOBODY ? &fence->oldest
                              : &fence->connections[fence->newest].newer) = fd;
    fence->newest = fd;
    fence->strangers++;
}

static void leave_strangers(struct net_fence *fence, struct connection *c)
{
    *(c->older == NOBODY ? &fence->oldest
                         : &fence->connections[c->older].newer) = c->newer;
    *(c->newer == NOBODY ? &fence->newest
                         : &fence->connections[c->newer].older) = c->older;
    net_crowd_remove(fence->crowd, c->place);
    c->stranger = false;
    fence->strangers--;
}

static int *chain_of(struct net_fence *fence, const struct connection *c)
{
    return &fence->chains[c->whose % KEY_CHAINS];
}

static void leave_chain(struct net_fence *fence, const struct connection *c)
{
    if (c->older != NOBODY)
        fence->connections[c->older].newer = c->newer;
    *(c->newer == NOBODY ? chain_of(fence, c)
                         : &fence->connections[c->newer].older) = c->older;
}

static void forget(struct net_fence *fence, int fd)
{
    struct connection *c = &fence->connections[fd];

    if (c->stranger)
        leave_strangers(fence, c);
    else
        leave_chain(fence, c);
    c->inode = 0;
}

static bool is_there(int fd, const struct connection *c)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_ino == c->inode;
}

static void cut(struct net_fence *fence, int fd)
{
    if (is_there(fd, &fence->connections[fd]))
        (void)shutdown(fd, SHUT_RDWR);
    forget(fence, fd);
}

/* True when another of the same key had to go for it. */
static bool become_known(struct net_fence *fence, int fd,
                         const uint8_t key[CURVE_BYTES])
{
    struct connection *c = &fence->connections[fd];
    int oldest = fd, *newest;
    size_t same = 0;

    leave_strangers(fence, c);
    memcpy(&c->whose, key, sizeof c->whose);
    newest = chain_of(fence, c);
    c->older = *newest;
    c->newer = NOBODY;
    if (*newest != NOBODY)
        fence->connections[*newest].newer = fd;
    *newest = fd;
    for (int at = fd; at != NOBODY; at = fence->connections[at].older)
        if (fence->connections[at].whose == c->whose) {
            oldest = at;
            same++;
        }
    if (same <= NET_FENCE_LINES)
        return false;
    cut(fence, oldest);
    return true;
}

/* ---- who goes when it is crowded */

static int oldest_of(const struct net_fence *fence, size_t place)
{
    int fd = fence->oldest;

    while (fd != NOBODY && fence->connections[fd].place != place)
        fd = fence->connections[fd].newer;
    return fd;
}

static int oldest_foreigner(const struct net_fence *fence)
{
    struct net_source source;
    int fd = fence->oldest;

    while (fd != NOBODY && net_source_of(fd, &source) &&
           net_friends_has(fence->config.friends, &source))
        fd = fence->connections[fd].newer;
    return fd;
}

static int who_goes(const struct net_fence *fence,
                    const struct net_source *newest)
{
    size_t place = 0;
    int fd = NOBODY;

    if (net_crowd_largest(fence->crowd, &place) > FEW)
        return oldest_of(fence, place);
    if (net_friends_has(fence->config.friends, newest))
        fd = oldest_foreigner(fence);
    return fd == NOBODY ? fence->newest : fd;
}

static void make_room_for(struct net_fence *fence, int fd)
{
    int room = fence->room;

    if (fd < room)
        return;
    while (fence->room <= fd)
        fence->room = fence->room * 2 + 64;
    fence->connections = mem_grow(fence->connections, (size_t)fence->room,
                                  sizeof *fence->connections);
    memset(fence->connections + room, 0,
           (size_t)(fence->room - room) * sizeof *fence->connections);
}

/* True when somebody had to go for it. */
static bool remember(struct net_fence *fence, int fd, int64_t now_ms)
{
    struct net_source source;
    struct stat status;

    if (find(fence, fd) != NULL)
        forget(fence, fd); /* its end was not told */
    if (fstat(fd, &status) != 0 || !net_source_of(fd, &source))
        return false; /* gone already */
    net_sieve_came(fence->sieve, &source, now_ms);
    if (fence->config.prompt)
        net_endpoint_be_prompt(fd);
    make_room_for(fence, fd);
    fence->connections[fd] =
        (struct connection){.inode = status.st_ino, .since_ms = now_ms};
    become_stranger(fence, fd, &source);
    if (fence->strangers <= fence->config.strangers)
        return false;
    cut(fence, who_goes(fence, &source));
    return true;
}

static size_t read_events(struct net_fence *fence, int64_t now_ms)
{
    size_t ended = 0;
    uint16_t event;
    uint32_t value;

    while (net_monitor_next(fence->monitor, &event, &value)) {
        if (event == ZMQ_EVENT_ACCEPTED)
            ended += remember(fence, (int)value, now_ms);
        else if (event == ZMQ_EVENT_LISTENING)
            fence->listener = (int)value;
        else if (event == ZMQ_EVENT_DISCONNECTED &&
                 find(fence, (int)value) != NULL)
            forget(fence, (int)value);
    }
    return ended;
}

/* ---- who brings too much, or stays too long */

/* What the kernel has received; false when `fd` is no such connection. */
static bool brought(int fd, const struct connection *connection,
                    uint64_t *bytes)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    if (!is_there(fd, connection) ||
        getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    *bytes = info.tcpi_bytes_received;
    return true;
}

static bool is_too_much(const struct net_fence *fence,
                        const struct connection *c, int64_t now_ms)
{
    const struct net_fence_config *config = &fence->config;

    if (!c->stranger)
        return c->since_base > config->unfinished_bytes;
    return c->since_base > config->stranger_bytes ||
           (config->words > 0 && c->words > config->words) ||
           (config->stay_ms > 0 && now_ms - c->since_ms > config->stay_ms);
}

/* True when it was ended. */
static bool look_at(struct net_fence *fence, int fd, int64_t now_ms)
{
    struct connection *c = &fence->connections[fd];
    uint64_t bytes;

    if (!brought(fd, c, &bytes)) {
        forget(fence, fd);
        return false;
    }
    c->since_base = bytes - c->base_bytes;
    if (!is_too_much(fence, c, now_ms))
        return false;
    cut(fence, fd);
    return true;
}

static int fattest(const struct net_fence *fence)
{
    int found = fence->oldest;

    for (int fd = found; fd != NOBODY; fd = fence->connections[fd].newer)
        if (fence->connections[fd].since_base >
            fence->connections[found].since_base)
            found = fd;
    return found;
}

static size_t look_at_strangers(struct net_fence *fence, int64_t now_ms)
{
    uint64_t all = 0;
    size_t ended = 0;
    int next;

    for (int fd = fence->oldest; fd != NOBODY; fd = next) {
        next = fence->connections[fd].newer;
        ended += look_at(fence, fd, now_ms);
        all += fence->connections[fd].inode != 0
                   ? fence->connections[fd].since_base
                   : 0;
    }
    while (all > fence->config.strangers_bytes) {
        int fd = fattest(fence);

        all -= fence->connections[fd].since_base;
        cut(fence, fd);
        ended++;
    }
    return ended;
}

/* Some of the known ones each time: there may be thousands. */
static size_t look_at_known(struct net_fence *fence, int64_t now_ms)
{
    int count = fence->room < LOOK_PLACES ? fence->room : LOOK_PLACES;
    size_t ended = 0;

    if (now_ms - fence->looked_ms < LOOK_MS)
        return 0;
    fence->looked_ms = now_ms;
    for (int i = 0; i < count; i++) {
        int fd = fence->looked = (fence->looked + 1) % fence->room;

        if (fence->connections[fd].inode != 0 &&
            !fence->connections[fd].stranger)
            ended += look_at(fence, fd, now_ms);
    }
    return ended;
}

/* ---- from outside */

int net_fence_open(struct net_fence **out,
                   const struct net_fence_config *config, struct error *err)
{
    struct net_fence *fence = mem_new(sizeof *fence);

    fence->config = *config;
    fence->oldest = fence->newest = fence->listener = NOBODY;
    for (size_t i = 0; i < KEY_CHAINS; i++)
        fence->chains[i] = NOBODY;
    fence->sieve = net_sieve_new();
    fence->crowd = net_crowd_new(config->strangers + 1);
    fence->monitor = net_monitor_open(
        config->context, config->socket,
        ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED, err);
    if (!fence->monitor) {
        net_fence_close(&fence);
        return ERR_IO;
    }
    *out = fence;
    return 0;
}

void net_fence_close(struct net_fence **fence)
{
    if (!*fence)
        return;
    net_monitor_close((*fence)->config.socket, &(*fence)->monitor);
    net_crowd_free(&(*fence)->crowd);
    net_sieve_free(&(*fence)->sieve);
    mem_free(&(*fence)->connections);
    mem_free(fence);
}

void net_fence_message(struct net_fence *fence, int fd,
                       const uint8_t key[CURVE_BYTES])
{
    struct connection *c = find(fence, fd);
    struct net_source source;
    uint64_t bytes;

    if (c == NULL || !is_there(fd, c)) { /* it spoke before we heard of it */
        fence->ended += read_events(fence, clock_mono_ms());
        c = find(fence, fd);
    }
    if (c == NULL || !brought(fd, c, &bytes))
        return;
    c->base_bytes = bytes;
    c->words++;
    if (!c->stranger || fence->config.for_ever)
        return;
    fence->ended += become_known(fence, fd, key);
    if (!net_source_of(fd, &source))
        return;
    net_friends_add(fence->config.friends, &source);
    net_sieve_known(fence->sieve, &source, clock_mono_ms());
}

size_t net_fence_work(struct net_fence *fence, int64_t now_ms)
{
    size_t ended = fence->ended + read_events(fence, now_ms);

    fence->ended = 0;
    net_sieve_work(fence->sieve, fence->listener, now_ms);
    ended += look_at_strangers(fence, now_ms);
    return ended + look_at_known(fence, now_ms);
}

void *net_fence_socket(const struct net_fence *fence) { return fence->monitor; }

size_t net_fence_strangers(const struct net_fence *fence)
{
    return fence->strangers;
}

size_t net_fence_most(const struct net_fence *fence, struct net_source *source)
{
    size_t place = 0;
    size_t most = net_crowd_largest(fence->crowd, &place);

    if (most > 0)
        *source = *net_crowd_source(fence->crowd, place);
    return most;
}
