/* tests/unit/test_media_sweep.c - every row its file, every file its row: what
 * is lost is noticed, what nobody names goes, originals with their reports,
 * with a real folder and a real database. */
#include "tests/unit/test_media_fixture.h"

#include "common/media/care.h"

static unsigned stuck;

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

/* A turn must end in time, however many files there are. */
static void a_full_folder_is_looked_at_a_little_at_a_time(void **state)
{
    enum { MANY = 300 };
    struct world *w = *state;
    struct found f = {0};
    struct media_sweep_host host = {&f, on_fault};
    struct media_sweep sweep = {0};
    char path[MEDIA_PATH + 8];
    uint64_t before = 0, most = 0;
    int64_t wall_ms = 0;
    struct stat st;
    int more;

    for (int i = 0; i < MANY; i++) {
        int fd;

        (void)snprintf(path, sizeof path, "%s/%064d", w->from.shelf.folder, i);
        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
    }
    assert_int_equal(stat(path, &st), 0);
    wall_ms = (int64_t)st.st_ctime * 1000 + MEDIA_ORPHAN_MS;
    do {
        more = media_sweep_step(&sweep, &w->from.shelf, 1, wall_ms, &host);
        if (sweep.orphans - before > most)
            most = sweep.orphans - before;
        before = sweep.orphans;
    } while (more == 1);
    assert_int_equal(sweep.orphans, MANY);
    assert_true(most <= MEDIA_SWEEP_NAMES);
    media_sweep_close(&sweep);
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
    assert_int_equal(media_shelf_tidy(&w->from.shelf, &stuck), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &b.record), 0);
    assert_int_equal(state_of(&w->from, &w->row.name), MEDIA_GONE);
    assert_int_equal(media_shelf_tidy(&w->from.shelf, &stuck), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(state_of(&w->from, &w->row.name), 0);
}

/* A folder that somebody made unwritable, a bad sector: the others go, and the
 * program goes on. */
static void what_cannot_be_removed_stops_nothing(void **state)
{
    struct world *w = *state;
    struct media_use use = {.home = UNIT, .number = 1, .kind = 1};
    struct media_care care = {.open = true, .rows = w->from.rows};
    struct hash name[2];
    char path[2][MEDIA_PATH];

    for (int i = 0; i < 2; i++) {
        make_file(w, 100);
        name[i] = use.name = w->row.name;
        use.record.bytes[0] = (uint8_t)(1 + i);
        assert_int_equal(media_store_use(w->from.rows, &use), 0);
        assert_int_equal(media_store_unuse(w->from.rows, UNIT, &use.record), 0);
        media_shelf_path(&w->from.shelf, path[i], &name[i], "");
    }
    assert_int_equal(unlink(path[0]), 0);
    assert_int_equal(mkdir(path[0], 0700), 0);
    care.shelf = w->from.shelf;
    assert_int_equal(media_care_begin(&care, 1000), 0);
    assert_int_equal(care.stuck, 1);
    assert_true(care.tell_stuck);
    assert_int_equal(state_of(&w->from, &name[0]), MEDIA_GONE);
    assert_int_equal(state_of(&w->from, &name[1]), 0);
    assert_int_not_equal(access(path[1], F_OK), 0);
    assert_int_equal(rmdir(path[0]), 0);
    care.tell_stuck = false;
    assert_int_equal(media_care_begin(&care, 2000), 0);
    assert_int_equal(state_of(&w->from, &name[0]), MEDIA_GONE);
    assert_int_equal(media_care_begin(&care, 1000 + MEDIA_STUCK_MS), 0);
    assert_int_equal(care.stuck, 0);
    assert_true(care.tell_stuck); /* that it is over */
    assert_int_equal(state_of(&w->from, &name[0]), 0);
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
    assert_int_equal(media_shelf_tidy(&w->from.shelf, &stuck), 0);
    assert_int_not_equal(access(path[0], F_OK), 0);
    has_text(path[1], "1");
    has_text(path[2], "2");
    assert_int_equal(state_of(&w->from, &w->row.name), MEDIA_HERE);
    assert_int_equal(media_store_unuse(w->from.rows, UNIT, &use[1].record), 0);
    assert_false(media_store_may(w->from.rows, &w->row.name, UNIT));
    assert_int_equal(media_shelf_tidy(&w->from.shelf, &stuck), 0);
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
    assert_int_equal(media_shelf_tidy(&w->from.shelf, &stuck), 0);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_flipped_bit_is_noticed_and_fetched_again),
        TEST(a_missing_file_is_noticed),
        TEST(a_file_that_was_put_back_is_here_again),
        TEST(a_file_without_a_row_goes_after_a_day),
        TEST(a_full_folder_is_looked_at_a_little_at_a_time),
        TEST(a_rotten_row_is_told_and_keeps_its_file),
        TEST(a_file_nobody_names_any_more_is_removed),
        TEST(what_cannot_be_removed_stops_nothing),
        TEST(what_nobody_names_does_not_come_back),
        TEST(a_new_copy_takes_the_place_of_a_rotten_one),
        TEST(each_report_keeps_its_own_original_and_takes_it_along),
        TEST(an_original_whose_report_was_never_written_goes),
        TEST(what_an_earlier_version_named_goes_with_the_record),
    };

    return cmocka_run_group_tests_name("media/sweep", tests, NULL, NULL);
}
