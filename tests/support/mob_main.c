/* tests/support/mob_main.c - lienxa-mob: very many strangers at once at one
 * port, over bare sockets. What they do has a name, one command each (--help).
 *
 * It prints one line of JSON: how many connections were opened, how many were
 * held at the peak and how many at the end, how many the other side ended, how
 * many were let in, and the longest that the other side left one open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "tests/support/raw_curve.h"
#include "tests/support/raw_guess.h"

enum {
    MOST = 16000, /* connections at once */
    EVENTS = 256,
    BEAT_MS = 1000,
    PUSH_BYTES = 64 * 1024,
    WELCOMED = RAW_GREETING_BYTES + RAW_WELCOME_BYTES,
    HEARD_ROOM = 512
};

enum stage { CONNECTING, SAID, INITIATED, IN, PUSHING };

struct stranger {
    int fd; /* -1: a free place */
    enum stage stage;
    size_t drops; /* bytes of a greeting said one at a time */
    int64_t since_ms;
    uint8_t heard[HEARD_ROOM];
    size_t heard_size;
    struct raw_talk talk;
};

struct mob;

struct attack {
    bool storm; /* goes, and comes again, once it was answered or let in */
    bool once;  /* goes as soon as it has said its first words */
    void (*greet)(struct mob *mob, struct stranger *one);
    void (*heard)(struct mob *mob, struct stranger *one); /* or NULL */
    void (*beat)(struct mob *mob, struct stranger *one);  /* or NULL */
    void (*in)(struct mob *mob, struct stranger *one);    /* let in; or NULL */
};

struct figures {
    int64_t opened, answered, refused, ended, in, peak, left, longest_ms,
        pushed;
};

struct mob {
    const struct attack *attack;
    struct sockaddr_in to, from;
    int64_t count, rate, sources;
    uint64_t size; /* of the frame that is too long */
    int epoll;
    struct stranger *strangers;
    size_t room;
    int64_t held;
    struct raw_curve curve;
    struct raw_token token;
    struct buf words; /* scratch, and the TLS hello */
    uint64_t turn;
    struct figures figures;
};

/* ---- saying */

static void end_one(struct mob *mob, struct stranger *one, bool by_them)
{
    int64_t lasted = clock_mono_ms() - one->since_ms;

    if (one->fd < 0)
        return;
    if (lasted > mob->figures.longest_ms)
        mob->figures.longest_ms = lasted;
    mob->figures.ended += by_them;
    (void)close(one->fd);
    one->fd = -1;
    mob->held--;
}

static void say(struct mob *mob, struct stranger *one, const void *data,
                size_t size)
{
    if (one->fd < 0)
        return;
    if (send(one->fd, data, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
        end_one(mob, one, true);
}

static void say_words(struct mob *mob, struct stranger *one)
{
    say(mob, one, mob->words.data, mob->words.size);
}

/* All that the socket takes, again whenever it takes more. */
static void push(struct mob *mob, struct stranger *one)
{
    static const uint8_t zeros[PUSH_BYTES];
    ssize_t n = 0;

    for (int i = 0; i < 4 && n >= 0; i++) {
        n = send(one->fd, zeros, sizeof zeros, MSG_NOSIGNAL);
        if (n > 0)
            mob->figures.pushed += n;
    }
    if (n < 0 && errno != EAGAIN)
        end_one(mob, one, true);
}

static void start_pushing(struct mob *mob, struct stranger *one)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = one};

    if (one->fd < 0)
        return;
    one->stage = PUSHING;
    (void)epoll_ctl(mob->epoll, EPOLL_CTL_MOD, one->fd, &event);
}

/* ---- what they say first */

static void nothing(struct mob *mob, struct stranger *one)
{
    (void)mob;
    (void)one;
}

static void greet(struct mob *mob, struct stranger *one)
{
    uint8_t greeting[RAW_GREETING_BYTES];

    raw_greeting(greeting, "CURVE");
    say(mob, one, greeting, sizeof greeting);
}

static void half(struct mob *mob, struct stranger *one)
{
    uint8_t greeting[RAW_GREETING_BYTES];

    raw_greeting(greeting, "CURVE");
    say(mob, one, greeting, sizeof greeting / 2);
}

static void drip(struct mob *mob, struct stranger *one)
{
    uint8_t greeting[RAW_GREETING_BYTES];

    raw_greeting(greeting, "CURVE");
    if (one->drops < sizeof greeting)
        say(mob, one, greeting + one->drops++, 1);
}

