/* tests/support/stranger_main.c - lienxa-stranger: a client that does what no
 * node of ours would do, for the end-to-end tests. Every line it prints is what
 * it was given for it: how the handshake ended, the bytes of the reply or
 * "nothing", and the microseconds from the question to the reply.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
#include <zstd.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/net/curve.h"
#include "common/wire/codec.h"
#include "node/keys.h"

enum {
    WAIT_MS = 1500, /* for a reply; loopback needs one or two */
    REPLY_ROOM = LIMIT_FRAME + 64,
    ADDRESS_ROOM = 320
};

static const struct hash_function hash_function = {crypto_sha256};
static void *context; /* one for the whole process */

/* ---- a line to the hub */

struct line {
    void *socket, *monitor;
    char handshake[16]; /* "in", "out" or ZAP's status; "" until known */
    uint8_t reply[REPLY_ROOM];
    size_t reply_size;
};

struct dialling {
    const char *address, *source; /* source: NULL or the IP to dial from */
    const uint8_t *server_key;    /* NULL: no CURVE at all */
    const struct curve_key *key;
};

static void set_int(void *socket, int option, int value)
{
    (void)zmq_setsockopt(socket, option, &value, sizeof value);
}

static void watch(struct line *line)
{
    static unsigned names;
    char name[64];

    (void)snprintf(name, sizeof name, "inproc://stranger.%u", names++);
    line->monitor = zmq_socket(context, ZMQ_PAIR);
    set_int(line->monitor, ZMQ_LINGER, 0);
    (void)zmq_socket_monitor(line->socket, name,
                             ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                 ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED);
    (void)zmq_connect(line->monitor, name);
}

static struct line *line_open(const struct dialling *d)
{
    struct line *line = mem_new(sizeof *line);
    char address[ADDRESS_ROOM];

    line->socket = zmq_socket(context, ZMQ_DEALER);
    set_int(line->socket, ZMQ_LINGER, 0);
    set_int(line->socket, ZMQ_RECONNECT_IVL, -1); /* one try */
    set_int(line->socket, ZMQ_SNDHWM, 100000);
    if (d->server_key != NULL) {
        (void)zmq_setsockopt(line->socket, ZMQ_CURVE_SERVERKEY, d->server_key,
                             CURVE_BYTES);
        (void)zmq_setsockopt(line->socket, ZMQ_CURVE_PUBLICKEY,
                             d->key->public_key, CURVE_BYTES);
        (void)zmq_setsockopt(line->socket, ZMQ_CURVE_SECRETKEY, d->key->secret,
                             CURVE_BYTES);
    }
    if (d->source == NULL || strncmp(d->address, "tcp://", 6) != 0)
        (void)snprintf(address, sizeof address, "%s", d->address);
    else
        (void)snprintf(address, sizeof address, "tcp://%s:0;%s", d->source,
                       d->address + 6);
    watch(line);
    if (zmq_connect(line->socket, address) != 0)
        (void)snprintf(line->handshake, sizeof line->handshake, "no-address");
    return line;
}

static void line_close(struct line **line)
{
    (void)zmq_socket_monitor((*line)->socket, NULL, 0);
    (void)zmq_close((*line)->monitor);
    (void)zmq_close((*line)->socket);
    mem_free(line);
}

/* The first event tells; what follows is only the end. */
static void hear_monitor(struct line *line)
{
    uint8_t frame[8], address[ADDRESS_ROOM];
    uint16_t event;
    uint32_t value;

    while (zmq_recv(line->monitor, frame, sizeof frame, ZMQ_DONTWAIT) == 6) {
        memcpy(&event, frame, sizeof event);
        memcpy(&value, frame + sizeof event, sizeof value);
        (void)zmq_recv(line->monitor, address, sizeof address, ZMQ_DONTWAIT);
        if (line->handshake[0] != '\0')
            continue;
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            (void)snprintf(line->handshake, sizeof line->handshake, "in");
        else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
            (void)snprintf(line->handshake, sizeof line->handshake, "%u",
                           value);
        else
            (void)snprintf(line->handshake, sizeof line->handshake, "out");
    }
}

