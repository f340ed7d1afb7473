/* tests/unit/test_store_ledger.c - streams, acknowledgements, the state of
 * records, early arrivals. */
#include "test_store_fixture.h"

/* ---- our own stream */

static int next_seq(void *who, const struct entry *entry)
{
    uint64_t *last = who;

    assert_int_equal(entry->seq, *last + 1);
    assert_true(entry->change.is_signed);
    *last = entry->seq;
    return *last == 8 ? 1 : 0;
}

static void what_is_appended_is_there_after_reopening(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct ledger_stream s;
    struct stream_claim claim;
    uint64_t last = 0;
    struct hash h;

    for (uint32_t i = 1; i <= 10; i++) {
        struct change c = version_of(w, OURS, i, 1, "20000 a 3 1");

        assert_int_equal(world_append(w, &name, &c), 0);
        assert_int_equal(w->last.origin, FROM_SELF);
        assert_true(w->last.is_new && w->last.is_state);
    }
    world_close(w);
    world_open(w);
    s = stream_of(w, &name, true);
    assert_int_equal(s.head.seq, 10);
    assert_int_equal(s.bytes, 1000);
    assert_int_equal(s.clock_ms, 1000);
    assert_int_equal(ledger_hash_at(w->ledger, &name, 10, &h), 0);
    assert_true(hash_equal(&h, &s.head.h));
    assert_int_equal(ledger_hash_at(w->ledger, &name, 11, &h), ERR_MISSING);
    assert_int_equal(ledger_claim(w->ledger, &name, &claim), 0);
    assert_true(stream_claim_valid(&claim));
    assert_int_equal(ledger_read(w->ledger, &name, 1, next_seq, &last), 0);
    assert_int_equal(last, 8);
    assert_int_equal(world_count(w), 10);
}

static void an_append_that_is_refused_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change refused = version_of(w, OURS, 1, 1, "refuse");
    struct change burst = version_of(w, OURS, 2, 1, "burst");
    struct change foreign = version_of(w, FAR, 3, 1, "20000 a 3 1");
    struct change good = version_of(w, OURS, 4, 1, "20000 a 3 1");
    struct entry entry;

    world_begin(w);
    entry.change = refused;
    assert_int_equal(ledger_append(w->ledger, &name, &entry, 1, &w->err),
                     ERR_REFUSED);
    assert_string_equal(w->err.text, "the fact says so");
    entry.change = burst;
    assert_int_equal(ledger_append(w->ledger, &name, &entry, 1, &w->err),
                     ERR_INVALID);
    entry.change = foreign;
    assert_int_equal(ledger_append(w->ledger, &name, &entry, 1, &w->err),
                     ERR_INVALID);
    entry.change = good;
    assert_int_equal(ledger_append(w->ledger, &name, &entry, 1, &w->err), 0);
    assert_int_equal(entry.seq, 1);
    world_commit(w);
    assert_int_equal(stream_of(w, &name, true).head.seq, 1);
    assert_int_equal(ledger_quarantine_count(w->ledger), 0);
    assert_int_equal(world_record(w, OURS, 1).row, 0);
    assert_int_equal(world_record(w, OURS, 2).row, 0);
}

static void a_position_acknowledged_moves_both_ways(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct ledger_stream s;

    for (uint32_t i = 1; i <= 10; i++) {
        struct change c = version_of(w, OURS, i, 1, "20000 a 3 1");

        assert_int_equal(world_append(w, &name, &c), 0);
    }
    world_begin(w);
    assert_int_equal(ledger_set_acked(w->ledger, &name, 8), 0);
    assert_int_equal(ledger_set_acked(w->ledger, &name, 5), 0);
    assert_int_equal(ledger_set_acked(w->ledger, &name, 11), ERR_INVALID);
    world_commit(w);
    s = stream_of(w, &name, true);
    assert_int_equal(s.acked, 5);
    assert_int_equal(s.acked_most, 8);
    assert_int_equal(s.acked_bytes, 500);
}

static int count_entry(void *who, const struct entry *entry)
{
    (void)entry;
    ++*(int *)who;
    return 0;
}

static int expedited(struct world *w)
{
    struct stream_name name = up();
    int count = 0;

    assert_int_equal(
        ledger_read_expedited(w->ledger, &name, 1, count_entry, &count), 0);
    assert_int_equal(ledger_expedited_waiting(w->ledger, &name), count);
    return count;
}

