/* tests/unit/test_node_alerts.c - what a node makes of an alert, by itself: who
 * signed it, for whom, until when, and what it had heard before. */
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

static void trust(struct fixture *f, const struct sign_key *key)
{
    uint8_t id[SIGN_KEY_ID_BYTES];

    sign_key_id(id, key->public_key);
    assert_int_equal(node_begin(f->w->node), 0);
    assert_int_equal(
        node_store_put_trust(f->w->node->store, id, 1, key->public_key), 0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
}

static int set_up(void **state)
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

static int tear_down(void **state)
{
    struct fixture *f = *state;

    node_world_free(f->w);
    mem_free(&f);
    return 0;
}

/* ---- alerts as they come */

static struct alert flood(struct fixture *f)
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
static struct alert replacing(struct fixture *f, int type, const struct id *of)
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

static void parcel_free(struct parcel *p)
{
    buf_free(&p->header);
    buf_free(&p->body);
    buf_free(&p->fact);
}

static struct signed_bytes sign_alert(struct parcel *p,
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

static void wrap(struct parcel *p, const struct id *record, uint64_t version,
                 const struct signed_bytes *blob)
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

static struct parcel pack(const struct alert *alert, const struct sign_key *key)
{
    struct parcel p = {.header = {0}};
    struct signed_bytes blob = sign_alert(&p, alert, key);

    wrap(&p, &alert->id, 1, &blob);
    return p;
}

/* ---- taking them in */

static int verdict_of(struct fixture *f, const struct parcel *p)
{
    int verdict = 0;
    int rc = node_alerts_judge(f->w->node, &p->change, &verdict, &f->w->err);

    assert_true(rc == 0 || rc == ERR_REFUSED);
    if (rc != 0) /* the code leads the words */
        assert_int_equal(strtol(f->w->err.text, NULL, 10), verdict);
    return verdict;
}

/* As an early copy, in a turn of its own; at this time, or now. */
static void take_at(struct fixture *f, const struct parcel *p, int64_t mono_ms)
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

static void take(struct fixture *f, const struct parcel *p)
{
    take_at(f, p, 0);
}

static void arrives_at(struct fixture *f, const struct alert *alert,
                       int64_t mono_ms)
{
    struct parcel p = pack(alert, &f->hub);

    take_at(f, &p, mono_ms);
    parcel_free(&p);
}

static void arrives(struct fixture *f, const struct alert *alert)
{
    arrives_at(f, alert, 0);
}

static int note_reason(void *who, const struct quarantined *q)
{
    (void)snprintf(who, 64, "%s", q->reason);
    return 0;
}

/* Refused with this verdict, not stored, and visible in quarantine. */
static void is_refused(struct fixture *f, const struct parcel *p, int verdict)
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

static struct node_alert stored(struct fixture *f, const struct id *id)
{
    struct node_alert a;

    assert_int_equal(node_store_alert(f->w->node->store, id, &a), 0);
    return a;
}

/* The state that `alert list` shows; "" when it is not listed. */
static void listed(struct fixture *f, const struct id *id, char out[16])
{
    size_t unshown;
    struct json *list = node_reading_alerts(f->w->node, &unshown);
    char text[ID_TEXT_BYTES];

    out[0] = '\0';
    (void)id_text(text, id);
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_get_text(json_at(list, i), "id"), text) == 0)
            (void)snprintf(out, 16, "%s",
                           json_get_text(json_at(list, i), "state"));
    json_free(&list);
}

static void is_listed(struct fixture *f, const struct id *id,
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

static int see_receipt(void *who, const struct record_row *row,
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

static struct receipts receipts_of(struct fixture *f, const struct id *alert)
{
    struct receipts r = {.alert = *alert};

    assert_int_equal(ledger_records(f->w->node->ledger, KIND_RECEIPT,
                                    NODE_WORLD_UNIT, see_receipt, &r),
                     0);
    return r;
}

/* ---- believed */

static void an_alert_of_our_hub_is_stored_shown_and_receipted(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->hub);
    struct receipts r;

    assert_int_equal(verdict_of(f, &p), ALERT_ACCEPTED);
    take(f, &p);
    assert_int_equal(stored(f, &a.id).verdict, ALERT_ACCEPTED);
    assert_string_equal(stored(f, &a.id).headline, a.headline);
    is_listed(f, &a.id, "active");
    r = receipts_of(f, &a.id);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.last.verdict, ALERT_ACCEPTED);
    assert_true(r.last.stored_ms > 0);
    assert_int_equal(r.last.shown_ms, 0);
    assert_true(id_equal(&f->w->node->arrived, &a.id));
    parcel_free(&p);
}