static bool hear_reply(struct line *line)
{
    int size =
        zmq_recv(line->socket, line->reply, sizeof line->reply, ZMQ_DONTWAIT);

    line->reply_size = size > 0 ? (size_t)size : 0;
    return size >= 0;
}

/* Until the handshake ended one way or the other. */
static bool line_is_in(struct line *line)
{
    int64_t until = clock_mono_ms() + WAIT_MS;

    while (line->handshake[0] == '\0' && clock_mono_ms() < until) {
        zmq_pollitem_t item = {line->monitor, 0, ZMQ_POLLIN, 0};

        (void)zmq_poll(&item, 1, until - clock_mono_ms());
        hear_monitor(line);
    }
    return strcmp(line->handshake, "in") == 0;
}

static bool line_receive(struct line *line, int64_t wait_ms)
{
    int64_t until = clock_mono_ms() + wait_ms;

    do {
        zmq_pollitem_t item = {line->socket, 0, ZMQ_POLLIN, 0};

        if (hear_reply(line))
            return true;
        (void)zmq_poll(&item, 1, until - clock_mono_ms());
    } while (clock_mono_ms() < until);
    return hear_reply(line);
}

static void line_send(struct line *line, struct bytes frame)
{
    (void)zmq_send(line->socket, frame.data, frame.size, ZMQ_DONTWAIT);
}

/* Asks even when the handshake did not end well: libzmq keeps the question. */
static void ask(const struct dialling *d, struct bytes frame)
{
    struct line *line = line_open(d);
    int64_t since;
    bool in = line_is_in(line);

    since = clock_mono_us();
    line_send(line, frame);
    if (line_receive(line, in ? WAIT_MS : WAIT_MS / 5)) {
        long long us = clock_mono_us() - since;
        char *hex = mem_new(2 * line->reply_size + 1);

        hex_encode(hex, line->reply, line->reply_size);
        printf("%s %s %lld\n", line->handshake, hex, us);
        mem_free(&hex);
    } else {
        printf("%s nothing 0\n",
               line->handshake[0] == '\0' ? "silence" : line->handshake);
    }
    line_close(&line);
}

/* ---- what is said */

static void encode(struct buf *out, const struct sync_message *message)
{
    static struct wire_codec *codec;
    struct error err = {""};
    struct bytes frame;

    if (codec == NULL)
        codec = wire_codec_new(false);
    buf_clear(out);
    if (wire_encode(codec, &frame, message, &err) != 0) {
        (void)fprintf(stderr, "lienxa-stranger: %s\n", err.text);
        exit(1);
    }
    buf_add_bytes(out, frame);
}

static struct stream_claim empty_claim(const char *home, const char *channel)
{
    struct stream_claim claim = {.name = stream_name_make(home, channel),
                                 .sample_count = 1};

    claim.samples[0].h = stream_zero(&hash_function, &claim.name);
    return claim;
}

static struct sync_message
hello_of(const char *unit, const struct stream_claim *claims, size_t count)
{
    struct sync_message m = {.type = MSG_HELLO};

    (void)snprintf(m.hello.unit, sizeof m.hello.unit, "%s", unit);
    m.hello.minor_max = PROTOCOL_MINOR;
    m.hello.certificate = 1;
    m.hello.instance = random_id(clock_wall_ms());
    m.hello.clock_ms = clock_wall_ms();
    (void)snprintf(m.hello.software, sizeof m.hello.software, "stranger");
    m.hello.credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    m.hello.credit[LANE_BULK] = CREDIT_BULK;
    m.hello.claim_count = count;
    m.hello.claims = claims;
    return m;
}

