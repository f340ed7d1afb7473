/* A node that trusts one signing key, alerts made as its hub makes them, and
 * what of them is stored, shown and told.
 */
#ifndef LIENXA_TEST_NODE_ALERTS_FIXTURE_H
#define LIENXA_TEST_NODE_ALERTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "node/alerts.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

#define OTHER_UNIT "19897@20040708"

static const struct hash_function hash_function = {crypto_sha256};

struct fixture {
    struct node_world *w;
    struct sign_key hub, foreign; /* the node trusts the first */
    uint64_t number;
};

static inline void trust(struct fixture *f, const struct sign_key *key)
{
    uint8_t id[SIGN_KEY_ID_BYTES];

    sign_key_id(id, key->public_key);
    assert_int_equal(node_begin(f->w->node), 0);
    assert_int_equal(
        node_store_put_trust(f->w->node->store, id, 1, key->public_key), 0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
}

static inline int set_up(void **state)
{
    struct fixture *f = mem_new(sizeof *f);

    log_open(LOG_LEVEL_ERROR);
    f->w = node_world_new();
    sign_key_generate(&f->hub);
    sign_key_generate(&f->foreign);
    trust(f, &f->hub);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;

    node_world_free(f->w);
    mem_free(&f);
    return 0;
}

/* ---- alerts as they come */

static inline struct alert flood(struct fixture *f)
{
    int64_t now = clock_wall_ms();
    struct alert a = {.id = random_id(now),
                      .issuer = NODE_WORLD_HUB,
                      .epoch = 1,
                      .number = ++f->number,
                      .issued_ms = now,
                      .expires_ms = now + 3600000,
                      .type = ALERT_ALERT,
                      .severity = ALERT_EXTREME,
                      .event = "flood",
                      .headline = "Lũ trên sông Bồ",
                      .text = "Di dời trước 18 giờ.",
                      .instruction = ""};

    return a;
}

/* Takes the place of `of`: an Update or a Cancel. `of` is borrowed. */
static inline struct alert replacing(struct fixture *f, int type,
                                     const struct id *of)
{
    struct alert a = flood(f);

    a.type = type;
    a.references = of;
    a.reference_count = 1;
    return a;
}

/* A change as it arrives, with the bytes it borrows. */
struct parcel {
    struct change change;
    struct buf header, body, fact;
};

static inline void parcel_free(struct parcel *p)
{
    buf_free(&p->header);
    buf_free(&p->body);
    buf_free(&p->fact);
}

static inline struct signed_bytes sign_alert(struct parcel *p,
                                             const struct alert *alert,
                                             const struct sign_key *key)
{
    struct signed_bytes blob;

    buf_clear(&p->body);
    wire_alert_encode(&p->body, alert);
    blob.body = buf_bytes(&p->body);
    sign_key_id(blob.key_id, key->public_key);
    sign_bytes(blob.signature, key, ALERT_SIGN_DOMAIN, blob.body);
    return blob;
}

static inline void wrap(struct parcel *p, const struct id *record,
                        uint64_t version, const struct signed_bytes *blob)
{
    struct change *c = &p->change;

    memset(c, 0, sizeof *c);
    (void)snprintf(c->header.home, sizeof c->header.home, NODE_WORLD_HUB);
    c->header.record = *record;
    c->header.kind = KIND_ALERT;
    c->header.flags = CHANGE_EXPEDITED;
    c->header.version = version;
    c->header.clock_ms = clock_wall_ms();
    buf_clear(&p->header);
    buf_clear(&p->fact);
    wire_header_encode(&p->header, &c->header);
    wire_signed_encode(&p->fact, blob);
    c->header_bytes = buf_bytes(&p->header);
    c->part[PART_FACT].form = PART_WHOLE;
    c->part[PART_FACT].bytes = buf_bytes(&p->fact);
    random_salt(c->part[PART_FACT].salt);
}

static inline struct parcel pack(const struct alert *alert,
                                 const struct sign_key *key)
{
    struct parcel p = {.header = {0}};
    struct signed_bytes blob = sign_alert(&p, alert, key);

    wrap(&p, &alert->id, 1, &blob);
    return p;
}

/* ---- taking them in */

static inline int verdict_of(struct fixture *f, const struct parcel *p)
{
    int verdict = 0;
    int rc = node_alerts_judge(f->w->node, &p->change, &verdict, &f->w->err);

    assert_true(rc == 0 || rc == ERR_REFUSED);
    if (rc != 0) /* the code leads the words */
        assert_int_equal(strtol(f->w->err.text, NULL, 10), verdict);
    return verdict;
}

/* As an early copy, in a turn of its own; at this time, or now. */
static inline void take_at(struct fixture *f, const struct parcel *p,
                           int64_t mono_ms)
{
    struct entry entry = {.change = p->change};

    entry.digest = change_digest(&hash_function, &p->change);
    assert_int_equal(node_begin(f->w->node), 0);
    if (mono_ms != 0)
        f->w->node->mono_ms = mono_ms;
    assert_int_equal(ledger_early(f->w->node->ledger, &entry,
                                  wire_change_size(&p->change), &f->w->err),
                     0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
}

static inline void take(struct fixture *f, const struct parcel *p)
{
    take_at(f, p, 0);
}

static inline void arrives_at(struct fixture *f, const struct alert *alert,
                              int64_t mono_ms)
{
    struct parcel p = pack(alert, &f->hub);

    take_at(f, &p, mono_ms);
    parcel_free(&p);
}

static inline void arrives(struct fixture *f, const struct alert *alert)
{
    arrives_at(f, alert, 0);
}

static inline int note_reason(void *who, const struct quarantined *q)
{
    (void)snprintf(who, 64, "%s", q->reason);
    return 0;
}

/* Refused with this verdict, not stored, and visible in quarantine. */
static inline void is_refused(struct fixture *f, const struct parcel *p,
                              int verdict)
{
    uint64_t before = ledger_quarantine_count(f->w->node->ledger);
    char reason[64] = "";

    assert_int_equal(verdict_of(f, p), verdict);
    take(f, p);
    assert_false(
        node_store_has_alert(f->w->node->store, &p->change.header.record));
    assert_int_equal(ledger_quarantine_count(f->w->node->ledger), before + 1);
    assert_int_equal(
        ledger_quarantine_list(f->w->node->ledger, note_reason, reason), 0);
    assert_int_equal(strtol(reason, NULL, 10), verdict);
}

static inline struct node_alert stored(struct fixture *f, const struct id *id)
{
    struct node_alert a;

    assert_int_equal(node_store_alert(f->w->node->store, id, &a), 0);
    return a;
}

/* The state that `alert list` shows; "" when it is not listed. */
static inline void listed(struct fixture *f, const struct id *id, char out[16])
{
    size_t unshown;
    int64_t newest_ms;
    struct json *list = node_reading_alerts(f->w->node, &unshown, &newest_ms);
    char text[ID_TEXT_BYTES];

    out[0] = '\0';
    (void)id_text(text, id);
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_get_text(json_at(list, i), "id"), text) == 0)
            (void)snprintf(out, 16, "%s",
                           json_get_text(json_at(list, i), "state"));
    json_free(&list);
}

