/* tests/unit/test_store_vault.c - objects beside the changes: kept by a
 * change's exact name, damage is seen, a tombstone takes them along, and what
 * is opened goes back only where its hash fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/store/ledger_vault.h"
#include "tests/support/store_world.h"

#define FAR "19870"

static int set_up(void **state)
{
    *state = world_new();
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    world_free(w);
    return 0;
}

static struct stream_name up(void) { return stream_name_make(FAR, STREAM_UP); }

static struct change make(struct world *w, uint32_t record, uint64_t version,
                          uint32_t flags)
{
    return world_change(w, &(struct spec){.home = FAR,
                                          .record = record,
                                          .version = version,
                                          .flags = flags,
                                          .fact = "20415 Bac 3 1",
                                          .body = "words",
                                          .vault = "sealed"});
}

/* `count` reports whose bodies were withheld; the whole ones in `out`. */
static struct far *receive(struct world *w, struct change *out, size_t count)
{
    static struct far far;

    far_begin(&far, FAR);
    for (size_t i = 0; i < count; i++) {
        struct change stubbed;

        out[i] = make(w, (uint32_t)i + 1, 1, 0);
        stubbed = world_stubbed(&out[i]);
        far_add(&far, &stubbed);
    }
    assert_int_equal(far_send(w, &far, 1, count), 0);
    return &far;
}

static int put(struct world *w, const struct change *change, const char *bytes)
{
    struct change_ref ref = world_ref(change);

    world_begin(w);
    return world_end(w,
                     ledger_vault_put(w->ledger, &ref, bytes_of_text(bytes)));
}

struct seen {
    char words[256];
    size_t bad;
    int64_t change;
    int stop_after;
};

static int see(void *who, const struct vault_item *item)
{
    struct seen *s = who;
    size_t used = strlen(s->words);

    memcpy(s->words + used, item->bytes.data, item->bytes.size);
    s->words[used + item->bytes.size] = '\0';
    s->bad += !item->good;
    s->change = item->change;
    return s->stop_after > 0 && --s->stop_after == 0;
}

static struct seen read_all(struct world *w, uint64_t from, uint64_t to)
{
    struct seen s = {.bad = 0};
    struct stream_name name = up();

    assert_int_equal(ledger_vault_read(w->ledger, &name, from, to, see, &s), 0);
    return s;
}

static void objects_are_read_in_the_order_of_their_stream(void **state)
{
    struct world *w = *state;
    struct change c[4];
    struct seen s = {.stop_after = 1};

    receive(w, c, 4);
    assert_int_equal(put(w, &c[2], "three "), 0);
    assert_int_equal(put(w, &c[0], "one "), 0);
    assert_int_equal(put(w, &c[3], "four "), 0);
    assert_string_equal(read_all(w, 1, 4).words, "one three four ");
    assert_string_equal(read_all(w, 2, 3).words, "three ");
    assert_int_equal(ledger_vault_count(w->ledger), 3);
    assert_int_equal(ledger_vault_all(w->ledger, 0, see, &s), 0);
    assert_string_equal(s.words, "one ");
    assert_int_equal(ledger_vault_all(w->ledger, s.change, see, &s), 0);
    assert_string_equal(s.words, "one three four ");
    assert_int_equal(world_faults(w, true), 0);
}

static void a_later_object_takes_the_place_of_the_earlier(void **state)
{
    struct world *w = *state;
    struct change c[1];

    receive(w, c, 1);
    assert_int_equal(put(w, &c[0], "old"), 0);
    assert_int_equal(put(w, &c[0], "new"), 0);
    assert_string_equal(read_all(w, 1, 1).words, "new");
}

static void an_object_of_a_change_that_is_not_held_is_refused(void **state)
{
    struct world *w = *state;
    struct change c[1], other = make(w, 9, 1, 0);
    struct seen s = {.bad = 0};
    struct change_ref ref = world_ref(&other);

    receive(w, c, 1);
    assert_int_equal(put(w, &other, "x"), ERR_MISSING);
    assert_int_equal(ledger_vault_find(w->ledger, &ref, see, &s), ERR_MISSING);
    ref = world_ref(&c[0]);
    assert_int_equal(ledger_vault_find(w->ledger, &ref, see, &s), ERR_MISSING);
    ref.digest.bytes[0] ^= 1;
    world_begin(w);
    assert_int_equal(
        world_end(w, ledger_vault_put(w->ledger, &ref, bytes_of_text("x"))),
        ERR_MISSING);
}

static void a_damaged_object_is_seen_as_such(void **state)
{
    struct world *w = *state;
    struct change c[2];

    receive(w, c, 2);
    assert_int_equal(put(w, &c[0], "one"), 0);
    assert_int_equal(put(w, &c[1], "two"), 0);
    assert_int_equal(world_faults(w, true), 0);
    assert_int_equal(db_exec(w->db, "UPDATE vault_object SET bytes = x'74776e'"
                                    " WHERE bytes = CAST('two' AS BLOB)"),
                     0);
    assert_int_equal(read_all(w, 1, 1).bad, 0);
    assert_int_equal(read_all(w, 2, 2).bad, 1);
    assert_int_equal(world_faults(w, false), 1);
}