static void greet_as(struct mob *mob, struct stranger *one,
                     const char *mechanism, const char *command, size_t size)
{
    uint8_t greeting[RAW_GREETING_BYTES];

    raw_greeting(greeting, mechanism);
    buf_clear(&mob->words);
    buf_add(&mob->words, greeting, sizeof greeting);
    raw_frame_head(&mob->words, 4, size);
    buf_add(&mob->words, command, size);
    say_words(mob, one);
}

static void greet_null(struct mob *mob, struct stranger *one)
{
    static const char ready[] = "\x05READY\x0bSocket-Type\0\0\0\x06"
                                "DEALER";

    greet_as(mob, one, "NULL", ready, sizeof ready - 1);
}

static void greet_plain(struct mob *mob, struct stranger *one)
{
    static const char hello[] = "\x05HELLO\x05"
                                "admin\x05"
                                "admin";

    greet_as(mob, one, "PLAIN", hello, sizeof hello - 1);
}

static void hello(struct mob *mob, struct stranger *one)
{
    uint8_t greeting[RAW_GREETING_BYTES];

    raw_greeting(greeting, "CURVE");
    buf_clear(&mob->words);
    buf_add(&mob->words, greeting, sizeof greeting);
    buf_add(&mob->words, mob->curve.hello, sizeof mob->curve.hello);
    say_words(mob, one);
}

/* A frame of so many bytes is announced, and then they come. */
static void too_long(struct mob *mob, struct stranger *one)
{
    static const uint64_t sizes[] = {UINT64_MAX, UINT64_C(1) << 63,
                                     UINT64_C(1) << 31, 256 * 1024 + 34};
    uint8_t greeting[RAW_GREETING_BYTES];

    raw_greeting(greeting, "CURVE");
    buf_clear(&mob->words);
    if (one->stage != IN)
        buf_add(&mob->words, greeting, sizeof greeting);
    raw_frame_head(&mob->words, one->stage == IN ? 0 : 4,
                   mob->size > 0
                       ? mob->size
                       : sizes[mob->turn++ % (sizeof sizes / sizeof *sizes)]);
    say_words(mob, one);
    start_pushing(mob, one);
}

static void half_close(struct mob *mob, struct stranger *one)
{
    greet(mob, one);
    if (one->fd >= 0)
        (void)shutdown(one->fd, SHUT_WR);
}

static void tls_hello(struct mob *mob, struct stranger *one)
{
    say_words(mob, one);
}

static void web_drip(struct mob *mob, struct stranger *one)
{
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost"
                                  "\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    if (one->drops < sizeof request - 1)
        say(mob, one, request + one->drops++, 1);
}

/* ---- the rest of a handshake */

static void shake(struct mob *mob, struct stranger *one)
{
    const uint8_t *frame = one->heard + RAW_GREETING_BYTES;

    if (one->stage == SAID && one->heard_size >= WELCOMED) {
        if (!raw_curve_welcome(&mob->curve, &one->talk, frame)) {
            end_one(mob, one, false);
            return;
        }
        buf_clear(&mob->words);
        raw_curve_initiate(&mob->curve, &one->talk, &mob->words);
        one->stage = INITIATED;
        say_words(mob, one);
    }
    if (one->stage == INITIATED && one->heard_size >= WELCOMED + 8 &&
        memcmp(one->heard + WELCOMED + 2, "\x05READY", 6) == 0) {
        one->stage = IN;
        mob->figures.in++;
        if (mob->attack->in != NULL)
            mob->attack->in(mob, one);
    }
}

static void say_frame(struct mob *mob, struct stranger *one,
                      struct bytes payload, bool more)
{
    struct buf out = {0};

    raw_curve_message(&one->talk, &out, payload, more);
    say(mob, one, out.data, out.size);
    buf_free(&out);
}

static void guess(struct mob *mob, struct stranger *one)
{
    buf_clear(&mob->words);
    raw_guess_enrol(&mob->words, &mob->token, mob->curve.own.public_key);
    say_frame(mob, one, buf_bytes(&mob->words), false);
}

static void hostile(struct mob *mob, struct stranger *one)
{
    for (int i = 0; i < 8 && one->fd >= 0; i++) {
        raw_guess_hostile(&mob->words, mob->turn++);
        say_frame(mob, one, buf_bytes(&mob->words), false);
    }
}

