/* tests/unit/test_node_canary.c - what becomes of a canary that was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/crypto/random.h"
#include "common/wire/canary.h"
#include "node/read.h"
#include "tests/support/node_world.h"

static int set_up(void **state)
{
    *state = node_world_new();
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

static void write_canary(struct node_world *w)
{
    struct node_write write = {.kind = KIND_CANARY, .version = 1};
    struct error err = {""};
    struct buf fact = {0};

    write.record = random_id(1);
    wire_canary_encode(&fact, 12);
    write.part[PART_FACT].whole = true;
    write.part[PART_FACT].bytes = buf_bytes(&fact);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_append(w->node, &write, &err), 0);
    assert_int_equal(node_commit(w->node, &err), 0);
    buf_free(&fact);
}

static void one_that_waits_for_its_ack_is_waited_for(void **state)
{
    struct node_world *w = *state;
    struct canary *c = &w->node->canary;

    write_canary(w);
    *c = (struct canary){.seq = node_world_head(w), .due_ms = INT64_MAX};
    assert_true(c->seq > 0);
    assert_int_equal(node_canary_work(w->node), 0);
    assert_int_equal(c->seq, node_world_head(w));
}

static void one_that_the_disk_refused_is_written_again(void **state)
{
    struct node_world *w = *state;
    struct canary *c = &w->node->canary;

    *c = (struct canary){.seq = node_world_head(w) + 1, .due_ms = INT64_MAX};
    w->node->mono_ms = 5000;
    assert_int_equal(node_canary_work(w->node), 0);
    assert_int_equal(c->seq, 0);
    assert_int_equal(c->due_ms, 5000);
    assert_int_equal(c->took_ms, 0);
}

static const char *no_parameter(void *who, const char *name)
{
    (void)who;
    (void)name;
    return NULL;
}

static void people_are_told_what_it_is(void **state)
{
    struct node_world *w = *state;
    struct node_query leader = {.get = no_parameter, .role = "leader"};
    struct error err = {""};
    struct json *out = NULL;

    write_canary(w);
    assert_int_equal(node_read_sent(w->node, &leader, &out, &err), 0);
    assert_string_equal(
        json_get_text(json_at(json_get(out, "rows"), 0), "kind"), "canary");
    json_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            one_that_waits_for_its_ack_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_that_the_disk_refused_is_written_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(people_are_told_what_it_is, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
