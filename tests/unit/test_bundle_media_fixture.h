/* A district whose one commune has no line: reports with files, bundles written
 * and taken, and what of the files is here (PROTOCOL 15.4).
 */
#ifndef LIENXA_TEST_BUNDLE_MEDIA_FIXTURE_H
#define LIENXA_TEST_BUNDLE_MEDIA_FIXTURE_H

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

static inline void empty_media(const char *folder)
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

static inline int begun(void **state)
{
    struct district *d;

    assert_int_equal(found(state), 0);
    d = *state;
    d->w->node->body_always = true;
    return 0;
}

static inline int ended(void **state)
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

static inline struct hash fill(struct media_file *file, size_t size)
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

static inline void make_ready(struct district *d, size_t size, struct buf *out)
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

static inline void report_with(struct district *d, const size_t *sizes,
                               size_t count)
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

static inline struct json *make(struct district *d, bool up, struct json *args)
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

static inline void write_bundle(struct district *d, bool up, int64_t room,
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

static inline void drop(struct made *made)
{
    for (size_t i = 0; i < made->count; i++)
        json_free(&made->block[i]);
    made->count = 0;
}

static inline int64_t number_of(const struct json *out, const char *key)
{
    int64_t value = -1;

    assert_true(json_get_i64(out, key, &value));
    return value;
}

static inline void add(struct sums *sums, struct json *out)
{
    assert_null(json_get_text(out, "problem"));
    sums->files += number_of(out, "files");
    sums->pieces += number_of(out, "pieces");
    sums->known += number_of(out, "pieces_known");
    sums->passed += number_of(out, "pieces_passed");
    sums->wrong += number_of(out, "pieces_wrong");
    json_free(&out);
}

static inline struct sums take_all(struct district *d, bool up,
                                   const struct made *made, bool backwards)
{
    struct sums sums = {0};

    for (size_t i = 0; i < made->count; i++) {
        struct json *one = made->block[backwards ? made->count - 1 - i : i];

        add(&sums, up ? at_hub(d, one) : at_node(d, one));
    }
    return sums;
}

/* Written here, taken there, thrown away. */
static inline struct sums carry(struct district *d, bool up)
{
    struct made made;
    struct sums sums;

    write_bundle(d, up, -1, &made);
    sums = take_all(d, up, &made, false);
    drop(&made);
    return sums;
}

/* ---- what is here */

struct shelves {
    unsigned here, wanted, whole;
};

static inline struct shelves look(struct media_care *care)
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

static inline void assert_whole(struct media_care *care, unsigned files)
{
    struct shelves is = look(care);

    assert_int_equal(is.here, files);
    assert_int_equal(is.whole, files);
    assert_int_equal(is.wanted, 0);
}

/* ---- what is lost */

static inline void at_node_db(struct district *d, const char *sql)
{
    struct node *node = d->w->node;

    assert_int_equal(node_begin(node), 0);
    assert_int_equal(db_exec(node_store_db(node->store), sql), 0);
    assert_int_equal(node_commit(node, &d->w->err), 0);
}

static inline void lose_one(struct media_care *care)
{
    struct media_row row = {.id = 0};
    char path[MEDIA_PATH];

    assert_int_equal(media_store_next(care->rows, 2, &row), 0);
    media_shelf_path(&care->shelf, path, &row.name, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(media_store_set(care->rows, &row.name, MEDIA_WANTED), 0);
}

static const size_t three[] = {10, 40000, 700000};
static const size_t three_pieces = 2 + 4 + 44;

#define WITH_DISTRICT(f) cmocka_unit_test_setup_teardown(f, begun, ended)

#endif
