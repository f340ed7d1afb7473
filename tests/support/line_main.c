/* tests/support/line_main.c - lienxa-line: a bad line between two network
 * namespaces, for the end-to-end tests and ops/bench.
 *
 *   run --rate N --delay MS --loss N   makes two namespaces that see each other
 *       over this line only, 192.0.2.1 (the hub's side) and 192.0.2.2, and
 *       carries packets between them: N bytes a second each way, MS each way,
 *       N of 10,000 packets lost, at most --queue MS standing before it. Says
 *       "ready PID PID", whose namespaces they are, then does what stands on
 *       standard input, a line each, and answers each with a line:
 *         cut | cut up | cut down   nothing passes (up: towards the hub)
 *         restore                   everything passes again
 *         reset                     ends the connections that are there, as a
 *                                   router does that was switched off and on
 *         rate N | loss N | delay MS
 *         figures                   bytes and packets that came and were lost
 *       Ends with standard input.
 *
 * Packets are really lost and really late, so the kernel's TCP does what it
 * does in the field. Needs root and /dev/net/tun. Nothing leaves this machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

enum { DOWN, UP, WAYS }; /* towards the node, towards the hub */
enum {
    PACKET = 2048,
    WAITING = 16384, /* packets on their way, each way */
    FLOWS = 64,
    MTU = 1500,
    TCP = 6,
    HEADERS = 40, /* of IPv4 and TCP without options */
    FIN = 1,
    RST = 4,
    ACK = 16
};

struct packet {
    size_t size;
    int64_t at_us; /* when it comes out at the other end */
    uint8_t bytes[PACKET];
};

struct flow {         /* the last packet of one connection, one way */
    uint8_t ends[12]; /* both addresses, both ports */
    uint8_t ack[4];   /* what its sender waits for */
};

struct way {
    int in, out; /* tun devices */
    bool is_cut;
    struct packet *ring;
    size_t first, count;
    int64_t free_us; /* when the last one has been sent */
    uint64_t packets, bytes, lost, overflowed, stopped;
    struct flow flows[FLOWS];
    size_t flow_count; /* ever */
};

struct line {
    struct way ways[WAYS];
    uint64_t rate, loss, queue_us, delay_us;
    uint64_t random;
    char said[256];
    size_t said_size;
};

static uint64_t number(struct cli *cli, const char *name, uint64_t usual)
{
    const char *text = cli_option_value(cli, name);

    return text == NULL ? usual : strtoull(text, NULL, 10);
}

/* ---- two namespaces, a device in each */

static int give_address(int fd, const char *name, const char *address)
{
    struct ifreq ifr = {.ifr_flags = 0};
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&ifr.ifr_addr;

    memcpy(ifr.ifr_name, name, strlen(name) + 1);
    in->sin_family = AF_INET;
    if (inet_pton(AF_INET, address, &in->sin_addr) != 1 ||
        ioctl(fd, SIOCSIFADDR, &ifr) != 0)
        return -1;
    (void)inet_pton(AF_INET, "255.255.255.252", &in->sin_addr);
    if (ioctl(fd, SIOCSIFNETMASK, &ifr) != 0)
        return -1;
    ifr.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &ifr);
}

static int loopback_up(int fd)
{
    struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

    return ioctl(fd, SIOCSIFFLAGS, &ifr);
}

/* What Debian's kernels do when nobody says otherwise, on every machine. */
static void usual_tcp(void)
{
    int fd =
        open("/proc/sys/net/ipv4/tcp_congestion_control", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "cubic", 5) != 5)
        (void)fprintf(stderr, "the kernel has no cubic\n");
    if (fd >= 0)
        (void)close(fd);
}

/* Moves this process into a new namespace and leaves one there that only keeps
 * it. The device, or -1. */
static int new_side(const char *address, pid_t *keeper)
{
    struct ifreq ifr = {.ifr_name = "line", .ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd, tun;

    if (unshare(CLONE_NEWNET) != 0)
        return -1;
    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr) != 0)
        return -1;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || give_address(fd, "line", address) != 0 ||
        loopback_up(fd) != 0)
        return -1;
    (void)close(fd);
    usual_tcp();
    *keeper = fork();
    if (*keeper == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)close(STDIN_FILENO);
        (void)close(STDOUT_FILENO);
        for (;;)
            (void)pause();
    }
    return *keeper < 0 ? -1 : tun;
}

/* ---- packets */

static uint64_t draw(struct line *line)
{
    line->random ^= line->random << 13;
    line->random ^= line->random >> 7;
    line->random ^= line->random << 17;
    return line->random;
}

/* Where the TCP header begins; 0: none of our kind. */
static size_t tcp_of(const uint8_t *ip, size_t size)
{
    size_t at = (size_t)(ip[0] & 15) * 4;

    return size >= HEADERS && ip[0] >> 4 == 4 && ip[9] == TCP && at + 20 <= size
               ? at
               : 0;
}

