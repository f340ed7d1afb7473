/* tests/unit/test_wire_fixture.h - protobuf bytes written by hand, from the
 * field numbers of proto/, so that the codec is checked against the text of the
 * protocol and not against itself.
 */
#ifndef TEST_WIRE_FIXTURE_H
#define TEST_WIRE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/wire/codec.h"

#define FIXTURE_UNIT "19870@20040708"
#define FIXTURE_HUB "hub0badcafe@20261123"

static inline void raw_varint(struct buf *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_add_u8(b, (uint8_t)(value | 0x80));
    buf_add_u8(b, (uint8_t)value);
}

static inline void raw_number(struct buf *b, unsigned field, uint64_t value)
{
    raw_varint(b, field << 3);
    raw_varint(b, value);
}

static inline void raw_bytes(struct buf *b, unsigned field, const void *data,
                             size_t size)
{
    raw_varint(b, field << 3 | 2);
    raw_varint(b, size);
    buf_add(b, data, size);
}

static inline void raw_text(struct buf *b, unsigned field, const char *text)
{
    raw_bytes(b, field, text, strlen(text));
}

/* `size` bytes that begin with `first` and count up. */
static inline void raw_run(struct buf *b, unsigned field, uint8_t first,
                           size_t size)
{
    raw_varint(b, field << 3 | 2);
    raw_varint(b, size);
    for (size_t i = 0; i < size; i++)
        buf_add_u8(b, (uint8_t)(first + i));
}

/* Takes `inner`. */
static inline void raw_message(struct buf *b, unsigned field, struct buf *inner)
{
    raw_bytes(b, field, inner->data, inner->size);
    buf_free(inner);
}

static inline void expect_run(const void *data, uint8_t first, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], (uint8_t)(first + i));
}

static inline struct buf raw_name(const char *home, const char *channel)
{
    struct buf b = {0};

    raw_text(&b, 1, home);
    raw_text(&b, 2, channel);
    return b;
}

static inline struct buf raw_header(void)
{
    struct buf b = {0};

    raw_text(&b, 1, FIXTURE_UNIT);
    raw_run(&b, 2, 0x10, 16);
    raw_number(&b, 3, 1);
    raw_number(&b, 4, 1);
    raw_number(&b, 5, 3);
    raw_number(&b, 6, 1763888400000);
    return b;
}

/* fact whole, body a stub, vault whole and empty, signed */
static inline struct buf raw_change(void)
{
    struct buf b = {0}, header = raw_header();

    raw_message(&b, 1, &header);
    raw_run(&b, 2, 0x20, 16);
    raw_text(&b, 3, "fact");
    raw_run(&b, 7, 0x30, 32);
    raw_run(&b, 8, 0x50, 16);
    raw_run(&b, 11, 0x60, 8);
    raw_run(&b, 12, 0x70, 64);
    return b;
}

static inline struct buf raw_signed(const char *body)
{
    struct buf b = {0};

    raw_text(&b, 1, body);
    raw_run(&b, 2, 0x60, 8);
    raw_run(&b, 3, 0x70, 64);
    return b;
}

static inline struct buf raw_ref(void)
{
    struct buf b = {0};

    raw_text(&b, 1, FIXTURE_UNIT);
    raw_run(&b, 2, 0x10, 16);
    raw_number(&b, 3, 7);
    raw_run(&b, 4, 0x30, 32);
    return b;
}

static inline struct buf raw_claim(const char *channel)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, channel), sample = {0};

    raw_message(&b, 1, &name);
    raw_number(&sample, 1, 300);
    raw_run(&sample, 2, 0x40, 32);
    raw_message(&b, 2, &sample);
    raw_run(&sample, 2, 0x80, 32);
    raw_message(&b, 2, &sample);
    return b;
}

static inline struct buf raw_backlog(void)
{
    struct buf b = {0};

    raw_number(&b, 1, 5);
    raw_number(&b, 2, 6000);
    raw_number(&b, 3, 1763888400001);
    return b;
}

/* A frame around `inner`, which is taken. */
static inline struct buf raw_frame(enum message_type type, struct buf *inner)
{
    struct buf b = {0};

    raw_message(&b, (unsigned)type, inner);
    return b;
}

/* Decodes an exact copy, so that the sanitizer sees one byte too many. */
static inline int decode_copy(struct wire_codec *codec,
                              struct sync_message *out, struct bytes frame,
                              struct error *err)
{
    uint8_t *copy = malloc(frame.size > 0 ? frame.size : 1);
    int rc;

    assert_non_null(copy);
    if (frame.size > 0)
        memcpy(copy, frame.data, frame.size);
    rc = wire_decode(codec, out, bytes_of(copy, frame.size), err);
    free(copy);
    return rc;
}

