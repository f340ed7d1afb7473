/* Files of reports that go by stick between a commune without a line and its
 * district (PROTOCOL 15.4): in any order, in part, twice, and only what may. */
#include "tests/unit/test_bundle_media_fixture.h"

#include "hub/media.h"

static void
files_go_behind_the_words_until_the_hub_says_it_has_them(void **state)
{
    struct district *d = *state;
    struct made up;
    struct sums sums;

    report_with(d, three, 3);
    write_bundle(d, true, -1, &up);
    assert_int_equal(up.files, 3);
    assert_int_equal(up.pieces, three_pieces);
    assert_int_equal(up.left_files, 0);
    sums = take_all(d, true, &up, false);
    assert_int_equal(sums.files, 3);
    assert_int_equal(sums.pieces, three_pieces);
    assert_whole(&d->f->hub->media, 3);
    sums = take_all(d, true, &up, false);
    assert_int_equal(sums.pieces + sums.files, 0);
    assert_int_equal(sums.known, three_pieces);
    drop(&up);

    write_bundle(d, true, -1, &up); /* nobody has said anything */
    assert_int_equal(up.files, 3);
    drop(&up);
    (void)carry(d, false);
    write_bundle(d, true, -1, &up);
    assert_int_equal(up.pieces, 0);
    drop(&up);
}

static void
a_later_part_waits_for_the_list_and_no_piece_is_taken_twice(void **state)
{
    struct district *d = *state;
    struct made up;
    struct sums sums;

    report_with(d, three, 3);
    write_bundle(d, true, -1, &up);
    assert_true(up.count > 2);
    sums = take_all(d, true, &up, true);
    assert_true(sums.passed > 0);
    assert_true(look(&d->f->hub->media).wanted > 0);
    sums = take_all(d, true, &up, true);
    sums = take_all(d, true, &up, false);
    assert_int_equal(sums.wrong, 0);
    assert_whole(&d->f->hub->media, 3);
    drop(&up);
}

/* Each stick is smaller than what waits; the second one comes first. */
static void what_has_no_room_begins_the_next_bundle(void **state)
{
    static const size_t one[] = {700000};
    struct district *d = *state;
    struct made first, second, rest;
    struct sums sums;

    report_with(d, one, 1);
    write_bundle(d, true, 400000, &first);
    assert_int_equal(first.files, 0);
    assert_true(first.pieces > 3 && first.pieces < 20);
    assert_int_equal(first.left_files, 1);
    write_bundle(d, true, 400000, &second);
    assert_true(second.pieces > 3 && second.pieces < 20);
    write_bundle(d, true, -1, &rest);
    assert_int_equal(rest.files, 1);
    /* the list is in each of them */
    assert_int_equal(first.pieces + second.pieces + rest.pieces, 44 + 2);
    sums = take_all(d, true, &second, false);
    assert_int_equal(sums.pieces, second.pieces);
    sums = take_all(d, true, &rest, false);
    assert_int_equal(sums.pieces, rest.pieces - 1);
    assert_int_equal(sums.files, 0);
    sums = take_all(d, true, &first, false);
    assert_int_equal(sums.pieces, first.pieces - 1);
    assert_int_equal(sums.files, 1);
    assert_whole(&d->f->hub->media, 1);
    drop(&first);
    drop(&second);
    drop(&rest);
}

/* The pieces were on the disk and the rows were not: the same stick again. */
static void a_hub_that_died_in_a_block_takes_the_rest_of_the_file(void **state)
{
    static const size_t one[] = {700000};
    struct district *d = *state;
    struct db *db = hub_store_db(d->f->hub->store);
    struct json *lost;
    struct made up;
    struct sums sums = {0};

    report_with(d, one, 1);
    write_bundle(d, true, -1, &up);
    assert_true(up.count > 3);
    for (size_t i = 0; i + 1 < up.count; i++)
        add(&sums, at_hub(d, up.block[i]));
    assert_int_equal(look(&d->f->hub->media).wanted, 1);
    assert_int_equal(db_save(db), 0);
    lost = at_hub(d, up.block[up.count - 1]);
    assert_int_equal(take_number(lost, "files"), 1);
    assert_int_equal(db_undo(db), 0);
    assert_int_equal(look(&d->f->hub->media).wanted, 1);
    sums = take_all(d, true, &up, false);
    assert_int_equal(sums.files, 1);
    assert_whole(&d->f->hub->media, 1);
    drop(&up);
}

