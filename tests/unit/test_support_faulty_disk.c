/* tests/unit/test_support_faulty_disk.c - the disk keeps what was synced, loses
 * what was not, and can bite; the programs' databases run on it as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/store/db.h"
#include "tests/support/faulty_disk_inside.h"

#define HOME "/disk/one"
#define FILE_PATH HOME "/x.db"
enum { ROWS = 20, ROW_BYTES = 3000 };

static const char *const schema[] = {
    "CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"};

static int open_at(struct db **db, const char *path, const char *synchronous)
{
    char pragma[64];
    int rc = db_open(db, path, DB_WRITE, DB_APP_NODE, NULL);

    (void)snprintf(pragma, sizeof pragma, "PRAGMA synchronous = %s",
                   synchronous);
    if (rc == 0)
        rc = db_exec(*db, pragma);
    if (rc == 0)
        rc = db_migrate(*db, schema, 1, NULL);
    if (rc != 0)
        db_close(db);
    return rc;
}

static int insert(struct db *db, int id)
{
    char sql[160];
    int rc = db_begin(db);

    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO row VALUES (%d, '%d' || hex(zeroblob(%d)))", id,
                   id, ROW_BYTES / 2);
    if (rc == 0)
        rc = db_exec(db, sql);
    if (rc == 0)
        rc = db_commit(db);
    if (rc != 0)
        db_rollback(db);
    return rc;
}

static int64_t number(struct db *db, const char *sql)
{
    const char *const queries[] = {sql};
    struct db_set *set;
    struct db_stmt *q;
    int64_t value = -1;

    if (db_prepare(&set, db, queries, 1, NULL) != 0)
        return -1;
    q = db_use(set, 0);
    if (db_step(q) == 1)
        value = db_i64(q, 0);
    db_done(q);
    return value;
}

static bool is_sound(struct db *db)
{
    return number(db, "SELECT count(*) FROM pragma_integrity_check"
                      " WHERE integrity_check <> 'ok'") == 0;
}

/* Rows 1 and on, with a checkpoint in between, until one fails; how many were
 * answered for. */
static int work(const char *synchronous)
{
    struct db *db = NULL;
    int done = 0;

    if (open_at(&db, FILE_PATH, synchronous) != 0)
        return 0;
    while (done < ROWS && insert(db, done + 1) == 0)
        if (++done % 7 == 0)
            (void)db_checkpoint(db);
    db_close(&db);
    return done;
}

/* After a boot: what is there. False: damaged, or holes in the rows. */
static bool look(int *rows)
{
    struct db *db = NULL;
    bool good;

    *rows = 0;
    if (open_at(&db, FILE_PATH, "FULL") != 0)
        return false;
    *rows = (int)number(db, "SELECT count(*) FROM row");
    good = is_sound(db) &&
           number(db, "SELECT coalesce(max(id), 0) FROM row") == *rows;
    db_close(&db);
    return good;
}

static uint64_t calls_of_a_whole_run(const char *synchronous)
{
    faulty_disk_start(1);
    assert_int_equal(work(synchronous), ROWS);
    return faulty_disk_count(HOME).calls;
}

struct toll {
    unsigned points, lost, damaged;
};

/* Power cuts at every `step`-th call of a run, in every way, `seeds` times. */
static struct toll cut_everywhere(const char *synchronous, unsigned seeds,
                                  uint64_t step)
{
    struct toll toll = {0};
    uint64_t calls = calls_of_a_whole_run(synchronous);

    for (uint64_t at = 1; at <= calls; at += step)
        for (int mode = 0; mode < DISK_ANY; mode++)
            for (unsigned seed = 0; seed < seeds; seed++) {
                int rows;

                faulty_disk_start(at * 100 + seed);
                faulty_disk_crash_after(HOME, at, (enum faulty_disk_crash)mode);
                int answered = work(synchronous);

                assert_true(faulty_disk_is_off(HOME) || answered == ROWS);
                faulty_disk_boot(HOME);
                toll.points++;
                toll.damaged += !look(&rows);
                toll.lost += rows < answered;
                assert_true(rows <= answered + 1);
            }
    return toll;
}

