/* tests/unit/test_sync_session_lack.c - objects that are missing: a machine
 * that is drained hands them over, the present one fetches them (PROTOCOL 7.10,
 * 8.6). In these hosts every second change has an object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/error.h"
#include "common/sync/session_inside.h"
#include "tests/support/sync_pair.h"

static struct pair_host *hub_of(struct pair *pair)
{
    return &pair->hosts[PAIR_HUB];
}

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

/* The machine was replaced. */
static void retire(struct pair *pair)
{
    struct sync_event lost = {.type = SYNC_LOST};

    (void)pair_turn(pair, PAIR_HUB, &lost);
    sync_session_retire(hub_of(pair)->session, true);
}

/* What the present machine does: it adopts, without the words. */
static void adopt_all(struct pair *pair)
{
    struct fake_store *store = &hub_of(pair)->store;

    for (size_t i = 0; i < store->early_count; i++)
        if (!fake_in_streams(store, &store->early[i].digest))
            fake_stream_add(&store->streams[FAKE_UP], &store->early[i]);
    hub_of(pair)->committed = *store;
}

/* The hub holds `count` changes of the machine, and no object. */
static void known(struct pair *pair, size_t count)
{
    struct fake_stream *up = &hub_of(pair)->store.streams[FAKE_UP];

    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, count);
    for (size_t i = 0; i < count; i++)
        up->changes[i].object = false;
    hub_of(pair)->committed = hub_of(pair)->store;
}

static size_t missing(struct pair *pair, unsigned host)
{
    const struct fake_stream *up = &pair->hosts[host].store.streams[FAKE_UP];
    size_t count = 0;

    for (size_t i = 0; i < up->count; i++)
        count += up->changes[i].number % 2 == 0 && !up->changes[i].object;
    return count;
}

static void it_hands_over_objects_before_it_is_drained(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 4);
    known(pair, 2);
    pair_connect(pair, 0);
    pair_wait(pair, 5000);
    pair_expect_no_line(pair, "drained");
    adopt_all(pair);
    pair_wait(pair, 3000);
    pair_expect_line(pair, "hub > vault want #2 #4");
    pair_expect_line(pair, "node > vault 0..0 #2 #4");
    assert_int_equal(missing(pair, PAIR_HUB), 0);
    assert_true(pair->hosts[0].drained);
}

static void many_come_in_as_many_answers_as_it_takes(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 250);
    known(pair, 250);
    pair_connect(pair, 0);
    pair_wait(pair, 5000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
    assert_true(pair->hosts[0].drained);
}

static void what_it_has_not_got_is_not_waited_for(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 6);
    known(pair, 6);
    pair->hosts[0].store.streams[FAKE_UP].changes[3].object = false;
    pair->hosts[0].committed = pair->hosts[0].store;
    pair_connect(pair, 0);
    pair_wait(pair, 5000);
    pair_expect_line(pair, "node > vault 0..0\n");
    assert_int_equal(missing(pair, PAIR_HUB), 1);
    assert_true(pair->hosts[0].drained);
}

static void a_lost_question_is_asked_again(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 2);
    known(pair, 2);
    pair_connect(pair, 0);
    while (strstr(buf_text(&pair->transcript), "vault want") == NULL)
        assert_true(pair_step(pair));
    pair_lose_one(pair, LANE_EXPRESS, false, 0);
    pair_wait(pair, 10000);
    assert_false(pair->hosts[0].drained);
    pair_wait(pair, 30000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
    assert_true(pair->hosts[0].drained);
}

static void a_disk_that_says_later_holds_it_up(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 2);
    known(pair, 2);
    hub_of(pair)->store_code = NAK_LATER;
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    assert_false(pair->hosts[0].drained);
    hub_of(pair)->store_code = NAK_NONE;
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
    assert_true(pair->hosts[0].drained);
}

static int hello_of(struct pair *pair, uint32_t newest)
{
    struct stream_claim claim =
        fake_claim(&pair->hosts[0].store.streams[FAKE_UP]);
    struct sync_message m = {.type = MSG_HELLO};

    memcpy(m.hello.unit, FAKE_UNIT, sizeof FAKE_UNIT);
    m.hello.minor_max = newest;
    m.hello.instance = pair->hosts[0].instance;
    m.hello.credit[LANE_EXPRESS] = CREDIT_EXPRESS;
    m.hello.credit[LANE_BULK] = CREDIT_BULK;
    pair->hosts[0].route[LANE_EXPRESS] = 5;
    m.hello.claim_count = 1;
    m.hello.claims = &claim;
    return pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &m, 100);
}

