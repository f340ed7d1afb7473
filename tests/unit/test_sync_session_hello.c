/* tests/unit/test_sync_session_hello.c - the hello table of PROTOCOL 5, row by
 * row: where streams go on, who was rewound, what is handed back. Who speaks
 * for the unit is in test_sync_session_machines.c.
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

static int set_up(void **state)
{
    *state = pair_new();
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;

    pair_free(&pair);
    return 0;
}

/* ---- a node's stream: the hub's copy is the reference */

static void a_node_that_returns_sends_only_what_the_hub_lacks(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 7);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 4);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 7 all 0 orders 0\n"
                      "0 hub > welcome up 4 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * acked up 4\n"
                      "0 node * expedite again up 4\n"
                      "0 node * dial bulk\n"
                      "0 node > bulk open\n"
                      "0 node > up 5..7\n"
                      "0 hub * stored up 7\n"
                      "0 hub > ack up 7\n"
                      "0 node * acked up 7\n");
}

static void two_that_agree_have_nothing_to_say(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 3);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 3);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 3 all 0 orders 0\n"
                      "0 hub > welcome up 3 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * acked up 3\n"
                      "0 node * expedite again up 3\n");
}

static void a_restored_hub_is_sent_again_what_it_lost(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 7);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 4);
    pair->hosts[0].store.acked = 6;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 7 all 0 orders 0 acked 6\n"
                      "0 hub > welcome up 4 all 0/0 orders 0/0\n"
                      "0 hub * alarm hub rewound up 4\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * alarm hub rewound up 4\n"
                      "0 node * acked up 4\n"
                      "0 node * expedite again up 4\n"
                      "0 node * dial bulk\n"
                      "0 node > bulk open\n"
                      "0 node > up 5..7\n"
                      "0 hub * stored up 7\n"
                      "0 hub > ack up 7\n"
                      "0 node * acked up 7\n");
    assert_true(pair_converged(pair, 0));
}

static void a_node_set_back_takes_the_hubs_copy(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 7);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 7);
    pair_copy(pair, 0, 0, FAKE_UP, 4);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 4 all 0 orders 0\n"
                      "0 hub > welcome up 7 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * alarm node rewound up 3\n"
                      "0 node * acked up 3\n"
                      "0 node * rebase begin up 3\n"
                      "0 node > pull up 3\n"
                      "0 node * expedite again up 3\n"
                      "0 node * dial bulk\n"
                      "0 node > bulk open\n"
                      "0 hub > up 4..7\n"
                      "0 node * staged up 7\n"
                      "0 node * rebase finish up 7\n"
                      "0 node * acked up 7\n"
                      "0 node > ack up 7\n");
    assert_true(pair_converged(pair, 0));
}

static void a_node_set_back_that_wrote_since_appends_its_own(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 7);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 7);
    pair_copy(pair, 0, 0, FAKE_UP, 4);
    pair_has(pair, 0, FAKE_UP, 5);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 9 all 0 orders 0\n"
                      "0 hub > welcome up 7 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * alarm node rewound up 3\n"
                      "0 node * acked up 3\n"
                      "0 node * rebase begin up 3\n"
                      "0 node > pull up 3\n"
                      "0 node * expedite again up 3\n"
                      "0 node * dial bulk\n"
                      "0 node > bulk open\n"
                      "0 hub > up 4..7\n"
                      "0 node * staged up 7\n"
                      "0 node * rebase finish up 7\n"
                      "0 node * acked up 7\n"
                      "0 node > up 8..12\n"
                      "0 node > ack up 7\n"
                      "0 hub * stored up 12\n"
                      "0 hub > ack up 12\n"
                      "0 node * acked up 12\n");
    assert_int_equal(pair->hosts[0].store.streams[FAKE_UP].count, 12);
    assert_true(pair_converged(pair, 0));
}

static void a_new_machine_receives_its_own_data_back(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 1, FAKE_UP, 5);
    pair_copy(pair, 1, PAIR_HUB, FAKE_UP, 5);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 0 orders 0\n"
                      "0 hub > welcome up 5 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * alarm node rewound up 0\n"
                      "0 node * rebase begin up 0\n"
                      "0 node > pull up 0\n"
                      "0 node * expedite again up 0\n"
                      "0 node * dial bulk\n"
                      "0 node > bulk open\n"
                      "0 hub > up 1..5\n"
                      "0 node * staged up 5\n"
                      "0 node * rebase finish up 5\n"
                      "0 node * acked up 5\n"
                      "0 node > ack up 5\n");
    assert_true(pair_converged(pair, 0));
}