/* Frames of a message that has no end: as many as are borne. */
static void unfinished(struct mob *mob, struct stranger *one)
{
    static const uint8_t zeros[RAW_GUESS_LIMIT];

    for (int i = 0; i < 15; i++)
        say_frame(mob, one, bytes_of(zeros, sizeof zeros), true);
}

/* Whole messages, one after the other, as fast as they are taken. */
static void talk(struct mob *mob, struct stranger *one)
{
    static const uint8_t zeros[RAW_GUESS_LIMIT];
    int64_t until = clock_mono_ms() + 20;
    struct buf out = {0};

    while (one->fd >= 0 && clock_mono_ms() < until) {
        ssize_t n;

        buf_clear(&out);
        raw_curve_message(&one->talk, &out, bytes_of(zeros, sizeof zeros),
                          false);
        n = send(one->fd, out.data, out.size, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            end_one(mob, one, true);
        if (n < (ssize_t)out.size)
            break; /* torn, or full: the next beat begins a new connection */
        mob->figures.pushed += n;
    }
    buf_free(&out);
    end_one(mob, one, false);
}

/* ---- the crowd */

static bool claim_source(const struct mob *mob, int fd)
{
    struct sockaddr_in from = mob->from;
    int one = 1;

    if (mob->sources == 0 && from.sin_family != AF_INET)
        return true;
    if (mob->sources > 0) {
        from.sin_family = AF_INET;
        from.sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + 1 +
                  (uint32_t)(mob->figures.opened % mob->sources));
    }
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return bind(fd, (struct sockaddr *)&from, sizeof from) == 0;
}

static struct stranger *free_place(struct mob *mob)
{
    for (size_t i = 0; i < mob->room; i++) {
        struct stranger *one = &mob->strangers[(mob->turn + i) % mob->room];

        if (one->fd < 0)
            return one;
    }
    return NULL;
}

static bool open_one(struct mob *mob)
{
    struct stranger *one = free_place(mob);
    const struct linger abort = {.l_onoff = 1, .l_linger = 0};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = one};
    int fd;

    if (one == NULL)
        return false;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    /* no TIME_WAIT: there are more connections than ports */
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    mob->figures.opened++;
    if (!claim_source(mob, fd) ||
        (connect(fd, (struct sockaddr *)&mob->to, sizeof mob->to) != 0 &&
         errno != EINPROGRESS)) {
        mob->figures.refused++;
        (void)close(fd);
        return false;
    }
    *one = (struct stranger){.fd = fd, .since_ms = clock_mono_ms()};
    mob->held++;
    mob->turn++;
    if (mob->held > mob->figures.peak)
        mob->figures.peak = mob->held;
    (void)epoll_ctl(mob->epoll, EPOLL_CTL_ADD, fd, &event);
    return true;
}

static void connected(struct mob *mob, struct stranger *one)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};

    one->stage = SAID;
    mob->figures.answered++;
    (void)epoll_ctl(mob->epoll, EPOLL_CTL_MOD, one->fd, &event);
    mob->attack->greet(mob, one);
    if (mob->attack->once)
        end_one(mob, one, false);
}

static void hear(struct mob *mob, struct stranger *one)
{
    uint8_t spare[4096];
    bool keeps = one->heard_size < HEARD_ROOM;
    ssize_t n = keeps ? recv(one->fd, one->heard + one->heard_size,
                             HEARD_ROOM - one->heard_size, 0)
                      : recv(one->fd, spare, sizeof spare, 0);

    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        end_one(mob, one, true);
        return;
    }
    if (n > 0 && keeps)
        one->heard_size += (size_t)n;
    if (mob->attack->heard != NULL)
        mob->attack->heard(mob, one);
    if (mob->attack->storm && one->fd >= 0 &&
        (mob->attack->heard == NULL
             ? one->heard_size >= WELCOMED
             : one->stage == INITIATED || one->stage == IN))
        end_one(mob, one, false);
}

static void serve_events(struct mob *mob, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(mob->epoll, events, EVENTS, wait_ms);

    for (int i = 0; i < count; i++) {
        struct stranger *one = events[i].data.ptr;

        if (one->fd >= 0 && one->stage == CONNECTING &&
            (events[i].events & (EPOLLERR | EPOLLHUP)) != 0) {
            mob->figures.refused++;
            end_one(mob, one, false);
        }
        if (one->fd >= 0 && one->stage == CONNECTING)
            connected(mob, one);
        if (one->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP)) != 0)
            hear(mob, one);
        if (one->fd >= 0 && one->stage == PUSHING &&
            (events[i].events & EPOLLOUT) != 0)
            push(mob, one);
    }
}

