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
#include "tests/support/insider.h"

static const struct hash_function hash_function = {crypto_sha256};

/* Asks even when the handshake did not end well: libzmq keeps the question. */
static void ask(const struct raw_dial *d, struct bytes frame)
{
    struct raw_line *line = raw_line_open(d);
    int64_t since;
    bool in = raw_line_is_in(line);

    since = clock_mono_us();
    raw_line_send(line, frame);
    if (raw_line_receive(line, in ? RAW_WAIT_MS : RAW_WAIT_MS / 5)) {
        long long us = clock_mono_us() - since;
        char *hex = mem_new(2 * line->reply_size + 1);

        hex_encode(hex, line->reply, line->reply_size);
        printf("%s %s %lld\n", line->handshake, hex, us);
        mem_free(&hex);
    } else {
        printf("%s nothing 0\n",
               line->handshake[0] == '\0' ? "silence" : line->handshake);
    }
    raw_line_close(&line);
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
    insider_encode(frame, &m);
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
        ask(&(struct raw_dial){.address = token.enrol,
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
    const char *minors = cli_option_value(cli, "minors");
    char *end;
    struct token token;
    struct node_keys keys;
    struct buf frame = {0};
    struct stream_claim claim;
    struct sync_message hello;
    struct raw_dial d = {.key = &keys.curve, .server_key = token.hub_curve};
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
    claim = insider_empty_claim(token.unit, STREAM_UP);
    hello = insider_hello(token.unit, &claim, 1);
    if (minors != NULL) {
        hello.hello.minor_min = (uint32_t)strtoul(minors, &end, 10);
        hello.hello.minor_max =
            *end == '-' ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
    }
    insider_encode(&frame, &hello);
    for (int64_t i = count_option(cli, "repeat", 1); i > 0; i--)
        ask(&d, buf_bytes(&frame));
    buf_free(&frame);
    return 0;
}

/* Random keys at all three doors in turn. libzmq tells a key that is not known
 * nothing at all, so nobody waits for it: the oldest of AT_ONCE goes. */
enum { AT_ONCE = 16, STEP_MS = 2 };

static void end_one(struct raw_line **line, int64_t *in)
{
    if (*line == NULL)
        return;
    raw_line_hear(*line);
    *in += strcmp((*line)->handshake, "in") == 0;
    raw_line_close(line);
}

static int run_flood(struct cli *cli)
{
    int64_t count = strtoll(cli_argument(cli, 1), NULL, 10), in = 0;
    struct raw_line *lines[AT_ONCE] = {NULL};
    struct token token;
    int rc = take_token(cli, &token);

    for (int64_t i = 0; rc == 0 && i < count; i++) {
        const char *doors[] = {token.express, token.bulk, token.enrol};
        struct raw_line **place = &lines[i % AT_ONCE];
        struct curve_key key;

        end_one(place, &in);
        curve_key_generate(&key);
        *place = raw_line_open(&(struct raw_dial){.address = doors[i % 3],
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

static int open_insider(struct cli *cli, struct insider *in)
{
    struct error err = {""};

    return insider_open(in, cli_data(cli), &err) == 0
               ? 0
               : cli_fail(cli, "%s", err.text);
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

static void try_early(struct insider *in, const char *what, const char *home,
                      uint32_t kind, const struct sign_key *key)
{
    struct sync_message m = {.type = MSG_EARLY};
    struct insider_change f;

    insider_forge(&f, home, kind, key);
    m.early.change = f.change;
    insider_say(in, in->express, &m);
    tell(what, insider_answer(in, in->express, MSG_EARLY_ACK, MSG_NAK));
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
    struct insider_change f;

    insider_forge(&f, name->home, KIND_REPORT, NULL);
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
    insider_say(in, in->bulk, &m);
    tell(what, insider_answer(in, in->bulk, MSG_ACK, MSG_NAK));
    buf_free(&body);
    buf_free(&f.header);
}

static void try_streams(struct insider *in, const char *other)
{
    struct stream_name theirs = stream_name_make(other, STREAM_UP);
    struct stream_name all = stream_name_make(in->keys.hub, STREAM_ALL);
    struct stream_name ours = stream_name_make(in->keys.unit, STREAM_UP);
    struct stream_claim zero = insider_empty_claim(other, STREAM_UP);
    struct sign_key stray;

    sign_key_generate(&stray);
    insider_open_bulk(in);
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
                           : open_insider(cli, &in);

    if (rc != 0)
        return rc;
    sign_key_generate(&stray);
    claims[0] = insider_empty_claim(other, STREAM_UP);
    hello = insider_hello(other, claims, 1);
    insider_say(&in, in.express, &hello);
    tell("hello as another",
         insider_answer(&in, in.express, MSG_NAK, MSG_WELCOME));
    try_batch(&in, "batch before any hello", &claims[0].name,
              &claims[0].samples[0], &in.keys.sign);
    claims[0] = insider_empty_claim(in.keys.unit, STREAM_UP);
    claims[1] = insider_empty_claim(other, STREAM_UP);
    printf("own hello: %s\n",
           insider_greet(&in, claims, 2) ? "welcome" : "nothing");
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
    int rc = open_insider(cli, &in);

    if (rc != 0)
        return rc;
    (void)insider_greet(&in, NULL, 0);
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
    static struct insider_change f;
    struct stream_claim claims[2] = {
        insider_empty_claim(in->keys.unit, STREAM_UP),
        insider_empty_claim(in->keys.hub, STREAM_ALL)};
    struct sync_message m = {.type = (enum message_type)(1 + i % 20)};

    if (m.type == MSG_HELLO)
        m = insider_hello(in->keys.unit, claims, 2);
    if (m.type == MSG_EARLY) {
        buf_free(&f.header);
        insider_forge(&f, in->keys.unit, KIND_RECEIPT, &in->keys.sign);
        m.early.change = f.change;
    }
    if (m.type == MSG_BATCH || m.type == MSG_WELCOME || m.type == MSG_BEACON ||
        m.type == MSG_ENROLLED || m.type == MSG_ACK || m.type == MSG_NAK ||
        m.type == MSG_PULL || m.type == MSG_ANNOUNCE)
        m = (struct sync_message){.type = MSG_STATUS};
    insider_encode(frame, &m);
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
    int rc = open_insider(cli, &in);

    for (int64_t i = 0; rc == 0 && i < count; i++) {
        struct raw_line *line = dice(2) == 0 ? in.express : in.bulk;

        if (i % 50 == 49)
            heavy(&frame, i / 50);
        else if (i % 2 == 0)
            noise(&frame);
        else
            bent(&in, &frame, i / 2);
        raw_line_send(line, buf_bytes(&frame));
        if (i % 20 == 0) /* not faster than the hub reads */
            answers += raw_line_receive(line, 5);
    }
    if (rc != 0)
        return rc;
    while (raw_line_receive(in.express, 300))
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
    {"minors", CLI_ONE, "MIN-MAX  the protocol's minor versions it speaks"},
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
    rc = cli_main(argc, argv, "lienxa-stranger", ".",
                  "does what no node would do, and prints what it got for it",
                  commands, NULL);
    (void)fflush(stdout);
    (void)zmq_ctx_term(raw_line_context());
    return rc;
}