static void both_set_back_still_agree(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 9);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 6);
    pair_copy(pair, 0, 0, FAKE_UP, 3);
    pair->hosts[0].store.acked = 9;
    pair_has(pair, 0, FAKE_UP, 1);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 4 all 0 orders 0 acked 9\n"
                      "0 hub > welcome up 6 all 0/0 orders 0/0\n"
                      "0 hub * alarm hub rewound up 6\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * alarm hub rewound up 6\n"
                      "0 node * alarm node rewound up 2\n"
                      "0 node * rebase begin up 2\n"
                      "0 node > pull up 2\n"
                      "0 node * expedite again up 2\n"
                      "0 node * dial bulk\n"
                      "0 hub * alarm node rewound up 2\n"
                      "0 node > bulk open\n"
                      "0 hub > up 3..6\n"
                      "0 node * staged up 6\n"
                      "0 node * rebase finish up 6\n"
                      "0 node * acked up 6\n"
                      "0 node > up 7..7\n"
                      "0 node > ack up 6\n"
                      "0 hub * stored up 7\n"
                      "0 hub > ack up 7\n"
                      "0 node * acked up 7\n");
    assert_true(pair_converged(pair, 0));
}

/* Delivers until the line stands in the transcript. */
static void until(struct pair *pair, const char *line)
{
    while (strstr(buf_text(&pair->transcript), line) == NULL)
        assert_true(pair_step(pair));
}

static void what_is_written_during_a_rebase_follows_it(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 7);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 7);
    pair_copy(pair, 0, 0, FAKE_UP, 4);
    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    assert_int_equal(sync_session_state(pair->hosts[0].session), SYNC_REBASING);
    pair_forget(pair);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_write(pair, 0, FAKE_UP, 1, true); /* urgent: does not wait */
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, true);
    pair_settle(pair);
    pair_expect(pair, "0 node > early #9\n"
                      "0 hub > early #10\n"
                      "0 hub > early ack #9\n"
                      "0 node > early ack #10\n"
                      "0 hub * settled #10\n"
                      "0 node * settled #9\n");
    pair->hold_bulk = false;
    pair_settle(pair);
    pair_expect(pair, "0 node > bulk open\n"
                      "0 hub > up 4..7\n"
                      "0 node * staged up 7\n"
                      "0 node * rebase finish up 7\n"
                      "0 node * acked up 7\n"
                      "0 node > up 8..9\n"
                      "0 node > ack up 7\n"
                      "0 hub * stored up 9\n"
                      "0 hub > ack up 9\n"
                      "0 node * acked up 9\n");
    pair_wait(pair, 100); /* the stream follows what was expedited */
    pair_settle(pair);
    pair_expect_line(pair, "hub * acked all 1");
    assert_true(pair_converged(pair, 0));
}

static void a_crash_in_the_middle_of_a_rebase_begins_it_again(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 300);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 300);
    pair_copy(pair, 0, 0, FAKE_UP, 4);
    pair_has(pair, 0, FAKE_UP, 2);
    pair_connect(pair, 0);
    until(pair, "node * staged up");
    pair_restart(pair, 0);
    pair_forget(pair);
    pair_wait(pair, 1000);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "1000 node > hello up 6 all 0 orders 0\n"
                      "1000 hub > challenge\n"
                      "1000 node > hello up 6 all 0 orders 0 nonce\n"
                      "1000 hub > bye superseded\n"
                      "1000 hub > welcome up 300 all 0/0 orders 0/0\n"
                      "1000 hub * expedite again all 0\n"
                      "1000 hub * expedite again orders 0\n"
                      "1000 node * alarm node rewound up 0\n"
                      "1000 node * rebase begin up 0\n"
                      "1000 node > pull up 0\n"
                      "1000 node * expedite again up 0\n"
                      "1000 node * dial bulk\n"
                      "1000 hub > nak later up wait 59000\n"
                      "1000 node > bulk open\n");
    pair_wait(pair, 60000);
    pair_expect(pair, "60000 node > pull up 0\n"
                      "60000 hub > up 1..161\n"
                      "60000 node * staged up 161\n"
                      "60000 node > ack up 161\n"
                      "60000 hub > up 162..300\n"
                      "60000 node * staged up 300\n"
                      "60000 node * rebase finish up 300\n"
                      "60000 node * acked up 300\n"
                      "60000 node > status 302 backlog 302\n"
                      "60000 node > up 301..302\n"
                      "60000 node > ack up 300\n"
                      "60000 hub * stored up 302\n"
                      "60000 hub > ack up 302\n"
                      "60000 node * acked up 302\n");
    assert_int_equal(pair->hosts[0].store.streams[FAKE_UP].count, 302);
    assert_true(pair_converged(pair, 0));
}

