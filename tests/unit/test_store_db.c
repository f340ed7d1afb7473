/* tests/unit/test_store_db.c - files that are ours, steps, savepoints, one
 * writer, full disks, readers beside a writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/faulty_disk.h"
#include "tests/support/store_world.h"

struct place {
    char folder[64], path[96];
    struct error err;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    if (!p)
        return -1;
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/store-db-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    (void)snprintf(p->path, sizeof p->path, "%s/x.db", p->folder);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    static const char *const tails[] = {"", "-wal", "-shm"};
    char name[128];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", p->path, tails[i]);
        (void)unlink(name);
    }
    (void)rmdir(p->folder);
    free(p);
    return 0;
}

static struct db *open_as(struct place *p, enum db_mode mode)
{
    struct db *db = NULL;
    int rc = db_open(&db, p->path, mode, DB_APP_NODE, &p->err);

    if (rc != 0)
        (void)fprintf(stderr, "%s\n", p->err.text);
    assert_int_equal(rc, 0);
    return db;
}

static void a_new_file_is_ours_alone(void **state)
{
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    struct stat at;

    assert_int_equal(db_exec(db, "CREATE TABLE t (a INTEGER) STRICT"), 0);
    assert_int_equal(store_number(db, "PRAGMA application_id"), DB_APP_NODE);
    assert_int_equal(store_number(db, "PRAGMA synchronous"), 2);
    assert_int_equal(store_number(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(store_number(db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(store_number(db, "PRAGMA cell_size_check"), 1);
    assert_int_equal(store_number(db, "PRAGMA mmap_size"), 0);
    assert_int_equal(store_number(db, "PRAGMA page_size"), 8192);
    assert_true(db_wal_bytes(db) > 0);
    assert_int_equal(stat(p->path, &at), 0);
    assert_int_equal(at.st_mode & 0777, 0600);
    assert_int_equal(db_checkpoint(db), 0);
    assert_int_equal(db_wal_bytes(db), 0);
    db_close(&db);
    assert_int_equal(db_open(&db, p->path, DB_WRITE, DB_APP_HUB, &p->err),
                     ERR_VERSION);
    assert_non_null(strstr(p->err.text, "not a database of this program"));
}

static void a_file_that_is_not_there_or_no_database_is_refused(void **state)
{
    struct place *p = *state;
    struct db *db = NULL;
    char path[128];

    assert_int_equal(db_open(&db, p->path, DB_READ, DB_APP_NODE, &p->err),
                     ERR_MISSING);
    (void)snprintf(path, sizeof path, "%s/no/x.db", p->folder);
    assert_int_equal(db_open(&db, path, DB_WRITE, DB_APP_NODE, &p->err),
                     ERR_MISSING);
    int fd = open(p->path, O_CREAT | O_WRONLY, 0600);

    assert_int_equal(ftruncate(fd, 8192), 0);
    assert_int_equal(write(fd, "no database at all", 18), 18);
    close(fd);
    assert_int_equal(db_open(&db, p->path, DB_WRITE, DB_APP_NODE, &p->err),
                     ERR_DAMAGED);
    assert_null(db);
}

static void each_step_is_taken_once(void **state)
{
    static const char *const steps[] = {
        "CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1);",
        "INSERT INTO t VALUES (10);",
        "INSERT INTO t VALUES (100); INSERT INTO missing VALUES (1);"};
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE), *reader;

    assert_int_equal(db_migrate(db, steps, 1, &p->err), 0);
    assert_int_equal(db_migrate(db, steps, 2, &p->err), 0);
    assert_int_equal(db_migrate(db, steps, 2, &p->err), 0);
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 11);
    assert_int_equal(db_migrate(db, steps, 3, &p->err), ERR_INVALID);
    assert_non_null(strstr(p->err.text, "step 3"));
    assert_non_null(strstr(p->err.text, "missing"));
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 11);
    assert_int_equal(store_number(db, "PRAGMA user_version"), 2);
    reader = open_as(p, DB_READ);
    assert_int_equal(db_migrate(reader, steps, 2, &p->err), 0);
    assert_int_equal(db_migrate(reader, steps, 3, &p->err), ERR_VERSION);
    assert_int_equal(db_migrate(reader, steps, 1, &p->err), ERR_VERSION);
    assert_non_null(strstr(p->err.text, "later lienxa"));
    db_close(&reader);
    assert_int_equal(db_migrate(db, steps, 1, &p->err), ERR_VERSION);
    assert_non_null(strstr(p->err.text, "later lienxa"));
    db_close(&db);
}

static void a_faulty_query_is_named_when_the_file_opens(void **state)
{
    const char *const queries[] = {"SELECT 1", "SELECT nothing FROM nowhere"};
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    struct db_set *set;

    assert_int_equal(db_prepare(&set, db, queries, 2, &p->err), ERR_INVALID);
    assert_non_null(strstr(p->err.text, "nowhere"));
    db_close(&db);
}

static int settle(struct db *db, const char *sql, int rc, bool *undone)
{
    assert_int_equal(db_save(db), 0);
    assert_int_equal(db_exec(db, sql), 0);
    return db_settle(db, rc, undone);
}

static void a_savepoint_is_settled_as_it_went(void **state)
{
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    bool undone = true;

    assert_int_equal(db_exec(db, "CREATE TABLE t (a INTEGER) STRICT"), 0);
    assert_int_equal(db_begin(db), 0);
    assert_int_equal(settle(db, "INSERT INTO t VALUES (1)", 0, &undone), 0);
    assert_false(undone);
    assert_int_equal(
        settle(db, "INSERT INTO t VALUES (2)", ERR_REFUSED, &undone),
        ERR_REFUSED);
    assert_true(undone);
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 1);
    assert_int_equal(settle(db, "INSERT INTO t VALUES (4)", ERR_FULL, &undone),
                     ERR_FULL); /* the whole turn goes back */
    assert_false(undone);
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 5);
    db_rollback(db);
    assert_int_equal(store_number(db, "SELECT count(*) FROM t"), 0);
    db_close(&db);
}