static void a_tombstone_takes_the_objects_of_its_record(void **state)
{
    struct world *w = *state;
    struct change c[2], tomb = make(w, 1, 2, CHANGE_TOMBSTONE), stubbed;
    struct far *far = receive(w, c, 2);

    assert_int_equal(put(w, &c[0], "one"), 0);
    assert_int_equal(put(w, &c[1], "two"), 0);
    stubbed = world_stubbed(&tomb);
    far_add(far, &stubbed);
    assert_int_equal(far_send(w, far, 3, 3), 0);
    assert_string_equal(read_all(w, 1, 3).words, "two");
    assert_int_equal(put(w, &c[0], "one"), 0); /* and none comes after it */
    assert_string_equal(read_all(w, 1, 3).words, "two");
}

static int64_t row_of(struct world *w, const struct change *change)
{
    struct change_ref ref = world_ref(change);
    struct seen s = {.bad = 0};

    assert_int_equal(ledger_vault_find(w->ledger, &ref, see, &s), 0);
    return s.change;
}

static int fill(struct world *w, int64_t row, const struct change *from)
{
    world_begin(w);
    return world_end(w, ledger_vault_fill(w->ledger, row, from->part));
}

static void opened_parts_go_back_into_their_place(void **state)
{
    struct world *w = *state;
    struct change c[2];

    receive(w, c, 2);
    assert_string_equal(world_shown(w, FAR, 1).body, "#");
    assert_int_equal(put(w, &c[0], "object"), 0);
    assert_int_equal(fill(w, row_of(w, &c[0]), &c[0]), 0);
    assert_string_equal(world_shown(w, FAR, 1).body, "words");
    assert_string_equal(world_shown(w, FAR, 1).vault, "sealed");
    assert_int_equal(ledger_vault_count(w->ledger), 0);
    assert_int_equal(world_faults(w, true), 0);
}

static void parts_of_another_change_do_not_fit(void **state)
{
    struct world *w = *state;
    struct change c[1], other;

    receive(w, c, 1);
    other = world_change(w, &(struct spec){FAR, 2, 1, 0, 0, "20415 Bac 3 1",
                                           "words", "other", false});
    assert_int_equal(put(w, &c[0], "object"), 0);
    assert_int_equal(fill(w, row_of(w, &c[0]), &other), ERR_DAMAGED);
    assert_string_equal(world_shown(w, FAR, 1).body, "#");
    assert_int_equal(ledger_vault_count(w->ledger), 1);
}

static void what_needs_an_object_is_found(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    uint64_t at = 0;
    struct change bare = world_change(
        w, &(struct spec){FAR, 1, 1, 0, 0, "20415 Bac 3 1", NULL, NULL, false});
    struct change worded =
        world_change(w, &(struct spec){FAR, 2, 1, 0, 0, "20415 Bac 3 1",
                                       "words", NULL, false});
    struct change sealed = make(w, 3, 1, 0);

    assert_int_equal(world_append(w, &name, &bare), 0);
    assert_int_equal(world_append(w, &name, &worded), 0);
    assert_int_equal(world_append(w, &name, &sealed), 0);
    assert_int_equal(ledger_vault_next(w->ledger, &name, 1, 3, true, &at), 0);
    assert_int_equal(at, 2);
    assert_int_equal(ledger_vault_next(w->ledger, &name, 1, 3, false, &at), 0);
    assert_int_equal(at, 3);
    assert_int_equal(ledger_vault_next(w->ledger, &name, 1, 2, false, &at),
                     ERR_MISSING);
}

static int note_place(void *who, const struct vault_item *item)
{
    char *places = who;
    size_t used = strlen(places);

    (void)snprintf(places + used, 64 - used, "%llu ",
                   (unsigned long long)item->seq);
    return 0;
}

static void expect_missing(struct world *w, const struct stream_name *name,
                           uint64_t from, const char *places)
{
    char found[64] = "";

    assert_int_equal(
        ledger_vault_missing(w->ledger, name, from, 9, note_place, found), 0);
    assert_string_equal(found, places);
}

static void what_is_missing_is_a_stub_without_an_object(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change c[3];

    receive(w, c, 3);
    expect_missing(w, &name, 1, "1 2 3 ");
    expect_missing(w, &name, 3, "3 ");
    assert_int_equal(put(w, &c[1], "two"), 0);
    expect_missing(w, &name, 1, "1 3 ");
}