static void showing_and_acknowledging_are_told(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct node_store *store = f->w->node->store;
    struct receipts r;

    arrives(f, &a);
    assert_int_equal(node_begin(f->w->node), 0);
    assert_int_equal(node_store_alerts_shown(store, 1000), 0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
    assert_int_equal(node_begin(f->w->node), 0);
    assert_int_equal(
        node_store_alert_acknowledged(store, &a.id, "Trực ban", 2000), 0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
    r = receipts_of(f, &a.id);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.version, 3);
    assert_int_equal(r.last.shown_ms, 1000);
    assert_int_equal(r.last.acknowledged_ms, 2000);
    assert_string_equal(r.last.by, "Trực ban");
}

/* A turn at this time. */
static void serve_at(struct fixture *f, int64_t mono_ms)
{
    assert_int_equal(node_begin(f->w->node), 0);
    f->w->node->mono_ms = mono_ms;
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
}

static void while_it_serves_the_receipt_follows_after_a_rest(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f), b = flood(f);
    int64_t due;

    node_world_close(f->w);
    node_world_open(f->w, NODE_SERVE);
    assert_true(node_alerts_deadline(f->w->node) == INT64_MAX);
    arrives(f, &a);
    is_listed(f, &a.id, "active"); /* people wait for nothing */
    assert_true(node_alerts_receipts_rest(f->w->node));
    due = node_alerts_deadline(f->w->node);
    assert_int_equal(due, f->w->node->mono_ms + 8);
    serve_at(f, due - 1);
    assert_int_equal(receipts_of(f, &a.id).count, 0);
    arrives_at(f, &b, due - 1); /* does not make the first one's wait longer */
    assert_int_equal(node_alerts_deadline(f->w->node), due);
    serve_at(f, due);
    assert_false(node_alerts_receipts_rest(f->w->node));
    assert_true(node_alerts_deadline(f->w->node) == INT64_MAX);
    assert_int_equal(receipts_of(f, &a.id).count, 1);
    assert_int_equal(receipts_of(f, &b.id).count, 1);
    assert_int_equal(receipts_of(f, &a.id).last.stored_ms,
                     stored(f, &a.id).stored_ms);
}

static void
a_receipt_that_rested_when_the_power_went_is_written_at_the_start(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);

    node_world_close(f->w);
    node_world_open(f->w, NODE_SERVE);
    arrives(f, &a);
    assert_int_equal(receipts_of(f, &a.id).count, 0);
    node_world_close(f->w);
    node_world_open(f->w, NODE_SERVE);
    serve_at(f, clock_mono_ms());
    assert_int_equal(receipts_of(f, &a.id).count, 1);
}

/* The receipt that a lost machine of this commune gave, as the hub hands it
 * back. */
static void hand_back(struct fixture *f, const struct id *record,
                      const struct receipt *receipt)
{
    struct node *node = f->w->node;
    struct entry entry = {0};
    struct change *c = &entry.change;
    struct buf header = {0}, fact = {0};

    memcpy(c->header.home, node->keys.unit, sizeof c->header.home);
    c->header.record = *record;
    c->header.kind = KIND_RECEIPT;
    c->header.flags = CHANGE_EXPEDITED;
    c->header.version = 1;
    wire_header_encode(&header, &c->header);
    c->header_bytes = buf_bytes(&header);
    wire_receipt_encode(&fact, receipt);
    c->part[PART_FACT].form = PART_WHOLE;
    c->part[PART_FACT].bytes = buf_bytes(&fact);
    random_salt(c->part[PART_FACT].salt);
    entry.digest = change_digest(&hash_function, c);
    c->is_signed = true; /* the signature is the uplink's to check */
    assert_int_equal(node_begin(node), 0);
    assert_int_equal(ledger_adopt(node->ledger, &node->up, &entry,
                                  wire_change_size(c), &f->w->err),
                     0);
    assert_int_equal(node_commit(node, &f->w->err), 0);
    buf_free(&header);
    buf_free(&fact);
}

static int no_alarm(void *who, int64_t id, int code, const char *text,
                    int64_t since_ms)
{
    (void)who, (void)id, (void)code, (void)since_ms;
    fail_msg("alarm: %s", text);
    return 0;
}