static void savepoints_nest(void **state)
{
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);

    assert_int_equal(db_exec(db, "CREATE TABLE t (a INTEGER) STRICT"), 0);
    assert_int_equal(db_begin(db), 0);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1)"), 0);
    assert_int_equal(db_save(db), 0);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (2)"), 0);
    assert_int_equal(db_save(db), 0);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (4)"), 0);
    assert_int_equal(db_undo(db), 0);
    assert_int_equal(db_save(db), 0);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (8)"), 0);
    assert_int_equal(db_release(db), 0);
    assert_int_equal(db_release(db), 0);
    assert_true(db_in_transaction(db));
    assert_int_equal(db_commit(db), 0);
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 11);
    assert_int_equal(db_begin(db), 0);
    assert_int_equal(db_exec(db, "DELETE FROM t"), 0);
    db_rollback(db);
    db_rollback(db);
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 11);
    db_close(&db);
}

static void values_come_back_as_they_went(void **state)
{
    static const char *const queries[] = {
        "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
        "SELECT a, b, c, d, e, f FROM t"};
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    struct id id = world_id(5), id_back;
    struct hash hash = {{1, 2, 3}}, hash_back;
    struct db_set *set;
    struct db_stmt *q;

    assert_int_equal(db_exec(db, "CREATE TABLE t (a, b, c, d, e, f)"), 0);
    assert_int_equal(db_prepare(&set, db, queries, 2, &p->err), 0);
    q = db_use(set, 0);
    db_bind_i64(q, INT64_MIN);
    db_bind_text(q, "xã");
    db_bind_bytes(q, (struct bytes){NULL, 0});
    db_bind_id(q, &id);
    db_bind_hash(q, &hash);
    db_bind_text(q, NULL);
    assert_int_equal(db_run(q), 0);
    assert_int_equal(db_last_id(db), 1);
    assert_int_equal(db_changes(db), 1);
    q = db_use(set, 1);
    assert_int_equal(db_step(q), 1);
    assert_true(db_i64(q, 0) == INT64_MIN);
    assert_string_equal(db_text(q, 1), "xã");
    assert_false(db_is_null(q, 2));
    assert_int_equal(db_bytes(q, 2).size, 0);
    assert_true(db_id(q, 3, &id_back) && id_equal(&id, &id_back));
    assert_true(db_hash(q, 4, &hash_back) && hash_equal(&hash, &hash_back));
    assert_false(db_id(q, 4, &id_back));
    assert_true(db_is_null(q, 5));
    assert_string_equal(db_text(q, 5), "");
    assert_int_equal(db_step(q), 0);
    db_close(&db);
}

static void a_value_too_long_fails_its_statement(void **state)
{
    static const char *const queries[] = {"INSERT INTO t VALUES (?)"};
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    size_t size = 5 * 1024 * 1024;
    uint8_t *much = calloc(1, size);
    struct db_set *set;
    struct db_stmt *q;

    assert_non_null(much);
    assert_int_equal(db_exec(db, "CREATE TABLE t (a BLOB)"), 0);
    assert_int_equal(db_prepare(&set, db, queries, 1, &p->err), 0);
    q = db_use(set, 0);
    db_bind_blob(q, much, size);
    assert_int_equal(db_run(q), ERR_INVALID);
    assert_int_equal(store_number(db, "SELECT count(*) FROM t"), 0);
    free(much);
    db_close(&db);
}

