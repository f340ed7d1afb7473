/* tests/unit/test_sync_session_media.c - pieces of attachments (PROTOCOL 7.12):
 * when they leave, and what of them comes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static void line_up(struct pair *pair)
{
    pair_connect(pair, 0);
    pair_settle(pair);
}

static struct sync_message want(uint32_t first, uint32_t count)
{
    return (struct sync_message){
        .type = MSG_MEDIA_WANT, .media_want = {.first = first, .count = count}};
}

/* As if the hub had said so. */
static void ask(struct pair *pair, uint32_t first, uint32_t count)
{
    struct sync_message m = want(first, count);

    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &m, 50), 0);
}

static void what_is_asked_for_opens_bulk_and_comes_in_order(void **state)
{
    struct pair *pair = *state;

    line_up(pair);
    pair_wait(pair, 90000); /* bulk was closed, idle */
    pair_forget(pair);
    ask(pair, 3, 3);
    pair_wait(pair, 100);
    pair_expect_line(pair, "node > media 3");
    pair_expect_line(pair, "node > media 4");
    pair_expect_line(pair, "node > media 5");
    pair_expect_no_line(pair, "media 6");
    assert_false(session_media_waits(pair->hosts[0].session));
}

static void between_two_pieces_there_is_a_turn(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;

    line_up(pair);
    ask(pair, 0, 32);
    pair_settle(pair);
    assert_int_equal(s->media.left, 31);
    pair_tick(pair, 0, 1);
    assert_int_equal(s->media.left, 30);
}

static void words_and_objects_go_first(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;

    line_up(pair);
    pair_has(pair, 0, FAKE_UP, 0);
    pair->hosts[0].socket_full = true; /* a batch waits and cannot leave */
    pair_write(pair, 0, FAKE_UP, 2, false);
    ask(pair, 0, 4);
    pair_tick(pair, 0, 10);
    assert_int_equal(s->media.left, 4);
    pair->hosts[0].socket_full = false;
    pair_wait(pair, 30000);
    assert_int_equal(s->media.left, 0);
    pair_expect_line(pair, "node > media 3");
}

static void a_cut_repeats_what_was_asked_and_no_more(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;

    line_up(pair);
    ask(pair, 10, 4);
    pair_settle(pair);
    pair_tick(pair, 0, 1);
    assert_int_equal(s->media.next, 12);
    session_media_rewind(s);
    assert_int_equal(s->media.next, 10);
    assert_int_equal(s->media.left, 4);
    pair_wait(pair, 100);
    assert_int_equal(s->media.left, 0);
}

static void a_later_question_takes_the_place_of_the_first(void **state)
{
    struct pair *pair = *state;

    line_up(pair);
    ask(pair, 0, 20);
    ask(pair, 40, 1);
    pair_wait(pair, 100);
    pair_expect_line(pair, "node > media 40");
    pair_expect_no_line(pair, "media 5");
}

static void without_credit_nothing_leaves(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;

    line_up(pair);
    ask(pair, 0, 2);
    s->lanes[LANE_BULK].sent = s->lanes[LANE_BULK].credit;
    s->media.giving = false;
    s->media.left = 2;
    assert_true(session_media_deadline(s) == INT64_MAX);
}

static void pieces_nobody_asked_for_cost_credit(void **state)
{
    struct pair *pair = *state;
    struct sync_session *hub = pair->hosts[PAIR_HUB].session;
    struct sync_message m = {.type = MSG_MEDIA};
    uint64_t before;

    line_up(pair);
    pair_write(pair, 0, FAKE_UP, 1, false); /* so that bulk is open */
    pair_settle(pair);
    before = hub->lanes[LANE_BULK].handled;
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_BULK, &m, 1000), 0);
    assert_int_equal(hub->lanes[LANE_BULK].handled, before + 1000);
    hub->lanes[LANE_BULK].handled = hub->lanes[LANE_BULK].granted + LIMIT_FRAME;
    assert_int_equal(pair_inject(pair, PAIR_HUB, 0, LANE_BULK, &m, 1000),
                     ERR_REFUSED);
}