static void tell_nothing_is_left(struct pair *pair)
{
    struct sync_message m = {.type = MSG_STATUS};

    m.status.head = pair->hosts[0].store.streams[FAKE_UP].count;
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &m, 100), 0);
    pair_wait(pair, 3000);
}

static void an_older_program_is_kept_while_words_are_only_there(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 2);
    known(pair, 2);
    assert_int_equal(hello_of(pair, 1), 0);
    tell_nothing_is_left(pair);
    pair_expect_no_line(pair, "vault want");
    pair_expect_no_line(pair, "hub > drained");
    assert_int_equal(hub_of(pair)->drained_code, 1);
}

static void an_older_program_is_drained_when_nothing_is_missing(void **state)
{
    struct pair *pair = *state;

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 2);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 2);
    assert_int_equal(hello_of(pair, 1), 0);
    tell_nothing_is_left(pair);
    pair_expect_line(pair, "hub > drained 2");
    assert_int_equal(hub_of(pair)->drained_code, 0);
}

static void objects_nobody_asked_for_are_not_kept(void **state)
{
    struct pair *pair = *state;
    struct vault_object object = {.bytes = bytes_of("locked", 6)};
    struct sync_message m = {.type = MSG_VAULT};

    retire(pair);
    pair_has(pair, 0, FAKE_UP, 4);
    known(pair, 4);
    pair->hosts[0].store.streams[FAKE_UP].changes[3].object = false;
    pair->hosts[0].committed = pair->hosts[0].store;
    pair_connect(pair, 0);
    pair_wait(pair, 5000);
    m.vault.name = stream_name_make(FAKE_UNIT, STREAM_VAULT);
    m.vault.count = 1;
    m.vault.objects = &object;
    object.ref = fake_ref(&pair->hosts[0].store.streams[FAKE_UP].changes[3]);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &m, 100), 0);
    assert_int_equal(missing(pair, PAIR_HUB), 1);
    m.vault.last = 4;
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &m, 100),
                     ERR_REFUSED);
}

static void the_present_machine_gives_objects_on_bulk_only(void **state)
{
    struct pair *pair = *state;
    struct sync_message m = {.type = MSG_VAULT};

    pair_connect(pair, 0);
    pair_settle(pair);
    m.vault.name = stream_name_make(FAKE_UNIT, STREAM_VAULT);
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_EXPRESS, &m, 100),
                     ERR_REFUSED);
}

/* ---- what the hub lacks of a machine that it welcomes */

/* The hub is vaulted to the end of `count` changes, and has no object. */
static void passed_over(struct pair *pair, size_t count)
{
    pair_has(pair, 0, FAKE_UP, count);
    known(pair, count);
    pair->hosts[0].store.acked = pair->hosts[0].store.vaulted = count;
    pair->hosts[0].committed = pair->hosts[0].store;
    hub_of(pair)->store.vaulted = count;
    hub_of(pair)->store.vault_lacks = true;
    hub_of(pair)->committed = hub_of(pair)->store;
}

static void what_another_machine_passed_over_is_asked_for(void **state)
{
    struct pair *pair = *state;

    passed_over(pair, 4);
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    pair_expect_line(pair, "hub > vault want #2 #4");
    pair_expect_line(pair, "node > vault 0..0 #2 #4");
    assert_int_equal(missing(pair, PAIR_HUB), 0);
    assert_false(hub_of(pair)->committed.vault_lacks);
}

static void what_is_passed_over_is_noted(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 4);
    pair->hosts[0].store.streams[FAKE_UP].changes[1].object = false;
    pair->hosts[0].committed = pair->hosts[0].store;
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    assert_int_equal(hub_of(pair)->committed.vaulted, 4);
    assert_true(hub_of(pair)->committed.vault_lacks);
    pair->hosts[0].store.streams[FAKE_UP].changes[1].object = true;
    pair->hosts[0].committed = pair->hosts[0].store;
    pair_restart(pair, 0);
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
}

static void all_of_it_comes_one_answer_after_the_other(void **state)
{
    struct pair *pair = *state;

    passed_over(pair, 300);
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
}

static void a_hub_that_lacks_nothing_asks_nothing(void **state)
{
    struct pair *pair = *state;

    pair_has(pair, 0, FAKE_UP, 4);
    pair_connect(pair, 0);
    pair_wait(pair, 600000);
    pair_expect_no_line(pair, "vault want");
}