/* The child's exit status, or 128 + the signal that ended it. */
static int in_child(void (*run)(struct place *p), struct place *p)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        struct rlimit none = {0, 0};
        int nowhere = open("/dev/null", O_WRONLY);

        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(nowhere, STDERR_FILENO);
        run(p);
        _exit(0);
    }
    (void)waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void open_twice(struct place *p)
{
    struct db *one = NULL, *two = NULL;

    if (db_open(&one, p->path, DB_WRITE, DB_APP_NODE, NULL) == 0)
        (void)db_open(&two, p->path, DB_WRITE, DB_APP_NODE, NULL);
}

static void open_one_after_the_other(struct place *p)
{
    struct db *one = NULL;

    for (int i = 0; i < 2; i++) {
        if (db_open(&one, p->path, DB_WRITE, DB_APP_NODE, NULL) != 0)
            _exit(1);
        db_close(&one);
    }
}

static void a_second_writer_in_a_process_is_a_broken_invariant(void **state)
{
    struct place *p = *state;

    assert_int_equal(in_child(open_twice, p), 128 + SIGABRT);
    assert_int_equal(in_child(open_one_after_the_other, p), 0);
}

static void a_reader_cannot_write_and_leaves_the_log_alone(void **state)
{
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE), *reader;

    assert_int_equal(db_exec(db, "CREATE TABLE t (a INTEGER) STRICT;"
                                 "INSERT INTO t VALUES (3)"),
                     0);
    reader = open_as(p, DB_READ);
    assert_int_equal(store_number(reader, "SELECT a FROM t"), 3);
    assert_int_not_equal(db_exec(reader, "INSERT INTO t VALUES (4)"), 0);
    assert_int_equal(db_begin(reader), 0);
    assert_int_equal(store_number(reader, "SELECT count(*) FROM t"), 1);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (5)"), 0);
    assert_int_equal(store_number(reader, "SELECT count(*) FROM t"), 1);
    assert_int_equal(db_checkpoint(db), ERR_AGAIN); /* the reader is there */
    assert_int_equal(db_commit(reader), 0);
    assert_int_equal(store_number(reader, "SELECT count(*) FROM t"), 2);
    db_close(&db);
    db_close(&reader);
    reader = open_as(p, DB_READ); /* nobody else has it open */
    assert_int_equal(store_number(reader, "SELECT count(*) FROM t"), 2);
    db_close(&reader);
}

/* As a process does that recovers the log or takes it away, for 0.2 s. */
static pid_t lock_for_a_moment(const char *path)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int told[2];
    char byte;

    assert_int_equal(pipe(told), 0);
    pid_t child = fork();

    if (child == 0) {
        int fd = open(path, O_RDWR | O_CLOEXEC);
        bool ours = fd >= 0 && fcntl(fd, F_SETLK, &all) == 0;

        if (write(told[1], "", 1) != 1)
            ours = false;
        (void)usleep(200 * 1000);
        _exit(ours ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(read(told[0], &byte, 1), 1);
    (void)close(told[0]);
    (void)close(told[1]);
    return child;
}

static void who_opens_a_file_waits_for_another_process(void **state)
{
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);

    db_close(&db);
    for (int mode = 0; mode < 2; mode++) {
        pid_t child = lock_for_a_moment(p->path);
        int status = -1;

        db = open_as(p, mode == 0 ? DB_READ : DB_WRITE);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        db_close(&db);
    }
}

static void a_file_limit_is_a_full_disk(struct place *p)
{
    struct db *db = NULL;
    struct rlimit small = {1024 * 1024, RLIM_INFINITY};
    int rc = db_open(&db, p->path, DB_WRITE, DB_APP_NODE, NULL);

    (void)signal(SIGXFSZ, SIG_IGN);
    if (rc != 0 || db_exec(db, "CREATE TABLE t (a BLOB)") != 0)
        _exit(1);
    (void)setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 100 && rc == 0; i++)
        rc = db_exec(db, "INSERT INTO t VALUES (zeroblob(100000))");
    if (rc != ERR_FULL || db_code(db) != ERR_FULL || !db_code_is_world(rc))
        _exit(2);
    small.rlim_cur = RLIM_INFINITY;
    (void)setrlimit(RLIMIT_FSIZE, &small);
    if (db_exec(db, "INSERT INTO t VALUES (zeroblob(100000))") != 0)
        _exit(3);
    db_close(&db);
}

