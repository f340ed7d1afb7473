/* tests/unit/test_media_shelf.c - files of reports: cut, fetched, proved, lost
 * and found (PROTOCOL 4.11, 7.12), with a real folder and a real database. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/media/fetch.h"
#include "common/media/shelf.h"
#include "common/store/ledger.h"
#include "common/sync/chunk.h"

#define UNIT "19870@20040708"

struct side {
    char data[64], path[128];
    struct db *db;
    struct media_store *rows;
    struct media_shelf shelf;
};

struct world {
    struct side from, to;
    struct buf content;
    struct media_row row;
};

static void side_open(struct side *s)
{
    uint8_t key[BOX_KEY_BYTES];
    struct error err = {""};

    (void)snprintf(s->data, sizeof s->data, "/tmp/lxmedia-XXXXXX");
    assert_non_null(mkdtemp(s->data));
    (void)snprintf(s->path, sizeof s->path, "%s/node.db", s->data);
    assert_int_equal(db_open(&s->db, s->path, DB_WRITE, DB_APP_NODE, &err), 0);
    assert_int_equal(db_migrate(s->db, store_schema, store_schema_count, &err),
                     0);
    assert_int_equal(media_store_open(&s->rows, s->db, &err), 0);
    random_bytes(key, sizeof key);
    media_shelf_open(&s->shelf, s->data, key, s->rows);
    assert_int_equal(media_shelf_make(&s->shelf, &err), 0);
    assert_int_equal(db_begin(s->db), 0);
}

static void side_close(struct side *s)
{
    char command[128];

    media_shelf_close(&s->shelf);
    (void)db_commit(s->db);
    media_store_close(&s->rows);
    db_close(&s->db);
    (void)snprintf(command, sizeof command, "rm -rf %s", s->data);
    assert_int_equal(system(command), 0);
}

/* A file of `size` bytes at the one side, named by a report; wanted at the
 * other. */
static void make_file(struct world *w, size_t size)
{
    struct media_file *file = NULL;
    struct buf list = {0};
    struct hash hash;
    char path[MEDIA_PATH];
    uint32_t pieces = media_list_pieces(size);

    buf_clear(&w->content);
    buf_reserve(&w->content, size);
    random_bytes(w->content.data, size);
    w->content.size = size;
    (void)snprintf(path, sizeof path, "%s/new", w->from.data);
    assert_int_equal(media_file_make(&file, path, size, NULL), 0);
    for (uint32_t i = 0; i < media_chunks(size); i++) {
        size_t at = (size_t)i * LIMIT_MEDIA_PIECE;
        struct bytes chunk =
            bytes_of(w->content.data + at, media_piece_bytes(size, pieces + i));

        hash = media_hash(chunk);
        buf_add(&list, &hash, sizeof hash);
        assert_int_equal(media_file_put(file, pieces + i, chunk), 0);
    }
    for (uint32_t i = 0; i < pieces; i++)
        assert_int_equal(
            media_file_put(file, i,
                           bytes_of(list.data + (size_t)i * LIMIT_MEDIA_PIECE,
                                    media_piece_bytes(size, i))),
            0);
    assert_int_equal(media_file_lock(file, w->from.shelf.key), 0);
    assert_int_equal(media_file_sync(file), 0);
    media_file_close(&file);
    hash = media_hash(buf_bytes(&list));
    buf_free(&list);
    w->row = (struct media_row){.size = size, .type = 1, .state = MEDIA_HERE};
    memset(w->row.salt, 0x5a, sizeof w->row.salt);
    w->row.name = media_name(w->row.salt, size, &hash);
    assert_int_equal(
        media_shelf_adopt(&w->from.shelf, path, &w->row.name, "", NULL), 0);
    assert_int_equal(media_shelf_sync(&w->from.shelf, NULL), 0);
    assert_int_equal(media_store_add(w->from.rows, &w->row), 0);
    w->row.state = MEDIA_WANTED;
    (void)snprintf(w->row.source, sizeof w->row.source, UNIT);
    assert_int_equal(media_store_add(w->to.rows, &w->row), 0);
}

static int set_up(void **state)
{
    struct world *w = mem_new(sizeof *w);

    crypto_open();
    side_open(&w->from);
    side_open(&w->to);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    side_close(&w->from);
    side_close(&w->to);
    buf_free(&w->content);
    mem_free(state);
    return 0;
}

