/* tests/support/insider.c - see insider.h. */
#include "tests/support/insider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"

static const struct hash_function hash_function = {crypto_sha256};

void insider_encode(struct buf *out, const struct sync_message *message)
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

struct stream_claim insider_empty_claim(const char *home, const char *channel)
{
    struct stream_claim claim = {.name = stream_name_make(home, channel),
                                 .sample_count = 1};

    claim.samples[0].h = stream_zero(&hash_function, &claim.name);
    return claim;
}

struct sync_message
insider_hello(const char *unit, const struct stream_claim *claims, size_t count)
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

void insider_say(struct insider *in, struct raw_line *line,
                 const struct sync_message *message)
{
    insider_encode(&in->frame, message);
    raw_line_send(line, buf_bytes(&in->frame));
}

/* The next message of one of two types. NULL: nothing came. */
const struct sync_message *insider_answer(struct insider *in,
                                          struct raw_line *line,
                                          enum message_type a,
                                          enum message_type b)
{
    static struct sync_message m;

    while (raw_line_receive(line, RAW_WAIT_MS))
        if (wire_decode(in->codec, &m, bytes_of(line->reply, line->reply_size),
                        NULL) == 0 &&
            (m.type == a || m.type == b))
            return &m;
    return NULL;
}

static struct raw_line *dial(const struct insider *in, const char *address)
{
    struct raw_line *line =
        raw_line_open(&(struct raw_dial){.address = address,
                                         .server_key = in->keys.hub_curve,
                                         .key = &in->keys.curve});

    if (!raw_line_is_in(line))
        printf("line: %s\n", line->handshake);
    return line;
}

/* A true hello, with what it claims; true when it was welcomed. */
bool insider_greet(struct insider *in, const struct stream_claim *claims,
                   size_t count)
{
    struct sync_message hello = insider_hello(in->keys.unit, claims, count);
    const struct sync_message *m;

    hello.hello.certificate = in->keys.certificate.number;
    insider_say(in, in->express, &hello);
    m = insider_answer(in, in->express, MSG_WELCOME, MSG_CHALLENGE);
    if (m != NULL && m->type == MSG_CHALLENGE) {
        hello.hello.nonce = m->challenge.nonce;
        insider_say(in, in->express, &hello);
        m = insider_answer(in, in->express, MSG_WELCOME, MSG_WELCOME);
    }
    if (m == NULL)
        return false;
    in->session = m->welcome.session;
    in->up = m->welcome.up.samples[0];
    return true;
}

int insider_open(struct insider *in, const char *folder, struct error *err)
{
    int rc;

    memset(in, 0, sizeof *in);
    if ((rc = node_keys_load(&in->keys, folder, err)) != 0)
        return rc;
    in->codec = wire_codec_new(false);
    in->express = dial(in, in->keys.express);
    in->bulk = dial(in, in->keys.bulk);
    return 0;
}

void insider_close(struct insider *in)
{
    raw_line_close(&in->express);
    raw_line_close(&in->bulk);
    wire_codec_free(&in->codec);
    buf_free(&in->frame);
}

void insider_forge(struct insider_change *f, const char *home, uint32_t kind,
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

void insider_open_bulk(struct insider *in)
{
    struct sync_message m = {.type = MSG_BULK_OPEN};

    m.bulk_open.session = in->session;
    insider_say(in, in->bulk, &m);
}
