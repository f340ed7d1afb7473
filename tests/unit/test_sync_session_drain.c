/* tests/unit/test_sync_session_drain.c - a machine that was replaced hands over
 * what only it holds, and nothing else (PROTOCOL 8.6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/error.h"
#include "common/sync/session_inside.h"
#include "tests/support/sync_pair.h"

static struct pair_host *hub_of(struct pair *pair)
{
    return &pair->hosts[PAIR_HUB];
}

static void retire(struct pair *pair)
{
    struct sync_event lost = {.type = SYNC_LOST};

    (void)pair_turn(pair, PAIR_HUB, &lost);
    sync_session_retire(hub_of(pair)->session, true);
}

static int set_up(void **state)
{
    struct pair *pair = pair_new();

    retire(pair);
    pair_forget(pair);
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;

    pair_free(&pair);
    return 0;
}

/* What the present machine does: it adopts, and the stream brings the change.
 */
static void adopt_all(struct pair *pair)
{
    struct fake_store *store = &hub_of(pair)->store;

    for (size_t i = 0; i < store->early_count; i++)
        if (!fake_in_streams(store, &store->early[i].digest))
            fake_stream_add(&store->streams[FAKE_UP], &store->early[i]);
    hub_of(pair)->committed = *store;
}

static uint64_t early_at_hub(struct pair *pair)
{
    struct sync_view view = fake_view(&hub_of(pair)->store);

    return view.early_count(view.who, FAKE_UNIT);
}

static bool hub_holds_all(struct pair *pair)
{
    const struct fake_stream *up = &pair->hosts[0].store.streams[FAKE_UP];

    for (size_t i = 0; i < up->count; i++)
        if (!fake_holds(&hub_of(pair)->store, &up->changes[i].digest))
            return false;
    return true;
}

static void it_hands_over_what_the_hub_lacks(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 4);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 2);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 4 all 0 orders 0\n"
                      "0 hub > drain up 2 all 0/0 orders 0/0\n"
                      "0 node * retired up 2\n"
                      "0 node > early list #3 #4\n"
                      "0 hub > want #3 #4\n"
                      "0 node > early #3 back\n"
                      "0 node > early #4 back\n"
                      "0 hub > early ack #3\n"
                      "0 hub > early ack #4\n"
                      "0 node * settled #3\n"
                      "0 node * settled #4\n"
                      "0 node > status 4 backlog 0\n");
    assert_true(pair->hosts[0].retired);
    assert_false(pair->hosts[0].drained);
    assert_int_equal(early_at_hub(pair), 2);
}

static void it_is_drained_when_all_has_a_place_in_the_stream(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 4);
    pair_connect(pair, 0);
    pair_wait(pair, 5000);
    pair_expect_no_line(pair, "drained");
    adopt_all(pair);
    pair_wait(pair, 2000);
    pair_expect_line(pair, "hub > drained 4");
    assert_true(pair->hosts[0].drained);
    assert_true(hub_of(pair)->drained);
}

static void a_machine_with_nothing_is_drained_at_once(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 3);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 3);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect_no_line(pair, "early");
    assert_true(pair->hosts[0].drained);
}

static void what_it_writes_after_it_was_told_is_drained_too(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    assert_true(pair->hosts[0].drained);
    pair->hosts[0].drained = false;
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_wait(pair, 3000);
    assert_int_equal(early_at_hub(pair), 1);
    assert_false(pair->hosts[0].drained);
    adopt_all(pair);
    pair_wait(pair, 3000);
    assert_true(pair->hosts[0].drained);
}

static void a_cut_line_goes_on_where_it_was(void **state)
{
    struct pair *pair = *state;
    size_t steps = 0;

    pair->quiet = true;
    pair_has(pair, 0, FAKE_UP, 300);
    pair_connect(pair, 0);
    while (early_at_hub(pair) < 100 && pair_step(pair))
        assert_true(++steps < 10000);
    pair_cut(pair, 0);
    pair_restart(pair, PAIR_HUB);
    sync_session_retire(hub_of(pair)->session, true);
    pair->express_bytes = 0;
    pair_connect(pair, 0);
    pair_wait(pair, 5000);
    assert_int_equal(early_at_hub(pair), 300);
    assert_true(hub_holds_all(pair));
    assert_true(pair->express_bytes < 250 * 300); /* not all over again */
}

static void no_more_is_under_way_than_the_grant(void **state)
{
    struct pair *pair = *state;
    const struct pair_queue *queue = &pair->to_hub[LANE_EXPRESS];
    size_t most = 0;

    pair->quiet = true;
    pair_has(pair, 0, FAKE_UP, 20);
    for (size_t i = 0; i < 20; i++)
        pair->hosts[0].store.streams[FAKE_UP].changes[i].size = 30000;
    pair->hosts[0].committed = pair->hosts[0].store;
    pair_connect(pair, 0);
    while (pair_step(pair)) {
        size_t bytes = 0;

        for (size_t i = 0; i < queue->count; i++)
            bytes += queue->frames[(queue->first + i) % PAIR_QUEUE]->bytes;
        most = bytes > most ? bytes : most;
    }
    assert_int_equal(early_at_hub(pair), 20);
    assert_true(most > 30000 && most <= CREDIT_EXPRESS + LIMIT_FRAME);
}

static void what_the_hub_refuses_is_never_called_drained(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 2);
    hub_of(pair)->store_code = NAK_SIGNATURE;
    pair_connect(pair, 0);
    pair_wait(pair, 120000);
    pair_expect_line(pair, "hub > early ack #1 refused signature");
    pair_expect_no_line(pair, "drained");
    pair_expect_no_line(pair, "backlog 0");
}