/* A turn that failed over a row that makes no sense must not be committed. */
static void what_sqlite_did_not_see_is_no_success(void **state)
{
    struct db *db = open_as(*state, DB_WRITE);

    assert_int_equal(db_exec(db, "CREATE TABLE t (a BLOB)"), 0);
    assert_int_equal(db_code(db), ERR_DAMAGED);
    assert_int_not_equal(db_exec(db, "NONSENSE"), 0);
    assert_int_equal(db_code(db), ERR_INVALID);
    db_close(&db);
}

static void a_full_disk_is_told_and_passes(void **state)
{
    assert_int_equal(in_child(a_file_limit_is_a_full_disk, *state), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* ---- after an I/O error, on a disk that loses what a failed sync was for */

#define DISK_HOME "/disk"
#define DISK_FILE DISK_HOME "/x.db"

static struct db *open_on_disk(void)
{
    struct db *db = NULL;

    assert_int_equal(db_open(&db, DISK_FILE, DB_WRITE, DB_APP_NODE, NULL), 0);
    return db;
}

static int add_row(struct db *db, int id)
{
    char sql[120];
    int rc = db_begin(db);

    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO t VALUES (%d, hex(zeroblob(3000)))", id);
    if (rc == 0)
        rc = db_exec(db, sql);
    if (rc == 0)
        rc = db_commit(db);
    if (rc != 0)
        db_rollback(db);
    return rc;
}

static struct db *disk_with_rows(int count)
{
    struct db *db;

    faulty_disk_start(1);
    db = open_on_disk();
    assert_int_equal(db_exec(db, "CREATE TABLE t (a INTEGER PRIMARY KEY, b)"),
                     0);
    for (int i = 1; i <= count; i++)
        assert_int_equal(add_row(db, i), 0);
    return db;
}

static int64_t rows_after_a_power_cut(struct db **db)
{
    int64_t rows;

    faulty_disk_crash(DISK_HOME, DISK_KEEP); /* but for failed syncs */
    db_close(db);
    faulty_disk_boot(DISK_HOME);
    *db = open_on_disk();
    rows = store_number(*db, "SELECT count(*) FROM pragma_integrity_check"
                             " WHERE integrity_check <> 'ok'") == 0
               ? store_number(*db, "SELECT count(*) FROM t"
                                   " WHERE b = hex(zeroblob(3000))")
               : -1;
    db_close(db);
    faulty_disk_stop();
    return rows;
}

/* Half of the log is copied, a reader being in the way; then the sync of the
 * file fails, which takes that half along; then all seems well. */
static int64_t lose_half_a_checkpoint(bool reopened)
{
    struct db *db = disk_with_rows(6), *reader = NULL;

    assert_int_equal(db_open(&reader, DISK_FILE, DB_READ, DB_APP_NODE, NULL),
                     0);
    assert_int_equal(db_begin(reader), 0);
    assert_int_equal(store_number(reader, "SELECT count(*) FROM t"), 6);
    for (int i = 7; i <= 9; i++)
        assert_int_equal(add_row(db, i), 0);
    assert_int_equal(db_checkpoint(db), ERR_AGAIN);
    assert_int_equal(db_commit(reader), 0);
    db_close(&reader);
    assert_false(db_is_suspect(db));
    faulty_disk_fail(DISK_HOME, DISK_SYNC, 2, 1);
    assert_int_equal(db_checkpoint(db), ERR_IO);
    assert_true(db_is_suspect(db));
    assert_int_equal(add_row(db, 10), 0);
    if (reopened) {
        assert_int_equal(db_reopen(db), 0);
        assert_false(db_is_suspect(db));
    }
    assert_int_equal(db_checkpoint(db), 0);
    return rows_after_a_power_cut(&db);
}

static void a_suspect_file_is_whole_again_when_opened_anew(void **state)
{
    (void)state;
    assert_true(lose_half_a_checkpoint(false) < 10); /* the disk can bite */
    assert_int_equal(lose_half_a_checkpoint(true), 10);
}

static void what_failed_does_not_turn_up_later(void **state)
{
    (void)state;
    struct db *db = disk_with_rows(2);

    faulty_disk_fail(DISK_HOME, DISK_SYNC, 1, 1);
    assert_int_equal(add_row(db, 3), ERR_IO);
    assert_true(db_is_suspect(db));
    assert_int_equal(add_row(db, 4), 0);
    assert_int_equal(db_reopen(db), 0);
    assert_int_equal(store_number(db, "SELECT sum(a) FROM t"), 1 + 2 + 4);
    assert_int_equal(add_row(db, 5), 0);
    assert_int_equal(rows_after_a_power_cut(&db), 4);
}

static void a_file_that_does_not_open_again_fails_until_it_does(void **state)
{
    (void)state;
    struct db *db = disk_with_rows(2);
    const char *const queries[] = {"SELECT count(*) FROM t WHERE a > ?"};
    struct db_set *set;
    struct db_stmt *q;

    assert_int_equal(db_prepare(&set, db, queries, 1, NULL), 0);
    faulty_disk_fail(DISK_HOME, DISK_OPEN, 1, UINT64_MAX);
    assert_int_equal(db_reopen(db), ERR_IO);
    assert_int_equal(db_begin(db), ERR_IO);
    assert_false(db_in_transaction(db));
    db_rollback(db);
    q = db_use(set, 0);
    db_bind_i64(q, 1);
    assert_int_equal(db_step(q), ERR_IO);
    assert_int_equal(db_reopen(db), ERR_IO);
    faulty_disk_fail(DISK_HOME, DISK_OPEN, 1, 0);
    assert_int_equal(db_reopen(db), 0);
    q = db_use(set, 0);
    db_bind_i64(q, 1);
    assert_int_equal(db_step(q), 1);
    assert_int_equal(db_i64(q, 0), 1);
    db_done(q);
    assert_int_equal(add_row(db, 3), 0);
    assert_int_equal(rows_after_a_power_cut(&db), 3);
}

/* SQLite rolls back by itself at some errors of the disk; then nothing of the
 * turn may be committed, whoever goes on writing. */
static void what_follows_a_lost_transaction_is_not_stored(void **state)
{
    static const char *const sql[] = {"INSERT INTO t VALUES (?)"};
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    struct db_set *set;
    struct db_stmt *q;

    assert_int_equal(db_exec(db, "CREATE TABLE t (a INTEGER) STRICT"), 0);
    assert_int_equal(db_prepare(&set, db, sql, 1, NULL), 0);
    assert_int_equal(db_begin(db), 0);
    assert_int_equal(db_exec(db, "ROLLBACK"), 0);
    q = db_use(set, 0);
    db_bind_i64(q, 1);
    assert_true(db_run(q) < 0);
    assert_true(db_undo(db) < 0);
    assert_true(db_commit(db) < 0);
    db_rollback(db);
    assert_int_equal(store_number(db, "SELECT count(*) FROM t"), 0);
    assert_int_equal(db_begin(db), 0);
    q = db_use(set, 0);
    db_bind_i64(q, 1);
    assert_int_equal(db_run(q), 0);
    assert_int_equal(db_commit(db), 0);
    assert_int_equal(store_number(db, "SELECT count(*) FROM t"), 1);
    db_close(&db);
}

static void count_fault(void *who, const char *text)
{
    assert_non_null(strstr(text, "CHECK"));
    ++*(int *)who;
}

/* Statements of many rows are spared them; who looks at the file is not. */
static void checks_judge_what_stands_in_the_file(void **state)
{
    struct place *p = *state;
    struct db *db = open_as(p, DB_WRITE);
    int faults = 0;

    assert_int_equal(
        db_exec(db, "CREATE TABLE t (a BLOB CHECK (length(a) = 2)) STRICT;"
                    "INSERT INTO t VALUES (x'0102')"),
        0);
    assert_int_equal(db_check(db, count_fault, &faults), 0);
    assert_int_equal(faults, 0);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (x'01'), (x'0203')"), 0);
    assert_int_equal(db_check(db, count_fault, &faults), 0);
    assert_int_equal(faults, 1);
    db_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_ours_alone),
        TEST(a_file_that_is_not_there_or_no_database_is_refused),
        TEST(each_step_is_taken_once),
        TEST(a_faulty_query_is_named_when_the_file_opens),
        TEST(savepoints_nest),
        TEST(a_savepoint_is_settled_as_it_went),
        TEST(values_come_back_as_they_went),
        TEST(a_value_too_long_fails_its_statement),
        TEST(a_second_writer_in_a_process_is_a_broken_invariant),
        TEST(a_reader_cannot_write_and_leaves_the_log_alone),
        TEST(who_opens_a_file_waits_for_another_process),
        TEST(what_follows_a_lost_transaction_is_not_stored),
        TEST(what_sqlite_did_not_see_is_no_success),
        TEST(a_full_disk_is_told_and_passes),
        TEST(checks_judge_what_stands_in_the_file),
        cmocka_unit_test(a_suspect_file_is_whole_again_when_opened_anew),
        cmocka_unit_test(what_failed_does_not_turn_up_later),
        cmocka_unit_test(a_file_that_does_not_open_again_fails_until_it_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
