/* Files of reports that go by stick between a commune without a line and its
 * district (PROTOCOL 15.4): in any order, in part, twice, and only what may. */
#include "tests/unit/test_bundle_fixture.h"

#include <dirent.h>
#include <sys/stat.h>

#include "common/media/shelf.h"

enum { BLOCKS = 64, FILES = 8 };

static const int64_t years_ms = INT64_C(5) * 366 * 24 * 3600 * 1000;

struct made { /* the blocks of one bundle */
    struct json *block[BLOCKS];
    size_t count;
    int64_t files, pieces, left_files;
};

struct sums {
    int64_t files, pieces, known, passed, wrong;
};

static void empty_media(const char *folder)
{
    char path[600];
    struct dirent *entry;
    DIR *at;

    (void)snprintf(path, sizeof path, "%s/media", folder);
    if ((at = opendir(path)) == NULL)
        return;
    while ((entry = readdir(at)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/media/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(unlink(path), 0);
    }
    (void)closedir(at);
}

static int begun(void **state)
{
    struct district *d;

    assert_int_equal(found(state), 0);
    d = *state;
    d->w->node->body_always = true;
    return 0;
}

static int ended(void **state)
{
    struct district *d = *state;
    char path[200];

    empty_media(d->f->folder);
    empty_media(d->w->folder);
    (void)snprintf(path, sizeof path, "%s/media", d->w->folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/spool", d->w->folder);
    (void)rmdir(path);
    return dissolve(state);
}

/* ---- a file as whoever takes a report makes it ready */

static struct hash fill(struct media_file *file, size_t size)
{
    uint32_t list = media_list_pieces(size);
    struct buf chunk = {0}, hashes = {0};
    struct hash hash;

    buf_reserve(&chunk, LIMIT_MEDIA_PIECE);
    for (uint32_t i = 0; i < media_chunks(size); i++) {
        chunk.size = media_piece_bytes(size, list + i);
        random_bytes(chunk.data, chunk.size);
        hash = media_hash(buf_bytes(&chunk));
        buf_add(&hashes, &hash, sizeof hash);
        assert_int_equal(media_file_put(file, list + i, buf_bytes(&chunk)), 0);
    }
    for (uint32_t i = 0; i < list; i++)
        assert_int_equal(
            media_file_put(file, i,
                           bytes_of(hashes.data + (size_t)i * LIMIT_MEDIA_PIECE,
                                    media_piece_bytes(size, i))),
            0);
    hash = media_hash(buf_bytes(&hashes));
    buf_free(&chunk);
    buf_free(&hashes);
    return hash;
}

static void make_ready(struct district *d, size_t size, struct buf *out)
{
    char path[200], id_hex[ID_TEXT_BYTES], key_hex[2 * BOX_KEY_BYTES + 1],
        list_hex[HASH_TEXT_BYTES];
    uint8_t key[BOX_KEY_BYTES];
    struct id id = random_id(1);
    struct media_file *file = NULL;
    struct hash list;

    (void)snprintf(path, sizeof path, "%s/spool", d->w->folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/spool/%s", d->w->folder,
                   id_text(id_hex, &id));
    random_bytes(key, sizeof key);
    assert_int_equal(media_file_make(&file, path, size, NULL), 0);
    list = fill(file, size);
    assert_int_equal(media_file_lock(file, key), 0);
    assert_int_equal(media_file_sync(file), 0);
    media_file_close(&file);
    hex_encode(key_hex, key, sizeof key);
    buf_printf(out,
               "%s{\"spool\":\"%s\",\"key\":\"%s\",\"list\":\"%s\","
               "\"size\":%zu,\"type\":1,\"name\":\"x.jpg\"}",
               out->size > 0 ? "," : "", id_hex, key_hex,
               hash_text(list_hex, &list), size);
}

static void report_with(struct district *d, const size_t *sizes, size_t count)
{
    struct buf files = {0}, args = {0};
    struct json *out;

    for (size_t i = 0; i < count; i++)
        make_ready(d, sizes[i], &files);
    buf_printf(&args,
               "{\"category\":\"khac\",\"text\":\"x\",\"attachments\":[%s]}",
               buf_text(&files));
    out = node_world_do(d->w, "report.add", buf_text(&args));
    json_free(&out);
    buf_free(&files);
    buf_free(&args);
}

/* ---- bundles */

static struct json *make(struct district *d, bool up, struct json *args)
{
    struct json *out = NULL;
    struct buf text = {0};

    if (up) {
        json_write(&text, args);
        out = node_world_do(d->w, "bundle.make", buf_text(&text));
        buf_free(&text);
        return out;
    }
    out = json_object_new();
    json_set_text(args, "unit", NODE_WORLD_UNIT);
    assert_int_equal(hub_bundle_make(d->f->hub, args, out, &d->f->err), 0);
    return out;
}

static void write_bundle(struct district *d, bool up, int64_t room,
                         struct made *out)
{
    struct json *cursor = NULL;
    bool last = false;

    memset(out, 0, sizeof *out);
    d->f->hub->wall_ms += 1000;
    d->w->node->wall_ms += 1000;
    while (!last) {
        struct json *args = json_object_new(), *made;

        assert_true(out->count < BLOCKS);
        if (cursor != NULL)
            json_set(args, "cursor", cursor);
        if (room >= 0)
            json_set_i64(args, "room", room);
        made = make(d, up, args);
        json_free(&args);
        last = json_get_flag(made, "last");
        cursor = last ? NULL : json_take(made, "cursor");
        assert_true(json_get_i64(made, "files", &out->files));
        assert_true(json_get_i64(made, "pieces", &out->pieces));
        assert_true(json_get_i64(made, "left_files", &out->left_files));
        if (room >= 0 && out->pieces > 0)
            room = 0; /* one block of pieces */
        out->block[out->count++] = made;
    }
}

static void drop(struct made *made)
{
    for (size_t i = 0; i < made->count; i++)
        json_free(&made->block[i]);
    made->count = 0;
}

static int64_t number_of(const struct json *out, const char *key)
{
    int64_t value = -1;

    assert_true(json_get_i64(out, key, &value));
    return value;
}

static void add(struct sums *sums, struct json *out)
{
    assert_null(json_get_text(out, "problem"));
    sums->files += number_of(out, "files");
    sums->pieces += number_of(out, "pieces");
    sums->known += number_of(out, "pieces_known");
    sums->passed += number_of(out, "pieces_passed");
    sums->wrong += number_of(out, "pieces_wrong");
    json_free(&out);
}

static struct sums take_all(struct district *d, bool up,
                            const struct made *made, bool backwards)
{
    struct sums sums = {0};

    for (size_t i = 0; i < made->count; i++) {
        struct json *one = made->block[backwards ? made->count - 1 - i : i];

        add(&sums, up ? at_hub(d, one) : at_node(d, one));
    }
    return sums;
}

/* ---- what is here */

struct shelves {
    unsigned here, wanted, whole;
};

static struct shelves look(struct media_care *care)
{
    struct shelves out = {0};
    struct media_row row = {.id = 0};

    while (media_store_next(care->rows, row.id, &row) == 0) {
        out.here += row.state == MEDIA_HERE;
        out.wanted += row.state == MEDIA_WANTED;
        out.whole += media_shelf_check(&care->shelf, &row) == 0;
    }
    return out;
}

static void assert_whole(struct media_care *care, unsigned files)
{
    struct shelves is = look(care);

    assert_int_equal(is.here, files);
    assert_int_equal(is.whole, files);
    assert_int_equal(is.wanted, 0);
}

static const size_t three[] = {10, 40000, 700000};
static const size_t three_pieces = 2 + 4 + 44;

/* ---- up */

static void
files_go_behind_the_words_until_the_hub_says_it_has_them(void **state)
{
    struct district *d = *state;
    struct made up, down_;
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
    write_bundle(d, false, -1, &down_);
    (void)take_all(d, false, &down_, false);
    drop(&down_);
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
    write_bundle(d, false, -1, &made);
    (void)take_all(d, false, &made, false);
    drop(&made);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.pieces, 0);
    drop(&made);
}

static void at_node_db(struct district *d, const char *sql)
{
    struct node *node = d->w->node;

    assert_int_equal(node_begin(node), 0);
    assert_int_equal(db_exec(node_store_db(node->store), sql), 0);
    assert_int_equal(node_commit(node, &d->w->err), 0);
}

static void lose_one(struct media_care *care)
{
    struct media_row row = {.id = 0};
    char path[MEDIA_PATH];

    assert_int_equal(media_store_next(care->rows, 2, &row), 0);
    media_shelf_path(&care->shelf, path, &row.name, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(media_store_set(care->rows, &row.name, MEDIA_WANTED), 0);
}

static void a_hub_that_lost_a_file_says_so_and_gets_it(void **state)
{
    struct district *d = *state;
    struct media_care *care = &d->f->hub->media;
    struct made made;

    report_with(d, three, 3);
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    write_bundle(d, false, -1, &made);
    (void)take_all(d, false, &made, false);
    drop(&made);
    lose_one(care);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.pieces, 0);
    drop(&made);
    write_bundle(d, false, -1, &made);
    (void)take_all(d, false, &made, false);
    drop(&made);
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
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    d->f->hub->wall_ms += years_ms;
    write_bundle(d, false, -1, &made);
    d->f->hub->wall_ms -= years_ms;
    (void)take_all(d, false, &made, false);
    drop(&made);
    write_bundle(d, true, -1, &made);
    assert_int_equal(made.files, 0); /* it is believed */
    drop(&made);
    lose_one(&d->f->hub->media);
    write_bundle(d, false, -1, &made);
    (void)take_all(d, false, &made, false);
    drop(&made);
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
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    write_bundle(d, false, -1, &made);
    (void)take_all(d, false, &made, false);
    drop(&made);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE media_carry SET told_ms = told_ms + %lld",
                   (long long)years_ms);
    at_node_db(d, sql);
    lose_one(&d->f->hub->media);
    write_bundle(d, false, -1, &made);
    (void)take_all(d, false, &made, false);
    drop(&made);
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

/* ---- down */

static void a_commune_that_lost_its_own_gets_it_when_it_asks(void **state)
{
    struct district *d = *state;
    struct media_care *care = &d->w->node->media;
    struct made made;
    struct sums sums;

    report_with(d, three, 3);
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.pieces, 0); /* nobody asked */
    drop(&made);
    assert_int_equal(node_begin(d->w->node), 0);
    lose_one(care);
    assert_int_equal(node_commit(d->w->node, &d->w->err), 0);
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.files, 1);
    sums = take_all(d, false, &made, false);
    assert_int_equal(sums.files, 1);
    assert_whole(care, 3);
    drop(&made);
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    write_bundle(d, false, -1, &made);
    assert_int_equal(made.pieces, 0);
    drop(&made);
}