static inline void is_listed(struct fixture *f, const struct id *id,
                             const char *wanted)
{
    char state[16];

    listed(f, id, state);
    assert_string_equal(state, wanted);
}

/* ---- receipts */

struct receipts {
    struct id alert;
    struct id record;
    size_t count;
    uint64_t version;
    struct receipt last;
};

static inline int see_receipt(void *who, const struct record_row *row,
                              const struct entry *entry)
{
    struct receipts *r = who;
    struct receipt receipt;

    assert_int_equal(wire_receipt_decode(
                         &receipt, entry->change.part[PART_FACT].bytes, NULL),
                     0);
    assert_true(entry->change.header.flags & CHANGE_EXPEDITED);
    assert_true(entry->change.is_signed && entry->seq > 0);
    if (!id_equal(&receipt.alert, &r->alert))
        return 0;
    r->count++;
    r->record = row->id;
    r->version = row->version;
    r->last = receipt;
    return 0;
}

static inline struct receipts receipts_of(struct fixture *f,
                                          const struct id *alert)
{
    struct receipts r = {.alert = *alert};

    assert_int_equal(ledger_records(f->w->node->ledger, KIND_RECEIPT,
                                    NODE_WORLD_UNIT, see_receipt, &r),
                     0);
    return r;
}

#define alert_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
