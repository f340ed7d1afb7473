/* tests/support/golden.h - bytes of the protocol, made from fixed ingredients.
 *
 * `lienxa-golden record FOLDER` (golden_main.c) writes one file per item and a
 * manifest; tests/unit/test_golden.c reads every folder of tests/golden with
 * the present code. tests/golden/README.md says when a folder is added.
 */
#ifndef LIENXA_TESTS_GOLDEN_H
#define LIENXA_TESTS_GOLDEN_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/sync/message.h"

struct golden_item {
    const char *name;
    /* The bytes. */
    void (*make)(struct buf *out);
    /* What they say, a field a line, and what our encoder makes of that.
     * A field of a later version is told only when it is set, or the manifests
     * of earlier ones would change. */
    int (*read)(struct buf *text, struct buf *again, struct bytes in,
                struct error *err);
    bool packed; /* zstd: another release of it may choose other bytes */
};

/* The table, and how long it is. */
const struct golden_item *golden_items(size_t *count);
const struct golden_item *golden_find(const char *name);

/* ---- what the files golden*.c share */

extern const struct golden_item golden_messages[];
extern const size_t golden_message_count;
extern const struct golden_item golden_records[];
extern const size_t golden_record_count;
/* What 1.1 and 1.2 brought: golden_later.c (messages), golden_later_record.c */
extern const struct golden_item golden_later[];
extern const size_t golden_later_count;
/* What 1.4 brought: golden_pack.c */
extern const struct golden_item golden_packs[];
extern const size_t golden_pack_count;
extern const struct golden_item golden_later_records[];
extern const size_t golden_later_record_count;

#define GOLDEN_UNIT "19870@20040708"
#define GOLDEN_HUB "hub03a107bf@20261123"
#define GOLDEN_MS INT64_C(1763888400000)

/* `size` bytes that begin with `first` and count up. */
void golden_run(void *out, uint8_t first, size_t size);
/* Signed with the key whose seed is 00 01 .. 1f. */
void golden_sign(struct signed_bytes *out, const char *domain,
                 struct bytes body);
void golden_sign_change(struct change *change);

/* The bytes `made`, taken, and kept while a message is made. */
struct bytes golden_kept(struct buf *made);
/* A report of GOLDEN_UNIT, its body whole or a stub, its record from `number`;
 * what names it; a claim of a stream of that length. */
struct change golden_change(uint8_t number, uint32_t kind, bool body);
struct early_ref golden_ref(uint8_t number);
struct stream_claim golden_claim(const char *home, const char *channel,
                                 uint64_t head);
/* The frame of a message, and back. */
void golden_make_message(struct buf *out, const struct sync_message *m);
int golden_read_message(struct buf *text, struct buf *again, struct bytes in,
                        struct error *err);

/* "  name: value" */
void golden_say(struct buf *text, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void golden_say_number(struct buf *text, const char *name, uint64_t value);
void golden_say_hex(struct buf *text, const char *name, const void *data,
                    size_t size);
/* With whether the golden key made the signature for `domain`; NULL: not
 * asked. */
void golden_say_signed(struct buf *text, const char *name,
                       const struct signed_bytes *s, const char *domain);
void golden_say_change(struct buf *text, const struct change *change);
void golden_say_message(struct buf *text, const struct sync_message *m);

#endif