static inline struct buf raw_hello(void)
{
    struct buf b = {0}, backlog = raw_backlog(), up = raw_claim("up"),
               all = raw_claim("all");

    raw_number(&b, 1, 1);
    raw_number(&b, 2, 2);
    raw_text(&b, 3, FIXTURE_UNIT);
    raw_number(&b, 4, 3);
    raw_run(&b, 5, 0x11, 16);
    raw_run(&b, 6, 0x22, 16);
    raw_number(&b, 7, 1763888400002);
    raw_text(&b, 8, "lienxa-node 0.1.0");
    raw_number(&b, 9, 299);
    raw_number(&b, 10, 1000);
    raw_number(&b, 11, 2000);
    raw_message(&b, 12, &backlog);
    raw_message(&b, 13, &up);
    raw_message(&b, 13, &all);
    return b;
}

static inline struct buf raw_welcome(void)
{
    struct buf b = {0}, up = raw_claim("up"), channel = {0},
               name = raw_name(FIXTURE_HUB, "all");

    raw_number(&b, 1, 1);
    raw_run(&b, 2, 0x11, 16);
    raw_run(&b, 3, 0x22, 16);
    raw_number(&b, 4, 1763888400003);
    raw_number(&b, 5, 1001);
    raw_number(&b, 6, 2001);
    raw_message(&b, 7, &up);
    raw_message(&channel, 1, &name);
    raw_number(&channel, 2, 44);
    raw_number(&channel, 3, 33);
    raw_message(&b, 8, &channel);
    raw_number(&b, 9, 16);
    return b;
}

static inline struct buf raw_early_list(enum message_type type)
{
    struct buf b = {0}, one = raw_ref(), two = raw_ref();

    if (type == MSG_EARLY_LIST)
        raw_number(&b, 1, 1);
    raw_message(&b, type == MSG_EARLY_LIST ? 2 : 1, &one);
    raw_message(&b, type == MSG_EARLY_LIST ? 2 : 1, &two);
    return b;
}

static inline struct buf raw_early(void)
{
    struct buf b = {0}, change = raw_change();

    raw_message(&b, 1, &change);
    raw_number(&b, 2, 1);
    return b;
}

static inline struct buf raw_early_ack(void)
{
    struct buf b = {0}, ref = raw_ref();

    raw_message(&b, 1, &ref);
    raw_number(&b, 2, 1);
    raw_number(&b, 3, 6);
    raw_number(&b, 4, 9999);
    return b;
}

static inline struct buf raw_batch(size_t count)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, "up"),
               head = raw_signed("head");

    raw_message(&b, 1, &name);
    raw_number(&b, 2, 17);
    for (size_t i = 0; i < count; i++) {
        struct buf change = raw_change();

        raw_message(&b, 3, &change);
    }
    raw_message(&b, 5, &head);
    return b;
}

/* A stream name and two numbers: ACK, NAK, PULL, ANNOUNCE begin so. */
static inline struct buf raw_named(enum message_type type)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, "up");

    raw_message(&b, 1, &name);
    raw_number(&b, 2, 17);
    if (type == MSG_ACK)
        raw_number(&b, 3, 4711);
    if (type == MSG_NAK) {
        raw_number(&b, 3, 3);
        raw_number(&b, 4, 1500);
    }
    return b;
}

static inline struct buf raw_status(void)
{
    struct buf b = {0}, backlog = raw_backlog();

    raw_number(&b, 1, 12);
    raw_message(&b, 2, &backlog);
    raw_number(&b, 3, 1763888400004);
    return b;
}

static inline struct buf raw_enrol(void)
{
    struct buf b = {0};

    raw_text(&b, 1, FIXTURE_UNIT);
    raw_run(&b, 2, 0x01, 32);
    raw_run(&b, 3, 0x41, 32);
    raw_run(&b, 4, 0x81, 32);
    raw_run(&b, 5, 0xc1, 64);
    raw_run(&b, 7, 0x31, 40);
    return b;
}

static inline struct buf raw_two_signed(enum message_type type)
{
    struct buf b = {0}, one = raw_signed("one"), two = raw_signed("two");

    raw_message(&b, 1, &one);
    if (type == MSG_ENROLLED)
        raw_message(&b, 2, &two);
    if (type == MSG_ENROLLED) {
        raw_run(&b, 3, 0x32, 50);
        raw_run(&b, 4, 0x33, 60);
    }
    buf_free(&two);
    return b;
}

static inline struct buf raw_vault(size_t count)
{
    struct buf b = {0}, name = raw_name(FIXTURE_UNIT, "vault");

    raw_message(&b, 1, &name);
    raw_number(&b, 2, 17);
    raw_number(&b, 3, 19);
    for (size_t i = 0; i < count; i++) {
        struct buf item = {0}, ref = raw_ref();

        raw_message(&item, 1, &ref);
        raw_run(&item, 2, 0x55, 40);
        raw_message(&b, 4, &item);
    }
    return b;
}