/* The other machine burnt. */
static void what_nobody_has_is_asked_once_of_each_machine(void **state)
{
    struct pair *pair = *state;

    passed_over(pair, 4);
    for (size_t i = 0; i < 4; i++)
        pair->hosts[0].store.streams[FAKE_UP].changes[i].object = false;
    pair->hosts[0].committed = pair->hosts[0].store;
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    pair_expect_line(pair, "node > vault 0..0\n");
    pair_forget(pair);
    pair_wait(pair, 7200000);
    pair_cut(pair, 0);
    pair_connect(pair, 0);
    pair_wait(pair, 600000);
    pair_expect_no_line(pair, "vault want");
    pair_restart(pair, 0);
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    pair_expect_line(pair, "hub > vault want #2 #4");
    assert_int_equal(missing(pair, PAIR_HUB), 2);
}

static void a_question_nobody_answers_is_asked_again(void **state)
{
    struct pair *pair = *state;

    passed_over(pair, 2);
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_tick(pair, PAIR_HUB, LACK_FOLLOW_MS);
    pair_expect_line(pair, "hub > vault want #2");
    pair_lose_one(pair, LANE_EXPRESS, false, 0);
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, PAIR_HUB), 1);
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
}

static void a_store_that_says_later_is_asked_for_once_more(void **state)
{
    struct pair *pair = *state;

    passed_over(pair, 2);
    hub_of(pair)->store_code = NAK_LATER;
    pair_connect(pair, 0);
    pair_wait(pair, 20000);
    hub_of(pair)->store_code = NAK_NONE;
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, PAIR_HUB), 0);
}

static void objects_do_not_go_before_words(void **state)
{
    struct pair *pair = *state;
    struct sync_message want = {.type = MSG_VAULT_WANT};
    struct early_ref ref;

    pair_has(pair, 0, FAKE_UP, 2);
    pair_connect(pair, 0);
    pair_wait(pair, 10000);
    pair_write_sized(pair, 0, FAKE_UP, 300, 20000, false);
    pair_forget(pair);
    ref = fake_ref(&pair->hosts[0].store.streams[FAKE_UP].changes[1]);
    want.vault_want.count = 1;
    want.vault_want.refs = &ref;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &want, 100), 0);
    pair_expect_no_line(pair, "node > vault");
    pair_wait(pair, 40000);
    pair_forget(pair);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &want, 100), 0);
    pair_expect_line(pair, "node > vault 0..0 #2");
}

static void objects_go_in_the_hours_of_bulk_only(void **state)
{
    struct pair *pair = *state;
    struct pace_rule noon = {.from = 12 * 60, .until = 13 * 60}; /* now: 5:13 */
    struct pace_rule none = {0};
    struct sync_message want = {.type = MSG_VAULT_WANT};
    struct early_ref ref;

    pair_has(pair, 0, FAKE_UP, 2);
    pair_connect(pair, 0);
    pair_wait(pair, 10000);
    ref = fake_ref(&pair->hosts[0].store.streams[FAKE_UP].changes[1]);
    want.vault_want.count = 1;
    want.vault_want.refs = &ref;
    sync_session_set_pace(pair->hosts[0].session, &noon);
    pair_forget(pair);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &want, 100), 0);
    pair_expect_no_line(pair, "node > vault");
    sync_session_set_pace(pair->hosts[0].session, &none);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &want, 100), 0);
    pair_expect_line(pair, "node > vault 0..0 #2");
}

/* ---- the present machine */

/* Both hold two changes; the hub has the objects, the node may lack them. */
static void lacks(struct pair *pair, bool hub_has)
{
    struct fake_store *node = &pair->hosts[0].store;

    pair_has(pair, 0, FAKE_UP, 4);
    pair_copy(pair, 0, PAIR_HUB, FAKE_UP, 4);
    if (!hub_has)
        known(pair, 4);
    node->acked = hub_of(pair)->store.vaulted = 4;
    hub_of(pair)->committed = hub_of(pair)->store;
    for (size_t i = 0; i < 4; i++)
        node->streams[FAKE_UP].changes[i].object = false;
    node->vault_lacks = true;
    pair->hosts[0].committed = *node;
    pair_connect(pair, 0);
    pair_settle(pair);
    pair_forget(pair);
}