static void a_pull_that_is_not_answered_is_said_again(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 1, FAKE_UP, 5);
    pair_copy(pair, 1, PAIR_HUB, FAKE_UP, 5);
    pair_connect(pair, 0);
    until(pair, "pull up 0");
    pair_lose_one(pair, LANE_EXPRESS, true, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_wait(pair, 89999);
    pair_expect_no_line(pair, "pull");
    pair_wait(pair, 1);
    pair_expect_line(pair, "node > pull up 0");
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static void what_was_lent_is_not_lent_twice(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 1, FAKE_UP, 5);
    pair_copy(pair, 1, PAIR_HUB, FAKE_UP, 5);
    pair_connect(pair, 0);
    until(pair, "node > ack up 5");
    pair_lose_one(pair, LANE_BULK, true, 0);
    pair_write(pair, 0, FAKE_UP, 2, false); /* the node goes on by itself */
    pair_settle(pair);
    pair_forget(pair);
    pair_cut_bulk(pair, 0);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair_expect_no_line(pair, "hub > up");
    assert_true(pair_converged(pair, 0));
}

static void rebases_are_rationed_to_one_a_minute(void **state)
{
    struct pair *pair = *state;
    struct sync_message pull = {.type = MSG_PULL};
    struct sync_message beyond = {.type = MSG_PULL};

    pair_has(pair, 1, FAKE_UP, 5);
    pair_copy(pair, 1, PAIR_HUB, FAKE_UP, 5);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pull.pull.name = pair->hosts[0].store.streams[FAKE_UP].name;
    pair->now_ms = 59000;
    pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &pull, 100);
    pair_expect_line(pair, "hub > nak later up wait 1000");
    pair->now_ms = 60000;
    pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &pull, 100);
    pair_expect_line(pair, "hub > up 1..5");
    beyond.pull.name = pull.pull.name;
    beyond.pull.after = 6;
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &beyond, 100),
                     ERR_REFUSED);
    pair_expect_line(pair, "alarm protocol: a pull of what we do not hold");
}

static void a_pull_of_a_foreign_stream_is_refused(void **state)
{
    struct pair *pair = *state;
    struct sync_message pull = {.type = MSG_PULL};

    pair_connect(pair, 0);
    pair_settle(pair);
    pull.pull.name = stream_name_make("19873@20040708", STREAM_UP);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &pull, 100),
                     ERR_REFUSED);
}

/* ---- the hub's channels: many hold copies */

static void a_node_receives_what_it_lacks_of_a_channel(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, PAIR_HUB, FAKE_ALL, 5);
    pair_has(pair, PAIR_HUB, FAKE_ORDERS, 2);
    pair_copy(pair, PAIR_HUB, 0, FAKE_ALL, 2);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 2 orders 0\n"
                      "0 hub > welcome up 0 all 2/5 orders 0/2\n"
                      "0 hub > announce all 5\n"
                      "0 hub > announce orders 2\n"
                      "0 hub * expedite again all 2\n"
                      "0 hub * expedite again orders 0\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n"
                      "0 node * dial bulk\n"
                      "0 node > bulk open\n"
                      "0 hub > all 3..5\n"
                      "0 hub > orders 1..2\n"
                      "0 node * stored all 5\n"
                      "0 node > ack all 5\n"
                      "0 hub * acked all 5\n"
                      "0 node * stored unit:1 2\n"
                      "0 node > ack orders 2\n"
                      "0 hub * acked orders 2\n");
    assert_true(pair_converged(pair, 0));
}

static void a_channel_that_was_not_claimed_begins_at_one(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, PAIR_HUB, FAKE_ORDERS, 2);
    pair->hosts[0].claims = 2;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect_line(pair, "hub > welcome up 0 all 0/0 orders 0/2");
    assert_true(pair_converged(pair, 0));
}

