/* tests/unit/test_store_rebase.c - the peer's copy takes the place of ours, and
 * nothing of ours is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/store_world.h"

#define OURS "19870"

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

static struct stream_name up(void) { return stream_name_make(OURS, STREAM_UP); }

static struct change make(struct world *w, uint32_t record, uint64_t version,
                          uint32_t flags, const char *fact)
{
    return world_change(w, &(struct spec){.home = OURS,
                                          .record = record,
                                          .version = version,
                                          .flags = flags,
                                          .fact = fact,
                                          .body = "words",
                                          .vault = "sealed"});
}

/* Appends to ours and, when `far` is given, to the peer's copy. */
static void both(struct world *w, struct far *far, const struct change *c)
{
    struct stream_name name = up();

    assert_int_equal(world_append(w, &name, c), 0);
    if (far)
        far_add(far, c);
}

static int rebase(struct world *w, const struct far *far, uint64_t after,
                  uint64_t *appended)
{
    struct stream_name name = up();
    struct stream_position reached = {.seq = after};
    int rc;

    world_begin(w);
    rc = ledger_rebase_begin(w->ledger, &name, after);
    rc = world_end(w, rc);
    while (rc == 0 && reached.seq < far->count) {
        uint64_t to = reached.seq + 3 < far->count ? reached.seq + 3
                                                   : (uint64_t)far->count;
        struct ledger_batch batch = far_batch(far, reached.seq + 1, to);

        world_begin(w);
        rc = ledger_rebase_stage(w->ledger, &batch, &reached, &w->err);
        rc = world_end(w, rc);
    }
    if (rc != 0)
        return rc;
    world_begin(w);
    rc = ledger_rebase_finish(w->ledger, &name, appended, &w->err);
    return world_end(w, rc);
}

static struct ledger_stream ours(struct world *w)
{
    struct stream_name name = up();
    struct ledger_stream s = {0};

    assert_int_equal(ledger_stream(w->ledger, &s, &name, true), 0);
    return s;
}

static void a_node_from_an_old_backup_takes_back_what_it_had(void **state)
{
    static struct far far;
    struct world *w = *state;
    uint64_t appended = 9;

    far_begin(&far, OURS);
    for (uint32_t i = 1; i <= 20; i++) {
        struct change c = make(w, i, 1, 0, "20000 a 3 1");

        if (i <= 8)
            both(w, &far, &c);
        else
            far_add(&far, &c);
    }
    assert_int_equal(rebase(w, &far, 8, &appended), 0);
    assert_int_equal(appended, 0);
    assert_int_equal(w->last.origin, FROM_REBASE);
    assert_int_equal(ours(w).head.seq, 20);
    assert_int_equal(ours(w).acked, 20);
    assert_int_equal(ours(w).acked_bytes, 2000);
    assert_int_equal(ours(w).bytes, 2000);
    assert_int_equal(world_count(w), 20);
}

static int see_place(void *who, const struct entry *entry)
{
    struct hash *digests = who;

    digests[entry->seq] = entry->digest;
    return 0;
}

static void what_only_we_wrote_is_appended_in_its_old_order(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct stream_name name = up();
    struct hash digests[32];
    struct change own[4];
    uint64_t appended = 0;

    far_begin(&far, OURS);
    for (uint32_t i = 1; i <= 3; i++) {
        struct change c = make(w, i, 1, 0, "20000 a 3 1");

        both(w, &far, &c);
    }
    for (uint32_t i = 0; i < 4; i++) {
        own[i] =
            make(w, 10 + i, 1, i == 2 ? CHANGE_EXPEDITED : 0, "20000 b 3 1");
        both(w, NULL, &own[i]);
    }
    for (uint32_t i = 4; i <= 6; i++) {
        struct change c = make(w, i, 1, CHANGE_EXPEDITED, "20000 a 3 1");

        far_add(&far, &c);
    }
    far_add(&far, &own[1]); /* one of ours had reached the peer */
    world_begin(w);
    assert_int_equal(ledger_set_acked(w->ledger, &name, 7), 0);
    world_commit(w);
    assert_int_equal(rebase(w, &far, 3, &appended), 0);
    assert_int_equal(appended, 3);
    assert_int_equal(ours(w).head.seq, 10);
    assert_int_equal(ours(w).acked, 7);
    assert_int_equal(ours(w).acked_bytes, 700);
    assert_int_equal(ours(w).bytes, 1000);
    assert_int_equal(ledger_read(w->ledger, &name, 1, see_place, digests), 0);
    for (uint32_t i = 0; i < 4; i++) {
        static const int place[] = {8, 7, 9, 10};
        struct hash digest = world_digest(&own[i]);

        assert_true(hash_equal(&digests[place[i]], &digest));
    }
    assert_int_equal(ledger_expedited_waiting(w->ledger, &name), 1);
    assert_int_equal(world_count(w), 10);
}