static void full_synchronous_keeps_what_was_answered(void **state)
{
    (void)state;
    struct toll toll = cut_everywhere("FULL", 3, 1);

    print_message("%u power cuts\n", toll.points);
    assert_true(toll.points > 2000);
    assert_int_equal(toll.lost, 0);
    assert_int_equal(toll.damaged, 0);
}

static void normal_synchronous_loses_some_and_damages_none(void **state)
{
    (void)state;
    struct toll toll = cut_everywhere("NORMAL", 1, 2);

    print_message("%u of %u power cuts lose rows\n", toll.lost, toll.points);
    assert_true(toll.lost > 50);
    assert_int_equal(toll.damaged, 0);
}

static void without_syncs_files_are_damaged(void **state)
{
    (void)state;
    struct toll toll = cut_everywhere("OFF", 1, 2);

    print_message("%u of %u power cuts lose rows, %u damage the file\n",
                  toll.lost, toll.points, toll.damaged);
    assert_true(toll.lost > 50);
    assert_true(toll.damaged > 10);
}

/* ---- a program that dies, or a disk that goes, with the database open */

static void what_is_open_dies_with_the_power(void **state)
{
    (void)state;
    struct db *db = NULL, *reader = NULL;
    int rows;

    faulty_disk_start(2);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    assert_int_equal(insert(db, 1), 0);
    assert_int_equal(db_open(&reader, FILE_PATH, DB_READ, DB_APP_NODE, NULL),
                     0);
    faulty_disk_crash(HOME, DISK_KEEP);
    assert_true(insert(db, 2) != 0);
    assert_int_equal(number(reader, "SELECT count(*) FROM row"), -1);
    faulty_disk_boot(HOME);
    assert_true(insert(db, 2) != 0);
    uint64_t calls = faulty_disk_count(HOME).calls;

    db_close(&db);
    db_close(&reader);
    assert_true(faulty_disk_count(HOME).calls == calls);
    assert_true(look(&rows));
    assert_int_equal(rows, 1);
}

static void a_reader_beside_the_writer_sees_what_is_committed(void **state)
{
    (void)state;
    struct db *db = NULL, *reader = NULL;

    faulty_disk_start(3);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    assert_int_equal(insert(db, 1), 0);
    assert_int_equal(db_open(&reader, FILE_PATH, DB_READ, DB_APP_NODE, NULL),
                     0);
    assert_int_equal(db_begin(reader), 0);
    assert_int_equal(number(reader, "SELECT count(*) FROM row"), 1);
    assert_int_equal(insert(db, 2), 0);
    assert_int_equal(number(reader, "SELECT count(*) FROM row"), 1);
    assert_true(db_checkpoint(db) != 0); /* the reader is in the way */
    assert_int_equal(db_commit(reader), 0);
    assert_int_equal(number(reader, "SELECT count(*) FROM row"), 2);
    assert_int_equal(db_checkpoint(db), 0);
    assert_int_equal(db_wal_bytes(db), 0);
    db_close(&reader);
    db_close(&db);
    assert_int_equal(faulty_disk_size(FILE_PATH "-wal"), -1);
}

static void a_name_that_was_not_synced_may_vanish(void **state)
{
    (void)state;
    struct db *db = NULL;

    faulty_disk_start(4);
    assert_int_equal(db_open(&db, FILE_PATH, DB_WRITE, DB_APP_NODE, NULL), 0);
    faulty_disk_crash(HOME, DISK_DROP);
    db_close(&db);
    faulty_disk_boot(HOME);
    int64_t left = faulty_disk_size(FILE_PATH "-wal");

    assert_true(left <= 0);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    db_close(&db);
}

/* A key file as file_write leaves it, with one of its syncs missing or none. */
static const char *rename_over(bool sync_content, bool sync_name,
                               struct buf *left)
{
    static const char *const outcomes[] = {"gone", "empty", "old", "new"};
    struct disk_file *file;
    bool there;