static void a_rewound_hub_opens_an_epoch_and_is_handed_back(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, PAIR_HUB, FAKE_ALL, 5);
    pair_copy(pair, PAIR_HUB, 0, FAKE_ALL, 5);
    pair_copy(pair, PAIR_HUB, PAIR_HUB, FAKE_ALL, 3);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_wait(pair, 100); /* the stream follows what was expedited */
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 0 all 5 orders 0\n"
                      "0 hub > welcome up 0 all 3/3 orders 0/0\n"
                      "0 hub * expedite again all 3\n"
                      "0 hub * alarm channel rewound all 3\n"
                      "0 hub * new epoch all 3\n"
                      "0 hub * expedite again orders 0\n"
                      "0 hub > early #6\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n"
                      "0 node * detach all 3\n"
                      "0 node > early list #4 #5\n"
                      "0 hub > want #4 #5\n"
                      "0 node > early ack #6\n"
                      "0 hub * settled #6\n"
                      "0 node > early #4 back\n"
                      "0 node > early #5 back\n"
                      "0 hub > early ack #4\n"
                      "0 hub > early ack #5\n"
                      "0 node * settled #4\n"
                      "0 node * settled #5\n"
                      "100 hub > announce all 6\n"
                      "100 node * dial bulk\n"
                      "100 node > bulk open\n"
                      "100 hub > all 4..6\n"
                      "100 node * stored all 6\n"
                      "100 node > ack all 6\n"
                      "100 hub * acked all 6\n");
    assert_true(pair_converged(pair, 0));
}

static void a_rewound_hub_that_wrote_since_keeps_both(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, PAIR_HUB, FAKE_ALL, 9);
    pair_copy(pair, PAIR_HUB, 0, FAKE_ALL, 9);
    pair_copy(pair, PAIR_HUB, PAIR_HUB, FAKE_ALL, 4);
    pair_has(pair, PAIR_HUB, FAKE_ALL, 7);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect_line(pair, "hub * alarm channel rewound all 1");
    assert_true(pair_converged(pair, 0));
    assert_int_equal(pair->hosts[0].store.streams[FAKE_ALL].count, 9 + 7 + 1);
}

static bool no_hash(void *who, const struct stream_name *name, uint64_t seq,
                    struct hash *out)
{
    (void)who;
    (void)name;
    (void)seq;
    memset(out, 0, sizeof *out);
    return false;
}

static void a_claim_from_another_beginning_shares_nothing(void **state)
{
    struct pair *pair = *state;
    struct stream_claim claim;
    struct stream_lookup nothing = {.hash_at = no_hash};
    struct stream_relation relation;

    pair_has(pair, 0, FAKE_ALL, 3);
    claim = fake_claim(&pair->hosts[0].store.streams[FAKE_ALL]);
    relation = stream_relate(&claim, &nothing);
    assert_false(relation.prefix);
    assert_int_equal(relation.common, 0);

    /* an empty copy that counts from elsewhere is no alarm */
    pair->hosts[0].store.streams[FAKE_ALL].count = 0;
    memset(&pair->hosts[0].store.streams[FAKE_ALL].h[0], 9, 32);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect_no_line(pair, "alarm");
}

/* ---- early copies outside any stream */

static void early_lists_go_both_ways(void **state)
{
    struct pair *pair = *state;
    struct pair_host *node = &pair->hosts[0], *hub = &pair->hosts[PAIR_HUB];
    struct fake_change theirs =
        fake_change_make(FAKE_HUB, FAKE_ALL, 91, true, 9);
    struct fake_change ours = fake_change_make(FAKE_UNIT, FAKE_UP, 92, true, 9);
    struct fake_change known;
    struct change view;

    pair_write(pair, 0, FAKE_UP, 1, true);
    known = node->store.streams[FAKE_UP].changes[0];
    view = fake_change_view(&theirs);
    fake_store_early(&node->store, &view);
    view = fake_change_view(&ours);
    fake_store_early(&hub->store, &view);
    view = fake_change_view(&known);
    fake_store_early(&hub->store, &view);
    pair->hold_bulk = true;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_expect(pair, "0 node > hello up 1 all 0 orders 0\n"
                      "0 hub > welcome up 0 all 0/0 orders 0/0\n"
                      "0 hub * expedite again all 0\n"
                      "0 hub * expedite again orders 0\n"
                      "0 hub > early list #92 #1\n"
                      "0 node * acked up 0\n"
                      "0 node * expedite again up 0\n"
                      "0 node > early list #91\n"
                      "0 node * dial bulk\n"
                      "0 hub > want #91\n"
                      "0 node * settled #1\n"
                      "0 node > want #92\n"
                      "0 hub > early #92 back\n"
                      "0 node > early #91 back\n"
                      "0 hub > announce all 1\n"
                      "0 hub > early ack #91\n"
                      "0 node > early ack #92\n"
                      "0 hub * settled #92\n"
                      "0 node * settled #91\n");
    pair->hold_bulk = false;
    pair_settle(pair);
    assert_true(pair_converged(pair, 0));
}

static size_t count_of(struct pair *pair, const char *part)
{
    const char *at = buf_text(&pair->transcript);
    size_t count = 0;

    while ((at = strstr(at, part)) != NULL) {
        count++;
        at += strlen(part);
    }
    return count;
}

