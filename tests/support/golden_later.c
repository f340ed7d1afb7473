/* tests/support/golden_later.c - one frame of every message that 1.1 and 1.2
 * brought, and of those to which they added a field. */
#include <stdio.h>
#include <string.h>

#include "common/wire/codec.h"
#include "common/wire/vault.h"
#include "tests/support/golden.h"

static struct signed_bytes a_certificate(void)
{
    struct certificate c = {.unit = GOLDEN_UNIT,
                            .hub = GOLDEN_HUB,
                            .number = 4,
                            .issued_ms = GOLDEN_MS,
                            .expires_ms = GOLDEN_MS + 1000};
    struct signed_bytes s;
    struct buf body = {0};

    golden_run(c.curve_public, 0x51, 32);
    golden_run(c.sign_public, 0x91, 32);
    wire_certificate_encode(&body, &c);
    golden_sign(&s, CERTIFICATE_SIGN_DOMAIN, golden_kept(&body));
    return s;
}

static struct msg_welcome a_welcome(uint64_t vaulted)
{
    struct msg_welcome w = {
        .minor = 2,
        .clock_ms = GOLDEN_MS + 3,
        .credit = {65536, 524288},
        .up = golden_claim(GOLDEN_UNIT, STREAM_UP, 5),
        .channel_count = 1,
        .channels = {{stream_name_make(GOLDEN_HUB, STREAM_ALL), 44, 17}},
        .vaulted = vaulted};

    golden_run(&w.session, 0x11, 16);
    golden_run(&w.instance, 0x22, 16);
    return w;
}

static void make_welcome_vaulted(struct buf *out)
{
    struct sync_message m = {.type = MSG_WELCOME, .welcome = a_welcome(4)};

    golden_make_message(out, &m);
}

