/* tests/support/golden_message.c - one frame of every kind of message. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/wire/codec.h"
#include "common/wire/record.h"
#include "tests/support/golden.h"

static const struct hash_function sha256 = {crypto_sha256};

/* ---- ingredients: what they point to lives as long as the process */

struct bytes golden_kept(struct buf *made)
{
    static struct buf memory[64];
    static size_t count;
    struct buf *place = &memory[count++ % 64];

    buf_free(place);
    *place = *made;
    return buf_bytes(place);
}

struct change golden_change(uint8_t number, uint32_t kind, bool body)
{
    struct change c = {
        .header = {.kind = kind, .version = 1, .clock_ms = GOLDEN_MS + 123}};
    struct report_fact fact = {.category = category_find("cat_trai_phep"),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_DIEN_THOAI,
                               .village = "Phước Yên",
                               .day = 20415,
                               .hour = 16,
                               .received_ms = GOLDEN_MS,
                               .entered_ms = {[REPORT_MOI] = GOLDEN_MS},
                               .bodies = body};
    struct report_body words = {.text = "Ghe hút cát", .place = "sông Bồ"};
    struct buf header = {0}, bytes = {0}, more = {0};

    (void)snprintf(c.header.home, sizeof c.header.home, "%s", GOLDEN_UNIT);
    golden_run(&c.header.record, number, sizeof c.header.record);
    wire_header_encode(&header, &c.header);
    c.header_bytes = golden_kept(&header);
    wire_report_fact_encode(&bytes, &fact);
    c.part[PART_FACT] =
        (struct part){.form = PART_WHOLE, .bytes = golden_kept(&bytes)};
    golden_run(c.part[PART_FACT].salt, 0xa0, 16);
    if (body) {
        wire_report_body_encode(&more, &words);
        c.part[PART_BODY] =
            (struct part){.form = PART_WHOLE, .bytes = golden_kept(&more)};
        golden_run(c.part[PART_BODY].salt, 0xb0, 16);
    } else {
        c.part[PART_BODY].form = PART_STUB;
        golden_run(&c.part[PART_BODY].hash, 0xc0, 32);
    }
    c.part[PART_VAULT].form = PART_STUB;
    golden_run(&c.part[PART_VAULT].hash, 0xd0, 32);
    return c;
}

struct early_ref golden_ref(uint8_t number)
{
    struct change c = golden_change(number, 1, true);
    struct early_ref ref = {.record = c.header.record,
                            .version = c.header.version,
                            .digest = change_digest(&sha256, &c)};

    memcpy(ref.home, c.header.home, sizeof ref.home);
    return ref;
}

struct stream_claim golden_claim(const char *home, const char *channel,
                                 uint64_t head)
{
    struct stream_claim claim = {.name = stream_name_make(home, channel)};
    uint64_t seqs[LIMIT_SAMPLES];

    claim.sample_count = stream_sample_seqs(head, seqs);
    for (size_t i = 0; i < claim.sample_count; i++) {
        claim.samples[i].seq = seqs[i];
        golden_run(&claim.samples[i].h, (uint8_t)seqs[i], 32);
    }
    claim.samples[claim.sample_count - 1].h = stream_zero(&sha256, &claim.name);
    return claim;
}

static struct signed_bytes a_head(const struct change *changes, size_t count)
{
    struct head head = {.name = stream_name_make(GOLDEN_UNIT, STREAM_UP),
                        .clock_ms = GOLDEN_MS + 456};
    struct hash h = stream_zero(&sha256, &head.name);
    struct signed_bytes s;
    struct buf body = {0};

    for (size_t i = 0; i < count; i++) {
        struct hash digest = change_digest(&sha256, &changes[i]);

        h = stream_next(&sha256, &h, i + 1, &digest);
    }
    head.at = (struct stream_position){count, h};
    wire_head_encode(&body, &head);
    golden_sign(&s, HEAD_SIGN_DOMAIN, golden_kept(&body));
    return s;
}

static struct backlog a_backlog(void)
{
    return (struct backlog){5, 6000, GOLDEN_MS + 1};
}

/* ---- one of each */

static void hello(struct sync_message *m)
{
    static struct stream_claim claims[2];

    claims[0] = golden_claim(GOLDEN_UNIT, STREAM_UP, 300);
    claims[1] = golden_claim(GOLDEN_HUB, STREAM_ALL, 17);
    m->hello = (struct msg_hello){.minor_min = PROTOCOL_MINOR_OLDEST,
                                  .minor_max = PROTOCOL_MINOR,
                                  .unit = GOLDEN_UNIT,
                                  .certificate = 3,
                                  .clock_ms = GOLDEN_MS,
                                  .software = "lienxa-node golden",
                                  .acked = 299,
                                  .credit = {65536, 524288},
                                  .backlog = a_backlog(),
                                  .claim_count = 2,
                                  .claims = claims};
    golden_run(&m->hello.instance, 0x11, 16);
    golden_run(&m->hello.nonce, 0x22, 16);
}