static int64_t count_option(struct cli *cli, const char *name,
                            int64_t otherwise)
{
    const char *text = cli_option_value(cli, name);

    return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

/* ---- keys, enrol, hello, flood */

static int run_keys(struct cli *cli)
{
    struct node_keys keys;
    struct error err = {""};

    node_keys_make(&keys);
    return node_keys_save(&keys, cli_argument(cli, 0), &err) == 0
               ? 0
               : cli_fail(cli, "%s", err.text);
}

static int take_token(struct cli *cli, struct token *token)
{
    struct error err = {""};

    return wire_token_decode(token, cli_argument(cli, 0), &err) == 0
               ? 0
               : cli_fail(cli, "%s", err.text);
}

/* --key-from DIR, or new ones. */
static int take_keys(struct cli *cli, struct node_keys *keys)
{
    const char *folder = cli_option_value(cli, "key-from");
    struct error err = {""};

    node_keys_make(keys);
    if (folder == NULL || node_keys_load(keys, folder, &err) == 0)
        return 0;
    return cli_fail(cli, "%s", err.text);
}

static void write_enrol(struct buf *frame, struct cli *cli,
                        const struct token *token, const struct node_keys *keys)
{
    struct sync_message m = {.type = MSG_ENROL};
    struct msg_enrol *e = &m.enrol;
    const char *unit = cli_option_value(cli, "unit");
    struct buf said = {0};

    (void)snprintf(e->unit, sizeof e->unit, "%s",
                   unit == NULL ? token->unit : unit);
    memcpy(e->secret, token->secret, sizeof e->secret);
    if (cli_option_value(cli, "secret") != NULL)
        random_bytes(e->secret, sizeof e->secret);
    memcpy(e->curve_public, keys->curve.public_key, sizeof e->curve_public);
    if (cli_option_value(cli, "claim-curve") != NULL)
        random_bytes(e->curve_public, sizeof e->curve_public);
    memcpy(e->sign_public, keys->sign.public_key, sizeof e->sign_public);
    wire_enrol_signed(&said, e);
    sign_bytes(e->signature, &keys->sign, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    encode(frame, &m);
    buf_free(&said);
}

static int run_enrol(struct cli *cli)
{
    struct token token;
    struct node_keys keys;
    struct buf frame = {0};
    int rc = take_token(cli, &token);

    for (int64_t i = count_option(cli, "repeat", 1); rc == 0 && i > 0; i--) {
        if ((rc = take_keys(cli, &keys)) != 0)
            break;
        write_enrol(&frame, cli, &token, &keys);
        ask(&(struct dialling){.address = token.enrol,
                               .source = cli_option_value(cli, "source"),
                               .server_key = token.hub_curve,
                               .key = &keys.curve},
            buf_bytes(&frame));
    }
    buf_free(&frame);
    return rc;
}

static int run_hello(struct cli *cli)
{
    const char *kind = cli_option_value(cli, "key");
    const char *lane = cli_option_value(cli, "lane");
    struct token token;
    struct node_keys keys;
    struct buf frame = {0};
    struct stream_claim claim;
    struct sync_message hello;
    struct dialling d = {.key = &keys.curve, .server_key = token.hub_curve};
    int rc;

    if ((rc = take_token(cli, &token)) != 0 ||
        (rc = take_keys(cli, &keys)) != 0)
        return rc;
    d.address =
        lane != NULL && strcmp(lane, "bulk") == 0 ? token.bulk : token.express;
    if (kind != NULL && strcmp(kind, "none") == 0)
        d.server_key = NULL;
    if (kind != NULL && strcmp(kind, "wrong-server") == 0)
        random_bytes(token.hub_curve, sizeof token.hub_curve);
    claim = empty_claim(token.unit, STREAM_UP);
    hello = hello_of(token.unit, &claim, 1);
    encode(&frame, &hello);
    for (int64_t i = count_option(cli, "repeat", 1); i > 0; i--)
        ask(&d, buf_bytes(&frame));
    buf_free(&frame);
    return 0;
}

/* Random keys at all three doors in turn. libzmq tells a key that is not known
 * nothing at all, so nobody waits for it: the oldest of AT_ONCE goes. */
enum { AT_ONCE = 16, STEP_MS = 2 };

static void end_one(struct line **line, int64_t *in)
{
    if (*line == NULL)
        return;
    hear_monitor(*line);
    *in += strcmp((*line)->handshake, "in") == 0;
    line_close(line);
}

static int run_flood(struct cli *cli)
{
    int64_t count = strtoll(cli_argument(cli, 1), NULL, 10), in = 0;
    struct line *lines[AT_ONCE] = {NULL};
    struct token token;
    int rc = take_token(cli, &token);

    for (int64_t i = 0; rc == 0 && i < count; i++) {
        const char *doors[] = {token.express, token.bulk, token.enrol};
        struct line **place = &lines[i % AT_ONCE];
        struct curve_key key;

        end_one(place, &in);
        curve_key_generate(&key);
        *place = line_open(&(struct dialling){.address = doors[i % 3],
                                              .server_key = token.hub_curve,
                                              .key = &key});
        (void)poll(NULL, 0, STEP_MS);
    }
    (void)poll(NULL, 0, AT_ONCE * STEP_MS);
    for (size_t i = 0; i < AT_ONCE; i++)
        end_one(&lines[i], &in);
    printf("in %lld out %lld\n", (long long)in, (long long)(count - in));
    return rc;
}

/* ---- a valid key in bad hands */

struct insider {
    struct node_keys keys;
    struct wire_codec *codec;
    struct line *express, *bulk;
    struct id session;
    struct stream_position up; /* where the hub's copy of our stream ends */
    struct buf frame;
};

static void say(struct insider *in, struct line *line,
                const struct sync_message *message)
{
    encode(&in->frame, message);
    line_send(line, buf_bytes(&in->frame));
}

/* The next message of one of two types. NULL: nothing came. */
static const struct sync_message *answer(struct insider *in, struct line *line,
                                         enum message_type a,
                                         enum message_type b)
{
    static struct sync_message m;

    while (line_receive(line, WAIT_MS))
        if (wire_decode(in->codec, &m, bytes_of(line->reply, line->reply_size),
                        NULL) == 0 &&
            (m.type == a || m.type == b))
            return &m;
    return NULL;
}

static void tell(const char *what, const struct sync_message *m)
{
    if (m == NULL)
        printf("%s: nothing\n", what);
    else if (m->type == MSG_NAK)
        printf("%s: nak %u\n", what, m->nak.code);
    else if (m->type == MSG_EARLY_ACK && !m->early_ack.stored)
        printf("%s: refused %u\n", what, m->early_ack.code);
    else
        printf("%s: TAKEN (message %d)\n", what, (int)m->type);
}

static struct line *insider_line(const struct insider *in, const char *address)
{
    struct line *line =
        line_open(&(struct dialling){.address = address,
                                     .server_key = in->keys.hub_curve,
                                     .key = &in->keys.curve});

    if (!line_is_in(line))
        printf("line: %s\n", line->handshake);
    return line;
}

/* A true hello, with what it claims; true when it was welcomed. */
static bool greet(struct insider *in, const struct stream_claim *claims,
                  size_t count)
{
    struct sync_message hello = hello_of(in->keys.unit, claims, count);
    const struct sync_message *m;

    hello.hello.certificate = in->keys.certificate.number;
    say(in, in->express, &hello);
    m = answer(in, in->express, MSG_WELCOME, MSG_CHALLENGE);
    if (m != NULL && m->type == MSG_CHALLENGE) {
        hello.hello.nonce = m->challenge.nonce;
        say(in, in->express, &hello);
        m = answer(in, in->express, MSG_WELCOME, MSG_WELCOME);
    }
    if (m == NULL)
        return false;
    in->session = m->welcome.session;
    in->up = m->welcome.up.samples[0];
    return true;
}

static int insider_open(struct cli *cli, struct insider *in)
{
    struct error err = {""};

    memset(in, 0, sizeof *in);
    if (node_keys_load(&in->keys, cli_data(cli), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    in->codec = wire_codec_new(false);
    in->express = insider_line(in, in->keys.express);
    in->bulk = insider_line(in, in->keys.bulk);
    return 0;
}

static void insider_close(struct insider *in)
{
    line_close(&in->express);
    line_close(&in->bulk);
    wire_codec_free(&in->codec);
    buf_free(&in->frame);
}

/* A change of any home and kind, signed by `key` or not at all. */
struct forged {
    struct change change;
    struct buf header;
    uint8_t fact[64];
};

static void forge(struct forged *f, const char *home, uint32_t kind,
                  const struct sign_key *key)
{
    struct change *c = &f->change;
    struct hash digest;

    memset(f, 0, sizeof *f);
    (void)snprintf(c->header.home, sizeof c->header.home, "%s", home);
    c->header.record = random_id(clock_wall_ms());
    c->header.kind = kind;
    c->header.flags = CHANGE_EXPEDITED;
    c->header.version = 1;
    c->header.clock_ms = clock_wall_ms();
    wire_header_encode(&f->header, &c->header);
    c->header_bytes = buf_bytes(&f->header);
    c->part[PART_FACT].form = PART_WHOLE;
    c->part[PART_FACT].bytes = bytes_of(f->fact, sizeof f->fact);
    if (key == NULL)
        return;
    digest = change_digest(&hash_function, c);
    c->is_signed = true;
    sign_key_id(c->key_id, key->public_key);
    sign_bytes(c->signature, key, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
}

static void try_early(struct insider *in, const char *what, const char *home,
                      uint32_t kind, const struct sign_key *key)
{
    struct sync_message m = {.type = MSG_EARLY};
    struct forged f;

    forge(&f, home, kind, key);
    m.early.change = f.change;
    say(in, in->express, &m);
    tell(what, answer(in, in->express, MSG_EARLY_ACK, MSG_NAK));
    buf_free(&f.header);
}

/* A batch of one change behind `after`, its head right. */
static void try_batch(struct insider *in, const char *what,
                      const struct stream_name *name,
                      const struct stream_position *after,
                      const struct sign_key *key)
{
    struct sync_message m = {.type = MSG_BATCH};
    struct head head = {.name = *name, .clock_ms = clock_wall_ms()};
    struct hash digest;
    struct buf body = {0};
    struct forged f;

    forge(&f, name->home, KIND_REPORT, NULL);
    digest = change_digest(&hash_function, &f.change);
    head.at.seq = after->seq + 1;
    head.at.h = stream_next(&hash_function, &after->h, head.at.seq, &digest);
    wire_head_encode(&body, &head);
    m.batch.name = *name;
    m.batch.first = head.at.seq;
    m.batch.count = 1;
    m.batch.changes = &f.change;
    m.batch.head.body = buf_bytes(&body);
    sign_key_id(m.batch.head.key_id, key->public_key);
    sign_bytes(m.batch.head.signature, key, HEAD_SIGN_DOMAIN, buf_bytes(&body));
    say(in, in->bulk, &m);
    tell(what, answer(in, in->bulk, MSG_ACK, MSG_NAK));
    buf_free(&body);
    buf_free(&f.header);
}

static void open_bulk(struct insider *in)
{
    struct sync_message m = {.type = MSG_BULK_OPEN};

    m.bulk_open.session = in->session;
    say(in, in->bulk, &m);
}

static void try_streams(struct insider *in, const char *other)
{
    struct stream_name theirs = stream_name_make(other, STREAM_UP);
    struct stream_name all = stream_name_make(in->keys.hub, STREAM_ALL);
    struct stream_name ours = stream_name_make(in->keys.unit, STREAM_UP);
    struct stream_claim zero = empty_claim(other, STREAM_UP);
    struct sign_key stray;

    sign_key_generate(&stray);
    open_bulk(in);
    try_batch(in, "batch of another's stream", &theirs, &zero.samples[0],
              &in->keys.sign);
    try_batch(in, "batch of the hub's stream", &all, &zero.samples[0],
              &in->keys.sign);
    try_batch(in, "batch with a stray signature", &ours, &in->up, &stray);
}

static int run_impersonate(struct cli *cli)
{
    const char *other = cli_option_value(cli, "unit");
    struct stream_claim claims[2];
    struct sync_message hello;
    struct insider in;
    struct sign_key stray;
    int rc = other == NULL ? cli_misuse(cli, "--unit OTHER")
                           : insider_open(cli, &in);

    if (rc != 0)
        return rc;
    sign_key_generate(&stray);
    claims[0] = empty_claim(other, STREAM_UP);
    hello = hello_of(other, claims, 1);
    say(&in, in.express, &hello);
    tell("hello as another", answer(&in, in.express, MSG_NAK, MSG_WELCOME));
    try_batch(&in, "batch before any hello", &claims[0].name,
              &claims[0].samples[0], &in.keys.sign);
    claims[0] = empty_claim(in.keys.unit, STREAM_UP);
    claims[1] = empty_claim(other, STREAM_UP);
    printf("own hello: %s\n", greet(&in, claims, 2) ? "welcome" : "nothing");
    try_early(&in, "early copy of another's", other, KIND_REPORT,
              &in.keys.sign);
    try_early(&in, "early copy in the hub's name", in.keys.hub, KIND_ALERT,
              &in.keys.sign);
    try_early(&in, "early copy with a stray signature", in.keys.unit,
              KIND_REPORT, &stray);
    try_early(&in, "early copy without a signature", in.keys.unit, KIND_REPORT,
              NULL);
    try_streams(&in, other);
    insider_close(&in);
    return 0;
}

/* What a later version might send. */
static int run_unknown(struct cli *cli)
{
    struct insider in;
    int rc = insider_open(cli, &in);

    if (rc != 0)
        return rc;
    (void)greet(&in, NULL, 0);
    try_early(&in, "a change of kind 99", in.keys.unit, 99, &in.keys.sign);
    insider_close(&in);
    return 0;
}

/* ---- nonsense */

static void put_varint(struct buf *out, uint64_t value)
{
    for (; value > 127; value >>= 7)
        buf_add_u8(out, (uint8_t)(value | 128));
    buf_add_u8(out, (uint8_t)value);
}

static void put_field(struct buf *out, uint32_t number, struct bytes content)
{
    put_varint(out, (uint64_t)number << 3 | 2);
    put_varint(out, content.size);
    buf_add_bytes(out, content);
}

/* `count` empty messages in a repeated field of one member of the envelope. */
static void many(struct buf *frame, uint32_t member, uint32_t field,
                 size_t count)
{
    struct buf inside = {0};

    for (size_t i = 0; i < count; i++)
        put_field(&inside, field, bytes_of(NULL, 0));
    buf_clear(frame);
    put_field(frame, member, buf_bytes(&inside));
    buf_free(&inside);
}

/* A batch whose few bytes unfold to `size` zeros. */
static void bomb(struct buf *frame, size_t size)
{
    uint8_t *zeros = mem_new(size);
    uint8_t *zipped = mem_new(LIMIT_FRAME);
    struct buf inside = {0};
    size_t n = ZSTD_compress(zipped, LIMIT_FRAME, zeros, size, 3);

    if (!ZSTD_isError(n))
        put_field(&inside, 4, bytes_of(zipped, n));
    put_varint(&inside, 2 << 3); /* first = 1 */
    put_varint(&inside, 1);
    buf_clear(frame);
    put_field(frame, 8, buf_bytes(&inside));
    buf_free(&inside);
    mem_free(&zeros);
    mem_free(&zipped);
}

static uint32_t dice(uint32_t below)
{
    static uint64_t seed = 20251127;

    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(seed >> 33) % below;
}

static void noise(struct buf *frame)
{
    size_t size = dice(8) == 0 ? dice(LIMIT_FRAME) : dice(2000);

    buf_clear(frame);
    buf_reserve(frame, size);
    random_bytes(frame->data, size);
    frame->size = size;
}

/* A true message of every kind in turn, with some bits turned over. */
static void bent(struct insider *in, struct buf *frame, int64_t i)
{
    static struct forged f;
    struct stream_claim claims[2] = {empty_claim(in->keys.unit, STREAM_UP),
                                     empty_claim(in->keys.hub, STREAM_ALL)};
    struct sync_message m = {.type = (enum message_type)(1 + i % 20)};

    if (m.type == MSG_HELLO)
        m = hello_of(in->keys.unit, claims, 2);
    if (m.type == MSG_EARLY) {
        buf_free(&f.header);
        forge(&f, in->keys.unit, KIND_RECEIPT, &in->keys.sign);
        m.early.change = f.change;
    }
    if (m.type == MSG_BATCH || m.type == MSG_WELCOME || m.type == MSG_BEACON ||
        m.type == MSG_ENROLLED || m.type == MSG_ACK || m.type == MSG_NAK ||
        m.type == MSG_PULL || m.type == MSG_ANNOUNCE)
        m = (struct sync_message){.type = MSG_STATUS};
    encode(frame, &m);
    for (uint32_t flips = dice(4); flips > 0 && frame->size > 0; flips--)
        frame->data[dice((uint32_t)frame->size)] ^= (uint8_t)(1U << dice(8));
}

static void heavy(struct buf *frame, int64_t i)
{
    static const uint32_t repeated[][2] = {
        {8, 3}, {4, 2}, {5, 1}, {1, 13}, {3, 8}};

    if (i % 6 == 5)
        bomb(frame, 64U << 20);
    else
        many(frame, repeated[i % 6][0], repeated[i % 6][1], 120000);
}

static int run_nonsense(struct cli *cli)
{
    int64_t count = count_option(cli, "frames", 1000);
    struct insider in;
    struct buf frame = {0};
    int64_t answers = 0;
    int rc = insider_open(cli, &in);

    for (int64_t i = 0; rc == 0 && i < count; i++) {
        struct line *line = dice(2) == 0 ? in.express : in.bulk;

        if (i % 50 == 49)
            heavy(&frame, i / 50);
        else if (i % 2 == 0)
            noise(&frame);
        else
            bent(&in, &frame, i / 2);
        line_send(line, buf_bytes(&frame));
        if (i % 20 == 0) /* not faster than the hub reads */
            answers += line_receive(line, 5);
    }
    if (rc != 0)
        return rc;
    while (line_receive(in.express, 300))
        answers++;
    printf("sent %lld answers %lld\n", (long long)count, (long long)answers);
    buf_free(&frame);
    insider_close(&in);
    return 0;
}

/* ---- the table */

static const struct cli_option enrol_options[] = {
    {"secret", CLI_ONE, "random  not the token's"},
    {"unit", CLI_ONE, "KEY  another's"},
    {"key-from", CLI_ONE, "DIR  a node's keys (new ones)"},
    {"claim-curve", CLI_ONE, "other  not the key it speaks with"},
    {"source", CLI_ONE, "IP  to dial from"},
    {"repeat", CLI_ONE, "N"},
    {0}};
static const struct cli_option hello_options[] = {
    {"key", CLI_ONE, "random|none|wrong-server"},
    {"key-from", CLI_ONE, "DIR  a node's keys (new ones)"},
    {"lane", CLI_ONE, "express|bulk"},
    {"repeat", CLI_ONE, "N"},
    {0}};
static const struct cli_option impersonate_options[] = {
    {"unit", CLI_ONE, "KEY  whom to play"}, {0}};
static const struct cli_option nonsense_options[] = {{"frames", CLI_ONE, "N"},
                                                     {0}};

static const struct cli_command commands[] = {
    {"keys", "DIR", 1, 1, NULL, "a machine's keys, as `join` makes them",
     run_keys},
    {"enrol", "TOKEN", 1, 1, enrol_options, "ask for a certificate", run_enrol},
    {"hello", "TOKEN", 1, 1, hello_options, "say hello uninvited", run_hello},
    {"flood", "TOKEN N", 2, 2, NULL, "handshakes with random keys", run_flood},
    {"impersonate", "--data DIR --unit KEY", 0, 0, impersonate_options,
     "speak for another commune with a valid key", run_impersonate},
    {"unknown", "--data DIR", 0, 0, NULL,
     "a change of a kind that is not known yet, with a valid key", run_unknown},
    {"nonsense", "--data DIR", 0, 0, nonsense_options,
     "bytes that make no sense, with a valid key", run_nonsense},
    {0}};

int main(int argc, char **argv)
{
    int rc;

    crypto_open();
    context = zmq_ctx_new();
    rc = cli_main(argc, argv, "lienxa-stranger", ".",
                  "does what no node would do, and prints what it got for it",
                  commands, NULL);
    (void)fflush(stdout);
    (void)zmq_ctx_term(context);
    return rc;
}