static int state_of(struct side *s, const struct hash *name)
{
    struct media_row row;

    return media_store_find(s->rows, name, &row) == 0 ? row.state : 0;
}

/* Carries pieces until `most` of them came or all are there; how many. */
static unsigned carry(struct world *w, unsigned most)
{
    struct media_part part;
    struct buf piece = {0};
    unsigned carried = 0;

    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    while (part.file != NULL && carried < most) {
        buf_clear(&piece);
        assert_int_equal(
            media_shelf_piece(&w->from.shelf, &w->row.name, part.next, &piece),
            0);
        assert_int_equal(media_part_put(&part, &w->to.shelf, part.next,
                                        buf_bytes(&piece), NULL),
                         0);
        carried++;
    }
    media_part_close(&part);
    buf_free(&piece);
    return carried;
}

static void expect_content(struct world *w)
{
    struct buf all = {0};
    uint32_t list = media_list_pieces(w->row.size);

    for (uint32_t i = 0; i < media_chunks(w->row.size); i++)
        assert_int_equal(
            media_shelf_piece(&w->to.shelf, &w->row.name, list + i, &all), 0);
    assert_true(bytes_equal(buf_bytes(&all), buf_bytes(&w->content)));
    buf_free(&all);
    assert_int_equal(media_shelf_check(&w->to.shelf, &w->row), 0);
}

static void sizes_are_cut_as_the_protocol_says(void **state)
{
    (void)state;
    assert_int_equal(media_pieces(1), 2);
    assert_int_equal(media_piece_bytes(1, 0), 32);
    assert_int_equal(media_piece_bytes(1, 1), 1);
    assert_int_equal(media_piece_bytes(1, 2), 0);
    assert_int_equal(media_chunks(16384), 1);
    assert_int_equal(media_chunks(16385), 2);
    assert_int_equal(media_piece_bytes(16385, 2), 1);
    assert_int_equal(media_list_pieces(512 * 16384), 1);
    assert_int_equal(media_list_pieces(512 * 16384 + 1), 2);
    assert_int_equal(media_piece_bytes(512 * 16384 + 1, 1), 32);
    assert_int_equal(media_list_pieces(LIMIT_MEDIA), 4);
}

static void a_file_arrives_as_it_left(void **state)
{
    static const size_t sizes[] = {1,     16383,  16384,
                                   16385, 200000, 512 * 16384 + 5};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_file(w, sizes[i]);
        assert_int_equal(carry(w, UINT32_MAX), media_pieces(sizes[i]));
        assert_int_equal(state_of(&w->to, &w->row.name), MEDIA_HERE);
        expect_content(w);
    }
}

static void what_was_fetched_is_not_fetched_again(void **state)
{
    struct world *w = *state;

    make_file(w, 300000);
    assert_int_equal(carry(w, 7), 7);
    assert_int_equal(state_of(&w->to, &w->row.name), MEDIA_WANTED);
    assert_int_equal(carry(w, UINT32_MAX), media_pieces(300000) - 7);
    expect_content(w);
}

static void a_piece_that_is_not_what_it_should_be_is_not_kept(void **state)
{
    struct world *w = *state;
    struct media_part part;
    struct buf piece = {0};
    char path[MEDIA_PATH];

    make_file(w, 100000);
    (void)carry(w, 3);
    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    assert_int_equal(part.next, 3);
    assert_int_equal(media_shelf_piece(&w->from.shelf, &w->row.name, 3, &piece),
                     0);
    piece.data[100] ^= 1;
    assert_int_equal(
        media_part_put(&part, &w->to.shelf, 3, buf_bytes(&piece), NULL),
        ERR_DAMAGED);
    media_shelf_path(&w->to.shelf, path, &w->row.name, ".part");
    assert_int_not_equal(access(path, F_OK), 0);
    media_shelf_path(&w->to.shelf, path, &w->row.name, "");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(carry(w, UINT32_MAX), media_pieces(100000));
    buf_free(&piece);
}

static void a_list_that_does_not_give_the_name_is_thrown_away(void **state)
{
    struct world *w = *state;
    struct media_part part;
    uint8_t lies[32 * 7] = {1};

    make_file(w, 100000);
    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    assert_int_equal(media_part_put(&part, &w->to.shelf, 0,
                                    bytes_of(lies, sizeof lies), NULL),
                     ERR_DAMAGED);
    assert_null(part.file);
}