static inline struct buf raw_refusals(void)
{
    struct buf b = {0}, item = {0}, ref = raw_ref();

    raw_message(&item, 1, &ref);
    raw_number(&item, 2, 77);
    raw_number(&item, 3, 1763888400123);
    raw_text(&item, 4, "không hiểu loại này");
    raw_number(&b, 1, 3);
    raw_message(&b, 2, &item);
    return b;
}

static inline struct buf raw_media_lacks(void)
{
    struct buf b = {0}, item = {0};

    raw_number(&b, 1, 12);
    raw_run(&b, 2, 0x10, 32);
    raw_run(&b, 3, 0x50, 32);
    raw_run(&item, 1, 0x31, 32);
    raw_number(&item, 2, 9);
    raw_message(&b, 4, &item);
    return b;
}

/* Every kind of message there is; their numbers have gaps. */
static const enum message_type fixture_types[] = {
    MSG_HELLO,     MSG_CHALLENGE,   MSG_WELCOME,      MSG_EARLY_LIST,
    MSG_WANT,      MSG_EARLY,       MSG_EARLY_ACK,    MSG_BATCH,
    MSG_ACK,       MSG_NAK,         MSG_CREDIT,       MSG_PULL,
    MSG_BULK_OPEN, MSG_STATUS,      MSG_BEACON,       MSG_ANNOUNCE,
    MSG_BYE,       MSG_ENROL,       MSG_ENROLLED,     MSG_REFUSED,
    MSG_VAULT,     MSG_VAULT_WANT,  MSG_REFUSALS,     MSG_DRAIN,
    MSG_DRAINED,   MSG_ROTATE,      MSG_ROTATED,      MSG_MEDIA_WANT,
    MSG_MEDIA,     MSG_MEDIA_LACKS, MSG_MEDIA_CARRIED};
enum { FIXTURE_TYPES = sizeof fixture_types / sizeof *fixture_types };

static inline struct buf raw_content(enum message_type type)
{
    struct buf b = {0};

    switch (type) {
    case MSG_HELLO:
        return raw_hello();
    case MSG_CHALLENGE:
    case MSG_BULK_OPEN:
        raw_run(&b, 1, 0x33, 16);
        return b;
    case MSG_WELCOME:
    case MSG_DRAIN:
        return raw_welcome();
    case MSG_DRAINED:
        raw_number(&b, 1, 77);
        return b;
    case MSG_ROTATE:
        raw_text(&b, 1, "rotation");
        raw_run(&b, 2, 0x60, 64);
        raw_run(&b, 3, 0x70, 64);
        return b;
    case MSG_ROTATED: {
        struct buf certificate = raw_signed("certificate");

        raw_message(&b, 1, &certificate);
        raw_text(&b, 2, "vì sao không");
        return b;
    }
    case MSG_EARLY_LIST:
    case MSG_WANT:
        return raw_early_list(type);
    case MSG_EARLY:
        return raw_early();
    case MSG_EARLY_ACK:
        return raw_early_ack();
    case MSG_BATCH:
        return raw_batch(2);
    case MSG_ACK:
    case MSG_NAK:
    case MSG_PULL:
    case MSG_ANNOUNCE:
        return raw_named(type);
    case MSG_CREDIT:
        raw_number(&b, 1, 123);
        raw_number(&b, 2, 456);
        return b;
    case MSG_STATUS:
        return raw_status();
    case MSG_BEACON:
    case MSG_ENROLLED:
        return raw_two_signed(type);
    case MSG_BYE:
        raw_number(&b, 1, 4);
        raw_text(&b, 2, "đang dừng");
        return b;
    case MSG_ENROL:
        return raw_enrol();
    case MSG_VAULT:
        return raw_vault(2);
    case MSG_VAULT_WANT:
        return raw_early_list(type);
    case MSG_REFUSALS:
        return raw_refusals();
    case MSG_MEDIA_WANT:
        raw_run(&b, 1, 0x31, 32);
        raw_number(&b, 2, 7);
        raw_number(&b, 3, LIMIT_MEDIA_WANT);
        return b;
    case MSG_MEDIA:
        raw_run(&b, 1, 0x31, 32);
        raw_number(&b, 2, 8);
        raw_run(&b, 3, 0x41, 50);
        raw_number(&b, 4, MEDIA_LATER);
        return b;
    case MSG_MEDIA_LACKS:
        return raw_media_lacks();
    case MSG_MEDIA_CARRIED:
        raw_run(&b, 1, 0x31, 32);
        raw_number(&b, 2, 8);
        raw_run(&b, 3, 0x41, 50);
        return b;
    case MSG_REFUSED:
        break;
    }
    return b;
}

/* The frame of this type with every field set. Owned. */
static inline struct buf raw_full(enum message_type type)
{
    struct buf content = raw_content(type);

    return raw_frame(type, &content);
}

#endif
