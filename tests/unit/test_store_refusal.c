/* tests/unit/test_store_refusal.c - what either side cannot use, and records
 * with two contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/support/store_world.h"

#define A "19894@20040708"
#define B "19897@20040708"

static int set_up(void **state)
{
    *state = world_new();
    return 0;
}

static int tear_down(void **state)
{
    world_free(*state);
    return 0;
}

static void early(struct world *w, const char *home, uint32_t record,
                  uint64_t version, const char *fact)
{
    struct spec spec = {.home = home,
                        .record = record,
                        .version = version,
                        .fact = fact,
                        .is_signed = true};
    struct change change = world_change(w, &spec);

    assert_int_equal(world_early(w, &change), 0);
}

/* ---- refusals */

static void what_is_quarantined_of_a_home_is_named_newest_first(void **state)
{
    struct world *w = *state;
    struct ledger_refusals *memory = mem_new(sizeof *memory);
    uint64_t before = ledger_quarantine_change(w->ledger);
    struct msg_refusals out;
    struct id last = world_id(99);

    for (uint32_t i = 0; i < 100; i++)
        early(w, A, i, 1, "refuse");
    early(w, B, 7, 1, "refuse");
    early(w, A, 200, 1, "1 x 2 3");
    assert_true(ledger_quarantine_change(w->ledger) > before);
    assert_int_equal(ledger_refusals_ours(w->ledger, A, memory, &out), 0);
    assert_int_equal(out.total, 100);
    assert_int_equal(out.count, LIMIT_REFUSALS);
    assert_true(id_equal(&out.items[0].ref.record, &last));
    assert_string_equal(out.items[0].ref.home, A);
    assert_true(strlen(out.items[0].reason) > 0);
    assert_int_equal(ledger_refusals_ours(w->ledger, B, memory, &out), 0);
    assert_int_equal(out.total, 1);
    mem_free(&memory);
}

static int count_refusal(void *who, const char *peer, const struct refusal *r)
{
    assert_string_equal(peer, A);
    assert_string_equal(r->reason, "không hiểu");
    (*(int *)who)++;
    return 0;
}

static void a_new_list_takes_the_place_of_the_old(void **state)
{
    struct world *w = *state;
    struct refusal items[3];
    struct msg_refusals list = {3, 3, items};
    int count = 0;

    memset(items, 0, sizeof items);
    for (size_t i = 0; i < 3; i++)
        items[i].reason = "không hiểu";
    world_begin(w);
    assert_int_equal(ledger_refusals_put(w->ledger, A, &list), 0);
    list.count = 2;
    assert_int_equal(ledger_refusals_put(w->ledger, A, &list), 0);
    world_commit(w);
    assert_int_equal(
        ledger_refusals_theirs(w->ledger, NULL, count_refusal, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(
        ledger_refusals_theirs(w->ledger, B, count_refusal, &count), 0);
    assert_int_equal(count, 2);
}

/* ---- conflicts */

struct seen {
    int count;
    struct hash digests[4];
};

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    struct seen *s = who;

    assert_int_equal(row->version, 2);
    s->digests[s->count++] = entry->digest;
    return 0;
}

static void
contents_come_by_digest_and_only_of_the_highest_version(void **state)
{
    struct world *w = *state;
    struct seen seen = {0};

    early(w, A, 1, 1, "1 x 2 1");
    early(w, A, 1, 2, "1 x 2 2");
    early(w, A, 2, 1, "1 x 2 1");
    assert_int_equal(ledger_conflicts(w->ledger, NULL, see, &seen), 0);
    assert_int_equal(seen.count, 0);
    early(w, A, 1, 2, "1 x 2 3");
    early(w, A, 1, 2, "refuse");
    assert_int_equal(ledger_conflicts(w->ledger, NULL, see, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_true(hash_compare(&seen.digests[0], &seen.digests[1]) < 0);
    assert_int_equal(ledger_conflicts(w->ledger, B, see, &seen), 0);
    assert_int_equal(seen.count, 2);
    early(w, A, 1, 3, "1 x 2 3");
    assert_int_equal(ledger_conflicts(w->ledger, A, see, &seen), 0);
    assert_int_equal(seen.count, 2);
}

#define world_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(what_is_quarantined_of_a_home_is_named_newest_first),
        world_test(a_new_list_takes_the_place_of_the_old),
        world_test(contents_come_by_digest_and_only_of_the_highest_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
