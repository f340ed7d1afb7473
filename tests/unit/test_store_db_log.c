/* tests/unit/test_store_db_log.c - room in the write-ahead log: commits write
 * over it, it is never taken for what was committed, and a disk that does not
 * give it takes nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/faulty_disk.h"
#include "tests/support/store_world.h"

#define DISK_HOME "/disk"
#define PATH DISK_HOME "/x.db"
#define STEP (256 * 1024)

static struct db *open_file(void)
{
    struct db *db = NULL;

    assert_int_equal(db_open(&db, PATH, DB_WRITE, DB_APP_NODE, NULL), 0);
    return db;
}

static int set_up(void **state)
{
    struct db *db;

    faulty_disk_start(1);
    db = open_file();
    *state = db;
    return db_exec(db, "CREATE TABLE t (a)");
}

static int tear_down(void **state)
{
    struct db *db = *state;

    db_close(&db);
    faulty_disk_stop();
    return 0;
}

static int add(struct db *db)
{
    int rc = db_begin(db);

    if (rc == 0)
        rc = db_exec(db, "INSERT INTO t VALUES (zeroblob(5000))");
    if (rc == 0)
        rc = db_commit(db);
    if (rc != 0)
        db_rollback(db);
    return rc;
}

static int64_t count(struct db *db)
{
    return store_number(db, "SELECT count(*) FROM t");
}

static void without_room_the_file_ends_where_the_log_does(void **state)
{
    struct db *db = *state;

    assert_int_equal(add(db), 0);
    assert_true(db_log_used(db) > 0);
    assert_int_equal(db_log_used(db), db_wal_bytes(db));
    assert_int_equal(db_checkpoint(db), 0);
    assert_int_equal(db_log_used(db), 0); /* not known before a commit */
}

static void commits_write_over_the_room_that_was_made(void **state)
{
    struct db *db = *state;
    int64_t used, size;

    assert_int_equal(add(db), 0);
    used = db_log_used(db);
    assert_int_equal(db_log_extend(db, STEP), 0);
    size = db_wal_bytes(db);
    assert_true(size >= used + STEP);
    assert_int_equal(db_log_used(db), used);
    assert_int_equal(faulty_disk_count(DISK_HOME).unsynced, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(add(db), 0);
    assert_true(db_log_used(db) > used);
    assert_int_equal(db_wal_bytes(db), size);
    assert_false(db_is_suspect(db));
}

static void a_log_that_was_copied_begins_anew_in_its_room(void **state)
{
    struct db *db = *state;
    int64_t size, used;

    for (int i = 0; i < 10; i++)
        assert_int_equal(add(db), 0);
    assert_int_equal(db_log_extend(db, STEP), 0);
    size = db_wal_bytes(db);
    used = db_log_used(db);
    db_log_fold(db);
    assert_int_equal(add(db), 0);
    assert_in_range(db_log_used(db), 1, used - 1);
    assert_int_equal(db_wal_bytes(db), size);
    assert_int_equal(count(db), 11);
}

/* Whatever of the zeros and of the pages over them came to the disk. */
static void a_power_cut_takes_nothing_that_was_committed(void **state)
{
    static const enum faulty_disk_crash modes[] = {DISK_DROP,    DISK_KEEP,
                                                   DISK_PREFIX,  DISK_TORN,
                                                   DISK_REORDER, DISK_ZEROED};
    struct db *db = *state;
    int64_t there = 0;

    for (uint64_t i = 0; i < 120; i++) {
        int rc = 0;

        assert_int_equal(add(db), 0);
        there++;
        faulty_disk_crash_after(DISK_HOME, 1 + i % 30, modes[i % 6]);
        (void)db_log_extend(db, STEP);
        for (int k = 0; rc == 0; k++) {
            rc = add(db);
            there += rc == 0;
            assert_true(k < 100);
        }
        db_close(&db);
        faulty_disk_boot(DISK_HOME);
        *state = db = open_file();
        /* the commit that was cut short may be there */
        assert_in_range(count(db), there, there + 1);
        there = count(db);
        assert_int_equal(db_check(db, NULL, NULL), 0);
    }
}

static void a_full_disk_gives_no_room_and_takes_none(void **state)
{
    struct db *db = *state;

    assert_int_equal(add(db), 0);
    faulty_disk_full(DISK_HOME, true);
    assert_int_equal(db_log_extend(db, STEP), ERR_FULL);
    faulty_disk_full(DISK_HOME, false);
    assert_false(db_is_suspect(db));
    assert_int_equal(add(db), 0);
    assert_int_equal(count(db), 2);

    faulty_disk_room(DISK_HOME, STEP / 2); /* some of it */
    assert_int_equal(db_log_extend(db, STEP), ERR_FULL);
    assert_true(db_log_used(db) < db_wal_bytes(db));
    faulty_disk_full(DISK_HOME, true);
    assert_int_equal(add(db), 0); /* what was made is of use */
    assert_int_equal(count(db), 3);
}

static void a_sync_that_fails_makes_the_connection_suspect(void **state)
{
    struct db *db = *state;

    assert_int_equal(add(db), 0);
    faulty_disk_fail(DISK_HOME, DISK_SYNC, 1, 1);
    assert_int_equal(db_log_extend(db, STEP), ERR_IO);
    assert_true(db_is_suspect(db));
    assert_int_equal(add(db), 0);
    assert_int_equal(db_reopen(db), 0);
    assert_int_equal(count(db), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_room_the_file_ends_where_the_log_does),
        TEST(commits_write_over_the_room_that_was_made),
        TEST(a_log_that_was_copied_begins_anew_in_its_room),
        TEST(a_power_cut_takes_nothing_that_was_committed),
        TEST(a_full_disk_gives_no_room_and_takes_none),
        TEST(a_sync_that_fails_makes_the_connection_suspect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