static void an_expedited_change_waits_until_it_is_settled(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change c[4];

    for (uint32_t i = 0; i < 4; i++) {
        c[i] = i == 1 ? version_of(w, OURS, 100, 1, "x") : urgent(w, i + 1);
        assert_int_equal(world_append(w, &name, &c[i]), 0);
    }
    assert_int_equal(expedited(w), 3);
    struct change_ref ref = world_ref(&c[2]);

    world_begin(w);
    assert_true(ledger_has(w->ledger, &ref));
    assert_int_equal(ledger_settle(w->ledger, &ref), 0);
    assert_int_equal(expedited(w), 2);
    assert_int_equal(ledger_set_acked(w->ledger, &name, 1), 0);
    assert_int_equal(expedited(w), 1);
    assert_int_equal(ledger_unsettle(w->ledger, &name, 1), 0);
    assert_int_equal(expedited(w), 2);
    ref.version = 9;
    assert_int_equal(ledger_settle(w->ledger, &ref), ERR_MISSING);
    assert_false(ledger_has(w->ledger, &ref));
    world_commit(w);
}

/* ---- receiving */

static void a_batch_is_received_once(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct ledger_stream s;

    fill(w, &far, 20);
    assert_int_equal(far_send(w, &far, 1, 10), 0);
    assert_int_equal(far_send(w, &far, 1, 10), 0);
    assert_int_equal(far_send(w, &far, 5, 15), 0);
    assert_int_equal(far_send(w, &far, 17, 20), ERR_AGAIN);
    assert_int_equal(far_send(w, &far, 16, 20), 0);
    s = stream_of(w, &far.name, false);
    assert_true(hash_equal(&s.head.h, &far.at[20].h));
    assert_int_equal(world_count(w), 20);
    assert_int_equal(w->applied, 20);
}

static void a_fork_is_refused_and_nothing_of_it_is_stored(void **state)
{
    static struct far far, fork;
    struct world *w = *state;
    struct change other = version_of(w, FAR, 6, 1, "20000 c 3 1");

    fill(w, &far, 10);
    fill(w, &fork, 5);
    for (int i = 0; i < 5; i++)
        far_add(&fork, &other);
    assert_int_equal(far_send(w, &far, 1, 6), 0);
    assert_int_equal(far_send(w, &fork, 7, 10), ERR_CONFLICT);
    assert_int_equal(far_send(w, &fork, 1, 6), ERR_CONFLICT);
    assert_int_equal(far_send(w, &fork, 3, 9), ERR_CONFLICT);
    assert_int_equal(far_send(w, &far, 7, 10), 0);
    assert_int_equal(world_count(w), 10);
}

static void a_change_in_anothers_name_is_refused(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change foreign = version_of(w, OURS, 6, 1, "20000 c 3 1");

    fill(w, &far, 3);
    far_add(&far, &foreign);
    assert_int_equal(far_send(w, &far, 1, 4), ERR_INVALID);
    assert_int_equal(world_count(w), 0);
    assert_int_equal(far_send(w, &far, 1, 3), 0);
}

static void a_batch_into_our_own_stream_is_refused(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change c = version_of(w, FAR, 50, 1, "20000 c 3 1");

    fill(w, &far, 3);
    assert_int_equal(world_append(w, &far.name, &c), 0);
    assert_int_equal(far_send(w, &far, 1, 3), ERR_INVALID);
    assert_int_equal(world_count(w), 1);
}

static void the_same_change_again_in_a_stream_changes_nothing(void **state)
{
    static struct far far;
    struct world *w = *state;

    fill(w, &far, 3);
    far_add(&far, &far.changes[2]);
    assert_int_equal(far_send(w, &far, 1, 4), 0);
    assert_int_equal(world_count(w), 3);
    assert_false(world_record(w, FAR, 2).conflict);
}

static void a_failing_disk_takes_the_whole_turn_back(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change disk = version_of(w, FAR, 9, 1, "20000 disk 3 1");

    fill(w, &far, 4);
    far_add(&far, &disk);
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    assert_int_equal(far_send(w, &far, 3, 5), ERR_IO);
    assert_int_equal(stream_of(w, &far.name, false).head.seq, 2);
    assert_int_equal(world_count(w), 2);
    w->forgiving = true;
    assert_int_equal(far_send(w, &far, 3, 5), 0);
    assert_int_equal(world_count(w), 5);
}

