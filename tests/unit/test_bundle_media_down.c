/* Files that go by stick from the district to a commune (PROTOCOL 15.4), and
 * what somebody makes up or a later version says of them. */
#include "tests/unit/test_bundle_media_fixture.h"

#include "node/media.h"

static void a_commune_that_lost_its_own_gets_it_when_it_asks(void **state)
{
    struct district *d = *state;
    struct media_care *care = &d->w->node->media;
    struct made made;
    struct sums sums;

    report_with(d, three, 3);
    (void)carry(d, true);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.pieces, 0); /* nobody asked */
    drop(&made);
    assert_int_equal(node_begin(d->w->node), 0);
    lose_one(care);
    assert_int_equal(node_commit(d->w->node, &d->w->err), 0);
    (void)carry(d, true);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.files, 1);
    sums = take_all(d, false, &made, false);
    assert_int_equal(sums.files, 1);
    assert_whole(care, 3);
    drop(&made);
    (void)carry(d, true);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.pieces, 0);
    drop(&made);
}

static void a_hub_gives_nothing_that_is_no_longer_the_communes(void **state)
{
    struct district *d = *state;
    struct made made;

    report_with(d, three, 3);
    (void)carry(d, true);
    at_node_db(d, "UPDATE media SET state = 1");
    (void)carry(d, true); /* it asks */
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.files, 3);
    drop(&made);
    assert_int_equal(db_exec(hub_store_db(d->f->hub->store),
                             "UPDATE media_use SET home = '10000@20200101'"),
                     0);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.pieces + made.left_files, 0);
    drop(&made);
}

/* ---- what is said of a file that is nowhere, until it came */

static int count_alarm(void *who, int64_t id, int code, const char *text,
                       int64_t since_ms)
{
    (void)id, (void)text, (void)since_ms;
    *(int *)who += code == ALARM_MEDIA_NOWHERE;
    return 0;
}

/* After a turn's look at the files. */
static int said_at_node(struct district *d)
{
    struct node *node = d->w->node;
    int count = 0;

    assert_int_equal(node_begin(node), 0);
    node_media_work(node);
    assert_int_equal(node_store_alarms(node->store, count_alarm, &count), 0);
    assert_int_equal(node_commit(node, &d->w->err), 0);
    return count;
}

static void a_file_that_was_nowhere_came_and_nothing_is_said_of_it(void **state)
{
    struct district *d = *state;
    struct node *node = d->w->node;
    struct media_row row = {.id = 0};
    struct made made;

    report_with(d, three, 3);
    (void)carry(d, true);
    while (node->media.sweep_ms <= node->mono_ms) /* all are here */
        assert_int_equal(said_at_node(d), 0);
    assert_int_equal(node_begin(node), 0);
    lose_one(&node->media);
    assert_int_equal(media_store_wanted(node->media.rows, "", INT64_MAX, &row),
                     0);
    node_media_nowhere(node, &row.name);
    assert_int_equal(node_commit(node, &d->w->err), 0);
    assert_int_equal(said_at_node(d), 1);
    (void)carry(d, true); /* asks for it */
    write_bundle(d, false, -1, &made);
    assert_int_equal(said_at_node(d), 1);
    (void)take_all(d, false, &made, false);
    drop(&made);
    assert_int_equal(said_at_node(d), 0);
}

/* ---- what somebody makes up, or a later version says */

static void sign_as_node(void *who, struct signed_bytes *out,
                         const char *domain, struct bytes body)
{
    const struct node *node = who;

    node_keys_sign(&node->keys, out, domain, body);
}

static struct json *block_made_at(struct district *d, struct bytes frame,
                                  int64_t made_ms)
{
    struct node *node = d->w->node;
    struct bundle_label label = {.from = node->keys.unit,
                                 .to = node->keys.hub,
                                 .number = 1,
                                 .last = true,
                                 .made_ms = made_ms,
                                 .to_curve = node->keys.hub_curve,
                                 .sign = sign_as_node,
                                 .who = node};
    struct json *made = json_object_new();
    struct buf frames = {0}, block = {0}, text = {0};

    wire_bundle_frames_encode(&frames, &frame, 1);
    assert_int_equal(parcel_seal(&block, &label, buf_bytes(&frames)), 0);
    base64url_encode(&text, buf_bytes(&block));
    json_set_text(made, "block", buf_text(&text));
    buf_free(&frames);
    buf_free(&block);
    buf_free(&text);
    return made;
}

