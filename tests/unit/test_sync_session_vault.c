/* tests/unit/test_sync_session_vault.c - objects behind `up` (PROTOCOL 7.10):
 * when they leave, how they resume, how a lost machine fetches its own, and
 * what a peer cannot do with them. In these hosts every second change has an
 * object. */
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
    struct pair *pair = pair_new();

    pair->vault = true;
    for (unsigned i = 0; i <= PAIR_HUB; i++)
        pair_restart(pair, i);
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    pair_free((struct pair **)state);
    return 0;
}

static struct fake_store *node_store(struct pair *pair)
{
    return &pair->hosts[0].committed;
}

static struct fake_store *hub_store(struct pair *pair)
{
    return &pair->hosts[PAIR_HUB].committed;
}

/* Every change of `up` that has an object has one here. */
static void expect_objects(const struct fake_store *store, size_t count)
{
    const struct fake_stream *up = &store->streams[FAKE_UP];

    assert_int_equal(up->count, count);
    for (size_t i = 0; i < count; i++)
        if (up->changes[i].number % 2 == 0)
            assert_true(up->changes[i].object);
}

/* The node has sent `count` changes and their objects. */
static void vaulted(struct pair *pair, size_t count)
{
    pair_has(pair, 0, FAKE_UP, count);
    pair_connect(pair, 0);
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, count);
    expect_objects(hub_store(pair), count);
    pair_forget(pair);
}

static void objects_follow_what_the_hub_has_acknowledged(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 4);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
    pair_wait(pair, VAULT_FOLLOW_MS);
    pair_expect(pair, "2000 node > vault 0..4 #2 #4\n"
                      "2000 hub > ack vault 4\n"
                      "2000 node * vaulted 4\n");
    expect_objects(hub_store(pair), 4);
}

static void a_message_without_objects_moves_the_position(void **state)
{
    struct pair *pair = *state;

    vaulted(pair, 2);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_wait(pair, VAULT_FOLLOW_MS + 1);
    pair_expect_line(pair, "node > vault 2..3\n");
    assert_int_equal(hub_store(pair)->vaulted, 3);
}

static void words_go_first(void **state)
{
    struct pair *pair = *state;
    const char *words, *objects;

    pair->credit_bulk = CREDIT_BULK_LEAST;
    for (unsigned i = 0; i <= PAIR_HUB; i++)
        pair_restart(pair, i);
    vaulted(pair, 2);
    pair_write_sized(pair, 0, FAKE_UP, 100, 2000, false);
    pair_wait(pair, 60000);
    words = strstr(buf_text(&pair->transcript), "ack up 102");
    objects = strstr(buf_text(&pair->transcript), "node > vault");
    assert_non_null(words);
    assert_non_null(objects);
    assert_true(words < objects);
    expect_objects(hub_store(pair), 102);
}

static void a_new_report_does_not_wait_for_the_vault(void **state)
{
    struct pair *pair = *state;
    uint64_t before;

    pair->quiet = true;
    pair_has(pair, 0, FAKE_UP, 300);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_line(pair, 20000);
    pair_tick(pair, 0, VAULT_FOLLOW_MS); /* the vault begins, unanswered */
    before = hub_store(pair)->vaulted;
    pair_write(pair, 0, FAKE_UP, 1, false);
    for (int i = 0; hub_store(pair)->streams[FAKE_UP].count < 301; i++) {
        assert_true(i <= 4);
        assert_true(pair_deliver_one(pair, LANE_BULK, true, 0));
        pair_tick(pair, 0, 500);
        (void)pair_deliver_one(pair, LANE_BULK, false, 0); /* an ack */
    }
    assert_true(hub_store(pair)->vaulted < 300);
    pair_wait(pair, 60000);
    assert_true(before < 300);
    assert_int_equal(hub_store(pair)->vaulted, 301);
    expect_objects(hub_store(pair), 301);
}

