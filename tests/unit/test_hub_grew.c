/* hub/exchange_grew.c: whoever is there hears that a channel has grown, also
 * when one turn is too short for them all. And a turn that fails leaves neither
 * settings nor a replaced machine behind. */
#include "tests/unit/test_hub_fixture.h"

#include "common/format/json.h"
#include "common/sync/session_inside.h"
#include "hub/alerts.h"
#include "hub/exchange_inside.h"
#include "hub/settings.h"

enum { CROWD = 8 };

static struct exchange *crowd_of(struct fixture *f)
{
    return hub_exchange_new(f->hub, NULL); /* nothing of it leaves */
}

/* The machine of the roster's unit `i` says hello. */
static void join(struct exchange *ex, size_t i)
{
    struct node_key key = {.number = 1, .state = NODE_ENROLLED};
    struct stream_claim claims[3];
    struct sync_local local = {.claim_count = 3, .claims = claims};
    struct sync_message hello = {.type = MSG_HELLO};
    struct sync_route route = {{(uint8_t)(i + 1)}};
    struct sync_event e = hub_exchange_event(ex, SYNC_RECEIVED);
    struct ledger_stream s;
    struct peer *peer;

    memcpy(key.unit, ex->hub->roster.units[i].key, sizeof key.unit);
    peer = hub_exchange_need_peer(ex, &key);
    {
        struct stream_name names[3] = {stream_name_make(key.unit, STREAM_UP),
                                       ex->hub->all,
                                       hub_unit_channel(ex->hub, key.unit)};

        for (size_t c = 0; c < 3; c++) {
            assert_int_equal(
                ledger_stream(ex->hub->ledger, &s, &names[c], c > 0), 0);
            assert_int_equal(
                ledger_claim(ex->hub->ledger, &names[c], &claims[c]), 0);
        }
    }
    memcpy(hello.hello.unit, key.unit, sizeof hello.hello.unit);
    hello.hello.certificate = 1;
    hello.hello.instance = random_id(ex->hub->wall_ms);
    hello.hello.claims = claims;
    hello.hello.claim_count = 1;
    e.message = &hello;
    e.route = &route;
    e.local = &local;
    hub_exchange_step(ex, peer, &e);
    assert_int_equal(sync_session_state(peer->session), SYNC_LIVE);
}

static size_t heard(const struct exchange *ex)
{
    size_t count = 0;

    for (size_t i = 0; i < ex->peer_count; i++)
        count += ex->peers[i].touched;
    return count;
}

/* `all` has grown again when the first `told` had heard that it had grown, and
 * the turn is over before anybody hears of that. */
static void grow_after(struct exchange *ex, size_t told)
{
    hub_exchange_untouch(ex);
    ex->tell_at = told;
    ex->tell_left = ex->peer_count;
}

static void all_hear_in_a_turn_that_is_long_enough(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);

    for (size_t i = 0; i < CROWD; i++)
        join(ex, i);
    hub_exchange_untouch(ex);
    hub_exchange_grew(ex);
    assert_int_equal(heard(ex), 0);
    f->hub->grew_all = true;
    hub_exchange_grew(ex);
    assert_int_equal(heard(ex), CROWD);
    assert_false(hub_exchange_is_telling(ex));
    hub_exchange_free(&ex);
}

static void who_joins_meanwhile_takes_nobodys_turn(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);

    for (size_t i = 0; i < CROWD - 2; i++)
        join(ex, i);
    grow_after(ex, 3);
    join(ex, CROWD - 2);
    join(ex, CROWD - 1);
    hub_exchange_untouch(ex);
    hub_exchange_grew(ex);
    assert_int_equal(heard(ex), CROWD);
    assert_false(hub_exchange_is_telling(ex));
    hub_exchange_free(&ex);
}

static void only_the_unit_hears_of_its_own_channel(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);

    for (size_t i = 0; i < CROWD; i++)
        join(ex, i);
    hub_exchange_untouch(ex);
    hub_units_add(&f->hub->grew_for, ex->peers[2].unit);
    hub_exchange_grew(ex);
    assert_int_equal(heard(ex), 1);
    assert_true(ex->peers[2].touched);
    hub_exchange_free(&ex);
}

static void settings_of_a_turn_that_failed_are_taken_back(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);
    struct json *args = json_object_new(), *out = json_object_new();
    const struct pace_rule *rule;

    join(ex, 0);
    rule = &ex->peers[0].session->pace.rule;
    keep(f);
    json_set_text(args, "unit", f->hub->roster.units[0].slug);
    json_set_text(args, "rate", "64k");
    assert_int_equal(hub_settings_run(f->hub, args, out, &f->err), 0);
    hub_exchange_look_at_settings(ex); /* as the tick of that turn does */
    assert_int_equal(rule->rate, 64000 / 8);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    hub_exchange_look_at_settings(ex);
    assert_int_equal(rule->rate, 0);
    json_free(&args);
    json_free(&out);
    hub_exchange_free(&ex);
}