static void a_receipt_of_a_lost_machine_is_joined_with_ours(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct receipt old = {.alert = a.id,
                          .verdict = ALERT_ACCEPTED,
                          .stored_ms = 500,
                          .shown_ms = 600,
                          .acknowledged_ms = 700,
                          .by = "Trực ban cũ"};
    struct receipts r;

    arrives(f, &a);
    r = receipts_of(f, &a.id);
    assert_int_equal(r.version, 1);
    hand_back(f, &r.record, &old);
    r = receipts_of(f, &a.id);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.last.stored_ms, 500);
    assert_int_equal(r.last.shown_ms, 600);
    assert_int_equal(r.last.acknowledged_ms, 700);
    assert_string_equal(r.last.by, "Trực ban cũ");
    assert_string_equal(stored(f, &a.id).by, "Trực ban cũ");
    assert_int_equal(node_store_alarms(f->w->node->store, no_alarm, NULL), 0);
}

static void an_alert_that_comes_again_is_a_duplicate(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel again;
    struct signed_bytes blob;
    uint64_t head;

    arrives(f, &a);
    head = node_world_head(f->w);
    again = pack(&a, &f->hub);
    assert_int_equal(verdict_of(f, &again), ALERT_DUPLICATE);
    a.headline = "Other words under the same id";
    blob = sign_alert(&again, &a, &f->hub);
    wrap(&again, &a.id, 2, &blob);
    assert_int_equal(verdict_of(f, &again), ALERT_DUPLICATE);
    take(f, &again);
    assert_string_equal(stored(f, &a.id).headline, "Lũ trên sông Bồ");
    assert_int_equal(stored(f, &a.id).verdict, ALERT_ACCEPTED);
    assert_int_equal(receipts_of(f, &a.id).count, 1);
    assert_int_equal(node_world_head(f->w), head);
    assert_int_equal(ledger_quarantine_count(f->w->node->ledger), 0);
    parcel_free(&again);
}

static void an_alert_for_others_is_stored_and_not_shown(void **state)
{
    static const char *others[] = {OTHER_UNIT, "19894@20250701"};
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p;

    a.audience = others;
    a.audience_count = 2; /* our code of another year is not us */
    p = pack(&a, &f->hub);
    assert_int_equal(verdict_of(f, &p), ALERT_OUTSIDE);
    take(f, &p);
    assert_int_equal(stored(f, &a.id).verdict, ALERT_OUTSIDE);
    assert_false(stored(f, &a.id).for_us);
    is_listed(f, &a.id, "");
    assert_int_equal(receipts_of(f, &a.id).count, 0);
    parcel_free(&p);
}

static void an_alert_for_us_among_others_is_shown(void **state)
{
    static const char *units[] = {OTHER_UNIT, NODE_WORLD_UNIT};
    struct fixture *f = *state;
    struct alert a = flood(f);

    a.audience = units;
    a.audience_count = 2;
    arrives(f, &a);
    assert_int_equal(stored(f, &a.id).verdict, ALERT_ACCEPTED);
    is_listed(f, &a.id, "active");
}

static void an_expired_alert_is_stored_as_such(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p;

    a.issued_ms -= 7200000;
    a.expires_ms = clock_wall_ms() - 1;
    p = pack(&a, &f->hub);
    assert_int_equal(verdict_of(f, &p), ALERT_EXPIRED);
    take(f, &p);
    assert_int_equal(stored(f, &a.id).verdict, ALERT_EXPIRED);
    is_listed(f, &a.id, "expired");
    assert_int_equal(receipts_of(f, &a.id).last.verdict, ALERT_EXPIRED);
    parcel_free(&p);
}

/* ---- order does not matter */

static void a_cancel_after_the_alert_takes_it_back(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f), cancel = replacing(f, ALERT_CANCEL, &a.id);

    arrives(f, &a);
    arrives(f, &cancel);
    assert_int_equal(stored(f, &a.id).verdict, ALERT_ACCEPTED);
    assert_true(stored(f, &a.id).replaced);
    is_listed(f, &a.id, "cancelled");
    is_listed(f, &cancel.id, ""); /* not an alert of its own */
}

