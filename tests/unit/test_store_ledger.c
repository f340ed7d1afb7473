/* tests/unit/test_store_ledger.c - appending, receiving, the state of records,
 * quarantine, erasure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/store_world.h"

static int set_up(void **state)
{
    *state = world_new();
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_faults(w, true), 0);
    world_free(w);
    return 0;
}

static struct change report(struct world *w, const char *home, uint32_t record,
                            uint64_t version, const char *fact)
{
    return world_change(w, &(struct spec){.home = home,
                                          .record = record,
                                          .version = version,
                                          .fact = fact,
                                          .body = "words"});
}

/* ---- our own stream */

static int collect_seqs(void *who, const struct entry *entry)
{
    uint64_t *last = who;

    assert_int_equal(entry->seq, *last + 1);
    *last = entry->seq;
    return 0;
}

static void what_is_appended_is_there_after_reopening(void **state)
{
    struct world *w = *state;
    struct stream_name up = stream_name_make("19870", STREAM_UP);
    struct ledger_stream s;
    uint64_t last = 0;
    struct hash h;

    for (uint32_t i = 1; i <= 10; i++) {
        struct change c = report(w, "19870", i, 1, "20000 a 3 1");

        assert_int_equal(world_append(w, &up, &c), 0);
    }
    world_close(w);
    world_open(w);
    assert_int_equal(ledger_stream(w->ledger, &s, &up, true), 0);
    assert_int_equal(s.head.seq, 10);
    assert_int_equal(s.bytes, 1000);
    assert_int_equal(ledger_hash_at(w->ledger, &up, 10, &h), 0);
    assert_true(hash_equal(&h, &s.head.h));
    assert_int_equal(ledger_hash_at(w->ledger, &up, 11, &h), ERR_MISSING);
    assert_int_equal(ledger_read(w->ledger, &up, 1, collect_seqs, &last), 0);
    assert_int_equal(last, 10);
    assert_int_equal(world_count(w), 10);
}

static void a_batch_is_received_once(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct ledger_stream s;

    far_begin(&far, "19873");
    for (uint32_t i = 1; i <= 20; i++) {
        struct change c = report(w, "19873", i, 1, "20000 b 3 1");

        far_add(&far, &c);
    }
    assert_int_equal(far_send(w, &far, 1, 10), 0);
    assert_int_equal(far_send(w, &far, 1, 10), 0);
    assert_int_equal(far_send(w, &far, 5, 15), 0);
    assert_int_equal(far_send(w, &far, 17, 20), ERR_AGAIN);
    assert_int_equal(far_send(w, &far, 16, 20), 0);
    assert_int_equal(ledger_stream(w->ledger, &s, &far.name, false), 0);
    assert_int_equal(s.head.seq, 20);
    assert_true(hash_equal(&s.head.h, &far.at[20].h));
    assert_int_equal(world_count(w), 20);
    assert_int_equal(w->applied, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_is_appended_is_there_after_reopening, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_batch_is_received_once, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