    faulty_disk_start(9);
    file = disk_create(disk_folder_of("/disk/one/key"), "/disk/one/key");
    disk_write(file, "old", 3, 0);
    disk_sync(file);
    disk_sync_names_beside(file);
    file = disk_create(file->folder, "/disk/one/key.tmp");
    disk_write(file, "new", 3, 0);
    if (sync_content)
        disk_sync(file);
    disk_rename(file, "/disk/one/key");
    if (sync_name)
        disk_sync_names_beside(file);
    faulty_disk_crash(HOME, DISK_DROP);
    buf_clear(left);
    there = faulty_disk_read("/disk/one/key", left);
    return !there               ? outcomes[0]
           : left->size == 0    ? outcomes[1]
           : *left->data == 'o' ? outcomes[2]
                                : outcomes[3];
}

static void a_file_that_takes_a_name_needs_both_syncs(void **state)
{
    (void)state;
    struct buf left = {0};

    assert_string_equal(rename_over(true, true, &left), "new");
    assert_string_equal(rename_over(true, false, &left), "old");
    assert_string_equal(rename_over(false, true, &left), "empty");
    assert_int_equal(faulty_disk_size("/disk/one/key.tmp"), -1);
    buf_free(&left);
}

static void one_seed_is_one_run(void **state)
{
    (void)state;
    struct buf first = {0}, again = {0};

    for (int i = 0; i < 2; i++) {
        faulty_disk_start(77);
        faulty_disk_crash_after(HOME, 61, DISK_REORDER);
        (void)work("OFF");
        faulty_disk_boot(HOME);
        (void)faulty_disk_read(FILE_PATH, i == 0 ? &first : &again);
        (void)faulty_disk_read(FILE_PATH "-wal", i == 0 ? &first : &again);
    }
    assert_true(first.size > 4096);
    assert_int_equal(first.size, again.size);
    assert_memory_equal(first.data, again.data, first.size);
    buf_free(&first);
    buf_free(&again);
}

/* ---- faults */

/* Every call of one kind in turn fails, once or from then on; nothing that was
 * answered for is missing after a power cut, and the file is sound. */
static void fail_everywhere(enum faulty_disk_what what, uint64_t count)
{
    for (uint64_t nth = 1; nth < 120; nth++) {
        struct db *db = NULL;
        int answered = 0, rows;

        faulty_disk_start(nth);
        assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
        faulty_disk_fail(HOME, what, nth, count);
        for (int i = 0; i < ROWS; i++) {
            answered += insert(db, answered + 1) == 0;
            if (i % 7 == 6)
                (void)db_checkpoint(db);
        }
        assert_true(count != 1 || answered >= ROWS - 1);
        assert_true(what != DISK_SYNC || nth > ROWS ||
                    faulty_disk_count(HOME).lost_syncs > 0);
        faulty_disk_crash(HOME, DISK_DROP);
        db_close(&db);
        faulty_disk_fail(HOME, what, 1, 0);
        faulty_disk_boot(HOME);
        assert_true(look(&rows));
        assert_int_equal(rows, answered);
    }
}

static void a_failed_write_fails_its_transaction_alone(void **state)
{
    (void)state;
    fail_everywhere(DISK_WRITE, 1);
    fail_everywhere(DISK_WRITE, UINT64_MAX);
}

static void a_failed_sync_is_never_answered_for(void **state)
{
    (void)state;
    fail_everywhere(DISK_SYNC, 1);
    fail_everywhere(DISK_SYNC, UINT64_MAX);
}

static void a_failed_truncation_or_opening_loses_nothing(void **state)
{
    (void)state;
    struct db *db = NULL;

    fail_everywhere(DISK_TRUNCATE, 2);
    faulty_disk_fail(HOME, DISK_OPEN, 1, 1);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), ERR_IO);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    db_close(&db);
}

static void a_full_disk_refuses_and_then_goes_on(void **state)
{
    (void)state;
    struct db *db = NULL;
    int answered = 0, rc = 0;

    faulty_disk_start(5);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    faulty_disk_room(HOME, 40000);
    while (answered < ROWS && (rc = insert(db, answered + 1)) == 0)
        answered++;
    assert_int_equal(rc, ERR_FULL);
    assert_true(answered > 0);
    assert_int_equal(number(db, "SELECT count(*) FROM row"), answered);
    assert_int_equal(insert(db, answered + 1), ERR_FULL);
    faulty_disk_full(HOME, false);
    assert_int_equal(insert(db, answered + 1), 0);
    assert_true(is_sound(db));
    db_close(&db);
}