static int see_sent(void *who, const struct receipt_row *row)
{
    *(int64_t *)who = row->sent_ms;
    return 0;
}

static int64_t sent_ms(struct fixture *f, const struct id *alert)
{
    int64_t sent = 0;

    assert_int_equal(hub_store_receipts(f->hub->store, alert, see_sent, &sent),
                     0);
    return sent;
}

/* The frame of an alert did not leave. The turn that was to take back "sent"
 * fails: the next one does it. */
static void
what_did_not_leave_is_taken_back_also_after_a_failed_turn(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);
    struct alert_order order = {.type = ALERT_ALERT,
                                .event = "flood",
                                .headline = "Lũ trên sông Bồ",
                                .text = "Di dời trước 18 giờ.",
                                .severity = ALERT_EXTREME,
                                .expires_ms = f->hub->wall_ms + 3600000};
    struct change sent = {.header = {.kind = KIND_ALERT}};

    join(ex, 0);
    assert_int_equal(
        hub_alerts_issue(f->hub, &order, &sent.header.record, &f->err), 0);
    assert_int_equal(hub_alerts_sent(f->hub, &sent, ex->peers[0].unit), 0);
    keep(f);
    hub_exchange_untouch(ex);
    ex->peers[0].unsent_ms = sent_ms(f, &sent.header.record);
    ex->unsent = true; /* as the flush left it */
    assert_int_not_equal(sent_ms(f, &sent.header.record), 0);
    hub_exchange_tick(ex);
    assert_int_equal(sent_ms(f, &sent.header.record), 0);
    hub_rollback(f->hub);
    hub_exchange_failed(ex);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_not_equal(sent_ms(f, &sent.header.record), 0);
    hub_exchange_tick(ex);
    assert_int_equal(sent_ms(f, &sent.header.record), 0);
    /* it is back, in the same turn, and is sent it */
    assert_int_equal(hub_alerts_sent(f->hub, &sent, ex->peers[0].unit), 0);
    hub_exchange_tick(ex);
    assert_int_not_equal(sent_ms(f, &sent.header.record), 0);
    keep(f);
    hub_exchange_committed(ex);
    hub_exchange_tick(ex);
    assert_int_not_equal(sent_ms(f, &sent.header.record), 0);
    hub_exchange_free(&ex);
}

/* A machine that started anew is asked at once for the files that its
 * predecessor did not have, also when the turn of its first hello failed. */
static void files_are_asked_for_again_also_after_a_failed_turn(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);
    struct media_row row = {.size = 1, .type = 1, .state = MEDIA_WANTED};
    struct id instance = random_id(f->hub->wall_ms);

    join(ex, 0);
    hub_exchange_untouch(ex);
    memcpy(row.source, ex->peers[0].unit, sizeof row.source);
    assert_int_equal(media_store_add(f->hub->media.rows, &row), 0);
    assert_int_equal(
        media_store_put_off(f->hub->media.rows, &row.name, INT64_MAX / 2), 0);
    keep(f);
    hub_exchange_media_greeted(ex, &ex->peers[0], &instance);
    hub_rollback(f->hub);
    hub_exchange_failed(ex);
    assert_int_equal(hub_begin(f->hub), 0);
    hub_exchange_media_greeted(ex, &ex->peers[0], &instance);
    assert_int_equal(media_store_find(f->hub->media.rows, &row.name, &row), 0);
    assert_int_equal(row.again_ms, 0);
    hub_exchange_free(&ex);
}

static void a_failing_turn_leaves_replaced_machines_to_the_next(void **state)
{
    struct fixture *f = *state;
    struct exchange *ex = crowd_of(f);
    struct node_key key = {.number = 1, .state = NODE_ENROLLED};

    memcpy(key.unit, f->hub->roster.units[0].key, sizeof key.unit);
    hub_registry_put(f->hub->registry, &key);
    join(ex, 0);
    key.number = 2;
    key.curve_public[0] = 1;
    hub_registry_put(f->hub->registry, &key);
    f->hub->directory++;
    ex->failed = true; /* the disk said no behind the enrolment */
    hub_exchange_grew(ex);
    assert_int_equal(sync_session_state(ex->peers[0].session), SYNC_LIVE);
    ex->failed = false; /* rolled back; the enrolment is said again */
    hub_exchange_grew(ex);
    assert_int_equal(sync_session_state(ex->peers[0].session), SYNC_CLOSED);
    assert_true(ex->peers[0].retiring);
    hub_exchange_free(&ex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(all_hear_in_a_turn_that_is_long_enough),
        hub_test(who_joins_meanwhile_takes_nobodys_turn),
        hub_test(only_the_unit_hears_of_its_own_channel),
        hub_test(settings_of_a_turn_that_failed_are_taken_back),
        hub_test(what_did_not_leave_is_taken_back_also_after_a_failed_turn),
        hub_test(files_are_asked_for_again_also_after_a_failed_turn),
        hub_test(a_failing_turn_leaves_replaced_machines_to_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