static void a_cancel_before_the_alert_supersedes_it(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f), cancel = replacing(f, ALERT_CANCEL, &a.id);
    struct parcel p = pack(&a, &f->hub);

    arrives(f, &cancel);
    assert_int_equal(verdict_of(f, &p), ALERT_SUPERSEDED);
    take(f, &p);
    assert_int_equal(stored(f, &a.id).verdict, ALERT_SUPERSEDED);
    is_listed(f, &a.id, "cancelled");
    assert_int_equal(receipts_of(f, &a.id).last.verdict, ALERT_SUPERSEDED);
    assert_int_equal(receipts_of(f, &a.id).last.shown_ms, 0);
    parcel_free(&p);
}

static void an_update_before_the_alert_supersedes_it(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f), update = replacing(f, ALERT_UPDATE, &a.id);
    struct parcel p = pack(&a, &f->hub);

    arrives(f, &update);
    assert_int_equal(verdict_of(f, &p), ALERT_SUPERSEDED);
    take(f, &p);
    is_listed(f, &a.id, "updated");
    is_listed(f, &update.id, "active");
    parcel_free(&p);
}

/* ---- not believed */

/* Whatever byte it is: text, id, times or audience. */
static void one_altered_byte_is_a_bad_signature(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->hub);
    struct signed_bytes blob = sign_alert(&p, &a, &f->hub);

    for (size_t i = 0; i < p.body.size; i++) {
        p.body.data[i] ^= 1;
        wrap(&p, &a.id, 1, &blob);
        assert_int_equal(verdict_of(f, &p), ALERT_BAD_SIGNATURE);
        p.body.data[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof blob.signature; i++) {
        blob.signature[i] ^= 0x80;
        wrap(&p, &a.id, 1, &blob);
        assert_int_equal(verdict_of(f, &p), ALERT_BAD_SIGNATURE);
        blob.signature[i] ^= 0x80;
    }
    p.body.data[p.body.size / 2] ^= 4;
    wrap(&p, &a.id, 1, &blob);
    is_refused(f, &p, ALERT_BAD_SIGNATURE);
    parcel_free(&p);
}

static void a_foreign_signer_is_an_unknown_key(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->foreign);

    is_refused(f, &p, ALERT_UNKNOWN_KEY);
    parcel_free(&p);
}

static void a_borrowed_key_id_does_not_help(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->hub);
    struct signed_bytes blob = sign_alert(&p, &a, &f->foreign);

    sign_key_id(blob.key_id, f->hub.public_key);
    wrap(&p, &a.id, 1, &blob);
    is_refused(f, &p, ALERT_BAD_SIGNATURE);
    parcel_free(&p);
}

/* A signature for one purpose is worth nothing for another. */
static void a_beacons_signature_does_not_sign_an_alert(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->hub);
    struct signed_bytes blob = sign_alert(&p, &a, &f->hub);

    sign_bytes(blob.signature, &f->hub, BEACON_SIGN_DOMAIN, blob.body);
    wrap(&p, &a.id, 1, &blob);
    is_refused(f, &p, ALERT_BAD_SIGNATURE);
    parcel_free(&p);
}

static void a_signed_alert_in_another_envelope_is_malformed(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f), b = flood(f), c = flood(f);
    struct parcel p = pack(&a, &f->hub);
    struct signed_bytes blob = sign_alert(&p, &a, &f->hub);

    wrap(&p, &b.id, 1, &blob); /* a true alert as another record */
    is_refused(f, &p, ALERT_MALFORMED);
    c.issuer = "hub00000002@20240101";
    blob = sign_alert(&p, &c, &f->hub);
    wrap(&p, &c.id, 1, &blob);
    is_refused(f, &p, ALERT_MALFORMED);
    parcel_free(&p);
}

static void an_update_of_nothing_is_refused(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p;

    a.type = ALERT_UPDATE;
    p = pack(&a, &f->hub);
    is_refused(f, &p, ALERT_NO_REFERENCE);
    parcel_free(&p);
}

/* ---- the time */

static void hear_beacon(struct fixture *f, int64_t clock_ms,
                        const struct sign_key *key)
{
    struct beacon beacon = {.clock_ms = clock_ms, .epoch = 1};
    struct signed_bytes blob;
    struct buf body = {0};

    (void)snprintf(beacon.hub, sizeof beacon.hub, NODE_WORLD_HUB);
    wire_beacon_encode(&body, &beacon);
    blob.body = buf_bytes(&body);
    sign_key_id(blob.key_id, key->public_key);
    sign_bytes(blob.signature, key, BEACON_SIGN_DOMAIN, blob.body);
    assert_int_equal(node_begin(f->w->node), 0);
    node_alerts_beacon(f->w->node, &blob);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
    buf_free(&body);
}