static void beat_all(struct mob *mob)
{
    for (size_t i = 0; mob->attack->beat != NULL && i < mob->room; i++)
        if (mob->strangers[i].fd >= 0 && mob->strangers[i].stage != CONNECTING)
            mob->attack->beat(mob, &mob->strangers[i]);
}

static void rage(struct mob *mob, int64_t seconds)
{
    int64_t begin = clock_mono_ms(), now = begin, beat = begin + BEAT_MS;

    while (now < begin + seconds * 1000) {
        int64_t due = mob->rate * (now - begin) / 1000;

        for (int i = 0;
             i < EVENTS && mob->held < mob->count && mob->figures.opened < due;
             i++)
            if (!open_one(mob))
                break;
        serve_events(mob, 1);
        if (now >= beat) {
            beat_all(mob);
            beat += BEAT_MS;
        }
        now = clock_mono_ms();
    }
    mob->figures.left = mob->held;
}

/* ---- the commands */

static const struct attack silent = {.greet = nothing};
static const struct attack half_greeting = {.greet = half};
static const struct attack dripping = {.greet = drip, .beat = drip};
static const struct attack null_mechanism = {.greet = greet_null};
static const struct attack plain_mechanism = {.greet = greet_plain};
static const struct attack hellos = {.greet = hello, .storm = true};
static const struct attack handshakes = {
    .greet = hello, .heard = shake, .storm = true};
static const struct attack begun = {.greet = hello};
static const struct attack staying = {.greet = hello, .heard = shake};
static const struct attack oversize = {.greet = too_long};
static const struct attack oversize_in = {
    .greet = hello, .heard = shake, .in = too_long};
static const struct attack endless = {
    .greet = hello, .heard = shake, .in = unfinished};
static const struct attack talking = {
    .greet = hello, .heard = shake, .in = talk};
static const struct attack protobuf = {
    .greet = hello, .heard = shake, .in = hostile, .beat = NULL};
static const struct attack guessing = {
    .greet = hello, .heard = shake, .in = guess, .storm = true};
static const struct attack reconnects = {.greet = greet, .once = true};
static const struct attack half_closed = {.greet = half_close};
static const struct attack tls_begun = {.greet = tls_hello};
static const struct attack tls_storm = {.greet = tls_hello, .storm = true};
static const struct attack slow_request = {.greet = web_drip, .beat = web_drip};

static const struct {
    const char *name;
    const struct attack *attack;
} attacks[] = {{"silent", &silent},
               {"half-greeting", &half_greeting},
               {"drip", &dripping},
               {"null", &null_mechanism},
               {"plain", &plain_mechanism},
               {"hello", &hellos},
               {"handshake", &handshakes},
               {"begun", &begun},
               {"stay", &staying},
               {"oversize", &oversize},
               {"oversize-in", &oversize_in},
               {"unfinished", &endless},
               {"talk", &talking},
               {"protobuf", &protobuf},
               {"guess", &guessing},
               {"reconnect", &reconnects},
               {"half-closed", &half_closed},
               {"tls-begun", &tls_begun},
               {"tls-storm", &tls_storm},
               {"slow-request", &slow_request}};

static int64_t number(struct cli *cli, const char *name, int64_t usual)
{
    const char *text = cli_option_value(cli, name);

    return text == NULL ? usual : strtoll(text, NULL, 10);
}

