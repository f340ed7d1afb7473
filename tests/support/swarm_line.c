/* tests/support/swarm_line.c - see swarm_line.h. */
#include "tests/support/swarm_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/sync/limits.h"

enum { /* flags of a frame */
       FRAME_MORE = 1,
       FRAME_LONG = 2,
       FRAME_COMMAND = 4
};
enum { STAGE_GREETING, STAGE_WELCOME, STAGE_READY, STAGE_OVER };
enum {
    GREETING_BYTES = 64,
    MAC = crypto_box_MACBYTES,
    HELLO_BYTES = 200,
    WELCOME_BYTES = 168,
    COOKIE_BYTES = 96,
    MESSAGE_HEAD = 16, /* name and nonce */
    FRAME_MOST = LIMIT_FRAME + 64,
    SAID_COMMAND = 2,   /* inside a message's box */
    HEARTBEAT_TTL = 650 /* tenths of a second, as endpoint.c says it */
};

/* ---- nonces */

static void short_nonce(uint8_t out[24], const char prefix[17], uint64_t n)
{
    memcpy(out, prefix, 16);
    put_u64(out + 16, n);
}

static void long_nonce(uint8_t out[24], const char prefix[9],
                       const uint8_t nonce[16])
{
    memcpy(out, prefix, 8);
    memcpy(out + 8, nonce, 16);
}

/* ---- what leaves */

static void add_frame(struct swarm_line *line, int flags, struct bytes body)
{
    if (body.size > 255) {
        buf_add_u8(&line->out, (uint8_t)(flags | FRAME_LONG));
        buf_add_u64(&line->out, body.size);
    } else {
        buf_add_u8(&line->out, (uint8_t)flags);
        buf_add_u8(&line->out, (uint8_t)body.size);
    }
    buf_add_bytes(&line->out, body);
}

static void say_greeting(struct swarm_line *line)
{
    uint8_t greeting[GREETING_BYTES] = {0xff};

    greeting[9] = 0x7f;
    greeting[10] = 3;
    greeting[11] = 1;
    memcpy(greeting + 12, "CURVE", 5);
    buf_add(&line->out, greeting, sizeof greeting);
}

static bool say_hello(struct swarm_line *line)
{
    static const uint8_t zeros[64];
    uint8_t hello[HELLO_BYTES] = "\x05HELLO\x01";
    uint8_t nonce[24];

    crypto_box_keypair(line->passing.public_key, line->passing.secret);
    memcpy(hello + 80, line->passing.public_key, 32);
    put_u64(hello + 112, ++line->said);
    short_nonce(nonce, "CurveZMQHELLO---", line->said);
    if (crypto_box_easy(hello + 120, zeros, sizeof zeros, nonce,
                        line->dial->server_key, line->passing.secret) != 0)
        return false;
    add_frame(line, FRAME_COMMAND, bytes_of(hello, sizeof hello));
    return true;
}

/* That the machine with the permanent key made the passing one. */
static bool vouch(const struct swarm_line *line, const uint8_t hub_passing[32],
                  uint8_t out[96])
{
    uint8_t plain[64], nonce[24];

    randombytes_buf(out, 16);
    long_nonce(nonce, "VOUCH---", out);
    memcpy(plain, line->passing.public_key, 32);
    memcpy(plain + 32, line->dial->server_key, 32);
    return crypto_box_easy(out + 16, plain, sizeof plain, nonce, hub_passing,
                           line->dial->key->secret) == 0;
}

static bool say_initiate(struct swarm_line *line, const uint8_t hub_passing[32],
                         const uint8_t cookie[COOKIE_BYTES])
{
    static const char properties[] = "\x0bSocket-Type\0\0\0\x06"
                                     "DEALER\x08Identity\0\0\0";
    uint8_t plain[128 + sizeof properties], nonce[24];
    uint8_t out[9 + COOKIE_BYTES + 8 + sizeof plain + MAC] = "\x08INITIATE";

    memcpy(plain, line->dial->key->public_key, 32);
    if (!vouch(line, hub_passing, plain + 32))
        return false;
    memcpy(plain + 128, properties, sizeof properties);
    memcpy(out + 9, cookie, COOKIE_BYTES);
    put_u64(out + 9 + COOKIE_BYTES, ++line->said);
    short_nonce(nonce, "CurveZMQINITIATE", line->said);
    if (crypto_box_easy_afternm(out + 9 + COOKIE_BYTES + 8, plain, sizeof plain,
                                nonce, line->shared) != 0)
        return false;
    add_frame(line, FRAME_COMMAND, bytes_of(out, sizeof out));
    return true;
}