static void a_hub_that_died_between_two_pieces_of_it_too(void **state)
{
    static const size_t one[] = {700000};
    struct district *d = *state;
    struct db *db = hub_store_db(d->f->hub->store);
    struct made up;
    struct sums sums = {0};

    report_with(d, one, 1);
    write_bundle(d, true, -1, &up);
    assert_true(up.count > 3);
    for (size_t i = 0; i + 1 < up.count; i++) {
        if (i + 2 == up.count)
            assert_int_equal(db_save(db), 0);
        add(&sums, at_hub(d, up.block[i]));
    }
    assert_int_equal(db_undo(db), 0);
    (void)take_all(d, true, &up, false);
    assert_whole(&d->f->hub->media, 1);
    drop(&up);
}

static void no_room_means_words_only(void **state)
{
    struct district *d = *state;
    struct made up;

    report_with(d, three, 3);
    write_bundle(d, true, 0, &up);
    assert_int_equal(up.pieces, 0);
    assert_int_equal(up.left_files, 3);
    assert_int_equal(up.count, 1);
    assert_int_equal(take_number(at_hub(d, up.block[0]), "new"), 1);
    drop(&up);
}

static void what_did_not_leave_is_on_no_stick_whoever_asks(void **state)
{
    struct district *d = *state;
    struct media_row row = {.id = 0};
    struct made made;

    d->w->node->body_always = false;
    report_with(d, three, 3);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.pieces + made.left_files, 0);
    (void)take_all(d, true, &made, false);
    drop(&made);
    /* the hub asks for something of which nobody spoke */
    assert_int_equal(media_store_next(d->w->node->media.rows, 0, &row), 0);
    row.state = MEDIA_WANTED;
    (void)snprintf(row.source, sizeof row.source, NODE_WORLD_UNIT);
    assert_int_equal(media_store_add(d->f->hub->media.rows, &row), 0);
    (void)carry(d, false);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.pieces, 0);
    drop(&made);
}

static void a_hub_that_lost_a_file_says_so_and_gets_it(void **state)
{
    struct district *d = *state;
    struct media_care *care = &d->f->hub->media;
    struct made made;

    report_with(d, three, 3);
    (void)carry(d, true);
    (void)carry(d, false);
    lose_one(care);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.pieces, 0);
    drop(&made);
    (void)carry(d, false);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, 1);
    (void)take_all(d, true, &made, false);
    assert_whole(care, 3);
    drop(&made);
}

/* The hub's clock was years ahead when it said that it has them all; then it
 * was put right. */
static void what_is_said_by_a_clock_years_ahead_gets_old(void **state)
{
    struct district *d = *state;
    struct made made;

    report_with(d, three, 3);
    (void)carry(d, true);
    d->f->hub->wall_ms += years_ms;
    write_bundle(d, false, -1, &made);
    d->f->hub->wall_ms -= years_ms;
    (void)take_all(d, false, &made, false);
    drop(&made);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, 0); /* it is believed */
    drop(&made);
    lose_one(&d->f->hub->media);
    (void)carry(d, false);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, 1);
    drop(&made);
}

/* It stands here from a version that believed every clock, or our own clock was
 * ahead. */
static void what_stands_here_from_years_ahead_is_old_news(void **state)
{
    struct district *d = *state;
    struct made made;
    char sql[96];

    report_with(d, three, 3);
    (void)carry(d, true);
    (void)carry(d, false);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE media_carry SET told_ms = told_ms + %lld",
                   (long long)years_ms);
    at_node_db(d, sql);
    lose_one(&d->f->hub->media);
    (void)carry(d, false);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, 1);
    drop(&made);
}

/* More than are looked up at once. */
static void each_of_many_small_files_goes_once(void **state)
{
    enum { REPORTS = 4, EACH = 20, ALL = REPORTS * EACH };
    size_t sizes[EACH];
    struct district *d = *state;
    struct made made;

    assert_true((int)ALL > (int)MEDIA_CARRY_FIRST);
    for (size_t i = 0; i < EACH; i++)
        sizes[i] = 20 + i;
    for (int i = 0; i < REPORTS; i++)
        report_with(d, sizes, EACH);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, ALL);
    assert_int_equal(made.pieces, 2 * ALL);
    assert_int_equal(made.left_files, 0);
    (void)take_all(d, true, &made, false);
    assert_whole(&d->f->hub->media, ALL);
    drop(&made);
}

