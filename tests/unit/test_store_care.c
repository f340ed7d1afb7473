/* tests/unit/test_store_care.c - the reserve, what a full disk and a failing
 * one change, and what must happen before it is trusted again. The reserve lies
 * in a real folder; the database on a disk in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/store/care.h"
#include "tests/support/faulty_disk.h"

#define DISK_HOME "/disk"
#define RESERVE_BYTES (4 * 1024 * 1024)

struct place {
    char folder[64], reserve[96];
    struct care care;
    struct db *db;
    int noted; /* the alarm of the last trial */
    char reason[256];
    struct rlimit limit;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    if (!p)
        return -1;
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/store-care-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    (void)snprintf(p->reserve, sizeof p->reserve, "%s/reserve", p->folder);
    (void)getrlimit(RLIMIT_FSIZE, &p->limit);
    (void)signal(SIGXFSZ, SIG_IGN);
    faulty_disk_start(1);
    if (db_open(&p->db, DISK_HOME "/x.db", DB_WRITE, DB_APP_NODE, NULL) != 0 ||
        db_exec(p->db, "CREATE TABLE t (a)") != 0)
        return -1;
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    (void)setrlimit(RLIMIT_FSIZE, &p->limit);
    db_close(&p->db);
    faulty_disk_stop();
    (void)unlink(p->reserve);
    (void)rmdir(p->folder);
    free(p);
    return 0;
}

