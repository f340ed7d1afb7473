/* tests/unit/test_node_closing.c - a closing names its place in the stream;
 * when a rebase moves that place, it is signed anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/sync/stream.h"
#include "common/wire/codec.h"
#include "node/closing.h"
#include "tests/support/node_world.h"

static const struct hash_function hash_function = {crypto_sha256};

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

static void report(struct node_world *w)
{
    struct json *out = node_world_do(
        w, "report.add",
        "{\"category\":\"khac\",\"text\":\"a tree lies on the road\"}");

    json_free(&out);
}

static void close_period(struct node_world *w, const char *args)
{
    struct json *out = node_world_do(w, "close", args);

    json_free(&out);
}

/* ---- the closing as it stands */

struct seen {
    uint64_t version;
    struct closing closing;
};

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    struct seen *s = who;

    assert_non_null(entry);
    s->version = row->version;
    return wire_closing_decode(&s->closing, entry->change.part[PART_FACT].bytes,
                               NULL);
}

static struct seen the_closing(struct node_world *w)
{
    struct seen s = {0};

    assert_int_equal(
        ledger_records(w->node->ledger, KIND_CLOSING, NODE_WORLD_UNIT, see, &s),
        0);
    assert_true(s.version > 0);
    return s;
}

static bool names_its_place(struct node_world *w, const struct closing *c)
{
    struct hash h;

    return ledger_hash_at(w->node->ledger, &w->node->up, c->seq, &h) == 0 &&
           hash_equal(&h, &c->h);
}

/* ---- the hub's copy: of all that we wrote, only the change at `seq` */

static int encode(void *who, const struct entry *entry)
{
    wire_change_encode(who, &entry->change);
    return 1;
}

static void take_the_hubs_copy(struct node_world *w, uint64_t seq)
{
    struct node *node = w->node;
    struct wire_arena *arena = wire_arena_new();
    struct buf bytes = {0};
    struct change change;
    struct ledger_batch batch = {.name = node->up,
                                 .first = 1,
                                 .count = 1,
                                 .changes = &change,
                                 .signed_head = bytes_of_text("proof")};
    struct stream_position reached;
    struct hash zero, digest;
    uint64_t appended = 0;
    size_t size;

    assert_int_equal(ledger_read(node->ledger, &node->up, seq, encode, &bytes),
                     0);
    assert_int_equal(
        wire_change_decode(&change, arena, buf_bytes(&bytes), &w->err), 0);
    size = wire_change_size(&change);
    batch.sizes = &size;
    digest = change_digest(&hash_function, &change);
    zero = stream_zero(&hash_function, &node->up);
    batch.head.seq = 1;
    batch.head.h = stream_next(&hash_function, &zero, 1, &digest);
    assert_int_equal(node_begin(node), 0);
    assert_int_equal(ledger_rebase_begin(node->ledger, &node->up, 0), 0);
    assert_int_equal(
        ledger_rebase_stage(node->ledger, &batch, &reached, &w->err), 0);
    assert_int_equal(
        ledger_rebase_finish(node->ledger, &node->up, &appended, &w->err), 0);
    assert_true(appended > 0);
    node->moved = true;
    assert_int_equal(node_commit(node, &w->err), 0);
    wire_arena_free(&arena);
    buf_free(&bytes);
}

static void a_closing_names_the_head_of_its_moment(void **state)
{
    struct node_world *w = *state;
    struct seen s;

    report(w);
    report(w);
    close_period(w, "{\"period\":\"2025-10\"}");
    s = the_closing(w);
    assert_int_equal(s.version, 1);
    assert_int_equal(s.closing.seq, 2);
    assert_true(names_its_place(w, &s.closing));
}

static void a_rebase_that_moves_its_place_has_it_signed_anew(void **state)
{
    struct node_world *w = *state;
    struct seen s;

    report(w);
    report(w);
    close_period(w, "{\"period\":\"2025-10\"}");
    take_the_hubs_copy(w, 2); /* it has our second report as the first */
    s = the_closing(w);
    assert_int_equal(s.version, 2);
    assert_int_equal(s.closing.seq, 3);
    assert_true(names_its_place(w, &s.closing));
    assert_string_equal(s.closing.by, "lan");
    assert_int_equal(node_world_head(w), 4);
}

static void a_rebase_that_leaves_its_place_changes_nothing(void **state)
{
    struct node_world *w = *state;
    struct seen s;

    report(w);
    close_period(w, "{\"period\":\"2025-10\"}");
    take_the_hubs_copy(w, 1);
    s = the_closing(w);
    assert_int_equal(s.version, 1);
    assert_int_equal(s.closing.seq, 1);
    assert_true(names_its_place(w, &s.closing));
    assert_int_equal(node_world_head(w), 2);
}

#define world_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(a_closing_names_the_head_of_its_moment),
        world_test(a_rebase_that_moves_its_place_has_it_signed_anew),
        world_test(a_rebase_that_leaves_its_place_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