static void pieces_come_on_bulk_and_questions_on_express(void **state)
{
    struct pair *pair = *state;
    struct sync_message piece = {.type = MSG_MEDIA}, asked = want(0, 1);

    line_up(pair);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &piece, 100),
                     ERR_REFUSED);
    line_up(pair);
    assert_int_equal(pair_inject(pair, 0, 0, LANE_BULK, &asked, 100),
                     ERR_REFUSED);
}

static void a_peer_of_an_earlier_minor_does_not_know_them(void **state)
{
    struct pair *pair = *state;
    struct sync_message asked = want(0, 1);

    line_up(pair);
    assert_true(sync_session_takes_media(pair->hosts[0].session));
    pair->hosts[0].session->minor = 2;
    assert_false(sync_session_takes_media(pair->hosts[0].session));
    assert_int_equal(pair_inject(pair, 0, 0, LANE_EXPRESS, &asked, 100),
                     ERR_REFUSED);
}

/* The hub says what it has handled, as it does behind every piece. */
static void handled(struct pair *pair, uint64_t bytes)
{
    struct sync_message m = {.type = MSG_CREDIT};

    m.credit.credit[LANE_BULK] = bytes + CREDIT_BULK;
    m.credit.handled = bytes;
    assert_int_equal(pair_inject(pair, 0, 0, LANE_BULK, &m, 50), 0);
}

static void pieces_are_under_way_until_they_are_handled(void **state)
{
    struct pair *pair = *state;
    struct sync_session *s = pair->hosts[0].session;
    uint64_t one, sent;

    line_up(pair);
    pair_write(pair, 0, FAKE_UP, 1, false);
    pair_settle(pair);
    pair_wait(pair, 10000); /* and its object */
    pair_settle(pair);
    sent = s->lanes[LANE_BULK].sent;
    handled(pair, sent); /* from now on it is known what is under way */
    pair_line(pair, 400);
    assert_int_equal(sync_session_under_way(s, LANE_BULK), 0);
    ask(pair, 0, 8);
    one = s->lanes[LANE_BULK].sent - sent;
    assert_true(one > 0);
    assert_int_equal(sync_session_under_way(s, LANE_BULK), one);
    pair_tick(pair, 0, 20000); /* one fills a slow line: no second */
    assert_int_equal(s->lanes[LANE_BULK].sent, sent + one);
    handled(pair, sent + one);
    pair_tick(pair, 0, 20000);
    assert_int_equal(s->lanes[LANE_BULK].sent, sent + 2 * one);
    pair_tick(pair, 0, 9000); /* nobody answers for the second .. */
    assert_int_equal(s->lanes[LANE_BULK].sent, sent + 2 * one);
    pair_tick(pair, 0, 1000); /* .. and it stops nothing for ever */
    assert_int_equal(s->lanes[LANE_BULK].sent, sent + 3 * one);
    pair_cut_bulk(pair, 0);
    assert_int_equal(sync_session_under_way(s, LANE_BULK), 0);
}

static void a_receiver_says_what_it_has_handled(void **state)
{
    struct pair *pair = *state;
    struct sync_message m = {.type = MSG_MEDIA};

    line_up(pair);
    pair_write(pair, 0, FAKE_UP, 1, false); /* opens bulk */
    pair_settle(pair);
    pair_forget(pair);
    (void)pair_inject(pair, PAIR_HUB, 0, LANE_BULK, &m, 16400);
    pair_expect_line(pair, "hub > credit");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_asked_for_opens_bulk_and_comes_in_order),
        TEST(between_two_pieces_there_is_a_turn),
        TEST(words_and_objects_go_first),
        TEST(a_cut_repeats_what_was_asked_and_no_more),
        TEST(a_later_question_takes_the_place_of_the_first),
        TEST(without_credit_nothing_leaves),
        TEST(pieces_nobody_asked_for_cost_credit),
        TEST(pieces_are_under_way_until_they_are_handled),
        TEST(a_receiver_says_what_it_has_handled),
        TEST(pieces_come_on_bulk_and_questions_on_express),
        TEST(a_peer_of_an_earlier_minor_does_not_know_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