static void both_versions_of_a_conflict_are_kept(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change first = make(w, 1, 1, 0, "20000 a 3 1");
    struct change mine = make(w, 1, 2, 0, "20000 b 3 1");
    struct change theirs = make(w, 1, 2, 0, "20000 c 3 1");
    struct change later = make(w, 1, 3, 0, "20000 c 3 9");
    uint64_t appended = 0;

    far_begin(&far, OURS);
    both(w, &far, &first);
    both(w, NULL, &mine);
    far_add(&far, &theirs);
    assert_int_equal(rebase(w, &far, 1, &appended), 0);
    assert_int_equal(appended, 1);
    assert_true(world_record(w, OURS, 1).conflict);
    assert_int_equal(ours(w).head.seq, 3);
    assert_int_equal(world_count(w), 1);
    both(w, NULL, &later);
    assert_false(world_record(w, OURS, 1).conflict);
}

static void a_staged_copy_that_lies_is_refused(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct stream_name name = up();
    struct stream_position reached;
    struct change c = make(w, 1, 1, 0, "20000 a 3 1");
    uint64_t appended;

    far_begin(&far, OURS);
    both(w, &far, &c);
    for (uint32_t i = 2; i <= 9; i++) {
        c = make(w, i, 1, 0, "20000 a 3 1");
        far_add(&far, &c);
    }
    struct ledger_batch batch = far_batch(&far, 2, 5);
    struct ledger_batch gap = far_batch(&far, 8, 9);

    world_begin(w);
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     ERR_INVALID);
    assert_int_equal(ledger_rebase_finish(w->ledger, &name, &appended, &w->err),
                     ERR_INVALID);
    assert_int_equal(ledger_rebase_begin(w->ledger, &name, 2), ERR_MISSING);
    assert_int_equal(ledger_rebase_begin(w->ledger, &name, 1), 0);
    assert_int_equal(ledger_rebase_stage(w->ledger, &gap, &reached, &w->err),
                     ERR_AGAIN);
    assert_int_equal(reached.seq, 1);
    batch.head.h.bytes[3] ^= 1;
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     ERR_CONFLICT);
    batch.head.h.bytes[3] ^= 1;
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    assert_int_equal(reached.seq, 5);
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    world_commit(w);
    world_begin(w); /* what a turn that fails takes back is not forgotten */
    batch = far_batch(&far, 6, 9);
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    assert_int_equal(reached.seq, 9);
    (void)world_end(w, ERR_IO);
    world_begin(w);
    assert_int_equal(ledger_rebase_stage(w->ledger, &gap, &reached, &w->err),
                     ERR_AGAIN);
    assert_int_equal(reached.seq, 5);
    assert_int_equal(ledger_rebase_finish(w->ledger, &name, &appended, &w->err),
                     0);
    world_commit(w);
    assert_int_equal(ours(w).head.seq, 5);
}

static int64_t whole_staged(struct world *w)
{
    static const char *const queries[] = {
        "SELECT count(*) FROM staged WHERE length(body_salt) = 16"
        " OR length(vault_salt) = 16"};
    struct db_set *set;
    struct db_stmt *q;
    int64_t count;

    assert_int_equal(db_prepare(&set, w->db, queries, 1, NULL), 0);
    q = db_use(set, 0);
    assert_int_equal(db_step(q), 1);
    count = db_i64(q, 0);
    db_done(q);
    return count;
}

static void a_tombstone_erases_what_is_staged(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct stream_name name = up();
    struct stream_position reached;
    struct change first = make(w, 1, 1, 0, "20000 a 3 1");
    struct change second = make(w, 1, 2, 0, "20000 a 3 2");
    struct change other = make(w, 2, 1, 0, "20000 a 3 2");
    struct change third = make(w, 1, 4, 0, "20000 a 3 4");
    struct change gone = make(w, 1, 3, CHANGE_TOMBSTONE, "20000 a 3 9");
    uint64_t appended;

    far_begin(&far, OURS);
    both(w, &far, &first);
    far_add(&far, &second);
    far_add(&far, &other);
    far_add(&far, &third);
    world_begin(w);
    assert_int_equal(ledger_rebase_begin(w->ledger, &name, 1), 0);
    struct ledger_batch batch = far_batch(&far, 2, 3);

    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    assert_int_equal(whole_staged(w), 2);
    world_commit(w);
    both(w, NULL, &gone);
    assert_int_equal(whole_staged(w), 1);
    world_begin(w);
    batch = far_batch(&far, 4, 4);
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    assert_int_equal(whole_staged(w), 1);
    assert_int_equal(ledger_rebase_finish(w->ledger, &name, &appended, &w->err),
                     0);
    world_commit(w);
    assert_int_equal(appended, 1);
    assert_int_equal(world_record(w, OURS, 1).version, 4);
    assert_true(world_record(w, OURS, 1).final);
    assert_string_equal(world_shown(w, OURS, 1).body, "#");
    assert_string_equal(world_shown(w, OURS, 2).body, "words");
}

