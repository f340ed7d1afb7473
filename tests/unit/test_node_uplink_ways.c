/* tests/unit/test_node_uplink_ways.c - a node with two ways to its hub: which
 * one it dials, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/uplink_ways.h"
#include "tests/support/node_world.h"
#include "tests/unit/test_net_fixture.h"

enum { PAUSE_MS = 700 };

/* The newest way was dialled, and the next dial is a pause away. */
struct fixture {
    struct node_world *w;
    struct uplink u;
    struct line *line;
};

static void has_way(struct fixture *f, size_t i, uint64_t number)
{
    struct hub_way *way = &f->u.ways[i];

    way->number = number;
    memset(way->curve, (int)number, sizeof way->curve);
    (void)strcpy(way->express, "tcp://127.0.0.1:1");
    (void)strcpy(way->bulk, "tcp://127.0.0.1:2");
    f->u.way_count = i + 1;
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(sizeof *f);

    log_open(LOG_LEVEL_ERROR);
    f->w = node_world_new();
    f->u.node = f->w->node;
    f->line = &f->u.lines[LANE_EXPRESS];
    has_way(f, 0, 2);
    has_way(f, 1, 1);
    f->line->dial_at = f->u.node->mono_ms + PAUSE_MS;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    node_uplink_ways_close(&f->u);
    node_world_free(f->w);
    mem_free(&f);
    return 0;
}

static void
the_former_way_is_dialled_at_once_when_the_newest_fails(void **state)
{
    struct fixture *f = *state;

    node_uplink_ways_failed(&f->u);
    assert_int_equal(f->u.way, 1);
    assert_int_equal(f->line->dial_at, f->u.node->mono_ms);
    assert_int_equal(net_link_state(f->line->link), NET_DOWN);
}

static void when_neither_answers_the_pause_is_kept(void **state)
{
    struct fixture *f = *state;

    node_uplink_ways_failed(&f->u);
    f->line->dial_at = f->u.node->mono_ms + 2 * PAUSE_MS; /* as of that dial */
    node_uplink_ways_failed(&f->u);
    assert_int_equal(f->u.way, 0);
    assert_int_equal(f->line->dial_at, f->u.node->mono_ms + 2 * PAUSE_MS);
}

static void a_node_with_one_way_leaves_it_to_the_link(void **state)
{
    struct fixture *f = *state;

    f->u.way_count = 1;
    node_uplink_ways_failed(&f->u);
    assert_int_equal(f->u.way, 0);
    assert_null(f->line->link);
    assert_int_equal(f->line->dial_at, f->u.node->mono_ms + PAUSE_MS);
}

static void a_line_that_is_lost_begins_with_the_newest_at_once(void **state)
{
    struct fixture *f = *state;

    f->u.way = 1;
    node_uplink_ways_lost(&f->u);
    assert_int_equal(f->u.way, 0);
    assert_int_equal(f->line->dial_at, f->u.node->mono_ms);
}

/* While the lines run over the former one, the newest is tried beside them. */
static void a_try_of_the_newest_is_due_while_the_former_is_up(void **state)
{
    struct fixture *f = *state;
    struct hub *hub = hub_start();
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    f->line->link = link_up(hub, NET_EXPRESS, &key);
    f->u.probe_at = f->u.node->mono_ms + PAUSE_MS;
    f->u.way = 1;
    assert_int_equal(node_uplink_ways_deadline(&f->u), f->u.probe_at);
    f->u.way = 0; /* these are the lines of the newest */
    assert_int_equal(node_uplink_ways_deadline(&f->u), INT64_MAX);
    f->u.way = 1;
    net_link_hang_up(f->line->link); /* dialling, it is tried anyway */
    assert_int_equal(node_uplink_ways_deadline(&f->u), INT64_MAX);
    f->line->link = NULL; /* the hub's to close */
    (void)hub_teardown((void **)&hub);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_former_way_is_dialled_at_once_when_the_newest_fails),
        TEST(when_neither_answers_the_pause_is_kept),
        TEST(a_node_with_one_way_leaves_it_to_the_link),
        TEST(a_line_that_is_lost_begins_with_the_newest_at_once),
        TEST(a_try_of_the_newest_is_due_while_the_former_is_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