static void pieces_out_of_order_change_nothing(void **state)
{
    struct world *w = *state;
    struct media_part part;
    uint8_t byte = 1;

    make_file(w, 100000);
    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    assert_int_equal(
        media_part_put(&part, &w->to.shelf, 4, bytes_of(&byte, 1), NULL),
        ERR_AGAIN);
    assert_int_equal(part.next, 0);
    media_part_close(&part);
}

static void flip(struct side *s, const struct hash *name, long at)
{
    char path[MEDIA_PATH];
    FILE *file;
    int byte;

    media_shelf_path(&s->shelf, path, name, "");
    file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    (void)fputc(byte ^ 4, file);
    (void)fclose(file);
}

struct found {
    unsigned faults, orphans;
    int code;
};

static void on_fault(void *who, const struct media_row *row, int code)
{
    struct found *f = who;

    (void)row;
    f->faults++;
    f->code = code;
}

static struct found sweep(struct side *s, int64_t wall_ms)
{
    struct found f = {0};
    struct media_sweep_host host = {&f, on_fault};
    struct media_sweep sweep = {0};

    while (media_sweep_step(&sweep, &s->shelf, 3, wall_ms, &host) == 1)
        ;
    f.orphans = (unsigned)sweep.orphans;
    return f;
}

static void a_flipped_bit_is_noticed_and_fetched_again(void **state)
{
    struct world *w = *state;
    struct found f;

    make_file(w, 200000);
    (void)carry(w, UINT32_MAX);
    assert_int_equal(sweep(&w->to, 0).faults, 0);
    flip(&w->to, &w->row.name, 100000);
    f = sweep(&w->to, 0);
    assert_int_equal(f.faults, 1);
    assert_int_equal(f.code, ERR_DAMAGED);
    assert_int_equal(media_store_set(w->to.rows, &w->row.name, MEDIA_WANTED),
                     0);
    assert_true(carry(w, UINT32_MAX) < media_pieces(200000));
    expect_content(w);
}

static void a_missing_file_is_noticed(void **state)
{
    struct world *w = *state;
    char path[MEDIA_PATH];
    struct found f;

    make_file(w, 20000);
    media_shelf_path(&w->from.shelf, path, &w->row.name, "");
    assert_int_equal(unlink(path), 0);
    f = sweep(&w->from, 0);
    assert_int_equal(f.faults, 1);
    assert_int_equal(f.code, ERR_MISSING);
}

static void a_file_that_was_put_back_is_here_again(void **state)
{
    struct world *w = *state;
    char from[MEDIA_PATH], to[MEDIA_PATH];

    make_file(w, 40000);
    (void)carry(w, UINT32_MAX);
    media_shelf_path(&w->to.shelf, from, &w->row.name, "");
    media_shelf_path(&w->to.shelf, to, &w->row.name, ".stick");
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(sweep(&w->to, 0).faults, 1);
    assert_int_equal(media_store_set(w->to.rows, &w->row.name, MEDIA_WANTED),
                     0);
    assert_int_equal(sweep(&w->to, 0).faults, 0);
    assert_int_equal(state_of(&w->to, &w->row.name), MEDIA_WANTED);
    assert_int_equal(rename(to, from), 0);
    assert_int_equal(sweep(&w->to, 0).faults, 0);
    assert_int_equal(state_of(&w->to, &w->row.name), MEDIA_HERE);
}

static void a_file_without_a_row_goes_after_a_day(void **state)
{
    static const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
    struct world *w = *state;
    char path[MEDIA_PATH + 8];
    struct stat st;
    FILE *file;

    make_file(w, 20000);
    (void)snprintf(path, sizeof path, "%s/%064d", w->from.shelf.folder, 7);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
    /* copied back from a stick after a restore: its row is still to come */
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mtime, 1);
    assert_int_equal(sweep(&w->from, (int64_t)st.st_ctime * 1000).orphans, 0);
    assert_int_equal(
        sweep(&w->from, (int64_t)st.st_ctime * 1000 + MEDIA_ORPHAN_MS).orphans,
        1);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(sweep(&w->from, 0).faults, 0);
}

static void a_rotten_row_is_told_and_keeps_its_file(void **state)
{
    struct world *w = *state;
    struct found f;
    char path[MEDIA_PATH];

    make_file(w, 100);
    media_shelf_path(&w->from.shelf, path, &w->row.name, "");
    assert_int_equal(db_exec(w->from.db, "UPDATE media SET salt = x'00'"), 0);
    f = sweep(&w->from, INT64_MAX / 2);
    assert_int_equal(f.orphans, 0);
    assert_int_equal(f.faults, 1);
    assert_int_equal(f.code, ERR_DAMAGED);
    assert_int_equal(access(path, F_OK), 0);
}