static bool read_port(struct sockaddr_in *out, const char *text)
{
    char host[64];
    const char *colon;

    if (strncmp(text, "tcp://", 6) == 0)
        text += 6;
    colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    out->sin_family = AF_INET;
    out->sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

static bool read_from(struct cli *cli, struct mob *mob)
{
    const char *text = cli_option_value(cli, "from");

    if (text == NULL)
        return true;
    mob->from.sin_family = AF_INET;
    return inet_pton(AF_INET, text, &mob->from.sin_addr) == 1;
}

static int read_token(struct cli *cli, struct mob *mob)
{
    const char *text = cli_option_value(cli, "token");
    struct error err = {""};
    static const uint8_t nobody[CURVE_BYTES] = {9};

    if (text == NULL) {
        raw_curve_open(&mob->curve, nobody, NULL);
        return 0;
    }
    if (raw_guess_token(&mob->token, text, &err) != 0)
        return cli_fail(cli, "%s", err.text);
    raw_curve_open(&mob->curve, mob->token.hub_curve, NULL);
    return 0;
}

/* What a browser says first, into `mob->words`. */
static void make_tls_hello(struct mob *mob)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *tls = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    char *data;
    long size;

    SSL_set_bio(tls, in, out);
    (void)SSL_connect(tls);
    size = BIO_get_mem_data(out, &data);
    buf_clear(&mob->words);
    buf_add(&mob->words, data, (size_t)size);
    SSL_free(tls);
    SSL_CTX_free(context);
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void print_figures(const struct figures *f)
{
    printf("{\"opened\":%lld,\"answered\":%lld,\"refused\":%lld,\"ended\":%lld,"
           "\"in\":%lld,"
           "\"peak\":%lld,\"left\":%lld,\"longest_ms\":%lld,\"pushed\":%lld}\n",
           (long long)f->opened, (long long)f->answered, (long long)f->refused,
           (long long)f->ended, (long long)f->in, (long long)f->peak,
           (long long)f->left, (long long)f->longest_ms, (long long)f->pushed);
}

static int run(struct cli *cli)
{
    struct mob *mob = mem_new(sizeof *mob);
    int rc = 0;

    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (strcmp(attacks[i].name, cli_argument(cli, 0)) == 0)
            mob->attack = attacks[i].attack;
    if (mob->attack == NULL || !read_port(&mob->to, cli_argument(cli, 1)) ||
        !read_from(cli, mob))
        rc = cli_misuse(cli, "ATTACK HOST:PORT");
    if (rc == 0)
        rc = read_token(cli, mob);
    if (rc == 0) {
        mob->count = number(cli, "count", 1000);
        mob->room = (size_t)(mob->count < MOST ? mob->count : MOST);
        mob->rate = number(cli, "rate", 10000);
        mob->sources = number(cli, "sources", 0);
        mob->size = (uint64_t)number(cli, "size", 0);
        mob->epoll = epoll_create1(EPOLL_CLOEXEC);
        mob->strangers = mem_array(mob->room, sizeof *mob->strangers);
        for (size_t i = 0; i < mob->room; i++)
            mob->strangers[i].fd = -1;
        raise_descriptors();
        make_tls_hello(mob);
        rage(mob, number(cli, "seconds", 5));
        print_figures(&mob->figures);
        for (size_t i = 0; i < mob->room; i++)
            end_one(mob, &mob->strangers[i], false);
        (void)close(mob->epoll);
        buf_free(&mob->words);
        mem_free(&mob->strangers);
    }
    mem_free(&mob);
    return rc;
}

static const struct cli_option options[] = {
    {"count", CLI_ONE, "N  connections at once (1000)"},
    {"rate", CLI_ONE, "N  new ones a second (10000)"},
    {"seconds", CLI_ONE, "S  how long (5)"},
    {"sources", CLI_ONE, "N  addresses on loopback that they come from"},
    {"from", CLI_ONE, "A  the address that they come from"},
    {"size", CLI_ONE, "N  bytes of the frame that is too long"},
    {"token", CLI_ONE, "T  of an invitation: the hub's key"},
    {0}};

/* Somebody to be knocked at: takes connections and says nothing. */
static int run_listen(struct cli *cli)
{
    struct sockaddr_in at = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    raise_descriptors();
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!read_port(&at, cli_argument(cli, 0)) ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(fd, 1024) != 0)
        return cli_fail(cli, "cannot listen: %s", strerror(errno));
    for (;;)
        (void)accept4(fd, NULL, NULL, SOCK_CLOEXEC); /* kept to the end */
}

static const struct cli_command commands[] = {
    {"listen", "HOST:PORT", 1, 1, NULL, "take connections and say nothing",
     run_listen},
    {"run", "ATTACK HOST:PORT", 2, 2, options,
     "silent half-greeting drip null plain hello handshake begun stay oversize "
     "oversize-in unfinished talk protobuf guess reconnect half-closed "
     "tls-begun tls-storm slow-request",
     run},
    {0}};

int main(int argc, char **argv)
{
    crypto_open();
    return cli_main(argc, argv, "lienxa-mob", "/nowhere",
                    "very many strangers at one port", commands, NULL);
}