static void remember(struct way *way, const uint8_t *ip, size_t size)
{
    size_t tcp = tcp_of(ip, size);
    struct flow *flow = NULL;
    uint8_t ends[12];

    if (tcp == 0 || (ip[tcp + 13] & ACK) == 0)
        return;
    memcpy(ends, ip + 12, 8);
    memcpy(ends + 8, ip + tcp, 4);
    for (size_t i = 0; i < FLOWS && i < way->flow_count; i++)
        if (memcmp(way->flows[i].ends, ends, sizeof ends) == 0)
            flow = &way->flows[i];
    if (flow == NULL)
        flow = &way->flows[way->flow_count++ % FLOWS];
    memcpy(flow->ends, ends, sizeof ends);
    memcpy(flow->ack, ip + tcp + 8, 4);
}

static void take(struct line *line, struct way *way, const uint8_t *bytes,
                 size_t size, int64_t now_us)
{
    struct packet *packet;

    way->packets++;
    way->bytes += size;
    remember(way, bytes, size);
    if (way->is_cut) {
        way->stopped++;
        return;
    }
    if (way->free_us < now_us)
        way->free_us = now_us;
    if (way->count == WAITING ||
        way->free_us - now_us > (int64_t)line->queue_us) {
        way->overflowed++;
        return;
    }
    way->free_us += (int64_t)(size * 1000000 / line->rate);
    if (draw(line) % 10000 < line->loss) { /* it took its time all the same */
        way->lost++;
        return;
    }
    packet = &way->ring[(way->first + way->count++) % WAITING];
    packet->size = size;
    packet->at_us = way->free_us + (int64_t)line->delay_us;
    memcpy(packet->bytes, bytes, size);
}

static void carry(struct line *line, struct way *way)
{
    uint8_t bytes[PACKET];
    int64_t now_us = clock_mono_us();
    ssize_t size;

    while ((size = read(way->in, bytes, sizeof bytes)) > 0)
        take(line, way, bytes, (size_t)size, now_us);
}

static void deliver(struct way *way, int64_t now_us)
{
    while (way->count > 0 && way->ring[way->first].at_us <= now_us) {
        const struct packet *packet = &way->ring[way->first];

        if (way->is_cut)
            way->stopped++;
        else if (write(way->out, packet->bytes, packet->size) < 0)
            way->overflowed++;
        way->first = (way->first + 1) % WAITING;
        way->count--;
    }
}

/* ---- ending connections */

static uint32_t add_up(const uint8_t *bytes, size_t size, uint32_t sum)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    return sum;
}

static void check_sum(uint8_t *place, uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    place[0] = (uint8_t)(~sum >> 8);
    place[1] = (uint8_t)~sum;
}

/* To whoever sent the last packet of this flow, in the other's name. */
static void reset_flow(const struct way *way, const struct flow *flow)
{
    uint8_t ip[HEADERS] = {0x45, 0, 0, HEADERS, 0, 0, 0x40, 0, 64, TCP};
    uint8_t *tcp = ip + 20;

    memcpy(ip + 12, flow->ends + 4, 4);
    memcpy(ip + 16, flow->ends, 4);
    memcpy(tcp, flow->ends + 10, 2);
    memcpy(tcp + 2, flow->ends + 8, 2);
    memcpy(tcp + 4, flow->ack, 4);
    tcp[12] = 5 << 4;
    tcp[13] = RST;
    check_sum(ip + 10, add_up(ip, 20, 0));
    check_sum(tcp + 16, add_up(ip + 12, 8, add_up(tcp, 20, TCP + 20)));
    if (write(way->in, ip, sizeof ip) < 0)
        (void)fprintf(stderr, "reset: %s\n", strerror(errno));
}

static void reset_all(struct line *line)
{
    for (int w = 0; w < WAYS; w++) {
        struct way *way = &line->ways[w];

        for (size_t i = 0; i < FLOWS && i < way->flow_count; i++)
            reset_flow(way, &way->flows[i]);
        way->flow_count = 0;
        way->count = 0;
    }
}

/* ---- what is said */

static void figures(const struct line *line)
{
    const char *names[WAYS] = {"down", "up"};

    for (int w = 0; w < WAYS; w++) {
        const struct way *way = &line->ways[w];

        printf("%s\"%s\":{\"packets\":%llu,\"bytes\":%llu,\"lost\":%llu,"
               "\"overflowed\":%llu,\"stopped\":%llu}",
               w == 0 ? "{" : ",", names[w], (unsigned long long)way->packets,
               (unsigned long long)way->bytes, (unsigned long long)way->lost,
               (unsigned long long)way->overflowed,
               (unsigned long long)way->stopped);
    }
    printf("}\n");
}