static void a_file_nobody_names_any_more_is_removed(void **state)
{
    struct world *w = *state;
    struct media_use a = {.home = UNIT, .number = 1, .kind = 1}, b;
    char path[MEDIA_PATH];

    make_file(w, 20000);
    media_shelf_path(&w->from.shelf, path, &w->row.name, "");
    a.name = w->row.name;
    a.record.bytes[0] = 1;
    b = a;
    b.record.bytes[0] = 2;
    assert_int_equal(media_store_use(w->from.rows, &a), 0);
    assert_int_equal(media_store_use(w->from.rows, &b), 0);
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &a.record), 0);
    assert_int_equal(media_shelf_tidy(&w->from.shelf), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &b.record), 0);
    assert_int_equal(state_of(&w->from, &w->row.name), MEDIA_GONE);
    assert_int_equal(media_shelf_tidy(&w->from.shelf), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(state_of(&w->from, &w->row.name), 0);
}

static void put_original(struct world *w, const struct media_use *use,
                         const char *text, char path[MEDIA_PATH])
{
    char spool[160], end[MEDIA_END];
    FILE *file;

    (void)snprintf(spool, sizeof spool, "%s/original", w->from.data);
    file = fopen(spool, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    (void)fclose(file);
    media_shelf_original(end, &use->record, use->number);
    media_shelf_path(&w->from.shelf, path, &use->name, end);
    assert_int_equal(
        media_shelf_adopt(&w->from.shelf, spool, &use->name, end, NULL), 0);
    assert_int_not_equal(access(spool, F_OK), 0);
}

static void has_text(const char *path, const char *text)
{
    char is[32] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(is, sizeof is, file));
    (void)fclose(file);
    assert_string_equal(is, text);
}

/* One picture, two reports, one of them has it twice; sealed for two people. */
static void each_report_keeps_its_own_original_and_takes_it_along(void **state)
{
    struct world *w = *state;
    struct media_use use[3];
    char path[3][MEDIA_PATH], text[2] = "0";

    make_file(w, 20000);
    for (int i = 0; i < 3; i++) {
        use[i] = (struct media_use){
            .name = w->row.name, .home = UNIT, .number = 1 + i / 2, .kind = 1};
        use[i].record.bytes[0] = i == 0 ? 1 : 2;
        text[0] = (char)('0' + i);
        put_original(w, &use[i], text, path[i]);
        assert_int_equal(media_store_use(w->from.rows, &use[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        text[0] = (char)('0' + i);
        has_text(path[i], text);
    }
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &use[0].record), 0);
    assert_int_equal(media_shelf_tidy(&w->from.shelf), 0);
    assert_int_not_equal(access(path[0], F_OK), 0);
    has_text(path[1], "1");
    has_text(path[2], "2");
    assert_int_equal(state_of(&w->from, &w->row.name), MEDIA_HERE);
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &use[1].record), 0);
    assert_false(media_store_may(w->from.rows, &w->row.name, UNIT));
    assert_int_equal(media_shelf_tidy(&w->from.shelf), 0);
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(access(path[i], F_OK), 0);
    assert_int_equal(state_of(&w->from, &w->row.name), 0);
    assert_false(media_store_owns(w->from.rows, &w->row.name, &use[1].record));
}

static void an_original_whose_report_was_never_written_goes(void **state)
{
    struct world *w = *state;
    struct media_use a = {.home = UNIT, .number = 1, .kind = 1}, b;
    char kept[MEDIA_PATH], orphan[MEDIA_PATH];

    make_file(w, 100);
    a.name = w->row.name;
    a.record.bytes[0] = 1;
    b = a;
    b.record.bytes[0] = 2;
    put_original(w, &a, "a", kept);
    put_original(w, &b, "b", orphan);
    assert_int_equal(media_store_use(w->from.rows, &a), 0);
    assert_int_equal(sweep(&w->from, 0).orphans, 0);
    assert_int_equal(sweep(&w->from, INT64_MAX / 2).orphans, 1);
    assert_int_not_equal(access(orphan, F_OK), 0);
    has_text(kept, "a");
}