static void a_hub_gives_nothing_that_is_no_longer_the_communes(void **state)
{
    struct district *d = *state;
    struct made made;

    report_with(d, three, 3);
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
    at_node_db(d, "UPDATE media SET state = 1");
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false); /* it asks */
    drop(&made);
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
    write_bundle(d, true, -1, &made);
    (void)take_all(d, true, &made, false);
    drop(&made);
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
#define WITH_DISTRICT(f) cmocka_unit_test_setup_teardown(f, begun, ended)
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
        WITH_DISTRICT(a_commune_that_lost_its_own_gets_it_when_it_asks),
        WITH_DISTRICT(each_of_many_small_files_goes_once),
        WITH_DISTRICT(what_is_kept_goes_on_no_stick),
        WITH_DISTRICT(what_may_no_longer_go_is_not_finished),
        WITH_DISTRICT(nobody_writes_a_file_that_is_asked_of_another),
        WITH_DISTRICT(a_hub_gives_nothing_that_is_no_longer_the_communes),
        WITH_DISTRICT(a_wrong_piece_is_dropped_and_nothing_with_it),
        WITH_DISTRICT(what_a_later_version_says_is_passed_by),
        WITH_DISTRICT(what_is_said_by_a_clock_years_ahead_gets_old),
        WITH_DISTRICT(what_stands_here_from_years_ahead_is_old_news),
        WITH_DISTRICT(
            what_was_asked_for_by_a_clock_years_ahead_is_not_for_ever)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