static void what_an_earlier_version_explains_is_not_missing(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change whole = make(w, 1, 1, 0), next = make(w, 1, 2, 0);

    for (int i = PART_BODY; i < PART_COUNT; i++)
        next.part[i] = whole.part[i];
    next = world_stubbed(&next);
    assert_int_equal(world_append(w, &name, &whole), 0);
    assert_int_equal(world_append(w, &name, &next), 0);
    expect_missing(w, &name, 1, "");
}

static void an_unchanged_stub_is_asked_for_once(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change first = make(w, 1, 1, 0), next = make(w, 1, 2, 0);
    struct far far;

    for (int i = PART_BODY; i < PART_COUNT; i++)
        next.part[i] = first.part[i];
    first = world_stubbed(&first);
    next = world_stubbed(&next);
    far_begin(&far, FAR);
    far_add(&far, &first);
    far_add(&far, &next);
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    expect_missing(w, &name, 1, "1 ");
}

/* Of two machines' versions the later one may come first; it names what the
 * earlier one has. */
static void an_earlier_version_that_came_later_is_asked_for_too(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change first = make(w, 1, 1, 0), next = make(w, 1, 2, 0);
    struct far far;

    for (int i = PART_BODY; i < PART_COUNT; i++)
        next.part[i] = first.part[i];
    first = world_stubbed(&first);
    next = world_stubbed(&next);
    far_begin(&far, FAR);
    far_add(&far, &next);
    far_add(&far, &first);
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    expect_missing(w, &name, 1, "1 2 ");
}

static void of_an_erased_record_nothing_is_missing(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change first = make(w, 1, 1, 0);
    struct change end =
        world_change(w, &(struct spec){.home = FAR,
                                       .record = 1,
                                       .version = 2,
                                       .flags = CHANGE_TOMBSTONE,
                                       .fact = "20415 Bac 3 1"});
    struct far far;

    first = world_stubbed(&first);
    far_begin(&far, FAR);
    far_add(&far, &first);
    far_add(&far, &end);
    assert_int_equal(far_send(w, &far, 1, 2), 0);
    expect_missing(w, &name, 1, "");
}

static void the_vaulted_position_is_remembered(void **state)
{
    struct world *w = *state;
    struct stream_name name = up(), other = stream_name_make("x", STREAM_UP);
    struct change c[1];

    receive(w, c, 1);
    assert_int_equal(ledger_vaulted(w->ledger, &name), 0);
    world_begin(w);
    assert_int_equal(world_end(w, ledger_set_vaulted(w->ledger, &name, 1)), 0);
    world_close(w);
    world_open(w);
    assert_int_equal(ledger_vaulted(w->ledger, &name), 1);
    assert_int_equal(ledger_vaulted(w->ledger, &other), 0);
}

static void expect_lacking(struct world *w, uint64_t first, uint64_t last)
{
    struct stream_name name = up();
    struct ledger_lacking lacking;

    assert_int_equal(ledger_lacking(w->ledger, &name, &lacking), 0);
    assert_int_equal(lacking.first, first);
    assert_int_equal(lacking.last, last);
}

static void reach(struct world *w, uint64_t seq)
{
    struct stream_name name = up();

    world_begin(w);
    assert_int_equal(world_end(w, ledger_vault_reach(w->ledger, &name, seq)),
                     0);
}

static void what_is_passed_over_is_remembered(void **state)
{
    struct world *w = *state;
    struct stream_name name = up();
    struct change c[4];

    receive(w, c, 4);
    assert_int_equal(put(w, &c[0], "one"), 0);
    assert_int_equal(put(w, &c[2], "three"), 0);
    reach(w, 1);
    expect_lacking(w, 0, 0);
    reach(w, 3);
    expect_lacking(w, 2, 3);
    reach(w, 2); /* from an earlier place once more */
    assert_int_equal(ledger_vaulted(w->ledger, &name), 3);
    reach(w, 4);
    world_close(w);
    world_open(w);
    expect_lacking(w, 2, 4);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_a_stub_without_an_object),
        TEST(what_an_earlier_version_explains_is_not_missing),
        TEST(an_unchanged_stub_is_asked_for_once),
        TEST(an_earlier_version_that_came_later_is_asked_for_too),
        TEST(of_an_erased_record_nothing_is_missing),
        TEST(objects_are_read_in_the_order_of_their_stream),
        TEST(a_later_object_takes_the_place_of_the_earlier),
        TEST(an_object_of_a_change_that_is_not_held_is_refused),
        TEST(a_damaged_object_is_seen_as_such),
        TEST(a_tombstone_takes_the_objects_of_its_record),
        TEST(opened_parts_go_back_into_their_place),
        TEST(parts_of_another_change_do_not_fit),
        TEST(what_needs_an_object_is_found),
        TEST(the_vaulted_position_is_remembered),
        TEST(what_is_passed_over_is_remembered),
    };

    return cmocka_run_group_tests_name("store/vault", tests, NULL, NULL);
}