enum { BACK = 300, BACK_BYTES = 1000 };

/* Of the unit, by a machine that was found again: the hub holds it early. */
static void hold_early(struct pair *pair)
{
    for (uint32_t i = 0; i < BACK; i++) {
        struct fake_change change =
            fake_change_make(FAKE_UNIT, FAKE_UP, 1000 + i, true, BACK_BYTES);
        struct change view = fake_change_view(&change);

        (void)fake_store_early(&pair->hosts[PAIR_HUB].store, &view);
    }
}

static void what_is_handed_back_stands_before_no_alert(void **state)
{
    struct pair *pair = *state;

    hold_early(pair);
    pair_connect(pair, 0);
    while (count_of(pair, "back\n") == 0)
        assert_true(pair_step(pair));
    pair_write(pair, PAIR_HUB, FAKE_ALL, 1, true); /* #1 */
    pair_expect_line(pair, "hub > early #1");
    assert_true(count_of(pair, "back\n") * BACK_BYTES <=
                LIMIT_FRAME_START + BACK_BYTES);
    pair_settle(pair);
    pair_wait(pair, 1000);
    assert_int_equal(count_of(pair, "hub > early #1\n"), 1);
    assert_int_equal(count_of(pair, "back\n"), BACK);
    assert_true(pair_converged(pair, 0));
}

/* .. nor does it wait in the hub's memory, whoever asks and how often. */
static void who_asks_again_and_again_is_handed_back_some_at_a_time(void **state)
{
    struct pair *pair = *state;
    const struct sync_session *hub = pair->hosts[PAIR_HUB].session;
    struct early_ref refs[LIMIT_EARLY_LIST];
    struct sync_message want = {.type = MSG_WANT};

    pair_connect(pair, 0);
    pair_settle(pair);
    hold_early(pair);
    for (size_t i = 0; i < LIMIT_EARLY_LIST; i++)
        refs[i] = fake_ref(&pair->hosts[PAIR_HUB].store.early[0]);
    want.want = (struct msg_want){.count = LIMIT_EARLY_LIST, .refs = refs};
    for (int i = 0; i < 100; i++)
        assert_int_equal(
            pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &want, 100), 0);
    assert_true(count_of(pair, "back\n") * BACK_BYTES <=
                LIMIT_FRAME_START + BACK_BYTES);
    assert_true(hub->back.count <= 4096);
    pair_settle(pair);
    pair_wait(pair, 60000); /* what found no room is named again */
    assert_true(pair_converged(pair, 0));
    assert_int_equal(hub->back.count, 0);
}

static void a_list_of_foreign_changes_asks_for_nothing(void **state)
{
    struct pair *pair = *state;
    struct early_ref ref = {.version = 1, .home = "19873@20040708"};
    struct sync_message list = {.type = MSG_EARLY_LIST};

    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    list.early_list.count = 1;
    list.early_list.refs = &ref;
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &list, 100),
                     0);
    pair_expect(pair, "");
    list.early_list.count = LIMIT_EARLY_LIST + 1;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &list, 100),
                     ERR_REFUSED);
    pair_expect_line(pair, "node * alarm protocol: a list that is too long");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_node_that_returns_sends_only_what_the_hub_lacks),
        TEST(two_that_agree_have_nothing_to_say),
        TEST(a_restored_hub_is_sent_again_what_it_lost),
        TEST(a_node_set_back_takes_the_hubs_copy),
        TEST(a_node_set_back_that_wrote_since_appends_its_own),
        TEST(a_new_machine_receives_its_own_data_back),
        TEST(both_set_back_still_agree),
        TEST(what_is_written_during_a_rebase_follows_it),
        TEST(a_crash_in_the_middle_of_a_rebase_begins_it_again),
        TEST(a_pull_that_is_not_answered_is_said_again),
        TEST(what_was_lent_is_not_lent_twice),
        TEST(rebases_are_rationed_to_one_a_minute),
        TEST(a_pull_of_a_foreign_stream_is_refused),
        TEST(a_node_receives_what_it_lacks_of_a_channel),
        TEST(a_channel_that_was_not_claimed_begins_at_one),
        TEST(a_rewound_hub_opens_an_epoch_and_is_handed_back),
        TEST(a_rewound_hub_that_wrote_since_keeps_both),
        TEST(a_claim_from_another_beginning_shares_nothing),
        TEST(early_lists_go_both_ways),
        TEST(what_is_handed_back_stands_before_no_alert),
        TEST(who_asks_again_and_again_is_handed_back_some_at_a_time),
        TEST(a_list_of_foreign_changes_asks_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