static struct json *block_of(struct district *d, struct bytes frame)
{
    return block_made_at(d, frame, d->f->hub->wall_ms);
}

static void a_wrong_piece_is_dropped_and_nothing_with_it(void **state)
{
    struct district *d = *state;
    struct sync_message m = {.type = MSG_MEDIA_CARRIED};
    struct media_row row = {.id = 0};
    uint8_t junk[LIMIT_MEDIA_PIECE] = {7};
    struct made made;
    struct json *lie;
    struct bytes frame;
    struct sums sums = {0};

    report_with(d, &three[2], 1);
    write_bundle(d, true, 400000, &made); /* some of it */
    (void)take_all(d, true, &made, false);
    drop(&made);
    assert_int_equal(media_store_next(d->f->hub->media.rows, 0, &row), 0);
    m.media_carried =
        (struct msg_media_carried){row.name, 40, bytes_of(junk, sizeof junk)};
    assert_int_equal(wire_encode(d->f->hub->codec, &frame, &m, NULL), 0);
    lie = block_of(d, frame);
    add(&sums, at_hub(d, lie));
    assert_int_equal(sums.wrong, 1);
    json_free(&lie);
    write_bundle(d, true, -1, &made);
    sums = take_all(d, true, &made, false);
    assert_int_equal(sums.files, 1);
    assert_whole(&d->f->hub->media, 1);
    drop(&made);
}

static int by_name(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct hash));
}

/* What a commune says that it lacks: nothing, or the three of the district. */
static void say_lacks(struct district *d, bool all, int64_t made_ms)
{
    struct sync_message m = {.type = MSG_MEDIA_LACKS};
    struct media_lack items[3];
    struct media_row row = {.id = 0};
    struct sums sums = {0};
    struct json *block;
    struct bytes frame;

    m.media_lacks.from_first = m.media_lacks.to_last = true;
    m.media_lacks.items = items;
    for (size_t i = 0; all && i < 3; i++) {
        assert_int_equal(media_store_next(d->f->hub->media.rows, row.id, &row),
                         0);
        items[m.media_lacks.count++] = (struct media_lack){row.name, 0};
    }
    qsort(items, m.media_lacks.count, sizeof *items, by_name);
    assert_int_equal(wire_encode(d->f->hub->codec, &frame, &m, NULL), 0);
    block = block_made_at(d, frame, made_ms);
    add(&sums, at_hub(d, block));
    json_free(&block);
}

static void
what_was_asked_for_by_a_clock_years_ahead_is_not_for_ever(void **state)
{
    struct district *d = *state;
    struct made made;

    report_with(d, three, 3);
    (void)carry(d, true);
    say_lacks(d, true, d->f->hub->wall_ms + years_ms);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.files, 3);
    drop(&made);
    say_lacks(d, false, d->f->hub->wall_ms);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.files, 0);
    drop(&made);
}

static void what_a_later_version_says_is_passed_by(void **state)
{
    static const uint8_t later[] = {0xc2, 0x03, 0x00}; /* member 56, empty */
    struct district *d = *state;
    struct json *bundle, *out;

    bundle = block_of(d, bytes_of(later, sizeof later));
    out = at_hub(d, bundle);
    assert_null(json_get_text(out, "problem"));
    json_free(&out);
    json_free(&bundle);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_DISTRICT(a_commune_that_lost_its_own_gets_it_when_it_asks),
        WITH_DISTRICT(a_hub_gives_nothing_that_is_no_longer_the_communes),
        WITH_DISTRICT(a_file_that_was_nowhere_came_and_nothing_is_said_of_it),
        WITH_DISTRICT(a_wrong_piece_is_dropped_and_nothing_with_it),
        WITH_DISTRICT(what_a_later_version_says_is_passed_by),
        WITH_DISTRICT(
            what_was_asked_for_by_a_clock_years_ahead_is_not_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
