/* tests/unit/test_node_canary.c - what becomes of a canary that was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/sync/session_inside.h"
#include "common/wire/canary.h"
#include "node/read.h"
#include "node/uplink_inside.h"
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
    struct canary_fact says = {.took_ms = 12};
    struct error err = {""};
    struct buf fact = {0};

    write.record = random_id(1);
    wire_canary_encode(&fact, &says);
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

static bool no_hash(void *who, const struct stream_name *name, uint64_t seq,
                    struct hash *out)
{
    (void)who;
    (void)name;
    (void)seq;
    (void)out;
    return false;
}

static bool has_none(void *who, const struct early_ref *ref)
{
    (void)who;
    (void)ref;
    return false;
}

/* The row of its last one cannot be read any more: the next one is written all
 * the same, and no turn fails for it. */
static void one_behind_one_that_rotted_is_written(void **state)
{
    struct node_world *w = *state;
    static const struct hash_function hash = {crypto_sha256};
    struct sync_config config = {.role = SYNC_NODE,
                                 .view = {NULL, no_hash, has_none, NULL},
                                 .hash = &hash};
    struct canary *c = &w->node->canary;
    struct uplink *u = mem_new(sizeof *u);
    uint64_t head;

    u->node = w->node;
    u->session = sync_session_new(&config);
    u->session->state = SYNC_LIVE;
    u->session->minor = 5;
    w->node->uplink = u;
    *c = (struct canary){.every_ms = 1000, .record = random_id(1)};
    for (int i = 0; i < 2; i++) {
        head = node_world_head(w);
        assert_int_equal(node_begin(w->node), 0);
        c->seq = 0;
        c->due_ms = 0;
        assert_int_equal(node_canary_work(w->node), 0);
        assert_int_equal(c->seq, head + 1);
        if (i == 0)
            assert_int_equal(db_exec(node_store_db(w->node->store),
                                     "UPDATE change SET fact ="
                                     " x'0102030405060708'"),
                             0);
        assert_int_equal(node_commit(w->node, &w->err), 0);
    }
    w->node->uplink = NULL;
    sync_session_free(&u->session);
    mem_free(&u);
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
        cmocka_unit_test_setup_teardown(one_behind_one_that_rotted_is_written,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(people_are_told_what_it_is, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