static void many_new_reports_at_once_are_as_one_by_one(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change twice = version_of(w, FAR, 7, 1, "20000 c 3 1");
    struct change refused = version_of(w, FAR, 900, 1, "20000 refuse 3 1");
    struct change burst = version_of(w, FAR, 901, 1, "20000 burst 3 1");

    fill(w, &far, 100);
    assert_int_equal(world_early(w, &far.changes[20]), 0);
    far_add(&far, &twice);          /* a conflict */
    far_add(&far, &far.changes[9]); /* the same again */
    for (uint32_t i = 1; i <= 80; i++) {
        struct change c = version_of(w, FAR, 200 + i / 2, 1,
                                     i % 2 ? "20000 d 3 1" : "20000 e 3 1");

        far_add(&far, &c);
        if (i == 30)
            far_add(&far, &refused);
    }
    assert_int_equal(far_send(w, &far, 1, 100), 0);
    assert_int_equal(w->applied, 100);
    assert_int_equal(world_shown(w, FAR, 20).seq, 20);
    assert_int_equal(far_send(w, &far, 101, far.count), 0);
    assert_true(world_record(w, FAR, 7).conflict);
    assert_false(world_record(w, FAR, 9).conflict);
    assert_true(world_record(w, FAR, 210).conflict);
    assert_int_equal(world_count(w), 141);
    assert_int_equal(ledger_quarantine_count(w->ledger), 1);
    assert_int_equal(world_faults(w, true), 0);
    uint64_t first = far.count + 1;

    for (uint32_t i = 1; i <= 40; i++) {
        struct change c = version_of(w, FAR, 300 + i, 1, "20000 d 3 1");

        far_add(&far, i == 20 ? &burst : &c);
    }
    assert_int_equal(far_send(w, &far, first, far.count), 0);
    assert_int_equal(ledger_quarantine_count(w->ledger), 2);
    assert_int_equal(world_count(w), 180);
    assert_int_equal(world_record(w, FAR, 901).version, 0);
}

/* Higher versions first: each came after the next one. */
static int came_later(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    int64_t *last = who;

    (void)row;
    assert_true(entry->id < *last);
    *last = entry->id;
    return 0;
}

/* What a long outage leaves: new reports, among them some that are worked on
 * already, and urgent ones, half of which came ahead. */
static void
what_stands_between_new_reports_does_not_change_their_order(void **state)
{
    static struct far far;
    struct world *w = *state;

    far_begin(&far, FAR);
    for (uint32_t i = 1; i <= 150; i++) {
        struct change c = world_change(
            w, &(struct spec){.home = FAR,
                              .record = i,
                              .version = 1,
                              .flags = i % 10 == 0 ? CHANGE_EXPEDITED : 0,
                              .fact = "20000 a 3 1"});
        struct change next = version_of(w, FAR, i - 3, 2, "20000 a 3 2");

        far_add(&far, &c);
        if (i % 7 == 0)
            far_add(&far, &next);
        if (i % 20 == 0)
            assert_int_equal(world_early(w, &c), 0);
    }
    assert_int_equal(far_send(w, &far, 1, far.count), 0);
    assert_int_equal(w->applied, 150 + 150 / 7);
    assert_int_equal(world_count(w), 150);
    assert_int_equal(world_faults(w, true), 0);
    for (uint32_t i = 7; i <= 150; i += 7) {
        struct id id = world_id(i - 3);
        int64_t last = INT64_MAX;

        assert_int_equal(world_record(w, FAR, i - 3).version, 2);
        assert_int_equal(ledger_history(w->ledger, FAR, &id, came_later, &last),
                         0);
    }
}

/* ---- the state */

static void swap(struct change *a, struct change *b)
{
    struct change c = *a;

    *a = *b;
    *b = c;
}

static void the_highest_version_is_the_state_in_any_order(void **state)
{
    static struct far far;
    struct world *w = *state;
    uint64_t seed = 4;

    for (uint32_t record = 1; record <= 40; record++) {
        struct change c[5];
        char fact[5][32];

        for (uint32_t i = 0; i < 5; i++) {
            (void)snprintf(fact[i], sizeof fact[i], "20000 v%u %u 1", i, i);
            c[i] = version_of(w, FAR, record, i + 1, fact[i]);
        }
        for (uint32_t i = 4; i > 0; i--)
            swap(&c[i], &c[world_random(&seed, i + 1)]);
        far_begin(&far, FAR);
        for (uint32_t i = 0; i < 5; i++)
            assert_int_equal(world_early(w, &c[i]), 0);
        assert_int_equal(world_record(w, FAR, record).version, 5);
        assert_string_equal(world_shown(w, FAR, record).fact, "20000 v4 4 1");
        assert_int_equal(world_count(w), record);
    }
}