static void obey(struct line *line, const char *said)
{
    unsigned long long value = 0;

    if (strcmp(said, "figures") == 0) {
        figures(line);
        return;
    }
    if (strcmp(said, "cut") == 0)
        line->ways[UP].is_cut = line->ways[DOWN].is_cut = true;
    else if (strcmp(said, "cut up") == 0)
        line->ways[UP].is_cut = true;
    else if (strcmp(said, "cut down") == 0)
        line->ways[DOWN].is_cut = true;
    else if (strcmp(said, "restore") == 0)
        line->ways[UP].is_cut = line->ways[DOWN].is_cut = false;
    else if (strcmp(said, "reset") == 0)
        reset_all(line);
    else if (sscanf(said, "rate %llu", &value) == 1 && value > 0)
        line->rate = value;
    else if (sscanf(said, "loss %llu", &value) == 1)
        line->loss = value;
    else if (sscanf(said, "delay %llu", &value) == 1)
        line->delay_us = value * 1000;
    else {
        printf("unknown: %s\n", said);
        return;
    }
    printf("done: %s\n", said);
}

/* False: nobody speaks any more. */
static bool hear(struct line *line)
{
    ssize_t size = read(STDIN_FILENO, line->said + line->said_size,
                        sizeof line->said - line->said_size - 1);
    char *end;

    if (size <= 0)
        return size < 0 && errno == EINTR;
    line->said_size += (size_t)size;
    line->said[line->said_size] = '\0';
    while ((end = strchr(line->said, '\n')) != NULL) {
        *end = '\0';
        obey(line, line->said);
        (void)fflush(stdout);
        line->said_size -= (size_t)(end + 1 - line->said);
        memmove(line->said, end + 1, line->said_size + 1);
    }
    return line->said_size + 1 < sizeof line->said;
}

/* ---- the line */

static void wait_for_work(struct line *line, struct pollfd fds[3])
{
    int64_t now_us = clock_mono_us(), at_us = now_us + 1000000;
    struct timespec rest;

    for (int w = 0; w < WAYS; w++) {
        const struct way *way = &line->ways[w];

        if (way->count > 0 && way->ring[way->first].at_us < at_us)
            at_us = way->ring[way->first].at_us;
    }
    if (at_us < now_us)
        at_us = now_us;
    rest = (struct timespec){(at_us - now_us) / 1000000,
                             (at_us - now_us) % 1000000 * 1000};
    (void)ppoll(fds, 3, &rest, NULL);
}

static int run(struct cli *cli)
{
    struct line *line = mem_new(sizeof *line);
    int side[WAYS];
    pid_t keeper[WAYS];
    struct pollfd fds[3];

    line->rate = number(cli, "rate", 6250);
    line->delay_us = number(cli, "delay", 400) * 1000;
    line->loss = number(cli, "loss", 500);
    line->queue_us = number(cli, "queue", 4000) * 1000;
    line->random = number(cli, "seed", 1) * 0x9e3779b97f4a7c15ULL + 1;
    (void)signal(SIGPIPE, SIG_IGN);
    side[UP] = new_side("192.0.2.1", &keeper[UP]);
    side[DOWN] = side[UP] < 0 ? -1 : new_side("192.0.2.2", &keeper[DOWN]);
    if (side[UP] < 0 || side[DOWN] < 0) {
        mem_free(&line);
        return cli_fail(cli,
                        "no namespaces with a line: %s (root, and "
                        "/dev/net/tun?)",
                        strerror(errno));
    }
    for (int w = 0; w < WAYS; w++) {
        line->ways[w].in = side[1 - w];
        line->ways[w].out = side[w];
        line->ways[w].ring = mem_array(WAITING, sizeof *line->ways[w].ring);
        fds[w] = (struct pollfd){line->ways[w].in, POLLIN, 0};
    }
    fds[WAYS] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
    printf("ready %d %d\n", (int)keeper[UP], (int)keeper[DOWN]);
    (void)fflush(stdout);
    do {
        wait_for_work(line, fds);
        for (int w = 0; w < WAYS; w++) {
            carry(line, &line->ways[w]);
            deliver(&line->ways[w], clock_mono_us());
        }
    } while ((fds[WAYS].revents & (POLLIN | POLLHUP)) == 0 || hear(line));
    for (int w = 0; w < WAYS; w++) {
        (void)kill(keeper[w], SIGKILL);
        mem_free(&line->ways[w].ring);
    }
    mem_free(&line);
    return 0;
}

static const struct cli_option options[] = {
    {"rate", CLI_ONE, "N  bytes a second, each way (6250)"},
    {"delay", CLI_ONE, "MS  each way (400)"},
    {"loss", CLI_ONE, "N  of 10,000 packets (500)"},
    {"queue", CLI_ONE, "MS  of what stands before the line at most (4000)"},
    {"seed", CLI_ONE, "N  which packets are lost (1)"},
    {0}};

static const struct cli_command commands[] = {
    {"run", "", 0, 0, options, "a bad line between two namespaces", run}, {0}};

int main(int argc, char **argv)
{
    return cli_main(argc, argv, "lienxa-line", ".",
                    "a bad line between two network namespaces", commands,
                    NULL);
}