/* A machine that a restored hub forgot shows its certificate. */
static void make_enrol_certificate(struct buf *out)
{
    struct sync_message m = {.type = MSG_ENROL};
    struct buf said = {0};
    struct signed_bytes s;

    (void)snprintf(m.enrol.unit, sizeof m.enrol.unit, "%s", GOLDEN_UNIT);
    golden_run(m.enrol.curve_public, 0x51, 32);
    golden_run(m.enrol.sign_public, 0x91, 32);
    m.enrol.has_certificate = true;
    m.enrol.certificate = a_certificate();
    wire_enrol_signed(&said, &m.enrol);
    golden_sign(&s, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    memcpy(m.enrol.signature, s.signature, sizeof m.enrol.signature);
    golden_make_message(out, &m);
    buf_free(&said);
}

/* A machine that asks for a certificate for its web pages. */
static void make_enrol_tls(struct buf *out)
{
    struct sync_message m = {.type = MSG_ENROL};
    uint8_t request[48];
    struct buf said = {0};
    struct signed_bytes s;

    (void)snprintf(m.enrol.unit, sizeof m.enrol.unit, "%s", GOLDEN_UNIT);
    golden_run(m.enrol.secret, 0x01, 32);
    golden_run(m.enrol.curve_public, 0x51, 32);
    golden_run(m.enrol.sign_public, 0x91, 32);
    golden_run(request, 0x30, sizeof request);
    m.enrol.tls_request = bytes_of(request, sizeof request);
    wire_enrol_signed(&said, &m.enrol);
    golden_sign(&s, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    memcpy(m.enrol.signature, s.signature, sizeof m.enrol.signature);
    golden_make_message(out, &m);
    buf_free(&said);
}

static struct signed_bytes a_signing_key(void)
{
    struct signing_key key = {
        .hub = GOLDEN_HUB, .number = 2, .issued_ms = GOLDEN_MS};
    struct signed_bytes s;
    struct buf body = {0};

    golden_run(key.sign_public, 0xb1, 32);
    wire_signing_key_encode(&body, &key);
    golden_sign(&s, SIGNING_KEY_SIGN_DOMAIN, golden_kept(&body));
    return s;
}

static void make_enrolled_tls(struct buf *out)
{
    struct sync_message m = {.type = MSG_ENROLLED};
    uint8_t certificate[64], authority[56];

    golden_run(certificate, 0x60, sizeof certificate);
    golden_run(authority, 0xa0, sizeof authority);
    m.enrolled.certificate = a_certificate();
    m.enrolled.signing_key = a_signing_key();
    m.enrolled.tls_certificate = bytes_of(certificate, sizeof certificate);
    m.enrolled.tls_authority = bytes_of(authority, sizeof authority);
    golden_make_message(out, &m);
}

static void make_drain(struct buf *out)
{
    struct sync_message m = {.type = MSG_DRAIN, .drain = a_welcome(0)};

    golden_make_message(out, &m);
}

static void make_drained(struct buf *out)
{
    struct sync_message m = {.type = MSG_DRAINED, .drained = {301}};

    golden_make_message(out, &m);
}

static void make_rotate_order(struct buf *out)
{
    struct sync_message m = {.type = MSG_ROTATE};

    golden_make_message(out, &m);
}

static void make_rotate(struct buf *out)
{
    struct sync_message m = {.type = MSG_ROTATE};
    struct rotate_body r = {.unit = GOLDEN_UNIT, .number = 3};
    struct signed_bytes s;
    struct buf body = {0};

    golden_run(r.curve_public, 0x51, 32);
    golden_run(r.sign_public, 0x91, 32);
    wire_rotate_encode(&body, &r);
    m.rotate.body = golden_kept(&body);
    golden_sign(&s, ROTATE_SIGN_DOMAIN, m.rotate.body);
    memcpy(m.rotate.old_signature, s.signature, sizeof s.signature);
    golden_run(m.rotate.new_signature, 0x70, sizeof m.rotate.new_signature);
    golden_make_message(out, &m);
}

static void make_rotated(struct buf *out)
{
    struct sync_message m = {.type = MSG_ROTATED,
                             .rotated = {.certified = true}};

    m.rotated.certificate = a_certificate();
    golden_make_message(out, &m);
}

static void make_rotated_not(struct buf *out)
{
    struct sync_message m = {.type = MSG_ROTATED,
                             .rotated = {.text = "another machine was first"}};

    golden_make_message(out, &m);
}

static void make_vault(struct buf *out)
{
    struct vault_object objects[2] = {{.ref = golden_ref(0x10)},
                                      {.ref = golden_ref(0x20)}};
    struct sync_message m = {
        .type = MSG_VAULT,
        .vault = {stream_name_make(GOLDEN_UNIT, STREAM_VAULT), 7, 12, 2,
                  objects}};
    uint8_t run[40] = {0};

    golden_run(run, 0x60, sizeof run);
    for (size_t i = 0; i < 2; i++) {
        struct vault_locked locked = {.rest_box = bytes_of(run, 24),
                                      .recovery_box = bytes_of(run + 8, 32),
                                      .content = bytes_of(run, 8 + i)};
        struct buf bytes = {0};

        golden_run(locked.recovery_id, 0x05, sizeof locked.recovery_id);
        wire_vault_object_encode(&bytes, &locked);
        objects[i].bytes = golden_kept(&bytes);
    }
    golden_make_message(out, &m);
}

static void make_vault_nothing(struct buf *out)
{
    struct sync_message m = {
        .type = MSG_VAULT,
        .vault = {stream_name_make(GOLDEN_UNIT, STREAM_VAULT), 12, 40, 0,
                  NULL}};

    golden_make_message(out, &m);
}

static void make_vault_want(struct buf *out)
{
    struct early_ref refs[2] = {golden_ref(0x10), golden_ref(0x20)};
    struct sync_message m = {.type = MSG_VAULT_WANT, .vault_want = {2, refs}};

    golden_make_message(out, &m);
}

static void make_refusals(struct buf *out)
{
    struct refusal items[2] = {
        {golden_ref(0x20), 99, GOLDEN_MS + 7, "a kind of a later version"},
        {golden_ref(0x10), 1, GOLDEN_MS, "a field that is not known here"}};
    struct sync_message m = {.type = MSG_REFUSALS, .refusals = {70, 2, items}};

    golden_make_message(out, &m);
}

static void make_media_want(struct buf *out)
{
    struct sync_message m = {.type = MSG_MEDIA_WANT,
                             .media_want = {.first = 17, .count = 4}};

    golden_run(&m.media_want.name, 0x61, 32);
    golden_make_message(out, &m);
}

static void make_media(struct buf *out)
{
    struct sync_message m = {
        .type = MSG_MEDIA,
        .media = {.piece = 17, .data = bytes_of("a piece", 7)}};

    golden_run(&m.media.name, 0x61, 32);
    golden_make_message(out, &m);
}

static void make_media_missing(struct buf *out)
{
    struct sync_message m = {.type = MSG_MEDIA,
                             .media = {.piece = 17, .code = MEDIA_MISSING}};

    golden_run(&m.media.name, 0x61, 32);
    golden_make_message(out, &m);
}

static void make_media_lacks(struct buf *out)
{
    struct media_lack items[2] = {{.next = 0}, {.next = 17}};
    struct sync_message m = {
        .type = MSG_MEDIA_LACKS,
        .media_lacks = {.held = 300, .count = 2, .items = items}};

    golden_run(&items[0].name, 0x62, 32);
    golden_run(&items[1].name, 0x63, 32);
    golden_run(&m.media_lacks.after, 0x61, 32);
    golden_run(&m.media_lacks.last, 0x70, 32);
    golden_make_message(out, &m);
}

static void make_media_lacks_nothing(struct buf *out)
{
    struct sync_message m = {
        .type = MSG_MEDIA_LACKS,
        .media_lacks = {.from_first = true, .to_last = true}};

    golden_make_message(out, &m);
}

static void make_media_carried(struct buf *out)
{
    struct sync_message m = {
        .type = MSG_MEDIA_CARRIED,
        .media_carried = {.piece = 17, .data = bytes_of("a piece", 7)}};

    golden_run(&m.media_carried.name, 0x61, 32);
    golden_make_message(out, &m);
}

const struct golden_item golden_later[] = {
    {"message_03_welcome_vaulted", make_welcome_vaulted, golden_read_message,
     false},
    {"message_18_enrol_certificate", make_enrol_certificate,
     golden_read_message, false},
    {"message_18_enrol_tls", make_enrol_tls, golden_read_message, false},
    {"message_19_enrolled_tls", make_enrolled_tls, golden_read_message, false},
    {"message_21_drain", make_drain, golden_read_message, false},
    {"message_22_drained", make_drained, golden_read_message, false},
    {"message_23_vault", make_vault, golden_read_message, false},
    {"message_23_vault_nothing", make_vault_nothing, golden_read_message,
     false},
    {"message_24_vault_want", make_vault_want, golden_read_message, false},
    {"message_25_refusals", make_refusals, golden_read_message, false},
    {"message_26_rotate_order", make_rotate_order, golden_read_message, false},
    {"message_26_rotate", make_rotate, golden_read_message, false},
    {"message_27_rotated", make_rotated, golden_read_message, false},
    {"message_27_rotated_not", make_rotated_not, golden_read_message, false},
    {"message_28_media_want", make_media_want, golden_read_message, false},
    {"message_29_media", make_media, golden_read_message, false},
    {"message_29_media_missing", make_media_missing, golden_read_message,
     false},
    {"message_30_media_lacks", make_media_lacks, golden_read_message, false},
    {"message_30_media_lacks_nothing", make_media_lacks_nothing,
     golden_read_message, false},
    {"message_31_media_carried", make_media_carried, golden_read_message,
     false},
};
const size_t golden_later_count = sizeof golden_later / sizeof *golden_later;