static void a_conflict_has_the_same_state_in_either_order(void **state)
{
    struct hash winner[2];
    struct world *w = *state;

    for (uint32_t turn = 0; turn < 2; turn++) {
        struct change a = version_of(w, FAR, 1, 2, "20000 a 3 1");
        struct change b = version_of(w, FAR, 1, 2, "20000 b 4 1");
        struct change next = version_of(w, FAR, 1, 3, "20000 a 3 2");

        assert_int_equal(world_early(w, turn ? &b : &a), 0);
        assert_false(world_record(w, FAR, 1).conflict);
        assert_int_equal(world_early(w, turn ? &a : &b), 0);
        assert_true(w->last.in_conflict);
        assert_true(world_record(w, FAR, 1).conflict);
        assert_int_equal(world_count(w), 1);
        winner[turn] = world_shown(w, FAR, 1).digest;
        assert_int_equal(world_faults(w, true), 0);
        assert_int_equal(world_early(w, &next), 0);
        assert_false(world_record(w, FAR, 1).conflict);
        world_free(w);
        *state = w = world_new();
    }
    assert_true(hash_equal(&winner[0], &winner[1]));
}

static int count_version(void *who, const struct record_row *row,
                         const struct entry *entry)
{
    (void)row;
    (void)entry;
    ++*(int *)who;
    return 0;
}

static void history_shows_every_version_and_lists_know_kinds(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct id id = world_id(1);
    int versions = 0, reports = 0, notices = 0, foreign = 0;

    for (uint32_t i = 1; i <= 3; i++) {
        struct change c = version_of(w, OURS, 1, i, "20000 a 3 1");

        assert_int_equal(world_append(w, &name, &c), 0);
    }
    struct change notice = world_change(w, &(struct spec){.home = OURS,
                                                          .record = 2,
                                                          .version = 1,
                                                          .kind = KIND_NOTICE,
                                                          .fact = "hello"});

    assert_int_equal(world_append(w, &name, &notice), 0);
    assert_int_equal(
        ledger_history(w->ledger, OURS, &id, count_version, &versions), 0);
    assert_int_equal(versions, 3);
    assert_int_equal(
        ledger_records(w->ledger, KIND_REPORT, NULL, count_version, &reports),
        0);
    assert_int_equal(reports, 1);
    assert_int_equal(
        ledger_records(w->ledger, KIND_NOTICE, OURS, count_version, &notices),
        0);
    assert_int_equal(notices, 1);
    assert_int_equal(ledger_records(w->ledger, KIND_NOTICE, "nobody",
                                    count_version, &foreign),
                     0);
    assert_int_equal(foreign, 0);
}

static void a_stub_shows_the_whole_part_of_an_earlier_version(void **state)
{
    struct world *w = *state;
    struct change first = version_of(w, FAR, 1, 1, "20000 a 3 1");
    struct change second = version_of(w, FAR, 1, 2, "20000 a 3 2");

    second = world_stubbed(&second);
    assert_int_equal(world_early(w, &second), 0);
    assert_string_equal(world_shown(w, FAR, 1).body, "#");
    assert_int_equal(world_early(w, &first), 0);
    assert_int_equal(world_record(w, FAR, 1).version, 2);
    assert_string_equal(world_shown(w, FAR, 1).body, "words");
    assert_string_equal(world_shown(w, FAR, 1).vault, "sealed");
    assert_string_equal(world_shown(w, FAR, 1).fact, "20000 a 3 2");
}

/* ---- figures */

static int see_axes(void *who, const struct axes *axes, int64_t count)
{
    struct axes *seen = who;

    assert_int_equal(count, 2);
    assert_string_equal(axes->village_text, "la-van-ha");
    *seen = *axes;
    return 0;
}