static int count_use(void *who, const struct media_use *use,
                     const struct media_row *row)
{
    (void)use;
    (void)row;
    ++*(int *)who;
    return 0;
}

/* A later version names another file under the number: the record's are both.
 */
static void what_an_earlier_version_named_goes_with_the_record(void **state)
{
    struct world *w = *state;
    struct media_use use = {.home = UNIT, .number = 3, .kind = 1};
    struct hash name[3];
    char path[3][MEDIA_PATH], original[MEDIA_PATH];
    int count = 0;

    for (int i = 0; i < 3; i++) {
        make_file(w, 100);
        use.name = name[i] = w->row.name;
        media_shelf_path(&w->from.shelf, path[i], &w->row.name, "");
        if (i == 0)
            put_original(w, &use, "first", original);
        assert_int_equal(media_store_use(w->from.rows, &use), 0);
        assert_int_equal(media_store_use(w->from.rows, &use), 0);
    }
    assert_int_equal(
        media_store_uses(w->from.rows, UNIT, &use.record, count_use, &count),
        0);
    assert_int_equal(count, 1);
    assert_true(media_store_may(w->from.rows, &name[0], UNIT));
    assert_int_equal(sweep(&w->from, INT64_MAX / 2).orphans, 0);
    has_text(original, "first");
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &use.record), 0);
    assert_int_equal(media_shelf_tidy(&w->from.shelf), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_not_equal(access(path[i], F_OK), 0);
        assert_int_equal(state_of(&w->from, &name[i]), 0);
    }
    assert_int_not_equal(access(original, F_OK), 0);
}

/* What ended in the same turn as its last piece came, or was looked at. */
static void what_nobody_names_does_not_come_back(void **state)
{
    struct world *w = *state;
    struct media_use use = {.home = UNIT, .number = 1, .kind = 1};

    make_file(w, 100);
    use.name = w->row.name;
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &use.record), 0);
    assert_int_equal(media_store_set(w->from.rows, &use.name, MEDIA_HERE), 0);
    assert_int_equal(state_of(&w->from, &use.name), MEDIA_GONE);
    assert_int_equal(media_store_add(w->from.rows, &w->row), 0);
    assert_int_equal(state_of(&w->from, &use.name), MEDIA_WANTED);
}

static void a_new_copy_takes_the_place_of_a_rotten_one(void **state)
{
    struct world *w = *state;
    char path[MEDIA_PATH], again[MEDIA_PATH], command[2 * MEDIA_PATH + 8];

    make_file(w, 20000);
    media_shelf_path(&w->from.shelf, path, &w->row.name, "");
    (void)snprintf(again, sizeof again, "%s/again", w->from.data);
    (void)snprintf(command, sizeof command, "cp %s %s", path, again);
    assert_int_equal(system(command), 0);
    flip(&w->from, &w->row.name, 1000);
    assert_int_equal(
        media_shelf_adopt(&w->from.shelf, again, &w->row.name, "", NULL), 0);
    assert_int_equal(sweep(&w->from, 0).faults, 0);
    assert_int_not_equal(access(again, F_OK), 0);
}

/* A unit has its share of the hub's disk; a commune's own files are its own. */
static void a_share_is_of_a_unit_and_not_of_oneself(void **state)
{
    struct world *w = *state;
    struct media_row much = {.size = MEDIA_SHARE + 1, .state = MEDIA_HERE};
    struct media_row wanted = {.size = 100, .state = MEDIA_WANTED};
    struct media_now now = {0, 0};

    much.name.bytes[0] = 1;
    wanted.name.bytes[0] = 2;
    for (int i = 0; i < 2; i++) {
        struct media_fetch fetch = {.look_ms = INT64_MIN};
        struct msg_media_want want;
        int rc;

        (void)snprintf(much.source, sizeof much.source, "%s", i ? UNIT : "");
        memcpy(wanted.source, much.source, sizeof wanted.source);
        much.name.bytes[1] = wanted.name.bytes[1] = (uint8_t)i;
        assert_int_equal(media_store_add(w->to.rows, &much), 0);
        assert_int_equal(media_store_add(w->to.rows, &wanted), 0);
        assert_int_equal(media_fetch_ask(&fetch, &w->to.shelf, wanted.source,
                                         now, &want, &rc),
                         i == 0);
        assert_int_equal(rc, 0);
        assert_int_equal(fetch.tight, i == 1);
        media_fetch_close(&fetch);
    }
}