static void challenge(struct sync_message *m)
{
    golden_run(&m->challenge.nonce, 0x33, 16);
}

static void welcome(struct sync_message *m)
{
    m->welcome = (struct msg_welcome){
        .minor = PROTOCOL_MINOR,
        .clock_ms = GOLDEN_MS + 3,
        .credit = {65536, 524288},
        .up = golden_claim(GOLDEN_UNIT, STREAM_UP, 299),
        .channel_count = 2,
        .channels = {{stream_name_make(GOLDEN_HUB, STREAM_ALL), 44, 17},
                     {stream_name_make(GOLDEN_HUB, "unit:" GOLDEN_UNIT), 3, 0}},
    };
    golden_run(&m->welcome.session, 0x11, 16);
    golden_run(&m->welcome.instance, 0x22, 16);
}

static void early_list(struct sync_message *m)
{
    static struct early_ref refs[2];

    refs[0] = golden_ref(0x10);
    refs[1] = golden_ref(0x20);
    m->early_list = (struct msg_early_list){true, 2, refs};
}

static void want(struct sync_message *m)
{
    static struct early_ref refs[1];

    refs[0] = golden_ref(0x20);
    m->want = (struct msg_want){1, refs};
}

static void early(struct sync_message *m)
{
    m->early.change = golden_change(0x10, 1, true);
    m->early.handed_back = true;
    golden_sign_change(&m->early.change);
}

static void early_ack(struct sync_message *m)
{
    m->early_ack = (struct msg_early_ack){golden_ref(0x10), true, 0, 70000};
}

static void batch(struct sync_message *m)
{
    static struct change changes[2];

    changes[0] = golden_change(0x10, 1, true);
    changes[1] = golden_change(0x20, 1, false);
    m->batch =
        (struct msg_batch){.name = stream_name_make(GOLDEN_UNIT, STREAM_UP),
                           .first = 1,
                           .count = 2,
                           .changes = changes,
                           .head = a_head(changes, 2)};
}

static void batch_of_many(struct sync_message *m)
{
    static struct change changes[16];

    for (size_t i = 0; i < 16; i++)
        changes[i] = golden_change((uint8_t)(i * 4), 1, i % 2 == 0);
    m->batch =
        (struct msg_batch){.name = stream_name_make(GOLDEN_UNIT, STREAM_UP),
                           .first = 1,
                           .count = 16,
                           .changes = changes,
                           .head = a_head(changes, 16)};
}

static void ack(struct sync_message *m)
{
    m->ack =
        (struct msg_ack){stream_name_make(GOLDEN_UNIT, STREAM_UP), 17, 600000};
}

static void nak(struct sync_message *m)
{
    m->nak = (struct msg_nak){stream_name_make(GOLDEN_UNIT, STREAM_UP), 18,
                              NAK_LATER, 1500};
}

static void credit(struct sync_message *m)
{
    m->credit = (struct msg_credit){.credit = {0, 700000}};
}

static void pull(struct sync_message *m)
{
    m->pull = (struct msg_pull){stream_name_make(GOLDEN_UNIT, STREAM_UP), 256};
}

static void bulk_open(struct sync_message *m)
{
    golden_run(&m->bulk_open.session, 0x11, 16);
}

static void status(struct sync_message *m)
{
    m->status = (struct msg_status){301, a_backlog(), GOLDEN_MS + 4};
}

static void beacon(struct sync_message *m)
{
    struct beacon b = {
        .hub = GOLDEN_HUB, .clock_ms = GOLDEN_MS + 5, .epoch = 2, .number = 9};
    struct buf body = {0};

    wire_beacon_encode(&body, &b);
    golden_sign(&m->beacon.beacon, BEACON_SIGN_DOMAIN, golden_kept(&body));
}

static void announce(struct sync_message *m)
{
    m->announce =
        (struct msg_announce){stream_name_make(GOLDEN_HUB, STREAM_ALL), 45};
}

static void bye(struct sync_message *m)
{
    m->bye = (struct msg_bye){BYE_STOPPING, "đang dừng"};
}