static void after_a_cut_the_vault_goes_on_behind_the_last_ack(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 300);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_tick(pair, 0, VAULT_FOLLOW_MS);
    assert_true(pair_deliver_one(pair, LANE_BULK, true, 0));
    assert_true(pair_deliver_one(pair, LANE_BULK, false, 0));
    assert_true(node_store(pair)->vaulted > 0);
    assert_true(node_store(pair)->vaulted < 300);
    pair_cut(pair, 0);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_wait(pair, 60000);
    pair_expect_no_line(pair, "vault 0..");
    assert_int_equal(hub_store(pair)->vaulted, 300);
    expect_objects(hub_store(pair), 300);
}

static void a_lost_message_is_sent_again(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 10);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_tick(pair, 0, VAULT_FOLLOW_MS);
    pair_lose_one(pair, LANE_BULK, true, 0);
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, 10);
    expect_objects(hub_store(pair), 10);
}

static void a_repeated_message_does_no_harm(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 300);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_tick(pair, 0, VAULT_FOLLOW_MS);
    pair_repeat_one(pair, LANE_BULK, true, 0);
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, 300);
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static void a_hub_that_was_set_back_gets_its_objects_again(void **state)
{
    struct pair *pair = *state;
    static struct fake_store backup;

    vaulted(pair, 4);
    backup = *hub_store(pair);
    pair_write(pair, 0, FAKE_UP, 6, false);
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, 10);
    pair->hosts[PAIR_HUB].committed = backup;
    pair_restart(pair, PAIR_HUB);
    pair_connect(pair, 0);
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, 10);
    expect_objects(hub_store(pair), 10);
}

/* ---- a machine that lost its own */

static void a_lost_machine_fetches_every_object(void **state)
{
    struct pair *pair = *state;

    vaulted(pair, 300);
    pair_cut(pair, 0);
    pair_connect(pair, 1); /* new, and it holds nothing */
    pair_wait(pair, 60000);
    pair_expect_line(pair, "clone > pull vault 0\n");
    pair_expect_line(pair, "clone * vault pulled\n");
    expect_objects(&pair->hosts[1].committed, 300);
    assert_false(pair->hosts[1].committed.vault_pull);
    assert_int_equal(hub_store(pair)->vaulted, 300);
}

static void a_machine_takes_new_reports_while_it_fetches(void **state)
{
    struct pair *pair = *state;

    vaulted(pair, 300);
    pair_cut(pair, 0);
    pair_has(pair, 1, FAKE_UP, 1);
    pair_connect(pair, 1);
    for (int i = 0;
         pair->hosts[1].committed.vault_pulled < 64 && pair_step(pair); i++)
        assert_true(i < 10000);
    assert_true(pair->hosts[1].committed.vault_pull);
    pair_write(pair, 1, FAKE_UP, 3, false);
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, 304);
    expect_objects(&pair->hosts[1].committed, 304);
    expect_objects(hub_store(pair), 304);
}

static void a_rewound_machine_fetches_only_what_it_lacks(void **state)
{
    struct pair *pair = *state;
    static struct fake_store copy;

    vaulted(pair, 8);
    copy = *node_store(pair);
    pair_write(pair, 0, FAKE_UP, 4, false);
    pair_wait(pair, 60000);
    pair_cut(pair, 0);
    pair->hosts[0].committed = copy;
    pair_restart(pair, 0);
    pair_forget(pair);
    pair_connect(pair, 0);
    pair_wait(pair, 60000);
    pair_expect_line(pair, "node > pull vault 8\n");
    pair_expect_no_line(pair, "hub > vault 0");
    expect_objects(node_store(pair), 12);
}

static void fetching_goes_on_after_a_cut(void **state)
{
    struct pair *pair = *state;
    uint64_t had;

    vaulted(pair, 300);
    pair_cut(pair, 0);
    pair_connect(pair, 1);
    while (pair->hosts[1].committed.vault_pulled < 64 && pair_step(pair))
        ;
    had = pair->hosts[1].committed.vault_pulled;
    assert_true(had >= 64 && had < 300);
    pair_cut(pair, 1);
    pair_forget(pair);
    pair_connect(pair, 1);
    pair_wait(pair, 2 * PULL_PAUSE_MS); /* not lent twice in a minute */
    pair_expect_line(pair, "hub > nak later vault wait");
    pair_expect_no_line(pair, "hub > vault 0..");
    expect_objects(&pair->hosts[1].committed, 300);
    assert_false(pair->hosts[1].committed.vault_pull);
}