/* What one body says of a name, as `home` wrote it. */
static void say(struct world *w, const char *home, uint8_t record,
                uint8_t salt_of, uint64_t size)
{
    struct media_use use = {.number = 1, .kind = 1, .size = size};

    use.name = w->row.name;
    use.record.bytes[0] = record;
    (void)snprintf(use.home, sizeof use.home, "%s", home);
    memset(use.salt, salt_of, sizeof use.salt);
    assert_int_equal(media_store_use(w->to.rows, &use), 0);
}

/* All that is asked of `source` is answered. */
static int fetch_from(struct world *w, const char *source, struct media_now now)
{
    struct media_fetch fetch = {.look_ms = INT64_MIN};
    struct msg_media_want want;
    struct msg_media piece;
    struct buf room = {0};
    int rc = ERR_MISSING, failed;

    while (media_fetch_ask(&fetch, &w->to.shelf, source, now, &want, &failed))
        for (uint32_t i = 0; i < want.count && rc != ERR_DAMAGED; i++) {
            media_give(&w->from.shelf, true, &want.name, want.first + i, &room,
                       &piece);
            rc = media_fetch_take(&fetch, &w->to.shelf, &piece, now);
        }
    media_fetch_close(&fetch);
    buf_free(&room);
    return rc;
}

/* Whoever speaks first must not keep everybody else's from coming. */
static void a_first_wrong_word_about_a_name_does_not_block_it(void **state)
{
    struct world *w = *state;
    struct media_row wrong;

    make_file(w, 200000);
    wrong = w->row;
    memset(wrong.salt, 0x11, sizeof wrong.salt);
    wrong.size = 7;
    (void)snprintf(wrong.source, sizeof wrong.source, "10000@20200101");
    assert_int_equal(media_store_believe(w->to.rows, &wrong), 0);
    say(w, "10000@20200101", 1, 0x11, 7);
    say(w, UNIT, 2, 0x22, 200000);
    say(w, UNIT, 3, 0x5a, 200000);
    assert_int_equal(fetch_from(w, UNIT, (struct media_now){1, 1}),
                     ERR_MISSING); /* nothing is asked of it */
    assert_int_equal(fetch_from(w, wrong.source, (struct media_now){2, 2}),
                     ERR_DAMAGED);
    assert_int_equal(fetch_from(w, UNIT, (struct media_now){3, 3}),
                     ERR_DAMAGED);
    assert_int_equal(fetch_from(w, UNIT, (struct media_now){4, 4}), 1);
    expect_content(w);
}

static void only_what_left_is_given_and_only_to_whom_it_went(void **state)
{
    struct world *w = *state;
    struct media_use use = {
        .home = UNIT, .number = 1, .kind = 1, .goes = "", .kept = true};

    make_file(w, 100);
    use.name = w->row.name;
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_false(media_store_left(w->from.rows, &use.name, UNIT, 1, true));
    use.kept = false;
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_false(media_store_left(w->from.rows, &use.name, UNIT, 1, false));
    assert_true(media_store_left(w->from.rows, &use.name, UNIT, 1, true));
    assert_true(media_store_may(w->from.rows, &use.name, UNIT));
    assert_false(media_store_may(w->from.rows, &use.name, "19873@20040708"));
    use.kind = 2;
    use.record.bytes[3] = 1;
    (void)snprintf(use.goes, sizeof use.goes, "19873@20040708");
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_true(media_store_left(w->from.rows, &use.name, UNIT, 1, false));
    assert_true(media_store_may(w->from.rows, &use.name, "19873@20040708"));
}

static void a_stolen_disk_does_not_tell_what_is_there(void **state)
{
    struct world *w = *state;
    char path[MEDIA_PATH];
    struct media_file *file = NULL;
    uint8_t key[BOX_KEY_BYTES] = {0};

    make_file(w, 5000);
    media_shelf_path(&w->from.shelf, path, &w->row.name, "");
    assert_int_equal(media_file_open(&file, path, key, false, NULL),
                     ERR_DAMAGED);
    assert_null(file);
}