static void say(struct swarm_line *line, uint8_t flags, struct bytes message)
{
    static struct buf plain, box;
    uint8_t nonce[24];
    int rc;

    buf_clear(&plain);
    buf_add_u8(&plain, flags);
    buf_add_bytes(&plain, message);
    buf_clear(&box);
    buf_add(&box, "\x07MESSAGE", 8);
    buf_add_u64(&box, ++line->said);
    buf_reserve(&box, plain.size + MAC);
    short_nonce(nonce, "CurveZMQMESSAGEC", line->said);
    rc = crypto_box_easy_afternm(box.data + box.size, plain.data, plain.size,
                                 nonce, line->shared);
    box.size += rc == 0 ? plain.size + MAC : 0;
    add_frame(line, 0, buf_bytes(&box));
}

void swarm_line_say(struct swarm_line *line, struct bytes message)
{
    say(line, 0, message);
}

void swarm_line_ping(struct swarm_line *line)
{
    uint8_t ping[7] = "\x04PING";

    ping[5] = HEARTBEAT_TTL >> 8;
    ping[6] = HEARTBEAT_TTL & 0xff;
    say(line, SAID_COMMAND, bytes_of(ping, sizeof ping));
}

bool swarm_line_waits(const struct swarm_line *line)
{
    return line->out.size > line->out_from ||
           (line->state == SWARM_TRYING && line->stage == STAGE_GREETING);
}

/* ---- what comes */

static bool take_welcome(struct swarm_line *line, struct bytes frame)
{
    uint8_t plain[32 + COOKIE_BYTES], nonce[24];

    if (frame.size != WELCOME_BYTES ||
        memcmp(frame.data, "\x07WELCOME", 8) != 0)
        return false;
    long_nonce(nonce, "WELCOME-", frame.data + 8);
    if (crypto_box_open_easy(plain, frame.data + 24, sizeof plain + MAC, nonce,
                             line->dial->server_key,
                             line->passing.secret) != 0 ||
        crypto_box_beforenm(line->shared, plain, line->passing.secret) != 0)
        return false;
    line->stage = STAGE_READY;
    return say_initiate(line, plain, plain + 32);
}

/* ERROR or nonsense: the key is not let in. */
static bool take_ready(struct swarm_line *line, struct bytes frame)
{
    if (frame.size < 6 || memcmp(frame.data, "\x05READY", 6) != 0)
        return false;
    line->stage = STAGE_OVER;
    line->state = SWARM_UP;
    return true;
}

/* A frame at the beginning of `from`: how many bytes it takes, 0: it is not
 * whole, SIZE_MAX: nonsense. */
static size_t frame_of(struct bytes from, struct bytes *body)
{
    size_t head = from.size > 0 && from.data[0] & FRAME_LONG ? 9 : 2;
    uint64_t size;

    if (from.size < head)
        return 0;
    size = head == 9 ? get_u64(from.data + 1) : from.data[1];
    if (size > FRAME_MOST || from.data[0] & FRAME_MORE)
        return SIZE_MAX;
    if (from.size - head < size)
        return 0;
    *body = bytes_of(from.data + head, size);
    return head + size;
}

static struct bytes unread(const struct swarm_line *line)
{
    return bytes_of(line->in.data + line->in_from,
                    line->in.size - line->in_from);
}

/* The steps of the handshake that can be taken. */
static bool shake_hands(struct swarm_line *line)
{
    bool good = true;

    if (line->stage == STAGE_GREETING) {
        if (unread(line).size < GREETING_BYTES)
            return true;
        line->in_from += GREETING_BYTES;
        line->stage = STAGE_WELCOME;
        good = say_hello(line);
    }
    while (good && line->stage != STAGE_OVER) {
        struct bytes frame;
        size_t size = frame_of(unread(line), &frame);

        if (size == 0 || size == SIZE_MAX)
            return size == 0;
        line->in_from += size;
        good = line->stage == STAGE_WELCOME ? take_welcome(line, frame)
                                            : take_ready(line, frame);
    }
    return good;
}