static void it_fetches_what_came_to_the_hub_behind_the_changes(void **state)
{
    struct pair *pair = *state;

    lacks(pair, true);
    assert_int_equal(missing(pair, 0), 2);
    pair_wait(pair, 20000);
    pair_expect_line(pair, "node > vault want #2 #4");
    assert_int_equal(missing(pair, 0), 0);
    pair_expect_line(pair, "node * vault whole");
    assert_false(pair->hosts[0].store.vault_lacks);
    pair_forget(pair);
    pair_wait(pair, 600000);
    pair_expect_no_line(pair, "vault want");
}

static size_t count_of(struct pair *pair, const char *part)
{
    const char *at = buf_text(&pair->transcript);
    size_t count = 0;

    while ((at = strstr(at, part)) != NULL) {
        at += strlen(part);
        count++;
    }
    return count;
}

static void it_asks_less_and_less_often(void **state)
{
    struct pair *pair = *state;

    lacks(pair, false);
    pair_wait(pair, 60000);
    assert_in_range(count_of(pair, "vault want"), 3, 6);
    pair_forget(pair);
    pair_wait(pair, 3600000);
    assert_in_range(count_of(pair, "vault want"), 2, 8);
    assert_true(pair->hosts[0].store.vault_lacks);
}

static void it_asks_at_once_when_it_hears_that_objects_came(void **state)
{
    struct pair *pair = *state;
    struct sync_event came = {.type = SYNC_HANDED_IN, .code = 1};

    lacks(pair, false);
    pair_wait(pair, 7200000);
    for (size_t i = 0; i < 4; i++)
        hub_of(pair)->store.streams[FAKE_UP].changes[i].object = true;
    hub_of(pair)->committed = hub_of(pair)->store;
    pair_forget(pair);
    (void)pair_turn(pair, PAIR_HUB, &came);
    pair_wait(pair, 20000);
    assert_int_equal(missing(pair, 0), 0);
    assert_int_equal(count_of(pair, "hub > vault 0..0\n"), 1);
}

/* When the last line with `part` was said. */
static long long said_ms(struct pair *pair, const char *part)
{
    const char *text = buf_text(&pair->transcript), *at = text, *line = NULL;

    while ((at = strstr(at, part)) != NULL)
        line = at++;
    assert_non_null(line);
    while (line > text && line[-1] != '\n')
        line--;
    return strtoll(line, NULL, 10);
}

/* The question is there at once, the line it is answered on may not be. */
static void the_question_waits_for_the_line_of_the_answer(void **state)
{
    struct pair *pair = *state;

    lacks(pair, false);
    pair_wait(pair, 600000); /* the bulk line is closed between two questions */
    assert_in_range(said_ms(pair, "vault want") - said_ms(pair, "bulk open"),
                    2000, 10000);
}

static void one_that_lacks_nothing_does_not_mind(void **state)
{
    struct pair *pair = *state;
    struct sync_event came = {.type = SYNC_HANDED_IN, .code = 1};

    pair_connect(pair, 0);
    pair_settle(pair);
    (void)pair_turn(pair, PAIR_HUB, &came);
    pair_wait(pair, 600000);
    pair_expect_no_line(pair, "vault want");
    assert_int_equal(count_of(pair, "hub > vault 0..0\n"), LACK_TELLS);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_hands_over_objects_before_it_is_drained),
        TEST(many_come_in_as_many_answers_as_it_takes),
        TEST(what_it_has_not_got_is_not_waited_for),
        TEST(a_lost_question_is_asked_again),
        TEST(a_disk_that_says_later_holds_it_up),
        TEST(an_older_program_is_kept_while_words_are_only_there),
        TEST(an_older_program_is_drained_when_nothing_is_missing),
        TEST(objects_nobody_asked_for_are_not_kept),
        TEST(the_present_machine_gives_objects_on_bulk_only),
        TEST(what_another_machine_passed_over_is_asked_for),
        TEST(what_is_passed_over_is_noted),
        TEST(all_of_it_comes_one_answer_after_the_other),
        TEST(a_hub_that_lacks_nothing_asks_nothing),
        TEST(what_nobody_has_is_asked_once_of_each_machine),
        TEST(a_question_nobody_answers_is_asked_again),
        TEST(a_store_that_says_later_is_asked_for_once_more),
        TEST(objects_do_not_go_before_words),
        TEST(objects_go_in_the_hours_of_bulk_only),
        TEST(it_asks_at_once_when_it_hears_that_objects_came),
        TEST(one_that_lacks_nothing_does_not_mind),
        TEST(it_fetches_what_came_to_the_hub_behind_the_changes),
        TEST(it_asks_less_and_less_often),
        TEST(the_question_waits_for_the_line_of_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