static void a_figure_moves_with_the_state(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct axes seen = {0};

    for (uint32_t i = 1; i <= 2; i++) {
        struct change a = version_of(w, OURS, i, 1, "20001 kim-doi 3 1");
        struct change b = version_of(w, OURS, i, 2, "20000 la-van-ha 7 9");

        assert_int_equal(world_append(w, &name, &a), 0);
        assert_int_equal(world_append(w, &name, &b), 0);
    }
    assert_int_equal(ledger_figures(w->ledger, 0, 131071, see_axes, &seen), 0);
    assert_int_equal(seen.day, 20000);
    assert_int_equal(seen.category, 7);
    assert_int_equal(seen.state, 9);
    assert_string_equal(ledger_word(w->ledger, seen.home), OURS);
    assert_int_equal(ledger_figures(w->ledger, 20001, 20001, see_axes, &seen),
                     0);
}

/* More of them in one turn than one statement takes, up and down. */
static void many_figures_move_in_one_turn(void **state)
{
    static struct far far;
    struct world *w = *state;
    char fact[200][32];

    far_begin(&far, FAR);
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t record = 1 + i % 100;

        (void)snprintf(fact[i], sizeof fact[i], "%u a %u 1", 20000 + i % 75,
                       3 + i / 100 * (record % 3));
        struct change c = version_of(w, FAR, record, 1 + i / 100, fact[i]);

        far_add(&far, &c);
    }
    assert_int_equal(far_send(w, &far, 1, 80), 0);
    assert_int_equal(world_count(w), 80);
    assert_int_equal(world_faults(w, true), 0);
    assert_int_equal(far_send(w, &far, 81, 200), 0);
    assert_int_equal(world_count(w), 100);
    assert_int_equal(world_faults(w, true), 0);
}

static void axes_are_packed_and_unpacked(void **state)
{
    struct axes a = {.day = 131071,
                     .home = 8191,
                     .village = 5,
                     .category = 255,
                     .state = 15,
                     .channel = 9,
                     .urgent = true};
    struct axes b;

    (void)state;
    axes_unpack(&b, axes_pack(&a));
    assert_int_equal(b.day, a.day);
    assert_int_equal(b.home, a.home);
    assert_int_equal(b.village, a.village);
    assert_int_equal(b.category, a.category);
    assert_int_equal(b.state, a.state);
    assert_int_equal(b.channel, a.channel);
    assert_true(b.urgent);
}

static void what_counts_nowhere_is_quarantined(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change odd = version_of(w, FAR, 1, 1, "131072 a 3 1");
    struct change odder = version_of(w, FAR, 2, 1, "-1 a 3 1");
    struct change even = version_of(w, FAR, 3, 1, "20000 a 256 1");

    far_begin(&far, FAR);
    far_add(&far, &odd);
    far_add(&far, &odder);
    far_add(&far, &even);
    assert_int_equal(far_send(w, &far, 1, 3), 0);
    assert_int_equal(ledger_quarantine_count(w->ledger), 3);
}

/* ---- early arrivals */

static void an_early_arrival_takes_its_place_when_the_stream_comes(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct ledger_verified out;
    int early = 0;

    fill(w, &far, 5);
    assert_int_equal(world_early(w, &far.changes[3]), 0);
    assert_int_equal(w->last.origin, FROM_EARLY);
    assert_int_equal(world_early(w, &far.changes[3]), ERR_EXISTS);
    assert_int_equal(world_shown(w, FAR, 3).seq, 0);
    assert_int_equal(ledger_read_early(w->ledger, FAR, count_entry, &early), 0);
    assert_int_equal(early, 1);
    assert_int_equal(far_send(w, &far, 1, 5), 0);
    assert_int_equal(w->applied, 5);
    assert_int_equal(world_shown(w, FAR, 3).seq, 3);
    assert_int_equal(world_count(w), 5);
    assert_int_equal(world_early(w, &far.changes[4]), ERR_EXISTS);
    assert_int_equal(ledger_read_early(w->ledger, FAR, count_entry, &early), 0);
    assert_int_equal(early, 1);
    assert_int_equal(ledger_verify(w->ledger, &out, NULL, NULL, NULL, NULL), 0);
    assert_int_equal(out.changes, 5);
    assert_int_equal(out.records, 5);
    assert_int_equal(out.streams, 1);
    assert_int_equal(out.cells, 1);
}

