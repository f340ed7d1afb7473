/* tests/unit/test_node_alerts.c - what a node makes of an alert, by itself: who
 * signed it, for whom, until when, and what it had heard before. */
#include "tests/unit/test_node_alerts_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        alert_test(an_alert_of_our_hub_is_stored_shown_and_receipted),
        alert_test(what_ran_out_while_the_machine_was_off_stays_so),
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