/* What was fetched for a rebase that never ended rots: what is erased goes all
 * the same, and nobody is stopped; of whom the rotten one was nobody knows. */
static void what_is_staged_and_rotted_stops_no_tombstone(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct far far;
    struct ledger_batch batch;
    struct stream_position reached;
    struct change c = make(w, 1, 2, CHANGE_TOMBSTONE, "9 a 1 2");

    far_begin(&far, OURS);
    for (uint32_t record = 1; record <= 2; record++) {
        struct change held = make(w, record, 1, 0, "9 a 1 2");

        far_add(&far, &held);
    }
    world_begin(w);
    assert_int_equal(ledger_rebase_begin(w->ledger, &name, 0), 0);
    batch = far_batch(&far, 1, 2);
    assert_int_equal(ledger_rebase_stage(w->ledger, &batch, &reached, &w->err),
                     0);
    assert_int_equal(
        db_exec(w->db, "UPDATE staged SET header = x'00' WHERE seq = 1"), 0);
    world_commit(w);
    assert_int_equal(whole_staged(w), 2);
    assert_int_equal(world_append(w, &name, &c), 0);
    assert_int_equal(whole_staged(w), 1);
}

static void odd_copies_are_taken_as_they_are(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change first = make(w, 1, 1, 0, "20000 a 3 1");
    struct change twice = make(w, 2, 1, 0, "20000 a 3 1");
    struct change refused = make(w, 3, 1, 0, "20000 refuse 3 1");
    struct change burst = make(w, 4, 1, 0, "20000 burst 3 1");
    struct change early = make(w, 5, 1, 0, "20000 a 3 1");
    uint64_t appended = 0;

    far_begin(&far, OURS);
    both(w, &far, &first);
    both(w, NULL, &twice);
    assert_int_equal(world_early(w, &early), 0);
    far_add(&far, &refused);
    far_add(&far, &twice);
    far_add(&far, &burst);
    far_add(&far, &twice);
    far_add(&far, &first);
    far_add(&far, &early);
    assert_int_equal(rebase(w, &far, 1, &appended), 0);
    assert_int_equal(appended, 0);
    assert_int_equal(ours(w).head.seq, 7);
    struct ledger_stream s = ours(w);

    assert_true(hash_equal(&s.head.h, &far.at[7].h));
    assert_int_equal(ledger_quarantine_count(w->ledger), 2);
    assert_int_equal(world_count(w), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* SQLite rolls back by itself at some errors of the disk: what the same turn
 * still asks for is refused, and the program goes on. */
static void a_rebase_in_a_turn_that_the_disk_took_back_is_refused(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change c = make(w, 1, 1, 0, "20000 a 3 1");
    struct ledger_stream s;

    both(w, NULL, &c);
    assert_int_equal(db_begin(w->db), 0);
    assert_int_equal(db_exec(w->db, "ROLLBACK"), 0);
    assert_true(ledger_rebase_begin(w->ledger, &name, 0) < 0);
    assert_true(ledger_detach(w->ledger, &name, 0) < 0);
    db_rollback(w->db);
    ledger_forget(w->ledger);
    assert_int_equal(ledger_stream(w->ledger, &s, &name, true), 0);
    assert_int_equal(s.head.seq, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_node_from_an_old_backup_takes_back_what_it_had),
        TEST(what_only_we_wrote_is_appended_in_its_old_order),
        TEST(both_versions_of_a_conflict_are_kept),
        TEST(a_staged_copy_that_lies_is_refused),
        TEST(a_tombstone_erases_what_is_staged),
        TEST(what_is_staged_and_rotted_stops_no_tombstone),
        TEST(odd_copies_are_taken_as_they_are),
        TEST(a_rebase_in_a_turn_that_the_disk_took_back_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