static void enrol(struct sync_message *m)
{
    struct buf said = {0};
    struct signed_bytes s;

    (void)snprintf(m->enrol.unit, sizeof m->enrol.unit, "%s", GOLDEN_UNIT);
    golden_run(m->enrol.secret, 0x01, 32);
    golden_run(m->enrol.curve_public, 0x41, 32);
    golden_run(m->enrol.sign_public, 0x81, 32);
    wire_enrol_signed(&said, &m->enrol);
    golden_sign(&s, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    memcpy(m->enrol.signature, s.signature, sizeof m->enrol.signature);
    buf_free(&said);
}

static void enrolled(struct sync_message *m)
{
    struct certificate c = {.unit = GOLDEN_UNIT,
                            .hub = GOLDEN_HUB,
                            .number = 3,
                            .issued_ms = GOLDEN_MS,
                            .expires_ms = GOLDEN_MS + 1000};
    struct signing_key k = {
        .hub = GOLDEN_HUB, .number = 1, .issued_ms = GOLDEN_MS};
    struct buf one = {0}, two = {0};

    golden_run(c.curve_public, 0x41, 32);
    golden_run(c.sign_public, 0x81, 32);
    golden_run(k.sign_public, 0xc1, 32);
    wire_certificate_encode(&one, &c);
    wire_signing_key_encode(&two, &k);
    golden_sign(&m->enrolled.certificate, CERTIFICATE_SIGN_DOMAIN,
                golden_kept(&one));
    golden_sign(&m->enrolled.signing_key, SIGNING_KEY_SIGN_DOMAIN,
                golden_kept(&two));
}

static void nothing(struct sync_message *m) { (void)m; }

static void encode(struct buf *out, const struct sync_message *m, bool compress)
{
    struct wire_codec *codec = wire_codec_new(compress);
    struct error err = {""};
    struct bytes frame;

    if (wire_encode(codec, &frame, m, &err) == 0)
        buf_add_bytes(out, frame);
    else
        (void)fprintf(stderr, "golden: %s\n", err.text);
    wire_codec_free(&codec);
}

static void made(struct buf *out, enum message_type type,
                 void (*fill)(struct sync_message *m), bool compress)
{
    struct sync_message m = {.type = type};

    fill(&m);
    encode(out, &m, compress);
}

static int read_frame(struct buf *text, struct buf *again, struct bytes in,
                      bool compress, struct error *err)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct sync_message m;
    int rc = wire_decode(codec, &m, in, err);

    if (rc == 0) {
        golden_say_message(text, &m);
        encode(again, &m, compress);
    }
    wire_codec_free(&codec);
    return rc;
}

int golden_read_message(struct buf *text, struct buf *again, struct bytes in,
                        struct error *err)
{
    return read_frame(text, again, in, false, err);
}

void golden_make_message(struct buf *out, const struct sync_message *m)
{
    encode(out, m, false);
}

static int read_packed(struct buf *text, struct buf *again, struct bytes in,
                       struct error *err)
{
    return read_frame(text, again, in, true, err);
}

#define MAKER(name, type, compress)                                            \
    static void make_##name(struct buf *out)                                   \
    {                                                                          \
        made(out, type, name, compress);                                       \
    }

MAKER(hello, MSG_HELLO, false)
MAKER(challenge, MSG_CHALLENGE, false)
MAKER(welcome, MSG_WELCOME, false)
MAKER(early_list, MSG_EARLY_LIST, false)
MAKER(want, MSG_WANT, false)
MAKER(early, MSG_EARLY, false)
MAKER(early_ack, MSG_EARLY_ACK, false)
MAKER(batch, MSG_BATCH, false)
MAKER(batch_of_many, MSG_BATCH, true)
MAKER(ack, MSG_ACK, false)
MAKER(nak, MSG_NAK, false)
MAKER(credit, MSG_CREDIT, false)
MAKER(pull, MSG_PULL, false)
MAKER(bulk_open, MSG_BULK_OPEN, false)
MAKER(status, MSG_STATUS, false)
MAKER(beacon, MSG_BEACON, false)
MAKER(announce, MSG_ANNOUNCE, false)
MAKER(bye, MSG_BYE, false)
MAKER(enrol, MSG_ENROL, false)
MAKER(enrolled, MSG_ENROLLED, false)
MAKER(nothing, MSG_REFUSED, false)

const struct golden_item golden_messages[] = {
    {"message_01_hello", make_hello, golden_read_message, false},
    {"message_02_challenge", make_challenge, golden_read_message, false},
    {"message_03_welcome", make_welcome, golden_read_message, false},
    {"message_04_early_list", make_early_list, golden_read_message, false},
    {"message_05_want", make_want, golden_read_message, false},
    {"message_06_early", make_early, golden_read_message, false},
    {"message_07_early_ack", make_early_ack, golden_read_message, false},
    {"message_08_batch", make_batch, golden_read_message, false},
    {"message_08_batch_zstd", make_batch_of_many, read_packed, true},
    {"message_09_ack", make_ack, golden_read_message, false},
    {"message_10_nak", make_nak, golden_read_message, false},
    {"message_11_credit", make_credit, golden_read_message, false},
    {"message_12_pull", make_pull, golden_read_message, false},
    {"message_13_bulk_open", make_bulk_open, golden_read_message, false},
    {"message_14_status", make_status, golden_read_message, false},
    {"message_15_beacon", make_beacon, golden_read_message, false},
    {"message_16_announce", make_announce, golden_read_message, false},
    {"message_17_bye", make_bye, golden_read_message, false},
    {"message_18_enrol", make_enrol, golden_read_message, false},
    {"message_19_enrolled", make_enrolled, golden_read_message, false},
    {"message_20_refused", make_nothing, golden_read_message, false},
};
const size_t golden_message_count =
    sizeof golden_messages / sizeof *golden_messages;