static void a_sealed_original_opens_for_its_owner_only(void **state)
{
    struct world *w = *state;
    struct seal_key owner, other;
    struct media_file *file = NULL;
    struct buf out = {0};
    char path[256];

    (void)snprintf(path, sizeof path, "%s/original", w->from.data);
    seal_key_generate(&owner);
    seal_key_generate(&other);
    assert_int_equal(media_file_make(&file, path, 5, NULL), 0);
    assert_int_equal(media_file_seal(file, owner.public_key), 0);
    assert_int_equal(media_file_put(file, 1, bytes_of("first", 5)), 0);
    media_file_close(&file);
    assert_int_equal(media_file_unseal(&file, path, &other, NULL), ERR_DAMAGED);
    assert_int_equal(media_file_unseal(&file, path, &owner, NULL), 0);
    assert_int_equal(media_file_get(file, 1, &out), 0);
    assert_memory_equal(out.data, "first", 5);
    media_file_close(&file);
    buf_free(&out);
}

/* ---- common/sync/chunk.h */

static void
questions_grow_with_a_quick_line_and_shrink_with_a_slow(void **state)
{
    struct chunk_flow flow = {0};
    uint32_t first, count;
    int64_t now = 0;

    (void)state;
    for (uint32_t expected = 1; expected <= LIMIT_MEDIA_WANT; expected *= 2) {
        assert_true(chunk_flow_ask(&flow, 1000, now, &first, &count));
        assert_int_equal(count, expected);
        assert_int_equal(first, flow.next);
        assert_false(chunk_flow_ask(&flow, 1000, now, &first, &count));
        while (flow.next < flow.to)
            chunk_flow_took(&flow, now += 1);
    }
    assert_true(chunk_flow_ask(&flow, 1000, now, &first, &count));
    assert_int_equal(count, LIMIT_MEDIA_WANT);
    now += 3000;
    while (flow.next < flow.to)
        chunk_flow_took(&flow, now);
    assert_int_equal(flow.window, LIMIT_MEDIA_WANT / 2);
}

static void silence_is_asked_again_with_one_piece(void **state)
{
    struct chunk_flow flow = {.next = 4, .window = 8};
    uint32_t first, count;

    (void)state;
    assert_true(chunk_flow_ask(&flow, 100, 0, &first, &count));
    assert_true(chunk_flow_expects(&flow, 4));
    assert_false(chunk_flow_expects(&flow, 5));
    assert_int_equal(chunk_flow_deadline(&flow, 100), CHUNK_SILENT_MS);
    assert_false(
        chunk_flow_ask(&flow, 100, CHUNK_SILENT_MS - 1, &first, &count));
    assert_true(chunk_flow_ask(&flow, 100, CHUNK_SILENT_MS, &first, &count));
    assert_int_equal(first, 4);
    assert_int_equal(count, 1);
    chunk_flow_lost(&flow);
    assert_false(chunk_flow_expects(&flow, 4));
    flow.next = 100;
    assert_false(chunk_flow_ask(&flow, 100, 0, &first, &count));
    assert_true(chunk_flow_deadline(&flow, 100) == INT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_cut_as_the_protocol_says),
        TEST(a_file_arrives_as_it_left),
        TEST(what_was_fetched_is_not_fetched_again),
        TEST(a_piece_that_is_not_what_it_should_be_is_not_kept),
        TEST(a_list_that_does_not_give_the_name_is_thrown_away),
        TEST(pieces_out_of_order_change_nothing),
        TEST(a_flipped_bit_is_noticed_and_fetched_again),
        TEST(a_missing_file_is_noticed),
        TEST(a_file_that_was_put_back_is_here_again),
        TEST(a_file_without_a_row_goes_after_a_day),
        TEST(a_rotten_row_is_told_and_keeps_its_file),
        TEST(a_file_nobody_names_any_more_is_removed),
        TEST(what_nobody_names_does_not_come_back),
        TEST(a_new_copy_takes_the_place_of_a_rotten_one),
        TEST(a_share_is_of_a_unit_and_not_of_oneself),
        TEST(a_first_wrong_word_about_a_name_does_not_block_it),
        TEST(only_what_left_is_given_and_only_to_whom_it_went),
        TEST(a_stolen_disk_does_not_tell_what_is_there),
        TEST(each_report_keeps_its_own_original_and_takes_it_along),
        TEST(an_original_whose_report_was_never_written_goes),
        TEST(what_an_earlier_version_named_goes_with_the_record),
        TEST(a_sealed_original_opens_for_its_owner_only),
        cmocka_unit_test(
            questions_grow_with_a_quick_line_and_shrink_with_a_slow),
        cmocka_unit_test(silence_is_asked_again_with_one_piece),
    };

    return cmocka_run_group_tests_name("media/shelf", tests, NULL, NULL);
}