static void it_gives_back_what_only_it_holds_of_the_hubs(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, PAIR_HUB, FAKE_ORDERS, 3);
    pair_copy(pair, PAIR_HUB, 0, FAKE_ORDERS, 3);
    hub_of(pair)->store.streams[FAKE_ORDERS].count = 1;
    hub_of(pair)->committed = hub_of(pair)->store;
    pair_connect(pair, 0);
    pair_wait(pair, 3000);
    assert_int_equal(pair->alarms[ALARM_CHANNEL_REWOUND], 1);
    assert_true(fake_holds(&hub_of(pair)->store,
                           &pair->hosts[0].store.early[0].digest));
    assert_true(fake_holds(&hub_of(pair)->store,
                           &pair->hosts[0].store.early[1].digest));
    assert_true(pair->hosts[0].drained);
}

static void it_may_not_open_or_receive(void **state)
{
    static const enum message_type wrong[] = {MSG_PULL, MSG_BULK_OPEN,
                                              MSG_BATCH};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct sync_message message = {.type = wrong[i]};
        struct pair *pair = pair_new();
        enum lane lane = wrong[i] == MSG_PULL ? LANE_EXPRESS : LANE_BULK;

        retire(pair);
        pair_has(pair, PAIR_HUB, FAKE_ALL, 2);
        pair_connect(pair, 0);
        pair_settle(pair);
        (void)pair_inject(pair, PAIR_HUB, 0, lane, &message, 100);
        pair_expect_line(pair, "hub > bye restart");
        assert_int_equal(pair->hosts[0].store.streams[FAKE_ALL].count, 0);
        pair_free(&pair);
    }
    (void)state;
}

static void a_program_of_the_first_version_is_told_nothing(void **state)
{
    struct pair *pair = *state;
    struct sync_message message = {.type = MSG_HELLO};

    memcpy(message.hello.unit, FAKE_UNIT, sizeof FAKE_UNIT);
    pair->hosts[0].route[LANE_EXPRESS] = 7;
    (void)pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &message, 100);
    pair_expect(pair, "");
    assert_int_equal(sync_session_state(hub_of(pair)->session), SYNC_CLOSED);
}

static void a_hello_is_answered_once_a_second(void **state)
{
    struct pair *pair = *state;

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_cut(pair, 0);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n");
    pair_wait(pair, 11000);
    pair_expect_line(pair, "hub > drain up 0 all 0/0 orders 0/0");
}

/* A live conversation hears of what another machine handed over. */
static void the_present_machine_adopts_in_the_middle(void **state)
{
    struct pair *pair = pair_new();
    struct sync_event came = {.type = SYNC_HANDED_IN};
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, ++pair->numbers, false, 100);

    (void)state;
    pair_connect(pair, 0);
    pair_settle(pair);
    hub_of(pair)->store.early[hub_of(pair)->store.early_count++] = change;
    hub_of(pair)->committed = hub_of(pair)->store;
    pair_forget(pair);
    (void)pair_turn(pair, PAIR_HUB, &came);
    pair_settle(pair);
    pair_expect_line(pair, "hub > early list #1");
    pair_expect_line(pair, "node > want #1");
    assert_true(fake_in_streams(&pair->hosts[0].store, &change.digest));
    assert_true(fake_in_streams(&hub_of(pair)->store, &change.digest));
    pair_free(&pair);
}

static void what_the_present_machine_refused_is_named_again(void **state)
{
    struct pair *pair = pair_new();
    struct sync_event came = {.type = SYNC_HANDED_IN};
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, ++pair->numbers, false, 100);

    (void)state;
    pair_connect(pair, 0);
    pair_settle(pair);
    hub_of(pair)->store.early[hub_of(pair)->store.early_count++] = change;
    hub_of(pair)->committed = hub_of(pair)->store;
    pair->hosts[0].store_code = NAK_SIGNATURE;
    (void)pair_turn(pair, PAIR_HUB, &came);
    pair_settle(pair);
    pair->hosts[0].store_code = NAK_NONE;
    pair_wait(pair, 9000);
    assert_false(fake_in_streams(&pair->hosts[0].store, &change.digest));
    pair_wait(pair, 2000);
    assert_true(fake_in_streams(&pair->hosts[0].store, &change.digest));
    pair_free(&pair);
}

static void a_machine_that_waits_for_its_new_keys_waits(void **state)
{
    struct pair *pair = *state;
    struct sync_message no = {.type = MSG_ROTATED};

    pair->hosts[0].rotating = true;
    pair_has(pair, 0, FAKE_UP, 1);
    pair_connect(pair, 0);
    pair_wait(pair, 9000);
    pair_expect_no_line(pair, "early");
    pair_expect_no_line(pair, "status");
    (void)pair_inject(pair, 0, 0, LANE_EXPRESS, &no, 100);
    pair_settle(pair);
    pair_expect_line(pair, "node > early list #1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_hands_over_what_the_hub_lacks),
        TEST(it_is_drained_when_all_has_a_place_in_the_stream),
        TEST(a_machine_with_nothing_is_drained_at_once),
        TEST(what_it_writes_after_it_was_told_is_drained_too),
        TEST(a_cut_line_goes_on_where_it_was),
        TEST(no_more_is_under_way_than_the_grant),
        TEST(what_the_hub_refuses_is_never_called_drained),
        TEST(it_gives_back_what_only_it_holds_of_the_hubs),
        TEST(it_may_not_open_or_receive),
        TEST(a_program_of_the_first_version_is_told_nothing),
        TEST(a_hello_is_answered_once_a_second),
        TEST(the_present_machine_adopts_in_the_middle),
        TEST(what_the_present_machine_refused_is_named_again),
        TEST(a_machine_that_waits_for_its_new_keys_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