static void everything_is_sent_again_when_the_host_says_so(void **state)
{
    struct pair *pair = *state;
    struct sync_event again = {.type = SYNC_GREW};

    vaulted(pair, 6);
    for (size_t i = 0; i < 6; i++)
        pair->hosts[PAIR_HUB].store.streams[FAKE_UP].changes[i].object = false;
    pair->hosts[PAIR_HUB].committed = pair->hosts[PAIR_HUB].store;
    pair->hosts[0].store.vault_again = true;
    again.name = stream_name_make(FAKE_UNIT, STREAM_VAULT);
    (void)pair_turn(pair, 0, &again);
    pair_connect(pair, 0);
    pair_wait(pair, 60000);
    expect_objects(hub_store(pair), 6);
    assert_int_equal(hub_store(pair)->vaulted, 6);
    assert_int_equal(node_store(pair)->vault_from, 6);
}

/* ---- single objects */

static void a_wanted_object_is_given(void **state)
{
    struct pair *pair = *state;
    struct sync_message want = {.type = MSG_VAULT_WANT};
    struct early_ref ref;

    vaulted(pair, 2);
    ref = fake_ref(&hub_store(pair)->streams[FAKE_UP].changes[1]);
    want.vault_want.count = 1;
    want.vault_want.refs = &ref;
    pair->hosts[PAIR_HUB].store.streams[FAKE_UP].changes[1].object = false;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &want, 100), 0);
    pair_settle(pair);
    pair_expect_no_line(pair, "alarm");
    expect_objects(hub_store(pair), 2);
}

/* ---- what a peer cannot do */

static struct sync_message message(uint64_t after, uint64_t last, size_t count,
                                   const struct vault_object *objects)
{
    struct sync_message m = {.type = MSG_VAULT};

    m.vault.name = stream_name_make(FAKE_UNIT, STREAM_VAULT);
    m.vault.after = after;
    m.vault.last = last;
    m.vault.count = count;
    m.vault.objects = objects;
    return m;
}

static void expect_refused(struct pair *pair, struct sync_message *m)
{
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_BULK, m, 100),
                     ERR_REFUSED);
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 1);
    assert_int_equal(hub_store(pair)->vaulted, 2);
}

static void objects_beyond_what_the_hub_holds_are_refused(void **state)
{
    struct sync_message m = message(2, 3, 0, NULL);

    vaulted(*state, 2);
    expect_refused(*state, &m);
}

static void positions_that_make_no_sense_are_refused(void **state)
{
    struct sync_message m = message(2, 1, 0, NULL);

    vaulted(*state, 2);
    expect_refused(*state, &m);
}

static void objects_of_another_home_are_refused(void **state)
{
    struct vault_object object = {.bytes = bytes_of("x", 1)};
    struct sync_message m = message(0, 2, 1, &object);

    memcpy(object.ref.home, "19873@20040708", 15);
    vaulted(*state, 2);
    expect_refused(*state, &m);
}

static void the_vault_of_another_unit_is_refused(void **state)
{
    struct sync_message m = message(0, 2, 0, NULL);

    m.vault.name = stream_name_make("19873@20040708", STREAM_VAULT);
    vaulted(*state, 2);
    expect_refused(*state, &m);
}

static void a_batch_of_the_vault_is_refused(void **state)
{
    struct pair *pair = *state;
    struct sync_message m = {.type = MSG_BATCH};
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, 77, false, 100);
    struct change view = fake_change_view(&change);

    m.batch.name = stream_name_make(FAKE_UNIT, STREAM_VAULT);
    m.batch.first = 3;
    m.batch.count = 1;
    m.batch.changes = &view;
    vaulted(pair, 2);
    expect_refused(pair, &m);
}