bool swarm_line_next(struct swarm_line *line, struct bytes *out)
{
    static struct buf plain;
    struct bytes frame;
    uint8_t nonce[24];
    size_t size;

    while (line->state == SWARM_UP &&
           (size = frame_of(unread(line), &frame)) != 0 && size != SIZE_MAX) {
        line->in_from += size;
        if (frame.size < MESSAGE_HEAD + 1 + MAC ||
            memcmp(frame.data, "\x07MESSAGE", 8) != 0)
            continue;
        buf_clear(&plain);
        buf_reserve(&plain, frame.size);
        short_nonce(nonce, "CurveZMQMESSAGES", get_u64(frame.data + 8));
        if (crypto_box_open_easy_afternm(plain.data, frame.data + MESSAGE_HEAD,
                                         frame.size - MESSAGE_HEAD, nonce,
                                         line->shared) != 0 ||
            plain.data[0] != 0) /* a PONG, say */
            continue;
        *out = bytes_of(plain.data + 1, frame.size - MESSAGE_HEAD - MAC - 1);
        return true;
    }
    return false;
}

/* ---- the descriptor */

bool swarm_line_parse(struct swarm_dial *out, const char *address)
{
    struct in_addr host;
    char text[64];
    unsigned port;

    if (address == NULL ||
        sscanf(address, "tcp://%63[^:]:%u", text, &port) != 2 ||
        inet_pton(AF_INET, text, &host) != 1 || port > UINT16_MAX)
        return false;
    out->host = ntohl(host.s_addr);
    out->port = (uint16_t)port;
    return true;
}

static struct sockaddr_in address_of(uint32_t host, uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(host),
                                .sin_port = htons(port)};
}

bool swarm_line_dial(struct swarm_line *line, const struct swarm_dial *dial)
{
    struct sockaddr_in from = address_of(dial->from, 0);
    struct sockaddr_in to = address_of(dial->host, dial->port);
    int yes = 1;

    swarm_line_hang_up(line);
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (line->fd < 0)
        return false;
    (void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)setsockopt(line->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes,
                     sizeof yes);
    if (bind(line->fd, (const struct sockaddr *)&from, sizeof from) != 0 ||
        (connect(line->fd, (const struct sockaddr *)&to, sizeof to) != 0 &&
         errno != EINPROGRESS)) {
        swarm_line_hang_up(line);
        return false;
    }
    line->dial = dial;
    line->is_new = true;
    line->state = SWARM_TRYING;
    line->stage = STAGE_GREETING;
    say_greeting(line);
    return true;
}

void swarm_line_hang_up(struct swarm_line *line)
{
    if (line->fd >= 0)
        (void)close(line->fd);
    line->fd = -1;
    line->state = SWARM_DOWN;
    line->said = 0;
    buf_free(&line->in);
    buf_free(&line->out);
    line->in_from = line->out_from = 0;
}

bool swarm_line_flush(struct swarm_line *line)
{
    if (line->state == SWARM_DOWN)
        return false;
    while (line->out.size > line->out_from) {
        ssize_t size = send(line->fd, line->out.data + line->out_from,
                            line->out.size - line->out_from, MSG_NOSIGNAL);

        if (size < 0 && errno != EINTR)
            return errno == EAGAIN || errno == ENOTCONN;
        if (size > 0) {
            line->out_from += (size_t)size;
            line->sent_bytes += (uint64_t)size;
        }
    }
    buf_free(&line->out);
    line->out_from = 0;
    return true;
}

static void drop_read(struct swarm_line *line)
{
    struct bytes rest = unread(line);

    if (rest.size == 0) {
        buf_free(&line->in);
    } else if (line->in_from > 0) {
        memmove(line->in.data, rest.data, rest.size);
        line->in.size = rest.size;
    }
    line->in_from = 0;
}

/* What is there, a little at a time: others wait as well. */
static bool fill(struct swarm_line *line)
{
    static uint8_t bytes[64 * 1024];
    ssize_t size = recv(line->fd, bytes, sizeof bytes, 0);

    if (size == 0)
        return false;
    if (size < 0)
        return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
    buf_add(&line->in, bytes, (size_t)size);
    line->received_bytes += (uint64_t)size;
    return true;
}

bool swarm_line_work(struct swarm_line *line)
{
    if (line->state == SWARM_DOWN)
        return false;
    drop_read(line);
    if (!swarm_line_flush(line) || !fill(line) ||
        (line->state == SWARM_TRYING && !shake_hands(line)) ||
        !swarm_line_flush(line)) {
        swarm_line_hang_up(line);
        return false;
    }
    return true;
}
