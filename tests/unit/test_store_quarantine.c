/* tests/unit/test_store_quarantine.c - erasure, which is final, and what is
 * refused, kept and tried again. */
#include "test_store_fixture.h"

/* ---- erasure */

static int nothing_whole(void *who, const struct record_row *row,
                         const struct entry *entry)
{
    (void)who;
    assert_true(row->final);
    for (int i = PART_BODY; i <= PART_VAULT; i++)
        assert_int_not_equal(entry->change.part[i].form, PART_WHOLE);
    return 0;
}

static void expect_erased(struct world *w, uint32_t record)
{
    struct id id = world_id(record);

    assert_true(world_record(w, FAR, record).final);
    assert_int_equal(ledger_history(w->ledger, FAR, &id, nothing_whole, NULL),
                     0);
}

static void a_tombstone_erases_in_every_order(void **state)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct world *w = *state;

    for (uint32_t i = 0; i < 12; i++) {
        bool refused = i >= 6; /* a tombstone that is quarantined itself */
        struct change c[3] = {
            version_of(w, FAR, i, 1, "20000 a 3 1"),
            tombstone(w, FAR, i, 2,
                      refused ? "20000 refuse 3 1" : "20000 a 3 1"),
            version_of(w, FAR, i, 3, "20000 a 3 2")};

        for (int k = 0; k < 3; k++)
            assert_int_equal(world_early(w, &c[orders[i % 6][k]]), 0);
        assert_int_equal(world_record(w, FAR, i).version, 3);
        expect_erased(w, i);
        /* the host is told once, whatever becomes of the tombstone */
        assert_int_equal(w->ended, i + 1);
        assert_true(id_equal(&w->last_ended, &c[1].header.record));
    }
    assert_int_equal(ledger_quarantine_count(w->ledger), 6);
    assert_int_equal(world_count(w), 12);
}

static void a_tombstone_erases_what_is_quarantined_and_in_conflict(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change changes[] = {
        version_of(w, FAR, 1, 1, "20000 refuse 3 1"),
        version_of(w, FAR, 1, 2, "20000 a 3 1"),
        version_of(w, FAR, 1, 2, "20000 b 3 1"),
        tombstone(w, FAR, 1, 2, "20000 c 3 1"),
        version_of(w, FAR, 1, 9, "20000 burst 3 1"),
    };

    far_begin(&far, FAR);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        far_add(&far, &changes[i]);
    assert_int_equal(far_send(w, &far, 1, far.count), 0);
    expect_erased(w, 1);
    assert_int_equal(ledger_quarantine_count(w->ledger), 2);
    assert_true(world_record(w, FAR, 1).conflict);
}

static void an_erased_record_is_not_filled_again(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change gone;

    fill(w, &far, 1);
    gone = tombstone(w, FAR, 1, 2, "20000 a 3 9");
    assert_int_equal(world_early(w, &gone), 0);
    assert_int_equal(world_early(w, &far.changes[1]), 0);
    assert_int_equal(world_early(w, &far.changes[1]), ERR_EXISTS);
    assert_int_equal(far_send(w, &far, 1, 1), 0);
    expect_erased(w, 1);
}

/* ---- quarantine */

static int see_quarantined(void *who, const struct quarantined *q)
{
    struct quarantined *out = who;

    *out = *q;
    assert_int_equal(q->since_ms, 77);
    return 0;
}

static void what_is_refused_is_stored_and_the_stream_moves_on(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change refused = version_of(w, FAR, 8, 1, "20000 refuse 3 1");
    struct change burst = version_of(w, FAR, 9, 4, "20000 burst 3 1");
    struct quarantined q;

    fill(w, &far, 4);
    far_add(&far, &refused);
    far_add(&far, &burst);
    far_add(&far, &far.changes[1]);
    ledger_set_time(w->ledger, 77);
    assert_int_equal(far_send(w, &far, 1, 7), 0);
    assert_int_equal(stream_of(w, &far.name, false).head.seq, 7);
    assert_int_equal(ledger_quarantine_count(w->ledger), 2);
    assert_int_equal(world_count(w), 4);
    assert_int_equal(world_record(w, FAR, 8).version, 0);
    assert_string_equal(world_shown(w, FAR, 8).fact, "nothing");
    assert_int_equal(ledger_quarantine_list(w->ledger, see_quarantined, &q), 0);
    assert_int_equal(q.seq, 6);
    assert_int_equal(q.version, 4);
    assert_int_equal(q.kind, KIND_REPORT);
    assert_string_equal(q.name.home, FAR);
}

static int retry(struct world *w, int64_t id)
{
    int rc;

    world_begin(w);
    rc = ledger_quarantine_retry(w->ledger, id, &w->err);
    world_commit(w);
    return rc;
}

static void a_retry_applies_what_can_be_applied_by_now(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change refused = version_of(w, FAR, 8, 1, "20000 refuse 3 1");
    struct change burst = version_of(w, FAR, 9, 1, "20000 burst 3 1");

    far_begin(&far, FAR);
    far_add(&far, &refused);
    far_add(&far, &burst);
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    assert_int_equal(retry(w, 1), ERR_REFUSED);
    assert_int_equal(retry(w, 2), ERR_INVALID);
    assert_string_equal(w->err.text, "cannot be applied");
    assert_int_equal(ledger_quarantine_count(w->ledger), 2);
    w->forgiving = true;
    assert_int_equal(retry(w, 1), 0);
    assert_int_equal(w->last.origin, FROM_QUARANTINE);
    assert_int_equal(retry(w, 2), 0);
    assert_int_equal(retry(w, 2), ERR_MISSING);
    assert_int_equal(ledger_quarantine_count(w->ledger), 0);
    assert_int_equal(world_count(w), 2);
    assert_int_equal(world_record(w, FAR, 9).version, 1);
}

static void
an_early_refusal_is_applied_when_the_stream_is_accepted(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change refused = version_of(w, FAR, 1, 1, "20000 refuse 3 1");

    assert_int_equal(world_early(w, &refused), 0);
    assert_int_equal(ledger_quarantine_count(w->ledger), 1);
    far_begin(&far, FAR);
    far_add(&far, &refused);
    w->forgiving = true;
    assert_int_equal(far_send(w, &far, 1, 1), 0);
    assert_int_equal(ledger_quarantine_count(w->ledger), 0);
    assert_int_equal(world_count(w), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tombstone_erases_in_every_order),
        TEST(a_tombstone_erases_what_is_quarantined_and_in_conflict),
        TEST(an_erased_record_is_not_filled_again),
        TEST(what_is_refused_is_stored_and_the_stream_moves_on),
        TEST(a_retry_applies_what_can_be_applied_by_now),
        TEST(an_early_refusal_is_applied_when_the_stream_is_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