static void a_read_only_disk_is_read(void **state)
{
    (void)state;
    struct db *db = NULL, *reader = NULL;

    faulty_disk_start(6);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    assert_int_equal(insert(db, 1), 0);
    faulty_disk_readonly(HOME, true);
    assert_int_equal(insert(db, 2), ERR_IO);
    assert_int_equal(number(db, "SELECT count(*) FROM row"), 1);
    assert_int_equal(db_open(&reader, FILE_PATH, DB_READ, DB_APP_NODE, NULL),
                     0);
    assert_int_equal(number(reader, "SELECT count(*) FROM row"), 1);
    db_close(&reader);
    faulty_disk_readonly(HOME, false);
    assert_int_equal(insert(db, 2), 0);
    db_close(&db);
}

static void a_turned_bit_is_there_for_who_reads_again(void **state)
{
    (void)state;
    struct db *db = NULL;
    struct buf content = {0};

    faulty_disk_start(7);
    assert_int_equal(work("FULL"), ROWS);
    assert_true(faulty_disk_read(FILE_PATH, &content));
    const uint8_t *row = memmem(content.data, content.size, "0000000000", 10);

    assert_non_null(row);
    uint64_t at = (uint64_t)(row - content.data);

    assert_true(faulty_disk_flip(FILE_PATH, at, 0));
    assert_false(faulty_disk_flip(FILE_PATH, content.size, 0));
    assert_false(faulty_disk_flip(HOME "/none", 0, 0));
    faulty_disk_crash(HOME, DISK_DROP);
    faulty_disk_boot(HOME);
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    assert_int_equal(
        number(db, "SELECT count(*) FROM row"
                   " WHERE length(replace(text, '0', '')) > length(id || '')"),
        1);
    db_close(&db);
    buf_free(&content);
}

static void a_copy_is_a_disk_of_its_own(void **state)
{
    (void)state;
    struct db *db = NULL, *clone = NULL;

    faulty_disk_start(8);
    assert_false(db_exists(FILE_PATH));
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    assert_true(db_exists(FILE_PATH));
    assert_int_equal(insert(db, 1), 0);
    faulty_disk_copy(HOME, "/disk/two");
    assert_int_equal(insert(db, 2), 0);
    assert_int_equal(open_at(&clone, "/disk/two/x.db", "FULL"), 0);
    assert_int_equal(number(clone, "SELECT count(*) FROM row"), 1);
    assert_int_equal(insert(clone, 7), 0);
    faulty_disk_crash("/disk/two", DISK_DROP);
    assert_int_equal(insert(db, 3), 0);
    db_close(&clone);
    db_close(&db);
    faulty_disk_copy("/disk/two", HOME); /* the copy is put back */
    assert_int_equal(open_at(&db, FILE_PATH, "FULL"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM row"), 2);
    db_close(&db);
    faulty_disk_remove(HOME);
    assert_int_equal(faulty_disk_size(FILE_PATH), -1);
    assert_int_equal(db_open(&db, FILE_PATH, DB_READ, DB_APP_NODE, NULL),
                     ERR_IO);
}

static int stop(void **state)
{
    (void)state;
    faulty_disk_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_synchronous_keeps_what_was_answered),
        cmocka_unit_test(normal_synchronous_loses_some_and_damages_none),
        cmocka_unit_test(without_syncs_files_are_damaged),
        cmocka_unit_test(what_is_open_dies_with_the_power),
        cmocka_unit_test(a_reader_beside_the_writer_sees_what_is_committed),
        cmocka_unit_test(a_name_that_was_not_synced_may_vanish),
        cmocka_unit_test(a_file_that_takes_a_name_needs_both_syncs),
        cmocka_unit_test(one_seed_is_one_run),
        cmocka_unit_test(a_failed_write_fails_its_transaction_alone),
        cmocka_unit_test(a_failed_sync_is_never_answered_for),
        cmocka_unit_test(a_failed_truncation_or_opening_loses_nothing),
        cmocka_unit_test(a_full_disk_refuses_and_then_goes_on),
        cmocka_unit_test(a_read_only_disk_is_read),
        cmocka_unit_test(a_turned_bit_is_there_for_who_reads_again),
        cmocka_unit_test(a_copy_is_a_disk_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, stop);
}
