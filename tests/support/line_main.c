/* tests/support/line_main.c - lienxa-line: bad lines between network
 * namespaces, for the end-to-end tests and ops/bench.
 *
 *   run --rate N --delay MS --loss N   makes namespaces that see each other
 * over these lines only, 192.0.2.1 (the hub's side) and 192.0.2.2 and on, one
 *       for each of --nodes, each with a line of its own; and carries packets
 *       between them: N bytes a second each way, MS each way, N of 10,000
 * packets lost, at most --queue MS standing before it. Says "ready PID PID ..",
 *       whose namespaces they are, then does what stands on standard input, a
 *       line each, and answers each with a line:
 *         cut | cut up | cut down   nothing passes (up: towards the hub)
 *         restore                   everything passes again
 *         reset                     ends the connections that are there, as a
 *                                   router does that was switched off and on
 *         NUMBER cut | ..           these of one node's line only, from 1
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
    LINES = 32,      /* at most */
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
};

struct lines {
    struct line lines[LINES];
    size_t count;
    int hub; /* its tun device: the other end of all of them */
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
    (void)inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
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

static uint64_t draw(struct lines *line)
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

static void take(struct lines *line, struct way *way, const uint8_t *bytes,
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

/* What comes from the hub is for the node with that address. */
static void carry_down(struct lines *lines)
{
    uint8_t bytes[PACKET];
    int64_t now_us = clock_mono_us();
    ssize_t size;

    while ((size = read(lines->hub, bytes, sizeof bytes)) > 0) {
        size_t node = size >= 20 ? (size_t)bytes[19] - 2 : LINES;

        if (bytes[0] >> 4 == 4 && node < lines->count)
            take(lines, &lines->lines[node].ways[DOWN], bytes, (size_t)size,
                 now_us);
    }
}

static void carry_up(struct lines *lines, struct way *way)
{
    uint8_t bytes[PACKET];
    int64_t now_us = clock_mono_us();
    ssize_t size;

    while ((size = read(way->in, bytes, sizeof bytes)) > 0)
        take(lines, way, bytes, (size_t)size, now_us);
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

static struct way all_of(const struct lines *lines, int w)
{
    struct way sum = {0};

    for (size_t i = 0; i < lines->count; i++) {
        const struct way *way = &lines->lines[i].ways[w];

        sum.packets += way->packets;
        sum.bytes += way->bytes;
        sum.lost += way->lost;
        sum.overflowed += way->overflowed;
        sum.stopped += way->stopped;
    }
    return sum;
}

static void figures(const struct lines *lines)
{
    const char *names[WAYS] = {"down", "up"};

    for (int w = 0; w < WAYS; w++) {
        struct way way = all_of(lines, w);

        printf("%s\"%s\":{\"packets\":%llu,\"bytes\":%llu,\"lost\":%llu,"
               "\"overflowed\":%llu,\"stopped\":%llu}",
               w == 0 ? "{" : ",", names[w], (unsigned long long)way.packets,
               (unsigned long long)way.bytes, (unsigned long long)way.lost,
               (unsigned long long)way.overflowed,
               (unsigned long long)way.stopped);
    }
    printf("}\n");
}

/* Of one line: true, it was understood. */
static bool obey_line(struct line *line, const char *said)
{
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
    else
        return false;
    return true;
}

static bool obey_all(struct lines *lines, const char *said)
{
    unsigned long long value = 0;
    bool understood = true;

    if (sscanf(said, "rate %llu", &value) == 1 && value > 0)
        lines->rate = value;
    else if (sscanf(said, "loss %llu", &value) == 1)
        lines->loss = value;
    else if (sscanf(said, "delay %llu", &value) == 1)
        lines->delay_us = value * 1000;
    else
        for (size_t i = 0; i < lines->count; i++)
            understood = obey_line(&lines->lines[i], said) && understood;
    return understood;
}

static void obey(struct lines *lines, const char *said)
{
    char *rest;
    unsigned long number = strtoul(said, &rest, 10);
    bool understood;

    if (strcmp(said, "figures") == 0) {
        figures(lines);
        return;
    }
    if (rest == said)
        understood = obey_all(lines, said);
    else
        understood = number >= 1 && number <= lines->count && *rest == ' ' &&
                     obey_line(&lines->lines[number - 1], rest + 1);
    printf("%s: %s\n", understood ? "done" : "unknown", said);
}

/* False: nobody speaks any more. */
static bool hear(struct lines *line)
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

/* ---- the lines */

static void wait_for_work(const struct lines *lines, struct pollfd *fds)
{
    int64_t now_us = clock_mono_us(), at_us = now_us + 1000000;
    struct timespec rest;

    for (size_t i = 0; i < lines->count; i++)
        for (int w = 0; w < WAYS; w++) {
            const struct way *way = &lines->lines[i].ways[w];

            if (way->count > 0 && way->ring[way->first].at_us < at_us)
                at_us = way->ring[way->first].at_us;
        }
    if (at_us < now_us)
        at_us = now_us;
    rest = (struct timespec){(at_us - now_us) / 1000000,
                             (at_us - now_us) % 1000000 * 1000};
    (void)ppoll(fds, lines->count + 2, &rest, NULL);
}

static void work(struct lines *lines)
{
    carry_down(lines);
    for (size_t i = 0; i < lines->count; i++)
        carry_up(lines, &lines->lines[i].ways[UP]);
    for (size_t i = 0; i < lines->count; i++)
        for (int w = 0; w < WAYS; w++)
            deliver(&lines->lines[i].ways[w], clock_mono_us());
}

/* The namespaces; false: there can be none. */
static bool make_sides(struct lines *lines, pid_t keepers[LINES + 1])
{
    char address[32];

    lines->hub = new_side("192.0.2.1", &keepers[0]);
    for (size_t i = 0; lines->hub >= 0 && i < lines->count; i++) {
        struct way *ways = lines->lines[i].ways;

        (void)snprintf(address, sizeof address, "192.0.2.%zu", i + 2);
        ways[UP].in = ways[DOWN].out = new_side(address, &keepers[i + 1]);
        ways[UP].out = ways[DOWN].in = lines->hub;
        if (ways[UP].in < 0)
            return false;
        for (int w = 0; w < WAYS; w++)
            ways[w].ring = mem_array(WAITING, sizeof *ways[w].ring);
    }
    return lines->hub >= 0;
}

static void carry_on(struct lines *lines)
{
    struct pollfd fds[LINES + 2];

    fds[0] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
    fds[1] = (struct pollfd){lines->hub, POLLIN, 0};
    for (size_t i = 0; i < lines->count; i++)
        fds[i + 2] = (struct pollfd){lines->lines[i].ways[UP].in, POLLIN, 0};
    do {
        wait_for_work(lines, fds);
        work(lines);
    } while ((fds[0].revents & (POLLIN | POLLHUP)) == 0 || hear(lines));
}

static int run(struct cli *cli)
{
    struct lines *lines = mem_new(sizeof *lines);
    pid_t keepers[LINES + 1];

    lines->rate = number(cli, "rate", 6250);
    lines->delay_us = number(cli, "delay", 400) * 1000;
    lines->loss = number(cli, "loss", 500);
    lines->queue_us = number(cli, "queue", 4000) * 1000;
    lines->random = number(cli, "seed", 1) * 0x9e3779b97f4a7c15ULL + 1;
    lines->count = number(cli, "nodes", 1);
    if (lines->count < 1 || lines->count > LINES)
        lines->count = 1;
    (void)signal(SIGPIPE, SIG_IGN);
    if (!make_sides(lines, keepers))
        return cli_fail(cli,
                        "no namespaces with a line: %s (root, and "
                        "/dev/net/tun?)",
                        strerror(errno));
    printf("ready");
    for (size_t i = 0; i <= lines->count; i++)
        printf(" %d", (int)keepers[i]);
    printf("\n");
    (void)fflush(stdout);
    carry_on(lines);
    for (size_t i = 0; i <= lines->count; i++)
        (void)kill(keepers[i], SIGKILL);
    for (size_t i = 0; i < lines->count; i++)
        for (int w = 0; w < WAYS; w++)
            mem_free(&lines->lines[i].ways[w].ring);
    mem_free(&lines);
    return 0;
}

static const struct cli_option options[] = {
    {"rate", CLI_ONE, "N  bytes a second, each way (6250)"},
    {"delay", CLI_ONE, "MS  each way (400)"},
    {"loss", CLI_ONE, "N  of 10,000 packets (500)"},
    {"queue", CLI_ONE, "MS  of what stands before the line at most (4000)"},
    {"nodes", CLI_ONE, "N  each with a line of its own (1)"},
    {"seed", CLI_ONE, "N  which packets are lost (1)"},
    {0}};

static const struct cli_command commands[] = {
    {"run", "", 0, 0, options, "bad lines between namespaces", run}, {0}};

int main(int argc, char **argv)
{
    return cli_main(argc, argv, "lienxa-line", ".",
                    "bad lines between network namespaces", commands, NULL);
}