static void
a_stub_is_filled_by_the_whole_part_but_never_the_reverse(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct change bare[2];

    fill(w, &far, 2);
    bare[0] = world_stubbed(&far.changes[1]);
    assert_int_equal(world_early(w, &bare[0]), 0);
    assert_int_equal(world_early(w, &far.changes[2]), 0);
    assert_string_equal(world_shown(w, FAR, 1).body, "#");
    far.changes[2] = world_stubbed(&far.changes[2]);
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    assert_string_equal(world_shown(w, FAR, 1).body, "words");
    assert_string_equal(world_shown(w, FAR, 1).vault, "sealed");
    assert_string_equal(world_shown(w, FAR, 2).body, "words");
}

static int see_ref(void *who, const struct entry *entry)
{
    *(uint64_t *)who = entry->change.header.version;
    return 0;
}

static void a_detached_copy_becomes_early_and_can_be_taken_again(void **state)
{
    static struct far far;
    struct world *w = *state;
    struct ledger_stream s;
    struct change_ref ref;
    uint64_t version = 0;
    int early = 0;

    fill(w, &far, 6);
    assert_int_equal(far_send(w, &far, 1, 6), 0);
    world_begin(w);
    assert_int_equal(ledger_detach(w->ledger, &far.name, 4), 0);
    world_commit(w);
    s = stream_of(w, &far.name, false);
    assert_int_equal(s.head.seq, 4);
    assert_int_equal(s.bytes, 400);
    assert_true(hash_equal(&s.head.h, &far.at[4].h));
    assert_int_equal(ledger_read_early(w->ledger, FAR, count_entry, &early), 0);
    assert_int_equal(early, 2);
    ref = world_ref(&far.changes[5]);
    assert_int_equal(ledger_find(w->ledger, &ref, see_ref, &version), 0);
    assert_int_equal(version, 1);
    assert_int_equal(world_faults(w, true), 0);
    assert_int_equal(far_send(w, &far, 5, 6), 0);
    assert_int_equal(world_count(w), 6);
    assert_int_equal(w->applied, 6);
}

static void our_own_change_that_came_back_is_adopted_once(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct entry lost = {.change = urgent(w, 7)};
    struct entry held = {.change = urgent(w, 8)};

    assert_int_equal(world_early(w, &held.change), 0);
    world_begin(w);
    assert_int_equal(ledger_adopt(w->ledger, &name, &lost, 100, &w->err), 0);
    assert_int_equal(ledger_adopt(w->ledger, &name, &held, 100, &w->err), 0);
    assert_int_equal(ledger_adopt(w->ledger, &name, &lost, 100, &w->err),
                     ERR_EXISTS);
    assert_int_equal(ledger_adopt(w->ledger, &name, &held, 100, &w->err),
                     ERR_EXISTS);
    world_commit(w);
    assert_int_equal(stream_of(w, &name, true).head.seq, 2);
    assert_int_equal(world_count(w), 2);
    assert_int_equal(expedited(w), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_appended_is_there_after_reopening),
        TEST(an_append_that_is_refused_leaves_nothing),
        TEST(a_position_acknowledged_moves_both_ways),
        TEST(an_expedited_change_waits_until_it_is_settled),
        TEST(a_batch_is_received_once),
        TEST(a_fork_is_refused_and_nothing_of_it_is_stored),
        TEST(a_change_in_anothers_name_is_refused),
        TEST(a_batch_into_our_own_stream_is_refused),
        TEST(the_same_change_again_in_a_stream_changes_nothing),
        TEST(a_failing_disk_takes_the_whole_turn_back),
        TEST(many_new_reports_at_once_are_as_one_by_one),
        TEST(what_stands_between_new_reports_does_not_change_their_order),
        TEST(the_highest_version_is_the_state_in_any_order),
        TEST(a_conflict_has_the_same_state_in_either_order),
        TEST(history_shows_every_version_and_lists_know_kinds),
        TEST(a_stub_shows_the_whole_part_of_an_earlier_version),
        TEST(a_figure_moves_with_the_state),
        TEST(many_figures_move_in_one_turn),
        TEST(axes_are_packed_and_unpacked),
        TEST(what_counts_nowhere_is_quarantined),
        TEST(an_early_arrival_takes_its_place_when_the_stream_comes),
        TEST(a_stub_is_filled_by_the_whole_part_but_never_the_reverse),
        TEST(a_detached_copy_becomes_early_and_can_be_taken_again),
        TEST(our_own_change_that_came_back_is_adopted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