static void what_is_kept_goes_on_no_stick(void **state)
{
    struct district *d = *state;
    struct made made;

    report_with(d, three, 3);
    at_node_db(d, "UPDATE media_use SET kept = 1 WHERE number = 3");
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, 2);
    assert_int_equal(made.pieces, 2 + 4);
    drop(&made);
}

static void what_may_no_longer_go_is_not_finished(void **state)
{
    struct district *d = *state;
    struct json *args = json_object_new(), *block;
    int64_t before;

    report_with(d, &three[2], 1);
    block = make(d, true, args);
    before = number_of(block, "pieces");
    assert_true(before > 1);
    assert_false(json_get_flag(block, "last"));
    at_node_db(d, "UPDATE media_use SET kept = 1");
    json_set(args, "cursor", json_take(block, "cursor"));
    json_free(&block);
    block = make(d, true, args);
    assert_true(json_get_flag(block, "last"));
    assert_int_equal(number_of(block, "pieces"), before);
    json_free(&block);
    json_free(&args);
}

static void nobody_writes_a_file_that_is_asked_of_another(void **state)
{
    struct district *d = *state;
    struct media_care *care = &d->f->hub->media;
    struct media_row row;
    struct made made;
    struct sums sums;

    report_with(d, three, 1);
    assert_int_equal(media_store_next(d->w->node->media.rows, 0, &row), 0);
    row.state = MEDIA_WANTED;
    (void)snprintf(row.source, sizeof row.source, "10000@20200101");
    assert_int_equal(media_store_add(care->rows, &row), 0);
    write_bundle(d, true, -1, &made);
    sums = take_all(d, true, &made, false);
    assert_int_equal(sums.passed, made.pieces);
    assert_int_equal(sums.pieces + sums.files, 0);
    assert_int_equal(media_shelf_have(&care->shelf, &row), 0);
    assert_int_equal(look(care).wanted, 1);
    drop(&made);
}

static int count_at_hub(void *who, const struct alarm_row *row)
{
    *(int *)who += row->code == ALARM_MEDIA_NOWHERE;
    return 0;
}

static int said_at_hub(struct district *d)
{
    int count = 0;

    hub_media_work(d->f->hub);
    assert_int_equal(
        hub_store_alarms(d->f->hub->store, NULL, count_at_hub, &count), 0);
    return count;
}

static void a_file_that_was_nowhere_came_and_nothing_is_said_of_it(void **state)
{
    struct district *d = *state;
    struct hub *hub = d->f->hub;
    struct made made;

    report_with(d, three, 3);
    write_bundle(d, true, 400000, &made); /* some of them */
    (void)take_all(d, true, &made, false);
    drop(&made);
    hub_alarm(hub, NODE_WORLD_UNIT, ALARM_MEDIA_NOWHERE, "of one");
    hub_alarm(hub, QUANG_PHU, ALARM_MEDIA_NOWHERE, "which was erased since");
    assert_int_equal(said_at_hub(d), 1); /* the first look: the other's ended */
    (void)carry(d, true);
    assert_whole(&hub->media, 3);
    assert_int_equal(said_at_hub(d), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_DISTRICT(files_go_behind_the_words_until_the_hub_says_it_has_them),
        WITH_DISTRICT(
            a_later_part_waits_for_the_list_and_no_piece_is_taken_twice),
        WITH_DISTRICT(what_has_no_room_begins_the_next_bundle),
        WITH_DISTRICT(a_hub_that_died_in_a_block_takes_the_rest_of_the_file),
        WITH_DISTRICT(a_hub_that_died_between_two_pieces_of_it_too),
        WITH_DISTRICT(no_room_means_words_only),
        WITH_DISTRICT(what_did_not_leave_is_on_no_stick_whoever_asks),
        WITH_DISTRICT(a_hub_that_lost_a_file_says_so_and_gets_it),
        WITH_DISTRICT(each_of_many_small_files_goes_once),
        WITH_DISTRICT(what_is_kept_goes_on_no_stick),
        WITH_DISTRICT(what_may_no_longer_go_is_not_finished),
        WITH_DISTRICT(nobody_writes_a_file_that_is_asked_of_another),
        WITH_DISTRICT(a_file_that_was_nowhere_came_and_nothing_is_said_of_it),
        WITH_DISTRICT(what_is_said_by_a_clock_years_ahead_gets_old),
        WITH_DISTRICT(what_stands_here_from_years_ahead_is_old_news),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
