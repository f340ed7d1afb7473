/* hub/turn.c: who is on the line, for those that only read the database (pages,
 * metrics). Told at most once a second, and within a second.
 */
#include "tests/unit/test_hub_fixture.h"

#include "common/base/clock.h"
#include "common/control/control.h"
#include "common/net/server.h"
#include "common/sync/session_inside.h"
#include "hub/api_reads.h"
#include "hub/exchange_inside.h"
#include "hub/turn.h"

enum { SECOND_MS = 1000 };

struct serving {
    struct fixture *f;
    struct net_context *context;
    struct control_server *control;
    struct hub_turn *turn;
};

static enum net_admission nobody(void *who, const uint8_t key[CURVE_BYTES])
{
    (void)who;
    (void)key;
    return NET_UNKNOWN;
}

static int serve(void **state)
{
    struct serving *s = mem_new(sizeof *s);
    char path[128];
    struct net_server_config config = {.admit = nobody,
                                       .address = {"tcp://127.0.0.1:0",
                                                   "tcp://127.0.0.1:0",
                                                   "tcp://127.0.0.1:0"}};

    if (open_hub((void **)&s->f) != 0)
        return -1;
    hub_rollback(s->f->hub); /* turns have their own */
    (void)snprintf(path, sizeof path, "%s/control.sock", s->f->folder);
    s->context = net_context_new();
    config.context = s->context;
    config.key = s->f->hub->keys.curve;
    if (control_server_open(&s->control, path, &s->f->err) != 0 ||
        net_server_open(&s->f->hub->server, &config, &s->f->err) != 0 ||
        hub_turn_new(&s->turn, s->f->hub, &s->f->err) != 0) {
        print_error("%s\n", s->f->err.text);
        return -1;
    }
    *state = s;
    return 0;
}

static int stop(void **state)
{
    struct serving *s = *state;
    void *f = s->f;

    control_server_close(&s->control);
    hub_turn_free(&s->turn);
    net_server_close(&s->f->hub->server);
    net_context_free(&s->context);
    mem_free(&s);
    return close_hub(&f);
}

/* The machine of the roster's unit `i` has come, or gone. */
static void be(struct serving *s, size_t i, enum sync_state state)
{
    struct node_key key = {.number = 1, .state = NODE_ENROLLED};

    memcpy(key.unit, s->f->hub->roster.units[i].key, sizeof key.unit);
    hub_exchange_need_peer(s->f->hub->exchange, &key)->session->state = state;
}

static bool shown(struct serving *s, size_t i)
{
    return strstr(hub_store_setting(s->f->hub->store, HUB_ONLINE),
                  s->f->hub->roster.units[i].key) != NULL;
}

/* Nothing comes for so long: turns are when the hub itself wants them. How many
 * those were. */
static size_t rest(struct serving *s, int64_t ms)
{
    int64_t until = clock_mono_ms() + ms, left;
    size_t turns = 0;
    int wait;

    while (clock_mono_ms() + (wait = hub_turn_wait_ms(s->turn)) <= until) {
        (void)usleep((useconds_t)wait * 1000);
        hub_turn_run(s->turn, s->control);
        turns++;
    }
    if ((left = until - clock_mono_ms()) > 0)
        (void)usleep((useconds_t)left * 1000);
    return turns;
}

static void who_comes_or_goes_is_shown_within_a_second(void **state)
{
    struct serving *s = *state;

    (void)rest(s, 2 * SECOND_MS);
    be(s, 1, SYNC_LIVE);
    hub_turn_run(s->turn, s->control);
    assert_true(shown(s, 1));
    be(s, 0, SYNC_LIVE);
    hub_turn_run(s->turn, s->control); /* in which it said hello: too soon */
    assert_false(shown(s, 0));
    (void)rest(s, SECOND_MS + 10);
    assert_true(shown(s, 0));
    be(s, 1, SYNC_CLOSED);
    hub_turn_run(s->turn, s->control);
    (void)rest(s, SECOND_MS + 10);
    assert_false(shown(s, 1));
    assert_int_equal(hub_turn_count(s->turn).online, 1);
}

static void a_hub_at_rest_is_not_woken_to_look(void **state)
{
    struct serving *s = *state;

    (void)rest(s, 3 * SECOND_MS);
    hub_turn_run(s->turn, s->control);
    assert_int_equal(rest(s, 2 * SECOND_MS), 0);
    be(s, 0, SYNC_LIVE);
    hub_turn_run(s->turn, s->control);
    hub_turn_run(s->turn, s->control); /* too soon to look again: once more */
    assert_int_equal(rest(s, 2 * SECOND_MS), 1);
}

/* Codes are of 1 to 11 digits: one may be the end of another. */
static void a_commune_is_not_on_the_line_because_another_is(void **state)
{
    static const struct unit cases[] = {{.key = "9894@20040708"},
                                        {.key = "19894@2004070"},
                                        {.key = QUANG_PHU},
                                        {.key = QUANG_THO}};
    struct serving *s = *state;
    struct hub *hub = s->f->hub;
    struct hub_query q = {.core_up = true};

    assert_int_equal(hub_store_set(hub->store, HUB_ONLINE,
                                   "19897@20040701\n" QUANG_THO "\n"),
                     0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(hub_api_online(hub, &q, &cases[i]), i == 3);
    q.core_up = false;
    assert_false(hub_api_online(hub, &q, &cases[3]));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest tests[] = {
        TEST(who_comes_or_goes_is_shown_within_a_second),
        TEST(a_hub_at_rest_is_not_woken_to_look),
        TEST(a_commune_is_not_on_the_line_because_another_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