/* This machine's clock is two hours behind. */
static void expiry_runs_on_the_hubs_beacon(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->hub);

    hear_beacon(f, clock_wall_ms() + 7200000, &f->hub);
    assert_int_equal(verdict_of(f, &p), ALERT_EXPIRED);
    parcel_free(&p);
}

static void a_beacon_of_nobody_changes_no_clock(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p = pack(&a, &f->hub);

    hear_beacon(f, clock_wall_ms() + 7200000, &f->foreign);
    assert_int_equal(verdict_of(f, &p), ALERT_ACCEPTED);
    parcel_free(&p);
}

/* An old beacon, repeated by whoever kept it, turns no clock back. */
static void an_old_beacon_does_not_wake_an_expired_alert(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct parcel p;

    a.expires_ms = a.issued_ms + 60000;
    p = pack(&a, &f->hub);
    hear_beacon(f, clock_wall_ms() + 120000, &f->hub);
    hear_beacon(f, clock_wall_ms(), &f->hub);
    assert_int_equal(verdict_of(f, &p), ALERT_EXPIRED);
    parcel_free(&p);
}

static void set_i64(struct fixture *f, const char *name, int64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    assert_int_equal(node_store_set(f->w->node->store, name, text), 0);
}

/* The machine was up for so long when it last heard the hub; it was off for
 * hours then, is up again and has no line. */
static void what_ran_out_while_the_machine_was_off_stays_so(void **state)
{
    struct fixture *f = *state;
    int64_t up_ms = clock_mono_ms() + 200, wall_ms = clock_wall_ms();

    assert_int_equal(node_begin(f->w->node), 0);
    set_i64(f, "beacon_ms", wall_ms - 5 * 3600000);
    set_i64(f, "beacon_boot_ms", up_ms);
    node_alerts_started(f->w->node);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
    assert_true(node_alerts_now_ms(f->w->node) >= wall_ms);
    while (clock_mono_ms() <= up_ms)
        ; /* it is up for as long as that again */
    assert_true(node_alerts_now_ms(f->w->node) >= wall_ms);
}

static void every_verdict_has_words_of_its_own(void **state)
{
    static const int verdicts[] = {
        ALERT_ACCEPTED,  ALERT_DUPLICATE,    ALERT_SUPERSEDED,
        ALERT_MALFORMED, ALERT_NO_REFERENCE, ALERT_BAD_SIGNATURE,
        ALERT_EXPIRED,   ALERT_UNKNOWN_KEY,  ALERT_OUTSIDE};
    size_t count = sizeof verdicts / sizeof *verdicts;

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            assert_string_not_equal(alert_verdict_text(verdicts[i]),
                                    alert_verdict_text(verdicts[j]));
}

#define alert_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        alert_test(an_alert_of_our_hub_is_stored_shown_and_receipted),
        alert_test(what_ran_out_while_the_machine_was_off_stays_so),
        alert_test(while_it_serves_the_receipt_follows_after_a_rest),
        alert_test(
            a_receipt_that_rested_when_the_power_went_is_written_at_the_start),
        alert_test(showing_and_acknowledging_are_told),
        alert_test(a_receipt_of_a_lost_machine_is_joined_with_ours),
        alert_test(an_alert_that_comes_again_is_a_duplicate),
        alert_test(an_alert_for_others_is_stored_and_not_shown),
        alert_test(an_alert_for_us_among_others_is_shown),
        alert_test(an_expired_alert_is_stored_as_such),
        alert_test(a_cancel_after_the_alert_takes_it_back),
        alert_test(a_cancel_before_the_alert_supersedes_it),
        alert_test(an_update_before_the_alert_supersedes_it),
        alert_test(one_altered_byte_is_a_bad_signature),
        alert_test(a_foreign_signer_is_an_unknown_key),
        alert_test(a_borrowed_key_id_does_not_help),
        alert_test(a_beacons_signature_does_not_sign_an_alert),
        alert_test(a_signed_alert_in_another_envelope_is_malformed),
        alert_test(an_update_of_nothing_is_refused),
        alert_test(expiry_runs_on_the_hubs_beacon),
        alert_test(a_beacon_of_nobody_changes_no_clock),
        alert_test(an_old_beacon_does_not_wake_an_expired_alert),
        alert_test(every_verdict_has_words_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