static void too_many_objects_are_refused(void **state)
{
    static struct vault_object objects[LIMIT_VAULT_OBJECTS + 1];
    struct sync_message m = message(0, 2, LIMIT_VAULT_OBJECTS + 1, objects);

    for (size_t i = 0; i <= LIMIT_VAULT_OBJECTS; i++)
        memcpy(objects[i].ref.home, FAKE_UNIT, sizeof FAKE_UNIT);
    vaulted(*state, 2);
    expect_refused(*state, &m);
}

static void an_object_of_a_change_not_held_is_refused(void **state)
{
    struct pair *pair = *state;
    struct fake_change change =
        fake_change_make(FAKE_UNIT, FAKE_UP, 77, false, 100);
    struct vault_object object = {fake_ref(&change), bytes_of("x", 1)};
    struct sync_message m = message(0, 2, 1, &object);

    vaulted(pair, 2);
    (void)pair_inject(pair, PAIR_HUB, 0, LANE_BULK, &m, 100);
    pair_expect_line(pair, "hub > nak malformed vault");
    assert_int_equal(hub_store(pair)->vaulted, 2);
}

static void a_gap_is_told(void **state)
{
    struct pair *pair = *state;
    struct sync_message m = message(3, 4, 0, NULL);

    vaulted(pair, 2);
    pair_write(pair, 0, FAKE_UP, 2, false);
    pair_settle(pair);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_BULK, &m, 100), 0);
    pair_expect_line(pair, "hub > nak gap vault from 3\n");
    pair_wait(pair, 60000);
    assert_int_equal(hub_store(pair)->vaulted, 4);
}

/* ---- older peers */

static void nothing_of_it_is_said_without_a_common_minor(void **state)
{
    struct pair *pair = *state;

    /* a hub that has no vault is one that does not speak of it */
    pair->vault = false;
    pair_restart(pair, PAIR_HUB);
    for (unsigned i = 0; i < PAIR_NODES; i++)
        pair_restart(pair, i);
    pair_has(pair, 0, FAKE_UP, 4);
    pair_connect(pair, 0);
    pair_wait(pair, 60000);
    pair_expect_no_line(pair, "vault");
    assert_int_equal(pair->alarms[ALARM_PROTOCOL], 0);
}

static void a_node_of_the_first_version_hears_nothing_of_it(void **state)
{
    struct pair *pair = *state;
    struct sync_session *hub = pair->hosts[PAIR_HUB].session;

    vaulted(pair, 2);
    assert_int_equal(hub->minor, PROTOCOL_MINOR);
    hub->minor = 1;
    assert_false(session_has_vault(hub));
    struct sync_message m = message(0, 2, 0, NULL);

    expect_refused(pair, &m);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(objects_follow_what_the_hub_has_acknowledged),
        TEST(a_message_without_objects_moves_the_position),
        TEST(words_go_first),
        TEST(a_new_report_does_not_wait_for_the_vault),
        TEST(after_a_cut_the_vault_goes_on_behind_the_last_ack),
        TEST(a_lost_message_is_sent_again),
        TEST(a_repeated_message_does_no_harm),
        TEST(a_hub_that_was_set_back_gets_its_objects_again),
        TEST(a_lost_machine_fetches_every_object),
        TEST(a_machine_takes_new_reports_while_it_fetches),
        TEST(a_rewound_machine_fetches_only_what_it_lacks),
        TEST(fetching_goes_on_after_a_cut),
        TEST(everything_is_sent_again_when_the_host_says_so),
        TEST(a_wanted_object_is_given),
        TEST(objects_beyond_what_the_hub_holds_are_refused),
        TEST(positions_that_make_no_sense_are_refused),
        TEST(objects_of_another_home_are_refused),
        TEST(the_vault_of_another_unit_is_refused),
        TEST(a_batch_of_the_vault_is_refused),
        TEST(too_many_objects_are_refused),
        TEST(an_object_of_a_change_not_held_is_refused),
        TEST(a_gap_is_told),
        TEST(nothing_of_it_is_said_without_a_common_minor),
        TEST(a_node_of_the_first_version_hears_nothing_of_it),
    };

    return cmocka_run_group_tests_name("sync/session vault", tests, NULL, NULL);
}