/* For the folder of the reserve. */
static void room(const struct place *p, bool there)
{
    struct rlimit limit = p->limit;

    if (!there)
        limit.rlim_cur = RESERVE_BYTES / 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int64_t reserve_bytes(const struct place *p)
{
    struct stat seen;

    return stat(p->reserve, &seen) == 0 ? seen.st_size : -1;
}

static int note(void *who, int code, const char *reason)
{
    struct place *p = who;

    p->noted = code;
    (void)snprintf(p->reason, sizeof p->reason, "%s", reason);
    return db_exec(p->db, "INSERT INTO t VALUES (zeroblob(5000))");
}

static int ready_at(struct place *p, int64_t mono_ms)
{
    p->noted = 0;
    return care_ready(&p->care, p->db, mono_ms, note, p);
}
static int ready(struct place *p) { return ready_at(p, 0); }

/* A turn of the program: 0, or its code, which care has heard of. */
static int turn(struct place *p)
{
    int rc = db_begin(p->db);

    if (rc == 0)
        rc = db_exec(p->db, "INSERT INTO t VALUES (zeroblob(5000))");
    if (rc == 0)
        rc = db_commit(p->db);
    if (rc != 0) {
        db_rollback(p->db);
        care_failed(&p->care, p->db, rc);
    }
    return rc;
}

static void a_reserve_is_blocks_and_not_a_hole(void **state)
{
    struct place *p = *state;
    struct stat seen;

    care_open(&p->care, p->folder);
    assert_int_equal(p->care.state, CARE_FINE);
    assert_false(care_is_tight(&p->care));
    assert_int_equal(stat(p->reserve, &seen), 0);
    assert_int_equal(seen.st_size, RESERVE_BYTES);
    assert_true(seen.st_blocks * 512 >= RESERVE_BYTES);
    assert_int_equal(care_alarm_due(&p->care), -1); /* of an earlier run */
    care_committed(&p->care, p->db);
    assert_int_equal(care_alarm_due(&p->care), 0);
    assert_int_equal(ready(p), 0);
    assert_int_equal(p->noted, 0);
}

static void without_room_for_a_reserve_it_starts_tight(void **state)
{
    struct place *p = *state;

    room(p, false);
    care_open(&p->care, p->folder);
    assert_int_equal(p->care.state, CARE_TIGHT);
    assert_int_equal(reserve_bytes(p), 0);
    assert_int_equal(care_alarm_due(&p->care), 1);
    assert_int_equal(ready(p), 0); /* its bookkeeping goes on */
}

static void a_full_disk_gives_up_the_reserve_and_looks_for_room(void **state)
{
    struct place *p = *state;

    care_open(&p->care, p->folder);
    care_committed(&p->care, p->db);
    faulty_disk_full(DISK_HOME, true);
    assert_int_equal(turn(p), ERR_FULL);
    assert_int_equal(p->care.state, CARE_TIGHT);
    assert_int_equal(reserve_bytes(p), 0);
    assert_int_equal(care_alarm_due(&p->care), 1);

    faulty_disk_full(DISK_HOME, false); /* the room of the reserve */
    room(p, false);
    assert_int_equal(ready_at(p, 10000), 0);
    assert_int_equal(turn(p), 0);
    care_committed(&p->care, p->db);
    assert_int_equal(care_alarm_due(&p->care), 0); /* it was raised */
    assert_true(care_is_tight(&p->care));
    room(p, true);
    assert_int_equal(ready_at(p, 11999), 0); /* tried every 2 s */
    assert_true(care_is_tight(&p->care));
    assert_int_equal(ready_at(p, 12000), 0);
    assert_int_equal(p->care.state, CARE_FINE);
    assert_int_equal(reserve_bytes(p), RESERVE_BYTES);
    assert_int_equal(care_alarm_due(&p->care), -1);
    care_committed(&p->care, p->db);
    assert_int_equal(care_alarm_due(&p->care), 0);
}

static void full_beyond_the_reserve_every_turn_begins_with_a_trial(void **state)
{
    struct place *p = *state;

    care_open(&p->care, p->folder);
    faulty_disk_full(DISK_HOME, true);
    assert_int_equal(turn(p), ERR_FULL);
    assert_int_equal(turn(p), ERR_FULL);
    assert_int_equal(p->care.state, CARE_FAILING);
    assert_int_equal(ready(p), ERR_FULL);
    assert_int_equal(p->noted, ALARM_DISK_FULL);
    assert_int_equal(p->care.state, CARE_FAILING);
    faulty_disk_full(DISK_HOME, false);
    assert_int_equal(ready(p), 0);
    assert_int_equal(p->care.state, CARE_TIGHT); /* the reserve is gone */
    assert_int_equal(care_alarm_due(&p->care), 0);
    assert_int_equal(turn(p), 0);
}

static void after_an_error_the_database_is_opened_anew(void **state)
{
    struct place *p = *state;

    care_open(&p->care, p->folder);
    faulty_disk_fail(DISK_HOME, DISK_SYNC, 1, UINT64_MAX);
    assert_int_equal(turn(p), ERR_IO);
    assert_int_equal(p->care.state, CARE_FAILING);
    assert_int_equal(reserve_bytes(p), RESERVE_BYTES); /* of no help here */
    assert_true(db_is_suspect(p->db));
    assert_int_equal(ready(p), ERR_IO);
    assert_int_equal(p->noted, ALARM_DISK_FAILED);
    assert_true(p->reason[0] != '\0');
    faulty_disk_fail(DISK_HOME, DISK_SYNC, 1, 0);
    assert_int_equal(ready(p), 0);
    assert_int_equal(p->noted, ALARM_DISK_FAILED);
    assert_int_equal(p->care.state, CARE_FINE);
    assert_false(db_is_suspect(p->db));
    assert_int_equal(turn(p), 0);
}

static void words_of_others_change_nothing(void **state)
{
    struct place *p = *state;

    care_open(&p->care, p->folder);
    care_failed(&p->care, p->db, ERR_REFUSED);
    care_failed(&p->care, p->db, ERR_INVALID);
    assert_int_equal(p->care.state, CARE_FINE);
    assert_int_equal(reserve_bytes(p), RESERVE_BYTES);
}

static void a_command_by_itself_has_no_reserve(void **state)
{
    struct place *p = *state;

    care_failed(&p->care, p->db, ERR_FULL);
    assert_int_equal(p->care.state, CARE_FAILING);
    assert_int_equal(ready(p), 0);
    assert_int_equal(p->care.state, CARE_FINE);
    assert_int_equal(reserve_bytes(p), -1);
}

static void what_an_earlier_run_left_makes_way_once(void **state)
{
    struct place *p = *state;

    assert_false(care_make_way(p->folder));
    care_open(&p->care, p->folder);
    assert_true(care_make_way(p->folder));
    assert_int_equal(reserve_bytes(p), 0);
    assert_false(care_make_way(p->folder));
}

/* ---- the log of the database */

static void rest(struct place *p, int64_t mono_ms)
{
    care_committed(&p->care, p->db);
    care_rest(&p->care, p->db, mono_ms);
}

static int64_t log_room(const struct place *p)
{
    return db_wal_bytes(p->db) - db_log_used(p->db);
}

static void a_log_gets_room_when_nothing_was_written_for_a_moment(void **state)
{
    struct place *p = *state;

    care_open(&p->care, p->folder);
    assert_int_equal(care_deadline(&p->care), INT64_MAX);
    assert_int_equal(turn(p), 0);
    rest(p, 100);
    assert_int_equal(care_deadline(&p->care), 110);
    assert_int_equal(turn(p), 0);
    rest(p, 109); /* somebody is writing */
    assert_int_equal(care_deadline(&p->care), 119);
    rest(p, 118);
    assert_int_equal(log_room(p), 0);
    rest(p, 119);
    assert_true(log_room(p) >= 512 * 1024);
    assert_int_equal(care_deadline(&p->care), INT64_MAX);
    assert_int_equal(turn(p), 0);
    rest(p, 200); /* it is enough */
    assert_int_equal(care_deadline(&p->care), INT64_MAX);
    while (log_room(p) >= 512 * 1024)
        assert_int_equal(turn(p), 0);
    rest(p, 300);
    assert_int_equal(care_deadline(&p->care), 310);
    rest(p, 310);
    assert_true(log_room(p) >= 1024 * 1024);
}

static void
room_that_cannot_be_had_is_asked_for_after_the_next_turn(void **state)
{
    struct place *p = *state;

    care_open(&p->care, p->folder);
    assert_int_equal(turn(p), 0);
    rest(p, 100);
    faulty_disk_full(DISK_HOME, true);
    rest(p, 110);
    assert_int_equal(care_deadline(&p->care), INT64_MAX); /* no hurry */
    rest(p, 1000);
    assert_int_equal(log_room(p), 0);
    assert_int_equal(p->care.state, CARE_FINE);
    faulty_disk_full(DISK_HOME, false);
    assert_int_equal(turn(p), 0);
    rest(p, 2000);
    rest(p, 2010);
    assert_true(log_room(p) > 0);
}

static void a_tight_disk_makes_no_room_in_the_log(void **state)
{
    struct place *p = *state;

    room(p, false);
    care_open(&p->care, p->folder);
    assert_int_equal(turn(p), 0);
    rest(p, 100);
    assert_int_equal(care_deadline(&p->care), INT64_MAX);
    rest(p, 1000);
    assert_int_equal(log_room(p), 0);
}

static void a_long_log_begins_anew_before_a_commit_must_see_to_it(void **state)
{
    struct place *p = *state;
    int64_t used;

    care_open(&p->care, p->folder);
    do {
        assert_int_equal(turn(p), 0);
        used = db_log_used(p->db);
    } while (used < 12 * 1024 * 1024);
    rest(p, 100);
    assert_int_equal(care_deadline(&p->care), 110);
    rest(p, 110);
    assert_int_equal(care_deadline(&p->care), INT64_MAX);
    assert_int_equal(turn(p), 0);
    assert_in_range(db_log_used(p->db), 1, 1024 * 1024);
    rest(p, 200); /* and has room */
    assert_int_equal(care_deadline(&p->care), INT64_MAX);
    assert_int_equal(db_wal_bytes(p->db), used);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reserve_is_blocks_and_not_a_hole),
        TEST(without_room_for_a_reserve_it_starts_tight),
        TEST(a_full_disk_gives_up_the_reserve_and_looks_for_room),
        TEST(full_beyond_the_reserve_every_turn_begins_with_a_trial),
        TEST(after_an_error_the_database_is_opened_anew),
        TEST(words_of_others_change_nothing),
        TEST(a_command_by_itself_has_no_reserve),
        TEST(what_an_earlier_run_left_makes_way_once),
        TEST(a_log_gets_room_when_nothing_was_written_for_a_moment),
        TEST(room_that_cannot_be_had_is_asked_for_after_the_next_turn),
        TEST(a_tight_disk_makes_no_room_in_the_log),
        TEST(a_long_log_begins_anew_before_a_commit_must_see_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
