/* tests/unit/test_node_uplink_frames.c - what is said to the hub waits for the
 * disk, and what answers an alert a little longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/alerts.h"
#include "node/uplink_inside.h"
#include "tests/support/node_world.h"

/* An uplink at the end of the turn in which an alert was stored. */
struct fixture {
    struct node_world *w;
    struct uplink u;
};

static void says(struct fixture *f, enum lane lane)
{
    f->u.frames =
        mem_grow(f->u.frames, f->u.frame_count + 1, sizeof *f->u.frames);
    f->u.frames[f->u.frame_count++] = (struct frame){lane, f->u.bytes.size, 5};
    buf_add(&f->u.bytes, "frame", 5);
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(sizeof *f);

    log_open(LOG_LEVEL_ERROR);
    f->w = node_world_new();
    f->u.node = f->w->node;
    f->w->node->arrived.bytes[0] = 1;
    f->w->node->receipts_ms = f->w->node->mono_ms + 8;
    says(f, LANE_EXPRESS);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    node_world_free(f->w);
    mem_free(&f->u.frames);
    buf_free(&f->u.bytes);
    mem_free(&f);
    return 0;
}

static void what_answers_an_alert_rests_with_its_receipt(void **state)
{
    struct fixture *f = *state;

    assert_true(node_uplink_frames_rest(&f->u));
    f->w->node->mono_ms = f->w->node->receipts_ms;
    assert_false(node_uplink_frames_rest(&f->u));
}

static void a_turn_without_an_alert_says_at_once_what_it_has(void **state)
{
    struct fixture *f = *state;

    memset(&f->w->node->arrived, 0, sizeof f->w->node->arrived);
    assert_false(node_uplink_frames_rest(&f->u)); /* though receipts rest */
}

static void bulk_does_not_rest(void **state)
{
    struct fixture *f = *state;

    says(f, LANE_BULK);
    assert_false(node_uplink_frames_rest(&f->u));
}

static void nothing_rests_on_a_socket_that_is_given_up(void **state)
{
    struct fixture *f = *state;

    f->u.rekeyed = true;
    assert_false(node_uplink_frames_rest(&f->u));
}

static void what_is_forgotten_is_gone(void **state)
{
    struct fixture *f = *state;

    node_uplink_forget_frames(&f->u);
    assert_int_equal(f->u.frame_count, 0);
    assert_int_equal(f->u.bytes.size, 0);
    node_uplink_send_frames(&f->u); /* has nothing */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_answers_an_alert_rests_with_its_receipt),
        TEST(a_turn_without_an_alert_says_at_once_what_it_has),
        TEST(bulk_does_not_rest),
        TEST(nothing_rests_on_a_socket_that_is_given_up),
        TEST(what_is_forgotten_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
